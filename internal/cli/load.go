package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/aggregator/api/wire"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	loads "github.com/quirezk/quire/internal/load"
	"github.com/quirezk/quire/protocol"
)

// loadFlags say what a run does.
type loadFlags struct {
	node        *nodeFlags
	options     loads.Options
	send        sendFlags // of the payment that funds the run
	allowRemote bool
}

func (a *app) load() *cobra.Command {
	f := new(loadFlags)
	cmd, node := a.nodeCommand("load", "Drive a node with many accounts at once, and measure it",
		`Load opens accounts on a node, funds them from a wallet, and sends transfers between
them, at a rate or as fast as the node answers. Some must not be executed, and have
to be refused for what is wrong with them; some come before their turn, or twice.
Every receipt is verified, and in the end every account compared with what was
answered. Anything unexpected is told, and the exit code is 1.

All follows from --seed: accounts, amounts, order and times. The accounts' keys do,
too, so whoever knows the seed can spend what they hold. That is why only a node of
this machine is loaded, unless --allow-remote is given.`,
		"  quire load --node http://127.0.0.1:8645 --wallet 0x… --password-file devnet/password\n"+
			"  quire load --node http://127.0.0.1:8645 --accounts 200 --steps 50000 --rate 500 --duration 1m --zipf 1.1 --json",
		func(ctx context.Context, n *nodeRun) error { return n.load(ctx, f) })
	f.node = node
	node.wallet.addPassword(cmd)
	flags, o := cmd.Flags(), &f.options
	flags.Uint64Var(&o.Seed, "seed", 1, "number that all follows from")
	flags.IntVar(&o.Wallets, "accounts", 50, "accounts that pay each other")
	flags.IntVar(&o.Steps, "steps", 5_000, "steps in all: a step is a transfer, or a few that belong together")
	flags.Float64Var(&o.Rate, "rate", 0, "steps per second, whether the node keeps up or not (as fast as it answers, if it is 0)")
	flags.DurationVar(&o.Duration, "duration", 0, "how long to send, at most (until there are no more steps, if it is 0)")
	flags.IntVar(&o.Calls, "concurrency", 16, "calls that are under way at once")
	flags.IntVar(&o.PerCall, "per-call", 8, "steps that one call carries, at most")
	flags.Float64Var(&o.Zipf, "zipf", 0, "exponent by which some accounts pay and are paid more than others, above 1 (all alike, if it is 0)")
	flags.Float64Var(&o.Invalid, "invalid", 0.1, "share of steps with something that must be refused")
	flags.Float64Var(&o.Gaps, "gaps", 0.05, "share of steps whose second transfer comes first")
	flags.Float64Var(&o.Resends, "resends", 0.05, "share of steps whose transfer is sent twice")
	flags.Float64Var(&o.Withdrawals, "withdrawals", 0.02, "share of steps that withdraw to the wallet's owner on layer 1")
	flags.DurationVar(&o.Patience, "patience", loads.DefaultPatience, "how long the node may put off what it is to execute")
	flags.DurationVar(&o.Settle, "settle", 0, "how long to wait afterwards until the batches are final, at most")
	flags.Uint32Var(&f.send.token, "token", 0, "number of the token; 0 is ether")
	flags.Uint32Var(&f.send.account, "account", 0, "index of the wallet's account that pays (its account of the token, if it is not given)")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "load a node of another machine: its operator has to know, and the money is anybody's who knows the seed")
	connected := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(); err != nil {
			return err
		}
		return connected(cmd, args)
	}
	return cmd
}

// check says what is wrong with the flags, before anybody is asked.
func (f *loadFlags) check() error {
	if err := f.options.Validate(); err != nil {
		return usageError(err)
	}
	if !f.allowRemote && !loopback(f.node.node.endpoint) {
		return usageError(fmt.Errorf("--node: %s is not this machine, and a load is an attack on whoever does not expect it: --allow-remote, if its operator does",
			hostOf(f.node.node.endpoint)))
	}
	return checkPassword(f.node.wallet.passwordFile)
}

// hostOf is the host of an endpoint: what may be shown of it.
func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "the node"
	}
	return u.Hostname()
}

// loopback says whether an endpoint is on this machine.
func loopback(endpoint string) bool {
	host := hostOf(endpoint)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (n *nodeRun) load(ctx context.Context, f *loadFlags) error {
	o := f.options
	o.Client, o.Owner, o.Token, o.Progress = n.client, protocol.Owner(n.wallet.Address()), protocol.Token(f.send.token), n.say
	o.Fund = func(ctx context.Context, to protocol.Index, amount protocol.Amount) error {
		return n.fundLoad(ctx, f, to, amount)
	}
	report, err := loads.Run(ctx, o)
	if report == nil {
		return err
	}
	return errors.Join(n.print(report, func(out io.Writer) error { return printLoad(out, report) }), err)
}

// fundLoad pays for a run out of the wallet's account.
func (n *nodeRun) fundLoad(ctx context.Context, f *loadFlags, to protocol.Index, amount protocol.Amount) error {
	from, told, err := n.sender(ctx, &f.send)
	if err != nil {
		return err
	}
	sync, err := n.client.SyncStatus(ctx)
	if err != nil {
		return err
	}
	asked, err := n.client.Fee(ctx, from.Token)
	if err != nil {
		return err
	}
	minimum := protocol.Amount(asked.Minimum)
	_, fee := protocol.NearestFees(&minimum)
	total, balance := fee, protocol.Amount(told.Pending.Balance)
	if _, overflow := total.AddOverflow(&total, &amount); overflow || total.Gt(&balance) {
		return refusedError(fmt.Errorf("account %d has %s, and the run takes %s with the fee: make it smaller, or give the wallet more", from.Index, balance.Dec(), total.Dec()))
	}
	t := protocol.Transfer{
		From: from.Index, To: to, Amount: amount, Fee: fee, Nonce: told.NextNonce,
		ValidUntil: uint32(min(uint64(sync.Batch)+wallets.DefaultValidity, 1<<protocol.BatchBits-1)),
	}
	key, err := n.wallet.OpenKey(wallets.KeyID{Rollup: n.id, Number: from.Key}, n.password(f.node.wallet.passwordFile, n.wallet.Address().Hex(), false))
	if err != nil {
		return err
	}
	signed, err := n.wallet.Sign(key, t, wallets.Signing{Final: sync.Finalized})
	if err != nil {
		return err
	}
	result, err := n.client.SendTransfer(ctx, &signed)
	if err != nil {
		return err
	}
	if err := n.wallet.Answered(n.id, &t); err != nil {
		return err
	}
	_, err = n.client.WaitForTransfer(ctx, result.ID, wire.StatusExecuted, pause)
	return err
}

func printLoad(out io.Writer, r *loads.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Steps\t%d of %d accounts, seed %d, in %.1f s\n", r.Steps, r.Wallets, r.Seed, r.Seconds)
	if r.Unsent > 0 {
		fmt.Fprintf(w, "\t%d more were due, and the node did not keep up\n", r.Unsent)
	}
	fmt.Fprintf(w, "Transfers\t%d answered, %d executed, %.0f per second\n", r.Transfers, r.Executed, r.PerSecond)
	fmt.Fprintf(w, "Calls\t%d, the node was busy in %d\n", r.Calls, r.Busy)
	fmt.Fprintf(w, "Receipts\t%d verified\n", r.Receipts)
	printPercentiles(w, "Latency", "until the receipt", r.Latency)
	names := make([]string, 0, len(r.Kinds))
	for name, n := range r.Kinds {
		names = append(names, fmt.Sprintf("%d %s", n, name))
	}
	slices.SortFunc(names, func(a, b string) int { // without the numbers
		_, a, _ = strings.Cut(a, " ")
		_, b, _ = strings.Cut(b, " ")
		return strings.Compare(a, b)
	})
	fmt.Fprintf(w, "Kinds\t%s\n", strings.Join(names, ", "))
	if b := &r.Batches; b.Last != 0 {
		fmt.Fprintf(w, "Batches\t%d to %d, %d final\n", b.First, b.Last, b.Finalized)
		for _, stage := range []struct {
			name  string
			times *loads.Percentiles
		}{{"sealed", b.Sealed}, {"proven", b.Proven}, {"submitted", b.Submitted}, {"final", b.Final}} {
			printPercentiles(w, "", "from closed until "+stage.name, stage.times)
		}
	}
	fmt.Fprintf(w, "Unexpected\t%d\n", r.Unexpected)
	for _, example := range r.Examples {
		fmt.Fprintf(w, "\t%s\n", example)
	}
	return w.Flush()
}

// printPercentiles prints a line, if there is something to print.
func printPercentiles(w io.Writer, title, what string, p *loads.Percentiles) {
	if p != nil {
		ms := func(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }
		fmt.Fprintf(w, "%s\t%s: half within %v, 90%% %v, 99%% %v, 99.9%% %v, all %v\n", title, what, ms(p.P50), ms(p.P90), ms(p.P99), ms(p.P999), ms(p.Max))
	}
}
