package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/reconstruct"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/statetree"
)

// stateEnv names the environment variable that overrides where rebuilt states
// are kept.
const stateEnv = "QUIRE_STATE"

// stateFlags say where the state is rebuilt, and how far.
type stateFlags struct {
	dir           string
	confirmations uint64
}

func (f *stateFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "dir", "", "directory of the rebuilt state (default: by chain and contract, in $"+stateEnv+" or the user's cache directory)")
	cmd.Flags().Uint64Var(&f.confirmations, "confirmations", watch.DefaultConfirmations, "blocks that have to be on top of what is rebuilt; it cannot be rolled back")
}

// directory returns the directory of a rollup's state.
func (f *stateFlags) directory(s *exits.Session) (string, error) {
	if f.dir != "" {
		return f.dir, nil
	}
	parent := os.Getenv(stateEnv)
	if parent == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no place for the state, give --dir or set %s: %w", stateEnv, err)
		}
		parent = filepath.Join(cache, "quire", "state")
	}
	return filepath.Join(parent, fmt.Sprintf("%v-%s", s.Chain().ChainID(), strings.ToLower(s.Contract().Hex()))), nil
}

// rebuilt is a state that was brought up to date. The caller closes it.
type rebuilt struct {
	*reconstruct.State
	dir     string
	before  reconstruct.Head // what was in the directory before
	elapsed time.Duration
}

// rebuild opens the directory of a rollup's state and brings the state up to
// date.
func (a *app) rebuild(ctx context.Context, s *exits.Session, f *stateFlags) (*rebuilt, error) {
	rollup, err := s.Events(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := f.directory(s)
	if err != nil {
		return nil, err
	}
	state, err := reconstruct.Open(dir, reconstruct.Options{Logger: a.log})
	if err != nil {
		return nil, err
	}
	r := &rebuilt{State: state, dir: dir}
	var known bool
	if r.before, known = state.Head(); known && r.before.RollupID != s.RollupID() {
		// Said here, before Sync waits for a node that seems to be far behind.
		return nil, errors.Join(stateError(reconstruct.ErrForeign, dir, f), state.Close())
	}
	start := time.Now()
	a.say("rebuild the state from layer 1, in " + dir)
	config := reconstruct.Config{
		Contract: s.Contract(), Start: rollup.Deployed(), ChainID: s.Chain().ChainID(),
		Confirmations: f.confirmations, Logger: a.log,
	}
	if a.terminal() {
		config.Progress = a.display.rebuilding
	}
	err = state.Sync(ctx, s.Client(), config)
	a.display.close()
	if err != nil {
		return nil, errors.Join(stateError(err, dir, f), state.Close())
	}
	r.elapsed = time.Since(start)
	return r, nil
}

// stateError adds to an error of a reconstruction what a person can do about it.
func stateError(err error, dir string, f *stateFlags) error {
	switch {
	case errors.Is(err, reconstruct.ErrForeign):
		return usageError(fmt.Errorf("%w: %s: name another with --dir", err, dir))
	case errors.Is(err, l1submit.ErrNoDeployment):
		// It was there in the newest block: the argument is not wrong.
		return fmt.Errorf("%v: with %d confirmations the rollup is not there yet: wait, or ask for fewer with --confirmations", err, f.confirmations)
	}
	return fmt.Errorf("rebuild the state in %s: %w", dir, err)
}

// state returns the rollup's state, brought up to date. Both are closed with the
// command.
func (e *exitRun) state(ctx context.Context, f *stateFlags) (*statetree.Snapshot, error) {
	state, err := e.rebuild(ctx, e.session, f)
	if err != nil {
		return nil, err
	}
	e.closers = append(e.closers, state.Close)
	snapshot, err := state.Snapshot()
	if err != nil {
		return nil, err
	}
	e.closers = append(e.closers, snapshot.Close)
	return snapshot, nil
}
