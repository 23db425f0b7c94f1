package aggregator

import (
	"errors"
	"sync"
)

// ErrSlow ends the subscription of somebody who does not take events as fast as
// they come.
var ErrSlow = errors.New("events came faster than they were taken: subscribe again")

// feed tells subscribers what happens.
type feed struct {
	mu    sync.Mutex
	ended bool
	subs  map[*Subscription]struct{}
}

// Subscription is somebody's stream of events.
type Subscription struct {
	// Events has what happens, in order, until it is closed.
	Events <-chan Event
	events chan Event
	feed   *feed
	err    error // guarded by feed.mu: why it was closed
}

// Subscribe returns a stream of what happens from now on. If more than buffer
// events wait to be taken, the stream ends, with ErrSlow. Close it.
func (s *Service) Subscribe(buffer int) *Subscription {
	events := make(chan Event, buffer)
	sub := &Subscription{Events: events, events: events, feed: &s.feed}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if s.feed.ended {
		sub.err = errClosed
		close(events)
		return sub
	}
	if s.feed.subs == nil {
		s.feed.subs = make(map[*Subscription]struct{})
	}
	s.feed.subs[sub] = struct{}{}
	return sub
}

// Close ends the subscription. Closing twice is no error.
func (s *Subscription) Close() {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	s.feed.drop(s, nil)
}

// Err returns why Events was closed: nil if that was Close, ErrSlow, or that the
// service has stopped.
func (s *Subscription) Err() error {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	return s.err
}

// drop takes a subscription out. It is called with mu held.
func (f *feed) drop(s *Subscription, cause error) {
	if _, ok := f.subs[s]; ok {
		delete(f.subs, s)
		s.err = cause
		close(s.events)
	}
}

func (f *feed) publish(event Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.subs {
		select {
		case s.events <- event:
		default:
			f.drop(s, ErrSlow)
		}
	}
}

func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	for s := range f.subs {
		f.drop(s, errClosed)
	}
}
