// Package nodes is the node multi-proof of the batch circuit: it ties the old
// and new leaves of all touched accounts to the old and new root with two
// hashes per distinct touched node.
//
// # What it asserts
//
// The sum holds records (level, position, old hash, new hash). Each active row
// emits the record of its node and consumes, for each flagged child, the record
// (level+1, 4·position+j, old, new); an unflagged child is equal before and
// after. The statement consumes (0, 0, oldRoot, newRoot) once, and each touched
// account emits (16, index, oldLeaf, newLeaf). If the sum is 0 then
//
//   - exactly one active row emits the root's record, and by induction from the
//     root every position has at most one active row, since only its one parent
//     row consumes it, once;
//   - every leaf record is consumed, so leaf positions are distinct, and hang
//     from the root: a row that hangs from nothing would need a consumer one
//     level up, and a chain of at most N rows cannot wrap modulo r;
//   - old and new root are the roots of two trees that agree in everything but
//     the emitted leaves.
//
// Positions and levels need no range check: they are built from the root by
// 4·p + j and level + 1. A record of a leaf is told from that of a node by its
// level: hence the level column. docs/soundness.md has the whole argument.
package nodes

import (
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/protocol"
)

// Row is one touched tree node. A padding row has Active = 0 and no flags.
// Change is the new child minus the old one; where the flag is 0 it has no
// effect, so an unflagged child is the same before and after.
type Row struct {
	Active   frontend.Variable
	Level    frontend.Variable
	Position frontend.Variable
	Old      [protocol.TreeArity]frontend.Variable
	Change   [protocol.TreeArity]frontend.Variable
	Flags    [protocol.TreeArity]frontend.Variable // child touched
}

// Tree is the multi-proof of one circuit.
type Tree struct {
	api    frontend.API
	arg    *multiset.Argument
	hasher *hash.Hasher
	sum    *multiset.Sum
}

// New returns an empty multi-proof.
func New(api frontend.API, arg *multiset.Argument, hasher *hash.Hasher) *Tree {
	return &Tree{
		api: api, arg: arg, hasher: hasher,
		sum: arg.Sum("nodes", multiset.Unit, multiset.Beta1, multiset.Beta2, multiset.Beta3),
	}
}

func record(level, position, old, new multiset.Column) []multiset.Column {
	return []multiset.Column{old, position, new, level}
}

// Leaf emits the record of a touched leaf. active is a bit.
func (t *Tree) Leaf(active frontend.Variable, index multiset.Column, old, new frontend.Variable) {
	t.sum.Add(active, record(t.arg.Const(protocol.TreeDepth), index, t.arg.Column(old), t.arg.Column(new))...)
}

// Root consumes the root's record. It is called exactly once, for an empty batch too.
func (t *Tree) Root(old, new frontend.Variable) {
	t.sum.Sub(1, record(t.arg.Const(0), t.arg.Const(0), t.arg.Column(old), t.arg.Column(new))...)
}

// Node constrains one row: 553 constraints.
func (t *Tree) Node(row Row) {
	api := t.api
	api.AssertIsBoolean(row.Active)
	var flags frontend.Variable = 0
	var children [protocol.TreeArity]frontend.Variable // after
	for j := range row.Flags {
		api.AssertIsBoolean(row.Flags[j])
		flags = api.Add(flags, row.Flags[j])
		children[j] = api.Add(row.Old[j], api.Mul(row.Flags[j], row.Change[j]))
	}
	// flag ≤ active: the flags are bits, so their sum is 0 only when all are.
	api.AssertIsEqual(api.Mul(row.Active, flags), flags)

	for j := range row.Flags {
		t.sum.Sub(row.Flags[j], record(
			t.arg.Affine(row.Level, 1, 1),
			t.arg.Affine(row.Position, protocol.TreeArity, int64(j)),
			t.arg.Column(row.Old[j]),
			t.arg.Column(children[j]))...)
	}
	// The hashes are made single wires, so that one wire each is committed.
	oldHash := t.hasher.H4(row.Old[0], row.Old[1], row.Old[2], row.Old[3])
	newHash := t.hasher.H4(children[0], children[1], children[2], children[3])
	t.sum.Add(row.Active, record(
		t.arg.Column(row.Level), t.arg.Column(row.Position), t.arg.Column(t.arg.Materialize(oldHash)), t.arg.Column(t.arg.Materialize(newHash)))...)
}
