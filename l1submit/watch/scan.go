package watch

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// DefaultMaxRange is the number of blocks that one request asks for at most: few
// nodes refuse it.
const DefaultMaxRange = 2048

// SettledDepth is how far below the newest final block a range read by number
// should end. Such a read is only as good as the node's view of the whole range:
// so far down it changes neither for a reorganization that is any longer usual,
// nor because one of several nodes behind one address lags behind.
const SettledDepth = 64

// Scanner reads the logs of long stretches of blocks, in ranges that the node
// is willing to answer: a refused range is halved, and after successes ranges
// grow again. It is not safe for concurrent use.
type Scanner struct {
	chain Chain
	query query
	span  uint64 // blocks that the next request asks for
	most  uint64
}

// NewScanner returns a scanner of a contract's logs. topics are as in
// [ethereum.FilterQuery]. No request asks for more than maxRange blocks; 0 means
// DefaultMaxRange.
func NewScanner(chain Chain, contract common.Address, topics [][]common.Hash, maxRange uint64) *Scanner {
	if maxRange == 0 {
		maxRange = DefaultMaxRange
	}
	return &Scanner{chain: chain, query: query{contract, topics}, span: maxRange, most: maxRange}
}

// Next reads the logs of the blocks from first up to end, which is last or, where
// that is too much for one request, a block before it. The block at end was the
// chain's before and after the logs were read; otherwise, and if the node does
// not answer, there is an error and it is worth another try.
func (s *Scanner) Next(ctx context.Context, first, last uint64) (logs []types.Log, end BlockID, err error) {
	if first > last {
		return nil, BlockID{}, fmt.Errorf("read logs: no blocks from %d to %d", first, last)
	}
	for {
		span := min(s.span, last-first+1)
		logs, end, err = s.read(ctx, first, first+span-1)
		if err == nil {
			s.span = min(s.most, max(s.span, span+span/4+1))
			return logs, end, nil
		}
		s.span = max(1, span/2)
		// An answer that says no is about the range, most often: too many results,
		// too many blocks. There are as many texts for it as there are nodes. What
		// else it may be about fails again at once, or with a range of one block.
		var refusal rpc.Error
		if ctx.Err() != nil || span == 1 || !errors.As(err, &refusal) {
			return nil, BlockID{}, err
		}
	}
}

func (s *Scanner) read(ctx context.Context, first, last uint64) ([]types.Log, BlockID, error) {
	end, err := HeaderAt(ctx, s.chain, last)
	if err != nil {
		return nil, end, err
	}
	logs, err := s.chain.FilterLogs(ctx, ethereum.FilterQuery{
		FromBlock: new(big.Int).SetUint64(first), ToBlock: new(big.Int).SetUint64(last),
		Addresses: []common.Address{s.query.contract}, Topics: s.query.topics,
	})
	if err != nil {
		return nil, end, fmt.Errorf("read logs of blocks %d to %d: %w", first, last, err)
	}
	after, err := HeaderAt(ctx, s.chain, last)
	if err != nil {
		return nil, end, err
	}
	if after != end {
		return nil, end, inconsistent("block %v became %v while logs were read", end, after)
	}
	return logs, end, s.query.check(logs, first, end)
}
