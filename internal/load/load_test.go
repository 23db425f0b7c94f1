package load

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/protocol"
)

// TestRun makes a run with steps of every kind, and another one after it that finds
// the accounts of the first.
func TestRun(t *testing.T) {
	w := newWorld(t, nil)
	o := w.options()
	for range 2 {
		report, err := Run(t.Context(), o)
		if err != nil {
			t.Fatalf("%v\n%+v", err, report)
		}
		if report.Steps != o.Steps || report.Unexpected != 0 || report.Unsent != 0 || report.Latency == nil || report.Receipts < report.Executed {
			t.Errorf("%+v", report)
		}
		kinds := append([]*kind{transfers, withdrawals, resends, gaps}, refusals...)
		for _, k := range kinds {
			if report.Kinds[k.name] == 0 {
				t.Errorf("no step was of the kind %q", k.name)
			}
		}
		if b := report.Batches; b.First == 0 || b.Finalized != int(b.Last-b.First)+1 || b.Sealed == nil || b.Final == nil {
			t.Errorf("%+v", b)
		}
		if len(report.Kinds) != len(kinds) {
			t.Errorf("kinds: %v", report.Kinds)
		}
		o.Zipf, o.Calls, o.PerCall = 1.2, 2, 64 // some wallets have much to send at once
	}
	// The fees are the payer's, too: whoever counts what it was asked for knows all.
	if s := w.engine.Summary(); s.Waiting != 0 {
		t.Errorf("%d transfers wait", s.Waiting)
	}
}

// TestRunKeepsItsRate sends at a rate: each step once it is due, and, when the time
// is over first, no more than were due.
func TestRunKeepsItsRate(t *testing.T) {
	w := newWorld(t, nil)
	o := w.options()
	due := func() []step {
		return draw(&o, &rules{other: 1, nonceGap: 1, least: *newAmount(3), fee: *newAmount(3)})
	}
	// A machine that stalls sends late: so all steps, if there is time enough, and none
	// too early.
	o.Rate, o.Duration, o.Steps, o.Settle = 400, time.Hour, 100, 0
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%+v", err, report)
	}
	if last := due()[o.Steps-1].at.Seconds(); report.Steps != o.Steps || report.Unsent != 0 || report.Seconds < last {
		t.Errorf("%d steps were sent and %d were not in %v s; the last was due after %v s", report.Steps, report.Unsent, report.Seconds, last)
	}
	// Or not all, however fast the machine.
	o.Duration, o.Steps = 500*time.Millisecond, 10_000
	report, err = Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%+v", err, report)
	}
	most := 0
	for _, s := range due() {
		if s.at <= o.Duration {
			most++
		}
	}
	if report.Steps+report.Unsent > most+1 {
		t.Errorf("%d steps were sent and %d were not, %d were due", report.Steps, report.Unsent, most)
	}
}

func newAmount(n uint64) *protocol.Amount { return new(protocol.Amount).SetUint64(n) }

// TestRunSurvivesBackPressure: a node that refuses for now is asked again, and
// nothing is lost nor done twice.
func TestRunSurvivesBackPressure(t *testing.T) {
	w := newWorld(t, func(c *aggregator.Config) { c.MaxBacklog = 1 })
	busy := make(chan struct{})
	var once sync.Once
	w.result = func(_ *protocol.SignedTransfer, r *api.SendResult) {
		if errors.Is(r.Err, aggregator.ErrBusy) {
			once.Do(func() { close(busy) })
		}
	}
	// Once the wallets are being paid, nothing is proven before the node is busy.
	w.proving = func(ctx context.Context) {
		if w.paying() {
			select {
			case <-busy:
			case <-ctx.Done():
			}
		}
	}
	o := w.options()
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%+v", err, report)
	}
	if report.Steps != o.Steps || report.Busy == 0 {
		t.Errorf("%+v", report)
	}
}

// TestRunSurvivesSingleRefusals: a node that refuses one transfer for now may have
// done with those behind it in the same call what they were sent for.
func TestRunSurvivesSingleRefusals(t *testing.T) {
	w := newWorld(t, nil)
	seen := make(map[ledger.TransferID]bool)
	w.result = func(_ *protocol.SignedTransfer, r *api.SendResult) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.nonce > 0 && r.Receipt != nil && r.Seq%3 == 0 && !seen[r.ID] {
			seen[r.ID] = true
			*r = api.SendResult{Err: aggregator.ErrBusy}
		}
	}
	o := w.options()
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%+v", err, report)
	}
	if report.Steps != o.Steps || report.Busy < o.Steps/10 || report.Kinds["more than there is"] == 0 {
		t.Errorf("%+v", report)
	}
}

// TestRunNoticesLies has the node lie: each lie is found.
func TestRunNoticesLies(t *testing.T) {
	once := func(f func(t *protocol.SignedTransfer, r *api.SendResult) bool) func(*world) {
		return func(w *world) {
			done := false
			w.result = func(t *protocol.SignedTransfer, r *api.SendResult) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if w.nonce > 0 && !done && t.Amount.Uint64() <= maxAmount {
					done = f(t, r)
				}
			}
		}
	}
	receipts := func(f func(r *api.SendResult)) func(*world) {
		return once(func(_ *protocol.SignedTransfer, r *api.SendResult) bool {
			if r.Receipt == nil {
				return false
			}
			f(r)
			return true
		})
	}
	for name, c := range map[string]struct {
		lie  func(*world)
		want string
	}{
		"signature":         {receipts(func(r *api.SendResult) { r.Receipt.Signature[3] ^= 1 }), "did not sign"},
		"no signature":      {receipts(func(r *api.SendResult) { r.Receipt.Signature[64] = 0 }), "not a well-formed signature"},
		"another time":      {receipts(func(r *api.SendResult) { r.Receipt.Time++ }), "did not sign"},
		"no receipt":        {receipts(func(r *api.SendResult) { r.Receipt = nil }), "with a receipt"},
		"another's receipt": {receipts(func(r *api.SendResult) { r.Receipt.ID[0] ^= 1 }), "says something else"},
		"another transfer":  {receipts(func(r *api.SendResult) { r.ID[0] ^= 1 }), "is about transfer"},
		"queued": {func(w *world) {
			w.result = func(t *protocol.SignedTransfer, r *api.SendResult) {
				if r.Receipt != nil && t.Nonce == 3 {
					r.Status, r.Receipt = wire.StatusQueued, nil
				}
			}
		}, "was to be executed"},
		"refused": {receipts(func(r *api.SendResult) { *r = api.SendResult{Err: wire.ErrNonceTooLow} }), "it was refused: nonce is used"},
		"another code": {once(func(_ *protocol.SignedTransfer, r *api.SendResult) bool {
			if r.Err == nil {
				return false
			}
			r.Err = wire.ErrNonceExhausted
			return true
		}), "and was to be as"},
		"accepted": {once(func(_ *protocol.SignedTransfer, r *api.SendResult) bool {
			if r.Err == nil {
				return false
			}
			r.Err, r.Status = nil, wire.StatusQueued
			return true
		}), "was to be refused"},
		"one place twice": {func(w *world) {
			w.result = func(_ *protocol.SignedTransfer, r *api.SendResult) {
				if r.Receipt != nil && r.Seq > 20 && r.Seq%2 == 0 {
					w.place(r, r.Seq-1)
				}
			}
		}, "is that of transfer"},
		"a balance": {func(w *world) {
			w.account = func(a *api.IndexedAccount) {
				if w.paying() {
					a.Account.Balance.AddUint64(&a.Account.Balance, 1)
				}
			}
		}, "was to have"},
		"an account": {func(w *world) {
			w.account = func(a *api.IndexedAccount) {
				if w.paying() {
					a.Index += 1000
				}
			}
		}, "not there any more"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			o := w.options()
			o.Wallets, o.Steps, o.Settle, o.Patience = 4, 100, 0, time.Millisecond
			c.lie(w)
			report, err := Run(t.Context(), o)
			if report == nil && err != nil && strings.Contains(err.Error(), c.want) { // while the wallets were funded
				return
			}
			if !errors.Is(err, ErrUnexpected) || report.Unexpected == 0 || !strings.Contains(strings.Join(report.Examples, "\n"), c.want) {
				t.Errorf("%v\n%+v", err, report)
			}
		})
	}
}

// place says that a transfer has another place, with a receipt for it.
func (w *world) place(r *api.SendResult, seq uint64) {
	r.Seq, r.Receipt.Seq = seq, seq
	said := receipt.Receipt{Transfer: r.ID, Sequence: seq, Batch: r.Batch, Time: r.Received}
	signature, err := receipt.Sign(w.domain, w.receipts, said)
	if err != nil {
		w.Error(err)
	}
	r.Receipt.Signature = signature
}

// TestRunEnds with its context, wherever it is.
func TestRunEnds(t *testing.T) {
	for _, stage := range []string{"open", "take", "sign", "send", "wait"} {
		w := newWorld(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		o := w.options()
		o.Progress = func(what string) {
			if strings.HasPrefix(what, stage) {
				cancel()
			}
		}
		if stage == "wait" {
			o.Steps = 50
		}
		if report, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %+v, %v", stage, report, err)
		}
		cancel()
	}
}

// TestRunDoesNotBegin without money, or on a node that does not work.
func TestRunDoesNotBegin(t *testing.T) {
	w := newWorld(t, nil)
	o := w.options()
	broke := errors.New("no money")
	o.Fund = func(context.Context, protocol.Index, protocol.Amount) error { return broke }
	if _, err := Run(t.Context(), o); !errors.Is(err, broke) {
		t.Error(err)
	}
	for name, edit := range map[string]func(*Options){
		"wallets": func(o *Options) { o.Wallets = 1 }, "many": func(o *Options) { o.Wallets = MaxWallets + 1 },
		"steps": func(o *Options) { o.Steps = 0 }, "calls": func(o *Options) { o.Calls = 0 }, "per call": func(o *Options) { o.PerCall = -1 },
		"patience": func(o *Options) { o.Patience = -1 }, "rate": func(o *Options) { o.Rate = -1 }, "zipf": func(o *Options) { o.Zipf = 0.5 }, "share": func(o *Options) { o.Gaps = -0.1 },
		"shares": func(o *Options) { o.Gaps = 0.9 }, "duration": func(o *Options) { o.Duration = -1 },
	} {
		o := w.options()
		edit(&o)
		if _, err := Run(t.Context(), o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSeeds: a seed makes the same steps each time, signed the same, and another
// seed others.
func TestSeeds(t *testing.T) {
	o := Options{Seed: 3, Wallets: 20, Steps: 300, Invalid: 0.5, Gaps: 0.1, Resends: 0.1, Withdrawals: 0.1, Rate: 100, Zipf: 1.3}
	r := &rules{fee: *newAmount(3), least: *newAmount(3), nonceGap: 5, other: 99, valid: 1000}
	make := func(seed uint64) ([]step, []*wallet) {
		o.Seed = seed
		steps := draw(&o, r)
		var wallets []*wallet
		for i := range o.Wallets {
			wallets = append(wallets, &wallet{key: keyOf(seed, i), index: protocol.Index(i + 1)})
		}
		if err := write(fr.NewElement(7), steps, wallets, r); err != nil {
			t.Fatal(err)
		}
		return steps, wallets
	}
	steps, wallets := make(3)
	again, same := make(3)
	if len(steps) != len(again) {
		t.Fatal("another number of steps")
	}
	for i := range steps {
		if steps[i] != again[i] {
			t.Fatalf("step %d is %+v, and was %+v", i, again[i], steps[i])
		}
	}
	for i := range wallets {
		if !reflect.DeepEqual(wallets[i].scripts, same[i].scripts) {
			t.Fatalf("wallet %d sends something else", i)
		}
	}
	if other, _ := make(4); reflect.DeepEqual(steps, other) {
		t.Error("another seed makes the same steps")
	}
	if keyOf(3, 0).Public() == keyOf(3, 1).Public() || keyOf(3, 0).Public() == keyOf(4, 0).Public() {
		t.Error("two wallets have one key")
	}
}

// TestPercentiles looks at percentiles that can be counted on one's fingers.
func TestPercentiles(t *testing.T) {
	if percentiles(nil) != nil {
		t.Error("there are percentiles of nothing")
	}
	var times []time.Duration
	for i := 1000; i > 0; i-- {
		times = append(times, time.Duration(i)*time.Millisecond)
	}
	if got, want := *percentiles(times), (Percentiles{500, 900, 990, 999, 1000}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := *percentiles(times[:1]), (Percentiles{1, 1, 1, 1, 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
