// Package golden compares what tests compute with files that are reviewed like code,
// and writes the files instead where a test is run with -update.
package golden

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// Updating says whether files are written: what a program was built with may then be
// about to change.
func Updating() bool { return *update }

// Bytes compares with a file. changed says what a difference means, and what to do if
// it is meant.
func Bytes(tb testing.TB, path string, got []byte, changed string) {
	tb.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		tb.Fatalf("%v: %s", err, changed)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		tb.Errorf("%s differs: %s (-file +now):\n%s", path, changed, diff)
	}
}

// JSON is [Bytes] for a value, which is written with indentation, keys of maps sorted.
func JSON(tb testing.TB, path string, value any, changed string) {
	tb.Helper()
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	Bytes(tb, path, append(content, '\n'), changed)
}
