package statetree

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quirezk/quire/internal/guarded"
)

// TestShared keeps a tree in a database that somebody else writes to all the
// time, and closes.
func TestShared(t *testing.T) {
	disk := vfs.NewMem()
	open := func() (*guarded.DB, *Tree) {
		t.Helper()
		db, err := guarded.Open("state", guarded.Options{FS: disk, MemTableBytes: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		tree, err := OpenGuarded(db, Options{Workers: 2, CacheBytes: 8 << 10})
		if err != nil {
			t.Fatal(err)
		}
		return db, tree
	}
	db, tree := open()
	stop, stopped := make(chan struct{}), make(chan uint64)
	go func() {
		var n uint64
		defer func() { stopped <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			n++
			b := db.NewBatch()
			b.Set(fmt.Appendf(nil, "a%d", n%100), fmt.Appendf(nil, "%d", n))
			b.Set([]byte("zzzzz"), fmt.Appendf(nil, "%d", n)) // as long as the tree's
			if err := db.Commit(b); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	models := []model{{}}
	for version := uint32(1); version <= 20; version++ {
		m := maps.Clone(models[version-1])
		m.apply(killedBatch(version))
		models = append(models, m)
		mustApply(t, tree, version, killedBatch(version))
		s := mustSnapshot(t, tree)
		checkSnapshot(t, keptSnapshot{s, version, nil, m})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tree.Revert(context.Background(), 7, undoTo(models[20], models[7]), nil, nil); err != nil {
		t.Fatal(err)
	}
	close(stop)
	n := <-stopped

	for range 2 {
		if err := db.Close(); !errors.Is(err, guarded.ErrInUse) {
			t.Errorf("closed under the tree: %v", err)
		}
		s := mustSnapshot(t, tree)
		checkSnapshot(t, keptSnapshot{s, 7, nil, models[7]})
		if err := errors.Join(s.Check(context.Background()), s.Close(), tree.Close()); err != nil {
			t.Fatal(err)
		}
		// The tree was closed, and the database was not.
		if got, found, err := db.Get(nil, []byte("zzzzz")); err != nil || !found || string(got) != fmt.Sprint(n) {
			t.Errorf("the other's record: %s, %v, %v, want %d", got, found, err, n)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db, tree = open()
	}
	if err := errors.Join(tree.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}

	// By itself the tree opens it too, and leaves the rest alone.
	alone, err := OpenPebble("state", PebbleOptions{fs: disk})
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, alone, 8, nil)
	if err := alone.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSharedFailure: the commit of somebody else that fails is the tree's last
// too.
func TestSharedFailure(t *testing.T) {
	var full atomic.Bool
	hooked := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && op.Kind == errorfs.OpFileWrite && strings.HasSuffix(op.Path, ".log") {
			return syscall.ENOSPC
		}
		return nil
	}))
	db, err := guarded.Open("state", guarded.Options{FS: hooked, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := OpenGuarded(db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := model{}
	m.apply(killedBatch(1))
	mustApply(t, tree, 1, killedBatch(1))
	full.Store(true)
	if err := db.Commit(db.NewBatch()); !errors.Is(err, ErrFailed) {
		t.Errorf("the other's commit: %v", err)
	}
	full.Store(false)
	if _, err := tree.Apply(context.Background(), 2, nil, nil); !errors.Is(err, ErrFailed) {
		t.Errorf("apply: %v", err)
	}
	s := mustSnapshot(t, tree)
	checkSnapshot(t, keptSnapshot{s, 1, nil, m})
	if err := errors.Join(s.Close(), tree.Close(), db.Close()); err != nil {
		t.Error(err)
	}
}
