package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/protocol/files"
	"github.com/quirezk/quire/protocol/workload"
)

func (a *app) gen() *cobra.Command {
	var c workload.Config
	var distribution, shape, stateFile, transfersFile string
	cmd := a.command("gen", "Make a reproducible workload: a state and signed transfers",
		`Gen writes a state file and a transfers file. The same flags give the same bytes
on every machine. The keys follow from the seed: nothing in it is safe.

Accounts of each token pay one another, and one of them collects the token's
fees. With --shape gen keeps only as many transfers as one batch of that shape
holds.`,
		`  quire gen --state state.json --transfers transfers.json --count 16 --accounts 8
  quire gen --state s.json --transfers t.json --count 512 --distribution zipf --shape t512-hot
  quire gen --tokens 2 --accounts 12 --withdrawals 2`,
		func(context.Context) error {
			if err := checkOutputs([]output{{"state", stateFile}, {"transfers", transfersFile}}); err != nil {
				return err
			}
			if c.Tokens < 1 {
				return usageError(fmt.Errorf("--tokens: want at least 1, got %d", c.Tokens))
			}
			c.Distribution = workload.Distribution(distribution)
			w, err := workload.Generate(c)
			if err != nil {
				if errors.Is(err, workload.ErrConfig) {
					return usageError(err)
				}
				return err
			}
			transfers := &files.Transfers{RollupID: w.RollupID, FeeAccounts: w.FeeAccounts, Transfers: w.Transfers}
			if shape != "" {
				s, err := shapeByName(shape)
				if err != nil {
					return err
				}
				if n := len(w.FeeAccounts); n > s.FeeAccounts {
					return usageError(fmt.Errorf("--tokens: the transfers pay fees in %d tokens, a batch of shape %s collects them in at most %d", n, s.Name, s.FeeAccounts))
				}
				transfers.Transfers = w.Fill(s).Transfers
			}
			state := &files.State{RollupID: w.RollupID, BatchNumber: w.BatchNumber, Accounts: w.State}
			if err := saveAll(
				prepare(stateFile, files.WriteState, state),
				prepare(transfersFile, files.WriteTransfers, transfers),
			); err != nil {
				return err
			}
			result := struct {
				State         string `json:"state"`
				TransfersFile string `json:"transfersFile"`
				Accounts      int    `json:"accounts"`
				Transfers     int    `json:"transfers"`
				FeeAccounts   int    `json:"feeAccounts"`
			}{stateFile, transfersFile, w.State.Len(), len(transfers.Transfers), len(w.FeeAccounts)}
			return a.print(result, func(out io.Writer) error {
				_, err := fmt.Fprintf(out, "%d accounts in %s, %d transfers in %s\n",
					result.Accounts, stateFile, result.Transfers, transfersFile)
				return err
			})
		})
	f := cmd.Flags()
	f.StringVar(&stateFile, "state", "state.json", "state file to write")
	f.StringVar(&transfersFile, "transfers", "transfers.json", "transfers file to write")
	f.Uint64Var(&c.Seed, "seed", 1, "seed of everything random")
	f.IntVar(&c.Transfers, "count", 16, "number of transfers")
	f.StringVar(&distribution, "distribution", string(workload.Uniform), "who takes part: uniform or zipf")
	f.IntVar(&c.Accounts, "accounts", 16, "number of accounts (uniform)")
	f.Float64Var(&c.Exponent, "exponent", 1.1, "exponent of the ranks (zipf)")
	f.IntVar(&c.IndexBits, "index-bits", 20, "accounts lie below 2^index-bits")
	f.IntVar(&c.Tokens, "tokens", 1, "how many tokens the accounts hold; each has a fee account")
	f.IntVar(&c.Withdrawals, "withdrawals", 0, "how many of the transfers are withdrawals")
	f.StringVar(&shape, "shape", "", "stop when a batch of this shape is full")
	return cmd
}
