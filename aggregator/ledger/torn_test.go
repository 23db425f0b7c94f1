package ledger

import (
	"errors"
	"path"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quirezk/quire/internal/disktest"
)

// intactDisks are disks with one and the same ledger: in tables and a log after a
// kill, and in tables after a clean end.
func intactDisks(t testing.TB) (disks map[string]*vfs.MemFS, m *model) {
	t.Helper()
	disk := vfs.NewCrashableMem()
	ru := newRollup(t, disk, 11)
	disks = map[string]*vfs.MemFS{"killed": disktest.Killed(disk)}
	mustClose(t, ru.l)
	mustClose(t, mustOpen(t, disk)) // opening writes what the log holds to a table
	disks["closed"] = disktest.Copy(t, disk, dir)
	return disks, ru.m
}

// ask opens what may be damaged and asks it for everything: each answer is right or
// ErrCorrupt, and what is not right is found by Check, too. It says whether any
// damage was noticed.
func ask(t testing.TB, what string, disk vfs.FS, m *model) (noticed bool) {
	t.Helper()
	l, err := Open(dir, testOptions(disk))
	if err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error on opening that is not ErrCorrupt: %v", what, err)
		}
		return true
	}
	errs := interrogate(t, l, m)
	faults := mustCheck(t, l)
	if errs > 0 && len(faults) == 0 {
		t.Errorf("%s: %d errors, and Check finds nothing", what, errs)
	}
	if err := l.Close(); err != nil {
		t.Errorf("%s: close: %v", what, err)
	}
	return len(faults) > 0
}

// TestFlippedOnDisk flips one bit of one file, anywhere.
func TestFlippedOnDisk(t *testing.T) {
	disks, m := intactDisks(t)
	r := newRand(12)
	for _, name := range []string{"closed", "killed"} {
		all := disktest.Files(t, disks[name], dir, path.Join(dir, "db"))
		noticed := 0
		for range diskFlips {
			disk := disktest.Copy(t, disks[name], dir)
			file := all[r.IntN(len(all))]
			disktest.Change(t, disk, file, func(b []byte) []byte {
				b[r.IntN(len(b))] ^= 1 << r.IntN(8)
				return b
			})
			// What has no effect is as good: old files, padding, filters.
			if ask(t, name+", "+file, disk, m) {
				noticed++
			}
		}
		if noticed < diskFlips/6 {
			t.Errorf("%s: only %d of the flips were noticed", name, noticed)
		}
	}
}

// TestTornOnDisk cuts a file short, or writes zeros over its end.
func TestTornOnDisk(t *testing.T) {
	disks, m := intactDisks(t)
	r := newRand(13)
	for _, name := range []string{"closed", "killed"} {
		all := disktest.Files(t, disks[name], dir, path.Join(dir, "db"))
		noticed := 0
		for range diskFlips {
			disk := disktest.Copy(t, disks[name], dir)
			file := all[r.IntN(len(all))]
			disktest.Change(t, disk, file, func(b []byte) []byte {
				at := r.IntN(len(b))
				if r.IntN(2) == 0 {
					return b[:at]
				}
				clear(b[at:])
				return b
			})
			if ask(t, name+", "+file, disk, m) {
				noticed++
			}
		}
		if noticed < diskFlips/6 {
			t.Errorf("%s: only %d of the tears were noticed", name, noticed)
		}
	}
}

// TestFilesGone takes files away whole, which a ledger must not take for a fresh
// start.
func TestFilesGone(t *testing.T) {
	disks, m := intactDisks(t)
	for match, left := range map[string]string{
		"*.log": "killed", "MANIFEST-*": "killed",
		"*.sst": "closed", // a killed one may not have come to write any
	} {
		disk := disktest.Copy(t, disks[left], dir)
		gone := 0
		for _, file := range disktest.Files(t, disk, dir, path.Join(dir, "db")) {
			if ok, _ := path.Match(match, path.Base(file)); ok {
				if err := disk.Remove(file); err != nil {
					t.Fatal(err)
				}
				gone++
			}
		}
		if gone == 0 || !ask(t, match, disk, m) {
			t.Errorf("%s: %d files are gone, and nobody notices", match, gone)
		}
	}
}
