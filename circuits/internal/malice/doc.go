// Package malice is a malicious prover for R1CS circuits over BN254, for use in tests.
//
// gnark's solver is an honest prover: it calls every hint as written, gives a free
// quotient (0/0 in an unchecked division) the value 0, and stops at the first constraint
// that fails. A circuit that lacks a constraint looks sound under it. This package solves
// the same compiled constraint system as an attacker would: a test overrides wires, hint
// outputs, free quotients or inputs, everything that follows is computed anew, and every
// constraint is checked at the end of it. An attack that leaves no constraint violated is
// a forged proof.
//
//	sys, err := malice.New(ccs)               // decode once
//	honest, err := sys.Run(assignment)        // as gnark solves it
//	forged, err := honest.Attack(             // only what depends on the change is recomputed
//		malice.Input("R.X", 0),
//		malice.HintOutput("bits.nBits", 0, 3, 1),
//		malice.FreeQuotients(func(malice.FreeWire, malice.Wires) any { return i }),
//	)
//	if forged.Satisfied() { ... }
//
// # Model
//
//   - Instructions run in the order of compilation, in which every wire is computed before
//     it is read. A constraint with one wire not yet known defines that wire.
//   - The value of a BSB22 commitment, a random oracle's answer in Groth16, is here a hash of
//     the committed wires: whoever changes one of them gets another challenge, and whoever
//     changes an uncommitted wire keeps it. It cannot be overridden. The mask that gnark
//     adds to each commitment is a constant, so that runs are reproducible.
//   - Hints that fail or panic on an attacker's values do not stop the run: the outputs keep
//     what the hint wrote before it failed (0 if nothing) and the failure is listed in
//     [Report.HintErrors].
//   - The outputs of gnark's batch inversion and lookup instructions come from no
//     constraint either, and are treated as hints named [BatchInverse] and [Lookup].
//
// # Generic test
//
// [Report.MutateEach] sets each hint output to other values, one at a time, and reports the
// mutations that violate nothing. It is a test of necessary conditions: it finds outputs
// that no constraint pins down, not forgeries that need several outputs changed together.
// Outputs of a gadget should be bound in the test circuit (to a public input, say), or
// nothing can notice that they changed.
package malice
