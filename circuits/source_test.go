package circuits_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUncheckedConstructs: gnark offers ways around its own checks. Ours is one
// unchecked division, whose denominator the multiset package's comment accounts
// for.
func TestUncheckedConstructs(t *testing.T) {
	allowed := map[string]int{".DivUnchecked(": 1}
	found := make(map[string][]string)
	for _, tree := range []string{".", "../witness", "../prover"} {
		err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, name := range []string{
				".DivUnchecked(", ".MarkBoolean(", ".WithUnconstrainedOutputs(", ".OmitModulusCheck(", ".IgnoreUnconstrainedInputs(",
			} {
				for range strings.Count(string(source), name) {
					found[name] = append(found[name], path)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, places := range found {
		if len(places) > allowed[name] {
			t.Errorf("%s stands in %v, want it %d times", name, places, allowed[name])
		}
	}
	if places := found[".DivUnchecked("]; len(places) != 1 || filepath.ToSlash(places[0]) != "gadget/multiset/argument.go" {
		t.Errorf("DivUnchecked stands in %v, want it in the multiset argument alone", places)
	}
}
