package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
)

func (a *app) exitRefund() *cobra.Command {
	var positions []uint
	var payer addressFlag
	cmd, _ := a.sending("refund", "Take back deposits that a frozen rollup never processed",
		`Refund credits deposits that no proven batch took to who had paid them, after a
freeze: all of them, or those at some positions of the queue (quire exit status
lists them). quire exit claim then pays.`,
		exitExample("refund")+keyExample,
		func(ctx context.Context, e *exitRun) error {
			whose, err := e.owner(ctx, &payer)
			if err != nil {
				return err
			}
			places := make([]uint64, len(positions))
			for i, p := range positions {
				places[i] = uint64(p)
			}
			a.say("read the queue and take the deposits back")
			refunded, err := e.session.Refund(ctx, e.wallet, whose, places...)
			if err != nil {
				return withDone(err, refunded, func(r exits.Refunded) string {
					return fmt.Sprintf("took back the deposit at position %d (transaction %s)", r.Position, r.Transaction.Hash)
				})
			}
			result := struct {
				Payer    common.Address   `json:"payer"`
				Refunded []exits.Refunded `json:"refunded"`
			}{whose, refunded}
			return a.print(result, func(out io.Writer) error {
				err := lines(out, refunded, func(r exits.Refunded) string {
					return fmt.Sprintf("The deposit at position %d is credited to %s: %s\n  %s",
						r.Position, r.Payer, valueText(r.Value), sentText(r.Transaction))
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(out, "It is paid by quire exit claim.")
				return err
			})
		})
	cmd.Flags().UintSliceVar(&positions, "position", nil, "position of the deposit in the queue, several with commas (all of the payer's if it is not given)")
	cmd.Flags().Var(&payer, "payer", "who paid the deposits (the sender if it is not given)")
	return cmd
}
