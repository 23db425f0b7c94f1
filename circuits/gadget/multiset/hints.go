package multiset

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark/constraint/solver"
)

func init() {
	solver.RegisterHint(GetHints()...)
}

// GetHints returns the hints of this package. They constrain nothing: each call
// names the constraints that pin its outputs.
func GetHints() []solver.Hint {
	return []solver.Hint{identityHint, limbsHint, countHint}
}

func pow2(n int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n)) }

// identityHint returns its input.
func identityHint(_ *big.Int, inputs, outputs []*big.Int) error {
	if len(inputs) != 1 || len(outputs) != 1 {
		return errors.New("identity hint: want one input and one output")
	}
	outputs[0].Set(inputs[0])
	return nil
}

// limbsHint splits inputs[0] into limbs of inputs[1] bits, lowest first; what
// does not fit is dropped, and the recomposition then fails.
func limbsHint(_ *big.Int, inputs, outputs []*big.Int) error {
	if len(inputs) != 2 {
		return errors.New("limbs hint: want a value and a width")
	}
	base := uint(inputs[1].Uint64())
	mask := new(big.Int).Sub(pow2(int(base)), big.NewInt(1))
	for i := range outputs {
		outputs[i].Rsh(inputs[0], base*uint(i))
		outputs[i].And(outputs[i], mask)
	}
	return nil
}

// countHint counts, for each i below inputs[0], how many of the other inputs
// equal i. It fails on an input out of range: no count could satisfy the sum.
func countHint(_ *big.Int, inputs, outputs []*big.Int) error {
	rows := inputs[0].Uint64()
	if uint64(len(outputs)) != rows {
		return fmt.Errorf("count hint: %d outputs for %d rows", len(outputs), rows)
	}
	counts := make([]int64, rows)
	for _, v := range inputs[1:] {
		if !v.IsUint64() || v.Uint64() >= rows {
			return fmt.Errorf("range check: a value does not fit its %d-row table", rows)
		}
		counts[v.Uint64()]++
	}
	for i := range outputs {
		outputs[i].SetInt64(counts[i])
	}
	return nil
}
