package reconstruct

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
	"github.com/quirezk/quire/statetree"
)

// What is in the directory of a state.
const (
	treeName    = "tree"
	journalName = "journal.json"
)

// State is a rollup's state rebuilt in a directory. Its methods are not safe for
// concurrent use; snapshots are.
type State struct {
	dir    string
	tree   *statetree.Tree
	logger *slog.Logger

	meta    *meta    // of the tree's version; nil if that is 0
	journal *journal // as it was last saved or loaded; nil if there is none
}

// Options are how a directory is opened. The zero value is a good one.
type Options struct {
	// Tree is for the state tree. Its caches are, by default, DefaultNodeCache and
	// DefaultBlockCache: larger than the tree's own default, because everything
	// that ever happened passes through them at once.
	Tree statetree.PebbleOptions
	// Logger is told what a caller need not react to. nil means [slog.Default].
	Logger *slog.Logger
}

// Sizes in bytes of the caches of a state's tree: room for the inner nodes of
// some 10^6 accounts, and about as much of the rest.
const (
	DefaultNodeCache  = 256 << 20
	DefaultBlockCache = 256 << 20
)

// Open opens the state in a directory, which is made if it does not exist. One
// process may have it open ([statetree.ErrLocked]). Further errors:
// [statetree.ErrCorrupt], [statetree.ErrFormatVersion], [ErrDamaged].
func Open(dir string, opts Options) (*State, error) {
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Tree.Logger == nil {
		opts.Tree.Logger = opts.Logger
	}
	if opts.Tree.CacheBytes == 0 {
		opts.Tree.CacheBytes = DefaultNodeCache
	}
	if opts.Tree.BlockCacheBytes == 0 {
		opts.Tree.BlockCacheBytes = DefaultBlockCache
	}
	tree, err := statetree.OpenPebble(filepath.Join(dir, treeName), opts.Tree)
	if err != nil {
		return nil, err
	}
	s := &State{dir: dir, tree: tree, logger: opts.Logger}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open rebuilt state in %s: %w", dir, err), tree.Close())
	}
	return s, nil
}

// load reads what belongs to the tree.
func (s *State) load() error {
	snapshot, err := s.tree.Snapshot()
	if err != nil {
		return err
	}
	defer snapshot.Close()
	if snapshot.Version() > 0 {
		if s.meta, err = parseMeta(snapshot.Meta()); err != nil {
			return err
		}
		if c := protocol.Commitment(snapshot.Root(), s.meta.Identity.RollupID, snapshot.Version()); c != s.meta.Commitment {
			return fmt.Errorf("%w: the tree's root makes the commitment %s, it was checked against %s", ErrDamaged, c.String(), s.meta.Commitment.String())
		}
	}
	s.journal, err = loadJournal(s.journalPath())
	if err == nil && s.journal != nil {
		err = s.fits(s.journal)
	}
	if err != nil {
		// What it says is on layer 1 too.
		s.logger.Warn("the journal of the rebuilt state cannot be used, events will be read from the beginning", "error", err)
		s.journal = nil
	}
	return nil
}

// fits says whether reading can go on from a journal: it must not have gone
// further than the tree.
func (s *State) fits(j *journal) error {
	if s.meta != nil && !j.identity.equal(&s.meta.Identity) {
		return fmt.Errorf("%w: it is of rollup %v", ErrDamaged, &j.identity)
	}
	done := j.history.finalized.Number - uint32(len(j.history.ready))
	if done > s.tree.Version() {
		return fmt.Errorf("%w: it begins after batch %d, the tree has batch %d", ErrDamaged, done, s.tree.Version())
	}
	return nil
}

func (s *State) journalPath() string { return filepath.Join(s.dir, journalName) }

// forget removes the journal.
func (s *State) forget() error {
	s.journal = nil
	if err := os.Remove(s.journalPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove journal: %w", err)
	}
	return nil
}

// Close closes the directory. It fails with [statetree.ErrInUse] while snapshots
// are open.
func (s *State) Close() error { return s.tree.Close() }

// Head is what a rebuilt state is the state of.
type Head struct {
	Identity
	l1submit.Finalized // Number 0 is genesis
	Root               fr.Element
	Transfers          uint64         // that were applied, withdrawals included
	Final              l1submit.Place // where layer 1 accepted the proof; zero for genesis
	// Checked is the last block of layer 1 after which the contract was found to
	// have exactly this state, and exactly the queue that Deposits and ForcedExits
	// return. Zero: Sync has not come to its end since batches were applied.
	Checked watch.BlockID
	Frozen  bool // whether the rollup was frozen after that block
}

// Head returns what the state is of, and whether there is any: not before the
// first Sync has read from layer 1.
func (s *State) Head() (Head, bool) {
	var head Head
	head.Number, head.Root = s.tree.Version(), s.tree.Root()
	switch {
	case s.meta != nil:
		head.Identity, head.Transfers, head.Final = s.meta.Identity, s.meta.Transfers, s.meta.Final
		head.Commitment, head.DepositsEnd, head.ExitsEnd = s.meta.Commitment, s.meta.DepositsEnd, s.meta.ExitsEnd
	case s.journal != nil:
		head.Identity = s.journal.identity
		head.Commitment = protocol.GenesisCommitment(head.RollupID)
	default:
		return Head{}, false
	}
	if j := s.journal; j != nil && j.history.finalized.Number == head.Number && j.checked == j.history.cursor {
		head.Checked, head.Frozen = j.checked, j.history.frozen
	}
	return head, true
}

// Snapshot returns the state, for proofs of its accounts. It has to be closed
// before the State is.
func (s *State) Snapshot() (*statetree.Snapshot, error) { return s.tree.Snapshot() }

// Account is an account with the proof that it stands in the state, or that
// there is none.
type Account struct {
	statetree.Update // Account is zero if there is none
	Exists           bool
	Proof            statetree.Proof
}

// Account returns the account at an index, with its proof under Head().Root.
func (s *State) Account(i protocol.Index) (*Account, error) {
	snapshot, err := s.tree.Snapshot()
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	proof, err := snapshot.Prove(i)
	if err != nil {
		return nil, err
	}
	a := &Account{Proof: *proof}
	a.Index = i
	if a.Update.Account, a.Exists, err = snapshot.Account(i); err != nil {
		return nil, err
	}
	return a, nil
}

// Owned yields the accounts that belong to a layer-1 address, by index. It looks
// at all accounts. After an error, which comes with no account, it ends.
func (s *State) Owned(owner protocol.Owner) iter.Seq2[statetree.Update, error] {
	return func(yield func(statetree.Update, error) bool) {
		snapshot, err := s.tree.Snapshot()
		if err != nil {
			yield(statetree.Update{}, err)
			return
		}
		defer snapshot.Close()
		for u, err := range snapshot.All() {
			if (err != nil || u.Account.Owner == owner) && !yield(u, err) {
				return
			}
		}
	}
}

// Export writes the state as a state file (package files), account by account:
// it takes no memory for them. If it fails, what was written is to be thrown
// away.
func (s *State) Export(w io.Writer) error {
	head, ok := s.Head()
	if !ok {
		return errors.New("there is no state to export: nothing was read from layer 1 yet")
	}
	snapshot, err := s.tree.Snapshot()
	if err != nil {
		return err
	}
	defer snapshot.Close()
	var failure error
	err = files.WriteAccounts(w, head.RollupID, head.Number, func(yield func(protocol.Index, protocol.Account) bool) {
		for u, err := range snapshot.All() {
			if failure = err; err != nil || !yield(u.Index, u.Account) {
				return
			}
		}
	})
	if failure != nil {
		return failure
	}
	return err
}

// meta is what the tree keeps with a version.
type meta struct {
	Format    string
	Identity  Identity
	Transfers uint64
	l1submit.Finalized
	Final l1submit.Place
}

// metaFormat changes with what is in meta.
const metaFormat = "quire/reconstruct-meta/1"

func (m *meta) bytes() ([]byte, error) {
	m.Format = metaFormat
	return json.Marshal(m)
}

// parseMeta is the inverse of bytes. Its errors wrap ErrDamaged.
func parseMeta(b []byte) (*meta, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	m := new(meta)
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("%w: what the tree says of its version: %w", ErrDamaged, err)
	}
	if m.Format != metaFormat || m.Identity.ChainID == nil {
		return nil, fmt.Errorf("%w: format %q of what the tree says of its version, not %q", ErrDamaged, m.Format, metaFormat)
	}
	return m, nil
}

// blockOf returns the block of a place.
func blockOf(p l1submit.Place) watch.BlockID {
	return watch.BlockID{Number: p.Block, Hash: p.BlockHash}
}
