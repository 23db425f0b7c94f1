package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What is printed to be tried works in another directory, however the program was
// called here.
func TestProgramName(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for called, want := range map[string]string{
		"quire":            "quire",
		"./bin/quire":      filepath.Join(here, "bin/quire"),
		"../quire":         filepath.Join(filepath.Dir(here), "quire"),
		"/usr/bin/quire":   "/usr/bin/quire",
		"/usr/./bin/quire": "/usr/bin/quire",
	} {
		if got := programName(called); got != want {
			t.Errorf("%s: %s, want %s", called, got, want)
		}
	}
}

// A shell takes a quoted word for the word.
func TestQuoted(t *testing.T) {
	if got := quoted("/home/me/quire-1.0/bin_2"); got != "/home/me/quire-1.0/bin_2" {
		t.Errorf("a plain path became %s", got)
	}
	for _, word := range []string{"", "/home/me too/quire", "it's", "$HOME", "a;b", "`id`", `a"b\c`, "*", "~", "é", "-n"} {
		out, err := exec.Command("sh", "-c", "printf %s "+quoted(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q became %q, error %v", word, out, err)
		}
	}
}
