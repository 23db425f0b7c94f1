package protocol

import (
	"errors"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"pgregory.net/rapid"
)

func decimal(s string) Amount { return *uint256.MustFromDecimal(s) }

func TestEncodeAmount(t *testing.T) {
	for _, c := range []struct {
		value    string
		mantissa uint32
		exponent uint32
	}{
		{"0", 0, 0},
		{"1", 1, 0},
		{"10", 10, 0}, // the smallest exponent, not the smallest mantissa
		{"134217727", 1<<27 - 1, 0},
		{"134217730", 13421773, 1},
		{"1342177270", 1<<27 - 1, 1},
		{"1000000000000000000", 100000000, 10},
		{"13421772" + strings.Repeat("0", 31), 134217720, 30},
		{"134217727" + strings.Repeat("0", 31), 1<<27 - 1, 31}, // above 2^128
	} {
		x := decimal(c.value)
		code, err := EncodeAmount(&x)
		if err != nil {
			t.Errorf("%s: %v", c.value, err)
		}
		if want := AmountCode(c.mantissa<<5 | c.exponent); code != want {
			t.Errorf("%s: code %#x, want %#x", c.value, code, want)
		}
		if back := DecodeAmount(code); back != x {
			t.Errorf("%s decodes to %s", c.value, back.Dec())
		}
	}
	if x, y := DecodeAmount(100<<5|1), DecodeAmount(1<<5|3); x != y || x != amountOf(1000) {
		t.Error("two codes of 1000 differ")
	}
}

func TestEncodeFails(t *testing.T) {
	for _, c := range []struct{ value, below, above string }{
		{"134217728", "134217727", "134217730"},
		{"134217729", "134217727", "134217730"},
		{"1342177271", "1342177270", "1342177300"},
		{"1000000000000000001", "1000000000000000000", "1000000010000000000"},
	} {
		x := decimal(c.value)
		_, err := EncodeAmount(&x)
		if !errors.Is(err, ErrAmountFormat) {
			t.Errorf("%s: %v", c.value, err)
			continue
		}
		if !strings.Contains(err.Error(), "below is "+c.below) || !strings.Contains(err.Error(), "above "+c.above) {
			t.Errorf("%s: error %q does not name %s and %s", c.value, err, c.below, c.above)
		}
	}
	for value, hint := range map[uint64]string{8: "below is 7, the nearest above 10", 71: "below is 70, the nearest above 100"} {
		x := amountOf(value)
		if _, err := EncodeFee(&x); !errors.Is(err, ErrFeeFormat) || !strings.Contains(err.Error(), hint) {
			t.Errorf("fee %d: %v", value, err)
		}
	}
	// Nothing that could be paid is above these; the message does not suggest what cannot.
	for _, x := range []Amount{underLimit(1), underLimit(0), *new(Amount).SetAllOne()} {
		if _, err := EncodeAmount(&x); !errors.Is(err, ErrAmountFormat) || strings.Contains(err.Error(), "above") {
			t.Errorf("%s: %v", x.Dec(), err)
		}
	}
}

func anyAmount(t *rapid.T) Amount {
	var x Amount
	x.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 17).Draw(t, "amount"))
	if rapid.Bool().Draw(t, "round") { // near a power of ten times something, where encodings are
		x.SetUint64(rapid.Uint64Range(0, 1<<28).Draw(t, "mantissa"))
		x.Mul(&x, &pow10[rapid.IntRange(0, 31).Draw(t, "exponent")])
		if x.CmpUint64(2) > 0 {
			x.AddUint64(&x, rapid.Uint64Range(0, 2).Draw(t, "offset")).SubUint64(&x, 1)
		}
	}
	return x
}

func TestAmountProperties(t *testing.T) {
	type form struct {
		mantissaBits int
		encode       func(*Amount) (uint64, error)
		decode       func(uint64) Amount
		nearest      func(*Amount) (Amount, Amount)
	}
	for name, f := range map[string]form{
		"amount": {
			AmountMantissaBits,
			func(x *Amount) (uint64, error) { c, err := EncodeAmount(x); return uint64(c), err },
			func(c uint64) Amount { return DecodeAmount(AmountCode(c)) }, NearestAmounts,
		},
		"fee": {
			FeeMantissaBits,
			func(x *Amount) (uint64, error) { c, err := EncodeFee(x); return uint64(c), err },
			func(c uint64) Amount { return DecodeFee(FeeCode(c)) }, NearestFees,
		},
	} {
		t.Run(name+"/codes", rapid.MakeCheck(func(t *rapid.T) {
			code := rapid.Uint64Range(0, 1<<(f.mantissaBits+ExponentBits)-1).Draw(t, "code")
			x := f.decode(code)
			canonical, err := f.encode(&x)
			if err != nil {
				t.Fatalf("value %s of code %#x: %v", x.Dec(), code, err)
			}
			if f.decode(canonical) != x || canonical&exponentMask > code&exponentMask {
				t.Errorf("code %#x became %#x", code, canonical)
			}
			if below, above := f.nearest(&x); below != x || above != x {
				t.Errorf("nearest to %s: %s, %s", x.Dec(), below.Dec(), above.Dec())
			}
		}))
		t.Run(name+"/nearest", rapid.MakeCheck(func(t *rapid.T) {
			x := anyAmount(t)
			below, above := f.nearest(&x)
			largest := f.decode(1<<(f.mantissaBits+ExponentBits) - 1)
			for _, y := range []Amount{below, above} {
				if _, err := f.encode(&y); err != nil {
					t.Errorf("%s, said to be near %s: %v", y.Dec(), x.Dec(), err)
				}
			}
			if x.Gt(&largest) {
				if below != largest || above != largest {
					t.Errorf("beyond the largest: %s, %s", below.Dec(), above.Dec())
				}
				return
			}
			if below.Gt(&x) || above.Lt(&x) {
				t.Errorf("%s is not between %s and %s", x.Dec(), below.Dec(), above.Dec())
			}
			// No other code lies in between: none with any exponent.
			for e := range uint64(exponents) {
				for _, near := range []Amount{below, above} {
					var m Amount
					m.Div(&near, &pow10[e])
					for d := range uint64(3) {
						n := m.Uint64() + d - 1
						if !m.IsUint64() || n >= 1<<f.mantissaBits {
							continue
						}
						if y := f.decode(n<<ExponentBits | e); y.Gt(&below) && y.Lt(&above) {
							t.Errorf("%s is nearer to %s than %s and %s", y.Dec(), x.Dec(), below.Dec(), above.Dec())
						}
					}
				}
			}
			_, err := f.encode(&x)
			if (err == nil) != (below == x && above == x) {
				t.Errorf("%s: encode says %v, nearest %s and %s", x.Dec(), err, below.Dec(), above.Dec())
			}
		}))
	}
}

func TestAllFeesRoundTrip(t *testing.T) {
	for code := range 1 << 8 {
		x := DecodeFee(FeeCode(code))
		canonical, err := EncodeFee(&x)
		if err != nil || DecodeFee(canonical) != x {
			t.Errorf("fee code %#02x: %v", code, err)
		}
	}
}

func FuzzDecodeAmount(f *testing.F) {
	f.Add(uint32(0), uint8(0))
	f.Add(uint32(1<<32-1), uint8(255))
	f.Fuzz(func(t *testing.T, amount uint32, fee uint8) {
		x, y := DecodeAmount(AmountCode(amount)), DecodeFee(FeeCode(fee))
		if c, err := EncodeAmount(&x); err != nil || DecodeAmount(c) != x {
			t.Errorf("amount code %#x: %v", amount, err)
		}
		if c, err := EncodeFee(&y); err != nil || DecodeFee(c) != y {
			t.Errorf("fee code %#x: %v", fee, err)
		}
	})
}

func BenchmarkEncodeAmount(b *testing.B) {
	x := decimal("123456780000000000000000")
	for b.Loop() {
		if _, err := EncodeAmount(&x); err != nil {
			b.Fatal(err)
		}
	}
}
