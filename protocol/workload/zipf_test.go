package workload

import (
	"math"
	"math/rand/v2"
	"testing"
)

func testRandom() *rand.Rand { return rand.New(rand.NewChaCha8([32]byte{1})) }

func TestFixedPoint(t *testing.T) {
	for _, x := range []float64{0, 0.25, 0.5, 1, 1.5, 3.75, 10.123, 40, 63} {
		got := float64(exp2neg(uint64(x*(1<<32)))) / (1 << 64)
		if want := math.Exp2(-x); math.Abs(got-want) > 1e-9*want+1.0/(1<<62) {
			t.Errorf("2^−%v = %v, want %v", x, got, want)
		}
	}
	if exp2neg(1<<63) != 0 {
		t.Error("a hopeless probability is not 0")
	}
	for _, m := range []float64{1, 1.0001, 1.25, math.Sqrt2, 1.75, 1.999999} {
		got := float64(log2(uint64(m*(1<<63)))) / (1 << 32)
		if want := math.Log2(m); math.Abs(got-want) > 1e-9 {
			t.Errorf("log2 %v = %v, want %v", m, got, want)
		}
	}
}

// The draws follow rank^−s: no rank of the first blocks, nor the tail as a
// whole, is further from its expectation than chance would have it.
func TestZipfDistribution(t *testing.T) {
	const draws, indexBits, head = 400_000, 10, 32
	for _, s := range []float64{1.01, 1.1, 2, 5} {
		z := newZipf(testRandom(), s, indexBits)
		var counts [head + 1]float64 // the last is the tail
		for range draws {
			rank := z.draw()
			if rank == 0 || rank >= 1<<indexBits {
				t.Fatalf("s=%v: rank %d", s, rank)
			}
			counts[min(rank-1, head)]++
		}
		var sum float64
		var weights [head + 1]float64
		for rank := 1; rank < 1<<indexBits; rank++ {
			w := math.Pow(float64(rank), -s)
			sum += w
			weights[min(rank-1, head)] += w
		}
		for i, w := range weights {
			want := draws * w / sum
			if deviation := math.Abs(counts[i] - want); deviation > 5*math.Sqrt(want)+1 {
				t.Errorf("s=%v, rank %d: drawn %v times, expected %.1f", s, i+1, counts[i], want)
			}
		}
	}
}

func TestScatterIsAPermutation(t *testing.T) {
	for _, indexBits := range []int{2, 3, 7, 16} {
		s := newScatter(testRandom(), indexBits)
		seen := make([]bool, 1<<indexBits)
		for rank := range uint64(1) << indexBits {
			i := s.index(rank)
			if int(i) >= len(seen) || seen[i] {
				t.Fatalf("%d bits: index %d of rank %d is out of range or taken", indexBits, i, rank)
			}
			seen[i] = true
		}
		if s.index(0) != 0 {
			t.Errorf("%d bits: 0 moved", indexBits)
		}
	}
	wide := newScatter(testRandom(), 32)
	if wide.index(1<<32-1) == 0 {
		t.Error("32 bits: another index falls on 0")
	}
}
