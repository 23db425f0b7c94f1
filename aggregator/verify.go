package aggregator

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// checkSize is how many signatures are checked together, at most: beyond that
// there is little left to be won by it.
const checkSize = 128

// check is transfers whose signatures are to be checked, at most checkSize of
// them, by whichever goroutine has time.
type check struct {
	items []protocol.Signed
	errs  []error
	done  chan struct{}
}

// check looks whether transfers are signed by the keys of their accounts. It
// returns those that are, with their places, and puts the outcome of the others
// into outcomes.
func (s *Service) check(ctx context.Context, transfers []protocol.SignedTransfer, outcomes []Outcome) ([]Verified, []int, error) {
	verified := make([]Verified, 0, len(transfers))
	places := make([]int, 0, len(transfers))
	items := make([]protocol.Signed, 0, len(transfers))
	for i := range transfers {
		t := &transfers[i]
		id, err := s.identify(t)
		if err != nil {
			outcomes[i] = Outcome{ID: id, Err: err}
			continue
		}
		key, found, err := s.keys.of(s.engine, t.From)
		if err != nil {
			return nil, nil, err
		}
		if !found {
			outcomes[i] = Outcome{ID: id, Err: fmt.Errorf("%w: sender %d", protocol.ErrAccountAbsent, t.From)}
			continue
		}
		verified = append(verified, Verified{ID: id, Key: key, Signed: *t})
		places = append(places, i)
		items = append(items, protocol.Signed{Key: key, Transfer: t})
	}
	errs, err := s.verifyAll(ctx, items)
	if err != nil {
		return nil, nil, err
	}
	kept := 0
	for i := range verified {
		v := &verified[i]
		if err := errs[i]; err != nil {
			outcomes[places[i]] = Outcome{ID: v.ID, Err: err}
			continue
		}
		verified[kept], places[kept] = *v, places[i]
		kept++
	}
	return verified[:kept], places[:kept], nil
}

// identify returns a transfer's ID, or what is wrong with it that no state can
// mend.
func (s *Service) identify(t *protocol.SignedTransfer) (id ledger.TransferID, err error) {
	if t.Amount.BitLen() > protocol.BalanceBits || t.Fee.BitLen() > protocol.BalanceBits || t.Nonce > protocol.MaxNonce {
		return id, fmt.Errorf("%w: amount, fee or nonce", protocol.ErrWidth)
	}
	return ledger.IDOf(s.engine.id.RollupID, &t.Transfer), nil
}

// verifyAll checks signatures in parts. The error is ctx's.
func (s *Service) verifyAll(ctx context.Context, items []protocol.Signed) ([]error, error) {
	errs := make([]error, len(items))
	if len(items) == 0 {
		return errs, nil
	}
	err := inParts(len(items), checkSize, func(lo, hi int) error {
		c := &check{items: items[lo:hi], errs: errs[lo:hi], done: make(chan struct{})}
		select {
		case s.checks <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
		<-c.done
		return nil
	})
	return errs, err
}

// verify checks signatures, of several callers together where they are few.
func (s *Service) verify() {
	for {
		var group []*check
		select {
		case c := <-s.checks:
			group = append(group, c)
		case <-s.closing:
			return
		}
		// Whoever sends wakes this goroutine before the others that are about to
		// send have run. Together they cost half as much.
		runtime.Gosched()
		for count := len(group[0].items); count < checkSize; {
			select {
			case c := <-s.checks:
				group = append(group, c)
				count += len(c.items)
				continue
			default:
			}
			break
		}
		items := group[0].items
		if len(group) > 1 {
			items = nil
			for _, c := range group {
				items = append(items, c.items...)
			}
		}
		begun := time.Now()
		errs := protocol.VerifyBatch(s.engine.id.RollupID, items)
		s.opts.Observe.Verified(len(items), time.Since(begun))
		for _, c := range group {
			copy(c.errs, errs)
			errs = errs[len(c.items):]
			close(c.done)
		}
	}
}

// keyCacheSize is how many accounts' keys are remembered: some 30 MB of them.
const keyCacheSize = 1 << 18

// keyCache remembers accounts' keys, so that reading them does not wait for the
// engine's commits. An index has one key for ever.
type keyCache struct {
	mu   sync.RWMutex
	keys map[protocol.Index]protocol.PublicKey
}

func newKeyCache() *keyCache {
	return &keyCache{keys: make(map[protocol.Index]protocol.PublicKey)}
}

func (k *keyCache) of(e *Engine, i protocol.Index) (protocol.PublicKey, bool, error) {
	if i == 0 {
		return protocol.PublicKey{}, false, nil
	}
	k.mu.RLock()
	key, ok := k.keys[i]
	k.mu.RUnlock()
	if ok {
		return key, true, nil
	}
	key, found, err := e.Key(i)
	if err != nil || !found {
		return key, found, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) >= keyCacheSize {
		clear(k.keys)
	}
	k.keys[i] = key
	return key, true, nil
}
