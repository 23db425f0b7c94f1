package reconstruct

import (
	"fmt"
	"slices"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// WaitingDeposit is a deposit that no proven batch took.
type WaitingDeposit struct {
	*l1submit.Deposited
	Refunded bool // whether it was given back, after a freeze
}

// Deposits returns the deposits that no proven batch took, by position, as of
// the last block that Sync came to. After a freeze, who paid for one gets it
// back: see [State.Prove].
func (s *State) Deposits() []WaitingDeposit {
	if s.journal == nil {
		return nil
	}
	h := s.journal.history
	var waiting []WaitingDeposit
	for _, d := range h.deposits.entries {
		if d.Position >= h.finalized.DepositsEnd {
			waiting = append(waiting, WaitingDeposit{d, slices.Contains(h.refunded, d.Position)})
		}
	}
	return waiting
}

// ForcedExits returns the forced exits that no proven batch took, by position,
// as of the last block that Sync came to.
func (s *State) ForcedExits() []*l1submit.ExitRequested {
	if s.journal == nil {
		return nil
	}
	h := s.journal.history
	var waiting []*l1submit.ExitRequested
	for _, e := range h.exits.entries {
		if e.Position >= h.finalized.ExitsEnd {
			waiting = append(waiting, e)
		}
	}
	return waiting
}

// Prove returns a waiting entry of a lane with the proof that it stands in its
// place: what the contract wants for a refund, a freeze or a change. It fails
// with [protocol.ErrLaneRange] where nothing waits. The proof is void once
// something else is queued, unless its lane has come to a multiple of
// [protocol.LaneStride]; after a freeze nothing is.
func (s *State) Prove(which protocol.Lane, position uint64) (protocol.ProvenEntry, error) {
	if s.journal == nil {
		return protocol.ProvenEntry{}, fmt.Errorf("%w: nothing was read from layer 1 yet", protocol.ErrLaneRange)
	}
	h := s.journal.history
	queue := &h.deposits.queue
	if which == protocol.LaneExits {
		queue = &h.exits.queue
	}
	if end := h.finalized.End(which); position < end {
		return protocol.ProvenEntry{}, fmt.Errorf("%w: %s: a proven batch took entry %d", protocol.ErrLaneRange, which, position)
	}
	return queue.ProveEntry(position)
}

// Oldest returns the first waiting entry of a lane, and whether there is one:
// what a freeze has to show.
func (s *State) Oldest(which protocol.Lane) (entry protocol.ProvenEntry, ok bool, err error) {
	if s.journal == nil {
		return entry, false, nil
	}
	h := s.journal.history
	count := h.deposits.queue.Count()
	if which == protocol.LaneExits {
		count = h.exits.queue.Count()
	}
	first := h.finalized.End(which)
	if first == count {
		return entry, false, nil
	}
	entry, err = s.Prove(which, first)
	return entry, err == nil, err
}
