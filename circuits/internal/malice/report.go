package malice

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
)

// Violation is a constraint L·R = O that does not hold, with the values of its sides.
type Violation struct {
	Constraint  int
	L, R, O     fr.Element
	instruction uint32
}

// HintError is a hint that failed or panicked.
type HintError struct {
	Hint        string
	Wire        int // its first output
	Err         error
	instruction uint32
}

// Report is the outcome of a run.
type Report struct {
	// Violations are the constraints that do not hold, in order.
	Violations []Violation
	// Free are the wires that their constraints left free, in order.
	Free []FreeWire
	// HintErrors are the hints that failed. They make no proof impossible by themselves.
	HintErrors []HintError
	// Changed is the number of wires that differ from the report that was attacked (for
	// System.Run: from the honest run).
	Changed int

	sys     *System
	wires   []fr.Element
	attacks []Attack
}

// Run solves the circuit for an assignment: as an honest prover does and then, if there are
// attacks, with them.
func (s *System) Run(assignment frontend.Circuit, attacks ...Attack) (*Report, error) {
	inputs, err := s.assign(assignment)
	if err != nil {
		return nil, err
	}
	return s.RunVector(inputs, attacks...)
}

// RunVector is Run for a full witness: the public, then the secret inputs, as in
// witness.Witness.Vector().
func (s *System) RunVector(inputs fr.Vector, attacks ...Attack) (*Report, error) {
	if len(inputs) != s.nInputs-1 {
		return nil, fmt.Errorf("malice: the witness has %d values, the circuit %d inputs", len(inputs), s.nInputs-1)
	}
	honest, err := s.solve(inputs, nil)
	if err != nil || len(attacks) == 0 {
		return honest, err
	}
	return honest.Attack(attacks...)
}

// assign flattens an assignment into the full witness.
func (s *System) assign(assignment frontend.Circuit) (fr.Vector, error) {
	w, err := frontend.NewWitness(assignment, fr.Modulus())
	if err != nil {
		return nil, fmt.Errorf("malice: assignment: %w", err)
	}
	return w.Vector().(fr.Vector), nil
}

// solve runs every instruction with the attacks in place.
func (s *System) solve(inputs fr.Vector, attacks []Attack) (*Report, error) {
	pl, err := s.plan(attacks)
	if err != nil {
		return nil, err
	}
	p := &pass{sys: s, plan: pl, w: make([]fr.Element, s.Wires())}
	p.w[0].SetOne()
	copy(p.w[1:], inputs)
	if err := p.setInputs(); err != nil {
		return nil, err
	}
	if err := p.full(); err != nil {
		return nil, err
	}
	return p.report(attacks), nil
}

func (p *pass) report(attacks []Attack) *Report {
	return &Report{
		Violations: p.violations, Free: p.free, HintErrors: p.hintErrors,
		sys: p.sys, wires: p.w, attacks: attacks,
	}
}

// setInputs applies the plan's values for inputs.
func (p *pass) setInputs() error {
	for _, in := range p.plan.inputs {
		v, err := toElement(in.value(p.wires()))
		if err != nil {
			return fmt.Errorf("malice: input wire %d: %w", in.wire, err)
		}
		p.set(in.wire, &v, -1)
	}
	return nil
}

// Attack returns the outcome of the same run with further attacks in place. It recomputes
// only what depends on them. The report itself stays as it is.
func (r *Report) Attack(attacks ...Attack) (*Report, error) {
	all := slices.Concat(r.attacks, attacks)
	pl, err := r.sys.plan(all)
	if err != nil {
		return nil, err
	}
	p := r.newPass(pl)
	p.w = slices.Clone(r.wires)
	p.hold = pl.hold
	p.ran = make(map[uint32]bool)
	r.visitNotes(func(i uint32) { p.ran[i] = false })
	for i := range pl.instructions {
		p.mark(i)
	}
	if pl.free != nil {
		for _, f := range r.Free {
			p.mark(r.sys.producer[f.Wire])
		}
	}
	if err := p.setInputs(); err != nil {
		return nil, err
	}
	if err := p.spread(); err != nil {
		return nil, err
	}
	out := p.report(all)
	out.carryOver(r, p.ran)
	seen := make(map[uint32]bool, len(p.changes))
	for _, c := range p.changes {
		if !seen[c.wire] && !r.wires[c.wire].Equal(&p.w[c.wire]) {
			out.Changed++
		}
		seen[c.wire] = true
	}
	return out, nil
}

// newPass prepares a partial pass from the report.
func (r *Report) newPass(pl *plan) *pass {
	return &pass{
		sys: r.sys, plan: pl, w: r.wires, partial: true,
		dirty: make([]uint64, (len(r.sys.instructions)+63)/64),
	}
}

// visitNotes calls visit for the instructions that the report says something about.
func (r *Report) visitNotes(visit func(instruction uint32)) {
	for _, v := range r.Violations {
		visit(v.instruction)
	}
	for _, f := range r.Free {
		visit(r.sys.producer[f.Wire])
	}
	for _, e := range r.HintErrors {
		visit(e.instruction)
	}
}

// carryOver takes over what an earlier report says about instructions that did not run
// again, and restores the order.
func (r *Report) carryOver(from *Report, ran map[uint32]bool) {
	for _, v := range from.Violations {
		if !ran[v.instruction] {
			r.Violations = append(r.Violations, v)
		}
	}
	for _, f := range from.Free {
		if !ran[r.sys.producer[f.Wire]] {
			r.Free = append(r.Free, f)
		}
	}
	for _, e := range from.HintErrors {
		if !ran[e.instruction] {
			r.HintErrors = append(r.HintErrors, e)
		}
	}
	slices.SortFunc(r.Violations, func(a, b Violation) int { return a.Constraint - b.Constraint })
	slices.SortFunc(r.Free, func(a, b FreeWire) int { return a.Constraint - b.Constraint })
	slices.SortFunc(r.HintErrors, func(a, b HintError) int { return a.Wire - b.Wire })
	for i := range r.Free {
		r.Free[i].N = i
	}
}

// Satisfied reports whether every constraint holds: whether the run is a proof.
func (r *Report) Satisfied() bool { return len(r.Violations) == 0 }

// Wire returns the value of a wire.
func (r *Report) Wire(id int) fr.Element { return r.wires[id] }

// Wires returns the values of all wires, the constant one first. It is the report's own
// slice and must not be modified.
func (r *Report) Wires() []fr.Element { return r.wires }

// Input returns the value of a public or secret input, named as in [System.InputWire].
func (r *Report) Input(name string) (fr.Element, error) {
	wire, err := r.sys.InputWire(name)
	if err != nil {
		return fr.Element{}, err
	}
	return r.wires[wire], nil
}

// HintOutputs returns the outputs of the n-th call of a hint, named as in [HintOutput].
func (r *Report) HintOutputs(hint string, n int) ([]*big.Int, error) {
	calls, err := r.sys.HintCalls(hint)
	if err != nil {
		return nil, err
	}
	if n < 0 || n >= len(calls) {
		return nil, fmt.Errorf("malice: %s is called %d times, there is no call %d", hint, len(calls), n)
	}
	out := make([]*big.Int, len(calls[n].Outputs))
	for i, w := range calls[n].Outputs {
		out[i] = r.wires[w].BigInt(new(big.Int))
	}
	return out, nil
}

// String says how the run went, with the first violated constraints.
func (r *Report) String() string {
	if r.Satisfied() {
		return fmt.Sprintf("all %d constraints hold, %d wires changed", r.sys.ccs.NbConstraints, r.Changed)
	}
	const shown = 5
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d constraints violated, %d wires changed", len(r.Violations), r.sys.ccs.NbConstraints, r.Changed)
	for _, v := range r.Violations[:min(shown, len(r.Violations))] {
		b.WriteString("\n  ")
		b.WriteString(r.Describe(v))
	}
	return b.String()
}

// Describe writes a violated constraint out: its number, its expressions and their values,
// and where the circuit made it, if it was compiled with gnark's debug information
// (build tag debug).
func (r *Report) Describe(v Violation) string {
	s := r.sys.ccs
	var c constraint.R1C
	packed := s.Instructions[v.instruction]
	s.Blueprints[packed.BlueprintID].(constraint.BlueprintR1C).DecompressR1C(&c, packed.Unpack(&s.System))
	out := fmt.Sprintf("constraint %d: %s: %s · %s ≠ %s", v.Constraint, c.String(s), v.L.String(), v.R.String(), v.O.String())
	if at, ok := s.MDebug[v.Constraint]; ok {
		for _, l := range s.DebugInfo[at].Stack {
			loc := s.SymbolTable.Locations[l]
			out += fmt.Sprintf("\n    %s:%d", s.SymbolTable.Functions[loc.FunctionID].Filename, loc.Line)
		}
	}
	return out
}
