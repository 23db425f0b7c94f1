package protocol

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
)

// Poseidon2 parameters. gnark-crypto pins constants for exactly these widths
// and round numbers (https://eprint.iacr.org/2023/323); any other choice would
// silently derive keys from a seed string, so nothing else is used anywhere.
const (
	// H4Width, H4FullRounds and H4PartialRounds fix the permutation under [H4].
	H4Width, H4FullRounds, H4PartialRounds = 4, 8, 56
	// H8Width, H8FullRounds and H8PartialRounds fix the permutation under [H8].
	H8Width, H8FullRounds, H8PartialRounds = 8, 8, 57
)

// Both permutations are read-only after construction and safe for concurrent use.
var (
	perm4 = poseidon2.NewPermutation(H4Width, H4FullRounds, H4PartialRounds)
	perm8 = poseidon2.NewPermutation(H8Width, H8FullRounds, H8PartialRounds)
)

// Permute4 applies the Poseidon2 permutation of width 4 in place.
func Permute4(s *[4]fr.Element) {
	if err := perm4.Permutation(s[:]); err != nil {
		panic(fmt.Sprintf("protocol: poseidon2 width 4: %v", err)) // the width is fixed by the type
	}
}

// H4 compresses four field elements to one: the first output word of the
// width-4 permutation plus the first input (feed-forward).
func H4(a, b, c, d fr.Element) fr.Element {
	s := [4]fr.Element{a, b, c, d}
	Permute4(&s)
	s[0].Add(&s[0], &a)
	return s[0]
}

// H8 compresses eight field elements to one: the first output word of the
// width-8 permutation plus the first input (feed-forward).
func H8(in [8]fr.Element) fr.Element {
	s := in
	if err := perm8.Permutation(s[:]); err != nil {
		panic(fmt.Sprintf("protocol: poseidon2 width 8: %v", err)) // the width is fixed by the type
	}
	s[0].Add(&s[0], &in[0])
	return s[0]
}

// Chain absorbs words at rate 7 into an [H8] chain that starts at initial; the
// last call is padded with zeros. The number of words must be fixed by the
// context (here: by the shape), since padding is not injective.
func Chain(initial fr.Element, words []fr.Element) fr.Element {
	state := initial
	for len(words) > 0 {
		in := [8]fr.Element{state}
		n := copy(in[1:], words)
		words = words[n:]
		state = H8(in)
	}
	return state
}

// tag turns a short ASCII string into a field element, big-endian, so that each
// use of a hash outside the state tree carries a word of its own.
func tag(s string) fr.Element {
	if len(s) > fr.Bytes-1 {
		panic("protocol: tag longer than 31 bytes: " + s)
	}
	var e fr.Element
	e.SetBytes([]byte(s))
	return e
}

// Domain tags. Each is the ASCII string read as a big-endian integer.
var (
	TagState      = tag("quire/state")      // state commitments
	TagTransfer   = tag("quire/transfer")   // signed transfer messages
	TagTranscript = tag("quire/transcript") // first word of the signature transcript
	TagZ          = tag("quire/z")          // half-aggregation coefficients
	TagBind       = tag("quire/bind")       // first word of the binding digest
	TagCircuit    = tag("quire/batch")      // the batch circuit, inside ShapeID
	TagChallenge  = tag("quire/challenge")  // multiset challenges from the BSB22 commitment
)
