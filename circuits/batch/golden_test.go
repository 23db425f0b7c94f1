package batch_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const goldenCounts = "../../testdata/circuits/counts.json"

// golden is one shape's entry of the golden file: reviewed like code.
type golden struct {
	Shape          string         `json:"shape"`
	Constraints    int            `json:"constraints"`
	PerTransfer    int            `json:"constraintsPerTransfer"`
	PerSignature   int            `json:"signaturePerTransfer"`
	PerNode        int            `json:"constraintsPerNode"`
	Sections       map[string]int `json:"sections"`
	NonZeros       int            `json:"nonZeros"`
	CommittedWires int            `json:"committedWires"`
	Wires          int            `json:"wires"`
	WiresInA       int            `json:"wiresInA"`
	WiresInB       int            `json:"wiresInB"`
}

// TestConstraintCounts compares every shape's counts to the golden file, and
// the figures that we promise to their bounds.
func TestConstraintCounts(t *testing.T) {
	t.Parallel() // most of it is one compiler at work on one processor
	var counts []golden
	for _, shape := range circuits.Shapes() {
		s, err := batch.Measure(shape)
		if err != nil {
			t.Fatal(err)
		}
		g := golden{
			Shape: shape.Name, Constraints: s.Constraints, PerTransfer: s.PerTransfer(),
			PerSignature: s.Section(batch.SectionSignatures) / shape.Transfers,
			PerNode:      s.Section(batch.SectionNodes) / shape.Nodes,
			Sections:     make(map[string]int), NonZeros: s.NonZeros, CommittedWires: s.Committed,
			Wires: s.Wires, WiresInA: s.InA, WiresInB: s.InB,
		}
		for _, section := range s.Sections {
			g.Sections[section.Name] = section.Constraints
		}
		counts = append(counts, g)
	}
	bounds := []struct {
		shape            string
		perTransfer, all int
	}{
		{"t512", 8190, 1 << 22},
		{"t512-hot", 6000, 1 << 22},
	}
	for _, b := range bounds {
		for _, g := range counts {
			if g.Shape != b.shape {
				continue
			}
			if g.PerTransfer > b.perTransfer || g.Constraints > b.all {
				t.Errorf("%s: %d constraints, %d per transfer; want at most %d and %d", g.Shape, g.Constraints, g.PerTransfer, b.all, b.perTransfer)
			}
			if g.PerSignature > 1800 {
				t.Errorf("%s: %d constraints per signature, want at most 1800", g.Shape, g.PerSignature)
			}
			if g.PerNode > 560 {
				t.Errorf("%s: %d constraints per node, want at most 560", g.Shape, g.PerNode)
			}
		}
	}
	got, err := json.MarshalIndent(counts, "", "  ")
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
		t.Errorf("constraint counts changed; if on purpose, run go test ./circuits/batch -run ConstraintCounts -update (-golden +now):\n%s",
			cmp.Diff(string(want), string(got)))
	}
}
