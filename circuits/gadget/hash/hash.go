// Package hash holds Quire's hashes as circuit gadgets: H4 and H8 over gnark's
// Poseidon2 permutation, with the parameters that package protocol fixes.
//
// The outputs are linear expressions of about a dozen wires, not single wires;
// a caller that records one in a multiset sum makes a wire of it first.
package hash

import (
	"fmt"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/permutation/poseidon2"

	"github.com/quirezk/quire/protocol"
)

// Hasher computes H4 and H8 inside one circuit. The zero value is not usable.
type Hasher struct {
	api   frontend.API
	perm4 *poseidon2.Permutation
	perm8 *poseidon2.Permutation
}

// New returns the hashes of package protocol for one circuit.
func New(api frontend.API) (*Hasher, error) {
	p4, err := poseidon2.NewPoseidon2FromParameters(api, protocol.H4Width, protocol.H4FullRounds, protocol.H4PartialRounds)
	if err != nil {
		return nil, fmt.Errorf("poseidon2 width 4: %w", err)
	}
	p8, err := poseidon2.NewPoseidon2FromParameters(api, protocol.H8Width, protocol.H8FullRounds, protocol.H8PartialRounds)
	if err != nil {
		return nil, fmt.Errorf("poseidon2 width 8: %w", err)
	}
	return &Hasher{api: api, perm4: p4, perm8: p8}, nil
}

// Words4 returns all four output words of the width-4 permutation, each plus
// its input word.
func (h *Hasher) Words4(in [4]frontend.Variable) [4]frontend.Variable {
	s := in
	if err := h.perm4.Permutation(s[:]); err != nil {
		panic(fmt.Sprintf("hash: poseidon2 width 4: %v", err)) // the width is fixed by the type
	}
	for i := range s {
		s[i] = h.api.Add(s[i], in[i])
	}
	return s
}

// H4 is protocol.H4: 264 constraints.
func (h *Hasher) H4(a, b, c, d frontend.Variable) frontend.Variable {
	s := [4]frontend.Variable{a, b, c, d}
	if err := h.perm4.Permutation(s[:]); err != nil {
		panic(fmt.Sprintf("hash: poseidon2 width 4: %v", err)) // the width is fixed by the type
	}
	return h.api.Add(s[0], a)
}

// H8 is protocol.H8: 363 constraints.
func (h *Hasher) H8(in [8]frontend.Variable) frontend.Variable {
	s := in
	if err := h.perm8.Permutation(s[:]); err != nil {
		panic(fmt.Sprintf("hash: poseidon2 width 8: %v", err)) // the width is fixed by the type
	}
	return h.api.Add(s[0], in[0])
}

// Chain is protocol.Chain: an H8 chain at rate 7 from initial.
func (h *Hasher) Chain(initial frontend.Variable, words []frontend.Variable) frontend.Variable {
	state := initial
	for len(words) > 0 {
		in := [8]frontend.Variable{state, 0, 0, 0, 0, 0, 0, 0}
		n := copy(in[1:], words)
		words = words[n:]
		state = h.H8(in)
	}
	return state
}
