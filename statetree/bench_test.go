package statetree

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/quirezk/quire/protocol"
)

// placement is where a benchmark's accounts are.
type placement struct {
	name string
	// space is the number of indices that the accounts are drawn from, without
	// repetition; with as many accounts as indices they are dense.
	space int
}

// place returns n indices in increasing order, from 1 on.
func (p placement) place(r *rand.Rand, n int) []protocol.Index {
	indices := make([]protocol.Index, 0, n)
	for i := 0; i < p.space && len(indices) < n; i++ {
		// Selection sampling: each index that is left has the same chance.
		if r.IntN(p.space-i) < n-len(indices) {
			indices = append(indices, protocol.Index(1+i))
		}
	}
	return indices
}

func placements(n int) []placement {
	return []placement{{"dense", n}, {"in2^20", 1 << 20}}
}

func loadTree(b *testing.B, tree *Tree, r *rand.Rand, indices []protocol.Index) {
	b.Helper()
	updates := make([]Update, len(indices))
	for i, index := range indices {
		updates[i] = Update{index, randomAccount(r)}
	}
	if _, err := tree.Load(context.Background(), 0, updates, nil); err != nil {
		b.Fatal(err)
	}
}

func openBenchPebble(b *testing.B) *Tree {
	b.Helper()
	tree, err := OpenPebble(b.TempDir(), PebbleOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return tree
}

// backends are the stores that benchmarks compare.
var backends = []struct {
	name string
	open func(b *testing.B) *Tree
}{
	{"memory", func(*testing.B) *Tree { return OpenMemory() }},
	{"pebble", openBenchPebble},
}

// BenchmarkH4 is the unit that everything else is made of.
func BenchmarkH4(b *testing.B) {
	x := randomElement(newRand(1))
	for b.Loop() {
		x = protocol.H4(x, x, x, x)
	}
}

// BenchmarkApply commits batches of updates of accounts drawn at random, without
// repetition within a batch, over 10^5 accounts that exist.
func BenchmarkApply(b *testing.B) {
	const accounts = 100_000
	for _, backend := range backends {
		for _, p := range placements(accounts) {
			for _, size := range []int{1, 1_000, 10_000} {
				b.Run(fmt.Sprintf("%s/%s/batch=%d", backend.name, p.name, size), func(b *testing.B) {
					r := newRand(1)
					tree := backend.open(b)
					defer tree.Close()
					indices := p.place(r, accounts)
					loadTree(b, tree, r, indices)
					runtime.GC() // the loading's garbage is not what is measured
					hashes, version := 0, tree.Version()
					for b.Loop() {
						b.StopTimer()
						updates := make([]Update, size)
						chosen := make([]protocol.Index, size)
						for i, at := range r.Perm(accounts)[:size] {
							updates[i] = Update{indices[at], randomAccount(r)}
							chosen[i] = indices[at]
						}
						nodes, _, _ := newFrontier(sortIndices(chosen))
						hashes += len(nodes) + size
						version++
						b.StartTimer()
						mustApply(b, tree, version, updates)
					}
					total := float64(b.N) * float64(size)
					b.ReportMetric(total/b.Elapsed().Seconds(), "updates/s")
					b.ReportMetric(float64(hashes)/total, "hashes/update")
				})
			}
		}
	}
}
