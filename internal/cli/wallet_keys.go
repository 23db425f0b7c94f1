package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

// walletMade is what new and import print.
type walletMade struct {
	Address   common.Address `json:"address"`
	Directory string         `json:"directory"`
	External  bool           `json:"external"` // the key is with an external signer
}

func (a *app) printWallet(made walletMade) error {
	return a.print(made, func(out io.Writer) error {
		if made.External {
			return walletLine(out, "The wallet of %s is in %s.\nIts layer-1 key stays with the external signer.", made.Address, made.Directory)
		}
		return walletLine(out, "The wallet of %s is in %s.\n"+
			"Make a copy of its key store, and keep the password: without both, what the wallet owns is lost.", made.Address, made.Directory)
	})
}

func (a *app) walletNew() *cobra.Command {
	var f walletFlags
	var light bool
	cmd := a.command("new", "Make a wallet",
		`New makes a layer-1 key, encrypts it under a password, and keeps it in
go-ethereum's key store format. It is the key that owns accounts on every rollup
and pays on layer 1; layer-2 keys are derived from it (quire wallet address).`,
		"  quire wallet new\n  quire wallet new --password-file password --json",
		func(context.Context) error {
			if err := checkPassword(f.passwordFile); err != nil {
				return err
			}
			dir, err := f.directory()
			if err != nil {
				return err
			}
			address, err := dir.New(a.password(f.passwordFile, "the new wallet", true), kdf(light))
			if err != nil {
				return walletError(err)
			}
			return a.printWallet(walletMade{Address: address, Directory: dir.Path()})
		})
	f.addDir(cmd)
	f.addPassword(cmd)
	kdfFlag(cmd, &light)
	return cmd
}

func (a *app) walletImport() *cobra.Command {
	var f walletFlags
	var light bool
	var keyFile, keyPasswordFile, rawKeyFile string
	var external addressFlag
	cmd := a.command("import", "Make a wallet for a layer-1 key that there is",
		`Import makes a wallet for a layer-1 account: of an encrypted key file
(--key-file), of a file with a bare key of 64 hexadecimal digits
(--raw-key-file), which you should destroy then, or of an external signer that
keeps the key (--external), which is asked only when a layer-2 key is derived.
The key is encrypted anew, under the wallet's password.`,
		"  quire wallet import --key-file ~/.ethereum/keystore/UTC--2026…\n  quire wallet import --external 0x52c9…",
		func(context.Context) (err error) {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			if external.set {
				if err := dir.ImportExternal(external.address); err != nil {
					return walletError(err)
				}
				return a.printWallet(walletMade{Address: external.address, Directory: dir.Path(), External: true})
			}
			if err := checkPassword(f.passwordFile); err != nil {
				return err
			}
			// A key file's password is the wallet's as well, unless there are two.
			password := a.password(f.passwordFile, "the wallet", rawKeyFile != "" || keyPasswordFile != "")
			var key *wallets.KeySigner
			switch {
			case rawKeyFile != "":
				key, err = wallets.OpenRawKeyFile(rawKeyFile)
			case keyPasswordFile != "":
				key, err = wallets.OpenKeyFile(keyFile, signer.PasswordFile(keyPasswordFile))
			default:
				key, err = wallets.OpenKeyFile(keyFile, password)
			}
			if err != nil {
				return inputError(err)
			}
			defer func() { err = errors.Join(err, key.Close()) }()
			if err := dir.Import(key, password, kdf(light)); err != nil {
				return walletError(err)
			}
			return a.printWallet(walletMade{Address: key.Address(), Directory: dir.Path()})
		})
	f.addDir(cmd)
	f.addPassword(cmd)
	kdfFlag(cmd, &light)
	flags := cmd.Flags()
	flags.StringVar(&keyFile, "key-file", "", "encrypted key file (Web3 Secret Storage, version 3)")
	flags.StringVar(&keyPasswordFile, "key-password-file", "", "file with the key file's password, if it is another than the wallet's")
	flags.StringVar(&rawKeyFile, "raw-key-file", "", "file with the bare key, readable by nobody else")
	flags.Var(&external, "external", "address of an account whose key is with an external signer")
	cmd.MarkFlagsMutuallyExclusive("key-file", "raw-key-file", "external")
	cmd.MarkFlagsOneRequired("key-file", "raw-key-file", "external")
	cmd.MarkFlagsMutuallyExclusive("key-password-file", "raw-key-file")
	cmd.MarkFlagsMutuallyExclusive("key-password-file", "external")
	return cmd
}

// walletListed is a wallet in the answer of list.
type walletListed struct {
	Address common.Address `json:"address"`
	Key     bool           `json:"key"` // the layer-1 key is in the directory
	Rollups []rollupListed `json:"rollups"`
}

type rollupListed struct {
	ChainID  uint64          `json:"chainID"`
	Contract common.Address  `json:"contract"`
	RollupID string          `json:"rollupID"`
	Keys     []uint32        `json:"keys"`
	Accounts []accountListed `json:"accounts"`
}

type accountListed struct {
	Index protocol.Index `json:"index"`
	Token protocol.Token `json:"token"`
	Key   uint32         `json:"key"`
}

func (a *app) walletList() *cobra.Command {
	var f walletFlags
	cmd := a.command("list", "List the wallets, and what they know",
		`List shows the wallets of the directory, the rollups that each knows, and its
accounts there. It asks nobody and needs no password.`,
		"  quire wallet list",
		func(context.Context) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			found, err := dir.List()
			if err != nil {
				return walletError(err)
			}
			list := []walletListed{}
			for _, address := range found {
				w, err := dir.Open(address)
				if err != nil {
					return walletError(err)
				}
				entry := walletListed{Address: address, Rollups: []rollupListed{}}
				if entry.Key, err = dir.HasKey(address); err != nil {
					return walletError(err)
				}
				for _, r := range w.Rollups() {
					entry.Rollups = append(entry.Rollups, listRollup(&r))
				}
				list = append(list, entry)
			}
			return a.print(list, func(out io.Writer) error { return printWallets(out, dir, list) })
		})
	f.addDir(cmd)
	return cmd
}

func listRollup(r *wallets.RollupInfo) rollupListed {
	listed := rollupListed{
		ChainID: r.ChainID, Contract: r.Contract, RollupID: files.FormatElement(r.ID()), Keys: []uint32{}, Accounts: []accountListed{},
	}
	for _, k := range r.Keys {
		listed.Keys = append(listed.Keys, k.Number)
	}
	for _, account := range r.Accounts {
		listed.Accounts = append(listed.Accounts, accountListed{account.Index, account.Token, account.Key})
	}
	return listed
}

func printWallets(out io.Writer, dir *wallets.Dir, list []walletListed) error {
	if len(list) == 0 {
		return walletLine(out, "There is no wallet in %s.", dir.Path())
	}
	for _, w := range list {
		where := ""
		if !w.Key {
			where = ", its key with an external signer"
		}
		if err := walletLine(out, "%s%s", w.Address, where); err != nil {
			return err
		}
		for _, r := range w.Rollups {
			if err := walletLine(out, "  rollup %s on chain %d, layer-2 keys %v", r.Contract, r.ChainID, r.Keys); err != nil {
				return err
			}
			for _, account := range r.Accounts {
				text := fmt.Sprintf("    account %d, token %d", account.Index, account.Token)
				if account.Key != 0 {
					text += fmt.Sprintf(", key %d", account.Key)
				}
				if err := walletLine(out, "%s", text); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
