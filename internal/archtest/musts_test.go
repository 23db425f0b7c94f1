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
	sources := map[string]string{"sol": soliditySources(t)} // all test sources by kind
	each(t, func(file, _ string, _ []string) {
		if strings.HasSuffix(file, "_test.go") {
			source, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				t.Fatal(err)
			}
			sources["go"] += string(source)
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
