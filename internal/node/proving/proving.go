// Package proving makes the aggregator's proofs in this process.
//
// [Open] finds the keys of each shape and reads what is quick to read, so that
// whatever is wrong with them shows at once. [Prover.Load] reads the rest, which
// takes seconds to minutes; proofs wait for it, and nothing else has to. The proofs
// that are made side by side share a budget of memory.
package proving

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/internal/interrupt"
	"github.com/quirezk/quire/internal/pinned"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/witness"
)

// Options are the choices of [Open].
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

// ErrUnknownShape: a batch is of a shape whose keys were not opened.
var ErrUnknownShape = errors.New("no keys were opened for the shape")

// Prover is an [aggregator.Prover] in this process.
type Prover struct {
	opts   Options
	shapes []protocol.Shape
	verify map[protocol.Shape]*prover.VerifyingKey

	loaded chan struct{} // closed when Load has ended; the rest is set before
	fault  error         // why it failed
	keys   map[protocol.Shape]*prover.Keys
	pool   *prover.Pool
}

var _ aggregator.Prover = (*Prover)(nil)

// Open finds the keys of shapes and reads their verifying halves. With Setup, it
// compiles, and makes keys where there are none. When ctx ends, Open returns, and
// what cannot be stopped ends with the process. Errors wrap
// [prover.ErrKeysNotFound], [prover.ErrKeysDamaged] or [prover.ErrKeysForeign].
//
// Proofs are made once [Prover.Load] was called.
func Open(ctx context.Context, shapes []protocol.Shape, opts Options) (*Prover, error) {
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	p := &Prover{
		opts: opts, shapes: shapes, verify: make(map[protocol.Shape]*prover.VerifyingKey),
		loaded: make(chan struct{}), keys: make(map[protocol.Shape]*prover.Keys),
	}
	err := p.each(ctx, func(shape protocol.Shape) error {
		if opts.Setup {
			circuit, err := pinned.Compile(ctx, shape)
			if err != nil {
				return err
			}
			keys, err := opts.Store.Setup(ctx, circuit, prover.SetupOptions{Observer: opts.Progress})
			if err != nil {
				return err
			}
			p.keys[shape], p.verify[shape] = keys, keys.VerifyingKey()
			return nil
		}
		digest, err := pinned.Digest(ctx, shape)
		if err != nil {
			return err
		}
		p.verify[shape], err = opts.Store.LoadVerifyingKey(ctx, prover.BatchDesign(shape), digest)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// each does something for each shape. Of all that is wrong, the error says
// everything.
func (p *Prover) each(ctx context.Context, do func(protocol.Shape) error) error {
	var faults []error
	for _, shape := range p.shapes {
		err := do(shape)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			faults = append(faults, fmt.Errorf("keys of shape %s: %w", shape.Name, err))
		}
	}
	return errors.Join(faults...)
}

// Load reads the constraint systems and the proving keys, once. What was asked of
// [Prover.Prove] before waits for it, and fails if it fails: with the errors of
// [Open], or [prover.ErrOverBudget] where a single proof would exceed the memory.
func (p *Prover) Load(ctx context.Context) error {
	p.fault = p.load(ctx)
	close(p.loaded)
	return p.fault
}

func (p *Prover) load(ctx context.Context) error {
	var largest int64
	err := p.each(ctx, func(shape protocol.Shape) error {
		begun := time.Now()
		keys, ok := p.keys[shape]
		if !ok {
			opened := p.verify[shape]
			var err error
			if keys, err = p.opts.Store.Load(ctx, opened.Design(), opened.Digest(), p.opts.Progress); err != nil {
				return err
			}
			if keys.VerifyingKey().Manifest().Files != opened.Manifest().Files {
				return fmt.Errorf("%w: they were exchanged while they were opened", prover.ErrKeysForeign)
			}
			p.keys[shape] = keys
		}
		largest = max(largest, keys.ProofBytes())
		p.opts.Logger.Info("keys loaded", "shape", shape.Name, "constraints", keys.Circuit().Constraints(),
			"kind", keys.VerifyingKey().Kind(), "proofBytes", keys.ProofBytes(), "took", time.Since(begun).Round(time.Millisecond))
		return nil
	})
	if err != nil {
		return err
	}
	memory := p.opts.Memory
	if memory == 0 {
		memory = largest
	}
	if memory < largest {
		return fmt.Errorf("%w: %d bytes are allowed, a proof of the largest shape takes %d", prover.ErrOverBudget, memory, largest)
	}
	p.pool = prover.NewPool(memory)
	return nil
}

// Shapes returns the shapes whose keys were opened, as [Open] was given them.
func (p *Prover) Shapes() []protocol.Shape { return p.shapes }

// VerifyingKey returns the key that proofs of a shape are checked with, nil for one
// that was not opened.
func (p *Prover) VerifyingKey(shape protocol.Shape) *prover.VerifyingKey { return p.verify[shape] }

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
	if p.verify[c.Shape] == nil {
		return nil, fmt.Errorf("%w %q", ErrUnknownShape, c.Shape.Name)
	}
	select {
	case <-p.loaded:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.fault != nil {
		return nil, p.fault
	}
	keys := p.keys[c.Shape]
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
