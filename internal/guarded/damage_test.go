package guarded

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quirezk/quire/internal/disktest"
)

// TestLostCommits cuts the log of a killed process where a crash might have cut
// it, which pebble alone would take for one, and flips bits of it.
func TestLostCommits(t *testing.T) {
	disk := vfs.NewCrashableMem()
	d := mustOpen(t, disk)
	const commits = 20
	for n := range commits {
		set(t, d, fmt.Sprint(n), "value")
	}
	killed := disktest.Killed(disk)
	mustClose(t, d)
	names, err := killed.List(path.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	var log string
	for _, name := range names {
		if path.Ext(name) == ".log" {
			log = path.Join(dir, databaseName, name)
		}
	}
	again := mustOpen(t, disktest.Copy(t, killed, dir))
	if again.commits != commits {
		t.Fatalf("%d commits without damage", again.commits)
	}
	mustClose(t, again)
	r := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		damaged := disktest.Copy(t, killed, dir)
		what := ""
		disktest.Change(t, damaged, log, func(b []byte) []byte {
			at := r.IntN(len(b))
			if r.IntN(2) == 0 {
				what = fmt.Sprintf("cut at %d", at)
				return b[:at]
			}
			what = fmt.Sprintf("flipped at %d", at)
			b[at] ^= 1 << r.IntN(8)
			return b
		})
		d, err := Open(dir, Options{FS: damaged, Logger: quiet})
		if err == nil {
			// What follows the last commit in the log is of no importance.
			if d.commits != commits {
				t.Errorf("%s: %d commits are left and nobody noticed", what, d.commits)
			}
			mustClose(t, d)
		} else if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", what, err)
		}
	}
}

// TestAnchor tears the anchor's writes, and worse. It never accuses the innocent,
// and one intact slot is enough to notice a loss.
func TestAnchor(t *testing.T) {
	disk := vfs.NewCrashableMem()
	d := mustOpen(t, disk)
	anchor := path.Join(dir, anchorName)
	set(t, d, "k", "1")
	set(t, d, "k", "2")
	mustClose(t, d)
	old := disktest.Copy(t, disk, dir)
	d = mustOpen(t, disk)
	set(t, d, "k", "3")
	mustClose(t, d)

	var now []byte
	disktest.Change(t, disk, anchor, func(b []byte) []byte {
		now = append(now, b...)
		return b
	})
	second := anchorSlotGap // where 3 is
	for _, c := range []struct {
		name    string
		torn    func(b []byte) []byte
		noticed bool // with the database of two commits
	}{
		{"intact", func(b []byte) []byte { return b }, true},
		{"the last write is torn", func(b []byte) []byte { b[second+9] ^= 1; return b }, false},
		{"the last write is half of the file's", func(b []byte) []byte { return b[:second+5] }, false},
		{"the slot before is torn", func(b []byte) []byte { clear(b[:8]); return b }, true},
		{"both", func(b []byte) []byte { clear(b); return b }, false},
		{"empty", func([]byte) []byte { return nil }, false},
		{"noise", func([]byte) []byte { return []byte(strings.Repeat("noise", 2_000)) }, false},
	} {
		for name, from := range map[string]*vfs.MemFS{"whole": disk, "behind": old} {
			damaged := disktest.Copy(t, from, dir)
			disktest.Change(t, damaged, anchor, func([]byte) []byte { return c.torn(append([]byte(nil), now...)) })
			d, err := Open(dir, Options{FS: damaged, Logger: quiet})
			if name == "behind" && c.noticed {
				if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "2 commits are left of the 3") {
					t.Errorf("%s, a commit is lost: %v", c.name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, %s: %v", c.name, name, err)
				continue
			}
			mustClose(t, d)
		}
	}
	if err := disk.Remove(anchor); err != nil {
		t.Fatal(err)
	}
	mustClose(t, mustOpen(t, disk)) // it is made again
}

// TestCommitsRecord: the number itself may be damaged.
func TestCommitsRecord(t *testing.T) {
	for _, value := range []string{"", "short", string(commitsRecord(1)[:15]), string(commitsRecord(1)) + "x", "\x01" + string(commitsRecord(1)[1:])} {
		disk := vfs.NewCrashableMem()
		d := mustOpen(t, disk)
		set(t, d, "k", "v")
		if err := d.pebble.Set(commitsKey, []byte(value), nil); err != nil {
			t.Fatal(err)
		}
		mustClose(t, d)
		if _, err := Open(dir, Options{FS: disk, Logger: quiet}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "number of commits") {
			t.Errorf("%q: error %v", value, err)
		}
	}
}

// TestCompactionMeetsDamage: pebble finds damage while it merges tables. Nobody
// has asked for what is damaged, but commits end before they pile up.
func TestCompactionMeetsDamage(t *testing.T) {
	disk := vfs.NewCrashableMem()
	var damage atomic.Bool
	var met atomic.Int64
	hooked := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if damage.Load() && op.Kind == errorfs.OpFileReadAt && strings.HasSuffix(op.Path, ".sst") {
			met.Add(1)
			return syscall.EIO
		}
		return nil
	}))
	d, err := Open(dir, Options{FS: hooked, MemTableBytes: 64 << 10, BlockCacheBytes: 1, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	// Once it has opened a database pebble looks at the tables that it finds there, and
	// again for as long as it cannot read one. That is not what is looked at here.
	atOnce(t, "opening", func() {
		for !d.pebble.Metrics().Table.InitialStatsCollectionComplete {
			runtime.Gosched()
		}
	})
	damage.Store(true)
	atOnce(t, "commit", func() {
		for n := range 100_000 {
			b := d.NewBatch()
			b.Set(fmt.Appendf(nil, "%d", n%100), []byte(strings.Repeat("x", 1_000)))
			if err = d.Commit(b); err != nil {
				return
			}
		}
	})
	if !errors.Is(err, ErrFailed) || !errors.Is(err, syscall.EIO) {
		t.Errorf("error %v", err)
	}
	// Left to itself, pebble tries again some ten thousand times a second. A machine
	// that stalls may not show that, but nothing is tried in vain that was not under
	// way: each of the few tables there are once to be merged, and once to be counted.
	before := met.Load()
	time.Sleep(200 * time.Millisecond)
	if n := met.Load() - before; n > 10 {
		t.Errorf("it tried %d more times", n)
	}
	mustClose(t, d)
}

// TestOnDisk pins what is on disks already.
func TestOnDisk(t *testing.T) {
	if got := fmt.Sprintf("%x", commitsRecord(258)); got != "000000000000010272eeeb47813653b5" {
		t.Errorf("record %s", got)
	}
	if got := fmt.Sprintf("%x", anchorSlot(258)); got != "000000000000010260799f478ab9f524" {
		t.Errorf("slot %s", got)
	}
	if anchorName != "commits" || databaseName != "db" || anchorSlotGap != 4096 || fmt.Sprintf("%x", commitsKey) != "fd00000000" {
		t.Error("names or places")
	}
}
