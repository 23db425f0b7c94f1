package l1submit

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// Rollup is one deployment of the rollup contract. It is safe for concurrent
// use.
//
// Everything that changes layer 1 is there twice: FooCall packs the call of foo,
// for whoever sends it in their own way; Foo sends it with a [Transactor] and
// returns the receipt, and what the contract said in its events.
type Rollup struct {
	chain    *Chain
	address  common.Address
	deployed uint64
	contract *bindings.Rollup
	bound    *bind.BoundContract
	block    bind.CallOpts // the block that is read; its Context is not used
}

// OpenRollup returns the rollup at an address, deployed in this block or later:
// no logs are looked for before it. [FindDeployment] finds the block where it is
// not known. Nothing is asked of the chain.
func OpenRollup(chain *Chain, address common.Address, deployed uint64) *Rollup {
	contract := bindings.NewRollup()
	return &Rollup{
		chain: chain, address: address, deployed: deployed,
		contract: contract, bound: contract.Instance(chain.client, address),
	}
}

// Address returns the contract's address.
func (r *Rollup) Address() common.Address { return r.address }

// Chain returns the chain that the rollup is on.
func (r *Rollup) Chain() *Chain { return r.chain }

// Deployed returns the block from which on logs are looked for.
func (r *Rollup) Deployed() uint64 { return r.deployed }

// At returns the rollup as it was after the block with this number, or one of
// package rpc's names for a block, such as rpc.FinalizedBlockNumber. It concerns
// what is read. Nodes forget old states, most after 128 blocks.
func (r *Rollup) At(number *big.Int) *Rollup {
	at := *r
	at.block = bind.CallOpts{BlockNumber: number}
	return &at
}

// AtBlock is [Rollup.At] for the block with this hash, which a reorganization
// cannot exchange for another.
func (r *Rollup) AtBlock(hash common.Hash) *Rollup {
	at := *r
	at.block = bind.CallOpts{BlockHash: hash}
	return &at
}

// ErrNotRollup says that a contract answered, or said in an event, what no
// rollup of this package says. Its address is wrong.
var ErrNotRollup = errors.New("not a rollup contract of this version")

// ErrElementRange says that layer 1 returned a number that is not below the
// scalar field's order: the contract is not a rollup of this package.
var ErrElementRange = fmt.Errorf("%w: number is not a field element", ErrNotRollup)

// call makes a call of the contract out of what a Pack method returned.
func (r *Rollup) call(data []byte, err error) (Call, error) {
	if err != nil {
		return Call{}, fmt.Errorf("pack call: %w", err)
	}
	return Call{To: &r.address, Data: data}, nil
}

// withSlack adds slack to what call returned.
func withSlack(slack uint64) func(Call, error) (Call, error) {
	return func(c Call, err error) (Call, error) {
		c.Slack = slack
		return c, err
	}
}

// send sends what a FooCall method returned; what names it in errors.
func send(ctx context.Context, tx Transactor, what string) func(Call, error) (*types.Receipt, error) {
	return func(call Call, err error) (*types.Receipt, error) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		receipt, err := tx.Send(ctx, call)
		if err != nil {
			return receipt, fmt.Errorf("%s: %w", what, err)
		}
		return receipt, nil
	}
}

// eventOf returns the first event of a type that the rollup emitted in a
// transaction.
func eventOf[T Event](r *Rollup, receipt *types.Receipt) (event T, err error) {
	for _, l := range receipt.Logs {
		if l.Address != r.address {
			continue
		}
		e, err := r.DecodeEvent(l)
		if err != nil {
			return event, err
		}
		if event, ok := e.(T); ok {
			return event, nil
		}
	}
	return event, fmt.Errorf("%w: transaction %s to %s has no %T event", ErrNotRollup, receipt.TxHash, r.address, event)
}

// toElement refuses what is not below the field's order, instead of reducing it.
func toElement(n *big.Int) (e fr.Element, err error) {
	if n.Sign() < 0 || n.Cmp(fr.Modulus()) >= 0 {
		return e, fmt.Errorf("%w: %v", ErrElementRange, n)
	}
	e.SetBigInt(n)
	return e, nil
}

// toAmount refuses what is not below 2^128. Where the contract's type is
// uint128, nothing else comes through its ABI.
func toAmount(n *big.Int) (protocol.Amount, error) {
	x, overflow := uint256.FromBig(n)
	if overflow || n.Sign() < 0 || x.BitLen() > protocol.BalanceBits {
		return protocol.Amount{}, fmt.Errorf("%w: amount %v is not below 2^128", ErrNotRollup, n)
	}
	return *x, nil
}

// elementInt returns an element as the bindings take it.
func elementInt(e fr.Element) *big.Int { return e.BigInt(new(big.Int)) }
