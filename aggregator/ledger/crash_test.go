package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quirezk/quire/statetree"
)

// crash is what a disk may look like after the machine stopped.
type crash struct {
	fs *vfs.MemFS
	// Commits that had been reported, and begun, when it stopped.
	reported, begun uint32
	at              errorfs.Op
}

// TestCrashed stops the machine at many operations on files: all that was synced
// is left, and of the rest, block by block, what chance leaves. Whatever it is,
// opening it gives what the last commit that was reported left, or the one under
// way.
func TestCrashed(t *testing.T) {
	disk := vfs.NewCrashableMem()
	r := newRand(21)
	var (
		mu              sync.Mutex // the hook runs on pebble's goroutines too
		crashes         []crash
		reported, begun atomic.Uint32
	)
	hooked := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || begun.Load() == 0 {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if r.IntN(4) > 0 {
			return nil
		}
		c := crash{reported: reported.Load(), begun: begun.Load(), at: op}
		c.fs = disk.CrashClone(vfs.CrashCloneCfg{
			UnsyncedDataPercent: []int{0, 0, 50, 90, 100}[r.IntN(5)],
			RNG:                 newRand(r.Uint64()),
		})
		crashes = append(crashes, c)
		return nil
	}))
	w := newWorld(t, hooked, 22)
	models := []*model{w.model.clone()}
	for n := uint32(1); n <= crashCommits; n++ {
		c := w.changes()
		models = append(models, w.model.clone())
		begun.Store(n)
		if err := w.l.Commit(c); err != nil {
			t.Fatal(err)
		}
		reported.Store(n)
	}
	mustClose(t, w.l)
	if len(crashes) < crashCommits/4 {
		t.Errorf("only %d crashes", len(crashes))
	}
	for _, c := range crashes {
		l, err := Open(dir, testOptions(c.fs))
		if err != nil {
			t.Fatalf("before %v of %s, %d commits reported: %v", c.at.Kind, c.at.Path, c.reported, err)
		}
		h, err := l.Head()
		if err != nil {
			t.Fatal(err)
		}
		if n := uint32(h.Block); n < c.reported || n > c.begun {
			t.Fatalf("before %v of %s: commit %d, reported %d, begun %d", c.at.Kind, c.at.Path, n, c.reported, c.begun)
		}
		if errs := interrogate(t, l, models[h.Block]); errs > 0 {
			t.Fatalf("before %v of %s: %d errors", c.at.Kind, c.at.Path, errs)
		}
		mustClose(t, l)
	}
}

// TestDiskFull: a log that cannot be written is an error, not the end of the
// process. Nothing is read or written after it, and reopening finds what was
// before the commit or after it.
func TestDiskFull(t *testing.T) {
	for _, kind := range []errorfs.OpKind{errorfs.OpFileWrite, errorfs.OpFileSyncData} {
		disk := vfs.NewCrashableMem()
		var full atomic.Bool
		hooked := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if full.Load() && op.Kind == kind && strings.HasSuffix(op.Path, ".log") {
				return syscall.ENOSPC
			}
			return nil
		}))
		w := newWorld(t, hooked, 23)
		w.commit()
		before := w.model.clone()
		c := w.changes()
		full.Store(true)
		if err := w.l.Commit(c); !errors.Is(err, ErrFailed) {
			t.Fatalf("kind %d: error %v", kind, err)
		}
		full.Store(false)
		wantFailed(t, w.l)
		mustClose(t, w.l)
		l := mustOpen(t, disk.CrashClone(vfs.CrashCloneCfg{}))
		h, err := l.Head()
		if err != nil {
			t.Fatal(err)
		}
		after := w.model
		if h.Block == before.head.Block {
			after = before
		}
		if errs := interrogate(t, l, after); errs > 0 {
			t.Errorf("%d errors", errs)
		}
		mustClose(t, l)
	}
}

// wantFailed wants ErrFailed of everything that reads or writes.
func wantFailed(t *testing.T, l *Ledger) {
	t.Helper()
	_, _, identity := l.Identity()
	_, head := l.Head()
	_, _, transfer := l.Transfer(1)
	_, _, batch := l.Batch(1)
	_, batches := l.Batches(10, 10)
	_, _, account := l.FindAccount(maker{newRand(1)}.point(), [20]byte{}, 0)
	_, history := l.History(1, 1<<63, 10)
	_, check := l.Check(context.Background(), nil)
	for what, err := range map[string]error{
		"commit": l.Commit(l.NewChanges()), "create": l.Create(Identity{}, Head{}), "identity": identity, "head": head,
		"transfer": transfer, "batch": batch, "batches": batches, "account": account, "history": history, "check": check,
	} {
		if !errors.Is(err, ErrFailed) {
			t.Errorf("%s after a failure: error %v", what, err)
		}
	}
	for _, err := range l.Transfers(1, 10) {
		if !errors.Is(err, ErrFailed) {
			t.Errorf("transfers after a failure: error %v", err)
		}
	}
}

func TestLocked(t *testing.T) {
	place := t.TempDir()
	l, err := Open(place, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(place, Options{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), place) {
		t.Errorf("second ledger of a process: error %v", err)
	}
	mustClose(t, l)
	disk := vfs.NewMem() // its locks look like another process's
	l = mustOpen(t, disk)
	if _, err := Open(dir, testOptions(disk)); !errors.Is(err, ErrLocked) {
		t.Errorf("ledger of another process: error %v", err)
	}
	mustClose(t, l)
}

// TestNoPlace: what the operating system says about a path comes through.
func TestNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(filepath.Join(file, "node"), Options{})
	if !errors.Is(err, syscall.ENOTDIR) || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v", err)
	}
}

// TestOnDisk is a ledger in a directory of the operating system.
func TestOnDisk(t *testing.T) {
	place := t.TempDir()
	l, err := Open(place, Options{Tree: statetree.Options{CacheBytes: -1}})
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(Identity{ChainID: 1})
	if err := l.Create(m.id, m.head); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, l, func(c *Changes) {
		m.execute(c, maker{newRand(1)}.transfer(1))
		c.PutHead(m.head)
	})
	mustClose(t, l)
	if l, err = Open(place, Options{}); err != nil {
		t.Fatal(err)
	}
	if errs := interrogate(t, l, m); errs > 0 {
		t.Errorf("%d errors", errs)
	}
	mustClose(t, l)
}
