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

// Deposit is what is brought in: the way out's beginning.
type Deposit struct {
	protocol.Deposit
	// Sender is who sends the transaction, and gets the deposit back if a frozen
	// rollup never processes it.
	Sender common.Address
	// MaxFee is the most to pay the queue, in wei; nil is any fee.
	MaxFee *big.Int
}

// Deposited is a deposit that waits in its lane.
type Deposited struct {
	Value
	Position uint64    `json:"position"` // in the lane
	Fee      string    `json:"fee"`      // in wei
	Queued   time.Time `json:"queued"`
	// Due is when anybody may freeze the rollup if no proven batch has taken it.
	Due         time.Time   `json:"due"`
	Transaction Transaction `json:"transaction"`
	// Approval is the transaction before it that lets the rollup take the token; nil
	// where none was needed.
	Approval *Transaction `json:"approval,omitempty"`
}

// Deposit queues a deposit. Of a token, what the rollup may take of it is raised
// first if it has to be. Errors: [ErrFrozen], [ErrTokenUnknown], [ErrFee], a
// [*l1submit.RevertError].
func (s *Session) Deposit(ctx context.Context, tx l1submit.Transactor, d Deposit) (*Deposited, error) {
	frozen, err := s.rollup.IsFrozen(ctx)
	if err != nil {
		return nil, err
	}
	if frozen {
		return nil, ErrFrozen
	}
	fee, err := s.rollup.QueueFee(ctx, protocol.LaneDeposits)
	if err != nil {
		return nil, err
	}
	if d.MaxFee != nil && fee.Cmp(d.MaxFee) > 0 {
		return nil, fmt.Errorf("%w: %v wei, where at most %v are allowed: it falls again as batches are proven", ErrFee, fee, d.MaxFee)
	}
	var approval *Transaction
	if d.Token != 0 {
		if approval, err = s.approve(ctx, tx, &d); err != nil {
			return nil, err
		}
	}
	event, receipt, err := s.rollup.Deposit(ctx, tx, &d.Deposit)
	if err != nil {
		return nil, err
	}
	return &Deposited{
		Value:    Value{Token: event.Deposit.Token, Amount: event.Deposit.Amount.Dec()},
		Position: event.Position, Fee: fee.String(), Queued: clock(event.Time), Due: clock(s.due(event.Time)),
		Transaction: transaction(receipt), Approval: approval,
	}, nil
}

// approve lets the rollup take what is deposited of a token, unless it may already.
func (s *Session) approve(ctx context.Context, tx l1submit.Transactor, d *Deposit) (*Transaction, error) {
	tokens, err := s.rollup.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		if t.Number != d.Token {
			continue
		}
		contract := l1submit.OpenERC20(s.chain, t.Contract)
		allowed, err := contract.Allowance(ctx, d.Sender, s.rollup.Address())
		if err != nil || allowed.Cmp(d.Amount.ToBig()) >= 0 {
			return nil, err
		}
		receipt, err := contract.Approve(ctx, tx, s.rollup.Address(), d.Amount.ToBig())
		if err != nil {
			return nil, fmt.Errorf("let the rollup take token %d: %w", d.Token, err)
		}
		sent := transaction(receipt)
		return &sent, nil
	}
	return nil, fmt.Errorf("%w: %d", ErrTokenUnknown, d.Token)
}
