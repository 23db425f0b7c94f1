package multiset

import (
	"fmt"

	"github.com/consensys/gnark/frontend"
)

// maxBase is the widest limb that [Argument.decompose] considers: its table has
// 2^16 rows.
const maxBase = 16

// looseSlack bounds how far RangeLoose may round up.
const looseSlack = maxBase - 1

type rangeCheck struct {
	section string
	v       frontend.Variable
	bits    int
	loose   bool
}

// Range asserts 0 ≤ v < 2^bits exactly. bits is at most 237, so that the
// recomposition of the limbs, rounded up or not, cannot wrap modulo r.
func (a *Argument) Range(v frontend.Variable, bits int) {
	a.rangeCheck(v, bits, false)
}

// RangeLoose asserts 0 ≤ v < 2^k for one k with bits ≤ k ≤ bits+15, whichever
// costs least in this circuit: for bounds that only keep a sum from wrapping.
func (a *Argument) RangeLoose(v frontend.Variable, bits int) {
	a.rangeCheck(v, bits, true)
}

func (a *Argument) rangeCheck(v frontend.Variable, bits int, loose bool) {
	if a.closed {
		panic("multiset: range check after the commitment")
	}
	if bits < 1 || bits+looseSlack >= a.api.Compiler().FieldBitLen()-1 {
		panic(fmt.Sprintf("multiset: range check of %d bits", bits))
	}
	a.checks = append(a.checks, rangeCheck{a.section, v, bits, loose})
}

// limbs returns the limb widths of a check under a base width.
func (c rangeCheck) limbs(base int) []int {
	var widths []int
	for bits := c.bits; bits > 0; bits -= base {
		w := min(bits, base)
		if c.loose {
			w = base
		}
		widths = append(widths, w)
	}
	return widths
}

// cost counts the constraints of all checks under a base width: one per limb,
// one per recomposition, one per table row.
func (a *Argument) cost(base int) int {
	total := 0
	tables := make(map[int]bool)
	for _, c := range a.checks {
		widths := c.limbs(base)
		total += len(widths)
		if len(widths) > 1 {
			total++
		}
		for _, w := range widths {
			if !tables[w] {
				tables[w] = true
				total += 1 << w
			}
		}
	}
	return total
}

// decompose splits every checked value into limbs and looks each up in the
// table of its width. The base width is the cheapest for the circuit's checks.
func (a *Argument) decompose() error {
	if len(a.checks) == 0 {
		return nil
	}
	base := 1
	for b := 2; b <= maxBase; b++ {
		if a.cost(b) < a.cost(base) {
			base = b
		}
	}
	lookups := make(map[int][]lookup) // by width
	for _, c := range a.checks {
		a.section = c.section
		a.enter(c.section)
		widths := c.limbs(base)
		if len(widths) == 1 {
			lookups[widths[0]] = append(lookups[widths[0]], lookup{c.section, a.Materialize(c.v)})
			continue
		}
		limbs, err := a.api.Compiler().NewHint(limbsHint, len(widths), c.v, base)
		if err != nil {
			return fmt.Errorf("multiset: limbs hint: %w", err)
		}
		// Pinned: each limb by its table below, all of them by this sum, which
		// cannot wrap since the widths add up to less than r has bits.
		a.api.AssertIsEqual(c.v, a.Recompose(limbs, base))
		for i, w := range widths {
			lookups[w] = append(lookups[w], lookup{c.section, limbs[i]})
		}
	}
	for w := 1; w <= maxBase; w++ {
		if len(lookups[w]) == 0 {
			continue
		}
		if err := a.lookupRange(w, lookups[w]); err != nil {
			return err
		}
	}
	return nil
}

// Recompose returns Σ limbs[i]·2^(i·base), a linear expression.
func (a *Argument) Recompose(limbs []frontend.Variable, base int) frontend.Variable {
	parts := make([]frontend.Variable, len(limbs)+2)
	parts[0], parts[1] = 0, 0
	for i, l := range limbs {
		parts[2+i] = a.api.Mul(l, pow2(base*i))
	}
	return a.api.Add(parts[0], parts[1], parts[2:]...)
}

// lookup is one value to be found in a range table.
type lookup struct {
	section string
	value   frontend.Variable
}

// lookupRange asserts that each value is one of 0 … 2^width−1.
func (a *Argument) lookupRange(width int, lookups []lookup) error {
	s := a.Sum(fmt.Sprintf("range %d", width), Unit)
	rows := 1 << width
	inputs := make([]frontend.Variable, 0, len(lookups)+1)
	inputs = append(inputs, rows)
	for _, l := range lookups {
		inputs = append(inputs, l.value)
	}
	// The counts are pinned by the sum: any other counts leave it unequal to 0.
	counts, err := a.api.Compiler().NewHint(countHint, rows, inputs...)
	if err != nil {
		return fmt.Errorf("multiset: count hint: %w", err)
	}
	a.section = sectionTables
	for i, m := range counts {
		s.Add(m, a.Const(int64(i)))
	}
	for _, l := range lookups {
		a.section = l.section
		s.Sub(1, a.Column(l.value))
	}
	return nil
}
