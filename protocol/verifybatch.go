package protocol

import (
	"crypto/rand"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
)

const (
	// batchGroup is how many signatures share one sum. With more there is hardly
	// anything left to share, a culprit costs more, and the sum's 3 kB a signature
	// leave the processor's cache.
	batchGroup = 64
	// batchCoefficientBytes is the size of a coefficient. A sum of which a part is
	// false vanishes with probability 2^-128.
	batchCoefficientBytes = 16

	// Scalars are written with odd digits of nafWindow bits, at most one of them
	// in as many positions; of each point that takes the odd multiples up to
	// 2^(nafWindow−1) − 1.
	nafWindow    = 5
	nafMultiples = 1 << (nafWindow - 2)
	// nafDigits is one more than the subgroup order has bits: a last carry.
	nafDigits = 252
)

// Signed is a transfer with the key that is to have signed it.
type Signed struct {
	Key      PublicKey
	Transfer *SignedTransfer
}

// VerifyBatch says of each item whether [Verify] accepts its signature: error i
// is nil if it does, and else what Verify returns, which wraps [ErrBadSignature]
// or [ErrWidth].
//
// Many signatures are checked in one sum with random coefficients that nobody
// else knows. One that is valid is never refused. One that is not is let through
// with a probability below 2^-120, whoever made the others: where the sum is not
// zero, the culprits are found by halving.
//
// A signature takes about half of what it takes in Verify, from 8 on; half of that
// is the message hash. A culprit costs its group of 64 about as much again;
// where none is valid, each takes up to twice as long as in Verify. It all runs on
// one core: a caller with several gives each a part.
func VerifyBatch(rollupID fr.Element, items []Signed) []error {
	errs := make([]error, len(items))
	for start := 0; start < len(items); start += batchGroup {
		end := min(start+batchGroup, len(items))
		verifyGroup(rollupID, items[start:end], errs[start:end])
	}
	return errs
}

// verifyGroup writes to errs what [VerifyBatch] says of a group of items.
func verifyGroup(rollupID fr.Element, items []Signed, errs []error) {
	hashes := make([]fr.Element, 0, len(items))
	places := make([]int, 0, len(items)) // of the items that only the sum can refuse
	for i, item := range items {
		h, err := checkSignature(item.Key, rollupID, &item.Transfer.Transfer, &item.Transfer.Signature)
		if err != nil {
			errs[i] = err
			continue
		}
		hashes = append(hashes, h)
		places = append(places, i)
	}
	switch len(places) {
	case 0:
		return
	case 1: // a sum of one needs no coefficient
		item := items[places[0]]
		errs[places[0]] = checkEquation(item.Key, &hashes[0], &item.Transfer.Signature)
		return
	}

	g := newBatchSum(len(places))
	random := make([]byte, batchCoefficientBytes*len(places))
	_, _ = rand.Read(random) // never fails: crypto/rand ends the program first
	for i, place := range places {
		item := items[place]
		g.add(i, random[i*batchCoefficientBytes:][:batchCoefficientBytes], &hashes[i], item.Key, &item.Transfer.Signature)
	}
	g.blame(0, len(places), g.sum(0, len(places)), func(i int) { errs[places[i]] = errWrongSignature() })
}

// batchSum is Σ z_i·(S_i·B − R_i − h_i·A_i) over any range of its items, by
// Straus's method: the doublings are shared by all points of the range. The
// points' operations are gnark-crypto's, the order of them is ours.
type batchSum struct {
	size   int
	bases  []big.Int                      // z_i·S_i mod ℓ
	points []twistededwards.PointExtended // nafMultiples of −R_i, then of −A_i, for each i
	// digits has, for each of nafDigits positions, a digit of z_i and one of
	// z_i·h_i mod ℓ for each i: what sum reads together lies together. The digit
	// d ≠ 0 is odd and stands for the multiple (|d|−1)/2 with its sign.
	digits []int8
}

func newBatchSum(size int) *batchSum {
	return &batchSum{
		size:   size,
		bases:  make([]big.Int, size),
		points: make([]twistededwards.PointExtended, 2*size*nafMultiples),
		digits: make([]int8, 2*size*nafDigits),
	}
}

// add sets item i. The coefficient z may be any but 0, which 16 random bytes
// are once in 2^128 times; it is made 1 then.
func (g *batchSum) add(i int, coefficient []byte, h *fr.Element, key PublicKey, sig *Signature) {
	z := new(big.Int).SetBytes(coefficient)
	if z.Sign() == 0 {
		z.SetUint64(1)
	}
	s := &g.bases[i]
	s.SetBytes(sig.S[:])
	s.Mul(s, z).Mod(s, &curve.Order)

	// The sum's torsion is cleared at the end, so scalars count modulo ℓ even
	// for points outside the subgroup.
	k := h.BigInt(new(big.Int))
	k.Mul(k, z).Mod(k, &curve.Order)

	for j, term := range [2]struct {
		point  Point
		scalar *big.Int
	}{{sig.R, z}, {key, k}} {
		at := 2*i + j
		oddMultiples(g.points[at*nafMultiples:][:nafMultiples], term.point)
		writeNAF(term.scalar, g.digits[at:], 2*g.size)
	}
}

// sum returns the sum over the items lo … hi−1.
func (g *batchSum) sum(lo, hi int) twistededwards.PointExtended {
	var acc, minus twistededwards.PointExtended
	acc.Y.SetOne()
	acc.Z.SetOne()
	started := false
	for position := nafDigits - 1; position >= 0; position-- {
		if started {
			acc.Double(&acc)
		}
		row := g.digits[position*2*g.size:][2*lo : 2*hi]
		for i, d := range row {
			if d == 0 {
				continue
			}
			started = true
			multiples := g.points[(2*lo+i)*nafMultiples:]
			if d > 0 {
				acc.Add(&acc, &multiples[d>>1])
			} else {
				minus.Neg(&multiples[-d>>1])
				acc.Add(&acc, &minus)
			}
		}
	}
	s := new(big.Int)
	for i := lo; i < hi; i++ {
		s.Add(s, &g.bases[i])
	}
	base := affine(baseMultiple(s.Mod(s, &curve.Order)))
	acc.MixedAdd(&acc, &base)
	return acc
}

// blame calls bad for each item of lo … hi−1 that is not valid, given the sum
// over them. Only left halves are summed: the right one is what they leave.
func (g *batchSum) blame(lo, hi int, sum twistededwards.PointExtended, bad func(i int)) {
	if vanishesTimesCofactor(&sum) {
		return
	}
	if hi-lo == 1 {
		bad(lo)
		return
	}
	middle := lo + (hi-lo)/2
	left := g.sum(lo, middle)
	g.blame(lo, middle, left, bad)
	left.Neg(&left)
	sum.Add(&sum, &left)
	g.blame(middle, hi, sum, bad)
}

// oddMultiples sets dst to −p, −3p, −5p, …
func oddMultiples(dst []twistededwards.PointExtended, p Point) {
	minus := negated(p)
	dst[0].FromAffine(&minus)
	var twice twistededwards.PointExtended
	twice.Double(&dst[0])
	for i := 1; i < len(dst); i++ {
		dst[i].Add(&dst[i-1], &twice)
	}
}

// writeNAF writes the width-nafWindow non-adjacent form of a scalar below the
// subgroup order, least digit first, to every stride-th place of dst, which
// holds zeros.
func writeNAF(scalar *big.Int, dst []int8, stride int) {
	var bytes [32]byte
	scalar.FillBytes(bytes[:])
	bit := func(i int) int { return int(bytes[31-i/8]>>(i%8)) & 1 }
	carry := 0
	for i := 0; i < nafDigits; {
		if bit(i) == carry { // the digit is even, with the carry: 0
			i++
			continue
		}
		d := carry
		for j := range nafWindow {
			d += bit(i+j) << j
		}
		carry = 0
		if d >= 1<<(nafWindow-1) {
			d -= 1 << nafWindow
			carry = 1
		}
		dst[i*stride] = int8(d)
		i += nafWindow
	}
}
