package multiset_test

import (
	"fmt"
	"math/big"
	"reflect"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/std/multicommit"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/circuits/internal/malice"
	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
)

func pow2(n int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n)) }

// circuit is values with a definition. Its public input keeps it a circuit
// where the definition uses constants alone.
type circuit struct {
	Public frontend.Variable `gnark:",public"`
	V      []frontend.Variable

	define func(api frontend.API, arg *multiset.Argument, v []frontend.Variable)
}

func (c *circuit) Define(api frontend.API) error {
	arg, err := multiset.New(api)
	if err != nil {
		return err
	}
	arg.Range(c.Public, 8) // so that there is something to commit to
	c.define(api, arg, c.V)
	return nil
}

func compile(t testing.TB, c frontend.Circuit) (constraint.ConstraintSystem, *malice.System) {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, c)
	if err != nil {
		t.Fatal(err)
	}
	sys, err := malice.New(ccs)
	if err != nil {
		t.Fatal(err)
	}
	return ccs, sys
}

// defined compiles a definition over n variables.
func defined(t testing.TB, n int, define func(api frontend.API, arg *multiset.Argument, v []frontend.Variable)) *malice.System {
	t.Helper()
	_, sys := compile(t, &circuit{V: make([]frontend.Variable, n), define: define})
	return sys
}

func satisfied(t testing.TB, sys *malice.System, v ...frontend.Variable) bool {
	t.Helper()
	report, err := sys.Run(&circuit{Public: 0, V: v})
	if err != nil {
		t.Fatal(err)
	}
	return report.Satisfied()
}

// TestRangeBoundaries: the first and last value within, and those beside them.
func TestRangeBoundaries(t *testing.T) {
	top := new(big.Int).Sub(ecc.BN254.ScalarField(), big.NewInt(1))
	half := new(big.Int).Rsh(ecc.BN254.ScalarField(), 1)
	for _, bits := range []int{1, 2, 3, 7, 8, 9, 16, 17, 27, 32, 40, 64, 72, 127, 128, 160, 237} {
		last := new(big.Int).Sub(pow2(bits), big.NewInt(1))
		cases := []struct {
			v  *big.Int
			in bool
		}{
			{big.NewInt(0), true}, {big.NewInt(1), true}, {last, true},
			{pow2(bits), false}, {new(big.Int).Add(pow2(bits), big.NewInt(1)), false}, {top, false}, {half, false},
		}
		t.Run(fmt.Sprint(bits), func(t *testing.T) {
			exact := defined(t, 1, func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) { arg.Range(v[0], bits) })
			loose := defined(t, 1, func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
				arg.RangeLoose(v[0], min(bits, 230))
			})
			sum := defined(t, 2, func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
				arg.Range(api.Add(v[0], api.Mul(v[1], 3), 1), bits)
			})
			for _, c := range cases {
				if satisfied(t, exact, c.v) != c.in {
					t.Errorf("Range(%s, %d): accepted = %t", c.v, bits, !c.in)
				}
				if c.in && bits <= 230 && !satisfied(t, loose, c.v) {
					t.Errorf("RangeLoose(%s, %d) refuses", c.v, bits)
				}
				// v[0] + 3·v[1] + 1 = c.v
				rest := new(big.Int).Sub(c.v, big.NewInt(1+3*5))
				if satisfied(t, sum, rest, 5) != c.in {
					t.Errorf("Range of an expression with value %s, %d bits: accepted = %t", c.v, bits, !c.in)
				}
			}
			for _, v := range []*big.Int{new(big.Int).Lsh(pow2(bits), 15), top, half} {
				if bits <= 230 && satisfied(t, loose, v) {
					t.Errorf("RangeLoose(%s, %d) accepts", v, bits)
				}
			}
		})
	}
}

// TestRangeOfConstants: constants take other paths through gnark than variables.
func TestRangeOfConstants(t *testing.T) {
	for _, bits := range []int{1, 8, 32, 128} {
		for _, c := range []struct {
			v  *big.Int
			in bool
		}{
			{big.NewInt(0), true}, {new(big.Int).Sub(pow2(bits), big.NewInt(1)), true},
			{pow2(bits), false}, {new(big.Int).Sub(ecc.BN254.ScalarField(), big.NewInt(1)), false},
		} {
			ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &circuit{
				V: []frontend.Variable{nil}, define: func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
					arg.Range(c.v, bits)
				},
			})
			if err != nil {
				if c.in {
					t.Errorf("Range of the constant %s, %d bits: %v", c.v, bits, err)
				}
				continue // refused at compile time, which is as good
			}
			sys, err := malice.New(ccs)
			if err != nil {
				t.Fatal(err)
			}
			if satisfied(t, sys, 0) != c.in {
				t.Errorf("Range of the constant %s, %d bits: accepted = %t", c.v, bits, !c.in)
			}
		}
	}
}

// TestRangeIsPinned: no limb and no count can be another.
func TestRangeIsPinned(t *testing.T) {
	sys := defined(t, 3, func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
		arg.Range(v[0], 40)
		arg.RangeLoose(v[1], 13)
		arg.Range(api.Mul(v[0], v[2]), 8)
	})
	report, err := sys.Run(&circuit{Public: 0, V: []frontend.Variable{pow2(39), 9, 0}})
	if err != nil {
		t.Fatal(err)
	}
	result, err := report.MutateEach(malice.Sweep{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range result.Unnoticed {
		t.Error(u)
	}
}

// TestEquality: two lists of three records satisfy the sum exactly when they are
// equal as multisets.
func TestEquality(t *testing.T) {
	const records, columns = 3, 3
	sys := defined(t, 2*records*columns, func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
		s := arg.Sum("lists", multiset.Unit, multiset.Beta1, multiset.Beta2)
		for i := range 2 * records {
			r := []multiset.Column{arg.Column(v[columns*i]), arg.Column(v[columns*i+1]), arg.Column(v[columns*i+2])}
			if i < records {
				s.Add(1, r...)
			} else {
				s.Sub(1, r...)
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		small := rapid.IntRange(0, 2)
		left := make([][columns]int, records)
		for i := range left {
			left[i] = [columns]int{small.Draw(t, "a"), small.Draw(t, "b"), small.Draw(t, "c")}
		}
		order := rapid.Permutation([]int{0, 1, 2}).Draw(t, "order")
		right := [][columns]int{left[order[0]], left[order[1]], left[order[2]]}
		right[small.Draw(t, "record")][small.Draw(t, "column")] = small.Draw(t, "value")

		counts := make(map[[columns]int]int)
		var v []frontend.Variable
		for i, list := range [][][columns]int{left, right} {
			for _, r := range list {
				counts[r] += 1 - 2*i
				v = append(v, r[0], r[1], r[2])
			}
		}
		equal := true
		for _, n := range counts {
			equal = equal && n == 0
		}
		report, err := sys.Run(&circuit{Public: 0, V: v})
		if err != nil {
			t.Fatal(err)
		}
		if report.Satisfied() != equal {
			t.Errorf("%v and %v: equal = %t, accepted = %t", left, right, equal, !equal)
		}
	})
}

// TestMultiplicities: what enters with which sign, and constants in their place.
func TestMultiplicities(t *testing.T) {
	type definition = func(api frontend.API, arg *multiset.Argument, v []frontend.Variable)
	for _, tc := range []struct {
		name   string
		define definition
		v      []frontend.Variable
		ok     bool
	}{
		{"nothing", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			arg.Sum("s", multiset.Unit).Add(0, arg.Column(v[0]))
		}, []frontend.Variable{1, 0}, true},
		{"one record alone", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			arg.Sum("s", multiset.Unit).Add(1, arg.Column(v[0]))
		}, []frontend.Variable{1, 0}, false},
		{"a record that is not switched on", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			arg.Sum("s", multiset.Unit).Add(v[1], arg.Column(v[0]))
		}, []frontend.Variable{1, 0}, true},
		{"a record that is switched on", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			arg.Sum("s", multiset.Unit).Add(v[1], arg.Column(v[0]))
		}, []frontend.Variable{1, 1}, false},
		{"twice and two", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			s := arg.Sum("s", multiset.Unit)
			s.Add(v[1], arg.Column(v[0]))
			s.Sub(1, arg.Const(7))
			s.Sub(1, arg.Const(7))
		}, []frontend.Variable{7, 2}, true},
		{"twice and three", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			s := arg.Sum("s", multiset.Unit)
			s.Add(v[1], arg.Column(v[0]))
			s.Sub(1, arg.Const(7))
			s.Sub(1, arg.Const(7))
		}, []frontend.Variable{7, 3}, false},
		{"an affine column", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			s := arg.Sum("s", multiset.Beta2)
			s.Add(1, arg.Affine(v[0], 4, -3))
			s.Sub(1, arg.Column(v[1]))
		}, []frontend.Variable{7, 25}, true},
		{"an affine column, off by one", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			s := arg.Sum("s", multiset.Beta2)
			s.Add(1, arg.Affine(v[0], 4, -3))
			s.Sub(1, arg.Column(v[1]))
		}, []frontend.Variable{7, 26}, false},
		{"an affine column of a constant", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			s := arg.Sum("s", multiset.Beta1)
			s.Add(1, arg.Affine(6, 4, 1))
			s.Sub(1, arg.ConstBig(big.NewInt(25)))
		}, []frontend.Variable{0, 0}, true},
		{"a negative constant", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			s := arg.Sum("s", multiset.Beta1)
			s.Add(1, arg.Const(-2))
			s.Sub(1, arg.Column(v[0]))
		}, []frontend.Variable{-2, 0}, true},
		{"columns do not mix", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			s := arg.Sum("s", multiset.Unit, multiset.Beta1)
			s.Add(1, arg.Column(v[0]), arg.Column(v[1]))
			s.Sub(1, arg.Column(v[1]), arg.Column(v[0]))
		}, []frontend.Variable{1, 2}, false},
		{"sums do not mix", func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			arg.Sum("s", multiset.Unit).Add(1, arg.Column(v[0]))
			arg.Sum("t", multiset.Unit).Sub(1, arg.Column(v[0]))
		}, []frontend.Variable{1, 2}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if sys := defined(t, 2, tc.define); satisfied(t, sys, tc.v...) != tc.ok {
				t.Errorf("accepted = %t", !tc.ok)
			}
		})
	}
}

// TestOneArgument: every gadget of a circuit gets the same one, so there is one
// commitment, and it holds every wire of every sum.
func TestOneArgument(t *testing.T) {
	ccs, sys := compile(t, &circuit{V: make([]frontend.Variable, 6), define: func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
		again, err := multiset.New(api)
		if err != nil || again != arg {
			panic("two arguments in one circuit")
		}
		s := arg.Sum("s", multiset.Unit, multiset.Beta1, multiset.Beta2)
		long := api.Add(v[0], v[1], v[2], v[3], v[4], v[5])
		short := api.Add(v[0], api.Mul(v[1], 5), 9)
		product := api.Mul(v[2], v[3])
		s.Add(v[4], arg.Column(long), arg.Column(short), arg.Affine(product, 3, 1))
		s.Sub(v[4], arg.Column(long), arg.Column(short), arg.Affine(product, 3, 1))
		arg.Range(long, 40)
	}})
	if n := sys.Commitments(); n != 1 {
		t.Errorf("%d commitments", n)
	}
	committed, challenge := sys.Committed(), sys.Challenges()[0]
	it := ccs.(*cs.R1CS).GetR1CIterator()
	for c := it.Next(); c != nil; c = it.Next() {
		var early []int
		late := false
		for _, side := range []constraint.LinearExpression{c.L, c.R, c.O} {
			for _, term := range side {
				late = late || term.WireID() >= challenge
				if wire := term.WireID(); wire != 0 && wire < challenge {
					early = append(early, wire)
				}
			}
		}
		for _, wire := range early {
			if late && !committed[wire] {
				t.Errorf("wire %d meets the challenge uncommitted", wire)
			}
		}
	}
}

// TestMaterialize: what is a single wire stays, all else becomes one, equal to it.
func TestMaterialize(t *testing.T) {
	sys := defined(t, 3, func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
		for _, wire := range []frontend.Variable{v[0], api.Mul(v[0], v[1])} {
			if !reflect.DeepEqual(arg.Materialize(wire), wire) {
				panic("a single wire was made a wire again")
			}
		}
		for _, e := range []frontend.Variable{api.Add(v[0], v[1]), api.Mul(v[0], 2), api.Add(v[0], 1), api.Neg(v[1]), 5} {
			w := arg.Materialize(e)
			if reflect.DeepEqual(w, e) {
				panic("an expression was taken for a wire")
			}
			api.AssertIsEqual(w, e)
		}
		api.AssertIsEqual(arg.Materialize(api.Add(v[0], v[1])), v[2])
	})
	if !satisfied(t, sys, 3, 4, 7) || satisfied(t, sys, 3, 4, 8) {
		t.Error("a materialized sum is not the sum")
	}
	report, err := sys.Run(&circuit{Public: 0, V: []frontend.Variable{3, 4, 7}})
	if err != nil {
		t.Fatal(err)
	}
	result, err := report.MutateEach(malice.Sweep{Hints: []string{"multiset.identityHint"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range result.Unnoticed {
		t.Error(u)
	}
}

// TestMisuse: what a programmer can do wrong inside Define panics there.
func TestMisuse(t *testing.T) {
	for name, define := range map[string]func(api frontend.API, arg *multiset.Argument, v []frontend.Variable){
		"two columns with one coefficient": func(_ frontend.API, arg *multiset.Argument, _ []frontend.Variable) {
			arg.Sum("s", multiset.Beta1, multiset.Beta1)
		},
		"record too short": func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			arg.Sum("s", multiset.Unit, multiset.Beta1).Add(1, arg.Column(v[0]))
		},
		"constant multiplicity 2": func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			arg.Sum("s", multiset.Unit).Add(2, arg.Column(v[0]))
		},
		"range of 0 bits":   func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) { arg.Range(v[0], 0) },
		"range of 254 bits": func(_ frontend.API, arg *multiset.Argument, v []frontend.Variable) { arg.Range(v[0], 254) },
		"record after the commitment": func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			s := arg.Sum("s", multiset.Unit)
			late(api, func() { s.Add(0, arg.Const(1)) })
		},
		"column after the commitment": func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			late(api, func() { arg.Column(v[0]) })
		},
		"sum after the commitment": func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			late(api, func() { arg.Sum("s", multiset.Unit) })
		},
		"range check after the commitment": func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			late(api, func() { arg.Range(v[0], 8) })
		},
		"range check in another commitment's callback": func(api frontend.API, arg *multiset.Argument, v []frontend.Variable) {
			multicommit.WithCommitment(api, func(_ frontend.API, c frontend.Variable) error {
				arg.Range(c, 8)
				return nil
			}, v[0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			if !refused(&circuit{V: make([]frontend.Variable, 1), define: define}) {
				t.Error("it compiles")
			}
		})
	}
}

// late runs f once the argument has taken its commitment: in a Defer after its own.
func late(api frontend.API, f func()) {
	api.Compiler().Defer(func(frontend.API) error {
		f()
		return nil
	})
}

// refused compiles, and takes a panic for an error.
func refused(c frontend.Circuit) (yes bool) {
	defer func() { yes = yes || recover() != nil }()
	_, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, c)
	return err != nil
}

// powers is a multiset equality as one might write it with gnark's
// multicommit: χ and β are powers of one challenge.
type powers struct {
	Public      frontend.Variable       `gnark:",public"`
	Left, Right [2][2]frontend.Variable // records (x, y)

	ours bool
}

func (c *powers) Define(api frontend.API) error {
	if c.ours {
		arg, err := multiset.New(api)
		if err != nil {
			return err
		}
		s := arg.Sum("records", multiset.Unit, multiset.Beta1)
		for i := range c.Left {
			s.Add(1, arg.Column(c.Left[i][0]), arg.Column(c.Left[i][1]))
			s.Sub(1, arg.Column(c.Right[i][0]), arg.Column(c.Right[i][1]))
		}
		api.AssertIsEqual(c.Public, 0)
		return nil
	}
	var wires []frontend.Variable
	for i := range c.Left {
		wires = append(wires, c.Left[i][0], c.Left[i][1], c.Right[i][0], c.Right[i][1])
	}
	api.AssertIsEqual(c.Public, 0)
	multicommit.WithCommitment(api, func(api frontend.API, gamma frontend.Variable) error {
		// χ = γ, β = γ²: the denominators γ − x − γ²·y are quadratics in γ,
		// and their roots are the prover's.
		beta := api.Mul(gamma, gamma)
		left, right := frontend.Variable(0), frontend.Variable(0)
		for i := range c.Left {
			left = api.Add(left, api.Inverse(api.Sub(gamma, c.Left[i][0], api.Mul(beta, c.Left[i][1]))))
			right = api.Add(right, api.Inverse(api.Sub(gamma, c.Right[i][0], api.Mul(beta, c.Right[i][1]))))
		}
		api.AssertIsEqual(left, right)
		return nil
	}, wires...)
	return nil
}

// TestPowersOfOneChallenge: 1/(γ − γ²y) + 1/(γ − 1/y) = 1/γ for every y, so under
// powers of one challenge {(0, y), (1/y, 0)} equals the same of any other y.
// Under independent challenges it does not.
func TestPowersOfOneChallenge(t *testing.T) {
	var half fr.Element
	half.SetUint64(2)
	half.Inverse(&half)
	forged := powers{Public: 0, Left: [2][2]frontend.Variable{{0, 1}, {1, 0}}, Right: [2][2]frontend.Variable{{0, 2}, {half, 0}}}
	honest := powers{Public: 0, Left: forged.Left, Right: [2][2]frontend.Variable{{1, 0}, {0, 1}}}
	other := powers{Public: 0, Left: forged.Left, Right: [2][2]frontend.Variable{{0, 2}, {2, 0}}}
	for _, ours := range []bool{false, true} {
		_, sys := compile(t, &powers{ours: ours})
		for name, tc := range map[string]struct {
			assignment powers
			accepted   bool
		}{
			"equal": {honest, true}, "unequal": {other, false}, "forged": {forged, !ours},
		} {
			report, err := sys.Run(&tc.assignment)
			if err != nil {
				t.Fatal(err)
			}
			if report.Satisfied() != tc.accepted {
				t.Errorf("our challenges: %t, %s: accepted = %t", ours, name, !tc.accepted)
			}
		}
	}
}
