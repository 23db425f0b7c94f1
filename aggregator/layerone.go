package aggregator

import (
	"context"
	"fmt"
	"time"

	"github.com/quirezk/quire/aggregator/ledger"
)

// Cursor returns the cursor of the last step that was taken, nil before the first.
func (e *Engine) Cursor() []byte {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.head.Cursor
}

// Deliver takes a step of layer 1. It is durable, with its cursor, when Deliver
// returns. A step that does not follow the one before is ErrStep; a batch that is
// not this node's halts the engine, with ErrForeignBatch.
//
// After a [Engine.Rollback] batches may be in doubt. They stay as they are if what
// they took from layer 1's queue comes again. They are undone as soon as something
// else stands there, so that they can never be accepted, or when it does not come
// again and every attempt to bring them to layer 1 has failed.
func (e *Engine) Deliver(now time.Time, step *Step) error {
	e.treeMu.Lock()
	defer e.treeMu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.usable(); err != nil {
		return err
	}
	if err := e.follows(step); err != nil {
		return err
	}
	c := e.begin(now)
	if err := e.deliver(c, step); err != nil {
		return e.halt(err)
	}
	return e.commit(c)
}

func (e *Engine) deliver(c *change, step *Step) error {
	undo, err := e.conflict(step)
	if err != nil {
		return err
	}
	for i := range step.Deposits {
		c.PutDeposit(&step.Deposits[i])
	}
	for i := range step.Exits {
		c.PutForcedExit(&step.Exits[i])
	}
	if e.addWaiting(step) {
		e.comes(c.now)
	}
	e.head.Deposits += uint64(len(step.Deposits))
	e.head.Exits += uint64(len(step.Exits))
	for i := range step.Final {
		if err := e.finalize(c, &step.Final[i]); err != nil {
			return err
		}
	}
	// What the settler saw accepted, in a block that is final without it, was in a
	// block that layer 1 took back before it was delivered.
	for number := e.head.Finalized + 1; number <= e.tip.number; number++ {
		if f := e.inFlight[number]; f.accepted != 0 && f.accepted <= step.Block {
			e.cfg.Logger.Warn("layer 1 took back the block that had a batch: it is handed over again", "batch", number, "block", f.accepted)
			if err := e.bringAgain(c, f); err != nil {
				return err
			}
		}
	}
	e.head.Cursor, e.head.Block, e.head.BlockTime = step.Cursor, step.Block, step.BlockTime
	if step.Frozen && !e.head.Frozen {
		e.head.Frozen = true
		e.cfg.Logger.Error("layer 1 has frozen the rollup: nothing is settled any more", "block", step.Block)
	}
	e.forgetFinal(c)
	if undo == 0 {
		undo = e.giveUp()
	}
	switch {
	case undo != 0:
		if err := e.undo(context.Background(), c, undo, step); err != nil {
			return fmt.Errorf("undo the batches from %d on: %w", undo, err)
		}
	case len(step.Deposits) > 0 || len(step.Exits) > 0:
		if err := e.reopen(c); err != nil {
			return err
		}
	}
	return e.promoteCredited(c)
}

// addWaiting takes over the entries of a step that no closed batch has taken, and
// says whether there are any.
func (e *Engine) addWaiting(step *Step) bool {
	before := len(e.deposits) + len(e.exits)
	for i := range step.Deposits {
		if d := &step.Deposits[i]; d.Position >= e.tip.depositsEnd {
			e.deposits = append(e.deposits, d)
		}
	}
	for i := range step.Exits {
		if x := &step.Exits[i]; x.Position >= e.tip.exitsEnd {
			e.exits = append(e.exits, x)
		}
	}
	return len(e.deposits)+len(e.exits) > before
}

// follows checks a step against what was delivered, before anything changes.
func (e *Engine) follows(step *Step) error {
	if step.Block < e.head.Block {
		return fmt.Errorf("%w: block %d after block %d", ErrStep, step.Block, e.head.Block)
	}
	for i := range step.Deposits {
		if d := &step.Deposits[i]; d.Position != e.head.Deposits+uint64(i) {
			return fmt.Errorf("%w: deposit at position %d, the lane has %d", ErrStep, d.Position, e.head.Deposits+uint64(i))
		}
	}
	for i := range step.Exits {
		if x := &step.Exits[i]; x.Position != e.head.Exits+uint64(i) {
			return fmt.Errorf("%w: forced exit at position %d, the lane has %d", ErrStep, x.Position, e.head.Exits+uint64(i))
		}
	}
	return nil
}

// finalize takes over that layer 1 accepted a batch.
func (e *Engine) finalize(c *change, final *FinalBatch) error {
	if final.Number <= e.head.Finalized {
		return fmt.Errorf("%w: batch %d is final a second time", ErrStep, final.Number)
	}
	f, ok := e.inFlight[final.Number]
	switch {
	case final.Number != e.head.Finalized+1 || !ok:
		return fmt.Errorf("%w: batch %d, after batch %d", ErrForeignBatch, final.Number, e.head.Finalized)
	case f.record.Stage < ledger.StageWitnessed || f.record.New != final.Commitment:
		return fmt.Errorf("%w: batch %d has commitment %s there", ErrForeignBatch, final.Number, final.Commitment.String())
	}
	r := &f.record
	r.Stage, r.Times.Finalized, r.Block, r.Tx, r.Problem = ledger.StageFinalized, millis(c.now), final.Block, final.Tx, ""
	if final.GasUsed != 0 {
		r.GasUsed = final.GasUsed
	}
	e.head.Finalized = final.Number
	delete(e.committed, final.Number)
	c.PutBatch(r)
	c.tell(BatchEvent{*r})
	return nil
}

// forgetFinal lets go of what only undoing a batch would take, of those that layer
// 1 accepted long ago.
func (e *Engine) forgetFinal(c *change) {
	for number, f := range e.inFlight {
		if f.record.Stage == ledger.StageFinalized && f.record.Block+e.cfg.Retain < e.head.Block {
			c.DeleteSealed(number)
			delete(e.inFlight, number)
		}
	}
}

// Committed tells that layer 1 has a batch in a block that is not final.
func (e *Engine) Committed(number uint32, block uint64, tx [32]byte) {
	e.noteCommitted(CommittedEvent{Number: number, Taken: true, Block: block, Tx: tx})
}

// Uncommitted tells that layer 1 took a block back that had a batch in it.
func (e *Engine) Uncommitted(number uint32) { e.noteCommitted(CommittedEvent{Number: number}) }

func (e *Engine) noteCommitted(event CommittedEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if event.Taken && event.Number > e.head.Finalized {
		e.committed[event.Number] = event
	} else {
		delete(e.committed, event.Number)
	}
	if e.cfg.Notify != nil {
		e.cfg.Notify(event)
	}
}
