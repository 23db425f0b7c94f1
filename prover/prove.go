package prover

import (
	"context"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/solidity"
	"github.com/consensys/gnark/backend/witness"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/rs/zerolog"
)

// Job is one proof to make.
type Job struct {
	// Assignment gives every public and secret input of the circuit a value.
	Assignment frontend.Circuit
	// Published is the published bytes that the assignment was built with. They
	// travel with the proof; the circuit sees them only through the statement.
	Published []byte
	// Verifier is the layer-1 address of the verifier contract that the challenge
	// z was computed for.
	Verifier [20]byte
}

// Prove makes one proof and verifies it. The stages solve, prove and verify are
// reported to o.
//
// An assignment that the circuit refuses is an [ErrUnsatisfied]. gnark's prover
// cannot be interrupted: when ctx is cancelled the call returns its error at
// once, while the computation, and the memory it holds, end in the background.
// [Pool.Prove] accounts for that.
func Prove(ctx context.Context, keys *Keys, job Job, o Observer) (*Proof, error) {
	return prove(ctx, keys, job, o, func() {})
}

// prove calls ended, once, when the computation is over and its memory free,
// which may be after it has returned.
func prove(ctx context.Context, keys *Keys, job Job, o Observer, ended func()) (*Proof, error) {
	if err := ctx.Err(); err != nil {
		ended()
		return nil, err
	}
	full, err := frontend.NewWitness(job.Assignment, ecc.BN254.ScalarField())
	if err != nil {
		ended()
		return nil, fmt.Errorf("prover: assignment: %w", err)
	}
	report := newReporter(o)
	defer report.close()

	type result struct {
		proof *Proof
		err   error
	}
	done := make(chan result, 1)
	go func() {
		defer ended()
		proof, err := compute(keys, full, job, report)
		done <- result{proof, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.proof, r.err
	}
}

// compute is a proof's work from witness to verified proof.
func compute(keys *Keys, full witness.Witness, job Job, report *reporter) (*Proof, error) {
	public, err := full.Public()
	if err != nil {
		return nil, fmt.Errorf("prover: public inputs: %w", err)
	}
	vector, ok := public.Vector().(fr.Vector)
	if !ok || len(vector) != PublicInputs {
		return nil, fmt.Errorf("%w: want %d public inputs over BN254, got %T of %d", ErrCircuitForm, PublicInputs, public.Vector(), len(vector))
	}

	report.begin(StageSolve, 0)
	system, logger := keys.circuit.forOneProof(func() { report.next(StageSolve, StageProve) })
	raw, err := groth16bn254.Prove(system, keys.proving, full, proverOptions(logger)...)
	if err != nil {
		return nil, solverError(err)
	}
	report.next(StageProve, StageVerify)
	proof := &Proof{
		Shape:     keys.circuit.design.Name,
		Circuit:   keys.circuit.digest,
		Verifier:  job.Verifier,
		Statement: Statement{D: vector[0], Z: vector[1], Y: vector[2]},
		Published: append([]byte(nil), job.Published...),
	}
	if err := proof.setPoints(raw); err != nil {
		return nil, err
	}
	// What is checked is the form that leaves, not gnark's own value: a fault in
	// the encoding shows here and not on layer 1.
	if err := keys.verify.Verify(proof); err != nil {
		return nil, fmt.Errorf("prover: a proof just made fails its own check: %w", err)
	}
	report.end()
	return proof, nil
}

// proverOptions make a proof that the layer-1 verifier accepts.
func proverOptions(logger zerolog.Logger) []backend.ProverOption {
	return []backend.ProverOption{
		solidity.WithProverTargetSolidityVerifier(backend.GROTH16),
		backend.WithSolverOptions(solver.WithLogger(logger)),
	}
}

// solverError tells a wrong assignment from a fault of the prover.
func solverError(err error) error {
	var unsatisfied *csbn254.UnsatisfiedConstraintError
	if errors.As(err, &unsatisfied) {
		return fmt.Errorf("%w: %w", ErrUnsatisfied, err)
	}
	return fmt.Errorf("prover: prove: %w", err)
}
