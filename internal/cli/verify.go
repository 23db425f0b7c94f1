package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
	"github.com/quirezk/quire/prover"
)

func (a *app) verify() *cobra.Command {
	var path string
	cmd := a.command("verify", "Verify a proof file",
		`Verify checks that a proof file's statement is about its published data, and that
the proof holds under the verifying key in the key store. The circuit is compiled
to know which key that is. The proof is of a batch, or of an escape (quire exit
escape --proof-only).`,
		"  quire verify --proof proof.json",
		func(ctx context.Context) error {
			proof, err := loadProof(path)
			if err != nil {
				return err
			}
			if proof.Shape == exit.Name {
				return a.verifyEscape(ctx, path, proof)
			}
			return a.verifyBatch(ctx, path, proof)
		})
	cmd.Flags().StringVar(&path, "proof", "", "proof file")
	if err := cmd.MarkFlagRequired("proof"); err != nil {
		panic(err) // the flag was added one line above
	}
	return cmd
}

// loadProof reads the proof file that --proof names.
func loadProof(path string) (*prover.Proof, error) {
	return load("proof", path, func(r io.Reader) (*prover.Proof, error) {
		data, err := io.ReadAll(io.LimitReader(r, 4*prover.MaxPublished))
		if err != nil {
			return nil, err
		}
		return prover.DecodeProof(data)
	})
}

func (a *app) verifyBatch(ctx context.Context, path string, proof *prover.Proof) error {
	published, err := protocol.ParsePublished(proof.Published)
	if err != nil {
		return inputError(fmt.Errorf("--proof: %s: published: %w", path, err))
	}
	shape, err := circuits.ShapeByName(proof.Shape)
	if err != nil {
		return inputError(fmt.Errorf("--proof: %s: shape: %w, and %s", path, err, exit.Name))
	}
	statement, err := published.Statement(shape, proof.Verifier)
	if err != nil {
		return inputError(fmt.Errorf("--proof: %s: published: %w", path, err))
	}
	if proof.Statement != prover.Statement(statement) {
		return refusedError(fmt.Errorf("%s: the statement is not about the published data", path))
	}
	key, err := a.checkProof(ctx, path, proof)
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
}

func (a *app) verifyEscape(ctx context.Context, path string, proof *prover.Proof) error {
	claim, err := exits.ParseEscape(proof.Published)
	if err != nil {
		return inputError(fmt.Errorf("--proof: %s: published: %w", path, err))
	}
	if _, err := exits.ProvenEscape(proof); err != nil {
		return refusedError(fmt.Errorf("%s: %w", path, err))
	}
	key, err := a.checkProof(ctx, path, proof)
	if err != nil {
		return err
	}
	result := struct {
		Valid bool           `json:"valid"`
		Shape string         `json:"shape"`
		Index protocol.Index `json:"index"`
		Owner common.Address `json:"owner"`
		exits.Value
		Commitment string      `json:"commitment"` // to the state in which that is so
		Verifier   string      `json:"verifier"`
		Keys       prover.Kind `json:"keys"`
	}{
		true, proof.Shape, claim.Index, common.Address(claim.Owner),
		exits.Value{Token: claim.Token, Amount: claim.Balance.Dec()},
		files.FormatElement(claim.Commitment), fmt.Sprintf("0x%x", proof.Verifier), key.Kind(),
	}
	return a.print(result, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "The proof holds: account %d of %s has %s\n  in the state %s\n  for the verifier at %s\n  under %s keys\n",
			result.Index, result.Owner, valueText(result.Value), result.Commitment, result.Verifier, result.Keys)
		return err
	})
}

// checkProof verifies a proof under the key in the key store, and returns that.
func (a *app) checkProof(ctx context.Context, path string, proof *prover.Proof) (*prover.VerifyingKey, error) {
	design, digest, err := keysOf(ctx, proof.Shape)
	if err != nil {
		return nil, err
	}
	store, err := a.store()
	if err != nil {
		return nil, err
	}
	key, err := store.LoadVerifyingKey(ctx, design, digest)
	if err != nil {
		return nil, err
	}
	if err := key.Verify(proof); err != nil {
		return nil, refusedError(fmt.Errorf("%s: %w", path, err))
	}
	return key, nil
}
