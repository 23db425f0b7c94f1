package archtest

import (
	"go/build"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRapidHasASeed: rapid takes a random seed unless it is given one. A package
// whose tests use it fixes the seed by importing internal/rapidtest, in a test file
// without build tags, so that a failure comes again.
func TestRapidHasASeed(t *testing.T) {
	const (
		rapid   = "pgregory.net/rapid"
		seeding = module + "/internal/rapidtest"
	)
	users, seeded := make(map[string]bool), make(map[string]bool)
	each(t, func(file, pkg string, imports []string) {
		if !strings.HasSuffix(file, "_test.go") {
			return
		}
		users[pkg] = users[pkg] || slices.Contains(imports, rapid)
		if slices.Contains(imports, seeding) {
			always, err := build.Default.MatchFile(filepath.Join(root, pkg), filepath.Base(file))
			if err != nil {
				t.Fatal(err)
			}
			seeded[pkg] = seeded[pkg] || always
		}
	})
	delete(users, "internal/rapidtest") // which its own tests have without importing it
	tested := 0
	for _, pkg := range slices.Sorted(maps.Keys(users)) {
		if !users[pkg] {
			continue
		}
		tested++
		if !seeded[pkg] {
			t.Errorf(`%s has tests with rapid and a random seed: import _ "%s" in one of its test files`, pkg, seeding)
		}
	}
	if tested < 10 {
		t.Errorf("%d packages use rapid: has its import path changed?", tested)
	}
}
