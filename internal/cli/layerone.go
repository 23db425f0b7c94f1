package cli

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/signer"
)

// layerOneFlags say where a rollup is.
type layerOneFlags struct {
	url       endpointFlag
	contract  addressFlag
	chainID   uint64
	fromBlock uint64
}

// layerOne adds the flags that say where a rollup is, and returns them.
func (f *layerOneFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&f.url, "l1", "layer-1 node: URL of its JSON-RPC, or path of its IPC socket")
	flags.Var(&f.contract, "contract", "address of the rollup's contract")
	flags.Uint64Var(&f.chainID, "chain-id", 0, "chain that the node has to be of (any if it is not given)")
	flags.Uint64Var(&f.fromBlock, "from-block", 0, "block of the contract's deployment, or one before it (looked for on an archive node if it is not given)")
	for _, name := range []string{"l1", "contract"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag was added above
		}
	}
}

// open connects to the node and looks whether the rollup is there. The caller
// closes the client.
func (f *layerOneFlags) open(ctx context.Context, cmd *cobra.Command) (*exits.Session, *ethclient.Client, error) {
	target := exits.Target{Contract: f.contract.address}
	if cmd.Flags().Changed("chain-id") {
		target.ChainID = new(big.Int).SetUint64(f.chainID)
	}
	if cmd.Flags().Changed("from-block") {
		target.Deployed = &f.fromBlock
	}
	client, err := exits.Dial(ctx, f.url.endpoint)
	if err != nil {
		return nil, nil, layerOneError(err)
	}
	session, err := exits.Open(ctx, client, target)
	if err != nil {
		client.Close()
		return nil, nil, layerOneError(err)
	}
	return session, client, nil
}

// layerOneError gives an error its exit code.
func layerOneError(err error) error {
	is := func(causes ...error) bool {
		for _, cause := range causes {
			if errors.Is(err, cause) {
				return true
			}
		}
		return false
	}
	var known *exitError
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case is(exits.ErrChain, l1submit.ErrNoDeployment, l1submit.ErrNotRollup, exits.ErrTokenUnknown):
		return usageError(err)
	case exits.Refused(err), is(signer.ErrRefused):
		return refusedError(err)
	}
	return err
}

// notMined is what an interrupted command says if it has sent a transaction.
func notMined(err error) error {
	if errors.Is(err, l1submit.ErrNotMined) {
		return fmt.Errorf("interrupted: %w: look for it before you run the command again", err)
	}
	return errors.New("interrupted")
}
