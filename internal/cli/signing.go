package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/signer"
)

// signingFlags say who signs transactions. No flag takes a key or a password:
// process lists and shell histories would show it.
type signingFlags struct {
	keystore, passwordFile string
	signer                 endpointFlag
	from                   addressFlag
}

func (f *signingFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.keystore, "keystore", "", "encrypted key file of the sender, or a directory of such files (with --from)")
	flags.StringVar(&f.passwordFile, "password-file", "", "file with the key's password, readable by nobody else (asked for on the terminal if it is not given)")
	flags.Var(&f.signer, "signer", "external signer (clef's protocol): URL, or path of its IPC socket (with --from)")
	flags.Var(&f.from, "from", "address of the sender, who pays for the transaction")
	cmd.MarkFlagsMutuallyExclusive("keystore", "signer")
	cmd.MarkFlagsMutuallyExclusive("password-file", "signer")
}

// wallet signs and sends the transactions of a command. It opens the signer, and
// asks for the password, when the first transaction is sent or the address has
// to be known: what can be refused is refused before.
type wallet struct {
	app   *app
	flags *signingFlags
	chain *l1submit.Chain

	once   sync.Once
	signer signer.Signer
	err    error
}

// wallet returns the sender that the flags name. Close it.
func (a *app) wallet(f *signingFlags, chain *l1submit.Chain) *wallet {
	return &wallet{app: a, flags: f, chain: chain}
}

// check says what is wrong with the flags, before anything is asked of layer 1.
func (f *signingFlags) check() error {
	switch {
	case f.keystore == "" && f.signer.endpoint == "":
		return usageError(errors.New("who signs? Give --keystore or --signer"))
	case f.signer.endpoint != "" && !f.from.set:
		return usageError(errors.New("--signer needs --from: it can have several accounts"))
	case f.signer.endpoint != "":
		return nil
	}
	info, err := os.Stat(f.keystore)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return inputError(fmt.Errorf("--keystore: %s does not exist", f.keystore))
	case err != nil:
		return inputError(fmt.Errorf("--keystore: %w", err))
	case info.IsDir() && !f.from.set:
		return usageError(fmt.Errorf("--keystore: %s is a directory: name the account in it with --from", f.keystore))
	case f.passwordFile == "" && !term.IsTerminal(int(os.Stdin.Fd())):
		return usageError(errors.New("the key's password: give --password-file, standard input is not a terminal to ask on"))
	}
	return nil
}

// address returns the sender's address.
func (w *wallet) address(ctx context.Context) (common.Address, error) {
	if w.flags.from.set {
		return w.flags.from.address, nil
	}
	s, err := w.open(ctx)
	if err != nil {
		return common.Address{}, err
	}
	return s.Address(), nil
}

// Send implements [l1submit.Transactor].
func (w *wallet) Send(ctx context.Context, call l1submit.Call) (*types.Receipt, error) {
	s, err := w.open(ctx)
	if err != nil {
		return nil, err
	}
	return w.chain.Sender(s).Send(ctx, call)
}

func (w *wallet) open(ctx context.Context) (signer.Signer, error) {
	w.once.Do(func() {
		w.signer, w.err = w.dial(ctx)
		// What is wrong with a key or a password is the files' fault.
		if w.err != nil && ctx.Err() == nil && !errors.Is(w.err, signer.ErrUnreachable) && !errors.Is(w.err, signer.ErrRefused) {
			var known *exitError
			if !errors.As(w.err, &known) {
				w.err = inputError(w.err)
			}
		}
	})
	return w.signer, w.err
}

func (w *wallet) dial(ctx context.Context) (signer.Signer, error) {
	f := w.flags
	if f.signer.endpoint != "" {
		return signer.DialExternal(ctx, f.signer.endpoint, f.from.address)
	}
	password := signer.PasswordFile(f.passwordFile)
	if f.passwordFile == "" {
		password = signer.PasswordTerminal(os.Stdin, w.app.stderr, "Password of "+f.keystore)
	}
	if info, err := os.Stat(f.keystore); err == nil && info.IsDir() {
		return signer.OpenKeystore(f.keystore, f.from.address, password)
	}
	s, err := signer.OpenKeyFile(f.keystore, password)
	if err != nil {
		return nil, err
	}
	if f.from.set && s.Address() != f.from.address {
		return nil, errors.Join(usageError(fmt.Errorf("--from: the key in %s is that of %s", f.keystore, s.Address())), s.Close())
	}
	return s, nil
}

// close forgets the key.
func (w *wallet) close() error {
	if s, ok := w.signer.(interface{ Close() error }); ok && w.err == nil {
		return s.Close()
	}
	return nil
}
