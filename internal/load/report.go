package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// ErrUnexpected: the node did something else than it should have. The report says
// what.
var ErrUnexpected = errors.New("the node did not do as expected")

// Report is what a run came to.
type Report struct {
	Seed    uint64  `json:"seed"`
	Wallets int     `json:"wallets"`
	Steps   int     `json:"steps"`   // that were sent
	Unsent  int     `json:"unsent"`  // that were due, and came to nothing: the node did not keep up
	Seconds float64 `json:"seconds"` // from the first step to the last answer

	Transfers int     `json:"transfers"` // that were sent and answered
	Executed  int     `json:"executed"`
	PerSecond float64 `json:"perSecond"` // executed transfers
	Calls     int     `json:"calls"`
	Busy      int     `json:"busy"`     // answers to come again later
	Receipts  int     `json:"receipts"` // that were verified

	// Latency is that of executed transfers, from when a step was due until its
	// receipt had come, in milliseconds.
	Latency *Percentiles   `json:"latency,omitempty"`
	Kinds   map[string]int `json:"kinds"` // steps by kind

	Unexpected int      `json:"unexpected"`
	Examples   []string `json:"examples,omitempty"` // of what was not as expected

	Batches Batches `json:"batches"`
}

// Percentiles are those of some times, in milliseconds.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Batches are those that took the run's transfers.
type Batches struct {
	First     uint32 `json:"first"`
	Last      uint32 `json:"last"`
	Finalized int    `json:"finalized"` // how many were final in the end
	// How long after they were closed batches came to a stage: those that did.
	Sealed    *Percentiles `json:"sealed,omitempty"`
	Proven    *Percentiles `json:"proven,omitempty"`
	Submitted *Percentiles `json:"submitted,omitempty"`
	Final     *Percentiles `json:"final,omitempty"`
}

// Run makes a run. The error is ErrOptions, ErrUnexpected, with which there is a
// report, or why it could not be made to its end.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	r, err := prepare(ctx, &o)
	if err != nil {
		return nil, err
	}
	o.say("send")
	d := newDriver(r)
	if err := d.drive(ctx); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	if err := d.compare(ctx); err != nil {
		return nil, fmt.Errorf("look at the accounts afterwards: %w", err)
	}
	batches, err := d.follow(ctx)
	if err != nil {
		return nil, fmt.Errorf("follow the batches: %w", err)
	}
	report := d.report()
	report.Batches = *batches
	if report.Unexpected > 0 {
		return report, fmt.Errorf("%w: %d times; the first: %s", ErrUnexpected, report.Unexpected, report.Examples[0])
	}
	return report, nil
}

func (d *driver) report() *Report {
	report := &Report{
		Seed: d.r.o.Seed, Wallets: d.r.o.Wallets, Seconds: d.ended.Sub(d.begun).Seconds(), Transfers: d.sent, Executed: len(d.places),
		Unsent: d.unsent, Calls: d.calls, Busy: d.busy, Receipts: d.receipts, Latency: percentiles(d.latencies), Kinds: make(map[string]int),
		Unexpected: d.failures, Examples: d.examples,
	}
	for kind, n := range d.counts {
		report.Kinds[kind.name] = n
		report.Steps += n
	}
	if report.Seconds > 0 {
		report.PerSecond = float64(report.Executed) / report.Seconds
	}
	return report
}

// percentiles returns those of some times, nil if there are none.
func percentiles(times []time.Duration) *Percentiles {
	if len(times) == 0 {
		return nil
	}
	slices.Sort(times)
	at := func(perMille int) float64 { // the least time that so many are not above
		rank := (len(times)*perMille + 999) / 1000
		return float64(times[max(rank, 1)-1].Microseconds()) / 1000
	}
	return &Percentiles{P50: at(500), P90: at(900), P99: at(990), P999: at(999), Max: at(1000)}
}

// compare has the node tell the accounts, which have to be as its answers said.
func (d *driver) compare(ctx context.Context) error {
	d.r.o.say("compare the accounts")
	type account struct {
		nonce   uint64
		balance protocol.Amount
	}
	should := make(map[protocol.Index]*account, len(d.r.wallets))
	for _, w := range d.r.wallets {
		should[w.index] = &account{w.nonce, w.balance}
	}
	for n, w := range d.r.wallets { // all of whose sent steps were answered
		a := should[w.index]
		for _, script := range w.scripts[:d.lines[n].next] {
			for i := range script {
				it := &script[i]
				if it.executes {
					a.nonce++
					a.balance.Sub(&a.balance, &it.signed.Amount)
					a.balance.Sub(&a.balance, &it.signed.Fee)
					if to := should[it.signed.To]; to != nil {
						to.balance.Add(&to.balance, &it.signed.Amount)
					}
				}
			}
		}
	}
	err := d.r.accounts(ctx, 0, func(a *wire.OwnedAccount) {
		w, ok := should[a.Index]
		if !ok {
			return
		}
		delete(should, a.Index)
		if balance := protocol.Amount(a.Balance); a.Nonce != w.nonce || balance != w.balance {
			d.fail("account %d: nonce %d and balance %s, and was to have %d and %s", a.Index, a.Nonce, balance.Dec(), w.nonce, w.balance.Dec())
		}
	})
	if err != nil {
		return err
	}
	for index := range should {
		d.fail("account %d is not there any more", index)
	}
	return nil
}

// follow waits until the run's batches are final, for as long as it may.
func (d *driver) follow(ctx context.Context) (*Batches, error) {
	b := &Batches{First: d.first, Last: d.last}
	if d.last == 0 {
		return b, nil
	}
	o := d.r.o
	if o.Settle > 0 {
		o.say("wait until batch %d is final, for %v at most", d.last, o.Settle)
	}
	for end := time.Now().Add(o.Settle); ; {
		sync, err := patiently(ctx, o, o.Client.SyncStatus)
		if err != nil {
			return nil, err
		}
		if sync.Finalized >= d.last || !time.Now().Before(end) {
			break
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
	var times stages
	for before := d.last + 1; before > d.first; {
		q := wire.BatchQuery{Before: before}
		page, err := patiently(ctx, o, func(ctx context.Context) (*wire.BatchPage, error) { return o.Client.BatchPage(ctx, q) })
		if err != nil {
			return nil, err
		}
		for i := range page.Batches {
			if page.Batches[i].Number >= d.first {
				times.note(&page.Batches[i])
			}
		}
		if before = page.Next; before == 0 {
			break
		}
	}
	b.Finalized = len(times.final)
	b.Sealed, b.Proven, b.Submitted, b.Final = percentiles(times.sealed), percentiles(times.proven), percentiles(times.submitted), percentiles(times.final)
	return b, nil
}

// stages are the times of batches since they were closed.
type stages struct{ sealed, proven, submitted, final []time.Duration }

func (s *stages) note(b *wire.BatchSummary) {
	for _, stage := range []struct {
		times *[]time.Duration
		at    uint64
	}{{&s.sealed, b.Times.Sealed}, {&s.proven, b.Times.Proven}, {&s.submitted, b.Times.Submitted}, {&s.final, b.Times.Finalized}} {
		if stage.at != 0 {
			*stage.times = append(*stage.times, time.Duration(stage.at-b.Times.Closed)*time.Millisecond)
		}
	}
}
