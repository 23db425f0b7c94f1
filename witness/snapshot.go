package witness

import (
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// FromSnapshot is the view of a state tree's snapshot. The snapshot stays the
// caller's to close; a sealed batch needs it no more.
func FromSnapshot(s *statetree.Snapshot) View { return snapshotView{s} }

type snapshotView struct{ *statetree.Snapshot }

// Nodes implements View.
func (v snapshotView) Nodes(indices []protocol.Index) ([]Node, error) {
	proof, err := v.MultiProof(indices)
	if err != nil {
		return nil, err
	}
	nodes := make([]Node, len(proof.Nodes))
	for i, n := range proof.Nodes {
		nodes[i] = Node(n)
	}
	return nodes, nil
}

// Updates returns the accounts after the batch in the form in which a state
// tree takes them.
func (b *Built) Updates() []statetree.Update {
	updates := make([]statetree.Update, 0, len(b.Leaves))
	for _, l := range b.Leaves {
		if l.Exists {
			updates = append(updates, statetree.Update{Index: l.Index, Account: l.Account})
		}
	}
	return updates
}
