package l1submit

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/quirezk/quire/protocol"
)

// RegisterTokenCall packs [Rollup.RegisterToken].
func (r *Rollup) RegisterTokenCall(token common.Address, limit *big.Int) (Call, error) {
	if err := checkCap(limit); err != nil {
		return Call{}, err
	}
	return r.call(r.contract.TryPackRegisterToken(token, limit))
}

// RegisterToken makes an ERC-20 contract known, of which the rollup takes up to
// limit. Only for the governor. It returns the token's number.
func (r *Rollup) RegisterToken(ctx context.Context, tx Transactor, token common.Address, limit *big.Int) (
	protocol.Token, *types.Receipt, error) {
	receipt, err := send(ctx, tx, "register token")(r.RegisterTokenCall(token, limit))
	if err != nil {
		return 0, receipt, err
	}
	event, err := eventOf[*TokenRegistered](r, receipt)
	if err != nil {
		return 0, receipt, err
	}
	return event.Token, receipt, nil
}

// SetTokenCapCall packs [Rollup.SetTokenCap].
func (r *Rollup) SetTokenCapCall(token protocol.Token, limit *big.Int) (Call, error) {
	if err := checkCap(limit); err != nil {
		return Call{}, err
	}
	return r.call(r.contract.TryPackSetTokenCap(uint32(token), limit))
}

// SetTokenCap changes how much of a token the rollup takes, ether included. Only
// for the governor. What is inside already stays.
func (r *Rollup) SetTokenCap(ctx context.Context, tx Transactor, token protocol.Token, limit *big.Int) (*types.Receipt, error) {
	return send(ctx, tx, "set token cap")(r.SetTokenCapCall(token, limit))
}

// SetOperatorCall packs [Rollup.SetOperator].
func (r *Rollup) SetOperatorCall(operator common.Address) (Call, error) {
	return r.call(r.contract.TryPackSetOperator(operator))
}

// SetOperator names another operator, at once. The governor may, and the
// operator itself.
func (r *Rollup) SetOperator(ctx context.Context, tx Transactor, operator common.Address) (*types.Receipt, error) {
	return send(ctx, tx, "set operator")(r.SetOperatorCall(operator))
}

// OfferGovernorCall packs [Rollup.OfferGovernor].
func (r *Rollup) OfferGovernorCall(to common.Address) (Call, error) {
	return r.call(r.contract.TryPackOfferGovernor(to))
}

// OfferGovernor offers the governor's role to an address, which has to accept
// it; the zero address takes the offer back. Only for the governor.
func (r *Rollup) OfferGovernor(ctx context.Context, tx Transactor, to common.Address) (*types.Receipt, error) {
	return send(ctx, tx, "offer governor's role")(r.OfferGovernorCall(to))
}

// AcceptGovernorCall packs [Rollup.AcceptGovernor].
func (r *Rollup) AcceptGovernorCall() (Call, error) {
	return r.call(r.contract.TryPackAcceptGovernor())
}

// AcceptGovernor takes the governor's role, if it was offered to the sender.
func (r *Rollup) AcceptGovernor(ctx context.Context, tx Transactor) (*types.Receipt, error) {
	return send(ctx, tx, "accept governor's role")(r.AcceptGovernorCall())
}

// Change is a change of the circuits, as it is announced and executed: the
// encoded call of addCircuit or retireCircuit.
type Change []byte

// ID returns what the contract names the change by.
func (c Change) ID() common.Hash { return crypto.Keccak256Hash(c) }

// AddCircuitChange returns the change that adds a circuit.
func (r *Rollup) AddCircuitChange(circuit Circuit) (Change, error) {
	encoded, err := encodeCircuit(circuit)
	if err != nil {
		return nil, fmt.Errorf("change to add a circuit: %w", err)
	}
	change, err := r.contract.TryPackAddCircuit(encoded)
	if err != nil {
		return nil, fmt.Errorf("change to add a circuit: %w", err)
	}
	return change, nil
}

// RetireCircuitChange returns the change that retires the circuit with an
// index.
func (r *Rollup) RetireCircuitChange(circuit int) (Change, error) {
	change, err := r.contract.TryPackRetireCircuit(big.NewInt(int64(circuit)))
	if err != nil {
		return nil, fmt.Errorf("change to retire circuit %d: %w", circuit, err)
	}
	return change, nil
}

// AnnounceCall packs [Rollup.Announce].
func (r *Rollup) AnnounceCall(change Change) (Call, error) {
	return r.call(r.contract.TryPackAnnounce(change))
}

// Announce announces a change, which can be executed when [Times.Delay] has
// passed. Only for the governor.
func (r *Rollup) Announce(ctx context.Context, tx Transactor, change Change) (*ChangeAnnounced, *types.Receipt, error) {
	receipt, err := send(ctx, tx, "announce change")(r.AnnounceCall(change))
	if err != nil {
		return nil, receipt, err
	}
	event, err := eventOf[*ChangeAnnounced](r, receipt)
	return event, receipt, err
}

// CancelCall packs [Rollup.Cancel].
func (r *Rollup) CancelCall(id common.Hash) (Call, error) {
	return r.call(r.contract.TryPackCancel(id))
}

// Cancel calls an announced change off. Only for the governor.
func (r *Rollup) Cancel(ctx context.Context, tx Transactor, id common.Hash) (*types.Receipt, error) {
	return send(ctx, tx, "cancel change")(r.CancelCall(id))
}

// ExecuteCall packs [Rollup.Execute].
func (r *Rollup) ExecuteCall(change Change, deposits, exits protocol.ProvenEntry) (Call, error) {
	return r.call(r.contract.TryPackExecute(change, entryBinding(deposits), entryBinding(exits)))
}

// Execute executes an announced change once its delay has passed. Anybody may.
// deposits and exits are each lane's oldest entry that no proven batch took
// ([Lanes.Oldest]), and ignored for a lane in which none waits.
func (r *Rollup) Execute(ctx context.Context, tx Transactor, change Change, deposits, exits protocol.ProvenEntry) (*types.Receipt, error) {
	return send(ctx, tx, "execute change")(r.ExecuteCall(change, deposits, exits))
}
