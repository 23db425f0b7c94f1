package statetree

import (
	"bytes"
	"sync/atomic"
)

// memStore is a Store in memory: a persistent radix trie over the nibbles of the
// keys. A commit copies the trie nodes on its way and publishes a new root, so a
// view is a pointer and the garbage collector does the rest.
type memStore struct {
	root    atomic.Pointer[trieNode]
	commits uint64 // owned by the writer
}

// trieNode is a branch (kids) at depths 0 to 8, a page of values at depth 9.
type trieNode struct {
	// edit is the commit that made the node. Only that commit may write to it:
	// nobody else can have seen it yet.
	edit   uint64
	kids   *[16]*trieNode
	values *[16][]byte
}

const trieDepth = 2 * len(Key{})

func newMemStore() *memStore {
	s := new(memStore)
	s.root.Store(new(trieNode))
	return s
}

func nibble(k Key, depth int) byte {
	if depth%2 == 0 {
		return k[depth/2] >> 4
	}
	return k[depth/2] & 15
}

// View implements [Store].
func (s *memStore) View() View { return memView{s.root.Load()} }

// Commit implements [Store]. It never fails.
func (s *memStore) Commit(records []Record) error {
	s.commits++
	root := s.root.Load()
	for i := range records {
		value := bytes.Clone(records[i].Value)
		root = root.put(records[i].Key, 0, value, s.commits)
	}
	s.root.Store(root)
	return nil
}

// Close implements [Store].
func (s *memStore) Close() error { return nil }

// put returns the node with a value added, itself if this commit owns it.
func (n *trieNode) put(k Key, depth int, value []byte, edit uint64) *trieNode {
	if n == nil || n.edit != edit {
		n = n.clone(edit)
	}
	at := nibble(k, depth)
	if depth == trieDepth-1 {
		if n.values == nil {
			n.values = new([16][]byte)
		}
		n.values[at] = value
		return n
	}
	if n.kids == nil {
		n.kids = new([16]*trieNode)
	}
	n.kids[at] = n.kids[at].put(k, depth+1, value, edit)
	return n
}

func (n *trieNode) clone(edit uint64) *trieNode {
	c := &trieNode{edit: edit}
	if n == nil {
		return c
	}
	if n.kids != nil {
		kids := *n.kids
		c.kids = &kids
	}
	if n.values != nil {
		values := *n.values
		c.values = &values
	}
	return c
}

type memView struct{ root *trieNode }

// Get implements [View].
func (v memView) Get(dst []byte, k Key) ([]byte, bool, error) {
	n := v.root
	for depth := range trieDepth - 1 {
		if n.kids == nil {
			return dst, false, nil
		}
		if n = n.kids[nibble(k, depth)]; n == nil {
			return dst, false, nil
		}
	}
	value := n.values[nibble(k, trieDepth-1)]
	return append(dst, value...), value != nil, nil
}

// Close implements [View].
func (memView) Close() error { return nil }
