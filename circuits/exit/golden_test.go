package exit_test

import (
	"testing"

	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"

	"github.com/quirezk/quire/internal/golden"
)

const goldenCounts = "../../testdata/circuits/exit_counts.json"

// counts is the golden file: reviewed like code.
type counts struct {
	Constraints    int `json:"constraints"`
	NonZeros       int `json:"nonZeros"`
	CommittedWires int `json:"committedWires"`
}

// maxConstraints is what we promise: a proof in seconds on anybody's machine.
const maxConstraints = 20_000

// TestConstraintCounts compares the circuit's size to the golden file and to the
// promise.
func TestConstraintCounts(t *testing.T) {
	system(t)
	ccs := compiled().ccs
	g := counts{
		Constraints:    ccs.GetNbConstraints(),
		CommittedWires: len(ccs.GetCommitments().(constraint.Groth16Commitments)[0].PrivateCommitted),
	}
	it := ccs.(*cs.R1CS).GetR1CIterator()
	for c := it.Next(); c != nil; c = it.Next() {
		g.NonZeros += len(c.L) + len(c.R) + len(c.O)
	}
	if g.Constraints > maxConstraints {
		t.Errorf("%d constraints, want at most %d", g.Constraints, maxConstraints)
	}
	golden.JSON(t, goldenCounts, g, "the circuit changed; if on purpose, run make golden")
}
