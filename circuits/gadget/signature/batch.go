package signature

import (
	"fmt"
	"math/big"

	tedwards "github.com/consensys/gnark-crypto/ecc/twistededwards"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/algebra/native/twistededwards"

	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/protocol"
)

// Point is a point as the prover gives it; [AssertBatch] asserts it on the curve.
type Point = twistededwards.Point

// Row is one signature: nonce point, key and message hash.
type Row struct {
	R, A Point
	Hash frontend.Variable
}

// MessageHash is protocol.MessageHash over the packed message words: m1 is the
// rollup ID, m2 and m3 the packed transfer.
func MessageHash(hasher *hash.Hasher, r, a Point, m1, m2, m3 frontend.Variable) frontend.Variable {
	return hasher.H8([8]frontend.Variable{r.X, r.Y, a.X, a.Y, m1, m2, m3, protocol.TagTransfer})
}

// window is how a kind of scalar is cut into digits. A digit u of bits bits
// stands for u − shift, in −(2^(bits−1)−1) … 2^(bits−1), so that a table needs
// only the multiples 1 … 2^(bits−1) of its point, and their negatives.
type window struct {
	bits, count int
}

// The scalars. A wider window has fewer look-ups and additions (9 constraints
// together) and a larger table (8.5 per additional multiple's pair of entries
// and more): 4 bits are best for the 128 of z, 5 for the 255 of k.
var (
	zWindow = window{bits: 4, count: 32}
	kWindow = window{bits: 5, count: 51} // of k, and of s
)

// halfBits is the size of a z before it is centred.
const halfBits = 127

func (w window) entries() int { return 1 << w.bits }
func (w window) shift() int   { return w.entries()/2 - 1 }

// offset is Σ shift·2^(bits·i): what a scalar's digits stand for is their value
// minus this.
func (w window) offset() *big.Int {
	offset := new(big.Int)
	for range w.count {
		offset.Lsh(offset, uint(w.bits))
		offset.Add(offset, big.NewInt(int64(w.shift())))
	}
	return offset
}

// verifier is what the parts of AssertBatch share.
type verifier struct {
	api    frontend.API
	arg    *multiset.Argument
	hasher *hash.Hasher
	curve  twistededwards.Curve
	tables *multiset.Sum // (x, table, y, digit)
	table  int           // number of the next table: entries of all tables before it
	omit   omissions

	// Points to add up at each digit of z and of k, lowest digit first.
	zPoints, kPoints [][]Point
}

// omissions switches off one check each, for the tests that show what forgery
// it stops. A circuit that is used has none.
type omissions struct {
	onCurve          bool // R and A are on the curve
	lowOrder         bool // 8·R and 8·A are not the identity
	transcript       bool // the z depend on the hashes
	lowHalf          bool // the low half of a transcript word is below 2^127
	coefficientSplit bool // a transcript word is split below r
	hashSplit        bool // a message hash is split below r
	identityModR     bool // z·h = q·ℓ + k modulo r
	identityLow      bool // z·h = q·ℓ + k modulo 2^144
	tableColumn      bool // table and digit are columns of their own, not one packed
}

// AssertBatch asserts that the prover knows signatures for all rows. count is
// the number of rows in use, which the transcript binds; s is the aggregate.
func AssertBatch(api frontend.API, arg *multiset.Argument, hasher *hash.Hasher, rows []Row, count, s frontend.Variable) error {
	return assertBatch(api, arg, hasher, rows, count, s, omissions{})
}

func assertBatch(api frontend.API, arg *multiset.Argument, hasher *hash.Hasher, rows []Row, count, s frontend.Variable, omit omissions) error {
	curve, err := twistededwards.NewEdCurve(api, tedwards.BN254)
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	v := &verifier{
		api: api, arg: arg, hasher: hasher, curve: curve,
		tables:  arg.Sum("signature tables", multiset.Unit, multiset.Beta1, multiset.Beta2, multiset.Beta3),
		zPoints: make([][]Point, zWindow.count),
		kPoints: make([][]Point, kWindow.count),
		omit:    omit,
	}
	halves, err := v.coefficients(rows, count)
	if err != nil {
		return err
	}
	for i, row := range rows {
		if err := v.row(row, halves[i]); err != nil {
			return err
		}
	}
	if err := v.base(s); err != nil {
		return err
	}
	v.assertSum()
	return nil
}

// half is a 127-bit half of a hash word in digits of zWindow.
type half struct {
	digits []frontend.Variable
	value  frontend.Variable // Σ digits[i]·16^i
}

// newHalf cuts the low or the high half of a word into digits by a hint. The
// caller pins them: each digit by a table look-up, all by an equation for the
// word.
func (v *verifier) newHalf(word frontend.Variable, high bool) (half, error) {
	shift := 0
	if high {
		shift = halfBits
	}
	digits, err := v.api.Compiler().NewHint(halfHint, zWindow.count, word, shift)
	if err != nil {
		return half{}, fmt.Errorf("signature: half hint: %w", err)
	}
	return half{digits: digits, value: v.arg.Recompose(digits, zWindow.bits)}, nil
}

// coefficients derives one 127-bit half per row from the transcript of all
// hashes: z_i is halves[i] minus zWindow.offset().
func (v *verifier) coefficients(rows []Row, count frontend.Variable) ([]half, error) {
	api := v.api
	hashes := make([]frontend.Variable, len(rows))
	for i := range rows {
		hashes[i] = rows[i].Hash
	}
	if v.omit.transcript {
		hashes = nil
	}
	initial := v.hasher.H4(protocol.TagTranscript, count, len(rows), 0)
	transcript := v.arg.Materialize(v.hasher.Chain(initial, hashes))
	top := new(big.Int).Rsh(api.Compiler().Field(), halfBits)

	halves := make([]half, 0, len(rows)+1)
	for j := 0; len(halves) < len(rows); j++ {
		words := v.hasher.Words4([4]frontend.Variable{transcript, j, protocol.TagZ, 0})
		for _, word := range words {
			if len(halves) == len(rows) {
				break
			}
			lo, err := v.newHalf(word, false)
			if err != nil {
				return nil, err
			}
			// lo < 2^127: its 32 digits are below 16 each by their look-ups,
			// and the highest is below 8.
			if !v.omit.lowHalf {
				v.arg.Range(lo.digits[zWindow.count-1], halfBits-zWindow.bits*(zWindow.count-1))
			}
			hi, err := v.newHalf(word, true)
			if err != nil {
				return nil, err
			}
			if halves = append(halves, lo, hi); len(halves) > len(rows) {
				// No row looks these digits up.
				v.arg.RangeLoose(hi.value, halfBits)
				halves = halves[:len(rows)]
			}
			// 0 ≤ hi < top = ⌊r/2^127⌋, so hi·2^127 + lo < r: the one split of
			// the word below r. An honest word has hi = top with probability
			// below 2^-126.
			if !v.omit.coefficientSplit {
				v.arg.RangeLoose(api.Sub(new(big.Int).Sub(top, big.NewInt(1)), hi.value), halfBits)
			}
			api.AssertIsEqual(word, api.Add(lo.value, api.Mul(hi.value, pow2(halfBits))))
		}
	}
	return halves, nil
}

// row constrains one signature and puts its points up for addition.
func (v *verifier) row(row Row, z half) error {
	k, err := v.keyDigits(row.Hash, z)
	if err != nil {
		return err
	}
	if err := v.multiply(row.R, zWindow, z.digits, v.zPoints); err != nil {
		return err
	}
	return v.multiply(row.A, kWindow, k, v.kPoints)
}

// multiply asserts that p is on the curve and not of low order, builds its
// table, and appends the table's entry for each digit to that digit's points.
func (v *verifier) multiply(p Point, w window, digits []frontend.Variable, points [][]Point) error {
	api, arg := v.api, v.arg
	if !v.omit.onCurve {
		v.curve.AssertIsOnCurve(p)
	}
	multiples := make([]Point, w.entries()/2+1) // multiples[i] is i·p
	multiples[1] = p
	for i := 2; i < len(multiples); i++ {
		if i%2 == 0 {
			multiples[i] = v.curve.Double(multiples[i/2])
		} else {
			multiples[i] = v.curve.Add(multiples[i-1], p)
		}
	}
	// 8·p is in the prime-order subgroup, where x = 0 only for the identity.
	if !v.omit.lowOrder {
		api.AssertIsDifferent(multiples[8].X, 0)
	}

	inputs := make([]frontend.Variable, 1, 2*len(multiples)+len(digits))
	inputs[0] = w.bits
	for _, m := range multiples[1:] {
		inputs = append(inputs, m.X, m.Y)
	}
	inputs = append(inputs, digits...)
	// Pinned by the look-ups below: (x, y) is the entry of this table for the
	// digit; the counts by the sum, which any other counts leave unequal to 0.
	entries, err := api.Compiler().NewHint(lookUpHint, 2*len(digits), inputs...)
	if err != nil {
		return fmt.Errorf("signature: look-up hint: %w", err)
	}
	counts, err := api.Compiler().NewHint(countHint, w.entries(), digits...)
	if err != nil {
		return fmt.Errorf("signature: count hint: %w", err)
	}
	table := v.newTable(w)
	for u, count := range counts {
		x, y := arg.Const(0), arg.Const(1)
		switch d := u - w.shift(); {
		case d > 0:
			x, y = arg.Column(multiples[d].X), arg.Column(multiples[d].Y)
		case d < 0:
			x, y = arg.Affine(multiples[-d].X, -1, 0), arg.Column(multiples[-d].Y)
		}
		v.tables.Add(count, v.entry(table, x, y, u)...)
	}
	v.lookUp(table, digits, entries, points)
	return nil
}

// newTable returns the number of a new table.
func (v *verifier) newTable(w window) int {
	table := v.table
	v.table += w.entries()
	return table
}

// entry is the record that a table has for a digit. Table and digit are columns
// of their own: in one packed column the digit 16 of a table is the digit 0 of
// the next.
func (v *verifier) entry(table int, x, y multiset.Column, digit frontend.Variable) []multiset.Column {
	if v.omit.tableColumn {
		return []multiset.Column{x, v.arg.Const(0), y, v.arg.Affine(digit, 1, int64(table))}
	}
	return []multiset.Column{x, v.arg.Const(int64(table)), y, v.arg.Column(digit)}
}

// lookUp asserts that entries (x, y each) are the table's for the digits, and
// appends them to the digits' points.
func (v *verifier) lookUp(table int, digits, entries []frontend.Variable, points [][]Point) {
	for i, digit := range digits {
		entry := Point{X: entries[2*i], Y: entries[2*i+1]}
		v.tables.Sub(1, v.entry(table, v.arg.Column(entry.X), v.arg.Column(entry.Y), digit)...)
		points[i] = append(points[i], entry)
	}
}

// base puts −s·B up for addition: one constant table for all digits of s, whose
// entry u is −u·B, not centred.
func (v *verifier) base(s frontend.Variable) error {
	api, arg := v.api, v.arg
	digits, err := api.Compiler().NewHint(digitsHint, kWindow.count, s, kWindow.bits)
	if err != nil {
		return fmt.Errorf("signature: digits hint: %w", err)
	}
	// Pinned as far as need be: whatever the digits say is an s.
	api.AssertIsEqual(s, arg.Recompose(digits, kWindow.bits))
	entries, err := api.Compiler().NewHint(baseHint, 2*len(digits), digits...)
	if err != nil {
		return fmt.Errorf("signature: base hint: %w", err)
	}
	counts, err := api.Compiler().NewHint(countHint, kWindow.entries(), digits...)
	if err != nil {
		return fmt.Errorf("signature: count hint: %w", err)
	}
	table := v.newTable(kWindow)
	for u, count := range counts {
		x, y := negatedBaseMultiple(int64(u))
		v.tables.Add(count, v.entry(table, arg.ConstBig(x), arg.ConstBig(y), u)...)
	}
	v.lookUp(table, digits, entries, v.kPoints)
	return nil
}

// assertSum asserts that 8 times the sum of all points, each at its digit's
// weight, is the identity.
func (v *verifier) assertSum() {
	sum := v.curve.Add(v.horner(v.zPoints, zWindow.bits), v.horner(v.kPoints, kWindow.bits))
	for range 3 { // the cofactor 8
		sum = v.curve.Double(sum)
	}
	v.api.AssertIsEqual(sum.X, 0)
	v.api.AssertIsEqual(sum.Y, 1)
}

// horner adds up points[i]·2^(bits·i), highest first, with shared doublings
// (Straus). The points of one digit are a chain of their own, so that the
// solver can work on the digits side by side.
func (v *verifier) horner(points [][]Point, bits int) Point {
	var sum Point
	for i := len(points) - 1; i >= 0; i-- {
		chain := points[i][0]
		for _, p := range points[i][1:] {
			chain = v.curve.Add(chain, p)
		}
		if i == len(points)-1 {
			sum = chain
			continue
		}
		for range bits {
			sum = v.curve.Double(sum)
		}
		sum = v.curve.Add(sum, chain)
	}
	return sum
}
