package guarded

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quirezk/quire/internal/disktest"
)

// atOnce fails the test if f hangs. How long it takes does not matter.
func atOnce(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Minute):
		t.Fatalf("%s hangs", what)
	}
}

// kindOfWrite names what an operation writes, "" if it does not. Removing is left
// out: no room is needed for it, and pebble does not mind. So is the anchor.
func kindOfWrite(op errorfs.Op) string {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || op.Kind == errorfs.OpRemove || op.Kind == errorfs.OpRemoveAll || path.Base(op.Path) == anchorName {
		return ""
	}
	file, _, _ := strings.Cut(path.Base(op.Path), "-")
	if ext := path.Ext(file); ext != "" {
		file = ext
	}
	return fmt.Sprintf("%d %s", op.Kind, file)
}

// history commits a few times, until there is an error, and returns how many
// commits were made. Commit n puts value(n) under "last".
func history(t *testing.T, d *DB) (done int, err error) {
	t.Helper()
	for n := range 130 { // some 100 kB: two tables
		b := d.NewBatch()
		b.Set(fmt.Appendf(nil, "k%03d", n), value(n))
		b.Set([]byte("last"), value(n))
		atOnce(t, "commit", func() { err = d.Commit(b) })
		if err != nil {
			return n, err
		}
	}
	return 130, nil
}

func value(n int) []byte { return fmt.Appendf(nil, "%0800d", n) }

// TestFullAnywhere fills the disk before a write of each kind, of a log, a table,
// a manifest, a directory, in front or in the background: the commit that meets it
// returns, it is the last one, nothing is written after it, readers go on, and what
// is left on the disk are all the commits that were reported, and perhaps the one
// that was not.
func TestFullAnywhere(t *testing.T) {
	var mu sync.Mutex // the hooks run on pebble's goroutines too
	kinds := make(map[string]int)
	counting := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if kind := kindOfWrite(op); kind != "" {
			mu.Lock()
			defer mu.Unlock()
			kinds[kind]++
		}
		return nil
	}))
	d := mustOpen(t, counting)
	mu.Lock()
	clear(kinds) // those of opening are another test's
	mu.Unlock()
	if _, err := history(t, d); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	all := maps.Clone(kinds)
	mu.Unlock()
	mustClose(t, d)
	for _, kind := range []string{"17 .log", "21 .log", "0 .log", "0 .sst", "17 .sst", "21 .sst", "17 MANIFEST", "20 MANIFEST", "20 db"} {
		if all[kind] == 0 {
			t.Errorf("no write of kind %s in %v", kind, all)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		for _, at := range []int{1, 2, 1 + all[kind]/2} {
			if at <= all[kind] {
				fullAt(t, kind, at)
			}
		}
	}
}

// fullAt has the disk full from the at-th write of a kind after opening.
func fullAt(t *testing.T, kind string, at int) {
	disk := vfs.NewCrashableMem()
	what := fmt.Sprintf("write %d of kind %s", at, kind)
	var mu sync.Mutex
	armed, full, closed, seen, after := false, false, false, 0, 0
	hooked := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		k := kindOfWrite(op)
		if !armed || k == "" {
			return nil
		}
		if closed {
			t.Errorf("%s: %s %s after the end", what, k, op.Path)
		}
		if full {
			after++
		}
		if k == kind {
			seen++
		}
		if full = full || seen == at; full {
			return syscall.ENOSPC
		}
		return nil
	}))
	d := mustOpen(t, hooked)
	mu.Lock()
	armed = true
	mu.Unlock()
	done, err := history(t, d)
	if err == nil { // by the last commit pebble had not come as far this time
		atOnce(t, what, func() {
			if err := errors.Join(d.Commit(d.NewBatch()), d.Close()); err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%s, late: %v", what, err)
			}
		})
		return
	}
	if !errors.Is(err, ErrFailed) || !errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrCorrupt) {
		t.Fatalf("%s: error %v", what, err)
	}
	atOnce(t, what, func() {
		if err := d.Commit(d.NewBatch()); !errors.Is(err, ErrFailed) {
			t.Errorf("%s: commit after a failure: %v", what, err)
		}
		s := d.Snapshot()
		for _, get := range []func(dst, key []byte) ([]byte, bool, error){d.Get, s.Get} {
			wantLast(t, what, get, done)
		}
		n := 0
		for _, err := range s.Ascend([]byte("k"), []byte("l")) {
			if err != nil {
				t.Error(err)
			}
			n++
		}
		if n != done {
			t.Errorf("%s: %d records are read, %d were committed", what, n, done)
		}
		if err := errors.Join(s.Close(), d.Close()); err != nil {
			t.Errorf("%s: close: %v", what, err)
		}
	})
	mu.Lock()
	// Pebble has one write under way at a time for the log, one for the table that it
	// makes of what was written, and one for a merge, of which there is one at a time.
	// What had passed the breaker before the first of them was reported fails beside
	// it, and whoever made it never comes back to make another: so two more at most.
	// Since Close waits for these, nothing at all is tried from here on.
	if after > 2 {
		t.Errorf("%s: %d more writes were tried", what, after)
	}
	closed = true
	mu.Unlock()
	// In this process too: the directory was given up, and the disk has room.
	crashed := disk.CrashClone(vfs.CrashCloneCfg{})
	for _, disk := range []vfs.FS{crashed, disk} {
		again := mustOpen(t, disk)
		left := int(again.commits)
		if left != done && left != done+1 {
			t.Errorf("%s: %d commits are left of %d", what, left, done)
		}
		wantLast(t, what, again.Get, left)
		set(t, again, "last", string(value(left)))
		wantLast(t, what, again.Get, left+1)
		mustClose(t, again)
	}
}

func wantLast(t *testing.T, what string, get func(dst, key []byte) ([]byte, bool, error), commits int) {
	t.Helper()
	got, found, err := get(nil, []byte("last"))
	if err != nil || found != (commits > 0) || found && string(got) != string(value(commits-1)) {
		t.Errorf("%s: the last value is %s, %v, %v", what, got, found, err)
	}
}

// TestOnlyDurable: while a commit waits for its sync, readers see what was there
// before; nor do they wait.
func TestOnlyDurable(t *testing.T) {
	var block atomic.Bool
	syncing, release := make(chan struct{}), make(chan struct{})
	hooked := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSyncData && strings.HasSuffix(op.Path, ".log") && block.CompareAndSwap(true, false) {
			close(syncing)
			<-release
		}
		return nil
	}))
	d := mustOpen(t, hooked)
	set(t, d, "k", "before")
	block.Store(true)
	done := make(chan error)
	go func() {
		b := d.NewBatch()
		b.Set([]byte("k"), []byte("after"))
		done <- d.Commit(b)
	}()
	<-syncing
	s := d.Snapshot()
	want(t, s.Get, "k", "before")
	want(t, d.Get, "k", "before")
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	want(t, s.Get, "k", "before")
	want(t, d.Get, "k", "after")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, d)
}

// TestConcurrentCommits: all are made, each is counted, and none is seen before
// those that its caller has seen.
func TestConcurrentCommits(t *testing.T) {
	disk := vfs.NewMem()
	d := mustOpen(t, disk)
	const writers, each = 8, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				b := d.NewBatch()
				key := fmt.Appendf(nil, "w%d", w)
				b.Set(key, []byte{byte(n)})
				if err := d.Commit(b); err != nil {
					t.Error(err)
					return
				}
				if got, found, err := d.Get(nil, key); err != nil || !found || got[0] != byte(n) {
					t.Errorf("writer %d: %v, %v, %v after commit %d", w, got, found, err, n)
				}
				s := d.Snapshot()
				number, _, err := s.Get(nil, commitsKey)
				if err != nil || len(number) != 16 {
					t.Errorf("number of commits: %x, %v", number, err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	mustClose(t, d)
	d = mustOpen(t, disk)
	if d.commits != writers*each {
		t.Errorf("%d commits, want %d", d.commits, writers*each)
	}
	mustClose(t, d)
}

func TestLocked(t *testing.T) {
	place := t.TempDir()
	d, err := Open(place, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(place, Options{Name: "ledger"}); !errors.Is(err, ErrLocked) || !strings.HasPrefix(err.Error(), "open ledger in "+place) {
		t.Errorf("second one of a process: %v", err)
	}
	mustClose(t, d)
	disk := vfs.NewMem() // its locks look like another process's
	d = mustOpen(t, disk)
	if _, err := Open(dir, Options{FS: disk, Logger: quiet}); !errors.Is(err, ErrLocked) {
		t.Errorf("one of another process: %v", err)
	}
	mustClose(t, d)
}

// TestFullOnOpen fills the disk before one write of opening after the other, of a
// new database and of one that was killed.
func TestFullOnOpen(t *testing.T) {
	killed := vfs.NewCrashableMem()
	d := mustOpen(t, killed)
	done, err := history(t, d)
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]*vfs.MemFS{"new": vfs.NewMem(), "killed": disktest.Killed(killed)} {
		for at := 1; ; at++ {
			disk := vfs.NewMem()
			if name == "killed" {
				disk = disktest.Copy(t, from, dir)
			}
			var writes atomic.Int64
			hooked := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
				if kindOfWrite(op) != "" && int(writes.Add(1)) >= at {
					return syscall.ENOSPC
				}
				return nil
			}))
			var d *DB
			var err error
			what := fmt.Sprintf("%s, write %d", name, at)
			atOnce(t, what, func() { d, err = Open(dir, Options{FS: hooked, Logger: quiet}) })
			if err == nil {
				if at < 15 {
					t.Errorf("%s: opened", what)
				}
				atOnce(t, what, func() {
					if err := d.Commit(d.NewBatch()); !errors.Is(err, ErrFailed) {
						t.Errorf("%s: commit: %v", what, err)
					}
				})
				if name == "killed" {
					wantLast(t, what, d.Get, done)
				}
				mustClose(t, d)
				break
			}
			if !errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrCorrupt) || errors.Is(err, ErrLocked) {
				t.Errorf("%s: error %v", what, err)
			}
			// Once there is room, all is there.
			again := mustOpen(t, disk)
			if name == "killed" {
				wantLast(t, what, again.Get, done)
			}
			mustClose(t, again)
		}
	}
	mustClose(t, d)
}
