package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/reconstruct"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/statetree"
)

// Finality on the tests' chains: reorganizations of this many blocks do no harm.
const (
	finality = 64
	// A transaction's own block is the first of its confirmations.
	confirmations = finality + 1
)

// node is the operator as a service: it learns of the queue from a watcher, once
// that is final, and sends through a transaction manager. Both can be stopped and
// started at any time.
type node struct {
	w       *world
	dir     string
	watcher *watch.Watcher
	manager *txmgr.Manager

	// What was delivered, and how far.
	cursor watch.Cursor
	lanes  *l1submit.Lanes
	final  []uint32 // batches

	submitted int // intents

	// follower is a state that somebody rebuilds from final blocks all the while.
	follower *reconstruct.State
}

var _ watch.Sink = (*node)(nil)

func newNode(t *testing.T, w *world) *node {
	t.Helper()
	n := &node{w: w, dir: filepath.Join(t.TempDir(), "transactions"), lanes: new(l1submit.Lanes)}
	n.follower = must(reconstruct.Open(t.TempDir(), reconstruct.Options{Logger: slog.New(slog.DiscardHandler)}))(t)
	t.Cleanup(func() { w.ok(n.follower.Close()) })
	n.start()
	t.Cleanup(func() { w.ok(n.manager.Close()) })
	return n
}

// start opens the transaction manager and the watcher.
func (n *node) start() {
	n.w.Helper()
	client, quiet := n.w.l1.Client(), slog.New(slog.DiscardHandler)
	n.manager = must(txmgr.Open(n.w.Context(), txmgr.Config{
		Dir: n.dir, Chain: client, Signer: n.w.people[theOperator].hand.key, Confirmations: confirmations,
		DecodeRevert: l1submit.DecodeRevert, Logger: quiet,
	}))(n.w)
	n.watcher = watch.New(client, watch.Config{
		Contract: n.w.rollup.Address(), Start: n.w.rollup.Deployed(), Confirmations: finality, Logger: quiet,
	}, n)
}

// restart is the end of the process, and another one's beginning.
func (n *node) restart() {
	n.w.Helper()
	n.w.ok(n.manager.Close())
	n.start()
}

// Cursor implements [watch.Sink].
func (n *node) Cursor(context.Context) (watch.Cursor, error) { return n.cursor, nil }

// Deliver implements [watch.Sink]. Everything comes once, in order, and not before
// it is final.
func (n *node) Deliver(ctx context.Context, step watch.Step) error {
	head, err := n.w.l1.Client().BlockNumber(ctx)
	if err != nil {
		return err
	}
	for i := range step.Logs {
		if on := head - step.Logs[i].BlockNumber; on < finality {
			return fmt.Errorf("delivered with %d blocks on top", on)
		}
		event, err := n.w.rollup.DecodeEvent(&step.Logs[i])
		if err != nil {
			return err
		}
		if err := n.lanes.Append(event); err != nil {
			return err
		}
		if e, ok := event.(*l1submit.BatchFinalized); ok {
			n.final = append(n.final, e.Number)
		}
	}
	n.cursor = step.Cursor
	return nil
}

// sync takes over what is final by now.
func (n *node) sync() {
	n.w.Helper()
	n.w.ok(n.watcher.Sync(n.w.Context()))
	n.w.ok(n.follower.Sync(n.w.Context(), n.w.l1.Client(), n.w.reconstruction(finality)))
}

// rebuilt returns the state that was rebuilt from final blocks.
func (n *node) rebuilt() *statetree.Snapshot {
	n.w.Helper()
	snapshot := must(n.follower.Snapshot())(n.w)
	n.w.Cleanup(func() { n.w.ok(snapshot.Close()) })
	return snapshot
}

// submit hands a call to the transaction manager.
func (n *node) submit(key string, call l1submit.Call) {
	n.w.Helper()
	n.w.ok(n.manager.Submit(n.w.Context(), txmgr.Intent{Key: key, To: call.To, Value: call.Value, Data: call.Data, Gas: gasLimit}))
	n.submitted++
}

// outcome makes blocks until a submitted transaction is settled, and returns what
// became of it.
func (n *node) outcome(key string) (*types.Receipt, error) {
	n.w.Helper()
	ctx := n.w.Context()
	settled := func() bool {
		return !slices.ContainsFunc(n.manager.Status(), func(s txmgr.Status) bool { return s.Key == key })
	}
	for range 4 {
		n.w.ok(n.manager.Poll(ctx)) // sends what the node forgot
		n.w.ok(n.w.l1.Mine(ctx, 1))
		n.w.ok(n.manager.Poll(ctx))
		if status := n.manager.Status(); len(status) > 0 && status[0].Confirmations > finality {
			n.w.Fatalf("with %d confirmations %q is not settled", status[0].Confirmations, key)
		}
		n.w.ok(n.w.l1.Mine(ctx, finality-1))
		n.w.ok(n.manager.Poll(ctx))
		if settled() {
			n.w.Fatalf("%q is settled with a block less than it takes", key)
		}
		n.w.ok(n.w.l1.Mine(ctx, 1))
		n.w.ok(n.manager.Poll(ctx))
		if settled() {
			result, err := n.manager.Wait(ctx, key)
			if result != nil {
				return result.Receipt, err
			}
			n.w.Fatal(err)
		}
	}
	n.w.Fatalf("%q is not settled: %+v", key, n.manager.Status())
	return nil, nil
}

// lost says whether a transaction was refused because the lanes went on, or back,
// after its lane proofs were made. Any other error fails the test.
func (n *node) lost(err error) bool {
	n.w.Helper()
	if err == nil {
		return false
	}
	var revert *txmgr.RevertError
	var reason *l1submit.RevertError
	if !errors.As(err, &revert) || !errors.As(revert.Reason, &reason) {
		n.w.Fatal(err)
	}
	if _, ok := reason.Reason.(*bindings.RollupLaneMismatch); !ok {
		n.w.Fatal(err)
	}
	return true
}
