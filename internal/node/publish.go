package node

import (
	"context"
	"errors"
	"time"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
)

// eventBuffer is how many events may wait to be told to subscribers.
const eventBuffer = 1 << 14

// count has the metrics count what happens. It does not block, and hears of
// everything, unlike publish.
func (n *Node) count(event aggregator.Event) {
	if e, ok := event.(aggregator.BatchEvent); ok {
		n.metrics.Batch(&e.Batch)
	}
}

// publish tells the subscribers of the JSON-RPC interface what happens, until the
// context ends. If it cannot keep up, it tells them that, and they have to subscribe
// again.
func (n *Node) publish(ctx context.Context) {
	for lost := false; ctx.Err() == nil; lost = true {
		sub := n.service.Subscribe(n.opts.eventBuffer)
		if lost {
			// After Subscribe: whoever subscribes again from here on misses nothing.
			n.rpc.PublishLoss()
		}
		stop := context.AfterFunc(ctx, sub.Close)
		for event := range sub.Events {
			n.publishOne(event)
		}
		stop()
		if err := sub.Err(); !errors.Is(err, aggregator.ErrSlow) {
			return // it is over
		}
		n.logger.Warn("events came faster than they could be told to subscribers, who are told to subscribe again")
	}
}

func (n *Node) publishOne(event aggregator.Event) {
	switch e := event.(type) {
	case aggregator.TransferEvent:
		t := &api.Transfer{ID: e.ID, Seq: e.Seq, Batch: e.Batch, Reason: e.Reason, Time: uint64(time.Now().UnixMilli())}
		if e.Signed != nil {
			t.Signed, t.Time = &e.Signed.Signed, e.Signed.Received
		}
		switch e.Status {
		case aggregator.StatusExecuted:
			t.Status = wire.StatusExecuted
		case aggregator.StatusQueued:
			t.Status = wire.StatusQueued
		default:
			t.Status = wire.StatusDropped
		}
		n.rpc.PublishTransfer(t)
	case aggregator.BatchEvent:
		batch := &api.Batch{Batch: e.Batch}
		if current, err := n.backend.batch(e.Batch.Number); err == nil {
			batch.Committed = current.Committed
		}
		n.rpc.PublishBatch(batch)
	case aggregator.CommittedEvent:
		if batch, err := n.backend.batch(e.Number); err == nil {
			n.rpc.PublishBatch(batch)
		}
	}
}
