package cli

import (
	"context"
	"fmt"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/internal/interrupt"
	"github.com/quirezk/quire/internal/pinned"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// shapeByName looks up the shape that a flag names.
func shapeByName(name string) (protocol.Shape, error) {
	shape, err := circuits.ShapeByName(name)
	if err != nil {
		return protocol.Shape{}, usageError(fmt.Errorf("--shape: %w", err))
	}
	return shape, nil
}

// compileNamed compiles the circuit that a flag names: a shape's, or the exit
// circuit.
func compileNamed(ctx context.Context, name string) (*prover.Circuit, error) {
	if name == exit.Name {
		return exits.Compile(ctx)
	}
	shape, err := namedShape(name)
	if err != nil {
		return nil, err
	}
	return pinned.Compile(ctx, shape)
}

// keysOf says which keys the circuit that a flag names wants.
func keysOf(ctx context.Context, name string) (prover.Design, prover.Digest, error) {
	if name == exit.Name {
		circuit, err := exits.Compile(ctx)
		if err != nil {
			return prover.Design{}, prover.Digest{}, err
		}
		return circuit.Design(), circuit.Digest(), nil
	}
	shape, err := namedShape(name)
	if err != nil {
		return prover.Design{}, prover.Digest{}, err
	}
	digest, err := pinned.Digest(ctx, shape)
	return prover.BatchDesign(shape), digest, err
}

// namedShape looks up a shape where a flag may also name the exit circuit.
func namedShape(name string) (protocol.Shape, error) {
	shape, err := circuits.ShapeByName(name)
	if err != nil {
		return protocol.Shape{}, usageError(fmt.Errorf("--shape: %w, and %s", err, exit.Name))
	}
	return shape, nil
}

// measure compiles the batch circuit of a shape for the prover, and counts its
// constraints by section.
func measure(ctx context.Context, shape protocol.Shape) (*prover.Circuit, *batch.Stats, error) {
	var stats *batch.Stats
	circuit, err := interrupt.Do(ctx, func() (*prover.Circuit, error) {
		ccs, s, err := batch.Measure(shape)
		if err != nil {
			return nil, err
		}
		stats = s
		return prover.NewCircuit(prover.BatchDesign(shape), ccs)
	})
	if err != nil {
		return nil, nil, err // stats may still be written to
	}
	return circuit, stats, nil
}
