package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quirezk/quire/prover"
)

// TestInterruptedCommandsWriteNothing runs each command that works for long
// under a context that is done, as after a signal.
func TestInterruptedCommandsWriteNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("QUIRE_KEYS", filepath.Join(dir, "keys"))
	state, transfers, proof := filepath.Join(dir, "s.json"), filepath.Join(dir, "t.json"), filepath.Join(dir, "p.json")
	contract, rebuilt := "0x"+strings.Repeat("01", 20), filepath.Join(dir, "rebuilt")
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"gen", "--count", "2", "--accounts", "4", "--index-bits", "4", "--state", state, "--transfers", transfers}, &out, &errs); code != ExitOK {
		t.Fatalf("gen: code %d: %s", code, errs.String())
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"setup", "--shape", "tiny"},
		{"circuit", "stats", "--shape", "tiny"},
		{"demo", "--shape", "tiny", "--json"},
		{"prove", "--shape", "tiny", "--state", state, "--transfers", transfers, "--out", proof},
		{"reconstruct", "--l1", "http://127.0.0.1:1", "--contract", contract, "--dir", rebuilt, "--export", proof},
		{"exit", "status", "--l1", "http://127.0.0.1:1", "--contract", contract, "--owner", contract, "--dir", rebuilt},
	} {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(done, args, &out, &errs); code != ExitInterrupted {
				t.Errorf("code %d, want %d", code, ExitInterrupted)
			}
			if out.Len() != 0 || errs.String() != "quire: interrupted\n" {
				t.Errorf("printed %q and %q", out.String(), errs.String())
			}
		})
	}
	if _, err := os.Stat(proof); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an interrupted prove left %s: %v", proof, err)
	}
	if _, err := os.Stat(rebuilt); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an interrupted reconstruct left %s: %v", rebuilt, err)
	}
	if keys, err := filepath.Glob(filepath.Join(dir, "keys", "*", "*")); err != nil || len(keys) != 0 {
		t.Errorf("an interrupted setup left %v, %v", keys, err)
	}
}

// TestDisplay plays stages to a terminal that is a buffer: each that ends leaves
// one line with its time, one that fails leaves nothing of its bar behind.
func TestDisplay(t *testing.T) {
	var out bytes.Buffer
	d := &display{out: &out}
	d.observe(prover.Event{Stage: prover.StageLoad, Total: 100})
	d.observe(prover.Event{Stage: prover.StageLoad, Done: 50, Total: 100})
	d.observe(prover.Event{Stage: prover.StageLoad, Done: 100, Total: 100, End: true, Elapsed: 1500 * time.Millisecond})
	if !strings.HasSuffix(out.String(), "  load        1.50 s\n") {
		t.Errorf("load: %q", out.String())
	}
	before := out.Len()
	d.observe(prover.Event{Stage: prover.StageSolve})
	d.close()
	if d.bar != nil {
		t.Error("the spinner still turns")
	}
	if after := out.String()[before:]; strings.Contains(after, "\n") {
		t.Errorf("a stage that failed leaves a line: %q", after)
	}
	d.close() // nothing is under way
}
