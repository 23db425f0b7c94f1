package txmgr

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// requestTimeout is how long a node may take for one request.
const requestTimeout = 30 * time.Second

// timed gives each request to a node a time limit of its own. A connection that
// is silent would otherwise hold the account, and with it every intent, for ever.
type timed struct {
	Chain
	limit time.Duration
}

// within runs a request. An error that the limit made is not the caller's
// context's.
func within[T any](ctx context.Context, limit time.Duration, request func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := request(limited)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return answer, fmt.Errorf("no answer within %v", limit)
	}
	return answer, err
}

func (t timed) ChainID(ctx context.Context) (*big.Int, error) {
	return within(ctx, t.limit, t.Chain.ChainID)
}

func (t timed) HeaderByNumber(ctx context.Context, number *big.Int) (*types.Header, error) {
	return within(ctx, t.limit, func(ctx context.Context) (*types.Header, error) { return t.Chain.HeaderByNumber(ctx, number) })
}

func (t timed) BlockByNumber(ctx context.Context, number *big.Int) (*types.Block, error) {
	return within(ctx, t.limit, func(ctx context.Context) (*types.Block, error) { return t.Chain.BlockByNumber(ctx, number) })
}

func (t timed) BalanceAt(ctx context.Context, account common.Address, number *big.Int) (*big.Int, error) {
	return within(ctx, t.limit, func(ctx context.Context) (*big.Int, error) { return t.Chain.BalanceAt(ctx, account, number) })
}

func (t timed) NonceAt(ctx context.Context, account common.Address, number *big.Int) (uint64, error) {
	return within(ctx, t.limit, func(ctx context.Context) (uint64, error) { return t.Chain.NonceAt(ctx, account, number) })
}

func (t timed) TransactionByHash(ctx context.Context, hash common.Hash) (tx *types.Transaction, pending bool, err error) {
	tx, err = within(ctx, t.limit, func(ctx context.Context) (*types.Transaction, error) {
		found, waits, err := t.Chain.TransactionByHash(ctx, hash)
		pending = waits
		return found, err
	})
	return tx, pending, err
}

func (t timed) TransactionReceipt(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	return within(ctx, t.limit, func(ctx context.Context) (*types.Receipt, error) { return t.Chain.TransactionReceipt(ctx, hash) })
}

func (t timed) SuggestGasTipCap(ctx context.Context) (*big.Int, error) {
	return within(ctx, t.limit, t.Chain.SuggestGasTipCap)
}

func (t timed) EstimateGas(ctx context.Context, call ethereum.CallMsg) (uint64, error) {
	return within(ctx, t.limit, func(ctx context.Context) (uint64, error) { return t.Chain.EstimateGas(ctx, call) })
}

func (t timed) CallContract(ctx context.Context, call ethereum.CallMsg, number *big.Int) ([]byte, error) {
	return within(ctx, t.limit, func(ctx context.Context) ([]byte, error) { return t.Chain.CallContract(ctx, call, number) })
}

func (t timed) SendTransaction(ctx context.Context, tx *types.Transaction) error {
	_, err := within(ctx, t.limit, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, t.Chain.SendTransaction(ctx, tx)
	})
	return err
}

// BlobBaseFee is asked for only where the configuration was found to have a
// [BlobChain].
func (t timed) BlobBaseFee(ctx context.Context) (*big.Int, error) {
	return within(ctx, t.limit, t.Chain.(BlobChain).BlobBaseFee)
}
