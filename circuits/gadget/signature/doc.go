// Package signature checks all EdDSA signatures of a batch at once, by
// half-aggregation (Chalkias, Garillot, Kondi, Nikolaenko, CT-RSA 2021): row i
// wants 8·(S_i·B − R_i − h_i·A_i) = O, and the circuit checks one random linear
// combination of the rows,
//
//	8·( s·B − Σ z_i·R_i − Σ k_i·A_i ) = O,   k_i ≡ z_i·h_i mod ℓ,
//
// for one private s, honestly Σ z_i·S_i mod ℓ. The z_i are hashes of all h_i,
// and each h_i binds its row's R, A and message.
//
// # What it asserts
//
// That the prover knows such an s, that every R_i and A_i is on the curve and
// that 8·R_i and 8·A_i are not the identity. By the forking argument of the
// paper, a prover that knows s for the z of a random oracle knows S_i for every
// row. Padding rows are rows like any other, with a key and nonce that everyone
// knows (the base point): they are signatures of an adversary's own key, which
// the argument allows. docs/soundness/signatures.md has the argument.
//
// # Why no denominator is zero
//
// gnark's point addition divides unchecked. The twisted Edwards addition law is
// complete when a is a square and d is not (a = −1 is a square modulo BN254's
// r, d is none), that is: for points on the curve both denominators are
// non-zero (Bernstein, Birkner, Joye, Lange, Peters, AFRICACRYPT 2008). R_i and
// A_i are asserted on the curve before anything is added, table entries are
// sums of those, and sums of points on the curve are on it.
package signature
