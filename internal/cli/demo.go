package cli

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/demo"
)

func (a *app) demo() *cobra.Command {
	var shape string
	cmd := a.command("demo", "Prove transfers and have an EVM accept them, all in this process",
		`Demo plays the rollup's main job from end to end, with nothing but this program:
wallets, deposits on an in-process EVM (Osaka rules), a batch that credits them,
a batch of transfers with a withdrawal, a Groth16 proof of each, a contract that
accepts them, and the state rebuilt from layer-1 data alone. Keys come from a
development setup, cached after the first run.`,
		"  quire demo\n  quire demo --json",
		func(ctx context.Context) error {
			s, err := shapeByName(shape)
			if err != nil {
				return err
			}
			store, err := a.store()
			if err != nil {
				return err
			}
			report, err := demo.Run(ctx, demo.Options{Shape: s, Store: store, Observer: a.observer(), Progress: a.say})
			if err != nil {
				return err
			}
			return a.print(report, func(w io.Writer) error { return printDemo(w, report) })
		})
	shapeFlag(cmd, &shape, "small")
	return cmd
}

func printDemo(out io.Writer, r *demo.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Circuit\t%s: %d constraints for up to %d transfers\n", r.Shape, r.Constraints, r.Transfers)
	fmt.Fprintf(w, "Keys\tdevelopment setup (worth nothing outside this demo), %.1f s\n", r.KeySeconds)
	for _, b := range r.Batches {
		fmt.Fprintf(w, "\nBatch %d\t%d openings, %d deposits, %d transfers of which %d withdrawals\n",
			b.Number, b.Openings, b.Deposits, b.Transfers, b.Withdrawals)
		fmt.Fprintf(w, "  from\t%s\n", b.OldCommitment)
		fmt.Fprintf(w, "  to\t%s\n", b.NewCommitment)
		fmt.Fprintf(w, "  proof\tsolved, proven and verified in %.1f s\n", b.ProveSeconds)
		fmt.Fprintf(w, "  layer 1\taccepted: %d gas, %d bytes published\n", b.Gas, b.PublishedBytes)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "account\tindex\tafter deposits\tafter transfers\tsent\t")
	for _, p := range r.Accounts {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t\n", p.Name, p.Index, inEther(p.Start), inEther(p.End), p.Nonce)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s withdrew %s ETH and claimed it on layer 1 (%d gas). The contract holds exactly what the accounts have.\n"+
		"From layer-1 data alone, %d batches and %d transfers, the same state was rebuilt in %.1f s.\n"+
		"All of it took %.1f s.\n", r.Withdrawal.Name, inEther(r.Withdrawal.Amount), r.Withdrawal.Gas,
		r.Reconstruction.Batches, r.Reconstruction.Transfers, r.Reconstruction.Seconds, r.Seconds)
	return err
}

// inEther writes wei, given in decimal, as ether.
func inEther(wei string) string {
	n, ok := new(big.Rat).SetString(wei)
	if !ok {
		return wei
	}
	return n.Quo(n, big.NewRat(1e18, 1)).FloatString(6)
}
