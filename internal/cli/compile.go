package cli

import (
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// compile compiles the batch circuit of a shape for the prover.
func compile(shape protocol.Shape) (*prover.Circuit, error) {
	ccs, err := batch.Compile(shape)
	if err != nil {
		return nil, err
	}
	return prover.NewCircuit(shape, ccs)
}
