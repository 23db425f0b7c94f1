package signature

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/frontend"
)

// weierstrassParams relates the twisted Edwards curve −x² + y² = 1 + d·x²·y² to
// its short Weierstrass form
//
//	y² = x³ + α·x + β,
//
// in which tables are built and chains of points added up: an addition costs 4
// constraints with its division checked, against 6 in Edwards form. The price is
// that it has exceptions: the sum of P and ±P, and anything with the identity,
// cannot be computed. Each of them makes a checked division fail, so that no
// prover can use one; and no honest batch meets one (docs/soundness/signatures.md).
//
// The two forms are isomorphic, by way of Montgomery's (Bernstein, Birkner,
// Joye, Lange, Peters, Twisted Edwards Curves, AFRICACRYPT 2008, theorem 3.2):
// with a = −1, A = 2(a+d)/(a−d), B = 4/(a−d) and u = (1+y)/(1−y), the point
// (x, y) becomes
//
//	(B·u + AB/3, B²·u/x).
//
// Its inverse is (B²·u/Y, (u−1)/(u+1)) with u = (X − AB/3)/B. The identity, which
// has y = 1, and the point of order two, which has x = 0 and y = −1, are left out.
type weierstrassParams struct {
	b, b2   fr.Element // B, B²
	inverse fr.Element // 1/B
	shift   fr.Element // AB/3
	alpha   fr.Element // B² − (AB)²/3; no formula needs β
}

var weierstrass = func() (p weierstrassParams) {
	params := twistededwards.GetEdwardsCurve()
	var plus, minus, inverse, ab, three fr.Element
	plus.Add(&params.A, &params.D)
	minus.Sub(&params.A, &params.D)
	inverse.Inverse(&minus)
	p.b.SetUint64(4)
	p.b.Mul(&p.b, &inverse)
	p.b2.Square(&p.b)
	p.inverse.Inverse(&p.b)
	ab.Double(&plus).Mul(&ab, &inverse).Mul(&ab, &p.b)
	three.SetUint64(3)
	p.shift.Div(&ab, &three)
	p.alpha.Square(&ab).Div(&p.alpha, &three).Sub(&p.b2, &p.alpha)
	return p
}()

// wPoint is a point in Weierstrass form.
type wPoint struct {
	X, Y frontend.Variable
}

// wElement is a point in Weierstrass form outside of the circuit.
type wElement struct {
	x, y fr.Element
}

// errNoSum is a division by zero, which leaves the circuit unsatisfiable. No
// valid signature leads to one.
var errNoSum = errors.New("signature: an addition of equal or opposite points; is there a point of low order or off the curve?")

func (e *wElement) variable() wPoint { return wPoint{X: toInt(e.x), Y: toInt(e.y)} }

// fromEdwards converts a point that is neither the identity nor of order two.
func fromEdwards(x, y fr.Element) wElement {
	var one, minus, u fr.Element
	one.SetOne()
	minus.Sub(&one, &y)
	u.Add(&one, &y).Div(&u, &minus)
	var e wElement
	e.x.Mul(&u, &weierstrass.b).Add(&e.x, &weierstrass.shift)
	e.y.Mul(&u, &weierstrass.b2).Div(&e.y, &x)
	return e
}

// slope gives the sum of two points on a line of that slope.
func (e *wElement) slope(p, q *wElement, slope *fr.Element) {
	var s wElement
	s.x.Square(slope).Sub(&s.x, &p.x).Sub(&s.x, &q.x)
	s.y.Sub(&p.x, &s.x).Mul(&s.y, slope).Sub(&s.y, &p.y)
	*e = s
}

// add sets e to p + q, which must not be the same or opposite.
func (e *wElement) add(p, q *wElement) error {
	var dx, slope fr.Element
	dx.Sub(&q.x, &p.x)
	if dx.IsZero() {
		return errNoSum
	}
	slope.Sub(&q.y, &p.y).Div(&slope, &dx)
	e.slope(p, q, &slope)
	return nil
}

// double sets e to 2·p for a p that is not of order two.
func (e *wElement) double(p *wElement) error {
	var numerator, denominator fr.Element
	denominator.Double(&p.y)
	if denominator.IsZero() {
		return errNoSum
	}
	var square fr.Element
	square.Square(&p.x)
	numerator.Double(&square).Add(&numerator, &square).Add(&numerator, &weierstrass.alpha)
	numerator.Div(&numerator, &denominator)
	e.slope(p, p, &numerator)
	return nil
}

// toWeierstrass converts a point of the Edwards curve and asserts that it is
// neither the identity nor of order two: 3 constraints.
func (v *verifier) toWeierstrass(p Point) wPoint {
	api := v.api
	// u = (1+y)/(1−y) = 2/(1−y) − 1. Both divisions are checked: neither y = 1
	// nor x = 0 has a solution.
	u := api.Sub(api.Mul(api.Inverse(api.Sub(1, p.Y)), 2), 1)
	return wPoint{
		X: api.Add(api.Mul(u, toInt(weierstrass.b)), toInt(weierstrass.shift)),
		Y: api.Div(api.Mul(u, toInt(weierstrass.b2)), p.X),
	}
}

// toEdwards is the inverse of toWeierstrass: 4 constraints. Its divisions are
// checked. For a point on the curve the first fails at the point of order two
// alone, and the second never: u = −1 would be a point at infinity of the Edwards
// curve, which has none.
func (v *verifier) toEdwards(p wPoint) Point {
	api := v.api
	u := api.Mul(api.Sub(p.X, toInt(weierstrass.shift)), toInt(weierstrass.inverse))
	return Point{
		X: api.Div(api.Mul(u, toInt(weierstrass.b2)), p.Y),
		Y: api.Div(api.Sub(u, 1), api.Add(u, 1)),
	}
}

// assertSum asserts that s is p + q and that p and q are not the same or
// opposite: 4 constraints. For p and q on the curve, s is on it.
func (v *verifier) assertSum(p, q, s wPoint) {
	// Checked: p.X = q.X has no solution, whatever p.Y and q.Y are.
	slope := v.api.Div(v.api.Sub(q.Y, p.Y), v.api.Sub(q.X, p.X))
	v.assertOnLine(p, q, s, slope)
}

// assertDouble asserts that s is 2·p and that p is not of order two: 5 constraints.
func (v *verifier) assertDouble(p, s wPoint) {
	api := v.api
	numerator := api.Add(api.Mul(api.Mul(p.X, p.X), 3), toInt(weierstrass.alpha))
	slope := api.Div(numerator, api.Mul(p.Y, 2)) // checked, as in assertSum
	v.assertOnLine(p, p, s, slope)
}

// assertOnLine asserts that s is the sum of p and q, slope that of their line.
func (v *verifier) assertOnLine(p, q, s wPoint, slope frontend.Variable) {
	api := v.api
	v.assertProduct(slope, slope, api.Add(s.X, p.X, q.X))
	v.assertProduct(slope, api.Sub(p.X, s.X), api.Add(s.Y, p.Y))
}

// chain returns start plus all points: 4 constraints each.
func (v *verifier) chain(start wElement, points []wPoint) (wPoint, error) {
	acc := start.variable()
	inputs := []frontend.Variable{acc.X, acc.Y}
	for _, p := range points {
		inputs = append(inputs, p.X, p.Y)
	}
	// Pinned by assertSum, each by the one before it.
	sums, err := v.api.Compiler().NewHint(chainHint, 2*len(points), inputs...)
	if err != nil {
		return wPoint{}, fmt.Errorf("signature: chain hint: %w", err)
	}
	for i, p := range points {
		s := wPoint{X: sums[2*i], Y: sums[2*i+1]}
		v.assertSum(acc, p, s)
		acc = s
	}
	return acc, nil
}

// chainStart is a point of the prime-order subgroup whose logarithm to the base B
// nobody knows: every chain of additions starts there, so that it does not meet
// the identity, or the point to be added, or its negative. Somebody who knew the
// logarithm could only make batches that cannot be proven.
var chainStart = func() (p twistededwards.PointAffine) {
	for i := byte(0); ; i++ {
		y, err := fr.Hash([]byte{i}, []byte("quire/signature/chain"), 1)
		if err != nil {
			panic(fmt.Sprintf("signature: hash to field: %v", err)) // one element of a constant: cannot fail
		}
		compressed := y[0].Bytes()
		slices.Reverse(compressed[:]) // compressed points are little-endian
		if _, err := p.SetBytes(compressed[:]); err != nil || !p.IsOnCurve() {
			continue
		}
		if p.Double(&p).Double(&p).Double(&p); !p.IsZero() {
			return p
		}
	}
}()

// constant returns a point as constants of the circuit.
func constant(p *twistededwards.PointAffine) Point {
	return Point{X: toInt(p.X), Y: toInt(p.Y)}
}

func toInt(e fr.Element) *big.Int { return e.BigInt(new(big.Int)) }
