package batch

import (
	"fmt"

	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"

	"github.com/quirezk/quire/circuits/internal/compile"
	"github.com/quirezk/quire/protocol"
)

// PublicInputs is how many public inputs the circuit has: D, z and y.
const PublicInputs = compile.PublicInputs

// ErrCommitments is returned when a circuit does not have exactly one BSB22
// commitment: the verifier contract supports one, and soundness wants all sums
// under it.
var ErrCommitments = compile.ErrCommitments

// Compile compiles the batch circuit of a shape.
func Compile(shape protocol.Shape) (constraint.ConstraintSystem, error) {
	system, err := compileCircuit(New(shape))
	if err != nil {
		return nil, err // and not a nil system in an interface
	}
	return system, nil
}

func compileCircuit(c *Circuit) (*csbn254.R1CS, error) {
	system, err := compile.Circuit(c)
	if err != nil {
		return nil, fmt.Errorf("compile shape %q: %w", c.shape.Name, err)
	}
	return system, nil
}
