package statetree

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// TestRevertRefused: what is not an undoing of some later state is refused, or
// leads to another root; either way nothing changes.
func TestRevertRefused(t *testing.T) {
	ctx := context.Background()
	r := newRand(21)
	tree, err := Open(newMemStore(), Options{Workers: 1}) // with more, other contexts are looked at
	if err != nil {
		t.Fatal(err)
	}
	models := []model{{}}
	for version := uint32(1); version <= 3; version++ {
		updates := randomUpdates(r, 30)
		m := maps.Clone(models[version-1])
		m.apply(updates)
		models = append(models, m)
		mustApply(t, tree, version, updates)
	}
	undo := undoTo(models[3], models[1])
	other := errors.New("another root")
	same := func(root fr.Element) error {
		if root != models[1].root() {
			return other
		}
		return nil
	}
	with := func(f func([]Undo) []Undo) []Undo { return f(slices.Clone(undo)) }
	existing := slices.IndexFunc(undo, func(u Undo) bool { return u.Existed })
	absent := slices.IndexFunc(undo, func(u Undo) bool { return !u.Existed })
	for _, c := range []struct {
		name    string
		version uint32
		undo    []Undo
		meta    []byte
		want    error
	}{
		{"the version that it has", 3, nil, nil, ErrVersion},
		{"a later one", 4, undo, nil, ErrVersion},
		{"the last", math.MaxUint32, undo, nil, ErrVersion},
		{"nothing undone", 1, nil, nil, other},
		{"one left out", 1, undo[1:], nil, other},
		{"one that was there is absent", 1, with(func(u []Undo) []Undo { u[existing].Existed = false; return u }), nil, other},
		{"one that was absent is there", 1, with(func(u []Undo) []Undo { u[absent].Existed = true; return u }), nil, other},
		{"another value", 1, with(func(u []Undo) []Undo { u[existing].Account.Nonce ^= 1; return u }), nil, other},
		{"one more", 1, append(slices.Clone(undo), Undo{Index: 1 << 31, Existed: true}), nil, other},
		{"one twice", 1, append(slices.Clone(undo), undo[0]), nil, ErrDuplicate},
		{"reserved", 1, append(slices.Clone(undo), Undo{}), nil, protocol.ErrReservedIndex},
		{"wide", 1, with(func(u []Undo) []Undo { u[existing].Account.Nonce = protocol.MaxNonce + 1; return u }), nil, protocol.ErrWidth},
		{"long", 1, undo, make([]byte, MaxMeta+1), ErrMetaSize},
	} {
		if _, err := tree.Revert(ctx, c.version, c.undo, c.meta, same); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
	for looks := 0; ; looks++ {
		_, err := tree.Revert(&countdown{ctx, looks}, 1, undo, nil, same)
		if err == nil {
			if looks < 2*depth {
				t.Errorf("reverted after %d looks at the context", looks)
			}
			break
		}
		if !errors.Is(err, context.Canceled) || tree.Version() != 3 || tree.Root() != models[3].root() {
			t.Fatalf("cancelled at look %d: error %v, version %d", looks, err, tree.Version())
		}
	}
	// What an absent account was said to have had does not matter.
	undo = undoTo(models[1], model{})
	for i := range undo {
		undo[i].Account = protocol.Account{Nonce: math.MaxUint64}
	}
	if root, err := tree.Revert(ctx, 0, undo, nil, nil); err != nil || root != empty[0] {
		t.Errorf("back to genesis: root %v, error %v", root, err)
	}
	checkRecords(t, tree.store, model{})
	s := mustSnapshot(t, tree)
	checkSnapshot(t, keptSnapshot{s, 0, nil, model{}})
	if err := errors.Join(s.Check(ctx), s.Close()); err != nil {
		t.Error(err)
	}
	// The tree is a new one again.
	if _, err := tree.Load(ctx, 9, randomUpdates(r, 3), nil); err != nil {
		t.Error(err)
	}
}

// TestRevertCrashed goes forth and back while the machine stops now and then:
// what is left is the state before a step or the one after it.
func TestRevertCrashed(t *testing.T) {
	ctx := context.Background()
	disk := vfs.NewCrashableMem()
	r := newRand(22)
	type stop struct {
		fs            *vfs.MemFS
		reported, now uint32
	}
	var (
		mu            sync.Mutex // the hook runs on pebble's goroutines too
		stops         []stop
		reported, now atomic.Uint32
	)
	chance := newRand(23)
	hooked := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if chance.IntN(4) == 0 {
			stops = append(stops, stop{disk.CrashClone(vfs.CrashCloneCfg{
				UnsyncedDataPercent: []int{0, 50, 100}[chance.IntN(3)], RNG: newRand(chance.Uint64()),
			}), reported.Load(), now.Load()})
		}
		return nil
	}))
	tree, err := OpenPebble("state", PebbleOptions{fs: hooked, memTableBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	type state struct {
		version uint32
		meta    []byte
		model   model
	}
	past := []state{{0, nil, model{}}} // by version
	steps := []state{past[0]}          // by step
	for step := range uint32(crashBatches) {
		now.Store(step + 1)
		last := past[len(past)-1]
		next := state{meta: fmt.Appendf(nil, "step %d", step+1)}
		if last.version >= 2 && r.IntN(3) == 0 {
			next.version = r.Uint32N(last.version)
			next.model = past[next.version].model
			_, err = tree.Revert(ctx, next.version, undoTo(last.model, next.model), next.meta, nil)
			past = past[:next.version]
		} else {
			next.version, next.model = last.version+1, maps.Clone(last.model)
			updates := killedBatch(step)
			next.model.apply(updates)
			_, err = tree.Apply(ctx, next.version, updates, next.meta)
		}
		if err != nil {
			t.Fatal(err)
		}
		past, steps = append(past, next), append(steps, next)
		reported.Store(step + 1)
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
	if len(stops) < 50 {
		t.Errorf("only %d stops", len(stops))
	}
	for _, c := range stops {
		tree, err := OpenPebble("state", PebbleOptions{fs: c.fs, Logger: quiet})
		if err != nil {
			t.Fatalf("step %d: %v", c.now, err)
		}
		s := mustSnapshot(t, tree)
		at := slices.IndexFunc(steps, func(x state) bool { return string(x.meta) == string(s.Meta()) })
		if at < int(c.reported) || at > int(c.now) {
			t.Fatalf("%q is left, step %d was reported, %d begun", s.Meta(), c.reported, c.now)
		}
		checkSnapshot(t, keptSnapshot{s, steps[at].version, steps[at].meta, steps[at].model})
		checkRecords(t, tree.store, steps[at].model)
		if err := errors.Join(s.Close(), tree.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRevertDamaged: what is built upon is what was read, and that may be damaged.
func TestRevertDamaged(t *testing.T) {
	store := &tamperedStore{newMemStore(), func(_ Key, value []byte) []byte { return value }}
	tree, err := Open(store, Options{CacheBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	a := randomAccount(newRand(1))
	mustApply(t, tree, 1, []Update{{5, a}, {1 << 20, a}})
	root := mustApply(t, tree, 2, []Update{{6, a}})
	store.tamper = func(k Key, value []byte) []byte {
		if k == nodeKey(15, 1) {
			value[9] ^= 1
		}
		return value
	}
	_, err = tree.Revert(context.Background(), 1, []Undo{{Index: 6}}, nil, nil)
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "node (15, 1)") || tree.Root() != root {
		t.Errorf("error %v", err)
	}
}
