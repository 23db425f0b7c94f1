package statetree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/protocol"
)

// world is a random history of one tree beside its model: batches, refused
// batches, snapshots of several versions, and reopenings.
type world struct {
	t       *rapid.T
	fs      vfs.FS // nil for a tree in memory
	tree    *Tree
	version uint32
	meta    []byte
	model   model
	kept    []keptSnapshot
}

type keptSnapshot struct {
	*Snapshot
	version uint32
	meta    []byte
	model   model
}

func (w *world) open() {
	if w.fs == nil {
		w.tree = OpenMemory()
		return
	}
	tree, err := OpenPebble("state", PebbleOptions{
		// A cache of a few sets, so that most nodes are found in it and some not.
		Options:       Options{Workers: 2, CacheBytes: 8 << 10},
		fs:            w.fs,
		memTableBytes: 64 << 10, // flushes and compactions within a short history
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tree = tree
}

func (w *world) apply(*rapid.T) {
	seed := rapid.Uint64().Draw(w.t, "seed")
	n := rapid.IntRange(0, 16).Draw(w.t, "updates")
	r := newRand(seed)
	updates := randomUpdates(r, n)
	for _, i := range w.indices() { // some of what is there, changed or not
		if !slices.ContainsFunc(updates, func(u Update) bool { return u.Index == i }) && r.IntN(4) == 0 {
			a := w.model[i]
			if r.IntN(3) > 0 {
				a.Nonce = (a.Nonce + 1) & protocol.MaxNonce
			}
			updates = append(updates, Update{i, a})
		}
	}
	given := slices.Clone(updates)
	meta := fmt.Appendf(nil, "meta of %d", w.version+1)
	root, err := w.tree.Apply(context.Background(), w.version+1, updates, meta)
	if err != nil {
		w.t.Fatal(err)
	}
	if !slices.Equal(given, updates) {
		w.t.Fatal("the caller's updates were changed")
	}
	w.model.apply(updates)
	w.version, w.meta = w.version+1, meta
	if want := w.model.root(); root != want || w.tree.Root() != want {
		w.t.Fatalf("batch %d: root %v, tree %v, want %v", w.version, root, w.tree.Root(), want)
	}
}

// refuse tries what must be refused; check then finds that nothing has changed.
func (w *world) refuse(*rapid.T) {
	one := []Update{{7, randomAccount(newRand(1))}}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	wide := one[0]
	wide.Account.Nonce = protocol.MaxNonce + 1
	next := w.version + 1
	for _, c := range []struct {
		name    string
		ctx     context.Context
		version uint32
		updates []Update
		meta    []byte
		want    error
	}{
		{"cancelled", cancelled, next, one, nil, context.Canceled},
		{"repeated", context.Background(), w.version, one, nil, ErrVersion},
		{"skipped", context.Background(), w.version + 2, one, nil, ErrVersion},
		{"twice", context.Background(), next, append(one, one...), nil, ErrDuplicate},
		{"reserved", context.Background(), next, []Update{{0, one[0].Account}}, nil, protocol.ErrReservedIndex},
		{"wide", context.Background(), next, []Update{wide}, nil, protocol.ErrWidth},
		{"meta", context.Background(), next, one, make([]byte, MaxMeta+1), ErrMetaSize},
	} {
		if _, err := w.tree.Apply(c.ctx, c.version, c.updates, c.meta); !errors.Is(err, c.want) {
			w.t.Fatalf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}

func (w *world) snapshot(*rapid.T) {
	if len(w.kept) >= 3 {
		w.drop(w.t)
	}
	s, err := w.tree.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	w.kept = append(w.kept, keptSnapshot{s, w.version, w.meta, maps.Clone(w.model)})
}

func (w *world) drop(*rapid.T) {
	if len(w.kept) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.kept)-1).Draw(w.t, "drop")
	if err := w.kept[i].Close(); err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := w.kept[i].Account(1); !errors.Is(err, ErrClosed) {
		w.t.Fatalf("closed snapshot: error %v", err)
	}
	w.kept = slices.Delete(w.kept, i, i+1)
}

func (w *world) reopen(*rapid.T) {
	if w.fs == nil {
		return
	}
	if len(w.kept) > 0 {
		if err := w.tree.Close(); !errors.Is(err, ErrInUse) {
			w.t.Fatalf("close with snapshots: %v", err)
		}
	}
	for len(w.kept) > 0 {
		w.drop(w.t)
	}
	if err := w.tree.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

// check compares the newest state and one of the kept snapshots to their models.
func (w *world) check(*rapid.T) {
	s, err := w.tree.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	checkSnapshot(w.t, keptSnapshot{s, w.version, w.meta, w.model})
	if len(w.kept) > 0 {
		checkSnapshot(w.t, w.kept[rapid.IntRange(0, len(w.kept)-1).Draw(w.t, "look at")])
	}
}

func (w *world) indices() []protocol.Index { return slices.Sorted(maps.Keys(w.model)) }

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func checkSnapshot(t fataler, s keptSnapshot) {
	t.Helper()
	root := s.model.root()
	if s.Root() != root || s.Version() != s.version || !bytes.Equal(s.Meta(), s.meta) {
		t.Fatalf("version %d, meta %q, root %v; want %d, %q, %v", s.Version(), s.Meta(), s.Root(), s.version, s.meta, root)
	}
	indices := slices.Sorted(maps.Keys(s.model))
	next := 0
	for u, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		if next >= len(indices) || u.Index != indices[next] || u.Account != s.model[u.Index] {
			t.Fatalf("All: account %d is not the model's", u.Index)
		}
		next++
	}
	if next != len(indices) {
		t.Fatalf("All: %d accounts, want %d", next, len(indices))
	}
	r := newRand(uint64(s.version))
	asked := []protocol.Index{0, 1, math.MaxUint32, randomIndex(r), randomIndex(r)}
	r.Shuffle(len(indices), func(i, j int) { indices[i], indices[j] = indices[j], indices[i] })
	asked = append(asked, indices[:min(4, len(indices))]...)
	for _, i := range asked {
		want, exists := s.model[i]
		got, found, err := s.Account(i)
		if err != nil || found != exists || got != want {
			t.Fatalf("account %d: found %v, error %v", i, found, err)
		}
		p, err := s.Prove(i)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(root); err != nil || p.Included() != exists {
			t.Fatalf("proof of %d: included %v, error %v", i, p.Included(), err)
		}
		if exists {
			if err := p.VerifyAccount(root, &want); err != nil {
				t.Fatal(err)
			}
		}
	}
	mp, err := s.MultiProof(append(asked, asked...))
	if err != nil {
		t.Fatal(err)
	}
	if err := mp.Verify(root); err != nil {
		t.Fatal(err)
	}
	for _, i := range asked {
		leaf, err := mp.Leaf(i)
		if err != nil {
			t.Fatal(err)
		}
		var want fr.Element
		if a, ok := s.model[i]; ok {
			want = a.Leaf()
		}
		if leaf != want {
			t.Fatalf("multi-proof: leaf of %d is not the model's", i)
		}
	}
}

func TestHistories(t *testing.T) {
	for _, backend := range []string{"memory", "pebble"} {
		t.Run(backend, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := &world{t: t, model: model{}}
				if backend == "pebble" {
					w.fs = vfs.NewMem()
				}
				w.open()
				defer func() {
					for len(w.kept) > 0 {
						w.kept[0].Close()
						w.kept = w.kept[1:]
					}
					if err := w.tree.Close(); err != nil {
						t.Fatal(err)
					}
				}()
				t.Repeat(map[string]func(*rapid.T){
					"apply":    w.apply,
					"refuse":   w.refuse,
					"snapshot": w.snapshot,
					"drop":     w.drop,
					"reopen":   w.reopen,
					"":         w.check,
				})
			})
		})
	}
}
