// Package proving makes the aggregator's proofs in this process.
//
// [Load] compiles the circuit of each shape and loads its keys, once. The proofs
// that are made side by side share a budget of memory.
package proving

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/internal/interrupt"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/witness"
)

// Options are the choices of [Load].
type Options struct {
	// Store has the keys.
	Store *prover.Store
	// Setup makes development keys where there are none. They are for chains on
	// which nothing is at stake.
	Setup bool
	// Memory is what proofs may use together, in bytes, beyond the keys. 0 is what
	// one proof of the largest shape takes: then one is made at a time.
	Memory int64
	// Observe is told of each stage of a proof that has ended; may be nil.
	Observe func(shape string, stage prover.Stage, took time.Duration)
	// Progress is told of stages of the loading; may be nil.
	Progress prover.Observer
	// Logger is told what happens. nil means [slog.Default].
	Logger *slog.Logger
}

// ErrUnknownShape: a batch is of a shape whose keys were not loaded.
var ErrUnknownShape = errors.New("no keys were loaded for the shape")

// Prover is an [aggregator.Prover] in this process.
type Prover struct {
	opts   Options
	shapes []protocol.Shape
	keys   map[protocol.Shape]*prover.Keys
	pool   *prover.Pool
}

var _ aggregator.Prover = (*Prover)(nil)

// Load compiles the circuits of shapes and loads their keys. Compiling cannot be
// stopped: when ctx ends, Load returns, and what runs ends with the process. Errors
// wrap [prover.ErrKeysNotFound], [prover.ErrKeysDamaged], [prover.ErrKeysForeign],
// or [prover.ErrOverBudget] where a single proof would exceed the memory.
func Load(ctx context.Context, shapes []protocol.Shape, opts Options) (*Prover, error) {
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	p := &Prover{opts: opts, shapes: shapes, keys: make(map[protocol.Shape]*prover.Keys)}
	var largest int64
	var faults []error
	for _, shape := range shapes {
		begun := time.Now()
		keys, err := p.load(ctx, shape)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			faults = append(faults, fmt.Errorf("keys of shape %s: %w", shape.Name, err))
			continue
		}
		p.keys[shape] = keys
		largest = max(largest, keys.ProofBytes())
		opts.Logger.Info("keys loaded", "shape", shape.Name, "constraints", keys.Circuit().Constraints(),
			"kind", keys.VerifyingKey().Kind(), "proofBytes", keys.ProofBytes(), "took", time.Since(begun).Round(time.Millisecond))
	}
	memory := opts.Memory
	if memory == 0 {
		memory = largest
	}
	if memory < largest {
		faults = append(faults, fmt.Errorf("%w: %d bytes are allowed, a proof of the largest shape takes %d", prover.ErrOverBudget, memory, largest))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	p.pool = prover.NewPool(memory)
	return p, nil
}

func (p *Prover) load(ctx context.Context, shape protocol.Shape) (*prover.Keys, error) {
	circuit, err := interrupt.Do(ctx, func() (*prover.Circuit, error) {
		ccs, err := batch.Compile(shape)
		if err != nil {
			return nil, err
		}
		return prover.NewCircuit(prover.BatchDesign(shape), ccs)
	})
	if err != nil {
		return nil, err
	}
	if p.opts.Setup {
		return p.opts.Store.Setup(ctx, circuit, prover.SetupOptions{Observer: p.opts.Progress})
	}
	return p.opts.Store.Load(ctx, circuit.Design(), circuit.Digest(), p.opts.Progress)
}

// Shapes returns the shapes whose keys were loaded, as [Load] was given them.
func (p *Prover) Shapes() []protocol.Shape { return p.shapes }

// VerifyingKey returns the key that proofs of a shape are checked with, nil for one
// that was not loaded.
func (p *Prover) VerifyingKey(shape protocol.Shape) *prover.VerifyingKey {
	keys, ok := p.keys[shape]
	if !ok {
		return nil
	}
	return keys.VerifyingKey()
}

// build makes the assignment of a sealed batch.
func (p *Prover) build(ctx context.Context, c aggregator.Circuit, sealed *witness.Sealed) (*witness.Built, error) {
	if sealed.Shape != c.Shape {
		return nil, fmt.Errorf("%w: it was sealed for shape %s, the circuit is of shape %s", aggregator.ErrBatchInvalid, sealed.Shape.Name, c.Shape.Name)
	}
	built, err := interrupt.Do(ctx, func() (*witness.Built, error) { return witness.Build(sealed, c.Verifier) })
	if err != nil && ctx.Err() == nil {
		// It depends on the batch alone, so it would fail again.
		err = fmt.Errorf("%w: %w", aggregator.ErrBatchInvalid, err)
	}
	return built, err
}

// Witness implements [aggregator.Prover].
func (p *Prover) Witness(ctx context.Context, c aggregator.Circuit, sealed *witness.Sealed) (*aggregator.Witnessed, error) {
	built, err := p.build(ctx, c, sealed)
	if err != nil {
		return nil, err
	}
	return &aggregator.Witnessed{
		Old: built.Published.Old, New: built.Published.New, Root: built.NewRoot,
		Statement: built.Statement, Published: built.Published.Bytes(),
	}, nil
}

// Prove implements [aggregator.Prover].
func (p *Prover) Prove(ctx context.Context, c aggregator.Circuit, sealed *witness.Sealed) (*aggregator.Proof, error) {
	keys, ok := p.keys[c.Shape]
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownShape, c.Shape.Name)
	}
	built, err := p.build(ctx, c, sealed)
	if err != nil {
		return nil, err
	}
	job := prover.Job{Assignment: built.Assignment, Published: built.Published.Bytes(), Verifier: c.Verifier}
	proof, err := p.pool.Prove(ctx, keys, job, func(event prover.Event) {
		if event.End && p.opts.Observe != nil {
			p.opts.Observe(c.Shape.Name, event.Stage, event.Elapsed)
		}
	})
	if errors.Is(err, prover.ErrUnsatisfied) {
		return nil, fmt.Errorf("%w: %w", aggregator.ErrBatchInvalid, err)
	}
	if err != nil {
		return nil, err
	}
	file, err := proof.Encode()
	if err != nil {
		return nil, err
	}
	return &aggregator.Proof{Calldata: proof.Calldata(), File: file}, nil
}
