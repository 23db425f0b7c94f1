package statetree

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/protocol"
)

// populated returns a tree of n random accounts with its model.
func populated(t testing.TB, seed uint64, n int) (*Tree, model) {
	t.Helper()
	updates := randomUpdates(newRand(seed), n)
	m := model{}
	m.apply(updates)
	tree := OpenMemory()
	mustApply(t, tree, 1, updates)
	return tree, m
}

func bump(e *fr.Element) { one := fr.One(); e.Add(e, &one) }

// TestProofChanged changes each word of proofs, of accounts and of absence.
func TestProofChanged(t *testing.T) {
	tree, m := populated(t, 11, 40)
	s := mustSnapshot(t, tree)
	root := s.Root()
	var some protocol.Index
	for i := range m {
		some = max(some, i)
	}
	for _, index := range []protocol.Index{some, 0, math.MaxUint32, 1 << 20} {
		p, err := s.Prove(index)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(root); err != nil {
			t.Fatal(err)
		}
		_, exists := m[index]
		if p.Included() != exists {
			t.Errorf("account %d: included %v", index, p.Included())
		}
		refused := func(what string, p Proof, root fr.Element) {
			t.Helper()
			if err := p.Verify(root); !errors.Is(err, ErrProof) {
				t.Errorf("account %d, %s: error %v", index, what, err)
			}
		}
		q := *p
		bump(&q.Leaf)
		refused("leaf", q, root)
		for l := range q.Siblings {
			for j := range q.Siblings[l] {
				q := *p
				bump(&q.Siblings[l][j])
				refused("sibling", q, root)
			}
			q := *p
			// The neighbour at this level has another proof, unless both are empty.
			q.Index ^= 1 << (2 * (depth - 1 - l))
			if q.Leaf != empty[depth] || !emptySubtree(p, l) {
				refused("index", q, root)
			}
		}
		other := root
		bump(&other)
		refused("root", *p, other)
	}
}

// emptySubtree says whether the path of a proof and its siblings at level l, and
// everything below, are empty: then its neighbours have the same proof.
func emptySubtree(p *Proof, l int) bool {
	for ; l < depth; l++ {
		for _, sibling := range p.Siblings[l] {
			if sibling != empty[l+1] {
				return false
			}
		}
	}
	return true
}

func TestProofOfAccount(t *testing.T) {
	tree, m := populated(t, 12, 20)
	s := mustSnapshot(t, tree)
	for i, a := range m {
		p, err := s.Prove(i)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.VerifyAccount(s.Root(), &a); err != nil {
			t.Errorf("account %d: %v", i, err)
		}
		b := a
		b.Nonce ^= 1
		if err := p.VerifyAccount(s.Root(), &b); !errors.Is(err, ErrProof) {
			t.Errorf("another nonce: error %v", err)
		}
		// The leaf of (token, nonce) is that of (token-1, nonce+2^40).
		if a.Token > 0 {
			a.Token--
			a.Nonce += 1 << protocol.NonceBits
			if err := p.VerifyAccount(s.Root(), &a); !errors.Is(err, protocol.ErrWidth) {
				t.Errorf("a nonce too wide: error %v", err)
			}
		}
	}
}

// TestFrontier compares the nodes on the paths to random leaves with a set built
// the plain way, and its two constructions with each other.
func TestFrontier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRand(rapid.Uint64().Draw(t, "seed"))
		indices := []protocol.Index{}
		for range rapid.IntRange(0, 60).Draw(t, "leaves") {
			indices = append(indices, randomIndex(r)&protocol.Index(uint32(1)<<r.IntN(32)-1|3))
		}
		indices = sortIndices(indices)
		nodes, f, leafParent := newFrontier(indices)

		type place struct {
			level    int
			position uint32
		}
		want := map[place]bool{{0, 0}: true}
		for _, i := range indices {
			for level := range depth {
				want[place{level, positionAt(i, level)}] = true
			}
		}
		if len(nodes) != len(want) {
			t.Fatalf("%d nodes, want %d", len(nodes), len(want))
		}
		for k, n := range nodes {
			if !want[place{int(n.Level), n.Position}] {
				t.Fatalf("node (%d, %d) is on no path", n.Level, n.Position)
			}
			if k > 0 {
				if p := nodes[k-1]; p.Level > n.Level || p.Level == n.Level && p.Position >= n.Position {
					t.Fatalf("node %d is out of order", k)
				}
				if p := nodes[f.parent[k]]; p.Level+1 != n.Level || p.Position != n.Position/4 {
					t.Fatalf("node %d has a wrong parent", k)
				}
			}
			if k < f.start[n.Level] || k >= f.start[n.Level+1] {
				t.Fatalf("node %d is outside its level", k)
			}
		}
		for k, i := range indices {
			if n := nodes[leafParent[k]]; n.Level != depth-1 || n.Position != uint32(i)/4 {
				t.Fatalf("leaf %d has a wrong parent", i)
			}
		}
		again, err := frontierOf(nodes)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(f, again, cmp.AllowUnexported(frontier{})); d != "" {
			t.Fatal(d)
		}
	})
}

// TestFrontierRefused takes away, adds, moves or doubles single nodes: what is
// left is well-formed only if it is again the frontier of some leaves.
func TestFrontierRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRand(rapid.Uint64().Draw(t, "seed"))
		var indices []protocol.Index
		for range rapid.IntRange(1, 6).Draw(t, "leaves") {
			indices = append(indices, randomIndex(r))
		}
		nodes, _, _ := newFrontier(sortIndices(indices))
		for range 40 {
			changed := slices.Clone(nodes)
			at := r.IntN(len(nodes))
			switch r.IntN(6) {
			case 0:
				changed = slices.Delete(changed, at, at+1)
			case 1:
				changed = slices.Insert(changed, at, changed[at])
			case 2:
				changed[at].Position ^= 1 << r.IntN(32)
			case 3:
				changed[at].Level += uint8(1 + r.IntN(255))
			case 4:
				other := r.IntN(len(nodes))
				changed[at], changed[other] = changed[other], changed[at]
			case 5:
				changed = changed[:at]
			}
			_, err := frontierOf(changed)
			if err != nil && !errors.Is(err, ErrEncoding) {
				t.Fatalf("error %v", err)
			}
			if ok := isFrontier(changed); ok != (err == nil) {
				t.Fatalf("well-formed %v, error %v", ok, err)
			}
		}
	})
}

// isFrontier says whether nodes are what newFrontier makes of their lowest ones.
func isFrontier(nodes []Node) bool {
	var leaves []protocol.Index
	for _, n := range nodes {
		if n.Level == depth-1 && n.Position < 1<<30 {
			leaves = append(leaves, protocol.Index(n.Position*4))
		}
	}
	want, _, _ := newFrontier(sortIndices(leaves))
	return slices.Equal(nodes, want)
}

// TestRehashOnce counts: each node that changes is hashed once, others never.
func TestRehashOnce(t *testing.T) {
	tree, m := populated(t, 13, 60)
	s := mustSnapshot(t, tree)
	indices := []protocol.Index{2, 3, 1 << 30}
	for i := range m {
		indices = append(indices, i)
	}
	indices = sortIndices(indices)
	mp, err := s.MultiProof(indices)
	if err != nil {
		t.Fatal(err)
	}
	f, err := frontierOf(mp.Nodes)
	if err != nil {
		t.Fatal(err)
	}
	next := make([][arity]fr.Element, len(mp.Nodes))
	for k := range next {
		next[k] = mp.Nodes[k].Children
	}
	changed := make(map[Key]bool)
	for _, i := range indices[:len(indices)/2] {
		at, err := mp.find(i)
		if err != nil {
			t.Fatal(err)
		}
		bump(&next[at][slot(uint32(i))])
		for level := range depth {
			changed[nodeKey(level, positionAt(i, level))] = true
		}
	}
	hashed := make(map[[arity]fr.Element]int)
	_, err = f.rehash(context.Background(), 1, mp.Nodes, s.Root(), next, func(c *[arity]fr.Element) fr.Element {
		hashed[*c]++
		return hashChildren(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	for k, n := range mp.Nodes {
		want := 0
		if changed[nodeKey(int(n.Level), n.Position)] {
			want = 1
		}
		if got := hashed[next[k]]; got != want {
			t.Errorf("node (%d, %d) was hashed %d times, want %d", n.Level, n.Position, got, want)
		}
	}
	if len(hashed) != len(changed) {
		t.Errorf("%d hashes for %d changed nodes", len(hashed), len(changed))
	}
}

// TestUpdate: a multi-proof alone computes what the tree becomes.
func TestUpdate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRand(rapid.Uint64().Draw(t, "seed"))
		tree := OpenMemory()
		ctx := context.Background()
		if _, err := tree.Apply(ctx, 1, randomUpdates(r, r.IntN(30)), nil); err != nil {
			t.Fatal(err)
		}
		updates := randomUpdates(r, rapid.IntRange(0, 20).Draw(t, "updates"))
		before, err := tree.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		leaves := make(map[protocol.Index]fr.Element)
		asked := []protocol.Index{randomIndex(r), randomIndex(r)} // read, not written
		for _, u := range updates {
			asked = append(asked, u.Index)
			leaves[u.Index] = u.Account.Leaf()
		}
		mp, err := before.MultiProof(asked)
		if err != nil {
			t.Fatal(err)
		}
		root, children, err := mp.Update(leaves)
		if err != nil {
			t.Fatal(err)
		}
		if err := mp.Verify(before.Root()); err != nil {
			t.Fatalf("Update changed the proof: %v", err)
		}
		if _, err := tree.Apply(ctx, 2, updates, nil); err != nil {
			t.Fatal(err)
		}
		after, err := tree.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if root != after.Root() {
			t.Fatal("root is not the tree's")
		}
		want, err := after.MultiProof(asked)
		if err != nil {
			t.Fatal(err)
		}
		for k, n := range want.Nodes {
			if children[k] != n.Children {
				t.Fatalf("node (%d, %d): children are not the tree's", n.Level, n.Position)
			}
		}
		leaves[mp.outside()] = fr.One()
		if _, _, err := mp.Update(leaves); !errors.Is(err, ErrNotCovered) {
			t.Fatalf("leaf that is not covered: error %v", err)
		}
	})
}

// outside is an index that a proof does not cover.
func (p *MultiProof) outside() protocol.Index {
	for i := protocol.Index(0); ; i += 4 {
		if _, err := p.find(i); err != nil {
			return i
		}
	}
}

func TestMultiProofChanged(t *testing.T) {
	tree, m := populated(t, 14, 30)
	s := mustSnapshot(t, tree)
	indices := []protocol.Index{5}
	for i := range m {
		indices = append(indices, i)
	}
	mp, err := s.MultiProof(indices)
	if err != nil {
		t.Fatal(err)
	}
	r := newRand(15)
	for range 60 {
		changed := MultiProof{slices.Clone(mp.Nodes)}
		bump(&changed.Nodes[r.IntN(len(mp.Nodes))].Children[r.IntN(arity)])
		if err := changed.Verify(s.Root()); !errors.Is(err, ErrProof) {
			t.Errorf("error %v", err)
		}
	}
	if err := (&MultiProof{}).Verify(s.Root()); !errors.Is(err, ErrEncoding) {
		t.Errorf("no nodes: error %v", err)
	}
	if err := (&MultiProof{make([]Node, 1)}).Verify(s.Root()); !errors.Is(err, ErrProof) {
		t.Errorf("a root of zeros: error %v", err)
	}
	if _, err := mp.Leaf(mp.outside()); !errors.Is(err, ErrNotCovered) {
		t.Errorf("leaf that is not covered: error %v", err)
	}
}

// TestMultiProofOfNothing is the root and no more, in a full tree and an empty one.
func TestMultiProofOfNothing(t *testing.T) {
	full, _ := populated(t, 16, 10)
	for _, tree := range []*Tree{full, OpenMemory()} {
		s := mustSnapshot(t, tree)
		mp, err := s.MultiProof(nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(mp.Nodes) != 1 {
			t.Errorf("%d nodes", len(mp.Nodes))
		}
		if err := mp.Verify(s.Root()); err != nil {
			t.Error(err)
		}
		if root, _, err := mp.Update(nil); err != nil || root != s.Root() {
			t.Errorf("empty update: root %v, error %v", root, err)
		}
	}
}
