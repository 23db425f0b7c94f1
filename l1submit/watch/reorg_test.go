package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/quirezk/quire/l1submit/internal/fakel1"
)

// branch seals n blocks with a deposit, a commit and a proof in turn.
func branch(chain *fakel1.Chain, n int, salt uint64) {
	for i := range n {
		kind := []string{"deposit", "commit", "proof"}[i%3]
		chain.Seal(event(rollup, kind, salt+uint64(i)), event(other, kind, salt))
	}
}

// TestReorgDepths takes 1 to 64 blocks back, with deposits, commits and proofs in
// them. Within the confirmations nobody notices; below them the owner learns
// exactly how far it has to go back.
func TestReorgDepths(t *testing.T) {
	ctx := context.Background()
	for depth := 1; depth <= 64; depth++ {
		for _, confirmations := range []uint64{3, 64} {
			t.Run(fmt.Sprintf("%d under %d", depth, confirmations), func(t *testing.T) {
				chain := fakel1.New(1)
				o := &owner{t: t, chain: chain, confirmations: confirmations}
				w := New(chain, Config{
					Contract: rollup, Confirmations: confirmations, Preview: o, Retry: patient, Logger: quiet,
				}, o)
				for range 20 {
					branch(chain, 10, 0)
					if err := w.Sync(ctx); err != nil {
						t.Fatal(err)
					}
				}
				delivered := o.cursor.Block
				fork := chain.Blocks()[200-depth]
				chain.Rewind(depth)
				branch(chain, depth+1, 1000)
				err := w.Sync(ctx)
				if uint64(depth) <= confirmations {
					if err != nil {
						t.Fatal(err)
					}
				} else {
					var reorg *ReorgError
					if !errors.As(err, &reorg) {
						t.Fatalf("error %v", err)
					}
					if reorg.Delivered != delivered || reorg.Fork.Block != (BlockID{fork.Number(), fork.Hash()}) {
						t.Fatalf("delivered %v, fork %v; want %v and %d", reorg.Delivered, reorg.Fork.Block, delivered, fork.Number())
					}
					if err := w.Sync(ctx); !errors.As(err, &reorg) {
						t.Fatalf("nothing rolled back: error %v", err)
					}
					o.rollBack(reorg)
					if err := w.Sync(ctx); err != nil {
						t.Fatal(err)
					}
				}
				o.check()
				o.checkSeen(o.cursor.Block.Number)
			})
		}
	}
}

// TestForeignChain gives the cursor of one chain to a watcher of another.
func TestForeignChain(t *testing.T) {
	ctx := context.Background()
	chain := fakel1.New(1)
	o := &owner{t: t, chain: chain}
	config := Config{Contract: rollup, Retry: patient, Logger: quiet}
	branch(chain, 20, 0)
	if err := New(chain, config, o).Sync(ctx); err != nil {
		t.Fatal(err)
	}
	foreign := fakel1.New(2)
	branch(foreign, 300, 0)
	o.chain = foreign
	for _, shorter := range []int{0, 290} { // then its head is below the cursor
		foreign.Rewind(shorter)
		err := New(foreign, config, o).Sync(ctx)
		var reorg *ReorgError
		if !errors.As(err, &reorg) || reorg.Fork.Block != (BlockID{}) {
			t.Errorf("%d blocks taken back: error %v", shorter, err)
		}
	}
}

// TestLaggingNode asks a node that has not got all blocks yet that were read.
func TestLaggingNode(t *testing.T) {
	ctx := context.Background()
	chain := fakel1.New(1)
	o := &owner{t: t, chain: chain, confirmations: 2}
	w := New(chain, Config{Contract: rollup, Confirmations: 2, Preview: o, Retry: patient, Logger: quiet}, o)
	branch(chain, 40, 0)
	if err := w.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	head := chain.Head().Hash()
	for _, behind := range []int{1, 2, 3, 10, 39} {
		chain.Rewind(behind)
		cursor, seen := o.cursor.Block, len(o.seen)
		if err := w.Sync(ctx); err != nil {
			t.Fatalf("%d blocks behind: %v", behind, err)
		}
		if o.cursor.Block != cursor || len(o.seen) != seen {
			t.Errorf("%d blocks behind: delivery went from %v to %v, seen blocks from %d to %d", behind, cursor, o.cursor.Block, seen, len(o.seen))
		}
		chain.SetHead(head)
	}
	branch(chain, 5, 100)
	if err := w.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	o.check()
	o.checkSeen(o.cursor.Block.Number)
}

// TestFinalized delivers nothing that the node does not call finalized.
func TestFinalized(t *testing.T) {
	ctx := context.Background()
	chain := fakel1.New(1)
	o := &owner{t: t, chain: chain, confirmations: 2}
	var log strings.Builder
	w := New(chain, Config{
		Contract: rollup, Confirmations: 2, Finalized: true, Retry: Retry{Attempts: 1, Logger: quiet},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}, o)
	branch(chain, 300, 0)
	for range 2 { // and it is said, once, that it waits
		if err := w.Sync(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), "calls no block finalized"); n != 1 || o.cursor.Block.Number != 0 {
		t.Errorf("said %d times that nothing is finalized, delivered up to %v", n, o.cursor.Block)
	}
	for _, c := range []struct{ finalized, want uint64 }{{0, 0}, {7, 7}, {100, 100}, {290, 290}, {299, 298}} {
		chain.SetFinalized(c.finalized)
		if err := w.Sync(ctx); err != nil {
			t.Fatal(err)
		}
		if got := o.cursor.Block.Number; got != c.want {
			t.Errorf("finalized %d: delivered up to %d, want %d", c.finalized, got, c.want)
		}
	}
	o.check()

	// A finalized block beside the chain of the newest one: nodes disagree.
	branch(chain, 10, 500)
	old := chain.Head().Hash()
	chain.Rewind(6)
	branch(chain, 6, 900)
	chain.SetFinalized(306)
	asked := false
	chain.Before = func(method string) error {
		if method == "HeaderByNumber" { // the first is for the newest block, the next for the finalized one
			if asked {
				chain.SetHead(old)
			}
			asked = true
		}
		return nil
	}
	if err := w.Sync(ctx); !errors.Is(err, ErrNodeInconsistent) {
		t.Errorf("error %v", err)
	}
	if o.cursor.Block.Number > 304 {
		t.Errorf("delivered up to %v", o.cursor.Block)
	}
	chain.Before = nil
	if err := w.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	o.check()
}
