package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/spf13/cobra"

	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/protocol"
)

func (a *app) walletDeposit() *cobra.Command {
	var f walletFlags
	var rollup rollupFlags
	var token, number uint32
	var amountText string
	var external endpointFlag
	maxFee := etherFlag{big.NewInt(1e16)}
	cmd := a.command("deposit", "Bring in from layer 1",
		`Deposit pays the rollup's contract on layer 1, from the wallet's layer-1 account,
and so credits the wallet's account of the token on layer 2, or opens it. The
operator has to process it by the deadline that is printed. It costs layer 1's gas
and the queue's fee, which is compared with --max-fee. Of a token, the contract is
allowed to take the amount first, in a transaction of its own.`,
		"  quire wallet deposit --l1 http://127.0.0.1:8545 --contract 0x6f1a… --amount 1000000000000000000",
		func(ctx context.Context) (err error) {
			if rollup.l1.endpoint == "" {
				return usageError(errors.New("a deposit is paid on layer 1: give --l1"))
			}
			amount, err := wallets.ParseAmount(amountText)
			if err != nil {
				return usageError(fmt.Errorf("--amount: %w", err))
			}
			dir, w, err := f.open()
			if err != nil {
				return err
			}
			r, layer1, err := rollup.resolve(ctx, w)
			if err != nil {
				return err
			}
			defer layer1.close()
			key, err := r.Key(number)
			if err != nil {
				return walletError(fmt.Errorf("%w (quire wallet address)", err))
			}
			// Layer 1's key, as quire exit takes it.
			signing := &signingFlags{passwordFile: f.passwordFile, signer: external, from: addressFlag{address: w.Address(), set: true}}
			if external.endpoint == "" {
				signing.keystore = dir.Keystore()
			}
			if err := signing.check(); err != nil {
				return err
			}
			sender := a.wallet(signing, layer1.session.Chain())
			defer func() { err = errors.Join(err, sender.close()) }()
			a.say("deposit on layer 1")
			result, err := layer1.session.Deposit(ctx, sender, exits.Deposit{
				Deposit: protocol.Deposit{Key: key.Public, Owner: protocol.Owner(w.Address()), Token: protocol.Token(token), Amount: amount},
				Sender:  w.Address(), MaxFee: maxFee.wei,
			})
			if err != nil {
				return layerOneError(err)
			}
			return a.print(result, func(out io.Writer) error {
				return walletLine(out, "Deposited %s of token %d, at position %d of the queue, for a fee of %s ether.\n  %s\n"+
					"quire wallet balance shows it once a batch has credited it, by %s at the latest.",
					result.Amount, result.Token, result.Position, exactEther(result.Fee), sentText(result.Transaction), timeText(result.Due))
			})
		})
	f.add(cmd)
	f.addPassword(cmd)
	rollup.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&amountText, "amount", "", "how much, in the token's smallest unit")
	flags.Uint32Var(&token, "token", 0, "number of the token; 0 is ether")
	flags.Uint32Var(&number, "key", 0, "number of the layer-2 key")
	flags.Var(&maxFee, "max-fee", "most to pay the queue, in ether")
	flags.Var(&external, "signer", "external signer (clef's protocol) that has the layer-1 key: URL, or path of its IPC socket")
	if err := cmd.MarkFlagRequired("amount"); err != nil {
		panic(err) // the flag was added above
	}
	return cmd
}
