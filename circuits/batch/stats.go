package batch

import (
	"fmt"
	"slices"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/protocol"
)

// Sections of the circuit, in the statistics. A section's constraints are those
// that its rows cause, wherever they stand: its share of the sums and range
// checks included. What is left are the range tables and the sums' totals.
const (
	SectionOperations = "operations" // openings, layer-1 operations, fee and exit tables
	SectionTransfers  = "transfers"
	SectionSignatures = "signatures"
	SectionAccounts   = "accounts"
	SectionNodes      = "nodes"
	SectionBinding    = "binding"
)

// Stats is the size of a shape's circuit.
type Stats struct {
	Shape       protocol.Shape
	Constraints int
	Sections    []SectionStats // in the order in which they first appear
	NonZeros    int            // of the matrices A, B and C together
	Committed   int            // wires in the BSB22 commitment
	Wires       int            // all of them, the constant 1 included
	InA, InB    int            // wires in any row of A, of B
}

// SectionStats is the number of constraints of one section.
type SectionStats struct {
	Name        string
	Constraints int
}

// PerTransfer is the number of constraints per transfer, rounded up.
func (s *Stats) PerTransfer() int {
	return (s.Constraints + s.Shape.Transfers - 1) / s.Shape.Transfers
}

// Section returns the constraints of a section, 0 if there is none of that name.
func (s *Stats) Section(name string) int {
	for _, section := range s.Sections {
		if section.Name == name {
			return section.Constraints
		}
	}
	return 0
}

// recorder attributes constraints to sections while a circuit is being defined,
// from what the constraint system has at each boundary. It adds nothing to the
// system: what is measured is what is proven.
type recorder struct {
	system   constraint.ConstraintSystem
	sections []SectionStats // in the order in which they first appear
	current  int            // of sections
	counted  int            // constraints of the system that sections have already
}

// attach makes the recorder follow the sections of a definition.
func (r *recorder) attach(api frontend.API, arg *multiset.Argument) error {
	builder, ok := api.Compiler().(frontend.Builder[constraint.U64])
	if !ok {
		return fmt.Errorf("measure: %T is not gnark's builder", api.Compiler())
	}
	// The builder has no count of its own. What Compile returns at the end is the
	// system that it works on all the while.
	system, err := builder.Compile()
	if err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	r.system = system
	r.enter("") // what comes before the first section
	arg.OnEnter(r.enter)
	return nil
}

// enter ends the current section and begins, or continues, another.
func (r *recorder) enter(section string) {
	r.settle()
	r.current = slices.IndexFunc(r.sections, func(s SectionStats) bool { return s.Name == section })
	if r.current < 0 {
		r.current = len(r.sections)
		r.sections = append(r.sections, SectionStats{Name: section})
	}
}

// settle gives the current section the constraints that came since.
func (r *recorder) settle() {
	n := r.system.GetNbConstraints()
	if len(r.sections) > 0 {
		r.sections[r.current].Constraints += n - r.counted
	}
	r.counted = n
}

// Measure is [Compile], and counts the circuit's constraints on the way.
func Measure(shape protocol.Shape) (constraint.ConstraintSystem, *Stats, error) {
	c := New(shape)
	c.stats = new(recorder)
	system, err := compileCircuit(c)
	if err != nil {
		return nil, nil, err
	}
	c.stats.settle()
	s := &Stats{Shape: shape, Constraints: system.GetNbConstraints()}
	if c.stats.counted != s.Constraints {
		return nil, nil, fmt.Errorf("measure shape %q: sections have %d constraints, the circuit %d", shape.Name, c.stats.counted, s.Constraints)
	}
	for _, section := range c.stats.sections {
		if section.Name != "" {
			s.Sections = append(s.Sections, section)
		}
	}
	// compileCircuit has checked that there is one commitment.
	s.Committed = len(system.GetCommitments().(constraint.Groth16Commitments)[0].PrivateCommitted)
	s.Wires = system.GetNbPublicVariables() + system.GetNbSecretVariables() + system.GetNbInternalVariables()
	inA, inB := make([]bool, s.Wires), make([]bool, s.Wires)
	it := system.GetR1CIterator()
	for r1c := it.Next(); r1c != nil; r1c = it.Next() {
		s.NonZeros += len(r1c.L) + len(r1c.R) + len(r1c.O)
		for _, term := range r1c.L {
			inA[term.WireID()] = true
		}
		for _, term := range r1c.R {
			inB[term.WireID()] = true
		}
	}
	for i := range s.Wires {
		if inA[i] {
			s.InA++
		}
		if inB[i] {
			s.InB++
		}
	}
	return system, s, nil
}
