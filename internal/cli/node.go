package cli

import (
	"context"
	"errors"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/internal/node"
	"github.com/quirezk/quire/internal/node/config"
	"github.com/quirezk/quire/internal/node/layerone"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/prover"
)

func (a *app) nodeService() *cobra.Command {
	var printConfig bool
	var cmd *cobra.Command
	cmd = a.command("node", "Run a rollup's node",
		`Node runs the rollup's operator: it takes signed transfers over JSON-RPC, answers
each with a receipt, makes batches of them, proves them, and brings them to layer 1.
It comes back from any crash with nothing lost and nothing done twice.

Every flag is also a key of the configuration file (--config, TOML) and an
environment variable, which is named with it. A flag wins over the environment, and
that over the file. docs/node.md is for whoever runs one.

The first interrupt, or SIGTERM, stops the node cleanly; the second kills it, which
does no harm either.`,
		"  quire node --config /etc/quire/node.toml\n  quire node --config /etc/quire/node.toml --print-config",
		func(ctx context.Context) error {
			loaded, err := config.Load(config.Sources{Flags: cmd.Flags(), Environ: os.Environ()})
			switch {
			case errors.Is(err, config.ErrConfig):
				return usageError(err)
			case err != nil:
				return inputError(err)
			case printConfig:
				return loaded.Print(a.stdout)
			}
			logger, level := node.NewLogger(loaded.Log, a.stderr)
			n, err := node.Start(ctx, &loaded.Config, node.Options{
				Logger: logger, Level: level, Version: version(), Terminal: os.Stdin, Out: a.stderr,
			})
			if err != nil {
				return nodeError(err)
			}
			select {
			case <-ctx.Done():
				err = nil
			case <-n.Done():
				err = n.Err()
			}
			return errors.Join(err, n.Stop(context.WithoutCancel(ctx)))
		})
	config.AddFlags(cmd.Flags())
	cmd.Flags().BoolVar(&printConfig, "print-config", false, "print the configuration, with where each value comes from, and do nothing")
	return cmd
}

// nodeError gives what keeps a node from starting its exit code.
func nodeError(err error) error {
	is := func(causes ...error) bool {
		for _, cause := range causes {
			if errors.Is(err, cause) {
				return true
			}
		}
		return false
	}
	switch {
	case is(layerone.ErrChain, l1submit.ErrNoDeployment, l1submit.ErrNotRollup, exits.ErrChain, prover.ErrOverBudget):
		return usageError(err)
	case is(node.ErrKeys, aggregator.ErrOtherRollup):
		return inputError(err)
	case is(layerone.ErrDeployment, layerone.ErrDevelopmentKeys):
		return refusedError(err)
	}
	return err
}

// version says what this program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = "+changes"
			}
		}
	}
	if version == "" || version == "(devel)" {
		version = "devel"
		if len(revision) >= 12 {
			version += "-" + revision[:12] + modified
		}
	}
	return version
}
