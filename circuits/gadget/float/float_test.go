package float_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits/gadget/float"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/circuits/internal/malice"
	"github.com/quirezk/quire/protocol"
)

// decoded is what each of several codes decodes to.
type decoded struct {
	Public    frontend.Variable `gnark:",public"`
	Mantissas []frontend.Variable
	Exponents []frontend.Variable
	Values    []frontend.Variable
	constant  bool // the last exponent is the constant 31
}

func (c *decoded) Define(api frontend.API) error {
	arg, err := multiset.New(api)
	if err != nil {
		return err
	}
	d := float.New(api, arg)
	for i, m := range c.Mantissas {
		e := c.Exponents[i]
		if c.constant && i == len(c.Mantissas)-1 {
			api.AssertIsEqual(e, 31)
			e = 31
		}
		api.AssertIsEqual(d.Decode(m, e), c.Values[i])
	}
	api.AssertIsEqual(c.Public, 0)
	return d.Close()
}

func compile(t *testing.T, n int, constant bool) *malice.System {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &decoded{
		Mantissas: make([]frontend.Variable, n), Exponents: make([]frontend.Variable, n), Values: make([]frontend.Variable, n), constant: constant,
	})
	if err != nil {
		t.Fatal(err)
	}
	sys, err := malice.New(ccs)
	if err != nil {
		t.Fatal(err)
	}
	return sys
}

// code is a mantissa, an exponent and the value they are to have.
type code struct {
	m, e int64
	v    *big.Int
}

func run(t *testing.T, sys *malice.System, codes ...code) *malice.Report {
	t.Helper()
	c := &decoded{Public: 0}
	for _, x := range codes {
		c.Mantissas = append(c.Mantissas, x.m)
		c.Exponents = append(c.Exponents, x.e)
		c.Values = append(c.Values, x.v)
	}
	report, err := sys.Run(c)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func native(m, e int64) *big.Int {
	v := protocol.DecodeAmount(protocol.AmountCode(m<<protocol.ExponentBits | e))
	return v.ToBig()
}

// TestDecodeIsNative: all exponents, with the corner mantissas of both formats.
func TestDecodeIsNative(t *testing.T) {
	sys := compile(t, 2, false)
	for e := range int64(float.Exponents) {
		for _, m := range []int64{0, 1, 7, 1<<protocol.AmountMantissaBits - 1} {
			v := native(m, e)
			if report := run(t, sys, code{m, e, v}, code{1, 31, native(1, 31)}); !report.Satisfied() {
				t.Errorf("%d·10^%d: %v", m, e, report)
			}
			wrong := new(big.Int).Add(v, big.NewInt(1))
			if run(t, sys, code{m, e, wrong}, code{1, 31, native(1, 31)}).Satisfied() {
				t.Errorf("%d·10^%d is %s", m, e, wrong)
			}
		}
	}
	if float.Exponents != 1<<protocol.ExponentBits {
		t.Errorf("%d exponents, the published form has %d", float.Exponents, 1<<protocol.ExponentBits)
	}
}

// TestExponentBounds: there is no power beyond the table, whatever the prover
// puts in its place.
func TestExponentBounds(t *testing.T) {
	sys := compile(t, 1, false)
	for _, e := range []int64{32, 33, 63, 1 << 32, -1} {
		for _, power := range []any{0, 1, 10, new(big.Int).Exp(big.NewInt(10), big.NewInt(32), nil)} {
			t.Run(fmt.Sprintf("%d is %v", e, power), func(t *testing.T) {
				v, ok := power.(*big.Int)
				if !ok {
					v = big.NewInt(int64(power.(int)))
				}
				report, err := sys.Run(
					&decoded{Public: 0, Mantissas: []frontend.Variable{1}, Exponents: []frontend.Variable{e}, Values: []frontend.Variable{v}},
					malice.HintOutput("float.powerHint", 0, 0, power))
				if err != nil {
					t.Fatal(err)
				}
				if report.Satisfied() {
					t.Error("accepted")
				}
			})
		}
	}
}

// TestPowersArePinned: another power, or the power of another exponent.
func TestPowersArePinned(t *testing.T) {
	sys := compile(t, 3, true)
	report := run(t, sys, code{0, 3, new(big.Int)}, code{5, 3, native(5, 3)}, code{2, 31, native(2, 31)})
	if !report.Satisfied() {
		t.Fatal(report)
	}
	result, err := report.MutateEach(malice.Sweep{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range result.Unnoticed {
		t.Error(u)
	}
	// A mantissa of 0 hides its power from the value, not from the look-up.
	forged, err := report.Attack(malice.HintOutput("float.powerHint", 0, 0, 10_000))
	if err != nil {
		t.Fatal(err)
	}
	if forged.Satisfied() {
		t.Error("10^3 is 10^4")
	}
	if run(t, sys, code{0, 3, new(big.Int)}, code{5, 3, native(5, 4)}, code{2, 31, native(2, 31)}).Satisfied() {
		t.Error("5·10^3 is 5·10^4")
	}
}
