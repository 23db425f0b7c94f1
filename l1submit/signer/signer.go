package signer

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/quirezk/quire/internal/keyfile"
)

// What a caller may have to react to. Every error of this package that has one
// of these causes wraps it, and says which file, account or process it is about.
var (
	// ErrKeyFile: the file is no encrypted key, or one that would take too much
	// memory or time to open.
	ErrKeyFile = keyfile.ErrFormat
	// ErrPassword: the key file does not open with this password.
	ErrPassword = errors.New("wrong password")

	// ErrPermissions: other users of this machine can read or change a secret.
	ErrPermissions = errors.New("secret is open to other users")

	// ErrNoAccount: the key store or the external signer does not have the account.
	ErrNoAccount = errors.New("account not found")

	// ErrRefused: the external signer answered, and did not sign.
	ErrRefused = errors.New("external signer refused")

	// ErrUnreachable: the external signer does not answer.
	ErrUnreachable = errors.New("external signer cannot be reached")

	// ErrForeignSignature: what came back from a signer is not the transaction
	// it was given, signed by the account that was asked for.
	ErrForeignSignature = errors.New("signer returned something else than it was asked for")
)

// Signer signs transactions of one account. It is safe for concurrent use.
type Signer interface {
	// Address returns the account.
	Address() common.Address
	// SignTx returns the transaction with the account's signature for a chain.
	// It may ask a person, and take as long: ctx bounds the wait.
	SignTx(ctx context.Context, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error)
}

// Verify takes the signature off what a signer returned and puts it on the
// transaction that the signer was given: so neither a fee nor a receiver can
// differ, and a blob transaction keeps its blobs. The signature has to be
// address's, else the error is [ErrForeignSignature].
func Verify(tx, signed *types.Transaction, address common.Address, chainID *big.Int) (*types.Transaction, error) {
	if signed == nil {
		return nil, fmt.Errorf("%w: nothing", ErrForeignSignature)
	}
	if signed.Type() != tx.Type() {
		return nil, fmt.Errorf("%w: a transaction of type %d for one of type %d", ErrForeignSignature, signed.Type(), tx.Type())
	}
	rules := types.LatestSignerForChainID(chainID)
	if got, want := rules.Hash(signed), rules.Hash(tx); got != want {
		return nil, fmt.Errorf("%w: another transaction (signing hash %s, want %s): turn off whatever changes fees or fields there",
			ErrForeignSignature, got, want)
	}
	from, err := types.Sender(rules, signed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeignSignature, err)
	}
	if from != address {
		return nil, fmt.Errorf("%w: a signature of %s, want one of %s", ErrForeignSignature, from, address)
	}
	if sidecar := tx.BlobTxSidecar(); sidecar != nil {
		return signed.WithoutBlobTxSidecar().WithBlobTxSidecar(sidecar), nil
	}
	return signed, nil
}

// Dev signs with a key in memory. For tests and development chains only: a key
// that a program can be handed is a key that leaks.
type Dev struct {
	key     *ecdsa.PrivateKey
	address common.Address
}

var _ Signer = (*Dev)(nil)

// NewDev returns a signer with this key.
func NewDev(key *ecdsa.PrivateKey) *Dev {
	return &Dev{key: key, address: crypto.PubkeyToAddress(key.PublicKey)}
}

// Address implements [Signer].
func (d *Dev) Address() common.Address { return d.address }

// SignTx implements [Signer].
func (d *Dev) SignTx(_ context.Context, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	signed, err := types.SignTx(tx, types.LatestSignerForChainID(chainID), d.key)
	if err != nil {
		return nil, fmt.Errorf("sign with the development key of %s: %w", d.address, err)
	}
	return Verify(tx, signed, d.address, chainID)
}
