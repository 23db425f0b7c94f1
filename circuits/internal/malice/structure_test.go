package malice_test

import (
	"slices"
	"testing"

	"github.com/quirezk/quire/circuits/internal/malice"
)

func TestLate(t *testing.T) {
	sys := compile(t, &commitCircuit{})
	late := sys.Late()
	if want := []int{inputWire(t, sys, "B")}; !slices.Equal(late.Uncommitted, want) {
		t.Errorf("uncommitted: %v, want %v", late.Uncommitted, want)
	}
	// v·B, and that it differs from A.
	if late.Constraints != 2 || late.Wires != 2 {
		t.Errorf("%d constraints with %d wires, want 2 and 2", late.Constraints, late.Wires)
	}
	sys, err := malice.New(compileCS(t, &unregisteredCircuit{}), malice.WithHints(squareRootOfNine))
	if err != nil {
		t.Fatal(err)
	}
	if late := sys.Late(); late.Constraints != 0 || late.Wires != 0 {
		t.Errorf("a circuit without a commitment: %+v", late)
	}
}

func TestUnread(t *testing.T) {
	sound := compile(t, &divisionCircuit{})
	if unread := sound.Unread(); len(unread) != 0 {
		t.Errorf("unread: %v", unread)
	}
	flawed := compile(t, &divisionCircuit{unpinned: true})
	calls, err := flawed.HintCalls("divideHint")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A", "B", "Q"} {
		if wire := inputWire(t, flawed, name); !slices.Contains(flawed.Unread(), wire) {
			t.Errorf("input %s stands in no constraint and is not found", name)
		}
	}
	if unread := flawed.Unread(); len(unread) != 4 || unread[3] != calls[0].Outputs[0] {
		t.Errorf("unread: %v, want A, B, Q and the quotient %d", unread, calls[0].Outputs[0])
	}
	if unread := compile(t, &commitCircuit{}).Unread(); len(unread) != 0 {
		t.Errorf("unread in a circuit with a commitment: %v", unread)
	}
}
