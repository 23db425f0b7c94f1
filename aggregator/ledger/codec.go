package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// Every record is a payload and a checksum: the first checksumBytes of
// SHA-256(key ‖ payload). The key binds the record to its place. 64 bits are for
// a disk's mistakes, not against an adversary.
const checksumBytes = 8

const (
	// formatVersion is raised with every change to the records.
	formatVersion = 1
	formatMagic   = "quire/ledger"
)

// seal appends the checksum of key ‖ payload to them.
func seal(record []byte) []byte {
	sum := sha256.Sum256(record)
	return append(record, sum[:checksumBytes]...)
}

// unseal returns the payload of a record that stands behind its key, if the
// checksum fits.
func unseal(record []byte, keyLen int) ([]byte, error) {
	n := len(record) - checksumBytes
	if n < keyLen {
		return nil, corrupt(record[:keyLen], "%d bytes have no room for a checksum", len(record)-keyLen)
	}
	if sum := sha256.Sum256(record[:n]); string(sum[:checksumBytes]) != string(record[n:]) {
		return nil, corrupt(record[:keyLen], "checksum does not match")
	}
	return record[keyLen:n:n], nil
}

func corrupt(key []byte, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrCorrupt, recordName(key), fmt.Sprintf(format, args...))
}

// encoder appends the parts of a payload. Integers are big-endian, field elements
// canonical. The first value that exceeds its width is err.
type encoder struct {
	b   []byte
	err error
}

func (e *encoder) u8(n uint8)   { e.b = append(e.b, n) }
func (e *encoder) u32(n uint32) { e.b = binary.BigEndian.AppendUint32(e.b, n) }
func (e *encoder) u64(n uint64) { e.b = binary.BigEndian.AppendUint64(e.b, n) }

func (e *encoder) bool(v bool) {
	var n uint8
	if v {
		n = 1
	}
	e.u8(n)
}

// nonce takes 5 bytes.
func (e *encoder) nonce(n uint64) {
	if n > protocol.MaxNonce {
		e.fail("nonce %d has more than %d bits", n, protocol.NonceBits)
	}
	e.u8(uint8(n >> 32))
	e.u32(uint32(n))
}

// amount takes 16 bytes.
func (e *encoder) amount(x *protocol.Amount) {
	if x[2] != 0 || x[3] != 0 {
		e.fail("amount %v has more than %d bits", x, protocol.BalanceBits)
	}
	e.u64(x[1])
	e.u64(x[0])
}

func (e *encoder) element(x *fr.Element) {
	b := x.Bytes()
	e.b = append(e.b, b[:]...)
}

func (e *encoder) point(p *protocol.Point) {
	e.element(&p.X)
	e.element(&p.Y)
}

// count precedes a list, or bytes of any number.
func (e *encoder) count(n int) {
	if uint64(n) > 1<<32-1 {
		e.fail("%d entries", n)
	}
	e.u32(uint32(n))
}

func (e *encoder) bytes(b []byte) {
	e.count(len(b))
	e.b = append(e.b, b...)
}

func (e *encoder) string(s string) {
	e.count(len(s))
	e.b = append(e.b, s...)
}

func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("%w: %s", ErrRecord, fmt.Sprintf(format, args...))
	}
}

// decoder takes the parts of a payload off its front. After the first that is
// not as an encoder writes it, err is set, and all that follow are zero.
type decoder struct {
	b   []byte
	err error
}

// take returns the next n bytes, which alias the payload, or nil.
func (d *decoder) take(n int) []byte {
	if d.err == nil && len(d.b) < n {
		d.fail("it ends %d bytes early", n-len(d.b))
	}
	if d.err != nil {
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// end is for the end of a payload: it fails if anything is left.
func (d *decoder) end() error {
	if d.err == nil && len(d.b) > 0 {
		d.fail("%d bytes too many", len(d.b))
	}
	return d.err
}

func (d *decoder) u8() uint8 {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) u32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) bool() bool {
	n := d.u8()
	if n > 1 {
		d.fail("%d is neither true nor false", n)
	}
	return n == 1
}

func (d *decoder) nonce() uint64 {
	high := uint64(d.u8())
	return high<<32 | uint64(d.u32())
}

func (d *decoder) amount() (x protocol.Amount) {
	x[1], x[0] = d.u64(), d.u64()
	return x
}

func (d *decoder) element() (x fr.Element) {
	if b := d.take(fr.Bytes); b != nil {
		if err := x.SetBytesCanonical(b); err != nil {
			d.fail("field element: %v", err)
		}
	}
	return x
}

func (d *decoder) point() (p protocol.Point) {
	p.X = d.element()
	p.Y = d.element()
	return p
}

func (d *decoder) owner() (o protocol.Owner) {
	copy(o[:], d.take(len(o)))
	return o
}

func (d *decoder) address() (a [20]byte) { return d.owner() }

func (d *decoder) word() (w [32]byte) {
	copy(w[:], d.take(len(w)))
	return w
}

// count returns the length of a list whose entries take size bytes each.
func (d *decoder) count(size int) int {
	n := d.u32()
	if uint64(n)*uint64(size) > uint64(len(d.b)) {
		d.fail("%d entries of %d bytes in %d", n, size, len(d.b))
		return 0
	}
	return int(n)
}

// bytes returns a copy, nil if there are none.
func (d *decoder) bytes() []byte { return append([]byte(nil), d.take(d.count(1))...) }

func (d *decoder) string() string { return string(d.take(d.count(1))) }

// rest returns a copy of all that is left, nil if nothing is.
func (d *decoder) rest() []byte { return append([]byte(nil), d.take(len(d.b))...) }
