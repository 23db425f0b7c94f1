package malice

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
)

// AllCalls stands for every call of a hint where the number of one is expected.
const AllCalls = -1

// ErrChallenge is the error of an attack on the value of a commitment. No prover can choose
// it: it follows from the committed wires. An attack that needs to know it reads it from
// the report of an earlier run.
var ErrChallenge = errors.New("the value of a commitment cannot be overridden")

// Wires reads the value of a wire. While a run is under way, wires that are computed later
// have no meaningful value yet.
type Wires func(wire int) fr.Element

// FreeWire is a wire that its defining constraint L·R = O leaves free: its factor in the
// product and O are both 0, as in the quotient 0/0 of an unchecked division.
type FreeWire struct {
	N          int // how many free wires came before in this run
	Constraint int
	Wire       int
}

// Attack is one deviation from what an honest prover does. Values of type any are what
// fr.Element.SetInterface accepts: integers, *big.Int, fr.Element, decimal or 0x strings;
// they are taken modulo r.
type Attack func(*System, *plan) error

// plan is a set of attacks, resolved against a system.
type plan struct {
	inputs       []inputValue
	instructions map[uint32][]override
	free         func(FreeWire, Wires) any
	hold         bool
	err          error // the first failure of free during a pass
}

type inputValue struct {
	wire  uint32
	value func(Wires) any
}

func (s *System) plan(attacks []Attack) (*plan, error) {
	p := &plan{instructions: make(map[uint32][]override)}
	for _, a := range attacks {
		if err := a(s, p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Input sets a public or secret input, named as in [System.InputWire].
func Input(name string, value any) Attack {
	return func(s *System, p *plan) error {
		wire, err := s.InputWire(name)
		if err != nil {
			return err
		}
		return Wire(wire, value)(s, p)
	}
}

// Assignment replaces the values of all inputs.
func Assignment(assignment frontend.Circuit) Attack {
	return func(s *System, p *plan) error {
		values, err := s.assign(assignment)
		if err != nil {
			return err
		}
		for i := range values {
			if err := Wire(1+i, values[i])(s, p); err != nil {
				return err
			}
		}
		return nil
	}
}

// Wire sets a wire by its number, whatever its constraint or hint says.
func Wire(wire int, value any) Attack {
	return WireFunc(wire, func(Wires) any { return value })
}

// WireFunc sets a wire to a value that depends on wires computed before it.
func WireFunc(wire int, value func(Wires) any) Attack {
	return func(s *System, p *plan) error {
		switch {
		case wire <= 0 || wire >= s.Wires():
			return fmt.Errorf("malice: no wire %d to set: they go from 1 to %d", wire, s.Wires()-1)
		case wire < s.nInputs:
			p.inputs = append(p.inputs, inputValue{uint32(wire), value})
			return nil
		}
		i := s.producer[wire]
		at := wire - int(s.instructions[i].out)
		return p.override(s, i, func(ps *pass, _ *instruction, out []fr.Element) error {
			v, err := toElement(value(ps.wires()))
			if err != nil {
				return fmt.Errorf("malice: wire %d: %w", wire, err)
			}
			out[at] = v
			return nil
		})
	}
}

// HintOutput sets one output of the n-th call of a hint (from 0, or AllCalls). A hint is
// named by its full name (solver.GetHintName) or by the end of it after a slash or dot,
// such as "rangecheck.DecomposeHint"; or it is BatchInverse or Lookup.
func HintOutput(hint string, n, output int, value any) Attack {
	return func(s *System, p *plan) error {
		v, err := toElement(value)
		if err != nil {
			return fmt.Errorf("malice: output %d of %s: %w", output, hint, err)
		}
		return p.overrideCalls(s, hint, n, func(_ *pass, in *instruction, out []fr.Element) error {
			if output < 0 || output >= len(out) {
				return fmt.Errorf("malice: a call of %s has %d outputs, there is no %d", hint, len(out), output)
			}
			out[output] = v
			return nil
		})
	}
}

// ReplaceHint rewrites the outputs of the n-th call of a hint (from 0, or AllCalls), which
// is named as in [HintOutput]. The function gets the inputs, and in outputs what the hint
// itself computed; what it leaves there counts modulo r.
func ReplaceHint(hint string, n int, rewrite func(inputs, outputs []*big.Int)) Attack {
	return func(s *System, p *plan) error {
		return p.overrideCalls(s, hint, n, func(ps *pass, in *instruction, out []fr.Element) error {
			inputs, outputs := ps.scratch.integers(ps.operands(in), len(out))
			for j := range out {
				out[j].BigInt(outputs[j])
			}
			rewrite(inputs, outputs)
			for j := range out {
				out[j].SetBigInt(outputs[j])
			}
			return nil
		})
	}
}

// FreeQuotients chooses the value of every wire that its constraint leaves free. Without it
// they are 0. It is called in order, once for each such wire of the run.
func FreeQuotients(choose func(f FreeWire, computed Wires) any) Attack {
	return func(_ *System, p *plan) error {
		p.free = choose
		return nil
	}
}

// HoldHints keeps the outputs of all hints as they are in the report attacked, instead of
// calling them again on inputs that the attack changed: for an attacker who changes a value
// and keeps its old decomposition. Hints that come after the first commitment are called
// again, since they answer to the new challenge.
func HoldHints() Attack {
	return func(_ *System, p *plan) error {
		p.hold = true
		return nil
	}
}

func (p *plan) override(s *System, i uint32, f override) error {
	if s.instructions[i].kind == kindCommit {
		return fmt.Errorf("malice: wire %d: %w", s.instructions[i].out, ErrChallenge)
	}
	p.instructions[i] = append(p.instructions[i], f)
	return nil
}

func (p *plan) overrideCalls(s *System, hint string, n int, f override) error {
	calls, err := s.callsOf(hint)
	if err != nil {
		return err
	}
	if n != AllCalls {
		if n < 0 || n >= len(calls) {
			return fmt.Errorf("malice: %s is called %d times, there is no call %d", hint, len(calls), n)
		}
		calls = calls[n : n+1]
	}
	for _, i := range calls {
		if err := p.override(s, i, f); err != nil {
			return err
		}
	}
	return nil
}

// operands evaluates the inputs of a hint, batch inversion or lookup (its indices).
func (p *pass) operands(in *instruction) []fr.Element {
	if in.kind != kindInverse {
		return p.hintInputs(in) // a lookup has the same layout
	}
	data := p.sys.ccs.CallData[in.data:]
	p.scratch.in = p.scratch.in[:0]
	at := 2
	for range data[1] {
		v, n := p.readExpression(data[at:])
		p.scratch.in = append(p.scratch.in, v)
		at += n
	}
	return p.scratch.in
}

func toElement(value any) (fr.Element, error) {
	var v fr.Element
	if _, err := v.SetInterface(value); err != nil {
		return fr.Element{}, fmt.Errorf("value %v: %w", value, err)
	}
	return v, nil
}
