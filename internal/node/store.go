package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/internal/node/layerone"
	"github.com/quirezk/quire/l1submit/reconstruct"
	"github.com/quirezk/quire/statetree"
)

// What is in a data directory.
const (
	ledgerDir       = "ledger"          // the node's store
	transactionsDir = "layer1"          // the transaction manager's
	beginningDir    = "ledger.new"      // a ledger that is being filled
	rebuildDir      = "rebuild"         // a state that is being rebuilt
	probeFile       = ".disk-is-usable" // written to see whether that works
)

// LedgerDir returns where the ledger is in a data directory.
func LedgerDir(data string) string { return filepath.Join(data, ledgerDir) }

// TransactionsDir returns where the transaction manager's store is in a data
// directory.
func TransactionsDir(data string) string { return filepath.Join(data, transactionsDir) }

// store opens the ledger of a rollup. Where there is none it begins one: at genesis,
// or, if the rollup has final batches already, from a state that is rebuilt from
// layer 1.
type store struct {
	data       string
	client     reconstruct.Client
	deployment *layerone.Deployment
	// What is final.
	confirmations uint64
	finalized     bool
	logger        *slog.Logger
	files         vfs.FS // of the ledger; nil: the operating system's
}

// open returns the ledger. The caller closes it.
func (s *store) open(ctx context.Context) (*ledger.Ledger, error) {
	dir := filepath.Join(s.data, ledgerDir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := s.begin(ctx, dir); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	led, err := ledger.Open(dir, ledger.Options{FS: s.files, Logger: s.logger})
	if err != nil {
		return nil, err
	}
	if err := s.check(led); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger in %s: %w", dir, err), led.Close())
	}
	return led, nil
}

// check looks whether a ledger is the rollup's.
func (s *store) check(led *ledger.Ledger) error {
	id, found, err := led.Identity()
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("%w: it is of no rollup", aggregator.ErrInconsistent)
	case id.RollupID != s.deployment.RollupID, id.Contract != [20]byte(s.deployment.Rollup.Address()):
		return fmt.Errorf("%w: it is of %x on chain %d", aggregator.ErrOtherRollup, id.Contract, id.ChainID)
	}
	return nil
}

// begin makes a ledger. It appears in its place whole, or not at all.
func (s *store) begin(ctx context.Context, dir string) (err error) {
	building := filepath.Join(s.data, beginningDir)
	if err := os.RemoveAll(building); err != nil { // of a process that did not come to its end
		return err
	}
	final, err := s.deployment.Rollup.Finalized(ctx)
	if err != nil {
		return err
	}
	led, err := ledger.Open(building, ledger.Options{Logger: s.logger})
	if err != nil {
		return err
	}
	var rebuilt *layerone.Rebuilt
	if final.Number == 0 {
		err = aggregator.Begin(led, ledger.Identity{
			ChainID: s.deployment.Rollup.Chain().ChainID().Uint64(), Contract: s.deployment.Rollup.Address(), RollupID: s.deployment.RollupID,
			BaseRoot: led.Tree().Root(), BaseNextIndex: 1,
		})
	} else {
		rebuilt, err = s.rebuild(ctx, led)
	}
	if err := errors.Join(err, led.Close()); err != nil {
		return fmt.Errorf("begin the ledger: %w", err)
	}
	if err := rename(building, dir); err != nil {
		return fmt.Errorf("begin the ledger: %w", err)
	}
	if rebuilt != nil {
		return rebuilt.Remove()
	}
	return nil
}

// rebuild fills an empty ledger with a state that is rebuilt from layer 1.
func (s *store) rebuild(ctx context.Context, led *ledger.Ledger) (_ *layerone.Rebuilt, err error) {
	s.logger.Info("the rollup has batches already: its state is rebuilt from layer 1")
	var last uint32
	r, err := layerone.Rebuild(ctx, s.client, layerone.RebuildConfig{
		Deployment: s.deployment, Dir: filepath.Join(s.data, rebuildDir), Confirmations: s.confirmations, Finalized: s.finalized,
		Logger: s.logger,
		Progress: func(p reconstruct.Progress) {
			if p.Applied != last {
				last = p.Applied
				s.logger.Info("rebuilding the state", "batch", p.Applied, "of", p.Final, "block", p.Block, "ofBlock", p.Target, "transfers", p.Transfers)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, led, r); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	s.logger.Info("the state is rebuilt", "batch", r.Identity.Base, "nextIndex", r.Identity.BaseNextIndex, "waitingDeposits", len(r.First.Deposits), "waitingExits", len(r.First.Exits))
	return r, nil
}

// fillGroup is how many accounts are put into the ledger's directory with one
// commit.
const fillGroup = 10_000

// fill puts a rebuilt state, and what waits behind it, into an empty ledger.
func fill(ctx context.Context, led *ledger.Ledger, r *layerone.Rebuilt) (err error) {
	snapshot, err := r.Snapshot()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	var updates []statetree.Update
	for update, err := range snapshot.All() {
		if err != nil {
			return err
		}
		updates = append(updates, update)
	}
	id := r.Identity
	if id.Base > 0 {
		root, err := led.Tree().Load(ctx, id.Base, updates, nil)
		if err != nil {
			return err
		}
		if root != id.BaseRoot {
			return fmt.Errorf("%w: the state has root %s, rebuilt was %s", aggregator.ErrInconsistent, root.String(), id.BaseRoot.String())
		}
	}
	if err := aggregator.Begin(led, id); err != nil {
		return err
	}
	for len(updates) > 0 {
		c := led.NewChanges()
		group := updates[:min(fillGroup, len(updates))]
		for _, u := range group {
			c.PutAccount(u.Index, u.Account.Key, u.Account.Owner, u.Account.Token)
		}
		if err := led.Commit(c); err != nil {
			return err
		}
		updates = updates[len(group):]
	}
	return wait(led, r)
}

// wait puts what waits in layer 1's queue into a ledger that has just begun, and
// where the feed goes on.
func wait(led *ledger.Ledger, r *layerone.Rebuilt) error {
	head, err := led.Head()
	if err != nil {
		return err
	}
	c := led.NewChanges()
	for i := range r.First.Deposits {
		c.PutDeposit(&r.First.Deposits[i])
	}
	for i := range r.First.Exits {
		c.PutForcedExit(&r.First.Exits[i])
	}
	head.Deposits += uint64(len(r.First.Deposits))
	head.Exits += uint64(len(r.First.Exits))
	head.Cursor, head.Block, head.BlockTime, head.Frozen = r.First.Cursor, r.First.Block, r.First.BlockTime, r.First.Frozen
	c.PutHead(head)
	return led.Commit(c)
}

// rename moves a directory and makes that durable.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
