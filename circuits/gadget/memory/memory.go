// Package memory is the checked memory of the batch circuit: the changing part
// of every account (exists, nonce, balance) as operations read and write it,
// by offline memory checking (Blum, Evans, Gemmell, Kannan, Naor 1991) over one
// multiset equality.
//
// # What it asserts
//
// Every access takes the record of one earlier write of the same index out of
// the multiset and puts its own in. With exactly one [Memory.Init] and one
// [Memory.Final] for each index, all reads return the last value written, and
// Final returns the value at the end. The token rides along unchanged, so that
// whoever reads an account also learns its token.
//
// # What it assumes
//
//   - times of accesses are distinct compile-time constants above 0; Init
//     writes at time 0;
//   - the active rows given to Init have distinct indices (package nodes: two
//     rows of one index would need two consumers of one leaf record);
//   - multiplicities (active bits) are boolean, asserted by the caller.
package memory

import (
	"math/bits"

	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/multiset"
)

// Value is the changing part of an account, and its token.
type Value struct {
	Exists  multiset.Column // bit
	Nonce   multiset.Column
	Balance multiset.Column
	Token   multiset.Column
}

// Memory is the checked memory of one circuit.
type Memory struct {
	arg      *multiset.Argument
	sum      *multiset.Sum
	timeBits int
}

// New returns the memory of a circuit with times 1 … accesses.
func New(arg *multiset.Argument, accesses int) *Memory {
	return &Memory{
		arg:      arg,
		sum:      arg.Sum("memory", multiset.Unit, multiset.Beta1, multiset.Beta2, multiset.Beta3, multiset.Beta4, multiset.Beta5),
		timeBits: bits.Len(uint(accesses)),
	}
}

func record(index, time multiset.Column, v Value) []multiset.Column {
	// The index stands under Beta1 in every sum of the project, so that its
	// product is computed once.
	return []multiset.Column{v.Balance, index, time, v.Exists, v.Nonce, v.Token}
}

// Access reads a value and writes another at the given time. age is the
// prover's: time − 1 − (time of the write that is read), range-checked here, so
// that a read cannot see a later write. An access with active = 0 does nothing.
func (m *Memory) Access(active frontend.Variable, index multiset.Column, time int, age frontend.Variable, read, write Value) {
	m.arg.RangeLoose(age, m.timeBits)
	m.sum.Sub(active, record(index, m.arg.Affine(age, -1, int64(time-1)), read)...)
	m.sum.Add(active, record(index, m.arg.Const(int64(time)), write)...)
}

// Init writes an account's value before the batch.
func (m *Memory) Init(active frontend.Variable, index multiset.Column, v Value) {
	m.sum.Add(active, record(index, m.arg.Const(0), v)...)
}

// Final takes an account's value after the batch. last is the prover's: the
// time of the write that it takes. It needs no range check: a record with any
// other time was never written.
func (m *Memory) Final(active frontend.Variable, index multiset.Column, last frontend.Variable, v Value) {
	m.sum.Sub(active, record(index, m.arg.Column(last), v)...)
}
