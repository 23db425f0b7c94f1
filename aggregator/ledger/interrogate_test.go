package ledger

import (
	"errors"
	"iter"
	"reflect"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/protocol"
)

// inquiry asks a ledger, which may be damaged, and counts the errors.
type inquiry struct {
	t    fatal
	errs int
}

// fatal is what testing and rapid have in common.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

var _ fatal = testing.TB(nil)

// bad counts an error, which has to be ErrCorrupt.
func (q *inquiry) bad(err error) bool {
	q.t.Helper()
	if err == nil {
		return false
	}
	if !errors.Is(err, ErrCorrupt) {
		q.t.Fatalf("error that is not ErrCorrupt: %v", err)
	}
	q.errs++
	return true
}

// one compares what was read under a key with what should be there.
func one[K comparable, V any](q *inquiry, what string, read func(K) (V, bool, error), key K, want map[K]V) {
	q.t.Helper()
	got, found, err := read(key)
	if q.bad(err) {
		return
	}
	value, ok := want[key]
	if found != ok || !reflect.DeepEqual(got, value) {
		q.t.Fatalf("%s %v: found %v, want %v:\n%s", what, key, found, ok, cmp.Diff(value, got))
	}
}

// all compares what an iteration yields: the values wanted, or some and an error.
func all[V any](q *inquiry, what string, got iter.Seq2[V, error], want []V) {
	q.t.Helper()
	n := 0
	for v, err := range got {
		if q.bad(err) {
			return
		}
		if n >= len(want) || !reflect.DeepEqual(v, want[n]) {
			q.t.Fatalf("%s: value %d is not the model's: %v", what, n, v)
		}
		n++
	}
	if n != len(want) {
		q.t.Fatalf("%s: %d values, want %d", what, n, len(want))
	}
}

func values[K comparable, V any](keys []K, m map[K]V) (vs []V) {
	for _, k := range keys {
		vs = append(vs, m[k])
	}
	return vs
}

// slice compares what a call returns.
func slice[V any](q *inquiry, what string, got []V, err error, want []V) {
	q.t.Helper()
	if !q.bad(err) && !reflect.DeepEqual(got, want) {
		q.t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// interrogate asks a ledger for everything: each answer is the model's or
// ErrCorrupt. It returns the number of errors.
func interrogate(t fatal, l *Ledger, m *model) int {
	t.Helper()
	q := &inquiry{t: t}
	if id, found, err := l.Identity(); !q.bad(err) && (!found || id != m.id) {
		t.Fatalf("identity %v, %v", id, found)
	}
	if h, err := l.Head(); !q.bad(err) && !reflect.DeepEqual(h, m.head) {
		t.Fatalf("head:\n%s", cmp.Diff(m.head, h))
	}
	for seq := range m.head.NextSeq + 2 {
		one(q, "transfer", l.Transfer, seq, m.transfers)
	}
	for id := range m.entries {
		one(q, "ID", l.ByID, id, m.entries)
	}
	for id := range m.seen {
		one(q, "ID", l.ByID, id, m.entries)
	}
	one(q, "ID", l.ByID, TransferID{1}, m.entries)
	queued := func(p place) (Queued, bool, error) { return l.Queued(p.from, p.nonce) }
	for _, p := range append(places(m.queue), place{0, 1}, place{1, 1 << 30}) {
		one(q, "queued", queued, p, m.queue)
	}
	for number := m.id.Base; number <= m.head.Batch+1; number++ {
		one(q, "batch", l.Batch, number, m.batches)
		one(q, "sealed", l.Sealed, number, m.sealed)
		one(q, "published", l.Published, number, m.published)
		one(q, "proof", l.Proof, number, m.proofs)
	}
	seqs := ordered(m.transfers)
	for _, r := range [][2]int{{0, len(seqs)}, {len(seqs) / 3, len(seqs) / 2}} {
		all(q, "transfers", l.Transfers(uint64(r[0])+1, uint64(r[1])+1), values(seqs[r[0]:r[1]], m.transfers))
	}
	all(q, "transfers", l.Transfers(0, 1<<64-1), values(seqs, m.transfers))
	all(q, "queue", l.AllQueued(), values(places(m.queue), m.queue))
	deposits, exits, openings := ordered(m.deposits), ordered(m.exits), ordered(m.openings)
	for _, n := range []int{0, 1, len(deposits) / 2, len(deposits)} {
		n = min(n, len(deposits))
		all(q, "deposits", l.Deposits(m.id.BaseDeposits+uint64(n)), values(deposits[n:], m.deposits))
		n = min(n, len(exits))
		all(q, "forced exits", l.ForcedExits(m.id.BaseExits+uint64(n)), values(exits[n:], m.exits))
		if n < len(openings) {
			all(q, "openings", l.Openings(openings[n]), values(openings[n:], m.openings))
		}
	}
	all(q, "reserved", l.Reserved(), values(ordered(m.reserved), m.reserved))
	all(q, "openings", l.Openings(0), values(openings, m.openings))
	m.batchPages(q, l)
	m.histories(q, l)
	m.directory(q, l)
	return q.errs
}

// batchPages asks for batches, newest first, and by pages.
func (m *model) batchPages(q *inquiry, l *Ledger) {
	q.t.Helper()
	newest := ordered(m.batches)
	var want []Batch
	for i := len(newest) - 1; i >= 0; i-- {
		want = append(want, m.batches[newest[i]])
	}
	got, err := l.Batches(m.head.Batch+1, 1000)
	slice(q, "batches", got, err, want)
	if len(want) < 2 {
		return
	}
	got, err = l.Batches(want[0].Number, 3)
	slice(q, "batches but the newest", got, err, want[1:min(4, len(want))])
}

// histories asks for every account's history, whole and by pages.
func (m *model) histories(q *inquiry, l *Ledger) {
	q.t.Helper()
	want := map[protocol.Index][]uint64{7777: nil}
	for seq := m.head.NextSeq; seq > 0; seq-- {
		t, ok := m.transfers[seq]
		if !ok {
			continue
		}
		from, to := t.Signed.From, t.Signed.To
		want[from] = append(want[from], seq)
		if to != 0 && to != from {
			want[to] = append(want[to], seq)
		}
	}
	for i, seqs := range want {
		got, err := l.History(i, 1<<64-1, 1<<20)
		slice(q, "history", got, err, seqs)
		if len(seqs) > 2 {
			got, err = l.History(i, seqs[0], 2)
			slice(q, "a page of history", got, err, seqs[1:min(3, len(seqs))])
		}
	}
	got, err := l.History(0, 1<<64-1, 1<<20)
	slice(q, "history of nobody", got, err, want[0])
}

// directory asks for every account and every owner.
func (m *model) directory(q *inquiry, l *Ledger) {
	q.t.Helper()
	newest := make(map[holding]protocol.Index)
	owned := make(map[protocol.Owner][]protocol.Index)
	for _, h := range holdings(m.accounts) {
		owned[h.owner] = append(owned[h.owner], h.index)
		h, i := holding{0, h.key, h.owner, h.token}, h.index
		newest[h] = i
	}
	find := func(h holding) (protocol.Index, bool, error) { return l.FindAccount(h.key, h.owner, h.token) }
	for h := range newest {
		one(q, "account", find, h, newest)
	}
	one(q, "account", find, holding{key: protocol.PublicKey{X: fr.One()}, token: 1<<32 - 1}, newest)
	for owner, indices := range owned {
		got, err := l.AccountsOf(owner, 0, 1000)
		slice(q, "accounts", got, err, indices)
		got, err = l.AccountsOf(owner, indices[0], 2)
		var rest []protocol.Index
		rest = append(rest, indices[1:min(3, len(indices))]...)
		slice(q, "a page of accounts", got, err, rest)
	}
}
