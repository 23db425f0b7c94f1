package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/protocol"
)

func (a *app) exit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "exit", Short: "Leave a rollup, with or without its operator",
		Long: `Exit takes what is yours out of a rollup, with nothing but a layer-1 node.

While the rollup lives, request queues a forced exit, which the operator has to
process by a deadline, and claim takes what is credited to you. If the deadline
passes, anybody can freeze the rollup; then escape takes your accounts out with a
proof made on this machine from layer-1 data, and refund takes back deposits that
were never processed. Both credit: claim pays.

status shows which of these there is to do.`,
		Example: "  quire exit status --l1 http://127.0.0.1:8545 --contract 0x… --owner 0x…",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usageError(errors.New("exit: name a subcommand: status, request, claim, freeze, escape or refund"))
		},
	}
	cmd.AddCommand(a.exitStatus(), a.exitRequest(), a.exitClaim(), a.exitFreeze(), a.exitEscape(), a.exitRefund())
	return cmd
}

// exitExample is how an example of quire exit begins: where the rollup is.
func exitExample(command string) string {
	return "  quire exit " + command + " --l1 http://127.0.0.1:8545 --contract 0x6f1a…"
}

// keyExample is how the examples that send something sign.
const keyExample = " \\\n    --keystore ~/.ethereum/keystore --from 0x52c9… --password-file password"

// exitFlags are those of the commands that send something.
type exitFlags struct {
	layerOne layerOneFlags
	signing  signingFlags
	// unsigned, unless nil, says whether what the flags ask for is to be done
	// without sending anything.
	unsigned func() bool
}

// sending makes a command that opens the rollup, and a wallet to send with.
func (a *app) sending(use, short, long, example string, run func(ctx context.Context, e *exitRun) error) (*cobra.Command, *exitFlags) {
	f := new(exitFlags)
	var cmd *cobra.Command
	cmd = a.command(use, short, long, example, func(ctx context.Context) (err error) {
		if f.unsigned == nil || !f.unsigned() {
			if err := f.signing.check(); err != nil {
				return err
			}
		}
		e := &exitRun{app: a, flags: &f.layerOne, cmd: cmd}
		if err := e.open(ctx); err != nil {
			return err
		}
		e.wallet = a.wallet(&f.signing, e.session.Chain())
		defer func() { err = errors.Join(err, e.close()) }()
		return layerOneError(run(ctx, e))
	})
	f.layerOne.add(cmd)
	f.signing.add(cmd)
	return cmd, f
}

// exitRun is a command of quire exit under way.
type exitRun struct {
	*app
	cmd     *cobra.Command
	flags   *layerOneFlags
	session *exits.Session
	closers []func() error // in the order of their opening
	wallet  *wallet        // nil in commands that send nothing
}

func (e *exitRun) open(ctx context.Context) error {
	session, client, err := e.flags.open(ctx, e.cmd)
	if err != nil {
		return err
	}
	e.session = session
	e.closers = append(e.closers, func() error { client.Close(); return nil })
	return nil
}

func (e *exitRun) close() error {
	var errs []error
	if e.wallet != nil {
		errs = append(errs, e.wallet.close())
	}
	for _, f := range slices.Backward(e.closers) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// owner is whom a flag names, or the sender.
func (e *exitRun) owner(ctx context.Context, f *addressFlag) (common.Address, error) {
	if f.set {
		return f.address, nil
	}
	return e.wallet.address(ctx)
}

// indexFlag adds the flag that names an account.
func indexFlag(cmd *cobra.Command, index *uint32) {
	cmd.Flags().Uint32Var(index, "index", 0, "index of the account")
	if err := cmd.MarkFlagRequired("index"); err != nil {
		panic(err) // the flag was added one line above
	}
}

// checkIndices turns what --index says into indices.
func checkIndices(numbers ...uint) ([]protocol.Index, error) {
	var indices []protocol.Index
	for _, n := range numbers {
		if n == 0 || n > math.MaxUint32 {
			return nil, usageError(fmt.Errorf("--index: accounts are numbered from 1 to %d, not %d", uint32(math.MaxUint32), n))
		}
		indices = append(indices, protocol.Index(n))
	}
	return indices, nil
}

// valueText writes an amount for a person.
func valueText(v exits.Value) string {
	if v.Token == 0 {
		return exactEther(v.Amount) + " ether"
	}
	return fmt.Sprintf("%s of token %d", v.Amount, v.Token) // its decimals are its own affair
}

// timeText writes a time of layer 1 for a person.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// sentText writes where a transaction is.
func sentText(t exits.Transaction) string {
	return fmt.Sprintf("transaction %s in block %d, %d gas", t.Hash, t.Block, t.Gas)
}

// lines writes one line for each of several things.
func lines[T any](out io.Writer, things []T, line func(T) string) error {
	for _, thing := range things {
		if _, err := fmt.Fprintln(out, line(thing)); err != nil {
			return err
		}
	}
	return nil
}
