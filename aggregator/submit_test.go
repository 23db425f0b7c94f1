package aggregator

import (
	"errors"
	"testing"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
)

// TestDroppedInOneGroup sends again, in one group, what that group has dropped: the
// outcome is that of a group later.
func TestDroppedInOneGroup(t *testing.T) {
	for _, groups := range []int{1, 2} {
		b := newBench(t, nil)
		accounts := b.everybody()
		pay := func(to protocol.Index, nonce, fee uint64) Verified {
			return b.sign(1, protocol.Transfer{From: accounts[1], To: to, Amount: *uint256.NewInt(1), Fee: *uint256.NewInt(fee), Nonce: nonce})
		}
		nowhere, replaced := pay(99, 1, 1), pay(accounts[2], 2, 1)
		before := []Verified{nowhere, replaced, pay(accounts[2], 2, 5), pay(accounts[3], 0, 1), pay(accounts[3], 1, 1)}
		after := []Verified{nowhere, replaced}
		var outcomes []Outcome
		if groups == 1 {
			outcomes = b.submit(append(before, after...)...)
		} else {
			outcomes = append(b.submit(before...), b.submit(after...)...)
		}
		for i, want := range []struct {
			status Status
			err    error
		}{
			{StatusQueued, protocol.ErrNonceMismatch}, {StatusQueued, protocol.ErrNonceMismatch}, {StatusQueued, protocol.ErrNonceMismatch},
			{StatusExecuted, nil}, // and then the first is dropped: there is no such receiver
			{StatusExecuted, nil}, // and the third after it
			{StatusUnknown, ErrNonceTooLow}, {StatusUnknown, ErrNonceTooLow},
		} {
			if o := outcomes[i]; o.Status != want.status || !errors.Is(o.Err, want.err) {
				t.Errorf("in %d groups: transfer %d: %+v, want %+v", groups, i, o, want)
			}
		}
		if again := b.submit(pay(99, 3, 1)); !errors.Is(again[0].Err, protocol.ErrAccountAbsent) {
			t.Errorf("%+v", again)
		}
		// One that was dropped before its nonce was used is looked at anew.
		late := pay(99, 4, 1)
		again := b.submit(late, pay(accounts[2], 3, 1), late)
		if again[0].Status != StatusQueued || again[1].Status != StatusExecuted || !errors.Is(again[2].Err, protocol.ErrAccountAbsent) {
			t.Errorf("%+v", again)
		}
		if again = b.submit(late); !errors.Is(again[0].Err, protocol.ErrAccountAbsent) {
			t.Errorf("%+v", again)
		}
		b.close()
	}
}
