package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/quirezk/quire/protocol"
)

// place is where a transfer waits.
type place struct {
	from  protocol.Index
	nonce uint64
}

// holding is an account as the directory has it.
type holding struct {
	index protocol.Index
	key   protocol.PublicKey
	owner protocol.Owner
	token protocol.Token
}

// model is what a ledger should hold: maps.
type model struct {
	id        Identity
	head      Head
	transfers map[uint64]Transfer
	entries   map[TransferID]Entry
	seen      map[TransferID]bool // that were ever in entries
	queue     map[place]Queued
	batches   map[uint32]Batch
	sealed    map[uint32][]byte
	published map[uint32][]byte
	proofs    map[uint32]Proof
	openings  map[uint64]Opening
	deposits  map[uint64]Deposit
	exits     map[uint64]ForcedExit
	accounts  map[holding]bool
	reserved  map[protocol.Index]Reserved
}

func newModel(id Identity) *model {
	return &model{
		id:        id,
		head:      Head{NextSeq: 1, NextOpening: 1, Batch: id.Base + 1, Finalized: id.Base, Deposits: id.BaseDeposits, Exits: id.BaseExits},
		transfers: make(map[uint64]Transfer), entries: make(map[TransferID]Entry), seen: make(map[TransferID]bool), queue: make(map[place]Queued),
		batches: make(map[uint32]Batch), sealed: make(map[uint32][]byte), published: make(map[uint32][]byte),
		proofs: make(map[uint32]Proof), openings: make(map[uint64]Opening), deposits: make(map[uint64]Deposit),
		exits: make(map[uint64]ForcedExit), accounts: make(map[holding]bool), reserved: make(map[protocol.Index]Reserved),
	}
}

func (m *model) clone() *model {
	c := *m
	c.seen = maps.Clone(m.seen)
	c.transfers, c.entries, c.queue = maps.Clone(m.transfers), maps.Clone(m.entries), maps.Clone(m.queue)
	c.batches, c.sealed, c.published, c.proofs = maps.Clone(m.batches), maps.Clone(m.sealed), maps.Clone(m.published), maps.Clone(m.proofs)
	c.openings, c.deposits, c.exits = maps.Clone(m.openings), maps.Clone(m.deposits), maps.Clone(m.exits)
	c.accounts, c.reserved = maps.Clone(m.accounts), maps.Clone(m.reserved)
	return &c
}

// The functions below do the same to the model and to changes.

func (m *model) execute(c *Changes, t Transfer) {
	t.Seq = m.head.NextSeq
	m.head.NextSeq++
	id := IDOf(m.id.RollupID, &t.Signed.Transfer)
	m.transfers[t.Seq] = t
	m.entries[id] = Entry{Status: Executed, Seq: t.Seq}
	c.Execute(id, &t)
}

func (m *model) enqueue(c *Changes, q Queued) {
	p := place{q.Signed.From, q.Signed.Nonce}
	if old, ok := m.queue[p]; ok {
		m.drop(c, &old.Signed.Transfer, "replaced")
	}
	id := IDOf(m.id.RollupID, &q.Signed.Transfer)
	m.queue[p] = q
	m.entries[id] = Entry{Status: Waiting, From: p.from, Nonce: p.nonce}
	c.Queue(id, &q)
}

func (m *model) unqueue(c *Changes, p place) Queued {
	q := m.queue[p]
	delete(m.queue, p)
	c.Unqueue(p.from, p.nonce)
	return q
}

func (m *model) drop(c *Changes, t *protocol.Transfer, reason string) {
	d := Dropped{ID: IDOf(m.id.RollupID, t), Time: m.head.NextSeq, Reason: reason}
	m.entries[d.ID] = Entry{Status: Discarded, Time: d.Time, Reason: d.Reason}
	c.Drop(&d)
}

// undo removes the transfers from a sequence number on and returns them.
func (m *model) undo(c *Changes, from uint64) (undone []Transfer) {
	c.DeleteTransfers(from)
	for seq := from; seq < m.head.NextSeq; seq++ {
		t := m.transfers[seq]
		undone = append(undone, t)
		delete(m.transfers, seq)
		id := IDOf(m.id.RollupID, &t.Signed.Transfer)
		m.seen[id] = true
		delete(m.entries, id)
	}
	m.head.NextSeq = from
	return undone
}

func (m *model) putAccount(c *Changes, h holding) {
	m.accounts[h] = true
	c.PutAccount(h.index, h.key, h.owner, h.token)
}

func (m *model) deleteAccount(c *Changes, h holding) {
	delete(m.accounts, h)
	c.DeleteAccount(h.index, h.key, h.owner, h.token)
}

func (m *model) reserve(c *Changes, r Reserved) {
	m.reserved[r.Index] = r
	c.Reserve(&r)
}

func (m *model) unreserve(c *Changes, i protocol.Index) {
	delete(m.reserved, i)
	c.Unreserve(i)
}

func ordered[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func places(queue map[place]Queued) []place {
	return slices.SortedFunc(maps.Keys(queue), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.nonce, b.nonce))
	})
}

func holdings(accounts map[holding]bool) []holding {
	return slices.SortedFunc(maps.Keys(accounts), func(a, b holding) int {
		return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
}
