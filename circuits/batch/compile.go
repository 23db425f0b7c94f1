package batch

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits/orient"
	"github.com/quirezk/quire/protocol"
)

// compressThreshold is the number of terms above which gnark replaces a linear
// expression by a wire: its default. A lower one means fewer non-zeros for a few
// more constraints (docs/shapes.md).
const compressThreshold = 300

// PublicInputs is how many public inputs the circuit has: D, z and y.
const PublicInputs = 3

// ErrCommitments is returned when a circuit does not have exactly one BSB22
// commitment: the verifier contract supports one, and soundness wants all sums
// under it.
var ErrCommitments = errors.New("the circuit must have exactly one BSB22 commitment")

// Compile compiles the batch circuit of a shape.
func Compile(shape protocol.Shape) (constraint.ConstraintSystem, error) {
	system, err := compile(New(shape))
	if err != nil {
		return nil, err // and not a nil system in an interface
	}
	return system, nil
}

func compile(c *Circuit) (*csbn254.R1CS, error) {
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, c, frontend.WithCompressThreshold(compressThreshold))
	if err != nil {
		return nil, fmt.Errorf("compile shape %q: %w", c.shape.Name, err)
	}
	system, ok := ccs.(*csbn254.R1CS)
	if !ok {
		return nil, fmt.Errorf("compile shape %q: unexpected constraint system %T", c.shape.Name, ccs)
	}
	orient.Factors(system)
	commitments, ok := ccs.GetCommitments().(constraint.Groth16Commitments)
	if !ok || len(commitments) != 1 {
		return nil, fmt.Errorf("compile shape %q: %w, not %d", c.shape.Name, ErrCommitments, len(commitments))
	}
	// The wire of the constant 1 counts as a public variable.
	if n := ccs.GetNbPublicVariables() - 1; n != PublicInputs {
		return nil, fmt.Errorf("compile shape %q: %d public inputs, want %d", c.shape.Name, n, PublicInputs)
	}
	return system, nil
}
