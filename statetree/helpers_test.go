package statetree

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// newRand returns a generator that is the same on every run.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }

// randomElement is uniform enough: below 2^253.
func randomElement(r *rand.Rand) (e fr.Element) {
	var b [fr.Bytes]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	b[0] &= 0x1f
	e.SetBytes(b[:])
	return e
}

// randomAccount is valid, with every field in use and now and then at an end of
// its range. Nobody has its key.
func randomAccount(r *rand.Rand) (a protocol.Account) {
	a.Key = protocol.PublicKey{X: randomElement(r), Y: randomElement(r)}
	for i := range a.Owner {
		a.Owner[i] = byte(r.Uint32())
	}
	a.Token = protocol.Token(r.Uint32())
	a.Nonce = r.Uint64N(protocol.MaxNonce + 1)
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	switch r.IntN(8) {
	case 0:
		a.Nonce = protocol.MaxNonce
	case 1:
		b = [16]byte{}
	case 2:
		for i := range b {
			b[i] = 0xff
		}
	}
	a.Balance.SetBytes(b[:])
	return a
}

// randomIndex is not 0 and comes from one of three worlds: a few neighbours, a
// compact range, and everywhere.
func randomIndex(r *rand.Rand) protocol.Index {
	switch r.IntN(3) {
	case 0:
		return protocol.Index(1 + r.IntN(20))
	case 1:
		return protocol.Index(1 + r.IntN(1<<12))
	default:
		return protocol.Index(1 + r.Uint32N(1<<32-1))
	}
}

// randomUpdates are n updates of distinct accounts, in no order.
func randomUpdates(r *rand.Rand, n int) []Update {
	seen := make(map[protocol.Index]bool)
	var updates []Update
	for len(updates) < n {
		if i := randomIndex(r); !seen[i] {
			seen[i] = true
			updates = append(updates, Update{i, randomAccount(r)})
		}
	}
	return updates
}

// model is what a tree should hold: a map, and a root computed the slow way.
type model map[protocol.Index]protocol.Account

func (m model) apply(updates []Update) {
	for _, u := range updates {
		m[u.Index] = u.Account
	}
}

// hashes remembers H4, so that the models of a history do not hash all of a
// state again for every step of it. It is not for parallel tests.
var hashes = make(map[[4]fr.Element]fr.Element)

func rememberedH4(c [4]fr.Element) fr.Element {
	h, ok := hashes[c]
	if !ok {
		if len(hashes) > 1<<20 {
			clear(hashes)
		}
		h = protocol.H4(c[0], c[1], c[2], c[3])
		hashes[c] = h
	}
	return h
}

// leaves remembers accounts' leaves likewise.
var leaves = make(map[protocol.Account]fr.Element)

func rememberedLeaf(a protocol.Account) fr.Element {
	h, ok := leaves[a]
	if !ok {
		h = a.Leaf()
		leaves[a] = h
	}
	return h
}

// root hashes every level from the leaves, node by node, with nothing of the
// package but the definition of the tree.
func (m model) root() fr.Element {
	level := make(map[uint32]fr.Element)
	for i, a := range m {
		level[uint32(i)] = rememberedLeaf(a)
	}
	var absent fr.Element
	for range protocol.TreeDepth {
		up := make(map[uint32]fr.Element)
		for position := range level {
			parent := position / 4
			if _, done := up[parent]; done {
				continue
			}
			var c [4]fr.Element
			for j := range c {
				if h, ok := level[4*parent+uint32(j)]; ok {
					c[j] = h
				} else {
					c[j] = absent
				}
			}
			up[parent] = rememberedH4(c)
		}
		level = up
		absent = rememberedH4([4]fr.Element{absent, absent, absent, absent})
	}
	if h, ok := level[0]; ok {
		return h
	}
	return absent
}

func mustApply(t testing.TB, tree *Tree, version uint32, updates []Update) fr.Element {
	t.Helper()
	root, err := tree.Apply(context.Background(), version, updates, nil)
	if err != nil {
		t.Fatalf("apply batch %d: %v", version, err)
	}
	return root
}

func mustSnapshot(t testing.TB, tree *Tree) *Snapshot {
	t.Helper()
	s, err := tree.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
