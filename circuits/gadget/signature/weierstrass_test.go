package signature

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	tedwards "github.com/consensys/gnark-crypto/ecc/twistededwards"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	edwards "github.com/consensys/gnark/std/algebra/native/twistededwards"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/circuits/internal/malice"
	"github.com/quirezk/quire/protocol"
)

func (e *wElement) equal(f wElement) bool { return e.x.Equal(&f.x) && e.y.Equal(&f.y) }

func converted(p protocol.Point) wElement { return fromEdwards(p.X, p.Y) }

// TestWeierstrassIsTheSameGroup compares sums and doubles in both forms.
func TestWeierstrassIsTheSameGroup(t *testing.T) {
	low := torsion(t)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) protocol.Point {
			n := rapid.Int64Min(1).Draw(t, name)
			return sum(times(big.NewInt(n)), rapid.SampledFrom(low).Draw(t, name+" torsion"))
		}
		p, q := draw("p"), draw("q")
		if p.X == q.X || p.X.Equal(new(fr.Element).Neg(&q.X)) {
			t.Skip("equal or opposite")
		}
		wp, wq := converted(p), converted(q)
		var s, d wElement
		if err := s.add(&wp, &wq); err != nil {
			t.Fatal(err)
		}
		if err := d.double(&wp); err != nil {
			t.Fatal(err)
		}
		if pq := sum(p, q); !pq.X.IsZero() && !s.equal(converted(pq)) {
			t.Error("p + q differs")
		}
		if !d.equal(converted(sum(p, p))) {
			t.Error("2p differs")
		}
	})
}

func TestNoSumOfEqualsOrOpposites(t *testing.T) {
	p := converted(times(big.NewInt(5)))
	minus, half := p, p
	minus.y.Neg(&p.y)
	half.y.SetZero()
	var s wElement
	if s.add(&p, &p) == nil || s.add(&p, &minus) == nil || s.double(&half) == nil {
		t.Error("no error")
	}
}

func TestChainStart(t *testing.T) {
	params := twistededwards.GetEdwardsCurve()
	var p twistededwards.PointAffine
	if p.ScalarMultiplication(&chainStart, &params.Order); !chainStart.IsOnCurve() || chainStart.IsZero() || !p.IsZero() {
		t.Error("the start of chains is not of prime order")
	}
	// Pinned: another start is another circuit.
	if got, want := chainStart.X.String(), "3878661235619196166085691366926427267164388419199228808639537032738862893268"; got != want {
		t.Errorf("x of the start is %s, want %s", got, want)
	}
}

// arithmetic asserts one relation between points.
type arithmetic struct {
	P, Q, S wPoint
	E       Point
	relate  func(v *verifier, c *arithmetic)
}

func (c *arithmetic) Define(api frontend.API) error {
	curve, err := edwards.NewEdCurve(api, tedwards.BN254)
	if err != nil {
		return err
	}
	c.relate(&verifier{api: api, curve: curve}, c)
	// A circuit without a use for all of its inputs does not compile.
	for _, x := range []frontend.Variable{c.P.X, c.P.Y, c.Q.X, c.Q.Y, c.S.X, c.S.Y, c.E.X, c.E.Y} {
		api.AssertIsEqual(api.Mul(x, 1), x)
	}
	return nil
}

func sums(v *verifier, c *arithmetic)    { v.assertSum(c.P, c.Q, c.S) }
func doubles(v *verifier, c *arithmetic) { v.assertDouble(c.P, c.S) }

func fromE(v *verifier, c *arithmetic) {
	p := v.toWeierstrass(c.E)
	v.api.AssertIsEqual(p.X, c.P.X)
	v.api.AssertIsEqual(p.Y, c.P.Y)
}

func toE(v *verifier, c *arithmetic) {
	p := v.toEdwards(c.P)
	v.api.AssertIsEqual(p.X, c.E.X)
	v.api.AssertIsEqual(p.Y, c.E.Y)
}

// TestArithmeticGadgets has the exceptions of each formula beside valid cases.
// An exception has no solution: neither as gnark solves it nor with a free
// quotient, of which there must be none.
func TestArithmeticGadgets(t *testing.T) {
	p, q := times(big.NewInt(3)), times(big.NewInt(10))
	w := func(p protocol.Point) wPoint { e := converted(p); return e.variable() }
	flip := func(p wPoint) wPoint {
		y := new(big.Int).Sub(fr.Modulus(), p.Y.(*big.Int))
		return wPoint{X: p.X, Y: y}
	}
	e := func(p protocol.Point) Point { return Point{X: p.X, Y: p.Y} }
	var minusOne fr.Element
	minusOne.SetInt64(-1)
	halfPoint := wPoint{X: toInt(weierstrass.shift), Y: 0} // of order two
	pw, qw := w(p), w(q)
	none := wPoint{X: 0, Y: 0}
	noEdwards := Point{X: 0, Y: 0}
	cases := []struct {
		name   string
		relate func(*verifier, *arithmetic)
		values arithmetic
		ok     bool
	}{
		{"sum", sums, arithmetic{P: pw, Q: qw, S: w(sum(p, q))}, true},
		{"sum, sign wrong", sums, arithmetic{P: pw, Q: qw, S: flip(w(sum(p, q)))}, false},
		{"sum, another point", sums, arithmetic{P: pw, Q: qw, S: w(sum(p, p))}, false},
		{"sum of equals", sums, arithmetic{P: pw, Q: pw, S: w(sum(p, p))}, false},
		{"sum of equals, some other point", sums, arithmetic{P: pw, Q: pw, S: qw}, false},
		{"sum of opposites", sums, arithmetic{P: pw, Q: flip(pw), S: pw}, false},
		{"double", doubles, arithmetic{P: pw, S: w(sum(p, p))}, true},
		{"double, sign wrong", doubles, arithmetic{P: pw, S: flip(w(sum(p, p)))}, false},
		{"double of the point of order two", doubles, arithmetic{P: halfPoint, S: halfPoint}, false},
		{"from Edwards", fromE, arithmetic{E: e(p), P: pw}, true},
		{"from Edwards, sign wrong", fromE, arithmetic{E: e(p), P: flip(pw)}, false},
		{"from the identity", fromE, arithmetic{E: Point{X: 0, Y: 1}, P: none}, false},
		{"from the point of order two", fromE, arithmetic{E: Point{X: 0, Y: minusOne}, P: halfPoint}, false},
		{"from (0, 0)", fromE, arithmetic{E: noEdwards, P: none}, false},
		{"from (1, 1)", fromE, arithmetic{E: Point{X: 1, Y: 1}, P: none}, false},
		{"to Edwards", toE, arithmetic{P: pw, E: e(p)}, true},
		{"to Edwards, another point", toE, arithmetic{P: pw, E: e(q)}, false},
		{"the point of order two to Edwards", toE, arithmetic{P: halfPoint, E: Point{X: 0, Y: minusOne}}, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			for _, x := range []*wPoint{&tc.values.P, &tc.values.Q, &tc.values.S} {
				if x.X == nil {
					*x = none
				}
			}
			if tc.values.E.X == nil {
				tc.values.E = noEdwards
			}
			ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &arithmetic{relate: tc.relate})
			if err != nil {
				t.Fatal(err)
			}
			sys, err := malice.New(ccs)
			if err != nil {
				t.Fatal(err)
			}
			r, err := sys.Run(&tc.values)
			if err != nil {
				t.Fatal(err)
			}
			if r.Satisfied() != tc.ok || len(r.Free) != 0 {
				t.Errorf("satisfied: %t, want %t; free quotients: %v", r.Satisfied(), tc.ok, r.Free)
			}
		})
	}
}
