package ledger

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quirezk/quire/internal/guarded"
	"github.com/quirezk/quire/statetree"
)

// Options are how a ledger is opened. The zero value is a good one.
type Options struct {
	// FS is where the files are. nil means the operating system's.
	FS vfs.FS
	// Tree is for the state tree.
	Tree statetree.Options
	// BlockCacheBytes bounds pebble's cache of table blocks. 0 means 64 MiB.
	BlockCacheBytes int64
	// Logger is told of trouble in the background. nil means [slog.Default].
	Logger *slog.Logger

	memTableBytes uint64 // 0: guarded's
}

// Ledger is a node's store. Its methods are safe for concurrent use. What they
// read is durable: a commit shows once it is, and whole.
type Ledger struct {
	db   *guarded.DB
	tree *statetree.Tree

	committing sync.Mutex // held by Create and Commit from start to end

	mu       sync.Mutex // guards the fields below
	identity *Identity  // nil before Create
	failed   error      // why nothing is read or written any more
}

// Open opens the ledger in a directory, which is made if it does not exist, or
// begins an empty one. One process may have it open. Errors wrap ErrLocked,
// ErrCorrupt, ErrFormatVersion or say what the operating system said.
func Open(dir string, opts Options) (*Ledger, error) {
	db, err := openDatabase(dir, opts)
	if err != nil {
		return nil, err
	}
	l := &Ledger{db: db}
	if err := l.open(opts); err != nil {
		return nil, fmt.Errorf("open ledger in %s: %w", dir, errors.Join(err, db.Close()))
	}
	return l, nil
}

func openDatabase(dir string, opts Options) (*guarded.DB, error) {
	return guarded.Open(dir, guarded.Options{
		FS: opts.FS, BlockCacheBytes: opts.BlockCacheBytes, MemTableBytes: opts.memTableBytes,
		Logger: opts.Logger, Name: "ledger",
	})
}

func (l *Ledger) open(opts Options) error {
	found, err := l.checkFormat()
	if err != nil {
		return err
	}
	if !found {
		c := &Changes{batch: l.db.NewBatch()}
		key := c.begin(append(c.e.b, kindFormat))
		c.e.format(formatVersion)
		c.set(key)
		if err := l.db.Commit(c.batch); err != nil {
			return fmt.Errorf("begin an empty ledger: %w", err)
		}
	}
	id, found, err := readIdentity(l.db)
	if err != nil {
		return err
	}
	if found {
		l.identity = &id
		if _, err := readHead(l.db); err != nil {
			return err
		}
	}
	l.tree, err = statetree.OpenGuarded(l.db, opts.Tree)
	return err
}

// checkFormat says whether the database holds a ledger, and fails if it is not
// one that this package can read.
func (l *Ledger) checkFormat() (found bool, err error) {
	key := []byte{kindFormat}
	payload, found, err := get(l.db, key)
	if err != nil {
		return false, err
	}
	if !found {
		// It is the first record of all to be written.
		s := l.db.Snapshot()
		defer s.Close()
		for _, err := range s.Ascend([]byte{firstKind}, []byte{lastKind + 1}) {
			if err != nil {
				return false, err
			}
			return false, missing(key)
		}
		return false, nil
	}
	version, err := parseFormat(payload)
	if err != nil {
		return false, corrupt(key, "%v", err)
	}
	if version != formatVersion {
		return false, fmt.Errorf("%w (it has format %d, this release reads and writes format %d)", ErrFormatVersion, version, formatVersion)
	}
	return true, nil
}

// Tree is the state tree, whose commits are its own. It is closed with the ledger.
func (l *Ledger) Tree() *statetree.Tree { return l.tree }

// Identity is which rollup the ledger is of; false before Create.
func (l *Ledger) Identity() (Identity, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return Identity{}, false, l.failed
	}
	if l.identity == nil {
		return Identity{}, false, nil
	}
	return *l.identity, true, nil
}

// Create makes an empty ledger that of a rollup. It fails with ErrExists, having
// changed nothing, if it is one's already.
func (l *Ledger) Create(id Identity, head Head) error {
	l.committing.Lock()
	defer l.committing.Unlock()
	if _, found, err := l.Identity(); err != nil {
		return err
	} else if found {
		return fmt.Errorf("create ledger: %w", ErrExists)
	}
	c := l.NewChanges()
	key := c.begin(append(c.e.b, kindIdentity))
	c.e.identity(&id)
	c.set(key)
	c.PutHead(head)
	if err := l.commit(c); err != nil {
		return fmt.Errorf("create ledger: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.identity = &id
	return nil
}

// Commit makes changes durable, all of them with one sync, and returns nil only
// then. Commits are made one after another. After any error the ledger is of no
// more use: whoever made the changes counts on them, and they may or may not be
// on disk. All that is called then gives ErrFailed, until a new process opens the
// directory. The changes cannot be used again.
func (l *Ledger) Commit(c *Changes) error {
	l.committing.Lock()
	defer l.committing.Unlock()
	if _, created, err := l.Identity(); err != nil {
		return err
	} else if !created {
		return l.fail(ErrNotCreated)
	}
	return l.commit(c)
}

func (l *Ledger) commit(c *Changes) error {
	if c.err != nil {
		return l.fail(c.err)
	}
	if err := l.db.Commit(c.batch); err != nil {
		return l.fail(err)
	}
	return nil
}

// fail ends the ledger's use.
func (l *Ledger) fail(cause error) error {
	if errors.Is(cause, ErrClosed) {
		return cause
	}
	if !errors.Is(cause, ErrFailed) {
		cause = fmt.Errorf("%w: %w", ErrFailed, cause)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = cause
	return cause
}

// usable returns why nothing may be read, nil if all is well.
func (l *Ledger) usable() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// Close closes the tree and the ledger. It waits for a commit that is under way,
// and fails with ErrInUse while snapshots of the tree are open or an iteration is
// under way: once they have ended it can be called again. Closing twice is no
// error.
func (l *Ledger) Close() error {
	err := l.tree.Close()
	if errors.Is(err, statetree.ErrInUse) {
		return fmt.Errorf("close ledger: %w: %w", ErrInUse, err)
	}
	return errors.Join(err, l.db.Close())
}
