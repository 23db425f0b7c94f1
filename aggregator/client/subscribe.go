package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// ErrNoSubscriptions: the client was dialled over HTTP, which has none. Dial the
// same node with ws:// or wss://.
var ErrNoSubscriptions = errors.New("subscriptions need a WebSocket: dial the node with ws:// or wss://")

// Pauses before a broken subscription is begun again: the first, and the longest.
const (
	firstPause   = 250 * time.Millisecond
	longestPause = 30 * time.Second
)

// Event is a notification of a subscription.
type Event[T any] struct {
	// Gap says that the subscription broke and was begun again: notifications may
	// be missing before the next one. Value is then empty. Whoever must not miss
	// any asks for them: [Client.Transfers], [Client.Batches].
	Gap   bool
	Value T
}

// Subscription is a running subscription.
type Subscription[T any] struct {
	// Events has the notifications, in their order. It is closed when the
	// subscription has ended for good: see Err.
	Events <-chan Event[T]

	cancel context.CancelFunc
	done   chan struct{}
	err    error // set before done is closed
}

// Err returns why the subscription has ended, once Events is closed: nil after
// Close or the end of the context.
func (s *Subscription[T]) Err() error {
	<-s.done
	return s.err
}

// Close ends the subscription. It may be called more than once.
func (s *Subscription[T]) Close() {
	s.cancel()
	<-s.done
}

// SubscribeTransfers subscribes to transfers that are queued, executed or dropped:
// to those from or to an account, or to all if it is nil. The subscription lasts
// until the context ends; it is begun again when the connection breaks.
func (c *Client) SubscribeTransfers(ctx context.Context, account *protocol.Index) (*Subscription[wire.TransferInfo], error) {
	args := []any{"transfers"}
	if account != nil {
		args = append(args, *account)
	}
	return subscribe[wire.TransferInfo](ctx, c, args...)
}

// SubscribeBatches subscribes to batches that come to a stage, as
// [Client.SubscribeTransfers] does to transfers.
func (c *Client) SubscribeBatches(ctx context.Context) (*Subscription[wire.BatchSummary], error) {
	return subscribe[wire.BatchSummary](ctx, c, "batches")
}

func subscribe[T any](ctx context.Context, c *Client, args ...any) (*Subscription[T], error) {
	if !c.ws {
		return nil, ErrNoSubscriptions
	}
	ctx, cancel := context.WithCancel(ctx)
	in := make(chan json.RawMessage)
	first, err := begin(ctx, c, in, args)
	if err != nil {
		cancel()
		return nil, err
	}
	events := make(chan Event[T])
	s := &Subscription[T]{Events: events, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer cancel()
		s.err = keep(ctx, c, first, in, events, args)
		close(s.done)
		close(events)
	}()
	return s, nil
}

func begin(ctx context.Context, c *Client, in chan json.RawMessage, args []any) (*rpc.ClientSubscription, error) {
	sub, err := c.rpc.Subscribe(ctx, "quire", in, args...)
	if err != nil {
		return nil, fmt.Errorf("quire_subscribe %v: %w", args, explain(err))
	}
	return sub, nil
}

// keep hands notifications on, and begins the subscription again whenever it
// breaks, until the context ends or the node refuses.
func keep[T any](ctx context.Context, c *Client, sub *rpc.ClientSubscription, in chan json.RawMessage, events chan<- Event[T], args []any) error {
	for {
		err := forward(ctx, sub, in, events)
		sub.Unsubscribe()
		if ctx.Err() != nil || errors.Is(err, rpc.ErrClientQuit) {
			return nil
		}
		if errors.Is(err, errForm) {
			return err
		}
		for pause := firstPause; ; pause = min(2*pause, longestPause) {
			if sleep(ctx, pause) != nil {
				return nil
			}
			// Notifications of the old subscription that are still on their way
			// would come before the gap.
			in = make(chan json.RawMessage)
			sub, err = begin(ctx, c, in, args)
			if err == nil {
				break
			}
			var refused *wire.Error
			if errors.As(err, &refused) && refused.RetryAfter() == 0 && refused.Code != wire.CodeSubscriptionLimit {
				return err
			}
			if errors.Is(err, rpc.ErrClientQuit) {
				return nil
			}
		}
		select {
		case events <- Event[T]{Gap: true}:
		case <-ctx.Done():
		}
	}
}

// errForm says that a notification is not of the form that this client knows.
var errForm = errors.New("the node sent a notification of an unknown form")

// forward hands notifications on until the subscription breaks.
func forward[T any](ctx context.Context, sub *rpc.ClientSubscription, in <-chan json.RawMessage, events chan<- Event[T]) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-sub.Err():
			if err == nil { // the client was closed
				err = rpc.ErrClientQuit
			}
			return err
		case raw := <-in:
			var ended wire.Ended
			if json.Unmarshal(raw, &ended) == nil && ended.Error != nil {
				return ended.Error
			}
			var e Event[T]
			if err := json.Unmarshal(raw, &e.Value); err != nil {
				return fmt.Errorf("%w: %w", errForm, err)
			}
			select {
			case events <- e:
			case err := <-sub.Err():
				if err == nil {
					err = rpc.ErrClientQuit
				}
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}
