package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/quirezk/quire/aggregator/api/wire"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/protocol"
)

// walletsEnv names the environment variable that overrides where wallets are kept.
const walletsEnv = "QUIRE_WALLETS"

func (a *app) walletCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "wallet", Short: "Keep keys, pay and be paid on a rollup",
		Long: `Wallet keeps the keys of layer-1 accounts, derives layer-2 keys from them, pays,
and checks what an operator says: docs/wallet.md.

new and import make a wallet, address derives its key on a rollup and says where
it is paid, deposit brings something in, open asks for an account, balance shows
what it has, send and withdraw pay, history shows what was paid.`,
		Example: "  quire wallet new\n  quire wallet send --help",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usageError(errors.New("wallet: name a subcommand: new, import, list, address, deposit, open, balance, send, withdraw or history"))
		},
	}
	cmd.AddCommand(a.walletNew(), a.walletImport(), a.walletList(), a.walletAddress(),
		a.walletDeposit(), a.walletOpen(), a.walletBalance(), a.walletSend(), a.walletWithdraw(), a.walletHistory())
	return cmd
}

// walletFlags say which wallet is meant. No flag takes a key or a password: process
// lists and shell histories would show it.
type walletFlags struct {
	dir          string
	wallet       addressFlag
	passwordFile string
}

func (f *walletFlags) addDir(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "wallets", "", "directory of the wallets (default: $"+walletsEnv+", else in the user's configuration directory)")
}

func (f *walletFlags) addPassword(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.passwordFile, "password-file", "", "file with the wallet's password, readable by nobody else (asked for on the terminal if it is not given)")
}

func (f *walletFlags) add(cmd *cobra.Command) {
	f.addDir(cmd)
	cmd.Flags().Var(&f.wallet, "wallet", "layer-1 address of the wallet (the only one there is, if it is not given)")
}

// directory returns the directory of the wallets.
func (f *walletFlags) directory() (*wallets.Dir, error) {
	dir := f.dir
	if dir == "" {
		dir = os.Getenv(walletsEnv)
	}
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("no place for wallets, give --wallets or set %s: %w", walletsEnv, err)
		}
		dir = filepath.Join(config, "quire", "wallets")
	}
	return wallets.NewDir(dir), nil
}

// open opens the wallet that the flags name.
func (f *walletFlags) open() (*wallets.Dir, *wallets.Wallet, error) {
	dir, err := f.directory()
	if err != nil {
		return nil, nil, err
	}
	address := f.wallet.address
	if !f.wallet.set {
		found, err := dir.List()
		switch {
		case err != nil:
			return nil, nil, walletError(err)
		case len(found) == 0:
			return nil, nil, usageError(fmt.Errorf("there is no wallet in %s: make one with quire wallet new", dir.Path()))
		case len(found) > 1:
			return nil, nil, usageError(fmt.Errorf("there are several wallets in %s: name one with --wallet: %s", dir.Path(), joinAddresses(found)))
		}
		address = found[0]
	}
	w, err := dir.Open(address)
	return dir, w, walletError(err)
}

func joinAddresses(addresses []common.Address) string {
	names := make([]string, len(addresses))
	for i, address := range addresses {
		names[i] = address.Hex()
	}
	return strings.Join(names, ", ")
}

// walletPassword asks for a password once, whatever it is needed for.
type walletPassword struct {
	ask     signer.Password
	confirm *signer.Password // asked as well, and has to be the same
	secret  string
}

// password returns where the wallet's password comes from. A new one is asked for
// twice on a terminal.
func (a *app) password(file, what string, isNew bool) *walletPassword {
	if file != "" {
		return &walletPassword{ask: signer.PasswordFile(file)}
	}
	p := &walletPassword{ask: signer.PasswordTerminal(os.Stdin, a.stderr, "Password of "+what)}
	if isNew {
		again := signer.PasswordTerminal(os.Stdin, a.stderr, "The same password again")
		p.confirm = &again
	}
	return p
}

// checkPassword says early that there is nobody to ask for a password.
func checkPassword(file string) error {
	if file == "" && !term.IsTerminal(int(os.Stdin.Fd())) {
		return usageError(errors.New("the wallet's password: give --password-file, standard input is not a terminal to ask on"))
	}
	return nil
}

// Read implements [wallets.Password].
func (p *walletPassword) Read() (string, error) {
	if p.secret != "" {
		return p.secret, nil
	}
	secret, err := p.ask.Read()
	if err != nil {
		return "", inputError(err)
	}
	if p.confirm != nil {
		again, err := p.confirm.Read()
		if err != nil {
			return "", inputError(err)
		}
		if again != secret {
			return "", inputError(errors.New("the two passwords are not the same: nothing was done"))
		}
	}
	p.secret = secret
	return secret, nil
}

// walletError gives an error of a wallet or a node its exit code.
func walletError(err error) error {
	is := func(causes ...error) bool {
		for _, cause := range causes {
			if errors.Is(err, cause) {
				return true
			}
		}
		return false
	}
	var known *exitError
	var why protocol.Rejection
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case is(wallets.ErrNoWallet, wallets.ErrNoKeyFile, wallets.ErrExists, wallets.ErrUnknown, wallets.ErrAddress):
		return usageError(err)
	case is(wallets.ErrCorrupt, wallets.ErrPermissions, wallets.ErrPassword):
		return inputError(err)
	case is(wallets.ErrNonceSigned, wallets.ErrNonceUsed, wallets.ErrReplacementFee, wallets.ErrValidity, wallets.ErrPayee, wallets.ErrNotOwn,
		wallets.ErrProof, wallets.ErrRollup, wallets.ErrReceiptKey, wallets.ErrSignature, wallets.ErrNotDeterministic, signer.ErrRefused):
		return refusedError(err)
	case errors.As(err, &why), is(wire.ErrNonceTooLow, wire.ErrNonceTooFar, wire.ErrFeeTooLow, wire.ErrUnderpriced, wire.ErrFrozen):
		return refusedError(err)
	}
	return layerOneError(err)
}

// kdfFlag adds the flag that makes passwords cheap to check.
func kdfFlag(cmd *cobra.Command, light *bool) {
	cmd.Flags().BoolVar(light, "light-kdf", false, "spend 4 MiB and little time on the password instead of 256 MiB and a second: for keys that are worth nothing")
}

func kdf(light bool) wallets.KDF {
	if light {
		return wallets.LightKDF
	}
	return wallets.StandardKDF
}

// walletLine prints one line for a person.
func walletLine(out io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(out, format+"\n", args...)
	return err
}
