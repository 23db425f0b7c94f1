// Package compile turns a circuit into the one kind of constraint system that
// Quire proves: what every circuit of layer 1 has in common.
package compile

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits/orient"
)

// compressThreshold is the number of terms above which gnark replaces a linear
// expression by a wire: its default. A lower one means fewer non-zeros for a few
// more constraints (docs/shapes.md).
const compressThreshold = 300

// PublicInputs is how many public inputs a circuit has: D, z and y.
const PublicInputs = 3

// ErrCommitments is returned when a circuit does not have exactly one BSB22
// commitment: the verifier contract supports one, and soundness wants all sums
// under it.
var ErrCommitments = errors.New("the circuit must have exactly one BSB22 commitment")

// Circuit compiles a circuit to an R1CS over BN254, its factors in the matrices
// where they are cheapest to prove. It fails unless that has
// [PublicInputs] public inputs and one commitment, or with [ErrCommitments].
func Circuit(c frontend.Circuit) (*csbn254.R1CS, error) {
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, c, frontend.WithCompressThreshold(compressThreshold))
	if err != nil {
		return nil, err
	}
	system, ok := ccs.(*csbn254.R1CS)
	if !ok {
		return nil, fmt.Errorf("unexpected constraint system %T", ccs)
	}
	orient.Factors(system)
	commitments, ok := ccs.GetCommitments().(constraint.Groth16Commitments)
	if !ok || len(commitments) != 1 {
		return nil, fmt.Errorf("%w, not %d", ErrCommitments, len(commitments))
	}
	// The wire of the constant 1 counts as a public variable.
	if n := ccs.GetNbPublicVariables() - 1; n != PublicInputs {
		return nil, fmt.Errorf("%d public inputs, want %d", n, PublicInputs)
	}
	return system, nil
}
