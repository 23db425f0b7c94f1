package txmgr

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quirezk/quire/internal/guarded"
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
	formatVersion = 2

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
type store struct{ db *guarded.DB }

var _ journal = (*store)(nil)

// openStore opens the records in a directory, or makes it. Errors wrap ErrLocked,
// ErrFormatVersion, ErrOtherChain, ErrCorrupt, or are the operating system's.
func openStore(fsys vfs.FS, dir string, chainID *big.Int, logger *slog.Logger) (*store, error) {
	path := fsys.PathJoin(dir, databaseName)
	if err := refuseFirstVersion(fsys, path); err != nil {
		return nil, err
	}
	db, err := guarded.Open(path, guarded.Options{
		FS: fsys, BlockCacheBytes: cacheBytes, MemTableBytes: memTableBytes, Logger: logger, Name: "transaction store",
	})
	if err != nil {
		return nil, storeError(err)
	}
	s := &store{db}
	if err := s.checkMeta(chainID); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// refuseFirstVersion returns ErrFormatVersion for a directory of version 1, whose
// database lies in it and not in a directory below: it would be passed over, with
// what waits in it.
func refuseFirstVersion(fsys vfs.FS, path string) error {
	names, err := fsys.List(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "MANIFEST-") {
			return fmt.Errorf("%w: version 1, this is version %d", ErrFormatVersion, formatVersion)
		}
	}
	return nil
}

// storeError gives an error of the database the cause that this package names, in
// the place of the database's, whose advice is for stores that can be made again.
func storeError(err error) error {
	for _, cause := range []struct{ of, is error }{
		{guarded.ErrLocked, ErrLocked}, {guarded.ErrFormatVersion, ErrFormatVersion},
		{guarded.ErrCorrupt, ErrCorrupt}, {guarded.ErrFailed, ErrStoreFailed},
	} {
		if errors.Is(err, cause.of) {
			return fmt.Errorf("%w: %s", cause.is, strings.TrimSuffix(strings.ReplaceAll(err.Error(), cause.of.Error()+": ", ""), ": "+cause.of.Error()))
		}
	}
	return err
}

// checkMeta reads what the store is, or writes it into a new one.
func (s *store) checkMeta(chainID *big.Int) error {
	meta, err := s.get(metaKey)
	if err != nil {
		return err
	}
	if meta == nil {
		snapshot := s.db.Snapshot()
		defer snapshot.Close()
		for _, err := range snapshot.Ascend(nil, []byte{0x80}) { // the database's own record is above
			if err != nil {
				return storeError(err)
			}
			return fmt.Errorf("%w: it does not say what it is", ErrCorrupt)
		}
		meta := binary.BigEndian.AppendUint64(nil, formatVersion)
		meta = append(meta, chainID.FillBytes(make([]byte, 32))...)
		return s.write(func(b *guarded.Batch) { b.Set([]byte(metaKey), meta) })
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

// get returns a value; nil where there is none.
func (s *store) get(key string) ([]byte, error) {
	value, found, err := s.db.Get([]byte{}, []byte(key))
	switch {
	case err != nil:
		return nil, storeError(err)
	case !found:
		return nil, nil
	}
	return value, nil
}

// write makes one durable change.
func (s *store) write(fill func(*guarded.Batch)) error {
	batch := s.db.NewBatch()
	fill(batch)
	if err := s.db.Commit(batch); err != nil {
		return storeError(err)
	}
	return nil
}

// unsettled implements journal.
func (s *store) unsettled() ([]*record, error) {
	snapshot := s.db.Snapshot()
	defer snapshot.Close()
	var records []*record
	for r, err := range snapshot.Ascend([]byte(intentPrefix), []byte{intentPrefix[0] + 1}) {
		if err != nil {
			return records, storeError(err)
		}
		rec, err := s.record(string(r.Key[1:]), r.Value)
		if err != nil {
			return records, err
		}
		records = append(records, rec)
	}
	return records, nil
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
	return s.write(func(b *guarded.Batch) {
		b.Set([]byte(intentPrefix+rec.Key), intent)
		b.Set([]byte(attemptsPrefix+rec.Key), attempts)
	})
}

// retry implements journal.
func (s *store) retry(rec *record) error {
	attempts, err := encodeAttempts(rec.attempts)
	if err != nil {
		return fmt.Errorf("encode intent %q: %w", rec.Key, err)
	}
	return s.write(func(b *guarded.Batch) { b.Set([]byte(attemptsPrefix+rec.Key), attempts) })
}

// settle implements journal.
func (s *store) settle(key string, o *outcome) error {
	data, err := encodeOutcome(o)
	if err != nil {
		return fmt.Errorf("encode the outcome of %q: %w", key, err)
	}
	return s.write(func(b *guarded.Batch) {
		b.Delete([]byte(intentPrefix + key))
		b.Delete([]byte(attemptsPrefix + key))
		b.Set([]byte(outcomePrefix+key), data)
	})
}

// forget implements journal.
func (s *store) forget(key string) error {
	return s.write(func(b *guarded.Batch) { b.Delete([]byte(outcomePrefix + key)) })
}

// Close implements journal.
func (s *store) Close() error { return s.db.Close() }
