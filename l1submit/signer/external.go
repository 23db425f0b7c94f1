package signer

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/external"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// External asks another process to sign, over clef's protocol (JSON-RPC methods
// account_version, account_list and account_signTransaction). The key never
// enters this process, and the other one may have rules, a person or a hardware
// module decide.
type External struct {
	client   *external.ExternalSigner
	endpoint string
	account  accounts.Account
}

var _ Signer = (*External)(nil)

// DialExternal connects to a signer, by the path of its IPC socket or by an
// HTTP or WebSocket URL, and asks whether it has the account. Errors are
// [ErrUnreachable] and [ErrNoAccount].
//
// A signer that asks a person before it lists accounts asks here.
func DialExternal(ctx context.Context, endpoint string, address common.Address) (*External, error) {
	e := &External{endpoint: endpoint, account: accounts.Account{Address: address}}
	client, err := await(ctx, func() (*external.ExternalSigner, error) { return external.NewExternalSigner(endpoint) })
	if err != nil {
		return nil, fmt.Errorf("%w at %s: %w: is it running, and is this its IPC path or URL?", ErrUnreachable, endpoint, err)
	}
	e.client = client
	has, err := await(ctx, func() (bool, error) { return client.Contains(e.account), nil })
	if err != nil {
		return nil, fmt.Errorf("%w at %s: %w", ErrUnreachable, endpoint, err)
	}
	if !has {
		return nil, fmt.Errorf("%w: the external signer at %s does not list %s: add the key there, or allow it to be listed",
			ErrNoAccount, endpoint, address)
	}
	return e, nil
}

// Address implements [Signer].
func (e *External) Address() common.Address { return e.account.Address }

// SignTx implements [Signer]. Errors are [ErrRefused], [ErrUnreachable],
// [ErrForeignSignature], or ctx's. When ctx ends first, the request stays with
// the signer, and what it answers is dropped.
func (e *External) SignTx(ctx context.Context, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	signed, err := await(ctx, func() (*types.Transaction, error) { return e.client.SignTx(e.account, tx, chainID) })
	var answered rpc.Error
	switch {
	case err == nil:
		return Verify(tx, signed, e.account.Address, chainID)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("external signer at %s has not answered: %w", e.endpoint, err)
	case errors.As(err, &answered):
		return nil, fmt.Errorf("%w: %s, for a transaction of %s: %w", ErrRefused, e.endpoint, e.account.Address, err)
	default:
		return nil, fmt.Errorf("%w at %s: %w", ErrUnreachable, e.endpoint, err)
	}
}

// await runs a call that takes no context, and no longer than ctx lasts.
func await[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1) // the call can end when nobody waits any more
	go func() {
		value, err := call()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
