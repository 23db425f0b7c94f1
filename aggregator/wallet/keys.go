package wallet

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/quirezk/quire/internal/keyfile"
)

// Password is where a password comes from: a [signer.Password], that is, a file, a
// file descriptor or a terminal, or what asks one of them. It is read once for each
// use, and an empty one is an error.
//
// [signer.Password]: https://pkg.go.dev/github.com/quirezk/quire/l1submit/signer#Password
type Password interface {
	Read() (string, error)
}

// KeySigner signs EIP-712 messages with a layer-1 key in this process, by RFC 6979.
type KeySigner struct {
	address common.Address

	mu  sync.Mutex
	key *ecdsa.PrivateKey // nil once closed; guarded by mu
}

var _ TypedSigner = (*KeySigner)(nil)

// NewKeySigner returns a signer with this key, which is the signer's from then on.
func NewKeySigner(key *ecdsa.PrivateKey) *KeySigner {
	return &KeySigner{address: crypto.PubkeyToAddress(key.PublicKey), key: key}
}

// OpenKeyFile decrypts a key file (Web3 Secret Storage, version 3). Errors are
// [ErrPermissions] where other users can read the file, [ErrPassword],
// [ErrCorrupt], or the operating system's. Close the signer.
func OpenKeyFile(path string, password Password) (*KeySigner, error) {
	fail := func(err error) (*KeySigner, error) { return nil, fmt.Errorf("open key file %s: %w", path, err) }
	content, err := readPrivate(path, maxKeyFile)
	if err != nil {
		return fail(err)
	}
	if err := keyfile.Check(content); err != nil {
		return fail(fmt.Errorf("%w: %w", ErrCorrupt, err))
	}
	secret, err := password.Read()
	if err != nil {
		return fail(err)
	}
	key, err := keystore.DecryptKey(content, secret)
	switch {
	case errors.Is(err, keystore.ErrDecrypt):
		return fail(ErrPassword)
	case err != nil:
		return fail(fmt.Errorf("%w: %w", ErrCorrupt, err))
	}
	return NewKeySigner(key.PrivateKey), nil
}

// OpenRawKeyFile reads a file with a bare layer-1 key: 64 hexadecimal digits, with
// or without 0x before them, and nothing else but a line break at the end. Errors
// are [ErrPermissions], [ErrCorrupt], or the operating system's.
func OpenRawKeyFile(path string) (*KeySigner, error) {
	fail := func(err error) (*KeySigner, error) { return nil, fmt.Errorf("open raw key file %s: %w", path, err) }
	content, err := readPrivate(path, maxKeyFile)
	if err != nil {
		return fail(err)
	}
	key, err := parseRawKey(content)
	if err != nil {
		return fail(err)
	}
	return NewKeySigner(key), nil
}

// Address implements [TypedSigner].
func (k *KeySigner) Address() common.Address { return k.address }

// SignTypedData implements [TypedSigner]. It fails once the signer is closed.
func (k *KeySigner) SignTypedData(_ context.Context, data apitypes.TypedData) ([]byte, error) {
	digest, _, err := apitypes.TypedDataAndHash(data)
	if err != nil {
		return nil, fmt.Errorf("sign with the key of %s: %w", k.address, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil {
		return nil, fmt.Errorf("sign with the key of %s: it was closed", k.address)
	}
	raw, err := crypto.Sign(digest, k.key)
	if err != nil {
		return nil, fmt.Errorf("sign with the key of %s: %w", k.address, err)
	}
	raw[64] += 27 // as JSON-RPC signers return it
	return raw, nil
}

// Close overwrites the key in memory. The signer can sign no more.
func (k *KeySigner) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil {
		//lint:ignore SA1019 there is no other way to overwrite a key than by its words; go-ethereum's KeyStore does the same
		clear(k.key.D.Bits())
		k.key = nil
	}
	return nil
}
