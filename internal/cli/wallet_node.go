package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// nodeFlags say which node is asked, and how far it is believed.
type nodeFlags struct {
	wallet        walletFlags
	rollup        rollupFlags
	node          endpointFlag
	newReceiptKey bool
}

func (f *nodeFlags) add(cmd *cobra.Command) {
	f.wallet.add(cmd)
	f.rollup.add(cmd)
	cmd.Flags().Var(&f.node, "node", "the rollup's node: URL of its JSON-RPC")
	cmd.Flags().BoolVar(&f.newReceiptKey, "new-receipt-key", false, "accept that the operator signs receipts with another key than before")
	if err := cmd.MarkFlagRequired("node"); err != nil {
		panic(err) // the flag was added above
	}
}

// nodeCommand makes a command that talks to a node.
func (a *app) nodeCommand(use, short, long, example string, run func(ctx context.Context, n *nodeRun) error) (*cobra.Command, *nodeFlags) {
	f := new(nodeFlags)
	cmd := a.command(use, short, long, example, func(ctx context.Context) error {
		n := &nodeRun{app: a, flags: f}
		defer n.close()
		if err := n.open(ctx); err != nil {
			return walletError(err)
		}
		return walletError(run(ctx, n))
	})
	f.add(cmd)
	return cmd, f
}

// nodeRun is a command that talks to a node, under way.
type nodeRun struct {
	*app
	flags  *nodeFlags
	dir    *wallets.Dir
	wallet *wallets.Wallet
	rollup *wallets.RollupInfo
	id     fr.Element // the rollup's
	layer1 *layerOne  // nil without --l1
	client *client.Client
	config *wire.RollupConfig
}

func (n *nodeRun) close() {
	if n.client != nil {
		n.client.Close()
	}
	if n.layer1 != nil {
		n.layer1.close()
	}
}

// open opens the wallet and connects to the node, which has to be one of the
// rollup that the wallet knows, and to sign receipts with the key that it had
// before.
func (n *nodeRun) open(ctx context.Context) (err error) {
	if n.dir, n.wallet, err = n.flags.wallet.open(); err != nil {
		return err
	}
	if n.rollup, n.layer1, err = n.flags.rollup.resolve(ctx, n.wallet); err != nil {
		return err
	}
	n.id = n.rollup.ID()
	if n.client, err = client.Dial(ctx, n.flags.node.endpoint); err != nil {
		return usageError(fmt.Errorf("--node: %w", err))
	}
	if n.config, err = n.client.RollupConfig(ctx); err != nil {
		return err
	}
	if n.config.ChainID != n.rollup.ChainID || common.Address(n.config.Contract) != n.rollup.Contract {
		return fmt.Errorf("%w: the node is one of %s on chain %d, the wallet means %s", wallets.ErrRollup,
			n.config.Contract, n.config.ChainID, n.rollup.Rollup)
	}
	if err := n.rollup.CheckID(fr.Element(n.config.RollupID)); err != nil {
		return err
	}
	if err := n.wallet.PinReceiptKey(n.id, common.Address(n.config.Operator), n.flags.newReceiptKey); err != nil {
		return fmt.Errorf("%w; --new-receipt-key accepts it", err)
	}
	return nil
}

// reload takes up what the wallet has learned.
func (n *nodeRun) reload() error {
	info, err := n.wallet.Rollup(n.id)
	n.rollup = &info
	return err
}

// discover has the node tell the owner's accounts, and has the wallet know those
// that have one of its keys. The others are the owner's as well, but nothing can be
// signed for them with this wallet.
func (n *nodeRun) discover(ctx context.Context) (own, others []wire.OwnedAccount, err error) {
	for account, err := range n.client.Accounts(ctx, protocol.Owner(n.wallet.Address())) {
		if err != nil {
			return nil, nil, err
		}
		plain := account.Account()
		switch err := n.wallet.AddAccount(n.id, account.Index, &plain); {
		case errors.Is(err, wallets.ErrNotOwn) && common.Address(account.Owner) == n.wallet.Address():
			others = append(others, account)
		case err != nil:
			return nil, nil, err
		default:
			own = append(own, account)
		}
	}
	return own, others, n.reload()
}

// proofPatience is how long the node may lag behind layer 1, or ahead of it.
const proofPatience = 20 * time.Second

// errNotFinal says that an account is not in the state that layer 1 has.
var errNotFinal = errors.New("the account is not in a state that layer 1 has accepted")

// prove returns an account as it is in the newest final state, which the node
// proves and layer 1 confirms. The node is not believed in anything.
func (n *nodeRun) prove(ctx context.Context, index protocol.Index) (protocol.Account, error) {
	for begin := time.Now(); ; {
		final, err := n.layer1.final(ctx)
		if err != nil {
			return protocol.Account{}, err
		}
		p, err := n.client.AccountProof(ctx, index, wire.Committed)
		switch {
		case err == nil && p.Batch == final.Number:
			return checkProof(n.id, final, index, p)
		case err != nil && !errors.Is(err, wire.ErrNotKept):
			return protocol.Account{}, err
		case time.Since(begin) > proofPatience:
			return protocol.Account{}, fmt.Errorf("%w: the node does not prove account %d in the state of batch %d, the newest that layer 1 has accepted",
				wallets.ErrProof, index, final.Number)
		}
		if err := sleep(ctx, pause); err != nil {
			return protocol.Account{}, err
		}
	}
}

func checkProof(id fr.Element, final wallets.Final, index protocol.Index, p *wire.AccountProof) (protocol.Account, error) {
	if p.Index != index {
		return protocol.Account{}, fmt.Errorf("%w: the node shows account %d instead of account %d", wallets.ErrProof, p.Index, index)
	}
	if p.Account == nil {
		if err := p.Verify(id, final.Commitment); err != nil { // that it is absent
			return protocol.Account{}, fmt.Errorf("%w: %w", wallets.ErrProof, err)
		}
		return protocol.Account{}, fmt.Errorf("%w: account %d, as of batch %d: wait until the batch that opens it is final", errNotFinal, index, final.Number)
	}
	proof := statetree.Proof{Index: p.Index, Leaf: fr.Element(p.Leaf)}
	for level := range p.Siblings {
		for i := range p.Siblings[level] {
			proof.Siblings[level][i] = fr.Element(p.Siblings[level][i])
		}
	}
	account := p.Account.Account()
	return account, final.CheckProof(id, &proof, &account)
}

// told returns an account as the node tells it: in the pending state, unproven.
func (n *nodeRun) told(ctx context.Context, index protocol.Index) (protocol.Account, *wire.Account, error) {
	a, err := n.client.AccountIn(ctx, index, wire.Pending)
	if err != nil {
		return protocol.Account{}, nil, err
	}
	if a.Index != index || a.Pending == nil {
		return protocol.Account{}, nil, fmt.Errorf("the node does not say what account %d has", index)
	}
	return protocol.Account{
		Key: a.Key.Public(), Owner: protocol.Owner(a.Owner), Token: a.Token,
		Nonce: a.Pending.Nonce, Balance: protocol.Amount(a.Pending.Balance),
	}, a, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
