package standin

import (
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
)

// Save writes the keys, for another process of the same test.
func (p *Prover) Save(w io.Writer) error {
	if _, err := p.proving.WriteRawTo(w); err != nil {
		return fmt.Errorf("standin: save: %w", err)
	}
	if _, err := p.Verifying.WriteRawTo(w); err != nil {
		return fmt.Errorf("standin: save: %w", err)
	}
	return nil
}

// Load returns a prover with keys that [Prover.Save] wrote.
func Load(r io.Reader) (*Prover, error) {
	p := &Prover{proving: groth16.NewProvingKey(ecc.BN254), Verifying: groth16.NewVerifyingKey(ecc.BN254)}
	var err error
	if p.system, err = frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &Circuit{}); err != nil {
		return nil, fmt.Errorf("standin: compile: %w", err)
	}
	if _, err := p.proving.ReadFrom(r); err != nil {
		return nil, fmt.Errorf("standin: load: %w", err)
	}
	if _, err := p.Verifying.ReadFrom(r); err != nil {
		return nil, fmt.Errorf("standin: load: %w", err)
	}
	return p, nil
}
