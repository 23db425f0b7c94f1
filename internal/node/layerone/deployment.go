package layerone

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// DevelopmentChainID is the ID of the chains that package devnet starts: nothing is
// at stake there.
const DevelopmentChainID = 1337

// Key is a verifying key that this node proves with.
type Key struct {
	Shape     protocol.Shape
	Verifying groth16.VerifyingKey
	// Development says that whoever made the key can forge proofs.
	Development bool
}

// Target says which rollup a node is to run.
type Target struct {
	Contract common.Address
	// ChainID is the ID of the chain that the node has to be of; nil is any.
	ChainID *big.Int
	// Deployed is the block of the contract's deployment, or one before it; nil lets
	// it be found, which takes an archive node.
	Deployed *uint64
	// Operator is whose signature the node's transactions have.
	Operator common.Address
	// Keys are those of the circuits that batches are to be proven with, the
	// cheapest first.
	Keys []Key
	// DevelopmentChains are chains, besides [DevelopmentChainID], on which keys may
	// be used that proofs can be forged with.
	DevelopmentChains []uint64
}

// Deployment is a rollup that a node can run.
type Deployment struct {
	Rollup   *l1submit.Rollup
	RollupID fr.Element
	Times    l1submit.Times
	// Block is the newest one when it was looked at.
	Block uint64
	// Circuits are those of the target's keys, in their order.
	Circuits []aggregator.Circuit
	// Development says that proofs can be forged.
	Development bool
}

// Open looks whether a rollup is there and is what the target says. Of all that is
// wrong with it the error says everything, and wraps [ErrDeployment]; errors of a
// node that does not answer, or of a contract that is no rollup, are those of
// [exits.Open].
func Open(ctx context.Context, client exits.Client, target Target) (*Deployment, error) {
	session, err := exits.Open(ctx, client, exits.Target{Contract: target.Contract, ChainID: target.ChainID, Deployed: target.Deployed})
	switch {
	case errors.Is(err, exits.ErrChain):
		return nil, fmt.Errorf("%w: %w", ErrChain, err)
	case err != nil:
		return nil, err
	}
	d := &Deployment{RollupID: session.RollupID()}
	if d.Rollup, err = session.Events(ctx); err != nil {
		return nil, err
	}
	if d.Times, err = d.Rollup.Times(ctx); err != nil {
		return nil, err
	}
	head, err := client.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: read the newest block: %w", exits.ErrNode, err)
	}
	d.Block = head.Number.Uint64()
	faults, err := d.check(ctx, &target)
	if err != nil {
		return nil, fmt.Errorf("check the rollup %s: %w", target.Contract, err)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w %s: %w", ErrDeployment, target.Contract, errors.Join(faults...))
	}
	return d, nil
}

// check returns all that keeps the node from running the rollup. err is for what
// could not be asked.
func (d *Deployment) check(ctx context.Context, target *Target) (faults []error, err error) {
	operator, err := d.Rollup.Operator(ctx)
	if err != nil {
		return nil, err
	}
	if operator != target.Operator {
		faults = append(faults, fmt.Errorf("its operator is %s, and transactions are signed by %s: use the operator's key, or have the governor name this account (setOperator)", operator, target.Operator))
	}
	frozen, err := d.Rollup.IsFrozen(ctx)
	if err != nil {
		return nil, err
	}
	if frozen {
		faults = append(faults, errors.New("it is frozen: nothing can be settled any more, and its users leave with quire exit"))
	}
	if d.Development, err = d.Rollup.DevelopmentKeys(ctx); err != nil {
		return nil, err
	}
	for _, key := range target.Keys {
		d.Development = d.Development || key.Development
		circuit, err := d.circuit(ctx, &key)
		switch {
		case errors.Is(err, l1submit.ErrNoCircuit), errors.Is(err, l1submit.ErrNotVerifier):
			faults = append(faults, fmt.Errorf("shape %s: %w", key.Shape.Name, err))
		case err != nil:
			return nil, err
		default:
			d.Circuits = append(d.Circuits, circuit)
		}
	}
	chain := d.Rollup.Chain().ChainID()
	allowed := chain.IsUint64() && (chain.Uint64() == DevelopmentChainID || slices.Contains(target.DevelopmentChains, chain.Uint64()))
	if d.Development && !allowed {
		faults = append(faults, fmt.Errorf("%w; chain %v is not one where nothing is at stake", ErrDevelopmentKeys, chain))
	}
	return faults, nil
}

// circuit finds the contract's circuit of a key.
func (d *Deployment) circuit(ctx context.Context, key *Key) (aggregator.Circuit, error) {
	index, verifier, err := d.Rollup.FindCircuit(ctx, key.Shape)
	if err != nil {
		return aggregator.Circuit{}, err
	}
	if err := l1submit.CheckVerifier(ctx, d.Rollup.Chain(), verifier, key.Verifying); err != nil {
		return aggregator.Circuit{}, fmt.Errorf("circuit %d: %w: the keys in the store are not those that the contract was deployed with", index, err)
	}
	return aggregator.Circuit{Index: index, Shape: key.Shape, Verifier: verifier}, nil
}
