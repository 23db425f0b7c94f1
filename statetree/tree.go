package statetree

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// DefaultCacheBytes is the size of the node cache unless Options say otherwise:
// room for all inner nodes over some 10^6 neighbouring accounts.
const DefaultCacheBytes = 64 << 20

// Options are the choices of whoever opens a tree. The zero value is a good one.
type Options struct {
	// Workers is the number of goroutines that hash and read at once. 0 means
	// one for each processor that Go uses.
	Workers int
	// CacheBytes bounds the cache of inner nodes. 0 means DefaultCacheBytes, a
	// negative number no cache.
	CacheBytes int
}

// Update puts an account at an index, whether there was one or not.
type Update struct {
	Index   protocol.Index
	Account protocol.Account
}

// Tree is the state of a rollup. Its methods are safe for concurrent use;
// batches are applied one at a time.
type Tree struct {
	store   Store
	cache   *nodeCache
	workers int

	writing sync.Mutex // held by Apply, Load and Close from start to end
	failed  error      // guarded by writing: why nothing is written any more

	mu        sync.Mutex // guards the fields below and revision.refs
	current   *revision  // nil once closed
	snapshots int        // open ones
}

// revision is a committed state and a view of the store at it. It is only made
// once its commit is durable: readers never see what a crash could take back.
type revision struct {
	head
	view View
	refs int // the tree's own while current, and one for each snapshot
}

// Open opens the tree in a store, or begins an empty one, version 0, in an empty
// store. The tree owns the store and closes it. Errors wrap ErrCorrupt,
// ErrFormatVersion or the store's own.
func Open(store Store, opts Options) (*Tree, error) {
	t := &Tree{store: store, workers: opts.Workers}
	if t.workers <= 0 {
		t.workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case opts.CacheBytes == 0:
		t.cache = newNodeCache(DefaultCacheBytes)
	case opts.CacheBytes > 0:
		t.cache = newNodeCache(opts.CacheBytes)
	}
	found, err := t.checkFormat()
	if err != nil {
		return nil, err
	}
	if !found {
		genesis := head{root: empty[0]}
		err := store.Commit([]Record{
			{formatKey, seal(appendFormat(nil, formatVersion), formatKey, nil)},
			{headKey, seal(appendHead(nil, &genesis), headKey, nil)},
		})
		if err != nil {
			return nil, fmt.Errorf("begin an empty state: %w", err)
		}
	}
	if t.current, err = t.revise(); err != nil {
		return nil, err
	}
	return t, nil
}

// OpenMemory returns an empty tree in memory. What it holds ends with it.
func OpenMemory() *Tree {
	// Nodes that are already in memory are not worth a cache.
	t, err := Open(newMemStore(), Options{CacheBytes: -1})
	if err != nil {
		panic(fmt.Sprintf("statetree: memory store: %v", err)) // it cannot fail
	}
	return t
}

// checkFormat says whether the store holds a tree, and fails if it is not one
// that this package can read.
func (t *Tree) checkFormat() (found bool, err error) {
	view := t.store.View()
	defer view.Close()
	record, found, err := view.Get(nil, formatKey)
	if err != nil {
		return false, err
	}
	if !found {
		// Format and head are written together.
		if _, found, err = view.Get(nil, headKey); err != nil {
			return false, err
		} else if found {
			return false, corrupt(formatKey, "record is missing")
		}
		return false, nil
	}
	payload, err := unseal(record, formatKey, nil)
	if err != nil {
		return false, err
	}
	version, err := parseFormat(payload)
	if err != nil {
		return false, corrupt(formatKey, "%v", err)
	}
	if version != formatVersion {
		return false, fmt.Errorf("%w (it has format %d, this release reads and writes format %d)", ErrFormatVersion, version, formatVersion)
	}
	return true, nil
}

// revise reads the revision that the store now holds.
func (t *Tree) revise() (*revision, error) {
	view := t.store.View()
	h, err := readHead(view)
	if err != nil {
		view.Close()
		return nil, err
	}
	return &revision{head: h, view: view, refs: 1}, nil
}

func readHead(view View) (h head, err error) {
	record, found, err := view.Get(nil, headKey)
	if err != nil {
		return h, err
	}
	if !found {
		return h, corrupt(headKey, "record is missing")
	}
	payload, err := unseal(record, headKey, nil)
	if err != nil {
		return h, err
	}
	if h, err = parseHead(payload); err != nil {
		return h, corrupt(headKey, "%v", err)
	}
	return h, nil
}

// acquire returns the current revision with a reference for the caller.
func (t *Tree) acquire() (*revision, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil {
		return nil, ErrClosed
	}
	t.current.refs++
	return t.current, nil
}

// release gives a reference back and closes the view with the last one.
func (t *Tree) release(r *revision) error {
	t.mu.Lock()
	r.refs--
	last := r.refs == 0
	t.mu.Unlock()
	if !last {
		return nil
	}
	return r.view.Close()
}

// Root returns the root of the last committed state, the empty tree's if the
// tree is closed; take a [Tree.Snapshot] for more than one answer of one state.
func (t *Tree) Root() fr.Element {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil {
		return empty[0]
	}
	return t.current.root
}

// Version returns the number of the batch that made the last committed state, 0
// if the tree is new or closed.
func (t *Tree) Version() uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil {
		return 0
	}
	return t.current.version
}

// Account returns an account of the last committed state and whether it exists.
func (t *Tree) Account(i protocol.Index) (protocol.Account, bool, error) {
	s, err := t.Snapshot()
	if err != nil {
		return protocol.Account{}, false, err
	}
	defer s.Close()
	return s.Account(i)
}

// Apply takes the state to the given version, the current one plus 1, by putting
// the updated accounts in their places, and returns the new root. meta is up to
// MaxMeta bytes of the caller's, which belong to the version; see
// [Snapshot.Meta]. Accounts, tree, version and meta become durable together,
// before Apply returns; on an error nothing has changed, with the exception that
// ErrFailed describes. The order of the updates does not matter; no index may be
// 0 or come twice, and accounts must be valid.
//
// The context is looked at until the commit begins, and no more after that.
func (t *Tree) Apply(ctx context.Context, version uint32, updates []Update, meta []byte) (fr.Element, error) {
	return t.update(ctx, updates, head{version: version, meta: meta}, func(current *head) error {
		if current.version == math.MaxUint32 || version != current.version+1 {
			return fmt.Errorf("%w: batch %d, state %d", ErrVersion, version, current.version)
		}
		return nil
	}, nil)
}

// Advance is Apply for a writer that knows what has to come of it: it takes the
// state to any later version, several batches in one step, if accept agrees to
// the new root. accept is called once, before anything is written; if it returns
// an error, Advance returns that and nothing has changed.
func (t *Tree) Advance(ctx context.Context, version uint32, updates []Update, meta []byte,
	accept func(root fr.Element) error) (fr.Element, error) {
	return t.update(ctx, updates, head{version: version, meta: meta}, func(current *head) error {
		if version <= current.version {
			return fmt.Errorf("%w: batch %d, state %d", ErrVersion, version, current.version)
		}
		return nil
	}, accept)
}

// Load is Apply to a tree that nothing was applied to, for a state that comes
// from elsewhere: it may take any version. It is one commit too, and holds all of
// it in memory: some 1 kB for each account of a dense range, 4 kB for each of
// scattered ones.
func (t *Tree) Load(ctx context.Context, version uint32, updates []Update, meta []byte) (fr.Element, error) {
	return t.update(ctx, updates, head{version: version, meta: meta}, func(current *head) error {
		if current.version != 0 || current.root != empty[0] {
			return fmt.Errorf("%w: it has version %d", ErrNotEmpty, current.version)
		}
		return nil
	}, nil)
}

// update is write for accounts that are all there afterwards.
func (t *Tree) update(ctx context.Context, updates []Update, h head, admit func(current *head) error,
	accept func(root fr.Element) error) (root fr.Element, err error) {
	if updates, err = sortUpdates(updates); err != nil {
		return root, err
	}
	return t.write(ctx, changes{updates: updates}, h, admit, accept)
}

// changes are what a commit does to the accounts, by increasing index.
type changes struct {
	updates []Update
	// absent says of which of them there is none afterwards. nil is of none.
	absent []bool
}

// write makes changes and commits them as the given head, whose root it sets, if
// admit agrees to the head they follow and accept, unless it is nil, to the root
// that they make.
func (t *Tree) write(ctx context.Context, c changes, h head, admit func(current *head) error,
	accept func(root fr.Element) error) (root fr.Element, err error) {
	if len(h.meta) > MaxMeta {
		return root, fmt.Errorf("%w: %d bytes, at most %d", ErrMetaSize, len(h.meta), MaxMeta)
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	if t.failed != nil {
		return root, t.failed
	}
	base, err := t.acquire()
	if err != nil {
		return root, err
	}
	defer t.release(base)
	if err := admit(&base.head); err != nil {
		return root, err
	}
	b, err := t.prepare(ctx, base, c)
	if err != nil {
		return root, err
	}
	h.root = b.root
	if accept != nil {
		if err := accept(b.root); err != nil {
			return root, err
		}
	}
	b.records = append(b.records, Record{headKey, seal(appendHead(nil, &h), headKey, nil)})
	if err := ctx.Err(); err != nil {
		return root, err
	}
	if err := t.commit(b); err != nil {
		if !errors.Is(err, ErrFailed) {
			err = fmt.Errorf("%w: %w", ErrFailed, err)
		}
		t.failed = err
		return root, t.failed
	}
	return b.root, nil
}

// prepared is an update computed and encoded but not committed.
type prepared struct {
	root    fr.Element
	records []Record
	// The inner nodes touched, and their new children.
	nodes    []Node
	frontier frontier
	next     [][arity]fr.Element
}

// prepare computes what a commit has to write, except the head.
func (t *Tree) prepare(ctx context.Context, base *revision, c changes) (*prepared, error) {
	updates := c.updates
	indices := make([]protocol.Index, len(updates))
	for i := range updates {
		indices[i] = updates[i].Index
	}
	nodes, f, leafParent := newFrontier(indices)
	b := &prepared{nodes: nodes, frontier: f, records: make([]Record, len(updates), len(updates)+len(nodes)+1)}
	r := reader{base.view, t.cache}
	if err := r.fill(ctx, t.workers, base.root, nodes, &f); err != nil {
		return nil, err
	}
	b.next = make([][arity]fr.Element, len(nodes))
	for i := range nodes {
		b.next[i] = nodes[i].Children
	}
	arena := make([]byte, len(updates)*maxAccountRecord)
	err := parallel(ctx, t.workers, len(updates), hashGrain, func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			u := &updates[i]
			if c.absent != nil && c.absent[i] {
				b.next[leafParent[i]][slot(uint32(u.Index))] = empty[depth]
				b.records[i] = Record{Key: accountKey(u.Index)}
				continue
			}
			leaf, key := u.Account.Leaf(), accountKey(u.Index)
			b.next[leafParent[i]][slot(uint32(u.Index))] = leaf // no other update has this slot
			b.records[i] = Record{key, seal(appendAccount(part(arena, i, maxAccountRecord), &u.Account), key, &leaf)}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if b.root, err = f.rehash(ctx, t.workers, nodes, base.root, b.next, hashChildren); err != nil {
		return nil, err
	}
	return b, b.encode(ctx, t.workers)
}

// encode adds a record for each node that has changed: one that removes it if it
// is empty now.
func (b *prepared) encode(ctx context.Context, workers int) error {
	changed := make([]int32, 0, len(b.nodes))
	for i := range b.nodes {
		if b.next[i] != b.nodes[i].Children {
			changed = append(changed, int32(i))
		}
	}
	arena := make([]byte, len(changed)*maxNodeRecord)
	records := make([]Record, len(changed))
	err := parallel(ctx, workers, len(changed), copyGrain, func(lo, hi int) error {
		for c := lo; c < hi; c++ {
			i := int(changed[c])
			key := nodeKey(int(b.nodes[i].Level), b.nodes[i].Position)
			if *b.hash(i) == empty[b.nodes[i].Level] {
				records[c] = Record{Key: key}
				continue
			}
			payload := appendNode(part(arena, c, maxNodeRecord), int(b.nodes[i].Level), &b.next[i])
			records[c] = Record{key, seal(payload, key, b.hash(i))}
		}
		return nil
	})
	b.records = append(b.records, records...)
	return err
}

// hash is the new hash of a node.
func (b *prepared) hash(i int) *fr.Element {
	if i == 0 {
		return &b.root
	}
	return &b.next[b.frontier.parent[i]][slot(b.nodes[i].Position)]
}

// part is the i-th piece of an arena, empty, with room for size bytes.
func part(arena []byte, i, size int) []byte { return arena[i*size : i*size : (i+1)*size] }

// commit makes an update durable, then current. After an error of the store it
// is not known what is on disk, nor would anything that follows be sound.
func (t *Tree) commit(b *prepared) error {
	if err := t.store.Commit(b.records); err != nil {
		return err
	}
	next, err := t.revise()
	if err != nil {
		return err
	}
	for i := range b.nodes {
		if hash := b.hash(i); *hash != empty[b.nodes[i].Level] {
			t.cache.put(int(b.nodes[i].Level), b.nodes[i].Position, hash, &b.next[i])
		}
	}
	t.mu.Lock()
	old := t.current
	t.current = next
	t.mu.Unlock()
	return t.release(old)
}

// Close closes the tree and its store. It waits for a batch that is being
// applied, and fails with ErrInUse, changing nothing, while snapshots are open.
// Closing twice is no error.
func (t *Tree) Close() error {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.mu.Lock()
	current := t.current
	if current == nil {
		t.mu.Unlock()
		return nil
	}
	if t.snapshots > 0 {
		defer t.mu.Unlock()
		return fmt.Errorf("%w: %d", ErrInUse, t.snapshots)
	}
	t.current = nil
	t.mu.Unlock()
	err := t.release(current)
	if closeErr := t.store.Close(); err == nil {
		err = closeErr
	}
	return err
}

// sortUpdates checks updates and returns them by increasing index, itself if
// they are so already.
func sortUpdates(updates []Update) ([]Update, error) {
	byIndex := func(a, b Update) int { return cmp.Compare(a.Index, b.Index) }
	if !slices.IsSortedFunc(updates, byIndex) {
		updates = slices.Clone(updates)
		slices.SortFunc(updates, byIndex)
	}
	for i := range updates {
		u := &updates[i]
		if u.Index == 0 {
			return nil, fmt.Errorf("update an account: %w", protocol.ErrReservedIndex)
		}
		if i > 0 && updates[i-1].Index == u.Index {
			return nil, fmt.Errorf("%w: %d", ErrDuplicate, u.Index)
		}
		if err := u.Account.Validate(); err != nil {
			return nil, fmt.Errorf("update account %d: %w", u.Index, err)
		}
	}
	return updates, nil
}
