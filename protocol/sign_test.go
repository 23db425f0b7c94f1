package protocol

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards/eddsa"
	"github.com/holiman/uint256"
)

func testKey(name string) *PrivateKey { return NewPrivateKey(sha256.Sum256([]byte(name))) }

func testElement(name string) fr.Element {
	var e fr.Element
	h := sha256.Sum256([]byte(name))
	e.SetBytes(h[:])
	return e
}

func testTransfer() Transfer {
	return Transfer{
		From: 0xfedcba98, To: 7, Amount: *uint256.NewInt(12_500_000), Fee: *uint256.NewInt(300),
		Nonce: 0xab_cdef_0123, ValidUntil: 0x89abcdef,
	}
}

func mustSign(t testing.TB, k *PrivateKey, rollupID fr.Element, tr Transfer) SignedTransfer {
	t.Helper()
	signed, err := k.SignTransfer(rollupID, tr)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// h8Transcript presents H8 over seven words and the transfer's tag as the
// hash.Hash that gnark-crypto's eddsa wants.
type h8Transcript struct {
	hash.Hash
	words []fr.Element
}

func (h *h8Transcript) Reset() { h.words = nil }

func (h *h8Transcript) Write(p []byte) (int, error) {
	for i := 0; i < len(p); i += fr.Bytes {
		var e fr.Element
		e.SetBytes(p[i : i+fr.Bytes])
		h.words = append(h.words, e)
	}
	return len(p), nil
}

func (h *h8Transcript) Sum([]byte) []byte {
	var in [8]fr.Element
	copy(in[:7], h.words)
	in[7] = TagTransfer
	digest := H8(in)
	b := digest.Bytes()
	return b[:]
}

// gnark-crypto's eddsa, given our hash, is a second implementation of key
// derivation and verification.
func TestSignatureAgreesWithGnarkCrypto(t *testing.T) {
	seed := sha256.Sum256([]byte("agree"))
	theirs, err := eddsa.GenerateKey(bytes.NewReader(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	ours := NewPrivateKey(seed)
	if a := theirs.PublicKey.A; (Point{a.X, a.Y}) != ours.Public() {
		t.Fatal("the same seed gives different public keys")
	}
	rollupID, tr := testElement("rollup"), testTransfer()
	signed := mustSign(t, ours, rollupID, tr)
	encoded := signed.Signature.Bytes()
	var message []byte
	for _, w := range messageWords(rollupID, &tr) {
		b := w.Bytes()
		message = append(message, b[:]...)
	}
	ok, err := theirs.PublicKey.Verify(encoded[:], message, &h8Transcript{})
	if err != nil || !ok {
		t.Errorf("gnark-crypto refuses our signature: %v, %v", ok, err)
	}
	message[95] ^= 1
	if ok, _ := theirs.PublicKey.Verify(encoded[:], message, &h8Transcript{}); ok {
		t.Error("gnark-crypto accepts our signature for another message")
	}
}

// messageWords packs by bytes; the written form is a sum.
func TestMessageIsTheWrittenForm(t *testing.T) {
	for _, tr := range []Transfer{
		testTransfer(), {},
		{From: 1<<32 - 1, To: 1<<32 - 1, Amount: underLimit(1), Fee: underLimit(1), Nonce: MaxNonce, ValidUntil: 1<<32 - 1},
	} {
		words := messageWords(testRollup, &tr)
		want := [3]fr.Element{
			testRollup,
			pack(t, part{tr.Amount, 104}, part{tr.From, 72}, part{tr.To, 40}, part{int(tr.Nonce), 0}),
			pack(t, part{int(tr.ValidUntil), 128}, part{tr.Fee, 0}),
		}
		if words != want {
			t.Errorf("message of %+v", tr)
		}
		r, a := testKey("r").Public(), testKey("a").Public()
		if h := H8([8]fr.Element{r.X, r.Y, a.X, a.Y, want[0], want[1], want[2], TagTransfer}); MessageHash(r, a, testRollup, &tr) != h {
			t.Errorf("hash of %+v", tr)
		}
	}
}

// torsionPoints returns the eight points of order dividing 8.
func torsionPoints(t testing.TB) []Point {
	t.Helper()
	// ℓ times a point outside the subgroup is a torsion point; one of order 8
	// generates the rest.
	var y fr.Element
	for i := uint64(2); i < 1000; i++ {
		y.SetUint64(i)
		b := y.Bytes()
		for l, r := 0, len(b)-1; l < r; l, r = l+1, r-1 {
			b[l], b[r] = b[r], b[l]
		}
		p, err := DecompressPoint(b)
		if err != nil {
			continue
		}
		a := affine(p)
		var generator, four twistededwards.PointAffine
		generator.ScalarMultiplication(&a, &curve.Order)
		four.Double(&generator).Double(&four)
		if four.IsZero() {
			continue
		}
		points := make([]Point, 8)
		var sum twistededwards.PointAffine
		sum.Y.SetOne()
		for j := range points {
			points[j] = Point{sum.X, sum.Y}
			sum.Add(&sum, &generator)
		}
		if !sum.IsZero() {
			t.Fatal("the torsion generator's order is not 8")
		}
		return points
	}
	t.Fatal("no point of order 8 found")
	return nil
}

func TestHostilePoints(t *testing.T) {
	rollupID, tr, key := testElement("rollup"), testTransfer(), testKey("alice")
	good := mustSign(t, key, rollupID, tr)
	hostile := map[string]Point{
		"(0,0)":     {},
		"off curve": {X: testElement("x"), Y: testElement("y")},
	}
	for i, p := range torsionPoints(t) {
		if !OnCurve(p) || !LowOrder(p) || ValidKey(p) {
			t.Errorf("torsion point %d is not seen as one", i)
		}
		hostile["torsion "+string(rune('0'+i))] = p
	}
	for name, p := range hostile {
		sig := good.Signature
		sig.R = p
		if err := Verify(key.Public(), rollupID, &tr, &sig); !errors.Is(err, ErrBadSignature) {
			t.Errorf("R %s: %v", name, err)
		}
		if err := Verify(p, rollupID, &tr, &good.Signature); !errors.Is(err, ErrBadSignature) {
			t.Errorf("A %s: %v", name, err)
		}
		// The forgery that a verifier without these checks accepts: S = 0, R = A = O.
		forged := Signature{R: p}
		if err := Verify(p, rollupID, &tr, &forged); !errors.Is(err, ErrBadSignature) {
			t.Errorf("R = A %s, S = 0: %v", name, err)
		}
	}
}

// A torsion component in R is harmless: the check is cofactored, and the
// circuit's is too.
func TestVerifyIsCofactored(t *testing.T) {
	rollupID, tr := testElement("rollup"), testTransfer()
	key := testKey("alice")
	for i, torsion := range torsionPoints(t) {
		nonce := big.NewInt(123456789)
		r, shift := affine(baseMultiple(nonce)), affine(torsion)
		r.Add(&r, &shift)
		sig := Signature{R: Point{r.X, r.Y}}
		h := MessageHash(sig.R, key.Public(), rollupID, &tr)
		s := h.BigInt(new(big.Int))
		s.Mul(s, key.scalar).Add(s, nonce).Mod(s, &curve.Order)
		s.FillBytes(sig.S[:])
		if err := Verify(key.Public(), rollupID, &tr, &sig); err != nil {
			t.Errorf("torsion %d: %v", i, err)
		}
	}
}

// With R of low order, S = h·a satisfies the cofactored equation. It is refused
// all the same, as the circuit refuses it.
func TestLowOrderRIsRefused(t *testing.T) {
	rollupID, tr, key := testElement("rollup"), testTransfer(), testKey("alice")
	for i, r := range torsionPoints(t) {
		h := MessageHash(r, key.Public(), rollupID, &tr)
		s := h.BigInt(new(big.Int))
		s.Mul(s, key.scalar).Mod(s, &curve.Order)
		sig := Signature{R: r}
		s.FillBytes(sig.S[:])
		if err := Verify(key.Public(), rollupID, &tr, &sig); !errors.Is(err, ErrBadSignature) {
			t.Errorf("torsion %d: %v", i, err)
		}
	}
}

func TestCanonicalSplit(t *testing.T) {
	bound := new(big.Int).Lsh(splitHigh, splitBits)
	for _, c := range []struct {
		offset int64
		want   bool
	}{{-1, true}, {0, false}, {1, false}} {
		var h fr.Element
		h.SetBigInt(new(big.Int).Add(bound, big.NewInt(c.offset)))
		if got := canonicalSplit(h); got != c.want {
			t.Errorf("h = bound%+d: %v, want %v", c.offset, got, c.want)
		}
	}
	var last fr.Element
	last.SetInt64(-1)
	if canonicalSplit(last) {
		t.Error("r−1 passes")
	}
	if !canonicalSplit(fr.Element{}) {
		t.Error("0 does not pass")
	}
}

func TestScalarRange(t *testing.T) {
	rollupID, tr, key := testElement("rollup"), testTransfer(), testKey("alice")
	good := mustSign(t, key, rollupID, tr)
	s := new(big.Int).SetBytes(good.Signature.S[:])
	for s.Add(s, &curve.Order); s.BitLen() <= 256; s.Add(s, &curve.Order) {
		sig := good.Signature
		s.FillBytes(sig.S[:])
		if err := Verify(key.Public(), rollupID, &tr, &sig); !errors.Is(err, ErrBadSignature) {
			t.Fatalf("S + k·ℓ accepted: %v", err)
		}
		if _, err := ParseSignature(sig.Bytes()); err == nil {
			t.Fatal("S + k·ℓ parsed")
		}
	}
	// The last S that is one, and the first that is none.
	sig := good.Signature
	s.Sub(&curve.Order, big.NewInt(1)).FillBytes(sig.S[:])
	if _, err := ParseSignature(sig.Bytes()); err != nil {
		t.Errorf("S = ℓ − 1: %v", err)
	}
	curve.Order.FillBytes(sig.S[:])
	if _, err := ParseSignature(sig.Bytes()); err == nil {
		t.Error("S = ℓ parsed")
	}
	// No signature with S = 0 mod ℓ can be made, so the reason is what tells.
	err := Verify(key.Public(), rollupID, &tr, &sig)
	if !errors.Is(err, ErrBadSignature) || !strings.Contains(err.Error(), "S is not below") {
		t.Errorf("S = ℓ: %v", err)
	}
}

// Every bit of the encoded signature, of the key and of each part of the
// message counts.
func TestEveryBitOfASignatureCounts(t *testing.T) {
	rollupID, tr, key := testElement("rollup"), testTransfer(), testKey("alice")
	good := mustSign(t, key, rollupID, tr)
	if err := Verify(key.Public(), rollupID, &tr, &good.Signature); err != nil {
		t.Fatal(err)
	}
	encoded := good.Signature.Bytes()
	for bit := range 8 * len(encoded) {
		mutated := encoded
		mutated[bit/8] ^= 1 << (bit % 8)
		sig, err := ParseSignature(mutated)
		if err == nil && Verify(key.Public(), rollupID, &tr, &sig) == nil {
			t.Errorf("signature with bit %d flipped accepted", bit)
		}
	}
	refused := func(what string, bit int, id fr.Element, m Transfer) {
		if err := Verify(key.Public(), id, &m, &good.Signature); err == nil {
			t.Errorf("%s with bit %d flipped accepted", what, bit)
		}
	}
	for bit := range 64 {
		flip := uint64(1) << bit
		m := tr
		m.Nonce ^= flip
		refused("nonce", bit, rollupID, m)
		if bit < 32 {
			m = tr
			m.From ^= Index(flip)
			refused("from", bit, rollupID, m)
			m = tr
			m.To ^= Index(flip)
			refused("to", bit, rollupID, m)
			m = tr
			m.ValidUntil ^= uint32(flip)
			refused("validUntil", bit, rollupID, m)
		}
	}
	for bit := range 256 {
		flip := new(uint256.Int).Lsh(uint256.NewInt(1), uint(bit))
		m := tr
		m.Amount.Xor(&m.Amount, flip)
		refused("amount", bit, rollupID, m)
		m = tr
		m.Fee.Xor(&m.Fee, flip)
		refused("fee", bit, rollupID, m)
		b := rollupID.Bytes()
		b[bit/8] ^= 1 << (bit % 8)
		var id fr.Element
		if id.SetBytesCanonical(b[:]) == nil {
			refused("rollupID", bit, id, tr)
		}
	}
	if err := Verify(testKey("bob").Public(), rollupID, &tr, &good.Signature); !errors.Is(err, ErrBadSignature) {
		t.Errorf("another key: %v", err)
	}
}

func TestSignRefusesWideParts(t *testing.T) {
	wide := new(uint256.Int).Lsh(uint256.NewInt(1), BalanceBits)
	for name, change := range map[string]func(*Transfer){
		"amount": func(t *Transfer) { t.Amount = *wide },
		"fee":    func(t *Transfer) { t.Fee = *wide },
		"nonce":  func(t *Transfer) { t.Nonce = MaxNonce + 1 },
	} {
		tr := testTransfer()
		change(&tr)
		if _, err := testKey("alice").SignTransfer(fr.Element{}, tr); !errors.Is(err, ErrWidth) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecompressIsStrict(t *testing.T) {
	negativeZero := CompressPoint(Point{Y: fr.One()})
	negativeZero[31] |= 0x80
	var wide [32]byte // y = r + 1, which would read as y = 1
	b := new(big.Int).Add(fr.Modulus(), big.NewInt(1)).FillBytes(make([]byte, 32))
	for i := range wide {
		wide[i] = b[31-i]
	}
	for name, b := range map[string][32]byte{"−0": negativeZero, "y ≥ r": wide} {
		if p, err := DecompressPoint(b); err == nil {
			t.Errorf("%s decoded to %v", name, p)
		}
	}
}

func FuzzDecompressPoint(f *testing.F) {
	good := CompressPoint(testKey("alice").Public())
	f.Add(good[:])
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) != PointSize {
			return
		}
		p, err := DecompressPoint([32]byte(data))
		if err == nil && (!OnCurve(p) || CompressPoint(p) != [32]byte(data)) {
			t.Errorf("%x decodes to %v", data, p)
		}
	})
}

func FuzzParseSignature(f *testing.F) {
	signed := mustSign(f, testKey("alice"), testElement("rollup"), testTransfer())
	good := signed.Signature.Bytes()
	f.Add(good[:])
	f.Add(make([]byte, SignatureSize))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) != SignatureSize {
			return
		}
		sig, err := ParseSignature([SignatureSize]byte(data))
		if err == nil && sig.Bytes() != [SignatureSize]byte(data) {
			t.Errorf("%x is not canonical", data)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	key, tr := testKey("alice"), testTransfer()
	for b.Loop() {
		mustSign(b, key, fr.Element{}, tr)
	}
}

func BenchmarkVerify(b *testing.B) {
	key := testKey("alice")
	signed := mustSign(b, key, fr.Element{}, testTransfer())
	for b.Loop() {
		if err := Verify(key.Public(), fr.Element{}, &signed.Transfer, &signed.Signature); err != nil {
			b.Fatal(err)
		}
	}
}
