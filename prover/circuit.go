package prover

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/debug"
	"github.com/rs/zerolog"
)

const (
	// PublicInputs is the number of public inputs of every circuit that layer 1
	// sees: the statement (D, z, y).
	PublicInputs = 3
	// Commitments is the number of BSB22 commitments of every such circuit.
	// gnark's Solidity export merely logs a warning above one and then writes a
	// verifier that is wrong, so the number is checked here.
	Commitments = 1
)

// Circuit is a compiled constraint system in the form in which it is digested,
// stored and proven: without the debug information that gnark keeps beside it.
// That information holds source paths and line numbers, which differ between
// machines that compile the same circuit, and the digest must not.
//
// A Circuit is immutable and safe for concurrent use.
type Circuit struct {
	design Design
	digest Digest
	system *csbn254.R1CS
}

// NewCircuit takes a constraint system as gnark's frontend compiles it. The
// argument is not changed. A system that the layer-1 verifier could not serve
// is an [ErrCircuitForm].
func NewCircuit(design Design, ccs constraint.ConstraintSystem) (*Circuit, error) {
	system, ok := ccs.(*csbn254.R1CS)
	if !ok || system.Type != constraint.SystemR1CS {
		return nil, fmt.Errorf("%w: want an R1CS over BN254's scalar field, got %T", ErrCircuitForm, ccs)
	}
	c := &Circuit{design: design, system: withoutDebug(system)}
	if err := c.checkForm(); err != nil {
		return nil, err
	}
	h := sha256.New()
	if _, err := c.WriteTo(h); err != nil {
		return nil, fmt.Errorf("prover: digest the constraint system: %w", err)
	}
	h.Sum(c.digest[:0])
	return c, nil
}

// Design returns what the circuit was compiled as.
func (c *Circuit) Design() Design { return c.design }

// Digest returns the SHA-256 of what [Circuit.WriteTo] writes. Compiling the
// same source with the same gnark gives the same digest on every machine.
func (c *Circuit) Digest() Digest { return c.digest }

// Constraints returns the number of rank-1 constraints.
func (c *Circuit) Constraints() int { return c.system.GetNbConstraints() }

// Wires returns the number of wires: public, secret and internal, the constant
// one included.
func (c *Circuit) Wires() int {
	return c.system.GetNbPublicVariables() + c.system.GetNbSecretVariables() + c.system.GetNbInternalVariables()
}

// NonZeros returns the number of non-zero coefficients in the matrices A, B and
// C together, the density that proving time follows.
func (c *Circuit) NonZeros() int {
	total := 0
	it := c.system.GetR1CIterator()
	for r := it.Next(); r != nil; r = it.Next() {
		total += len(r.L) + len(r.R) + len(r.O)
	}
	return total
}

// WriteTo writes the constraint system in gnark's serialization. It implements
// [io.WriterTo].
func (c *Circuit) WriteTo(w io.Writer) (int64, error) { return c.system.WriteTo(w) }

func (c *Circuit) checkForm() error {
	// gnark counts the constant wire 1 among the public variables.
	if n := c.system.GetNbPublicVariables() - 1; n != PublicInputs {
		return fmt.Errorf("%w: want %d public inputs, got %d", ErrCircuitForm, PublicInputs, n)
	}
	info, ok := c.system.CommitmentInfo.(constraint.Groth16Commitments)
	if !ok {
		return fmt.Errorf("%w: want Groth16 commitments, got %T", ErrCircuitForm, c.system.CommitmentInfo)
	}
	if len(info) != Commitments {
		return fmt.Errorf("%w: want exactly %d BSB22 commitment, got %d", ErrCircuitForm, Commitments, len(info))
	}
	return nil
}

// readCircuit reads what [Circuit.WriteTo] wrote. The bytes must already have
// been found to have the digest.
func readCircuit(r io.Reader, design Design, digest Digest) (*Circuit, error) {
	var system csbn254.R1CS
	if _, err := system.ReadFrom(r); err != nil {
		return nil, err
	}
	c := &Circuit{design: design, digest: digest, system: &system}
	return c, c.checkForm()
}

// withoutDebug copies a system and leaves out what does not belong to the
// statement or the solver. The rest is shared, and never written to.
func withoutDebug(system *csbn254.R1CS) *csbn254.R1CS {
	c := *system
	c.SymbolTable = debug.SymbolTable{}
	c.DebugInfo = nil
	c.MDebug = nil
	c.Logs = nil
	return &c
}

// forOneProof copies the system so that one proof can be made from it while
// others are. Two things in it are not safe to share:
//
// Look-up tables are blueprints that cache their entries' values while solving.
// Two solvers on one table would read each other's entries.
//
// solved is called when the solver has ended. gnark has no call-back for that
// point inside its prover, but prints the system's log entries there; so the
// copy has one entry and a logger that runs solved instead of printing.
func (c *Circuit) forOneProof(solved func()) (*csbn254.R1CS, zerolog.Logger) {
	system := *c.system
	system.Blueprints = make([]constraint.Blueprint, len(c.system.Blueprints))
	for i, b := range c.system.Blueprints {
		if table, ok := b.(*constraint.BlueprintLookupHint[constraint.U64]); ok {
			b = &constraint.BlueprintLookupHint[constraint.U64]{EntriesCalldata: table.EntriesCalldata}
		}
		system.Blueprints[i] = b
	}
	system.Logs = []constraint.LogEntry{{Format: "solved"}}
	logger := zerolog.New(io.Discard).Hook(zerolog.HookFunc(func(*zerolog.Event, zerolog.Level, string) { solved() }))
	return &system, logger
}
