package guarded

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// breaker stands between pebble and the files. It trips at the first write that
// fails, and from then on no write returns any more.
//
// Pebble has no good answer to such a failure. A table that cannot be written it
// tries again at once and for ever, with commits waiting behind it; if it cannot
// make the next log it unlocks a lock that is not locked, which nothing in Go can
// recover from; other failures panic on goroutines of its own. A write that stays
// away keeps it from all of this, and leaves its locks as they are while it
// writes: free for readers. Whoever waits for a write asks the breaker as well
// (run). What is left behind is some goroutines and memory, until the process
// ends.
type breaker struct {
	once    sync.Once
	tripped chan struct{} // closed by the first failure
	cause   error         // set before that
	report  func(error)   // told of the cause

	busy sync.RWMutex // read-held by writes while they have not failed
	lock io.Closer    // of the directory, nil before it is locked
}

func newBreaker(report func(error)) *breaker {
	return &breaker{tripped: make(chan struct{}), report: report}
}

// trip ends all writing.
func (b *breaker) trip(cause error) {
	b.once.Do(func() {
		b.cause = cause
		close(b.tripped)
		b.report(cause)
	})
}

// err is why the breaker has tripped, nil if it has not.
func (b *breaker) err() error {
	select {
	case <-b.tripped:
		return b.cause
	default:
		return nil
	}
}

// abandon gives up the directory of a breaker that has tripped, once the writes
// that are under way have returned. Another DB may have it then.
func (b *breaker) abandon() error {
	b.busy.Lock()
	defer b.busy.Unlock()
	if b.lock == nil {
		return nil
	}
	return b.lock.Close()
}

// run calls f and returns what it returns, or panics with; or, if the breaker
// trips meanwhile, its cause: f is then left behind and may never return.
func (b *breaker) run(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- caught(f) }()
	select {
	case err := <-done:
		return err
	case <-b.tripped:
		return b.cause
	}
}

// caught calls f and returns what it returns, or the error that it panics with:
// that is how pebble, and Fatalf, say what they take for the end of the world.
func caught(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			cause, ok := r.(error)
			if !ok {
				panic(r)
			}
			err = cause
		}
	}()
	return f()
}

// write makes a write, unless the breaker has tripped.
func (b *breaker) write(name, path string, f func() error) error {
	err := b.remove(f)
	if err != nil {
		b.trip(fmt.Errorf("%s %s: %w", name, path, err))
		select {}
	}
	return nil
}

// remove is write for what does not matter if it fails.
func (b *breaker) remove(f func() error) error {
	b.busy.RLock()
	if b.err() != nil {
		b.busy.RUnlock()
		select {}
	}
	defer b.busy.RUnlock()
	return f()
}

// breakerFS is a file system behind a breaker.
type breakerFS struct {
	vfs.FS
	*breaker
}

// Lock implements [vfs.FS].
func (f breakerFS) Lock(name string) (io.Closer, error) {
	lock, err := f.FS.Lock(name)
	if err != nil {
		return nil, err
	}
	f.breaker.lock = &closeOnce{Closer: lock}
	return f.breaker.lock, nil
}

// closeOnce is a closer that may be closed twice.
type closeOnce struct {
	io.Closer
	once sync.Once
	err  error
}

// Close implements [io.Closer].
func (c *closeOnce) Close() error {
	c.once.Do(func() { c.err = c.Closer.Close() })
	return c.err
}

// Remove implements [vfs.FS]. Pebble does not mind if it fails.
func (f breakerFS) Remove(name string) error {
	return f.remove(func() error { return f.FS.Remove(name) })
}

// RemoveAll implements [vfs.FS].
func (f breakerFS) RemoveAll(name string) error {
	return f.remove(func() error { return f.FS.RemoveAll(name) })
}

// Create implements [vfs.FS].
func (f breakerFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.open("create", name, func() (vfs.File, error) { return f.FS.Create(name, category) })
}

// OpenReadWrite implements [vfs.FS].
func (f breakerFS) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.open("open", name, func() (vfs.File, error) { return f.FS.OpenReadWrite(name, category, opts...) })
}

// ReuseForWrite implements [vfs.FS].
func (f breakerFS) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.open("create", to, func() (vfs.File, error) { return f.FS.ReuseForWrite(from, to, category) })
}

// OpenDir implements [vfs.FS]. Directories are opened to be synced.
func (f breakerFS) OpenDir(name string) (vfs.File, error) {
	return f.open("open", name, func() (vfs.File, error) { return f.FS.OpenDir(name) })
}

// Link implements [vfs.FS].
func (f breakerFS) Link(from, to string) error {
	return f.write("link", to, func() error { return f.FS.Link(from, to) })
}

// Rename implements [vfs.FS].
func (f breakerFS) Rename(from, to string) error {
	return f.write("rename", to, func() error { return f.FS.Rename(from, to) })
}

// MkdirAll implements [vfs.FS].
func (f breakerFS) MkdirAll(dir string, perm os.FileMode) error {
	return f.write("make", dir, func() error { return f.FS.MkdirAll(dir, perm) })
}

// Unwrap implements [vfs.FS].
func (f breakerFS) Unwrap() vfs.FS { return f.FS }

func (f breakerFS) open(what, name string, open func() (vfs.File, error)) (vfs.File, error) {
	var file vfs.File
	err := f.write(what, name, func() (err error) {
		file, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return breakerFile{file, f.breaker, name}, nil
}

// breakerFile is a file to write to, behind a breaker.
type breakerFile struct {
	vfs.File
	*breaker
	name string
}

// Write implements [vfs.File].
func (f breakerFile) Write(p []byte) (n int, err error) {
	err = f.write("write", f.name, func() (err error) {
		n, err = f.File.Write(p)
		return err
	})
	return n, err
}

// WriteAt implements [vfs.File].
func (f breakerFile) WriteAt(p []byte, at int64) (n int, err error) {
	err = f.write("write", f.name, func() (err error) {
		n, err = f.File.WriteAt(p, at)
		return err
	})
	return n, err
}

// Sync implements [vfs.File].
func (f breakerFile) Sync() error { return f.write("sync", f.name, f.File.Sync) }

// SyncData implements [vfs.File].
func (f breakerFile) SyncData() error { return f.write("sync", f.name, f.File.SyncData) }

// SyncTo implements [vfs.File].
func (f breakerFile) SyncTo(length int64) (full bool, err error) {
	err = f.write("sync", f.name, func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}

// Close implements [vfs.File].
func (f breakerFile) Close() error { return f.write("close", f.name, f.File.Close) }
