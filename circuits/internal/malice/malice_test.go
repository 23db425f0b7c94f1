package malice_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	gcs "github.com/consensys/gnark/frontend/cs"
	"github.com/consensys/gnark/frontend/cs/scs"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/circuits/internal/malice"
	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
)

// violated checks every constraint with gnark's own iterator.
func violated(ccs constraint.ConstraintSystem, w []fr.Element) []int {
	system := ccs.(*cs.R1CS)
	eval := func(l constraint.LinearExpression) fr.Element {
		var sum, t fr.Element
		for _, term := range l {
			t.Mul(&system.Coefficients[term.CID], &w[term.VID])
			sum.Add(&sum, &t)
		}
		return sum
	}
	var out []int
	it := system.GetR1CIterator()
	for i, c := 0, it.Next(); c != nil; i, c = i+1, it.Next() {
		l, r, o := eval(c.L), eval(c.R), eval(c.O)
		if !l.Mul(&l, &r).Equal(&o) {
			out = append(out, i)
		}
	}
	return out
}

// TestHonestRunIsGnarks compares every wire with gnark's solver, given the same values for
// the commitment and its mask.
func TestHonestRunIsGnarks(t *testing.T) {
	const mask = "github.com/consensys/gnark/internal/hints.Randomize"
	ccs := compileCS(t, newKitchenSink(8))
	sys, err := malice.New(ccs)
	if err != nil {
		t.Fatal(err)
	}
	r := kitchenHonest(t, sys, 0, 1, 2, 3, 500, 1000, 65535, 0)
	if r.Changed != 0 || len(r.HintErrors) != 0 || len(r.Free) != 0 {
		t.Errorf("changed %d, hint errors %v, free %v", r.Changed, r.HintErrors, r.Free)
	}
	constant := func(hint string) solver.Hint {
		return func(_ *big.Int, _, out []*big.Int) error {
			v, err := r.HintOutputs(hint, 0)
			if err != nil {
				return err
			}
			out[0].Set(v[0])
			return nil
		}
	}
	a := kitchenAssignment(0, 1, 2, 3, 500, 1000, 65535, 0)
	a.Sum = r.Wire(1)
	w, err := frontend.NewWitness(a, ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	opts := []solver.Option{solver.OverrideHint(
		solver.GetHintID(gcs.Bsb22CommitmentComputePlaceholder), constant("Bsb22CommitmentComputePlaceholder"))}
	for id, name := range ccs.(*cs.R1CS).MHintsDependencies {
		if name == mask {
			opts = append(opts, solver.OverrideHint(id, constant(mask)))
		}
	}
	if len(opts) != 2 {
		t.Fatal("the circuit has no masked commitment")
	}
	solution, err := ccs.Solve(w, opts...)
	if err != nil {
		t.Fatal(err)
	}
	want := solution.(*cs.R1CSSolution).W
	if len(want) != sys.Wires() || len(want) != len(r.Wires()) {
		t.Fatalf("gnark has %d wires, the system %d, the report %d", len(want), sys.Wires(), len(r.Wires()))
	}
	for i := range want {
		if got := r.Wire(i); got != want[i] {
			t.Errorf("wire %d = %s, gnark has %s", i, got.String(), want[i].String())
		}
	}
}

// TestViolationsAreGnarks attacks at random and compares the violated constraints with those
// that gnark's iterator finds, and a run from a report with a run from the start.
func TestViolationsAreGnarks(t *testing.T) {
	ccs := compileCS(t, newKitchenSink(4))
	sys, err := malice.New(ccs)
	if err != nil {
		t.Fatal(err)
	}
	honest := kitchenHonest(t, sys, 0, 1, 2, 300)
	names := []string{"Sum", "Values[2]", "Entries[1]", "Pair[0].Num", "Pair[0].Den", "Pair[1].Den"}
	hints := []string{"nBits", "DecomposeHint", "InvZeroHint", malice.Lookup, malice.BatchInverse}
	challenge := sys.Challenges()[0]
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Just(0), rapid.Just(1), rapid.IntRange(0, 1<<20), rapid.Just(-1))
		var attacks []malice.Attack
		for range rapid.IntRange(0, 5).Draw(t, "attacks") {
			v := value.Draw(t, "value")
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				attacks = append(attacks, malice.Input(rapid.SampledFrom(names).Draw(t, "input"), v))
			case 1:
				wire := rapid.IntRange(1, sys.Wires()-1).Filter(func(w int) bool { return w != challenge }).Draw(t, "wire")
				attacks = append(attacks, malice.Wire(wire, v))
			case 2:
				attacks = append(attacks, malice.HintOutput(rapid.SampledFrom(hints).Draw(t, "hint"), rapid.IntRange(-1, 0).Draw(t, "call"), 0, v))
			case 3:
				attacks = append(attacks, malice.ReplaceHint(rapid.SampledFrom(hints).Draw(t, "hint"), malice.AllCalls,
					func(in, out []*big.Int) { out[0].Add(out[0], in[0]) }))
			case 4:
				attacks = append(attacks, malice.FreeQuotients(func(f malice.FreeWire, get malice.Wires) any { return f.N + v }))
			}
		}
		cut := rapid.IntRange(0, len(attacks)).Draw(t, "cut")
		first, err := honest.Attack(attacks[:cut]...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := first.Attack(attacks[cut:]...)
		if err != nil {
			t.Fatal(err)
		}
		full, err := malice.Full(sys, honest, attacks)
		if err != nil {
			t.Fatal(err)
		}
		for i := range full.Wires() {
			if got.Wire(i) != full.Wire(i) {
				t.Fatalf("wire %d differs between a partial and a full run", i)
			}
		}
		independent := violated(ccs, got.Wires())
		if len(independent) != len(got.Violations) || len(independent) != len(full.Violations) {
			t.Fatalf("violations: %d by gnark's iterator, %d partial, %d full", len(independent), len(got.Violations), len(full.Violations))
		}
		for i, c := range independent {
			if got.Violations[i].Constraint != c || full.Violations[i].Constraint != c {
				t.Fatalf("violation %d: constraint %d by gnark's iterator, %d partial, %d full", i, c, got.Violations[i].Constraint, full.Violations[i].Constraint)
			}
		}
		if len(got.Free) != len(full.Free) || len(got.HintErrors) != len(full.HintErrors) {
			t.Fatalf("free %d and %d, hint errors %d and %d", len(got.Free), len(full.Free), len(got.HintErrors), len(full.HintErrors))
		}
		for i := range full.Free {
			if got.Free[i] != full.Free[i] {
				t.Fatalf("free wire %d: %v and %v", i, got.Free[i], full.Free[i])
			}
		}
	})
}

func TestFreeQuotient(t *testing.T) {
	sys := compile(t, newKitchenSink(2))
	honest := kitchenHonest(t, sys, 3, 4)
	zero := attack(t, honest, malice.Input("Pair[0].Num", 0), malice.Input("Pair[0].Den", 0))
	if len(zero.Free) != 1 || zero.Satisfied() {
		t.Fatalf("free %v, %v", zero.Free, zero)
	}
	// 12/5 was part of the sum: the attacker restores it with 0/0.
	var quotient, five fr.Element
	five.SetUint64(5)
	quotient.SetUint64(12)
	quotient.Div(&quotient, &five)
	forged := attack(t, zero, malice.FreeQuotients(func(malice.FreeWire, malice.Wires) any { return quotient }))
	if !forged.Satisfied() {
		t.Errorf("0/0 is free, so the sum can be kept: %v", forged)
	}
	// 1/0 is not free: no quotient satisfies it.
	one := attack(t, zero, malice.Input("Pair[0].Num", 1))
	if len(one.Free) != 0 || one.Satisfied() {
		t.Errorf("free %v, %v", one.Free, one)
	}
}

func TestMutateEach(t *testing.T) {
	valid := &divisionCircuit{A: 1000, B: 7, Q: 142, R: 6}
	for _, tc := range []struct {
		name     string
		circuit  divisionCircuit
		unpinned int // outputs of divideHint that go unnoticed
	}{
		{"sound", divisionCircuit{}, 0},
		{"unpinned quotient", divisionCircuit{unpinned: true}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			honest := run(t, compile(t, &tc.circuit), valid)
			result, err := honest.MutateEach(malice.Sweep{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if result.Outputs < 2 || result.Mutations < 6*result.Outputs {
				t.Errorf("%d outputs, %d mutations", result.Outputs, result.Mutations)
			}
			wires := make(map[int]bool)
			for _, u := range result.Unnoticed {
				wires[u.Wire] = true
				if !strings.HasSuffix(u.Call.Hint, "divideHint") || u.Output != 0 || u.Inert() {
					t.Errorf("unexpected: %v", u)
				}
			}
			if len(wires) != tc.unpinned {
				t.Errorf("%d unpinned outputs, want %d: %v", len(wires), tc.unpinned, result.Unnoticed)
			}
			if again := run(t, compile(t, &tc.circuit), valid); !again.Satisfied() {
				t.Error("the sweep changed the report")
			}
		})
	}
}

// TestMutateEachInert finds the hinted inverse of a test for zero, whose value is free when
// the tested one is 0, and marks it as inert.
func TestMutateEachInert(t *testing.T) {
	honest := kitchenHonest(t, compile(t, newKitchenSink(3)), 0, 5, 6)
	result, err := honest.MutateEach(malice.Sweep{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Unnoticed) == 0 {
		t.Error("the inverse of 0 was not found")
	}
	for _, u := range result.Unnoticed {
		if !u.Inert() || !strings.HasSuffix(u.Call.Hint, "InvZeroHint") || u.Call.N != 0 {
			t.Errorf("unexpected: %v", u)
		}
		if !strings.Contains(u.String(), "InvZeroHint call 0 output 0") {
			t.Errorf("%q does not name the output", u)
		}
	}
	sampled, err := honest.MutateEach(malice.Sweep{Seed: 2, Sample: 5, Exempt: []string{"InvZeroHint"}})
	if err != nil {
		t.Fatal(err)
	}
	if sampled.Outputs != 5 || len(sampled.Unnoticed) != 0 {
		t.Errorf("sample: %+v", sampled)
	}
}

// TestPairedOutputs shows what the sweep cannot find: a remainder above the divisor needs
// the quotient changed with it.
func TestPairedOutputs(t *testing.T) {
	for _, unbounded := range []bool{false, true} {
		sys := compile(t, &divisionCircuit{unbounded: unbounded})
		forged := run(t, sys, &divisionCircuit{A: 1000, B: 7, Q: 142, R: 6},
			malice.ReplaceHint("divideHint", 0, func(in, out []*big.Int) {
				out[0].Sub(out[0], big.NewInt(1))
				out[1].Add(out[1], in[1])
			}),
			malice.Input("Q", 141), malice.Input("R", 13))
		if forged.Satisfied() != unbounded {
			t.Errorf("unbounded %t: %v", unbounded, forged)
		}
	}
}

func TestHintFailures(t *testing.T) {
	sys := compile(t, &divisionCircuit{})
	r := run(t, sys, &divisionCircuit{A: 1000, B: 0, Q: 0, R: 0})
	if len(r.HintErrors) == 0 || r.Satisfied() {
		t.Fatalf("hint errors %v, %v", r.HintErrors, r)
	}
	if e := r.HintErrors[0]; !strings.HasSuffix(e.Hint, "divideHint") || !strings.Contains(e.Err.Error(), "panic") {
		t.Errorf("hint error %v", e)
	}
	// The failure is gone once the input is right again.
	if r = attack(t, r, malice.Input("B", 7), malice.Input("Q", 142), malice.Input("R", 6)); len(r.HintErrors) != 0 || !r.Satisfied() {
		t.Errorf("hint errors %v, %v", r.HintErrors, r)
	}
}

// commitCircuit commits to A, and not to B.
type commitCircuit struct {
	A, B frontend.Variable
}

func (c *commitCircuit) Define(api frontend.API) error {
	v, err := api.Compiler().(frontend.Committer).Commit(c.A)
	if err != nil {
		return err
	}
	api.AssertIsDifferent(api.Mul(v, c.B), c.A)
	return nil
}

func TestCommitment(t *testing.T) {
	sys := compile(t, &commitCircuit{})
	if n := sys.Commitments(); n != 1 {
		t.Fatalf("%d commitments", n)
	}
	a, b := inputWire(t, sys, "A"), inputWire(t, sys, "B")
	if set := sys.Committed(); !set[a] || set[b] {
		t.Errorf("committed wires %v, A is %d, B is %d", set, a, b)
	}
	challenge := sys.Challenges()[0]
	honest := run(t, sys, &commitCircuit{A: 1, B: 2})
	for _, tc := range []struct {
		name    string
		attack  malice.Attack
		changes bool
	}{
		{"nothing", malice.Wire(a, 1), false},
		{"the committed wire", malice.Wire(a, 2), true},
		{"the other wire", malice.Wire(b, 3), false},
		{"the mask", malice.HintOutput("Randomize", 0, 0, 5), true},
		{"the other wire, knowing the challenge", malice.Wire(b, honest.Wire(challenge)), false},
	} {
		r := attack(t, honest, tc.attack)
		if changed := r.Wire(challenge) != honest.Wire(challenge); changed != tc.changes {
			t.Errorf("%s: challenge changed = %t", tc.name, changed)
		}
		if !r.Satisfied() {
			t.Errorf("%s: %v", tc.name, r)
		}
	}
	for name, at := range map[string]malice.Attack{
		"wire":   malice.Wire(challenge, 1),
		"output": malice.HintOutput("Bsb22CommitmentComputePlaceholder", 0, 0, 1),
	} {
		if _, err := honest.Attack(at); !errors.Is(err, malice.ErrChallenge) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestHoldHints changes a value and keeps its old decomposition: the constraint between
// them is violated, and the ranges of the old one are not.
func TestHoldHints(t *testing.T) {
	sys := compile(t, newKitchenSink(2))
	honest := kitchenHonest(t, sys, 3, 4)
	recomputed := attack(t, honest, malice.Input("Values[1]", 1<<17))
	held := attack(t, honest, malice.Input("Values[1]", 1<<17), malice.HoldHints())
	if recomputed.Satisfied() || held.Satisfied() {
		t.Error("17 bits pass a range check of 16")
	}
	nBits := func(r *malice.Report) *big.Int {
		out, err := r.HintOutputs("nBits", 1)
		if err != nil {
			t.Fatal(err)
		}
		return out[2]
	}
	if nBits(recomputed).Sign() != 0 || nBits(held).Cmp(big.NewInt(1)) != 0 {
		t.Errorf("bit 2: %v recomputed, %v held", nBits(recomputed), nBits(held))
	}
}

// TestWireFunc lets a wire answer to one that is computed before it.
func TestWireFunc(t *testing.T) {
	sys := compile(t, &commitCircuit{})
	a, b := inputWire(t, sys, "A"), inputWire(t, sys, "B")
	r := run(t, sys, &commitCircuit{A: 1, B: 2}, malice.Input("A", 9), malice.WireFunc(b, func(get malice.Wires) any {
		v := get(a)
		return *v.Double(&v)
	}))
	if got, err := r.Input("B"); err != nil || got.Uint64() != 18 {
		t.Errorf("B = %s, %v", got.String(), err)
	}
	r = attack(t, r, malice.Assignment(&commitCircuit{A: 4, B: 5}))
	if v := r.Wire(b); v.Uint64() != 5 {
		t.Errorf("B = %s after another assignment", v.String())
	}
}

func TestErrors(t *testing.T) {
	sys := compile(t, newKitchenSink(2))
	honest := kitchenHonest(t, sys, 3, 4)
	for name, tc := range map[string]struct {
		attack malice.Attack
		want   string
	}{
		"unknown input":  {malice.Input("Values[2]", 0), `no input "Values[2]"`},
		"constant wire":  {malice.Wire(0, 0), "no wire 0"},
		"wire too large": {malice.Wire(sys.Wires(), 0), "to set"},
		"bad value":      {malice.Input("Sum", "x"), "input wire 1"},
		"nil value":      {malice.HintOutput("nBits", 0, 0, nil), "output 0 of nBits"},
		"unknown hint":   {malice.HintOutput("noHint", 0, 0, 0), `no hint "noHint"`},
		"no such call":   {malice.HintOutput("nBits", 2, 0, 0), "is called 2 times"},
		"no such output": {malice.HintOutput("nBits", 0, 16, 0), "has 16 outputs"},
		"bad free value": {malice.FreeQuotients(func(malice.FreeWire, malice.Wires) any { return nil }), "free wire"},
	} {
		_, err := honest.Attack(malice.Input("Pair[1].Den", 0), tc.attack)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, tc.want)
		}
	}
	violated := attack(t, honest, malice.Input("Sum", 1))
	if _, err := violated.MutateEach(malice.Sweep{}); err == nil || !strings.Contains(err.Error(), "satisfied") {
		t.Errorf("sweep of a violated run: error %v", err)
	}
	if s := violated.String(); !strings.Contains(s, "1 of ") || !strings.Contains(s, "Sum") {
		t.Errorf("report %q does not name what failed", s)
	}
	if _, err := sys.RunVector(make(fr.Vector, 3)); err == nil {
		t.Error("a witness of another length was accepted")
	}
	plonk, err := frontend.Compile(ecc.BN254.ScalarField(), scs.NewBuilder, &commitCircuit{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := malice.New(plonk); err == nil {
		t.Error("a PLONK system was accepted")
	}
}

// TestConcurrentUse attacks one report from several goroutines; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	honest := kitchenHonest(t, compile(t, newKitchenSink(3)), 1, 5, 6)
	var group errgroup.Group
	for i := range 4 {
		group.Go(func() error {
			if _, err := honest.MutateEach(malice.Sweep{Sample: 20, Seed: uint64(i)}); err != nil {
				return err
			}
			r, err := honest.Attack(malice.Input("Sum", i))
			if err == nil && r.Satisfied() {
				err = errors.New("a wrong sum passes")
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if !honest.Satisfied() {
		t.Error(honest)
	}
}

// TestUnregisteredHint needs a hint passed to New that is not in gnark's registry.
func TestUnregisteredHint(t *testing.T) {
	ccs := compileCS(t, &unregisteredCircuit{})
	if _, err := malice.New(ccs); err == nil || !strings.Contains(err.Error(), "squareRootOfNine") {
		t.Errorf("error %v does not name the hint", err)
	}
	sys, err := malice.New(ccs, malice.WithHints(squareRootOfNine))
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, sys, &unregisteredCircuit{X: 9})
	if !r.Satisfied() {
		t.Error(r)
	}
	calls, err := sys.HintCalls("malice_test.squareRootOfNine")
	if err != nil || len(calls) != 1 || len(calls[0].Outputs) != 1 {
		t.Fatalf("calls %v, %v", calls, err)
	}
	// The other root is as good: a hint may have several right answers.
	if r = attack(t, r, malice.Wire(calls[0].Outputs[0], -3)); !r.Satisfied() || r.Changed != 1 {
		t.Error(r)
	}
}

func inputWire(t *testing.T, sys *malice.System, name string) int {
	t.Helper()
	w, err := sys.InputWire(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
