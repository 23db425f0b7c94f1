package signature

import (
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
)

// assertProduct asserts a·b = c for linear expressions, in one constraint.
// AssertIsEqual(Mul(a, b), c) takes two, since the builder makes a wire of each
// product; and without that wire there is no point of the curve in linear
// expressions that grow along a chain of additions.
//
// It hands the builder an instruction of gnark's own generic blueprint, the one
// behind Mul and Div: lengths, then coefficient and wire of each term.
func (v *verifier) assertProduct(a, b, c frontend.Variable) {
	compiler := v.api.Compiler()
	if v.productGate == nil {
		id := compiler.AddBlueprint(&constraint.BlueprintGenericR1C{})
		v.productGate = &id
	}
	calldata := make([]uint32, 4, 24)
	for i, side := range []frontend.Variable{a, b, c} {
		// Compressed: the number of terms, then the terms.
		var expression []uint32
		compiler.ToCanonicalVariable(side).Compress(&expression)
		calldata[1+i] = expression[0]
		calldata = append(calldata, expression[1:]...)
	}
	calldata[0] = uint32(len(calldata))
	compiler.AddInstruction(*v.productGate, calldata)
}
