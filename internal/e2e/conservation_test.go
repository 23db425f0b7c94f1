package e2e

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/protocol"
)

// conserved checks, of a rollup without pending batches, that for each token the
// contract has exactly what it owes: the balances of all accounts, the deposits
// that no batch took, what can be claimed, and the fees of what waits. It is asked
// after every batch that is settled; more would be a loss for somebody, less a
// theft.
func (o *operator) conserved() {
	w := o.w
	w.Helper()
	ctx := w.Context()
	lanes := w.lanes()
	accounts := o.accounts()
	owners := map[common.Address]bool{{}: true} // what is burned is the zero address's
	for _, p := range w.people {
		owners[p.Address()] = true
	}
	for _, a := range accounts {
		owners[common.Address(a.Owner)] = true
	}
	for _, d := range lanes.Deposits {
		owners[common.Address(d.Deposit.Owner)] = true
	}
	for _, token := range []protocol.Token{ether, coin} {
		owed := new(big.Int)
		for _, a := range accounts {
			if a.Token == token {
				owed.Add(owed, a.Balance.ToBig())
			}
		}
		for _, d := range lanes.Deposits[o.tip.DepositsEnd:] {
			if d.Deposit.Token == token {
				owed.Add(owed, d.Deposit.Amount.ToBig())
			}
		}
		for owner := range owners {
			owed.Add(owed, must(w.rollup.Claimable(ctx, token, owner))(w))
		}
		if token == ether {
			for _, lane := range protocol.Lanes() {
				owed.Add(owed, must(w.rollup.LaneState(ctx, lane))(w).Escrow)
			}
		}
		held := w.book.balance(w.rollup.Address(), token)
		if held.Cmp(owed) != 0 {
			w.Errorf("after batch %d the contract has %v of token %d, and owes %v", o.tip.Number, held, token, owed)
		}
		if locked := must(w.rollup.Token(ctx, token))(w).Locked; locked.Cmp(held) != 0 {
			w.Errorf("after batch %d the contract counts %v of token %d as locked, and has %v", o.tip.Number, locked, token, held)
		}
	}
}
