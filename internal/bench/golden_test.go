package bench

import (
	"testing"

	"github.com/consensys/gnark/constraint"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/internal/golden"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

const (
	goldenCounts  = "../../testdata/circuits/counts.json"
	goldenDigests = "../../circuits/digests.json" // embedded in package circuits
)

// shapeCounts is a shape's entry in goldenCounts: reviewed like code.
type shapeCounts struct {
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

// shapeDigest is a shape's entry in goldenDigests.
type shapeDigest struct {
	ShapeID string        `json:"shapeID"`
	Digest  prover.Digest `json:"digest"`
}

// promised is what the counts of a shape must not exceed, whatever the golden
// file says.
var promised = map[string]struct{ all, perTransfer, perSignature, perNode int }{
	"t512":     {1 << 22, 8190, 1800, 560},
	"t512-hot": {1 << 22, 6000, 1800, 560},
}

// TestPinnedShapes compiles every shape, once: that takes half a minute to a
// minute for each of the large ones.
//
// The counts are compared to the golden file, and to what we promise. The digest
// pins what a shape compiles to, wire by wire: the same on every machine, and
// what keys are made for. A change there makes every key of the shape worthless.
// What the program says without compiling must be the same.
func TestPinnedShapes(t *testing.T) {
	t.Parallel() // most of it is one compiler at work on one processor
	var counts []shapeCounts
	digests := make(map[string]shapeDigest)
	for _, shape := range circuits.Shapes() {
		ccs, s, err := batch.Measure(shape)
		if err != nil {
			t.Fatal(err)
		}
		c := countsOf(s)
		if p, ok := promised[shape.Name]; ok && (c.Constraints > p.all || c.PerTransfer > p.perTransfer || c.PerSignature > p.perSignature || c.PerNode > p.perNode) {
			t.Errorf("%s: %+v, promised %+v", shape.Name, c, p)
		}
		counts = append(counts, c)

		digest := digestOf(t, shape, ccs)
		id := shape.ID()
		digests[shape.Name] = shapeDigest{id.String(), digest}
		if golden.Updating() {
			continue // what the program was built with is about to change
		}
		if pinned, ok := circuits.Digest(shape.Name); !ok || pinned != digest.String() {
			t.Errorf("circuits.Digest(%q) = %q, %t; it compiles to %s", shape.Name, pinned, ok, digest)
		}
	}
	for name := range promised {
		if _, ok := digests[name]; !ok {
			t.Errorf("no shape %s, of which something is promised", name)
		}
	}
	const changed = "the circuits changed; if on purpose, run make golden"
	golden.JSON(t, goldenCounts, counts, changed)
	golden.JSON(t, goldenDigests, digests, changed)
}

// TestMeasuredIsCompiled: counting leaves no trace in what is counted.
func TestMeasuredIsCompiled(t *testing.T) {
	shape := circuits.Shapes()[0]
	measured, s, err := batch.Measure(shape)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := batch.Compile(shape)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := digestOf(t, shape, measured), digestOf(t, shape, compiled); got != want {
		t.Errorf("%s compiles to %s, and measured to %s", shape.Name, want, got)
	}
	total := 0
	for _, section := range s.Sections {
		if section.Constraints == 0 {
			t.Errorf("section %s has no constraints", section.Name)
		}
		total += section.Constraints
	}
	if total != s.Constraints {
		t.Errorf("the sections have %d constraints, the circuit %d", total, s.Constraints)
	}
}

func countsOf(s *batch.Stats) shapeCounts {
	c := shapeCounts{
		Shape: s.Shape.Name, Constraints: s.Constraints, PerTransfer: s.PerTransfer(),
		PerSignature: s.Section(batch.SectionSignatures) / s.Shape.Transfers,
		PerNode:      s.Section(batch.SectionNodes) / s.Shape.Nodes,
		Sections:     make(map[string]int), NonZeros: s.NonZeros, CommittedWires: s.Committed,
		Wires: s.Wires, WiresInA: s.InA, WiresInB: s.InB,
	}
	for _, section := range s.Sections {
		c.Sections[section.Name] = section.Constraints
	}
	return c
}

func digestOf(t *testing.T, shape protocol.Shape, ccs constraint.ConstraintSystem) prover.Digest {
	t.Helper()
	circuit, err := prover.NewCircuit(prover.BatchDesign(shape), ccs)
	if err != nil {
		t.Fatal(err)
	}
	return circuit.Digest()
}
