package witness

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/protocol"
)

// operations fills in the operation slots and plays their memory accesses
// through. The batch is valid: AuthorizeAndApply said so, and accounts compares
// what the cells end up with to what it did.
func (w *builder) operations() error {
	b, shape := &w.sealed.Batch, w.sealed.Shape
	for i := range b.Openings {
		o := &b.Openings[i]
		c, err := w.cell(o.Index)
		if err != nil {
			return err
		}
		c.setFixed(o.Key, o.Owner, o.Token)
		c.lookups++
		w.out.Openings[i] = batch.OpeningSlot{
			Active: 1, Index: uint32(o.Index), Token: uint32(o.Token), Fixed: c.fixed,
			Age: c.read(batch.TimeOfOpening(shape, i)).Age,
		}
		c.exists = true
	}
	for i := range b.Deposits {
		d := &b.Deposits[i]
		c, err := w.cell(d.Index)
		if err != nil {
			return err
		}
		c.setFixed(d.Key, d.Owner, d.Token)
		c.lookups++
		w.out.LayerOne[i] = batch.LayerOneSlot{
			Active: 1, Deposit: 1, Index: uint32(d.Index), Sender: ownerNumber(d.Owner),
			Amount: d.Amount.ToBig(), Token: uint32(d.Token), Exists: bit(c.exists),
			Fixed: c.fixed, Read: c.read(batch.TimeOfLayerOne(shape, i)),
		}
		c.exists = true
		c.balance.Add(&c.balance, &d.Amount)
	}
	for j := range b.ForcedExits {
		f := &b.ForcedExits[j]
		c, err := w.cell(f.Index)
		if err != nil {
			return err
		}
		c.lookups++
		i := len(b.Deposits) + j
		w.out.LayerOne[i] = batch.LayerOneSlot{
			Active: 1, Deposit: 0, Index: uint32(f.Index), Sender: ownerNumber(f.Sender),
			Amount: 0, Token: uint32(c.token), Exists: bit(c.exists),
			Fixed: c.fixed, Read: c.read(batch.TimeOfLayerOne(shape, i)),
		}
		if c.exists && c.owner == f.Sender {
			c.balance.Clear()
		}
	}
	uses := make([]int, len(b.FeeAccounts))
	for i := range b.Transfers {
		if err := w.transfer(i, uses); err != nil {
			return err
		}
	}
	for i, f := range b.FeeAccounts {
		w.out.Fees[i] = batch.FeeRow{Active: 1, Token: uint32(f.Token), Index: uint32(f.Index), Uses: uses[i]}
	}
	return nil
}

func (w *builder) transfer(i int, uses []int) error {
	b := &w.sealed.Batch
	t := &b.Transfers[i]
	time := batch.TimeOfTransfer(w.sealed.Shape, i)
	from, err := w.cell(t.From)
	if err != nil {
		return err
	}
	p, err := protocol.NewPublishedTransfer(&t.Transfer)
	if err != nil {
		return fmt.Errorf("transfer %d: %w", i, err)
	}
	slot := &w.out.Transfers[i]
	slot.Active, slot.From, slot.To = 1, uint32(t.From), uint32(t.To)
	slot.Mantissa, slot.Exponent = uint32(p.Amount)>>protocol.ExponentBits, uint32(p.Amount)&(1<<protocol.ExponentBits-1)
	for j := range slot.FeeMantissa {
		slot.FeeMantissa[j] = int(p.Fee) >> (protocol.ExponentBits + j) & 1
	}
	slot.FeeExponent = int(p.Fee) & (1<<protocol.ExponentBits - 1)
	slot.ValidFor = t.ValidUntil - b.Number
	slot.Token = uint32(from.token)
	slot.R, slot.Fixed = point(t.Signature.R), from.fixed
	from.lookups++

	slot.Debit = from.read(time)
	from.nonce++
	from.balance.Sub(&from.balance, &t.Amount)
	from.balance.Sub(&from.balance, &t.Fee)
	if t.To == 0 {
		slot.Withdrawn = t.Amount.ToBig()
	} else {
		to, err := w.cell(t.To)
		if err != nil {
			return err
		}
		slot.Credit = to.read(time + 1)
		to.balance.Add(&to.balance, &t.Amount)
	}
	if t.Fee.IsZero() {
		return nil
	}
	for j, f := range b.FeeAccounts {
		if f.Token != from.token {
			continue
		}
		collector, err := w.cell(f.Index)
		if err != nil {
			return err
		}
		slot.FeeIndex = uint32(f.Index)
		slot.FeeCredit = collector.read(time + 2)
		collector.balance.Add(&collector.balance, &t.Fee)
		uses[j]++
	}
	return nil
}

// exits fills in the published exits.
func (w *builder) exits(exits []protocol.Exit) {
	for i := range exits {
		e := &exits[i]
		w.out.Exits[i] = batch.ExitRow{
			Active: 1, Owner: ownerNumber(e.Owner), Token: uint32(e.Token), Amount: e.Amount.ToBig(),
		}
	}
}

// signatures fills in the aggregate of all slots' signatures, padding included.
func (w *builder) signatures() error {
	b := &w.sealed.Batch
	n := w.sealed.Shape.Transfers
	hashes := make([]fr.Element, n)
	scalars := make([][32]byte, n)
	for i := range n {
		if i < len(b.Transfers) {
			t := &b.Transfers[i]
			c, err := w.cell(t.From)
			if err != nil {
				return err
			}
			hashes[i] = protocol.MessageHash(t.Signature.R, c.key, b.RollupID, &t.Transfer)
			scalars[i] = t.Signature.S
			continue
		}
		// A padding slot's message is all 0 but for validUntil = batch number.
		base := protocol.BasePoint()
		hashes[i] = protocol.MessageHash(base, base, b.RollupID, &protocol.Transfer{ValidUntil: b.Number})
		scalars[i] = protocol.DummyScalar(hashes[i])
	}
	s, err := protocol.HalfAggregate(hashes, scalars, len(b.Transfers))
	if err != nil {
		return err
	}
	w.out.S = s
	return nil
}
