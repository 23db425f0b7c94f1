package exits

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// Status is where an owner stands with a rollup, after one block of layer 1.
type Status struct {
	ChainID  string         `json:"chainID"`
	Contract common.Address `json:"contract"`
	Owner    common.Address `json:"owner"`
	Block    uint64         `json:"block"`
	Time     time.Time      `json:"time"` // of the block

	Frozen bool   `json:"frozen"`
	Number uint32 `json:"number"` // of the final state
	// DevelopmentKeys says that somebody knows the secrets of the rollup's keys.
	DevelopmentKeys bool        `json:"developmentKeys"`
	Lanes           []LaneState `json:"lanes"`
	// Freezable says that an operation is overdue, so that anybody can freeze.
	Freezable bool `json:"freezable"`

	Claimable []Credit         `json:"claimable"` // above 0
	Requests  []WaitingExit    `json:"requests"`  // that the owner sent
	Deposits  []WaitingDeposit `json:"deposits"`  // that the owner paid, or is to have
	// Accounts are the owner's in the state that was asked; StateNumber is that
	// state's. Both are missing where none was.
	StateNumber *uint32   `json:"stateNumber,omitempty"`
	Accounts    []Account `json:"accounts,omitempty"`
}

// LaneState is a lane of the queue.
type LaneState struct {
	Lane    string     `json:"lane"`
	Waiting uint64     `json:"waiting"` // entries that no proven batch took
	Fee     string     `json:"fee"`     // in wei, for the next entry
	Due     *time.Time `json:"due,omitempty"`
	Overdue bool       `json:"overdue"`
}

// WaitingExit is a forced exit that no proven batch took.
type WaitingExit struct {
	Position uint64         `json:"position"`
	Index    protocol.Index `json:"index"`
	Queued   time.Time      `json:"queued"`
	Due      time.Time      `json:"due"`
	Overdue  bool           `json:"overdue"`
}

// WaitingDeposit is a deposit that no proven batch took.
type WaitingDeposit struct {
	Position uint64         `json:"position"`
	Payer    common.Address `json:"payer"`
	Owner    common.Address `json:"owner"`
	Value
	Queued  time.Time `json:"queued"`
	Due     time.Time `json:"due"`
	Overdue bool      `json:"overdue"`
	// Refundable says that who paid it can take it back: the rollup is frozen.
	Refundable bool `json:"refundable"`
	Refunded   bool `json:"refunded"`
}

// Account is an account in the state.
type Account struct {
	Index protocol.Index `json:"index"`
	Value
	Nonce uint64 `json:"nonce"`
	// Escapable says that it can escape now; Escaped that it has.
	Escapable bool `json:"escapable"`
	Escaped   bool `json:"escaped"`
}

// Status returns where an owner stands. state is where the owner's accounts are
// looked for; nil leaves them out.
func (s *Session) Status(ctx context.Context, owner common.Address, state *statetree.Snapshot) (*Status, error) {
	rollup, err := s.Events(ctx)
	if err != nil {
		return nil, err
	}
	lanes, err := rollup.ReadLanes(ctx, nil)
	if err != nil {
		return nil, err
	}
	header, err := s.client.HeaderByHash(ctx, lanes.BlockHash)
	if err != nil {
		return nil, fmt.Errorf("%w: read block %s: %w", ErrNode, lanes.BlockHash, err)
	}
	st := &statusReader{
		Session: s, at: rollup.AtBlock(lanes.BlockHash), lanes: lanes, now: header.Time,
		Status: &Status{
			ChainID: s.chain.ChainID().String(), Contract: s.Contract(), Owner: owner,
			Block: lanes.Block, Time: clock(header.Time), Number: lanes.Finalized().Number,
			Claimable: []Credit{}, Requests: []WaitingExit{}, Deposits: []WaitingDeposit{},
		},
	}
	for _, read := range []func(context.Context) error{
		st.readRollup, st.readLanes, st.readClaimable, st.readRequests, st.readDeposits,
		func(ctx context.Context) error { return st.readAccounts(ctx, state) },
	} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	return st.Status, nil
}

// statusReader fills in a Status. All that it reads is of one block.
type statusReader struct {
	*Session
	*Status
	at    *l1submit.Rollup
	lanes *l1submit.Lanes
	now   uint64
}

func (s *statusReader) readRollup(ctx context.Context) (err error) {
	if s.Frozen, err = s.at.IsFrozen(ctx); err != nil {
		return err
	}
	s.DevelopmentKeys, err = s.at.DevelopmentKeys(ctx)
	return err
}

func (s *statusReader) readLanes(ctx context.Context) error {
	finalized := s.lanes.Finalized()
	for _, lane := range protocol.Lanes() {
		fee, err := s.at.QueueFee(ctx, lane)
		if err != nil {
			return err
		}
		l := LaneState{Lane: lane.String(), Fee: fee.String(), Waiting: s.lanes.Queue(lane).Count() - finalized.End(lane)}
		if l.Waiting > 0 {
			oldest, err := s.lanes.Queue(lane).Entry(finalized.End(lane))
			if err != nil {
				return err
			}
			_, queued := oldest.Queued()
			due := clock(s.due(queued))
			l.Due, l.Overdue = &due, s.due(queued) <= s.now
		}
		s.Freezable = s.Freezable || l.Overdue && !s.Frozen
		s.Lanes = append(s.Lanes, l)
	}
	return nil
}

func (s *statusReader) readClaimable(ctx context.Context) error {
	credits, err := s.claimable(ctx, s.at, s.Owner)
	if err != nil {
		return err
	}
	for _, c := range credits {
		if c.Amount != "0" {
			s.Claimable = append(s.Claimable, c)
		}
	}
	return nil
}

func (s *statusReader) readRequests(context.Context) error {
	finalized := s.lanes.Finalized()
	for _, r := range s.lanes.Requests[finalized.ExitsEnd:] {
		if common.Address(r.Request.Sender) != s.Owner {
			continue
		}
		s.Requests = append(s.Requests, WaitingExit{
			Position: r.Position, Index: r.Request.Index,
			Queued: clock(r.Time), Due: clock(s.due(r.Time)), Overdue: s.due(r.Time) <= s.now,
		})
	}
	return nil
}

func (s *statusReader) readDeposits(ctx context.Context) error {
	finalized := s.lanes.Finalized()
	for _, d := range s.lanes.Deposits[finalized.DepositsEnd:] {
		if d.Payer != s.Owner && common.Address(d.Deposit.Owner) != s.Owner {
			continue
		}
		refunded, err := s.at.IsRefunded(ctx, d.Position)
		if err != nil {
			return err
		}
		s.Deposits = append(s.Deposits, WaitingDeposit{
			Position: d.Position, Payer: d.Payer, Owner: common.Address(d.Deposit.Owner),
			Value:  Value{Token: d.Deposit.Token, Amount: d.Deposit.Amount.Dec()},
			Queued: clock(d.Time), Due: clock(s.due(d.Time)), Overdue: s.due(d.Time) <= s.now,
			Refundable: s.Frozen && !refunded, Refunded: refunded,
		})
	}
	return nil
}

func (s *statusReader) readAccounts(ctx context.Context, state *statetree.Snapshot) error {
	if state == nil {
		return nil
	}
	number := state.Version()
	s.StateNumber = &number
	for u, err := range state.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("look for the accounts of %s: %w", s.Owner, err)
		}
		if common.Address(u.Account.Owner) != s.Owner {
			continue
		}
		escaped, err := s.at.HasEscaped(ctx, u.Index)
		if err != nil {
			return err
		}
		s.Accounts = append(s.Accounts, Account{
			Index: u.Index, Value: Value{Token: u.Account.Token, Amount: u.Account.Balance.Dec()}, Nonce: u.Account.Nonce,
			Escaped: escaped, Escapable: s.Frozen && !escaped && !u.Account.Balance.IsZero() && number == s.Number,
		})
	}
	return nil
}
