package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
	"github.com/quirezk/quire/prover"
)

func (a *app) verify() *cobra.Command {
	var path string
	cmd := a.command("verify", "Verify a proof file",
		`Verify checks that a proof file's statement is about its published data, and that
the proof holds under the verifying key in the key store. The circuit is compiled
to know which key that is.`,
		"  quire verify --proof proof.json",
		func(ctx context.Context) error {
			proof, published, key, err := a.runVerify(ctx, path)
			if err != nil {
				return err
			}
			result := struct {
				Valid         bool   `json:"valid"`
				Shape         string `json:"shape"`
				Transfers     int    `json:"transfers"`
				OldCommitment string `json:"oldCommitment"`
				NewCommitment string `json:"newCommitment"`
				Verifier      string `json:"verifier"`
				// Keys says what kind of keys the proof holds under: anyone who made
				// development keys can make such a proof of anything.
				Keys prover.Kind `json:"keys"`
			}{
				true, proof.Shape, len(published.Transfers),
				files.FormatElement(published.Old), files.FormatElement(published.New), fmt.Sprintf("0x%x", proof.Verifier), key.Kind(),
			}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "The proof holds: %d transfers\n  from %s\n  to   %s\n  for the verifier at %s\n  under %s keys\n",
					result.Transfers, result.OldCommitment, result.NewCommitment, result.Verifier, result.Keys)
				return err
			})
		})
	cmd.Flags().StringVar(&path, "proof", "", "proof file")
	if err := cmd.MarkFlagRequired("proof"); err != nil {
		panic(err) // the flag was added one line above
	}
	return cmd
}

func (a *app) runVerify(ctx context.Context, path string) (*prover.Proof, *protocol.Published, *prover.VerifyingKey, error) {
	proof, err := load("proof", path, func(r io.Reader) (*prover.Proof, error) {
		data, err := io.ReadAll(io.LimitReader(r, 4*prover.MaxPublished))
		if err != nil {
			return nil, err
		}
		return prover.DecodeProof(data)
	})
	if err != nil {
		return nil, nil, nil, err
	}
	published, err := protocol.ParsePublished(proof.Published)
	if err != nil {
		return nil, nil, nil, inputError(fmt.Errorf("--proof: %s: published: %w", path, err))
	}
	shape, err := circuits.ShapeByName(proof.Shape)
	if err != nil {
		return nil, nil, nil, inputError(fmt.Errorf("--proof: %s: shape: %w", path, err))
	}
	statement, err := published.Statement(shape, proof.Verifier)
	if err != nil {
		return nil, nil, nil, inputError(fmt.Errorf("--proof: %s: published: %w", path, err))
	}
	if proof.Statement != prover.Statement(statement) {
		return nil, nil, nil, refusedError(fmt.Errorf("%s: the statement is not about the published data", path))
	}
	circuit, err := compile(ctx, shape)
	if err != nil {
		return nil, nil, nil, err
	}
	store, err := a.store()
	if err != nil {
		return nil, nil, nil, err
	}
	key, err := store.LoadVerifyingKey(ctx, circuit.Design(), circuit.Digest())
	if err != nil {
		return nil, nil, nil, err
	}
	if err := key.Verify(proof); err != nil {
		return nil, nil, nil, refusedError(fmt.Errorf("%s: %w", path, err))
	}
	return proof, published, key, nil
}
