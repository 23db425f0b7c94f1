package batch_test

import (
	"fmt"
	"math/big"
	"slices"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/circuits/gadget/signature"
	"github.com/quirezk/quire/circuits/internal/malice"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// compiled is the circuit of shape "tiny", compiled once for all tests.
var compiled = sync.OnceValue(func() (c struct {
	shape protocol.Shape
	ccs   constraint.ConstraintSystem
	sys   *malice.System
	err   error
}) {
	if c.shape, c.err = circuits.ShapeByName("tiny"); c.err != nil {
		return c
	}
	if c.ccs, c.err = batch.Compile(c.shape); c.err != nil {
		return c
	}
	c.sys, c.err = malice.New(c.ccs)
	return c
})

func tiny(t testing.TB) (protocol.Shape, *malice.System) {
	t.Helper()
	c := compiled()
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c.shape, c.sys
}

// honestRun is the example batch, solved once: solving another assignment from
// it recomputes only what differs.
var honestRun = sync.OnceValues(func() (*malice.Report, error) {
	c := compiled()
	if c.err != nil {
		return nil, c.err
	}
	w, b := example()
	p := &prover{world: w, shape: c.shape, tree: newTree(w.state)}
	report, err := c.sys.Run(p.prove(b))
	if err == nil && !report.Satisfied() {
		err = fmt.Errorf("the example batch: %v", report)
	}
	return report, err
})

// solve runs an assignment, whatever its hints say to it.
func solve(t testing.TB, c *batch.Circuit) *malice.Report {
	t.Helper()
	honest, err := honestRun()
	if err != nil {
		t.Fatal(err)
	}
	report, err := honest.Attack(malice.Assignment(c))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// place is a node of the state tree.
type place struct {
	level    int
	position uint64
}

// tree is the non-empty nodes of a state's tree: a second implementation of
// what package statetree does, small enough to read.
type tree struct {
	*protocol.MemoryState
	hashes map[place]fr.Element
}

func newTree(st *protocol.MemoryState) *tree {
	v := &tree{st, make(map[place]fr.Element)}
	level := make(map[uint64]bool)
	for i, a := range st.All() {
		v.hashes[place{protocol.TreeDepth, uint64(i)}] = a.Leaf()
		level[uint64(i)] = true
	}
	for l := protocol.TreeDepth - 1; l >= 0; l-- {
		up := make(map[uint64]bool)
		for p := range level {
			up[p/protocol.TreeArity] = true
		}
		for p := range up {
			v.hashes[place{l, p}] = h4(v.children(l, p))
		}
		level = up
	}
	return v
}

func h4(c [protocol.TreeArity]fr.Element) fr.Element { return protocol.H4(c[0], c[1], c[2], c[3]) }

func (v *tree) at(level int, position uint64) fr.Element {
	if h, ok := v.hashes[place{level, position}]; ok {
		return h
	}
	return protocol.EmptyHashes()[level]
}

func (v *tree) children(level int, position uint64) (c [protocol.TreeArity]fr.Element) {
	for j := range c {
		c[j] = v.at(level+1, protocol.TreeArity*position+uint64(j))
	}
	return c
}

// Root implements witness.View.
func (v *tree) Root() fr.Element { return v.at(0, 0) }

// Nodes implements witness.View.
func (v *tree) Nodes(indices []protocol.Index) ([]witness.Node, error) {
	var nodes []witness.Node
	for l := range protocol.TreeDepth {
		positions := []uint64{0}
		if l > 0 {
			positions = positions[:0]
			for _, i := range indices {
				positions = append(positions, uint64(i)>>(2*(protocol.TreeDepth-l)))
			}
			slices.Sort(positions)
			positions = slices.Compact(positions)
		}
		for _, p := range positions {
			nodes = append(nodes, witness.Node{Level: uint8(l), Position: uint32(p), Children: v.children(l, p)})
		}
	}
	return nodes, nil
}

// Signing, by textbook: no width is checked and any scalar is a key.

func edwards() twistededwards.CurveParams { return twistededwards.GetEdwardsCurve() }

func times(scalar *big.Int) protocol.Point {
	curve := edwards()
	var p twistededwards.PointAffine
	p.ScalarMultiplication(&curve.Base, scalar)
	return protocol.Point{X: p.X, Y: p.Y}
}

// complete returns S for nonce·B = R.
func complete(nonce, secret *big.Int, h fr.Element) (s [32]byte) {
	curve := edwards()
	n := h.BigInt(new(big.Int))
	n.Mul(n, secret).Add(n, nonce).Mod(n, &curve.Order).FillBytes(s[:])
	return s
}

// world is a state and the secrets of its keys.
type world struct {
	state    *protocol.MemoryState
	rollupID fr.Element
	secrets  map[protocol.PublicKey]*big.Int
}

func newWorld() *world {
	w := &world{state: protocol.NewMemoryState(), secrets: make(map[protocol.PublicKey]*big.Int)}
	w.rollupID.SetUint64(77)
	return w
}

// key returns the public key of a secret number, and remembers the secret.
func (w *world) key(secret int64) protocol.PublicKey {
	k := times(big.NewInt(secret))
	w.secrets[k] = big.NewInt(secret)
	return k
}

func (w *world) sign(key protocol.PublicKey, tr protocol.Transfer) protocol.SignedTransfer {
	nonce := big.NewInt(1_000_003 + int64(tr.Nonce) + 7*int64(tr.From))
	s := protocol.SignedTransfer{Transfer: tr}
	s.Signature.R = times(nonce)
	s.Signature.S = complete(nonce, w.secrets[key], protocol.MessageHash(s.Signature.R, key, w.rollupID, &tr))
	return s
}

// el is the field element of a value in an assignment.
func el(v frontend.Variable) fr.Element {
	var e fr.Element
	if _, err := e.SetInterface(v); err != nil {
		panic(fmt.Sprintf("assignment: %v: %v", v, err))
	}
	return e
}

func add(vs ...frontend.Variable) fr.Element {
	var sum fr.Element
	for _, v := range vs {
		e := el(v)
		sum.Add(&sum, &e)
	}
	return sum
}

func mul(a, b frontend.Variable) fr.Element {
	x, y := el(a), el(b)
	x.Mul(&x, &y)
	return x
}

func sub(a, b frontend.Variable) fr.Element {
	x, y := el(a), el(b)
	x.Sub(&x, &y)
	return x
}

func pow2(n int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n)) }

func shl(v frontend.Variable, bits int) fr.Element { return mul(v, pow2(bits)) }

func isZero(v frontend.Variable) bool { e := el(v); return e.IsZero() }

func same(a, b frontend.Variable) bool { x, y := el(a), el(b); return x.Equal(&y) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func gpoint(p protocol.Point) signature.Point { return signature.Point{X: p.X, Y: p.Y} }

func npoint(p signature.Point) protocol.Point { return protocol.Point{X: el(p.X), Y: el(p.Y)} }

func ownerNumber(o protocol.Owner) *big.Int { return new(big.Int).SetBytes(o[:]) }

// rowOf returns the account row of an index.
func rowOf(c *batch.Circuit, i protocol.Index) *batch.AccountRow {
	for j := range c.Accounts {
		if row := &c.Accounts[j]; active(row) && same(row.Index, uint32(i)) {
			return row
		}
	}
	panic("no row of that account")
}

// freeRow returns the first padding row.
func freeRow(c *batch.Circuit) *batch.AccountRow {
	for j := range c.Accounts {
		if row := &c.Accounts[j]; !active(row) {
			return row
		}
	}
	panic("all account rows are in use")
}

// nodeOf returns the number of the row of a node.
func nodeOf(c *batch.Circuit, level int, position uint64) int {
	for j := range c.Nodes {
		if row := &c.Nodes[j]; !isZero(row.Active) && same(row.Level, level) && same(row.Position, position) {
			return j
		}
	}
	panic("no row of that node")
}

func freeNode(c *batch.Circuit) int {
	for j := range c.Nodes {
		if isZero(c.Nodes[j].Active) {
			return j
		}
	}
	panic("all node rows are in use")
}

// above is v + 2^bits: the same value where only the low bits are looked at.
func above(v frontend.Variable, bits int) fr.Element { return add(v, pow2(bits)) }

// pointer is a variable's place in an assignment.
type pointer = *frontend.Variable

// hides is v with v·2^bits + content = 0.
func hides(content int, bits int) fr.Element {
	v, scale := sub(0, content), el(pow2(bits))
	v.Div(&v, &scale)
	return v
}

// mintFee has a padding slot pay a fee of 1 to the collector: all but the slot's
// being published is in order.
func (p *prover) mintFee(t *batch.TransferSlot) {
	setFee(t, 1, 0)
	t.Token, t.FeeIndex = 3, uint32(collector)
	t.Debit.Balance = add(decode(t.Mantissa, t.Exponent), 1)
	row, time := rowOf(p.c, collector), batch.TimeOfTransfer(p.shape, 3)+2
	t.FeeCredit = batch.Read{Age: sub(time-1, row.Last), Nonce: row.NewNonce, Balance: row.NewBalance}
	row.NewBalance, row.Last = add(row.NewBalance, 1), time
	p.c.Fees[0].Uses = add(p.c.Fees[0].Uses, 1)
}
