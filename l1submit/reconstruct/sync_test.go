package reconstruct

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

// config reads all that there is, and has no patience.
func config() Config {
	return Config{Contract: address, Retry: watch.Retry{Attempts: 1, Logger: quiet}, Logger: quiet}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func open(t fataler, dir string) *State {
	t.Helper()
	s, err := Open(dir, Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeState(t fataler, s *State) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkState compares a state with the rollup as it was after the block that the
// state is of.
func checkState(t fataler, s *State, l *layer1) {
	t.Helper()
	head, ok := s.Head()
	if !ok {
		t.Fatal("no state")
	}
	block := l.Find(head.Checked.Hash)
	if block == nil {
		t.Fatalf("checked after %v", head.Checked)
	}
	want := l.after[block.Hash()]
	if head.Finalized != want.finalized || head.RollupID != l.id || head.Contract != address || head.Frozen != want.frozen {
		t.Fatalf("state %+v, want %+v", head, want.finalized)
	}
	if c := protocol.Commitment(head.Root, l.id, head.Number); c != want.finalized.Commitment {
		t.Fatalf("commitment %v, want %v", c, want.finalized.Commitment)
	}
	var b bytes.Buffer
	if err := s.Export(&b); err != nil {
		t.Fatal(err)
	}
	exported, err := files.ReadState(&b)
	if err != nil {
		t.Fatal(err)
	}
	got := maps.Collect(exported.Accounts.All())
	if diff := cmp.Diff(l.states[want.finalized.Commitment], got); diff != "" || exported.BatchNumber != head.Number || exported.RollupID != l.id {
		t.Fatalf("exported state differs: %s", diff)
	}
	checkQueue(t, s, want)
}

func checkQueue(t fataler, s *State, want *rollup) {
	t.Helper()
	deposits := s.Deposits()
	if got, want := len(deposits), len(want.deposits)-int(want.finalized.DepositsEnd); got != want {
		t.Fatalf("%d deposits wait, want %d", got, want)
	}
	for i, d := range deposits {
		at := want.finalized.DepositsEnd + uint64(i)
		refunded := false
		for _, r := range want.refunded {
			refunded = refunded || r == at
		}
		if d.Position != at || d.Deposit != want.deposits[at] || d.Payer != want.payers[at] || d.Refunded != refunded {
			t.Fatalf("waiting deposit %d is %+v", at, d)
		}
	}
	exits := s.ForcedExits()
	if got, want := len(exits), len(want.requests)-int(want.finalized.ExitsEnd); got != want {
		t.Fatalf("%d forced exits wait, want %d", got, want)
	}
	for i, e := range exits {
		if at := want.finalized.ExitsEnd + uint64(i); e.Position != at || e.Request != want.requests[at] {
			t.Fatalf("waiting forced exit %d is %+v", at, e)
		}
	}
	for _, which := range protocol.Lanes() {
		q, end := want.lanes[which], want.finalized.End(which)
		oldest, ok, err := s.Oldest(which)
		if err != nil || ok != (end < q.Count()) {
			t.Fatalf("oldest of %s: %t, error %v", which, ok, err)
		}
		for at := end; at < q.Count(); at++ {
			entry, err := q.ProveEntry(at)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Prove(which, at)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(entry, got); diff != "" {
				t.Fatalf("proof of %s, entry %d: %s", which, at, diff)
			}
			if at == end && !cmp.Equal(oldest, entry) {
				t.Fatalf("the oldest of %s is not entry %d", which, at)
			}
		}
		for _, at := range []uint64{end - 1, q.Count()} {
			if _, err := s.Prove(which, at); !errors.Is(err, protocol.ErrLaneRange) {
				t.Fatalf("proof of %s, entry %d: error %v", which, int64(at), err)
			}
		}
	}
}

var errFault = errors.New("connection reset")

// TestHistories rebuilds random histories, with batches that were reverted,
// several that were pending, and reorganizations above the confirmations; while
// requests fail, and with stops at any request.
func TestHistories(t *testing.T) {
	base := t.TempDir()
	stops, run := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		dir := fmt.Sprintf("%s/%d", base, run)
		l := newLayer1(1, rapid.Uint64Range(0, 1<<30).Draw(t, "seed"))
		c := config()
		c.Confirmations = rapid.SampledFrom([]uint64{0, 3, 10}).Draw(t, "confirmations")
		c.CheckEvery = rapid.SampledFrom([]int{1, 2, 7, 0}).Draw(t, "check every")
		c.MaxRange = rapid.SampledFrom([]uint64{0, 1, 5}).Draw(t, "max range")
		c.Fetchers = rapid.IntRange(1, 3).Draw(t, "fetchers")
		c.Retry = watch.Retry{Attempts: -1, First: time.Nanosecond, Max: time.Nanosecond, Logger: quiet}
		s := open(t, dir)
		var requests, stopAt, faults atomic.Int64
		var cancel context.CancelFunc
		l.Before = func(string) error {
			n := requests.Add(1)
			if n == stopAt.Load() {
				cancel()
			}
			if rate := faults.Load(); rate > 0 && (n*0x9e3779b97f4a7c1)>>32%rate == 0 { // a fixed, uneven pattern
				return errFault
			}
			return nil
		}
		for range rapid.IntRange(1, 6).Draw(t, "length") {
			for range rapid.IntRange(1, 30).Draw(t, "blocks") {
				l.block()
			}
			if rapid.IntRange(0, 2).Draw(t, "reorganize") == 0 {
				l.Rewind(min(int(c.Confirmations), int(l.Head().Number())-1)) // the deployment stays
				for range c.Confirmations + 1 {
					l.block()
				}
			}
			if l.Head().Number() <= c.Confirmations { // no rollup yet
				continue
			}
			faults.Store(rapid.SampledFrom([]int64{0, 3, 10}).Draw(t, "faults"))
			for {
				requests.Store(0)
				stopAt.Store(int64(rapid.IntRange(0, 60).Draw(t, "stop at")))
				var ctx context.Context
				ctx, cancel = context.WithCancel(context.Background())
				err := s.Sync(ctx, client{layer1: l}, c)
				cancel()
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				stops++
				if rapid.Bool().Draw(t, "reopen") {
					closeState(t, s)
					s = open(t, dir)
				}
			}
			checkState(t, s, l)
		}
		if rapid.Bool().Draw(t, "freeze") {
			l.freezeNow()
			for range 10 + c.Confirmations {
				l.block()
			}
			faults.Store(0)
			stopAt.Store(0)
			if err := s.Sync(context.Background(), client{layer1: l}, c); err != nil {
				t.Fatal(err)
			}
			checkState(t, s, l)
			if head, _ := s.Head(); !head.Frozen {
				t.Fatal("not frozen")
			}
		}
		closeState(t, s)
		s = open(t, dir)
		if l.Head().Number() > c.Confirmations {
			checkState(t, s, l)
		}
		closeState(t, s)
	})
	if stops == 0 {
		t.Error("no reconstruction was stopped")
	}
	t.Logf("%d stops", stops)
}

// How TestKilled tells its child what to do.
const (
	childDirEnv  = "QUIRE_RECONSTRUCT_CHILD_DIR"
	childKillEnv = "QUIRE_RECONSTRUCT_CHILD_KILL" // the request in front of which the child dies
)

// killedLayer1 is the same for child and parent.
func killedLayer1() *layer1 {
	l := newLayer1(7, 7)
	for range 250 {
		l.block()
	}
	return l
}

func killedConfig() Config {
	c := config()
	c.CheckEvery, c.MaxRange, c.Fetchers = 2, 3, 2
	return c
}

// runChild rebuilds a state until it kills itself in front of a request: wherever
// the tree and the journal then are.
func runChild(dir string) error {
	kill, err := strconv.ParseInt(os.Getenv(childKillEnv), 10, 64)
	if err != nil {
		return err
	}
	l := killedLayer1()
	var requests atomic.Int64
	l.Before = func(string) error {
		if requests.Add(1) < kill {
			return nil
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		if err := self.Kill(); err != nil {
			return err
		}
		select {} // the signal is on its way
	}
	s, err := Open(dir, Options{Logger: quiet})
	if err != nil {
		return err
	}
	if err := s.Sync(context.Background(), client{layer1: l}, killedConfig()); err != nil {
		return err
	}
	return s.Close()
}

// TestKilled kills a process that rebuilds a state, again and again, until one
// comes to the end.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	l := killedLayer1()
	killed := 0
	for round := range 100 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDirEnv+"="+dir, fmt.Sprintf("%s=%d", childKillEnv, 15+7*round%31+round))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if err == nil {
			break
		}
		if !errors.As(err, &exit) || exit.ExitCode() != -1 { // not by a signal
			t.Fatalf("round %d: %v\n%s", round, err, &stderr)
		}
		killed++
	}
	s := open(t, dir)
	if err := s.Sync(context.Background(), client{layer1: l}, killedConfig()); err != nil {
		t.Fatal(err)
	}
	checkState(t, s, l)
	head, _ := s.Head()
	closeState(t, s)
	if killed < 4 || head.Number < 20 {
		t.Errorf("%d children were killed over %d batches", killed, head.Number)
	}
	t.Logf("%d children killed, %d batches", killed, head.Number)
}
