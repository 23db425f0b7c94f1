// Package orient decides which factor of a constraint stands in which matrix.
//
// L·R = O and R·L = O are one constraint. But L is a row of the matrix A and R a
// row of B, and to Groth16's prover a wire that stands anywhere in B costs a
// point of G1 and one of G2 (about three times as dear), one that stands in A a
// point of G1. gnark's frontend puts the longer factor into A. For the S-box of
// Poseidon that is the wrong way about: x is long, but stands in B anyway, since
// it is squared; with x⁴·x it need not take x⁴ there as well.
package orient

import (
	"slices"

	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
)

// What the prover pays for a wire in each matrix, in multiplications in G1.
const (
	costA = 1
	costB = 1 + 3
)

// passes is how often [Factors] goes through the constraints to improve on its
// first choice. It stops earlier when nothing changes.
const passes = 3

// Factors swaps the factors of constraints where that makes proofs cheaper. The
// system states the same as before, has the same constraints in the same order,
// and the same solutions. The result depends on the system alone.
func Factors(system *csbn254.R1CS) {
	wires := system.GetNbPublicVariables() + system.GetNbSecretVariables() + system.GetNbInternalVariables()
	rows := rowsOf(system)
	choose(rows, wires)
	m := count(rows, wires)
	for range passes {
		if !m.improve(rows) {
			return
		}
	}
}

// choose goes through the constraints once and puts into B the factor that
// brings fewer wires there, those that stand on both sides of some constraint
// being there anyway.
func choose(rows []row, wires int) {
	inB := make([]bool, wires)
	seen := make([]int, wires) // the last row, counted from 1, that has the wire in L
	for i, r := range rows {
		each(r.left(), func(w uint32) { seen[w] = i + 1 })
		each(r.right(), func(w uint32) { inB[w] = inB[w] || seen[w] == i+1 })
	}
	missing := func(terms []uint32) (n int) {
		each(terms, func(w uint32) {
			if !inB[w] {
				n++
			}
		})
		return n
	}
	for _, r := range rows {
		if missing(r.left()) < missing(r.right()) {
			r.swap()
		}
		each(r.right(), func(w uint32) { inB[w] = true })
	}
}

// matrices is in how many rows of A and of B each wire stands.
type matrices struct {
	a, b []uint32
}

func count(rows []row, wires int) *matrices {
	m := &matrices{make([]uint32, wires), make([]uint32, wires)}
	for _, r := range rows {
		each(r.left(), func(w uint32) { m.a[w]++ })
		each(r.right(), func(w uint32) { m.b[w]++ })
	}
	return m
}

// improve swaps the factors of every constraint for which that alone saves
// something, and says whether there was one.
func (m *matrices) improve(rows []row) (changed bool) {
	for _, r := range rows {
		// Without the row, then with it one way and the other.
		each(r.left(), func(w uint32) { m.a[w]-- })
		each(r.right(), func(w uint32) { m.b[w]-- })
		if m.cost(r.right(), r.left()) < m.cost(r.left(), r.right()) {
			r.swap()
			changed = true
		}
		each(r.left(), func(w uint32) { m.a[w]++ })
		each(r.right(), func(w uint32) { m.b[w]++ })
	}
	return changed
}

// cost is what a row with these factors adds.
func (m *matrices) cost(left, right []uint32) (total int) {
	each(left, func(w uint32) {
		if m.a[w] == 0 {
			total += costA
		}
	})
	each(right, func(w uint32) {
		if m.b[w] == 0 {
			total += costB
		}
	})
	return total
}

// row is the call data of one constraint: its length, the lengths of L, R and O,
// then their terms, a coefficient and a wire each.
type row []uint32

const head = 4

func rowsOf(system *csbn254.R1CS) []row {
	rows := make([]row, 0, system.GetNbConstraints())
	for _, packed := range system.Instructions {
		if _, ok := system.Blueprints[packed.BlueprintID].(*constraint.BlueprintGenericR1C); ok {
			rows = append(rows, packed.Unpack(&system.System).Calldata)
		}
	}
	return rows
}

func (r row) left() []uint32  { return r[head : head+2*r[1]] }
func (r row) right() []uint32 { return r[head+2*r[1] : head+2*(r[1]+r[2])] }

func each(terms []uint32, f func(wire uint32)) {
	for i := 1; i < len(terms); i += 2 {
		f(terms[i])
	}
}

// swap exchanges L and R.
func (r row) swap() {
	copy(r[head:], slices.Concat(r.right(), r.left()))
	r[1], r[2] = r[2], r[1]
}
