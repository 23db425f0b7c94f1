package guarded

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Batch is a list of changes that become one commit. It is not safe for
// concurrent use. One that is not committed needs no closing.
type Batch struct {
	pebble *pebble.Batch // nil once it was handed to Commit
	err    error         // the first one; Commit returns it
}

// NewBatch returns an empty batch.
func (d *DB) NewBatch() *Batch { return &Batch{pebble: d.pebble.NewBatch()} }

// NewBatchSize is NewBatch for a batch that will take about this many bytes.
func (d *DB) NewBatchSize(size int) *Batch {
	return &Batch{pebble: d.pebble.NewBatchWithSize(size)}
}

// Set puts a value under a key. Both are copied.
func (b *Batch) Set(key, value []byte) {
	b.add(func(p *pebble.Batch) error { return p.Set(key, value, nil) })
}

// Delete removes what is under a key, if anything is.
func (b *Batch) Delete(key []byte) {
	b.add(func(p *pebble.Batch) error { return p.Delete(key, nil) })
}

// DeleteRange removes what is under all keys from lower to below upper. What the
// batch sets there later stays.
func (b *Batch) DeleteRange(lower, upper []byte) {
	b.add(func(p *pebble.Batch) error { return p.DeleteRange(lower, upper, nil) })
}

func (b *Batch) add(change func(*pebble.Batch) error) {
	if b.pebble == nil {
		panic("guarded: batch is changed after it was committed")
	}
	if err := change(b.pebble); b.err == nil {
		b.err = err
	}
}

// Len is the number of changes in the batch.
func (b *Batch) Len() int {
	if b.pebble == nil {
		return 0
	}
	return int(b.pebble.Count())
}

// Size is about the number of bytes that committing the batch writes.
func (b *Batch) Size() int {
	if b.pebble == nil {
		return 0
	}
	return b.pebble.Len()
}

// Commit makes all changes of a batch, or none, and returns nil only when they
// will survive the end of the process and of the machine. Only then do readers
// see them. Commits of several callers are made one after another; an empty one
// counts too. The batch cannot be used again.
//
// An error wraps ErrClosed or ErrFailed. After the latter it is not known
// whether the changes are on disk, there are no more commits, and readers go on
// seeing what was there before.
func (d *DB) Commit(b *Batch) error {
	if b.pebble == nil {
		panic("guarded: batch is committed twice")
	}
	changes := b.pebble
	b.pebble = nil
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.closed() {
		return ErrClosed
	}
	if b.err != nil { // nothing was written
		return errors.Join(b.err, changes.Close())
	}
	err := d.breaker.err()
	if err == nil {
		if err = d.commit(changes); err != nil {
			d.breaker.trip(err)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", d.name, ErrFailed, err)
	}
	return nil
}

func (d *DB) closed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.current == nil
}

// commit adds the number to a batch, writes it, moves the anchor after it and
// shows the result to readers.
func (d *DB) commit(b *pebble.Batch) error {
	if err := b.Set(commitsKey, commitsRecord(d.commits+1), nil); err != nil {
		return err
	}
	if err := d.breaker.run(func() error { return b.Commit(pebble.Sync) }); err != nil {
		return err
	}
	d.commits++
	if err := errors.Join(b.Close(), d.anchor.set(d.commits)); err != nil {
		return err
	}
	// Pebble itself shows a commit before it is synced. Readers are given
	// snapshots that were taken between commits.
	next := &moment{snapshot: d.pebble.NewSnapshot(), refs: 1}
	d.mu.Lock()
	old := d.current
	d.current = next
	d.mu.Unlock()
	return d.release(old)
}
