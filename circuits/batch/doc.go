// Package batch is the batch circuit: one proof that a batch of openings,
// deposits, forced exits and transfers takes one state commitment to the next,
// and that the published data is the batch's.
//
// # What it asserts
//
// For the public inputs (D, z, y) there is a vector V with digest D and
// polynomial value y at z (package binding) that starts with an old and a new
// commitment, and a batch whose published data is V, such that every transfer
// is authorised by its sender's key and protocol.Apply takes the old state to
// the new one. docs/soundness.md has the argument.
//
// # How
//
// Three sections joined by multiset equalities (package multiset):
// transactions, one row per operation slot (operations.go, transfers.go);
// accounts, one row per distinct account (accounts.go); nodes, one row per
// distinct tree node (package nodes). Transactions read and write accounts in
// checked memory (package memory) and look up keys and owners in the account
// rows; account rows emit leaf records that the node rows tie to both roots.
package batch
