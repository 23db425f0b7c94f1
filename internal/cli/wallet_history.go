package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/protocol"
)

// historyEntry is a payment in the answer of wallet history.
type historyEntry struct {
	ID      wire.Hash      `json:"id"`
	Status  wire.Status    `json:"status"`
	Time    time.Time      `json:"time"`
	Account protocol.Index `json:"account"` // the wallet's
	From    protocol.Index `json:"from"`
	To      protocol.Index `json:"to"` // 0 for a withdrawal
	Amount  wire.Amount    `json:"amount"`
	Fee     wire.Amount    `json:"fee"`
	Nonce   uint64         `json:"nonce"`
	Batch   uint32         `json:"batch,omitempty"`
}

func (a *app) walletHistory() *cobra.Command {
	var account uint32
	var limit int
	cmd, _ := a.nodeCommand("history", "Show what was paid, and what was received",
		`History shows the executed transfers of the wallet's accounts, the newest first,
as the node tells them. That a payment from the wallet was signed by it is
verified; that the list is complete, and that others' payments were made, is the
node's word until layer 1 has them.`,
		"  quire wallet history --node http://127.0.0.1:8645 --limit 5",
		func(ctx context.Context, n *nodeRun) error {
			if limit < 1 {
				return usageError(errors.New("--limit: want 1 or more"))
			}
			if _, _, err := n.discover(ctx); err != nil {
				return err
			}
			entries := []historyEntry{}
			named := false
			for i := range n.rollup.Accounts {
				own := &n.rollup.Accounts[i]
				if account != 0 && own.Index != protocol.Index(account) {
					continue
				}
				named = true
				found, err := n.history(ctx, own, limit)
				if err != nil {
					return err
				}
				entries = append(entries, found...)
			}
			if account != 0 && !named {
				return usageError(fmt.Errorf("--account: the wallet has no account %d: quire wallet balance lists them", account))
			}
			return a.print(entries, func(out io.Writer) error { return printHistory(out, entries) })
		})
	cmd.Flags().Uint32Var(&account, "account", 0, "index of the account (all of the wallet's, if it is not given)")
	cmd.Flags().IntVar(&limit, "limit", 20, "how many transfers of each account to show")
	return cmd
}

// history returns the newest transfers of one account.
func (n *nodeRun) history(ctx context.Context, own *wallets.AccountInfo, limit int) ([]historyEntry, error) {
	key, err := n.rollup.Key(own.Key)
	if err != nil {
		return nil, err
	}
	var entries []historyEntry
	for t, err := range n.client.Transfers(ctx, wire.TransferQuery{Account: &own.Index, Limit: min(limit, n.config.Limits.Page)}) {
		if err != nil {
			return nil, err
		}
		if t.Transfer == nil {
			continue
		}
		signed, err := t.Transfer.Signed()
		if err != nil {
			return nil, refusedError(fmt.Errorf("the node shows a transfer that cannot be one: %w", err))
		}
		if signed.From != own.Index && signed.To != own.Index {
			return nil, refusedError(fmt.Errorf("the node shows transfer %s, which is not of account %d", t.ID, own.Index))
		}
		if wire.Hash(ledger.IDOf(n.id, &signed.Transfer)) != t.ID {
			return nil, refusedError(fmt.Errorf("the node shows transfer %s under another ID", t.ID))
		}
		if signed.From == own.Index {
			if err := protocol.Verify(key.Public, n.id, &signed.Transfer, &signed.Signature); err != nil {
				return nil, refusedError(fmt.Errorf("the node shows transfer %s of account %d, which the wallet did not sign: %w", t.ID, own.Index, err))
			}
		}
		entries = append(entries, historyEntry{
			ID: t.ID, Status: t.Status, Time: time.UnixMilli(int64(t.Time)).UTC(), Account: own.Index, From: signed.From, To: signed.To,
			Amount: t.Transfer.Amount, Fee: t.Transfer.Fee, Nonce: signed.Nonce, Batch: t.Batch,
		})
		if len(entries) == limit {
			break
		}
	}
	return entries, nil
}

func printHistory(out io.Writer, entries []historyEntry) error {
	if len(entries) == 0 {
		return walletLine(out, "Nothing yet.")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		what := fmt.Sprintf("received %s from account %d", e.Amount, e.From)
		switch {
		case e.From == e.Account && e.To == 0:
			what = fmt.Sprintf("withdrew %s, fee %s", e.Amount, e.Fee)
		case e.From == e.Account:
			what = fmt.Sprintf("paid %s to account %d, fee %s", e.Amount, e.To, e.Fee)
		}
		fmt.Fprintf(w, "%s\taccount %d\t%s\t%s\tbatch %d\t%s\n", timeText(e.Time), e.Account, what, e.Status, e.Batch, e.ID)
	}
	return w.Flush()
}
