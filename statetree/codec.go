package statetree

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// Every record is a payload and a checksum: the first checksumBytes of
// SHA-256(key ‖ hash ‖ payload). The key binds the record to its place. The
// hash, of nodes and accounts, is the record's own hash in the tree; it is not
// stored but taken from the parent when the record is read, so that a record of
// another time fits as little as one of another place. 64 bits are for a disk's
// mistakes, not against an adversary, who could write a tree of his own anyway.
const checksumBytes = 8

const (
	// formatVersion is raised with every change to the records.
	formatVersion = 1
	formatMagic   = "quire/statetree"

	accountBytes     = 2*fr.Bytes + 20 + 4 + 5 + 16 // key, owner, token, nonce, balance
	maxAccountRecord = accountBytes + checksumBytes
	maxNodeRecord    = 1 + protocol.TreeArity*fr.Bytes + checksumBytes

	// MaxMeta is the most bytes that a batch can carry for the caller.
	MaxMeta = 1 << 16
)

// empty is the hash of an empty subtree at each level.
var empty = protocol.EmptyHashes()

// checksum of a payload under a key; hash is nil for records outside the tree.
func checksum(key Key, hash *fr.Element, payload []byte) (sum [checksumBytes]byte) {
	var stack [len(key) + fr.Bytes + maxNodeRecord]byte
	b := append(stack[:0], key[:]...)
	if hash != nil {
		h := hash.Bytes()
		b = append(b, h[:]...)
	}
	b = append(b, payload...)
	full := sha256.Sum256(b)
	return [checksumBytes]byte(full[:])
}

// seal appends the checksum of all of payload to it.
func seal(payload []byte, key Key, hash *fr.Element) []byte {
	sum := checksum(key, hash, payload)
	return append(payload, sum[:]...)
}

// unseal returns the payload of a record whose checksum fits.
func unseal(record []byte, key Key, hash *fr.Element) ([]byte, error) {
	n := len(record) - checksumBytes
	if n < 0 {
		return nil, corrupt(key, "record of %d bytes has no room for a checksum", len(record))
	}
	payload := record[:n:n]
	if sum := checksum(key, hash, payload); !bytes.Equal(sum[:], record[n:]) {
		return nil, corrupt(key, "checksum does not match")
	}
	return payload, nil
}

func corrupt(key Key, format string, args ...any) error {
	return fmt.Errorf("%w: %v: %s", ErrCorrupt, key, fmt.Sprintf(format, args...))
}

// appendNode appends a node's payload: a byte whose bit j says that child j is
// not empty, then the hashes of those children. level is the node's own.
func appendNode(b []byte, level int, children *[protocol.TreeArity]fr.Element) []byte {
	at := len(b)
	b = append(b, 0)
	for j := range children {
		if children[j] != empty[level+1] {
			b[at] |= 1 << j
			h := children[j].Bytes()
			b = append(b, h[:]...)
		}
	}
	return b
}

// parseNode is the inverse of appendNode and accepts nothing that it does not
// write for a node that is not empty.
func parseNode(b []byte, level int) (children [protocol.TreeArity]fr.Element, err error) {
	if len(b) == 0 {
		return children, fmt.Errorf("no bytes")
	}
	mask, b := b[0], b[1:]
	if mask == 0 || mask >= 1<<protocol.TreeArity {
		return children, fmt.Errorf("children mask %#x", mask)
	}
	if want := bits.OnesCount8(mask) * fr.Bytes; len(b) != want {
		return children, fmt.Errorf("%d bytes of hashes, not %d", len(b), want)
	}
	for j := range children {
		if mask>>j&1 == 0 {
			children[j] = empty[level+1]
			continue
		}
		if err := children[j].SetBytesCanonical(b[:fr.Bytes]); err != nil {
			return children, fmt.Errorf("child %d: %w", j, err)
		}
		if children[j] == empty[level+1] {
			return children, fmt.Errorf("child %d is empty but written", j)
		}
		b = b[fr.Bytes:]
	}
	return children, nil
}

// appendAccount appends an account's payload: Ax, Ay, owner, token, nonce (5
// bytes), balance (16 bytes). The account must be valid.
func appendAccount(b []byte, a *protocol.Account) []byte {
	x, y := a.Key.X.Bytes(), a.Key.Y.Bytes()
	b = append(b, x[:]...)
	b = append(b, y[:]...)
	b = append(b, a.Owner[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(a.Token))
	b = append(b, byte(a.Nonce>>32))
	b = binary.BigEndian.AppendUint32(b, uint32(a.Nonce))
	balance := a.Balance.Bytes32()
	return append(b, balance[16:]...)
}

// parseAccount is the inverse of appendAccount.
func parseAccount(b []byte) (a protocol.Account, err error) {
	if len(b) != accountBytes {
		return a, fmt.Errorf("%d bytes, not %d", len(b), accountBytes)
	}
	if err := a.Key.X.SetBytesCanonical(b[:32]); err != nil {
		return a, fmt.Errorf("key x: %w", err)
	}
	if err := a.Key.Y.SetBytesCanonical(b[32:64]); err != nil {
		return a, fmt.Errorf("key y: %w", err)
	}
	copy(a.Owner[:], b[64:84])
	a.Token = protocol.Token(binary.BigEndian.Uint32(b[84:88]))
	a.Nonce = uint64(b[88])<<32 | uint64(binary.BigEndian.Uint32(b[89:93]))
	a.Balance.SetBytes(b[93:])
	return a, nil
}

// head is what a commit makes current: root, version, the caller's bytes.
type head struct {
	root    fr.Element
	version uint32
	meta    []byte
}

// appendHead appends a head's payload: version, root, meta.
func appendHead(b []byte, h *head) []byte {
	b = binary.BigEndian.AppendUint32(b, h.version)
	root := h.root.Bytes()
	b = append(b, root[:]...)
	return append(b, h.meta...)
}

// parseHead is the inverse of appendHead. The result does not alias b.
func parseHead(b []byte) (h head, err error) {
	if len(b) < 4+fr.Bytes || len(b) > 4+fr.Bytes+MaxMeta {
		return h, fmt.Errorf("%d bytes", len(b))
	}
	h.version = binary.BigEndian.Uint32(b)
	if err := h.root.SetBytesCanonical(b[4 : 4+fr.Bytes]); err != nil {
		return h, fmt.Errorf("root: %w", err)
	}
	h.meta = append([]byte(nil), b[4+fr.Bytes:]...)
	return h, nil
}

// appendFormat appends the format record's payload, the one layout that no
// version may change: magic, then the version in 4 bytes.
func appendFormat(b []byte, version uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b, formatMagic...), version)
}

// parseFormat is the inverse of appendFormat.
func parseFormat(b []byte) (version uint32, err error) {
	if len(b) != len(formatMagic)+4 || string(b[:len(formatMagic)]) != formatMagic {
		return 0, fmt.Errorf("not %q and 4 bytes", formatMagic)
	}
	return binary.BigEndian.Uint32(b[len(formatMagic):]), nil
}
