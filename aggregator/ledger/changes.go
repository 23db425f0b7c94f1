package ledger

import (
	"fmt"

	"github.com/quirezk/quire/internal/guarded"
	"github.com/quirezk/quire/protocol"
)

// Changes are what one commit does, in the order in which they are added. They
// are not safe for concurrent use, and see nothing of each other: what they read
// is the ledger. The first mistake in them is what [Ledger.Commit] fails with.
type Changes struct {
	ledger *Ledger
	batch  *guarded.Batch
	e      encoder // one record at a time: key, payload, checksum
	err    error
	// settled says that a transfer was executed, queued or dropped.
	settled bool
}

// NewChanges returns no changes yet. They need not be committed.
func (l *Ledger) NewChanges() *Changes { return &Changes{ledger: l, batch: l.db.NewBatch()} }

// begin begins a record whose key was appended to what e.b held, nothing, and
// returns the key's length.
func (c *Changes) begin(key []byte) int {
	c.e.b = key
	return len(key)
}

// set ends a record and adds it to the batch.
func (c *Changes) set(keyLen int) {
	if c.e.err != nil {
		c.fail(fmt.Errorf("%s: %w", recordName(c.e.b[:keyLen]), c.e.err))
		c.e.err = nil
	} else {
		c.e.b = seal(c.e.b)
		c.batch.Set(c.e.b[:keyLen], c.e.b[keyLen:])
	}
	c.e.b = c.e.b[:0]
}

// delete removes the record whose key was appended to e.b.
func (c *Changes) delete(key []byte) {
	c.batch.Delete(key)
	c.e.b = key[:0]
}

func (c *Changes) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// PutHead replaces the head.
func (c *Changes) PutHead(h Head) {
	key := c.begin(append(c.e.b, kindHead))
	c.e.head(&h)
	c.set(key)
}

// Execute adds a transfer that was executed, under its sequence number and its
// ID, and to the histories of its accounts. What the ID stood for before, queued
// or dropped, it no longer does; the queue's own record is Unqueue's matter.
func (c *Changes) Execute(id TransferID, t *Transfer) {
	c.settled = true
	key := c.begin(appendKey8(c.e.b, kindTransfer, t.Seq))
	c.e.transfer(t)
	c.set(key)
	c.putEntry(id, &Entry{Status: Executed, Seq: t.Seq})
	for _, i := range t.accounts() {
		c.set(c.begin(appendHistoryKey(c.e.b, i, t.Seq)))
	}
}

// accounts are those in whose histories a transfer is.
func (t *Transfer) accounts() []protocol.Index {
	from, to := t.Signed.From, t.Signed.To
	if to == 0 || to == from { // a withdrawal goes to no account
		return []protocol.Index{from}
	}
	return []protocol.Index{from, to}
}

// Queue adds a transfer that has to wait, under its sender and nonce, in place of
// one that is there, and under its ID.
func (c *Changes) Queue(id TransferID, q *Queued) {
	c.settled = true
	key := c.begin(appendQueuedKey(c.e.b, q.Signed.From, q.Signed.Nonce))
	c.e.queued(q)
	c.set(key)
	c.putEntry(id, &Entry{Status: Waiting, From: q.Signed.From, Nonce: q.Signed.Nonce})
}

// Unqueue takes a transfer out of the queue. The same changes have to say what
// becomes of it: Execute or Drop.
func (c *Changes) Unqueue(from protocol.Index, nonce uint64) {
	c.delete(appendQueuedKey(c.e.b, from, nonce))
}

// Drop says of an ID that its transfer will not be executed. One that was queued
// leaves the queue with Unqueue, or with the Queue of another in its place.
func (c *Changes) Drop(d *Dropped) {
	c.settled = true
	c.putEntry(d.ID, &Entry{Status: Discarded, Time: d.Time, Reason: d.Reason})
}

func (c *Changes) putEntry(id TransferID, n *Entry) {
	key := c.begin(appendIDKey(c.e.b, &id))
	c.e.entry(n)
	c.set(key)
}

// DeleteTransfers removes the executed transfers from a sequence number on, as
// the ledger has them, with their IDs and from the histories. It comes before all
// that the same changes execute, queue or drop.
func (c *Changes) DeleteTransfers(from uint64) {
	if c.settled {
		c.fail(fmt.Errorf("delete transfers: %w: others were added before", ErrRecord))
		return
	}
	id, created, err := c.ledger.Identity()
	if err != nil || !created {
		c.fail(fmt.Errorf("delete transfers: %w", orNotCreated(err)))
		return
	}
	for t, err := range c.ledger.Transfers(from, 1<<64-1) {
		if err != nil {
			c.fail(fmt.Errorf("delete transfers: %w", err))
			return
		}
		name := IDOf(id.RollupID, &t.Signed.Transfer)
		c.delete(appendIDKey(c.e.b, &name))
		for _, i := range t.accounts() {
			c.delete(appendHistoryKey(c.e.b, i, t.Seq))
		}
	}
	c.deleteFrom(kindTransfer, from)
}

func orNotCreated(err error) error {
	if err == nil {
		return ErrNotCreated
	}
	return err
}

// deleteFrom removes the records of a kind that are numbered from a number on.
func (c *Changes) deleteFrom(kind byte, from uint64) {
	c.batch.DeleteRange(appendKey8(nil, kind, from), []byte{kind + 1})
}

// PutBatch adds or replaces a batch.
func (c *Changes) PutBatch(b *Batch) {
	key := c.begin(appendKey4(c.e.b, kindBatch, b.Number))
	c.e.batch(b)
	c.set(key)
}

// DeleteBatch removes a batch with its sealed form, what it publishes and its
// proof. Its transfers are for DeleteTransfers.
func (c *Changes) DeleteBatch(number uint32) {
	for _, kind := range []byte{kindBatch, kindSealed, kindPublished, kindProof} {
		c.delete(appendKey4(c.e.b, kind, number))
	}
}

// PutSealed adds a batch's sealed form, as witness.Sealed encodes it.
func (c *Changes) PutSealed(number uint32, sealed []byte) { c.putBytes(kindSealed, number, sealed) }

// DeleteSealed removes a batch's sealed form.
func (c *Changes) DeleteSealed(number uint32) { c.delete(appendKey4(c.e.b, kindSealed, number)) }

// PutPublished adds what a batch publishes.
func (c *Changes) PutPublished(number uint32, published []byte) {
	c.putBytes(kindPublished, number, published)
}

func (c *Changes) putBytes(kind byte, number uint32, b []byte) {
	key := c.begin(appendKey4(c.e.b, kind, number))
	c.e.b = append(c.e.b, b...)
	c.set(key)
}

// PutProof adds a batch's proof.
func (c *Changes) PutProof(number uint32, p *Proof) {
	key := c.begin(appendKey4(c.e.b, kindProof, number))
	c.e.proof(p)
	c.set(key)
}

// DeleteProof removes a batch's proof.
func (c *Changes) DeleteProof(number uint32) { c.delete(appendKey4(c.e.b, kindProof, number)) }

// PutOpening adds a request for an account.
func (c *Changes) PutOpening(o *Opening) {
	key := c.begin(appendKey8(c.e.b, kindOpening, o.Number))
	c.e.opening(o)
	c.set(key)
}

// DeleteOpening removes a request for an account.
func (c *Changes) DeleteOpening(number uint64) { c.delete(appendKey8(c.e.b, kindOpening, number)) }

// PutDeposit adds a deposit of layer 1's queue.
func (c *Changes) PutDeposit(d *Deposit) {
	key := c.begin(appendKey8(c.e.b, kindDeposit, d.Position))
	c.e.queuedDeposit(d)
	c.set(key)
}

// PutForcedExit adds a forced exit of layer 1's queue.
func (c *Changes) PutForcedExit(f *ForcedExit) {
	key := c.begin(appendKey8(c.e.b, kindForcedExit, f.Position))
	c.e.queuedExit(f)
	c.set(key)
}

// TruncateDeposits removes the deposits from a position on, those of the same
// changes before it, too.
func (c *Changes) TruncateDeposits(from uint64) { c.deleteFrom(kindDeposit, from) }

// TruncateForcedExits removes the forced exits from a position on, those of the
// same changes before it, too.
func (c *Changes) TruncateForcedExits(from uint64) { c.deleteFrom(kindForcedExit, from) }

// PutAccount adds an account to the directory.
func (c *Changes) PutAccount(i protocol.Index, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) {
	c.set(c.begin(appendAccountKey(c.e.b, i, &key, owner, token)))
	c.set(c.begin(appendOwnedKey(c.e.b, owner, i)))
}

// DeleteAccount removes an account from the directory.
func (c *Changes) DeleteAccount(i protocol.Index, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) {
	c.delete(appendAccountKey(c.e.b, i, &key, owner, token))
	c.delete(appendOwnedKey(c.e.b, owner, i))
}

// Reserve keeps the index of an account that is there no more for it.
func (c *Changes) Reserve(r *Reserved) {
	key := c.begin(appendKey4(c.e.b, kindReserved, uint32(r.Index)))
	c.e.reserved(r)
	c.set(key)
}

// Unreserve is for an account that was opened again.
func (c *Changes) Unreserve(i protocol.Index) { c.delete(appendKey4(c.e.b, kindReserved, uint32(i))) }
