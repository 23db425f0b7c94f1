package archtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// mutant is a rule of the contracts, and how contracts/tools/mutants/run.js takes it
// away: in file, from becomes to, and each of the tests has to fail.
type mutant struct {
	Rule, File string
	Tests      []string
	From, To   string
}

// TestMutantsAreAlive: the list of the contracts' rules fits what it is about, without
// forge, which tries it for an hour. What a rule takes away is in its file once, its
// tests are there, and docs/contracts.md has the table that run.js --table prints.
func TestMutantsAreAlive(t *testing.T) {
	const (
		list  = "contracts/tools/mutants/list.json"
		table = "docs/contracts.md"
		cure  = "contracts/tools/mutants/run.js --table"
	)
	text, err := os.ReadFile(filepath.Join(root, list))
	if err != nil {
		t.Fatal(err)
	}
	var mutants []mutant
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&mutants); err != nil {
		t.Fatalf("%s: %v", list, err)
	}
	if len(mutants) < 100 {
		t.Errorf("%s has %d rules: where are the others?", list, len(mutants))
	}
	tests := soliditySources(t)
	seen := make(map[string]bool)
	rows := "| rule | where | test that breaks without it |\n|---|---|---|\n"
	for _, m := range mutants {
		if m.Rule == "" || seen[m.Rule] {
			t.Errorf("%s: the rule %q has no name of its own", list, m.Rule)
		}
		seen[m.Rule] = true
		source, err := os.ReadFile(filepath.Join(root, "contracts", m.File))
		if err != nil {
			t.Errorf("%s: %q: %v", list, m.Rule, err)
			continue
		}
		if n := strings.Count(string(source), m.From); m.From == "" || n != 1 {
			t.Errorf("%s: %q: what it takes away is in %s %d times, want once: %s", list, m.Rule, m.File, n, m.From)
		}
		if m.From == m.To {
			t.Errorf("%s: %q takes nothing away", list, m.Rule)
		}
		if len(m.Tests) == 0 {
			t.Errorf("%s: %q has no test", list, m.Rule)
		}
		for _, name := range m.Tests {
			if !strings.Contains(tests, "function "+name+"(") {
				t.Errorf("%s: %q names %s, which no test in contracts/test has", list, m.Rule, name)
			}
		}
		rows += fmt.Sprintf("| %s | %s | `%s` |\n", m.Rule, strings.TrimSuffix(path.Base(m.File), ".sol"), strings.Join(m.Tests, "`, `"))
	}
	document, err := os.ReadFile(filepath.Join(root, table))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), "\n\n"+rows+"\n") {
		t.Errorf("%s does not have the table of %s: put what %s prints there", table, list, cure)
	}
}

// soliditySources is everything in contracts/test.
func soliditySources(t *testing.T) string {
	t.Helper()
	var sources strings.Builder
	for _, pattern := range []string{"*.sol", filepath.Join("*", "*.sol")} {
		files, err := filepath.Glob(filepath.Join(root, "contracts", "test", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(source)
		}
	}
	return sources.String()
}
