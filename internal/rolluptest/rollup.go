// Package rolluptest plays a rollup for tests: it deploys one on a development
// chain, and is its operator, with real circuits, keys and proofs, and a state of
// its own. Tests of the commands and of what stands behind them use it.
package rolluptest

import (
	"context"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// shapeName is the smallest shape: what is proven here is little.
const shapeName = "tiny"

// Rollup is a deployed rollup with its operator.
type Rollup struct {
	*l1submit.Rollup
	ID       fr.Element
	Operator *l1submit.Sender

	shape    protocol.Shape
	keys     *prover.Keys
	verifier common.Address
	tree     *statetree.Tree
}

// Deploy deploys a rollup, whose operator and governor is the sender. Keys come
// from the store, and are made there first if it has none. edit, unless nil,
// changes the configuration. Close the result.
func Deploy(ctx context.Context, operator *l1submit.Sender, chain *l1submit.Chain, store *prover.Store, edit func(*l1submit.RollupConfig)) (*Rollup, error) {
	r := &Rollup{Operator: operator, tree: statetree.OpenMemory()}
	if err := r.deploy(ctx, chain, store, edit); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Rollup) deploy(ctx context.Context, chain *l1submit.Chain, store *prover.Store, edit func(*l1submit.RollupConfig)) (err error) {
	if r.shape, err = circuits.ShapeByName(shapeName); err != nil {
		return err
	}
	ccs, err := batch.Compile(r.shape)
	if err != nil {
		return err
	}
	circuit, err := prover.NewCircuit(prover.BatchDesign(r.shape), ccs)
	if err != nil {
		return err
	}
	if r.keys, err = store.Setup(ctx, circuit, prover.SetupOptions{}); err != nil {
		return err
	}
	exitCircuit, err := exits.Compile(ctx)
	if err != nil {
		return err
	}
	exitKeys, err := store.Setup(ctx, exitCircuit, prover.SetupOptions{})
	if err != nil {
		return err
	}
	config := l1submit.DefaultRollupConfig()
	config.Operator, config.Governor, config.DevelopmentKeys = r.Operator.Address(), r.Operator.Address(), true
	if r.verifier, _, err = l1submit.DeployVerifier(ctx, chain, r.Operator, r.keys.VerifyingKey().Groth16()); err != nil {
		return err
	}
	if config.ExitVerifier, _, err = l1submit.DeployVerifier(ctx, chain, r.Operator, exitKeys.VerifyingKey().Groth16()); err != nil {
		return err
	}
	config.Circuits = []l1submit.Circuit{{Verifier: r.verifier, Shape: r.shape}}
	if edit != nil {
		edit(&config)
	}
	if r.Rollup, _, err = l1submit.DeployRollup(ctx, chain, r.Operator, config); err != nil {
		return err
	}
	r.ID, err = r.RollupID(ctx)
	return err
}

// Close frees the operator's state.
func (r *Rollup) Close() error { return r.tree.Close() }

// State returns the operator's state, of the last settled batch. Close it.
func (r *Rollup) State() (*statetree.Snapshot, error) { return r.tree.Snapshot() }

// Settle makes the next batch of what the function puts into it, proves it, and
// has layer 1 accept it. Deposits and forced exits have to be the next of their
// lanes.
func (r *Rollup) Settle(ctx context.Context, fill func(*protocol.Batch) error) error {
	lanes, err := r.ReadLanes(ctx, nil)
	if err != nil {
		return err
	}
	finalized := lanes.Finalized()
	b := &protocol.Batch{RollupID: r.ID, Number: finalized.Number + 1}
	if err := fill(b); err != nil {
		return err
	}
	snapshot, err := r.tree.Snapshot()
	if err != nil {
		return err
	}
	sealed, err := witness.Seal(witness.FromSnapshot(snapshot), r.shape, b)
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return err
	}
	built, err := witness.Build(sealed, r.verifier)
	if err != nil {
		return err
	}
	published := built.Published.Bytes()
	proof, err := prover.Prove(ctx, r.keys, prover.Job{Assignment: built.Assignment, Published: published, Verifier: r.verifier}, nil)
	if err != nil {
		return err
	}
	commit := &l1submit.Commit{Digest: built.Statement.D, Data: published}
	if commit.Deposits, commit.Exits, err = lanes.Prove(built.Published, finalized.DepositsEnd, finalized.ExitsEnd); err != nil {
		return err
	}
	if _, _, err := r.CommitAndProveBatch(ctx, r.Operator, commit, proof.Calldata()); err != nil {
		return err
	}
	root, err := r.tree.Apply(ctx, b.Number, built.Updates(), nil)
	if err != nil {
		return err
	}
	if root != built.NewRoot {
		return fmt.Errorf("rolluptest: the state's root is %s after batch %d, the proof says %s", root.String(), b.Number, built.NewRoot.String())
	}
	return nil
}

// TakeQueue adds all that waits in the queue to a batch. Each deposit opens an
// account, at the next of the indices.
func (r *Rollup) TakeQueue(ctx context.Context, b *protocol.Batch, indices ...protocol.Index) error {
	lanes, err := r.ReadLanes(ctx, nil)
	if err != nil {
		return err
	}
	finalized := lanes.Finalized()
	for _, d := range lanes.Deposits[finalized.DepositsEnd:] {
		if len(indices) == 0 {
			return fmt.Errorf("rolluptest: no index for the deposit at position %d", d.Position)
		}
		b.Deposits = append(b.Deposits, protocol.CreditedDeposit{Deposit: d.Deposit, Index: indices[0], Opened: true})
		indices = indices[1:]
	}
	for _, e := range lanes.Requests[finalized.ExitsEnd:] {
		b.ForcedExits = append(b.ForcedExits, e.Request)
	}
	return nil
}
