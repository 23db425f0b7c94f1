package mempool

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
	"github.com/quirezk/quire/protocol"
)

// model is a pool that searches through all it has for everything.
type model struct {
	limits  Limits
	nonces  map[protocol.Index]uint64
	waiting []Entry
}

func (m *model) index(match func(Entry) bool) int { return slices.IndexFunc(m.waiting, match) }

func (m *model) at(from protocol.Index, nonce uint64) int {
	return m.index(func(e Entry) bool { return e.Signed.From == from && e.Signed.Nonce == nonce })
}

func (m *model) take(i int, reason Reason) Removed {
	e := m.waiting[i]
	m.waiting = slices.Delete(m.waiting, i, i+1)
	return Removed{e, reason}
}

// distance is negative for what the account is past.
func (m *model) distance(e Entry) int64 {
	return int64(e.Signed.Nonce) - int64(m.nonces[e.Signed.From])
}

func (m *model) add(e Entry, nonce uint64) (removed []Removed, err error) {
	from := e.Signed.From
	if m.index(func(w Entry) bool { return w.ID == e.ID }) >= 0 {
		return nil, ErrKnown
	}
	if e.Signed.Nonce < nonce {
		return nil, ErrNonceUsed
	}
	if e.Signed.Nonce > nonce+m.limits.NonceWindow {
		return nil, ErrNonceTooFar
	}
	m.nonces[from] = nonce
	var own []Entry
	for _, w := range m.waiting {
		if w.Signed.From == from {
			own = append(own, w)
		}
	}
	slices.SortFunc(own, func(a, b Entry) int { return cmp.Compare(a.Signed.Nonce, b.Signed.Nonce) })
	switch i := m.at(from, e.Signed.Nonce); {
	case i >= 0:
		old, fee := m.waiting[i].Signed.Fee.Uint64(), e.Signed.Fee.Uint64()
		if fee == old || fee*10 < old*11 {
			return nil, ErrUnderpriced
		}
		removed = append(removed, m.take(i, Replaced))
	case len(own) == m.limits.MaxPerAccount:
		last := own[len(own)-1]
		if last.Signed.Nonce < e.Signed.Nonce {
			return nil, ErrAccountFull
		}
		removed = append(removed, m.take(m.at(from, last.Signed.Nonce), AccountFull))
	case len(m.waiting) == m.limits.MaxTotal:
		worst := slices.MaxFunc(m.waiting, func(a, b Entry) int {
			return cmp.Or(
				cmp.Compare(m.distance(a), m.distance(b)),
				cmp.Compare(a.Received, b.Received),
				cmp.Compare(a.Signed.From, b.Signed.From),
			)
		})
		if m.distance(worst) <= m.distance(e) {
			return nil, ErrFull
		}
		removed = append(removed, m.take(m.at(worst.Signed.From, worst.Signed.Nonce), Full))
	}
	m.waiting = append(m.waiting, e)
	return removed, nil
}

func (m *model) executed(from protocol.Index, nonce uint64) (removed []Removed) {
	m.nonces[from] = nonce
	return m.takeAll(NonceUsed, func(e Entry) bool { return e.Signed.From == from && e.Signed.Nonce < nonce },
		func(a, b Entry) int { return 0 })
}

func (m *model) expire(batch uint32, now uint64) []Removed {
	removed := m.takeAll(Expired, func(e Entry) bool { return e.Signed.ValidUntil < batch },
		func(a, b Entry) int { return cmp.Compare(a.Signed.ValidUntil, b.Signed.ValidUntil) })
	ttl := uint64(m.limits.TTL.Milliseconds())
	return append(removed, m.takeAll(TimedOut, func(e Entry) bool { return e.Received+ttl <= now },
		func(a, b Entry) int { return cmp.Compare(a.Received, b.Received) })...)
}

// takeAll takes what matches, in an order, and else by account and nonce.
func (m *model) takeAll(reason Reason, match func(Entry) bool, order func(a, b Entry) int) (removed []Removed) {
	for i := 0; i < len(m.waiting); {
		if match(m.waiting[i]) {
			removed = append(removed, m.take(i, reason))
		} else {
			i++
		}
	}
	slices.SortFunc(removed, func(x, y Removed) int {
		return cmp.Or(order(x.Entry, y.Entry), byAccount(x.Entry, y.Entry))
	})
	return removed
}

func byAccount(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.Signed.From, b.Signed.From), cmp.Compare(a.Signed.Nonce, b.Signed.Nonce))
}

// contents are the pool's entries by account and nonce.
func contents(p *Pool) []Entry {
	var all []Entry
	for _, i := range p.Senders() {
		all = append(all, p.Of(i)...)
	}
	return all
}

// history is a pool and the model of it, to which the same happens. What happens
// is picked by choose, which returns a number below n.
type history struct {
	rapid.TB
	choose func(n int) int

	pool  *Pool
	model *model
	fate  map[[32]byte]int // 1: waits, 2: left
	now   uint64
	batch uint32
	count uint32 // of messages
}

func newHistory(t rapid.TB, choose func(n int) int) *history {
	limits := Limits{
		MaxTotal:      1 + choose(20),
		MaxPerAccount: 1 + choose(6),
		NonceWindow:   uint64(1 + choose(10)),
		TTL:           time.Duration(1+choose(50)) * time.Millisecond,
	}
	return &history{
		TB: t, choose: choose,
		pool: New(limits), model: &model{limits: limits, nonces: make(map[protocol.Index]uint64)},
		fate: make(map[[32]byte]int), now: 1000, batch: 10,
	}
}

func (h *history) account() protocol.Index { return protocol.Index(1 + h.choose(9)) }

func equal[E comparable](t rapid.TB, what string, model, pool []E) {
	t.Helper()
	if !slices.Equal(model, pool) {
		t.Fatalf("%s (-model +pool):\n%s", what, gocmp.Diff(model, pool))
	}
}

// left notes what left, which must be what leaves in the model.
func (h *history) left(what string, model, pool []Removed) {
	h.Helper()
	equal(h, what, model, pool)
	for _, r := range pool {
		if h.fate[r.Entry.ID] != 1 {
			h.Fatalf("%+v leaves, and did not wait", r)
		}
		h.fate[r.Entry.ID] = 2
	}
}

// add submits a transfer: mostly a new one that may wait.
func (h *history) add() {
	from := h.account()
	nonce := h.model.nonces[from]
	signed := nonce + uint64(h.choose(int(h.model.limits.NonceWindow)+2))
	if h.choose(20) == 0 {
		signed -= min(signed, 3)
	}
	e := wait(from, signed, []uint64{0, 1, 2, 3, 7, 10, 20}[h.choose(7)])
	h.count++
	// The IDs' order is not that in which they come.
	e.ID = [32]byte{byte(h.count * 167), byte(h.count), byte(h.count >> 8), byte(h.count >> 16)}
	e.Received = h.now
	e.Signed.ValidUntil = h.batch + uint32(h.choose(6))
	if waits := len(h.model.waiting); waits > 0 && h.choose(20) == 0 {
		e = h.model.waiting[h.choose(waits)]
	}
	want, wantErr := h.model.add(e, nonce)
	added, err := h.pool.Add(e, nonce)
	if !errors.Is(err, wantErr) {
		h.Fatalf("add %+v: %v, the model says %v", e, err, wantErr)
	}
	h.left("made room", want, added.Removed)
	if err == nil {
		if h.fate[e.ID] != 0 {
			h.Fatalf("%x is added twice", e.ID)
		}
		h.fate[e.ID] = 1
	}
}

// next executes an account's next transfer, if it waits.
func (h *history) next() {
	from := h.account()
	nonce := h.model.nonces[from]
	i := h.model.at(from, nonce)
	e, ok := h.pool.Next(from, nonce)
	if ok != (i >= 0) || ok && e != h.model.waiting[i] {
		h.Fatalf("next of account %d: %+v, %v", from, e, ok)
	}
	if !ok {
		return
	}
	removed := h.model.take(i, 0)
	if got, ok := h.pool.Remove(from, nonce); !ok || got != removed.Entry {
		h.Fatalf("remove: %+v, %v", got, ok)
	}
	h.fate[e.ID] = 2
	h.left("executed", h.model.executed(from, nonce+1), h.pool.Executed(from, nonce+1))
}

// others executes transfers of an account that did not wait.
func (h *history) others() {
	from := h.account()
	nonce := h.model.nonces[from] + uint64(h.choose(4))
	h.left("executed", h.model.executed(from, nonce), h.pool.Executed(from, nonce))
}

// expire lets time pass.
func (h *history) expire() {
	h.now += uint64(h.choose(20))
	h.batch += uint32(h.choose(3))
	h.left("expired", h.model.expire(h.batch, h.now), h.pool.Expire(h.batch, h.now))
}

// restart goes on with a new pool that gets the entries in any order.
func (h *history) restart() {
	entries := contents(h.pool)
	for i := range entries {
		j := i + h.choose(len(entries)-i)
		entries[i], entries[j] = entries[j], entries[i]
	}
	h.pool = New(h.pool.limits)
	for _, e := range entries {
		if added, err := h.pool.Add(e, h.model.nonces[e.Signed.From]); err != nil || len(added.Removed) > 0 {
			h.Fatalf("filled again: %+v, %v", added, err)
		}
	}
}

// check compares pool and model, and holds the pool to its limits.
func (h *history) check() {
	limits := h.model.limits
	want := slices.SortedFunc(slices.Values(h.model.waiting), byAccount)
	equal(h, "waiting", want, contents(h.pool))
	if n := h.pool.Len(); n != len(want) || n > limits.MaxTotal {
		h.Fatalf("%d wait, %d are there, %d may", n, len(want), limits.MaxTotal)
	}
	for _, n := range []int{len(h.pool.oldest.slots), len(h.pool.expiring.slots), len(h.pool.farthest.slots)} {
		if n > 2*max(limits.MaxTotal, minSlots) {
			h.Fatalf("an order remembers %d items, %d may be there", n, limits.MaxTotal)
		}
	}
	waits := 0
	for id, fate := range h.fate {
		if _, ok := h.pool.Get(id); ok != (fate == 1) {
			h.Fatalf("%x waits: %v", id, ok)
		}
		if fate == 1 {
			waits++
		}
	}
	if waits != len(want) {
		h.Fatalf("%d entries have entered and not left, %d wait", waits, len(want))
	}
	for _, i := range h.pool.Senders() {
		own := h.pool.Of(i)
		if len(own) > limits.MaxPerAccount {
			h.Fatalf("account %d has %d", i, len(own))
		}
		for _, e := range own {
			if d := h.model.distance(e); d < 0 || uint64(d) > limits.NonceWindow {
				h.Fatalf("nonce %d of account %d waits, which is at %d", e.Signed.Nonce, i, h.model.nonces[i])
			}
		}
	}
}

// TestModel runs short histories, which rapid shortens further when they fail.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		step := func(f func()) func(*rapid.T) { return func(*rapid.T) { f() } }
		t.Repeat(map[string]func(*rapid.T){
			"add": step(h.add), "add another": step(h.add), "execute next": step(h.next), "execute others": step(h.others),
			"expire": step(h.expire), "restart": step(h.restart), "": step(h.check),
		})
	})
}

// TestLongHistories runs long ones, in which pools are mostly full.
func TestLongHistories(t *testing.T) {
	for seed := range uint64(40) {
		h := newHistory(t, rand.New(rand.NewPCG(seed, 7)).IntN)
		for step := range 1500 {
			switch h.choose(40) {
			case 0, 1, 2:
				h.next()
			case 3:
				h.others()
			case 4:
				if h.choose(4) == 0 {
					h.expire()
				}
			case 5:
				if h.choose(40) == 0 {
					h.restart()
				}
			default:
				h.add()
			}
			if step%50 == 0 {
				h.check()
			}
		}
	}
}
