package layerone

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
)

func TestFeedDeliversWhatIsFinal(t *testing.T) {
	w := newWorld(t)
	w.deposit(1)
	w.request(another, 7)
	w.mine(finality - 1)
	w.sync()
	if whole := w.consumer.all(); len(whole.Deposits) != 1 || len(whole.Exits) != 0 {
		t.Fatalf("delivered %+v: the deposit has %d confirmations, the exit one less", whole, finality)
	}
	w.mine(1)
	w.sync()
	whole := w.consumer.all()
	if len(whole.Exits) != 1 {
		t.Fatalf("delivered %+v", whole)
	}
	d, x := whole.Deposits[0], whole.Exits[0]
	if d.Position != 0 || d.Payer != w.address(somebody) || d.Block == 0 || d.Time == 0 || d.Tx == [32]byte{} || d.Deposit.Owner != (protocol.Owner{1, 1}) {
		t.Errorf("deposit %+v", d)
	}
	if x.Position != 0 || x.Block != d.Block+1 || x.Time <= d.Time || x.Request.Index != 7 || x.Request.Sender != protocol.Owner(w.address(another)) {
		t.Errorf("forced exit %+v", x)
	}
	last := w.consumer.steps[len(w.consumer.steps)-1]
	header := must(w.l1.Client().HeaderByNumber(t.Context(), nil))(t)
	status := w.feed.Status()
	if want := header.Number.Uint64() - finality; last.Block != want || status.Delivered != want || status.Head != header.Number.Uint64() || status.Synced.IsZero() {
		t.Errorf("last step %+v, status %+v", last, status)
	}
	if cursor := must(watch.ParseCursor(last.Cursor))(t); cursor.Block.Number != last.Block {
		t.Errorf("cursor at block %d", cursor.Block.Number)
	}
	if before := must(w.l1.Client().HeaderByNumber(t.Context(), header.Number.Sub(header.Number, header.Number.SetUint64(finality))))(t); before.Time != last.BlockTime && last.BlockTime == 0 {
		t.Errorf("time %d", last.BlockTime)
	}
}

func TestFeedTellsOfFreezeAndRoles(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.deposit(1)
	if _, err := w.rollup.SetOperator(ctx, &hand{w, theOperator}, w.address(another)); err != nil {
		t.Fatal(err)
	}
	times := must(w.rollup.Times(ctx))(t)
	w.ok(w.l1.AdvanceTime(ctx, times.Deadline))
	lanes := must(w.rollup.ReadLanes(ctx, nil))(t)
	oldest, _, _, err := lanes.Oldest(protocol.LaneDeposits, lanes.Finalized())
	w.ok(err)
	if _, _, err := w.rollup.Freeze(ctx, &hand{w, somebody}, protocol.LaneDeposits, oldest); err != nil {
		t.Fatal(err)
	}
	w.mine(finality)
	w.sync()
	if !w.consumer.all().Frozen {
		t.Error("the freeze was not delivered")
	}
	if s := w.feed.Status(); !s.OperatorChanged || s.Operator != w.address(another) || s.CircuitsChanged {
		t.Errorf("status %+v", s)
	}
}

// TestPreviewReorg: what was seen and taken back is neither in the lanes nor
// committed any more.
func TestPreviewReorg(t *testing.T) {
	w := newWorld(t)
	w.sync()
	w.deposit(1)
	w.sync()
	st := w.batch()
	w.submit(st)
	w.mine(1)
	w.deposit(2)
	w.sync()
	if len(w.consumer.committed) != 1 {
		t.Fatalf("committed: %v", w.consumer.committed)
	}
	if n, ok := w.lanes.waiting(protocol.LaneDeposits, 0); n != 2 || !ok {
		t.Fatalf("%d deposits wait, known %v", n, ok)
	}
	w.ok(w.l1.Reorg(t.Context(), 2))
	w.sync()
	if len(w.consumer.committed) != 0 {
		t.Errorf("committed after the reorganization: %v", w.consumer.committed)
	}
	if n, ok := w.lanes.waiting(protocol.LaneDeposits, 0); n != 1 || !ok {
		t.Errorf("%d deposits wait after the reorganization, known %v", n, ok)
	}
	w.settle()
	w.accepted(1, 1)
	w.sync()
	if len(w.consumer.rollbacks) != 0 {
		t.Errorf("rolled back to %v", w.consumer.rollbacks)
	}
	if n := w.lanes.Reads(); n != 0 {
		t.Errorf("all events were read %d times", n)
	}
}

// TestDeepReorg takes back what was delivered.
func TestDeepReorg(t *testing.T) {
	w := newWorld(t)
	w.deposit(1)
	w.mine(2)
	w.deposit(2)
	w.mine(finality)
	w.sync()
	if n := len(w.consumer.all().Deposits); n != 2 {
		t.Fatalf("%d deposits", n)
	}
	w.ok(w.l1.Reorg(t.Context(), finality+2))
	w.mine(finality)
	w.deposit(3)
	w.mine(finality)
	w.sync()
	whole := w.consumer.all()
	if len(w.consumer.rollbacks) != 1 || len(whole.Deposits) != 2 || whole.Deposits[1].Deposit.Owner != (protocol.Owner{1, 3}) {
		t.Fatalf("rolled back to %v, delivered %+v", w.consumer.rollbacks, whole)
	}
	if got := w.feed.Status().Reorgs; got != 1 {
		t.Errorf("%d reorganizations", got)
	}
	w.submit(w.batch())
	w.settle()
	w.accepted(1, 1)
}

// TestOtherChain: none of what was delivered is on the chain.
func TestOtherChain(t *testing.T) {
	w := newWorld(t)
	w.deposit(1)
	w.mine(finality)
	w.sync()
	head := must(w.l1.Client().BlockNumber(t.Context()))(t)
	w.ok(w.l1.Reorg(t.Context(), int(head)))
	if err := w.feed.Sync(t.Context()); !errors.Is(err, aggregator.ErrReorgTooDeep) {
		t.Errorf("error %v, want %v", err, aggregator.ErrReorgTooDeep)
	}
}

// TestFeedKeepsOn: a step that the consumer did not take comes again.
func TestFeedKeepsOn(t *testing.T) {
	w := newWorld(t)
	w.deposit(1)
	w.mine(finality)
	w.consumer.fail = errors.New("disk full")
	if err := w.feed.Sync(t.Context()); !errors.Is(err, w.consumer.fail) {
		t.Fatalf("error %v", err)
	}
	w.consumer.fail = nil
	w.sync()
	if n := len(w.consumer.all().Deposits); n != 1 {
		t.Errorf("%d deposits", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.feed.Run(ctx); err != nil {
		t.Errorf("with a context that is over: error %v", err)
	}
	w.consumer.cursor = []byte("{")
	w.restart()
	if err := w.feed.Sync(t.Context()); !errors.Is(err, watch.ErrCursor) {
		t.Errorf("damaged cursor: error %v", err)
	}
}

// TestLanesFollow is a random history of entries, blocks, reorganizations, restarts
// and looks at layer 1. Whatever the lanes know, their proofs are those that the
// contract's own events make.
func TestLanesFollow(t *testing.T) {
	for seed := range uint64(followSeeds) {
		w := newWorld(t)
		r := rand.New(rand.NewPCG(seed, 7))
		agree := func() {
			t.Helper()
			read := must(w.rollup.ReadLanes(t.Context(), nil))(t)
			var wanted [2]claim
			var want [2]protocol.LaneProof
			for _, lane := range protocol.Lanes() {
				q := read.Queue(lane)
				if q.Count() == 0 {
					continue
				}
				from := r.Uint64N(q.Count())
				to := from + r.Uint64N(q.Count()-from+1)
				wanted[lane] = claim{from: from, to: to}
				for n := from; n < to; n++ {
					wanted[lane].bodies = append(wanted[lane].bodies, must(q.Entry(n))(t).Body)
				}
				if from < to {
					want[lane] = must(q.Prove(from, to))(t)
				}
			}
			if got := must(w.lanes.prove(t.Context(), wanted))(t); !cmp.Equal(got, want) {
				t.Fatalf("seed %d: proofs differ: %s", seed, cmp.Diff(want, got))
			}
		}
		for range 60 {
			switch n := r.IntN(20); {
			case n < 7:
				w.deposit(byte(r.IntN(200)))
			case n < 9:
				w.request(somebody+r.IntN(2), protocol.Index(r.Uint32N(1000)+1))
			case n < 11:
				w.mine(1 + r.IntN(3))
			case n < 12:
				head := must(w.l1.Client().BlockNumber(t.Context()))(t)
				if above := head - w.rollup.Deployed(); above > 1 {
					w.ok(w.l1.Reorg(t.Context(), int(min(above-1, 1+r.Uint64N(finality+2)))))
				}
			case n < 13:
				w.restart()
			case n < 17:
				w.sync()
			default:
				agree()
			}
		}
		w.sync()
		agree()
	}
}

// TestLanesRefuse: a claim that is not the lanes' gets no proof, however the lanes
// are known.
func TestLanesRefuse(t *testing.T) {
	w := newWorld(t)
	w.sync()
	w.deposit(1)
	w.deposit(2)
	body := must(must(w.rollup.ReadLanes(t.Context(), nil))(t).Queue(protocol.LaneDeposits).Entry(0))(t).Body
	refuse := func(how string) {
		t.Helper()
		for name, c := range map[string]claim{
			"another entry": {from: 1, to: 2, bodies: [][32]byte{body}},
			"too many":      {from: 1, to: 3, bodies: [][32]byte{{}, {}}},
			"none there":    {from: 5, to: 6, bodies: [][32]byte{body}},
		} {
			if _, err := w.lanes.prove(t.Context(), [2]claim{c}); !errors.Is(err, ErrLanes) {
				t.Errorf("%s, %s: error %v, want %v", how, name, err, ErrLanes)
			}
		}
		if _, err := w.lanes.prove(t.Context(), [2]claim{{from: 0, to: 1, bodies: [][32]byte{body}}}); err != nil {
			t.Errorf("%s: the right claim: error %v", how, err)
		}
	}
	refuse("behind the feed")
	w.sync()
	refuse("with the feed")
	w.lanes.unknown()
	refuse("read from events")
	if w.lanes.Reads() == 0 {
		t.Error("events were not read")
	}
}

// TestLanesForget: entries that final batches took are freed, and gaps and
// contradictions make a lane unknown instead of wrong.
func TestLanesForget(t *testing.T) {
	w := newWorld(t)
	w.sync()
	for range 2 {
		for i := range byte(shape.LayerOne) {
			w.deposit(i)
		}
		w.submit(w.batch())
		w.settle()
		w.sync()
	}
	q := w.lanes.queues[protocol.LaneDeposits]
	if q.Count() != 2*uint64(shape.LayerOne) || q.First() != 2*protocol.LaneStride {
		t.Errorf("the lane has %d entries from %d on", q.Count(), q.First())
	}
	at := func(position uint64) []l1submit.Event {
		return []l1submit.Event{&l1submit.Deposited{Position: position}}
	}
	for name, events := range map[string][]l1submit.Event{"a gap": at(q.Count() + 1), "another entry": at(q.Count() - 1)} {
		w.lanes.queues[protocol.LaneDeposits] = q
		w.lanes.take(w.lanes.top, events)
		if _, known := w.lanes.waiting(protocol.LaneDeposits, 0); known {
			t.Errorf("%s: the lane is still known", name)
		}
	}
	w.deposit(1)
	w.submit(w.batch())
	w.settle()
	w.accepted(3, 1)
}
