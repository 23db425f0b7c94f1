package multiset

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/multicommit"

	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/protocol"
)

// Coefficient names the random coefficient of a column. Columns of different
// sums may share one, which lets the product of a wire and its coefficient be
// computed once for all of them; within a sum they are distinct.
type Coefficient int

// Unit is the coefficient 1: its column costs no constraint. The others are
// challenges.
const (
	Unit Coefficient = iota
	Beta1
	Beta2
	Beta3
	Beta4
	Beta5
	coefficients // how many there are
)

// Column is one entry of a record: a wire times a constant plus a constant.
type Column struct {
	wire          frontend.Variable // nil for a constant
	id            uint32
	scale, offset *big.Int
}

// Argument collects the sums and range checks of one circuit. Make it with
// [New], record during Define; the rest happens in a Defer.
type Argument struct {
	api    frontend.API
	hasher *hash.Hasher
	sums   []*Sum
	checks []rangeCheck

	committed map[uint32]struct{}
	toCommit  []frontend.Variable
	closed    bool

	// Known after the commitment.
	challenge frontend.Variable               // χ
	betas     [coefficients]frontend.Variable // betas[Unit] is 1
	products  map[productKey]frontend.Variable
}

type productKey struct {
	coefficient Coefficient
	wire        uint32
}

// Sum is one multiset equality. See the package comment.
type Sum struct {
	arg     *Argument
	name    string
	columns []Coefficient
	terms   []term
}

type term struct {
	multiplicity frontend.Variable // nil for 1
	negative     bool
	record       []Column
}

// keyValueStore is what gnark's builders offer for per-circuit singletons.
type keyValueStore interface {
	SetKeyValue(key, value any)
	GetKeyValue(key any) (value any)
}

type argumentKey struct{}

// New returns the circuit's argument: the same one for every call within one
// circuit, so that all gadgets share a single commitment. It panics when the
// builder is not gnark's R1CS builder.
func New(api frontend.API) (*Argument, error) {
	store, ok := api.Compiler().(keyValueStore)
	if !ok {
		return nil, errors.New("multiset: the builder has no key-value store; compile with gnark's r1cs builder")
	}
	if a, ok := store.GetKeyValue(argumentKey{}).(*Argument); ok {
		return a, nil
	}
	h, err := hash.New(api)
	if err != nil {
		return nil, fmt.Errorf("multiset: %w", err)
	}
	a := &Argument{
		api:       api,
		hasher:    h,
		committed: make(map[uint32]struct{}),
		products:  make(map[productKey]frontend.Variable),
	}
	store.SetKeyValue(argumentKey{}, a)
	api.Compiler().Defer(a.finalize)
	return a, nil
}

// Sum begins a multiset equality whose records have one column per coefficient.
// It panics when two columns share a coefficient.
func (a *Argument) Sum(name string, columns ...Coefficient) *Sum {
	if a.closed {
		panic("multiset: sum " + name + " begun after the commitment")
	}
	seen := make(map[Coefficient]bool)
	for _, c := range columns {
		if seen[c] {
			panic(fmt.Sprintf("multiset: sum %s: two columns share coefficient %d", name, c))
		}
		seen[c] = true
	}
	s := &Sum{arg: a, name: name, columns: columns}
	a.sums = append(a.sums, s)
	return s
}

// Add records +multiplicity times the record. multiplicity is a constant 1 or a
// single wire, which the caller has constrained (to a bit, or to a count that
// is 0 in padding rows).
func (s *Sum) Add(multiplicity frontend.Variable, record ...Column) {
	s.record(multiplicity, false, record)
}

// Sub records −multiplicity times the record; see [Sum.Add].
func (s *Sum) Sub(multiplicity frontend.Variable, record ...Column) {
	s.record(multiplicity, true, record)
}

func (s *Sum) record(multiplicity frontend.Variable, negative bool, record []Column) {
	a := s.arg
	if a.closed {
		panic("multiset: record added to sum " + s.name + " after the commitment")
	}
	if len(record) != len(s.columns) {
		panic(fmt.Sprintf("multiset: sum %s has %d columns, record has %d", s.name, len(s.columns), len(record)))
	}
	t := term{negative: negative, record: record}
	if c, ok := a.api.Compiler().ConstantValue(multiplicity); ok {
		switch {
		case c.Sign() == 0:
			return
		case c.Cmp(big.NewInt(1)) != 0:
			panic(fmt.Sprintf("multiset: sum %s: constant multiplicity %s is not 0 or 1", s.name, c))
		}
	} else {
		t.multiplicity = multiplicity
		a.commit(multiplicity)
	}
	for _, c := range record {
		if c.wire != nil {
			a.commit(c.wire)
		}
	}
	s.terms = append(s.terms, t)
}

// Const is a column with a constant value.
func (a *Argument) Const(value int64) Column {
	return Column{offset: big.NewInt(value)}
}

// Wire is a column that holds v. A v that is not a single wire with coefficient
// 1 is made one, for one constraint; a constant stays one.
func (a *Argument) Wire(v frontend.Variable) Column {
	return a.Affine(v, 1, 0)
}

// Affine is a column that holds scale·v + offset; see [Argument.Wire] for v.
// Sums that record affine images of one wire under one coefficient share the
// product.
func (a *Argument) Affine(v frontend.Variable, scale, offset int64) Column {
	c := Column{scale: big.NewInt(scale), offset: big.NewInt(offset)}
	if value, ok := a.api.Compiler().ConstantValue(v); ok {
		c.offset.Add(c.offset, value.Mul(value, c.scale))
		c.scale = nil
		return c
	}
	c.wire = a.Materialize(v)
	c.id, _ = a.wireID(c.wire)
	return c
}

// Materialize returns v as a single wire with coefficient 1: v itself when it is
// one, else a new wire that is asserted equal to v, for one constraint.
func (a *Argument) Materialize(v frontend.Variable) frontend.Variable {
	if _, ok := a.wireID(v); ok {
		return v
	}
	out, err := a.api.Compiler().NewHint(identityHint, 1, v)
	if err != nil {
		panic(fmt.Sprintf("multiset: identity hint: %v", err)) // one input, one output: cannot fail
	}
	a.api.AssertIsEqual(v, out[0]) // pins the hint
	return out[0]
}

// wireID returns the wire of a linear expression that consists of exactly one,
// with coefficient 1.
func (a *Argument) wireID(v frontend.Variable) (uint32, bool) {
	var calldata []uint32
	a.api.Compiler().ToCanonicalVariable(v).Compress(&calldata)
	// Compressed form: number of terms, then (coefficient ID, wire ID) each.
	if len(calldata) != 3 || calldata[0] != 1 || calldata[1] != constraint.CoeffIdOne {
		return 0, false
	}
	if calldata[2] == 0 { // the wire that holds the constant 1
		return 0, false
	}
	return calldata[2], true
}

// commit puts a wire into the committed set.
func (a *Argument) commit(v frontend.Variable) {
	id, ok := a.wireID(v)
	if !ok {
		panic("multiset: a multiplicity must be a single wire; use Materialize")
	}
	if _, ok := a.committed[id]; ok {
		return
	}
	a.committed[id] = struct{}{}
	a.toCommit = append(a.toCommit, v)
}

// finalize decomposes the range checks, commits, and asserts every sum.
func (a *Argument) finalize(api frontend.API) error {
	if err := a.decompose(); err != nil {
		return err
	}
	a.closed = true
	if len(a.toCommit) == 0 {
		return errors.New("multiset: nothing to commit to")
	}
	multicommit.WithCommitment(api, a.assertSums, a.toCommit...)
	return nil
}

func (a *Argument) assertSums(api frontend.API, commitment frontend.Variable) error {
	words := make([]frontend.Variable, 0, coefficients+3)
	for i := 0; len(words) < int(coefficients); i++ {
		w := a.hasher.Words4([4]frontend.Variable{commitment, i, protocol.TagChallenge, 0})
		words = append(words, w[:]...)
	}
	a.challenge = a.Materialize(words[0])
	a.betas[Unit] = 1
	for i := Beta1; i < coefficients; i++ {
		a.betas[i] = a.Materialize(words[i])
	}
	for _, s := range a.sums {
		if len(s.terms) == 0 {
			continue
		}
		terms := make([]frontend.Variable, 0, len(s.terms)+2)
		terms = append(terms, 0, 0)
		for _, t := range s.terms {
			q := a.quotient(t, s.columns)
			if t.negative {
				q = api.Neg(q)
			}
			terms = append(terms, q)
		}
		api.AssertIsEqual(api.Add(terms[0], terms[1], terms[2:]...), 0)
	}
	return nil
}

// quotient is m/(χ − ρ(record)), for one constraint and one more per column
// product that has not been computed yet.
func (a *Argument) quotient(t term, columns []Coefficient) frontend.Variable {
	parts := make([]frontend.Variable, 0, 2*len(columns))
	for i, c := range t.record {
		beta := a.betas[columns[i]]
		if c.wire != nil {
			parts = append(parts, a.api.Mul(a.product(columns[i], c), c.scale))
		}
		if c.offset.Sign() != 0 {
			parts = append(parts, a.api.Mul(beta, c.offset))
		}
	}
	denominator := a.challenge
	switch len(parts) {
	case 0:
	case 1:
		denominator = a.api.Sub(denominator, parts[0])
	default:
		denominator = a.api.Sub(denominator, parts[0], parts[1:]...)
	}
	if t.multiplicity == nil {
		return a.api.Inverse(denominator)
	}
	// Unchecked: a zero denominator has probability records/r over the
	// challenge, see the package comment.
	return a.api.DivUnchecked(t.multiplicity, denominator)
}

func (a *Argument) product(j Coefficient, c Column) frontend.Variable {
	if j == Unit {
		return c.wire
	}
	key := productKey{j, c.id}
	p, ok := a.products[key]
	if !ok {
		p = a.api.Mul(a.betas[j], c.wire)
		a.products[key] = p
	}
	return p
}
