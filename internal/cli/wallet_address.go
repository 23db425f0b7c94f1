package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

// addressReport is what wallet address prints.
type addressReport struct {
	Address  common.Address `json:"address"` // on layer 1
	ChainID  uint64         `json:"chainID"`
	Contract common.Address `json:"contract"`
	RollupID string         `json:"rollupID"`
	Key      uint32         `json:"key"`
	X        string         `json:"x"`
	Y        string         `json:"y"`
	Payment  string         `json:"paymentAddress"`
}

func (a *app) walletAddress() *cobra.Command {
	var f walletFlags
	var rollup rollupFlags
	var number uint32
	var external endpointFlag
	var light bool
	cmd := a.command("address", "Show where the wallet is paid on a rollup",
		`Address shows the wallet's layer-1 address, its public key on a rollup, and its
payment address: what somebody who pays it needs, since owner and key make an
account yours, and a number does not.

The first time, it makes the wallet know the rollup (by --contract, with --l1, or
offline with --chain-id and --block-hash) and derives the layer-2 key, from two
signatures of the layer-1 key over a message that says so, which takes the
password. An external signer (--signer) is asked for both.`,
		"  quire wallet address --l1 http://127.0.0.1:8545 --contract 0x6f1a…\n  quire wallet address --json",
		func(ctx context.Context) error {
			dir, w, err := f.open()
			if err != nil {
				return err
			}
			r, layer1, err := rollup.resolve(ctx, w)
			if err != nil {
				return err
			}
			if layer1 != nil {
				layer1.close()
			}
			key, err := r.Key(number)
			if errors.Is(err, wallets.ErrUnknown) {
				key, err = a.deriveKey(ctx, &f, dir, w, wallets.KeyID{Rollup: r.ID(), Number: number}, external.endpoint, kdf(light))
			}
			if err != nil {
				return walletError(err)
			}
			report := addressReport{
				Address: w.Address(), ChainID: r.ChainID, Contract: r.Contract, RollupID: files.FormatElement(r.ID()), Key: number,
				X: files.FormatElement(key.Public.X), Y: files.FormatElement(key.Public.Y),
				Payment: wallets.Address{Owner: protocol.Owner(w.Address()), Key: key.Public}.Format(r.ID()),
			}
			return a.print(report, func(out io.Writer) error { return printAddress(out, &report) })
		})
	f.add(cmd)
	f.addPassword(cmd)
	rollup.add(cmd)
	cmd.Flags().Uint32Var(&number, "key", 0, "number of the layer-2 key: another than 0 is for whoever wants a second one")
	cmd.Flags().Var(&external, "signer", "external signer (clef's protocol) that has the layer-1 key: URL, or path of its IPC socket")
	kdfFlag(cmd, &light)
	return cmd
}

// deriveKey derives a layer-2 key, from the layer-1 key in the directory or with an
// external signer.
func (a *app) deriveKey(ctx context.Context, f *walletFlags, dir *wallets.Dir, w *wallets.Wallet, id wallets.KeyID, external string, kdf wallets.KDF) (info wallets.KeyInfo, err error) {
	if err := checkPassword(f.passwordFile); err != nil {
		return info, err
	}
	var s interface {
		wallets.TypedSigner
		Close() error
	}
	var password *walletPassword
	if external != "" {
		password = a.password(f.passwordFile, fmt.Sprintf("the layer-2 key of %s", w.Address()), true)
		s, err = dialTypedSigner(ctx, external, w.Address())
	} else {
		password = a.password(f.passwordFile, w.Address().Hex(), false)
		s, err = dir.OpenKey(w.Address(), password)
	}
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	a.say("derive the layer-2 key")
	return w.DeriveKey(ctx, s, id, password, kdf)
}

func printAddress(out io.Writer, r *addressReport) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Owner\t%s on layer 1\n", r.Address)
	fmt.Fprintf(w, "Rollup\t%s on chain %d\n", r.Contract, r.ChainID)
	fmt.Fprintf(w, "Key %d\tx %s\n\ty %s\n", r.Key, r.X, r.Y)
	fmt.Fprintf(w, "Pay to\t%s\n", r.Payment)
	return w.Flush()
}
