package batch

import (
	"math/big"

	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/memory"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/protocol"
)

// shift returns v·2^bits.
func (b *builder) shift(v frontend.Variable, bits int) frontend.Variable {
	return b.api.Mul(v, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
}

// value makes a memory value.
func (b *builder) value(exists, nonce, balance, token frontend.Variable) memory.Value {
	return memory.Value{
		Exists: b.arg.Column(exists), Nonce: b.arg.Column(nonce),
		Balance: b.arg.Column(balance), Token: b.arg.Column(token),
	}
}

// lookUp asserts that an active row's fixed part is that of account index.
func (b *builder) lookUp(active frontend.Variable, index multiset.Column, f Fixed) {
	b.keys.Sub(active, b.arg.Column(f.Key.X), index, b.arg.Column(f.Key.Y), b.arg.Column(f.Owner))
}

// openings constrains the opening slots: an active one reads an absent account
// and makes it exist. Owner and token are range-checked in the account row that
// the look-up and the memory tie them to.
func (b *builder) openings(c *Circuit) (count frontend.Variable, vector []frontend.Variable) {
	active := make([]frontend.Variable, len(c.Openings))
	for i, o := range c.Openings {
		active[i] = o.Active
		index := b.arg.Column(o.Index)
		b.arg.Range(o.Index, protocol.IndexBits)
		b.lookUp(o.Active, index, o.Fixed)
		b.memory.Access(o.Active, index, TimeOfOpening(c.shape, i), o.Age,
			b.value(0, 0, 0, o.Token), b.value(1, 0, 0, o.Token))
		word := b.api.Add(b.shift(o.Owner, 64), b.shift(o.Token, 32), o.Index)
		vector = append(vector,
			b.api.Mul(o.Active, o.Key.X), b.api.Mul(o.Active, o.Key.Y), b.api.Mul(o.Active, word))
	}
	return b.prefix(active), vector
}

// layerOne constrains the layer-1 slots: deposits, then forced exits.
func (b *builder) layerOne(c *Circuit) (deposits, forced frontend.Variable, vector []frontend.Variable) {
	api := b.api
	active := make([]frontend.Variable, len(c.LayerOne))
	deposit := make([]frontend.Variable, len(c.LayerOne))
	for i, o := range c.LayerOne {
		active[i], deposit[i] = o.Active, o.Deposit
		exit := api.Sub(o.Active, o.Deposit)
		api.AssertIsBoolean(exit) // deposit ≤ active: both are bits (prefix)

		index := b.arg.Column(o.Index)
		b.arg.Range(o.Index, protocol.IndexBits)
		b.arg.Range(o.Sender, protocol.OwnerBits)
		b.arg.Range(o.Amount, protocol.BalanceBits)
		b.lookUp(o.Active, index, o.Fixed)
		// A deposit names the account's owner; a forced exit names its sender,
		// who need not be the owner.
		mismatch := api.Sub(o.Sender, o.Owner)
		api.AssertIsEqual(api.Mul(o.Deposit, mismatch), 0)
		b.zeroUnless(o.Deposit, o.Amount)

		// exists is a bit: the memory only ever holds bits. An absent account
		// reads balance 0, so it pays nothing even when the prover's owner for
		// it matches.
		opened := api.Mul(o.Deposit, api.Sub(1, o.Exists))
		owned := api.Mul(api.IsZero(mismatch), exit)
		paid := api.Mul(owned, o.Balance)
		pays := b.arg.Materialize(api.Sub(1, api.IsZero(paid)))
		b.payOut(pays, paid, o.Owner, o.Token)

		// A deposit takes no balance to 2^128, not even for the time until an exit.
		// An exit's amount is 0, and so is the balance that a padding slot reads.
		sum := api.Add(o.Balance, o.Amount)
		b.arg.Range(sum, protocol.BalanceBits)

		b.memory.Access(o.Active, index, TimeOfLayerOne(c.shape, i), o.Age,
			b.value(o.Exists, o.Nonce, o.Balance, o.Token),
			b.value(api.Add(o.Exists, opened), o.Nonce, api.Sub(sum, paid), o.Token))

		token := api.Mul(o.Deposit, o.Token)
		word := api.Add(b.shift(o.Sender, 72), b.shift(token, 40), b.shift(o.Index, 8), opened)
		vector = append(vector,
			api.Mul(o.Deposit, o.Key.X), api.Mul(o.Deposit, o.Key.Y), api.Mul(o.Active, word), o.Amount)
	}
	all := b.prefix(active)
	deposits = b.prefix(deposit)
	return deposits, api.Sub(all, deposits), vector
}

// feeTable constrains the fee rows: tokens strictly increasing, no index 0.
// That the account has the entry's token follows where a fee is credited.
func (b *builder) feeTable(c *Circuit) (count frontend.Variable, vector []frontend.Variable) {
	api := b.api
	active := make([]frontend.Variable, len(c.Fees))
	for i, f := range c.Fees {
		active[i] = f.Active
		b.arg.Range(f.Token, protocol.TokenBits)
		b.arg.Range(f.Index, protocol.IndexBits)
		// index ≠ 0 where active; both are small, so the sum is 0 only when
		// the row is active and the index 0.
		api.AssertIsDifferent(api.Sub(api.Add(f.Index, 1), f.Active), 0)
		if i > 0 {
			step := api.Sub(f.Token, c.Fees[i-1].Token, 1)
			b.arg.Range(api.Mul(f.Active, step), protocol.TokenBits)
		}
		b.fees.Add(api.Mul(f.Active, f.Uses), b.arg.Column(f.Token), b.arg.Column(f.Index))
		vector = append(vector, api.Mul(f.Active, api.Add(b.shift(f.Token, 32), f.Index)))
	}
	return b.prefix(active), vector
}

// exitTable constrains the published exits: row i is the payment of the
// operation that found i payments before it.
func (b *builder) exitTable(c *Circuit) (count frontend.Variable, vector []frontend.Variable) {
	active := make([]frontend.Variable, len(c.Exits))
	for i, e := range c.Exits {
		active[i] = e.Active
		b.arg.Range(e.Owner, protocol.OwnerBits)
		b.arg.Range(e.Token, protocol.TokenBits)
		b.arg.Range(e.Amount, protocol.BalanceBits)
		b.exits.Add(e.Active, b.arg.Column(e.Amount), b.arg.Const(int64(i)), b.arg.Column(e.Owner), b.arg.Column(e.Token))
		word := b.api.Add(b.shift(e.Owner, 32), e.Token)
		vector = append(vector, b.api.Mul(e.Active, word), b.api.Mul(e.Active, e.Amount))
	}
	return b.prefix(active), vector
}
