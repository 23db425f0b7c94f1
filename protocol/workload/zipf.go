package workload

import (
	"math/big"
	"math/bits"
	"math/rand/v2"

	"github.com/quirezk/quire/protocol"
)

// zipf draws ranks 1 … 2^indexBits − 1 with probability proportional to
// rank^−exponent. It computes with integers alone: package math's logarithms, and
// with them rand.Zipf's draws, may differ in the last bit between machines.
//
// A block of ranks 2^j … 2^(j+1) − 1 is drawn by the weight that it would have if
// each of its ranks had the first one's; then a rank in it, uniformly; then the
// rank is kept with probability (rank/2^j)^−exponent, or everything is drawn again.
type zipf struct {
	random     *rand.Rand
	exponent   uint64   // in 2^−32
	cumulative []uint64 // of the blocks' weights
}

// fractionBits is the precision of exponents and logarithms.
const fractionBits = 32

func newZipf(random *rand.Rand, exponent float64, indexBits int) *zipf {
	// Scaling by a power of two and cutting off are exact on every machine.
	z := &zipf{random: random, exponent: uint64(exponent * (1 << fractionBits))}
	var total uint64
	for j := range uint64(indexBits) {
		const headroom = 8 // bits for the sum of up to 32 weights
		total += exp2neg(j*(z.exponent-1<<fractionBits)) >> headroom
		z.cumulative = append(z.cumulative, total)
	}
	return z
}

func (z *zipf) draw() uint64 {
	for {
		u := z.random.Uint64N(z.cumulative[len(z.cumulative)-1])
		j := 0
		for u >= z.cumulative[j] {
			j++
		}
		rank := uint64(1)<<j | z.random.Uint64N(1<<j)
		hi, lo := bits.Mul64(z.exponent, log2(rank<<(63-j)))
		if z.random.Uint64() <= exp2neg(hi<<(64-fractionBits)|lo>>fractionBits) {
			return rank
		}
	}
}

// roots[i] is 2^(−2^−i), in 2^−64.
var roots = func() (r [fractionBits + 1]uint64) {
	root := new(big.Int).Lsh(big.NewInt(1), 63)
	for i := range r {
		r[i] = root.Uint64()
		root.Sqrt(root.Lsh(root, 64))
	}
	return r
}()

// exp2neg returns 2^−x in 2^−64, at most 1 − 2^−64, for x in 2^−32.
func exp2neg(x uint64) uint64 {
	result := ^uint64(0)
	for i := 1; i <= fractionBits; i++ {
		if x>>(fractionBits-i)&1 == 1 {
			result, _ = bits.Mul64(result, roots[i])
		}
	}
	return result >> (x >> fractionBits)
}

// log2 returns the logarithm, in 2^−32, of m in 2^−63 from 1 up to below 2.
func log2(m uint64) (log uint64) {
	for range fractionBits {
		hi, lo := bits.Mul64(m, m) // in 2^−126: hi is in 2^−62
		log <<= 1
		if hi>>63 == 1 {
			log, m = log|1, hi // at least 2, so halved
		} else {
			m = hi<<1 | lo>>63
		}
	}
	return log
}

// scatter is a permutation of the indices 0 … 2^indexBits − 1 that leaves 0 in
// its place, so that ranks, which begin at 1, never fall on the reserved index.
type scatter struct {
	multipliers [4]uint64 // odd
	indexBits   int
}

func newScatter(random *rand.Rand, indexBits int) scatter {
	s := scatter{indexBits: indexBits}
	for i := range s.multipliers {
		s.multipliers[i] = random.Uint64() | 1
	}
	return s
}

// index mixes upwards by multiplication and downwards by a shift; each step can
// be undone.
func (s scatter) index(rank uint64) protocol.Index {
	mask := uint64(1)<<s.indexBits - 1
	for _, m := range s.multipliers {
		rank = rank * m & mask
		rank ^= rank >> (s.indexBits/2 + s.indexBits%2)
	}
	return protocol.Index(rank)
}
