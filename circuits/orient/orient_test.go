package orient_test

import (
	"reflect"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/std/permutation/poseidon2"

	"github.com/quirezk/quire/circuits/orient"
)

// hashes is a chain of Poseidon2, with divisions, bits and constants around it:
// every way in which a wire comes to be defined.
type hashes struct {
	Out frontend.Variable `gnark:",public"`
	In  [4]frontend.Variable
}

func (c *hashes) Define(api frontend.API) error {
	p, err := poseidon2.NewPoseidon2(api)
	if err != nil {
		return err
	}
	state := []frontend.Variable{c.In[0], c.In[1]}
	for _, in := range c.In[2:] {
		if err := p.Permutation(state); err != nil {
			return err
		}
		state[0] = api.Add(state[0], api.DivUnchecked(in, state[1]))
		state[1] = api.Select(api.ToBinary(in, 8)[3], state[0], api.Inverse(state[1]))
	}
	api.AssertIsDifferent(state[0], c.Out)
	return nil
}

func compile(t *testing.T, c frontend.Circuit) *csbn254.R1CS {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, c)
	if err != nil {
		t.Fatal(err)
	}
	return ccs.(*csbn254.R1CS)
}

func constraints(system *csbn254.R1CS) []constraint.R1C {
	var all []constraint.R1C
	it := system.GetR1CIterator()
	for r := it.Next(); r != nil; r = it.Next() {
		all = append(all, constraint.R1C{
			L: append(constraint.LinearExpression{}, r.L...),
			R: append(constraint.LinearExpression{}, r.R...),
			O: append(constraint.LinearExpression{}, r.O...),
		})
	}
	return all
}

// inB is how many wires stand in B.
func inB(all []constraint.R1C) int {
	wires := make(map[int]bool)
	for _, r := range all {
		for _, term := range r.R {
			wires[term.WireID()] = true
		}
	}
	return len(wires)
}

// TestSameConstraints: each constraint is the same or has its factors swapped,
// and nothing else about the system changes.
func TestSameConstraints(t *testing.T) {
	system, untouched := compile(t, new(hashes)), compile(t, new(hashes))
	orient.Factors(system)
	before, after := constraints(untouched), constraints(system)
	if len(before) != len(after) {
		t.Fatalf("%d constraints have become %d", len(before), len(after))
	}
	swapped := 0
	for i := range before {
		b, a := before[i], after[i]
		if reflect.DeepEqual(b, a) {
			continue
		}
		swapped++
		if !reflect.DeepEqual(b.L, a.R) || !reflect.DeepEqual(b.R, a.L) || !reflect.DeepEqual(b.O, a.O) {
			t.Errorf("constraint %d: %v has become %v", i, b, a)
		}
	}
	if swapped == 0 {
		t.Error("no constraint has its factors swapped")
	}
	if b, a := inB(before), inB(after); a >= b {
		t.Errorf("%d wires stand in B, %d before", a, b)
	}
	system.CallData, untouched.CallData = nil, nil
	if !reflect.DeepEqual(system.Instructions, untouched.Instructions) || system.NbConstraints != untouched.NbConstraints {
		t.Error("the instructions have changed")
	}
}

// TestSameSolutions: what solved the system solves it, and what did not, does not.
func TestSameSolutions(t *testing.T) {
	for name, assignment := range map[string]*hashes{
		"good": {Out: 1, In: [4]frontend.Variable{3, 5, 7, 255}},
		"wide": {Out: 1, In: [4]frontend.Variable{3, 5, 7, 256}}, // eight bits do not hold it
	} {
		t.Run(name, func(t *testing.T) {
			full, err := frontend.NewWitness(assignment, ecc.BN254.ScalarField())
			if err != nil {
				t.Fatal(err)
			}
			system, untouched := compile(t, new(hashes)), compile(t, new(hashes))
			orient.Factors(system)
			want, wantErr := untouched.Solve(full)
			got, err := system.Solve(full)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("solving says %v, before %v", err, wantErr)
			}
			if err == nil && !reflect.DeepEqual(got.(*csbn254.R1CSSolution).W, want.(*csbn254.R1CSSolution).W) {
				t.Error("the wires have other values")
			}
		})
	}
}

// sBox is x⁵.
type sBox struct {
	Out frontend.Variable `gnark:",public"`
	X   [3]frontend.Variable
}

func (c *sBox) Define(api frontend.API) error {
	x := api.Add(c.X[0], c.X[1], c.X[2])
	x2 := api.Mul(x, x)
	x4 := api.Mul(x2, x2)
	api.AssertIsEqual(api.Mul(x, x4), c.Out)
	return nil
}

// TestSBox: x is squared and x² is, so they stand in B; x⁴ need not.
func TestSBox(t *testing.T) {
	system := compile(t, new(sBox))
	const before, after = 6, 5 // the three parts of x, x², the constant of the last equality; x⁴ before
	if n := inB(constraints(system)); n != before {
		t.Errorf("gnark puts %d wires into B, want %d", n, before)
	}
	orient.Factors(system)
	if n := inB(constraints(system)); n != after {
		t.Errorf("%d wires stand in B, want %d", n, after)
	}
	again := constraints(system)
	orient.Factors(system)
	if !reflect.DeepEqual(again, constraints(system)) {
		t.Error("a second time changes something")
	}
}
