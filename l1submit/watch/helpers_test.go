package watch

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quirezk/quire/l1submit/internal/fakel1"
)

var (
	rollup = common.HexToAddress("0x00000000000000000000000000000000000000aa")
	other  = common.HexToAddress("0x00000000000000000000000000000000000000bb")
	quiet  = slog.New(slog.NewTextHandler(io.Discard, nil))
)

// Topics of events, as a rollup has them.
var topics = map[string]common.Hash{"deposit": {1}, "commit": {2}, "proof": {3}}

// event is a transaction that makes the contract log something.
func event(contract common.Address, kind string, n uint64) fakel1.Tx {
	return fakel1.Tx{To: contract, Logs: []types.Log{{
		Address: contract, Topics: []common.Hash{topics[kind]}, Data: binary.BigEndian.AppendUint64(nil, n),
	}}}
}

// patient tries for ever, and does not take long.
var patient = Retry{Attempts: -1, First: time.Nanosecond, Max: time.Nanosecond, Logger: quiet}

// fataler is a testing.T or a rapid.T.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

// owner takes what a watcher delivers, and checks it against the rules that do
// not depend on the chain's history.
type owner struct {
	t             fataler
	chain         *fakel1.Chain
	confirmations uint64
	start         uint64

	cursor Cursor
	logs   []types.Log

	seen []Unconfirmed

	// onDeliver may be nil; an error before is one of a step not taken, one after
	// of a step that was.
	onDeliver func(after bool) error
}

func (o *owner) Cursor(context.Context) (Cursor, error) { return o.cursor, nil }

func (o *owner) Deliver(_ context.Context, step Step) error {
	if o.onDeliver != nil {
		if err := o.onDeliver(false); err != nil {
			return err
		}
	}
	if o.cursor.Block != (BlockID{}) && step.First != o.cursor.Block.Number+1 {
		o.fatalf("a step from block %d after block %v", step.First, o.cursor.Block)
	}
	last := step.Cursor.Block
	if last.Number < step.First {
		o.fatalf("a step without blocks: %d to %v", step.First, last)
	}
	for i, l := range step.Logs {
		if l.BlockNumber < step.First || l.BlockNumber > last.Number || i > 0 && !before(&step.Logs[i-1], &l) {
			o.fatalf("log %d of %d, of block %d, in a step from %d to %v", i, len(step.Logs), l.BlockNumber, step.First, last)
		}
	}
	if !o.deep(last) {
		o.fatalf("block %v was delivered, but never had %d blocks on top of it", last, o.confirmations)
	}
	o.cursor = step.Cursor
	o.logs = append(o.logs, step.Logs...)
	// What is delivered leaves the preview from below.
	for len(o.seen) > 0 && o.seen[0].Block.Number <= last.Number {
		if o.seen[0].Block.Number == last.Number && o.seen[0].Block != last {
			o.fatalf("block %v was delivered, but %v seen", last, o.seen[0].Block)
		}
		o.seen = o.seen[1:]
	}
	if o.onDeliver != nil {
		return o.onDeliver(true)
	}
	return nil
}

// deep says whether some block ever stood so high above a block that it was
// final.
func (o *owner) deep(id BlockID) bool {
	for _, b := range o.chain.All() {
		if b.Number() != id.Number+o.confirmations {
			continue
		}
		for b.Number() > id.Number {
			b = o.chain.Find(b.Header.ParentHash)
		}
		if b.Hash() == id.Hash {
			return true
		}
	}
	return false
}

func (o *owner) Seen(_ context.Context, b Unconfirmed) error {
	if n := len(o.seen); n > 0 && o.seen[n-1].Block.Number+1 != b.Block.Number {
		o.fatalf("block %v seen after %v", b.Block, o.seen[n-1].Block)
	}
	o.seen = append(o.seen, b)
	return nil
}

func (o *owner) Dropped(_ context.Context, b Unconfirmed) error {
	n := len(o.seen)
	if n == 0 {
		o.fatalf("block %v dropped, but none is seen", b.Block)
	}
	if diff := differ(o.seen[n-1:], []Unconfirmed{b}); diff != "" {
		o.fatalf("another block dropped than the last that was seen: %s", diff)
	}
	o.seen = o.seen[:n-1]
	return nil
}

// rollBack undoes what a reorganization took away.
func (o *owner) rollBack(e *ReorgError) {
	if e.Delivered != o.cursor.Block {
		o.fatalf("the reorganization is said to start at %v, delivery is at %v", e.Delivered, o.cursor.Block)
	}
	o.cursor = e.Fork
	o.logs = slices.DeleteFunc(o.logs, func(l types.Log) bool { return l.BlockNumber > e.Fork.Block.Number })
}

// check compares what was delivered with the chain as it is.
func (o *owner) check() {
	blocks := o.chain.Blocks()
	if o.cursor.Block == (BlockID{}) {
		if len(o.logs) > 0 {
			o.fatalf("%d logs delivered without a cursor", len(o.logs))
		}
		return
	}
	if at := blocks[o.cursor.Block.Number]; at.Hash() != o.cursor.Block.Hash {
		o.fatalf("the cursor's block %v is not part of the chain", o.cursor.Block)
	}
	var want []types.Log
	for _, b := range blocks[:o.cursor.Block.Number+1] {
		for _, l := range b.Logs {
			if l.Address == rollup && l.BlockNumber >= o.start {
				want = append(want, l)
			}
		}
	}
	if diff := differ(want, o.logs); diff != "" {
		o.fatalf("delivered logs differ (- chain, + delivered):\n%s", diff)
	}
	above := o.cursor.Block
	for _, b := range o.cursor.Trail {
		if b.Number >= above.Number || blocks[b.Number].Hash() != b.Hash {
			o.fatalf("the trail has %v below %v", b, above)
		}
		above = b
	}
}

// checkSeen compares what is seen with the chain above a block.
func (o *owner) checkSeen(above uint64) {
	var want []Unconfirmed
	for _, b := range o.chain.Blocks()[above+1:] {
		u := Unconfirmed{Block: BlockID{b.Number(), b.Hash()}}
		for _, l := range b.Logs {
			if l.Address == rollup && l.BlockNumber >= o.start {
				u.Logs = append(u.Logs, l)
			}
		}
		want = append(want, u)
	}
	if diff := differ(want, o.seen); diff != "" {
		o.fatalf("seen blocks differ (- chain, + seen):\n%s", diff)
	}
}

// differ is cmp.Diff, which takes its time, once it is known that there is one.
func differ[T any](want, got []T) string {
	if len(want) == 0 && len(got) == 0 || reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty())
}

func (o *owner) fatalf(format string, args ...any) {
	o.t.Helper()
	o.t.Fatal(fmt.Sprintf(format, args...))
}
