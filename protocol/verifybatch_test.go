package protocol

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/holiman/uint256"
)

// forge is one way to make an item, and whether Verify accepts it.
type forge struct {
	name  string
	valid bool
	make  func(t testing.TB, rng *rand.Rand, torsion []Point) Signed
}

func randomSigned(t testing.TB, rng *rand.Rand) (*PrivateKey, Signed) {
	key := testKey(fmt.Sprint("signer ", rng.IntN(40)))
	signed := mustSign(t, key, testRollup, Transfer{
		From: Index(rng.Uint32()), To: Index(rng.Uint32()), Amount: *uint256.NewInt(rng.Uint64()), Fee: *uint256.NewInt(rng.Uint64N(1000)),
		Nonce: rng.Uint64N(MaxNonce + 1), ValidUntil: rng.Uint32(),
	})
	return key, Signed{key.Public(), &signed}
}

// signWith completes a signature whose R is nonce·B plus a torsion point.
func signWith(key *PrivateKey, public PublicKey, nonce *big.Int, torsion Point, tr *Transfer) Signature {
	r, shift := affine(baseMultiple(nonce)), affine(torsion)
	r.Add(&r, &shift)
	sig := Signature{R: Point{r.X, r.Y}}
	h := MessageHash(sig.R, public, testRollup, tr)
	s := h.BigInt(new(big.Int))
	s.Mul(s, key.scalar).Add(s, nonce).Mod(s, &curve.Order)
	s.FillBytes(sig.S[:])
	return sig
}

func addToS(sig *Signature, delta *big.Int) {
	s := new(big.Int).SetBytes(sig.S[:])
	s.Add(s, delta).Mod(s, &curve.Order).FillBytes(sig.S[:])
}

// forges are the ways, from the most ordinary to the most hostile.
var forges = []forge{
	{"valid", true, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		return item
	}},
	{"torsion in R", true, func(t testing.TB, rng *rand.Rand, torsion []Point) Signed {
		key, item := randomSigned(t, rng)
		nonce := new(big.Int).SetUint64(1 + rng.Uint64()>>1)
		item.Transfer.Signature = signWith(key, item.Key, nonce, torsion[rng.IntN(8)], &item.Transfer.Transfer)
		return item
	}},
	{"torsion in A", true, func(t testing.TB, rng *rand.Rand, torsion []Point) Signed {
		key, item := randomSigned(t, rng)
		a, shift := affine(item.Key), affine(torsion[1+rng.IntN(7)])
		a.Add(&a, &shift)
		item.Key = Point{a.X, a.Y}
		nonce := new(big.Int).SetUint64(1 + rng.Uint64()>>1)
		item.Transfer.Signature = signWith(key, item.Key, nonce, torsion[0], &item.Transfer.Transfer)
		return item
	}},
	{"torsion added to a signed R", false, func(t testing.TB, rng *rand.Rand, torsion []Point) Signed {
		_, item := randomSigned(t, rng)
		r, shift := affine(item.Transfer.Signature.R), affine(torsion[1+rng.IntN(7)])
		r.Add(&r, &shift)
		item.Transfer.Signature.R = Point{r.X, r.Y}
		return item
	}},
	{"torsion added to a signing A", false, func(t testing.TB, rng *rand.Rand, torsion []Point) Signed {
		_, item := randomSigned(t, rng)
		a, shift := affine(item.Key), affine(torsion[1+rng.IntN(7)])
		a.Add(&a, &shift)
		item.Key = Point{a.X, a.Y}
		return item
	}},
	{"another key", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		item.Key = testKey("mallory").Public()
		return item
	}},
	{"another message", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		item.Transfer.To++
		return item
	}},
	{"another rollup", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		key, item := randomSigned(t, rng)
		*item.Transfer = mustSign(t, key, testElement("elsewhere"), item.Transfer.Transfer)
		return item
	}},
	{"too wide", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		item.Transfer.Amount = underLimit(0)
		return item
	}},
	{"S negated", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		s := new(big.Int).SetBytes(item.Transfer.Signature.S[:])
		s.Sub(&curve.Order, s).FillBytes(item.Transfer.Signature.S[:])
		return item
	}},
	{"S + ℓ", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		s := new(big.Int).SetBytes(item.Transfer.Signature.S[:])
		s.Add(s, &curve.Order).FillBytes(item.Transfer.Signature.S[:])
		return item
	}},
	{"R = (0,0)", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		item.Transfer.Signature.R = Point{}
		return item
	}},
	{"A = (0,0)", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		item.Key = Point{}
		return item
	}},
	{"R off the curve", false, func(t testing.TB, rng *rand.Rand, _ []Point) Signed {
		_, item := randomSigned(t, rng)
		item.Transfer.Signature.R.X.SetUint64(rng.Uint64())
		return item
	}},
	{"R of low order, equation true", false, func(t testing.TB, rng *rand.Rand, torsion []Point) Signed {
		key, item := randomSigned(t, rng)
		item.Transfer.Signature = signWith(key, item.Key, new(big.Int), torsion[rng.IntN(8)], &item.Transfer.Transfer)
		return item
	}},
	{"R and A of low order, S = 0", false, func(t testing.TB, rng *rand.Rand, torsion []Point) Signed {
		_, item := randomSigned(t, rng)
		item.Key = torsion[rng.IntN(8)]
		item.Transfer.Signature = Signature{R: torsion[rng.IntN(8)]}
		return item
	}},
}

// agree fails unless VerifyBatch and Verify give every item one verdict, for one
// reason, and returns how many are valid.
func agree(t *testing.T, items []Signed) int {
	t.Helper()
	errs := VerifyBatch(testRollup, items)
	if len(errs) != len(items) {
		t.Fatalf("%d verdicts on %d items", len(errs), len(items))
	}
	valid := 0
	for i, item := range items {
		want := Verify(item.Key, testRollup, &item.Transfer.Transfer, &item.Transfer.Signature)
		if fmt.Sprint(errs[i]) != fmt.Sprint(want) {
			t.Errorf("item %d of %d: %v, Verify says %v", i, len(items), errs[i], want)
		}
		var why Rejection
		if errs[i] == nil {
			valid++
		} else if !errors.As(errs[i], &why) {
			t.Errorf("item %d: %v is no rejection", i, errs[i])
		}
	}
	return valid
}

func TestVerifyBatchAgreesWithVerify(t *testing.T) {
	torsion := torsionPoints(t)
	rng := rand.New(rand.NewPCG(4, 1))
	// Each forge alone, which also says that it is what its name claims.
	for _, f := range forges {
		for range 4 {
			if valid := agree(t, []Signed{f.make(t, rng, torsion)}); (valid == 1) != f.valid {
				t.Errorf("%s: %d valid", f.name, valid)
			}
		}
	}
	// Groups of every kind of size, with no, few, many and only bad items.
	for _, size := range []int{0, 1, 2, 3, 5, 16, 31, batchGroup - 1, batchGroup, batchGroup + 1, 3 * batchGroup} {
		shares := []float64{0, 0.02, 0.5, 1}
		if size > 100 {
			shares = shares[1:2]
		}
		for _, bad := range shares {
			items, want := make([]Signed, size), 0
			for i := range items {
				f := forges[rng.IntN(3)]
				if rng.Float64() < bad {
					f = forges[3+rng.IntN(len(forges)-3)]
				}
				items[i] = f.make(t, rng, torsion)
				if f.valid {
					want++
				}
			}
			if got := agree(t, items); got != want {
				t.Errorf("%d items, %v bad: %d valid, want %d", size, bad, got, want)
			}
		}
	}
}

// One bad item is found wherever it stands.
func TestVerifyBatchBlames(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	for size := 1; size <= 9; size++ {
		items := make([]Signed, size)
		for i := range items {
			_, items[i] = randomSigned(t, rng)
		}
		for culprit := range items {
			forged := slices.Clone(items)
			wrong := *items[culprit].Transfer
			addToS(&wrong.Signature, big.NewInt(1))
			forged[culprit].Transfer = &wrong
			for i, err := range VerifyBatch(testRollup, forged) {
				if (err != nil) != (i == culprit) {
					t.Errorf("item %d of %d, where %d is bad: %v", i, size, culprit, err)
				}
			}
		}
	}
}

// Errors that cancel each other under equal coefficients do not under secret ones.
func TestVerifyBatchCoefficientsDiffer(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 3))
	_, first := randomSigned(t, rng)
	_, second := randomSigned(t, rng)
	delta := big.NewInt(987654321)
	addToS(&first.Transfer.Signature, delta)
	addToS(&second.Transfer.Signature, new(big.Int).Neg(delta))
	items := []Signed{first, second}

	sumWith := func(coefficients ...byte) twistededwards.PointExtended {
		g := newBatchSum(len(coefficients))
		for i, item := range items[:len(coefficients)] {
			h := MessageHash(item.Transfer.Signature.R, item.Key, testRollup, &item.Transfer.Transfer)
			g.add(i, coefficients[i:i+1], &h, item.Key, &item.Transfer.Signature)
		}
		return g.sum(0, len(coefficients))
	}
	if equal := sumWith(3, 3); !vanishesTimesCofactor(&equal) {
		t.Fatal("the errors do not cancel: the test shows nothing")
	}
	if different := sumWith(3, 4); vanishesTimesCofactor(&different) {
		t.Error("the sum does not see its coefficients")
	}
	// A coefficient of 0 would hide an item.
	if zero := sumWith(0); vanishesTimesCofactor(&zero) {
		t.Error("coefficient 0 hides an item")
	}
	for range 20 {
		for i, err := range VerifyBatch(testRollup, items) {
			if !errors.Is(err, ErrBadSignature) {
				t.Fatalf("item %d: %v", i, err)
			}
		}
	}
}

// The sum is the written one, for random points and scalars and for the largest.
func TestBatchSumIsTheWrittenForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const size = 7
	g := newBatchSum(size)
	var want twistededwards.PointExtended
	want.Y.SetOne()
	want.Z.SetOne()
	subtract := func(p Point, scalar *big.Int) {
		a := affine(p)
		var e twistededwards.PointExtended
		e.FromAffine(&a)
		e.ScalarMultiplication(&e, new(big.Int).Neg(scalar))
		want.Add(&want, &e)
	}
	for i := range size {
		sig := Signature{R: testKey(fmt.Sprint("r", i)).Public()}
		key := testKey(fmt.Sprint("a", i)).Public()
		new(big.Int).Sub(&curve.Order, big.NewInt(int64(i+1))).FillBytes(sig.S[:])
		h := testElement(fmt.Sprint("h", i))
		coefficient := make([]byte, batchCoefficientBytes)
		for j := range coefficient {
			coefficient[j] = byte(rng.Uint32())
			if i == 0 {
				coefficient[j] = 0xff
			}
		}
		z := new(big.Int).SetBytes(coefficient)
		if i == 1 { // z·h mod ℓ is ℓ − 1
			z.SetUint64(1)
			coefficient = []byte{1}
			h.SetBigInt(new(big.Int).Sub(&curve.Order, big.NewInt(1)))
		}
		g.add(i, coefficient, &h, key, &sig)
		subtract(sig.R, z)
		subtract(key, new(big.Int).Mul(z, h.BigInt(new(big.Int))))
		subtract(BasePoint(), new(big.Int).Neg(new(big.Int).Mul(z, new(big.Int).SetBytes(sig.S[:]))))
	}
	whole := g.sum(0, size)
	if !whole.Equal(&want) {
		t.Error("the whole sum")
	}
	for middle := 1; middle < size; middle++ {
		left, right := g.sum(0, middle), g.sum(middle, size)
		left.Add(&left, &right)
		if !left.Equal(&want) {
			t.Errorf("the parts around %d", middle)
		}
	}
}

func TestNAF(t *testing.T) {
	last := new(big.Int).Sub(&curve.Order, big.NewInt(1))
	full := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 250), big.NewInt(1)) // all ones: a carry up to the end
	scalars := []*big.Int{new(big.Int), big.NewInt(1), big.NewInt(15), big.NewInt(16), big.NewInt(31), full, last}
	rng := rand.New(rand.NewPCG(4, 5))
	for range 500 {
		var e fr.Element
		e.SetUint64(rng.Uint64())
		e.Inverse(&e)
		scalars = append(scalars, new(big.Int).Mod(e.BigInt(new(big.Int)), &curve.Order))
	}
	for _, scalar := range scalars {
		digits := make([]int8, 2*nafDigits)
		writeNAF(scalar, digits[1:], 2)
		got, term, quiet := new(big.Int), new(big.Int), 0
		for i := range nafDigits {
			if digits[2*i] != 0 {
				t.Fatalf("%v: a digit in another's place", scalar)
			}
			quiet--
			d := int64(digits[2*i+1])
			if d == 0 {
				continue
			}
			if d%2 == 0 || d < -(2*nafMultiples-1) || d > 2*nafMultiples-1 || quiet > 0 {
				t.Fatalf("%v: digit %d at %d", scalar, d, i)
			}
			quiet = nafWindow
			got.Add(got, term.Lsh(big.NewInt(d), uint(i)))
		}
		if got.Cmp(scalar) != 0 {
			t.Errorf("%v is written as %v", scalar, got)
		}
	}
}

// LowOrder looks at coordinates; the definition doubles.
func TestLowOrderIsTheWrittenForm(t *testing.T) {
	slow := func(p Point) bool {
		a := affine(p)
		var e twistededwards.PointExtended
		e.FromAffine(&a)
		return vanishesTimesCofactor(&e)
	}
	for i, p := range torsionPoints(t) {
		if !LowOrder(p) || !slow(p) {
			t.Errorf("torsion point %d", i)
		}
		// Points outside the subgroup are not of low order for that.
		for j := range 20 {
			a, shift := affine(testKey(fmt.Sprint("mixed ", i, j)).Public()), affine(p)
			a.Add(&a, &shift)
			if mixed := (Point{a.X, a.Y}); LowOrder(mixed) || slow(mixed) {
				t.Errorf("a point of the subgroup plus torsion point %d", i)
			}
		}
	}
	// Any coordinates: where y is on the curve at all.
	rng := rand.New(rand.NewPCG(4, 6))
	found := 0
	for range 2000 {
		var b [PointSize]byte
		for i := range b[:31] {
			b[i] = byte(rng.Uint32())
		}
		p, err := DecompressPoint(b)
		if err != nil {
			continue
		}
		found++
		if LowOrder(p) != slow(p) {
			t.Errorf("%v", p)
		}
	}
	if found < 500 {
		t.Errorf("only %d points tried", found)
	}
}

func benchmarkItems(b *testing.B, size int) []Signed {
	items := make([]Signed, size)
	for i := range items {
		key := testKey(fmt.Sprint("bench ", i))
		tr := testTransfer()
		tr.From = Index(i + 1)
		signed := mustSign(b, key, testRollup, tr)
		items[i] = Signed{key.Public(), &signed}
	}
	return items
}

// processorTime is what the process has used so far. Other work on the machine
// stretches it less than it does the clock's.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkVerifyBatch reports microseconds of processor time per signature, in
// batches of several sizes of which all, all but one or none are valid. What
// BenchmarkVerify does stands beside them as one.
func BenchmarkVerifyBatch(b *testing.B) {
	run := func(name string, items []Signed, verify func() (refused int), want int) {
		b.Run(name, func(b *testing.B) {
			start := processorTime(b)
			for b.Loop() {
				if refused := verify(); refused != want {
					b.Fatalf("%d refused, %d are bad", refused, want)
				}
			}
			b.ReportMetric(float64((processorTime(b)-start).Nanoseconds())/1e3/float64(b.N*len(items)), "cpu-µs/signature")
		})
	}
	batch := func(items []Signed) func() int {
		return func() (refused int) {
			for _, err := range VerifyBatch(testRollup, items) {
				if err != nil {
					refused++
				}
			}
			return refused
		}
	}
	for _, size := range []int{1, 2, 8, 64, 512, 4096} {
		items := benchmarkItems(b, size)
		if size == 1 {
			one := items[0]
			run("Verify", items, func() (refused int) {
				if Verify(one.Key, testRollup, &one.Transfer.Transfer, &one.Transfer.Signature) != nil {
					refused++
				}
				return refused
			}, 0)
		}
		run(fmt.Sprintf("%d", size), items, batch(items), 0)
		if size == 1 {
			continue
		}
		bad := slices.Clone(items)
		for i := range bad {
			wrong := *bad[i].Transfer
			addToS(&wrong.Signature, big.NewInt(int64(i+1)))
			bad[i].Transfer = &wrong
		}
		one := slices.Clone(items)
		one[size/3] = bad[size/3]
		run(fmt.Sprintf("%d-one-bad", size), one, batch(one), 1)
		run(fmt.Sprintf("%d-all-bad", size), bad, batch(bad), size)
	}
}
