package mempool

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
)

// Entry is a transfer that waits.
type Entry struct {
	ID       [32]byte // names the message; two different ones have different IDs
	Signed   protocol.SignedTransfer
	Received uint64 // Unix milliseconds
}

// Removed is an entry that left the pool, and why.
type Removed struct {
	Entry  Entry
	Reason Reason
}

// Added is what an entry did to the pool besides entering it.
type Added struct {
	// Removed has the entry that had to leave, if one had to: the one that was
	// replaced, or the one that made room.
	Removed []Removed
}

// Pool holds transfers that wait, by account and nonce. It is not safe for
// concurrent use.
type Pool struct {
	limits   Limits
	accounts map[protocol.Index]*account
	ids      map[[32]byte]*waiting
	farthest order[account] // the next to make room in a full pool
	oldest   order[waiting] // the next to time out
	expiring order[waiting] // the next to expire
}

// account is one with at least one waiting transfer.
type account struct {
	index   protocol.Index
	nonce   uint64   // as far as the pool was told
	waiting []queued // by nonce; none once it has left the pool
}

// queued is a transfer beside its nonce, which is looked for without following
// pointers.
type queued struct {
	nonce uint64
	*waiting
}

// waiting is a transfer in the pool, or that was.
type waiting struct {
	Entry
	left bool
}

// New returns an empty pool with limits that are valid.
func New(limits Limits) *Pool {
	p := &Pool{
		limits:   limits.WithDefaults(),
		accounts: make(map[protocol.Index]*account),
		ids:      make(map[[32]byte]*waiting),
	}
	count := func() int { return len(p.ids) }
	items := func() iter.Seq[*waiting] { return maps.Values(p.ids) }
	p.farthest = order[account]{
		key:   (*account).farthest,
		count: func() int { return len(p.accounts) },
		items: func() iter.Seq[*account] { return maps.Values(p.accounts) },
	}
	p.oldest = order[waiting]{key: (*waiting).age, count: count, items: items}
	p.expiring = order[waiting]{key: (*waiting).expiry, count: count, items: items}
	return p
}

// age sorts by the time at which transfers came.
func (w *waiting) age() (key, bool) {
	return key{w.Received, uint64(w.Signed.From), w.Signed.Nonce}, !w.left
}

// expiry sorts by the last batch that may take a transfer.
func (w *waiting) expiry() (key, bool) {
	return key{uint64(w.Signed.ValidUntil), uint64(w.Signed.From), w.Signed.Nonce}, !w.left
}

// farthest sorts accounts by the distance of their farthest transfers, then by
// the time at which those came, then by index, each from the greatest down.
func (a *account) farthest() (key, bool) {
	if len(a.waiting) == 0 {
		return key{}, false
	}
	last := a.last()
	return key{^a.distance(last.Signed.Nonce), ^last.Received, ^uint64(a.index)}, true
}

func (a *account) last() *waiting { return a.waiting[len(a.waiting)-1].waiting }

// distance is how many transfers have to be executed before the one of a nonce.
func (a *account) distance(nonce uint64) uint64 { return nonce - min(nonce, a.nonce) }

// find returns where the transfer of a nonce is, or would be.
func (a *account) find(nonce uint64) (int, bool) {
	return slices.BinarySearchFunc(a.waiting, nonce, func(q queued, nonce uint64) int {
		return cmp.Compare(q.nonce, nonce)
	})
}

// Add adds a transfer. Its signature and format have been checked; accountNonce
// is its account's by now. On an error, which wraps one of this package's, the
// entry is not added and nothing else has left.
func (p *Pool) Add(entry Entry, accountNonce uint64) (Added, error) {
	t := &entry.Signed.Transfer
	if err := p.fresh(&entry, accountNonce); err != nil {
		return Added{}, err
	}
	distance := t.Nonce - accountNonce
	if distance > p.limits.NonceWindow {
		return Added{}, fmt.Errorf("%w: signed for nonce %d, account %d is at %d and %d is the last that may wait",
			ErrNonceTooFar, t.Nonce, t.From, accountNonce, accountNonce+p.limits.NonceWindow)
	}
	p.setNonce(t.From, accountNonce)

	if a := p.accounts[t.From]; a != nil {
		if i, found := a.find(t.Nonce); found {
			old := a.waiting[i].waiting
			if needed := replacementFee(&old.Signed.Fee); t.Fee.Lt(&needed) {
				return Added{}, fmt.Errorf("%w: account %d, nonce %d, fee %s; to replace it, offer a fee of at least %s",
					ErrUnderpriced, t.From, t.Nonce, old.Signed.Fee.Dec(), needed.Dec())
			}
			return p.exchange(entry, old, accountNonce, Replaced), nil
		}
		if len(a.waiting) >= p.limits.MaxPerAccount {
			last := a.last()
			if last.Signed.Nonce < t.Nonce {
				return Added{}, fmt.Errorf("%w: %d of account %d, up to nonce %d", ErrAccountFull, len(a.waiting), t.From, last.Signed.Nonce)
			}
			return p.exchange(entry, last, accountNonce, AccountFull), nil
		}
	}
	if len(p.ids) >= p.limits.MaxTotal {
		a := p.farthest.first()
		last := a.last()
		if a.distance(last.Signed.Nonce) <= distance {
			return Added{}, fmt.Errorf("%w: %d, none with more missing before it than the %d of this one", ErrFull, len(p.ids), distance)
		}
		return p.exchange(entry, last, accountNonce, Full), nil
	}
	p.insert(entry, accountNonce)
	return Added{}, nil
}

// Restore adds a transfer that was taken on before, though it be one more than the
// limits allow: they are for what comes anew. Nothing makes room for it, and nothing
// is exchanged for it. Errors are as those of [Pool.Add].
func (p *Pool) Restore(entry Entry, accountNonce uint64) (Added, error) {
	t := &entry.Signed.Transfer
	if err := p.fresh(&entry, accountNonce); err != nil {
		return Added{}, err
	}
	if p.lookUp(t.From, t.Nonce) != nil {
		return Added{}, fmt.Errorf("%w: account %d, nonce %d", ErrUnderpriced, t.From, t.Nonce)
	}
	p.setNonce(t.From, accountNonce)
	p.insert(entry, accountNonce)
	return Added{}, nil
}

// fresh returns nil if a transfer is not there yet, and its nonce is not used.
func (p *Pool) fresh(entry *Entry, accountNonce uint64) error {
	t := &entry.Signed.Transfer
	if _, known := p.ids[entry.ID]; known {
		return fmt.Errorf("%w: %x", ErrKnown, entry.ID)
	}
	if t.Nonce < accountNonce {
		return fmt.Errorf("%w: signed for nonce %d, account %d is at %d", ErrNonceUsed, t.Nonce, t.From, accountNonce)
	}
	return nil
}

// exchange adds an entry in another's place.
func (p *Pool) exchange(entry Entry, old *waiting, accountNonce uint64, reason Reason) Added {
	p.remove(old)
	p.insert(entry, accountNonce)
	return Added{Removed: []Removed{{old.Entry, reason}}}
}

// replacementFee returns the least fee that can be published and exceeds another
// by ReplacementPercent percent, and by something.
func replacementFee(old *protocol.Amount) protocol.Amount {
	var more, hundred protocol.Amount
	hundred.SetUint64(100)
	more.Mul(old, uint256.NewInt(ReplacementPercent)) // a fee has 128 bits
	more.AddUint64(&more, 99).Div(&more, &hundred)
	if more.IsZero() {
		more.SetOne()
	}
	more.Add(&more, old)
	_, above := protocol.NearestFees(&more)
	if above.Lt(&more) {
		return more // beyond the largest fee: nothing replaces that
	}
	return above
}

// insert adds an entry for which there is room.
func (p *Pool) insert(entry Entry, accountNonce uint64) {
	w := &waiting{Entry: entry}
	p.ids[entry.ID] = w
	p.oldest.add(w)
	p.expiring.add(w)
	from := entry.Signed.From
	a := p.accounts[from]
	if a == nil {
		a = &account{index: from, nonce: accountNonce}
		p.accounts[from] = a
	}
	i, _ := a.find(entry.Signed.Nonce)
	a.waiting = slices.Insert(a.waiting, i, queued{entry.Signed.Nonce, w})
	if a.last() == w {
		p.farthest.add(a)
	}
}

// remove takes an entry out of the pool.
func (p *Pool) remove(w *waiting) {
	w.left = true
	delete(p.ids, w.ID)
	a := p.accounts[w.Signed.From]
	wasLast := a.last() == w
	i, _ := a.find(w.Signed.Nonce)
	a.waiting = slices.Delete(a.waiting, i, i+1)
	switch {
	case len(a.waiting) == 0:
		delete(p.accounts, a.index)
	case wasLast:
		p.farthest.add(a)
	}
}

// setNonce notes an account's nonce, if any of its transfers wait.
func (p *Pool) setNonce(from protocol.Index, nonce uint64) {
	if a := p.accounts[from]; a != nil && a.nonce != nonce {
		a.nonce = nonce
		p.farthest.add(a)
	}
}

// Executed says that an account's nonce is now this one, and returns its
// transfers of lower nonces, which have left. It has to be called whenever a
// nonce changes, for distances to be true; a nonce may also go back, where the
// caller's state does.
func (p *Pool) Executed(from protocol.Index, nonce uint64) []Removed {
	p.setNonce(from, nonce)
	var removed []Removed
	for a := p.accounts[from]; a != nil && a.waiting[0].nonce < nonce; a = p.accounts[from] {
		removed = append(removed, p.take(a.waiting[0].waiting, NonceUsed))
	}
	return removed
}

// take removes an entry for a reason.
func (p *Pool) take(w *waiting, reason Reason) Removed {
	p.remove(w)
	return Removed{w.Entry, reason}
}

// Expire removes, and returns, what no batch from nextBatch on may take, by
// increasing ValidUntil, and what has waited too long by now (Unix milliseconds),
// the oldest first.
func (p *Pool) Expire(nextBatch uint32, now uint64) []Removed {
	var removed []Removed
	for w := p.expiring.first(); w != nil && w.Signed.ValidUntil < nextBatch; w = p.expiring.first() {
		removed = append(removed, p.take(w, Expired))
	}
	ttl := uint64(p.limits.TTL.Milliseconds())
	for w := p.oldest.first(); w != nil && w.Received < now && now-w.Received >= ttl; w = p.oldest.first() {
		removed = append(removed, p.take(w, TimedOut))
	}
	return removed
}

// Remove takes a transfer out, once it was executed or found invalid, and returns
// it; false if it is not there.
func (p *Pool) Remove(from protocol.Index, nonce uint64) (Entry, bool) {
	w := p.lookUp(from, nonce)
	if w == nil {
		return Entry{}, false
	}
	p.remove(w)
	return w.Entry, true
}

// Next returns the transfer of an account that has a nonce, the account's by now,
// if it waits.
func (p *Pool) Next(from protocol.Index, nonce uint64) (Entry, bool) {
	if w := p.lookUp(from, nonce); w != nil {
		return w.Entry, true
	}
	return Entry{}, false
}

func (p *Pool) lookUp(from protocol.Index, nonce uint64) *waiting {
	if a := p.accounts[from]; a != nil {
		if i, found := a.find(nonce); found {
			return a.waiting[i].waiting
		}
	}
	return nil
}

// Get returns the transfer of an ID, if it waits.
func (p *Pool) Get(id [32]byte) (Entry, bool) {
	if w := p.ids[id]; w != nil {
		return w.Entry, true
	}
	return Entry{}, false
}

// Has says whether any transfer of an account waits.
func (p *Pool) Has(from protocol.Index) bool { return p.accounts[from] != nil }

// Of returns the transfers of an account, by increasing nonce.
func (p *Pool) Of(from protocol.Index) []Entry {
	a := p.accounts[from]
	if a == nil {
		return nil
	}
	entries := make([]Entry, len(a.waiting))
	for i, w := range a.waiting {
		entries[i] = w.Entry
	}
	return entries
}

// Senders returns the accounts of which transfers wait, in increasing order. It
// sorts them.
func (p *Pool) Senders() []protocol.Index { return slices.Sorted(maps.Keys(p.accounts)) }

// Len returns how many transfers wait.
func (p *Pool) Len() int { return len(p.ids) }
