package statetree

import (
	"context"
	"sync"

	"github.com/quirezk/quire/protocol"
)

// AccountCache keeps accounts that were of use lately, for whoever reads the same
// ones again and again: finding one in the tree takes longer than most of what is
// done with it. It has two generations, of which the older is dropped when the
// younger is full. What it has is for its user to keep true. It is safe for
// concurrent use.
type AccountCache struct {
	half int

	mu         sync.Mutex
	young, old map[protocol.Index]protocol.Account
}

// NewAccountCache returns a cache of at most size accounts, at some 200 bytes each.
// It always has the last size/2 that were put or found.
func NewAccountCache(size int) *AccountCache {
	return &AccountCache{half: max(size/2, 1), young: make(map[protocol.Index]protocol.Account)}
}

// Get returns an account as it was put last, if it is there.
func (c *AccountCache) Get(i protocol.Index) (protocol.Account, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.young[i]; ok {
		return a, true
	}
	a, ok := c.old[i]
	if ok {
		c.keep(i, a)
	}
	return a, ok
}

// Put keeps an account, in the place of what was put under its index before.
func (c *AccountCache) Put(i protocol.Index, a protocol.Account) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(i, a)
}

// Load reads the accounts that the cache does not have from a snapshot, all at once.
// Errors are those of [Snapshot.Accounts].
func (c *AccountCache) Load(ctx context.Context, s *Snapshot, indices []protocol.Index) error {
	var missing []protocol.Index
	for _, i := range indices {
		if _, ok := c.Get(i); !ok {
			missing = append(missing, i)
		}
	}
	accounts, err := s.Accounts(ctx, missing)
	for i := range accounts {
		c.Put(accounts[i].Index, accounts[i].Account)
	}
	return err
}

// keep is Put with mu held.
func (c *AccountCache) keep(i protocol.Index, a protocol.Account) {
	if _, ok := c.young[i]; !ok && len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[protocol.Index]protocol.Account) // grows by and by: nobody waits for it
	}
	c.young[i] = a
}
