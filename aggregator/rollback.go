package aggregator

import (
	"fmt"
	"iter"
	"time"

	"github.com/quirezk/quire/aggregator/ledger"
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
