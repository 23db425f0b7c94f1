// Package binding shows that the circuit's private vector is the vector that
// the contract holds, without a byte-oriented hash in the circuit.
//
// # What it asserts
//
// D is the H8 chain of the vector from the shape's ID, and y = Σ v_i z^i. D
// fixes v (collision resistance of the chain; the length is fixed by the shape)
// before z exists, since the contract derives z from D; y then agrees with the
// contract's Σ V_i z^i for another vector V with probability at most len/r.
package binding

import (
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/hash"
)

// Assert constrains the statement (digest, z, y) to the vector.
func Assert(api frontend.API, hasher *hash.Hasher, shapeID frontend.Variable, vector []frontend.Variable, digest, z, y frontend.Variable) {
	api.AssertIsEqual(digest, hasher.Chain(shapeID, vector))
	var sum frontend.Variable = 0
	for i := len(vector) - 1; i >= 0; i-- {
		sum = api.Add(api.Mul(sum, z), vector[i])
	}
	api.AssertIsEqual(y, sum)
}
