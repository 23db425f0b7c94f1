package batch_test

import (
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
)

// The accounts of the example world, by index. Their keys' secrets and the
// first byte of their owners are the index as well.
const (
	alice     protocol.Index = 5      // token 3, balance 1000, nonce 5
	collector protocol.Index = 7      // token 3, balance 0: collects token 3's fees
	opened    protocol.Index = 12     // absent; the example opens it
	credited  protocol.Index = 13     // absent; the example's deposit opens it
	carol     protocol.Index = 20     // token 4, balance 500
	dave      protocol.Index = 21     // token 4, balance 70
	spent     protocol.Index = 30     // token 3, balance 9, nonce exhausted
	rich      protocol.Index = 31     // token 3, balance 2^128 − 1
	bob       protocol.Index = 900000 // token 3, balance 50
	nobody    protocol.Index = 40     // absent
)

func owner(i protocol.Index) protocol.Owner {
	return protocol.Owner{19: byte(i), 18: byte(i >> 8), 17: byte(i >> 16)}
}

func amount(x uint64) protocol.Amount { return *uint256.NewInt(x) }

func maxAmount() protocol.Amount {
	var x protocol.Amount
	x.SetOne().Lsh(&x, protocol.BalanceBits).SubUint64(&x, 1)
	return x
}

// example returns a world and a valid batch with every kind of operation, and
// a padding slot of each.
func example() (*world, *protocol.Batch) {
	w := newWorld()
	for i, a := range map[protocol.Index]protocol.Account{
		alice:     {Token: 3, Nonce: 5, Balance: amount(1000)},
		collector: {Token: 3, Nonce: 1},
		carol:     {Token: 4, Nonce: 2, Balance: amount(500)},
		dave:      {Token: 4, Balance: amount(70)},
		spent:     {Token: 3, Nonce: protocol.MaxNonce, Balance: amount(9)},
		rich:      {Token: 3, Balance: maxAmount()},
		bob:       {Token: 3, Nonce: 8, Balance: amount(50)},
	} {
		a.Key, a.Owner = w.key(int64(i)), owner(i)
		if err := w.state.SetAccount(i, a); err != nil {
			panic(err)
		}
	}
	b := &protocol.Batch{
		RollupID: w.rollupID, Number: 9,
		Openings: []protocol.Opening{{Index: opened, Key: w.key(int64(opened)), Owner: owner(opened), Token: 3}},
		Deposits: []protocol.CreditedDeposit{{
			Deposit: protocol.Deposit{Key: w.key(int64(credited)), Owner: owner(credited), Token: 3, Amount: amount(300)},
			Index:   credited, Opened: true,
		}},
		ForcedExits: []protocol.ForcedExit{{Index: bob, Sender: owner(bob)}},
		FeeAccounts: []protocol.FeeAccount{{Token: 3, Index: collector}},
		Transfers: []protocol.SignedTransfer{
			w.transfer(alice, opened, 100, 2, 5),
			w.transfer(credited, 0, 299, 1, 0),
			w.transfer(alice, alice, 7, 0, 6),
		},
	}
	return w, b
}

// transfer is a signed transfer by the example's account from.
func (w *world) transfer(from, to protocol.Index, x, fee, nonce uint64) protocol.SignedTransfer {
	return w.sign(w.key(int64(from)), protocol.Transfer{
		From: from, To: to, Amount: amount(x), Fee: amount(fee), Nonce: nonce, ValidUntil: 1 << 20,
	})
}
