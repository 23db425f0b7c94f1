package malice

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Sweep selects what [Report.MutateEach] changes. Its zero value selects every output of
// every hint.
type Sweep struct {
	// Hints are the hints to mutate, named as in HintOutput; all if empty.
	Hints []string
	// Exempt are hints left alone, because their outputs are free by design. The masks of
	// commitments and the commitments themselves always are.
	Exempt []string
	// Sample is the number of outputs to try, drawn at random; 0 means all.
	Sample int
	// Seed makes the sample and the random values.
	Seed uint64
}

// Unnoticed is a mutation that violates no constraint.
type Unnoticed struct {
	Call   HintCall
	Output int // which of the call's outputs
	Wire   int
	Value  fr.Element // what it was changed to
	Held   bool       // the other hints kept their outputs (see HoldHints)
	// Readers is the number of constraints that read the wire, and Changed the number of
	// other wires that its change reached.
	Readers, Changed int
}

// Inert reports whether the mutation changed nothing else although constraints read the
// wire. That is what the hinted inverse in a test for zero looks like when the value is
// zero: any value will do. It is also what an output looks like that lacks a constraint and
// has no consequence in this circuit, so a test should allow it only where it knows the
// reason.
func (u Unnoticed) Inert() bool { return u.Readers > 0 && u.Changed == 0 }

func (u Unnoticed) String() string {
	held := ""
	if u.Held {
		held = ", other hints held"
	}
	return fmt.Sprintf("%s call %d output %d (wire %d) = %s%s: no constraint notices (%d read it, %d other wires change)",
		u.Call.Hint, u.Call.N, u.Output, u.Wire, u.Value.String(), held, u.Readers, u.Changed)
}

// SweepResult is the outcome of [Report.MutateEach].
type SweepResult struct {
	Outputs   int // hint outputs tried
	Mutations int // mutations tried
	Unnoticed []Unnoticed
}

// target is one hint output.
type target struct {
	instruction uint32
	call        int
	output      uint32
}

// MutateEach sets hint outputs, one at a time, to their value plus one, 0, −1 and a random
// value, recomputes what follows, once with all later hints called again and once with
// those before the commitment held, and collects the mutations that no constraint notices.
// A sound circuit has none, except for hints that are free by design. The report must be
// satisfied.
func (r *Report) MutateEach(sweep Sweep) (*SweepResult, error) {
	if !r.Satisfied() {
		return nil, fmt.Errorf("malice: a sweep starts from a satisfied run: %v", r)
	}
	rng := rand.New(rand.NewPCG(sweep.Seed, uint64(len(r.wires))))
	targets, err := r.targets(sweep, rng)
	if err != nil {
		return nil, err
	}
	pl, err := r.sys.plan(r.attacks)
	if err != nil {
		return nil, err
	}
	p := r.newPass(pl)
	p.w = slices.Clone(r.wires) // concurrent sweeps of one report must not meet
	p.stop = true
	result := &SweepResult{Outputs: len(targets)}
	for _, t := range targets {
		wire := r.sys.instructions[t.instruction].out + t.output
		for _, v := range mutations(r.wires[wire], rng) {
			for _, hold := range []bool{false, true} {
				p.hold = hold
				result.Mutations++
				noticed, changed, err := p.mutate(wire, &v, t.instruction)
				if err != nil {
					return nil, err
				}
				if !noticed {
					g := r.sys.flow()
					result.Unnoticed = append(result.Unnoticed, Unnoticed{
						Call: r.sys.call(int(t.instruction), t.call), Output: int(t.output), Wire: int(wire),
						Value: v, Held: hold, Readers: int(g.start[wire+1] - g.start[wire]), Changed: changed,
					})
				}
			}
		}
	}
	return result, nil
}

// targets lists the hint outputs that the sweep selects.
func (r *Report) targets(sweep Sweep, rng *rand.Rand) ([]target, error) {
	resolve := func(hints []string) (map[string]bool, error) {
		set := make(map[string]bool)
		for _, h := range hints {
			name, err := r.sys.fullHintName(h)
			if err != nil {
				return nil, err
			}
			set[name] = true
		}
		return set, nil
	}
	chosen, err := resolve(sweep.Hints)
	if err != nil {
		return nil, err
	}
	exempt, err := resolve(sweep.Exempt)
	if err != nil {
		return nil, err
	}
	var all []target
	calls := make(map[string]int)
	for i := range r.sys.instructions {
		in := &r.sys.instructions[i]
		if in.isConstraint() || in.kind == kindMask || in.kind == kindCommit {
			continue
		}
		name := r.sys.hintName(in)
		n := calls[name]
		calls[name]++
		if exempt[name] || len(chosen) > 0 && !chosen[name] {
			continue
		}
		for o := range in.outs {
			all = append(all, target{uint32(i), n, o})
		}
	}
	if sweep.Sample > 0 && sweep.Sample < len(all) {
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:sweep.Sample]
		slices.SortFunc(all, compareTargets)
	}
	return all, nil
}

func compareTargets(a, b target) int {
	if a.instruction != b.instruction {
		return int(a.instruction) - int(b.instruction)
	}
	return int(a.output) - int(b.output)
}

// mutations returns the values to try instead of v, without repetition.
func mutations(v fr.Element, rng *rand.Rand) []fr.Element {
	var plusOne, zero, minusOne, random fr.Element
	one := fr.One()
	plusOne.Add(&v, &one)
	minusOne.Neg(&one)
	var b [48]byte // more than the modulus by 128 bits: the reduction leaves no visible bias
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	random.SetBytes(b[:])
	var out []fr.Element
	for _, m := range []fr.Element{plusOne, zero, minusOne, random} {
		if m != v && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// mutate sets a wire, runs what depends on it until a constraint is violated, and takes
// everything back. changed is the number of other wires that changed.
func (p *pass) mutate(wire uint32, v *fr.Element, producer uint32) (noticed bool, changed int, err error) {
	p.violations, p.free, p.hintErrors = p.violations[:0], p.free[:0], p.hintErrors[:0]
	p.set(wire, v, int(producer))
	if err := p.spread(); err != nil {
		return false, 0, err
	}
	noticed, changed = len(p.violations) > 0, len(p.changes)-1
	p.undo()
	return noticed, changed, nil
}
