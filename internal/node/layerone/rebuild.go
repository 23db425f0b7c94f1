package layerone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/l1submit/reconstruct"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// RebuildConfig says what is rebuilt, and where.
type RebuildConfig struct {
	Deployment *Deployment
	// Dir is where the state is rebuilt. A rebuild that was interrupted goes on from
	// what is there; [Rebuilt.Remove] removes it.
	Dir string
	// Confirmations and Finalized are as in [watch.Config]: what is final.
	Confirmations uint64
	Finalized     bool
	// Progress is told how far things are, now and then; may be nil.
	Progress func(reconstruct.Progress)
	// Logger is told what is tried again. nil means [slog.Default].
	Logger *slog.Logger
}

// Rebuilt is a rollup's last final state, rebuilt from layer-1 data, and what a
// ledger begins with after it. Close it.
type Rebuilt struct {
	// Identity is what the ledger is of.
	Identity ledger.Identity
	// First is the ledger's first step: what waits in the queue. The feed goes on
	// behind it.
	First aggregator.Step

	dir   string
	state *reconstruct.State
}

// Rebuild rebuilds the state of a rollup, as a node needs it whose ledger is empty
// while the rollup has batches already. Its errors are those of
// [reconstruct.State.Sync].
func Rebuild(ctx context.Context, client reconstruct.Client, cfg RebuildConfig) (*Rebuilt, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	rollup := cfg.Deployment.Rollup
	state, err := reconstruct.Open(cfg.Dir, reconstruct.Options{Logger: cfg.Logger})
	if err != nil {
		return nil, fmt.Errorf("rebuild the state in %s: %w", cfg.Dir, err)
	}
	r := &Rebuilt{dir: cfg.Dir, state: state}
	err = state.Sync(ctx, client, reconstruct.Config{
		Contract: rollup.Address(), Start: rollup.Deployed(), ChainID: rollup.Chain().ChainID(),
		Confirmations: cfg.Confirmations, Finalized: cfg.Finalized,
		Progress: cfg.Progress, Logger: cfg.Logger,
	})
	if err == nil {
		err = r.read(ctx, client)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("rebuild the state in %s: %w", cfg.Dir, err), state.Close())
	}
	return r, nil
}

// read fills in identity and first step.
func (r *Rebuilt) read(ctx context.Context, client reconstruct.Client) error {
	head, ok := r.state.Head()
	if !ok {
		return errors.New("nothing was read from layer 1")
	}
	next, err := r.nextIndex()
	if err != nil {
		return err
	}
	r.Identity = ledger.Identity{
		ChainID: head.ChainID.Uint64(), Contract: head.Contract, RollupID: head.RollupID,
		Base: head.Number, BaseRoot: head.Root, BaseDeposits: head.DepositsEnd, BaseExits: head.ExitsEnd, BaseNextIndex: next,
	}
	header, err := client.HeaderByHash(ctx, head.Checked.Hash)
	if err != nil {
		return fmt.Errorf("read block %v: %w", head.Checked, err)
	}
	r.First = aggregator.Step{
		Cursor: watch.Cursor{Block: head.Checked}.Bytes(), Block: head.Checked.Number, BlockTime: header.Time, Frozen: head.Frozen,
	}
	for _, d := range r.state.Deposits() {
		r.First.Deposits = append(r.First.Deposits, depositOf(d.Deposited))
	}
	for _, e := range r.state.ForcedExits() {
		r.First.Exits = append(r.First.Exits, exitOf(e))
	}
	return nil
}

// lostIndices is how many indices a rebuilt node leaves free above those of its
// accounts. The node that was lost may have given them to accounts in batches that
// layer 1 never had, and somebody may have signed transfers to them, which must not
// pay whoever is opened next. 1,024 batches, the default of batches.max-unsettled,
// open half as many with the largest shape.
const lostIndices = 1 << 16

// nextIndex returns the index of the next new account.
func (r *Rebuilt) nextIndex() (next protocol.Index, err error) {
	snapshot, err := r.state.Snapshot()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	next = 1
	for update, err := range snapshot.All() {
		if err != nil {
			return 0, err
		}
		next = max(next, update.Index+1)
	}
	if next > 1<<32-1-lostIndices {
		return 0, fmt.Errorf("the highest account is %d: there is no room above it for %d indices that were lost", next-1, lostIndices)
	}
	return next + lostIndices, nil
}

// Snapshot returns the state. It has to be closed before the Rebuilt is.
func (r *Rebuilt) Snapshot() (*statetree.Snapshot, error) { return r.state.Snapshot() }

// Close closes the state, which stays in its directory.
func (r *Rebuilt) Close() error { return r.state.Close() }

// Remove closes the state and removes its directory: for when the ledger has it.
func (r *Rebuilt) Remove() error {
	if err := r.state.Close(); err != nil {
		return err
	}
	return os.RemoveAll(r.dir)
}
