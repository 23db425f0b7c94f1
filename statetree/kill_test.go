package statetree

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// How TestKilled tells its child what to do.
const (
	childDirEnv  = "QUIRE_STATETREE_CHILD_DIR"  // the store
	childKillEnv = "QUIRE_STATETREE_CHILD_KILL" // the file operation before which the child dies
)

// childBatches is how many batches a child applies if it is not killed.
const childBatches = 25

// killedBatch is the batch of a version, the same for child and parent.
func killedBatch(version uint32) []Update {
	r := newRand(uint64(version))
	return randomUpdates(r, r.IntN(20))
}

func killedMeta(version uint32) []byte { return fmt.Appendf(nil, "meta of %d", version) }

// runChild opens the store in dir and applies batches, writing each version to
// standard output once Apply has returned, until the process kills itself in
// front of the n-th operation that changes a file: in the open, in a commit, in a
// flush, wherever that is.
func runChild(dir string) error {
	n, err := strconv.ParseInt(os.Getenv(childKillEnv), 10, 64)
	if err != nil {
		return err
	}
	var left atomic.Int64
	left.Store(n)
	fs := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && left.Add(-1) <= 0 {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			if err := self.Kill(); err != nil {
				return err
			}
			select {} // the signal is on its way
		}
		return nil
	}))
	tree, err := OpenPebble(dir, PebbleOptions{fs: fs, memTableBytes: 64 << 10})
	if err != nil {
		return err
	}
	for range childBatches {
		version := tree.Version() + 1
		if _, err := tree.Apply(context.Background(), version, killedBatch(version), killedMeta(version)); err != nil {
			return err
		}
		fmt.Println(version)
	}
	return tree.Close()
}

// TestKilled kills a process that commits batches, again and again over the same
// store, and looks each time at what is left: the last state that was reported, or
// the one that was being committed, whole.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	r := newRand(7)
	m := model{}
	var version uint32
	killed := 0
	for round := range killRounds {
		cmd := exec.Command(os.Args[0])
		kill := 1 + r.IntN(60)
		if round%4 == 3 {
			kill = 1 + r.IntN(400) // far enough for flushes and compactions
		}
		cmd.Env = append(os.Environ(), childDirEnv+"="+dir, fmt.Sprintf("%s=%d", childKillEnv, kill))
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		runErr := cmd.Run()
		var exit *exec.ExitError
		switch {
		case runErr == nil:
		case errors.As(runErr, &exit) && exit.ExitCode() == -1: // by a signal
			killed++
		default:
			t.Fatalf("round %d: %v\n%s", round, runErr, &stderr)
		}
		reported := version
		lines := bufio.NewScanner(&stdout)
		for lines.Scan() {
			n, err := strconv.ParseUint(lines.Text(), 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			reported = uint32(n)
		}
		tree, err := OpenPebble(dir, PebbleOptions{})
		if err != nil {
			t.Fatalf("round %d, killed before operation %d: %v", round, kill, err)
		}
		got := tree.Version()
		if got != reported && (got != reported+1 || runErr == nil) {
			t.Fatalf("round %d, killed before operation %d: version %d, reported %d", round, kill, got, reported)
		}
		for version < got {
			version++
			m.apply(killedBatch(version))
		}
		s := mustSnapshot(t, tree)
		want := keptSnapshot{s, version, killedMeta(version), m}
		if version == 0 {
			want.meta = nil
		}
		checkSnapshot(t, want)
		if err := s.Check(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Close(), tree.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if killed < killRounds/2 || version < 20 {
		t.Errorf("only %d children were killed and %d batches applied", killed, version)
	}
	t.Logf("%d children killed, %d batches applied", killed, version)
}
