package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/prover"
)

func (a *app) setup() *cobra.Command {
	var shape string
	var force bool
	cmd := a.command("setup", "Make development keys for a circuit",
		`Setup compiles the circuit of a shape, or the exit circuit (--shape exit), and
makes its proving and verifying key, in the key store ($QUIRE_KEYS, else the
user's cache directory). Keys that are there already are checked and kept.

These are development keys: whoever made them can forge proofs. They are marked
as such and are for development chains only.`,
		"  quire setup --shape small\n  quire setup --shape exit",
		func(ctx context.Context) error {
			a.say("compile " + shape)
			circuit, err := compileNamed(ctx, shape)
			if err != nil {
				return err
			}
			store, err := a.store()
			if err != nil {
				return err
			}
			keys, err := store.Setup(ctx, circuit, prover.SetupOptions{Force: force, Observer: a.observer()})
			if err != nil {
				return err
			}
			manifest := keys.VerifyingKey().Manifest()
			if manifest.Kind == prover.KindDevelopment {
				a.log.Warn(prover.DevelopmentWarning, "shape", shape)
			}
			result := struct {
				Shape       string          `json:"shape"`
				Directory   string          `json:"directory"`
				Constraints int             `json:"constraints"`
				Manifest    prover.Manifest `json:"manifest"`
			}{shape, store.Dir(circuit.Design(), circuit.Digest()), circuit.Constraints(), manifest}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Keys of %s (%s, %d constraints) are in\n%s\n", shape, manifest.Kind, circuit.Constraints(), result.Directory)
				return err
			})
		})
	shapeFlag(cmd, &shape, "")
	cmd.Flags().BoolVar(&force, "force", false, "replace keys that are there, whole or damaged")
	return cmd
}
