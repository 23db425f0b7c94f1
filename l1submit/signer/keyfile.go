package signer

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/quirezk/quire/internal/keyfile"
)

// maxKeyFile bounds what is read where a key file should be.
const maxKeyFile = 1 << 20

// KeyFile signs with the key of one encrypted key file (Web3 Secret Storage),
// wherever it lies and whatever lies beside it. The key is decrypted while it is
// open.
type KeyFile struct {
	address common.Address

	mu  sync.Mutex
	key *ecdsa.PrivateKey // nil once closed; guarded by mu
}

var _ Signer = (*KeyFile)(nil)

// OpenKeyFile decrypts a key file. The account is the one whose key is inside,
// whatever address the file states. Errors are [ErrPermissions] where other
// users can read the file, [ErrKeyFile], [ErrPassword], or the operating system's.
func OpenKeyFile(path string, password Password) (*KeyFile, error) {
	f, err := openSecret(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	content, err := readKeyFile(f)
	if err != nil {
		return nil, fmt.Errorf("open key file %s: %w", path, err)
	}
	secret, err := password.Read()
	if err != nil {
		return nil, fmt.Errorf("open key file %s: %w", path, err)
	}
	key, err := keystore.DecryptKey(content, secret)
	switch {
	case errors.Is(err, keystore.ErrDecrypt):
		return nil, fmt.Errorf("%w for %s", ErrPassword, path)
	case err != nil:
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return &KeyFile{address: key.Address, key: key.PrivateKey}, nil
}

// readKeyFile reads a file to its end, closes it, and sees that it can be decrypted.
func readKeyFile(f io.ReadCloser) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	switch err := errors.Join(err, f.Close()); {
	case err != nil:
		return nil, err
	case len(content) > maxKeyFile:
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrKeyFile, maxKeyFile)
	}
	return content, keyfile.Check(content)
}

// Address implements [Signer].
func (k *KeyFile) Address() common.Address { return k.address }

// SignTx implements [Signer].
func (k *KeyFile) SignTx(_ context.Context, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil {
		return nil, fmt.Errorf("sign with the key of %s: it was closed", k.address)
	}
	signed, err := types.SignTx(tx, types.LatestSignerForChainID(chainID), k.key)
	if err != nil {
		return nil, fmt.Errorf("sign with the key of %s: %w", k.address, err)
	}
	return Verify(tx, signed, k.address, chainID)
}

// Close overwrites the key in memory. The signer can sign no more.
func (k *KeyFile) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil {
		//lint:ignore SA1019 there is no other way to overwrite a key than by its words; go-ethereum's KeyStore does the same
		clear(k.key.D.Bits())
		k.key = nil
	}
	return nil
}
