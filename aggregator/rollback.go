package aggregator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// Rollback tells that layer 1 took back all its blocks above one, although steps
// from them were delivered: a reorganization that is deeper than the
// confirmations asked for. cursor is the watcher's at that block.
//
// Batches that layer 1 had accepted there are brought to it again. Batches with
// operations of its queue that are gone, and all after them, are in doubt: the same
// operations mostly come again, and then nothing was lost. Only when that is out of
// the question they are undone, in a later step: see [Engine.Deliver].
//
// It halts the engine, with ErrReorgTooDeep, if layer 1 took back more than could
// still be undone.
func (e *Engine) Rollback(now time.Time, block uint64, cursor []byte) error {
	e.treeMu.Lock()
	defer e.treeMu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.usable(); err != nil {
		return err
	}
	finalized, deposits, exits, err := e.leftAt(block)
	if err != nil {
		return e.halt(err)
	}
	c := e.begin(now)
	e.cfg.Logger.Warn("layer 1 took blocks back that were taken for final", "above", block,
		"deposits", e.head.Deposits-deposits, "exits", e.head.Exits-exits, "finalBatches", e.head.Finalized-finalized)
	for number := finalized + 1; number <= e.tip.number; number++ {
		f := e.inFlight[number]
		if number > e.head.Finalized && f.accepted <= block {
			continue // as far as anybody said, nothing happened to it above
		}
		if err := e.bringAgain(c, f); err != nil {
			return e.halt(err)
		}
	}
	e.head.Finalized, e.head.Cursor, e.head.Block = finalized, cursor, min(block, e.head.Block)
	e.head.Deposits, e.head.Exits = deposits, exits
	e.head.Frozen = false // if it is, it will be said again
	e.doubtSince = e.head.Block
	c.TruncateDeposits(deposits)
	c.TruncateForcedExits(exits)
	if err := e.loadWaiting(); err != nil {
		return e.halt(err)
	}
	if err := e.reopen(c); err != nil {
		return e.halt(err)
	}
	return e.commit(c)
}

// bringAgain has a batch brought to layer 1 again, which had accepted it, and took
// that back.
func (e *Engine) bringAgain(c *change, f *flight) error {
	r := &f.record
	_, proven, err := e.led.Proof(r.Number)
	if err != nil {
		return err
	}
	// Whoever has the operator's key may have settled it with a proof of its own.
	if r.Stage = ledger.StageProven; !proven {
		r.Stage = ledger.StageWitnessed
	}
	r.Problem, f.accepted = "layer 1 took back the block that it was in", 0
	r.Block, r.Tx = 0, [32]byte{}
	c.PutBatch(r)
	c.tell(BatchEvent{*r})
	return nil
}

// leftAt returns what is left of final batches and of the lanes if nothing above a
// block counts.
func (e *Engine) leftAt(block uint64) (finalized uint32, deposits, exits uint64, err error) {
	finalized = e.head.Finalized
	oldest := e.oldestKept()
	// Final batches, and entries of the lanes, are in the order of their blocks.
	for ; finalized > e.id.Base; finalized-- {
		r, found, err := e.led.Batch(finalized)
		if err != nil || !found {
			return 0, 0, 0, missing(err, fmt.Sprintf("batch %d", finalized))
		}
		if r.Block <= block {
			break
		}
		if finalized < oldest {
			return 0, 0, 0, fmt.Errorf("%w: batch %d was final in block %d, of which only %d are left", ErrReorgTooDeep, r.Number, r.Block, block)
		}
	}
	begin := e.beginning()
	if finalized > e.id.Base {
		r, found, err := e.led.Batch(finalized)
		if err != nil || !found {
			return 0, 0, 0, missing(err, fmt.Sprintf("batch %d", finalized))
		}
		begin = tipOf(&r)
	}
	deposits, err = leftOf(e.led.Deposits(begin.depositsEnd), begin.depositsEnd, func(d ledger.Deposit) bool { return d.Block <= block })
	if err != nil {
		return 0, 0, 0, err
	}
	exits, err = leftOf(e.led.ForcedExits(begin.exitsEnd), begin.exitsEnd, func(x ledger.ForcedExit) bool { return x.Block <= block })
	return finalized, deposits, exits, err
}

// doubtful says whether a batch rests on entries of the lanes that layer 1 has
// taken back.
func (e *Engine) doubtful(r *ledger.Batch) bool {
	return r.DepositsEnd > e.head.Deposits || r.ExitsEnd > e.head.Exits
}

// firstDoubtful returns the number of the first batch in doubt, the open one
// included; 0 if none is.
func (e *Engine) firstDoubtful() uint32 {
	for number := e.head.Finalized + 1; number <= e.tip.number; number++ {
		if f := e.inFlight[number]; f != nil && e.doubtful(&f.record) {
			return number
		}
	}
	if e.doubtful(&e.open.record) {
		return e.open.record.Number
	}
	return 0
}

// giveUp returns the first batch that is to be undone because what it rests on has
// not come again for a long time; 0 if none is. A batch of which an attempt may
// still be accepted is not given up, nor are those before it: layer 1 would then
// have a batch that this node has not.
func (e *Engine) giveUp() uint32 {
	first := e.firstDoubtful()
	if first == 0 || e.head.Block < e.doubtSince+e.cfg.Patience {
		return 0
	}
	for number := first; number <= e.tip.number; number++ {
		r := &e.inFlight[number].record
		refused := r.Stage == ledger.StageProven && r.Problem != ""
		if r.Attempt != 0 && !refused || r.Times.Finalized != 0 {
			return 0
		}
	}
	return first
}

// conflict is the first batch that took something else from a lane than what
// stands there; 0 for none.
func (e *Engine) conflict(step *Step) (uint32, error) {
	var first uint32
	note := func(r *ledger.Batch) {
		if first == 0 || r.Number < first {
			first = r.Number
		}
	}
	for i := range step.Deposits {
		d := &step.Deposits[i]
		r, at, err := e.taker(d.Position, func(r *ledger.Batch) (uint64, int) { return r.DepositsEnd, len(r.Deposits) })
		if err != nil {
			return 0, err
		}
		if r != nil && r.Deposits[at].Deposit != d.Deposit {
			note(r)
		}
	}
	for i := range step.Exits {
		x := &step.Exits[i]
		r, at, err := e.taker(x.Position, func(r *ledger.Batch) (uint64, int) { return r.ExitsEnd, len(r.ForcedExits) })
		if err != nil {
			return 0, err
		}
		if r != nil && r.ForcedExits[at] != x.Request {
			note(r)
		}
	}
	return first, nil
}

// taker returns the batch that took an entry of a lane, and which of its own it is;
// nil if none did.
func (e *Engine) taker(position uint64, lane func(*ledger.Batch) (end uint64, taken int)) (*ledger.Batch, int, error) {
	r := &e.open.record
	for {
		end, taken := lane(r)
		switch begin := end - uint64(taken); {
		case position >= end:
			return nil, 0, nil
		case position >= begin:
			return r, int(position - begin), nil
		case r.Number-1 <= e.id.Base:
			return nil, 0, nil
		}
		number := r.Number - 1
		if f := e.inFlight[number]; f != nil {
			r = &f.record
			continue
		}
		before, found, err := e.led.Batch(number)
		if err != nil || !found {
			return nil, 0, missing(err, fmt.Sprintf("batch %d", number))
		}
		r = &before
	}
}

// oldestKept is the oldest batch that can be undone; one after the tip if none can.
func (e *Engine) oldestKept() uint32 {
	oldest := e.tip.number + 1
	for e.inFlight[oldest-1] != nil {
		oldest--
	}
	return oldest
}

// leftOf counts, from a position on, the entries of a lane that are still there.
func leftOf[T any](entries iter.Seq2[T, error], from uint64, there func(T) bool) (uint64, error) {
	for entry, err := range entries {
		if err != nil {
			return from, err
		}
		if !there(entry) {
			break
		}
		from++
	}
	return from, nil
}

// undo takes batches apart from one on: the rest of their operations, and their
// transfers in their order, go into new batches, and what is not possible any more
// is dropped and said to be. Receipts of those transfers name batches that never
// came to be: whoever runs the node waits for enough confirmations that this does
// not happen. treeMu is held.
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
	first := e.open.record.FirstSeq
	if f := e.inFlight[from]; f != nil {
		first = f.record.FirstSeq
	}
	var transfers []ledger.Transfer
	for t, err := range e.led.Transfers(first, e.head.NextSeq) {
		if err != nil {
			return err
		}
		transfers = append(transfers, t)
	}
	if err := e.revertTree(ctx, keep); err != nil {
		return err
	}
	for number := keep + 1; number <= e.tip.number; number++ {
		r := &e.inFlight[number].record
		e.deleteOpened(c, r)
		c.DeleteBatch(number)
		c.DeleteSealed(number)
		c.DeleteProof(number)
		delete(e.inFlight, number)
		delete(e.committed, number)
	}
	e.deleteOpened(c, &e.open.record)
	c.DeleteBatch(e.open.record.Number)
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
	if err := e.openNext(c); err != nil {
		return err
	}
	if err := e.verifyPool(c); err != nil {
		return err
	}
	for i := range transfers {
		if err := e.executeAgain(c, &transfers[i]); err != nil {
			return err
		}
	}
	return e.promoteAll(c)
}

// verifyPool drops the transfers that wait and are not signed by their account any
// more: it was opened anew, for somebody else.
func (e *Engine) verifyPool(c *change) error {
	for _, i := range e.pool.Senders() {
		from, found, err := e.state.Account(i)
		if err != nil {
			return err
		}
		e.dropRemoved(c, e.pool.Executed(i, from.Nonce)) // how far each is from its turn has changed
		for _, entry := range e.pool.Of(i) {
			err := protocol.ErrAccountAbsent
			if found && protocol.Verify(from.Key, e.id.RollupID, &entry.Signed.Transfer, &entry.Signed.Signature) == nil {
				continue
			}
			e.pool.Remove(i, entry.Signed.Nonce)
			e.drop(c, &entry, "layer 1 took back what it rested on: "+err.Error())
		}
	}
	return nil
}

// deleteOpened takes the accounts out of the directory that a batch opened.
func (e *Engine) deleteOpened(c *change, r *ledger.Batch) {
	for _, o := range r.Openings {
		c.DeleteAccount(o.Index, o.Key, o.Owner, o.Token)
	}
	for _, d := range r.Deposits {
		if d.Opened {
			c.DeleteAccount(d.Index, d.Key, d.Owner, d.Token)
		}
	}
}

// revertTree takes the state tree back to a batch, if it is past it. If the
// process ends before the ledger knows, recovery takes it forward again.
func (e *Engine) revertTree(ctx context.Context, keep uint32) error {
	version := e.tree.Version()
	if version <= keep {
		return nil
	}
	var later []*witness.Sealed
	for number := keep + 1; number <= version; number++ {
		sealed := e.inFlight[number].sealed
		if sealed == nil { // applied, but not recorded as such
			var err error
			if sealed, err = e.loadSealed(number); err != nil {
				return err
			}
		}
		later = append(later, sealed)
	}
	root := later[0].OldRoot
	_, err := e.tree.Revert(ctx, keep, witness.UndoOf(later), nil, func(reverted fr.Element) error {
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

// executeAgain executes a transfer of a batch that was undone, or has it wait. Its
// account may be another one now, so the signature is checked first.
func (e *Engine) executeAgain(c *change, t *ledger.Transfer) error {
	entry := mempool.Entry{ID: ledger.IDOf(e.id.RollupID, &t.Signed.Transfer), Signed: t.Signed, Received: t.Received}
	from, found, err := e.state.Account(t.Signed.From)
	if err != nil {
		return err
	}
	outcome := Outcome{Err: fmt.Errorf("%w: sender %d", protocol.ErrAccountAbsent, t.Signed.From)}
	if found {
		outcome.Err = protocol.Verify(from.Key, e.id.RollupID, &t.Signed.Transfer, &t.Signed.Signature)
	}
	if outcome.Err == nil {
		if outcome, err = e.execute(c, &entry); err != nil {
			return err
		}
		if waits(outcome.Err) || busy(outcome.Err) || errors.Is(outcome.Err, protocol.ErrNonceMismatch) {
			if outcome, err = e.enqueue(c, &entry, from.Nonce, outcome.Err); err != nil {
				return err
			}
		}
	}
	if outcome.Status == StatusUnknown {
		e.drop(c, &entry, "layer 1 took back what it rested on: "+outcome.Err.Error())
	}
	return nil
}
