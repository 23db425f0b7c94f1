package statetree

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// MultiProof shows the leaves of a set of accounts, absent ones too, under one
// root: every inner node on a path to one of them, once, with its children as
// they are before an update. The root is always among them, for an empty set
// alone. It covers the accounts asked for and their siblings, the children of a
// touched node of level 15.
type MultiProof struct {
	// Nodes are sorted by level, then position. Below a node there is always
	// another, down to level 15 (unless the set is empty).
	Nodes []Node
}

// Encoding of a MultiProof: a version byte, the number of nodes (4 bytes), then
// for each node its level (1), position (4) and children (4 × 32), big-endian.
const (
	multiProofVersion = 1
	multiProofHeader  = 1 + 4
	multiProofNode    = 1 + 4 + arity*fr.Bytes
)

// Verify returns nil if the nodes are well-formed and lead to the root. Else the
// error wraps [ErrEncoding] or [ErrProof].
func (p *MultiProof) Verify(root fr.Element) error {
	f, err := frontierOf(p.Nodes)
	if err != nil {
		return err
	}
	return parallel(context.Background(), runtime.GOMAXPROCS(0), len(p.Nodes), hashGrain, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			n := &p.Nodes[i]
			if n.Hash() != *f.hash(&root, p.Nodes, i) {
				return fmt.Errorf("%w: node (%d, %d) does not hash to what its parent holds", ErrProof, n.Level, n.Position)
			}
		}
		return nil
	})
}

// find returns the node that a leaf is a child of.
func (p *MultiProof) find(index protocol.Index) (int, error) {
	position := positionAt(index, depth-1)
	at, found := slices.BinarySearchFunc(p.Nodes, position, func(n Node, position uint32) int {
		if n.Level < depth-1 || n.Position < position {
			return -1
		}
		return int(min(1, n.Position-position))
	})
	if !found {
		return 0, fmt.Errorf("%w: %d", ErrNotCovered, index)
	}
	return at, nil
}

// Leaf returns the leaf of an account: its [protocol.Account.Leaf], or 0 if it
// is absent. The error wraps [ErrNotCovered]. It says something only about a
// proof that was verified.
func (p *MultiProof) Leaf(index protocol.Index) (fr.Element, error) {
	at, err := p.find(index)
	if err != nil {
		return fr.Element{}, err
	}
	return p.Nodes[at].Children[slot(uint32(index))], nil
}

// Update computes, from the proof alone, the state after the given leaves have
// replaced theirs: the new root, and the new children of each node of Nodes, in
// the same order. The proof itself is left as it is and must have been verified.
// Leaves out of the proof's reach are [ErrNotCovered].
func (p *MultiProof) Update(leaves map[protocol.Index]fr.Element) (newRoot fr.Element, children [][arity]fr.Element, err error) {
	f, err := frontierOf(p.Nodes)
	if err != nil {
		return newRoot, nil, err
	}
	children = make([][arity]fr.Element, len(p.Nodes))
	for i := range children {
		children[i] = p.Nodes[i].Children
	}
	for index, leaf := range leaves {
		at, err := p.find(index)
		if err != nil {
			return newRoot, nil, err
		}
		children[at][slot(uint32(index))] = leaf
	}
	newRoot, err = f.rehash(context.Background(), runtime.GOMAXPROCS(0), p.Nodes, p.Nodes[0].Hash(), children, hashChildren)
	if err != nil {
		return newRoot, nil, err
	}
	return newRoot, children, nil
}

// MarshalBinary implements [encoding.BinaryMarshaler]. A proof has one encoding.
func (p *MultiProof) MarshalBinary() ([]byte, error) {
	return p.AppendBinary(make([]byte, 0, multiProofHeader+len(p.Nodes)*multiProofNode))
}

// AppendBinary implements [encoding.BinaryAppender]. It refuses what
// UnmarshalBinary would.
func (p *MultiProof) AppendBinary(b []byte) ([]byte, error) {
	if _, err := frontierOf(p.Nodes); err != nil {
		return b, err
	}
	b = append(b, multiProofVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Nodes)))
	for i := range p.Nodes {
		n := &p.Nodes[i]
		b = append(b, n.Level)
		b = binary.BigEndian.AppendUint32(b, n.Position)
		for j := range n.Children {
			h := n.Children[j].Bytes()
			b = append(b, h[:]...)
		}
	}
	return b, nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]. It accepts exactly
// what MarshalBinary writes, and takes no more memory than a small multiple of
// its input. It does not verify. Errors wrap [ErrEncoding] and name the place;
// the proof is then left as it was.
func (p *MultiProof) UnmarshalBinary(b []byte) error {
	if len(b) < multiProofHeader {
		return fmt.Errorf("%w: %d bytes, a header takes %d", ErrEncoding, len(b), multiProofHeader)
	}
	if b[0] != multiProofVersion {
		return fmt.Errorf("%w: version %d, not %d", ErrEncoding, b[0], multiProofVersion)
	}
	n := binary.BigEndian.Uint32(b[1:])
	b = b[multiProofHeader:]
	if uint64(len(b)) != uint64(n)*multiProofNode {
		return fmt.Errorf("%w: %d bytes follow the header, %d nodes take %d", ErrEncoding, len(b), n, uint64(n)*multiProofNode)
	}
	nodes := make([]Node, n)
	for i := range nodes {
		nodes[i].Level, nodes[i].Position = b[0], binary.BigEndian.Uint32(b[1:])
		b = b[5:]
		for j := range arity {
			if err := nodes[i].Children[j].SetBytesCanonical(b[:fr.Bytes]); err != nil {
				return fmt.Errorf("%w: node %d, child %d: %w", ErrEncoding, i, j, err)
			}
			b = b[fr.Bytes:]
		}
	}
	if _, err := frontierOf(nodes); err != nil {
		return err
	}
	p.Nodes = nodes
	return nil
}
