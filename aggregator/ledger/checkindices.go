package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/quirezk/quire/protocol"
)

// agreement compares two sets of records without holding either, or looking any
// of them up: by their number and the sum of their checksums, each of which is as
// good as random. Only if it does not hold are records looked up one by one, to
// say which.
type agreement struct{ expected, found tally }

type tally struct{ count, sum uint64 }

// add counts a whole record: key, payload, checksum.
func (t *tally) add(record []byte) {
	t.count++
	t.sum += binary.BigEndian.Uint64(record[len(record)-checksumBytes:])
}

func (a *agreement) holds() bool { return a.expected == a.found }

// checkTransfers compares the transfers with their batches, and expects their IDs
// and histories.
func (c *checker) checkTransfers() error {
	seqs := numbered{c, kindTransfer, 1, c.head.NextSeq}
	return seqs.finish(c.each(kindTransfer, func(r *scanned) error {
		seq := key8(r.key())
		if within, err := seqs.at(r.key()); err != nil || !within {
			return err
		}
		t, ok, err := read(c, r, func(payload []byte) (Transfer, error) { return parseTransfer(seq, payload) })
		if err != nil || !ok {
			return err
		}
		for _, record := range besideTransfer(c.idOf(&t.Signed), &t) {
			if record[0] == kindID {
				c.ids.expected.add(record)
			} else {
				c.histories.expected.add(record)
			}
		}
		if t.Batch <= c.id.Base || uint64(t.Batch-c.id.Base) > uint64(len(c.batches)) {
			return c.fault(r.key(), "it says that it is of batch %d, which is not there", t.Batch)
		}
		b := c.batch(t.Batch)
		if b != nil && (seq < b.first || seq-b.first >= uint64(b.transfers)) {
			return c.fault(r.key(), "it says that it is of batch %d, which has %d transfers from transfer %d on", t.Batch, b.transfers, b.first)
		}
		return nil
	}))
}

func (c *checker) idOf(t *protocol.SignedTransfer) TransferID {
	return IDOf(c.id.RollupID, &t.Transfer)
}

// besideTransfer is what Execute writes beside a transfer.
func besideTransfer(id TransferID, t *Transfer) [][]byte {
	records := [][]byte{entryRecord(id, &Entry{Status: Executed, Seq: t.Seq})}
	for _, i := range t.accounts() {
		records = append(records, seal(appendHistoryKey(nil, i, t.Seq)))
	}
	return records
}

func entryRecord(id TransferID, n *Entry) []byte {
	e := encoder{b: appendIDKey(make([]byte, 0, 64), &id)}
	e.entry(n)
	return seal(e.b)
}

// besideQueued is what Queue writes beside a transfer.
func besideQueued(id TransferID, q *Queued) []byte {
	return entryRecord(id, &Entry{Status: Waiting, From: q.Signed.From, Nonce: q.Signed.Nonce})
}

// checkQueue expects the IDs of the transfers that wait.
func (c *checker) checkQueue() error {
	_, err := c.each(kindQueued, func(r *scanned) error {
		q, ok, err := read(c, r, func(payload []byte) (Queued, error) {
			return parseQueued(keyIndex(r.key()), key8(r.key()), payload)
		})
		if ok {
			c.ids.expected.add(besideQueued(c.idOf(&q.Signed), &q))
		}
		return err
	})
	return err
}

// checkEntries finds the IDs of transfers. Those that were dropped have no other
// record.
func (c *checker) checkEntries() error {
	_, err := c.each(kindID, func(r *scanned) error {
		entry, ok, err := read(c, r, parseEntry)
		if ok && entry.Status != Discarded {
			c.ids.found.add(r.record)
		}
		return err
	})
	return err
}

func (c *checker) checkHistories() error { return c.checkIndex(kindHistory, &c.histories.found) }

// checkIndex finds the entries of an index, whose keys say it all.
func (c *checker) checkIndex(kind byte, found *tally) error {
	_, err := c.each(kind, func(r *scanned) error {
		_, ok, err := read(c, r, func(payload []byte) (struct{}, error) { return struct{}{}, parseNothing(payload) })
		if ok {
			found.add(r.record)
		}
		return err
	})
	return err
}

// agreeOnTransfers says which IDs and histories do not agree with the transfers,
// if any do not. What could not be read is a fault already, and no other is made
// of it.
func (c *checker) agreeOnTransfers() error {
	if c.ids.holds() && c.histories.holds() {
		return nil
	}
	if err := c.again(kindTransfer, func(key, payload []byte) error {
		t, err := parseTransfer(key8(key), payload)
		if err != nil {
			return nil
		}
		for _, want := range besideTransfer(c.idOf(&t.Signed), &t) {
			if err := c.want(want, recordName(key)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := c.again(kindQueued, func(key, payload []byte) error {
		q, err := parseQueued(keyIndex(key), key8(key), payload)
		if err != nil {
			return nil
		}
		return c.want(besideQueued(c.idOf(&q.Signed), &q), recordName(key))
	}); err != nil {
		return err
	}
	if err := c.again(kindID, func(key, payload []byte) error {
		n, err := parseEntry(payload)
		if err != nil {
			return nil
		}
		return c.checkEntry(key, &n)
	}); err != nil {
		return err
	}
	return c.again(kindHistory, func(key, _ []byte) error {
		seq := key8(key)
		t, found, err := peek(c, appendKey8(nil, kindTransfer, seq), func(payload []byte) (Transfer, error) { return parseTransfer(seq, payload) })
		if err != nil {
			return skipDamage(err)
		}
		if found {
			for _, i := range t.accounts() {
				if i == keyIndex(key) {
					return nil
				}
			}
		}
		return c.fault(key, "that transfer is not of this account")
	})
}

// checkEntry compares what an ID stands for with what is there.
func (c *checker) checkEntry(key []byte, n *Entry) error {
	var signed *protocol.SignedTransfer
	var of []byte
	switch n.Status {
	case Executed:
		of = appendKey8(nil, kindTransfer, n.Seq)
		t, found, err := peek(c, of, func(payload []byte) (Transfer, error) { return parseTransfer(n.Seq, payload) })
		if err != nil {
			return skipDamage(err)
		}
		if found {
			signed = &t.Signed
		}
	case Waiting:
		of = appendQueuedKey(nil, n.From, n.Nonce)
		q, found, err := peek(c, of, func(payload []byte) (Queued, error) { return parseQueued(n.From, n.Nonce, payload) })
		if err != nil {
			return skipDamage(err)
		}
		if found {
			signed = &q.Signed
		}
	default:
		return nil
	}
	switch {
	case signed == nil:
		return c.fault(key, "it stands for %s, which is not there", recordName(of))
	case c.idOf(signed) != TransferID(key[1:]):
		return c.fault(key, "it stands for %s, which has another ID", recordName(of))
	}
	return nil
}

// want makes a fault of a record that is not there, or is not as wanted, beside
// another.
func (c *checker) want(record []byte, of string) error {
	n := keyBytes[record[0]]
	payload, found, err := get(c.s, record[:n])
	switch {
	case err != nil:
		return skipDamage(err)
	case !found:
		return c.fault(record[:n], "it is missing; it belongs to %s", of)
	case string(payload) != string(record[n:len(record)-checksumBytes]):
		return c.fault(record[:n], "it is not what belongs to %s", of)
	}
	return nil
}

// skipDamage leaves out what is a fault already.
func skipDamage(err error) error {
	if errors.Is(err, ErrCorrupt) {
		return nil
	}
	return err
}

// peek reads a record that is, or was, looked at elsewhere.
func peek[T any](c *checker, key []byte, parse func(payload []byte) (T, error)) (value T, found bool, err error) {
	b, found, err := get(c.s, key)
	if err != nil || !found {
		return value, false, err
	}
	value, err = parsed(key, b, parse)
	return value, err == nil, err
}

// again goes once more over the records of a kind that are not damaged, as far as
// they can be read.
func (c *checker) again(kind byte, f func(key, payload []byte) error) error {
	for r, err := range c.s.Ascend([]byte{kind}, []byte{kind + 1}) {
		if err != nil {
			return skipDamage(err)
		}
		if err := c.step(); err != nil {
			return err
		}
		c.buf = append(append(c.buf[:0], r.Key...), r.Value...)
		payload, err := unseal(c.buf, len(r.Key))
		if err != nil || len(r.Key) != keyBytes[kind] {
			continue
		}
		if err := f(c.buf[:len(r.Key)], payload); err != nil {
			return err
		}
	}
	return nil
}

// checkAccounts compares the directory with the accounts of the tree, and with
// those that batches opened which the tree does not have yet.
func (c *checker) checkAccounts() error {
	whole, err := c.accounts(func(i protocol.Index, n named) error {
		byKey, byOwner := besideAccount(i, n)
		c.byKey.expected.add(byKey)
		c.byOwner.expected.add(byOwner)
		return nil
	})
	if err != nil {
		return err
	}
	if !whole {
		if err := c.add(Fault{"state tree", "it cannot be read whole: quire fsck says more, or rebuild the state from layer 1"}); err != nil {
			return err
		}
	}
	if err := c.checkIndex(kindAccount, &c.byKey.found); err != nil {
		return err
	}
	return c.checkIndex(kindOwned, &c.byOwner.found)
}

// besideAccount is what PutAccount writes.
func besideAccount(i protocol.Index, n named) (byKey, byOwner []byte) {
	return seal(appendAccountKey(nil, i, &n.key, n.owner, n.token)), seal(appendOwnedKey(nil, n.owner, i))
}

// accounts calls f with the accounts that the directory has to have. Not whole
// means that the tree is damaged.
func (c *checker) accounts(f func(protocol.Index, named) error) (whole bool, err error) {
	for u, err := range c.tree.All() {
		if err != nil {
			return false, skipDamage(err)
		}
		if err := c.step(); err != nil {
			return false, err
		}
		if err := f(u.Index, named{u.Account.Key, u.Account.Owner, u.Account.Token}); err != nil {
			return false, err
		}
	}
	for _, i := range slices.Sorted(maps.Keys(c.opened)) {
		if err := f(i, c.opened[i]); err != nil {
			return false, err
		}
	}
	return true, nil
}

// agreeOnAccounts is agreeOnTransfers for the directory.
func (c *checker) agreeOnAccounts() error {
	if c.byKey.holds() && c.byOwner.holds() {
		return nil
	}
	if _, err := c.accounts(func(i protocol.Index, n named) error {
		byKey, byOwner := besideAccount(i, n)
		for _, record := range [][]byte{byKey, byOwner} {
			if err := c.want(record, fmt.Sprintf("account %d", i)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, kind := range []byte{kindAccount, kindOwned} {
		if err := c.again(kind, func(key, _ []byte) error {
			i := protocol.Index(key4(key))
			n, found := c.opened[i]
			if !found {
				a, inTree, err := c.tree.Account(i)
				if err != nil {
					return skipDamage(err)
				}
				n, found = named{a.Key, a.Owner, a.Token}, inTree
			}
			byKey, byOwner := besideAccount(i, n)
			if found && (string(byKey[:len(byKey)-checksumBytes]) == string(key) || string(byOwner[:len(byOwner)-checksumBytes]) == string(key)) {
				return nil
			}
			return c.fault(key, "there is no such account")
		}); err != nil {
			return err
		}
	}
	return nil
}
