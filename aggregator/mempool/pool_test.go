package mempool

import (
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
)

// wait makes an entry whose ID tells apart all that these tests use.
func wait(from protocol.Index, nonce, fee uint64) Entry {
	e := Entry{Signed: protocol.SignedTransfer{Transfer: protocol.Transfer{
		From: from, To: 1, Fee: *uint256.NewInt(fee), Nonce: nonce, ValidUntil: 100,
	}}}
	binary.BigEndian.PutUint32(e.ID[:], uint32(from))
	binary.BigEndian.PutUint64(e.ID[4:], nonce)
	binary.BigEndian.PutUint64(e.ID[12:], fee)
	return e
}

// received sets when an entry came, in milliseconds.
func (e Entry) received(at uint64) Entry { e.Received = at; return e }

// until sets the last batch that may take an entry.
func (e Entry) until(batch uint32) Entry { e.Signed.ValidUntil = batch; return e }

func mustAdd(t testing.TB, p *Pool, e Entry, accountNonce uint64) {
	t.Helper()
	if added, err := p.Add(e, accountNonce); err != nil || len(added.Removed) > 0 {
		t.Fatalf("add nonce %d of account %d: %+v, %v", e.Signed.Nonce, e.Signed.From, added, err)
	}
}

// wantAll fails unless the pool holds exactly these, and finds them in each way.
func wantAll(t testing.TB, p *Pool, want ...Entry) {
	t.Helper()
	var got []Entry
	for _, i := range p.Senders() {
		if !p.Has(i) {
			t.Errorf("account %d is a sender that has nothing", i)
		}
		got = append(got, p.Of(i)...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("waiting (-want +got):\n%s", diff)
	}
	if p.Len() != len(want) {
		t.Errorf("%d wait, want %d", p.Len(), len(want))
	}
	for _, e := range want {
		if got, ok := p.Get(e.ID); !ok || got != e {
			t.Errorf("Get(%x) = %+v, %v", e.ID, got, ok)
		}
		if got, ok := p.Next(e.Signed.From, e.Signed.Nonce); !ok || got != e {
			t.Errorf("Next(%d, %d) = %+v, %v", e.Signed.From, e.Signed.Nonce, got, ok)
		}
	}
}

func wantRemoved(t testing.TB, got []Removed, want ...Removed) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
}

func TestInNonceOrder(t *testing.T) {
	p := New(Limits{})
	for _, nonce := range []uint64{7, 5, 9, 6} {
		mustAdd(t, p, wait(3, nonce, 1), 5)
	}
	mustAdd(t, p, wait(2, 0, 1), 0)
	wantAll(t, p, wait(2, 0, 1), wait(3, 5, 1), wait(3, 6, 1), wait(3, 7, 1), wait(3, 9, 1))

	if _, ok := p.Next(3, 8); ok {
		t.Error("nonce 8 waits, which nobody sent")
	}
	if _, ok := p.Next(4, 0); ok || p.Has(4) || p.Of(4) != nil {
		t.Error("account 4 has something")
	}
	if got, ok := p.Remove(3, 6); !ok || got != wait(3, 6, 1) {
		t.Errorf("Remove = %+v, %v", got, ok)
	}
	for _, gone := range []struct {
		from  protocol.Index
		nonce uint64
	}{{3, 6}, {3, 8}, {4, 0}} {
		if _, ok := p.Remove(gone.from, gone.nonce); ok {
			t.Errorf("nonce %d of account %d was there", gone.nonce, gone.from)
		}
	}
	if _, ok := p.Get(wait(3, 6, 1).ID); ok {
		t.Error("a removed entry is known by its ID")
	}
	// Another transfer used nonces 5 and 6.
	wantRemoved(t, p.Executed(3, 7), Removed{wait(3, 5, 1), NonceUsed})
	wantRemoved(t, p.Executed(3, 7))
	wantRemoved(t, p.Executed(4, 7))
	wantAll(t, p, wait(2, 0, 1), wait(3, 7, 1), wait(3, 9, 1))
	wantRemoved(t, p.Executed(3, 10), Removed{wait(3, 7, 1), NonceUsed}, Removed{wait(3, 9, 1), NonceUsed})
	if p.Has(3) {
		t.Error("account 3 has something left")
	}
}

func TestRefused(t *testing.T) {
	p := New(Limits{MaxTotal: 5, MaxPerAccount: 3, NonceWindow: 10})
	for _, nonce := range []uint64{0, 2, 3} {
		mustAdd(t, p, wait(1, nonce, 100), 0)
	}
	mustAdd(t, p, wait(2, 1, 0), 0)
	mustAdd(t, p, wait(3, 2, 0), 0)
	before := []Entry{wait(1, 0, 100), wait(1, 2, 100), wait(1, 3, 100), wait(2, 1, 0), wait(3, 2, 0)}
	other := wait(1, 0, 100) // the same message again
	for _, c := range []struct {
		name  string
		entry Entry
		nonce uint64 // of the account
		want  error
		says  string
	}{
		{"known", other, 0, ErrKnown, ""},
		{"nonce used", wait(4, 6, 1), 7, ErrNonceUsed, "account 4 is at 7"},
		{"first nonce beyond the window", wait(4, 18, 1), 7, ErrNonceTooFar, "17 is the last"},
		{"no overflow", wait(4, protocol.MaxNonce, 1), 7, ErrNonceTooFar, ""},
		{"fee 9 percent higher", wait(1, 2, 109), 0, ErrUnderpriced, "at least 200"},
		{"fee 10 percent higher that cannot be published", wait(1, 2, 110), 0, ErrUnderpriced, "at least 200"},
		{"lower fee", wait(1, 2, 99), 0, ErrUnderpriced, "at least 200"},
		{"equal fee of 0", wait(2, 1, 0).until(101).named(9), 0, ErrUnderpriced, "at least 1"},
		{"account full", wait(1, 4, 1000), 0, ErrAccountFull, "up to nonce 3"},
		{"as far as the farthest", wait(4, 10, 1000), 7, ErrFull, "the 3 of this one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			added, err := p.Add(c.entry, c.nonce)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v with %q", err, c.want, c.says)
			}
			wantRemoved(t, added.Removed)
			wantAll(t, p, before...)
		})
	}
}

// named gives an entry an ID of its own.
func (e Entry) named(n byte) Entry { e.ID[31] = n; return e }

func TestMakesRoom(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits Limits
		before []Entry
		add    Entry
		gone   Removed
	}{
		{
			"a higher fee replaces", Limits{MaxTotal: 2, MaxPerAccount: 2},
			[]Entry{wait(1, 0, 10), wait(1, 5, 10)}, wait(1, 0, 20), Removed{wait(1, 0, 10), Replaced},
		},
		{
			"a nearer one of the account", Limits{MaxTotal: 9, MaxPerAccount: 2},
			[]Entry{wait(1, 3, 10), wait(1, 5, 10), wait(2, 9, 1)}, wait(1, 4, 0), Removed{wait(1, 5, 10), AccountFull},
		},
		{
			"a nearer one of another account", Limits{MaxTotal: 3},
			[]Entry{wait(1, 0, 1), wait(1, 5, 1000), wait(2, 4, 1)}, wait(3, 4, 0), Removed{wait(1, 5, 1000), Full},
		},
		{
			"the farthest may be the account's own", Limits{MaxTotal: 2},
			[]Entry{wait(1, 0, 1), wait(2, 5, 1)}, wait(2, 4, 1), Removed{wait(2, 5, 1), Full},
		},
		{
			"of two as far, the one that came last", Limits{MaxTotal: 2},
			[]Entry{wait(2, 5, 1).received(7), wait(1, 5, 1).received(8)}, wait(3, 0, 1).received(9), Removed{wait(1, 5, 1).received(8), Full},
		},
		{
			"of two at once, the higher account", Limits{MaxTotal: 2},
			[]Entry{wait(2, 5, 1), wait(1, 5, 1)}, wait(3, 0, 1), Removed{wait(2, 5, 1), Full},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := New(c.limits)
			for _, e := range c.before {
				mustAdd(t, p, e, 0)
			}
			added, err := p.Add(c.add, 0)
			if err != nil {
				t.Fatal(err)
			}
			wantRemoved(t, added.Removed, c.gone)
			if _, ok := p.Get(c.gone.Entry.ID); ok || p.Len() != len(c.before) {
				t.Errorf("%d wait, the one that left among them: %v", p.Len(), ok)
			}
			if _, ok := p.Get(c.add.ID); !ok {
				t.Error("the new one does not wait")
			}
		})
	}
}

// What is far counts from the account's nonce, whoever says where that is.
func TestDistanceFollowsTheAccount(t *testing.T) {
	fill := func() *Pool {
		p := New(Limits{MaxTotal: 2})
		mustAdd(t, p, wait(1, 8, 1), 0)
		mustAdd(t, p, wait(2, 5, 1), 0)
		return p
	}
	for name, c := range map[string]struct {
		change func(p *Pool)
		gone   Entry
	}{
		"as added":             {func(*Pool) {}, wait(1, 8, 1)},
		"executed up to 4":     {func(p *Pool) { p.Executed(1, 4) }, wait(2, 5, 1)},
		"said so by a refused": {func(p *Pool) { _, _ = p.Add(wait(1, 8, 0).named(1), 4) }, wait(2, 5, 1)},
		"and back":             {func(p *Pool) { p.Executed(1, 4); p.Executed(1, 0) }, wait(1, 8, 1)},
	} {
		p := fill()
		c.change(p)
		added, err := p.Add(wait(3, 0, 1), 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantRemoved(t, added.Removed, Removed{c.gone, Full})
	}
}

func TestExpire(t *testing.T) {
	ttl := uint64(time.Minute.Milliseconds())
	fill := func() *Pool {
		p := New(Limits{TTL: time.Minute})
		mustAdd(t, p, wait(5, 0, 1).received(1000).until(8), 0)
		mustAdd(t, p, wait(4, 1, 1).received(1000).until(9), 0)
		mustAdd(t, p, wait(4, 0, 1).received(2000).until(7), 0)
		mustAdd(t, p, wait(3, 0, 1).received(1000).until(9), 0)
		return p
	}
	// Sorted as they are returned.
	expired7, expired8 := Removed{wait(4, 0, 1).received(2000).until(7), Expired}, Removed{wait(5, 0, 1).received(1000).until(8), Expired}
	old := func(e Entry) Removed { return Removed{e, TimedOut} }
	three, four := wait(3, 0, 1).received(1000).until(9), wait(4, 1, 1).received(1000).until(9)
	for _, c := range []struct {
		name  string
		batch uint32
		now   uint64
		want  []Removed
	}{
		{"nothing yet", 7, 1000 + ttl - 1, nil},
		{"a clock that went back", 7, 0, nil},
		{"the batch after the last", 8, 2000, []Removed{expired7}},
		{"two batches after", 9, 2000, []Removed{expired7, expired8}},
		{"the whole time", 9, 1000 + ttl, []Removed{expired7, expired8, old(three), old(four)}},
		{"the time alone", 0, 1000 + ttl, []Removed{old(three), old(four), old(expired8.Entry)}},
		{"all", 10, 1 << 60, []Removed{expired7, expired8, {three, Expired}, {four, Expired}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := fill()
			wantRemoved(t, p.Expire(c.batch, c.now), c.want...)
			wantRemoved(t, p.Expire(c.batch, c.now))
			if p.Len() != 4-len(c.want) {
				t.Errorf("%d wait", p.Len())
			}
		})
	}
}

func TestReplacementFee(t *testing.T) {
	power := func(e uint64) (x protocol.Amount) {
		x.Exp(uint256.NewInt(10), uint256.NewInt(e))
		return x
	}
	largest := power(31)
	largest.Mul(&largest, uint256.NewInt(7))
	beyond := power(30)
	beyond.Mul(&beyond, uint256.NewInt(77))
	big := power(29)
	big.Mul(&big, uint256.NewInt(7))
	bigger := power(30)
	for _, c := range []struct{ old, want protocol.Amount }{
		{*uint256.NewInt(0), *uint256.NewInt(1)},
		{*uint256.NewInt(1), *uint256.NewInt(2)},
		{*uint256.NewInt(7), *uint256.NewInt(10)},
		{*uint256.NewInt(10), *uint256.NewInt(20)},
		{*uint256.NewInt(60), *uint256.NewInt(70)},
		{big, bigger},
		{largest, beyond}, // no fee can be this: the largest is never replaced
	} {
		if got := replacementFee(&c.old); got != c.want {
			t.Errorf("to replace a fee of %s: %s, want %s", c.old.Dec(), got.Dec(), c.want.Dec())
		}
	}
}

func TestLimits(t *testing.T) {
	if got, want := (Limits{}).WithDefaults(), (Limits{100_000, 64, 64, time.Hour}); got != want {
		t.Errorf("defaults %+v", got)
	}
	given := Limits{1, 2, 3, time.Second}
	if got := given.WithDefaults(); got != given {
		t.Errorf("%+v became %+v", given, got)
	}
	for _, l := range []Limits{{}, given, {NonceWindow: protocol.MaxNonce, TTL: time.Millisecond}} {
		if err := l.Validate(); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
	err := Limits{-1, -1, protocol.MaxNonce + 1, -1}.Validate()
	for _, fault := range []string{"in all", "per account", "window", "at least 1 ms"} {
		if err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%q is not among the faults: %v", fault, err)
		}
	}
	if (Limits{TTL: time.Microsecond}).Validate() == nil {
		t.Error("a time below the clock's unit is accepted")
	}
}

func TestReasonsAreTold(t *testing.T) {
	seen := make(map[string]bool)
	for r := Replaced; r <= TimedOut; r++ {
		if text := r.String(); seen[text] || strings.HasPrefix(text, "reason") {
			t.Errorf("reason %d is told as %q", r, text)
		} else {
			seen[text] = true
		}
	}
}

// EntryBytes is what a place in a full pool takes at worst: when all that was in
// it has been exchanged, and the orders are about to drop what left.
func TestEntryBytes(t *testing.T) {
	const count = 30_000
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, perAccount := range []uint64{1, 50} {
		before := heap()
		p := New(Limits{})
		add := func(i, fee uint64) { mustAdd(t, p, wait(protocol.Index(i/perAccount), i%perAccount, fee), 0) }
		for i := range uint64(count) {
			add(i, 1)
		}
		fresh := (heap() - before) / count
		for i := range uint64(count - 1) {
			p.Remove(protocol.Index(i/perAccount), i%perAccount)
			add(i, 2)
		}
		worst := (heap() - before) / count
		t.Logf("%d transfers per account: %d bytes each, %d at worst", perAccount, fresh, worst)
		if worst > EntryBytes || worst < EntryBytes/2 {
			t.Errorf("%d transfers per account: %d bytes each at worst, EntryBytes is %d", perAccount, worst, EntryBytes)
		}
		runtime.KeepAlive(p)
	}
}

// TestRestore: what was taken on before is taken whatever the limits say, and
// pushes nothing out; what comes anew meets a pool that is full.
func TestRestore(t *testing.T) {
	p := New(Limits{MaxTotal: 2, MaxPerAccount: 1, NonceWindow: 1})
	for nonce := range uint64(5) {
		if added, err := p.Restore(wait(1, 10+nonce, 1), 10); err != nil || len(added.Removed) != 0 {
			t.Fatalf("nonce %d: %+v, %v", nonce, added, err)
		}
	}
	for name, c := range map[string]struct {
		entry Entry
		want  error
	}{
		"known": {wait(1, 12, 1), ErrKnown},
		"used":  {wait(1, 9, 1), ErrNonceUsed},
		"taken": {wait(1, 12, 1000), ErrUnderpriced},
	} {
		if _, err := p.Restore(c.entry, 10); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := p.Add(wait(2, 3, 1), 2); err != nil { // nearer than the farthest
		t.Error(err)
	}
	if p.Len() != 5 || len(p.Of(1)) != 4 {
		t.Errorf("%d wait, of account 1 %d", p.Len(), len(p.Of(1)))
	}
	if _, err := p.Add(wait(3, 5, 1), 1); !errors.Is(err, ErrNonceTooFar) {
		t.Error(err)
	}
	for _, e := range p.Of(1) {
		if _, ok := p.Remove(1, e.Signed.Nonce); !ok {
			t.Error("it was there")
		}
	}
}
