package aggregator

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// TestSubscriptions: whoever takes events gets all of them, in order; whoever does
// not is dropped, and holds nobody up.
func TestSubscriptions(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBacklog = 1 << 10 })
	accounts := b.everybody()
	s := b.serve(new(hooks), ServiceOptions{})
	const n = 50
	quick, slow, gone := s.Subscribe(1<<10), s.Subscribe(3), s.Subscribe(1<<10)
	gone.Close()
	gone.Close()
	for nonce := range uint64(n) {
		_, err := s.Send(t.Context(), []protocol.SignedTransfer{b.pay(accounts, 1, 2, nonce)})
		b.ok(err)
	}
	got := 0
	for range slow.Events {
		got++
	}
	if err := slow.Err(); got != 3 || !errors.Is(err, ErrSlow) {
		t.Errorf("the slow one got %d events, and %v", got, err)
	}
	if _, open := <-gone.Events; open || gone.Err() != nil {
		t.Errorf("the one who left: %v", gone.Err())
	}
	slow.Close()
	b.stop(s)
	last := uint64(0)
	for event := range quick.Events {
		if e, ok := event.(TransferEvent); ok {
			if e.Status != StatusExecuted || e.Seq != last+1 || e.Signed.Signed.Nonce != last {
				t.Fatalf("after %d: %+v", last, e)
			}
			last = e.Seq
		}
	}
	if last != n || quick.Err() == nil || errors.Is(quick.Err(), ErrSlow) {
		t.Errorf("the quick one got %d, and %v", last, quick.Err())
	}
	late := s.Subscribe(1)
	if _, open := <-late.Events; open || late.Err() == nil {
		t.Error("a subscription began after the end")
	}
}

// TestJobsAreTriedAgain: a job that fails is tried again after pauses that grow, up
// to a limit; others go on meanwhile; and a batch comes to its end.
func TestJobsAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		accounts := b.everybody()
		one := b.engine.Summary().Head.Batch
		var mu sync.Mutex
		var tries []time.Time
		var witnessed []uint32
		h := &hooks{witness: func(_ context.Context, batch uint32) error {
			mu.Lock()
			defer mu.Unlock()
			if batch == one {
				if tries = append(tries, time.Now()); len(tries) <= 6 {
					return errSim
				}
			}
			witnessed = append(witnessed, batch)
			return nil
		}}
		s := b.serve(h, ServiceOptions{FirstPause: time.Second, MaxPause: 8 * time.Second, Tick: time.Millisecond})
		for nonce := range uint64(2) { // a batch of each
			_, err := s.Send(t.Context(), []protocol.SignedTransfer{b.pay(accounts, 1, 2, nonce)})
			b.ok(err)
			b.ok(s.Seal())
			synctest.Wait()
		}
		time.Sleep(time.Minute) // the test's own time: nobody waits
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(witnessed, []uint32{one + 1, one}) {
			t.Errorf("witnessed: %v", witnessed)
		}
		for i, want := range []int{1, 2, 4, 8, 8, 8} {
			if i+1 >= len(tries) {
				t.Fatalf("it was tried %d times", len(tries))
			}
			got := tries[i+1].Sub(tries[i])
			if want := time.Duration(want) * time.Second; got < want || got > want+10*time.Millisecond {
				t.Errorf("pause %d is %v, not %v", i, got, want)
			}
		}
		if sum := s.Engine().Summary(); sum.Submitted != one+1 {
			t.Errorf("%+v", sum)
		}
		b.stop(s)
		b.close()
	})
}

// TestBackPressure: while as many batches wait for their proof as may, transfers
// are refused; once they are proven, they are taken on again.
func TestBackPressure(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBacklog = 2 })
	accounts := b.everybody()
	open := make(chan struct{})
	s := b.serve(&hooks{witness: func(ctx context.Context, _ uint32) error {
		select {
		case <-open:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}, ServiceOptions{Proofs: 2})
	events := s.Subscribe(1 << 12)
	var nonce uint64
	for ; ; nonce++ {
		outcomes, err := s.Send(t.Context(), []protocol.SignedTransfer{b.pay(accounts, 1, 2, nonce)})
		b.ok(err)
		if o := outcomes[0]; errors.Is(o.Err, ErrBusy) {
			break
		} else if o.Err != nil || nonce > 1000 {
			t.Fatalf("%d: %+v", nonce, o)
		}
	}
	if sum := s.Engine().Summary(); sum.Backlog != 2 || sum.Head.NextSeq != nonce+1 {
		t.Errorf("busy after %d: %+v", nonce, sum)
	}
	if err := s.Seal(); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	close(open)
	for event := range events.Events {
		if e, ok := event.(BatchEvent); ok && e.Batch.Stage == ledger.StageProven {
			break
		}
	}
	outcomes, err := s.Send(t.Context(), []protocol.SignedTransfer{b.pay(accounts, 1, 2, nonce)})
	if err != nil || outcomes[0].Status != StatusExecuted || outcomes[0].Seq != nonce+1 {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// TestStopLeavesAJobThatDoesNotEnd behind, if it has to.
func TestStopLeavesAJobThatDoesNotEnd(t *testing.T) {
	b := newBench(t, nil)
	accounts := b.everybody()
	began, end := make(chan struct{}), make(chan struct{})
	s := b.serve(&hooks{witness: func(context.Context, uint32) error {
		close(began)
		<-end
		return errSim
	}}, ServiceOptions{})
	_, err := s.Send(t.Context(), []protocol.SignedTransfer{b.pay(accounts, 1, 2, 0)})
	b.ok(err)
	b.ok(s.Seal())
	<-began
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(end)
	b.stop(s)
}
