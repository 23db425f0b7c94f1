package batch_test

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/protocol"
)

// The last stages of a prover: signatures, and the statement over what is
// published.

// words is a slot's signed message.
func (p *prover) words(t *batch.TransferSlot) (m [3]fr.Element) {
	amount := decode(t.Mantissa, t.Exponent)
	m[0] = el(p.c.RollupID)
	m[1] = add(shl(add(amount, t.Withdrawn), 104), shl(t.From, 72), shl(t.To, 40), t.Debit.Nonce)
	m[2] = add(shl(add(t.ValidFor, p.c.Number), 128), decode(feeMantissa(t), t.FeeExponent))
	return m
}

func (p *prover) hash(t *batch.TransferSlot) fr.Element {
	m := p.words(t)
	return protocol.H8([8]fr.Element{el(t.R.X), el(t.R.Y), el(t.Key.X), el(t.Key.Y), m[0], m[1], m[2], protocol.TagTransfer})
}

// aggregate fills in S, having signed again where it is to.
func (p *prover) aggregate() {
	hashes := make([]fr.Element, len(p.c.Transfers))
	count := 0
	for i := range p.c.Transfers {
		t := &p.c.Transfers[i]
		if isZero(t.Active) {
			hashes[i] = p.hash(t)
			p.scalars[i] = protocol.DummyScalar(hashes[i])
			continue
		}
		count++
		if secret, ok := p.secrets[npoint(t.Key)]; ok && p.resign {
			nonce := big.NewInt(int64(1001 + i))
			t.R = gpoint(times(nonce))
			p.scalars[i] = complete(nonce, secret, p.hash(t))
		}
		hashes[i] = p.hash(t)
	}
	s, err := protocol.HalfAggregate(hashes, p.scalars, count)
	if err != nil {
		panic(err) // as many hashes as scalars
	}
	p.c.S = s
}

// bind fills in the statement for the vector that the slots publish.
func (p *prover) bind() { p.bindTo(p.vector()) }

func (p *prover) bindTo(v []fr.Element) {
	d := protocol.Chain(p.shape.ID(), v)
	z := protocol.H4(d, d, d, d) // any challenge does: the circuit takes it as it comes
	p.c.D, p.c.Z, p.c.Y = d, z, protocol.Evaluate(v, z)
}

func (p *prover) vector() []fr.Element {
	c := p.c
	var l [6]fr.Element // openings, deposits, forced exits, fee accounts, exits, transfers
	v := []fr.Element{
		protocol.H4(el(c.OldRoot), el(c.RollupID), sub(c.Number, 1), protocol.TagState),
		protocol.H4(el(c.NewRoot), el(c.RollupID), el(c.Number), protocol.TagState),
		{},
	}
	for _, o := range c.Openings {
		l[0] = add(l[0], o.Active)
		v = append(v, mul(o.Active, o.Key.X), mul(o.Active, o.Key.Y), mul(o.Active, add(shl(o.Owner, 64), shl(o.Token, 32), o.Index)))
	}
	for _, o := range c.LayerOne {
		l[1] = add(l[1], o.Deposit)
		l[2] = add(l[2], sub(o.Active, o.Deposit))
		opened := mul(o.Deposit, sub(1, o.Exists))
		word := add(shl(o.Sender, 72), shl(mul(o.Deposit, o.Token), 40), shl(o.Index, 8), opened)
		v = append(v, mul(o.Deposit, o.Key.X), mul(o.Deposit, o.Key.Y), mul(o.Active, word), el(o.Amount))
	}
	for _, f := range c.Fees {
		l[3] = add(l[3], f.Active)
		v = append(v, mul(f.Active, add(shl(f.Token, 32), f.Index)))
	}
	for _, e := range c.Exits {
		l[4] = add(l[4], e.Active)
		v = append(v, mul(e.Active, add(shl(e.Owner, 32), e.Token)), mul(e.Active, e.Amount))
	}
	for i := 0; i < len(c.Transfers); i += protocol.TransfersPerElement {
		var pair fr.Element
		for j := range protocol.TransfersPerElement {
			t := &c.Transfers[i+j]
			l[5] = add(l[5], t.Active)
			published := add(shl(t.From, 72), shl(t.To, 40), shl(add(shl(t.Mantissa, 5), t.Exponent), 8), shl(feeMantissa(t), 5), t.FeeExponent)
			pair = add(shl(pair, 8*protocol.TransferBytes), published)
		}
		v = append(v, pair)
	}
	for i := range l {
		v[2] = add(v[2], shl(l[i], 32*(len(l)-1-i)))
	}
	return v
}
