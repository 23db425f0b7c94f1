package malice

import (
	"fmt"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
)

// pass is one walk over the instructions: all of them, or those that a change reaches.
type pass struct {
	sys  *System
	w    []fr.Element
	plan *plan

	// In a partial pass, dirty has a bit for every instruction to run, changes logs the
	// wires that got another value, in order, and hold keeps the hints that come before
	// the first commitment from being called again. All are unused in a full pass.
	partial bool
	dirty   []uint64
	changes []change
	hold    bool

	violations []Violation
	free       []FreeWire
	hintErrors []HintError
	ran        map[uint32]bool // if not nil: set for each of its keys that ran
	quotients  int             // free wires met
	stop       bool            // end at the first violation
	scratch    scratch
}

// change is a wire and the value it had before.
type change struct {
	wire uint32
	old  fr.Element
}

// override rewrites the outputs that an instruction has computed.
type override func(p *pass, in *instruction, out []fr.Element) error

// full runs every instruction.
func (p *pass) full() error {
	for i := range p.sys.instructions {
		if err := p.run(uint32(i)); err != nil {
			return err
		}
	}
	return nil
}

// spread runs the dirty instructions in order. Running one marks only later ones.
func (p *pass) spread() error {
	for i := range p.dirty {
		for p.dirty[i] != 0 {
			bit := bits.TrailingZeros64(p.dirty[i])
			p.dirty[i] &^= 1 << bit
			if err := p.run(uint32(i*64 + bit)); err != nil {
				return err
			}
			if p.stop && len(p.violations) > 0 {
				clear(p.dirty[i:])
				return nil
			}
		}
	}
	return nil
}

func (p *pass) mark(i uint32) { p.dirty[i/64] |= 1 << (i % 64) }

// set gives a wire its value; in a partial pass its readers become dirty if it is a new one.
// after is the running instruction, or -1 for an input.
func (p *pass) set(wire uint32, v *fr.Element, after int) {
	if !p.partial {
		p.w[wire] = *v
		return
	}
	if p.w[wire].Equal(v) {
		return
	}
	p.changes = append(p.changes, change{wire, p.w[wire]})
	p.w[wire] = *v
	g := p.sys.flow()
	for _, i := range g.readers[g.start[wire]:g.start[wire+1]] {
		p.mark(i)
	}
	for _, t := range g.tablesOf[wire] {
		for _, i := range g.lookups[t] {
			if int(i) > after { // an earlier lookup does not reach the entry
				p.mark(i)
			}
		}
	}
}

// undo takes back every change of a partial pass.
func (p *pass) undo() {
	for i := len(p.changes) - 1; i >= 0; i-- {
		p.w[p.changes[i].wire] = p.changes[i].old
	}
	p.changes = p.changes[:0]
}

// run computes the outputs of an instruction, or checks it if it is a constraint.
func (p *pass) run(i uint32) error {
	in := &p.sys.instructions[i]
	var overrides []override
	if len(p.plan.instructions) > 0 {
		overrides = p.plan.instructions[i]
	}
	if _, ok := p.ran[i]; ok {
		p.ran[i] = true
	}
	if in.isConstraint() {
		return p.runConstraint(int(i), in, overrides)
	}
	out := p.scratch.elements(int(in.outs))
	if p.hold && in.kind != kindCommit && int(i) < p.sys.firstCommit {
		copy(out, p.w[in.out:in.out+in.outs])
	} else {
		p.computeHint(i, in, out)
	}
	for _, f := range overrides {
		if err := f(p, in, out); err != nil {
			return err
		}
	}
	for j := range out {
		p.set(in.out+uint32(j), &out[j], int(i))
	}
	return nil
}

// runConstraint solves the constraint for the wire it defines, if any, and checks it.
func (p *pass) runConstraint(i int, in *instruction, overrides []override) error {
	data := p.sys.ccs.CallData[in.data:]
	endL := 4 + 2*data[1]
	endR := endL + 2*data[2]
	endO := endR + 2*data[3]
	var v [3]fr.Element // without the term of the wire to solve for
	var coeff uint32
	if in.kind == kindCheck {
		v[sideL] = p.eval(data[4:endL])
		v[sideR] = p.eval(data[endL:endR])
		v[sideO] = p.eval(data[endR:endO])
	} else {
		expr := [3][]uint32{data[4:endL], data[endL:endR], data[endR:endO]}
		for s := range expr {
			if side(s) == in.side {
				v[s], coeff = p.evalWithout(expr[s], in.out)
			} else {
				v[s] = p.eval(expr[s])
			}
		}
		out := [1]fr.Element{p.solve(in, &v, coeff)}
		for _, f := range overrides {
			if err := f(p, in, out[:]); err != nil {
				return err
			}
		}
		p.set(in.out, &out[0], i)
		var term fr.Element
		term.Mul(&p.sys.ccs.Coefficients[coeff], &out[0])
		v[in.side].Add(&v[in.side], &term)
	}
	var product fr.Element
	product.Mul(&v[sideL], &v[sideR])
	if !product.Equal(&v[sideO]) {
		p.violations = append(p.violations, Violation{
			Constraint: int(in.constraint), L: v[sideL], R: v[sideR], O: v[sideO], instruction: uint32(i),
		})
	}
	return p.plan.err
}

// solve returns the value of the wire that a constraint defines. When every value satisfies
// it, the attack chooses; when none does, it is 0 and the check that follows fails.
func (p *pass) solve(in *instruction, v *[3]fr.Element, coeff uint32) fr.Element {
	var w fr.Element
	if in.side == sideO {
		w.Mul(&v[sideL], &v[sideR])
		w.Sub(&w, &v[sideO])
	} else {
		divisor := &v[sideL+sideR-in.side]
		switch {
		case divisor.IsZero():
			if v[sideO].IsZero() {
				return p.chooseFree(in)
			}
			return fr.Element{}
		case divisor.IsOne():
			w = v[sideO]
		default:
			w.Div(&v[sideO], divisor)
		}
		w.Sub(&w, &v[in.side])
	}
	switch coeff {
	case constraint.CoeffIdOne:
	case constraint.CoeffIdMinusOne:
		w.Neg(&w)
	default:
		w.Div(&w, &p.sys.ccs.Coefficients[coeff])
	}
	return w
}

// chooseFree asks the attack for the value of a wire that its constraint leaves free.
func (p *pass) chooseFree(in *instruction) fr.Element {
	f := FreeWire{N: p.quotients, Constraint: int(in.constraint), Wire: int(in.out)}
	p.quotients++
	p.free = append(p.free, f)
	if p.plan.free == nil {
		return fr.Element{}
	}
	v, err := toElement(p.plan.free(f, p.wires()))
	if err != nil {
		p.plan.err = fmt.Errorf("malice: free wire %d: %w", f.Wire, err)
	}
	return v
}

// eval evaluates a linear expression, given as pairs of coefficient and wire.
func (p *pass) eval(terms []uint32) fr.Element {
	var sum fr.Element
	for k := 0; k < len(terms); k += 2 {
		p.addTerm(&sum, terms[k], terms[k+1])
	}
	return sum
}

// evalWithout evaluates a linear expression except for the term of one wire, whose
// coefficient it returns.
func (p *pass) evalWithout(terms []uint32, wire uint32) (sum fr.Element, coeff uint32) {
	for k := 0; k < len(terms); k += 2 {
		if terms[k+1] == wire {
			coeff = terms[k]
			continue
		}
		p.addTerm(&sum, terms[k], terms[k+1])
	}
	return sum, coeff
}

func (p *pass) addTerm(sum *fr.Element, coeff, wire uint32) {
	if wire == constantWire {
		sum.Add(sum, &p.sys.ccs.Coefficients[coeff])
		return
	}
	switch coeff {
	case constraint.CoeffIdZero:
	case constraint.CoeffIdOne:
		sum.Add(sum, &p.w[wire])
	case constraint.CoeffIdMinusOne:
		sum.Sub(sum, &p.w[wire])
	default:
		var t fr.Element
		t.Mul(&p.sys.ccs.Coefficients[coeff], &p.w[wire])
		sum.Add(sum, &t)
	}
}

// readExpression evaluates a length-prefixed linear expression and returns the words read.
func (p *pass) readExpression(data []uint32) (fr.Element, int) {
	n := 1 + 2*int(data[0])
	return p.eval(data[1:n]), n
}

// wires is the attacker's view of what has been computed so far.
func (p *pass) wires() Wires {
	return func(wire int) fr.Element { return p.w[wire] }
}
