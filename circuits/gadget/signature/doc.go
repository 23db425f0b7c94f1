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
// # How
//
// Scalars are cut into windows of digits. Each R_i and A_i gets a table of its
// odd multiples, each digit a look-up in it, and the entries of one window are
// added up over all rows; then the windows' sums are put together with doublings
// that all rows share (Straus).
//
// # Divisions
//
// Tables and the sums over rows are in short Weierstrass form, and every division
// there is checked (api.Div, api.Inverse): a denominator of zero has no solution.
// What is done once per window is left to gnark's twisted Edwards gadget, which
// divides unchecked. Its addition law is complete when a is a square and d is not
// (a = −1 is a square modulo BN254's r, d is none), that is: for points on the
// curve no denominator is zero (Bernstein, Birkner, Joye, Lange, Peters,
// AFRICACRYPT 2008). The points that it is given are on the curve, since R_i and
// A_i are asserted to be, and all others are sums of those and of constants.
package signature
