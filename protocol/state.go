package protocol

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// State is what the rules read and write: accounts by index. An absent account
// is false with no error; an error means that the state could not be read or
// written, never that an operation is invalid. Accounts are never removed.
//
// Implementations need not be safe for concurrent use unless they say so.
type State interface {
	// Account returns the account at an index and whether it exists.
	Account(Index) (Account, bool, error)
	// SetAccount creates or replaces the account at an index.
	SetAccount(Index, Account) error
}

// Validate returns [ErrWidth] unless the nonce and the balance are within their
// widths, which is what makes the account's leaf its own.
func (a *Account) Validate() error {
	if a.Nonce > MaxNonce {
		return fmt.Errorf("%w: nonce %d has more than %d bits", ErrWidth, a.Nonce, NonceBits)
	}
	return checkWidth("balance", &a.Balance)
}

// checkWidth returns ErrWidth unless the amount is below 2^128.
func checkWidth(what string, x *Amount) error {
	if x.BitLen() > BalanceBits {
		return fmt.Errorf("%w: %s %s has more than %d bits", ErrWidth, what, x.Dec(), BalanceBits)
	}
	return nil
}

// MemoryState is a State in a map, for tests, tools and small demonstrations.
// It is not safe for concurrent use.
type MemoryState struct {
	accounts map[Index]Account
}

// NewMemoryState returns a state without accounts.
func NewMemoryState() *MemoryState {
	return &MemoryState{accounts: make(map[Index]Account)}
}

// Account implements [State]. It never fails.
func (m *MemoryState) Account(i Index) (Account, bool, error) {
	a, ok := m.accounts[i]
	return a, ok, nil
}

// SetAccount implements [State]. It refuses index 0 and accounts that are out of
// their widths.
func (m *MemoryState) SetAccount(i Index, a Account) error {
	if i == 0 {
		return ErrReservedIndex
	}
	if err := a.Validate(); err != nil {
		return fmt.Errorf("account %d: %w", i, err)
	}
	m.accounts[i] = a
	return nil
}

// Clone returns an independent copy.
func (m *MemoryState) Clone() *MemoryState {
	return &MemoryState{accounts: maps.Clone(m.accounts)}
}

// Len returns the number of accounts.
func (m *MemoryState) Len() int { return len(m.accounts) }

// All yields the accounts by increasing index.
func (m *MemoryState) All() iter.Seq2[Index, Account] { return inOrder(m.accounts) }

// Overlay is a State that keeps its writes to itself until they are flushed, so
// that a batch can be tried and dropped, or applied as a whole.
type Overlay struct {
	base    State
	changed map[Index]Account
}

// NewOverlay returns an overlay without writes of its own. The base must not
// change while the overlay is in use.
func NewOverlay(base State) *Overlay {
	return &Overlay{base: base, changed: make(map[Index]Account)}
}

// Account implements [State]: the overlay's own write, else the base's account.
func (o *Overlay) Account(i Index) (Account, bool, error) {
	if a, ok := o.changed[i]; ok {
		return a, true, nil
	}
	return o.base.Account(i)
}

// SetAccount implements [State]. The base is not touched.
func (o *Overlay) SetAccount(i Index, a Account) error {
	o.changed[i] = a
	return nil
}

// Changes yields the accounts written since the last Flush or Discard, by
// increasing index. An account written back to its old value is among them.
func (o *Overlay) Changes() iter.Seq2[Index, Account] { return inOrder(o.changed) }

// Flush writes the changes to the base, by increasing index. If the base fails
// midway it may hold some of them; a base that must not be torn takes Changes
// and commits them in one transaction of its own.
func (o *Overlay) Flush() error {
	for i, a := range o.Changes() {
		if err := o.base.SetAccount(i, a); err != nil {
			return fmt.Errorf("write account %d: %w", i, err)
		}
	}
	o.Discard()
	return nil
}

// Discard forgets the changes.
func (o *Overlay) Discard() { clear(o.changed) }

func inOrder(m map[Index]Account) iter.Seq2[Index, Account] {
	return func(yield func(Index, Account) bool) {
		for _, i := range slices.Sorted(maps.Keys(m)) {
			if !yield(i, m[i]) {
				return
			}
		}
	}
}
