package statetree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
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
	memTableBytes uint64 // 0: defaultMemTableBytes
}

const (
	databaseName           = "db" // pebble's own directory, beside the anchor
	defaultBlockCacheBytes = 64 << 20
	// A batch of 1,000 updates writes some 600 kB: a table is flushed about
	// every hundred of them.
	defaultMemTableBytes = 64 << 20
)

// OpenPebble opens the tree in a directory, which is made if it does not exist.
// One process may have it open. Errors wrap ErrLocked, ErrCorrupt,
// ErrFormatVersion or say what the operating system said.
func OpenPebble(dir string, opts PebbleOptions) (*Tree, error) {
	store, err := openPebbleStore(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("open state in %s: %w", dir, err)
	}
	t, err := Open(store, opts.Options)
	if err != nil {
		return nil, fmt.Errorf("open state in %s: %w", dir, errors.Join(err, store.Close()))
	}
	return t, nil
}

// pebbleStore is a Store on disk.
type pebbleStore struct {
	db     *pebble.DB
	anchor *anchor

	// Owned by the writer.
	commits uint64 // successful ones, as the record and the anchor have it
	// failed is set when pebble has given up. Its locks are then in an unknown
	// state, and neither a commit nor Close may be tried.
	failed bool
}

// commitsLevel holds the one record that is this store's own: the number of
// commits, part of each of them.
const commitsLevel = 0xfd

var commitsKey = Key{commitsLevel}

func openPebbleStore(dir string, opts PebbleOptions) (*pebbleStore, error) {
	if opts.BlockCacheBytes == 0 {
		opts.BlockCacheBytes = defaultBlockCacheBytes
	}
	if opts.memTableBytes == 0 {
		opts.memTableBytes = defaultMemTableBytes
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.fs == nil {
		opts.fs = vfs.Default
	}
	db, err := pebble.Open(opts.fs.PathJoin(dir, databaseName), pebbleOptions(opts))
	if err != nil {
		return nil, openError(err)
	}
	s := &pebbleStore{db: db}
	if err := s.checkCommits(opts.fs, opts.fs.PathJoin(dir, anchorName)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func pebbleOptions(opts PebbleOptions) *pebble.Options {
	logger := pebbleLogger{opts.Logger}
	o := &pebble.Options{
		FS:           opts.fs,
		CacheSize:    opts.BlockCacheBytes,
		MemTableSize: opts.memTableBytes,
		Logger:       logger,
		// Pinned, so that a new release of pebble does not decide what is on disk.
		FormatMajorVersion: pebble.FormatValueSeparation,
		EventListener: &pebble.EventListener{
			BackgroundError: func(err error) { logger.Errorf("background: %v", err) },
			// Pebble's own way is to end the process. The read or commit that
			// needs the data fails, and that is enough.
			DataCorruption: func(info pebble.DataCorruptionInfo) { logger.Errorf("%v", info) },
		},
	}
	for i := range o.Levels {
		// Hashes do not compress.
		o.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	}
	return o
}

// checkCommits reads the number of commits and compares it with the anchor.
func (s *pebbleStore) checkCommits(fs vfs.FS, path string) error {
	value, closer, err := s.db.Get(commitsKey[:])
	switch {
	case errors.Is(err, pebble.ErrNotFound): // a new store, or one that lost everything
	case err != nil:
		return readError(err)
	default:
		payload, err := unseal(value, commitsKey, nil)
		if err == nil && len(payload) != 8 {
			err = corrupt(commitsKey, "%d bytes", len(payload))
		}
		if err == nil {
			s.commits = binary.BigEndian.Uint64(payload)
		}
		if err := errors.Join(err, closer.Close()); err != nil {
			return err
		}
	}
	var anchored uint64
	if s.anchor, anchored, err = openAnchor(fs, path); err != nil {
		return err
	}
	if s.commits < anchored {
		return fmt.Errorf("%w: %d commits are left of the %d that were made", ErrCorrupt, s.commits, anchored)
	}
	return nil
}

// openError gives an error of pebble's Open the cause that a caller looks for.
// Most of them have no type; what is neither the operating system's nor about
// versions can only come from files that are not as pebble left them.
func openError(err error) error {
	var path *fs.PathError
	var number syscall.Errno
	ofPath, ofSystem := errors.As(err, &path), errors.As(err, &number)
	switch {
	case !ofPath && (number == syscall.EAGAIN || number == syscall.EACCES), err.Error() == "lock held by current process":
		return fmt.Errorf("%w: %w", ErrLocked, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	case ofPath || ofSystem:
		return err
	case strings.Contains(err.Error(), "format major version"):
		return fmt.Errorf("%w: %w", ErrFormatVersion, err)
	default:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
}

// readError marks what pebble knows to be damage, files that are gone included.
func readError(err error) error {
	if pebble.IsCorruptionError(err) || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// View implements [Store].
func (s *pebbleStore) View() View { return pebbleView{s.db.NewSnapshot()} }

// Commit implements [Store]: one batch, synced, and then its number.
func (s *pebbleStore) Commit(records []Record) (err error) {
	if s.failed {
		return errors.New("an earlier commit failed")
	}
	// Pebble panics, or calls Fatalf, when it cannot write its log; a full disk
	// should not take the readers along. Its batch is not recycled then.
	defer func() {
		if r := recover(); r != nil {
			s.failed = true
			cause, ok := r.(error)
			if !ok {
				panic(r)
			}
			err = cause
		}
	}()
	size := 64
	for i := range records {
		size += len(records[i].Key) + len(records[i].Value) + 8
	}
	b := s.db.NewBatchWithSize(size)
	for i := range records {
		if err := b.Set(records[i].Key[:], records[i].Value, nil); err != nil {
			return errors.Join(err, b.Close())
		}
	}
	number := seal(binary.BigEndian.AppendUint64(nil, s.commits+1), commitsKey, nil)
	if err := b.Set(commitsKey[:], number, nil); err != nil {
		return errors.Join(err, b.Close())
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return err
	}
	s.commits++
	return errors.Join(b.Close(), s.anchor.set(s.commits))
}

// Close implements [Store].
func (s *pebbleStore) Close() error {
	if s.failed {
		return nil
	}
	err := s.db.Close()
	if s.anchor != nil {
		err = errors.Join(err, s.anchor.close())
	}
	return err
}

type pebbleView struct{ snapshot *pebble.Snapshot }

// Get implements [View].
func (v pebbleView) Get(dst []byte, k Key) ([]byte, bool, error) {
	value, closer, err := v.snapshot.Get(k[:])
	if errors.Is(err, pebble.ErrNotFound) {
		return dst, false, nil
	}
	if err != nil {
		return dst, false, fmt.Errorf("read %v: %w", k, readError(err))
	}
	dst = append(dst, value...)
	if err := closer.Close(); err != nil {
		return dst, false, fmt.Errorf("read %v: %w", k, readError(err))
	}
	return dst, true, nil
}

// Close implements [View].
func (v pebbleView) Close() error { return v.snapshot.Close() }

// pebbleLogger passes on errors and keeps the rest to itself.
type pebbleLogger struct{ logger *slog.Logger }

// Infof implements [pebble.Logger].
func (pebbleLogger) Infof(string, ...any) {}

// Errorf implements [pebble.Logger].
func (l pebbleLogger) Errorf(format string, args ...any) {
	l.logger.Error("state store: " + fmt.Sprintf(format, args...))
}

// Fatalf implements [pebble.Logger] and must not return. In a commit, Commit
// recovers the panic; in the background it ends the process, as pebble means it to.
func (pebbleLogger) Fatalf(format string, args ...any) {
	panic(fmt.Errorf("state store: "+format, args...))
}
