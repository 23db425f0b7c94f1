package exits

import (
	"encoding/binary"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// ProvenEscape returns what a proof file claims. It fails with [ErrForeignProof]
// unless the proof is of the exit circuit and its statement is about the claim;
// whether it holds, a verifying key or the contract says.
func ProvenEscape(proof *prover.Proof) (*protocol.Escape, error) {
	if proof.Shape != exit.Name {
		return nil, fmt.Errorf("%w: it is one of the circuit %q, want %q", ErrForeignProof, proof.Shape, exit.Name)
	}
	claim, err := ParseEscape(proof.Published)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeignProof, err)
	}
	statement, err := claim.Statement(proof.Verifier)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeignProof, err)
	}
	if proof.Statement != prover.Statement(statement) {
		return nil, fmt.Errorf("%w: its statement is not about its claim", ErrForeignProof)
	}
	return claim, nil
}

// ParseEscape reads what [protocol.Escape.Bytes] writes.
func ParseEscape(b []byte) (*protocol.Escape, error) {
	if len(b) != protocol.EscapeBytes {
		return nil, fmt.Errorf("a claim of %d bytes, want %d", len(b), protocol.EscapeBytes)
	}
	e := new(protocol.Escape)
	if err := e.Commitment.SetBytesCanonical(b[:fr.Bytes]); err != nil {
		return nil, fmt.Errorf("the claim's commitment: %w", err)
	}
	b = b[fr.Bytes:]
	b = b[copy(e.Owner[:], b):]
	e.Token = protocol.Token(binary.BigEndian.Uint32(b))
	e.Index = protocol.Index(binary.BigEndian.Uint32(b[4:]))
	e.Balance.SetBytes(b[8:])
	return e, nil
}
