package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// failures takes down what a test would have failed with.
type failures struct {
	testing.TB
	said []string
}

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *failures) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// said is what a comparison fails with.
func said(t *testing.T, compare func(testing.TB)) string {
	t.Helper()
	f := &failures{TB: t}
	done := make(chan struct{})
	go func() { defer close(done); compare(f) }()
	<-done
	return strings.Join(f.said, "\n")
}

func TestFiles(t *testing.T) {
	if *update {
		t.Fatal("it writes only what it made: run it without -update")
	}
	path := filepath.Join(t.TempDir(), "new", "file.json")
	value := map[string]int{"b": 2, "a": 1}
	compare := func(tb testing.TB) { JSON(tb, path, value, "make it") }
	if got := said(t, compare); !strings.Contains(got, "make it") || !strings.Contains(got, "file.json") {
		t.Errorf("no file: %q", got)
	}
	*update = true
	got := said(t, compare)
	*update = false
	if got != "" {
		t.Errorf("written: %q", got)
	}
	content, err := os.ReadFile(path)
	if want := "{\n  \"a\": 1,\n  \"b\": 2\n}\n"; err != nil || string(content) != want {
		t.Errorf("%q, error %v", content, err)
	}
	if got := said(t, compare); got != "" {
		t.Errorf("the same: %q", got)
	}
	value["a"] = 3
	if got := said(t, compare); !strings.Contains(got, "file.json differs: make it") || !strings.Contains(got, "3") {
		t.Errorf("another: %q", got)
	}
}
