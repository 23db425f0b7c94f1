package witness

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// sealedFormat begins every encoded sealed batch and names its version.
const sealedFormat = "quire/sealed/1\n"

// maxCapacity bounds the capacities of a shape that UnmarshalBinary accepts, and
// with them the memory that hostile input can ask for.
const maxCapacity = 1 << 20

// ErrSealedFormat: bytes are not an encoded sealed batch.
var ErrSealedFormat = errors.New("not a sealed batch")

// MarshalBinary encodes the sealed batch: the format, the shape, then each list
// behind its length. Integers are big-endian, amounts 16 bytes, field elements
// 32 bytes and canonical, signatures as protocol encodes them.
func (s *Sealed) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.bytes([]byte(sealedFormat))
	if len(s.Shape.Name) > 255 {
		return nil, fmt.Errorf("%w: shape name of %d bytes", ErrSealedFormat, len(s.Shape.Name))
	}
	e.bytes([]byte{byte(len(s.Shape.Name))})
	e.bytes([]byte(s.Shape.Name))
	for _, n := range capacities(&s.Shape) {
		e.u32(uint32(*n))
	}
	b := &s.Batch
	e.element(b.RollupID)
	e.u32(b.Number)
	e.element(s.OldRoot)

	e.u32(uint32(len(b.Openings)))
	for i := range b.Openings {
		o := &b.Openings[i]
		e.u32(uint32(o.Index))
		e.fixed(o.Key, o.Owner, o.Token)
	}
	e.u32(uint32(len(b.Deposits)))
	for i := range b.Deposits {
		d := &b.Deposits[i]
		e.u32(uint32(d.Index))
		e.fixed(d.Key, d.Owner, d.Token)
		e.flag(d.Opened)
		e.amount(&d.Amount)
	}
	e.u32(uint32(len(b.ForcedExits)))
	for i := range b.ForcedExits {
		e.u32(uint32(b.ForcedExits[i].Index))
		e.bytes(b.ForcedExits[i].Sender[:])
	}
	e.u32(uint32(len(b.FeeAccounts)))
	for _, f := range b.FeeAccounts {
		e.u32(uint32(f.Token))
		e.u32(uint32(f.Index))
	}
	e.u32(uint32(len(b.Transfers)))
	for i := range b.Transfers {
		t := &b.Transfers[i]
		e.u32(uint32(t.From))
		e.u32(uint32(t.To))
		e.amount(&t.Amount)
		e.amount(&t.Fee)
		e.u64(t.Nonce)
		e.u32(t.ValidUntil)
		signature := t.Signature.Bytes()
		e.bytes(signature[:])
	}
	e.u32(uint32(len(s.Entries)))
	for i := range s.Entries {
		n := &s.Entries[i]
		e.u32(uint32(n.Index))
		e.flag(n.Exists)
		if n.Exists {
			e.fixed(n.Account.Key, n.Account.Owner, n.Account.Token)
			e.u64(n.Account.Nonce)
			e.amount(&n.Account.Balance)
		}
	}
	e.u32(uint32(len(s.Nodes)))
	for i := range s.Nodes {
		n := &s.Nodes[i]
		e.bytes([]byte{n.Level})
		e.u32(n.Position)
		for _, c := range n.Children {
			e.element(c)
		}
	}
	if e.err != nil {
		return nil, e.err
	}
	return e.out, nil
}

// UnmarshalBinary decodes a sealed batch. It accepts exactly what MarshalBinary
// writes; an error wraps [ErrSealedFormat] and names the place. Whether the
// batch is consistent and valid, [Build] says.
func (s *Sealed) UnmarshalBinary(data []byte) error {
	d := &decoder{in: data}
	var out Sealed
	d.at("format")
	if format := d.bytes(len(sealedFormat)); string(format) != sealedFormat {
		d.fail("want %q", sealedFormat)
	}
	d.at("shape")
	out.Shape.Name = string(d.bytes(int(d.u8())))
	for _, n := range capacities(&out.Shape) {
		v := d.u32()
		if v > maxCapacity {
			d.fail("capacity %d is above %d", v, maxCapacity)
		}
		*n = int(v)
	}
	if d.err == nil {
		if err := out.Shape.Validate(); err != nil {
			d.fail("%v", err)
		}
	}
	b, shape := &out.Batch, &out.Shape
	d.at("rollup ID")
	b.RollupID = d.element()
	d.at("batch number")
	b.Number = d.u32()
	d.at("old root")
	out.OldRoot = d.element()

	list(d, "openings", shape.Openings, &b.Openings, func(o *protocol.Opening) {
		o.Index = protocol.Index(d.u32())
		o.Key, o.Owner, o.Token = d.fixed()
	})
	list(d, "deposits", shape.LayerOne, &b.Deposits, func(c *protocol.CreditedDeposit) {
		c.Index = protocol.Index(d.u32())
		c.Key, c.Owner, c.Token = d.fixed()
		c.Opened = d.flag()
		c.Amount = d.amount()
	})
	list(d, "forced exits", shape.LayerOne, &b.ForcedExits, func(f *protocol.ForcedExit) {
		f.Index = protocol.Index(d.u32())
		f.Sender = d.owner()
	})
	list(d, "fee accounts", shape.FeeAccounts, &b.FeeAccounts, func(f *protocol.FeeAccount) {
		f.Token = protocol.Token(d.u32())
		f.Index = protocol.Index(d.u32())
	})
	list(d, "transfers", shape.Transfers, &b.Transfers, func(t *protocol.SignedTransfer) {
		t.From = protocol.Index(d.u32())
		t.To = protocol.Index(d.u32())
		t.Amount = d.amount()
		t.Fee = d.amount()
		t.Nonce = d.u64()
		t.ValidUntil = d.u32()
		var signature [protocol.SignatureSize]byte
		copy(signature[:], d.bytes(len(signature)))
		if d.err == nil {
			parsed, err := protocol.ParseSignature(signature)
			if err != nil {
				d.fail("%v", err)
			}
			t.Signature = parsed
		}
	})
	list(d, "entries", shape.Accounts, &out.Entries, func(n *Entry) {
		n.Index = protocol.Index(d.u32())
		if n.Exists = d.flag(); n.Exists {
			n.Account.Key, n.Account.Owner, n.Account.Token = d.fixed()
			n.Account.Nonce = d.u64()
			n.Account.Balance = d.amount()
		}
	})
	list(d, "nodes", shape.Nodes, &out.Nodes, func(n *Node) {
		n.Level = d.u8()
		n.Position = d.u32()
		for j := range n.Children {
			n.Children[j] = d.element()
		}
	})
	d.at("end")
	if d.err == nil && len(d.in) > 0 {
		d.fail("%d bytes too many", len(d.in))
	}
	if d.err != nil {
		return d.err
	}
	*s = out
	return nil
}

func capacities(s *protocol.Shape) []*int {
	return []*int{&s.Openings, &s.LayerOne, &s.FeeAccounts, &s.Exits, &s.Transfers, &s.Accounts, &s.Nodes}
}

type encoder struct {
	out []byte
	err error
}

func (e *encoder) bytes(b []byte) { e.out = append(e.out, b...) }
func (e *encoder) u32(v uint32)   { e.out = binary.BigEndian.AppendUint32(e.out, v) }
func (e *encoder) u64(v uint64)   { e.out = binary.BigEndian.AppendUint64(e.out, v) }

func (e *encoder) flag(v bool) { e.bytes([]byte{byte(bit(v))}) }

func (e *encoder) element(v fr.Element) {
	b := v.Bytes()
	e.bytes(b[:])
}

func (e *encoder) amount(v *protocol.Amount) {
	if v.BitLen() > protocol.BalanceBits && e.err == nil {
		e.err = fmt.Errorf("%w: amount %s needs more than %d bits", ErrSealedFormat, v.Dec(), protocol.BalanceBits)
	}
	b := v.Bytes32()
	e.bytes(b[16:])
}

func (e *encoder) fixed(key protocol.PublicKey, owner protocol.Owner, token protocol.Token) {
	e.element(key.X)
	e.element(key.Y)
	e.bytes(owner[:])
	e.u32(uint32(token))
}

// decoder reads with one sticky error.
type decoder struct {
	in    []byte
	place string
	err   error
}

func (d *decoder) at(place string) { d.place = place }

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s: %s", ErrSealedFormat, d.place, fmt.Sprintf(format, args...))
	}
}

// bytes returns the next n bytes, or n zeros after an error.
func (d *decoder) bytes(n int) []byte {
	if d.err == nil && len(d.in) < n {
		d.fail("%d bytes are missing", n-len(d.in))
	}
	if d.err != nil {
		return make([]byte, n)
	}
	out := d.in[:n]
	d.in = d.in[n:]
	return out
}

func (d *decoder) u8() uint8   { return d.bytes(1)[0] }
func (d *decoder) u32() uint32 { return binary.BigEndian.Uint32(d.bytes(4)) }
func (d *decoder) u64() uint64 { return binary.BigEndian.Uint64(d.bytes(8)) }

func (d *decoder) flag() bool {
	b := d.u8()
	if b > 1 {
		d.fail("a flag is 0 or 1, not %d", b)
	}
	return b == 1
}

func (d *decoder) element() (e fr.Element) {
	if err := e.SetBytesCanonical(d.bytes(fr.Bytes)); err != nil {
		d.fail("%v", err)
	}
	return e
}

func (d *decoder) amount() (a protocol.Amount) {
	a.SetBytes(d.bytes(protocol.BalanceBits / 8))
	return a
}

func (d *decoder) owner() (o protocol.Owner) {
	copy(o[:], d.bytes(len(o)))
	return o
}

func (d *decoder) fixed() (key protocol.PublicKey, owner protocol.Owner, token protocol.Token) {
	key.X, key.Y = d.element(), d.element()
	return key, d.owner(), protocol.Token(d.u32())
}

// list reads a length, at most capacity, and that many entries.
func list[T any](d *decoder, name string, capacity int, into *[]T, read func(*T)) {
	d.at(name)
	n := d.u32()
	if d.err == nil && uint64(n) > uint64(capacity) {
		d.fail("%d entries, the shape has %d", n, capacity)
	}
	if d.err != nil || n == 0 {
		return
	}
	*into = make([]T, n)
	for i := range *into {
		d.at(fmt.Sprintf("%s[%d]", name, i))
		if read(&(*into)[i]); d.err != nil {
			return
		}
	}
}
