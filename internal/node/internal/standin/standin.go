// Package standin proves batches for tests of a node, in milliseconds: with a
// statement of the form of the batch circuits that is true of every (D, z, y). Layer
// 1 sees no difference. Everything but the proof is real: a batch that is not valid
// gets none.
package standin

import (
	"context"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/solidity"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// Circuit states that the prover knows X = D·Z + Y.
type Circuit struct {
	D, Z, Y frontend.Variable `gnark:",public"`
	X       frontend.Variable
}

// Define commits to X, so that the key has a commitment, and uses it, so that no
// point of the key is at infinity.
func (c *Circuit) Define(api frontend.API) error {
	committer, ok := api.(frontend.Committer)
	if !ok {
		return fmt.Errorf("standin: %T cannot commit", api)
	}
	commitment, err := committer.Commit(c.X)
	if err != nil {
		return fmt.Errorf("standin: commit: %w", err)
	}
	api.AssertIsDifferent(commitment, c.X)
	api.AssertIsEqual(api.Add(api.Mul(c.D, c.Z), c.Y), c.X)
	return nil
}

// Prover has a pair of keys.
type Prover struct {
	system    constraint.ConstraintSystem
	proving   groth16.ProvingKey
	Verifying groth16.VerifyingKey
}

var _ aggregator.Prover = (*Prover)(nil)

// New returns a prover with new keys.
func New() (*Prover, error) {
	p := new(Prover)
	var err error
	if p.system, err = frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &Circuit{}); err != nil {
		return nil, fmt.Errorf("standin: compile: %w", err)
	}
	if p.proving, p.Verifying, err = groth16.Setup(p.system); err != nil {
		return nil, fmt.Errorf("standin: setup: %w", err)
	}
	return p, nil
}

// Calldata returns a proof of a statement as layer 1 takes it.
func (p *Prover) Calldata(st protocol.Statement) ([]byte, error) {
	var x fr.Element
	x.Mul(&st.D, &st.Z).Add(&x, &st.Y)
	w, err := frontend.NewWitness(&Circuit{D: st.D, Z: st.Z, Y: st.Y, X: x}, ecc.BN254.ScalarField())
	if err != nil {
		return nil, fmt.Errorf("standin: witness: %w", err)
	}
	proof, err := groth16.Prove(p.system, p.proving, w, solidity.WithProverTargetSolidityVerifier(backend.GROTH16))
	if err != nil {
		return nil, fmt.Errorf("standin: prove: %w", err)
	}
	marshaler, ok := proof.(interface{ MarshalSolidity() []byte })
	if !ok {
		return nil, fmt.Errorf("standin: %T has no encoding for Solidity", proof)
	}
	return marshaler.MarshalSolidity(), nil
}

// Witness implements [aggregator.Prover].
func (p *Prover) Witness(_ context.Context, c aggregator.Circuit, sealed *witness.Sealed) (*aggregator.Witnessed, error) {
	built, err := witness.Build(sealed, c.Verifier)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", aggregator.ErrBatchInvalid, err)
	}
	return &aggregator.Witnessed{
		Old: built.Published.Old, New: built.Published.New, Root: built.NewRoot,
		Statement: built.Statement, Published: built.Published.Bytes(),
	}, nil
}

// Prove implements [aggregator.Prover].
func (p *Prover) Prove(ctx context.Context, c aggregator.Circuit, sealed *witness.Sealed) (*aggregator.Proof, error) {
	w, err := p.Witness(ctx, c, sealed)
	if err != nil {
		return nil, err
	}
	calldata, err := p.Calldata(w.Statement)
	if err != nil {
		return nil, err
	}
	return &aggregator.Proof{Calldata: calldata, File: []byte(`{"standin":true}`)}, nil
}
