package prover

import (
	"fmt"
	"strings"

	"github.com/quirezk/quire/protocol"
)

// Design is what tells circuits, their keys and their proofs apart by name: the
// name itself and, for circuits of one kind that differ in size, the capacities.
// The digest of the constraint system tells them apart for certain.
//
// Designs are comparable with ==.
type Design struct {
	// Name is what key directories and proofs are filed under: that of a shape, or
	// of a circuit that has none.
	Name string
	// Capacities are those of a batch circuit's shape; the zero value for a circuit
	// that is not made to a shape.
	Capacities Capacities
}

// Capacities are those of a [protocol.Shape].
type Capacities struct {
	Openings    int `json:"openings"`
	LayerOne    int `json:"layerOne"`
	FeeAccounts int `json:"feeAccounts"`
	Exits       int `json:"exits"`
	Transfers   int `json:"transfers"`
	Accounts    int `json:"accounts"`
	Nodes       int `json:"nodes"`
}

// BatchDesign returns the design of a shape's batch circuit.
func BatchDesign(s protocol.Shape) Design {
	return Design{Name: s.Name, Capacities: Capacities{
		Openings: s.Openings, LayerOne: s.LayerOne, FeeAccounts: s.FeeAccounts,
		Exits: s.Exits, Transfers: s.Transfers, Accounts: s.Accounts, Nodes: s.Nodes,
	}}
}

// checkName keeps names that become part of a path from leaving the store.
func checkName(name string) error {
	if name == "" || name[0] == '.' || strings.ContainsAny(name, `/\*?[`) {
		return fmt.Errorf("circuit name %q cannot name a directory", name)
	}
	return nil
}
