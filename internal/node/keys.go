package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/ethereum/go-ethereum/accounts/keystore"

	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/internal/keyfile"
	"github.com/quirezk/quire/internal/node/config"
	"github.com/quirezk/quire/l1submit/signer"
)

// ErrKeys: a key that the configuration names cannot be used. The message names it.
var ErrKeys = errors.New("a key cannot be used")

// secrets opens what the configuration names.
type secrets struct {
	cfg *config.Config
	// Where passwords are asked for.
	terminal *os.File
	out      io.Writer
}

// password returns where a password comes from.
func (s *secrets) password(file string, fd *uint64, question string) signer.Password {
	switch {
	case file != "":
		return signer.PasswordFile(file)
	case fd != nil:
		return signer.PasswordFD(uintptr(*fd))
	default:
		return signer.PasswordTerminal(s.terminal, s.out, question)
	}
}

// operator opens the signer of transactions. close is never nil.
func (s *secrets) operator(ctx context.Context) (_ signer.Signer, close func() error, err error) {
	nothing := func() error { return nil }
	o := &s.cfg.Operator
	fail := func(err error) (signer.Signer, func() error, error) {
		return nil, nothing, fmt.Errorf("%w: operator: %w", ErrKeys, err)
	}
	if o.Signer != "" {
		external, err := signer.DialExternal(ctx, o.Signer, *o.Address)
		if err != nil {
			return fail(err)
		}
		return external, nothing, nil
	}
	info, err := os.Stat(o.Keystore)
	if err != nil {
		return fail(err)
	}
	password := s.password(o.PasswordFile, o.PasswordFD, "Password of the operator's key: ")
	if info.IsDir() {
		if o.Address == nil {
			return fail(fmt.Errorf("%s is a directory: name the account in it with operator.address", o.Keystore))
		}
		opened, err := signer.OpenKeystore(o.Keystore, *o.Address, password)
		if err != nil {
			return fail(err)
		}
		return opened, opened.Close, nil
	}
	opened, err := signer.OpenKeyFile(o.Keystore, password)
	if err != nil {
		return fail(err)
	}
	if o.Address != nil && opened.Address() != *o.Address {
		return fail(errors.Join(fmt.Errorf("the key in %s is of %s, operator.address is %s", o.Keystore, opened.Address(), o.Address), opened.Close()))
	}
	return opened, opened.Close, nil
}

// receipts opens the key that receipts are signed with.
func (s *secrets) receipts() (receipt.Signer, error) {
	path, file := s.cfg.Receipts.KeyFile, s.cfg.Receipts.PasswordFile
	if path == "" {
		path, file = s.cfg.Operator.Keystore, s.cfg.Operator.PasswordFile
	}
	key, err := decrypt(path, s.password(file, nil, "Password of the key that signs receipts ("+path+"): "))
	if err != nil {
		return nil, fmt.Errorf("%w: receipts: %w", ErrKeys, err)
	}
	return receipt.NewKey(key.PrivateKey), nil
}

// decrypt opens an encrypted key file that nobody else can read.
func decrypt(path string, password signer.Password) (*keystore.Key, error) {
	content, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	if err := keyfile.Check(content); err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	word, err := password.Read()
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	key, err := keystore.DecryptKey(content, word)
	switch {
	case errors.Is(err, keystore.ErrDecrypt):
		return nil, fmt.Errorf("key file %s: %w", path, signer.ErrPassword)
	case err != nil:
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// maxSecret bounds a file with a secret, in bytes.
const maxSecret = 1 << 16

// readSecret reads a file that nobody but its owner may read or write.
func readSecret(path string) (_ []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory, want one key file: name it with receipts.key-file", path)
	case info.Mode().Perm()&(fs.FileMode(0o077)) != 0:
		return nil, fmt.Errorf("%w: %s has mode %#o, want 0600", signer.ErrPermissions, path, info.Mode().Perm())
	}
	return io.ReadAll(io.LimitReader(file, maxSecret))
}
