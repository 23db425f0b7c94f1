package protocol

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"pgregory.net/rapid"
)

// drawBatch draws signatures of different signers and their hashes; some are
// padding.
func drawBatch(t *rapid.T) (sigs []Signature, keys []PublicKey, hashes []fr.Element) {
	rollupID := testElement("half-aggregation")
	for i := range rapid.IntRange(1, 12).Draw(t, "slots") {
		if rapid.Bool().Draw(t, "padding") {
			var m [3]fr.Element
			m[1].SetUint64(uint64(i))
			h := hashMessage(BasePoint(), BasePoint(), m)
			sigs = append(sigs, Signature{R: BasePoint(), S: DummyScalar(h)})
			keys = append(keys, BasePoint())
			hashes = append(hashes, h)
			continue
		}
		var seed [SeedSize]byte
		seed[0], seed[1] = byte(i), rapid.Byte().Draw(t, "seed")
		k := NewPrivateKey(seed)
		tr := testTransfer()
		tr.Nonce = rapid.Uint64Range(0, MaxNonce).Draw(t, "nonce")
		signed, err := k.SignTransfer(rollupID, tr)
		if err != nil {
			t.Fatal(err)
		}
		sigs = append(sigs, signed.Signature)
		keys = append(keys, k.Public())
		hashes = append(hashes, MessageHash(signed.Signature.R, k.Public(), rollupID, &tr))
	}
	return sigs, keys, hashes
}

func scalarsOf(sigs []Signature) [][32]byte {
	scalars := make([][32]byte, len(sigs))
	for i := range sigs {
		scalars[i] = sigs[i].S
	}
	return scalars
}

// aggregateHolds checks 8·(s·B − Σ z_i·R_i − Σ z_i·h_i·A_i) = O with gnark-crypto.
func aggregateHolds(s *big.Int, sigs []Signature, keys []PublicKey, hashes []fr.Element, count int) bool {
	sum := affine(baseMultiple(s))
	subtract := func(p Point, n *big.Int) {
		q := affine(p)
		q.ScalarMultiplication(&q, n)
		q.Neg(&q)
		sum.Add(&sum, &q)
	}
	for i, z := range Coefficients(hashes, count) {
		subtract(sigs[i].R, z)
		subtract(keys[i], new(big.Int).Mul(z, hashes[i].BigInt(new(big.Int))))
	}
	var e twistededwards.PointExtended
	e.FromAffine(&sum)
	return vanishesTimesCofactor(&e)
}

func TestHalfAggregate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sigs, keys, hashes := drawBatch(t)
		count := rapid.IntRange(0, len(sigs)).Draw(t, "count")
		s, err := HalfAggregate(hashes, scalarsOf(sigs), count)
		if err != nil {
			t.Fatal(err)
		}
		if s.Sign() < 0 || s.Cmp(&curve.Order) >= 0 {
			t.Fatalf("s = %s is not reduced", s)
		}
		if !aggregateHolds(s, sigs, keys, hashes, count) {
			t.Fatal("the aggregate of valid signatures does not hold")
		}
		// Any change of any scalar shows.
		i := rapid.IntRange(0, len(sigs)-1).Draw(t, "spoilt")
		sigs[i].S[31] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if s, err = HalfAggregate(hashes, scalarsOf(sigs), count); err != nil {
			t.Fatal(err)
		}
		if aggregateHolds(s, sigs, keys, hashes, count) {
			t.Fatal("an invalid scalar goes unnoticed")
		}
	})
}

func TestHalfAggregateWantsAScalarPerHash(t *testing.T) {
	if _, err := HalfAggregate(make([]fr.Element, 2), make([][32]byte, 3), 2); err == nil {
		t.Error("2 hashes and 3 scalars: no error")
	}
}

// TestCoefficientsDependOnEverything changes one hash, the order, the count and
// the number of slots: every coefficient changes.
func TestCoefficientsDependOnEverything(t *testing.T) {
	hashes := make([]fr.Element, 10)
	for i := range hashes {
		hashes[i].SetUint64(uint64(100 + i))
	}
	base := Coefficients(hashes, 9)
	if len(base) != len(hashes) {
		t.Fatalf("%d coefficients for %d hashes", len(base), len(hashes))
	}
	limit := new(big.Int).Lsh(big.NewInt(1), 128)
	seen := make(map[string]bool)
	for i, z := range base {
		if z.CmpAbs(limit) >= 0 {
			t.Errorf("z[%d] = %s has more than 128 bits", i, z)
		}
		if seen[z.String()] {
			t.Errorf("z[%d] = %s comes twice", i, z)
		}
		seen[z.String()] = true
	}
	differ := func(what string, other []*big.Int) {
		t.Helper()
		for i := range other {
			if other[i].Cmp(base[i]) == 0 {
				t.Errorf("%s: z[%d] stays the same", what, i)
			}
		}
	}
	for i := range hashes {
		changed := append([]fr.Element(nil), hashes...)
		changed[i].SetUint64(1)
		differ("another hash", Coefficients(changed, 9))
	}
	swapped := append([]fr.Element(nil), hashes...)
	swapped[0], swapped[9] = swapped[9], swapped[0]
	differ("hashes exchanged", Coefficients(swapped, 9))
	differ("another count", Coefficients(hashes, 8))
	differ("a slot less", Coefficients(hashes[:9], 9))
	// A padded chain and a longer one with zeros absorb the same words.
	differ("a slot more, with hash 0", Coefficients(append(hashes[:10:10], fr.Element{}), 9)[:10])
}

func BenchmarkHalfAggregate(b *testing.B) {
	hashes := make([]fr.Element, 512)
	scalars := make([][32]byte, len(hashes))
	for i := range hashes {
		hashes[i].SetUint64(uint64(i))
		scalars[i][31] = byte(i)
	}
	for b.Loop() {
		if _, err := HalfAggregate(hashes, scalars, len(hashes)); err != nil {
			b.Fatal(err)
		}
	}
}
