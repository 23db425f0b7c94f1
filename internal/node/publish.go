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

// publish tells the subscribers of the JSON-RPC interface, and the metrics, what
// happens, until the context ends.
func (n *Node) publish(ctx context.Context) {
	for ctx.Err() == nil {
		sub := n.service.Subscribe(eventBuffer)
		stop := context.AfterFunc(ctx, sub.Close)
		for event := range sub.Events {
			n.publishOne(event)
		}
		stop()
		if err := sub.Err(); !errors.Is(err, aggregator.ErrSlow) {
			return // it is over
		}
		n.logger.Warn("events came faster than they could be told to subscribers: some were left out")
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
		n.metrics.Batch(&e.Batch)
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
