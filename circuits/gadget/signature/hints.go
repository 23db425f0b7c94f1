package signature

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/constraint/solver"
)

func init() { solver.RegisterHint(GetHints()...) }

// GetHints returns the hints of this package. They constrain nothing: each call
// names the constraints that pin its outputs.
func GetHints() []solver.Hint {
	return []solver.Hint{digitsHint, halfHint, hashLimbsHint, quotientHint, multiplesHint, chainHint, lookUpHint, countHint, baseHint}
}

// digitsHint splits inputs[0] into digits of inputs[1] bits, lowest first.
func digitsHint(_ *big.Int, inputs, outputs []*big.Int) error {
	split(inputs[0], int(inputs[1].Int64()), outputs)
	return nil
}

// halfHint returns digits of the 127 bits of inputs[0] from bit inputs[1] up.
func halfHint(_ *big.Int, inputs, outputs []*big.Int) error {
	value := new(big.Int).Rsh(inputs[0], uint(inputs[1].Int64()))
	value.And(value, new(big.Int).Sub(pow2(halfBits), big.NewInt(1)))
	split(value, zWindow.bits, outputs)
	return nil
}

// hashLimbsHint splits a hash into two limbs of 72 bits and the rest.
func hashLimbsHint(_ *big.Int, inputs, outputs []*big.Int) error {
	split(inputs[0], limbBits, outputs[:2])
	outputs[2].Rsh(inputs[0], lowBits)
	return nil
}

// quotientHint takes h and the half that z is made of and returns q + 2^131 in
// two limbs and the digits of k, with z·h = q·ℓ + k, k odd and −ℓ < k < ℓ.
func quotientHint(_ *big.Int, inputs, outputs []*big.Int) error {
	z := new(big.Int).Lsh(inputs[1], 1)
	z.Sub(z, zWindow.offset())
	order, q, k := subgroupOrder(), new(big.Int), new(big.Int)
	q.DivMod(z.Mul(z, inputs[0]), order, k) // Euclidean: 0 ≤ k < ℓ
	if k.Bit(0) == 0 {
		k.Sub(k, order) // odd, since ℓ is
		q.Add(q, big.NewInt(1))
	}
	q.Add(q, pow2(quotientBits-1))
	split(q, limbBits, outputs[:1])
	outputs[1].Rsh(q, limbBits)
	k.Add(k, kWindow.offset())
	split(k.Rsh(k, 1), kWindow.bits, outputs[2:])
	return nil
}

// multiplesHint takes a point in Weierstrass form and returns its double, then
// its odd multiples from 3 on, x and y each.
func multiplesHint(_ *big.Int, inputs, outputs []*big.Int) error {
	var double wElement
	m := element(inputs[0], inputs[1])
	if err := double.double(&m); err != nil {
		return err
	}
	double.write(outputs[:2])
	for i := 2; i < len(outputs); i += 2 {
		if err := m.add(&m, &double); err != nil {
			return err
		}
		m.write(outputs[i : i+2])
	}
	return nil
}

// chainHint takes points in Weierstrass form and returns the sums of the first
// two, three and so on, x and y each.
func chainHint(_ *big.Int, inputs, outputs []*big.Int) error {
	acc := element(inputs[0], inputs[1])
	for i := 0; i < len(outputs); i += 2 {
		p := element(inputs[i+2], inputs[i+3])
		if err := acc.add(&acc, &p); err != nil {
			return err
		}
		acc.write(outputs[i : i+2])
	}
	return nil
}

func element(x, y *big.Int) (e wElement) {
	e.x.SetBigInt(x)
	e.y.SetBigInt(y)
	return e
}

func (e *wElement) write(outputs []*big.Int) {
	e.x.BigInt(outputs[0])
	e.y.BigInt(outputs[1])
}

// lookUpHint takes the width of a window, the multiples of a point in its table
// (x, y each) and digits, and returns x and y of the entry for each digit.
func lookUpHint(mod *big.Int, inputs, outputs []*big.Int) error {
	w := window{bits: int(inputs[0].Int64())}
	multiples := inputs[1:]
	for i, u := range inputs[1+w.entries():] {
		if err := checkDigit(u, w.entries()); err != nil {
			return err
		}
		m, negative := w.multiple(int(u.Int64()))
		outputs[2*i].Set(multiples[2*m])
		outputs[2*i+1].Set(multiples[2*m+1])
		if negative {
			outputs[2*i+1].Sub(mod, outputs[2*i+1]).Mod(outputs[2*i+1], mod)
		}
	}
	return nil
}

// checkDigit says whether u is a digit of a table with so many entries.
func checkDigit(u *big.Int, entries int) error {
	if !u.IsUint64() || u.Uint64() >= uint64(entries) {
		return fmt.Errorf("signature: digit %s is not below %d", u, entries)
	}
	return nil
}

// countHint counts how often each digit occurs; there is an output per digit.
func countHint(_ *big.Int, inputs, outputs []*big.Int) error {
	counts := make([]int64, len(outputs))
	for _, u := range inputs {
		if err := checkDigit(u, len(counts)); err != nil {
			return err
		}
		counts[u.Uint64()]++
	}
	for i := range outputs {
		outputs[i].SetInt64(counts[i])
	}
	return nil
}

// baseHint returns x and y of −(u+1)·B for each digit u.
func baseHint(_ *big.Int, inputs, outputs []*big.Int) error {
	for i, u := range inputs {
		if err := checkDigit(u, kWindow.entries()); err != nil {
			return err
		}
		e := negatedBaseMultiple(int(u.Int64()) + 1)
		e.write(outputs[2*i : 2*i+2])
	}
	return nil
}

// negatedBaseMultiple returns −n·B in Weierstrass form.
func negatedBaseMultiple(n int) wElement {
	p := twistededwards.GetEdwardsCurve().Base
	p.ScalarMultiplication(&p, big.NewInt(int64(-n)))
	return fromEdwards(p.X, p.Y)
}

// split writes the limbs of v, lowest first; what does not fit is dropped, and
// the equation that pins the limbs then fails.
func split(v *big.Int, bits int, limbs []*big.Int) {
	mask := new(big.Int).Sub(pow2(bits), big.NewInt(1))
	for i := range limbs {
		limbs[i].Rsh(v, uint(bits*i))
		limbs[i].And(limbs[i], mask)
	}
}
