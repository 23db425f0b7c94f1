package aggregator

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// largest is the shape that batches are filled by.
func (e *Engine) largest() protocol.Shape { return e.cfg.Circuits[len(e.cfg.Circuits)-1].Shape }

// openNext begins the batch after the tip: with what waits for one, as much as
// fits, and fixed from its first transfer on.
func (e *Engine) openNext(c *change) error {
	return e.openFrom(c, &ledger.Batch{
		Number: e.tip.number + 1, Stage: ledger.StageOpen, Times: ledger.Times{Opened: millis(c.now)},
		DepositsEnd: e.tip.depositsEnd, ExitsEnd: e.tip.exitsEnd, OpeningsEnd: e.tip.openingsEnd,
		NextIndex: e.tip.nextIndex, FirstSeq: e.head.NextSeq,
	}, c.now)
}

// openFrom opens a batch that has some operations of layer 1, and openings,
// already.
func (e *Engine) openFrom(c *change, r *ledger.Batch, opened time.Time) error {
	o := &openBatch{record: *r, budget: protocol.NewBudget(e.largest()), opened: opened}
	e.open, e.head.Batch = o, o.record.Number
	e.state.push(o.record.Number)
	f := &filler{e: e, c: c, o: o, opened: make(map[accountName]protocol.Index), until: e.until()}
	if err := f.fill(); err != nil {
		return fmt.Errorf("open batch %d: %w", o.record.Number, err)
	}
	if !e.lanesWait() {
		e.waitsSince = time.Time{}
	}
	c.dirty = !o.empty()
	return nil
}

// until is how far a batch may go in what waits for one.
func (e *Engine) until() tip {
	until := tip{depositsEnd: e.head.Deposits, exitsEnd: e.head.Exits, openingsEnd: e.head.NextOpening}
	if a := e.again; a != nil {
		until.depositsEnd = min(until.depositsEnd, a.depositsEnd)
		until.exitsEnd = min(until.exitsEnd, a.exitsEnd)
		until.openingsEnd = min(until.openingsEnd, a.openingsEnd)
	}
	return until
}

// waiting says whether something waits for the batch after the open one.
func (e *Engine) waiting() bool {
	return e.lanesWait() || e.open.record.OpeningsEnd < e.until().openingsEnd
}

// lanesWait says whether an operation of layer 1 does.
func (e *Engine) lanesWait() bool {
	r, until := &e.open.record, e.until()
	return r.DepositsEnd < until.depositsEnd || r.ExitsEnd < until.exitsEnd
}

// reopen has the open batch take what has come since, if it has no transfers yet.
// Accounts that it opens keep their places: somebody may have seen them, and have
// signed transfers. What layer 1 has taken back it lets go.
func (e *Engine) reopen(c *change) error {
	before := e.open
	if before.record.Transfers > 0 {
		return nil
	}
	r := before.record
	for r.DepositsEnd > e.head.Deposits && len(r.Deposits) > 0 {
		if d := &r.Deposits[len(r.Deposits)-1]; d.Opened {
			e.letGo(c, accountName{d.Key, d.Owner, d.Token}, d.Index)
		}
		r.Deposits = r.Deposits[:len(r.Deposits)-1]
		r.DepositsEnd--
	}
	for r.ExitsEnd > e.head.Exits && len(r.ForcedExits) > 0 {
		r.ForcedExits = r.ForcedExits[:len(r.ForcedExits)-1]
		r.ExitsEnd--
	}
	r.Deposits, r.ForcedExits, r.Openings = slices.Clip(r.Deposits), slices.Clip(r.ForcedExits), slices.Clip(r.Openings)
	r.FeeAccounts, r.Exits = nil, 0
	opened := before.opened
	if before.empty() { // the age of a batch is that of the first thing in it
		opened, r.Times.Opened = c.now, millis(c.now)
	}
	e.state.pop()
	if err := e.openFrom(c, &r, opened); err != nil {
		return err
	}
	c.dirty = c.dirty || before.recorded
	return nil
}

// accountName is what tells an account from others to somebody who wants one.
type accountName struct {
	key   protocol.PublicKey
	owner protocol.Owner
	token protocol.Token
}

// filler puts what waits into a batch that has just been opened.
type filler struct {
	e *Engine
	c *change
	o *openBatch
	// opened are the accounts that the batch opens.
	opened map[accountName]protocol.Index
	until  tip // how far it may go in what waits
}

// waitingExits are the forced exits that the batch may take.
func (f *filler) waitingExits() []*ledger.ForcedExit {
	exits := f.e.exits
	for len(exits) > 0 && exits[len(exits)-1].Position >= f.until.exitsEnd {
		exits = exits[:len(exits)-1]
	}
	return exits
}

// fill adds deposits first, then forced exits, then openings, and applies all in
// the batch's order, which is openings first. That makes no difference: an
// opening's place is its own, and whoever is to leave by force finds nothing there,
// before it as after.
func (f *filler) fill() error {
	r := &f.o.record
	if err := f.again(); err != nil {
		return err
	}
	// Neither lane may keep the other waiting: each is sure of half.
	room := f.e.largest().LayerOne
	reserved := max(min(len(f.waitingExits()), room/2), len(r.ForcedExits))
	for _, d := range f.e.deposits[min(len(r.Deposits), len(f.e.deposits)):] {
		if len(r.Deposits) >= room-reserved || d.Position >= f.until.depositsEnd {
			break
		}
		credited, err := f.credit(d.Deposit)
		if err != nil {
			return err
		}
		if err := f.o.budget.AddDeposit(credited); err != nil {
			break // the next batch takes it
		}
		f.name(credited)
		r.Deposits = append(r.Deposits, *credited)
		r.DepositsEnd++
	}
	if err := f.forcedExits(room - len(r.Deposits)); err != nil {
		return err
	}
	if err := f.openings(); err != nil {
		return err
	}
	if err := f.apply(); err != nil {
		return err
	}
	return f.collectors()
}

// again counts what the batch has already.
func (f *filler) again() error {
	r := &f.o.record
	for i := range r.Deposits {
		if err := f.o.budget.AddDeposit(&r.Deposits[i]); err != nil {
			return err
		}
		f.name(&r.Deposits[i])
	}
	for i := range r.Openings {
		o := &r.Openings[i]
		if err := f.o.budget.AddOpening(o); err != nil {
			return err
		}
		f.take(accountName{o.Key, o.Owner, o.Token}, o.Index)
	}
	return nil
}

// apply applies what was chosen to the state.
func (f *filler) apply() error {
	r := &f.o.record
	for i := range r.Openings {
		if err := protocol.ApplyOpening(f.e.state, &r.Openings[i]); err != nil {
			return fmt.Errorf("opening %d: %w", i, err)
		}
	}
	for i := range r.Deposits {
		if err := protocol.ApplyDeposit(f.e.state, &r.Deposits[i]); err != nil {
			return fmt.Errorf("deposit %d: %w", i, err)
		}
		f.c.credited = append(f.c.credited, r.Deposits[i].Index)
	}
	for i := range r.ForcedExits {
		exit, err := protocol.ApplyForcedExit(f.e.state, &r.ForcedExits[i])
		if err != nil {
			return fmt.Errorf("forced exit %d: %w", i, err)
		}
		if exit != nil {
			r.Exits++
		}
	}
	return nil
}

// collectors puts the accounts that earn fees into the batch's table, those that
// are there.
func (f *filler) collectors() error {
	for _, collector := range f.e.cfg.Collectors {
		index, found, err := f.e.find(f.c, accountName{collector.Key, collector.Owner, collector.Token})
		if err != nil {
			return err
		}
		if !found {
			continue // its account has been asked for
		}
		entry := protocol.FeeAccount{Token: collector.Token, Index: index}
		if err := f.o.budget.AddFeeAccount(entry); err != nil {
			break
		}
		f.o.record.FeeAccounts = append(f.o.record.FeeAccounts, entry)
	}
	return nil
}

// credit chooses the account of a deposit: the one of its key, owner and token if
// there is one that can take it, else a new one.
func (f *filler) credit(d protocol.Deposit) (*protocol.CreditedDeposit, error) {
	name := accountName{d.Key, d.Owner, d.Token}
	if index, ok := f.opened[name]; ok {
		return &protocol.CreditedDeposit{Deposit: d, Index: index}, nil
	}
	index, found, err := f.e.find(f.c, name)
	if err != nil {
		return nil, err
	}
	if found {
		a, _, err := f.e.state.Account(index)
		if err != nil {
			return nil, err
		}
		// Layer 1's caps rule out that a balance overflows. If one did all the same,
		// the deposit must not make the batch unprovable.
		var sum protocol.Amount
		if sum.Add(&a.Balance, &d.Amount); sum.BitLen() < protocol.BalanceBits {
			return &protocol.CreditedDeposit{Deposit: d, Index: index}, nil
		}
	}
	return &protocol.CreditedDeposit{Deposit: d, Index: f.place(name), Opened: true}, nil
}

// name remembers the account that a deposit opens.
func (f *filler) name(d *protocol.CreditedDeposit) {
	if d.Opened {
		f.take(accountName{d.Key, d.Owner, d.Token}, d.Index)
	}
}

// take uses up an index for a new account.
func (f *filler) take(name accountName, index protocol.Index) {
	f.opened[name] = index
	f.o.record.NextIndex = max(f.o.record.NextIndex, index+1)
	f.c.named[name] = index
	f.c.PutAccount(index, name.key, name.owner, name.token)
	if f.e.reserved.remove(name, index) {
		f.c.Unreserve(index)
	}
}

// forcedExits chooses forced exits. Whether one pays, which takes room, shows on
// a state that has the deposits.
func (f *filler) forcedExits(room int) error {
	after := protocol.NewOverlay(f.e.state)
	for i := range f.o.record.Openings {
		if err := protocol.ApplyOpening(after, &f.o.record.Openings[i]); err != nil {
			return fmt.Errorf("opening %d: %w", i, err)
		}
	}
	for i := range f.o.record.Deposits {
		if err := protocol.ApplyDeposit(after, &f.o.record.Deposits[i]); err != nil {
			return fmt.Errorf("deposit %d: %w", i, err)
		}
	}
	r := &f.o.record
	r.ExitsEnd -= uint64(len(r.ForcedExits))
	r.ForcedExits = nil
	exits := f.waitingExits()
	for _, x := range exits[:min(len(exits), room)] {
		exit, err := protocol.ApplyForcedExit(after, &x.Request)
		if err != nil {
			return err
		}
		if err := f.o.budget.AddForcedExit(&x.Request, exit != nil); err != nil {
			return nil // the next batch takes it
		}
		r.ForcedExits = append(r.ForcedExits, x.Request)
		r.ExitsEnd++
	}
	return nil
}

// openings chooses accounts to open. A request is done with, too, if the account
// is there by now.
func (f *filler) openings() error {
	r := &f.o.record
	for _, wanted := range f.e.openings {
		if wanted.Number < r.OpeningsEnd {
			continue
		}
		if wanted.Number >= f.until.openingsEnd {
			break
		}
		name := accountName{wanted.Key, wanted.Owner, wanted.Token}
		_, found, err := f.e.find(f.c, name)
		if err != nil {
			return err
		}
		if _, ok := f.opened[name]; !ok && !found {
			o := protocol.Opening{Index: f.place(name), Key: wanted.Key, Owner: wanted.Owner, Token: wanted.Token}
			if err := f.o.budget.AddOpening(&o); err != nil {
				return nil // the next batch takes it
			}
			r.Openings = append(r.Openings, o)
			f.take(name, o.Index)
		}
		r.OpeningsEnd = wanted.Number + 1
	}
	return nil
}

// find returns the account of a name in the pending state. The ledger's directory
// may name one that was undone since: the state decides.
func (e *Engine) find(c *change, name accountName) (protocol.Index, bool, error) {
	index, found := c.named[name]
	if !found {
		var err error
		if index, found, err = e.led.FindAccount(name.key, name.owner, name.token); err != nil || !found {
			return 0, false, err
		}
	}
	a, found, err := e.state.Account(index)
	if err != nil || !found {
		return 0, false, err
	}
	return index, a.Key == name.key && a.Owner == name.owner && a.Token == name.token, nil
}

// closeOpen closes the open batch, which must not be empty, and opens the next.
// It fails with ErrBusy while as many batches wait for their proof, or for layer 1,
// as may.
func (e *Engine) closeOpen(c *change, layerOne bool) error {
	if err := e.full(layerOne); err != nil && e.again == nil {
		return err
	}
	r := &e.open.record
	circuit, err := e.choose(e.open.budget.Counts())
	if err != nil {
		return err
	}
	r.Stage, r.Times.Closed = ledger.StageClosed, millis(c.now)
	r.Circuit, r.Shape = circuit.Index, circuit.Shape.Name
	c.PutBatch(r)
	c.tell(BatchEvent{*r})
	e.inFlight[r.Number] = &flight{record: *r, transfers: e.open.transfers}
	e.tip = tipOf(r)
	e.forgetTaken()
	c.dirty = false
	return e.openNext(c)
}

// forgetTaken drops what the tip has taken from what waits.
func (e *Engine) forgetTaken() {
	for len(e.deposits) > 0 && e.deposits[0].Position < e.tip.depositsEnd {
		e.deposits = e.deposits[1:]
	}
	for len(e.exits) > 0 && e.exits[0].Position < e.tip.exitsEnd {
		e.exits = e.exits[1:]
	}
	for len(e.openings) > 0 && e.openings[0].Number < e.tip.openingsEnd {
		e.openings = e.openings[1:]
	}
}

// choose returns the first circuit that holds a batch.
func (e *Engine) choose(counts protocol.Counts) (*Circuit, error) {
	var last error
	for i := range e.cfg.Circuits {
		if last = e.cfg.Circuits[i].Shape.Fits(counts); last == nil {
			return &e.cfg.Circuits[i], nil
		}
	}
	return nil, fmt.Errorf("no circuit holds what was filled in by the last: %w", last)
}

// circuit returns the circuit with one of the contract's indices.
func (e *Engine) circuit(index int) (*Circuit, error) {
	for i := range e.cfg.Circuits {
		if e.cfg.Circuits[i].Index == index {
			return &e.cfg.Circuits[i], nil
		}
	}
	return nil, fmt.Errorf("%w: a batch is made for circuit %d of the contract, which is not among the configured ones", ErrInconsistent, index)
}

// full returns ErrBusy while no batch more may be closed. One with operations of
// layer 1, or before some, may be however many wait for layer 1: whoever sends those
// pays for them there, and they have a deadline.
func (e *Engine) full(layerOne bool) error {
	if n := e.backlog(); n >= e.cfg.MaxBacklog {
		return fmt.Errorf("%w: %d wait to be proven; try again later", ErrBusy, n)
	}
	if n := e.unsettled(); n >= e.cfg.MaxUnsettled && !layerOne {
		return fmt.Errorf("%w: %d wait to be final on layer 1; try again later", ErrBusy, n)
	}
	return nil
}

// unsettled is how many batches are closed and not final.
func (e *Engine) unsettled() int { return int(e.tip.number - e.head.Finalized) }

// ofLayerOne says whether the open batch has operations of layer 1, or holds some up.
func (e *Engine) ofLayerOne() bool {
	return e.lanesWait() || len(e.open.record.Deposits)+len(e.open.record.ForcedExits) > 0
}

// backlog is how many batches wait for their proof.
func (e *Engine) backlog() int {
	n := 0
	for _, f := range e.inFlight {
		if f.record.Stage >= ledger.StageClosed && f.record.Stage < ledger.StageProven {
			n++
		}
	}
	return n
}

// due says whether the open batch should be closed for its age, or for operations
// of layer 1 that wait behind it. Accounts to be opened make no haste: asking for
// one is free, and whoever asks for many must not decide how often the operator
// pays for a batch.
func (e *Engine) due(now time.Time) bool {
	if e.open.empty() {
		return false
	}
	age := now.Sub(e.open.opened)
	return age >= e.cfg.MaxAge || e.lanesWait() && now.Sub(e.waitsSince) >= e.cfg.QueueDelay
}

// busy says whether an error is that too many batches wait.
func busy(err error) bool { return errors.Is(err, ErrBusy) }
