package signature

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/constraint/solver"
)

func init() { solver.RegisterHint(GetHints()...) }

// GetHints returns the hints of this package. They constrain nothing: each call
// names the constraints that pin its outputs.
func GetHints() []solver.Hint {
	return []solver.Hint{digitsHint, halfHint, hashLimbsHint, quotientHint, lookUpHint, countHint, baseHint}
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

// quotientHint takes h and the uncentred z and returns q + 2^131 in two limbs
// and the digits of k, with z·h = q·ℓ + k and 0 ≤ k < ℓ.
func quotientHint(_ *big.Int, inputs, outputs []*big.Int) error {
	z := new(big.Int).Sub(inputs[1], zWindow.offset())
	q, k := new(big.Int), new(big.Int)
	q.DivMod(z.Mul(z, inputs[0]), subgroupOrder(), k) // Euclidean: 0 ≤ k < ℓ
	q.Add(q, pow2(quotientBits-1))
	split(q, limbBits, outputs[:1])
	outputs[1].Rsh(q, limbBits)
	split(k.Add(k, kWindow.offset()), kWindow.bits, outputs[2:])
	return nil
}

// lookUpHint takes the width of a window, the positive multiples of a point in
// its table (x, y each) and digits, and returns x and y of the entry for each
// digit.
func lookUpHint(mod *big.Int, inputs, outputs []*big.Int) error {
	w := window{bits: int(inputs[0].Int64())}
	multiples := inputs[1:]
	for i, u := range inputs[1+w.entries():] {
		if err := checkDigit(u, w.entries()); err != nil {
			return err
		}
		x, y := outputs[2*i], outputs[2*i+1]
		switch d := int(u.Uint64()) - w.shift(); {
		case d == 0:
			x.SetInt64(0)
			y.SetInt64(1)
		case d > 0:
			x.Set(multiples[2*(d-1)])
			y.Set(multiples[2*(d-1)+1])
		default:
			x.Sub(mod, multiples[2*(-d-1)])
			x.Mod(x, mod)
			y.Set(multiples[2*(-d-1)+1])
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

// baseHint returns x and y of −u·B for each digit u.
func baseHint(_ *big.Int, inputs, outputs []*big.Int) error {
	for i, u := range inputs {
		if err := checkDigit(u, kWindow.entries()); err != nil {
			return err
		}
		x, y := negatedBaseMultiple(u.Int64())
		outputs[2*i].Set(x)
		outputs[2*i+1].Set(y)
	}
	return nil
}

// negatedBaseMultiple returns the coordinates of −u·B.
func negatedBaseMultiple(u int64) (x, y *big.Int) {
	params := twistededwards.GetEdwardsCurve()
	var p twistededwards.PointAffine
	p.ScalarMultiplication(&params.Base, big.NewInt(u))
	var nx fr.Element
	nx.Neg(&p.X)
	return nx.BigInt(new(big.Int)), p.Y.BigInt(new(big.Int))
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
