// Package disktest is for tests of what is left on disks, and of what happens to
// it.
package disktest

import (
	"errors"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Killed returns a disk, from [vfs.NewCrashableMem], as it is found when the
// processes are killed that write to it: all that they have written, synced or not,
// at one moment. Files that were removed lately may be there, too.
func Killed(disk *vfs.MemFS) *vfs.MemFS {
	return disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(0, 0))})
}

// Copy returns a copy of a directory of a disk that nobody writes to.
func Copy(t testing.TB, disk vfs.FS, dir string) *vfs.MemFS {
	t.Helper()
	to := vfs.NewMem()
	if ok, err := vfs.Clone(disk, to, dir, dir); !ok || err != nil {
		t.Fatalf("copy %s: %v, %v", dir, ok, err)
	}
	return to
}

// Files lists the files of directories, sorted, those without bytes left out.
func Files(t testing.TB, disk vfs.FS, dirs ...string) (paths []string) {
	t.Helper()
	for _, dir := range dirs {
		names, err := disk.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if info, err := disk.Stat(path.Join(dir, name)); err != nil {
				t.Fatal(err)
			} else if !info.IsDir() && info.Size() > 0 {
				paths = append(paths, path.Join(dir, name))
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// Change reads a file, has it changed and writes it back.
func Change(t testing.TB, disk vfs.FS, name string, change func(b []byte) []byte) {
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
	_, err = file.Write(change(b))
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}
