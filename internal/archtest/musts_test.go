package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMustsNameTests: every test that docs/musts.md names is there. Whoever renames
// or removes one says in that table what holds the rule instead.
func TestMustsNameTests(t *testing.T) {
	const musts = "docs/musts.md"
	text, err := os.ReadFile(filepath.Join(root, musts))
	if err != nil {
		t.Fatal(err)
	}
	sources := make(map[string]string) // all test sources by kind
	files, err := filepath.Glob(filepath.Join(root, "contracts", "test", "*.sol"))
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob(filepath.Join(root, "contracts", "test", "*", "*.sol"))
	if err != nil {
		t.Fatal(err)
	}
	add := func(kind, file string) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources[kind] += string(source)
	}
	for _, file := range append(files, below...) {
		add("sol", file)
	}
	each(t, func(file, _ string, _ []string) {
		if strings.HasSuffix(file, "_test.go") {
			add("go", filepath.Join(root, file))
		}
	})
	for kind, names := range map[string]*regexp.Regexp{
		"go":  regexp.MustCompile(`\bTest[A-Z]\w*`),
		"sol": regexp.MustCompile(`\btest(?:Fuzz)?_\w+`),
	} {
		declaration := map[string]string{"go": "func ", "sol": "function "}[kind]
		found := names.FindAllString(string(text), -1)
		for _, name := range found {
			if !strings.Contains(sources[kind], declaration+name+"(") {
				t.Errorf("%s names %s, which no test has", musts, name)
			}
		}
		if len(found) < 20 {
			t.Errorf("%s names %d %s tests: has its form changed?", musts, len(found), kind)
		}
	}
}
