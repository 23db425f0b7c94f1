// Package e2e tests the rollup from end to end: real contracts with real
// verifiers on a layer-1 chain, an operator with real circuits and proofs, users
// who get in and out, and what the operator, a griefer or a reorganization of
// layer 1 can do to them. docs/testing.md says what is covered.
//
// The tests' own library is small: a backend is a layer-1 chain, a world a rollup
// on one with its people, the operator makes batches of what layer 1 has, and a
// book says, without asking the rollup, what everybody is worth. The package
// imports everything and nobody imports it.
package e2e
