package statetree

import (
	"context"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// reader reads nodes and accounts top-down from one view: what it returns has
// the hash that the caller took from the parent, or it is ErrCorrupt.
type reader struct {
	view  View
	cache *nodeCache
}

// node reads the children of the node with the given hash. buf is scratch space
// that a caller keeps between calls.
func (r reader) node(level int, position uint32, hash *fr.Element, children *[arity]fr.Element, buf *[]byte) error {
	if *hash == empty[level] {
		for j := range children {
			children[j] = empty[level+1]
		}
		return nil
	}
	if r.cache.get(level, position, hash, children) {
		return nil
	}
	key := nodeKey(level, position)
	payload, err := r.record(key, hash, buf)
	if err != nil {
		return err
	}
	if *children, err = parseNode(payload, level); err != nil {
		return corrupt(key, "%v", err)
	}
	r.cache.put(level, position, hash, children)
	return nil
}

// account reads the account with the given leaf, which is not 0.
func (r reader) account(i protocol.Index, leaf *fr.Element, buf *[]byte) (protocol.Account, error) {
	key := accountKey(i)
	payload, err := r.record(key, leaf, buf)
	if err != nil {
		return protocol.Account{}, err
	}
	a, err := parseAccount(payload)
	if err != nil {
		return protocol.Account{}, corrupt(key, "%v", err)
	}
	return a, nil
}

// record reads a record that must be there, and returns its payload inside buf.
func (r reader) record(key Key, hash *fr.Element, buf *[]byte) ([]byte, error) {
	record, found, err := r.view.Get((*buf)[:0], key)
	if err != nil {
		return nil, err
	}
	*buf = record
	if !found {
		return nil, corrupt(key, "record is missing")
	}
	return unseal(record, key, hash)
}

// path reads the nodes on the way to a leaf, the root first, as far as they are
// not empty, and returns the leaf. visit may be nil.
func (r reader) path(root fr.Element, i protocol.Index, buf *[]byte, visit func(level int, children *[arity]fr.Element)) (fr.Element, error) {
	hash := root
	var children [arity]fr.Element
	for level := range depth {
		if visit == nil && hash == empty[level] {
			return fr.Element{}, nil
		}
		if err := r.node(level, positionAt(i, level), &hash, &children, buf); err != nil {
			return hash, err
		}
		if visit != nil {
			visit(level, &children)
		}
		hash = children[slot(positionAt(i, level+1))]
	}
	return hash, nil
}

// fill reads the children of all nodes of a frontier, level by level.
func (r reader) fill(ctx context.Context, workers int, root fr.Element, nodes []Node, f *frontier) error {
	for level := range depth {
		first := f.start[level]
		err := parallel(ctx, workers, f.start[level+1]-first, readGrain, func(lo, hi int) error {
			var buf []byte
			for i := first + lo; i < first+hi; i++ {
				hash := f.hash(&root, nodes, i)
				if err := r.node(level, nodes[i].Position, hash, &nodes[i].Children, &buf); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
