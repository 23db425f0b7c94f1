package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/quirezk/quire/l1submit/signer"
)

// typedSigner asks an external signer for signatures of EIP-712 messages, over
// clef's protocol.
type typedSigner struct {
	client   *rpc.Client
	endpoint string
	address  common.Address
}

func dialTypedSigner(ctx context.Context, endpoint string, address common.Address) (*typedSigner, error) {
	client, err := rpc.DialContext(ctx, endpoint)
	if err != nil {
		return nil, fmt.Errorf("%w at %s: %w", signer.ErrUnreachable, endpoint, err)
	}
	return &typedSigner{client, endpoint, address}, nil
}

// Address implements [wallets.TypedSigner].
func (s *typedSigner) Address() common.Address { return s.address }

// SignTypedData implements [wallets.TypedSigner].
func (s *typedSigner) SignTypedData(ctx context.Context, data apitypes.TypedData) ([]byte, error) {
	var signature hexutil.Bytes
	err := s.client.CallContext(ctx, &signature, "account_signTypedData", s.address, data)
	var answered rpc.Error
	switch {
	case err == nil:
		return signature, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("external signer at %s has not answered: %w", s.endpoint, err)
	case errors.As(err, &answered):
		return nil, fmt.Errorf("%w: %s: %w", signer.ErrRefused, s.endpoint, err)
	}
	return nil, fmt.Errorf("%w at %s: %w", signer.ErrUnreachable, s.endpoint, err)
}

// Close ends the connection.
func (s *typedSigner) Close() error {
	s.client.Close()
	return nil
}
