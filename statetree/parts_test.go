package statetree

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/protocol"
)

// TestMemStore compares the trie with maps, the views of earlier commits included.
func TestMemStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRand(rapid.Uint64().Draw(t, "seed"))
		randomKey := func() Key {
			return nodeKey(r.IntN(3)*8, r.Uint32N(1<<r.IntN(32)))
		}
		store := newMemStore()
		views, wants := []View{store.View()}, []map[Key]string{{}}
		var keys []Key
		for commit := range rapid.IntRange(1, 8).Draw(t, "commits") {
			want := maps.Clone(wants[commit])
			var records []Record
			for n := range r.IntN(30) {
				k := randomKey()
				if len(keys) > 0 && r.IntN(2) == 0 {
					k = keys[r.IntN(len(keys))]
				}
				value := fmt.Appendf(nil, "%d in %d", n, commit)
				keys = append(keys, k)
				want[k] = string(value)
				if r.IntN(4) == 0 {
					value = nil
					delete(want, k)
				}
				records = append(records, Record{k, value})
			}
			if err := store.Commit(records); err != nil {
				t.Fatal(err)
			}
			for i := range records {
				clear(records[i].Value) // not the store's to keep
			}
			views, wants = append(views, store.View()), append(wants, want)
		}
		for i, view := range views {
			for _, k := range append(keys, randomKey()) {
				value, found, err := view.Get([]byte("before "), k)
				if err != nil {
					t.Fatal(err)
				}
				if want, ok := wants[i][k]; ok != found || string(value) != "before "+want {
					t.Fatalf("view %d, %v: %q, %v; want %q, %v", i, k, value, found, want, ok)
				}
			}
		}
	})
}

// TestCache: what a cache gives is what was put under that place and hash.
func TestCache(t *testing.T) {
	c := newNodeCache(20 << 10)
	r := newRand(18)
	type entry struct {
		Node
		hash int
	}
	var put []entry
	hits := 0
	for range 5_000 {
		e := entry{hash: r.IntN(3)}
		e.Level, e.Position = uint8(r.IntN(3)), r.Uint32N(60)
		hash := randomElement(newRand(uint64(e.hash)))
		if r.IntN(2) == 0 {
			e.Children[0] = randomElement(newRand(uint64(e.Level)<<40 | uint64(e.Position)<<8 | uint64(e.hash)))
			c.put(int(e.Level), e.Position, &hash, &e.Children)
			put = append(put, e)
			continue
		}
		var got [arity]fr.Element
		if c.get(int(e.Level), e.Position, &hash, &got) {
			hits++
			if want := randomElement(newRand(uint64(e.Level)<<40 | uint64(e.Position)<<8 | uint64(e.hash))); got[0] != want {
				t.Fatal("the cache gave another node")
			}
		}
	}
	last := put[len(put)-1]
	hash := randomElement(newRand(uint64(last.hash)))
	var got [arity]fr.Element
	if !c.get(int(last.Level), last.Position, &hash, &got) || got != last.Children {
		t.Error("the last node is not there")
	}
	if hits < 200 {
		t.Errorf("only %d hits", hits)
	}
	if none := newNodeCache(100); none != nil {
		t.Error("a cache too small for a set")
	}
}

func TestParallel(t *testing.T) {
	ctx := context.Background()
	for _, workers := range []int{1, 2, 7} {
		for _, n := range []int{0, 1, 7, 8, 9, 100} {
			var seen [100]atomic.Int32
			err := parallel(ctx, workers, n, 8, func(lo, hi int) error {
				if hi-lo > 8 {
					t.Errorf("a chunk of %d", hi-lo)
				}
				for i := lo; i < hi; i++ {
					seen[i].Add(1)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range seen {
				if got := seen[i].Load() == 1; got != (i < n) {
					t.Errorf("%d workers, %d items: item %d seen %d times", workers, n, i, seen[i].Load())
				}
			}
		}
		wrong := errors.New("wrong")
		if err := parallel(ctx, workers, 100, 8, func(lo, _ int) error {
			if lo >= 40 {
				return wrong
			}
			return nil
		}); !errors.Is(err, wrong) {
			t.Errorf("%d workers: error %v", workers, err)
		}
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if err := parallel(cancelled, workers, 100, 8, func(int, int) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("%d workers: error %v", workers, err)
		}
	}
}

// TestReadersBesideWriter reads, proves and snapshots on several goroutines while
// batches are applied: every account of version v carries v as its nonce.
func TestReadersBesideWriter(t *testing.T) {
	tree, err := OpenPebble("state", PebbleOptions{
		Options: Options{Workers: 2, CacheBytes: 16 << 10}, fs: vfs.NewMem(), memTableBytes: 64 << 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	indices := []protocol.Index{1, 2, 3, 17, 900, 1 << 20, 1<<32 - 1}
	batch := func(version uint32) []Update {
		var updates []Update
		for _, i := range indices {
			updates = append(updates, Update{i, protocol.Account{Nonce: uint64(version)}})
		}
		return updates
	}
	mustApply(t, tree, 1, batch(1))
	const last = 60
	var readers sync.WaitGroup
	for reader := range 3 {
		readers.Go(func() {
			for version := uint32(0); version < last; {
				s, err := tree.Snapshot()
				if err != nil {
					t.Error(err)
					return
				}
				if s.Version() < version {
					t.Errorf("version %d after %d", s.Version(), version)
				}
				version = s.Version()
				for _, i := range indices {
					a, found, err := s.Account(i)
					if err != nil || !found || a.Nonce != uint64(version) {
						t.Errorf("version %d, account %d: nonce %d, %v, %v", version, i, a.Nonce, found, err)
					}
				}
				if reader == 0 {
					mp, err := s.MultiProof(indices)
					if err == nil {
						err = mp.Verify(s.Root())
					}
					if err != nil {
						t.Errorf("version %d: %v", version, err)
					}
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if t.Failed() {
					return
				}
			}
		})
	}
	for version := uint32(2); version <= last; version++ {
		mustApply(t, tree, version, batch(version))
	}
	readers.Wait()
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
}
