package signature

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/multiset"
)

// multiply asserts that p is on the curve and not of low order, builds its
// table, and appends the table's entry for each digit to that digit's points.
func (v *verifier) multiply(p Point, w window, digits []frontend.Variable, points [][]wPoint) error {
	api, arg := v.api, v.arg
	if !v.omit.onCurve {
		v.curve.AssertIsOnCurve(p)
	}
	multiples, err := v.oddMultiples(p, w)
	if err != nil {
		return err
	}
	inputs := make([]frontend.Variable, 1, 1+2*len(multiples)+len(digits))
	inputs[0] = w.bits
	for _, m := range multiples {
		inputs = append(inputs, m.X, m.Y)
	}
	inputs = append(inputs, digits...)
	// Pinned by the look-ups below: (x, y) is the entry of this table for the
	// digit; the counts by the sum, which any other counts leave unequal to 0.
	entries, err := api.Compiler().NewHint(lookUpHint, 2*len(digits), inputs...)
	if err != nil {
		return fmt.Errorf("signature: look-up hint: %w", err)
	}
	counts, err := api.Compiler().NewHint(countHint, w.entries(), digits...)
	if err != nil {
		return fmt.Errorf("signature: count hint: %w", err)
	}
	table := v.newTable(w)
	for u, count := range counts {
		m, negative := w.multiple(u)
		x, y := arg.Column(multiples[m].X), arg.Column(multiples[m].Y)
		if negative {
			y = arg.Affine(multiples[m].Y, -1, 0)
		}
		v.tables.Add(count, v.entry(table, x, y, u)...)
	}
	v.lookUp(table, digits, entries, points)
	return nil
}

// oddMultiples returns p, 3·p, … (2^bits − 1)·p and asserts that 8·p is not the
// identity: p must be on the curve.
func (v *verifier) oddMultiples(p Point, w window) ([]wPoint, error) {
	api := v.api
	multiples := make([]wPoint, w.entries()/2)
	multiples[0] = v.toWeierstrass(p)
	// Pinned by assertDouble and assertSum, each by those before it.
	out, err := api.Compiler().NewHint(multiplesHint, 2*len(multiples), multiples[0].X, multiples[0].Y)
	if err != nil {
		return nil, fmt.Errorf("signature: multiples hint: %w", err)
	}
	double := wPoint{X: out[0], Y: out[1]}
	v.assertDouble(multiples[0], double)
	for i := range multiples[1:] {
		multiples[i+1] = wPoint{X: out[2*i+2], Y: out[2*i+3]}
		v.assertSum(multiples[i], double, multiples[i+1])
	}
	// The rational points of order one, two and four are the identity, (0, −1)
	// and (±√−1, 0). p is none of the first two, since it has a Weierstrass
	// form; so 8·p is the identity only where 2·p is one of the last three,
	// which have u = 0 and u = 1.
	if !v.omit.lowOrder {
		var one fr.Element
		one.Add(&weierstrass.shift, &weierstrass.b)
		api.AssertIsDifferent(double.X, toInt(weierstrass.shift))
		api.AssertIsDifferent(double.X, toInt(one))
	}
	return multiples, nil
}

// multiple says which odd multiple, 2m+1, a digit stands for, and whether it is
// negated.
func (w window) multiple(digit int) (m int, negative bool) {
	half := w.entries() / 2
	if digit < half {
		return half - 1 - digit, true
	}
	return digit - half, false
}

// newTable returns the number of a new table.
func (v *verifier) newTable(w window) int {
	table := v.table
	v.table += w.entries()
	return table
}

// entry is the record that a table has for a digit. Table and digit are columns
// of their own: in one packed column the digit 16 of a table is the digit 0 of
// the next.
func (v *verifier) entry(table int, x, y multiset.Column, digit frontend.Variable) []multiset.Column {
	if v.omit.tableColumn {
		return []multiset.Column{x, v.arg.Const(0), y, v.arg.Affine(digit, 1, int64(table))}
	}
	return []multiset.Column{x, v.arg.Const(int64(table)), y, v.arg.Column(digit)}
}

// lookUp asserts that entries (x, y each) are the table's for the digits, and
// appends them to the digits' points.
func (v *verifier) lookUp(table int, digits, entries []frontend.Variable, points [][]wPoint) {
	for i, digit := range digits {
		entry := wPoint{X: entries[2*i], Y: entries[2*i+1]}
		v.tables.Sub(1, v.entry(table, v.arg.Column(entry.X), v.arg.Column(entry.Y), digit)...)
		points[i] = append(points[i], entry)
	}
}

// base puts −s·B up for addition: one constant table for all digits of s, whose
// entry u is −(u+1)·B. The 1 keeps the identity out of it.
func (v *verifier) base(s frontend.Variable) error {
	api, arg := v.api, v.arg
	digits, err := api.Compiler().NewHint(digitsHint, kWindow.count, s, kWindow.bits)
	if err != nil {
		return fmt.Errorf("signature: digits hint: %w", err)
	}
	// Pinned as far as need be: whatever the digits say is an s.
	api.AssertIsEqual(s, arg.Recompose(digits, kWindow.bits))
	entries, err := api.Compiler().NewHint(baseHint, 2*len(digits), digits...)
	if err != nil {
		return fmt.Errorf("signature: base hint: %w", err)
	}
	counts, err := api.Compiler().NewHint(countHint, kWindow.entries(), digits...)
	if err != nil {
		return fmt.Errorf("signature: count hint: %w", err)
	}
	table := v.newTable(kWindow)
	for u, count := range counts {
		e := negatedBaseMultiple(u + 1)
		v.tables.Add(count, v.entry(table, arg.ConstBig(toInt(e.x)), arg.ConstBig(toInt(e.y)), u)...)
	}
	v.lookUp(table, digits, entries, v.kPoints)
	return nil
}
