package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit/reconstruct"
	"github.com/quirezk/quire/protocol/files"
)

// reconstructResult is what quire reconstruct prints.
type reconstructResult struct {
	ChainID    string         `json:"chainID"`
	Contract   common.Address `json:"contract"`
	RollupID   string         `json:"rollupID"`
	Directory  string         `json:"directory"`
	Batches    uint32         `json:"batches"` // number of the last final one
	Transfers  uint64         `json:"transfers"`
	Accounts   int            `json:"accounts"`
	Root       string         `json:"root"`
	Commitment string         `json:"commitment"`
	// Block is the one after which the contract was found to have this state.
	Block     uint64      `json:"block"`
	BlockHash common.Hash `json:"blockHash"`
	Frozen    bool        `json:"frozen"`
	// What waits in the queue after that block.
	WaitingDeposits    int `json:"waitingDeposits"`
	WaitingForcedExits int `json:"waitingForcedExits"`
	// What this run has added, and how fast.
	NewBatches         uint32  `json:"newBatches"`
	NewTransfers       uint64  `json:"newTransfers"`
	Seconds            float64 `json:"seconds"`
	TransfersPerSecond float64 `json:"transfersPerSecond"`
	Export             string  `json:"export,omitempty"`
}

func (a *app) reconstruct() *cobra.Command {
	var layerOne layerOneFlags
	var state stateFlags
	var export string
	var cmd *cobra.Command
	cmd = a.command("reconstruct", "Rebuild a rollup's state from layer-1 data alone",
		`Reconstruct reads what a rollup's batches published on layer 1, replays it, and
compares the state with the commitment that the contract holds. It needs a node
and nothing of the operator's. What it has read it keeps: the next run goes on from
there, and one that is interrupted loses a little.

The state is that of the last proven batch, as of some blocks ago (--confirmations):
what layer 1 takes back would have to be rebuilt. --export writes it as a state file.`,
		`  quire reconstruct --l1 http://127.0.0.1:8545 --contract 0x6f1a…
  quire reconstruct --l1 https://node.example --contract 0x6f1a… --from-block 21000000 --export state.json`,
		func(ctx context.Context) error {
			if export != "" {
				if err := checkOutputs([]output{{"export", export}}); err != nil {
					return err
				}
			}
			session, client, err := layerOne.open(ctx, cmd)
			if err != nil {
				return err
			}
			defer client.Close()
			result, err := a.runReconstruct(ctx, session, &state, export)
			if err != nil {
				return layerOneError(err)
			}
			return a.print(result, func(out io.Writer) error { return printReconstruction(out, result) })
		})
	layerOne.add(cmd)
	state.add(cmd)
	cmd.Flags().StringVar(&export, "export", "", "state file to write")
	return cmd
}

func (a *app) runReconstruct(ctx context.Context, session *exits.Session, f *stateFlags, export string) (_ *reconstructResult, err error) {
	state, err := a.rebuild(ctx, session, f)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	head, ok := state.Head()
	if !ok {
		return nil, errors.New("layer 1 was read, and there is no state") // not after Sync
	}
	result := &reconstructResult{
		ChainID: head.ChainID.String(), Contract: head.Contract, RollupID: files.FormatElement(head.RollupID), Directory: state.dir,
		Batches: head.Number, Transfers: head.Transfers, Root: files.FormatElement(head.Root),
		Commitment: files.FormatElement(head.Commitment), Block: head.Checked.Number, BlockHash: head.Checked.Hash,
		Frozen: head.Frozen, WaitingDeposits: len(state.Deposits()), WaitingForcedExits: len(state.ForcedExits()),
		NewBatches: head.Number - state.before.Number, NewTransfers: head.Transfers - state.before.Transfers,
		Seconds: state.elapsed.Seconds(), Export: export,
	}
	result.TransfersPerSecond = float64(result.NewTransfers) / result.Seconds
	a.say("count the accounts")
	if result.Accounts, err = countAccounts(ctx, state.State); err != nil {
		return nil, err
	}
	if export != "" {
		a.say("write " + export)
		write := func(w io.Writer, s *reconstruct.State) error { return s.Export(w) }
		if err := saveAll(prepare(export, write, state.State)); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func countAccounts(ctx context.Context, state *reconstruct.State) (n int, err error) {
	snapshot, err := state.Snapshot()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	for _, err := range snapshot.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

func printReconstruction(out io.Writer, r *reconstructResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Rollup\t%s on chain %s\n", r.Contract, r.ChainID)
	fmt.Fprintf(w, "State\tafter batch %d: %d accounts, %d transfers\n", r.Batches, r.Accounts, r.Transfers)
	fmt.Fprintf(w, "  root\t%s\n", r.Root)
	fmt.Fprintf(w, "  commitment\t%s\n", r.Commitment)
	frozen := ""
	if r.Frozen {
		frozen = ", FROZEN"
	}
	fmt.Fprintf(w, "Contract\thas this commitment after block %d%s\n", r.Block, frozen)
	fmt.Fprintf(w, "Queue\t%d deposits and %d forced exits waiting\n", r.WaitingDeposits, r.WaitingForcedExits)
	fmt.Fprintf(w, "This run\t%d batches, %d transfers in %.1f s (%.0f transfers per second)\n",
		r.NewBatches, r.NewTransfers, r.Seconds, r.TransfersPerSecond)
	fmt.Fprintf(w, "Kept in\t%s\n", r.Directory)
	if r.Export != "" {
		fmt.Fprintf(w, "Exported to\t%s\n", r.Export)
	}
	return w.Flush()
}
