package l1submit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// Circuit is a circuit whose proofs a rollup accepts: its shape, and the
// deployed verifier that has its key.
type Circuit struct {
	Verifier common.Address
	Shape    protocol.Shape
}

// RollupConfig is what a rollup is deployed with. None of it can be changed
// later.
type RollupConfig struct {
	// Circuits that batches are proven with, named by their place here.
	Circuits []Circuit
	// Operator submits batches.
	Operator common.Address
	// DevelopmentKeys says that a verifying key came from a development setup.
	DevelopmentKeys bool
}

// ErrShapeTooLarge says that a shape's capacity is above the 16 bits that the
// contract has for it.
var ErrShapeTooLarge = errors.New("shape is too large for the rollup contract")

// ErrElementRange says that layer 1 returned a number that is not below the
// scalar field's order: the contract is not a rollup of this package.
var ErrElementRange = errors.New("number from layer 1 is not a field element")

// Rollup is one deployment of the rollup contract. It is safe for concurrent
// use.
type Rollup struct {
	chain    *Chain
	address  common.Address
	contract *bindings.Rollup
	bound    *bind.BoundContract
}

// DeployRollup deploys a rollup, whose state is then its genesis. It does not
// look at the verifiers: see [CheckVerifier].
func DeployRollup(ctx context.Context, chain *Chain, from *Account, config RollupConfig) (*Rollup, *types.Receipt, error) {
	circuits := make([]bindings.IRollupCircuit, len(config.Circuits))
	for i, c := range config.Circuits {
		var err error
		if circuits[i], err = encodeCircuit(c); err != nil {
			return nil, nil, fmt.Errorf("deploy rollup: circuit %d: %w", i, err)
		}
	}
	arguments := bindings.NewRollup().PackConstructor(circuits, config.Operator, config.DevelopmentKeys)
	address, receipt, err := chain.deploy(ctx, from, rollupArtifact().Bytecode, arguments)
	if err != nil {
		return nil, receipt, fmt.Errorf("deploy rollup: %w", err)
	}
	return OpenRollup(chain, address), receipt, nil
}

// encodeCircuit writes a circuit as the contract's constructor takes it.
func encodeCircuit(c Circuit) (out bindings.IRollupCircuit, err error) {
	if err := c.Shape.Validate(); err != nil {
		return out, err
	}
	for _, capacity := range []struct {
		from int
		to   *uint16
	}{
		{c.Shape.Openings, &out.Openings}, {c.Shape.LayerOne, &out.LayerOne},
		{c.Shape.FeeAccounts, &out.FeeAccounts}, {c.Shape.Exits, &out.Exits},
		{c.Shape.Transfers, &out.Transfers},
	} {
		if capacity.from > math.MaxUint16 {
			return out, fmt.Errorf("%w: shape %q has a capacity of %d, above %d", ErrShapeTooLarge, c.Shape.Name, capacity.from, math.MaxUint16)
		}
		*capacity.to = uint16(capacity.from)
	}
	id := c.Shape.ID()
	out.Verifier, out.ShapeID = c.Verifier, id.BigInt(new(big.Int))
	return out, nil
}

// OpenRollup returns the rollup at an address. Nothing is asked of the chain.
func OpenRollup(chain *Chain, address common.Address) *Rollup {
	contract := bindings.NewRollup()
	return &Rollup{chain: chain, address: address, contract: contract, bound: contract.Instance(chain.client, address)}
}

// Address returns the contract's address.
func (r *Rollup) Address() common.Address { return r.address }

// Deposit queues a deposit of ether for an account with this key and owner. The
// amount, in wei, leaves from's balance. It returns the deposit's place in the
// queue.
func (r *Rollup) Deposit(ctx context.Context, from *Account, key protocol.PublicKey, owner protocol.Owner, amount *protocol.Amount) (
	uint64, *types.Receipt, error) {
	x, y := key.X.BigInt(new(big.Int)), key.Y.BigInt(new(big.Int))
	call, err := r.contract.TryPackDeposit(x, y, common.Address(owner))
	if err != nil {
		return 0, nil, fmt.Errorf("pack call of deposit: %w", err)
	}
	receipt, err := r.transact(ctx, from, amount.ToBig(), call)
	if err != nil {
		return 0, receipt, fmt.Errorf("deposit: %w", err)
	}
	for _, l := range receipt.Logs {
		if event, err := r.contract.UnpackDepositedEvent(l); err == nil {
			return event.Index, receipt, nil
		}
	}
	return 0, receipt, fmt.Errorf("deposit: transaction %s has no event: %s is not a rollup", receipt.TxHash, r.address)
}

// AcceptBatch submits a batch: its published bytes, the digest D over them, and
// the proof for the circuit with this index. from has to be the operator. The
// receipt has the gas that it cost.
func (r *Rollup) AcceptBatch(ctx context.Context, from *Account, circuit int, published []byte, digest fr.Element, proof []byte) (
	*types.Receipt, error) {
	words, err := splitProof(proof)
	if err != nil {
		return nil, fmt.Errorf("submit batch: %w", err)
	}
	call, err := r.contract.TryPackAcceptBatch(big.NewInt(int64(circuit)), published, digest.BigInt(new(big.Int)), words)
	if err != nil {
		return nil, fmt.Errorf("pack call of acceptBatch: %w", err)
	}
	receipt, err := r.transact(ctx, from, nil, call)
	if err != nil {
		return receipt, fmt.Errorf("submit batch: %w", err)
	}
	return receipt, nil
}

// Claim pays an owner the exits of a token that are credited to them. Anybody
// may pay for the transaction.
func (r *Rollup) Claim(ctx context.Context, from *Account, token protocol.Token, owner protocol.Owner) (*types.Receipt, error) {
	call, err := r.contract.TryPackClaim(uint32(token), common.Address(owner))
	if err != nil {
		return nil, fmt.Errorf("pack call of claim: %w", err)
	}
	receipt, err := r.transact(ctx, from, nil, call)
	if err != nil {
		return receipt, fmt.Errorf("claim: %w", err)
	}
	return receipt, nil
}

// transact calls the contract in a transaction.
func (r *Rollup) transact(ctx context.Context, from *Account, value *big.Int, call []byte) (*types.Receipt, error) {
	return r.chain.transact(ctx, from, value, func(opts *bind.TransactOpts) (*types.Transaction, error) {
		return bind.Transact(r.bound, opts, call)
	})
}
