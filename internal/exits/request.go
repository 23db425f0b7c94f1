package exits

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// Request is the forced exit that is asked for.
type Request struct {
	Index protocol.Index
	// Sender is who sends the transaction: the account's owner, or the request
	// moves nothing.
	Sender common.Address
	// MaxFee is the most to pay the queue, in wei; nil is any fee.
	MaxFee *big.Int
	// State is where the account is looked up, nil to request without looking: of
	// an account that a batch still to come will open, say.
	State protocol.State
}

// Requested is a forced exit that waits in its lane.
type Requested struct {
	Index    protocol.Index `json:"index"`
	Position uint64         `json:"position"` // in the lane
	Fee      string         `json:"fee"`      // in wei
	Queued   time.Time      `json:"queued"`
	// Due is when anybody may freeze the rollup if no proven batch has taken the
	// request.
	Due         time.Time   `json:"due"`
	Transaction Transaction `json:"transaction"`
}

// Request queues a forced exit. Errors: [ErrFrozen], [ErrNotOwner],
// [protocol.ErrAccountAbsent], [ErrWaiting], [ErrFee], a [*l1submit.RevertError].
func (s *Session) Request(ctx context.Context, tx l1submit.Transactor, r Request) (*Requested, error) {
	frozen, err := s.rollup.IsFrozen(ctx)
	if err != nil {
		return nil, err
	}
	if frozen {
		return nil, ErrFrozen
	}
	if r.State != nil {
		if _, err := owned(r.State, r.Index, r.Sender); err != nil {
			return nil, err
		}
	}
	if err := s.checkNotWaiting(ctx, r); err != nil {
		return nil, err
	}
	fee, err := s.rollup.QueueFee(ctx, protocol.LaneExits)
	if err != nil {
		return nil, err
	}
	if r.MaxFee != nil && fee.Cmp(r.MaxFee) > 0 {
		return nil, fmt.Errorf("%w: %v wei, where at most %v are allowed: it falls again as batches are proven", ErrFee, fee, r.MaxFee)
	}
	event, receipt, err := s.rollup.RequestExit(ctx, tx, r.Index)
	if err != nil {
		return nil, err
	}
	return &Requested{
		Index: r.Index, Position: event.Position, Fee: fee.String(),
		Queued: clock(event.Time), Due: clock(s.due(event.Time)), Transaction: transaction(receipt),
	}, nil
}

// checkNotWaiting says what the contract would say of a second request, and
// since when the first one waits.
func (s *Session) checkNotWaiting(ctx context.Context, r Request) error {
	position, ok, err := s.rollup.ExitRequest(ctx, r.Index, r.Sender)
	if err != nil || !ok {
		return err
	}
	finalized, err := s.rollup.Finalized(ctx)
	if err != nil || position < finalized.ExitsEnd {
		return err
	}
	return fmt.Errorf("%w: the request of %s for account %d waits at position %d; %d of the lane are processed (quire exit status says until when)",
		ErrWaiting, r.Sender, r.Index, position, finalized.ExitsEnd)
}

// owned returns an account of an owner's, or [protocol.ErrAccountAbsent] or
// [ErrNotOwner].
func owned(state protocol.State, i protocol.Index, owner common.Address) (protocol.Account, error) {
	account, found, err := state.Account(i)
	switch {
	case err != nil:
		return account, fmt.Errorf("account %d: %w", i, err)
	case !found:
		return account, fmt.Errorf("account %d: %w in the state that layer 1 has final", i, protocol.ErrAccountAbsent)
	case common.Address(account.Owner) != owner:
		return account, fmt.Errorf("%w: account %d is not owned by %s but by %s", ErrNotOwner, i, owner, common.Address(account.Owner))
	}
	return account, nil
}
