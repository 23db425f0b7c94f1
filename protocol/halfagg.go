package protocol

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Half-aggregation of the signatures of a batch (Chalkias, Garillot, Kondi,
// Nikolaenko, CT-RSA 2021), as package circuits/gadget/signature checks it.
const (
	coefficientBits = 127
	// A coefficient is twice a 127-bit half of a hash word minus 2^128 − 1: an
	// odd number, whose 32 digits in the circuit are odd too.
	coefficientOffsetBits = 128
)

// Coefficients returns the coefficients z_i for the message hashes of all slots
// of a batch, padding included, count of which are in use.
func Coefficients(hashes []fr.Element, count int) []*big.Int {
	var counts, rows fr.Element
	counts.SetUint64(uint64(count))
	rows.SetUint64(uint64(len(hashes)))
	transcript := Chain(H4(TagTranscript, counts, rows, fr.Element{}), hashes)

	one := big.NewInt(1)
	offset := new(big.Int).Lsh(one, coefficientOffsetBits)
	offset.Sub(offset, one)
	mask := new(big.Int).Lsh(one, coefficientBits)
	mask.Sub(mask, one)

	z := make([]*big.Int, 0, len(hashes)+7)
	for j := uint64(0); len(z) < len(hashes); j++ {
		in := [4]fr.Element{transcript}
		in[1].SetUint64(j)
		in[2] = TagZ
		words := in
		Permute4(&words)
		for i := range words {
			words[i].Add(&words[i], &in[i])
			word := words[i].BigInt(new(big.Int))
			lo := new(big.Int).And(word, mask)
			hi := new(big.Int).Rsh(word, coefficientBits)
			for _, half := range []*big.Int{lo, hi} {
				z = append(z, half.Sub(half.Lsh(half, 1), offset))
			}
		}
	}
	return z[:len(hashes)]
}

// HalfAggregate returns s = Σ z_i·S_i mod ℓ for the message hashes and scalars
// of all slots of a batch, padding included (see [DummyScalar]).
func HalfAggregate(hashes []fr.Element, scalars [][32]byte, count int) (*big.Int, error) {
	if len(hashes) != len(scalars) {
		return nil, fmt.Errorf("half-aggregation: %d hashes for %d signatures", len(hashes), len(scalars))
	}
	s, term := new(big.Int), new(big.Int)
	for i, z := range Coefficients(hashes, count) {
		s.Add(s, term.Mul(z, new(big.Int).SetBytes(scalars[i][:])))
	}
	return s.Mod(s, &curve.Order), nil
}

// BasePoint returns the generator of the prime-order subgroup. It is the key and
// the nonce point of a batch's padding slots.
func BasePoint() Point { return Point{X: curve.Base.X, Y: curve.Base.Y} }

// DummyScalar completes the signature of a padding slot, whose key and nonce
// point are the base point: both discrete logarithms are 1, so S = 1 + h mod ℓ.
func DummyScalar(h fr.Element) (s [32]byte) {
	n := h.BigInt(new(big.Int))
	n.Add(n, big.NewInt(1))
	n.Mod(n, &curve.Order)
	n.FillBytes(s[:])
	return s
}
