package nodes_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/circuits/gadget/nodes"
	"github.com/quirezk/quire/circuits/internal/malice"
	"github.com/quirezk/quire/protocol"
)

// Sizes of the test circuit.
const leaves, rows = 4, 60

type leaf struct {
	Active, Index, Old, New frontend.Variable
}

type circuit struct {
	OldRoot, NewRoot frontend.Variable `gnark:",public"`
	Leaves           [leaves]leaf
	Rows             []nodes.Row
}

func (c *circuit) Define(api frontend.API) error {
	arg, err := multiset.New(api)
	if err != nil {
		return err
	}
	h, err := hash.New(api)
	if err != nil {
		return err
	}
	tree := nodes.New(api, arg, h)
	for _, l := range c.Leaves {
		api.AssertIsBoolean(l.Active)
		tree.Leaf(l.Active, arg.Column(l.Index), l.Old, l.New)
	}
	for _, r := range c.Rows {
		tree.Node(r)
	}
	tree.Root(c.OldRoot, c.NewRoot)
	return nil
}

func compile(t *testing.T) *malice.System {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &circuit{Rows: make([]nodes.Row, rows)})
	if err != nil {
		t.Fatal(err)
	}
	sys, err := malice.New(ccs)
	if err != nil {
		t.Fatal(err)
	}
	return sys
}

func run(t *testing.T, sys *malice.System, c *circuit) *malice.Report {
	t.Helper()
	report, err := sys.Run(c)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

type change struct{ old, new fr.Element }

type place struct {
	level    int
	position uint64
}

// prover makes the assignment that takes the given leaves from old to new, in a
// tree whose other leaves are absent. rowAt finds rows again.
type prover struct {
	c     *circuit
	rowAt map[place]int
	used  int
}

func prove(touched map[uint64]change) *prover {
	p := &prover{c: &circuit{Rows: make([]nodes.Row, rows)}, rowAt: make(map[place]int)}
	for i := range p.c.Leaves {
		p.c.Leaves[i] = leaf{0, 0, 0, 0}
	}
	for i := range p.c.Rows {
		p.c.Rows[i] = padding()
	}
	var indices []uint64
	for i := range touched {
		indices = append(indices, i)
	}
	slices.Sort(indices)
	for n, i := range indices {
		p.c.Leaves[n] = leaf{1, i, touched[i].old, touched[i].new}
	}
	below, positions := touched, indices
	for l := protocol.TreeDepth - 1; l >= 0; l-- {
		up, parents := make(map[uint64]change), []uint64(nil)
		for _, position := range positions {
			parents = append(parents, position/protocol.TreeArity)
		}
		if l == 0 {
			parents = []uint64{0}
		}
		parents = slices.Compact(parents)
		for _, position := range parents {
			row := padding()
			row.Active, row.Level, row.Position = 1, l, position
			var old, new [protocol.TreeArity]fr.Element
			for j := range old {
				old[j] = protocol.EmptyHashes()[l+1]
				new[j] = old[j]
				if ch, ok := below[protocol.TreeArity*position+uint64(j)]; ok {
					var diff fr.Element
					diff.Sub(&ch.new, &ch.old)
					old[j], new[j] = ch.old, ch.new
					row.Flags[j], row.Change[j] = 1, diff
				}
				row.Old[j] = old[j]
			}
			p.rowAt[place{l, position}] = p.add(row)
			up[position] = change{protocol.H4(old[0], old[1], old[2], old[3]), protocol.H4(new[0], new[1], new[2], new[3])}
		}
		below, positions = up, parents
	}
	p.c.OldRoot, p.c.NewRoot = below[0].old, below[0].new
	return p
}

func padding() nodes.Row {
	row := nodes.Row{Active: 0, Level: 0, Position: 0}
	for j := range row.Old {
		row.Old[j], row.Change[j], row.Flags[j] = 0, 0, 0
	}
	return row
}

// add fills in the next padding row and returns its number.
func (p *prover) add(row nodes.Row) int {
	p.c.Rows[p.used] = row
	p.used++
	return p.used - 1
}

func (p *prover) at(level int, position uint64) *nodes.Row {
	return &p.c.Rows[p.rowAt[place{level, position}]]
}

func element(x uint64) fr.Element { return fr.NewElement(x) }

// TestHonest: any leaves, near and far, and none; leaves that appear, and ones
// that do not change.
func TestHonest(t *testing.T) {
	sys := compile(t)
	rng := rand.New(rand.NewPCG(9, 9))
	for n := range 25 {
		touched := make(map[uint64]change)
		for range n % (leaves + 1) {
			index := []uint64{0, 1, 1<<32 - 1, rng.Uint64N(16), rng.Uint64N(1 << 32)}[rng.IntN(5)]
			ch := change{element(rng.Uint64N(2)), element(rng.Uint64())}
			if rng.IntN(4) == 0 {
				ch.new = ch.old
			}
			touched[index] = ch
		}
		if report := run(t, sys, prove(touched).c); !report.Satisfied() {
			t.Fatalf("%v: %v", touched, report)
		}
	}
}

// TestForgeries breaks the multi-proof of leaves 5, 6, 900000 and 2^32 − 1.
func TestForgeries(t *testing.T) {
	sys := compile(t)
	honest := func() *prover {
		return prove(map[uint64]change{
			5: {element(50), element(51)}, 6: {element(0), element(61)}, 900_000: {element(90), element(90)}, 1<<32 - 1: {element(7), element(8)},
		})
	}
	if report := run(t, sys, honest().c); !report.Satisfied() {
		t.Fatal(report)
	}
	for name, forge := range map[string]func(*prover){
		"detached row":          func(p *prover) { row := padding(); row.Active, row.Level, row.Position = 1, 15, 77; p.add(row) },
		"detached row, level 0": func(p *prover) { row := padding(); row.Active = 1; p.add(row) },
		"duplicate position":    func(p *prover) { p.add(*p.at(15, 1)) },
		"duplicate position, leaves shared out": func(p *prover) {
			// Leaf 5 by the one row, leaf 6 by the other.
			row := *p.at(15, 1)
			row.Flags[2], row.Change[2] = 0, 0
			p.at(15, 1).Flags[1], p.at(15, 1).Change[1] = 0, 0
			p.add(row)
		},
		"two roots": func(p *prover) { p.add(*p.at(0, 0)) },
		"flagged inactive row": func(p *prover) {
			// It consumes the leaf's record, and the tree above stays as it was.
			p.at(15, (1<<32-1)/4).Active = 0
		},
		"flagged inactive row, parent unflagged": func(p *prover) {
			p.at(15, (1<<32-1)/4).Active = 0
			q := prove(map[uint64]change{5: {element(50), element(51)}, 6: {element(0), element(61)}, 900_000: {element(90), element(90)}, 1<<32 - 1: {element(7), element(7)}})
			for where, n := range p.rowAt {
				if where.level < 15 {
					p.c.Rows[n] = *q.at(where.level, where.position)
				}
			}
			parent := p.at(14, (1<<32-1)/16)
			parent.Flags[3], parent.Change[3] = 0, 0
			p.c.NewRoot = q.c.NewRoot
		},
		"leaf twice":                func(p *prover) { p.c.Leaves[0] = p.c.Leaves[1] },
		"leaf that no row consumes": func(p *prover) { p.c.Leaves[0].Index = 4 },
		"leaf with another index":   func(p *prover) { p.c.Leaves[0].Index = 6; p.c.Leaves[1].Index = 5 },
		"leaf beyond the tree":      func(p *prover) { p.c.Leaves[0].Index = uint64(1<<32 + 5) },
		"leaf beyond the tree, with the path to it": func(p *prover) {
			*p = *prove(map[uint64]change{1<<32 + 5: {element(50), element(51)}})
		},
		"another old leaf":   func(p *prover) { p.c.Leaves[0].Old = 49 },
		"another new leaf":   func(p *prover) { p.c.Leaves[0].New = 52 },
		"leaf not active":    func(p *prover) { p.c.Leaves[0].Active = 0 },
		"another old root":   func(p *prover) { p.c.OldRoot = p.c.NewRoot },
		"another new root":   func(p *prover) { p.c.NewRoot = p.c.OldRoot },
		"unflagged change":   func(p *prover) { p.at(15, 1).Flags[1] = 0 },
		"flag without child": func(p *prover) { p.at(15, 1).Flags[0] = 1 },
		"flag is 2":          func(p *prover) { p.at(15, 1).Flags[1] = 2 },
		"row counts twice":   func(p *prover) { p.at(15, 1).Active = 2 },
		"another level":      func(p *prover) { p.at(15, 1).Level = 14 },
		"another position":   func(p *prover) { p.at(15, 1).Position = 2 },
		"another sibling": func(p *prover) {
			p.at(15, 1).Old[3] = 1
		},
		"position by another digit": func(p *prover) {
			// 4·p + 2 = 5 modulo r.
			row := p.at(15, 1)
			var position, four fr.Element
			four.SetUint64(4)
			position.SetInt64(5 - 2)
			position.Div(&position, &four)
			row.Position = position
			row.Flags[1], row.Flags[2] = 0, 1
		},
		"path deeper than 16": func(p *prover) {
			// Below leaf 5 a node whose child changes; its record is a leaf's.
			row := padding()
			row.Active, row.Level, row.Position, row.Flags[0], row.Change[0] = 1, 16, 5, 1, 1
			p.add(row)
			p.c.Leaves[0].Active = 0
			zero, one := fr.Element{}, fr.One()
			below := p.at(15, 1)
			var diff, before, after fr.Element
			before, after = protocol.H4(zero, zero, zero, zero), protocol.H4(one, zero, zero, zero)
			below.Old[1], below.Change[1] = before, *diff.Sub(&after, &before)
			q := prove(map[uint64]change{5: {before, after}, 6: {element(0), element(61)}, 900_000: {element(90), element(90)}, 1<<32 - 1: {element(7), element(8)}})
			for where, n := range p.rowAt {
				p.c.Rows[n] = *q.at(where.level, where.position)
			}
			p.c.OldRoot, p.c.NewRoot = q.c.OldRoot, q.c.NewRoot
		},
		"flags of an inactive row that cancel": func(p *prover) {
			// A padding row eats leaf 5's record and emits one for leaf 6, which
			// is nobody's: 61 comes out of nothing.
			*p = *prove(map[uint64]change{6: {element(0), element(61)}})
			p.c.Leaves[0] = leaf{1, 5, 50, 51}
			row := padding()
			row.Level, row.Position = 15, 1
			row.Flags[1], row.Old[1], row.Change[1] = 1, 50, 1
			row.Flags[2], row.Old[2], row.Change[2] = -1, 0, -61
			p.add(row)
		},
		"row that counts minus once": func(p *prover) {
			// A leaf that is not in the tree and does not change: its hash has a
			// preimage, like a node's. Such an account could lend its key.
			*p = *prove(map[uint64]change{6: {element(0), element(61)}})
			h := protocol.H4(element(1), element(2), element(3), element(4))
			p.c.Leaves[1] = leaf{1, 5, h, h}
			row := padding()
			row.Active, row.Level, row.Position = -1, 16, 5
			for j := range row.Old {
				row.Old[j] = j + 1
			}
			p.add(row)
		},
		"row above the root": func(p *prover) {
			row := padding()
			row.Active, row.Level, row.Position, row.Flags[0] = 1, -1, 0, 1
			row.Old[0], row.Change[0] = p.c.OldRoot, 0
			p.add(row)
		},
		"root taken from above": func(p *prover) {
			// The statement's record comes from a row that is its own parent's child.
			p.at(0, 0).Level = 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := honest()
			forge(p)
			if run(t, sys, p.c).Satisfied() {
				t.Error("accepted")
			}
		})
	}
}

// TestDeepRowsAreHarmless: below a leaf rows may go on, so long as nothing
// changes there: a leaf's hash has a preimage, and that is all that they show.
func TestDeepRowsAreHarmless(t *testing.T) {
	zero, one := fr.Element{}, fr.One()
	same := protocol.H4(one, zero, zero, zero)
	p := prove(map[uint64]change{5: {same, same}})
	p.c.Leaves[0].Active = 0
	row := padding()
	row.Active, row.Level, row.Position, row.Old[0] = 1, 16, 5, 1
	p.add(row)
	if report := run(t, compile(t), p.c); !report.Satisfied() || p.c.OldRoot != p.c.NewRoot {
		t.Errorf("a row that changes nothing: %v", report)
	}
}

// TestChangeOfUnflaggedChild is of no effect, as the comment of Row says.
func TestChangeOfUnflaggedChild(t *testing.T) {
	p := prove(map[uint64]change{5: {element(50), element(51)}})
	p.at(15, 1).Change[3] = 12345
	p.c.Rows[p.used].Change[0] = 99
	if report := run(t, compile(t), p.c); !report.Satisfied() {
		t.Error(report)
	}
}

// TestCost pins what the comment of Node says.
func TestCost(t *testing.T) {
	count := func(n int) int {
		ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &circuit{Rows: make([]nodes.Row, n)})
		if err != nil {
			t.Fatal(err)
		}
		return ccs.GetNbConstraints()
	}
	if got := count(9) - count(8); got != 553 {
		t.Errorf("a row takes %d constraints, its comment says 553", got)
	}
}
