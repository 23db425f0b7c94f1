package ledger

import (
	"fmt"

	"github.com/quirezk/quire/protocol"
)

// Head is where everything stands. It fails with ErrNotCreated before Create.
func (l *Ledger) Head() (Head, error) {
	if err := l.usable(); err != nil {
		return Head{}, err
	}
	return readHead(l.db)
}

// Transfer returns an executed transfer, and false if none has the sequence
// number.
func (l *Ledger) Transfer(seq uint64) (Transfer, bool, error) {
	return findDue(l, appendKey8(nil, kindTransfer, seq), seq, transfersDue, func(payload []byte) (Transfer, error) {
		return parseTransfer(seq, payload)
	})
}

// ByID returns what is known of a transfer's ID, and false if nothing is.
func (l *Ledger) ByID(id TransferID) (Entry, bool, error) {
	return find(l, appendIDKey(nil, &id), parseEntry)
}

// Queued returns the transfer of a sender with a nonce that waits for its turn,
// and false if none does.
func (l *Ledger) Queued(from protocol.Index, nonce uint64) (Queued, bool, error) {
	return find(l, appendQueuedKey(nil, from, nonce), func(payload []byte) (Queued, error) {
		return parseQueued(from, nonce, payload)
	})
}

// Batch returns a batch, and false if it was not begun, or precedes those that
// the ledger has.
func (l *Ledger) Batch(number uint32) (Batch, bool, error) {
	return findDue(l, appendKey4(nil, kindBatch, number), uint64(number), batchesDue, func(payload []byte) (Batch, error) {
		return parseBatch(number, payload)
	})
}

// Sealed returns a batch's sealed form, and false if it is not there yet or no
// more.
func (l *Ledger) Sealed(number uint32) ([]byte, bool, error) {
	return find(l, appendKey4(nil, kindSealed, number), asIs)
}

// Published returns what a batch publishes, and false if that is not there yet.
func (l *Ledger) Published(number uint32) ([]byte, bool, error) {
	return find(l, appendKey4(nil, kindPublished, number), asIs)
}

// Proof returns a batch's proof, and false if it is not there yet or no more.
func (l *Ledger) Proof(number uint32) (Proof, bool, error) {
	return find(l, appendKey4(nil, kindProof, number), parseProof)
}

func asIs(payload []byte) ([]byte, error) { return payload, nil }

// FindAccount returns the account with this key, owner and token, and false if
// there is none. If there are several it is the one with the highest index, the
// last to be opened.
func (l *Ledger) FindAccount(key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (protocol.Index, bool, error) {
	prefix := appendAccountPrefix(nil, &key, owner, token)
	for i, err := range descend(l, prefix, after(prefix), accountOf) {
		return i, err == nil, err
	}
	return 0, false, nil
}

// AccountsOf returns up to limit accounts of an owner with indices above after,
// by increasing index.
func (l *Ledger) AccountsOf(owner protocol.Owner, after protocol.Index, limit int) ([]protocol.Index, error) {
	if after == 1<<32-1 || limit <= 0 {
		return nil, nil
	}
	var all []protocol.Index
	upper := appendOwnedKey(nil, owner, 1<<32-1)
	for i, err := range ascend(l, appendOwnedKey(nil, owner, after+1), append(upper, 0), accountOf) {
		if err != nil {
			return nil, err
		}
		if all = append(all, i); len(all) == limit {
			break
		}
	}
	return all, nil
}

// accountOf reads an entry of the directory.
func accountOf(key, payload []byte) (protocol.Index, error) {
	return protocol.Index(key4(key)), parseNothing(payload)
}

// History returns the sequence numbers of up to limit executed transfers from or
// to an account, the newest first, beginning below before.
func (l *Ledger) History(i protocol.Index, before uint64, limit int) ([]uint64, error) {
	if limit <= 0 {
		return nil, nil
	}
	var all []uint64
	for seq, err := range descend(l, appendHistoryKey(nil, i, 0), appendHistoryKey(nil, i, before), historyOf) {
		if err != nil {
			return nil, err
		}
		if all = append(all, seq); len(all) == limit {
			break
		}
	}
	return all, nil
}

// historyOf reads an entry of a history.
func historyOf(key, payload []byte) (uint64, error) { return key8(key), parseNothing(payload) }

// getter is a database or a snapshot of it.
type getter interface {
	Get(dst, key []byte) (value []byte, found bool, err error)
}

// get returns the payload of a record and whether there is one.
func get(from getter, key []byte) (payload []byte, found bool, err error) {
	record, found, err := from.Get(key[:len(key):len(key)], key)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", recordName(key), err)
	}
	if !found {
		return nil, false, nil
	}
	if payload, err = unseal(record, len(key)); err != nil {
		return nil, false, err
	}
	return payload, true, nil
}

// find reads a record that need not be there.
func find[T any](l *Ledger, key []byte, parse func(payload []byte) (T, error)) (value T, found bool, err error) {
	if err := l.usable(); err != nil {
		return value, false, err
	}
	payload, found, err := get(l.db, key)
	if err != nil || !found {
		return value, false, err
	}
	value, err = parsed(key, payload, parse)
	return value, err == nil, err
}

// findDue reads the record with a number, and fails if it is not there although
// it is due.
func findDue[T any](l *Ledger, key []byte, number uint64, d due, parse func(payload []byte) (T, error)) (value T, found bool, err error) {
	if value, found, err = find(l, key, parse); err != nil || found {
		return value, found, err
	}
	// Once more, together with what tells whether it has to be there.
	s := l.db.Snapshot()
	defer s.Close()
	payload, found, err := get(s, key)
	if err != nil {
		return value, false, err
	}
	if found {
		value, err = parsed(key, payload, parse)
		return value, err == nil, err
	}
	if first, end, err := bounds(s, d); err != nil {
		return value, false, err
	} else if first <= number && number < end {
		return value, false, missing(key)
	}
	return value, false, nil
}

func parsed[T any](key, payload []byte, parse func(payload []byte) (T, error)) (value T, err error) {
	if value, err = parse(payload); err != nil {
		var zero T
		return zero, corrupt(key, "%v", err)
	}
	return value, nil
}

func missing(key []byte) error { return corrupt(key, "it is missing") }

func readHead(from getter) (h Head, err error) {
	key := []byte{kindHead}
	payload, found, err := get(from, key)
	if err != nil {
		return h, err
	}
	if !found {
		// The identity comes and stays with it.
		if _, found, err = get(from, []byte{kindIdentity}); err != nil {
			return h, err
		} else if found {
			return h, missing(key)
		}
		return h, ErrNotCreated
	}
	if h, err = parseHead(payload); err != nil {
		return Head{}, corrupt(key, "%v", err)
	}
	return h, nil
}

// readIdentity returns the identity, and false before Create.
func readIdentity(from getter) (id Identity, found bool, err error) {
	key := []byte{kindIdentity}
	payload, found, err := get(from, key)
	if err != nil {
		return id, false, err
	}
	if !found {
		if _, found, err = get(from, []byte{kindHead}); err != nil {
			return id, false, err
		} else if found {
			return id, false, missing(key)
		}
		return id, false, nil
	}
	if id, err = parseIdentity(payload); err != nil {
		return Identity{}, false, corrupt(key, "%v", err)
	}
	return id, true, nil
}
