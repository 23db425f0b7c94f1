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
// batches, batches undone, snapshots of several versions, and reopenings.
type world struct {
	t       *rapid.T
	fs      vfs.FS // nil for a tree in memory
	cache   int    // bytes of it, on disk
	tree    *Tree
	version uint32
	meta    []byte
	model   model
	past    []model // of versions 0 to the one before
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
		Options:       Options{Workers: 2, CacheBytes: w.cache},
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
	w.past = append(w.past, maps.Clone(w.model))
	w.model.apply(updates)
	w.version, w.meta = w.version+1, meta
	if want := w.model.root(); root != want || w.tree.Root() != want {
		w.t.Fatalf("batch %d: root %v, tree %v, want %v", w.version, root, w.tree.Root(), want)
	}
}

// revert goes back to any earlier version.
func (w *world) revert(*rapid.T) {
	if w.version == 0 {
		return
	}
	version := rapid.Uint32Range(0, w.version-1).Draw(w.t, "back to")
	r := newRand(rapid.Uint64().Draw(w.t, "seed"))
	before := w.past[version]
	undo := undoTo(w.model, before)
	for _, i := range append(w.indices(), randomIndex(r)) { // some that are as they were
		if a, existed := before[i]; r.IntN(4) == 0 && !slices.ContainsFunc(undo, func(u Undo) bool { return u.Index == i }) {
			undo = append(undo, Undo{i, existed, a})
		}
	}
	r.Shuffle(len(undo), func(i, j int) { undo[i], undo[j] = undo[j], undo[i] })
	given := slices.Clone(undo)
	want := before.root()

	no := errors.New("not this one")
	refuse := func(fr.Element) error { return no }
	if _, err := w.tree.Revert(context.Background(), version, undo, nil, refuse); !errors.Is(err, no) {
		w.t.Fatalf("refused root: error %v", err)
	}
	w.check(w.t)
	meta := fmt.Appendf(nil, "meta of %d again", version)
	asked := 0
	root, err := w.tree.Revert(context.Background(), version, undo, meta, func(root fr.Element) error {
		asked++
		if root != want || w.tree.Version() != w.version {
			w.t.Fatalf("accept root %v, want %v", root, want)
		}
		return nil
	})
	if err != nil || root != want || w.tree.Root() != want || asked != 1 {
		w.t.Fatalf("back from %d to %d: root %v, want %v, error %v, asked %d times", w.version, version, root, want, err, asked)
	}
	if !slices.Equal(given, undo) {
		w.t.Fatal("the caller's undo was changed")
	}
	w.version, w.meta, w.model, w.past = version, meta, before, w.past[:version]
}

// undoTo is what takes a state back to an earlier one.
func undoTo(now, before model) (undo []Undo) {
	for _, i := range slices.Sorted(maps.Keys(now)) {
		if a, existed := before[i]; !existed || a != now[i] {
			undo = append(undo, Undo{i, existed, a})
		}
	}
	return undo
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
	none := func(fr.Element) error { w.t.Fatal("asked about what is refused"); return nil }
	for _, version := range []uint32{w.version, w.version + 1} {
		if _, err := w.tree.Revert(context.Background(), version, nil, nil, none); !errors.Is(err, ErrVersion) {
			w.t.Fatalf("back from %d to %d: error %v", w.version, version, err)
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
	checkRecords(w.t, w.tree.store, w.model)
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
	all, err := s.Accounts(context.Background(), append(asked, asked...))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range slices.Compact(slices.Sorted(slices.Values(asked))) {
		want, exists := s.model[i]
		if !exists {
			continue
		}
		if len(all) == 0 || all[0] != (Update{i, want}) {
			t.Fatalf("Accounts: the next is not %d of the model", i)
		}
		all = all[1:]
	}
	if len(all) > 0 {
		t.Fatalf("Accounts: %d that the model does not have, or twice", len(all))
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

// checkRecords sees that a store holds the records of a state, and no others.
func checkRecords(t fataler, store Store, m model) {
	t.Helper()
	want := map[Key]bool{headKey: true, formatKey: true}
	for i := range m {
		for level := range depth + 1 {
			want[nodeKey(level, positionAt(i, level))] = true
		}
	}
	got := make(map[Key]bool)
	switch store := store.(type) {
	case *memStore:
		var walk func(n *trieNode, k Key, depth int)
		walk = func(n *trieNode, k Key, depth int) {
			for at := range byte(16) {
				next := k
				next[depth/2] |= at << (4 * (1 - depth%2))
				if n.kids != nil && n.kids[at] != nil {
					walk(n.kids[at], next, depth+1)
				}
				if n.values != nil && n.values[at] != nil {
					got[next] = true
				}
			}
		}
		walk(store.root.Load(), Key{}, 0)
	case ownedStore:
		want[Key{0xfd}] = true // the number of commits
		s := store.db.Snapshot()
		defer s.Close()
		for r, err := range s.Ascend(nil, nil) {
			if err != nil {
				t.Fatal(err)
			}
			got[Key(r.Key)] = true
		}
	default:
		t.Fatalf("store of type %T", store)
	}
	for k := range want {
		if !got[k] {
			t.Fatalf("%v is missing", k)
		}
	}
	for k := range got {
		if !want[k] {
			t.Fatalf("%v is left", k)
		}
	}
}

func TestHistories(t *testing.T) {
	for _, backend := range []string{"memory", "pebble"} {
		t.Run(backend, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				// In a cache of a few sets most nodes are found, and some not.
				cache := rapid.SampledFrom([]int{8 << 10, 1 << 20, -1}).Draw(t, "cache")
				w := &world{t: t, model: model{}, cache: cache}
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
					"revert":   w.revert,
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
