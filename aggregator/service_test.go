package aggregator

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// hooks are a prover's and a settler's, and an observer's: what they do before
// anything else. nil is nothing.
type hooks struct {
	prover
	mu      sync.Mutex // guards settler
	settler *settler

	witness  func(ctx context.Context, batch uint32) error
	verified func()
	group    func()
}

// Witness implements [Prover].
func (h *hooks) Witness(ctx context.Context, c Circuit, sealed *witness.Sealed) (*Witnessed, error) {
	if h.witness != nil {
		if err := h.witness(ctx, sealed.Batch.Number); err != nil {
			return nil, err
		}
	}
	return h.prover.Witness(ctx, c, sealed)
}

// Submit implements [Settler].
func (h *hooks) Submit(ctx context.Context, s *Settlement) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.settler.Submit(ctx, s)
}

// Await implements [Settler].
func (h *hooks) Await(ctx context.Context, number, attempt uint32) (*Settled, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.settler.Await(ctx, number, attempt)
}

// Verified implements [Observer].
func (h *hooks) Verified(int, time.Duration) {
	if h.verified != nil {
		h.verified()
	}
}

// Group implements [Observer].
func (h *hooks) Group(int, time.Duration) {
	if h.group != nil {
		h.group()
	}
}

// JobDone implements [Observer].
func (h *hooks) JobDone(JobKind, time.Duration, error) {}

// serve puts a service in place of the bench's engine. Settings are those of h.
func (b *bench) serve(h *hooks, opts ServiceOptions) *Service {
	b.Helper()
	h.settler = b.l1
	b.cfg.Prover, b.cfg.Settler, opts.Observe = h, h, h
	b.ok(b.engine.Close())
	s, err := NewService(b.cfg, b.led, opts)
	b.ok(err)
	b.engine = s.Engine()
	b.Cleanup(func() { b.stop(s) })
	return s
}

// stop stops a service, which may have been stopped before.
func (b *bench) stop(s *Service) {
	b.Helper()
	b.ok(s.Stop(context.Background()))
}

// pay signs a transfer of 1 between people's accounts.
func (b *bench) pay(accounts []protocol.Index, from, to int, nonce uint64) protocol.SignedTransfer {
	b.Helper()
	return b.sign(from, protocol.Transfer{
		From: accounts[from], To: accounts[to], Amount: *uint256.NewInt(1), Fee: *uint256.NewInt(1), Nonce: nonce,
	}).Signed
}

// everybody gives everybody an account but person 0, who has one to earn the fees,
// and returns them by person.
func (b *bench) everybody() []protocol.Index {
	b.Helper()
	for p := 1; p < len(b.people); p++ {
		b.deposit(p)
		b.ok(b.engine.Seal(b.now))
		b.work()
	}
	accounts := make([]protocol.Index, len(b.people))
	for p := range accounts {
		accounts[p], _ = b.account(p)
	}
	return accounts
}

// TestServiceSendsConcurrently has everybody send at once, in calls of several
// sizes, with transfers between that nobody signed, and transfers that were sent
// before: everything valid is executed, in the order in which its sender sent it,
// and nothing else is.
func TestServiceSendsConcurrently(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBacklog = 1 << 10 })
	accounts := b.everybody()
	s := b.serve(new(hooks), ServiceOptions{Verifiers: 3})
	const each = 90
	var mu sync.Mutex
	places := make(map[uint64]ledger.TransferID)
	var senders sync.WaitGroup
	for from := 1; from < len(b.people); from++ {
		senders.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(from), 0))
			var nonce, last uint64
			for nonce < each {
				var call []protocol.SignedTransfer
				kinds := make([]string, 1+rng.IntN(200))
				for i := range kinds {
					next := b.pay(accounts, from, 1+rng.IntN(len(b.people)-1), nonce)
					switch n := rng.IntN(8); {
					case n == 0 || nonce == each:
						kinds[i] = "forged"
						next.Signature.S[31] ^= 1
					case n == 1 && nonce > 0:
						kinds[i] = "too low"
						next = b.sign(from, protocol.Transfer{From: next.From, Amount: *uint256.NewInt(3), Nonce: nonce - 1}).Signed
					default:
						kinds[i] = "good"
						nonce++
					}
					call = append(call, next)
				}
				outcomes, err := s.Send(context.Background(), call)
				if err != nil {
					t.Error(err)
					return
				}
				for i, o := range outcomes {
					want := map[string]error{"forged": protocol.ErrBadSignature, "too low": ErrNonceTooLow}[kinds[i]]
					if !errors.Is(o.Err, want) || (o.Status == StatusExecuted) != (want == nil) || o.ID != ledger.IDOf(b.id.RollupID, &call[i].Transfer) {
						t.Errorf("%s: %+v", kinds[i], o)
						return
					}
					if want != nil {
						continue
					}
					if o.Seq <= last {
						t.Errorf("sequence number %d after %d", o.Seq, last)
					}
					last = o.Seq
					mu.Lock()
					if _, taken := places[o.Seq]; taken {
						t.Errorf("two transfers have the place %d", o.Seq)
					}
					places[o.Seq] = o.ID
					mu.Unlock()
				}
				again, err := s.Send(context.Background(), call)
				for i := range again {
					before := outcomes[i]
					before.New = false
					if kinds[i] == "good" && (err != nil || again[i] != before || !outcomes[i].New) {
						t.Errorf("sent again: %+v, %v; before %+v", again[i], err, outcomes[i])
					}
				}
			}
		})
	}
	senders.Wait()
	if n := (len(b.people) - 1) * each; len(places) != n || s.Engine().Summary().Head.NextSeq != uint64(n)+1 {
		t.Errorf("%d transfers were executed, of %d; the next is %d", len(places), n, s.Engine().Summary().Head.NextSeq)
	}
	b.stop(s)
	b.reopen()
	for seq, id := range places {
		if known, err := b.engine.Transfer(id); err != nil || known.Seq != seq || known.Status != StatusExecuted {
			t.Fatalf("transfer %d: %+v, %v", seq, known, err)
		}
	}
}

// TestServiceKeepsACallTogether: transfers of one call stand in its order, though
// their signatures are checked in several parts, and each needs the one before it.
func TestServiceKeepsACallTogether(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBacklog = 1 << 10 })
	accounts := b.everybody()
	s := b.serve(new(hooks), ServiceOptions{Verifiers: 4})
	var call []protocol.SignedTransfer
	for i := range 2*checkSize + 3 {
		call = append(call, b.pay(accounts, 1+i%2, 2-i%2, uint64(i/2)))
	}
	outcomes, err := s.Send(t.Context(), call)
	b.ok(err)
	for i, o := range outcomes {
		if o.Status != StatusExecuted || o.Seq != uint64(i)+1 {
			t.Fatalf("transfer %d: %+v", i, o)
		}
	}
	none, err := s.Send(t.Context(), nil)
	if err != nil || len(none) != 0 {
		t.Errorf("a call of nothing: %v, %v", none, err)
	}
}

// TestServiceRefuses has transfers refused before the engine sees them.
func TestServiceRefuses(t *testing.T) {
	b := newBench(t, nil)
	accounts := b.everybody()
	s := b.serve(new(hooks), ServiceOptions{})
	good := b.pay(accounts, 1, 2, 0)
	for name, c := range map[string]struct {
		edit func(*protocol.SignedTransfer)
		want error
	}{
		"signature":    {func(t *protocol.SignedTransfer) { t.Signature.S[0] ^= 1 }, protocol.ErrBadSignature},
		"another's":    {func(t *protocol.SignedTransfer) { t.From++ }, protocol.ErrBadSignature},
		"other amount": {func(t *protocol.SignedTransfer) { t.Amount.SetUint64(2) }, protocol.ErrBadSignature},
		"absent":       {func(t *protocol.SignedTransfer) { t.From = 1 << 20 }, protocol.ErrAccountAbsent},
		"from 0":       {func(t *protocol.SignedTransfer) { t.From = 0 }, protocol.ErrAccountAbsent},
		"amount":       {func(t *protocol.SignedTransfer) { t.Amount.Lsh(uint256.NewInt(1), 128) }, protocol.ErrWidth},
		"fee":          {func(t *protocol.SignedTransfer) { t.Fee.Lsh(uint256.NewInt(1), 255) }, protocol.ErrWidth},
		"nonce":        {func(t *protocol.SignedTransfer) { t.Nonce = protocol.MaxNonce + 1 }, protocol.ErrWidth},
	} {
		bad := good
		c.edit(&bad)
		outcomes, err := s.Send(t.Context(), []protocol.SignedTransfer{bad})
		if err != nil || !errors.Is(outcomes[0].Err, c.want) || outcomes[0].Status != StatusUnknown {
			t.Errorf("%s: %+v, %v; want %v", name, outcomes, err, c.want)
		}
	}
	if outcomes, err := s.Send(t.Context(), []protocol.SignedTransfer{good}); err != nil || outcomes[0].Status != StatusExecuted {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// TestServiceSendEnds ends the context of a call that waits: for a verifier, for
// the engine, and in it.
func TestServiceSendEnds(t *testing.T) {
	// held holds whoever calls it, until it is let go, and tells that it does.
	type gate struct{ at, open chan struct{} }
	newGate := func() *gate { return &gate{at: make(chan struct{}, 1), open: make(chan struct{})} }
	hold := func(g *gate) func() {
		return func() {
			select {
			case g.at <- struct{}{}:
			default:
			}
			<-g.open
		}
	}
	for _, c := range []struct {
		name string
		at   func(h *hooks, g *gate)
	}{
		{"verifier", func(h *hooks, g *gate) { h.verified = hold(g) }},
		{"engine", func(h *hooks, g *gate) { h.group = hold(g) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, nil)
			accounts := b.everybody()
			h, g := new(hooks), newGate()
			c.at(h, g)
			s := b.serve(h, ServiceOptions{Verifiers: 1})
			begun := make(chan []Outcome)
			go func() {
				outcomes, err := s.Send(context.Background(), []protocol.SignedTransfer{b.pay(accounts, 1, 2, 0)})
				if err != nil {
					t.Error(err)
				}
				begun <- outcomes
			}()
			<-g.at // it holds the goroutine that all the others need
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() {
				_, err := s.Send(ctx, []protocol.SignedTransfer{b.pay(accounts, 2, 1, 0)})
				ended <- err
			}()
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the error is %v", err)
			}
			stopping, cancel := context.WithCancel(t.Context())
			cancel()
			if err := s.Stop(stopping); !errors.Is(err, context.Canceled) {
				t.Errorf("Stop, which cannot: %v", err)
			}
			close(g.open)
			if outcomes := <-begun; outcomes[0].Status != StatusExecuted {
				t.Errorf("%+v", outcomes)
			}
			b.stop(s)
		})
	}
	t.Run("before", func(t *testing.T) {
		b := newBench(t, nil)
		accounts := b.everybody()
		h, g := new(hooks), newGate()
		h.verified = hold(g)
		s := b.serve(h, ServiceOptions{Verifiers: 1})
		ctx, cancel := context.WithCancel(t.Context())
		sent := make(chan []Outcome)
		go func() {
			outcomes, err := s.Send(ctx, []protocol.SignedTransfer{b.pay(accounts, 1, 2, 0)})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			sent <- outcomes
		}()
		<-g.at
		cancel() // its signature is being checked: it may go on, or not, but not in part
		close(g.open)
		outcomes := <-sent
		b.stop(s)
		b.reopen()
		if _, at := b.account(1); (outcomes != nil) != (at.Nonce == 1) {
			t.Errorf("outcome %+v, nonce %d", outcomes, at.Nonce)
		}
	})
}

// TestServiceStopsUnderLoad: all that was answered when a service is stopped is
// there when the ledger is opened again, and nothing is answered after.
func TestServiceStopsUnderLoad(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBacklog = 1 << 10 })
	accounts := b.everybody()
	s := b.serve(new(hooks), ServiceOptions{})
	var mu sync.Mutex
	var promised []Outcome
	enough := make(chan struct{})
	var senders sync.WaitGroup
	for from := 1; from < len(b.people); from++ {
		senders.Go(func() {
			for nonce := uint64(0); ; nonce++ {
				outcomes, err := s.Send(context.Background(), []protocol.SignedTransfer{b.pay(accounts, from, 1, nonce)})
				if err != nil {
					if !errors.Is(err, ErrHalted) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				promised = append(promised, outcomes...)
				if len(promised) == 100 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	b.stop(s)
	senders.Wait()
	if _, err := s.Send(t.Context(), nil); !errors.Is(err, ErrHalted) {
		t.Errorf("after the end: %v", err)
	}
	if err := s.Seal(); !errors.Is(err, ErrHalted) {
		t.Errorf("after the end: %v", err)
	}
	b.stop(s)
	b.reopen()
	for _, o := range promised {
		o.New = false
		if known, err := b.engine.Transfer(o.ID); err != nil || known.Outcome != o {
			t.Fatalf("%+v, %v; promised %+v", known, err, o)
		}
	}
	if next := b.engine.Summary().Head.NextSeq; next < uint64(len(promised))+1 {
		t.Errorf("%d transfers were promised, the next is %d", len(promised), next)
	}
}

// TestServiceHalts has the disk fail: whoever waits is told, and everybody after.
func TestServiceHalts(t *testing.T) {
	b := newBench(t, nil)
	accounts := b.everybody()
	b.close()
	var broken atomic.Bool
	b.fs = errorfs.Wrap(b.fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		sync := op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo
		if sync && broken.Load() && strings.HasSuffix(op.Path, ".log") {
			return errSim
		}
		return nil
	}))
	b.open()
	s := b.serve(new(hooks), ServiceOptions{})
	outcomes, err := s.Send(t.Context(), []protocol.SignedTransfer{b.pay(accounts, 1, 2, 0)})
	if err != nil || outcomes[0].Status != StatusExecuted {
		t.Fatalf("%+v, %v", outcomes, err)
	}
	select {
	case <-s.Stopped():
		t.Fatal("it has stopped")
	default:
	}
	broken.Store(true)
	var senders sync.WaitGroup
	for from := 1; from < len(b.people); from++ {
		senders.Go(func() {
			if outcomes, err := s.Send(t.Context(), []protocol.SignedTransfer{b.pay(accounts, from, 2, 1)}); err == nil && outcomes[0].Err == nil {
				t.Errorf("answered: %+v", outcomes)
			}
		})
	}
	senders.Wait()
	<-s.Stopped()
	if cause := s.Engine().Err(); !errors.Is(cause, errSim) {
		t.Errorf("the cause is %v", cause)
	}
	outcomes, err = s.Send(t.Context(), []protocol.SignedTransfer{b.pay(accounts, 1, 2, 1)})
	if err != nil || !errors.Is(outcomes[0].Err, ErrHalted) {
		t.Errorf("%+v, %v", outcomes, err)
	}
	if err := s.Seal(); !errors.Is(err, ErrHalted) {
		t.Error(err)
	}
	b.ok(s.Stop(t.Context()))
	_ = b.led.Close() // of a disk that has failed
	b.engine = nil
}
