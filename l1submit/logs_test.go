package l1submit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/go-cmp/cmp"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// logNode is a node that answers queries for logs as its test wants.
type logNode struct {
	Client
	most    uint64 // blocks that a query may span; 0 is any number
	change  func([]types.Log) []types.Log
	queries int
}

func (n *logNode) FilterLogs(ctx context.Context, q ethereum.FilterQuery) ([]types.Log, error) {
	n.queries++
	from, to := q.FromBlock.Uint64(), q.ToBlock.Uint64()
	if n.most > 0 && to-from+1 > n.most {
		return nil, fmt.Errorf("query spans %d blocks, at most %d are allowed", to-from+1, n.most)
	}
	logs, err := n.Client.FilterLogs(ctx, q)
	if n.change != nil {
		logs = n.change(logs)
	}
	return logs, err
}

// through returns the rollup as a changed node shows it.
func (r *rollupTest) through(tb testing.TB, node *logNode) *Rollup {
	tb.Helper()
	node.Client = r.dev.client
	return OpenRollup(must(NewChain(tb.Context(), node))(tb), r.Address(), r.Deployed())
}

// readAll reads events to the end.
func readAll(tb testing.TB, r *Rollup, kinds ...EventKind) []Event {
	tb.Helper()
	var events []Event
	head := must(r.chain.client.HeaderByNumber(tb.Context(), nil))(tb)
	for e, err := range r.ReadEvents(tb.Context(), 0, head.Number.Uint64(), kinds...) {
		if err != nil {
			tb.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// A rollup with some history, sparse and dense.
func newHistory(tb testing.TB) *rollupTest {
	tb.Helper()
	r := newRollupTest(tb)
	for i := range int64(5) {
		r.deposit(tb, testDeposit(i, 1))
		r.waitOut(tb, time.Minute)
	}
	p := r.next()
	p.Deposits = credited(testDeposit(0, 1), testDeposit(1, 1))
	r.settle(tb, 0, p)
	for range 10 {
		r.waitOut(tb, time.Minute)
	}
	if _, _, err := r.RequestExit(tb.Context(), r.somebody, 3); err != nil {
		tb.Fatal(err)
	}
	return r
}

// However few blocks a node allows in one query, all events come, once and in
// order.
func TestReadEventsInRanges(t *testing.T) {
	r := newHistory(t)
	want := readAll(t, r.Rollup)
	// The constructor's come first.
	var kinds []string
	for _, e := range want {
		kinds = append(kinds, fmt.Sprintf("%T", e))
	}
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	if len(want) < 10 || len(kinds) < 4 {
		t.Fatalf("%d events of kinds %v", len(want), kinds)
	}
	for _, most := range []uint64{1, 2, 3, 7, 1000} {
		node := &logNode{most: most}
		if diff := cmp.Diff(want, readAll(t, r.through(t, node))); diff != "" {
			t.Errorf("at most %d blocks: %s", most, diff)
		}
		if most == 1000 && node.queries != 1 {
			t.Errorf("%d queries for a short chain", node.queries)
		}
	}
	for _, e := range readAll(t, r.Rollup, KindDeposited, KindExitRequested) {
		switch e.(type) {
		case *Deposited, *ExitRequested:
		default:
			t.Errorf("asked for deposits and exits, got %T", e)
		}
	}
	for e, err := range r.ReadEvents(t.Context(), 0, math.MaxUint64, KindBatchFinalized) {
		if err != nil {
			break // no node has so many blocks; what matters is that it ends
		}
		if _, ok := e.(*BatchFinalized); !ok {
			t.Errorf("got %T", e)
		}
	}
	for range r.ReadEvents(t.Context(), 5, 4) {
		t.Error("no blocks have an event")
	}
	n := 0
	for range r.ReadEvents(t.Context(), 0, 1000) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d events after the first was enough", n)
	}
}

func TestReadEventsRefusesWhatCannotBe(t *testing.T) {
	r := newHistory(t)
	head := must(r.dev.Client().HeaderByNumber(t.Context(), nil))(t).Number.Uint64()
	read := func(node *logNode, kinds ...EventKind) error {
		for _, err := range r.through(t, node).ReadEvents(t.Context(), 0, head, kinds...) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	each := func(change func(*types.Log)) func([]types.Log) []types.Log {
		return func(logs []types.Log) []types.Log {
			change(&logs[len(logs)-1])
			return logs
		}
	}
	for _, test := range []struct {
		name string
		want error
		node logNode
	}{
		{"nothing wrong", nil, logNode{}},
		{"out of order", ErrNode, logNode{change: func(l []types.Log) []types.Log { slices.Reverse(l); return l }}},
		{"twice", ErrNode, logNode{change: func(l []types.Log) []types.Log { return append(l, l[len(l)-1]) }}},
		{"a block before", ErrNode, logNode{change: each(func(l *types.Log) { l.BlockNumber = 0 })}},
		{"a block behind", ErrNode, logNode{change: each(func(l *types.Log) { l.BlockNumber = head + 1 })}},
		{"a removed log", ErrNode, logNode{change: each(func(l *types.Log) { l.Removed = true })}},
		{"another contract's", ErrUnknownEvent, logNode{change: each(func(l *types.Log) { l.Address[0] ^= 1 })}},
		{"another event", ErrUnknownEvent, logNode{change: each(func(l *types.Log) { l.Topics[0][0] ^= 1 })}},
		{"no topic", ErrUnknownEvent, logNode{change: each(func(l *types.Log) { l.Topics = nil })}},
		{"no data", ErrNotRollup, logNode{change: each(func(l *types.Log) { l.Data = nil })}},
		{"cut data", ErrNotRollup, logNode{change: each(func(l *types.Log) { l.Data = l.Data[1:] })}},
		{"a missing topic", ErrNotRollup, logNode{change: each(func(l *types.Log) { l.Topics = l.Topics[:1] })}},
	} {
		if err := read(&test.node); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
		if test.node.queries != 1 {
			t.Errorf("%s: asked %d times", test.name, test.node.queries)
		}
	}
	if err := read(new(logNode), "Nonsense"); !errors.Is(err, ErrUnknownEvent) {
		t.Errorf("another kind: got %v, want %v", err, ErrUnknownEvent)
	}
	// A query that fails for one block is not made again.
	broken := &logNode{most: 1}
	for _, err := range r.through(t, broken).ReadEvents(canceled(t), 0, 1000) {
		if !errors.Is(err, context.Canceled) && err == nil {
			t.Error("read in spite of the cancellation")
		}
	}
	if broken.queries != 1 {
		t.Errorf("asked %d times after the cancellation", broken.queries)
	}
}

// Numbers that no rollup says are not taken for others.
func TestDecodeEventRefusesImpossibleNumbers(t *testing.T) {
	r := newHistory(t)
	ones := func(at int) func(*types.Log) {
		return func(l *types.Log) { copy(l.Data[32*at:], common.MaxHash[:]) }
	}
	for _, test := range []struct {
		name   string
		kind   EventKind
		change func(*types.Log)
	}{
		{"x of a key", KindDeposited, ones(0)},
		{"y of a key", KindDeposited, ones(1)},
		{"a token", KindDeposited, ones(2)},
		{"an amount", KindDeposited, ones(3)},
		{"a final commitment", KindBatchFinalized, ones(0)},
		{"a circuit", KindBatchCommitted, func(l *types.Log) { l.Topics[2] = common.MaxHash }},
		{"inputs of another record", KindBatchCommitted, func(l *types.Log) { l.Data[63] ^= 1 }},
		{"a record of another number", KindBatchCommitted, func(l *types.Log) { l.Data[32*4+31] ^= 1 }},
		{"a record's commitment", KindBatchCommitted, ones(9)},
		{"a shape's identifier", KindCircuitAdded, ones(0)},
	} {
		node := &logNode{change: func(logs []types.Log) []types.Log {
			test.change(&logs[0])
			return logs
		}}
		head := must(r.dev.Client().HeaderByNumber(t.Context(), nil))(t).Number.Uint64()
		for _, err := range r.through(t, node).ReadEvents(t.Context(), 0, head, test.kind) {
			if !errors.Is(err, ErrNotRollup) {
				t.Errorf("%s: got %v, want %v", test.name, err, ErrNotRollup)
			}
			break
		}
	}
}

// Every event of the contract has a type here, and every kind an event there.
func TestEveryEventIsDecoded(t *testing.T) {
	events := bindings.NewRollup().GetABI().Events
	for name := range events {
		if decoders[EventKind(name)] == nil {
			t.Errorf("event %s is not decoded", name)
		}
	}
	if len(decoders) != len(events) {
		t.Errorf("%d kinds for %d events", len(decoders), len(events))
	}
}

// Whatever a node returns as a log, there is an event or an error.
func FuzzDecodeEvent(f *testing.F) {
	r := OpenRollup(&Chain{}, common.Address{1}, 0)
	for name, event := range r.contract.GetABI().Events {
		f.Add(name, make([]byte, 512), crypto.Keccak256([]byte(name)), uint8(len(event.Inputs)))
		f.Add(name, []byte{}, []byte{}, uint8(0))
	}
	f.Fuzz(func(t *testing.T, name string, data, topic []byte, topics uint8) {
		l := &types.Log{Address: r.Address(), Data: data, Topics: []common.Hash{r.contract.GetABI().Events[name].ID}}
		for range topics % 4 {
			l.Topics = append(l.Topics, common.BytesToHash(topic))
		}
		event, err := r.DecodeEvent(l)
		if (event == nil) == (err == nil) {
			t.Errorf("event %v, error %v", event, err)
		}
		if err != nil && !errors.Is(err, ErrNotRollup) && !errors.Is(err, ErrUnknownEvent) {
			t.Error(err)
		}
	})
}

// An event says where it happened.
func TestEventPlace(t *testing.T) {
	r := newRollupTest(t)
	d := testDeposit(1, 1)
	event, receipt, err := r.Deposit(t.Context(), r.somebody, &d)
	if err != nil {
		t.Fatal(err)
	}
	want := Place{
		Block: receipt.BlockNumber.Uint64(), BlockHash: receipt.BlockHash, TxHash: receipt.TxHash,
		TxIndex: receipt.TransactionIndex, LogIndex: receipt.Logs[0].Index,
	}
	if event.Where() != want {
		t.Errorf("place %+v, want %+v", event.Where(), want)
	}
	if by, at := event.Entry().Queued(); by != protocol.Owner(r.somebody.Address()) || at != event.Time {
		t.Errorf("queued by %x at %d", by, at)
	}
}
