package cli

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
)

func (a *app) exitRequest() *cobra.Command {
	var index uint32
	var unchecked bool
	var state stateFlags
	maxFee := etherFlag{big.NewInt(1e16)}
	cmd, _ := a.sending("request", "Force an account's whole balance out",
		`Request queues the forced exit of an account on layer 1. The operator has to
process it by the deadline that is printed, or anybody can freeze the rollup. The
balance is credited to the account's owner, for quire exit claim.

Only the owner's request moves anything, and every request costs the queue's fee,
which doubles with every 64 that wait. So the account is looked up first, in the
state rebuilt from layer 1, and the fee is compared with --max-fee.`,
		exitExample("request")+" --index 7"+keyExample,
		func(ctx context.Context, e *exitRun) error {
			indices, err := checkIndices(uint(index))
			if err != nil {
				return err
			}
			request := exits.Request{Index: indices[0], MaxFee: maxFee.wei}
			if request.Sender, err = e.wallet.address(ctx); err != nil {
				return err
			}
			if !unchecked {
				snapshot, err := e.state(ctx, &state)
				if err != nil {
					return err
				}
				request.State = snapshot
			}
			a.say("send the request")
			result, err := e.session.Request(ctx, e.wallet, request)
			if err != nil {
				return err
			}
			return a.print(result, func(out io.Writer) error {
				_, err := fmt.Fprintf(out, "The exit of account %d is requested, at position %d of the queue, for a fee of %s ether.\n"+
					"  %s\nIf it is not processed by %s, the rollup can be frozen: quire exit freeze.\n",
					result.Index, result.Position, exactEther(result.Fee), sentText(result.Transaction), timeText(result.Due))
				return err
			})
		})
	indexFlag(cmd, &index)
	cmd.Flags().BoolVar(&unchecked, "unchecked", false, "do not look whether the account is the sender's (it may not be in the state yet)")
	cmd.Flags().Var(&maxFee, "max-fee", "most to pay the queue, in ether")
	state.add(cmd)
	return cmd
}
