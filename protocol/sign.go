package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"golang.org/x/crypto/blake2b"
)

// Sizes in bytes of the encodings of this file.
const (
	SeedSize      = 32
	PointSize     = 32 // a compressed point
	SignatureSize = PointSize + 32
)

var (
	curve     = twistededwards.GetEdwardsCurve()
	splitHigh = new(big.Int).Rsh(fr.Modulus(), splitBits) // ⌊r/2^144⌋
)

// splitBits is where the circuit splits h; see canonicalSplit.
const splitBits = 144

// PrivateKey signs transfers. It is derived from a seed as in RFC 8032, with
// BLAKE2b-512 for the hash, which is also what gnark-crypto's eddsa does: one
// seed gives one key pair in both.
//
// Signing is deterministic. It does not run in constant time.
type PrivateKey struct {
	public PublicKey
	scalar *big.Int
	prefix [32]byte // of the nonce hash
}

// NewPrivateKey derives the key of a seed, which must be 32 secret, uniformly
// random bytes.
func NewPrivateKey(seed [SeedSize]byte) *PrivateKey {
	h := blake2b.Sum512(seed[:])
	h[0] &= 0xf8 // pruned as in RFC 8032, section 5.1.5
	h[31] &= 0x7f
	h[31] |= 0x40
	var bigEndian [32]byte
	for i, b := range h[:32] {
		bigEndian[31-i] = b
	}
	k := &PrivateKey{scalar: new(big.Int).SetBytes(bigEndian[:])}
	copy(k.prefix[:], h[32:])
	k.public = baseMultiple(k.scalar)
	return k
}

// Public returns the key's public key A = a·B.
func (k *PrivateKey) Public() PublicKey { return k.public }

// SignTransfer signs a transfer for one rollup. It fails with [ErrWidth] where
// a part of the transfer exceeds its width, and signs everything else, valid
// or not.
func (k *PrivateKey) SignTransfer(rollupID fr.Element, t Transfer) (SignedTransfer, error) {
	if err := t.checkWidths(); err != nil {
		return SignedTransfer{}, err
	}
	words := messageWords(rollupID, &t)
	preimage := make([]byte, 0, len(k.prefix)+(len(words)+1)*fr.Bytes)
	preimage = append(preimage, k.prefix[:]...)
	for _, w := range words {
		b := w.Bytes()
		preimage = append(preimage, b[:]...)
	}
	// The first attempt serves for all but one message in 2^109.
	for attempt := uint64(0); ; attempt++ {
		digest := blake2b.Sum512(binary.BigEndian.AppendUint64(preimage, attempt))
		nonce := new(big.Int).SetBytes(digest[:])
		nonce.Mod(nonce, &curve.Order)
		r := baseMultiple(nonce)
		h := hashMessage(r, k.public, words)
		if nonce.Sign() == 0 || !canonicalSplit(h) {
			continue
		}
		s := h.BigInt(new(big.Int))
		s.Mul(s, k.scalar).Add(s, nonce).Mod(s, &curve.Order)
		signed := SignedTransfer{Transfer: t, Signature: Signature{R: r}}
		s.FillBytes(signed.Signature.S[:])
		return signed, nil
	}
}

// MessageHash is the hash h that a signature with this R by key A answers for:
// H8(Rx, Ry, Ax, Ay, m1, m2, m3, TagTransfer). The transfer's parts must be
// within their widths, or two messages could share a hash.
func MessageHash(r Point, a PublicKey, rollupID fr.Element, t *Transfer) fr.Element {
	return hashMessage(r, a, messageWords(rollupID, t))
}

// Verify says whether sig is a signature by key over the transfer on this
// rollup, exactly as docs/protocol.md, "Signatures", has it and as the batch
// circuit asserts it. It returns [ErrBadSignature] (or [ErrWidth]) if not,
// whatever the points are.
func Verify(key PublicKey, rollupID fr.Element, t *Transfer, sig *Signature) error {
	h, err := checkSignature(key, rollupID, t, sig)
	if err != nil {
		return err
	}
	return checkEquation(key, &h, sig)
}

// checkSignature checks all that makes a signature valid but the equation, and
// returns the message hash.
func checkSignature(key PublicKey, rollupID fr.Element, t *Transfer, sig *Signature) (fr.Element, error) {
	if err := t.checkWidths(); err != nil {
		return fr.Element{}, err
	}
	switch {
	case !ValidKey(key):
		return fr.Element{}, fmt.Errorf("%w: the account's key is off the curve or of low order, nothing can be signed with it", ErrBadSignature)
	case !ValidKey(sig.R):
		return fr.Element{}, fmt.Errorf("%w: R is off the curve or of low order", ErrBadSignature)
	}
	if new(big.Int).SetBytes(sig.S[:]).Cmp(&curve.Order) >= 0 {
		return fr.Element{}, fmt.Errorf("%w: S is not below the subgroup order", ErrBadSignature)
	}
	h := MessageHash(sig.R, key, rollupID, t)
	if !canonicalSplit(h) {
		return fr.Element{}, fmt.Errorf("%w: its hash is among the few that the circuit does not take; sign again", ErrBadSignature)
	}
	return h, nil
}

// checkEquation checks that 8·(S·B − R − h·A) is the neutral element, for what
// checkSignature has passed.
func checkEquation(key PublicKey, h *fr.Element, sig *Signature) error {
	// With h·(−A) in place of −h·A.
	var sum, ha twistededwards.PointExtended
	minusA := negated(key)
	ha.FromAffine(&minusA)
	ha.ScalarMultiplication(&ha, h.BigInt(new(big.Int)))
	sb := affine(baseMultiple(new(big.Int).SetBytes(sig.S[:])))
	minusR := negated(sig.R)
	sum.MixedAdd(&ha, &sb)
	sum.MixedAdd(&sum, &minusR)
	if !vanishesTimesCofactor(&sum) {
		return errWrongSignature()
	}
	return nil
}

// errWrongSignature is the answer to a signature that fulfils all but the equation.
func errWrongSignature() error {
	return fmt.Errorf("%w: not this key's over this message on this rollup", ErrBadSignature)
}

// OnCurve says whether p satisfies the curve's equation.
func OnCurve(p Point) bool {
	a := affine(p)
	return a.IsOnCurve()
}

// LowOrder says whether 8·p is the neutral element: whether p is one of the
// eight torsion points. Its result for a point off the curve means nothing.
//
// d is no square, so those points are a cyclic group. Two have x = 0. Of order 4
// are the two whose double has x = 0 again, which leaves y = 0. Of order 8 are the
// four whose double has y = 0; with a = −1, the y of a double is a multiple of
// x² + y².
func LowOrder(p Point) bool {
	if p.X.IsZero() || p.Y.IsZero() {
		return true
	}
	var x2, y2 fr.Element
	x2.Square(&p.X)
	y2.Square(&p.Y)
	return x2.Add(&x2, &y2).IsZero()
}

// ValidKey says whether p can be the key of an account that signs: on the curve
// and not of low order. Accounts with other keys can exist, since layer 1 and
// openings name any pair of field elements; they can only exit by force.
func ValidKey(p Point) bool { return OnCurve(p) && !LowOrder(p) }

// errPoint is returned for 32 bytes that encode no point.
var errPoint = errors.New("not the canonical encoding of a point on the curve")

// CompressPoint encodes a point on the curve in 32 bytes, in gnark-crypto's
// form: y little-endian, the top bit set if x is lexicographically largest.
func CompressPoint(p Point) [PointSize]byte {
	a := affine(p)
	return a.Bytes()
}

// DecompressPoint is the inverse of [CompressPoint]. It accepts only what
// CompressPoint returns for a point on the curve.
func DecompressPoint(b [PointSize]byte) (Point, error) {
	var a twistededwards.PointAffine
	// gnark-crypto reduces y modulo r, takes either sign of x = 0, and leaves a
	// point off the curve where x has no root; the two tests refuse all three.
	if _, err := a.SetBytes(b[:]); err != nil || !a.IsOnCurve() || a.Bytes() != b {
		return Point{}, errPoint
	}
	return Point{X: a.X, Y: a.Y}, nil
}

// Bytes encodes the signature: R compressed, then S. R must be on the curve.
func (s *Signature) Bytes() [SignatureSize]byte {
	var b [SignatureSize]byte
	r := CompressPoint(s.R)
	copy(b[:], r[:])
	copy(b[PointSize:], s.S[:])
	return b
}

// ParseSignature is the inverse of [Signature.Bytes]: R must be a canonical
// encoding and S below the subgroup order.
func ParseSignature(b [SignatureSize]byte) (Signature, error) {
	r, err := DecompressPoint([PointSize]byte(b[:PointSize]))
	if err != nil {
		return Signature{}, fmt.Errorf("signature: R is %w", err)
	}
	sig := Signature{R: r, S: [32]byte(b[PointSize:])}
	if new(big.Int).SetBytes(sig.S[:]).Cmp(&curve.Order) >= 0 {
		return Signature{}, errors.New("signature: S is not below the subgroup order")
	}
	return sig, nil
}

// messageWords packs the signed message into m1, m2, m3.
func messageWords(rollupID fr.Element, t *Transfer) [3]fr.Element {
	amount, fee := t.Amount.Bytes32(), t.Fee.Bytes32()
	var m2, m3 [32]byte
	binary.BigEndian.PutUint64(m2[24:], t.Nonce) // 40 bits; the index overwrites the zeros above
	binary.BigEndian.PutUint32(m2[23:], uint32(t.To))
	binary.BigEndian.PutUint32(m2[19:], uint32(t.From))
	copy(m2[3:], amount[16:])
	binary.BigEndian.PutUint32(m3[12:], t.ValidUntil)
	copy(m3[16:], fee[16:])
	words := [3]fr.Element{rollupID}
	words[1].SetBytes(m2[:])
	words[2].SetBytes(m3[:])
	return words
}

func hashMessage(r Point, a PublicKey, m [3]fr.Element) fr.Element {
	return H8([8]fr.Element{r.X, r.Y, a.X, a.Y, m[0], m[1], m[2], TagTransfer})
}

// canonicalSplit says whether ⌊h/2^144⌋ < ⌊r/2^144⌋. Of the hashes for which it
// does not hold, one in 2^109, the circuit would need a second comparison.
func canonicalSplit(h fr.Element) bool {
	v := h.BigInt(new(big.Int))
	return v.Rsh(v, splitBits).Cmp(splitHigh) < 0
}

// checkWidths returns ErrWidth unless each part fits its place in the message.
func (t *Transfer) checkWidths() error {
	if err := checkWidth("amount", &t.Amount); err != nil {
		return err
	}
	if err := checkWidth("fee", &t.Fee); err != nil {
		return err
	}
	if t.Nonce > MaxNonce {
		return fmt.Errorf("%w: nonce %d has more than %d bits", ErrWidth, t.Nonce, NonceBits)
	}
	return nil
}

// vanishesTimesCofactor says whether 8·p is the neutral element.
func vanishesTimesCofactor(p *twistededwards.PointExtended) bool {
	q := *p
	q.Double(&q).Double(&q).Double(&q)
	return q.IsZero()
}

func baseMultiple(scalar *big.Int) Point {
	var p twistededwards.PointAffine
	p.ScalarMultiplicationBase(scalar)
	return Point{X: p.X, Y: p.Y}
}

func affine(p Point) twistededwards.PointAffine { return twistededwards.PointAffine{X: p.X, Y: p.Y} }

func negated(p Point) twistededwards.PointAffine {
	a := affine(p)
	a.Neg(&a)
	return a
}
