// Package pinned says which keys a batch circuit wants without compiling it: the
// program carries the digests of what its shapes compile to.
package pinned

import (
	"context"
	"fmt"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/internal/interrupt"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// Digest returns the digest of the constraint system that a shape compiles to.
// For the shapes of package circuits it is at hand; what else there may be is
// compiled, which cannot be stopped: when ctx ends, Digest returns, and the
// compiler ends with the process.
//
// Keys that are loaded for the digest have that constraint system, whatever the
// directory's owner made of it: the prover compares. That the digest is that of
// this program's circuit is what internal/bench's TestPinnedShapes compiles for.
// Who makes keys compiles for themselves.
func Digest(ctx context.Context, shape protocol.Shape) (prover.Digest, error) {
	if known, err := circuits.ShapeByName(shape.Name); err == nil && known == shape {
		if text, ok := circuits.Digest(shape.Name); ok {
			digest, err := prover.ParseDigest(text)
			if err != nil {
				return prover.Digest{}, fmt.Errorf("pinned digest of shape %s: %w", shape.Name, err)
			}
			return digest, nil
		}
	}
	circuit, err := Compile(ctx, shape)
	if err != nil {
		return prover.Digest{}, err
	}
	return circuit.Digest(), nil
}

// Compile compiles a shape's circuit for the prover. When ctx ends it returns, as
// [Digest] does.
func Compile(ctx context.Context, shape protocol.Shape) (*prover.Circuit, error) {
	return interrupt.Do(ctx, func() (*prover.Circuit, error) {
		ccs, err := batch.Compile(shape)
		if err != nil {
			return nil, err
		}
		return prover.NewCircuit(prover.BatchDesign(shape), ccs)
	})
}
