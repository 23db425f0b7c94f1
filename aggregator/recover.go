package aggregator

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// Begin makes an empty ledger that of a rollup.
func Begin(led *ledger.Ledger, id ledger.Identity) error {
	return led.Create(id, ledger.Head{
		NextSeq: 1, NextOpening: 1, Batch: id.Base + 1, Finalized: id.Base,
		Deposits: id.BaseDeposits, Exits: id.BaseExits,
	})
}

// recover takes over what the ledger has, and brings up what a crash may have
// left behind it: first the tree, whose batches are recorded before they are
// applied, then the state after what was executed since.
func (e *Engine) recover(ctx context.Context, now time.Time) error {
	id, found, err := e.led.Identity()
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w: it is of no rollup yet", ErrInconsistent)
	}
	e.id = id
	if e.head, err = e.led.Head(); err != nil {
		return err
	}
	if err := e.loadFlights(); err != nil {
		return err
	}
	c := e.begin(now)
	if err := e.recoverTree(ctx, c); err != nil {
		return err
	}
	base, err := e.tree.Snapshot()
	if err != nil {
		return err
	}
	e.state = newPending(base)
	if err := e.recoverClosed(ctx); err != nil {
		return err
	}
	if err := errors.Join(e.loadWaiting(), e.loadReserved()); err != nil {
		return err
	}
	if err := e.recoverOpen(c); err != nil {
		return err
	}
	if e.lanesWait() {
		e.comes(now)
	}
	if e.firstDoubtful() != 0 {
		e.doubtSince = e.head.Block
	}
	if err := e.loadPool(ctx, c); err != nil {
		return err
	}
	e.blocked = e.pool.Len() > 0 // of what waits, something may for the backlog alone
	if err := e.requestCollectors(c); err != nil {
		return err
	}
	return e.commit(c)
}

// loadFlights reads the batches that are not final, and of the final ones those
// that can still be undone.
func (e *Engine) loadFlights() error {
	e.tip = e.beginning()
	oldest, err := e.oldestSealed()
	if err != nil {
		return err
	}
	for number := e.head.Batch - 1; number > e.id.Base; number-- {
		r, found, err := e.led.Batch(number)
		if err != nil {
			return err
		}
		if !found || r.Stage == ledger.StageOpen {
			return fmt.Errorf("%w: batch %d is not among the closed ones", ErrInconsistent, number)
		}
		if number == e.head.Batch-1 {
			e.tip = tipOf(&r)
		}
		if number < oldest {
			break
		}
		e.inFlight[number] = &flight{record: r}
	}
	return nil
}

// oldestSealed returns the oldest of the final batches whose sealed form is still
// there, one after the last if it is of none. They are forgotten in their order.
func (e *Engine) oldestSealed() (uint32, error) {
	var failed error
	count := int(e.head.Finalized - e.id.Base)
	kept := sort.Search(count, func(n int) bool {
		_, found, err := e.led.Sealed(e.id.Base + 1 + uint32(n))
		failed = errors.Join(failed, err)
		return found
	})
	return e.id.Base + 1 + uint32(kept), failed
}

// beginning is the tip of a ledger without batches.
func (e *Engine) beginning() tip {
	next := e.id.BaseNextIndex
	if next == 0 {
		next = 1
	}
	return tip{number: e.id.Base, depositsEnd: e.id.BaseDeposits, exitsEnd: e.id.BaseExits, openingsEnd: 1, nextIndex: next}
}

// recoverTree brings the tree up to the newest sealed batch.
func (e *Engine) recoverTree(ctx context.Context, c *change) error {
	version := e.tree.Version()
	if version < e.id.Base || version >= e.head.Batch {
		return fmt.Errorf("%w: the state is that of batch %d, the batches go from %d to %d", ErrInconsistent, version, e.id.Base, e.head.Batch)
	}
	// Applied, but not recorded as such.
	if f := e.inFlight[version]; f != nil && f.record.Stage == ledger.StageClosed {
		if _, err := e.loadSealed(version); err != nil {
			return err
		}
		f.record.Stage, f.record.Root, f.record.Times.Sealed = ledger.StageSealed, e.tree.Root(), millis(c.now)
		c.PutBatch(&f.record)
	}
	if want, known := e.rootOf(version); known && e.tree.Root() != want {
		root := e.tree.Root()
		return fmt.Errorf("%w: the state of batch %d has root %s, not %s", ErrInconsistent, version, root.String(), want.String())
	}
	// Recorded as sealed, and undone since: undoing was not finished, and layer 1
	// will ask for it again.
	for number := version + 1; number < e.head.Batch; number++ {
		f := e.inFlight[number]
		if f == nil || f.record.Stage < ledger.StageSealed {
			break
		}
		if err := e.reapply(ctx, f); err != nil {
			return fmt.Errorf("apply batch %d again: %w", number, err)
		}
	}
	return nil
}

// rootOf returns the root after a batch, if that is known without the tree.
func (e *Engine) rootOf(number uint32) (root fr.Element, known bool) {
	if number == e.id.Base {
		return e.id.BaseRoot, true
	}
	f := e.inFlight[number]
	if f == nil || f.record.Stage < ledger.StageSealed {
		return root, false
	}
	return f.record.Root, true
}

// reapply takes the tree through a batch that it has lost.
func (e *Engine) reapply(ctx context.Context, f *flight) error {
	snapshot, err := e.tree.Snapshot()
	if err != nil {
		return err
	}
	defer snapshot.Close()
	sealed, err := e.loadSealed(f.record.Number)
	if err != nil {
		return err
	}
	after := protocol.NewOverlay(snapshot)
	if _, err := protocol.Apply(after, &sealed.Batch); err != nil {
		return fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	var updates []statetree.Update
	for i, a := range after.Changes() {
		updates = append(updates, statetree.Update{Index: i, Account: a})
	}
	_, err = e.tree.Advance(ctx, f.record.Number, updates, nil, func(root fr.Element) error {
		if root != f.record.Root {
			return fmt.Errorf("%w: it makes root %s, not %s", ErrInconsistent, root.String(), f.record.Root.String())
		}
		return nil
	})
	return err
}

// recoverClosed applies the batches that are closed and not in the tree.
func (e *Engine) recoverClosed(ctx context.Context) error {
	for number := e.tree.Version() + 1; number < e.head.Batch; number++ {
		f := e.inFlight[number]
		if f == nil {
			return fmt.Errorf("%w: batch %d is not there", ErrInconsistent, number)
		}
		var err error
		if f.transfers, err = e.transfersOf(&f.record); err != nil {
			return err
		}
		if err := e.state.preload(ctx, named(f.transfers)); err != nil {
			return err
		}
		e.state.push(number)
		if _, err := protocol.Apply(e.state, e.batch(&f.record, f.transfers)); err != nil {
			return fmt.Errorf("%w: batch %d: %w", ErrInconsistent, number, err)
		}
	}
	return nil
}

// named returns the accounts that transfers name.
func named(transfers []protocol.SignedTransfer) []protocol.Index {
	indices := make([]protocol.Index, 0, 2*len(transfers))
	for i := range transfers {
		indices = append(indices, transfers[i].From, transfers[i].To)
	}
	return indices
}

// transfersOf reads a batch's transfers.
func (e *Engine) transfersOf(r *ledger.Batch) ([]protocol.SignedTransfer, error) {
	transfers := make([]protocol.SignedTransfer, 0, r.Transfers)
	for t, err := range e.led.Transfers(r.FirstSeq, r.FirstSeq+uint64(r.Transfers)) {
		if err != nil {
			return nil, err
		}
		if t.Batch != r.Number {
			return nil, fmt.Errorf("%w: transfer %d is of batch %d, not %d", ErrInconsistent, t.Seq, t.Batch, r.Number)
		}
		transfers = append(transfers, t.Signed)
	}
	if len(transfers) != int(r.Transfers) {
		return nil, fmt.Errorf("%w: batch %d has %d transfers, %d are there", ErrInconsistent, r.Number, r.Transfers, len(transfers))
	}
	return transfers, nil
}

// loadWaiting reads what waits for a batch after the tip.
func (e *Engine) loadWaiting() error {
	e.deposits, e.exits, e.openings = nil, nil, nil
	for d, err := range e.led.Deposits(e.tip.depositsEnd) {
		if err != nil {
			return err
		}
		if d.Position < e.head.Deposits {
			e.deposits = append(e.deposits, &d)
		}
	}
	for x, err := range e.led.ForcedExits(e.tip.exitsEnd) {
		if err != nil {
			return err
		}
		if x.Position < e.head.Exits {
			e.exits = append(e.exits, &x)
		}
	}
	for o, err := range e.led.Openings(e.tip.openingsEnd) {
		if err != nil {
			return err
		}
		e.openings = append(e.openings, &o)
	}
	return nil
}

// recoverOpen opens the batch that was open, as it was.
func (e *Engine) recoverOpen(c *change) error {
	r, found, err := e.led.Batch(e.head.Batch)
	if err != nil {
		return err
	}
	if !found {
		return e.openNext(c)
	}
	if r.Stage != ledger.StageOpen || r.Number != e.tip.number+1 {
		return fmt.Errorf("%w: batch %d is not the open one", ErrInconsistent, r.Number)
	}
	o := &openBatch{record: r, budget: protocol.NewBudget(e.largest()), opened: time.UnixMilli(int64(r.Times.Opened)), recorded: true}
	if o.transfers, err = e.transfersOf(&r); err != nil {
		return err
	}
	e.open = o
	e.state.push(r.Number)
	if err := e.refill(o); err != nil {
		return fmt.Errorf("%w: open batch %d: %w", ErrInconsistent, r.Number, err)
	}
	return nil
}

// refill applies an open batch's operations once more, and counts what they take.
func (e *Engine) refill(o *openBatch) error {
	r := &o.record
	for _, f := range r.FeeAccounts {
		if err := o.budget.AddFeeAccount(f); err != nil {
			return err
		}
	}
	for i := range r.Openings {
		if err := protocol.ApplyOpening(e.state, &r.Openings[i]); err != nil {
			return err
		}
		if err := o.budget.AddOpening(&r.Openings[i]); err != nil {
			return err
		}
	}
	for i := range r.Deposits {
		if err := protocol.ApplyDeposit(e.state, &r.Deposits[i]); err != nil {
			return err
		}
		if err := o.budget.AddDeposit(&r.Deposits[i]); err != nil {
			return err
		}
	}
	for i := range r.ForcedExits {
		exit, err := protocol.ApplyForcedExit(e.state, &r.ForcedExits[i])
		if err != nil {
			return err
		}
		if err := o.budget.AddForcedExit(&r.ForcedExits[i], exit != nil); err != nil {
			return err
		}
	}
	for i := range o.transfers {
		if _, err := e.admit(o, &o.transfers[i]); err != nil {
			return fmt.Errorf("transfer %d: %w", r.FirstSeq+uint64(i), err)
		}
	}
	return nil
}

// poolGroup is how many transfers that wait are taken into the pool together, for
// their senders to be read at once.
const poolGroup = 1 << 12

// loadPool reads the transfers that wait. All were taken on, so all stay, though
// limits may have become lower, or undoing batches has left more.
func (e *Engine) loadPool(ctx context.Context, c *change) error {
	var group []ledger.Queued
	for q, err := range e.led.AllQueued() {
		if err != nil {
			return err
		}
		if group = append(group, q); len(group) == poolGroup {
			if err := e.loadQueued(ctx, c, group); err != nil {
				return err
			}
			group = group[:0]
		}
	}
	return e.loadQueued(ctx, c, group)
}

// loadQueued puts transfers that wait into the pool.
func (e *Engine) loadQueued(ctx context.Context, c *change, group []ledger.Queued) error {
	senders := make([]protocol.Index, len(group))
	for i := range group {
		senders[i] = group[i].Signed.From
	}
	if err := e.state.preload(ctx, senders); err != nil {
		return err
	}
	for i := range group {
		q := &group[i]
		from, _, err := e.state.Account(q.Signed.From)
		if err != nil {
			return err
		}
		entry := mempool.Entry{ID: ledger.IDOf(e.id.RollupID, &q.Signed.Transfer), Signed: q.Signed, Received: q.Received}
		if _, err := e.pool.Restore(entry, from.Nonce); err != nil {
			e.drop(c, &entry, err.Error())
		}
	}
	return nil
}

// requestCollectors asks for the accounts that are to earn fees.
func (e *Engine) requestCollectors(c *change) error {
	for _, collector := range e.cfg.Collectors {
		name := accountName{collector.Key, collector.Owner, collector.Token}
		_, found, err := e.find(c, name)
		if err != nil {
			return err
		}
		if found || e.requested(name) != nil {
			continue
		}
		if _, err := e.request(c, name); err != nil {
			return err
		}
	}
	return nil
}
