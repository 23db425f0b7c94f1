package signer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Keystore signs with a key from a directory of encrypted key files, go-ethereum's
// format (Web3 Secret Storage, version 3). The key is decrypted while it is open.
type Keystore struct {
	store   *keystore.KeyStore
	account accounts.Account
}

var _ Signer = (*Keystore)(nil)

// OpenKeystore decrypts the key of an account. Errors are [ErrNoAccount],
// [ErrPermissions] where other users can read the key file, [ErrKeyFile],
// [ErrPassword], or the operating system's.
func OpenKeystore(dir string, address common.Address, password Password) (*Keystore, error) {
	fail := func(err error) (*Keystore, error) {
		return nil, fmt.Errorf("open key of %s in %s: %w", address, dir, err)
	}
	// KeyStore takes a directory that is missing for one that is empty.
	if info, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fail(fmt.Errorf("%w: the directory does not exist", ErrNoAccount))
	} else if err != nil {
		return fail(err)
	} else if !info.IsDir() {
		return fail(fmt.Errorf("%w: this is not a directory", ErrNoAccount))
	}
	store := keystore.NewKeyStore(dir, keystore.StandardScryptN, keystore.StandardScryptP)
	account, err := store.Find(accounts.Account{Address: address})
	switch {
	case errors.Is(err, keystore.ErrNoMatch):
		return fail(fmt.Errorf("%w: no key file there is for it%s", ErrNoAccount, present(store)))
	case err != nil:
		return fail(err) // two files for one address: go-ethereum names them
	}
	file, err := openSecret(account.URL.Path)
	if err != nil {
		return fail(err)
	}
	if _, err := readKeyFile(file); err != nil {
		return fail(fmt.Errorf("%s: %w", account.URL.Path, err))
	}
	secret, err := password.Read()
	if err != nil {
		return fail(err)
	}
	switch err := store.Unlock(account, secret); {
	case errors.Is(err, keystore.ErrDecrypt):
		return fail(fmt.Errorf("%w for %s", ErrPassword, account.URL.Path))
	case err != nil:
		return fail(fmt.Errorf("key file %s: %w", account.URL.Path, err))
	}
	return &Keystore{store: store, account: account}, nil
}

// present lists the accounts of a store, for an error about one that is not.
func present(store *keystore.KeyStore) string {
	known := store.Accounts()
	if len(known) == 0 {
		return ", nor for any other"
	}
	text := "; there are "
	for i, account := range known {
		if i > 0 {
			text += ", "
		}
		text += account.Address.String()
	}
	return text
}

// Address implements [Signer].
func (k *Keystore) Address() common.Address { return k.account.Address }

// SignTx implements [Signer].
func (k *Keystore) SignTx(_ context.Context, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	signed, err := k.store.SignTx(k.account, tx, chainID)
	if err != nil {
		return nil, fmt.Errorf("sign with the key of %s: %w", k.account.Address, err)
	}
	return Verify(tx, signed, k.account.Address, chainID)
}

// Close overwrites the key in memory. The signer can sign no more.
func (k *Keystore) Close() error { return k.store.Lock(k.account.Address) }

// NewKey makes a key, encrypts it under a password (scrypt, go-ethereum's standard
// parameters: 256 MiB and about a second), and writes its file into dir, which
// is made if it does not exist.
func NewKey(dir string, password Password) (common.Address, error) {
	secret, err := password.Read()
	if err != nil {
		return common.Address{}, fmt.Errorf("make key: %w", err)
	}
	account, err := keystore.StoreKey(dir, secret, keystore.StandardScryptN, keystore.StandardScryptP)
	if err != nil {
		return common.Address{}, fmt.Errorf("make key in %s: %w", dir, err)
	}
	return account.Address, nil
}
