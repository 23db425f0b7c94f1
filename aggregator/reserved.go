package aggregator

import (
	"slices"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// reserved are the indices of accounts that were opened once and are not there any
// more, since layer 1 took back what opened them. Transfers name accounts by index
// alone: whoever has seen one may have signed transfers to it, which must never pay
// somebody else. So an index is one account's for ever, and if that is opened again
// it gets the one that it had.
type reserved struct {
	of  map[accountName][]protocol.Index // by increasing index
	end protocol.Index                   // above all of them
}

// loadReserved reads them.
func (e *Engine) loadReserved() error {
	e.reserved = reserved{of: make(map[accountName][]protocol.Index)}
	for r, err := range e.led.Reserved() {
		if err != nil {
			return err
		}
		e.reserved.add(accountName{r.Key, r.Owner, r.Token}, r.Index)
	}
	return nil
}

func (s *reserved) add(name accountName, i protocol.Index) {
	all := s.of[name]
	at, _ := slices.BinarySearch(all, i)
	s.of[name] = slices.Insert(all, at, i)
	s.end = max(s.end, i+1)
}

// remove returns false if an index is not among them.
func (s *reserved) remove(name accountName, i protocol.Index) bool {
	all := s.of[name]
	at, found := slices.BinarySearch(all, i)
	switch {
	case !found:
		return false
	case len(all) == 1:
		delete(s.of, name)
	default:
		s.of[name] = slices.Delete(all, at, at+1)
	}
	return true
}

// letGo takes an account out of the directory, whose opening is undone, and keeps
// its index for it.
func (e *Engine) letGo(c *change, name accountName, i protocol.Index) {
	c.DeleteAccount(i, name.key, name.owner, name.token)
	c.Reserve(&ledger.Reserved{Index: i, Key: name.key, Owner: name.owner, Token: name.token})
	e.reserved.add(name, i)
}

// place is the index that an account gets which is opened: the one that it had, else
// the lowest that no account ever had.
func (f *filler) place(name accountName) protocol.Index {
	if had := f.e.reserved.of[name]; len(had) > 0 {
		return had[0]
	}
	return max(f.o.record.NextIndex, f.e.reserved.end)
}
