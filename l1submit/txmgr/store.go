package txmgr

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"strings"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// journal keeps records. What it returns from without an error is durable.
type journal interface {
	// unsettled returns every record that has no outcome.
	unsettled() ([]*record, error)
	// outcome returns how a key ended; nil where it did not, or is unknown.
	outcome(key string) (*outcome, error)
	// begin writes a new record with its first attempt.
	begin(rec *record) error
	// retry writes a record's attempts, one of which is new.
	retry(rec *record) error
	// settle replaces a record by its outcome.
	settle(key string, o *outcome) error
	// forget drops an outcome.
	forget(key string) error
	Close() error
}

const (
	databaseName  = "transactions"
	formatVersion = 1

	cacheBytes = 1 << 20
	// A memtable holds the largest intent, of six blobs and their proofs.
	memTableBytes = 8 << 20
)

// The first byte of a key says what is under it; the rest is the intent's key.
const (
	metaKey        = "m" // version and chain ID, 8 and 32 bytes; it has no rest
	intentPrefix   = "i"
	attemptsPrefix = "a"
	outcomePrefix  = "o"
)

// store is the journal on disk.
type store struct {
	db *pebble.DB

	// writing is held for one write at a time: one that fails must not leave
	// another in pebble, waiting for it.
	writing sync.Mutex
	// failed is set when pebble has given up. Its locks are then in an unknown
	// state, and neither a write nor Close may be tried. Owned by writing.
	failed bool
}

var _ journal = (*store)(nil)

// openStore opens the records in a directory, or makes it. Errors wrap ErrLocked,
// ErrFormatVersion, ErrOtherChain, ErrCorrupt, or are the operating system's.
func openStore(fsys vfs.FS, dir string, chainID *big.Int, logger *slog.Logger) (*store, error) {
	log := pebbleLogger{logger}
	db, err := pebble.Open(fsys.PathJoin(dir, databaseName), &pebble.Options{
		FS:           fsys,
		CacheSize:    cacheBytes,
		MemTableSize: memTableBytes,
		Logger:       log,
		// Pinned, so that a new release of pebble does not decide what is on disk.
		FormatMajorVersion: pebble.FormatValueSeparation,
		EventListener: &pebble.EventListener{
			BackgroundError: func(err error) { log.Errorf("background: %v", err) },
			// Pebble's own way is to end the process. The read that needs the
			// data fails, and that is enough.
			DataCorruption: func(info pebble.DataCorruptionInfo) { log.Errorf("%v", info) },
		},
	})
	if err != nil {
		return nil, openError(err)
	}
	s := &store{db: db}
	if err := s.checkMeta(chainID); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
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
		return fmt.Errorf("%w: read: %w", ErrCorrupt, err)
	}
	return fmt.Errorf("read: %w", err)
}

// checkMeta reads what the store is, or writes it into a new one.
func (s *store) checkMeta(chainID *big.Int) error {
	meta, err := s.get(metaKey)
	if err != nil {
		return err
	}
	if meta == nil {
		iter, err := s.db.NewIter(nil)
		if err != nil {
			return readError(err)
		}
		empty := !iter.First()
		if err := iter.Close(); err != nil {
			return readError(err)
		}
		if !empty {
			return fmt.Errorf("%w: it does not say what it is", ErrCorrupt)
		}
		meta := binary.BigEndian.AppendUint64(nil, formatVersion)
		meta = append(meta, chainID.FillBytes(make([]byte, 32))...)
		return s.write(func(b *pebble.Batch) error { return b.Set([]byte(metaKey), meta, nil) })
	}
	if len(meta) < 8 {
		return fmt.Errorf("%w: it does not say what it is", ErrCorrupt)
	}
	if version := binary.BigEndian.Uint64(meta); version != formatVersion {
		return fmt.Errorf("%w: version %d, this is version %d", ErrFormatVersion, version, formatVersion)
	}
	if stored := new(big.Int).SetBytes(meta[8:]); stored.Cmp(chainID) != 0 {
		return fmt.Errorf("%w: its chain ID is %v, the node's is %v", ErrOtherChain, stored, chainID)
	}
	return nil
}

// get returns a copy of a value; nil where there is none.
func (s *store) get(key string) ([]byte, error) {
	value, closer, err := s.db.Get([]byte(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, readError(err)
	}
	own := append([]byte{}, value...)
	if err := closer.Close(); err != nil {
		return nil, readError(err)
	}
	return own, nil
}

// write makes one durable change.
func (s *store) write(fill func(*pebble.Batch) error) (err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.failed {
		return ErrStoreFailed
	}
	// Pebble panics, or calls Fatalf, when it cannot write its log.
	defer func() {
		if r := recover(); r != nil {
			s.failed = true
			cause, ok := r.(error)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("%w: %w", ErrStoreFailed, cause)
		}
	}()
	batch := s.db.NewBatch()
	if err := fill(batch); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrStoreFailed, err), batch.Close())
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		s.failed = true
		return fmt.Errorf("%w: %w", ErrStoreFailed, err)
	}
	return batch.Close()
}

// unsettled implements journal.
func (s *store) unsettled() ([]*record, error) {
	iter, err := s.db.NewIter(&pebble.IterOptions{
		LowerBound: []byte(intentPrefix), UpperBound: []byte{intentPrefix[0] + 1},
	})
	if err != nil {
		return nil, readError(err)
	}
	var records []*record
	for ok := iter.First(); ok && err == nil; ok = iter.Next() {
		var rec *record
		if rec, err = s.record(string(iter.Key()[1:]), iter.Value()); err == nil {
			records = append(records, rec)
		}
	}
	if readErr := errors.Join(iter.Error(), iter.Close()); readErr != nil {
		err = errors.Join(err, readError(readErr))
	}
	return records, err
}

// record puts an intent and its attempts together.
func (s *store) record(key string, intent []byte) (*record, error) {
	rec, err := decodeIntent(key, intent)
	if err != nil {
		return nil, err
	}
	attempts, err := s.get(attemptsPrefix + key)
	if err != nil {
		return nil, err
	}
	rec.attempts, err = decodeAttempts(key, attempts)
	return rec, err
}

// outcome implements journal.
func (s *store) outcome(key string) (*outcome, error) {
	data, err := s.get(outcomePrefix + key)
	if data == nil || err != nil {
		return nil, err
	}
	return decodeOutcome(key, data)
}

// begin implements journal.
func (s *store) begin(rec *record) error {
	intent, err := encodeIntent(rec)
	if err != nil {
		return fmt.Errorf("encode intent %q: %w", rec.Key, err)
	}
	attempts, err := encodeAttempts(rec.attempts)
	if err != nil {
		return fmt.Errorf("encode intent %q: %w", rec.Key, err)
	}
	return s.write(func(b *pebble.Batch) error {
		return errors.Join(
			b.Set([]byte(intentPrefix+rec.Key), intent, nil),
			b.Set([]byte(attemptsPrefix+rec.Key), attempts, nil))
	})
}

// retry implements journal.
func (s *store) retry(rec *record) error {
	attempts, err := encodeAttempts(rec.attempts)
	if err != nil {
		return fmt.Errorf("encode intent %q: %w", rec.Key, err)
	}
	return s.write(func(b *pebble.Batch) error { return b.Set([]byte(attemptsPrefix+rec.Key), attempts, nil) })
}

// settle implements journal.
func (s *store) settle(key string, o *outcome) error {
	data, err := encodeOutcome(o)
	if err != nil {
		return fmt.Errorf("encode the outcome of %q: %w", key, err)
	}
	return s.write(func(b *pebble.Batch) error {
		return errors.Join(
			b.Delete([]byte(intentPrefix+key), nil),
			b.Delete([]byte(attemptsPrefix+key), nil),
			b.Set([]byte(outcomePrefix+key), data, nil))
	})
}

// forget implements journal.
func (s *store) forget(key string) error {
	return s.write(func(b *pebble.Batch) error { return b.Delete([]byte(outcomePrefix+key), nil) })
}

// Close implements journal.
func (s *store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.failed {
		return nil
	}
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close transaction store: %w", err)
	}
	return nil
}

// pebbleLogger passes on errors and keeps the rest to itself.
type pebbleLogger struct{ logger *slog.Logger }

// Infof implements [pebble.Logger].
func (pebbleLogger) Infof(string, ...any) {}

// Errorf implements [pebble.Logger].
func (l pebbleLogger) Errorf(format string, args ...any) {
	l.logger.Error("transaction store: " + fmt.Sprintf(format, args...))
}

// Fatalf implements [pebble.Logger] and must not return. In a write, store.write
// recovers the panic; in the background it ends the process, as pebble means it to.
func (pebbleLogger) Fatalf(format string, args ...any) {
	panic(fmt.Errorf("transaction store: "+format, args...))
}
