package signature

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	tedwards "github.com/consensys/gnark-crypto/ecc/twistededwards"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	edwards "github.com/consensys/gnark/std/algebra/native/twistededwards"

	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/protocol"
)

// Point is a point as the prover gives it; [AssertBatch] asserts it on the curve.
type Point = edwards.Point

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
// stands for the odd number 2u − (2^bits − 1), so that a table needs only the
// odd multiples 1 … 2^bits − 1 of its point and their negatives, none of which
// is the identity.
type window struct {
	bits, count int
}

// The scalars. A wider window has fewer look-ups and additions, 7 constraints
// together, and a larger table, 7 per multiple: 4 bits are best for the 128 of
// z, 5 for the 255 of k.
var (
	zWindow = window{bits: 4, count: 32}
	kWindow = window{bits: 5, count: 51} // of k, and of s
)

// halfBits is the size of the number that a z is made of.
const halfBits = 127

func (w window) entries() int { return 1 << w.bits }
func (w window) size() int    { return w.bits * w.count }

// offset is 2^size − 1: digits with the value u stand for 2u − offset.
func (w window) offset() *big.Int {
	offset := pow2(w.size())
	return offset.Sub(offset, big.NewInt(1))
}

// weights is Σ 2^(bits·i), the sum of the weights of all digits.
func (w window) weights() *big.Int {
	weights := new(big.Int)
	for range w.count {
		weights.Lsh(weights, uint(w.bits)).SetBit(weights, 0, 1)
	}
	return weights
}

// verifier is what the parts of AssertBatch share.
type verifier struct {
	api    frontend.API
	arg    *multiset.Argument
	hasher *hash.Hasher
	curve  edwards.Curve
	tables *multiset.Sum // (x, table, y, digit)
	table  int           // number of the next table: entries of all tables before it
	omit   omissions

	// Points to add up at each digit of z and of k, lowest digit first.
	zPoints, kPoints [][]wPoint

	start       wElement                // of each chain of additions
	productGate *constraint.BlueprintID // see assertProduct
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
// the number of rows in use, which the transcript binds; s is the aggregate, as
// protocol.HalfAggregate makes it. It fails on a batch without rows.
func AssertBatch(api frontend.API, arg *multiset.Argument, hasher *hash.Hasher, rows []Row, count, s frontend.Variable) error {
	return assertBatch(api, arg, hasher, rows, count, s, omissions{})
}

func assertBatch(api frontend.API, arg *multiset.Argument, hasher *hash.Hasher, rows []Row, count, s frontend.Variable, omit omissions) error {
	if len(rows) == 0 {
		return errors.New("signature: a batch needs at least one row, padding included")
	}
	curve, err := edwards.NewEdCurve(api, tedwards.BN254)
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	v := &verifier{
		api: api, arg: arg, hasher: hasher, curve: curve,
		tables:  arg.Sum("signature tables", multiset.Unit, multiset.Beta1, multiset.Beta2, multiset.Beta3),
		zPoints: make([][]wPoint, zWindow.count),
		kPoints: make([][]wPoint, kWindow.count),
		start:   fromEdwards(chainStart.X, chainStart.Y),
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
	return v.assertZero()
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
// hashes: z_i is 2·halves[i] minus zWindow.offset().
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

// assertZero asserts that 8 times the sum of all points, each at its digit's
// weight, is the identity.
func (v *verifier) assertZero() error {
	// What is too much in the sum: a start for each chain, and −B for each digit
	// of s.
	excess := new(big.Int).Add(zWindow.weights(), kWindow.weights())
	start, base := chainStart, twistededwards.GetEdwardsCurve().Base
	var correction twistededwards.PointAffine
	correction.ScalarMultiplication(&start, excess.Neg(excess))
	base.ScalarMultiplication(&base, kWindow.weights())
	correction.Add(&correction, &base)

	// Straus: one doubling per bit is shared by all points. The points of one
	// digit are a chain of their own, so that the solver can work on the digits
	// side by side.
	var sum Point
	started := false
	for bit := max(zWindow.size(), kWindow.size()) - 1; bit >= 0; bit-- {
		if started {
			sum = v.curve.Double(sum)
		}
		for _, digits := range []struct {
			window
			points [][]wPoint
		}{{zWindow, v.zPoints}, {kWindow, v.kPoints}} {
			if bit%digits.bits != 0 || bit >= digits.size() {
				continue
			}
			total, err := v.chain(v.start, digits.points[bit/digits.bits])
			if err != nil {
				return err
			}
			p := v.toEdwards(total)
			if started {
				p = v.curve.Add(sum, p)
			}
			sum, started = p, true
		}
	}
	sum = v.curve.Add(sum, constant(&correction))
	for range 3 { // the cofactor 8
		sum = v.curve.Double(sum)
	}
	v.api.AssertIsEqual(sum.X, 0)
	v.api.AssertIsEqual(sum.Y, 1)
	return nil
}
