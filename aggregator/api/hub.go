package api

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// hub hands what happened to those who subscribed to it. It never waits for them:
// one that is too far behind is ended.
type hub struct {
	most    int // subscriptions
	backlog int

	mu        sync.Mutex
	closed    bool                                      // guarded by mu
	all       map[*subscription]bool                    // guarded by mu
	transfers map[*subscription]bool                    // to all transfers; guarded by mu
	accounts  map[protocol.Index]map[*subscription]bool // to an account's; guarded by mu
	batches   map[*subscription]bool                    // guarded by mu
}

// subscription is a place where notifications wait to be sent.
type subscription struct {
	topic   topic
	account *protocol.Index // of the transfers that are wanted, nil for all
	waiting chan json.RawMessage
	// ended is closed, under the hub's mu, when nothing more comes.
	ended chan struct{}
	why   *wire.Error // set before ended is closed; nil if the server is closed
}

// topic is what a subscription is to.
type topic int

const (
	topicTransfers topic = iota
	topicBatches
)

func newHub(most, backlog int) *hub {
	return &hub{
		most: most, backlog: backlog,
		all:       make(map[*subscription]bool),
		transfers: make(map[*subscription]bool),
		accounts:  make(map[protocol.Index]map[*subscription]bool),
		batches:   make(map[*subscription]bool),
	}
}

// add makes a subscription, or returns nil if there are too many or the hub is
// closed.
func (h *hub) add(t topic, account *protocol.Index) *subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.all) >= h.most {
		return nil
	}
	s := &subscription{
		topic: t, account: account,
		waiting: make(chan json.RawMessage, h.backlog), ended: make(chan struct{}),
	}
	h.all[s] = true
	switch {
	case t == topicBatches:
		h.batches[s] = true
	case account == nil:
		h.transfers[s] = true
	default:
		if h.accounts[*account] == nil {
			h.accounts[*account] = make(map[*subscription]bool)
		}
		h.accounts[*account][s] = true
	}
	return s
}

// remove ends a subscription; ending one that has ended does nothing.
func (h *hub) remove(s *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end(s, nil)
}

// end ends a subscription. The caller holds mu.
func (h *hub) end(s *subscription, why *wire.Error) {
	if !h.all[s] {
		return
	}
	delete(h.all, s)
	delete(h.batches, s)
	delete(h.transfers, s)
	if s.account != nil {
		delete(h.accounts[*s.account], s)
		if len(h.accounts[*s.account]) == 0 {
			delete(h.accounts, *s.account)
		}
	}
	s.why = why
	close(s.ended)
}

// lose ends all subscriptions that there are: something was not published.
func (h *hub) lose(why *wire.Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.all {
		h.end(s, why)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.all {
		h.end(s, nil)
	}
}

// tell hands v to groups of subscriptions that have none in common. It is encoded
// once, and not at all if there is none. The caller holds mu.
func (h *hub) tell(v any, groups ...map[*subscription]bool) error {
	var encoded json.RawMessage
	for _, group := range groups {
		for s := range group {
			if encoded == nil {
				var err error
				if encoded, err = json.Marshal(v); err != nil {
					return err
				}
			}
			select {
			case s.waiting <- encoded:
			default:
				h.end(s, wire.ErrSlowSubscriber)
			}
		}
	}
	return nil
}

// PublishTransfer tells subscribers what became of a transfer: that it was queued,
// executed or dropped. It does not block. Transfers have to be published in the
// order in which it happened.
func (s *Server) PublishTransfer(t *Transfer) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.transfers) == 0 && len(h.accounts) == 0 {
		return
	}
	groups := []map[*subscription]bool{h.transfers}
	if t.Signed != nil {
		groups = append(groups, h.accounts[t.Signed.From])
		if t.Signed.To != t.Signed.From {
			groups = append(groups, h.accounts[t.Signed.To])
		}
	}
	if err := h.tell(newTransferInfo(t), groups...); err != nil {
		s.opts.Logger.Error("a notification could not be encoded", "transfer", wire.Hash(t.ID), "err", err)
	}
}

// PublishBatch tells subscribers that a batch came to a stage. It does not block.
func (s *Server) PublishBatch(b *Batch) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.batches) == 0 {
		return
	}
	if err := h.tell(newBatchSummary(b), h.batches); err != nil {
		s.opts.Logger.Error("a notification could not be encoded", "batch", b.Number, "err", err)
	}
}

// PublishLoss tells subscribers that something may be missing from what is
// published: all subscriptions end, as that of somebody who was too slow does, and
// whoever subscribes again hears of what is published from now on.
func (s *Server) PublishLoss() {
	s.hub.lose(wire.ErrSlowSubscriber.With("the node itself was too far behind to tell of everything"))
}

// subscribe answers a request for a subscription.
func (s *Server) subscribe(ctx context.Context, t topic, account *protocol.Index) (*rpc.Subscription, error) {
	notifier, ok := rpc.NotifierFromContext(ctx)
	if !ok {
		return nil, rpc.ErrNotificationsUnsupported
	}
	return call(ctx, s, costSubscribe, func(context.Context) (*rpc.Subscription, error) {
		sock := s.sockets.find(rpc.PeerInfoFromContext(ctx).RemoteAddr)
		if sock != nil && !sock.subscribe(s.opts.Subscriptions) {
			return nil, wire.ErrSubscriptionLimit
		}
		sub := s.hub.add(t, account)
		if sub == nil {
			if sock != nil {
				sock.unsubscribe()
			}
			return nil, wire.ErrSubscriptionLimit.With("the node has all the subscriptions that it serves")
		}
		remote := notifier.CreateSubscription()
		go func() {
			s.forward(notifier, remote, sub)
			s.hub.remove(sub)
			if sock != nil {
				sock.unsubscribe()
			}
		}()
		return remote, nil
	})
}

// forward sends notifications until the subscription or the connection ends. The
// last one says why, if it was ended here.
func (s *Server) forward(notifier *rpc.Notifier, remote *rpc.Subscription, sub *subscription) {
	send := func(v any) bool { return notifier.Notify(remote.ID, v) == nil }
	for {
		select {
		case <-remote.Err():
			return
		case v := <-sub.waiting:
			if !send(v) {
				return
			}
		case <-sub.ended:
			// What waits is worth having: it is complete up to where it ends.
			for len(sub.waiting) > 0 {
				if !send(<-sub.waiting) {
					return
				}
			}
			if sub.why != nil {
				send(wire.Ended{Error: sub.why})
			}
			return
		}
	}
}
