package malice_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/std/lookup/logderivlookup"
	"github.com/consensys/gnark/std/rangecheck"

	"github.com/quirezk/quire/circuits/internal/malice"
)

func init() { solver.RegisterHint(divideHint) }

// divideHint computes quotient and remainder of its two inputs, and panics if the divisor is 0.
func divideHint(_ *big.Int, in, out []*big.Int) error {
	if len(in) != 2 || len(out) != 2 {
		return errors.New("divideHint takes two inputs and gives two outputs")
	}
	out[0].QuoRem(in[0], in[1], out[1])
	return nil
}

// divisionCircuit shows that Q and R are quotient and remainder of A by B, all of 32 bits.
// Each of its two flaws leaves out what pins an output of the hint.
type divisionCircuit struct {
	A, B frontend.Variable `gnark:",public"`
	Q, R frontend.Variable `gnark:",public"`

	unpinned  bool // the quotient is not tied to anything
	unbounded bool // the remainder may exceed the divisor
}

func (c *divisionCircuit) Define(api frontend.API) error {
	out, err := api.NewHint(divideHint, 2, c.A, c.B)
	if err != nil {
		return err
	}
	q, r := out[0], out[1]
	if c.unpinned {
		api.AssertIsEqual(r, c.R)
		return nil
	}
	// A = q·B + r, r < B, and no wrap around: q, r < 2^32.
	api.AssertIsEqual(api.Add(api.Mul(q, c.B), r), c.A)
	check := rangecheck.New(api)
	check.Check(q, 32)
	check.Check(r, 32)
	if !c.unbounded {
		check.Check(api.Sub(c.B, r, 1), 32)
	}
	api.AssertIsEqual(q, c.Q)
	api.AssertIsEqual(r, c.R)
	return nil
}

// squareRootOfNine is a hint that is not registered.
func squareRootOfNine(_ *big.Int, _, out []*big.Int) error {
	out[0].SetUint64(3)
	return nil
}

type unregisteredCircuit struct {
	X frontend.Variable
}

func (c *unregisteredCircuit) Define(api frontend.API) error {
	root, err := api.NewHint(squareRootOfNine, 1, c.X)
	if err != nil {
		return err
	}
	api.AssertIsEqual(api.Mul(root[0], root[0]), c.X)
	return nil
}

// kitchenSink has one of every kind of instruction.
type kitchenSink struct {
	Sum     frontend.Variable `gnark:",public"`
	Values  []frontend.Variable
	Entries [4]frontend.Variable
	Pair    [2]struct{ Num, Den frontend.Variable }
}

func newKitchenSink(n int) *kitchenSink {
	return &kitchenSink{Values: make([]frontend.Variable, n)}
}

func (c *kitchenSink) Define(api frontend.API) error {
	table := logderivlookup.New(api)
	for i := range c.Entries {
		table.Insert(api.Mul(c.Entries[i], 3))
	}
	check := rangecheck.New(api)
	var terms []frontend.Variable // added once: a growing sum takes quadratic time to compile
	for _, v := range c.Values {
		bits := api.ToBinary(v, 16)
		check.Check(v, 16)
		index := api.Add(bits[0], api.Mul(2, bits[1]))
		terms = append(terms, table.Lookup(index)[0], api.IsZero(v), api.Mul(v, v, v))
	}
	for i := range c.Pair {
		terms = append(terms, api.DivUnchecked(c.Pair[i].Num, c.Pair[i].Den))
	}
	inverter, ok := api.(frontend.BatchInverter)
	if !ok {
		return errors.New("the builder has no batch inversion")
	}
	inverses := inverter.BatchInvert([]frontend.Variable{
		api.Add(c.Values[0], 1), api.Add(c.Values[0], c.Values[1], 2), 5,
	})
	terms = append(terms, inverses...)
	api.AssertIsEqual(api.Add(api.Div(1, api.Add(c.Values[0], 7)), terms[0], terms[1:]...), c.Sum)
	return nil
}

// kitchenAssignment satisfies the circuit except for the sum, which is 0 in it.
func kitchenAssignment(values ...int) *kitchenSink {
	a := newKitchenSink(len(values))
	a.Sum = 0
	for i, v := range values {
		a.Values[i] = v
	}
	for i := range a.Entries {
		a.Entries[i] = 100 + i
	}
	a.Pair[0].Num, a.Pair[0].Den = 12, 5
	a.Pair[1].Num, a.Pair[1].Den = 0, 9
	return a
}

// kitchenHonest is a satisfied run: the sum is taken from the side that the last assertion
// violates without it.
func kitchenHonest(t testing.TB, sys *malice.System, values ...int) *malice.Report {
	t.Helper()
	a := kitchenAssignment(values...)
	r := run(t, sys, a)
	if len(r.Violations) != 1 {
		t.Fatalf("want the sum alone to be wrong: %v", r)
	}
	// The assertion is sum·1 = Sum, with the factors in either order.
	var sum fr.Element
	a.Sum = *sum.Mul(&r.Violations[0].L, &r.Violations[0].R)
	r = run(t, sys, a)
	if !r.Satisfied() {
		t.Fatalf("honest run: %v", r)
	}
	return r
}

func compileCS(t testing.TB, circuit frontend.Circuit) constraint.ConstraintSystem {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, circuit)
	if err != nil {
		t.Fatal(err)
	}
	return ccs
}

func compile(t testing.TB, circuit frontend.Circuit) *malice.System {
	t.Helper()
	sys, err := malice.New(compileCS(t, circuit))
	if err != nil {
		t.Fatal(err)
	}
	return sys
}

func run(t testing.TB, sys *malice.System, assignment frontend.Circuit, attacks ...malice.Attack) *malice.Report {
	t.Helper()
	r, err := sys.Run(assignment, attacks...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func attack(t testing.TB, r *malice.Report, attacks ...malice.Attack) *malice.Report {
	t.Helper()
	out, err := r.Attack(attacks...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
