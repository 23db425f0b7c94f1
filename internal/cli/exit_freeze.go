package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (a *app) exitFreeze() *cobra.Command {
	var fork bool
	cmd, _ := a.sending("freeze", "Freeze a rollup whose operator ignores its users",
		`Freeze stops a rollup for ever because a deposit or forced exit has waited beyond
its deadline. From then on accounts leave with quire exit escape. Anybody may
freeze, and is credited the fees of all that waits.`,
		exitExample("freeze")+keyExample,
		func(ctx context.Context, e *exitRun) error {
			freeze := e.session.Freeze
			if fork {
				freeze = e.session.FreezeFork
			}
			a.say("read the queue and freeze")
			result, err := freeze(ctx, e.wallet)
			if err != nil {
				return err
			}
			return a.print(result, func(out io.Writer) error {
				_, err := fmt.Fprintf(out, "The rollup is frozen in the state after batch %d, with commitment\n  %s\n  %s\n"+
					"Accounts leave it with quire exit escape, deposits that wait with quire exit refund.\n",
					result.Number, result.Commitment, sentText(result.Transaction))
				return err
			})
		})
	cmd.Flags().BoolVar(&fork, "fork", false, "freeze the rollup's copy on a fork with another chain ID, where nothing is overdue")
	return cmd
}
