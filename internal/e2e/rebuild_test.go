package e2e

import (
	"context"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// rebuild makes the final state from layer 1's data alone: the calldata of the
// batches that were committed and then proven.
func (w *world) rebuild() *statetree.Tree {
	w.Helper()
	tree := statetree.OpenMemory()
	committed := make(map[uint32]*l1submit.BatchCommitted) // the newest of each number
	for _, event := range w.events(l1submit.KindBatchCommitted, l1submit.KindBatchFinalized) {
		switch e := event.(type) {
		case *l1submit.BatchCommitted:
			committed[e.Number] = e
		case *l1submit.BatchFinalized:
			w.replay(tree, committed[e.Number], e)
		}
	}
	return tree
}

// replay applies a final batch's published data to a state, and compares the
// commitment.
func (w *world) replay(tree *statetree.Tree, committed *l1submit.BatchCommitted, final *l1submit.BatchFinalized) {
	w.Helper()
	published := must(protocol.ParsePublished(must(w.rollup.PublishedData(w.Context(), committed))(w)))(w)
	snapshot := must(tree.Snapshot())(w)
	state := protocol.NewMemoryState()
	for u, err := range snapshot.All() {
		w.ok(err)
		w.ok(state.SetAccount(u.Index, u.Account))
	}
	w.ok(snapshot.Close())
	w.ok(published.Replay(state, w.id, final.Number))
	var updates []statetree.Update
	for i, a := range state.All() {
		updates = append(updates, statetree.Update{Index: i, Account: a})
	}
	root := must(tree.Apply(context.Background(), final.Number, updates, nil))(w)
	if c := protocol.Commitment(root, w.id, final.Number); c != final.Commitment {
		w.Fatalf("batch %d: the rebuilt state has commitment %s, layer 1 has %s", final.Number, c.String(), final.Commitment.String())
	}
}
