package e2e

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// book says what everybody is worth: what layer 1 has to have paid to each address
// in the end. It follows what the people of a world do, with rules of its own, and
// asks neither the rollup nor package protocol.
type book struct {
	w     *world
	worth map[protocol.Token]map[common.Address]*big.Int
	lanes [2]laneBook
	// start is what everybody had when the book was opened, of each token.
	start map[protocol.Token]map[common.Address]*big.Int
	// spent is what everybody has deposited of the ERC-20.
	spent map[common.Address]*big.Int
}

// laneBook is what a lane's waiting entries have paid.
type laneBook struct {
	waiting int64
	escrow  *big.Int
}

func newBook(w *world) *book {
	b := &book{
		w: w, worth: make(map[protocol.Token]map[common.Address]*big.Int),
		start: make(map[protocol.Token]map[common.Address]*big.Int), spent: make(map[common.Address]*big.Int),
	}
	for _, token := range []protocol.Token{ether, coin} {
		b.worth[token] = make(map[common.Address]*big.Int)
		b.start[token] = make(map[common.Address]*big.Int)
		for _, p := range w.people {
			b.start[token][p.Address()] = b.balance(p.Address(), token)
		}
	}
	for i := range b.lanes {
		b.lanes[i].escrow = new(big.Int)
	}
	for _, p := range w.people { // what was spent before is in the start
		p.gas.SetInt64(0)
		p.sent.SetInt64(0)
	}
	return b
}

// balance returns what an address has on layer 1.
func (b *book) balance(address common.Address, token protocol.Token) *big.Int {
	b.w.Helper()
	if token == ether {
		return must(b.w.chain.Balance(b.w.Context(), address))(b.w)
	}
	return must(b.w.coin.Balance(b.w.Context(), address))(b.w)
}

// add makes an address worth more, or less.
func (b *book) add(token protocol.Token, address common.Address, amount *big.Int) {
	sum, ok := b.worth[token][address]
	if !ok {
		sum = new(big.Int)
		b.worth[token][address] = sum
	}
	sum.Add(sum, amount)
}

// queued: an entry paid the fee of its lane: the base fee, doubled with every 64
// entries that wait.
func (b *book) queued(lane protocol.Lane) {
	l := &b.lanes[lane]
	l.escrow.Add(l.escrow, new(big.Int).Lsh(queueFee, uint(l.waiting/64)))
	l.waiting++
}

// deposited: whoever the deposit is for is worth it.
func (b *book) deposited(d *l1submit.Deposited) {
	b.queued(protocol.LaneDeposits)
	b.add(d.Deposit.Token, common.Address(d.Deposit.Owner), d.Deposit.Amount.ToBig())
	if d.Deposit.Token == coin {
		spent := b.spent[d.Payer]
		if spent == nil {
			spent = new(big.Int)
			b.spent[d.Payer] = spent
		}
		spent.Add(spent, d.Deposit.Amount.ToBig())
	}
}

// processed: batches that take the lanes from a state to these ends are proven. The
// operator earns the base fee of each entry; what the entries paid above that,
// as the average of all that waited, is burned.
func (b *book) processed(from l1submit.Finalized, depositsEnd, exitsEnd uint64) {
	for lane, taken := range [2]uint64{depositsEnd - from.DepositsEnd, exitsEnd - from.ExitsEnd} {
		if taken == 0 {
			continue
		}
		l, n := &b.lanes[lane], new(big.Int).SetUint64(taken)
		share := new(big.Int).Mul(l.escrow, n)
		share.Quo(share, big.NewInt(l.waiting))
		earned := new(big.Int).Mul(queueFee, n)
		b.add(ether, b.w.people[theOperator].Address(), earned)
		b.add(ether, common.Address{}, new(big.Int).Sub(share, earned))
		l.escrow.Sub(l.escrow, share)
		l.waiting -= int64(taken)
	}
}

// transferred: somebody paid somebody, and the operator a fee.
func (b *book) transferred(from, to int, token protocol.Token, amount, fee protocol.Amount) {
	total := new(big.Int).Add(amount.ToBig(), fee.ToBig())
	b.add(token, b.w.people[from].Address(), total.Neg(total))
	b.add(token, b.w.people[to].Address(), amount.ToBig())
	b.add(token, b.w.people[theOperator].Address(), fee.ToBig())
}

// frozen: who freezes earns what the waiting entries have paid.
func (b *book) frozen(by int) {
	for i := range b.lanes {
		b.add(ether, b.w.people[by].Address(), b.lanes[i].escrow)
	}
}

// refunded: a deposit went back to who paid it.
func (b *book) refunded(d *l1submit.Deposited) {
	amount := d.Deposit.Amount.ToBig()
	b.add(d.Deposit.Token, d.Payer, amount)
	b.add(d.Deposit.Token, common.Address(d.Deposit.Owner), new(big.Int).Neg(amount))
}

// paid returns what an address got from layer 1, by its balance: what it has above
// what it had, and what it spent meanwhile.
func (b *book) paid(p *person, token protocol.Token) *big.Int {
	b.w.Helper()
	paid := b.balance(p.Address(), token)
	paid.Sub(paid, b.start[token][p.Address()])
	if token == ether {
		paid.Add(paid, p.gas)
		return paid.Add(paid, p.sent)
	}
	if spent := b.spent[p.Address()]; spent != nil {
		paid.Add(paid, spent)
	}
	return paid
}

// claimed returns what the contract says it paid, by token and owner.
func (b *book) claimed() map[protocol.Token]map[common.Address]*big.Int {
	b.w.Helper()
	claimed := map[protocol.Token]map[common.Address]*big.Int{ether: {}, coin: {}}
	for _, event := range b.w.events(l1submit.KindClaimed) {
		e, ok := event.(*l1submit.Claimed)
		if !ok {
			b.w.Fatalf("event %T", event)
		}
		sum := claimed[e.Token][e.Owner]
		if sum == nil {
			sum = new(big.Int)
			claimed[e.Token][e.Owner] = sum
		}
		sum.Add(sum, e.Amount)
	}
	return claimed
}

// close checks that everybody was paid what they are worth, no more and no less,
// and that the contract has nothing left.
func (b *book) close() {
	b.w.Helper()
	claimed := b.claimed()
	for token, worth := range b.worth {
		for address, want := range worth {
			got := claimed[token][address]
			if got == nil {
				got = new(big.Int)
			}
			if got.Cmp(want) != 0 {
				b.w.Errorf("%s claimed %v of token %d, is worth %v", address, got, token, want)
			}
		}
		for address, got := range claimed[token] {
			if worth[address] == nil {
				b.w.Errorf("%s claimed %v of token %d, and is worth nothing", address, got, token)
			}
		}
		for _, p := range b.w.people {
			want := worth[p.Address()]
			if want == nil {
				want = new(big.Int)
			}
			if got := b.paid(p, token); got.Cmp(want) != 0 {
				b.w.Errorf("%s got %v of token %d, is worth %v", p.name, got, token, want)
			}
		}
		if left := b.balance(b.w.rollup.Address(), token); left.Sign() != 0 {
			b.w.Errorf("the contract still has %v of token %d", left, token)
		}
		if info := must(b.w.rollup.Token(b.w.Context(), token))(b.w); info.Locked.Sign() != 0 {
			b.w.Errorf("the contract counts %v of token %d as locked", info.Locked, token)
		}
	}
}
