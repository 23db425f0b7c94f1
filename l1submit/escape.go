package l1submit

import (
	"context"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// FreezeCall packs [Rollup.Freeze].
func (r *Rollup) FreezeCall(lane protocol.Lane, oldest protocol.ProvenEntry) (Call, error) {
	return withSlack(batchSlack)(r.call(r.contract.TryPackFreeze(uint8(lane), entryBinding(oldest))))
}

// Freeze freezes the rollup, for ever, because the oldest entry of a lane that no
// proven batch took is overdue: its deadline has passed. Anybody may; the fees of
// all entries that wait are credited to the sender. The entry is that at
// [Finalized.End] of the lane: see [protocol.Queue.ProveEntry].
func (r *Rollup) Freeze(ctx context.Context, tx Transactor, lane protocol.Lane, oldest protocol.ProvenEntry) (
	*Frozen, *types.Receipt, error) {
	return r.freeze(send(ctx, tx, "freeze")(r.FreezeCall(lane, oldest)))
}

// FreezeForkCall packs [Rollup.FreezeFork].
func (r *Rollup) FreezeForkCall() (Call, error) {
	return withSlack(batchSlack)(r.call(r.contract.TryPackFreezeFork()))
}

// FreezeFork freezes the rollup on a fork of its chain, with another chain ID.
// Anybody may.
func (r *Rollup) FreezeFork(ctx context.Context, tx Transactor) (*Frozen, *types.Receipt, error) {
	return r.freeze(send(ctx, tx, "freeze fork")(r.FreezeForkCall()))
}

// freeze returns the event of a freeze that was sent.
func (r *Rollup) freeze(receipt *types.Receipt, err error) (*Frozen, *types.Receipt, error) {
	if err != nil {
		return nil, receipt, err
	}
	event, err := eventOf[*Frozen](r, receipt)
	return event, receipt, err
}

// EscapeCall packs [Rollup.Escape].
func (r *Rollup) EscapeCall(e *protocol.Escape, digest fr.Element, proof []byte) (Call, error) {
	words, err := splitProof(proof)
	if err != nil {
		return Call{}, err
	}
	return withSlack(2 * newSlotGas)(r.call(r.contract.TryPackEscape(
		uint32(e.Index), common.Address(e.Owner), uint32(e.Token), e.Balance.ToBig(), elementInt(digest), words)))
}

// Escape credits an account's balance in the final state of a frozen rollup to
// its owner. Anybody may. digest is D and proof the proof of e's statement; the
// contract takes the state's commitment from itself, so e's has to be that of
// [Rollup.Finalized].
func (r *Rollup) Escape(ctx context.Context, tx Transactor, e *protocol.Escape, digest fr.Element, proof []byte) (
	*Escaped, *types.Receipt, error) {
	receipt, err := send(ctx, tx, fmt.Sprintf("escape of account %d", e.Index))(r.EscapeCall(e, digest, proof))
	if err != nil {
		return nil, receipt, err
	}
	event, err := eventOf[*Escaped](r, receipt)
	return event, receipt, err
}

// RefundDepositCall packs [Rollup.RefundDeposit].
func (r *Rollup) RefundDepositCall(position uint64, d *protocol.Deposit, proof protocol.LaneProof) (Call, error) {
	return withSlack(2 * newSlotGas)(r.call(r.contract.TryPackRefundDeposit(position, bindings.IRollupQueuedDeposit{
		KeyX: elementInt(d.Key.X), KeyY: elementInt(d.Key.Y), Owner: common.Address(d.Owner),
		Token: uint32(d.Token), Amount: d.Amount.ToBig(),
	}, laneProofBinding(proof))))
}

// RefundDeposit credits a deposit that no proven batch took to who paid it, in a
// frozen rollup. Anybody may. The proof is that of the one entry at the
// position: see [protocol.Queue.Prove].
func (r *Rollup) RefundDeposit(ctx context.Context, tx Transactor, position uint64, d *protocol.Deposit, proof protocol.LaneProof) (
	*DepositRefunded, *types.Receipt, error) {
	receipt, err := send(ctx, tx, fmt.Sprintf("refund of deposit %d", position))(r.RefundDepositCall(position, d, proof))
	if err != nil {
		return nil, receipt, err
	}
	event, err := eventOf[*DepositRefunded](r, receipt)
	return event, receipt, err
}
