// Package cli is the quire command line: one file per command, which parses
// flags, reads files, calls the packages that do the work, and prints what they
// return. Nothing is decided here.
//
// Results go to standard output, everything else (logs, progress, errors) to
// standard error. Exit codes are in docs/cli.md and do not change.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	gnarklogger "github.com/consensys/gnark/logger"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/prover"
)

// Exit codes.
const (
	ExitOK          = 0
	ExitFailure     = 1   // something failed that the input is not to blame for
	ExitUsage       = 2   // unknown command or flag, missing or malformed argument
	ExitInput       = 3   // a file cannot be read or does not say what it should
	ExitRefused     = 4   // the batch is not valid, the proof does not hold, or layer 1 refuses
	ExitInterrupted = 130 // stopped by a signal
)

// exitError is an error with the exit code that it ends the program with.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func usageError(err error) error   { return &exitError{ExitUsage, err} }
func inputError(err error) error   { return &exitError{ExitInput, err} }
func refusedError(err error) error { return &exitError{ExitRefused, err} }

// app is what the commands share.
type app struct {
	stdout, stderr io.Writer
	log            *slog.Logger
	display        *display

	// Flags of every command.
	json  bool
	quiet bool

	started bool // a command's own code has begun: errors are no usage errors
}

// Main runs the command line and returns its exit code. The first interrupt
// cancels what runs, the second ends the program at once.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := interruptible()
	defer stop()
	return run(ctx, args, stdout, stderr)
}

// interruptible returns a context that the first SIGINT or SIGTERM cancels. From
// then on signals do what they do by default: the second ends the process.
func interruptible() (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// run is [Main] under a context of the caller's.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{
		stdout: stdout, stderr: stderr,
		log:     slog.New(slog.NewTextHandler(stderr, nil)),
		display: &display{out: stderr},
	}
	gnarklogger.Disable() // gnark logs every compilation to standard output
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	a.display.close()
	if err == nil {
		return ExitOK
	}
	code := ExitFailure
	var exit *exitError
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		code, err = ExitInterrupted, notMined(err)
	case errors.As(err, &exit):
		code = exit.code
	case !a.started:
		code = ExitUsage
	}
	fmt.Fprintf(stderr, "quire: %v\n", err)
	if code == ExitUsage {
		fmt.Fprintln(stderr, "Run the command with --help for its flags and an example.")
	}
	return code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "quire",
		Short: "Prove batches of layer-2 payments, and show them to an EVM",
		Long: `Quire is a validity rollup for payments: batches of signed transfers become
Groth16 proofs, and a layer-1 contract accepts a new state only with its proof.`,
		Example: `  quire demo
  quire prove --help`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print the result as one JSON value")
	root.PersistentFlags().BoolVar(&a.quiet, "quiet", false, "show no progress")
	root.AddCommand(a.demo(), a.setup(), a.circuit(), a.gen(), a.prove(), a.verify(), a.reconstruct(), a.exit(), a.walletCommand(), a.nodeService(), a.devnet(), a.load(), a.fsck())
	return root
}

// command fills in what all commands have in common. run is the command's own
// code; its errors end the program with ExitFailure unless they say otherwise.
func (a *app) command(use, short, long, example string, run func(ctx context.Context) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.started = true
			return run(cmd.Context())
		},
	}
}

// print writes a result: as JSON if asked for, else as text.
func (a *app) print(result any, text func(w io.Writer) error) error {
	if !a.json {
		return text(a.stdout)
	}
	encoder := json.NewEncoder(a.stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

// shapeFlag adds --shape to a command.
func shapeFlag(cmd *cobra.Command, name *string, def string) {
	cmd.Flags().StringVar(name, "shape", def, "shape of the circuit (quire circuit shapes lists them)")
	if def == "" {
		if err := cmd.MarkFlagRequired("shape"); err != nil {
			panic(err) // the flag was added one line above
		}
	}
}

// store opens the key store.
func (a *app) store() (*prover.Store, error) {
	dir, err := prover.DefaultStoreDir()
	if err != nil {
		return nil, err
	}
	return prover.NewStore(dir), nil
}
