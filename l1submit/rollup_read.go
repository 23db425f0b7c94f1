package l1submit

import (
	"context"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// read calls a view of the contract on the latest block.
func read[T any](ctx context.Context, r *Rollup, what string, call []byte, unpack func([]byte) (T, error)) (T, error) {
	out, err := bind.Call(r.bound, &bind.CallOpts{Context: ctx}, call, unpack)
	if err != nil {
		return out, fmt.Errorf("read %s of rollup %s: %w", what, r.address, revertOf(err))
	}
	return out, nil
}

// readElement is read for a field element.
func readElement(ctx context.Context, r *Rollup, what string, call []byte, unpack func([]byte) (*big.Int, error)) (fr.Element, error) {
	n, err := read(ctx, r, what, call, unpack)
	if err != nil {
		return fr.Element{}, err
	}
	e, err := toElement(n)
	if err != nil {
		return fr.Element{}, fmt.Errorf("read %s of rollup %s: %w", what, r.address, err)
	}
	return e, nil
}

// toElement refuses what is not below the field's order, instead of reducing it.
func toElement(n *big.Int) (e fr.Element, err error) {
	if n.Cmp(fr.Modulus()) >= 0 {
		return e, fmt.Errorf("%w: %v", ErrElementRange, n)
	}
	e.SetBigInt(n)
	return e, nil
}

// RollupID returns what distinguishes this rollup from all others.
func (r *Rollup) RollupID(ctx context.Context) (fr.Element, error) {
	return readElement(ctx, r, "rollupID", r.contract.PackRollupID(), r.contract.UnpackRollupID)
}

// Commitment returns the commitment to the current state.
func (r *Rollup) Commitment(ctx context.Context) (fr.Element, error) {
	return readElement(ctx, r, "commitment", r.contract.PackCommitment(), r.contract.UnpackCommitment)
}

// BatchNumber returns the number of the current state.
func (r *Rollup) BatchNumber(ctx context.Context) (uint32, error) {
	return read(ctx, r, "batch number", r.contract.PackBatchNumber(), r.contract.UnpackBatchNumber)
}

// Operator returns who submits batches.
func (r *Rollup) Operator(ctx context.Context) (common.Address, error) {
	return read(ctx, r, "operator", r.contract.PackOperator(), r.contract.UnpackOperator)
}

// DevelopmentKeys tells whether the rollup was deployed with keys whose secrets
// somebody knows. Refuse to use such a rollup outside a development chain.
func (r *Rollup) DevelopmentKeys(ctx context.Context) (bool, error) {
	return read(ctx, r, "development mark", r.contract.PackDevelopmentKeys(), r.contract.UnpackDevelopmentKeys)
}

// DepositCount returns how many deposits have entered the queue.
func (r *Rollup) DepositCount(ctx context.Context) (uint64, error) {
	return read(ctx, r, "deposit count", r.contract.PackDepositCount(), r.contract.UnpackDepositCount)
}

// DepositsProcessed returns how many deposits batches have credited.
func (r *Rollup) DepositsProcessed(ctx context.Context) (uint64, error) {
	return read(ctx, r, "processed deposits", r.contract.PackDepositsProcessed(), r.contract.UnpackDepositsProcessed)
}

// DepositQueue returns the queue's rolling hash over its first count deposits;
// 0 where there are fewer.
func (r *Rollup) DepositQueue(ctx context.Context, count uint64) ([32]byte, error) {
	call := r.contract.PackDepositQueue(new(big.Int).SetUint64(count))
	return read(ctx, r, "deposit queue", call, r.contract.UnpackDepositQueue)
}

// Claimable returns what [Rollup.Claim] would pay an owner.
func (r *Rollup) Claimable(ctx context.Context, owner protocol.Owner, token protocol.Token) (*big.Int, error) {
	call := r.contract.PackClaimable(common.Address(owner), uint32(token))
	return read(ctx, r, "claimable balance", call, r.contract.UnpackClaimable)
}

// Binding returns the challenge z and the value y that the contract computes
// for published bytes with digest D: what their proof is checked against.
func (r *Rollup) Binding(ctx context.Context, circuit int, published []byte, digest fr.Element) (z, y fr.Element, err error) {
	call, err := r.contract.TryPackBindingOf(big.NewInt(int64(circuit)), published, digest.BigInt(new(big.Int)))
	if err != nil {
		return z, y, fmt.Errorf("pack call of bindingOf: %w", err)
	}
	out, err := read(ctx, r, "binding", call, r.contract.UnpackBindingOf)
	if err != nil {
		return z, y, err
	}
	if z, err = toElement(out.Z); err != nil {
		return z, y, fmt.Errorf("read z of rollup %s: %w", r.address, err)
	}
	if y, err = toElement(out.Y); err != nil {
		return z, y, fmt.Errorf("read y of rollup %s: %w", r.address, err)
	}
	return z, y, nil
}

// Deposits returns the queued deposits with places from first on, in order, up
// to the latest block: what the next batches have to credit, if first is
// [Rollup.DepositsProcessed].
func (r *Rollup) Deposits(ctx context.Context, first uint64) ([]protocol.Deposit, error) {
	events, err := bind.FilterEvents(r.bound, &bind.FilterOpts{Context: ctx}, r.contract.UnpackDepositedEvent)
	if err != nil {
		return nil, fmt.Errorf("read deposits of rollup %s: %w", r.address, err)
	}
	defer events.Close()
	var deposits []protocol.Deposit
	next := first
	for events.Next() {
		e := events.Value()
		if e.Index < first {
			continue
		}
		if e.Index != next {
			return nil, fmt.Errorf("read deposits of rollup %s: the node returned deposit %d where %d comes next", r.address, e.Index, next)
		}
		d, err := decodeDeposit(e)
		if err != nil {
			return nil, fmt.Errorf("read deposit %d of rollup %s: %w", e.Index, r.address, err)
		}
		deposits = append(deposits, d)
		next++
	}
	if err := events.Error(); err != nil {
		return nil, fmt.Errorf("read deposits of rollup %s: %w", r.address, err)
	}
	return deposits, nil
}

// decodeDeposit reads an event as a deposit.
func decodeDeposit(e *bindings.RollupDeposited) (d protocol.Deposit, err error) {
	if d.Key.X, err = toElement(e.KeyX); err != nil {
		return d, err
	}
	if d.Key.Y, err = toElement(e.KeyY); err != nil {
		return d, err
	}
	d.Owner, d.Token = protocol.Owner(e.Owner), protocol.Token(e.Token)
	amount, overflow := uint256.FromBig(e.Amount)
	if overflow { // the ABI has 128 bits for it
		return d, fmt.Errorf("amount %v is too large", e.Amount)
	}
	d.Amount = *amount
	return d, nil
}
