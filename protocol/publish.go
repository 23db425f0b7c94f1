package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"golang.org/x/crypto/sha3"
)

// Published is all that a batch makes public: enough to rebuild the state from
// the state before, and what contract and circuit agree on.
type Published struct {
	Old, New    fr.Element // commitments before and after
	Openings    []Opening
	Deposits    []CreditedDeposit
	ForcedExits []ForcedExit
	FeeAccounts []FeeAccount
	Exits       []Exit
	Transfers   []PublishedTransfer
}

// NewPublished returns the published form of a batch that leads from the old
// commitment to the new one with these exits, as [Apply] returned them. It
// fails, with an [*OpError], where a value has no published form. The slices
// are shared with the batch.
func NewPublished(b *Batch, old, new fr.Element, exits []Exit) (*Published, error) {
	p := &Published{
		Old: old, New: new,
		Openings: b.Openings, Deposits: b.Deposits, ForcedExits: b.ForcedExits,
		FeeAccounts: b.FeeAccounts, Exits: exits,
	}
	if err := p.checkWidths(); err != nil {
		return nil, err
	}
	if len(b.Transfers) > 0 {
		p.Transfers = make([]PublishedTransfer, len(b.Transfers))
	}
	for i := range b.Transfers {
		var err error
		if p.Transfers[i], err = NewPublishedTransfer(&b.Transfers[i].Transfer); err != nil {
			return nil, opError(SectionTransfer, i, err)
		}
	}
	return p, nil
}

func (p *Published) checkWidths() error {
	for i := range p.Deposits {
		if err := checkWidth("amount", &p.Deposits[i].Amount); err != nil {
			return opError(SectionDeposit, i, err)
		}
	}
	for i := range p.Exits {
		if err := checkWidth("amount", &p.Exits[i].Amount); err != nil {
			return opError(SectionExit, i, err)
		}
	}
	return nil
}

// ErrExitMismatch: the published exits are not those of the published operations.
const ErrExitMismatch Rejection = "published exits do not match the operations"

// Batch turns published data back into a batch that [Apply] can replay. What
// was not published is zero: signatures, nonces, ValidUntil.
//
// A withdrawal's amount is its exit record's. Exits are in the order of their
// operations and every withdrawal has one, so the withdrawals' are the last of
// them, in order; those before are the forced exits', of which some may have
// moved nothing and have none. With fewer exits than withdrawals it fails with
// [ErrExitMismatch]; whether owners, tokens and the forced exits' amounts are
// right only the state can tell: see [Published.Replay].
func (p *Published) Batch(rollupID fr.Element, number uint32) (*Batch, error) {
	b := &Batch{
		RollupID: rollupID, Number: number,
		Openings: p.Openings, Deposits: p.Deposits, ForcedExits: p.ForcedExits, FeeAccounts: p.FeeAccounts,
	}
	withdrawals := 0
	for _, t := range p.Transfers {
		if t.Withdrawal() {
			withdrawals++
		}
	}
	if withdrawals > len(p.Exits) {
		return nil, fmt.Errorf("%w: %d withdrawals but %d exits", ErrExitMismatch, withdrawals, len(p.Exits))
	}
	exits := p.Exits[len(p.Exits)-withdrawals:]
	if len(p.Transfers) > 0 {
		b.Transfers = make([]SignedTransfer, len(p.Transfers))
	}
	for i, t := range p.Transfers {
		b.Transfers[i].Transfer = t.Transfer()
		if t.Withdrawal() {
			b.Transfers[i].Amount = exits[0].Amount
			exits = exits[1:]
		}
	}
	return b, nil
}

// Replay applies published data to a state: how anyone rebuilds the state from
// layer 1. It fails, with nothing written, where the operations are not valid
// or their exits are not the published ones. It does not compute commitments;
// the caller compares them, since only a tree knows its root.
func (p *Published) Replay(st State, rollupID fr.Element, number uint32) error {
	b, err := p.Batch(rollupID, number)
	if err != nil {
		return err
	}
	o := NewOverlay(st)
	exits, err := Apply(o, b)
	if err != nil {
		return err
	}
	if len(exits) != len(p.Exits) {
		return fmt.Errorf("%w: %d published, the operations make %d", ErrExitMismatch, len(p.Exits), len(exits))
	}
	for i, e := range exits {
		if e != p.Exits[i] {
			return opError(SectionExit, i, fmt.Errorf("%w: published %s of token %d to %x, the operation pays %s of token %d to %x",
				ErrExitMismatch, p.Exits[i].Amount.Dec(), p.Exits[i].Token, p.Exits[i].Owner, e.Amount.Dec(), e.Token, e.Owner))
		}
	}
	return o.Flush()
}

// Counts returns what the published data takes of a shape's capacities.
// Accounts and Nodes are 0: published data does not tell which fee accounts
// were credited.
func (p *Published) Counts() Counts {
	return Counts{
		Openings: len(p.Openings), LayerOne: len(p.Deposits) + len(p.ForcedExits),
		FeeAccounts: len(p.FeeAccounts), Exits: len(p.Exits), Transfers: len(p.Transfers),
	}
}

// Vector returns the vector V of a shape, of s.Layout().Length elements. It
// fails with [ErrCapacity] where the shape is too small.
func (p *Published) Vector(s Shape) ([]fr.Element, error) {
	if err := s.Fits(p.Counts()); err != nil {
		return nil, err
	}
	if err := p.checkWidths(); err != nil {
		return nil, err
	}
	l := s.Layout()
	v := make([]fr.Element, l.Length)
	v[0], v[1] = p.Old, p.New
	var w [32]byte
	for i, n := range p.lengths() {
		binary.BigEndian.PutUint32(w[8+4*i:], uint32(n))
	}
	v[2].SetBytes(w[:])
	for i, o := range p.Openings {
		at := v[l.Openings+i*OpeningElements:]
		at[0], at[1], at[2] = o.Key.X, o.Key.Y, packOperation(o.Owner, o.Token, o.Index)
	}
	for i, d := range p.Deposits {
		at := v[l.LayerOne+i*LayerOneElements:]
		at[0], at[1] = d.Key.X, d.Key.Y
		at[2] = packLayerOne(d.Owner, d.Token, d.Index, d.Opened)
		at[3] = amountElement(d.Amount)
	}
	for i, f := range p.ForcedExits {
		at := v[l.LayerOne+(len(p.Deposits)+i)*LayerOneElements:]
		at[2] = packLayerOne(f.Sender, 0, f.Index, false)
	}
	for i, f := range p.FeeAccounts {
		v[l.FeeAccounts+i*FeeElements] = packOperation(Owner{}, f.Token, f.Index)
	}
	for i, e := range p.Exits {
		at := v[l.Exits+i*ExitElements:]
		w = [32]byte{}
		copy(w[8:], e.Owner[:])
		binary.BigEndian.PutUint32(w[28:], uint32(e.Token))
		at[0].SetBytes(w[:])
		at[1] = amountElement(e.Amount)
	}
	for i := 0; i < len(p.Transfers); i += TransfersPerElement {
		w = [32]byte{}
		pair := w[len(w)-TransfersPerElement*TransferBytes:]
		for j, t := range p.Transfers[i:min(i+TransfersPerElement, len(p.Transfers))] {
			entry := t.Bytes()
			copy(pair[j*TransferBytes:], entry[:])
		}
		v[l.Transfers+i/TransfersPerElement].SetBytes(w[:])
	}
	return v, nil
}

// packOperation is owner·2^64 + token·2^32 + index.
func packOperation(owner Owner, token Token, index Index) (e fr.Element) {
	var w [32]byte
	copy(w[4:], owner[:])
	binary.BigEndian.PutUint32(w[24:], uint32(token))
	binary.BigEndian.PutUint32(w[28:], uint32(index))
	e.SetBytes(w[:])
	return e
}

// packLayerOne is owner·2^72 + token·2^40 + index·2^8 + opened.
func packLayerOne(owner Owner, token Token, index Index, opened bool) (e fr.Element) {
	var w [32]byte
	copy(w[3:], owner[:])
	binary.BigEndian.PutUint32(w[23:], uint32(token))
	binary.BigEndian.PutUint32(w[27:], uint32(index))
	w[31] = boolByte(opened)
	e.SetBytes(w[:])
	return e
}

func amountElement(x Amount) (e fr.Element) {
	w := x.Bytes32()
	e.SetBytes(w[:])
	return e
}

// Statement is the public inputs of every circuit that layer 1 sees, in this
// order: the digest of the vector, the challenge, the vector's value there.
type Statement struct {
	D, Z, Y fr.Element
}

// Statement returns what a proof of this published data shows, to the verifier
// contract at this address.
func (p *Published) Statement(s Shape, verifier [20]byte) (Statement, error) {
	v, err := p.Vector(s)
	if err != nil {
		return Statement{}, err
	}
	d := Chain(s.ID(), v)
	z := Challenge(verifier, s, d, p.Bytes())
	return Statement{D: d, Z: z, Y: Evaluate(v, z)}, nil
}

// Digest returns D = Chain(shapeID, V).
func (p *Published) Digest(s Shape) (fr.Element, error) {
	v, err := p.Vector(s)
	if err != nil {
		return fr.Element{}, err
	}
	return Chain(s.ID(), v), nil
}

// Challenge returns z: the Keccak-256 hash, modulo r, of the tag "quire/bind",
// the verifier's address, the shape's ID, the digest and the published bytes.
func Challenge(verifier [20]byte, s Shape, d fr.Element, published []byte) fr.Element {
	return challenge(verifier, s.ID(), d, published)
}

// challenge returns z for the circuit with this identifier: [Shape.ID] or
// [ExitID].
func challenge(verifier [20]byte, circuit, d fr.Element, published []byte) fr.Element {
	id, digest := circuit.Bytes(), d.Bytes()
	hash := keccak256([]byte("quire/bind"), verifier[:], id[:], digest[:], published)
	var z fr.Element
	z.SetBytes(hash[:])
	return z
}

// Evaluate returns y = Σ v[i]·z^i.
func Evaluate(v []fr.Element, z fr.Element) fr.Element {
	var y fr.Element
	for i := len(v) - 1; i >= 0; i-- {
		y.Mul(&y, &z).Add(&y, &v[i])
	}
	return y
}

func keccak256(parts ...[]byte) (digest [32]byte) {
	h := sha3.NewLegacyKeccak256()
	for _, p := range parts {
		h.Write(p) // a hash.Hash never fails
	}
	h.Sum(digest[:0])
	return digest
}
