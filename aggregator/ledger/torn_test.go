package ledger

import (
	"errors"
	"io"
	"path"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// The tests of this file come last, as files are in order: a database that is
// damaged goes on in the background until the process ends, which slows down
// whatever runs beside it.

// cloneDisk copies a disk as it is, synced or not.
func cloneDisk(t testing.TB, from vfs.FS) *vfs.MemFS {
	t.Helper()
	to := vfs.NewMem()
	if ok, err := vfs.Clone(from, to, dir, dir); !ok || err != nil {
		t.Fatalf("clone: %v, %v", ok, err)
	}
	return to
}

// files lists the files of a disk, sorted, those without bytes left out.
func files(t testing.TB, disk vfs.FS) (paths []string) {
	t.Helper()
	for _, d := range []string{dir, path.Join(dir, "db")} {
		names, err := disk.List(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if info, err := disk.Stat(path.Join(d, name)); err != nil {
				t.Fatal(err)
			} else if !info.IsDir() && info.Size() > 0 {
				paths = append(paths, path.Join(d, name))
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// change reads a file, has it changed and writes it back.
func change(t testing.TB, disk vfs.FS, name string, f func(b []byte) []byte) {
	t.Helper()
	file, err := disk.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	if file, err = disk.Create(name, vfs.WriteCategoryUnspecified); err != nil {
		t.Fatal(err)
	}
	_, err = file.Write(f(b))
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// intactDisks are disks with one and the same ledger: in tables and a log after a
// kill, and in tables after a clean end.
func intactDisks(t testing.TB) (disks map[string]vfs.FS, m *model) {
	t.Helper()
	disk := vfs.NewMem()
	ru := newRollup(t, disk, 11)
	disks = map[string]vfs.FS{"killed": cloneDisk(t, disk)}
	mustClose(t, ru.l)
	mustClose(t, mustOpen(t, disk)) // opening writes what the log holds to a table
	disks["closed"] = cloneDisk(t, disk)
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
		all := files(t, disks[name])
		noticed := 0
		for range diskFlips {
			disk := cloneDisk(t, disks[name])
			file := all[r.IntN(len(all))]
			change(t, disk, file, func(b []byte) []byte {
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
		all := files(t, disks[name])
		noticed := 0
		for range diskFlips {
			disk := cloneDisk(t, disks[name])
			file := all[r.IntN(len(all))]
			change(t, disk, file, func(b []byte) []byte {
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
		disk := cloneDisk(t, disks[left])
		gone := 0
		for _, file := range files(t, disk) {
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
