package batch

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
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

// recorder marks in the instruction stream where sections begin, with hints
// that have no effect. Only circuits compiled for statistics have it: their
// constraints are the same, their wires are not.
type recorder struct {
	sections []string // of each mark
}

func (r *recorder) attach(api frontend.API, arg *multiset.Argument) {
	arg.OnEnter(func(section string) {
		if n := len(r.sections); n > 0 && r.sections[n-1] == section {
			return
		}
		if _, err := api.Compiler().NewHint(markHint, 1, 0); err != nil {
			panic(fmt.Sprintf("batch: mark hint: %v", err)) // one input, one output: cannot fail
		}
		r.sections = append(r.sections, section)
	})
}

func init() { solver.RegisterHint(markHint) }

// markHint marks a place; see recorder.
func markHint(_ *big.Int, _, outputs []*big.Int) error {
	outputs[0].SetInt64(0)
	return nil
}

// Measure compiles the circuit of a shape and counts its constraints.
func Measure(shape protocol.Shape) (*Stats, error) {
	c := New(shape)
	c.stats = new(recorder)
	system, err := compileCircuit(c)
	if err != nil {
		return nil, err
	}
	s := &Stats{Shape: shape, Constraints: system.GetNbConstraints()}
	// compileCircuit has checked that there is one commitment.
	s.Committed = len(system.GetCommitments().(constraint.Groth16Commitments)[0].PrivateCommitted)
	wires := system.GetNbPublicVariables() + system.GetNbSecretVariables() + system.GetNbInternalVariables()
	inA, inB := make([]bool, wires), make([]bool, wires)
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
	s.Wires = wires - len(c.stats.sections) // each mark has one
	for i := range wires {
		if inA[i] {
			s.InA++
		}
		if inB[i] {
			s.InB++
		}
	}

	counts := make(map[string]int)
	mark, marked := solver.GetHintID(markHint), 0
	current := "" // before the first mark there are no constraints
	for _, packed := range system.Instructions {
		blueprint := system.Blueprints[packed.BlueprintID]
		if hint, ok := blueprint.(constraint.BlueprintHint); ok {
			var mapping constraint.HintMapping
			hint.DecompressHint(&mapping, packed.Unpack(&system.System))
			if mapping.HintID == mark {
				current = c.stats.sections[marked]
				marked++
				if _, seen := counts[current]; !seen {
					counts[current] = 0
					s.Sections = append(s.Sections, SectionStats{Name: current})
				}
			}
			continue
		}
		counts[current] += blueprint.NbConstraints()
	}
	if marked != len(c.stats.sections) {
		return nil, errors.New("measure: section marks are missing from the instructions")
	}
	total := counts[""]
	for i := range s.Sections {
		s.Sections[i].Constraints = counts[s.Sections[i].Name]
		total += s.Sections[i].Constraints
	}
	if total != s.Constraints {
		return nil, fmt.Errorf("measure: sections have %d constraints, the circuit %d", total, s.Constraints)
	}
	return s, nil
}
