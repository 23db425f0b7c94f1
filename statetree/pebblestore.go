package statetree

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quirezk/quire/internal/guarded"
)

// PebbleOptions are Options and those of the database below. The zero value is a
// good one.
type PebbleOptions struct {
	Options
	// BlockCacheBytes bounds pebble's cache of table blocks. 0 means 64 MiB.
	BlockCacheBytes int64
	// Logger is told of trouble in the background. nil means [slog.Default].
	Logger *slog.Logger

	fs            vfs.FS // nil: the operating system's
	memTableBytes uint64 // 0: guarded's, a table about every hundred batches of 1,000
}

// OpenPebble opens the tree in a directory, which is made if it does not exist.
// One process may have it open. Errors wrap ErrLocked, ErrCorrupt,
// ErrFormatVersion or say what the operating system said.
func OpenPebble(dir string, opts PebbleOptions) (*Tree, error) {
	db, err := guarded.Open(dir, guarded.Options{
		FS: opts.fs, BlockCacheBytes: opts.BlockCacheBytes, MemTableBytes: opts.memTableBytes,
		Logger: opts.Logger, Name: "state store",
	})
	if err != nil {
		return nil, err
	}
	t, err := Open(ownedStore{guardedStore{db}}, opts.Options)
	if err != nil {
		return nil, fmt.Errorf("open state in %s: %w", dir, errors.Join(err, db.Close()))
	}
	return t, nil
}

// OpenGuarded opens the tree in a database that holds other records too, under
// keys that are not five bytes long or begin with a byte from 0x11 to 0xfc, and
// that others commit to meanwhile. The database stays the caller's to close, after
// the tree. Errors are those of [OpenPebble]; ErrFailed comes of others' commits
// too.
func OpenGuarded(db *guarded.DB, opts Options) (*Tree, error) {
	return Open(guardedStore{db}, opts)
}

// guardedStore is a Store on disk, in a database that belongs to somebody else.
type guardedStore struct{ db *guarded.DB }

// View implements [Store].
func (s guardedStore) View() View { return guardedView{s.db.Snapshot()} }

// Commit implements [Store].
func (s guardedStore) Commit(records []Record) error {
	size := 64
	for i := range records {
		size += len(records[i].Key) + len(records[i].Value) + 8
	}
	b := s.db.NewBatchSize(size)
	for i := range records {
		if records[i].Value == nil {
			b.Delete(records[i].Key[:])
		} else {
			b.Set(records[i].Key[:], records[i].Value)
		}
	}
	return s.db.Commit(b)
}

// Close implements [Store].
func (guardedStore) Close() error { return nil }

// ownedStore is one in a database of its own.
type ownedStore struct{ guardedStore }

// Close implements [Store].
func (s ownedStore) Close() error { return s.db.Close() }

type guardedView struct{ snapshot *guarded.Snapshot }

// Get implements [View].
func (v guardedView) Get(dst []byte, k Key) ([]byte, bool, error) {
	value, found, err := v.snapshot.Get(dst, k[:])
	if err != nil {
		return dst, false, fmt.Errorf("%v: %w", k, err)
	}
	return value, found, nil
}

// Close implements [View].
func (v guardedView) Close() error { return v.snapshot.Close() }
