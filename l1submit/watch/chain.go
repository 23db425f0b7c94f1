package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Chain is what this package asks a layer-1 node. go-ethereum's
// ethclient.Client has it. What a node does not know it answers with
// [ethereum.NotFound].
type Chain interface {
	// HeaderByNumber returns the header of the chain's block of a number, nil for
	// the newest; negative numbers are the tags of package rpc.
	HeaderByNumber(ctx context.Context, number *big.Int) (*types.Header, error)
	// HeaderByHash returns the header of a block, in the chain or beside it.
	HeaderByHash(ctx context.Context, hash common.Hash) (*types.Header, error)
	// FilterLogs returns the logs of a range of the chain's blocks, or of the
	// block with a hash, in order.
	FilterLogs(ctx context.Context, query ethereum.FilterQuery) ([]types.Log, error)
}

// BlockID names a block. The zero value names none.
type BlockID struct {
	Number uint64      `json:"number"`
	Hash   common.Hash `json:"hash"`
}

// String returns the number and the beginning of the hash.
func (b BlockID) String() string { return fmt.Sprintf("%d (%s)", b.Number, b.Hash.TerminalString()) }

// ErrNodeInconsistent says that the node's answers contradict each other: its
// chain changed while it was read, or several nodes that differ are behind one
// address. It is worth another try.
var ErrNodeInconsistent = errors.New("the layer-1 node's answers contradict each other")

func inconsistent(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNodeInconsistent, fmt.Sprintf(format, args...))
}

// HeaderAt returns the identity of the chain's block of a number. Its error wraps
// [ethereum.NotFound] where the chain is shorter.
func HeaderAt(ctx context.Context, chain Chain, number uint64) (BlockID, error) {
	h, err := chain.HeaderByNumber(ctx, new(big.Int).SetUint64(number))
	if err != nil {
		return BlockID{}, fmt.Errorf("read header of block %d: %w", number, err)
	}
	id := idOf(h)
	if id.Number != number {
		return BlockID{}, inconsistent("asked for block %d, got block %v", number, id)
	}
	return id, nil
}

func idOf(h *types.Header) BlockID { return BlockID{h.Number.Uint64(), h.Hash()} }

// header is HeaderByNumber for the newest block or a tag.
func header(ctx context.Context, chain Chain, tag *big.Int) (*types.Header, error) {
	h, err := chain.HeaderByNumber(ctx, tag)
	if err != nil {
		if tag == nil {
			return nil, fmt.Errorf("read newest header: %w", err)
		}
		return nil, fmt.Errorf("read header of block %v: %w", tag, err)
	}
	return h, nil
}

// parent returns the header of the block that h stands on.
func parent(ctx context.Context, chain Chain, h *types.Header) (*types.Header, error) {
	p, err := chain.HeaderByHash(ctx, h.ParentHash)
	if err != nil {
		return nil, fmt.Errorf("read header of block %v, parent of %v: %w", h.ParentHash, idOf(h), err)
	}
	if p.Hash() != h.ParentHash || p.Number.Uint64()+1 != h.Number.Uint64() {
		return nil, inconsistent("asked for the parent of block %v, got block %v", idOf(h), idOf(p))
	}
	return p, nil
}

// query is which logs are wanted.
type query struct {
	contract common.Address
	topics   [][]common.Hash
}

// ofBlock returns the logs of one block, asked for by its hash.
func (q query) ofBlock(ctx context.Context, chain Chain, id BlockID) ([]types.Log, error) {
	logs, err := chain.FilterLogs(ctx, ethereum.FilterQuery{
		BlockHash: &id.Hash, Addresses: []common.Address{q.contract}, Topics: q.topics,
	})
	if err != nil {
		return nil, fmt.Errorf("read logs of block %v: %w", id, err)
	}
	if err := q.check(logs, id.Number, id); err != nil {
		return nil, err
	}
	return logs, nil
}

// check makes sure that logs are the contract's, in order, each once, of blocks
// from first to last, and those of the last block of the very block that last
// names.
func (q query) check(logs []types.Log, first uint64, last BlockID) error {
	for i := range logs {
		l := &logs[i]
		switch {
		case l.Address != q.contract:
			return inconsistent("asked for logs of %v, got one of %v", q.contract, l.Address)
		case l.Removed:
			return inconsistent("log %d of block %v is marked as removed", l.Index, BlockID{l.BlockNumber, l.BlockHash})
		case l.BlockNumber < first || l.BlockNumber > last.Number:
			return inconsistent("asked for logs of blocks %d to %d, got one of block %d", first, last.Number, l.BlockNumber)
		case l.BlockNumber == last.Number && l.BlockHash != last.Hash:
			return inconsistent("asked for logs of block %v, got one of block %v", last, BlockID{l.BlockNumber, l.BlockHash})
		}
		if i > 0 && !before(&logs[i-1], l) {
			return inconsistent("logs of blocks %d to %d are not in order", first, last.Number)
		}
		if i > 0 && logs[i-1].BlockNumber == l.BlockNumber && logs[i-1].BlockHash != l.BlockHash {
			return inconsistent("two blocks %d: %v and %v", l.BlockNumber, logs[i-1].BlockHash, l.BlockHash)
		}
	}
	return nil
}

func before(a, b *types.Log) bool {
	return cmp.Or(cmp.Compare(a.BlockNumber, b.BlockNumber), cmp.Compare(a.Index, b.Index)) < 0
}

// timed gives each request a time limit of its own: a connection that hangs is
// an error like any other.
type timed struct {
	Chain
	limit time.Duration
}

func (t timed) HeaderByNumber(ctx context.Context, number *big.Int) (*types.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	return t.Chain.HeaderByNumber(ctx, number)
}

func (t timed) HeaderByHash(ctx context.Context, hash common.Hash) (*types.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	return t.Chain.HeaderByHash(ctx, hash)
}

func (t timed) FilterLogs(ctx context.Context, query ethereum.FilterQuery) ([]types.Log, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	return t.Chain.FilterLogs(ctx, query)
}
