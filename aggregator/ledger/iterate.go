package ledger

import (
	"fmt"
	"iter"

	"github.com/quirezk/quire/internal/guarded"
	"github.com/quirezk/quire/protocol"
)

// The iterators below show the ledger as it is when they begin, whatever is
// committed meanwhile. After an error, which comes with no value, they end.

// AllQueued yields the transfers that wait for their turn, by sender and nonce.
func (l *Ledger) AllQueued() iter.Seq2[Queued, error] {
	return ascend(l, []byte{kindQueued}, []byte{kindQueued + 1}, func(key, payload []byte) (Queued, error) {
		return parseQueued(keyIndex(key), key8(key), payload)
	})
}

// Openings yields the requests for accounts from a number on.
func (l *Ledger) Openings(from uint64) iter.Seq2[Opening, error] {
	return ascend(l, appendKey8(nil, kindOpening, from), []byte{kindOpening + 1}, func(key, payload []byte) (Opening, error) {
		return parseOpening(key8(key), payload)
	})
}

// Reserved yields the indices that are kept for accounts, by increasing index.
func (l *Ledger) Reserved() iter.Seq2[Reserved, error] {
	return ascend(l, []byte{kindReserved}, []byte{kindReserved + 1}, func(key, payload []byte) (Reserved, error) {
		return parseReserved(protocol.Index(key4(key)), payload)
	})
}

// Transfers yields the executed transfers with sequence numbers from from to below
// to, without gaps.
func (l *Ledger) Transfers(from, to uint64) iter.Seq2[Transfer, error] {
	return series(l, kindTransfer, from, to, transfersDue, parseTransfer)
}

// Deposits yields the deposits of layer 1's queue from a position on, without
// gaps.
func (l *Ledger) Deposits(from uint64) iter.Seq2[Deposit, error] {
	return series(l, kindDeposit, from, 1<<64-1, depositsDue, parseDeposit)
}

// ForcedExits yields the forced exits of layer 1's queue from a position on,
// without gaps.
func (l *Ledger) ForcedExits(from uint64) iter.Seq2[ForcedExit, error] {
	return series(l, kindForcedExit, from, 1<<64-1, forcedExitsDue, parseForcedExit)
}

// Batches returns up to limit batches, the newest first, beginning below before.
func (l *Ledger) Batches(before uint32, limit int) ([]Batch, error) {
	if limit <= 0 {
		return nil, nil
	}
	s, err := l.snapshot()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	first, end, err := bounds(s, batchesDue)
	if err != nil {
		return nil, err
	}
	// The batches from first to below end have to be there.
	next := min(uint64(before), end)
	var all []Batch
	lower, upper := appendKey4(nil, kindBatch, 0), appendKey4(nil, kindBatch, before)
	for b, err := range scan(s.Descend(lower, upper), func(key, payload []byte) (Batch, error) {
		return parseBatch(key4(key), payload)
	}) {
		if err != nil {
			return nil, err
		}
		if n := uint64(b.Number); n < next {
			if next--; n != next {
				break
			}
		}
		if all = append(all, b); len(all) == limit {
			return all, nil
		}
	}
	if next > first {
		return nil, missing(appendKey4(nil, kindBatch, uint32(next-1)))
	}
	return all, nil
}

// due says which numbers, from first to below end, a ledger with this head has to
// have records for.
type due func(id *Identity, h *Head) (first, end uint64)

func transfersDue(_ *Identity, h *Head) (first, end uint64)    { return 1, h.NextSeq }
func depositsDue(id *Identity, h *Head) (first, end uint64)    { return id.BaseDeposits, h.Deposits }
func forcedExitsDue(id *Identity, h *Head) (first, end uint64) { return id.BaseExits, h.Exits }

// batchesDue leaves the open batch out, which need not be there before there is
// something in it.
func batchesDue(id *Identity, h *Head) (first, end uint64) {
	return uint64(id.Base) + 1, uint64(h.Batch)
}

// bounds asks d about a snapshot. Nothing is due before Create.
func bounds(s *guarded.Snapshot, d due) (first, end uint64, err error) {
	id, found, err := readIdentity(s)
	if err != nil || !found {
		return 0, 0, err
	}
	h, err := readHead(s)
	if err != nil {
		return 0, 0, err
	}
	first, end = d(&id, &h)
	return first, end, nil
}

// snapshot returns the ledger as it is. The caller closes it.
func (l *Ledger) snapshot() (*guarded.Snapshot, error) {
	if err := l.usable(); err != nil {
		return nil, err
	}
	return l.db.Snapshot(), nil
}

// ascend yields the records with keys from lower to below upper.
func ascend[T any](l *Ledger, lower, upper []byte, parse func(key, payload []byte) (T, error)) iter.Seq2[T, error] {
	return walk(l, func(s *guarded.Snapshot) records { return s.Ascend(lower, upper) }, parse)
}

// descend is ascend by decreasing key.
func descend[T any](l *Ledger, lower, upper []byte, parse func(key, payload []byte) (T, error)) iter.Seq2[T, error] {
	return walk(l, func(s *guarded.Snapshot) records { return s.Descend(lower, upper) }, parse)
}

func walk[T any](l *Ledger, of func(*guarded.Snapshot) records, parse func(key, payload []byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		s, err := l.snapshot()
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		defer s.Close()
		scan(of(s), parse)(yield)
	}
}

// records are as the database yields them.
type records = iter.Seq2[guarded.Record, error]

// scan yields what records hold, and ends with the first that is damaged.
func scan[T any](all records, parse func(key, payload []byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		var buf []byte // key, payload, checksum
		for r, err := range all {
			if err != nil {
				yield(zero, err)
				return
			}
			if len(r.Key) != keyBytes[r.Key[0]] {
				yield(zero, corrupt(r.Key, "there is no such record"))
				return
			}
			buf = append(append(buf[:0], r.Key...), r.Value...)
			key := buf[:len(r.Key)]
			payload, err := unseal(buf, len(key))
			if err != nil {
				yield(zero, err)
				return
			}
			value, err := parse(key, payload)
			if err != nil {
				yield(zero, corrupt(key, "%v", err))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
	}
}

// series yields the records of a kind that are numbered from from to below to. A
// gap, or an end before the last that is due, is an error.
func series[T any](l *Ledger, kind byte, from, to uint64, d due, parse func(number uint64, payload []byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		s, err := l.snapshot()
		if err != nil {
			yield(zero, err)
			return
		}
		defer s.Close()
		first, end, err := bounds(s, d)
		if err != nil {
			yield(zero, err)
			return
		}
		next := max(from, first)
		if to <= next {
			return
		}
		numbered := func(key, payload []byte) (T, error) {
			if n := key8(key); n != next {
				return zero, fmt.Errorf("the one before is %d", next-1)
			}
			next++
			return parse(next-1, payload)
		}
		for value, err := range scan(s.Ascend(appendKey8(nil, kind, next), appendKey8(nil, kind, to)), numbered) {
			if !yield(value, err) || err != nil {
				return
			}
		}
		if next < min(to, end) {
			yield(zero, missing(appendKey8(nil, kind, next)))
		}
	}
}
