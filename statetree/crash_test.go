package statetree

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// quiet is for stores that are meant to be in trouble.
var quiet = slog.New(slog.DiscardHandler)

// crash is what a disk may look like after the machine stopped.
type crash struct {
	fs *vfs.MemFS
	// Versions that had been reported, and begun, when it stopped.
	reported, begun uint32
	at              errorfs.Op
}

// TestCrashed stops the machine at many operations on files: all that was synced
// is left, and of the rest, block by block, what chance leaves. Whatever it is,
// opening it gives the last state that was reported, or the one being committed.
func TestCrashed(t *testing.T) {
	disk := vfs.NewCrashableMem()
	r := newRand(8)
	var (
		mu              sync.Mutex // the hook runs on pebble's goroutines too
		crashes         []crash
		reported, begun atomic.Uint32
	)
	hooked := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if r.IntN(6) > 0 {
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
	tree, err := OpenPebble("state", PebbleOptions{fs: hooked, memTableBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	for version := uint32(1); version <= crashBatches; version++ {
		begun.Store(version)
		if _, err := tree.Apply(context.Background(), version, killedBatch(version), killedMeta(version)); err != nil {
			t.Fatal(err)
		}
		reported.Store(version)
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}

	models := []model{{}}
	for version := uint32(1); version <= crashBatches; version++ {
		next := make(model)
		for i, a := range models[version-1] {
			next[i] = a
		}
		next.apply(killedBatch(version))
		models = append(models, next)
	}
	if len(crashes) < 50 { // one operation in six
		t.Errorf("only %d crashes", len(crashes))
	}
	for _, c := range crashes {
		tree, err := OpenPebble("state", PebbleOptions{fs: c.fs, Logger: quiet})
		if err != nil {
			t.Fatalf("before %v of %s, version %d reported: %v", c.at.Kind, c.at.Path, c.reported, err)
		}
		version := tree.Version()
		if version < c.reported || version > c.begun {
			t.Fatalf("before %v of %s: version %d, reported %d, begun %d", c.at.Kind, c.at.Path, version, c.reported, c.begun)
		}
		s := mustSnapshot(t, tree)
		want := keptSnapshot{s, version, killedMeta(version), models[version]}
		if version == 0 {
			want.meta = nil
		}
		checkSnapshot(t, want)
		if err := errors.Join(s.Close(), tree.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDiskFull: a log that cannot be written is an error, not the end of the
// process; readers stay, and reopening finds the last state or the next.
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
		tree, err := OpenPebble("state", PebbleOptions{fs: hooked, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		m := model{}
		m.apply(killedBatch(1))
		mustApply(t, tree, 1, killedBatch(1))
		s := mustSnapshot(t, tree)
		full.Store(true)
		_, err = tree.Apply(context.Background(), 2, killedBatch(2), nil)
		if !errors.Is(err, ErrFailed) {
			t.Fatalf("kind %d: error %v", kind, err)
		}
		full.Store(false)
		if _, err := tree.Apply(context.Background(), 2, killedBatch(2), nil); !errors.Is(err, ErrFailed) {
			t.Errorf("applied after a failure: error %v", err)
		}
		if tree.Version() != 1 {
			t.Errorf("version %d after a failed commit", tree.Version())
		}
		checkSnapshot(t, keptSnapshot{s, 1, nil, m})
		if err := errors.Join(s.Close(), tree.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
		again, err := OpenPebble("state", PebbleOptions{fs: disk.CrashClone(vfs.CrashCloneCfg{}), Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		if v := again.Version(); v != 1 && v != 2 {
			t.Errorf("version %d after reopening", v)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	tree, err := OpenPebble(dir, PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPebble(dir, PebbleOptions{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second tree of a process: error %v", err)
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
	disk := vfs.NewMem() // its locks look like another process's
	if tree, err = OpenPebble("state", PebbleOptions{fs: disk}); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPebble("state", PebbleOptions{fs: disk}); !errors.Is(err, ErrLocked) {
		t.Errorf("tree of another process: error %v", err)
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNoPlace: what the operating system says about a path comes through.
func TestNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenPebble(filepath.Join(file, "state"), PebbleOptions{})
	if !errors.Is(err, syscall.ENOTDIR) || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v", err)
	}
}
