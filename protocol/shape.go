package protocol

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Shape is the capacities that fix one batch circuit, and with it one pair of
// keys and one layout of published data.
type Shape struct {
	Name        string
	Openings    int // O
	LayerOne    int // L: deposits and forced exits together
	FeeAccounts int // F
	Exits       int // E, at least L
	Transfers   int // T, even
	Accounts    int // A: distinct accounts touched
	Nodes       int // N: distinct tree nodes touched, the root included
}

// ID is the shape's name inside the binding: an H8 of the circuit's tag and all
// capacities. It is both the first word of the digest D and the "shape" that
// the contract hashes into z.
func (s Shape) ID() fr.Element {
	var in [8]fr.Element
	in[0], in[1] = TagBind, TagCircuit
	for i, n := range []int{s.Openings, s.LayerOne, s.FeeAccounts, s.Exits, s.Transfers} {
		in[2+i].SetUint64(uint64(n))
	}
	in[7].SetUint64(uint64(s.Accounts)<<32 | uint64(s.Nodes))
	return H8(in)
}

// Offsets of the sections in the published vector of a shape, in field
// elements (docs/protocol.md, "Published data").
type Layout struct {
	Openings, LayerOne, FeeAccounts, Exits, Transfers int // first element of each section
	Length                                            int // elements in all
}

// Elements that one entry of each section takes in the published vector.
const (
	HeaderElements   = 3 // old commitment, new commitment, lengths
	OpeningElements  = 3
	LayerOneElements = 4
	FeeElements      = 1
	ExitElements     = 2
	// Two transfers of 13 bytes share one element.
	TransfersPerElement = 2
)

// Layout returns where each section of the published vector begins.
func (s Shape) Layout() Layout {
	var l Layout
	l.Openings = HeaderElements
	l.LayerOne = l.Openings + OpeningElements*s.Openings
	l.FeeAccounts = l.LayerOne + LayerOneElements*s.LayerOne
	l.Exits = l.FeeAccounts + FeeElements*s.FeeAccounts
	l.Transfers = l.Exits + ExitElements*s.Exits
	l.Length = l.Transfers + s.Transfers/TransfersPerElement
	return l
}

// Validate says whether the capacities can make a sound circuit that holds its
// layer-1 operations in the worst case: each on accounts and paths of its own.
func (s Shape) Validate() error {
	switch {
	case s.Openings < 0 || s.LayerOne < 0 || s.FeeAccounts < 1:
		return fmt.Errorf("shape %q: openings and layer-1 operations must not be negative, fee accounts at least 1", s.Name)
	case s.Transfers < 2 || s.Transfers%TransfersPerElement != 0:
		return fmt.Errorf("shape %q: transfers must be even and at least 2, not %d", s.Name, s.Transfers)
	case s.Exits < s.LayerOne:
		return fmt.Errorf("shape %q: %d exits cannot hold %d layer-1 operations", s.Name, s.Exits, s.LayerOne)
	case s.Accounts < s.LayerOne || s.Accounts < 1:
		return fmt.Errorf("shape %q: %d accounts cannot hold %d layer-1 operations", s.Name, s.Accounts, s.LayerOne)
	case s.Nodes < WorstCaseNodes(s.LayerOne):
		return fmt.Errorf("shape %q: %d nodes cannot hold %d layer-1 operations, which may touch %d",
			s.Name, s.Nodes, s.LayerOne, WorstCaseNodes(s.LayerOne))
	}
	return nil
}

// WorstCaseNodes is the largest number of distinct inner nodes, the root
// included, that n leaves can touch: min(4^level, n) summed over the levels.
func WorstCaseNodes(n int) int {
	total := 1 // the root is touched by every batch, an empty one too
	width := 1
	for level := 1; level < TreeDepth; level++ {
		if width < n {
			width *= TreeArity
		}
		total += min(width, n)
	}
	return total
}
