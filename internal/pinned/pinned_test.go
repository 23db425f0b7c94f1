package pinned

import (
	"context"
	"errors"
	"testing"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/prover"
)

// TestDigest: every shape of the program has its digest at hand, the one that
// compiling it gives; a shape of the same name with other capacities has not.
func TestDigest(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel() // nothing can be compiled
	seen := make(map[prover.Digest]bool)
	for _, shape := range circuits.Shapes() {
		digest, err := Digest(over, shape)
		if err != nil || digest == (prover.Digest{}) || seen[digest] {
			t.Errorf("%s: digest %s, error %v", shape.Name, digest, err)
		}
		seen[digest] = true
	}
	tiny := circuits.Shapes()[0]
	circuit, err := Compile(t.Context(), tiny)
	if err != nil {
		t.Fatal(err)
	}
	if !seen[circuit.Digest()] {
		t.Errorf("%s compiles to %s, which is not pinned", tiny.Name, circuit.Digest())
	}

	other := tiny
	other.Nodes++
	if _, err := Digest(over, other); !errors.Is(err, context.Canceled) {
		t.Errorf("other capacities: error %v", err)
	}
	digest, err := Digest(t.Context(), other)
	if err != nil || digest == (prover.Digest{}) || seen[digest] {
		t.Errorf("other capacities: digest %s, error %v", digest, err)
	}
}
