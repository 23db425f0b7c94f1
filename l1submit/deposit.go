package l1submit

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/quirezk/quire/protocol"
)

// DepositCall packs a deposit that comes with this fee in wei: at least
// [Rollup.QueueFee] when it is included. What is above that is credited to the
// sender, to be claimed, so a caller can allow for others that come first. Of a
// token, the sender has to have approved the amount ([ERC20.Approve]).
func (r *Rollup) DepositCall(d *protocol.Deposit, fee *big.Int) (Call, error) {
	call, err := withSlack(laneSlack)(r.call(r.contract.TryPackDeposit(
		elementInt(d.Key.X), elementInt(d.Key.Y), common.Address(d.Owner), uint32(d.Token), d.Amount.ToBig())))
	call.Value = new(big.Int).Set(fee)
	if d.Token == 0 {
		call.Value.Add(call.Value, d.Amount.ToBig())
	}
	return call, err
}

// Deposit queues a deposit, with the fee that the contract asks for now. The
// event says where it stands and, of a token that takes something for itself,
// what arrived.
func (r *Rollup) Deposit(ctx context.Context, tx Transactor, d *protocol.Deposit) (*Deposited, *types.Receipt, error) {
	fee, err := r.QueueFee(ctx, protocol.LaneDeposits)
	if err != nil {
		return nil, nil, fmt.Errorf("deposit: %w", err)
	}
	receipt, err := send(ctx, tx, "deposit")(r.DepositCall(d, fee))
	if err != nil {
		return nil, receipt, err
	}
	event, err := eventOf[*Deposited](r, receipt)
	return event, receipt, err
}

// RequestExitCall packs the request of an account's forced exit, with a fee in
// wei as [Rollup.DepositCall] takes it.
func (r *Rollup) RequestExitCall(index protocol.Index, fee *big.Int) (Call, error) {
	call, err := withSlack(laneSlack)(r.call(r.contract.TryPackRequestExit(uint32(index))))
	call.Value = new(big.Int).Set(fee)
	return call, err
}

// RequestExit queues the forced exit of an account, with the fee that the
// contract asks for now. It moves something only if the sender is the account's
// owner.
func (r *Rollup) RequestExit(ctx context.Context, tx Transactor, index protocol.Index) (*ExitRequested, *types.Receipt, error) {
	fee, err := r.QueueFee(ctx, protocol.LaneExits)
	if err != nil {
		return nil, nil, fmt.Errorf("request exit: %w", err)
	}
	receipt, err := send(ctx, tx, "request exit")(r.RequestExitCall(index, fee))
	if err != nil {
		return nil, receipt, err
	}
	event, err := eventOf[*ExitRequested](r, receipt)
	return event, receipt, err
}

// ClaimCall packs [Rollup.Claim].
func (r *Rollup) ClaimCall(token protocol.Token, owner common.Address) (Call, error) {
	return r.call(r.contract.TryPackClaim(uint32(token), owner))
}

// Claim pays an owner what is credited to them in a token. Anybody may pay for
// the transaction.
func (r *Rollup) Claim(ctx context.Context, tx Transactor, token protocol.Token, owner common.Address) (*types.Receipt, error) {
	return send(ctx, tx, "claim")(r.ClaimCall(token, owner))
}
