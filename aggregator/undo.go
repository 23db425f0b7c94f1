package aggregator

import (
	"context"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/protocol"
)

// undo takes batches apart from one on, and makes them again of what is left: each
// with what it had taken of the lanes and of requests, as far as that is still
// there, and with its transfers in their order. So they mostly come to the same
// places in batches of the same numbers. What is not possible any more is dropped
// and said to be. Receipts of those transfers name batches that never came to be:
// whoever runs the node waits for enough confirmations that this does not happen.
// treeMu is held.
func (e *Engine) undo(ctx context.Context, c *change, from uint32, step *Step) error {
	if from <= e.head.Finalized {
		return fmt.Errorf("%w: batch %d is final, and rests on what is not there", ErrInconsistent, from)
	}
	if from < e.oldestKept() {
		return fmt.Errorf("%w: what batch %d rests on is gone, and it can no longer be undone", ErrReorgTooDeep, from)
	}
	e.cfg.Logger.Warn("batches are undone: what they rest on is gone from layer 1", "from", from, "to", e.open.record.Number)
	keep := from - 1
	e.epoch++
	undone, err := e.contents(from)
	if err != nil {
		return err
	}
	if err := e.revertTree(ctx, keep); err != nil {
		return err
	}
	for number := keep + 1; number <= e.tip.number; number++ {
		r := &e.inFlight[number].record
		e.letGoOpened(c, r)
		c.DeleteBatch(number)
		c.DeleteSealed(number)
		c.DeleteProof(number)
		delete(e.inFlight, number)
		delete(e.committed, number)
	}
	e.letGoOpened(c, &e.open.record)
	c.DeleteBatch(e.open.record.Number)
	first := undone[0].firstSeq
	c.DeleteTransfers(first)
	e.head.NextSeq = first
	e.tip = e.beginning()
	if keep > e.id.Base {
		r, found, err := e.led.Batch(keep)
		if err != nil || !found {
			return missing(err, fmt.Sprintf("batch %d", keep))
		}
		e.tip = tipOf(&r)
	}
	for len(e.state.layers) > 0 && e.state.top().number > keep {
		e.state.pop()
	}
	if err := e.loadWaiting(); err != nil {
		return err
	}
	e.addWaiting(step)
	if err := e.makeAgain(c, undone); err != nil {
		return err
	}
	if err := e.sweepPool(c); err != nil {
		return err
	}
	return e.promoteAll(c)
}

// contents are what a batch that is undone had.
type contents struct {
	ends      tip // what it took of what waits for a batch, and those before it
	firstSeq  uint64
	transfers []ledger.Transfer
}

// contents reads what batches have from one on, the open one included.
func (e *Engine) contents(from uint32) ([]contents, error) {
	var all []contents
	add := func(r *ledger.Batch) error {
		b := contents{ends: tipOf(r), firstSeq: r.FirstSeq}
		for t, err := range e.led.Transfers(r.FirstSeq, r.FirstSeq+uint64(r.Transfers)) {
			if err != nil {
				return err
			}
			b.transfers = append(b.transfers, t)
		}
		all = append(all, b)
		return nil
	}
	for number := from; number <= e.tip.number; number++ {
		if err := add(&e.inFlight[number].record); err != nil {
			return nil, err
		}
	}
	return all, add(&e.open.record)
}

// makeAgain makes the batches again that were undone. Nothing that was executed
// has to make room: the limits on what waits are for what comes anew.
func (e *Engine) makeAgain(c *change, undone []contents) error {
	defer func() { e.again = nil }()
	for i := range undone {
		b := &undone[i]
		if i == len(undone)-1 && len(b.transfers) == 0 { // an open batch takes all there is
			b.ends = tip{depositsEnd: e.head.Deposits, exitsEnd: e.head.Exits, openingsEnd: e.head.NextOpening}
		}
		e.again = &b.ends
		var err error
		switch {
		case i == 0:
			err = e.openNext(c)
		case e.open.empty(): // nothing is left of the one before
			err = e.reopen(c)
		default:
			err = e.closeOpen(c, false)
		}
		// What it had of the lanes comes before its transfers, if that should take
		// more than one batch now.
		for err == nil && len(b.transfers) > 0 && e.waiting() && !e.open.empty() {
			err = e.closeOpen(c, false)
		}
		if err != nil {
			return err
		}
		for k := range b.transfers {
			if err := e.executeAgain(c, &b.transfers[k]); err != nil {
				return err
			}
		}
	}
	e.again = nil
	if err := e.reopen(c); err != nil {
		return err
	}
	if e.lanesWait() {
		e.comes(c.now)
	}
	return nil
}

// executeAgain executes a transfer of a batch that was undone, with the time that
// its receipt has. If its balance is missing, or one before it, it waits, from now
// on. Its signature holds as it did: an index is one account's for ever.
func (e *Engine) executeAgain(c *change, t *ledger.Transfer) error {
	entry := mempool.Entry{ID: ledger.IDOf(e.id.RollupID, &t.Signed.Transfer), Signed: t.Signed, Received: millis(c.now)}
	from, _, err := e.state.Account(t.Signed.From)
	if err != nil {
		return err
	}
	outcome, err := e.execute(c, &entry, t.Received)
	if err != nil {
		return err
	}
	if waits(outcome.Err) || errors.Is(outcome.Err, protocol.ErrNonceMismatch) {
		if outcome, err = e.enqueue(c, &entry, from.Nonce, outcome.Err); err != nil {
			return err
		}
	}
	if outcome.Status == StatusUnknown {
		e.drop(c, &entry, "layer 1 took back what it rested on: "+outcome.Err.Error())
	}
	return nil
}

// sweepPool drops the transfers that wait and whose account is not there any more.
func (e *Engine) sweepPool(c *change) error {
	for _, i := range e.pool.Senders() {
		from, found, err := e.state.Account(i)
		if err != nil {
			return err
		}
		e.dropRemoved(c, e.pool.Executed(i, from.Nonce)) // how far each is from its turn has changed
		if found {
			continue
		}
		for _, entry := range e.pool.Of(i) {
			e.pool.Remove(i, entry.Signed.Nonce)
			e.drop(c, &entry, fmt.Sprintf("layer 1 took back what it rested on: %v: sender %d", protocol.ErrAccountAbsent, i))
		}
	}
	return nil
}

// letGoOpened lets the accounts go that a batch opened.
func (e *Engine) letGoOpened(c *change, r *ledger.Batch) {
	for _, o := range r.Openings {
		e.letGo(c, accountName{o.Key, o.Owner, o.Token}, o.Index)
	}
	for _, d := range r.Deposits {
		if d.Opened {
			e.letGo(c, accountName{d.Key, d.Owner, d.Token}, d.Index)
		}
	}
}

// revertTree takes the state tree back to a batch, if it is past it. If the
// process ends before the ledger knows, recovery takes it forward again.
func (e *Engine) revertTree(ctx context.Context, keep uint32) error {
	if e.tree.Version() <= keep {
		return nil
	}
	undo, root, err := e.undoOf(keep)
	if err != nil {
		return err
	}
	_, err = e.tree.Revert(ctx, keep, undo, nil, func(reverted fr.Element) error {
		if reverted != root {
			return fmt.Errorf("%w: the state after batch %d would have root %s, not %s", ErrInconsistent, keep, reverted.String(), root.String())
		}
		return nil
	})
	if err != nil {
		return err
	}
	base, err := e.tree.Snapshot()
	if err != nil {
		return err
	}
	before := e.state.base
	e.state = newPending(base)
	return before.Close()
}
