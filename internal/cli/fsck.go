package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/internal/node"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/protocol/files"
)

// checked is what quire fsck found.
type checked struct {
	Directory string `json:"directory"`
	Contract  string `json:"contract"`
	ChainID   uint64 `json:"chainID"`
	// Base is the batch that the ledger begins after, Batch the open one, Finalized
	// the last that is final on layer 1.
	Base      uint32 `json:"base"`
	Batch     uint32 `json:"batch"`
	Finalized uint32 `json:"finalized"`
	Transfers uint64 `json:"transfers"`
	// BaseRoot is the state tree's root that the ledger begins with, FinalizedRoot
	// that after the last final batch.
	BaseRoot      string `json:"baseRoot"`
	FinalizedRoot string `json:"finalizedRoot"`
	// Transactions is what the transaction manager remembers of layer 1; null if it
	// has no store.
	Transactions *checkedTransactions `json:"transactions"`
	// Replayed says that the history was played once more, SignaturesChecked that
	// its signatures were looked at.
	Replayed          bool    `json:"replayed"`
	SignaturesChecked bool    `json:"signaturesChecked"`
	Faults            []fault `json:"faults"`
}

type checkedTransactions struct {
	Unsettled int `json:"unsettled"` // on their way
	Settled   int `json:"settled"`
}

type fault struct {
	Record  string `json:"record"`
	Problem string `json:"problem"`
}

func (a *app) fsck() *cobra.Command {
	var skipSignatures bool
	cmd := a.command("fsck DIR", "Check a node's data directory",
		`Fsck reads every record of a stopped node's stores, the ledger's and the
transaction manager's, and says all that is wrong with them; then it plays the
whole history once more, from the rollup's beginning, on a state of its own, and
compares signatures, exits, roots, commitments and accounts. It changes no record;
files change, since opening a store writes: a directory that has to stay as it is,
or that cannot be written to, is checked as a copy.

A ledger that begins with a state that was rebuilt from layer 1 has no history to
play from there on backwards. Compare the roots that are printed with those that
quire reconstruct prints for the same batches.`,
		"  quire fsck /var/lib/quire\n  quire fsck /var/lib/quire --json", nil)
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.started = true
		dir := node.LedgerDir(args[0])
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return usageError(fmt.Errorf("%s is not a node's data directory: there is no ledger in it", args[0]))
		}
		result, err := a.check(cmd.Context(), dir, skipSignatures)
		if err != nil {
			return fsckError(err)
		}
		result.Directory = args[0]
		if err := a.checkTransactions(node.TransactionsDir(args[0]), result); err != nil {
			return fsckError(err)
		}
		if err := a.print(result, func(w io.Writer) error { return printChecked(w, result) }); err != nil {
			return err
		}
		if n := len(result.Faults); n > 0 {
			return inputError(fmt.Errorf("%s: %d faults: restore a copy of the directory, or rebuild it from layer 1 (docs/node.md)", args[0], n))
		}
		return nil
	}
	cmd.Flags().BoolVar(&skipSignatures, "skip-signatures", false, "leave signatures unchecked, which is most of the work")
	return cmd
}

// fsckError gives an error of a check its exit code.
func fsckError(err error) error {
	switch {
	case errors.Is(err, ledger.ErrLocked), errors.Is(err, txmgr.ErrLocked):
		return fmt.Errorf("%w: stop the node first", err)
	case errors.Is(err, ledger.ErrCorrupt), errors.Is(err, ledger.ErrFormatVersion), errors.Is(err, ledger.ErrNotCreated), errors.Is(err, txmgr.ErrFormatVersion):
		return inputError(err)
	}
	return err
}

func (a *app) check(ctx context.Context, dir string, skipSignatures bool) (_ *checked, err error) {
	led, err := ledger.Open(dir, ledger.Options{Logger: a.log})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, led.Close()) }()
	id, found, err := led.Identity()
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ledger.ErrNotCreated
	}
	head, err := led.Head()
	if err != nil {
		return nil, err
	}
	result := &checked{
		Contract: fmt.Sprintf("0x%x", id.Contract), ChainID: id.ChainID, Base: id.Base, Batch: head.Batch, Finalized: head.Finalized,
		Transfers: head.NextSeq - 1, Faults: []fault{}, BaseRoot: files.FormatElement(id.BaseRoot), FinalizedRoot: files.FormatElement(id.BaseRoot),
	}
	if head.Finalized > id.Base {
		final, found, err := led.Batch(head.Finalized)
		if err != nil {
			return nil, err
		}
		if found { // or Check says that it is missing
			result.FinalizedRoot = files.FormatElement(final.Root)
		}
	}
	a.say("read every record")
	faults, err := led.Check(ctx, nil)
	if err != nil {
		return nil, err
	}
	if len(faults) == 0 {
		a.say(fmt.Sprintf("play %d batches with %d transfers once more", head.Batch-id.Base, result.Transfers))
		faults, err = aggregator.Audit(ctx, led, aggregator.AuditOptions{SkipSignatures: skipSignatures, Shapes: circuits.Shapes()})
		switch {
		case errors.Is(err, aggregator.ErrNoGenesis):
		case err != nil:
			return nil, err
		default:
			result.Replayed, result.SignaturesChecked = true, !skipSignatures
		}
	}
	for _, f := range faults {
		result.Faults = append(result.Faults, fault{f.Record, f.Problem})
	}
	return result, nil
}

// checkTransactions checks the transaction manager's store, if there is one.
func (a *app) checkTransactions(dir string, result *checked) error {
	found, err := txmgr.Check(dir, new(big.Int).SetUint64(result.ChainID), a.log)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case errors.Is(err, txmgr.ErrCorrupt), errors.Is(err, txmgr.ErrOtherChain):
		result.Faults = append(result.Faults, fault{"transactions to layer 1", err.Error()})
	case err != nil:
		return err
	}
	if found != nil {
		result.Transactions = &checkedTransactions{found.Unsettled, found.Settled}
	}
	return nil
}

func printChecked(w io.Writer, r *checked) error {
	if _, err := fmt.Fprintf(w, "The store of rollup %s on chain %d: batches %d to %d, of which %d is final, and %d transfers.\n",
		r.Contract, r.ChainID, r.Base+1, r.Batch, r.Finalized, r.Transfers); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "Root after batch %d: %s\n", r.Finalized, r.FinalizedRoot); err != nil {
		return err
	}
	if r.Base > 0 {
		if _, err := fmt.Fprintf(w, "Root after batch %d, with which it begins: %s\n", r.Base, r.BaseRoot); err != nil {
			return err
		}
	}
	if t := r.Transactions; t != nil {
		if _, err := fmt.Fprintf(w, "Transactions to layer 1: %d settled, %d on their way.\n", t.Settled, t.Unsettled); err != nil {
			return err
		}
	}
	if err := lines(w, r.Faults, func(f fault) string { return f.Record + ": " + f.Problem }); err != nil {
		return err
	}
	if len(r.Faults) > 0 {
		return nil
	}
	how := "Every record is whole. The history gives the state that is stored; signatures were checked."
	switch {
	case !r.Replayed:
		how = fmt.Sprintf("Every record is whole. The history begins after batch %d, with a state that was rebuilt from layer 1, and was not played.", r.Base)
	case !r.SignaturesChecked:
		how = "Every record is whole. The history gives the state that is stored; signatures were not checked."
	}
	_, err := fmt.Fprintln(w, how)
	return err
}
