package signature

import (
	"math/big"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/circuits/internal/malice"
	"github.com/quirezk/quire/protocol"
)

// rowInput is a row with its message as the batch circuit has it: three words.
type rowInput struct {
	R, A    Point
	Message [3]frontend.Variable
}

// batchCircuit is AssertBatch alone.
type batchCircuit struct {
	Rows     []rowInput
	Count, S frontend.Variable

	omit omissions
}

func (c *batchCircuit) Define(api frontend.API) error {
	arg, err := multiset.New(api)
	if err != nil {
		return err
	}
	hasher, err := hash.New(api)
	if err != nil {
		return err
	}
	rows := make([]Row, len(c.Rows))
	for i, r := range c.Rows {
		rows[i] = Row{R: r.R, A: r.A, Hash: MessageHash(hasher, r.R, r.A, r.Message[0], r.Message[1], r.Message[2])}
	}
	return assertBatch(api, arg, hasher, rows, c.Count, c.S, c.omit)
}

func compile(t testing.TB, rows int, omit omissions) constraint.ConstraintSystem {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &batchCircuit{Rows: make([]rowInput, rows), omit: omit})
	if err != nil {
		t.Fatal(err)
	}
	return ccs
}

type systemKey struct {
	rows int
	omit omissions
}

var systems struct {
	sync.Mutex
	byKey map[systemKey]*malice.System
}

// system is the compiled circuit, for a malicious prover.
func system(t testing.TB, rows int, omit omissions) *malice.System {
	t.Helper()
	systems.Lock()
	defer systems.Unlock()
	key := systemKey{rows, omit}
	if sys, ok := systems.byKey[key]; ok {
		return sys
	}
	sys, err := malice.New(compile(t, rows, omit))
	if err != nil {
		t.Fatal(err)
	}
	if n := sys.Commitments(); n != 1 {
		t.Fatalf("%d commitments, want 1", n)
	}
	if systems.byKey == nil {
		systems.byKey = make(map[systemKey]*malice.System)
	}
	systems.byKey[key] = sys
	return sys
}

// slot is one signature with all that its signer knows. Tests change parts of it.
type slot struct {
	r, a    protocol.Point
	message [3]fr.Element
	s       *big.Int

	nonce, secret *big.Int // discrete logarithms of r and a, where they have one
}

func (s *slot) hash() fr.Element {
	m := s.message
	return protocol.H8([8]fr.Element{s.r.X, s.r.Y, s.a.X, s.a.Y, m[0], m[1], m[2], protocol.TagTransfer})
}

func (s *slot) hashInt() *big.Int {
	h := s.hash()
	return h.BigInt(new(big.Int))
}

// sign sets S from nonce, secret and the hash, whatever R and A are.
func (s *slot) sign() {
	s.s = s.hashInt()
	s.s.Mul(s.s, s.secret).Add(s.s, s.nonce).Mod(s.s, subgroupOrder())
}

// slots is a batch of honest signatures, made from a seed: every third one is
// padding.
func slots(seed int64, n int) []slot {
	batch := make([]slot, n)
	for i := range batch {
		s := &batch[i]
		for j := range s.message {
			s.message[j].SetInt64(seed + int64(1000*i+j))
		}
		if i%3 == 2 {
			s.r, s.a = protocol.BasePoint(), protocol.BasePoint()
			s.nonce, s.secret = big.NewInt(1), big.NewInt(1)
			dummy := protocol.DummyScalar(s.hash())
			s.s = new(big.Int).SetBytes(dummy[:])
			continue
		}
		s.nonce = scalar(seed, int64(2*i))
		s.secret = scalar(seed, int64(2*i+1))
		s.r, s.a = times(s.nonce), times(s.secret)
		s.sign()
	}
	return batch
}

// scalar is a number below the subgroup order that looks random.
func scalar(seed, i int64) *big.Int {
	var a, b fr.Element
	a.SetInt64(seed)
	b.SetInt64(i)
	h := protocol.H4(a, b, fr.Element{}, fr.Element{})
	n := h.BigInt(new(big.Int))
	return n.Mod(n, subgroupOrder())
}

// times is n·B.
func times(n *big.Int) protocol.Point {
	params := twistededwards.GetEdwardsCurve()
	var p twistededwards.PointAffine
	p.ScalarMultiplication(&params.Base, n)
	return protocol.Point{X: p.X, Y: p.Y}
}

// multiple is n·p.
func multiple(p protocol.Point, n *big.Int) protocol.Point {
	q := twistededwards.PointAffine{X: p.X, Y: p.Y}
	q.ScalarMultiplication(&q, n)
	return protocol.Point{X: q.X, Y: q.Y}
}

func sum(a, b protocol.Point) protocol.Point {
	p, q := twistededwards.PointAffine{X: a.X, Y: a.Y}, twistededwards.PointAffine{X: b.X, Y: b.Y}
	p.Add(&p, &q)
	return protocol.Point{X: p.X, Y: p.Y}
}

// torsion are the eight points of low order; the first is the identity.
func torsion(t testing.TB) []protocol.Point {
	t.Helper()
	params := twistededwards.GetEdwardsCurve()
	for y := uint64(2); ; y++ {
		// A point on the curve with coordinate y, times ℓ.
		var p twistededwards.PointAffine
		var encoded [32]byte
		encoded[0] = byte(y) // little-endian
		if _, err := p.SetBytes(encoded[:]); err != nil || !p.IsOnCurve() {
			continue
		}
		generator := multiple(protocol.Point{X: p.X, Y: p.Y}, &params.Order)
		points := []protocol.Point{times(new(big.Int))}
		for len(points) < 8 {
			points = append(points, sum(points[len(points)-1], generator))
		}
		distinct := make(map[protocol.Point]bool)
		for _, p := range points {
			distinct[p] = true
			if !protocol.OnCurve(p) || !protocol.LowOrder(p) {
				t.Fatalf("%v is no torsion point", p)
			}
		}
		if len(distinct) == 8 {
			return points
		}
	}
}

func hashes(batch []slot) []fr.Element {
	hs := make([]fr.Element, len(batch))
	for i := range batch {
		hs[i] = batch[i].hash()
	}
	return hs
}

// aggregate is s for the batch's scalars, valid or not.
func aggregate(t testing.TB, batch []slot, count int) *big.Int {
	t.Helper()
	scalars := make([][32]byte, len(batch))
	for i := range batch {
		batch[i].s.FillBytes(scalars[i][:])
	}
	s, err := protocol.HalfAggregate(hashes(batch), scalars, count)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// assignment is the batch with a given s.
func assignment(batch []slot, count int, s *big.Int) *batchCircuit {
	c := &batchCircuit{Rows: make([]rowInput, len(batch)), Count: count, S: new(big.Int).Mod(s, fr.Modulus())}
	for i, b := range batch {
		c.Rows[i] = rowInput{
			R: Point{X: b.r.X, Y: b.r.Y}, A: Point{X: b.a.X, Y: b.a.Y},
			Message: [3]frontend.Variable{b.message[0], b.message[1], b.message[2]},
		}
	}
	return c
}

func run(t testing.TB, sys *malice.System, a *batchCircuit, attacks ...malice.Attack) *malice.Report {
	t.Helper()
	r, err := sys.Run(a, attacks...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// coefficients are the z of a batch.
func coefficients(batch []slot, count int) []*big.Int {
	return protocol.Coefficients(hashes(batch), count)
}
