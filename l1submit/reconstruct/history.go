package reconstruct

import (
	"fmt"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
)

// topics are the events that a history is made of.
var topics = func() [][]common.Hash {
	var ids []common.Hash
	for _, kind := range []l1submit.EventKind{
		l1submit.KindDeposited, l1submit.KindExitRequested, l1submit.KindBatchCommitted, l1submit.KindBatchFinalized,
		l1submit.KindBatchesReverted, l1submit.KindFrozen, l1submit.KindDepositRefunded,
	} {
		ids = append(ids, bindings.NewRollup().GetABI().Events[string(kind)].ID)
	}
	return [][]common.Hash{ids}
}()

// history is what the contract's events say up to a block, as far as it still
// matters: it does what the contract does, on less.
type history struct {
	cursor    watch.BlockID // events are taken in up to and with this block
	finalized l1submit.Finalized
	frozen    bool
	deposits  lane[*l1submit.Deposited]
	exits     lane[*l1submit.ExitRequested]
	refunded  []uint64                   // positions of deposits that were given back
	pending   []*l1submit.BatchCommitted // committed after the final one, by number
	ready     []*finalBatch              // final, but not in the tree, by number
}

// clone returns an independent copy. What is in it is shared, and does not change.
func (h *history) clone() (*history, error) {
	c := *h
	var err error
	if c.deposits, err = h.deposits.encode().decode(); err != nil {
		return nil, err
	}
	if c.exits, err = h.exits.encode().decode(); err != nil {
		return nil, err
	}
	c.refunded, c.pending, c.ready = slices.Clone(h.refunded), slices.Clone(h.pending), slices.Clone(h.ready)
	return &c, nil
}

// finalBatch is a committed batch that was proven.
type finalBatch struct {
	*l1submit.BatchCommitted
	Final l1submit.Place // where it was proven
}

// newHistory returns the history before the first event.
func newHistory(genesis fr.Element, before watch.BlockID) *history {
	h := &history{cursor: before}
	h.finalized.Commitment = genesis
	return h
}

// queued is an entry of a lane as its event tells it.
type queued interface {
	l1submit.Event
	Entry() protocol.LaneEntry
}

func position[E queued](e E) uint64 {
	switch e := any(e).(type) {
	case *l1submit.Deposited:
		return e.Position
	case *l1submit.ExitRequested:
		return e.Position
	default:
		panic(fmt.Sprintf("reconstruct: %T is in no lane", e))
	}
}

// lane is a lane of the queue without the entries that nobody needs any more.
type lane[E queued] struct {
	queue   protocol.Queue
	entries []E // from queue.First() on
}

// append takes in the next entry.
func (l *lane[E]) append(e E) error {
	if at := position(e); at != l.queue.Count() {
		return impossible(e, "entry %d is queued where %d is the next", at, l.queue.Count())
	}
	l.queue.Append(e.Entry())
	l.entries = append(l.entries, e)
	return nil
}

// between returns the entries from one place up to another. They are shared and
// do not change.
func (l *lane[E]) between(from, to uint64) ([]E, error) {
	if from > to || from < l.queue.First() || to > l.queue.Count() {
		return nil, fmt.Errorf("%w: asked for %d to %d, there are %d to %d", protocol.ErrLaneRange, from, to, l.queue.First(), l.queue.Count())
	}
	first := l.queue.First()
	return l.entries[from-first : to-first : to-first], nil
}

// forget drops entries below a place, as far as no proof needs them.
func (l *lane[E]) forget(before uint64) {
	first := l.queue.First()
	l.queue.Forget(before)
	if n := l.queue.First() - first; n > 0 {
		l.entries = slices.Clone(l.entries[n:])
	}
}

// impossible says that an event cannot have come where it did.
func impossible(e l1submit.Event, format string, args ...any) error {
	at := e.Where()
	return fmt.Errorf("%w: %T in block %d, transaction %s: %s", ErrIncomplete, e, at.Block, at.TxHash, fmt.Sprintf(format, args...))
}

// take takes in the next event.
func (h *history) take(event l1submit.Event) error {
	switch e := event.(type) {
	case *l1submit.Deposited:
		return h.deposits.append(e)
	case *l1submit.ExitRequested:
		return h.exits.append(e)
	case *l1submit.BatchCommitted:
		if next := h.finalized.Number + uint32(len(h.pending)) + 1; e.Number != next || h.frozen {
			return impossible(e, "batch %d is committed where %d is the next", e.Number, next)
		}
		h.pending = append(h.pending, e)
	case *l1submit.BatchFinalized:
		return h.finalize(e)
	case *l1submit.BatchesReverted:
		if e.Number != h.finalized.Number {
			return impossible(e, "batches are taken back down to %d, batch %d is final", e.Number, h.finalized.Number)
		}
		h.pending = nil
	case *l1submit.Frozen:
		if e.Number != h.finalized.Number || e.Commitment != h.finalized.Commitment || h.frozen {
			return impossible(e, "frozen in the state of batch %d, batch %d is final", e.Number, h.finalized.Number)
		}
		h.frozen, h.pending = true, nil
	case *l1submit.DepositRefunded:
		h.refunded = append(h.refunded, e.Position)
	}
	return nil
}

// finalize takes in that the oldest pending batch was proven.
func (h *history) finalize(e *l1submit.BatchFinalized) error {
	if len(h.pending) == 0 || h.pending[0].Number != e.Number {
		return impossible(e, "batch %d is proven, but is not the oldest that is committed", e.Number)
	}
	batch := h.pending[0]
	promised := l1submit.Finalized{
		Number: batch.Number, Commitment: batch.Record.Commitment,
		DepositsEnd: batch.Record.DepositsEnd, ExitsEnd: batch.Record.ExitsEnd,
	}
	switch {
	case e.Finalized != promised:
		return impossible(e, "batch %d is not what transaction %s committed", e.Number, batch.TxHash)
	case e.DepositsEnd < h.finalized.DepositsEnd || e.DepositsEnd > h.deposits.queue.Count():
		return impossible(e, "%d deposits are processed of %d, and were %d before", e.DepositsEnd, h.deposits.queue.Count(), h.finalized.DepositsEnd)
	case e.ExitsEnd < h.finalized.ExitsEnd || e.ExitsEnd > h.exits.queue.Count():
		return impossible(e, "%d forced exits are processed of %d, and were %d before", e.ExitsEnd, h.exits.queue.Count(), h.finalized.ExitsEnd)
	}
	h.finalized = e.Finalized
	h.pending = slices.Clone(h.pending[1:])
	h.ready = append(h.ready, &finalBatch{BatchCommitted: batch, Final: e.Place})
	return nil
}

// applied says that the tree has the state of a batch, and drops what was kept
// for the way to it.
func (h *history) applied(f l1submit.Finalized) {
	n := 0
	for n < len(h.ready) && h.ready[n].Number <= f.Number {
		n++
	}
	h.ready = slices.Clone(h.ready[n:])
	h.deposits.forget(f.DepositsEnd)
	h.exits.forget(f.ExitsEnd)
}
