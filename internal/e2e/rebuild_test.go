package e2e

import (
	"context"
	"log/slog"

	"github.com/quirezk/quire/l1submit/reconstruct"
	"github.com/quirezk/quire/statetree"
)

// rebuild makes the final state from layer 1's data alone, as anybody can. It
// stays until the test ends.
func (w *world) rebuild() *statetree.Snapshot {
	w.Helper()
	state := must(reconstruct.Open(w.TempDir(), reconstruct.Options{Logger: slog.New(slog.DiscardHandler)}))(w)
	w.Cleanup(func() { w.ok(state.Close()) })
	w.ok(state.Sync(w.Context(), w.l1.Client(), w.reconstruction(0)))
	snapshot := must(state.Snapshot())(w)
	w.Cleanup(func() { w.ok(snapshot.Close()) }) // before the state
	if f := w.finalized(); snapshot.Version() != f.Number {
		w.Fatalf("the rebuilt state is that of batch %d, the final one is %d", snapshot.Version(), f.Number)
	}
	return snapshot
}

// reconstruction is what a rebuilt state is read from, up to so many blocks below
// the newest.
func (w *world) reconstruction(confirmations uint64) reconstruct.Config {
	return reconstruct.Config{
		Contract: w.rollup.Address(), Start: w.rollup.Deployed(), ChainID: w.chain.ChainID(), Confirmations: confirmations,
		CheckEvery: 1, Logger: slog.New(slog.DiscardHandler),
	}
}

// copyTree makes a tree of a state, which further batches can be applied to.
func (w *world) copyTree(s *statetree.Snapshot) *statetree.Tree {
	w.Helper()
	tree := statetree.OpenMemory()
	if s.Version() == 0 {
		return tree
	}
	var updates []statetree.Update
	for u, err := range s.All() {
		w.ok(err)
		updates = append(updates, u)
	}
	must(tree.Load(context.Background(), s.Version(), updates, nil))(w)
	return tree
}
