// Package exit is the exit circuit: a proof that an account stands in a state,
// with which its owner leaves a frozen rollup.
//
// # What it asserts
//
// For the public inputs (D, z, y) there is a vector of three elements, with
// digest D and polynomial value y at z (package binding):
//
//	the commitment of a state,
//	owner·2^64 + token·2^32 + index,
//	balance,
//
// such that the tree of that state has, at the index, the leaf of an account
// with this owner, token and balance. Nothing else about the account or the
// state becomes known. docs/soundness/exit.md has the argument.
//
// # How
//
// The account's leaf is hashed, and from it the path to the root: one hash for
// each of the 16 levels, over the four children of a node, one of which, chosen
// by two bits of the index, is asserted to be the hash below. Width checks are
// those of package multiset; they make the circuit's one commitment.
//
// The circuit does not ask who proves: an exit pays the owner, whoever shows it.
package exit
