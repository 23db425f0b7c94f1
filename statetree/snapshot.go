package statetree

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// Snapshot is the state at one version, whatever is applied to the tree since.
// It is safe for concurrent use. It must be closed, or the store keeps all that
// has been replaced since. It is a [protocol.State] that refuses to be written.
type Snapshot struct {
	tree *Tree
	rev  *revision

	mu     sync.RWMutex // read-held while the view is in use
	closed bool
}

var _ protocol.State = (*Snapshot)(nil)

// Snapshot returns the last committed state. It does not wait for a batch that
// is being applied.
func (t *Tree) Snapshot() (*Snapshot, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil {
		return nil, ErrClosed
	}
	t.current.refs++
	t.snapshots++
	return &Snapshot{tree: t, rev: t.current}, nil
}

// Close releases the snapshot, once the calls that are under way have returned.
// Closing twice is no error.
func (s *Snapshot) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.tree.release(s.rev)
	// Only now may the tree close the store under the view.
	s.tree.mu.Lock()
	s.tree.snapshots--
	s.tree.mu.Unlock()
	return err
}

// use returns a reader for as long as the caller does not call done.
func (s *Snapshot) use() (r reader, done func(), err error) {
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return r, nil, ErrClosed
	}
	return reader{s.rev.view, s.tree.cache}, s.mu.RUnlock, nil
}

// Root is the root of the tree.
func (s *Snapshot) Root() fr.Element { return s.rev.root }

// Version is the number of the batch that made the state, 0 for genesis.
func (s *Snapshot) Version() uint32 { return s.rev.version }

// Meta is a copy of the bytes that were committed with the version.
func (s *Snapshot) Meta() []byte { return slices.Clone(s.rev.meta) }

// Account returns the account at an index and whether it exists, having followed
// the path to it from the root. Its errors wrap ErrCorrupt or ErrClosed, or are
// the store's.
func (s *Snapshot) Account(i protocol.Index) (a protocol.Account, found bool, err error) {
	r, done, err := s.use()
	if err != nil {
		return a, false, err
	}
	defer done()
	var buf []byte
	leaf, err := r.path(s.rev.root, i, &buf, nil)
	if err != nil || leaf.IsZero() {
		return a, false, err
	}
	if a, err = r.account(i, &leaf, &buf); err != nil {
		return a, false, err
	}
	return a, true, nil
}

// Accounts returns those of the given accounts that exist, by increasing index. It
// is faster than a call of Account for each: nodes that paths share are read once,
// and several at a time. Neither order nor repetition matters. Its errors are
// those of Account, or the context's.
func (s *Snapshot) Accounts(ctx context.Context, indices []protocol.Index) ([]Update, error) {
	r, done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	indices = sortIndices(indices)
	nodes, f, leafParent := newFrontier(indices)
	if err := r.fill(ctx, s.tree.workers, s.rev.root, nodes, &f); err != nil {
		return nil, err
	}
	accounts := make([]Update, len(indices))
	err = parallel(ctx, s.tree.workers, len(indices), readGrain, func(lo, hi int) error {
		var buf []byte
		for n := lo; n < hi; n++ {
			i := indices[n]
			leaf := &nodes[leafParent[n]].Children[slot(uint32(i))]
			if leaf.IsZero() {
				continue // index 0 marks what is not there: it is nobody's
			}
			a, err := r.account(i, leaf, &buf)
			if err != nil {
				return err
			}
			accounts[n] = Update{i, a}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(accounts, func(u Update) bool { return u.Index == 0 }), nil
}

// SetAccount implements [protocol.State]. It returns ErrReadOnly.
func (s *Snapshot) SetAccount(i protocol.Index, _ protocol.Account) error {
	return fmt.Errorf("account %d: %w", i, ErrReadOnly)
}

// Prove returns a proof of the account at an index, or of its absence.
func (s *Snapshot) Prove(i protocol.Index) (*Proof, error) {
	r, done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	p := &Proof{Index: i}
	var buf []byte
	p.Leaf, err = r.path(s.rev.root, i, &buf, func(level int, children *[arity]fr.Element) {
		at := slot(positionAt(i, level+1))
		copy(p.Siblings[level][:], children[:at])
		copy(p.Siblings[level][at:], children[at+1:])
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// MultiProof returns a proof of all the given accounts, whether they exist or
// not. Neither order nor repetition matters.
func (s *Snapshot) MultiProof(indices []protocol.Index) (*MultiProof, error) {
	r, done, err := s.use()
	if err != nil {
		return nil, err
	}
	defer done()
	nodes, f, _ := newFrontier(sortIndices(indices))
	if err := r.fill(context.Background(), s.tree.workers, s.rev.root, nodes, &f); err != nil {
		return nil, err
	}
	return &MultiProof{Nodes: nodes}, nil
}

// All yields the accounts by increasing index. After an error, which comes with
// no account, it ends.
func (s *Snapshot) All() iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		r, done, err := s.use()
		if err != nil {
			yield(Update{}, err)
			return
		}
		defer done()
		r.cache = nil // a scan would only wash it out
		r.walk(&walker{yield: yield}, 0, 0, &s.rev.root)
	}
}

// walker hands out the leaves of a subtree in order.
type walker struct {
	yield func(Update, error) bool
	buf   []byte
}

// walk yields the accounts below a node and returns whether to go on.
func (r reader) walk(w *walker, level int, position uint32, hash *fr.Element) bool {
	if *hash == empty[level] {
		return true
	}
	if level == depth {
		i := protocol.Index(position)
		a, err := r.account(i, hash, &w.buf)
		if err != nil {
			w.yield(Update{}, err)
			return false
		}
		return w.yield(Update{i, a}, nil)
	}
	var children [arity]fr.Element
	if err := r.node(level, position, hash, &children, &w.buf); err != nil {
		w.yield(Update{}, err)
		return false
	}
	for j := range children {
		if !r.walk(w, level+1, position*arity+uint32(j), &children[j]) {
			return false
		}
	}
	return true
}

// Check reads the whole state from the store, past the cache, and recomputes
// every leaf and every node. An error wraps ErrCorrupt and names the record, or is
// the context's or the store's. It costs some 15 µs of one processor for each
// account and node.
func (s *Snapshot) Check(ctx context.Context) error {
	r, done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	r.cache = nil
	c := checker{reader: r, spare: make(chan struct{}, s.tree.workers-1)}
	return c.check(ctx, 0, 0, s.rev.root)
}
