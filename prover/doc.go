// Package prover makes and checks the Groth16 proofs of Quire's circuits: keys,
// the cache that holds them, proving, verifying, and the file that a proof
// travels in.
//
// # Keys
//
// [Circuit] is a compiled constraint system with its [Digest]. A [Store] is a
// directory of keys, one directory per circuit, each with a manifest
// that names the SHA-256 of every file. [Store.Setup] makes development keys:
// whoever ran it could have kept the setup's secret and forge proofs at will,
// so the manifest says "development" and nothing but a development chain may
// use them. [Store.Load] reads keys back and refuses every file that is not,
// byte for byte, what the manifest says.
//
// # Proofs
//
// [Prove] runs the stages solve, prove and verify, reports them to an
// [Observer], and returns no proof that its own verifying key does not accept.
// Proofs are made for layer 1: their hash-to-field is the one that gnark's
// Solidity verifier uses, so the same witness gives another proof, with other
// wires, than gnark's default options would. [Pool] bounds the memory of proofs
// that are made side by side.
//
// [Proof] has one written form (docs/prover.md); [DecodeProof] accepts nothing
// but that form.
//
// The package knows no circuit in particular. It asks three public inputs and
// one commitment of each, which is what the layer-1 verifier is built for, and
// refuses any other.
package prover
