package cli

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit"
)

// rollupFlags say which rollup is meant, and where layer 1 answers.
type rollupFlags struct {
	l1        endpointFlag
	contract  addressFlag
	chainID   uint64
	blockHash hashFlag
	fromBlock uint64
	cmd       *cobra.Command
}

func (f *rollupFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	flags := cmd.Flags()
	flags.Var(&f.l1, "l1", "layer-1 node of your own or one that you trust: URL of its JSON-RPC, or path of its IPC socket")
	flags.Var(&f.contract, "contract", "address of the rollup's contract (the one that the wallet knows, if it is not given)")
	flags.Uint64Var(&f.chainID, "chain-id", 0, "ID of the layer-1 chain (that of --l1, or the one that the wallet knows, if it is not given)")
	flags.Var(&f.blockHash, "block-hash", "hash of the block before the contract's deployment, for a rollup that the wallet does not know, without --l1")
	flags.Uint64Var(&f.fromBlock, "from-block", 0, "block of the contract's deployment (looked for on an archive node if it is not given)")
	cmd.MarkFlagsMutuallyExclusive("block-hash", "l1")
}

// hashFlag is a block's hash.
type hashFlag struct {
	hash common.Hash
	set  bool
}

// Set implements pflag.Value.
func (f *hashFlag) Set(s string) error {
	if err := f.hash.UnmarshalText([]byte(s)); err != nil {
		return errors.New("want 0x and 64 hexadecimal digits")
	}
	f.set = true
	return nil
}

// String implements pflag.Value.
func (f *hashFlag) String() string {
	if !f.set {
		return ""
	}
	return f.hash.Hex()
}

// Type implements pflag.Value.
func (f *hashFlag) Type() string { return "hash" }

// layerOne is the rollup's contract, as a node of layer 1 shows it.
type layerOne struct {
	session   *exits.Session
	finalized func(context.Context) (l1submit.Finalized, error)
	close     func()
}

// final reads the newest final state.
func (l *layerOne) final(ctx context.Context) (wallets.Final, error) {
	f, err := l.finalized(ctx)
	if err != nil {
		return wallets.Final{}, layerOneError(err)
	}
	return wallets.Final{Number: f.Number, Commitment: f.Commitment}, nil
}

// resolve finds the rollup in the wallet, or makes the wallet know it. The layer-1
// contract is nil without --l1; the caller closes it.
func (f *rollupFlags) resolve(ctx context.Context, w *wallets.Wallet) (*wallets.RollupInfo, *layerOne, error) {
	candidates := f.known(w)
	if f.l1.endpoint != "" {
		return f.resolveOnChain(ctx, w, candidates)
	}
	switch {
	case f.blockHash.set:
		if !f.contract.set || !f.cmd.Flags().Changed("chain-id") {
			return nil, nil, usageError(errors.New("--block-hash needs --contract and --chain-id"))
		}
		return f.learn(w, wallets.Rollup{ChainID: f.chainID, Contract: f.contract.address, BlockHash: f.blockHash.hash}, nil)
	case len(candidates) == 1:
		return &candidates[0], nil, nil
	case len(candidates) > 1:
		return nil, nil, usageError(fmt.Errorf("the wallet knows several rollups that it could be: name one with --contract, --chain-id or --l1: %s", joinRollups(candidates)))
	case f.contract.set:
		return nil, nil, usageError(errors.New("the wallet does not know this rollup yet: give --l1, or --chain-id and --block-hash"))
	}
	return nil, nil, usageError(errors.New("the wallet knows no rollup yet: give --contract, and --l1 or --chain-id and --block-hash"))
}

// known returns the rollups of the wallet that the flags can mean.
func (f *rollupFlags) known(w *wallets.Wallet) []wallets.RollupInfo {
	var found []wallets.RollupInfo
	for _, r := range w.Rollups() {
		if (!f.contract.set || r.Contract == f.contract.address) && (!f.cmd.Flags().Changed("chain-id") || r.ChainID == f.chainID) &&
			(!f.blockHash.set || r.BlockHash == f.blockHash.hash) {
			found = append(found, r)
		}
	}
	return found
}

func joinRollups(rollups []wallets.RollupInfo) string {
	text := ""
	for i, r := range rollups {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s (block hash %s)", r.Rollup, r.BlockHash)
	}
	return text
}

func (f *rollupFlags) learn(w *wallets.Wallet, r wallets.Rollup, l *layerOne) (*wallets.RollupInfo, *layerOne, error) {
	fail := func(err error) (*wallets.RollupInfo, *layerOne, error) {
		if l != nil {
			l.close()
		}
		return nil, nil, walletError(err)
	}
	if err := w.AddRollup(r); err != nil {
		return fail(err)
	}
	info, err := w.Rollup(r.ID())
	if err != nil {
		return fail(err)
	}
	return &info, l, nil
}

// resolveOnChain asks layer 1 which rollup it is.
func (f *rollupFlags) resolveOnChain(ctx context.Context, w *wallets.Wallet, candidates []wallets.RollupInfo) (*wallets.RollupInfo, *layerOne, error) {
	if !f.contract.set {
		contracts := make(map[common.Address]bool)
		for _, r := range candidates {
			contracts[r.Contract] = true
		}
		if len(contracts) != 1 {
			return nil, nil, usageError(errors.New("which rollup? Give --contract"))
		}
		f.contract.address = candidates[0].Contract
	}
	target := exits.Target{Contract: f.contract.address}
	if f.cmd.Flags().Changed("chain-id") {
		target.ChainID = new(big.Int).SetUint64(f.chainID)
	}
	if f.cmd.Flags().Changed("from-block") {
		target.Deployed = &f.fromBlock
	}
	client, err := exits.Dial(ctx, f.l1.endpoint)
	if err != nil {
		return nil, nil, layerOneError(err)
	}
	l := &layerOne{close: client.Close}
	fail := func(err error) (*wallets.RollupInfo, *layerOne, error) {
		l.close()
		return nil, nil, layerOneError(err)
	}
	session, err := exits.Open(ctx, client, target)
	if err != nil {
		return fail(err)
	}
	l.session = session
	l.finalized = l1submit.OpenRollup(session.Chain(), session.Contract(), 0).Finalized
	chain := session.Chain().ChainID()
	if !chain.IsUint64() {
		return fail(fmt.Errorf("the chain's ID %v does not fit into 64 bits", chain))
	}
	for _, r := range candidates { // the ID has the chain, the contract and the block in it
		if r.ChainID == chain.Uint64() && r.ID() == session.RollupID() {
			return &r, l, nil
		}
	}
	rollup, err := session.Events(ctx)
	if err != nil {
		return fail(err)
	}
	header, err := client.HeaderByNumber(ctx, new(big.Int).SetUint64(max(rollup.Deployed(), 1)-1))
	if err != nil {
		return fail(fmt.Errorf("read the block before the deployment: %w", err))
	}
	r := wallets.Rollup{ChainID: chain.Uint64(), Contract: session.Contract(), BlockHash: header.Hash()}
	if err := r.CheckID(session.RollupID()); err != nil {
		if target.Deployed != nil {
			err = usageError(fmt.Errorf("--from-block: the contract was not deployed in block %d, or the node is wrong: %w", f.fromBlock, err))
		}
		return fail(walletError(err))
	}
	return f.learn(w, r, l)
}

// pause is how long to wait before asking a node again.
const pause = 500 * time.Millisecond
