package bench

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/prover"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// goldenDigests is embedded in package circuits.
const goldenDigests = "../../circuits/digests.json"

// goldenDigest is a shape's entry.
type goldenDigest struct {
	ShapeID string        `json:"shapeID"`
	Digest  prover.Digest `json:"digest"`
}

// TestConstraintSystemDigests pins what the shapes compile to, wire by wire: the
// same on every machine, and what keys are made for. A change here makes every
// key of the shape worthless. What the program says without compiling must be
// the same.
func TestConstraintSystemDigests(t *testing.T) {
	digests := make(map[string]goldenDigest)
	for _, shape := range circuits.Shapes() {
		ccs, err := batch.Compile(shape)
		if err != nil {
			t.Fatal(err)
		}
		circuit, err := prover.NewCircuit(prover.BatchDesign(shape), ccs)
		if err != nil {
			t.Fatal(err)
		}
		id := shape.ID()
		digests[shape.Name] = goldenDigest{id.String(), circuit.Digest()}
		if *update {
			continue // what the program was built with is about to change
		}
		if pinned, ok := circuits.Digest(shape.Name); !ok || pinned != circuit.Digest().String() {
			t.Errorf("circuits.Digest(%q) = %q, %t; it compiles to %s", shape.Name, pinned, ok, circuit.Digest())
		}
	}
	got, err := json.MarshalIndent(digests, "", "  ") // sorts the names
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(goldenDigests, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(goldenDigests)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("circuits changed; if on purpose, run make golden:\n got %s\nwant %s", got, want)
	}
}
