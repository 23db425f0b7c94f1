package circuits_test

import (
	"errors"
	"regexp"
	"testing"

	"github.com/quirezk/quire/circuits"
)

// TestShapes: every shape is valid, found by its name, and has a pinned digest.
// That the digests are right is for internal/bench, which compiles.
func TestShapes(t *testing.T) {
	form := regexp.MustCompile("^[0-9a-f]{64}$")
	seen := make(map[string]string)
	for _, shape := range circuits.Shapes() {
		if err := shape.Validate(); err != nil {
			t.Error(err)
		}
		if found, err := circuits.ShapeByName(shape.Name); err != nil || found != shape {
			t.Errorf("ShapeByName(%q) = %+v, %v", shape.Name, found, err)
		}
		digest, ok := circuits.Digest(shape.Name)
		if !ok || !form.MatchString(digest) {
			t.Errorf("Digest(%q) = %q, %t; run make golden", shape.Name, digest, ok)
		}
		if other, twice := seen[digest]; twice {
			t.Errorf("%s and %s have one digest", shape.Name, other)
		}
		seen[digest] = shape.Name
	}
	if _, err := circuits.ShapeByName("t513"); !errors.Is(err, circuits.ErrUnknownShape) {
		t.Errorf("ShapeByName(t513): %v", err)
	}
	if digest, ok := circuits.Digest("t513"); ok {
		t.Errorf("Digest(t513) = %q", digest)
	}
}
