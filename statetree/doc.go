// Package statetree keeps the accounts of a rollup and the sparse Merkle tree
// over them: 4-ary, 16 levels deep, hashed with [protocol.H4]. Child j of the
// node at (level, position) is at (level+1, 4·position + j); the root is (0, 0)
// and the leaf of account i is at (16, i). An absent leaf is 0.
//
// A [Tree] has one writer and any number of readers. [Tree.Apply] takes the
// state of one batch to the next: it hashes every touched node once, on all
// workers, and commits accounts, nodes, root, batch number and the caller's own
// bytes in one durable step; [Tree.Revert] takes it back. Readers work on a [Snapshot], which stays as it was
// while batches are applied, and which is a [protocol.State], so that
//
//	overlay := protocol.NewOverlay(snapshot)
//
// is a state to try operations on. [Snapshot.Prove] and [Snapshot.MultiProof]
// give proofs that verify without the tree; a [MultiProof] also computes the
// state after an update, which is what makes a sealed batch provable anywhere.
//
// The tree lives in a [Store]. Two come with the package: [OpenMemory] and
// [OpenPebble]. Nothing read from a store is believed: each record carries a
// checksum that covers its place and its hash, and the hash is the one that the
// parent holds, up to the root. A record that does not fit is [ErrCorrupt], never
// an answer. [Snapshot.Check] goes further and recomputes every hash.
//
// docs/statetree.md has the record formats, the argument for durability and the
// measurements.
package statetree
