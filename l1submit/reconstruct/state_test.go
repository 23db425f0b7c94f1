package reconstruct

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// TestState looks things up in a rebuilt state.
func TestState(t *testing.T) {
	ctx := context.Background()
	l := settled(21, 12, nil)
	s := open(t, t.TempDir())
	defer closeState(t, s)
	if d, e := s.Deposits(), s.ForcedExits(); d != nil || e != nil {
		t.Errorf("something waits before anything was read: %v, %v", d, e)
	}
	if _, err := s.Prove(protocol.LaneDeposits, 0); !errors.Is(err, protocol.ErrLaneRange) {
		t.Errorf("error %v", err)
	}
	if _, ok, err := s.Oldest(protocol.LaneExits); ok || err != nil {
		t.Errorf("oldest: %t, error %v", ok, err)
	}
	if err := s.Sync(ctx, client{layer1: l}, config()); err != nil {
		t.Fatal(err)
	}
	checkState(t, s, l)
	head, _ := s.Head()
	want := l.states[head.Commitment]
	owned := make(map[protocol.Owner][]protocol.Index)
	for i, account := range want {
		a, err := s.Account(i)
		if err != nil {
			t.Fatal(err)
		}
		if a.Update != (statetree.Update{Index: i, Account: account}) || !a.Exists {
			t.Errorf("account %d is %+v", i, a.Update)
		}
		if err := a.Proof.VerifyAccount(head.Root, &account); err != nil {
			t.Error(err)
		}
		owned[account.Owner] = append(owned[account.Owner], i)
	}
	a, err := s.Account(3999999999)
	if err != nil || a.Exists || a.Proof.Included() || a.Proof.Verify(head.Root) != nil {
		t.Errorf("an account that is not there: %+v, error %v", a, err)
	}
	for owner, indices := range owned {
		slices.Sort(indices)
		var got []protocol.Index
		for u, err := range s.Owned(owner) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, u.Index)
		}
		if diff := cmp.Diff(indices, got); diff != "" {
			t.Errorf("accounts of %x: %s", owner, diff)
		}
		for range s.Owned(owner) {
			break // which closes the snapshot
		}
	}
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if snapshot.Version() != head.Number || snapshot.Root() != head.Root {
		t.Errorf("snapshot of batch %d", snapshot.Version())
	}
	if err := s.Close(); !errors.Is(err, statetree.ErrInUse) {
		t.Errorf("closed under a snapshot: error %v", err)
	}
	if err := snapshot.Close(); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk is full")
	if err := s.Export(failing{full}); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	var b bytes.Buffer
	if err := s.Export(&b); err != nil || !bytes.HasPrefix(b.Bytes(), []byte("{\n  \"format\": \"quire/state/1\"")) {
		t.Errorf("exported %.60s, error %v", &b, err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

var _ io.Writer = failing{}

// TestTargets reads up to several blocks, and tells how far it is.
func TestTargets(t *testing.T) {
	ctx := context.Background()
	l := newLayer1(1, 31)
	for range 100 {
		l.block()
	}
	l.SetFinalized(40)
	s := open(t, t.TempDir())
	defer closeState(t, s)
	var last Progress
	c := config()
	c.MaxRange, c.CheckEvery = 7, 3
	c.Progress = func(p Progress) {
		if p.Block < last.Block || p.Applied < last.Applied || p.Final < last.Final || p.Transfers < last.Transfers || p.Applied > p.Final || p.Block > p.Target {
			t.Errorf("progress %+v after %+v", p, last)
		}
		last = p
	}
	number := func(n uint64) *uint64 { return &n }
	for _, at := range []struct {
		block         *uint64
		confirmations uint64
		finalized     bool
		want          uint64
	}{
		{block: number(17), want: 17},
		{confirmations: 80, want: 21},
		{confirmations: 5, finalized: true, want: 40},
		{block: number(50), confirmations: 5, finalized: true, want: 50},
		{confirmations: 90, want: 50}, // never back
		{want: 101},
	} {
		c.Block, c.Confirmations, c.Finalized = at.block, at.confirmations, at.finalized
		if err := s.Sync(ctx, client{layer1: l}, c); err != nil {
			t.Fatal(err)
		}
		head, _ := s.Head()
		if head.Checked.Number != at.want {
			t.Errorf("read up to block %d, want %d", head.Checked.Number, at.want)
		}
		checkState(t, s, l)
		if last.Target != at.want || last.Block != at.want || last.Applied != head.Number || last.Final != head.Number || last.Transfers != head.Transfers {
			t.Errorf("last progress %+v, state of batch %d", last, head.Number)
		}
	}
}
