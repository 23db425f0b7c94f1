package ledger

import (
	"fmt"

	"github.com/quirezk/quire/protocol"
)

// The payloads of the records, by pairs: what a parse function accepts is exactly
// what its encode function writes. Results do not alias the payload.

func (e *encoder) format(version uint32) {
	e.b = append(e.b, formatMagic...)
	e.u32(version)
}

// parseFormat is for the one layout that no version may change.
func parseFormat(b []byte) (version uint32, err error) {
	d := decoder{b: b}
	if magic := d.take(len(formatMagic)); string(magic) != formatMagic {
		d.fail("it does not begin with %q", formatMagic)
	}
	version = d.u32()
	return version, d.end()
}

func (e *encoder) identity(id *Identity) {
	e.u64(id.ChainID)
	e.b = append(e.b, id.Contract[:]...)
	e.element(&id.RollupID)
	e.u32(id.Base)
	e.element(&id.BaseRoot)
	e.u64(id.BaseDeposits)
	e.u64(id.BaseExits)
	e.u32(uint32(id.BaseNextIndex))
}

func parseIdentity(b []byte) (id Identity, err error) {
	d := decoder{b: b}
	id.ChainID = d.u64()
	id.Contract = d.address()
	id.RollupID = d.element()
	id.Base = d.u32()
	id.BaseRoot = d.element()
	id.BaseDeposits = d.u64()
	id.BaseExits = d.u64()
	id.BaseNextIndex = protocol.Index(d.u32())
	return id, d.end()
}

func (e *encoder) head(h *Head) {
	e.u64(h.NextSeq)
	e.u64(h.NextOpening)
	e.u32(h.Batch)
	e.u32(h.Finalized)
	e.u64(h.Deposits)
	e.u64(h.Exits)
	e.u32(h.Attempts)
	e.bool(h.Frozen)
	e.u64(h.Block)
	e.u64(h.BlockTime)
	e.b = append(e.b, h.Cursor...)
}

func parseHead(b []byte) (h Head, err error) {
	d := decoder{b: b}
	h.NextSeq = d.u64()
	h.NextOpening = d.u64()
	h.Batch = d.u32()
	h.Finalized = d.u32()
	h.Deposits = d.u64()
	h.Exits = d.u64()
	h.Attempts = d.u32()
	h.Frozen = d.bool()
	h.Block = d.u64()
	h.BlockTime = d.u64()
	h.Cursor = d.rest()
	return h, d.end()
}

// signed takes signedBytes. The point R is whole: to compress it would cost
// whoever reads the record a square root.
func (e *encoder) signed(t *protocol.SignedTransfer) {
	e.u32(uint32(t.From))
	e.u32(uint32(t.To))
	e.amount(&t.Amount)
	e.amount(&t.Fee)
	e.nonce(t.Nonce)
	e.u32(t.ValidUntil)
	e.point(&t.Signature.R)
	e.b = append(e.b, t.Signature.S[:]...)
}

func (d *decoder) signed() (t protocol.SignedTransfer) {
	t.From = protocol.Index(d.u32())
	t.To = protocol.Index(d.u32())
	t.Amount = d.amount()
	t.Fee = d.amount()
	t.Nonce = d.nonce()
	t.ValidUntil = d.u32()
	t.Signature.R = d.point()
	t.Signature.S = d.word()
	return t
}

// transfer leaves out the sequence number, which is in the key.
func (e *encoder) transfer(t *Transfer) {
	e.u32(t.Batch)
	e.u64(t.Received)
	e.signed(&t.Signed)
}

func parseTransfer(seq uint64, b []byte) (Transfer, error) {
	d := decoder{b: b}
	t := Transfer{Seq: seq, Batch: d.u32(), Received: d.u64(), Signed: d.signed()}
	return t, d.end()
}

func (e *encoder) queued(q *Queued) {
	e.u64(q.Received)
	e.signed(&q.Signed)
}

// parseQueued takes sender and nonce of the key, which the payload repeats.
func parseQueued(from protocol.Index, nonce uint64, b []byte) (Queued, error) {
	d := decoder{b: b}
	q := Queued{Received: d.u64(), Signed: d.signed()}
	if d.err == nil && (q.Signed.From != from || q.Signed.Nonce != nonce) {
		d.fail("it is of account %d with nonce %d", q.Signed.From, q.Signed.Nonce)
	}
	return q, d.end()
}

func (e *encoder) entry(n *Entry) {
	e.u8(uint8(n.Status))
	switch n.Status {
	case Executed:
		e.u64(n.Seq)
	case Waiting:
		e.u32(uint32(n.From))
		e.nonce(n.Nonce)
	default: // Discarded
		e.u64(n.Time)
		e.b = append(e.b, n.Reason...)
	}
}

func parseEntry(b []byte) (n Entry, err error) {
	d := decoder{b: b}
	switch n.Status = Status(d.u8()); n.Status {
	case Executed:
		n.Seq = d.u64()
	case Waiting:
		n.From = protocol.Index(d.u32())
		n.Nonce = d.nonce()
	case Discarded:
		n.Time = d.u64()
		n.Reason = string(d.rest())
	default:
		d.fail("status %d", n.Status)
	}
	return n, d.end()
}

func (e *encoder) batch(b *Batch) {
	if b.Stage > StageFinalized {
		e.fail("stage %d", b.Stage)
	}
	e.u8(uint8(b.Stage))
	if b.Circuit < 0 || uint64(b.Circuit) > 1<<32-1 {
		e.fail("circuit %d", b.Circuit)
	}
	e.u32(uint32(b.Circuit))
	e.string(b.Shape)
	for _, t := range b.Times.all() {
		e.u64(*t)
	}
	e.count(len(b.Openings))
	for i := range b.Openings {
		o := &b.Openings[i]
		e.u32(uint32(o.Index))
		e.holder(&o.Key, o.Owner, o.Token)
	}
	e.count(len(b.Deposits))
	for i := range b.Deposits {
		c := &b.Deposits[i]
		e.deposit(&c.Deposit)
		e.u32(uint32(c.Index))
		e.bool(c.Opened)
	}
	e.count(len(b.ForcedExits))
	for i := range b.ForcedExits {
		e.forcedExit(&b.ForcedExits[i])
	}
	e.count(len(b.FeeAccounts))
	for _, f := range b.FeeAccounts {
		e.u32(uint32(f.Token))
		e.u32(uint32(f.Index))
	}
	e.u64(b.DepositsEnd)
	e.u64(b.ExitsEnd)
	e.u64(b.OpeningsEnd)
	e.u32(uint32(b.NextIndex))
	e.u64(b.FirstSeq)
	e.u32(b.Transfers)
	e.u32(b.Exits)
	for _, x := range b.elements() {
		e.element(x)
	}
	e.u32(b.Published)
	e.u32(b.Attempt)
	e.string(b.Problem)
	e.u64(b.Block)
	e.b = append(e.b, b.Tx[:]...)
	e.u64(b.GasUsed)
}

func parseBatch(number uint32, payload []byte) (b Batch, err error) {
	d := decoder{b: payload}
	b.Number = number
	if b.Stage = Stage(d.u8()); b.Stage > StageFinalized {
		d.fail("stage %d", b.Stage)
	}
	b.Circuit = int(d.u32())
	b.Shape = d.string()
	for _, t := range b.Times.all() {
		*t = d.u64()
	}
	b.Openings = list(&d, protocol.OpeningBytes, func(o *protocol.Opening) {
		o.Index = protocol.Index(d.u32())
		o.Key, o.Owner, o.Token = d.holder()
	})
	b.Deposits = list(&d, protocol.DepositBytes, func(c *protocol.CreditedDeposit) {
		c.Deposit = d.deposit()
		c.Index = protocol.Index(d.u32())
		c.Opened = d.bool()
	})
	b.ForcedExits = list(&d, protocol.ForcedExitBytes, func(f *protocol.ForcedExit) { *f = d.forcedExit() })
	b.FeeAccounts = list(&d, protocol.FeeAccountBytes, func(f *protocol.FeeAccount) {
		f.Token = protocol.Token(d.u32())
		f.Index = protocol.Index(d.u32())
	})
	b.DepositsEnd = d.u64()
	b.ExitsEnd = d.u64()
	b.OpeningsEnd = d.u64()
	b.NextIndex = protocol.Index(d.u32())
	b.FirstSeq = d.u64()
	b.Transfers = d.u32()
	b.Exits = d.u32()
	for _, x := range b.elements() {
		*x = d.element()
	}
	b.Published = d.u32()
	b.Attempt = d.u32()
	b.Problem = d.string()
	b.Block = d.u64()
	b.Tx = d.word()
	b.GasUsed = d.u64()
	if err := d.end(); err != nil {
		return Batch{}, err
	}
	return b, nil
}

// list reads a list whose entries take size bytes each; nil if it is empty.
func list[T any](d *decoder, size int, read func(*T)) []T {
	n := d.count(size)
	if n == 0 {
		return nil
	}
	all := make([]T, n)
	for i := range all {
		read(&all[i])
	}
	return all
}

func (e *encoder) proof(p *Proof) {
	e.bytes(p.Calldata)
	e.b = append(e.b, p.File...)
}

func parseProof(b []byte) (p Proof, err error) {
	d := decoder{b: b}
	p.Calldata = d.bytes()
	p.File = d.rest()
	return p, d.end()
}

func (e *encoder) opening(o *Opening) { e.holder(&o.Key, o.Owner, o.Token) }

func parseOpening(number uint64, b []byte) (Opening, error) {
	d := decoder{b: b}
	o := Opening{Number: number}
	o.Key, o.Owner, o.Token = d.holder()
	return o, d.end()
}

func (e *encoder) reserved(r *Reserved) { e.holder(&r.Key, r.Owner, r.Token) }

func parseReserved(i protocol.Index, b []byte) (Reserved, error) {
	d := decoder{b: b}
	r := Reserved{Index: i}
	r.Key, r.Owner, r.Token = d.holder()
	return r, d.end()
}

func (e *encoder) queuedDeposit(q *Deposit) {
	e.b = append(e.b, q.Payer[:]...)
	e.u64(q.Time)
	e.u64(q.Block)
	e.b = append(e.b, q.Tx[:]...)
	e.deposit(&q.Deposit)
}

func parseDeposit(position uint64, b []byte) (Deposit, error) {
	d := decoder{b: b}
	q := Deposit{Position: position, Payer: d.address(), Time: d.u64(), Block: d.u64(), Tx: d.word(), Deposit: d.deposit()}
	return q, d.end()
}

func (e *encoder) queuedExit(q *ForcedExit) {
	e.u64(q.Time)
	e.u64(q.Block)
	e.b = append(e.b, q.Tx[:]...)
	e.forcedExit(&q.Request)
}

func parseForcedExit(position uint64, b []byte) (ForcedExit, error) {
	d := decoder{b: b}
	q := ForcedExit{Position: position, Time: d.u64(), Block: d.u64(), Tx: d.word(), Request: d.forcedExit()}
	return q, d.end()
}

// holder is who an account is for.
func (e *encoder) holder(key *protocol.PublicKey, owner protocol.Owner, token protocol.Token) {
	e.point(key)
	e.b = append(e.b, owner[:]...)
	e.u32(uint32(token))
}

func (d *decoder) holder() (protocol.PublicKey, protocol.Owner, protocol.Token) {
	key := d.point()
	owner := d.owner()
	return key, owner, protocol.Token(d.u32())
}

func (e *encoder) deposit(q *protocol.Deposit) {
	e.holder(&q.Key, q.Owner, q.Token)
	e.amount(&q.Amount)
}

func (d *decoder) deposit() (q protocol.Deposit) {
	q.Key, q.Owner, q.Token = d.holder()
	q.Amount = d.amount()
	return q
}

func (e *encoder) forcedExit(f *protocol.ForcedExit) {
	e.u32(uint32(f.Index))
	e.b = append(e.b, f.Sender[:]...)
}

func (d *decoder) forcedExit() (f protocol.ForcedExit) {
	f.Index = protocol.Index(d.u32())
	f.Sender = d.owner()
	return f
}

// parseNothing is for entries of indices, whose keys say it all.
func parseNothing(b []byte) error {
	if len(b) > 0 {
		return fmt.Errorf("%d bytes too many", len(b))
	}
	return nil
}
