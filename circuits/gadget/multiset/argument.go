package multiset

import (
	"encoding/binary"
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

// Column is one entry of a record: scale·v + offset for a linear expression v
// of few wires, each of which is committed.
type Column struct {
	v             frontend.Variable // nil for a constant
	key           string            // identifies v among linear expressions
	scale, offset *big.Int
}

// Sections of the finalizer itself: what belongs to no one gadget.
const (
	sectionSums   = "sums"
	sectionTables = "range tables"
)

// maxTerms is how many wires of an expression are committed one by one; a
// longer one is made a single wire first, for one constraint.
const maxTerms = 4

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

	section string // what is being recorded; see Section
	onEnter func(section string)

	// Known after the commitment.
	challenge frontend.Variable               // χ
	betas     [coefficients]frontend.Variable // betas[Unit] is 1
	products  map[productKey]frontend.Variable
}

type productKey struct {
	coefficient Coefficient
	v           string
}

// Sum is one multiset equality. See the package comment.
type Sum struct {
	arg     *Argument
	name    string
	columns []Coefficient
	terms   []term
}

type term struct {
	section      string
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

// Section names the part of the circuit that records from here on, for
// statistics: the constraints that the finalizer makes of it count as its.
func (a *Argument) Section(name string) {
	a.section = name
	a.enter(name)
}

// OnEnter has f called whenever the constraints that follow belong to another
// section. It is for statistics and adds no constraint by itself.
func (a *Argument) OnEnter(f func(section string)) { a.onEnter = f }

func (a *Argument) enter(section string) {
	if a.onEnter != nil {
		a.onEnter(section)
	}
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

// Add records +multiplicity times the record. multiplicity is a constant 0 or 1
// or an expression that the caller has constrained (to a bit, or to a count
// that is 0 in padding rows).
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
	t := term{section: a.section, negative: negative, record: record}
	if c, ok := a.api.Compiler().ConstantValue(multiplicity); ok {
		switch {
		case c.Sign() == 0:
			return
		case c.Cmp(big.NewInt(1)) != 0:
			panic(fmt.Sprintf("multiset: sum %s: constant multiplicity %s is not 0 or 1", s.name, c))
		}
	} else {
		t.multiplicity, _ = a.commit(multiplicity)
	}
	s.terms = append(s.terms, t)
}

// Const is a column with a constant value.
func (a *Argument) Const(value int64) Column {
	return Column{offset: big.NewInt(value)}
}

// ConstBig is a column with a constant value that needs more than 64 bits.
func (a *Argument) ConstBig(value *big.Int) Column {
	return Column{offset: new(big.Int).Set(value)}
}

// Column is a column that holds v, a linear expression. Every wire of it is
// committed; where those are more than four, v is made a single wire first,
// for one constraint.
func (a *Argument) Column(v frontend.Variable) Column {
	return a.Affine(v, 1, 0)
}

// Affine is a column that holds scale·v + offset; see [Argument.Column] for v.
// Sums that record affine images of one v under one coefficient share the
// product.
func (a *Argument) Affine(v frontend.Variable, scale, offset int64) Column {
	c := Column{scale: big.NewInt(scale), offset: big.NewInt(offset)}
	if value, ok := a.api.Compiler().ConstantValue(v); ok {
		c.offset.Add(c.offset, value.Mul(value, c.scale))
		return c
	}
	c.v, c.key = a.commit(v)
	return c
}

// Materialize returns v as a single wire with coefficient 1: v itself when it is
// one, else a new wire that is asserted equal to v, for one constraint.
func (a *Argument) Materialize(v frontend.Variable) frontend.Variable {
	if terms := a.terms(v); len(terms) == 1 && terms[0].coefficient == constraint.CoeffIdOne && terms[0].wire != 0 {
		return v
	}
	out, err := a.api.Compiler().NewHint(identityHint, 1, v)
	if err != nil {
		panic(fmt.Sprintf("multiset: identity hint: %v", err)) // one input, one output: cannot fail
	}
	a.api.AssertIsEqual(v, out[0]) // pins the hint
	return out[0]
}

// linearTerm is one term of a linear expression: IDs of its coefficient and of
// its wire. Wire 0 holds the constant 1.
type linearTerm struct {
	coefficient, wire uint32
}

// terms takes a linear expression apart. Its compressed form is the number of
// terms, then a coefficient ID and a wire ID each.
func (a *Argument) terms(v frontend.Variable) []linearTerm {
	var calldata []uint32
	a.api.Compiler().ToCanonicalVariable(v).Compress(&calldata)
	terms := make([]linearTerm, calldata[0])
	for i := range terms {
		terms[i] = linearTerm{calldata[1+2*i], calldata[2+2*i]}
	}
	return terms
}

// commit puts every wire of v into the committed set, so that v is fixed by the
// commitment. It returns v, made a single wire if it had too many terms, and a
// key that identifies the expression.
func (a *Argument) commit(v frontend.Variable) (frontend.Variable, string) {
	if a.closed {
		panic("multiset: value recorded after the commitment")
	}
	terms := a.terms(v)
	if len(terms) > maxTerms {
		v = a.Materialize(v)
		terms = a.terms(v)
	}
	key := make([]byte, 0, 8*len(terms))
	for _, t := range terms {
		key = binary.BigEndian.AppendUint32(key, t.coefficient)
		key = binary.BigEndian.AppendUint32(key, t.wire)
		if t.wire == 0 {
			continue
		}
		if _, ok := a.committed[t.wire]; ok {
			continue
		}
		a.committed[t.wire] = struct{}{}
		a.toCommit = append(a.toCommit, a.api.Compiler().InternalVariable(t.wire))
	}
	return v, string(key)
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
	a.enter(sectionSums)
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
			a.enter(t.section)
			q := a.quotient(t, s.columns)
			if t.negative {
				q = api.Neg(q)
			}
			terms = append(terms, q)
		}
		a.enter(sectionSums)
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
		if c.v != nil {
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
		return c.v
	}
	key := productKey{j, c.key}
	p, ok := a.products[key]
	if !ok {
		p = a.api.Mul(a.betas[j], c.v)
		a.products[key] = p
	}
	return p
}
