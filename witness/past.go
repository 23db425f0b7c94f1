package witness

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// A state that the tree has left behind is still there in the batches sealed
// since: each holds the accounts and nodes that it changes as they were before.
// What none of them holds has not changed. So the state before the first of some
// batches in a row can be read from these batches and a snapshot of the state
// after the last one; and that is the state's own snapshot if there are none.

// ErrOtherPast: the batches do not follow one another up to the snapshot's state.
// Take both at one moment.
var ErrOtherPast = errors.New("sealed batches do not lead to the state of the snapshot")

// AccountAt returns an account of the state before the batches, and whether it
// existed. Errors wrap [ErrOtherPast], or are the snapshot's.
func AccountAt(s *statetree.Snapshot, later []*Sealed, i protocol.Index) (protocol.Account, bool, error) {
	if err := checkPast(s, later); err != nil {
		return protocol.Account{}, false, err
	}
	for _, sealed := range later {
		if at, found := slices.BinarySearchFunc(sealed.Entries, i, Entry.compare); found {
			e := &sealed.Entries[at]
			return e.Account, e.Exists, nil
		}
	}
	return s.Account(i)
}

// ProveAt returns the proof of an account, or of its absence, in the state before
// the batches. It leads to the old root of the first of them. Errors wrap
// [ErrOtherPast], or [ErrNotSealed] if it does not, or are the snapshot's.
func ProveAt(s *statetree.Snapshot, later []*Sealed, i protocol.Index) (*statetree.Proof, error) {
	if err := checkPast(s, later); err != nil {
		return nil, err
	}
	if len(later) == 0 {
		return s.Prove(i)
	}
	proof := &statetree.Proof{Index: i}
	for level := range uint8(protocol.TreeDepth) {
		children := childrenBefore(later, level, ancestor(i, level))
		if children == nil {
			// Nobody has touched the node, nor any below it.
			now, err := s.Prove(i)
			if err != nil {
				return nil, err
			}
			proof.Leaf = now.Leaf
			copy(proof.Siblings[level:], now.Siblings[level:])
			break
		}
		at := ancestor(i, level+1) % protocol.TreeArity
		copy(proof.Siblings[level][:], children[:at])
		copy(proof.Siblings[level][at:], children[at+1:])
		proof.Leaf = children[at] // that of the lowest level stays
	}
	if root := proof.Root(); root != later[0].OldRoot {
		return nil, fmt.Errorf("%w: batch %d: the path of account %d leads to another root than its old one",
			ErrNotSealed, later[0].Batch.Number, i)
	}
	return proof, nil
}

// UndoOf returns what takes the state after the batches back to the state before
// them: see [statetree.Tree.Revert], whose accept is to compare the root with the
// old root of the first batch.
func UndoOf(later []*Sealed) []statetree.Undo {
	var undo []statetree.Undo
	seen := make(map[protocol.Index]bool)
	for _, sealed := range later {
		for i := range sealed.Entries {
			if e := &sealed.Entries[i]; !seen[e.Index] {
				seen[e.Index] = true
				undo = append(undo, statetree.Undo{Index: e.Index, Existed: e.Exists, Account: e.Account})
			}
		}
	}
	return undo
}

// checkPast sees that the batches are in a row and end where the snapshot is.
func checkPast(s *statetree.Snapshot, later []*Sealed) error {
	for k, sealed := range later {
		if after := len(later) - 1 - k; uint64(sealed.Batch.Number)+uint64(after) != uint64(s.Version()) {
			return fmt.Errorf("%w: batch %d with %d after it, the snapshot is of batch %d",
				ErrOtherPast, sealed.Batch.Number, after, s.Version())
		}
	}
	return nil
}

// childrenBefore returns the children of a node as they were before the batches,
// nil if none of them has touched it.
func childrenBefore(later []*Sealed, level uint8, position uint32) []fr.Element {
	for _, sealed := range later {
		if at, found := slices.BinarySearchFunc(sealed.Nodes, place{level, position}, Node.compare); found {
			return sealed.Nodes[at].Children[:]
		}
	}
	return nil
}

// ancestor is the position, at a level, of the node above leaf i, or of the leaf.
func ancestor(i protocol.Index, level uint8) uint32 {
	return uint32(uint64(i) >> (2 * (protocol.TreeDepth - level)))
}

func (e Entry) compare(i protocol.Index) int { return cmp.Compare(e.Index, i) }

func (n Node) compare(p place) int {
	return cmp.Or(cmp.Compare(n.Level, p.level), cmp.Compare(n.Position, p.position))
}
