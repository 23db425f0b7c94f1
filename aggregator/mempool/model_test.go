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

// refill makes the pool that a store's entries come to, read in any order.
func refill(t *rapid.T, p *Pool, nonces map[protocol.Index]uint64, seed uint64) *Pool {
	entries := contents(p)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	again := New(p.limits)
	for _, e := range entries {
		if added, err := again.Add(e, nonces[e.Signed.From]); err != nil || len(added.Removed) > 0 {
			t.Fatalf("filled again: %+v, %v", added, err)
		}
	}
	return again
}

// TestModel runs random histories on a pool and on the model, and on a pool that
// is filled again from its contents now and then. All have to do and say the
// same. It also counts what became of every entry, on its own.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{
			MaxTotal:      rapid.IntRange(1, 24).Draw(t, "total"),
			MaxPerAccount: rapid.IntRange(1, 6).Draw(t, "per account"),
			NonceWindow:   rapid.Uint64Range(1, 10).Draw(t, "window"),
			TTL:           time.Duration(rapid.IntRange(1, 50).Draw(t, "TTL")) * time.Millisecond,
		}
		pool := New(limits)
		m := &model{limits: limits, nonces: make(map[protocol.Index]uint64)}
		fate := make(map[[32]byte]int) // 1: waits, 2: left
		left := func(removed []Removed) {
			for _, r := range removed {
				if fate[r.Entry.ID] != 1 {
					t.Fatalf("%+v leaves, and did not wait", r)
				}
				fate[r.Entry.ID] = 2
			}
		}
		equal := func(what string, want, got any) {
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("%s (-model +pool):\n%s", what, diff)
			}
		}
		now, batch, count := uint64(1000), uint32(10), uint32(0)
		account := rapid.Custom(func(t *rapid.T) protocol.Index { return protocol.Index(rapid.IntRange(1, 9).Draw(t, "account")) })

		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				from := account.Draw(t, "from")
				nonce := m.nonces[from]
				offset := rapid.Uint64Range(0, limits.NonceWindow+2).Draw(t, "offset")
				e := wait(from, nonce+offset-min(nonce, rapid.Uint64Range(0, 1).Draw(t, "below")), rapid.SampledFrom([]uint64{0, 1, 2, 3, 7, 10, 20}).Draw(t, "fee"))
				e.ID = [32]byte{}
				// Mostly a new message; sometimes one that was seen, or that waits.
				if len(m.waiting) > 0 && rapid.IntRange(0, 9).Draw(t, "again") == 0 {
					e = rapid.SampledFrom(m.waiting).Draw(t, "waiting")
				} else {
					count++
					e.ID[0], e.ID[1] = byte(count*167), byte(count>>8)
					e.ID[2] = byte(count)
					e.Received = now
					e.Signed.ValidUntil = batch + rapid.Uint32Range(0, 5).Draw(t, "valid for")
				}
				wantRemoved, wantErr := m.add(e, nonce)
				added, err := pool.Add(e, nonce)
				if !errors.Is(err, wantErr) {
					t.Fatalf("add %+v: %v, the model says %v", e, err, wantErr)
				}
				equal("made room", wantRemoved, added.Removed)
				left(added.Removed)
				if err == nil {
					if fate[e.ID] != 0 {
						t.Fatalf("%x is added twice", e.ID)
					}
					fate[e.ID] = 1
				}
			},
			"execute next": func(t *rapid.T) {
				from := account.Draw(t, "from")
				nonce := m.nonces[from]
				i := m.at(from, nonce)
				e, ok := pool.Next(from, nonce)
				if ok != (i >= 0) || ok && e != m.waiting[i] {
					t.Fatalf("next of account %d: %+v, %v", from, e, ok)
				}
				if !ok {
					return
				}
				m.take(i, 0)
				if got, ok := pool.Remove(from, nonce); !ok || got != e {
					t.Fatalf("remove: %+v, %v", got, ok)
				}
				fate[e.ID] = 2
				equal("executed", m.executed(from, nonce+1), pool.Executed(from, nonce+1))
			},
			"execute others": func(t *rapid.T) {
				from := account.Draw(t, "from")
				nonce := m.nonces[from] + rapid.Uint64Range(0, 3).Draw(t, "how many")
				removed := pool.Executed(from, nonce)
				equal("executed", m.executed(from, nonce), removed)
				left(removed)
			},
			"expire": func(t *rapid.T) {
				now += rapid.Uint64Range(0, 20).Draw(t, "time")
				batch += rapid.Uint32Range(0, 2).Draw(t, "batches")
				removed := pool.Expire(batch, now)
				equal("expired", m.expire(batch, now), removed)
				left(removed)
			},
			"restart": func(t *rapid.T) { pool = refill(t, pool, m.nonces, rapid.Uint64().Draw(t, "order")) },
			"": func(t *rapid.T) {
				want := slices.SortedFunc(slices.Values(m.waiting), byAccount)
				if len(want) == 0 {
					want = nil
				}
				equal("waiting", want, contents(pool))
				if n := pool.Len(); n != len(want) || n > limits.MaxTotal {
					t.Fatalf("%d wait, %d are there, %d may", n, len(want), limits.MaxTotal)
				}
				waits := 0
				for id, f := range fate {
					if _, ok := pool.Get(id); ok != (f == 1) {
						t.Fatalf("%x waits: %v", id, ok)
					}
					if f == 1 {
						waits++
					}
				}
				if waits != len(want) {
					t.Fatalf("%d entries have entered and not left, %d wait", waits, len(want))
				}
				for _, i := range pool.Senders() {
					own := pool.Of(i)
					if len(own) > limits.MaxPerAccount {
						t.Fatalf("account %d has %d", i, len(own))
					}
					for _, e := range own {
						if d := m.distance(e); d < 0 || uint64(d) > limits.NonceWindow {
							t.Fatalf("nonce %d of account %d waits, which is at %d", e.Signed.Nonce, i, m.nonces[i])
						}
					}
				}
			},
		})
	})
}
