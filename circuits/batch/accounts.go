package batch

import (
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/protocol"
)

// account constrains one account row: the values before and after the batch
// that its leaves and the memory agree on.
func (b *builder) account(a *AccountRow) {
	api, arg := b.api, b.arg
	api.AssertIsBoolean(a.Existing)
	api.AssertIsBoolean(a.New)
	api.AssertIsBoolean(a.Absent)
	present := api.Add(a.Existing, a.New)
	active := api.Add(present, a.Absent)
	api.AssertIsBoolean(active) // one-hot

	// Account 0 is reserved. The index of an active row is a leaf's position,
	// below 2^32, so the sum is 0 only when the row is active and the index 0.
	api.AssertIsDifferent(api.Sub(api.Add(a.Index, 1), active), 0)

	// The parts of a packed leaf word are within their widths, or two
	// different accounts could share a leaf.
	arg.Range(a.Owner, protocol.OwnerBits)
	arg.Range(a.Token, protocol.TokenBits)
	arg.Range(a.OldNonce, protocol.NonceBits)
	arg.Range(a.NewNonce, protocol.NonceBits)
	arg.Range(a.OldBalance, protocol.BalanceBits)
	arg.Range(a.NewBalance, protocol.BalanceBits)

	// A row that did not exist starts with nothing, and an absent one stays
	// so. Both summands are within their widths, so they are 0 when the sum is.
	b.zeroUnless(a.Existing, api.Add(a.OldNonce, b.shift(a.OldBalance, protocol.NonceBits)))
	b.zeroUnless(present, api.Add(a.NewNonce, b.shift(a.NewBalance, protocol.NonceBits)))

	index := arg.Column(a.Index)
	b.memory.Init(active, index, b.value(a.Existing, a.OldNonce, a.OldBalance, a.Token))
	b.memory.Final(active, index, a.Last, b.value(present, a.NewNonce, a.NewBalance, a.Token))
	b.keys.Add(api.Mul(active, a.Lookups),
		arg.Column(a.Key.X), index, arg.Column(a.Key.Y), arg.Column(a.Owner))

	oldLeaf := api.Mul(a.Existing, b.leaf(a, a.OldNonce, a.OldBalance))
	newLeaf := api.Mul(present, b.leaf(a, a.NewNonce, a.NewBalance))
	b.tree.Leaf(active, index, oldLeaf, newLeaf)
}

// leaf is protocol.Account.Leaf.
func (b *builder) leaf(a *AccountRow, nonce, balance frontend.Variable) frontend.Variable {
	word := b.api.Add(b.shift(a.Owner, 72), b.shift(a.Token, 40), nonce)
	return b.hasher.H4(a.Key.X, a.Key.Y, word, balance)
}
