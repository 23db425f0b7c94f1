package exit_test

import (
	"fmt"
	"math/big"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/circuits/internal/malice"
	"github.com/quirezk/quire/protocol"
)

var compiled = sync.OnceValue(func() (c struct {
	ccs constraint.ConstraintSystem
	sys *malice.System
	err error
}) {
	if c.ccs, c.err = exit.Compile(); c.err == nil {
		c.sys, c.err = malice.New(c.ccs)
	}
	return c
})

func system(t testing.TB) *malice.System {
	t.Helper()
	c := compiled()
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c.sys
}

// honestRun is an honest proof's witness: solving another assignment from it
// recomputes only what differs.
var honestRun = sync.OnceValues(func() (*malice.Report, error) {
	c := compiled()
	if c.err != nil {
		return nil, c.err
	}
	p := newProver(example(), alice)
	report, err := c.sys.Run(p.prove())
	if err == nil && !report.Satisfied() {
		err = fmt.Errorf("the example's exit: %v", report)
	}
	return report, err
})

// solve runs an assignment, whatever the hints say to it.
func solve(t testing.TB, c *exit.Circuit) *malice.Report {
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

// verifier is the address of the contract that the tests' statements are for.
var verifier = [20]byte{19: 7}

// world is a state of the rollup.
type world struct {
	accounts map[protocol.Index]protocol.Account
	rollupID fr.Element
	number   uint32
}

// The accounts of the example, by index.
const (
	alice protocol.Index = 0x80000005
	bob   protocol.Index = 0x80000006 // a sibling of alice
	carol protocol.Index = 900
)

func example() *world {
	w := &world{accounts: make(map[protocol.Index]protocol.Account), number: 9}
	w.rollupID.SetUint64(77)
	for n, i := range []protocol.Index{alice, bob, carol} {
		a := protocol.Account{Owner: protocol.Owner{3: 0x77, 19: byte(n + 1)}, Token: 3, Nonce: 5, Balance: *uint256.NewInt(1000)}
		a.Key.X.SetUint64(uint64(10 + n))
		a.Key.Y.SetUint64(uint64(20 + n))
		w.accounts[i] = a
	}
	return w
}

// hash is the hash of a node of the state's tree, from nothing but the accounts
// below it: slow, and easy to believe.
func (w *world) hash(level int, position uint64) fr.Element {
	shift := 2 * (protocol.TreeDepth - level)
	empty := true
	for i := range w.accounts {
		empty = empty && uint64(i)>>shift != position
	}
	switch {
	case empty:
		return protocol.EmptyHashes()[level]
	case level == protocol.TreeDepth:
		a := w.accounts[protocol.Index(position)]
		return a.Leaf()
	default:
		return h4(w.children(level, position))
	}
}

func (w *world) children(level int, position uint64) (c [protocol.TreeArity]fr.Element) {
	for j := range c {
		c[j] = w.hash(level+1, protocol.TreeArity*position+uint64(j))
	}
	return c
}

func (w *world) commitment() fr.Element {
	return protocol.Commitment(w.hash(0, 0), w.rollupID, w.number)
}

// escape is the true claim about an account.
func (w *world) escape(i protocol.Index) *protocol.Escape {
	a := w.accounts[i]
	return &protocol.Escape{Commitment: w.commitment(), Owner: a.Owner, Token: a.Token, Index: i, Balance: a.Balance}
}

// prover makes an assignment from any claim about an account, true or not: it
// follows the circuit's constraints, not the protocol's rules, so that a false
// claim violates the constraints that refuse it and no others. It shares no code
// with package witness.
//
// Its hooks run between its stages. What a hook changes, the stages after it
// follow.
type prover struct {
	*world
	index protocol.Index
	c     exit.Circuit

	account func(*exit.Circuit) // the account and its index are filled in
	path    func(*exit.Circuit) // and so is the path, as it is in the state
	climbed func(*exit.Circuit) // and leads from the account's leaf, if climb
	bound   func(*exit.Circuit) // and the statement: nothing follows

	// climb puts the leaf, and the hashes above it, into the path: so that the
	// account as it is assigned stands in a tree, if not in the state's.
	climb bool
	// claim is what the statement says; what the assignment shows if nil.
	claim *protocol.Escape
}

func newProver(w *world, i protocol.Index) *prover { return &prover{world: w, index: i} }

// prove runs all stages.
func (p *prover) prove() *exit.Circuit {
	c := &p.c
	a := p.accounts[p.index]
	c.RollupID, c.Number = p.rollupID, p.number
	c.KeyX, c.KeyY = a.Key.X, a.Key.Y
	c.Owner, c.Token = new(big.Int).SetBytes(a.Owner[:]), uint32(a.Token)
	c.Nonce, c.Balance = a.Nonce, a.Balance.ToBig()
	for i := range c.Index {
		c.Index[i] = uint32(p.index) >> i & 1
	}
	p.hook(p.account)
	for level := range c.Children {
		position := uint64(p.index) >> (2 * (protocol.TreeDepth - level))
		for j, h := range p.children(level, position) {
			c.Children[level][j] = h
		}
	}
	p.hook(p.path)
	if p.climb {
		node := leaf(c)
		for level := protocol.TreeDepth - 1; level >= 0; level-- {
			c.Children[level][digit(p.index, level)] = node
			node = above(c, level)
		}
	}
	p.hook(p.climbed)
	if p.claim != nil {
		s, err := p.claim.Statement(verifier)
		if err != nil {
			panic(err) // the tests' claims are within their widths
		}
		c.D, c.Z, c.Y = s.D, s.Z, s.Y
	} else {
		bind(c)
	}
	p.hook(p.bound)
	return c
}

func (p *prover) hook(f func(*exit.Circuit)) {
	if f != nil {
		f(&p.c)
	}
}

// bind fills in the statement for the vector that the assignment makes.
func bind(c *exit.Circuit) {
	v := vector(c)
	d := protocol.Chain(protocol.ExitID(), v)
	z := protocol.H4(d, d, d, d) // any challenge does: the circuit takes it as it comes
	c.D, c.Z, c.Y = d, z, protocol.Evaluate(v, z)
}

// vector is what the circuit's constraints make of an assignment.
func vector(c *exit.Circuit) []fr.Element {
	commitment := protocol.H4(above(c, 0), el(c.RollupID), el(c.Number), protocol.TagState)
	return []fr.Element{commitment, add(shl(c.Owner, 64), shl(c.Token, 32), index(c)), el(c.Balance)}
}

// leaf is the assignment's leaf, by the circuit's packing: widths are not checked.
func leaf(c *exit.Circuit) fr.Element {
	return protocol.H4(el(c.KeyX), el(c.KeyY), add(shl(c.Owner, 72), shl(c.Token, 40), c.Nonce), el(c.Balance))
}

// index is the number that the assignment's bits make, whatever they are.
func index(c *exit.Circuit) (sum fr.Element) {
	for i, bit := range c.Index {
		sum = add(sum, shl(bit, i))
	}
	return sum
}

// above is the hash of the node whose children the assignment has at a level.
func above(c *exit.Circuit, level int) fr.Element {
	var children [protocol.TreeArity]fr.Element
	for j, v := range c.Children[level] {
		children[j] = el(v)
	}
	return h4(children)
}

// digit is the child that an index goes through at a level.
func digit(i protocol.Index, level int) int {
	return int(i>>(2*(protocol.TreeDepth-1-level))) % protocol.TreeArity
}

func h4(c [protocol.TreeArity]fr.Element) fr.Element { return protocol.H4(c[0], c[1], c[2], c[3]) }

// el is the field element of a value in an assignment.
func el(v frontend.Variable) fr.Element {
	var e fr.Element
	if _, err := e.SetInterface(v); err != nil {
		panic(fmt.Sprintf("assignment: %v: %v", v, err))
	}
	return e
}

func add(vs ...frontend.Variable) (sum fr.Element) {
	for _, v := range vs {
		e := el(v)
		sum.Add(&sum, &e)
	}
	return sum
}

func sub(a, b frontend.Variable) fr.Element {
	x, y := el(a), el(b)
	x.Sub(&x, &y)
	return x
}

func pow2(bits int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(bits)) }

func shl(v frontend.Variable, bits int) fr.Element {
	e, factor := el(v), el(pow2(bits))
	e.Mul(&e, &factor)
	return e
}

// part is v / 2^bits in the field: what times 2^bits is v.
func part(v frontend.Variable, bits int) fr.Element {
	e, factor := el(v), el(pow2(bits))
	e.Div(&e, &factor)
	return e
}
