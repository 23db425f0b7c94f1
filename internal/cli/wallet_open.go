package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/aggregator/api/wire"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/protocol"
)

// openReport is what wallet open prints.
type openReport struct {
	Token   protocol.Token `json:"token"`
	Key     uint32         `json:"key"`
	Request uint64         `json:"request,omitempty"` // its number, where one was needed
	Index   protocol.Index `json:"index,omitempty"`   // 0 while it is not known
}

func (a *app) walletOpen() *cobra.Command {
	var token uint32
	var number uint32
	var noWait bool
	cmd, _ := a.nodeCommand("open", "Ask for an account",
		`Open asks the node for an account of a token, with the wallet's owner and key,
and waits until a batch opens it. It costs nothing. An account that there is is
kept: nobody needs two of one token and key. A deposit on layer 1 opens an account
as well.`,
		"  quire wallet open --node http://127.0.0.1:8645 --token 0",
		func(ctx context.Context, n *nodeRun) error {
			report := openReport{Token: protocol.Token(token), Key: number}
			key, err := n.rollup.Key(number)
			if err != nil {
				return fmt.Errorf("%w (quire wallet address)", err)
			}
			if report.Index, err = n.find(ctx, report.Token, key); err != nil {
				return err
			}
			if report.Index == 0 {
				opening, err := n.client.OpenAccount(ctx, key.Public, protocol.Owner(n.wallet.Address()), report.Token)
				if err != nil {
					return err
				}
				report.Request = opening.Number
				a.say("wait until a batch opens the account")
			}
			for report.Index == 0 && !noWait {
				if err := sleep(ctx, pause); err != nil {
					return err
				}
				if report.Index, err = n.find(ctx, report.Token, key); err != nil {
					return err
				}
			}
			return a.print(report, func(out io.Writer) error {
				if report.Index == 0 {
					return walletLine(out, "The account is asked for: quire wallet balance shows it once it is there.")
				}
				return walletLine(out, "Account %d holds token %d.", report.Index, report.Token)
			})
		})
	cmd.Flags().Uint32Var(&token, "token", 0, "number of the token; 0 is ether")
	cmd.Flags().Uint32Var(&number, "key", 0, "number of the layer-2 key")
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "do not wait until the account is there")
	return cmd
}

// find returns the wallet's account of a token and key, 0 if there is none.
func (n *nodeRun) find(ctx context.Context, token protocol.Token, key wallets.KeyInfo) (protocol.Index, error) {
	own, _, err := n.discover(ctx)
	for _, account := range own {
		if account.Token == token && account.Key.Public() == key.Public {
			return account.Index, err
		}
	}
	return 0, err
}

// balanceReport is what wallet balance prints.
type balanceReport struct {
	Accounts []balanceEntry `json:"accounts"`
}

type balanceEntry struct {
	Index   protocol.Index `json:"index"`
	Token   protocol.Token `json:"token"`
	Symbol  string         `json:"symbol,omitempty"`
	Own     bool           `json:"own"`     // the wallet has its key
	Balance wire.Amount    `json:"balance"` // as the node tells it
	Nonce   uint64         `json:"nonce"`
	// Of the newest final state, proven up to layer 1; left out without --l1, and
	// while the account is not in it.
	Proven *provenEntry `json:"proven,omitempty"`
}

type provenEntry struct {
	Balance wire.Amount `json:"balance"`
	Nonce   uint64      `json:"nonce"`
}

func (a *app) walletBalance() *cobra.Command {
	cmd, _ := a.nodeCommand("balance", "Show what the wallet has",
		`Balance shows the accounts of the wallet's owner. What the node tells is its
word; with --l1, what layer 1 has accepted already is shown beside it, proven.
Accounts with the wallet's owner and a foreign key are named as such: nothing can
be signed for them, and what is in them leaves by quire exit request.`,
		"  quire wallet balance --node http://127.0.0.1:8645 --l1 http://127.0.0.1:8545",
		func(ctx context.Context, n *nodeRun) error {
			own, others, err := n.discover(ctx)
			if err != nil {
				return err
			}
			tokens, err := n.client.Tokens(ctx)
			if err != nil {
				return err
			}
			symbols := make(map[protocol.Token]string)
			for _, t := range tokens {
				symbols[t.Token] = t.Symbol
			}
			report := balanceReport{Accounts: []balanceEntry{}}
			for i, account := range append(own, others...) {
				entry := balanceEntry{
					Index: account.Index, Token: account.Token, Symbol: symbols[account.Token], Own: i < len(own),
					Balance: account.Balance, Nonce: account.Nonce,
				}
				if n.layer1 != nil {
					if entry.Proven, err = n.proven(ctx, account.Index, entry.Own); err != nil {
						return err
					}
				}
				report.Accounts = append(report.Accounts, entry)
			}
			return a.print(report, func(out io.Writer) error { return printBalance(out, &report) })
		})
	return cmd
}

// proven returns what of an account is proven, nil if it is not in a final state,
// and has the wallet forget what is settled.
func (n *nodeRun) proven(ctx context.Context, index protocol.Index, own bool) (*provenEntry, error) {
	account, err := n.prove(ctx, index)
	if errors.Is(err, errNotFinal) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if own {
		if err := n.wallet.AddAccount(n.id, index, &account); err != nil {
			return nil, err
		}
		if err := n.wallet.Settle(n.id, index, account.Nonce); err != nil {
			return nil, err
		}
	}
	return &provenEntry{Balance: wire.Amount(account.Balance), Nonce: account.Nonce}, nil
}

func printBalance(out io.Writer, r *balanceReport) error {
	if len(r.Accounts) == 0 {
		return walletLine(out, "The wallet has no account here: quire wallet open asks for one, a deposit opens one.")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "account\ttoken\t\tbalance\tproven\tnonce\t")
	for _, e := range r.Accounts {
		proven, note := "-", ""
		if e.Proven != nil {
			proven = e.Proven.Balance.String()
		}
		if !e.Own {
			note = " foreign key"
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%d\t%s\n", e.Index, e.Token, e.Symbol, e.Balance, proven, e.Nonce, note)
	}
	return w.Flush()
}
