package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/witness"
)

// escapeFlags are the flags of quire exit escape.
type escapeFlags struct {
	indices          []uint
	owner            addressFlag
	proofOnly, proof string
	state            stateFlags
}

// escapeProof is what quire exit escape --proof-only prints.
type escapeProof struct {
	Proof string         `json:"proof"`
	Index uint32         `json:"index"`
	Owner common.Address `json:"owner"`
	exits.Value
	BatchNumber uint32 `json:"batchNumber"`
	// Keys says what kind of keys the proof was made with.
	Keys    prover.Kind `json:"keys"`
	Seconds float64     `json:"seconds"` // of proving
}

func (a *app) exitEscape() *cobra.Command {
	var f escapeFlags
	cmd, flags := a.sending("escape", "Take accounts out of a frozen rollup",
		`Escape credits accounts of a frozen rollup to their owner: all of the owner's that
hold something, or those that --index names. It rebuilds the last final state from
layer-1 data, makes a proof that the account stands in it, on this machine, and
submits it. quire exit claim then pays.

The keys of the exit circuit have to be those that the rollup was deployed with;
they are compared with the contract before any work. With --proof-only the proof
goes to a file, and no key signs; --proof submits such a file, from any machine
and any account.`,
		exitExample("escape")+keyExample+
			"\n"+exitExample("escape")+" \\\n    --owner 0x52c9… --index 7 --proof-only escape.json"+
			"\n"+exitExample("escape")+" --proof escape.json"+keyExample,
		func(ctx context.Context, e *exitRun) error {
			if f.proof != "" {
				return e.submitEscape(ctx, f.proof)
			}
			return e.escape(ctx, &f)
		})
	flags.unsigned = func() bool { return f.proofOnly != "" }
	cmd.Flags().UintSliceVar(&f.indices, "index", nil, "index of the account, several with commas (all of the owner's if it is not given)")
	cmd.Flags().Var(&f.owner, "owner", "whose accounts escape (the sender's if it is not given)")
	cmd.Flags().StringVar(&f.proofOnly, "proof-only", "", "write the proof of one account to this file, and submit nothing")
	cmd.Flags().StringVar(&f.proof, "proof", "", "submit the proof in this file")
	f.state.add(cmd)
	for _, other := range []string{"index", "owner", "proof-only", "dir"} {
		cmd.MarkFlagsMutuallyExclusive("proof", other)
	}
	for _, other := range []string{"keystore", "signer"} {
		cmd.MarkFlagsMutuallyExclusive("proof-only", other)
	}
	return cmd
}

// escape proves and submits, or writes, the escapes that the flags ask for.
func (e *exitRun) escape(ctx context.Context, f *escapeFlags) error {
	indices, err := checkIndices(f.indices...)
	if err != nil {
		return err
	}
	if f.proofOnly != "" {
		if err := checkOutputs([]output{{"proof-only", f.proofOnly}}); err != nil {
			return err
		}
		if !f.owner.set && !e.wallet.flags.from.set {
			return usageError(errors.New("--proof-only needs --owner: nobody signs whose accounts could be meant"))
		}
	}
	owner, err := e.owner(ctx, &f.owner)
	if err != nil {
		return err
	}
	// What can be wrong is looked at first, the slow work comes last.
	if err := e.session.RequireFrozen(ctx); err != nil {
		return err
	}
	store, err := e.store()
	if err != nil {
		return err
	}
	keys, err := e.session.Keys(ctx, store, e.observer())
	if err != nil {
		return err
	}
	snapshot, err := e.state(ctx, &f.state)
	if err != nil {
		return err
	}
	e.say("look for the accounts")
	sealed, err := e.session.SealEscape(ctx, snapshot, owner, indices...)
	if err != nil {
		return err
	}
	if f.proofOnly != "" {
		return e.writeEscape(ctx, f.proofOnly, keys, sealed)
	}
	var escaped []exits.Escaped
	for _, s := range sealed {
		proof, err := e.session.Prove(ctx, keys, s, e.observer())
		if err != nil {
			return escapedBefore(err, escaped)
		}
		e.say(fmt.Sprintf("submit the escape of account %d", s.Proof.Index))
		result, err := e.session.Escape(ctx, e.wallet, proof)
		if err != nil {
			return escapedBefore(err, escaped)
		}
		escaped = append(escaped, *result)
	}
	return e.printEscaped(escaped)
}

// writeEscape proves one escape and writes the proof.
func (e *exitRun) writeEscape(ctx context.Context, path string, keys *prover.Keys, sealed []*witness.SealedExit) error {
	if len(sealed) != 1 {
		return usageError(fmt.Errorf("--proof-only is for one account, the owner has %d: name one with --index", len(sealed)))
	}
	s, start := sealed[0], time.Now()
	proof, err := e.session.Prove(ctx, keys, s, e.observer())
	if err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	encoded, err := proof.Encode()
	if err != nil {
		return err
	}
	if err := saveAll(prepare(path, writeBytes, encoded)); err != nil {
		return err
	}
	result := &escapeProof{
		Proof: path, Index: uint32(s.Proof.Index), Owner: common.Address(s.Account.Owner),
		Value:       exits.Value{Token: s.Account.Token, Amount: s.Account.Balance.Dec()},
		BatchNumber: s.Number, Keys: keys.VerifyingKey().Kind(), Seconds: seconds,
	}
	return e.print(result, func(out io.Writer) error {
		_, err := fmt.Fprintf(out, "Proved in %.1f s that account %d of %s holds %s after batch %d.\n"+
			"The proof is in %s (%s keys): quire exit escape --proof %s submits it.\n",
			seconds, result.Index, result.Owner, valueText(result.Value), result.BatchNumber, path, result.Keys, path)
		return err
	})
}

// submitEscape submits the proof in a file.
func (e *exitRun) submitEscape(ctx context.Context, path string) error {
	proof, err := loadProof(path)
	if err != nil {
		return err
	}
	e.say("submit the escape")
	escaped, err := e.session.Escape(ctx, e.wallet, proof)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return e.printEscaped([]exits.Escaped{*escaped})
}

func (e *exitRun) printEscaped(escaped []exits.Escaped) error {
	result := struct {
		Escaped []exits.Escaped `json:"escaped"`
	}{escaped}
	return e.print(result, func(out io.Writer) error {
		err := lines(out, escaped, func(x exits.Escaped) string {
			return fmt.Sprintf("Account %d has escaped: %s credited to %s\n  %s", x.Index, valueText(x.Value), x.Owner, sentText(x.Transaction))
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, "It is paid by quire exit claim.")
		return err
	})
}

func escapedBefore(err error, escaped []exits.Escaped) error {
	return withDone(err, escaped, func(x exits.Escaped) string {
		return fmt.Sprintf("account %d escaped (transaction %s)", x.Index, x.Transaction.Hash)
	})
}
