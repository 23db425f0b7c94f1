package protocol

import (
	"fmt"

	"github.com/holiman/uint256"
)

// AmountCode is the published form of a transfer's amount: a 27-bit mantissa m
// and a 5-bit decimal exponent e, as m·2^5 + e, for the value m·10^e. Every
// code is valid; a value may have several.
type AmountCode uint32

// FeeCode is the published form of a fee: a 3-bit mantissa and a 5-bit decimal
// exponent, laid out as in [AmountCode].
type FeeCode uint8

// Widths in bits of the two parts of published amounts and fees.
const (
	AmountMantissaBits = 27
	FeeMantissaBits    = 3
	ExponentBits       = 5

	exponents    = 1 << ExponentBits
	exponentMask = exponents - 1
)

// pow10[e] is 10^e.
var pow10 = func() (p [exponents]uint256.Int) {
	p[0].SetOne()
	ten := uint256.NewInt(10)
	for e := 1; e < len(p); e++ {
		p[e].Mul(&p[e-1], ten)
	}
	return p
}()

// EncodeAmount returns the code of an amount with the smallest exponent. An
// amount that no code has gives [ErrAmountFormat], with the nearest two that
// have one in its message.
func EncodeAmount(x *Amount) (AmountCode, error) {
	c, ok := encodeFloat(x, AmountMantissaBits)
	if !ok {
		return 0, formatError(ErrAmountFormat, x, AmountMantissaBits)
	}
	return AmountCode(c), nil
}

// DecodeAmount returns the value of a code. It may be 2^128 or more (the
// largest is (2^27−1)·10^31), which no account can pay.
func DecodeAmount(c AmountCode) Amount { return decodeFloat(uint64(c)) }

// EncodeFee is [EncodeAmount] for fees; it fails with [ErrFeeFormat].
func EncodeFee(x *Amount) (FeeCode, error) {
	c, ok := encodeFloat(x, FeeMantissaBits)
	if !ok {
		return 0, formatError(ErrFeeFormat, x, FeeMantissaBits)
	}
	return FeeCode(c), nil
}

// DecodeFee returns the value of a code, at most 7·10^31.
func DecodeFee(c FeeCode) Amount { return decodeFloat(uint64(c)) }

// NearestAmounts returns the largest amount not above x and the smallest not
// below x that a code has; both are x if x has one. An x above the largest
// value of a code has none above it: above is then that largest value, too.
// Above may be 2^128 or more, which no account can pay.
func NearestAmounts(x *Amount) (below, above Amount) { return nearest(x, AmountMantissaBits) }

// NearestFees is [NearestAmounts] for fees.
func NearestFees(x *Amount) (below, above Amount) { return nearest(x, FeeMantissaBits) }

func encodeFloat(x *Amount, mantissaBits int) (uint64, bool) {
	var mantissa, remainder Amount
	for e := range exponents {
		mantissa.DivMod(x, &pow10[e], &remainder)
		switch {
		case !remainder.IsZero():
			return 0, false // nor does a higher power of ten divide x
		case mantissa.BitLen() <= mantissaBits:
			return mantissa.Uint64()<<ExponentBits | uint64(e), true
		}
	}
	return 0, false
}

func decodeFloat(c uint64) Amount {
	var x Amount
	x.SetUint64(c >> ExponentBits)
	x.Mul(&x, &pow10[c&exponentMask])
	return x
}

func nearest(x *Amount, mantissaBits int) (below, above Amount) {
	largest := uint256.NewInt(1<<mantissaBits - 1)
	above.Mul(largest, &pow10[exponents-1])
	for e := range exponents {
		var mantissa, remainder, candidate Amount
		mantissa.DivMod(x, &pow10[e], &remainder)
		if mantissa.Gt(largest) {
			mantissa.Set(largest)
			remainder.Clear()
		}
		candidate.Mul(&mantissa, &pow10[e])
		if candidate.Gt(&below) {
			below = candidate
		}
		if candidate.Lt(x) {
			candidate.Add(&candidate, &pow10[e])
			mantissa.AddUint64(&mantissa, 1)
		}
		if !mantissa.Gt(largest) && !candidate.Lt(x) && candidate.Lt(&above) {
			above = candidate
		}
	}
	return below, above
}

func formatError(reason Rejection, x *Amount, mantissaBits int) error {
	below, above := nearest(x, mantissaBits)
	hint := "the nearest below is " + below.Dec()
	if above.BitLen() <= BalanceBits && above.Gt(x) {
		hint += ", the nearest above " + above.Dec()
	}
	return fmt.Errorf("%w: %s is not a mantissa of %d bits times a power of ten up to 10^%d; %s",
		reason, x.Dec(), mantissaBits, exponents-1, hint)
}
