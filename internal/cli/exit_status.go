package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
)

func (a *app) exitStatus() *cobra.Command {
	var layerOne layerOneFlags
	var owner addressFlag
	var state stateFlags
	var noState bool
	var cmd *cobra.Command
	cmd = a.command("status", "Show what somebody has where, and what there is to do",
		`Status shows an owner's accounts, what waits in the queue and until when, what is
credited, and whether the rollup is frozen or can be. It signs and sends nothing.

The accounts are looked for in the state rebuilt from layer 1, which is brought up
to date first; --no-state leaves them out.`,
		exitExample("status")+" --owner 0x52c9…",
		func(ctx context.Context) (err error) {
			e := &exitRun{app: a, flags: &layerOne, cmd: cmd}
			if err := e.open(ctx); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, e.close()) }()
			status, err := e.status(ctx, &owner, &state, noState)
			if err != nil {
				return layerOneError(err)
			}
			return a.print(status, func(out io.Writer) error { return printStatus(out, status) })
		})
	layerOne.add(cmd)
	cmd.Flags().Var(&owner, "owner", "whose accounts, deposits and credit to show")
	cmd.Flags().BoolVar(&noState, "no-state", false, "do not rebuild the state, and show no accounts")
	if err := cmd.MarkFlagRequired("owner"); err != nil {
		panic(err) // the flag was added above
	}
	state.add(cmd)
	return cmd
}

func (e *exitRun) status(ctx context.Context, owner *addressFlag, state *stateFlags, noState bool) (*exits.Status, error) {
	if noState {
		return e.session.Status(ctx, owner.address, nil)
	}
	snapshot, err := e.state(ctx, state)
	if err != nil {
		return nil, err
	}
	e.say("look for the accounts")
	return e.session.Status(ctx, owner.address, snapshot)
}

func printStatus(out io.Writer, s *exits.Status) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Rollup\t%s on chain %s, as of block %d (%s)\n", s.Contract, s.ChainID, s.Block, timeText(s.Time))
	state := fmt.Sprintf("batch %d is final", s.Number)
	switch {
	case s.Frozen:
		state = fmt.Sprintf("FROZEN after batch %d", s.Number)
	case s.Freezable:
		state += "; something is OVERDUE: anybody can freeze it (quire exit freeze)"
	}
	fmt.Fprintf(w, "State\t%s\n", state)
	if s.DevelopmentKeys {
		fmt.Fprintln(w, "Keys\tdevelopment: somebody can forge proofs, no real value is safe here")
	}
	for _, l := range s.Lanes {
		fmt.Fprintf(w, "Queue\t%d %s waiting", l.Waiting, l.Lane)
		if l.Due != nil {
			fmt.Fprintf(w, ", the oldest due %s%s", timeText(*l.Due), overdue(l.Overdue))
		}
		fmt.Fprintf(w, "; one more costs %s ether\n", exactEther(l.Fee))
	}
	fmt.Fprintf(w, "\nOwner\t%s\n", s.Owner)
	for _, c := range s.Claimable {
		fmt.Fprintf(w, "Credited\t%s: quire exit claim --token %d\n", valueText(c.Value), c.Token)
	}
	for _, r := range s.Requests {
		fmt.Fprintf(w, "Requested\texit of account %d, at position %d since %s, due %s%s\n",
			r.Index, r.Position, timeText(r.Queued), timeText(r.Due), overdue(r.Overdue))
	}
	for _, d := range s.Deposits {
		printDeposit(w, s, &d)
	}
	for _, account := range s.Accounts {
		printAccount(w, s, &account)
	}
	if s.StateNumber != nil && len(s.Accounts) == 0 {
		fmt.Fprintf(w, "Accounts\tnone in the state after batch %d\n", *s.StateNumber)
	}
	if len(s.Claimable) == 0 {
		fmt.Fprintln(w, "Credited\tnothing")
	}
	return w.Flush()
}

func printDeposit(w io.Writer, s *exits.Status, d *exits.WaitingDeposit) {
	fmt.Fprintf(w, "Deposited\t%s, at position %d since %s", valueText(d.Value), d.Position, timeText(d.Queued))
	if d.Payer != s.Owner {
		fmt.Fprintf(w, ", paid by %s", d.Payer)
	}
	if d.Owner != s.Owner {
		fmt.Fprintf(w, ", for %s", d.Owner)
	}
	switch {
	case d.Refunded:
		fmt.Fprint(w, ": was taken back")
	case d.Refundable && d.Payer == s.Owner:
		fmt.Fprintf(w, ": quire exit refund --position %d", d.Position)
	case d.Refundable:
		fmt.Fprint(w, ": the payer can take it back")
	default:
		fmt.Fprintf(w, ", due %s%s", timeText(d.Due), overdue(d.Overdue))
	}
	fmt.Fprintln(w)
}

func printAccount(w io.Writer, s *exits.Status, a *exits.Account) {
	fmt.Fprintf(w, "Account %d\t%s, after batch %d", a.Index, valueText(a.Value), *s.StateNumber)
	switch {
	case a.Escaped:
		fmt.Fprint(w, ": has escaped")
	case a.Escapable:
		fmt.Fprintf(w, ": quire exit escape --index %d", a.Index)
	}
	fmt.Fprintln(w)
}

func overdue(is bool) string {
	if is {
		return ", OVERDUE"
	}
	return ""
}
