package cli

import (
	"context"
	"fmt"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
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

// compile compiles the batch circuit of a shape for the prover.
func compile(ctx context.Context, shape protocol.Shape) (*prover.Circuit, error) {
	return interruptible(ctx, func() (*prover.Circuit, error) {
		ccs, err := batch.Compile(shape)
		if err != nil {
			return nil, err
		}
		return prover.NewCircuit(prover.BatchDesign(shape), ccs)
	})
}

// interruptible runs work that knows no context, and stops waiting for it when
// the context is done. The work itself ends with the process, so it must have no
// effect but its result.
func interruptible[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := work()
		done <- result{value, err}
	}()
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case r := <-done:
		return r.value, r.err
	}
}
