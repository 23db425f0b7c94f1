package statetree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/protocol"
)

// TestKnownRoots pins the roots of small states, as the model computes them too.
func TestKnownRoots(t *testing.T) {
	a := protocol.Account{Token: 1, Nonce: 2}
	a.Key.X.SetUint64(3)
	a.Key.Y.SetUint64(4)
	a.Owner[19] = 5
	a.Balance.SetUint64(6)
	for _, c := range []struct {
		name    string
		indices []protocol.Index
		root    string
	}{
		{"no accounts", nil, "02f3a0618fba764045a91eebc59597123ab40a3f8f177620c758b24e33e93131"},
		{"the first", []protocol.Index{1}, "26ea01076fb11e4f597a305f8282aa046a5f186330cf368d07d6332f4fcdc3c8"},
		{"the last", []protocol.Index{math.MaxUint32}, "0a76667840c8b698012082aeda88beb75dfab030936a679c7f7328bf414dde83"},
		{"siblings", []protocol.Index{4, 5, 6, 7}, "25b6d042e8d884ce8b1b17b237d40d14e27520a97109c79f65644707619c2b6f"},
		{"one below each child of the root", []protocol.Index{1 << 28, 1 << 30, 1 << 31, 3 << 30}, "1a850abe467b01004c11db2608d90a7f4359fafe851e9c68e47f84b7da881116"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := model{}
			var updates []Update
			for _, i := range c.indices {
				updates = append(updates, Update{i, a})
			}
			m.apply(updates)
			tree := OpenMemory()
			got := mustApply(t, tree, 1, updates)
			if want := m.root(); got != want {
				t.Errorf("root %v, model %v", got, want)
			}
			if h := got.Bytes(); fmt.Sprintf("%x", h) != c.root {
				t.Errorf("root %x, want %s", h, c.root)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	r := newRand(3)
	updates := randomUpdates(r, 300)
	tree := OpenMemory()
	root, err := tree.Load(context.Background(), 41, updates, []byte("from a file"))
	if err != nil {
		t.Fatal(err)
	}
	m := model{}
	m.apply(updates)
	s := mustSnapshot(t, tree)
	checkSnapshot(t, keptSnapshot{s, 41, []byte("from a file"), m})
	if _, err := tree.Load(context.Background(), 42, nil, nil); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("second load: error %v", err)
	}
	if got := mustApply(t, tree, 42, nil); got != root {
		t.Error("an empty batch changed the root")
	}
}

func TestLastVersion(t *testing.T) {
	tree := OpenMemory()
	if _, err := tree.Load(context.Background(), math.MaxUint32, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Apply(context.Background(), 0, nil, nil); !errors.Is(err, ErrVersion) {
		t.Errorf("version after the last: error %v", err)
	}
}

// countdown is a context that ends after a number of looks at it.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancelledAnywhere ends the context at every point where Apply looks at it:
// each time nothing may have changed, until once it is not looked at any more.
func TestCancelledAnywhere(t *testing.T) {
	store := &countingStore{Store: newMemStore()}
	tree, err := Open(store, Options{Workers: 1}) // with more, other contexts are looked at
	if err != nil {
		t.Fatal(err)
	}
	r := newRand(4)
	before := mustApply(t, tree, 1, randomUpdates(r, 50))
	updates := randomUpdates(r, 50)
	for looks := 0; ; looks++ {
		commits := store.commits
		root, err := tree.Apply(&countdown{context.Background(), looks}, 2, updates, nil)
		if err == nil {
			if looks < 2*depth || root == before || tree.Version() != 2 {
				t.Errorf("applied after %d looks, version %d", looks, tree.Version())
			}
			return
		}
		if !errors.Is(err, context.Canceled) || store.commits != commits || tree.Root() != before || tree.Version() != 1 {
			t.Fatalf("cancelled at look %d: error %v, version %d", looks, err, tree.Version())
		}
	}
}

type countingStore struct {
	Store
	commits int
}

func (s *countingStore) Commit(records []Record) error {
	s.commits++
	return s.Store.Commit(records)
}

// TestNoMoreRecordsThanNodes: a batch writes one record for each account, for
// each node on a path to one, and the head.
func TestNoMoreRecordsThanNodes(t *testing.T) {
	store := &recordingStore{Store: newMemStore()}
	tree, err := Open(store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := newRand(5)
	mustApply(t, tree, 1, randomUpdates(r, 200))
	updates := randomUpdates(r, 100)
	mustApply(t, tree, 2, updates)
	want := map[Key]bool{headKey: true}
	for _, u := range updates {
		for level := range depth + 1 {
			want[nodeKey(level, positionAt(u.Index, level))] = true
		}
	}
	got := make(map[Key]bool)
	for _, r := range store.last {
		got[r.Key] = true
	}
	if len(store.last) != len(want) {
		t.Errorf("%d records, want %d", len(store.last), len(want))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// The same values again touch nothing but the head.
	mustApply(t, tree, 3, nil)
	if len(store.last) != 1 {
		t.Errorf("an empty batch wrote %d records", len(store.last))
	}
}

type recordingStore struct {
	Store
	last []Record
}

func (s *recordingStore) Commit(records []Record) error {
	s.last = slices.Clone(records)
	return s.Store.Commit(records)
}

func TestClosed(t *testing.T) {
	tree := OpenMemory()
	s := mustSnapshot(t, tree)
	if err := tree.Close(); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "1") {
		t.Errorf("close with a snapshot: %v", err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := tree.Snapshot(); !errors.Is(err, ErrClosed) {
		t.Errorf("snapshot: %v", err)
	}
	if _, err := tree.Apply(context.Background(), 1, nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("apply: %v", err)
	}
	if _, _, err := tree.Account(1); !errors.Is(err, ErrClosed) {
		t.Errorf("account: %v", err)
	}
	if _, err := s.Prove(1); !errors.Is(err, ErrClosed) {
		t.Errorf("prove: %v", err)
	}
	if _, err := s.MultiProof(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("multi-proof: %v", err)
	}
	if err := s.Check(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("check: %v", err)
	}
	for _, err := range s.All() {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("all: %v", err)
		}
	}
}

// TestOverlay runs operations' kind of use: reads through, writes aside, then
// the changes as a batch.
func TestOverlay(t *testing.T) {
	tree := OpenMemory()
	r := newRand(6)
	a, b := randomAccount(r), randomAccount(r)
	mustApply(t, tree, 1, []Update{{1, a}})
	s := mustSnapshot(t, tree)
	if err := s.SetAccount(1, b); !errors.Is(err, ErrReadOnly) {
		t.Errorf("write to a snapshot: %v", err)
	}
	overlay := protocol.NewOverlay(s)
	if got, found, err := overlay.Account(1); err != nil || !found || got != a {
		t.Errorf("read through: %v, %v", found, err)
	}
	if err := overlay.SetAccount(2, b); err != nil {
		t.Fatal(err)
	}
	var updates []Update
	for i, a := range overlay.Changes() {
		updates = append(updates, Update{i, a})
	}
	mustApply(t, tree, 2, updates)
	if _, found, err := s.Account(2); err != nil || found {
		t.Errorf("the snapshot moved: %v, %v", found, err)
	}
	if got, found, err := tree.Account(2); err != nil || !found || got != b {
		t.Errorf("the batch: %v, %v", found, err)
	}
}
