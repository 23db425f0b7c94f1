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

const goldenDigests = "../../testdata/circuits/digests.json"

// TestConstraintSystemDigests pins what the shapes compile to, wire by wire: the
// same on every machine, and what keys are made for. A change here makes every
// key of the shape worthless.
func TestConstraintSystemDigests(t *testing.T) {
	digests := make(map[string]string)
	for _, shape := range circuits.Shapes() {
		ccs, err := batch.Compile(shape)
		if err != nil {
			t.Fatal(err)
		}
		circuit, err := prover.NewCircuit(prover.BatchDesign(shape), ccs)
		if err != nil {
			t.Fatal(err)
		}
		digests[shape.Name] = circuit.Digest().String()
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
