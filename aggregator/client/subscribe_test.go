package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// next returns the next event, for which it waits long: only a test that fails
// waits that long.
func next[T any](t *testing.T, s *client.Subscription[T]) client.Event[T] {
	t.Helper()
	select {
	case e, ok := <-s.Events:
		if !ok {
			t.Fatalf("the subscription has ended: %v", s.Err())
		}
		return e
	case <-time.After(time.Minute):
		t.Fatal("no event in a minute")
		panic("not reached")
	}
}

func publishTransfer(t *testing.T, s *api.Server, seq uint64, from, to protocol.Index) {
	transfer := signed(t, seq)
	transfer.From, transfer.To = from, to
	s.PublishTransfer(&api.Transfer{ID: id(seq), Status: wire.StatusExecuted, Signed: &transfer, Seq: seq})
}

func publishBatch(s *api.Server, number uint32) {
	s.PublishBatch(&api.Batch{Batch: ledger.Batch{Number: number}})
}

// TestSubscriptions: events come as they were published, until the subscription is
// closed, its context ends, or the client is closed.
func TestSubscriptions(t *testing.T) {
	n := start(t, new(backend), api.Options{})
	c := dial(t, n.ws())
	server := n.current.Load()
	seven := protocol.Index(7)
	ctx, cancel := context.WithCancel(t.Context())
	all, err := c.SubscribeTransfers(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	of7, err := c.SubscribeTransfers(t.Context(), &seven)
	if err != nil {
		t.Fatal(err)
	}
	batches, err := c.SubscribeBatches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	publishTransfer(t, server, 1, 8, 9)
	publishTransfer(t, server, 2, 7, 9)
	publishBatch(server, 5)
	for _, want := range []uint64{1, 2} {
		if e := next(t, all); e.Gap || e.Value.Seq != want {
			t.Errorf("%+v, want transfer %d", e, want)
		}
	}
	if e := next(t, of7); e.Gap || e.Value.Seq != 2 {
		t.Errorf("%+v, want transfer 2", e)
	}
	if e := next(t, batches); e.Gap || e.Value.Number != 5 {
		t.Errorf("%+v, want batch 5", e)
	}

	cancel()
	if _, ok := <-all.Events; ok || all.Err() != nil {
		t.Errorf("after its context has ended: event %v, error %v", ok, all.Err())
	}
	of7.Close()
	of7.Close()
	if _, ok := <-of7.Events; ok || of7.Err() != nil {
		t.Errorf("after it was closed: event %v, error %v", ok, of7.Err())
	}
	c.Close()
	if _, ok := <-batches.Events; ok || batches.Err() != nil {
		t.Errorf("after the client was closed: event %v, error %v", ok, batches.Err())
	}
}

// TestReconnect: when the node is started again the subscription goes on, and says
// that there is a gap.
func TestReconnect(t *testing.T) {
	n := start(t, new(backend), api.Options{})
	c := dial(t, n.ws())
	s, err := c.SubscribeBatches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	publishBatch(n.current.Load(), 1)
	if e := next(t, s); e.Value.Number != 1 {
		t.Errorf("%+v, want batch 1", e)
	}
	server := n.restart(t, new(backend), api.Options{})
	if e := next(t, s); !e.Gap {
		t.Errorf("%+v, want a gap", e)
	}
	publishBatch(server, 2)
	if e := next(t, s); e.Gap || e.Value.Number != 2 {
		t.Errorf("%+v, want batch 2", e)
	}
}

// TestSlow: a subscription that the node ends since it is too slow is begun again.
func TestSlow(t *testing.T) {
	n := start(t, new(backend), api.Options{Backlog: 1})
	c := dial(t, n.ws())
	s, err := c.SubscribeBatches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	server := n.current.Load()
	for i := range uint32(10_000) {
		publishBatch(server, i+1)
	}
	last := uint32(0)
	for {
		e := next(t, s)
		if e.Gap {
			break
		}
		if e.Value.Number != last+1 {
			t.Fatalf("batch %d after %d, without a gap", e.Value.Number, last)
		}
		last = e.Value.Number
	}
	publishBatch(server, 20_000)
	if e := next(t, s); e.Gap || e.Value.Number != 20_000 {
		t.Errorf("%+v, want batch 20000", e)
	}
}

// TestNoSubscription: what cannot be is said at once, or, when it comes about
// later, at the end.
func TestNoSubscription(t *testing.T) {
	n := start(t, new(backend), api.Options{Subscriptions: 1})
	if _, err := dial(t, n.url).SubscribeBatches(t.Context()); !errors.Is(err, client.ErrNoSubscriptions) {
		t.Errorf("over HTTP: error %v", err)
	}
	c := dial(t, n.ws())
	if _, err := c.SubscribeBatches(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SubscribeBatches(t.Context()); !errors.Is(err, wire.ErrSubscriptionLimit) {
		t.Errorf("a second: error %v", err)
	}
}
