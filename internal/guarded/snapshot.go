package guarded

import (
	"errors"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// Snapshot is the database after one commit, whatever is committed since. It is
// safe for concurrent use, except that Close must not be called while it is being
// read. It must be closed, or the database keeps all that has been replaced since.
type Snapshot struct {
	db     *DB
	moment *moment // nil if the database was closed when it was taken
	closed atomic.Bool
}

// Record is a value under a key. Of an iteration, both are valid until the next
// one.
type Record struct {
	Key, Value []byte
}

// Snapshot returns the database as the last commit left it. It does not wait for
// one that is under way. Of a closed database everything read is ErrClosed.
func (d *DB) Snapshot() *Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &Snapshot{db: d}
	if d.current == nil {
		s.closed.Store(true)
		return s
	}
	d.current.refs++
	d.snapshots++
	s.moment = d.current
	return s
}

// Get is [DB.Get] at the snapshot.
func (s *Snapshot) Get(dst, key []byte) (value []byte, found bool, err error) {
	if s.closed.Load() {
		return dst, false, ErrClosed
	}
	return s.moment.get(dst, key)
}

// Ascend yields the records with keys from lower to below upper, by increasing
// key. nil is no bound. After an error, which comes with no record, it ends;
// errors are those of Get.
func (s *Snapshot) Ascend(lower, upper []byte) iter.Seq2[Record, error] {
	return s.scan(lower, upper, (*pebble.Iterator).First, (*pebble.Iterator).Next)
}

// Descend is Ascend by decreasing key.
func (s *Snapshot) Descend(lower, upper []byte) iter.Seq2[Record, error] {
	return s.scan(lower, upper, (*pebble.Iterator).Last, (*pebble.Iterator).Prev)
}

func (s *Snapshot) scan(lower, upper []byte, first, next func(*pebble.Iterator) bool) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if s.closed.Load() {
			yield(Record{}, ErrClosed)
			return
		}
		fail := func(err error) { yield(Record{}, fmt.Errorf("read from %x to %x: %w", lower, upper, readError(err))) }
		it, err := s.moment.snapshot.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			fail(err)
			return
		}
		more := true
		for ok := first(it); ok && more; ok = more && next(it) {
			value, err := it.ValueAndErr()
			if err != nil {
				fail(errors.Join(err, it.Close()))
				return
			}
			more = yield(Record{it.Key(), value}, nil)
		}
		// Close returns what ended the iteration too.
		if err := it.Close(); err != nil && more {
			fail(err)
		}
	}
}

// Close releases the snapshot. Closing twice is no error.
func (s *Snapshot) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	err := s.db.release(s.moment)
	// Only now may the database be closed under it.
	s.db.mu.Lock()
	s.db.snapshots--
	s.db.mu.Unlock()
	return err
}
