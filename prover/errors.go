package prover

import "errors"

// Errors that a caller may have to react to. They are wrapped with the file or
// the figure concerned and, where there is something to do, what to do.
var (
	// ErrKeysNotFound means that the store has no keys for the circuit asked
	// for: run setup.
	ErrKeysNotFound = errors.New("prover: no keys")

	// ErrKeysDamaged means that a file of the store is missing, cut short or not
	// what its manifest says. The keys must be made or fetched again.
	ErrKeysDamaged = errors.New("prover: keys damaged")

	// ErrKeysForeign means that the keys are whole but belong to another circuit,
	// curve or format version than the one asked for.
	ErrKeysForeign = errors.New("prover: keys belong to something else")

	// ErrCircuitForm means that a constraint system is not one that the layer-1
	// verifier can accept proofs of: BN254, R1CS, three public inputs and exactly
	// one commitment.
	ErrCircuitForm = errors.New("prover: circuit does not fit the layer-1 verifier")

	// ErrUnsatisfied means that the assignment does not satisfy the constraint
	// system: the batch that it came from is not valid, or was not built for this
	// circuit.
	ErrUnsatisfied = errors.New("prover: the assignment does not satisfy the circuit")

	// ErrInvalidProof means that the verifying key does not accept a proof.
	ErrInvalidProof = errors.New("prover: invalid proof")

	// ErrProofFormat means that bytes are not the written form of a proof.
	ErrProofFormat = errors.New("prover: not a proof file")

	// ErrOverBudget means that a single proof needs more memory than the pool may
	// use in all, so that waiting would not help.
	ErrOverBudget = errors.New("prover: proof exceeds the memory budget")
)
