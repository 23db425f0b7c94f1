package batch

import (
	"fmt"

	"github.com/consensys/gnark/constraint"

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
	return compileCircuit(New(shape))
}

func compileCircuit(c *Circuit) (constraint.ConstraintSystem, error) {
	ccs, err := compile.Circuit(c)
	if err != nil {
		return nil, fmt.Errorf("compile shape %q: %w", c.shape.Name, err)
	}
	return ccs, nil
}
