package protocol

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
)

// diffStates compares memory states, which cmp cannot look into.
func diffStates(a, b *MemoryState) string { return cmp.Diff(a.accounts, b.accounts) }

func memoryState(t testing.TB, accounts map[Index]Account) *MemoryState {
	t.Helper()
	m := NewMemoryState()
	for i, a := range accounts {
		if err := m.SetAccount(i, a); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

var errStorage = errors.New("storage failed")

// brokenState fails to read or write one account.
type brokenState struct {
	State
	read, write Index
}

func (b *brokenState) Account(i Index) (Account, bool, error) {
	if i == b.read {
		return Account{}, false, errStorage
	}
	return b.State.Account(i)
}

func (b *brokenState) SetAccount(i Index, a Account) error {
	if i == b.write {
		return errStorage
	}
	return b.State.SetAccount(i, a)
}

func TestMemoryStateRefusesInvalidAccounts(t *testing.T) {
	m := NewMemoryState()
	var wide Amount
	wide.Lsh(uint256.NewInt(1), BalanceBits)
	for _, c := range []struct {
		index   Index
		account Account
		want    error
	}{
		{0, Account{}, ErrReservedIndex},
		{1, Account{Nonce: MaxNonce + 1}, ErrWidth},
		{1, Account{Balance: wide}, ErrWidth},
	} {
		if err := m.SetAccount(c.index, c.account); !errors.Is(err, c.want) {
			t.Errorf("account %d %+v: %v, want %v", c.index, c.account, err, c.want)
		}
	}
	if m.Len() != 0 {
		t.Errorf("%d accounts were written", m.Len())
	}
}

func TestCloneIsIndependent(t *testing.T) {
	m := memoryState(t, map[Index]Account{1: {Nonce: 1}})
	c := m.Clone()
	if err := c.SetAccount(1, Account{Nonce: 2}); err != nil {
		t.Fatal(err)
	}
	if a, _, _ := m.Account(1); a.Nonce != 1 {
		t.Error("a write to the clone reaches the original")
	}
}

func TestOverlay(t *testing.T) {
	base := memoryState(t, map[Index]Account{5: {Nonce: 5}, 6: {Nonce: 6}})
	before := base.Clone()
	o := NewOverlay(base)
	for _, i := range []Index{9, 5, 7} {
		if err := o.SetAccount(i, Account{Nonce: 100 + uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range map[Index]uint64{5: 105, 6: 6, 7: 107, 9: 109} {
		if a, ok, err := o.Account(i); a.Nonce != want || !ok || err != nil {
			t.Errorf("account %d: nonce %d, %v, %v", i, a.Nonce, ok, err)
		}
	}
	if _, ok, err := o.Account(8); ok || err != nil {
		t.Errorf("account 8: %v, %v", ok, err)
	}
	var order []Index
	for i := range o.Changes() {
		order = append(order, i)
	}
	if diff := cmp.Diff([]Index{5, 7, 9}, order); diff != "" {
		t.Error(diff)
	}
	if diff := diffStates(before, base); diff != "" {
		t.Errorf("the base changed before Flush:\n%s", diff)
	}
	if err := o.Flush(); err != nil {
		t.Fatal(err)
	}
	if a, _, _ := base.Account(7); a.Nonce != 107 || base.Len() != 4 {
		t.Error("Flush did not reach the base")
	}
	for i := range o.Changes() {
		t.Errorf("account %d is still changed after Flush", i)
	}

	broken := NewOverlay(&brokenState{State: base, write: 7})
	if err := broken.SetAccount(7, Account{}); err != nil {
		t.Fatal(err)
	}
	if err := broken.Flush(); !errors.Is(err, errStorage) {
		t.Errorf("failing base: %v", err)
	}
	broken.Discard()
	if a, _, _ := broken.Account(7); a.Nonce != 107 {
		t.Error("Discard left a change")
	}
}
