package statetree

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

const (
	depth = protocol.TreeDepth
	arity = protocol.TreeArity
)

// Node is an inner node of the tree with the hashes of its four children. Its
// own hash is H4 of them.
type Node struct {
	Level    uint8  // 0, the root, to 15
	Position uint32 // below 4^Level
	Children [arity]fr.Element
}

// Hash is the node's own hash.
func (n *Node) Hash() fr.Element { return hashChildren(&n.Children) }

func hashChildren(c *[arity]fr.Element) fr.Element { return protocol.H4(c[0], c[1], c[2], c[3]) }

// slot is which child of its parent a node or leaf is.
func slot(position uint32) uint32 { return position % arity }

// positionAt is the position, at a level, of the ancestor of leaf i.
func positionAt(i protocol.Index, level int) uint32 {
	return uint32(uint64(i) >> (2 * (depth - level)))
}

// frontier is how a sorted set of nodes hangs together: the nodes of level l
// are start[l] to start[l+1], and node i is a child of node parent[i], the
// root's being -1.
type frontier struct {
	start  [depth + 1]int
	parent []int32
}

// newFrontier returns the inner nodes on the paths to the given leaves, which
// are strictly increasing, sorted by level and position and without children;
// and for each leaf the node that it is a child of. The root is always there.
func newFrontier(indices []protocol.Index) (nodes []Node, f frontier, leafParent []int32) {
	// Two neighbours part at the first level whose position differs. From there
	// down each has a node of its own.
	parting := func(i int) int {
		if i == 0 {
			return 1
		}
		different := bits.Len32(uint32(indices[i-1] ^ indices[i]))
		return depth - (different-1)/2
	}
	var count [depth]int
	count[0] = 1
	for i := range indices {
		for level := parting(i); level < depth; level++ {
			count[level]++
		}
	}
	for level, n := range count {
		f.start[level+1] = f.start[level] + n
	}
	nodes = make([]Node, f.start[depth])
	f.parent = make([]int32, len(nodes))
	f.parent[0] = -1
	leafParent = make([]int32, len(indices))
	var next [depth]int // where the next node of a level goes
	copy(next[:], f.start[:])
	next[0]++
	for i, index := range indices {
		for level := parting(i); level < depth; level++ {
			at := next[level]
			next[level]++
			nodes[at].Level, nodes[at].Position = uint8(level), positionAt(index, level)
			f.parent[at] = int32(next[level-1] - 1)
		}
		leafParent[i] = int32(next[depth-1] - 1)
	}
	return nodes, f, leafParent
}

// frontierOf returns how nodes hang together, or an error that wraps
// ErrEncoding unless they are what newFrontier makes for some set of leaves.
func frontierOf(nodes []Node) (f frontier, err error) {
	if len(nodes) == 0 || nodes[0].Level != 0 || nodes[0].Position != 0 {
		return f, fmt.Errorf("%w: the first node must be the root, (0, 0)", ErrEncoding)
	}
	f.parent = make([]int32, len(nodes))
	f.parent[0] = -1
	level := 0
	parent := 0     // candidate, one level up
	adopted := true // whether the candidate has a child here
	for i := 1; i < len(nodes); i++ {
		n := &nodes[i]
		prev := &nodes[i-1]
		if n.Level >= depth || n.Level < prev.Level || n.Level == prev.Level && n.Position <= prev.Position {
			return f, fmt.Errorf("%w: node %d, (%d, %d), is out of order or not in the tree", ErrEncoding, i, n.Level, n.Position)
		}
		if int(n.Level) != level {
			// The level before must have been adopted to its last node.
			if int(n.Level) != level+1 || !adopted || parent != max(f.start[level]-1, 0) {
				return f, fmt.Errorf("%w: node %d, (%d, %d): a level above it is not complete", ErrEncoding, i, n.Level, n.Position)
			}
			level++
			f.start[level] = i
			parent, adopted = f.start[level-1], false
		}
		for nodes[parent].Position != n.Position/arity {
			// A parent is left behind only with a child of its own.
			if !adopted || parent+1 >= f.start[level] {
				return f, fmt.Errorf("%w: node %d, (%d, %d), has no parent or leaves one without a child", ErrEncoding, i, n.Level, n.Position)
			}
			parent, adopted = parent+1, false
		}
		adopted = true
		f.parent[i] = int32(parent)
	}
	// Either the root alone, or everything down to the lowest level.
	if len(nodes) > 1 && (level != depth-1 || parent != f.start[level]-1) {
		return f, fmt.Errorf("%w: paths end above level %d", ErrEncoding, depth-1)
	}
	for l := level + 1; l <= depth; l++ {
		f.start[l] = len(nodes)
	}
	return f, nil
}

// hash returns a node's hash as its parent holds it.
func (f *frontier) hash(root *fr.Element, nodes []Node, i int) *fr.Element {
	if i == 0 {
		return root
	}
	return &nodes[f.parent[i]].Children[slot(nodes[i].Position)]
}

// rehash takes the children of all nodes with the new leaves in their places,
// and replaces the hashes above them: each node that has changed is hashed once,
// level by level. next[i] belongs to nodes[i]; it comes with the leaves set and
// is otherwise a copy of the old children. hash is hashChildren.
func (f *frontier) rehash(ctx context.Context, workers int, nodes []Node, oldRoot fr.Element, next [][arity]fr.Element,
	hash func(*[arity]fr.Element) fr.Element) (root fr.Element, err error) {
	root = oldRoot
	for level := depth - 1; level >= 0; level-- {
		first := f.start[level]
		err := parallel(ctx, workers, f.start[level+1]-first, hashGrain, func(lo, hi int) error {
			for i := first + lo; i < first+hi; i++ {
				if next[i] == nodes[i].Children {
					continue
				}
				h := hash(&next[i])
				if i == 0 {
					root = h
				} else {
					next[f.parent[i]][slot(nodes[i].Position)] = h // no other node has this slot
				}
			}
			return nil
		})
		if err != nil {
			return fr.Element{}, err
		}
	}
	return root, nil
}

// sortIndices returns the indices in increasing order, each once, and leaves its
// argument alone.
func sortIndices(indices []protocol.Index) []protocol.Index {
	sorted := slices.Clone(indices)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
