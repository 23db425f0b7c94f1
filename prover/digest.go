package prover

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Digest is a SHA-256. Of a constraint system it is taken over the bytes of the
// file circuit.r1cs (see [Circuit]); of a file, over its bytes.
type Digest [sha256.Size]byte

// String is the digest as 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts only what
// [Digest.String] writes, so that a digest has one written form.
func (d *Digest) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(d)) {
		return fmt.Errorf("digest: want %d hexadecimal digits, got %d characters", hex.EncodedLen(len(d)), len(text))
	}
	var v Digest
	if _, err := hex.Decode(v[:], text); err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	if v.String() != string(text) {
		return fmt.Errorf("digest: hexadecimal digits must be lower case")
	}
	*d = v
	return nil
}

// ParseDigest reads what [Digest.String] writes.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	err := d.UnmarshalText([]byte(s))
	return d, err
}
