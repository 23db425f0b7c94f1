package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Sizes in bytes of the entries of published data (docs/protocol.md, "Published
// data").
const (
	HeaderBytes     = 88
	OpeningBytes    = 92
	DepositBytes    = 109
	ForcedExitBytes = 24
	FeeAccountBytes = 8
	ExitBytes       = 40
	TransferBytes   = 13
)

// PublishedTransfer is what is published of a transfer. It keeps the codes, not
// their values: a value can have several codes, and the digest is over these.
type PublishedTransfer struct {
	From, To Index
	Amount   AmountCode // 0 in a withdrawal, whose amount is its exit record's
	Fee      FeeCode
}

// NewPublishedTransfer returns the published form of a transfer. It fails with
// [ErrAmountFormat] or [ErrFeeFormat] where there is none.
func NewPublishedTransfer(t *Transfer) (PublishedTransfer, error) {
	p := PublishedTransfer{From: t.From, To: t.To}
	var err error
	if t.To != 0 {
		if p.Amount, err = EncodeAmount(&t.Amount); err != nil {
			return PublishedTransfer{}, err
		}
	}
	if p.Fee, err = EncodeFee(&t.Fee); err != nil {
		return PublishedTransfer{}, err
	}
	return p, nil
}

// Withdrawal says whether the transfer is one.
func (p PublishedTransfer) Withdrawal() bool { return p.To == 0 }

// Transfer returns what publication tells of the transfer: nonce and ValidUntil
// are 0, and so is a withdrawal's amount.
func (p PublishedTransfer) Transfer() Transfer {
	return Transfer{From: p.From, To: p.To, Amount: DecodeAmount(p.Amount), Fee: DecodeFee(p.Fee)}
}

// Bytes encodes the transfer: from, to, amount, fee.
func (p PublishedTransfer) Bytes() [TransferBytes]byte {
	var b [TransferBytes]byte
	binary.BigEndian.PutUint32(b[0:], uint32(p.From))
	binary.BigEndian.PutUint32(b[4:], uint32(p.To))
	binary.BigEndian.PutUint32(b[8:], uint32(p.Amount))
	b[12] = byte(p.Fee)
	return b
}

// ParsePublishedTransfer is the inverse of [PublishedTransfer.Bytes]. It
// refuses a withdrawal with an amount.
func ParsePublishedTransfer(b [TransferBytes]byte) (PublishedTransfer, error) {
	p := PublishedTransfer{
		From:   Index(binary.BigEndian.Uint32(b[0:])),
		To:     Index(binary.BigEndian.Uint32(b[4:])),
		Amount: AmountCode(binary.BigEndian.Uint32(b[8:])),
		Fee:    FeeCode(b[12]),
	}
	if p.Withdrawal() && p.Amount != 0 {
		return PublishedTransfer{}, fmt.Errorf("a withdrawal's amount field must be 0, not %#08x", uint32(p.Amount))
	}
	return p, nil
}

// Bytes encodes the published data, used entries only. Its amounts must be
// below 2^128, as [NewPublished] and [ParsePublished] make sure.
func (p *Published) Bytes() []byte {
	b := make([]byte, 0, p.Size())
	b = appendElement(b, p.Old)
	b = appendElement(b, p.New)
	for _, n := range p.lengths() {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	for _, o := range p.Openings {
		b = appendElement(b, o.Key.X)
		b = appendElement(b, o.Key.Y)
		b = append(b, o.Owner[:]...)
		b = binary.BigEndian.AppendUint32(b, uint32(o.Token))
		b = binary.BigEndian.AppendUint32(b, uint32(o.Index))
	}
	for _, d := range p.Deposits {
		b = appendElement(b, d.Key.X)
		b = appendElement(b, d.Key.Y)
		b = append(b, d.Owner[:]...)
		b = binary.BigEndian.AppendUint32(b, uint32(d.Token))
		b = binary.BigEndian.AppendUint32(b, uint32(d.Index))
		b = append(b, boolByte(d.Opened))
		b = appendAmount(b, d.Amount)
	}
	for _, f := range p.ForcedExits {
		b = append(b, f.Sender[:]...)
		b = binary.BigEndian.AppendUint32(b, uint32(f.Index))
	}
	for _, f := range p.FeeAccounts {
		b = binary.BigEndian.AppendUint32(b, uint32(f.Token))
		b = binary.BigEndian.AppendUint32(b, uint32(f.Index))
	}
	for _, e := range p.Exits {
		b = append(b, e.Owner[:]...)
		b = binary.BigEndian.AppendUint32(b, uint32(e.Token))
		b = appendAmount(b, e.Amount)
	}
	for _, t := range p.Transfers {
		entry := t.Bytes()
		b = append(b, entry[:]...)
	}
	return b
}

// Size returns the number of bytes that Bytes returns.
func (p *Published) Size() int {
	size := uint64(HeaderBytes)
	for i, n := range p.lengths() {
		size += uint64(n) * uint64(entryBytes[i])
	}
	return int(size)
}

// entryBytes are the sizes of the entries whose numbers lengths returns.
var entryBytes = [6]int{OpeningBytes, DepositBytes, ForcedExitBytes, FeeAccountBytes, ExitBytes, TransferBytes}

func (p *Published) lengths() [6]int {
	return [6]int{
		len(p.Openings), len(p.Deposits), len(p.ForcedExits),
		len(p.FeeAccounts), len(p.Exits), len(p.Transfers),
	}
}

// ParsePublished is the inverse of [Published.Bytes]: it accepts only what that
// returns, and names the entry and field that is not as it should be. It does
// not judge what the operations do; see [Published.Replay].
func ParsePublished(data []byte) (*Published, error) {
	if len(data) < HeaderBytes {
		return nil, fmt.Errorf("published data: %d bytes, the header alone has %d", len(data), HeaderBytes)
	}
	r := reader{data: data}
	p := &Published{Old: r.element("old commitment"), New: r.element("new commitment")}
	var n [6]uint32
	size := uint64(HeaderBytes)
	for i := range n {
		n[i] = r.uint32()
		size += uint64(n[i]) * uint64(entryBytes[i]) // far below 2^64
	}
	if r.err != nil {
		return nil, fmt.Errorf("published data: header: %w", r.err)
	}
	if uint64(len(data)) != size { // checked before anything is allocated by these lengths
		return nil, fmt.Errorf("published data: %d bytes, but the lengths in the header make %d", len(data), size)
	}
	var err error
	if p.Openings, err = readEntries(&r, SectionOpening, n[0], (*reader).opening); err != nil {
		return nil, err
	}
	if p.Deposits, err = readEntries(&r, SectionDeposit, n[1], (*reader).deposit); err != nil {
		return nil, err
	}
	if p.ForcedExits, err = readEntries(&r, SectionForcedExit, n[2], (*reader).forcedExit); err != nil {
		return nil, err
	}
	if p.FeeAccounts, err = readEntries(&r, SectionFeeAccount, n[3], (*reader).feeAccount); err != nil {
		return nil, err
	}
	if p.Exits, err = readEntries(&r, SectionExit, n[4], (*reader).exit); err != nil {
		return nil, err
	}
	if p.Transfers, err = readEntries(&r, SectionTransfer, n[5], (*reader).transfer); err != nil {
		return nil, err
	}
	return p, nil
}

func readEntries[T any](r *reader, s Section, n uint32, read func(*reader) T) ([]T, error) {
	if n == 0 {
		return nil, nil
	}
	entries := make([]T, n)
	for i := range entries {
		entries[i] = read(r)
		if r.err != nil {
			return nil, fmt.Errorf("published data: %w", opError(s, i, r.err))
		}
	}
	return entries, nil
}

// reader takes fields off the front of data that is known to be long enough,
// and keeps the first thing it finds wrong.
type reader struct {
	data []byte
	err  error
}

func (r *reader) next(n int) []byte {
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (r *reader) uint32() uint32 { return binary.BigEndian.Uint32(r.next(4)) }
func (r *reader) owner() Owner   { return Owner(r.next(len(Owner{}))) }

func (r *reader) element(what string) fr.Element {
	var e fr.Element
	b := r.next(fr.Bytes)
	if err := e.SetBytesCanonical(b); err != nil {
		r.fail("%s 0x%x is not below the field's modulus", what, b)
	}
	return e
}

func (r *reader) key() PublicKey { return PublicKey{X: r.element("Ax"), Y: r.element("Ay")} }

func (r *reader) amount() (x Amount) {
	x.SetBytes16(r.next(BalanceBits / 8))
	return x
}

func (r *reader) opening() (o Opening) {
	o.Key, o.Owner, o.Token, o.Index = r.key(), r.owner(), Token(r.uint32()), Index(r.uint32())
	return o
}

func (r *reader) deposit() (d CreditedDeposit) {
	d.Key, d.Owner, d.Token, d.Index = r.key(), r.owner(), Token(r.uint32()), Index(r.uint32())
	opened := r.next(1)[0]
	if opened > 1 {
		r.fail("opened must be 0 or 1, not %d", opened)
	}
	d.Opened = opened == 1
	d.Amount = r.amount()
	return d
}

func (r *reader) forcedExit() (f ForcedExit) {
	f.Sender, f.Index = r.owner(), Index(r.uint32())
	return f
}

func (r *reader) feeAccount() FeeAccount {
	return FeeAccount{Token: Token(r.uint32()), Index: Index(r.uint32())}
}

func (r *reader) exit() Exit {
	return Exit{Owner: r.owner(), Token: Token(r.uint32()), Amount: r.amount()}
}

func (r *reader) transfer() PublishedTransfer {
	p, err := ParsePublishedTransfer([TransferBytes]byte(r.next(TransferBytes)))
	if err != nil {
		r.fail("%w", err)
	}
	return p
}

func appendElement(b []byte, e fr.Element) []byte {
	word := e.Bytes()
	return append(b, word[:]...)
}

// appendAmount appends the low 128 bits.
func appendAmount(b []byte, x Amount) []byte {
	word := x.Bytes32()
	return append(b, word[len(word)-BalanceBits/8:]...)
}

func boolByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}
