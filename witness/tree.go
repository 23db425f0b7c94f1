package witness

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/circuits/gadget/nodes"
	"github.com/quirezk/quire/circuits/gadget/signature"
	"github.com/quirezk/quire/protocol"
)

// accounts fills in the account rows and returns the leaves after the batch.
func (w *builder) accounts(after *protocol.MemoryState) ([]Leaf, error) {
	leaves := make([]Leaf, len(w.sealed.Entries))
	for i := range w.sealed.Entries {
		e := &w.sealed.Entries[i]
		c := w.cells[e.Index]
		account, exists, err := after.Account(e.Index)
		if err != nil {
			return nil, fmt.Errorf("account %d: %w", e.Index, err)
		}
		if exists != c.exists || account.Nonce != c.nonce || !account.Balance.Eq(&c.balance) {
			// A bug: the memory accesses and protocol.Apply disagree.
			return nil, fmt.Errorf("account %d: the witness ends with nonce %d and balance %s, the protocol with %d and %s",
				e.Index, c.nonce, c.balance.Dec(), account.Nonce, account.Balance.Dec())
		}
		leaves[i] = Leaf{Index: e.Index, Exists: exists, Account: account}
		w.out.Accounts[i] = batch.AccountRow{
			Existing: bit(e.Exists), New: bit(!e.Exists && exists), Absent: bit(!exists),
			Index: uint32(e.Index), Token: uint32(c.token), Fixed: c.fixed,
			OldNonce: e.Account.Nonce, OldBalance: e.Account.Balance.ToBig(),
			NewNonce: c.nonce, NewBalance: c.balance.ToBig(),
			Last: c.time, Lookups: c.lookups,
		}
	}
	return leaves, nil
}

type place struct {
	level    uint8
	position uint32
}

type change struct{ old, new fr.Element }

// nodes fills in the node rows, bottom up, and returns the new root. It checks
// that the nodes lead from the entries to the old root.
func (w *builder) nodes(leaves []Leaf) (fr.Element, error) {
	changes := make(map[place]change, len(leaves)+len(w.sealed.Nodes))
	for i := range leaves {
		var c change
		if e := &w.sealed.Entries[i]; e.Exists {
			c.old = e.Account.Leaf()
		}
		if leaves[i].Exists {
			c.new = leaves[i].Account.Leaf()
		}
		changes[place{protocol.TreeDepth, uint32(leaves[i].Index)}] = c
	}
	used := 0
	for i := len(w.sealed.Nodes) - 1; i >= 0; i-- {
		n := &w.sealed.Nodes[i]
		if i > 0 {
			if p := &w.sealed.Nodes[i-1]; p.Level > n.Level || p.Level == n.Level && p.Position >= n.Position {
				return fr.Element{}, fmt.Errorf("%w: node %d is out of order", ErrNotSealed, i)
			}
		}
		row := &w.out.Nodes[i]
		row.Active, row.Level, row.Position = 1, n.Level, n.Position
		children := n.Children
		for j := range n.Children {
			row.Old[j] = n.Children[j]
			c, touched := changes[place{n.Level + 1, n.Position*protocol.TreeArity + uint32(j)}]
			if !touched {
				continue
			}
			used++
			if c.old != n.Children[j] {
				return fr.Element{}, fmt.Errorf("%w: child %d of node (%d, %d) is not the one below it", ErrNotSealed, j, n.Level, n.Position)
			}
			var diff fr.Element
			diff.Sub(&c.new, &c.old)
			row.Flags[j], row.Change[j] = 1, diff
			children[j] = c.new
		}
		changes[place{n.Level, n.Position}] = change{
			old: protocol.H4(n.Children[0], n.Children[1], n.Children[2], n.Children[3]),
			new: protocol.H4(children[0], children[1], children[2], children[3]),
		}
	}
	root, ok := changes[place{}]
	if !ok || root.old != w.sealed.OldRoot {
		return fr.Element{}, fmt.Errorf("%w: the nodes do not lead to the old root", ErrNotSealed)
	}
	if used != len(changes)-1 { // all but the root have a parent
		return fr.Element{}, fmt.Errorf("%w: %d nodes or leaves hang from nothing", ErrNotSealed, len(changes)-1-used)
	}
	return root.new, nil
}

// zero fills in padding: gnark wants every variable assigned.
func (w *builder) zero() {
	c := w.out
	fixed := batch.Fixed{Key: signature.Point{X: 0, Y: 0}, Owner: 0}
	read := batch.Read{Age: 0, Nonce: 0, Balance: 0}
	for i := range c.Openings {
		c.Openings[i] = batch.OpeningSlot{Active: 0, Index: 0, Token: 0, Fixed: fixed, Age: 0}
	}
	for i := range c.LayerOne {
		c.LayerOne[i] = batch.LayerOneSlot{
			Active: 0, Deposit: 0, Index: 0, Sender: 0, Amount: 0, Token: 0, Exists: 0, Fixed: fixed, Read: read,
		}
	}
	for i := range c.Fees {
		c.Fees[i] = batch.FeeRow{Active: 0, Token: 0, Index: 0, Uses: 0}
	}
	for i := range c.Exits {
		c.Exits[i] = batch.ExitRow{Active: 0, Owner: 0, Token: 0, Amount: 0}
	}
	base := point(protocol.BasePoint())
	for i := range c.Transfers {
		t := &c.Transfers[i]
		*t = batch.TransferSlot{
			Active: 0, From: 0, To: 0, Mantissa: 0, Exponent: 0, FeeExponent: 0, Withdrawn: 0, ValidFor: 0,
			Token: 0, FeeIndex: 0, R: base, Fixed: batch.Fixed{Key: base, Owner: 0},
			Debit: read, Credit: read, FeeCredit: read,
		}
		for j := range t.FeeMantissa {
			t.FeeMantissa[j] = 0
		}
	}
	for i := range c.Accounts {
		c.Accounts[i] = batch.AccountRow{
			Existing: 0, New: 0, Absent: 0, Index: 0, Token: 0, Fixed: fixed,
			OldNonce: 0, OldBalance: 0, NewNonce: 0, NewBalance: 0, Last: 0, Lookups: 0,
		}
	}
	for i := range c.Nodes {
		row := nodes.Row{Active: 0, Level: 0, Position: 0}
		for j := range row.Old {
			row.Old[j], row.Change[j], row.Flags[j] = 0, 0, 0
		}
		c.Nodes[i] = row
	}
}
