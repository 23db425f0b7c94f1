package exit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
)

var update = flag.Bool("update", false, "rewrite the golden file")

const goldenCounts = "../../testdata/circuits/exit_counts.json"

// golden is the golden file: reviewed like code.
type golden struct {
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
	g := golden{
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
	got, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(goldenCounts, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(goldenCounts)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("constraint counts changed; if on purpose, run make golden:\n got %s\nwant %s", got, want)
	}
}
