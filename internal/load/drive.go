package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/protocol"
)

// maxExamples is how many failures are told in words.
const maxExamples = 20

// driver sends steps and checks what the node answers.
type driver struct {
	r     *run
	begun time.Time
	// ready are wallets that have something to send, each once at most.
	ready chan *line
	done  chan struct{} // closed when nothing more comes
	room  chan struct{} // steps that may be under way; nil with a rate

	mu        sync.Mutex // guards all below
	lines     []*line    // of the wallets
	places    map[uint64]ledger.TransferID
	counts    map[*kind]int // steps
	latencies []time.Duration
	first     uint32 // batches that have something of the run
	last      uint32
	sent      int // transfers, without those that were sent again because the node was busy
	calls     int
	busy      int // transfers that were refused for now
	receipts  int
	unsent    int // steps that were due, and that no call had taken in the end
	failures  int
	examples  []string
	ended     time.Time // when the last answer came
}

// line is what a wallet has to send.
type line struct {
	number int
	next   int             // the first script that was not handed to a call
	due    []time.Duration // when each script from there on was due, of those that are
	active bool            // it is in ready, or a call has something of it
}

func newDriver(r *run) *driver {
	return &driver{r: r, begun: time.Now(), places: make(map[uint64]ledger.TransferID), counts: make(map[*kind]int)}
}

// drive sends the run's steps, each wallet's in their order.
func (d *driver) drive(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o := d.r.o
	d.ready, d.done = make(chan *line, len(d.r.wallets)), make(chan struct{})
	for n := range d.r.wallets {
		d.lines = append(d.lines, &line{number: n})
	}
	if o.Rate == 0 {
		d.room = make(chan struct{}, o.Calls*o.PerCall)
	}
	var calls sync.WaitGroup
	failed := make(chan error, o.Calls)
	for range o.Calls {
		calls.Go(func() {
			if err := d.caller(ctx); err != nil {
				failed <- err
				cancel()
			}
		})
	}
	d.begun = time.Now()
	err := d.dispatch(ctx)
	d.settle(ctx)
	close(d.done)
	calls.Wait()
	select {
	case err = <-failed:
	default:
	}
	return err
}

// dispatch hands steps to their wallets when they are due.
func (d *driver) dispatch(ctx context.Context) error {
	o := d.r.o
	var over <-chan time.Time
	if o.Duration > 0 {
		timer := time.NewTimer(o.Duration)
		defer timer.Stop()
		over = timer.C
	}
	for i := range d.r.steps {
		s := &d.r.steps[i]
		due := s.at
		if d.room != nil {
			select {
			case d.room <- struct{}{}:
				due = time.Since(d.begun)
			case <-over:
			case <-ctx.Done():
			}
		} else if wait := due - time.Since(d.begun); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-over:
			case <-ctx.Done():
			}
			timer.Stop()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if o.Duration > 0 && (due > o.Duration || time.Since(d.begun) > o.Duration) {
			return nil
		}
		d.mu.Lock()
		l := d.lines[s.from]
		l.due = append(l.due, due)
		d.wake(l)
		d.mu.Unlock()
	}
	return nil
}

// wake has a call take a wallet up that has something to send. It is called with mu
// held.
func (d *driver) wake(l *line) {
	if !l.active && len(l.due) > 0 {
		l.active = true
		d.ready <- l // has room for all wallets
	}
}

// settle waits until nothing is under way. What no call has taken when the time is
// over is not sent.
func (d *driver) settle(ctx context.Context) {
	for {
		active := false
		d.mu.Lock()
		for _, l := range d.lines {
			if d.r.o.Duration > 0 && time.Since(d.begun) > d.r.o.Duration {
				d.unsent += len(l.due)
				l.due = nil
			}
			active = active || l.active
		}
		d.mu.Unlock()
		if !active || sleep(ctx, pause/10) != nil {
			return
		}
	}
}

// caller makes calls, each with what a few wallets have to send, until there is
// nothing more.
func (d *driver) caller(ctx context.Context) error {
	for {
		var lines []*line
		select {
		case l := <-d.ready:
			lines = append(lines, l)
		case <-d.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		var items []item
		var due []time.Duration // of each item
		steps := 0
		take := func(l *line) {
			d.mu.Lock()
			defer d.mu.Unlock()
			for steps < d.r.o.PerCall && len(l.due) > 0 {
				script := d.r.wallets[l.number].scripts[l.next]
				for range script {
					due = append(due, l.due[0])
				}
				items = append(items, script...)
				d.counts[script[0].kind]++
				l.next++
				l.due = l.due[1:]
				steps++
			}
		}
		take(lines[0])
	more:
		for steps < d.r.o.PerCall {
			select {
			case l := <-d.ready:
				lines = append(lines, l)
				take(l)
			default:
				break more
			}
		}
		err := d.deliverDue(ctx, items, due)
		d.mu.Lock()
		for _, l := range lines {
			l.active = false
			d.wake(l)
		}
		d.mu.Unlock()
		if d.room != nil {
			for range steps {
				<-d.room
			}
		}
		if err != nil {
			return err
		}
	}
}

// deliver is deliverDue of items that are due at one time.
func (d *driver) deliver(ctx context.Context, items []item, at time.Duration) error {
	due := make([]time.Duration, len(items))
	for i := range due {
		due[i] = at
	}
	return d.deliverDue(ctx, items, due)
}

// deliverDue sends items, in their order, and checks what the node answers: from the
// first one on that it refuses for now they are sent again, but for those that it
// rightly refused for good or queued, until its patience ends.
// An error says that the node did not answer.
func (d *driver) deliverDue(ctx context.Context, items []item, due []time.Duration) error {
	again := false
	for patient := time.Now().Add(d.r.o.Patience); len(items) > 0; again = true {
		outcomes, err := d.send(ctx, items)
		if err != nil {
			return err
		}
		now := time.Now()
		ready, wait := len(items), time.Duration(0)
		for i := range items {
			if later, yes := postponed(&items[i], &outcomes[i]); yes {
				ready, wait = i, later
				break
			}
		}
		if ready > 0 {
			patient = now.Add(d.r.o.Patience)
		} else if now.After(patient) {
			ready = len(items) // as it is
		}
		d.check(items[:ready], outcomes, due, again, now)
		var left []item
		var leftDue []time.Duration
		for i := ready; i < len(items); i++ {
			// One that was refused, or queued, as it has to be is not sent again: what comes
			// behind it in its account's order may have been executed, and the answer be
			// another then.
			if answered(&items[i], &outcomes[i]) {
				d.check(items[i:i+1], outcomes[i:i+1], due[i:i+1], again, now)
				continue
			}
			left, leftDue = append(left, items[i]), append(leftDue, due[i])
		}
		if items, due = left, leftDue; len(items) > 0 {
			d.mu.Lock()
			d.busy++
			d.mu.Unlock()
			if err := sleep(ctx, wait); err != nil {
				return err
			}
		}
	}
	return nil
}

// answered says whether a transfer that is not to be executed was answered so.
func answered(it *item, o *client.Outcome) bool {
	if it.want.queued {
		return o.Err == nil && o.Result.Status == wire.StatusQueued
	}
	return it.want.err != nil && errors.Is(o.Err, it.want.err)
}

// postponed says whether the node has put off what it is to execute, and for how
// long: where batches wait for proofs, it refuses transfers, and leaves waiting what
// their turn has come for.
func postponed(it *item, o *client.Outcome) (time.Duration, bool) {
	if o.Err == nil {
		return pause, it.want == executed && o.Result.Status == wire.StatusQueued
	}
	return later(o.Err)
}

func (d *driver) send(ctx context.Context, items []item) ([]client.Outcome, error) {
	d.mu.Lock()
	d.calls++
	d.mu.Unlock()
	if len(items) == 1 {
		result, err := d.r.o.Client.SendTransfer(ctx, &items[0].signed)
		var answered *wire.Error
		if err != nil && !errors.As(err, &answered) {
			return nil, err
		}
		return []client.Outcome{{Result: result, Err: err}}, nil
	}
	transfers := make([]protocol.SignedTransfer, len(items))
	for i := range items {
		transfers[i] = items[i].signed
	}
	return d.r.o.Client.SendTransfers(ctx, transfers)
}

// check compares answers, which came at one time, with what was to be answered.
// again says that they may have been sent before.
func (d *driver) check(items []item, outcomes []client.Outcome, due []time.Duration, again bool, now time.Time) {
	faults := make([]error, len(items))
	for i := range items {
		faults[i] = d.r.verify(&items[i], &outcomes[i], again)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if now.After(d.ended) {
		d.ended = now
	}
	for i := range items {
		it := &items[i]
		d.sent++
		fault := faults[i]
		if fault == nil && it.want == executed {
			result := outcomes[i].Result
			d.receipts++
			if id, taken := d.places[result.Seq]; taken && id != it.id {
				fault = fmt.Errorf("its place %d is that of transfer %x, too", result.Seq, id)
			}
			if _, again := d.places[result.Seq]; !again {
				d.places[result.Seq] = it.id
				if it.first {
					d.latencies = append(d.latencies, now.Sub(d.begun)-due[i])
				}
			}
			if d.first == 0 {
				d.first = result.Batch
			}
			d.first, d.last = min(d.first, result.Batch), max(d.last, result.Batch)
		}
		if fault != nil {
			d.fail("%s: transfer %x of account %d with nonce %d: %v", it.kind.name, it.id, it.signed.From, it.signed.Nonce, fault)
		}
	}
}

// fail counts a failure. It is called with mu held.
func (d *driver) fail(format string, args ...any) {
	d.failures++
	if len(d.examples) < maxExamples {
		d.examples = append(d.examples, fmt.Sprintf(format, args...))
	}
}

// verify says what is wrong with an answer. Of what may have been sent before, what
// waited may have been executed meanwhile.
func (r *run) verify(it *item, o *client.Outcome, again bool) error {
	switch {
	case again && it.want.err == wire.ErrUnderpriced && errors.Is(o.Err, wire.ErrNonceTooLow):
		return nil
	case it.want.err != nil:
		if o.Err == nil {
			return fmt.Errorf("it is %s, and was to be refused: %w", o.Result.Status, it.want.err)
		}
		if !errors.Is(o.Err, it.want.err) {
			return fmt.Errorf("it was refused as %q, and was to be as %q", o.Err, it.want.err)
		}
		return nil
	case o.Err != nil:
		return fmt.Errorf("it was refused: %w", o.Err)
	}
	s := o.Result
	if s.ID != wire.Hash(it.id) {
		return fmt.Errorf("the answer is about transfer %s", s.ID)
	}
	if it.want.queued {
		if s.Status != wire.StatusQueued && (!again || s.Status == wire.StatusDropped) {
			return fmt.Errorf("it is %s, and was to be queued", s.Status)
		}
		return nil
	}
	if s.Status == wire.StatusQueued || s.Status == wire.StatusDropped || s.Receipt == nil {
		return fmt.Errorf("it is %s, and was to be executed, with a receipt", s.Status)
	}
	if s.Receipt.ID != s.ID || s.Receipt.Seq != s.Seq || s.Receipt.Batch != s.Batch {
		return errors.New("the receipt says something else than the answer")
	}
	signature, err := receipt.ParseSignature(s.Receipt.Signature[:])
	if err != nil {
		return err
	}
	said := receipt.Receipt{Transfer: s.Receipt.ID, Sequence: s.Receipt.Seq, Batch: s.Receipt.Batch, Time: s.Receipt.Time}
	return receipt.Verify(r.domain, said, signature, common.Address(r.operator))
}
