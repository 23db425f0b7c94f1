package statetree

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// placement is where a benchmark's accounts are.
type placement struct {
	name string
	// space is the number of indices that the accounts are drawn from, without
	// repetition; with as many accounts as indices they are dense.
	space int
}

// place returns n indices in increasing order, from 1 to space.
func (p placement) place(r *rand.Rand, n int) []protocol.Index {
	// Floyd's sampling: each set of n indices has the same chance.
	chosen := make(map[protocol.Index]bool, n)
	for last := p.space - n + 1; last <= p.space; last++ {
		i := protocol.Index(1 + r.IntN(last))
		if chosen[i] {
			i = protocol.Index(last)
		}
		chosen[i] = true
	}
	return slices.Sorted(maps.Keys(chosen))
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

func openBenchPebble(b *testing.B, opts Options) *Tree {
	b.Helper()
	tree, err := OpenPebble(b.TempDir(), PebbleOptions{Options: opts})
	if err != nil {
		b.Fatal(err)
	}
	return tree
}

type backend struct {
	name string
	open func(b *testing.B) *Tree
}

// backends are the stores that benchmarks compare.
var backends = []backend{
	{"memory", func(*testing.B) *Tree { return OpenMemory() }},
	{"pebble", func(b *testing.B) *Tree { return openBenchPebble(b, Options{}) }},
}

// uncached is what a tree much larger than its node cache comes to.
var uncached = backend{"pebble-uncached", func(b *testing.B) *Tree { return openBenchPebble(b, Options{CacheBytes: -1}) }}

// BenchmarkH4 is the unit that everything else is made of.
func BenchmarkH4(b *testing.B) {
	x := randomElement(newRand(1))
	for b.Loop() {
		x = protocol.H4(x, x, x, x)
	}
}

// processorTime is what the process has used so far. Other work on the machine
// stretches it less than it does the clock's.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report adds updates per second of the clock, and microseconds of processor
// time per update, pebble's background work included.
func report(b *testing.B, updates, hashes int, processor time.Duration) {
	b.Helper()
	b.ReportMetric(float64(updates)/b.Elapsed().Seconds(), "updates/s")
	b.ReportMetric(float64(processor.Microseconds())/float64(updates), "cpu-µs/update")
	b.ReportMetric(float64(hashes)/float64(updates), "hashes/update")
}

// countHashes is how many H4 a batch takes: one for each leaf and touched node.
func countHashes(updates []Update) int {
	indices := make([]protocol.Index, len(updates))
	for i := range updates {
		indices[i] = updates[i].Index
	}
	nodes, _, _ := newFrontier(sortIndices(indices))
	return len(nodes) + len(updates)
}

// BenchmarkApply commits batches of updates of accounts drawn at random, without
// repetition within a batch, over 10^5 accounts that exist.
func BenchmarkApply(b *testing.B) {
	const accounts = 100_000
	for _, backend := range slices.Concat(backends, []backend{uncached}) {
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
					var processor time.Duration
					for b.Loop() {
						b.StopTimer()
						updates := make([]Update, size)
						for i, at := range r.Perm(accounts)[:size] {
							updates[i] = Update{indices[at], randomAccount(r)}
						}
						hashes += countHashes(updates)
						version++
						begun := processorTime(b)
						b.StartTimer()
						mustApply(b, tree, version, updates)
						b.StopTimer()
						processor += processorTime(b) - begun
						b.StartTimer()
					}
					report(b, b.N*size, hashes, processor)
				})
			}
		}
	}
}

// BenchmarkInsert puts 10^5 new accounts among 10^5, in batches of 1,000 and in one.
func BenchmarkInsert(b *testing.B) {
	const accounts = 100_000
	for _, backend := range backends {
		for _, p := range placements(2 * accounts) {
			for _, size := range []int{1_000, accounts} {
				b.Run(fmt.Sprintf("%s/%s/batch=%d", backend.name, p.name, size), func(b *testing.B) {
					hashes := 0
					var processor time.Duration
					for b.Loop() {
						b.StopTimer()
						r := newRand(1)
						tree := backend.open(b)
						indices := p.place(r, 2*accounts)
						r.Shuffle(len(indices), func(i, j int) { indices[i], indices[j] = indices[j], indices[i] })
						loadTree(b, tree, r, indices[:accounts])
						var batches [][]Update
						for at := accounts; at < 2*accounts; at += size {
							updates := make([]Update, size)
							for i := range updates {
								updates[i] = Update{indices[at+i], randomAccount(r)}
							}
							hashes += countHashes(updates)
							batches = append(batches, updates)
						}
						runtime.GC()
						begun := processorTime(b)
						b.StartTimer()
						for i, updates := range batches {
							mustApply(b, tree, uint32(i+1), updates)
						}
						b.StopTimer()
						processor += processorTime(b) - begun
						if err := tree.Close(); err != nil {
							b.Fatal(err)
						}
						b.StartTimer()
					}
					report(b, b.N*accounts, hashes, processor)
				})
			}
		}
	}
}

// BenchmarkMemory loads 10^6 accounts and reports what the process then holds: Go's
// heap, and all resident memory, in bytes. On pebble the caches are warm: 10^5 places
// at random were looked at.
func BenchmarkMemory(b *testing.B) {
	const accounts = 1_000_000
	for _, backend := range backends {
		for _, p := range []placement{{"dense", accounts}, {"in2^32", 1<<32 - 1}} {
			b.Run(backend.name+"/"+p.name, func(b *testing.B) {
				for b.Loop() {
					tree := backend.open(b)
					r := newRand(1)
					var version uint32
					for indices := range slices.Chunk(p.place(r, accounts), 50_000) {
						updates := make([]Update, len(indices))
						for i, index := range indices {
							updates[i] = Update{index, randomAccount(r)}
						}
						version++
						mustApply(b, tree, version, updates)
					}
					if _, ok := tree.store.(ownedStore); ok {
						for range accounts / 10 {
							if _, _, err := tree.Account(protocol.Index(1 + r.IntN(p.space))); err != nil {
								b.Fatal(err)
							}
						}
					}
					debug.FreeOSMemory()
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					b.ReportMetric(float64(m.HeapAlloc), "heap-bytes")
					b.ReportMetric(float64(m.HeapAlloc)/accounts, "heap-bytes/account")
					b.ReportMetric(resident(b), "resident-bytes")
					if err := tree.Close(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// resident is the process's resident memory as Linux counts it.
func resident(b *testing.B) float64 {
	b.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip(err)
	}
	var size, pages float64
	if _, err := fmt.Sscan(string(statm), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * float64(os.Getpagesize())
}

// BenchmarkRead reads from 10^5 accounts in 2^20 places: one account, one proof, a
// multi-proof of 1,024 accounts; and verifies and updates that.
func BenchmarkRead(b *testing.B) {
	const accounts = 100_000
	for _, backend := range backends {
		b.Run(backend.name, func(b *testing.B) {
			r := newRand(1)
			tree := backend.open(b)
			indices := placement{space: 1 << 20}.place(r, accounts)
			loadTree(b, tree, r, indices)
			runtime.GC()
			s := mustSnapshot(b, tree)
			pick := func() protocol.Index { return indices[r.IntN(accounts)] }
			b.Run("account", func(b *testing.B) {
				for b.Loop() {
					if _, _, err := s.Account(pick()); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("proof", func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Prove(pick()); err != nil {
						b.Fatal(err)
					}
				}
			})
			chosen := make([]protocol.Index, 1024)
			leaves := make(map[protocol.Index]fr.Element)
			for i, at := range r.Perm(accounts)[:len(chosen)] {
				chosen[i] = indices[at]
				leaves[chosen[i]] = randomElement(r)
			}
			mp, err := s.MultiProof(chosen)
			if err != nil {
				b.Fatal(err)
			}
			b.Run("multiproof=1024", func(b *testing.B) {
				for b.Loop() {
					if mp, err = s.MultiProof(chosen); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(mp.Nodes)), "nodes")
			})
			b.Run("multiproof=1024/verify", func(b *testing.B) {
				for b.Loop() {
					if err := mp.Verify(s.Root()); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("multiproof=1024/update", func(b *testing.B) {
				for b.Loop() {
					if _, _, err := mp.Update(leaves); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("check", func(b *testing.B) {
				for b.Loop() {
					if err := s.Check(context.Background()); err != nil {
						b.Fatal(err)
					}
				}
			})
			if err := errors.Join(s.Close(), tree.Close()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
