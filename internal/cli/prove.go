package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/interrupt"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// proveFlags are the flags of quire prove.
type proveFlags struct {
	state, transfers, shape, out, newState, verifier string
}

// proveResult is what quire prove prints.
type proveResult struct {
	Proof          string `json:"proof"`
	Shape          string `json:"shape"`
	Transfers      int    `json:"transfers"`
	Constraints    int    `json:"constraints"`
	PublishedBytes int    `json:"publishedBytes"`
	OldCommitment  string `json:"oldCommitment"`
	NewCommitment  string `json:"newCommitment"`
	BatchNumber    uint32 `json:"batchNumber"`
	// Keys says what kind of keys the proof was made with.
	Keys    prover.Kind `json:"keys"`
	Seconds float64     `json:"seconds"`
}

func (a *app) prove() *cobra.Command {
	var f proveFlags
	cmd := a.command("prove", "Prove a batch of transfers over a state",
		`Prove checks signed transfers against a state, makes the batch that follows it,
and writes a proof of it. The keys come from the key store (quire setup). The
proof binds the verifier contract's address that it is meant for.

A batch that is not valid, or does not fit the shape, is refused with the reason.`,
		`  quire gen --state state.json --transfers transfers.json
  quire setup --shape small
  quire prove --state state.json --transfers transfers.json --shape small --out proof.json`,
		func(ctx context.Context) error {
			result, err := a.runProve(ctx, &f)
			if err != nil {
				return err
			}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Proved batch %d: %d transfers, %d published bytes, in %.1f s\n  from %s\n  to   %s\nThe proof is in %s (%s keys)\n",
					result.BatchNumber, result.Transfers, result.PublishedBytes, result.Seconds,
					result.OldCommitment, result.NewCommitment, result.Proof, result.Keys)
				return err
			})
		})
	flags := cmd.Flags()
	flags.StringVar(&f.state, "state", "", "state file")
	flags.StringVar(&f.transfers, "transfers", "", "transfers file")
	flags.StringVar(&f.out, "out", "", "proof file to write")
	flags.StringVar(&f.newState, "new-state", "", "file for the state after the batch (not written if empty)")
	flags.StringVar(&f.verifier, "verifier", common.Address{}.Hex(), "address of the verifier contract that the proof is for")
	for _, name := range []string{"state", "transfers", "out"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag was added above
		}
	}
	shapeFlag(cmd, &f.shape, "")
	return cmd
}

func (a *app) runProve(ctx context.Context, f *proveFlags) (*proveResult, error) {
	start := time.Now()
	if !common.IsHexAddress(f.verifier) {
		return nil, usageError(fmt.Errorf("--verifier: %q is not an address: want 0x and 40 hexadecimal digits", f.verifier))
	}
	verifier := common.HexToAddress(f.verifier)
	shape, err := shapeByName(f.shape)
	if err != nil {
		return nil, err
	}
	if err := f.checkOutputs(); err != nil {
		return nil, err
	}
	state, err := load("state", f.state, files.ReadState)
	if err != nil {
		return nil, err
	}
	transfers, err := load("transfers", f.transfers, files.ReadTransfers)
	if err != nil {
		return nil, err
	}
	if transfers.RollupID != state.RollupID {
		return nil, inputError(fmt.Errorf("--transfers: %s is signed for rollup %s, the state is of %s",
			f.transfers, files.FormatElement(transfers.RollupID), files.FormatElement(state.RollupID)))
	}
	// The batch before the circuit: what is wrong with it shows at once.
	a.say("check the batch")
	built, err := interrupt.Do(ctx, func() (*witness.Built, error) {
		return buildBatch(ctx, state, transfers, shape, verifier)
	})
	if err != nil {
		return nil, err
	}
	design, digest, err := keysOf(ctx, f.shape)
	if err != nil {
		return nil, err
	}
	store, err := a.store()
	if err != nil {
		return nil, err
	}
	keys, err := store.Load(ctx, design, digest, a.observer())
	if err != nil {
		return nil, err
	}
	published, number := built.Published.Bytes(), state.BatchNumber+1
	proof, err := prover.Prove(ctx, keys, prover.Job{
		Assignment: built.Assignment, Published: published, Verifier: verifier,
	}, a.observer())
	if err != nil {
		return nil, err
	}
	encoded, err := proof.Encode()
	if err != nil {
		return nil, err
	}
	// The proof last: whoever finds it finds the state that it leads to.
	outputs := []prepared{prepare(f.out, writeBytes, encoded)}
	if f.newState != "" {
		for _, l := range built.Leaves {
			if !l.Exists {
				continue
			}
			if err := state.Accounts.SetAccount(l.Index, l.Account); err != nil {
				return nil, err
			}
		}
		state.BatchNumber++
		outputs = append([]prepared{prepare(f.newState, files.WriteState, state)}, outputs...)
	}
	if err := saveAll(outputs...); err != nil {
		return nil, err
	}
	return &proveResult{
		Proof: f.out, Shape: f.shape, Transfers: len(transfers.Transfers), Constraints: keys.Circuit().Constraints(),
		PublishedBytes: len(published),
		OldCommitment:  files.FormatElement(built.Published.Old), NewCommitment: files.FormatElement(built.Published.New),
		BatchNumber: number, Keys: keys.VerifyingKey().Kind(), Seconds: time.Since(start).Seconds(),
	}, nil
}

// checkOutputs checks the files to write. The new state may replace the old one:
// that is how a chain of batches goes on.
func (f *proveFlags) checkOutputs() error {
	state, transfers := output{"state", f.state}, output{"transfers", f.transfers}
	if f.newState == "" {
		return checkOutputs([]output{{"out", f.out}}, state, transfers)
	}
	if err := checkOutputs([]output{{"new-state", f.newState}}, transfers); err != nil {
		return err
	}
	return checkOutputs([]output{{"out", f.out}}, state, transfers, output{"new-state", f.newState})
}

// buildBatch makes the batch that follows a state, and its witness.
func buildBatch(ctx context.Context, state *files.State, transfers *files.Transfers, shape protocol.Shape, verifier [20]byte) (_ *witness.Built, err error) {
	if state.BatchNumber == 1<<protocol.BatchBits-1 {
		return nil, refusedError(errors.New("the state has the last batch number there is"))
	}
	tree := statetree.OpenMemory()
	defer func() { err = errors.Join(err, tree.Close()) }()
	updates := make([]statetree.Update, 0, state.Accounts.Len())
	for i, account := range state.Accounts.All() {
		updates = append(updates, statetree.Update{Index: i, Account: account})
	}
	if _, err := tree.Load(ctx, state.BatchNumber, updates, nil); err != nil {
		return nil, err
	}
	snapshot, err := tree.Snapshot()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	sealed, err := witness.Seal(witness.FromSnapshot(snapshot), shape, &protocol.Batch{
		RollupID: state.RollupID, Number: state.BatchNumber + 1,
		FeeAccounts: transfers.FeeAccounts, Transfers: transfers.Transfers,
	})
	if err != nil {
		return nil, refused(err)
	}
	built, err := witness.Build(sealed, verifier)
	if err != nil {
		return nil, refused(err)
	}
	return built, nil
}

// refused marks errors that say that the batch is not valid or does not fit.
func refused(err error) error {
	var why protocol.Rejection
	if errors.As(err, &why) || errors.Is(err, protocol.ErrCapacity) {
		return refusedError(fmt.Errorf("batch refused: %w", err))
	}
	return err
}
