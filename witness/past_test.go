package witness_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// history is a tree that batches were applied to, each of them sealed, and a
// snapshot of each of its states.
type history struct {
	tree   *statetree.Tree
	states []*statetree.Snapshot // by version
	sealed []*witness.Sealed     // that of batch n+1 at n
}

// newHistory applies n batches of whatever there is: what they do to the accounts
// that they touch is none of sealing's business.
func newHistory(t *testing.T, r *rand.Rand, n int) *history {
	t.Helper()
	const most = 1 << 12
	shape := protocol.Shape{
		Name: "wide", Openings: most, LayerOne: 0, FeeAccounts: 1, Transfers: most, Accounts: most, Nodes: most,
	}
	h := &history{tree: statetree.OpenMemory()}
	h.keep(t)
	var known []protocol.Index
	for range n {
		now := h.states[len(h.states)-1]
		b := protocol.Batch{Number: now.Version() + 1}
		var updates []statetree.Update
		touched := make(map[protocol.Index]bool)
		for range r.IntN(8) {
			i := randomIndex(r)
			if len(known) > 0 && r.IntN(2) == 0 {
				i = known[r.IntN(len(known))]
			}
			if touched[i] {
				continue
			}
			touched[i] = true
			b.Openings = append(b.Openings, protocol.Opening{Index: i})
			if r.IntN(4) > 0 { // else it stays as it was, or absent
				known = append(known, i)
				updates = append(updates, statetree.Update{Index: i, Account: protocol.Account{
					Owner: protocol.Owner{byte(r.Uint32())}, Token: protocol.Token(r.Uint32()), Nonce: uint64(r.Uint32()),
					Balance: *uint256.NewInt(r.Uint64()),
				}})
			}
		}
		sealed, err := witness.Seal(witness.FromSnapshot(now), shape, &b)
		if err != nil {
			t.Fatal(err)
		}
		h.sealed = append(h.sealed, sealed)
		if _, err := h.tree.Apply(context.Background(), b.Number, updates, nil); err != nil {
			t.Fatal(err)
		}
		h.keep(t)
	}
	return h
}

func (h *history) keep(t *testing.T) {
	t.Helper()
	s, err := h.tree.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	h.states = append(h.states, s)
}

// randomIndex is one of a few neighbours, or comes from anywhere.
func randomIndex(r *rand.Rand) protocol.Index {
	if r.IntN(3) > 0 {
		return protocol.Index(1 + r.IntN(40))
	}
	return protocol.Index(1 + r.Uint32N(1<<32-1))
}

// TestPast asks for accounts and their proofs in every state, from every later
// one, and compares with what the state itself says.
func TestPast(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 1))
	for range 4 {
		const n = 7
		h := newHistory(t, r, n)
		asked := []protocol.Index{1<<32 - 1, 41, randomIndex(r)}
		for _, sealed := range h.sealed {
			for _, e := range sealed.Entries {
				asked = append(asked, e.Index)
			}
		}
		slices.Sort(asked)
		asked = slices.Compact(asked)
		for m := range n + 1 {
			for from := range m + 1 {
				later := h.sealed[from:m]
				for _, i := range asked {
					want, existed, err := h.states[from].Account(i)
					if err != nil {
						t.Fatal(err)
					}
					got, found, err := witness.AccountAt(h.states[m], later, i)
					if err != nil || found != existed || got != want {
						t.Fatalf("account %d of state %d from %d: %v, %v, %v; want %v, %v", i, from, m, got, found, err, want, existed)
					}
					proof, err := h.states[from].Prove(i)
					if err != nil {
						t.Fatal(err)
					}
					if got, err := witness.ProveAt(h.states[m], later, i); err != nil || *got != *proof {
						t.Fatalf("proof of account %d of state %d from %d: %v", i, from, m, err)
					}
				}
			}
		}
	}
}

// TestUndoOf takes trees back with nothing but the sealed batches, and forth
// again.
func TestUndoOf(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(32, 1))
	refused := 0
	for range 6 {
		const n = 6
		h := newHistory(t, r, n)
		from := r.IntN(n)
		want := h.states[from]
		wrong := errors.New("another root")
		accept := func(root fr.Element) error {
			if root != h.sealed[from].OldRoot {
				return wrong
			}
			return nil
		}
		if want.Root() != h.states[from+1].Root() {
			refused++
			if _, err := h.tree.Revert(ctx, uint32(from), witness.UndoOf(h.sealed[from+1:]), nil, accept); !errors.Is(err, wrong) {
				t.Fatalf("without the first batch: %v", err)
			}
		}
		if _, err := h.tree.Revert(ctx, uint32(from), witness.UndoOf(h.sealed[from:]), nil, accept); err != nil {
			t.Fatalf("from %d to %d: %v", n, from, err)
		}
		if h.tree.Root() != want.Root() || h.tree.Version() != want.Version() {
			t.Errorf("root %v of %d", h.tree.Root(), h.tree.Version())
		}
		var before, after []statetree.Update
		s, err := h.tree.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		for u, err := range want.All() {
			if err != nil {
				t.Fatal(err)
			}
			before = append(before, u)
		}
		for u, err := range s.All() {
			if err != nil {
				t.Fatal(err)
			}
			after = append(after, u)
		}
		if !slices.Equal(before, after) {
			t.Error("the accounts are others")
		}
	}
	if refused < 2 {
		t.Errorf("only %d refused", refused)
	}
}

// TestOtherPast: batches that do not lead to the snapshot's state have nothing to
// say about it, and damaged ones do not get through.
func TestOtherPast(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 1))
	h := newHistory(t, r, 6)
	s := h.sealed
	for name, later := range map[string][]*witness.Sealed{
		"without the last": s[2:5],
		"with a gap":       {s[2], s[3], s[5]},
		"out of order":     {s[3], s[2], s[4], s[5]},
		"one twice":        {s[2], s[3], s[3], s[4], s[5]},
	} {
		if _, _, err := witness.AccountAt(h.states[6], later, 1); !errors.Is(err, witness.ErrOtherPast) {
			t.Errorf("%s: account: %v", name, err)
		}
		if _, err := witness.ProveAt(h.states[6], later, 1); !errors.Is(err, witness.ErrOtherPast) {
			t.Errorf("%s: proof: %v", name, err)
		}
	}
	if _, _, err := witness.AccountAt(h.states[5], s[2:], 1); !errors.Is(err, witness.ErrOtherPast) {
		t.Errorf("an older snapshot: %v", err)
	}

	for level := range 2 {
		damaged := *s[2]
		damaged.Nodes = slices.Clone(s[2].Nodes)
		at := level * (len(damaged.Nodes) - 1)
		var one fr.Element
		one.SetOne()
		child := &damaged.Nodes[at].Children[3]
		child.Add(child, &one)
		// A path that does not go through that child.
		i := protocol.Index(damaged.Nodes[at].Position << (2 * (protocol.TreeDepth - damaged.Nodes[at].Level)))
		later := append([]*witness.Sealed{&damaged}, s[3:]...)
		if _, err := witness.ProveAt(h.states[6], later, i); !errors.Is(err, witness.ErrNotSealed) {
			t.Errorf("node %d is damaged: %v", at, err)
		}
	}
}
