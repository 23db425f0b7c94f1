// Package standin proves batches for tests of a node, in milliseconds, with the
// statement of [standin.Circuit], which is true of everything. Layer 1 sees no
// difference. Everything but the proof is real: a batch that is not valid gets
// none.
package standin

import (
	"context"
	"fmt"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/internal/standin"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// Prover proves with a pair of keys.
type Prover struct{ *standin.Prover }

var _ aggregator.Prover = (*Prover)(nil)

// Fixed returns the prover with the committed keys, the same in every process.
func Fixed() (*Prover, error) {
	p, err := standin.Fixed()
	return &Prover{p}, err
}

// New returns a prover with new keys.
func New() (*Prover, error) {
	p, err := standin.Setup()
	return &Prover{p}, err
}

// Calldata returns a proof of a statement as layer 1 takes it.
func (p *Prover) Calldata(st protocol.Statement) ([]byte, error) {
	return p.Prover.Prove(st.D, st.Z, st.Y)
}

// Witness implements [aggregator.Prover].
func (p *Prover) Witness(_ context.Context, c aggregator.Circuit, sealed *witness.Sealed) (*aggregator.Witnessed, error) {
	built, err := witness.Build(sealed, c.Verifier)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", aggregator.ErrBatchInvalid, err)
	}
	return &aggregator.Witnessed{
		Old: built.Published.Old, New: built.Published.New, Root: built.NewRoot,
		Statement: built.Statement, Published: built.Published.Bytes(),
	}, nil
}

// Prove implements [aggregator.Prover].
func (p *Prover) Prove(ctx context.Context, c aggregator.Circuit, sealed *witness.Sealed) (*aggregator.Proof, error) {
	w, err := p.Witness(ctx, c, sealed)
	if err != nil {
		return nil, err
	}
	calldata, err := p.Calldata(w.Statement)
	if err != nil {
		return nil, err
	}
	return &aggregator.Proof{Calldata: calldata, File: []byte(`{"standin":true}`)}, nil
}
