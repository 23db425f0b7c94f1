package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/internal/node"
	"github.com/quirezk/quire/internal/node/config"
	"github.com/quirezk/quire/internal/node/sandbox"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/protocol"
)

func (a *app) devnet() *cobra.Command {
	var opts sandbox.Options
	var shapes []string
	var verbose bool
	cmd := a.command("devnet", "Run a whole rollup on this machine, to play with",
		`Devnet starts a layer-1 chain, deploys the contracts with development keys and a
test token, starts a node, and makes wallets that own something on both layers. It
prints how to use them, and runs until it is stopped.

Without --dir everything is forgotten in the end. With it, the same command goes on
where it was. Nothing in it is secret, and nothing is at stake.`,
		"  quire devnet\n  quire devnet --dir devnet --wallets 5 --rpc 127.0.0.1:8645 --l1-port 8545",
		func(ctx context.Context) (err error) {
			if opts.Shapes, err = devnetShapes(shapes); err != nil {
				return err
			}
			if opts.Store, err = a.store(); err != nil {
				return err
			}
			opts.Kept = opts.Dir != ""
			if err := opts.Validate(); err != nil {
				return usageError(err)
			}
			if opts.Kept {
				if opts.Dir, err = filepath.Abs(opts.Dir); err == nil {
					err = os.MkdirAll(opts.Dir, 0o700)
				}
			} else if opts.Dir, err = os.MkdirTemp("", "quire-devnet-"); err == nil {
				defer func() { err = errors.Join(err, os.RemoveAll(opts.Dir)) }()
			}
			if err != nil {
				return fmt.Errorf("--dir: %w", err)
			}
			level := "warn"
			if verbose {
				level = "info"
			}
			opts.Logger, opts.Level = node.NewLogger(config.Log{Level: level, Format: "auto"}, a.stderr)
			opts.Version, opts.Progress, opts.Observer = version(), a.say, a.observer()
			return a.runDevnet(ctx, opts)
		})
	flags := cmd.Flags()
	flags.StringVar(&opts.Dir, "dir", "", "directory to keep everything in (without it, everything is forgotten in the end)")
	flags.StringVar(&opts.L1, "l1", sandbox.Geth, "layer-1 chain: "+sandbox.Geth+" in this process, or "+sandbox.Anvil+", which has to be installed")
	flags.IntVar(&opts.L1Port, "l1-port", 0, "port of layer 1's JSON-RPC on this machine (a free one if it is 0)")
	flags.StringSliceVar(&shapes, "shape", []string{"small"}, "shapes of the circuits (quire circuit shapes lists them)")
	flags.IntVar(&opts.Wallets, "wallets", sandbox.DefaultWallets, "wallets with funds")
	flags.StringVar(&opts.RPC, "rpc", "127.0.0.1:0", "address of the node's JSON-RPC and explorer: HOST:PORT")
	flags.StringVar(&opts.Ops, "ops", "127.0.0.1:0", "address of the node's metrics and health: HOST:PORT")
	flags.DurationVar(&opts.MaxAge, "max-age", sandbox.DefaultMaxAge, "how long a batch stays open that has something in it")
	flags.BoolVar(&verbose, "verbose", false, "log what the node does")
	return cmd
}

// devnetShapes looks the shapes up; the smallest comes first.
func devnetShapes(names []string) ([]protocol.Shape, error) {
	var list []protocol.Shape
	for _, name := range names {
		shape, err := shapeByName(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(list, shape) {
			return nil, usageError(fmt.Errorf("--shape: %q is named twice", name))
		}
		list = append(list, shape)
	}
	all := circuits.Shapes()
	slices.SortFunc(list, func(a, b protocol.Shape) int { return slices.Index(all, a) - slices.Index(all, b) })
	return list, nil
}

func (a *app) runDevnet(ctx context.Context, opts sandbox.Options) error {
	s, err := sandbox.Start(ctx, opts)
	switch {
	case errors.Is(err, sandbox.ErrOptions):
		return usageError(err)
	case errors.Is(err, devnet.ErrNotInstalled):
		return usageError(fmt.Errorf("--l1: %w", err))
	case err != nil:
		return err
	}
	a.display.close()
	err = a.print(s.Info, func(w io.Writer) error { return printDevnet(w, &s.Info, opts.Kept, programName(os.Args[0])) })
	if err == nil {
		select {
		case <-ctx.Done():
		case <-s.Done():
			err = s.Err()
		}
	}
	opts.Logger.Log(context.WithoutCancel(ctx), slog.LevelInfo, "the devnet stops")
	return errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
}

// programName is how a shell in any directory finds the program that was called
// by this name.
func programName(called string) string {
	if filepath.Base(called) == called {
		return called // found through PATH
	}
	if absolute, err := filepath.Abs(called); err == nil {
		return absolute
	}
	return called
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%", r))
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// printDevnet prints what there is, and commands that work as they stand.
func printDevnet(w io.Writer, i *sandbox.Info, kept bool, program string) error {
	b := new(strings.Builder)
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("A rollup to play with. Its keys are no secrets: never put anything of value on it.")
	line("")
	line("Layer 1    %s (%s, chain %d)", i.Layer1, i.Chain, i.ChainID)
	line("Contract   %s, deployed in block %d", i.Contract, i.Deployed)
	line("Token 1    %s", i.Token)
	line("Node       %s", i.RPC)
	line("Explorer   %s/", i.RPC)
	line("Metrics    %s/metrics, %s/readyz", i.Ops, i.Ops)
	line("Admin      %s", i.Admin)
	if kept {
		line("Directory  %s: the same command goes on there", i.Directory)
	} else {
		line("Directory  %s: removed in the end", i.Directory)
	}
	line("Password   %s, of every wallet", i.Password)
	for n, address := range i.Accounts {
		line("Wallet %d   %s", n+1, address)
	}
	line("")
	line("Try, in another terminal:")
	line("")
	line("  export QUIRE_WALLETS=%s", quoted(i.Wallets))
	quire, chain := quoted(program), fmt.Sprintf("--l1 %s --contract %s", i.Layer1, i.Contract)
	if len(i.Accounts) > 0 {
		owner, password := i.Accounts[0], quoted(i.Password)
		line("  %s wallet balance --wallet %s --node %s %s", quire, owner, i.RPC, chain)
		line("  %s wallet deposit --wallet %s --password-file %s %s --amount 2000000000000000000", quire, owner, password, chain)
		line("  %s wallet withdraw --wallet %s --password-file %s --node %s %s --amount 1000000000000000000 --wait final", quire, owner, password, i.RPC, chain)
		line("  %s exit claim %s --keystore %s --from %s --password-file %s", quire, chain, quoted(filepath.Join(i.Wallets, "keystore")), owner, password)
	}
	if len(i.Accounts) > 1 {
		line("  TO=$(%s wallet address --json --wallet %s | sed -n 's/.*\"paymentAddress\": \"\\(.*\\)\".*/\\1/p')", quire, i.Accounts[1])
		line("  %s wallet send --wallet %s --password-file %s --node %s %s --to $TO --amount 1000000000000000000", quire, i.Accounts[0], quoted(i.Password), i.RPC, chain)
	}
	line("  %s reconstruct %s --confirmations 0", quire, chain)
	line("")
	line("It runs until it is stopped, with Ctrl-C.")
	_, err := io.WriteString(w, b.String())
	return err
}
