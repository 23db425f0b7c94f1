package protocol

import "github.com/consensys/gnark-crypto/ecc/bn254/fr"

// EmptyHashes returns the hash of an empty subtree at each level of the state
// tree: 0 at level 16, an absent leaf; the root of a state without accounts at
// level 0.
func EmptyHashes() [TreeDepth + 1]fr.Element { return emptyHashes }

var emptyHashes = func() (h [TreeDepth + 1]fr.Element) {
	for level := TreeDepth - 1; level >= 0; level-- {
		child := h[level+1]
		h[level] = H4(child, child, child, child)
	}
	return h
}()

// GenesisCommitment is the commitment that a rollup starts from: batch 0, no
// accounts. The contract's constructor computes it itself.
func GenesisCommitment(rollupID fr.Element) fr.Element {
	return Commitment(emptyHashes[0], rollupID, 0)
}
