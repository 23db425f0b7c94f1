package exits

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// Refunded is a deposit that was credited to who had paid it.
type Refunded struct {
	Position uint64         `json:"position"` // in its lane
	Payer    common.Address `json:"payer"`
	Value
	Transaction Transaction `json:"transaction"`
}

// Refund takes back deposits that no proven batch took, in a frozen rollup: those
// at these positions, which the payer has to have paid, or, where none is named,
// all of the payer's. What is credited [Session.Claim] pays. What was taken back
// before an error is returned with it.
//
// Errors: [ErrNotFrozen], [ErrNotRefundable], a [*l1submit.RevertError].
func (s *Session) Refund(ctx context.Context, tx l1submit.Transactor, payer common.Address, positions ...uint64) ([]Refunded, error) {
	if err := s.requireFrozen(ctx); err != nil {
		return nil, err
	}
	rollup, err := s.Events(ctx)
	if err != nil {
		return nil, err
	}
	lanes, err := rollup.ReadLanes(ctx, nil) // they stay: nothing is queued after the freeze
	if err != nil {
		return nil, err
	}
	deposits, err := s.refundable(ctx, lanes, payer, positions)
	if err != nil {
		return nil, err
	}
	var refunded []Refunded
	var failures []error
	for _, d := range deposits {
		r, err := s.refund(ctx, tx, lanes, d)
		if err != nil {
			failures = append(failures, err)
			if !Refused(err) {
				break
			}
			continue
		}
		refunded = append(refunded, *r)
	}
	return refunded, errors.Join(failures...)
}

// refundable returns the deposits that [Session.Refund] is asked for.
func (s *Session) refundable(ctx context.Context, lanes *l1submit.Lanes, payer common.Address, positions []uint64) ([]*l1submit.Deposited, error) {
	finalized := lanes.Finalized()
	var deposits []*l1submit.Deposited
	for _, p := range positions {
		switch {
		case p >= uint64(len(lanes.Deposits)):
			return nil, fmt.Errorf("%w: position %d: %d deposits were ever made", ErrNotRefundable, p, len(lanes.Deposits))
		case p < finalized.DepositsEnd:
			return nil, fmt.Errorf("%w: the deposit at position %d is in the state: its account escapes", ErrNotRefundable, p)
		case lanes.Deposits[p].Payer != payer:
			return nil, fmt.Errorf("%w: the deposit at position %d was paid by %s, not by %s", ErrNotRefundable, p, lanes.Deposits[p].Payer, payer)
		}
		refunded, err := s.rollup.IsRefunded(ctx, p)
		if err != nil {
			return nil, err
		}
		if refunded {
			return nil, fmt.Errorf("%w: the deposit at position %d was taken back before: use quire exit claim", ErrNotRefundable, p)
		}
		deposits = append(deposits, lanes.Deposits[p])
	}
	if len(positions) > 0 {
		return deposits, nil
	}
	for _, d := range lanes.Deposits[finalized.DepositsEnd:] {
		if d.Payer != payer {
			continue
		}
		refunded, err := s.rollup.IsRefunded(ctx, d.Position)
		if err != nil {
			return nil, err
		}
		if !refunded {
			deposits = append(deposits, d)
		}
	}
	if len(deposits) == 0 {
		return nil, fmt.Errorf("%w: every deposit that %s paid is in the state, or was taken back", ErrNotRefundable, payer)
	}
	return deposits, nil
}

func (s *Session) refund(ctx context.Context, tx l1submit.Transactor, lanes *l1submit.Lanes, d *l1submit.Deposited) (*Refunded, error) {
	proof, err := lanes.Queue(protocol.LaneDeposits).Prove(d.Position, d.Position+1)
	if err != nil {
		return nil, err
	}
	event, receipt, err := s.rollup.RefundDeposit(ctx, tx, d.Position, &d.Deposit, proof)
	if err != nil {
		return nil, err
	}
	return &Refunded{
		Position: event.Position, Payer: event.Payer,
		Value: Value{Token: event.Token, Amount: event.Amount.Dec()}, Transaction: transaction(receipt),
	}, nil
}
