package signature

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/frontend"
)

// Limbs of the identity z·h = q·ℓ + k over the integers.
const (
	limbBits     = 72
	lowBits      = 2 * limbBits // the identity is checked modulo 2^144
	quotientBits = 132          // of q + 2^131
	carryBits    = 78           // of carry + 2^77, at least
)

// keyDigits returns digits of k in kWindow with k ≡ z·h mod ℓ, z what the digits
// of the half stand for. The caller looks the digits up, and thereby checks
// their range.
//
// With z = 2·value − (2^128 − 1), value the half, and k = 2·K − (2^255 − 1), K the
// number that its digits make, it asserts over the integers
//
//	z·h − q·ℓ − k = 0,   −2^131 ≤ q < 2^131
//
// by asserting it modulo r and modulo 2^144. Bounds: |z| < 2^128 and 0 ≤ h < r <
// 2^254, so |z·h| < 2^382; ℓ < 2^251, so |q·ℓ| ≤ 2^382; |k| < 2^255. The left
// side is below 2^384 in absolute value, and it is divisible by r·2^144 > 2^397:
// so it is 0. An honest q is in its range, since −2^128 < z < 0 and r < 8ℓ, and
// an odd k with |k| < ℓ can always be had, since ℓ is odd.
//
// h is split as h0 + 2^72·h1 + 2^144·h2 with h0, h1 < 2^72 and 0 ≤ h2 <
// ⌊r/2^144⌋, hence below r: there is one such split. (protocol.Verify refuses
// the one hash in 2^109 with h2 = ⌊r/2^144⌋.)
//
// Modulo 2^144 only the low limbs matter. With z = z0 + 2^72·z1 and h, q, ℓ, k
// in limbs likewise,
//
//	L = z0·(h0 + 2^72·h1) + 2^72·z1·h0 − q0·(ℓ0 + 2^72·ℓ1) − 2^72·q1·ℓ0 − k_low + constants
//
// is congruent to the left side. No term exceeds 2^216 in absolute value and
// there are fewer than eight, so |L| < 2^219. The carry is asserted to be at
// least −2^77 and less than 2^93, so |L − carry·2^144| < 2^238 < r: L = carry·2^144
// modulo r holds over the integers, and L is divisible by 2^144.
func (v *verifier) keyDigits(h frontend.Variable, zHalf half) ([]frontend.Variable, error) {
	api, arg := v.api, v.arg
	order := subgroupOrder()

	// h, canonically.
	hl, err := api.Compiler().NewHint(hashLimbsHint, 3, h)
	if err != nil {
		return nil, fmt.Errorf("signature: hash limbs hint: %w", err)
	}
	arg.Range(hl[0], limbBits)
	arg.Range(hl[1], limbBits)
	top := new(big.Int).Rsh(api.Compiler().Field(), lowBits)
	arg.RangeLoose(hl[2], top.BitLen())
	if !v.omit.hashSplit {
		arg.RangeLoose(api.Sub(new(big.Int).Sub(top, big.NewInt(1)), hl[2]), top.BitLen())
	}
	api.AssertIsEqual(h, api.Add(hl[0], api.Mul(hl[1], pow2(limbBits)), api.Mul(hl[2], pow2(lowBits))))

	// q + 2^131 in two limbs, and the digits of k.
	out, err := api.Compiler().NewHint(quotientHint, 2+kWindow.count, h, zHalf.value)
	if err != nil {
		return nil, fmt.Errorf("signature: quotient hint: %w", err)
	}
	q0, q1, digits := out[0], out[1], out[2:]
	arg.Range(q0, limbBits)
	arg.Range(q1, quotientBits-limbBits)

	// Modulo r.
	zOffset, kOffset := zWindow.offset(), kWindow.offset()
	z := api.Sub(api.Mul(zHalf.value, 2), zOffset)
	q := api.Sub(api.Add(q0, api.Mul(q1, pow2(limbBits))), pow2(quotientBits-1))
	k := api.Sub(api.Mul(arg.Recompose(digits, kWindow.bits), 2), kOffset)
	if !v.omit.identityModR {
		api.AssertIsEqual(api.Mul(z, h), api.Add(api.Mul(q, order), k))
	}

	// Modulo 2^144. Constants are reduced; of k only the digits that matter.
	const zLimb = limbBits / 4 // digits of z in a limb
	mask := new(big.Int).Sub(pow2(limbBits), big.NewInt(1))
	z0 := api.Sub(api.Mul(arg.Recompose(zHalf.digits[:zLimb], zWindow.bits), 2), new(big.Int).And(zOffset, mask))
	z1 := api.Sub(api.Mul(arg.Recompose(zHalf.digits[zLimb:], zWindow.bits), 2), new(big.Int).Rsh(zOffset, limbBits))
	order0 := new(big.Int).And(order, mask)
	orderLow := lowPart(order)
	kLow := api.Mul(arg.Recompose(digits[:(lowBits+kWindow.bits-1)/kWindow.bits], kWindow.bits), 2)
	constant := new(big.Int).Add(
		lowPart(new(big.Int).Mul(order, pow2(quotientBits-1))), // the 2^131 in q + 2^131
		lowPart(kOffset))
	low := api.Add(
		api.Mul(z0, api.Add(hl[0], api.Mul(hl[1], pow2(limbBits)))),
		api.Mul(api.Mul(z1, hl[0]), pow2(limbBits)),
		constant)
	low = api.Sub(low,
		api.Mul(q0, orderLow),
		api.Mul(q1, new(big.Int).Lsh(order0, limbBits)),
		kLow)
	// The division is by a constant: a linear expression, no constraint.
	carry := api.Mul(low, new(big.Int).ModInverse(pow2(lowBits), api.Compiler().Field()))
	if !v.omit.identityLow {
		arg.RangeLoose(api.Add(carry, pow2(carryBits-1)), carryBits)
	}
	return digits, nil
}

// lowPart returns c modulo 2^144.
func lowPart(c *big.Int) *big.Int {
	return new(big.Int).And(c, new(big.Int).Sub(pow2(lowBits), big.NewInt(1)))
}

func subgroupOrder() *big.Int {
	params := twistededwards.GetEdwardsCurve()
	return new(big.Int).Set(&params.Order)
}

func pow2(n int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n)) }
