// Package float decodes the published amounts and fees: a mantissa times a
// power of ten, looked up.
package float

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/multiset"
)

// Exponents is how many powers of ten there are: 10^0 … 10^31.
const Exponents = 32

// Decoder decodes the floats of one circuit. Call [Decoder.Close] after the last.
type Decoder struct {
	api       frontend.API
	arg       *multiset.Argument
	sum       *multiset.Sum
	exponents []frontend.Variable
}

// New returns a decoder.
func New(api frontend.API, arg *multiset.Argument) *Decoder {
	return &Decoder{api: api, arg: arg, sum: arg.Sum("powers of ten", multiset.Unit, multiset.Beta1)}
}

// Decode returns mantissa·10^exponent and asserts 0 ≤ exponent < 32. The caller
// bounds the mantissa.
func (d *Decoder) Decode(mantissa, exponent frontend.Variable) frontend.Variable {
	// Pinned by the look-up: (power, exponent) is a row of the constant table.
	out, err := d.api.Compiler().NewHint(powerHint, 1, exponent)
	if err != nil {
		panic(fmt.Sprintf("float: power hint: %v", err)) // one input, one output: cannot fail
	}
	d.exponents = append(d.exponents, exponent)
	d.sum.Sub(1, d.arg.Column(out[0]), d.arg.Column(exponent))
	return d.api.Mul(mantissa, out[0])
}

// Close adds the table that all decoded exponents are looked up in.
func (d *Decoder) Close() error {
	// Pinned by the sum: any other counts leave it unequal to 0.
	counts, err := d.api.Compiler().NewHint(countHint, Exponents, d.exponents...)
	if err != nil {
		return fmt.Errorf("float: count hint: %w", err)
	}
	power := big.NewInt(1)
	for e, m := range counts {
		d.sum.Add(m, d.arg.ConstBig(power), d.arg.Const(int64(e)))
		power = new(big.Int).Mul(power, big.NewInt(10))
	}
	return nil
}

func init() { solver.RegisterHint(GetHints()...) }

// GetHints returns the hints of this package.
func GetHints() []solver.Hint { return []solver.Hint{powerHint, countHint} }

func powerHint(_ *big.Int, inputs, outputs []*big.Int) error {
	if !inputs[0].IsUint64() || inputs[0].Uint64() >= Exponents {
		return fmt.Errorf("float: exponent %s is not below %d", inputs[0], Exponents)
	}
	outputs[0].Exp(big.NewInt(10), inputs[0], nil)
	return nil
}

func countHint(_ *big.Int, inputs, outputs []*big.Int) error {
	var counts [Exponents]int64
	for _, e := range inputs {
		if !e.IsUint64() || e.Uint64() >= Exponents {
			return fmt.Errorf("float: exponent %s is not below %d", e, Exponents)
		}
		counts[e.Uint64()]++
	}
	for i := range outputs {
		outputs[i].SetInt64(counts[i])
	}
	return nil
}
