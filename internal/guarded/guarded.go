package guarded

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options are how a database is opened. The zero value is a good one.
type Options struct {
	// FS is where the files are. nil means the operating system's.
	FS vfs.FS
	// BlockCacheBytes bounds pebble's cache of table blocks. 0 means 64 MiB.
	BlockCacheBytes int64
	// MemTableBytes is how much is written before a table is made of it. 0 means
	// 64 MiB.
	MemTableBytes uint64
	// Logger is told of trouble in the background. nil means [slog.Default].
	Logger *slog.Logger
	// Name is what messages call the database: "state store", "ledger". ""
	// means "store".
	Name string
}

const (
	databaseName           = "db" // pebble's own directory, beside the anchor
	defaultBlockCacheBytes = 64 << 20
	defaultMemTableBytes   = 64 << 20
	checksumBytes          = 8
)

// commitsKey is the key of the one record that is this package's own: the number
// of commits, part of each of them.
var commitsKey = []byte{0xfd, 0, 0, 0, 0}

// DB is a database in a directory. Its methods are safe for concurrent use.
type DB struct {
	name    string
	pebble  *pebble.DB
	breaker *breaker // tripped once there are no more commits
	anchor  *anchor

	writing sync.Mutex // held by Commit and Close from start to end
	// commits counts the successful ones, as the record and the anchor have it.
	// Owned by writing.
	commits uint64

	mu        sync.Mutex // guards the fields below, and moment.refs
	current   *moment    // after the last commit; nil once closed
	snapshots int        // open ones
}

// moment is the database after a commit. It is made when that is durable.
type moment struct {
	snapshot *pebble.Snapshot
	refs     int // the DB's own while current, and one for each reader
}

// Open opens the database in a directory, which is made if it does not exist. One
// process may have it open. Errors name the directory; they wrap ErrLocked,
// ErrCorrupt, ErrFormatVersion or say what the operating system said.
func Open(dir string, opts Options) (*DB, error) {
	if opts.FS == nil {
		opts.FS = vfs.Default
	}
	if opts.BlockCacheBytes == 0 {
		opts.BlockCacheBytes = defaultBlockCacheBytes
	}
	if opts.MemTableBytes == 0 {
		opts.MemTableBytes = defaultMemTableBytes
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Name == "" {
		opts.Name = "store"
	}
	d, err := open(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("open %s in %s: %w", opts.Name, dir, err)
	}
	return d, nil
}

func open(dir string, opts Options) (*DB, error) {
	var opened atomic.Bool
	b := newBreaker(func(cause error) {
		if opened.Load() { // until then the caller is told
			opts.Logger.Error(opts.Name+": no more commits", "err", cause)
		}
	})
	d := &DB{name: opts.Name, breaker: b}
	err := b.run(func() error {
		db, err := pebble.Open(opts.FS.PathJoin(dir, databaseName), pebbleOptions(opts, b))
		if err == nil {
			d.pebble = db
		}
		return err
	})
	if err != nil {
		b.trip(err)
		return nil, errors.Join(openError(err), b.abandon())
	}
	if err := d.checkCommits(opts.FS, opts.FS.PathJoin(dir, anchorName)); err != nil {
		return nil, errors.Join(err, d.closeFiles())
	}
	d.current = &moment{snapshot: d.pebble.NewSnapshot(), refs: 1}
	opened.Store(true)
	return d, nil
}

func pebbleOptions(opts Options, b *breaker) *pebble.Options {
	logger := pebbleLogger{opts.Name, opts.Logger}
	o := &pebble.Options{
		FS:           breakerFS{opts.FS, b},
		CacheSize:    opts.BlockCacheBytes,
		MemTableSize: opts.MemTableBytes,
		Logger:       logger,
		// Pinned, so that a new release of pebble does not decide what is on disk.
		FormatMajorVersion: pebble.FormatValueSeparation,
		EventListener: &pebble.EventListener{
			// It could not read what it meant to merge, and would try that again,
			// with more and more waiting behind it.
			BackgroundError: func(err error) { b.trip(fmt.Errorf("in the background: %w", dataError(err))) },
			// Pebble's own way is to end the process. The read or commit that
			// needs the data fails, and that is enough.
			DataCorruption: func(info pebble.DataCorruptionInfo) { logger.Errorf("%v", info) },
		},
	}
	o.Experimental.CompactionScheduler = newScheduler(b)
	for i := range o.Levels {
		// Most of what is kept is hashes, keys and signatures. They do not compress.
		o.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	}
	return o
}

// checkCommits reads the number of commits and compares it with the anchor.
func (d *DB) checkCommits(fs vfs.FS, path string) error {
	record, closer, err := d.pebble.Get(commitsKey)
	switch {
	case errors.Is(err, pebble.ErrNotFound): // new, or everything is lost
	case err != nil:
		return readError(err)
	default:
		number := binary.BigEndian.Uint64(append(bytes.Clone(record), make([]byte, 8)...))
		if !bytes.Equal(record, commitsRecord(number)) {
			err = fmt.Errorf("%w: number of commits: checksum does not match", ErrCorrupt)
		}
		if err := errors.Join(err, closer.Close()); err != nil {
			return err
		}
		d.commits = number
	}
	var anchored uint64
	if d.anchor, anchored, err = openAnchor(fs, path); err != nil {
		return err
	}
	if d.commits < anchored {
		return fmt.Errorf("%w: %d commits are left of the %d that were made", ErrCorrupt, d.commits, anchored)
	}
	return nil
}

// commitsRecord is the value under commitsKey.
func commitsRecord(commits uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, commits)
	sum := sha256.Sum256(append(bytes.Clone(commitsKey), b...))
	return append(b, sum[:checksumBytes]...)
}

// openError gives an error of pebble's Open the cause that a caller looks for.
// Most of them have no type.
func openError(err error) error {
	var path *fs.PathError
	var number syscall.Errno
	ofPath, ofSystem := errors.As(err, &path), errors.As(err, &number)
	switch {
	case !ofPath && (number == syscall.EAGAIN || number == syscall.EACCES), err.Error() == "lock held by current process":
		return fmt.Errorf("%w: %w", ErrLocked, err)
	case !ofPath && !ofSystem && strings.Contains(err.Error(), "format major version"):
		return fmt.Errorf("%w: %w", ErrFormatVersion, err)
	default:
		return dataError(err)
	}
}

// dataError is for errors of work on all the files. What is not the operating
// system's can only come from files that are not as pebble left them.
func dataError(err error) error {
	var path *fs.PathError
	var number syscall.Errno
	if !errors.Is(err, fs.ErrNotExist) && (errors.As(err, &path) || errors.As(err, &number)) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// readError marks what pebble knows to be damage, files that are gone included.
func readError(err error) error {
	if pebble.IsCorruptionError(err) || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// Get appends the value under a key to dst, as the last commit left it, and says
// whether there is one; dst is returned as it was if not. Errors wrap ErrCorrupt
// or ErrClosed, or are the operating system's.
func (d *DB) Get(dst, key []byte) (value []byte, found bool, err error) {
	m, err := d.acquire()
	if err != nil {
		return dst, false, err
	}
	value, found, err = m.get(dst, key)
	return value, found, errors.Join(err, d.release(m))
}

// acquire returns the current moment with a reference for the caller.
func (d *DB) acquire() (*moment, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current == nil {
		return nil, ErrClosed
	}
	d.current.refs++
	return d.current, nil
}

// release gives a reference back and lets go of the moment with the last one.
func (d *DB) release(m *moment) error {
	d.mu.Lock()
	m.refs--
	last := m.refs == 0
	d.mu.Unlock()
	if !last || d.breaker.err() != nil {
		return nil
	}
	// Pebble may have something to merge now, and waits for a manifest that is
	// being written before it looks.
	err := d.breaker.run(m.snapshot.Close)
	if d.breaker.err() != nil {
		return nil // that is no fault of the reader's, nor of a commit that is durable
	}
	return err
}

func (m *moment) get(dst, key []byte) ([]byte, bool, error) {
	value, closer, err := m.snapshot.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return dst, false, nil
	}
	if err != nil {
		return dst, false, fmt.Errorf("read %x: %w", key, readError(err))
	}
	grown := append(dst, value...)
	if err := closer.Close(); err != nil {
		return dst, false, fmt.Errorf("read %x: %w", key, readError(err))
	}
	return grown, true, nil
}

// Close closes the database. It waits for a commit that is under way, and fails
// with ErrInUse, changing nothing, while snapshots are open. Closing twice is no
// error.
func (d *DB) Close() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	d.mu.Lock()
	current := d.current
	if current == nil {
		d.mu.Unlock()
		return nil
	}
	if d.snapshots > 0 {
		defer d.mu.Unlock()
		return fmt.Errorf("close %s: %w: %d", d.name, ErrInUse, d.snapshots)
	}
	d.current = nil
	d.mu.Unlock()
	var err error
	if d.breaker.err() == nil {
		err = d.release(current)
	}
	return errors.Join(err, d.closeFiles())
}

// closeFiles closes pebble and the anchor. If writing has failed, then or before,
// pebble is left as it is, and only the directory given up.
func (d *DB) closeFiles() error {
	var err error
	if d.breaker.err() == nil {
		err = d.breaker.run(d.pebble.Close)
	}
	if d.breaker.err() != nil {
		err = errors.Join(err, d.breaker.abandon())
	}
	if d.anchor != nil {
		err = errors.Join(err, d.anchor.close())
	}
	return err
}

// pebbleLogger passes on errors and keeps the rest to itself.
type pebbleLogger struct {
	name   string
	logger *slog.Logger
}

// Infof implements [pebble.Logger].
func (pebbleLogger) Infof(string, ...any) {}

// Errorf implements [pebble.Logger].
func (l pebbleLogger) Errorf(format string, args ...any) {
	l.logger.Error(l.name + ": " + fmt.Sprintf(format, args...))
}

// Fatalf implements [pebble.Logger] and must not return. On a goroutine of
// pebble's own it ends the process, as pebble means it to.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	e := &fatalError{message: l.name + ": " + fmt.Sprintf(format, args...)}
	for _, arg := range args {
		if cause, ok := arg.(error); ok {
			e.cause = cause
		}
	}
	panic(e)
}

// fatalError is what pebble said, with the cause that it said it of.
type fatalError struct {
	message string
	cause   error // may be nil
}

func (e *fatalError) Error() string { return e.message }
func (e *fatalError) Unwrap() error { return e.cause }
