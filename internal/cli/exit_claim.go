package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/protocol"
)

func (a *app) exitClaim() *cobra.Command {
	var token uint32
	var owner addressFlag
	var cmd *cobra.Command
	cmd, _ = a.sending("claim", "Take what is credited on layer 1",
		`Claim pays an owner what withdrawals, forced exits, escapes and refunds have
credited: of every token, or of one. Anybody may pay for the transactions; the
money goes to the owner.`,
		exitExample("claim")+keyExample,
		func(ctx context.Context, e *exitRun) error {
			whose, err := e.owner(ctx, &owner)
			if err != nil {
				return err
			}
			var only *protocol.Token
			if cmd.Flags().Changed("token") {
				only = new(protocol.Token(token))
			}
			a.say("claim")
			claimed, err := e.session.Claim(ctx, e.wallet, only, whose)
			if err != nil {
				return withDone(err, claimed, func(c exits.Claimed) string {
					return fmt.Sprintf("claimed %s (transaction %s)", valueText(c.Value), c.Transaction.Hash)
				})
			}
			result := struct {
				Owner   common.Address  `json:"owner"`
				Claimed []exits.Claimed `json:"claimed"`
			}{whose, claimed}
			return a.print(result, func(out io.Writer) error {
				return lines(out, claimed, func(c exits.Claimed) string {
					return fmt.Sprintf("%s has been paid %s\n  %s", whose, valueText(c.Value), sentText(c.Transaction))
				})
			})
		})
	cmd.Flags().Uint32Var(&token, "token", 0, "number of the token, 0 for ether (all tokens if it is not given)")
	cmd.Flags().Var(&owner, "owner", "whose credit is claimed (the sender's if it is not given)")
	return cmd
}

// withDone adds to the error of a command that ended half-way what it has done.
func withDone[T any](err error, done []T, line func(T) string) error {
	for _, d := range done {
		err = errors.Join(err, errors.New("before that: "+line(d)))
	}
	return err
}
