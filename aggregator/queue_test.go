package aggregator

import (
	"fmt"
	"testing"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// TestQueue: an operation of layer 1 is in the queue until its batch is final, as
// the contract's deadline is, whatever else has become of it; and again when layer 1
// takes that back.
func TestQueue(t *testing.T) {
	b := newBench(t, nil)
	// expect has the positions of both lanes' entries, each with its batch.
	expect := func(when string, limit int, want string, deposits, exits int) {
		t.Helper()
		for range 2 {
			q, err := b.engine.Queue(limit)
			b.ok(err)
			got := ""
			for _, d := range q.Deposits {
				got += fmt.Sprintf("d%d:%d ", d.Position, d.Batch)
			}
			for _, x := range q.Exits {
				got += fmt.Sprintf("x%d:%d ", x.Position, x.Batch)
			}
			if got != want || q.DepositCount != deposits || q.ExitCount != exits {
				t.Errorf("%s: %s, %d and %d; want %s, %d and %d", when, got, q.DepositCount, q.ExitCount, want, deposits, exits)
			}
			b.reopen()
		}
	}
	expect("at first", 9, "", 0, 0)
	b.deposit(1, 2)
	expect("in the open batch", 9, "d0:1 d1:1 ", 2, 0)
	b.ok(b.engine.Seal(b.now))
	block := b.engine.Summary().Head.Block
	b.ok(b.engine.Deliver(b.now, &Step{Cursor: []byte("cursor"), Block: block + 1, Exits: []ledger.ForcedExit{{
		Block: block + 1, Time: 77, Request: protocol.ForcedExit{Index: 1, Sender: owner(1)},
	}}}))
	b.deposit(3, 4, 5, 6, 7)
	expect("closed, open, and not taken", 9, "d0:1 d1:1 d2:2 d3:2 d4:2 d5:0 d6:0 x0:2 ", 7, 1)
	expect("cut", 3, "d0:1 d1:1 d2:2 x0:2 ", 7, 1)
	b.work()
	expect("submitted", 9, "d0:1 d1:1 d2:2 d3:2 d4:2 d5:0 d6:0 x0:2 ", 7, 1)
	b.final()
	expect("final", 9, "d2:2 d3:2 d4:2 d5:0 d6:0 x0:2 ", 5, 1)
	b.ok(b.engine.Seal(b.now))
	b.ok(b.engine.Seal(b.now))
	b.work()
	b.final()
	expect("all final", 9, "", 0, 0)
	if q, err := b.engine.Queue(9); err != nil || q.OpeningCount != 0 {
		t.Errorf("%+v, %v", q, err)
	}
	b.ok(b.engine.Rollback(b.now, block+3, []byte("fork")))
	expect("taken back", 9, "d2:2 d3:2 d4:2 d5:3 d6:3 x0:2 ", 5, 1)
}
