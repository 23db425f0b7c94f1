package exits

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

// freezeAttempts is how often the proof of the oldest entry is made at most:
// again, where something was queued behind it meanwhile. What is queued makes it
// void until [protocol.LaneStride] entries complete a checkpoint.
const freezeAttempts = protocol.LaneStride

// Frozen is a freeze that has happened.
type Frozen struct {
	Number      uint32         `json:"number"`     // of the state that stays
	Commitment  string         `json:"commitment"` // to it
	By          common.Address `json:"by"`
	Transaction Transaction    `json:"transaction"`
}

// Freeze freezes the rollup because the oldest entry of a lane is overdue; the
// fees of all that waits are credited to the sender. Errors: [ErrFrozen],
// [ErrNotOverdue], a [*l1submit.RevertError].
func (s *Session) Freeze(ctx context.Context, tx l1submit.Transactor) (*Frozen, error) {
	rollup, err := s.Events(ctx)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		frozen, err := s.freeze(ctx, tx, rollup)
		if err == nil || attempt == freezeAttempts || !outdated(err) {
			return frozen, err
		}
	}
}

// outdated says whether a lane moved on between reading and showing it.
func outdated(err error) bool {
	var revert *l1submit.RevertError
	if errors.As(err, &revert) {
		_, ok := revert.Reason.(*bindings.RollupLaneMismatch)
		return ok
	}
	return errors.Is(err, l1submit.ErrLaneMismatch)
}

func (s *Session) freeze(ctx context.Context, tx l1submit.Transactor, rollup *l1submit.Rollup) (*Frozen, error) {
	frozen, err := rollup.IsFrozen(ctx)
	if err != nil {
		return nil, err
	}
	if frozen {
		return nil, ErrFrozen
	}
	now, err := s.head(ctx)
	if err != nil {
		return nil, err
	}
	lanes, err := rollup.ReadLanes(ctx, nil)
	if err != nil {
		return nil, err
	}
	var earliest uint64 // when the first lane's oldest entry is overdue; 0 if none waits
	for _, lane := range protocol.Lanes() {
		oldest, queued, waits, err := lanes.Oldest(lane, lanes.Finalized())
		switch {
		case err != nil:
			return nil, err
		case !waits:
		case s.due(queued) <= now.time:
			return frozenBy(rollup.Freeze(ctx, tx, lane, oldest))
		case earliest == 0 || s.due(queued) < earliest:
			earliest = s.due(queued)
		}
	}
	if earliest == 0 {
		return nil, fmt.Errorf("%w: no deposit or forced exit waits", ErrNotOverdue)
	}
	return nil, fmt.Errorf("%w before %s: the latest block is of %s", ErrNotOverdue,
		clock(earliest).Format(time.RFC3339), clock(now.time).Format(time.RFC3339))
}

// FreezeFork freezes the rollup on a fork of its chain with another chain ID,
// where nothing else is possible. The error is a [*l1submit.RevertError] on the
// chain that the rollup was made for.
func (s *Session) FreezeFork(ctx context.Context, tx l1submit.Transactor) (*Frozen, error) {
	return frozenBy(s.rollup.FreezeFork(ctx, tx))
}

// frozenBy makes a result of what a freeze returned.
func frozenBy(event *l1submit.Frozen, receipt *types.Receipt, err error) (*Frozen, error) {
	if err != nil {
		return nil, err
	}
	return &Frozen{
		Number: event.Number, Commitment: files.FormatElement(event.Commitment), By: event.By, Transaction: transaction(receipt),
	}, nil
}
