// Package fakel1 is a layer-1 chain in memory for tests: blocks with
// transactions and logs, branches, and a hook in front of every request, in which
// a test reorganizes the chain or lets the request fail. It answers as a node
// does that lags behind: without a word about what it does not have.
package fakel1

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// Tx is a transaction and what it logs. Of the logs, Address, Topics and Data
// count.
type Tx struct {
	To   common.Address
	Data []byte
	Logs []types.Log
}

// Block is a sealed block.
type Block struct {
	Header *types.Header
	Txs    []*types.Transaction
	Logs   []types.Log

	hash common.Hash // the header's, which takes a while to compute
}

// Number returns the block's number.
func (b *Block) Number() uint64 { return b.Header.Number.Uint64() }

// Hash returns the block's hash.
func (b *Block) Hash() common.Hash { return b.hash }

// Chain is a chain of blocks. Its methods are safe for concurrent use; its fields
// are set before that.
type Chain struct {
	// Before is called in front of every request, with the method's name, without
	// a lock held. The request fails with its error.
	Before func(method string) error
	// MaxLogs is the number of logs from which on a range is refused; 0 for none.
	MaxLogs int
	// Call answers CallContract for a block of the chain.
	Call func(block *Block, msg ethereum.CallMsg) ([]byte, error)

	id uint64

	mu        sync.Mutex
	blocks    map[common.Hash]*Block
	all       []*Block // as they were sealed
	canonical []*Block // by number
	final     uint64   // what the tag finalized names
}

// New returns a chain that has its genesis block.
func New(chainID uint64) *Chain {
	c := &Chain{id: chainID, blocks: make(map[common.Hash]*Block)}
	c.Seal()
	return c
}

// Seal puts a block on top of the chain.
func (c *Chain) Seal(txs ...Tx) *Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := &types.Header{
		Number: big.NewInt(int64(len(c.canonical))), Difficulty: new(big.Int),
		Time:  12 * uint64(len(c.canonical)),
		Extra: binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, c.id), uint64(len(c.all))), // no two are the same
	}
	if n := len(c.canonical); n > 0 {
		h.ParentHash = c.canonical[n-1].Hash()
	}
	hash := h.Hash()
	b := &Block{Header: h, hash: hash}
	for i, tx := range txs {
		signed := types.NewTx(&types.LegacyTx{Nonce: uint64(len(c.all))<<16 | uint64(i), To: &tx.To, Data: tx.Data})
		b.Txs = append(b.Txs, signed)
		for _, l := range tx.Logs {
			l.BlockNumber, l.BlockHash = h.Number.Uint64(), hash
			l.BlockTimestamp = h.Time
			l.TxHash, l.TxIndex, l.Index = signed.Hash(), uint(i), uint(len(b.Logs))
			b.Logs = append(b.Logs, l)
		}
	}
	c.blocks[hash] = b
	c.all = append(c.all, b)
	c.canonical = append(c.canonical, b)
	return b
}

// Rewind takes the newest depth blocks out of the chain. They can still be asked
// for by their hashes. The genesis block stays.
func (c *Chain) Rewind(depth int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.canonical = slices.Clip(c.canonical[:max(1, len(c.canonical)-depth)])
}

// SetHead makes a block that was sealed the newest one of the chain.
func (c *Chain) SetHead(hash common.Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var chain []*Block
	for b := c.blocks[hash]; b != nil; b = c.blocks[b.Header.ParentHash] {
		chain = append(chain, b)
	}
	slices.Reverse(chain)
	c.canonical = chain
}

// SetFinalized sets the block that the tag finalized names, while the chain
// reaches to it.
func (c *Chain) SetFinalized(number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.final = number
}

// Head returns the newest block.
func (c *Chain) Head() *Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.canonical[len(c.canonical)-1]
}

// Blocks returns the chain, by number.
func (c *Chain) Blocks() []*Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.canonical)
}

// All returns every block that was ever sealed, in this order.
func (c *Chain) All() []*Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

// Find returns a block that was sealed, or nil.
func (c *Chain) Find(hash common.Hash) *Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocks[hash]
}

// Refusal is an error that a node answers with.
type Refusal struct {
	Code    int
	Message string
}

// Error implements error.
func (r *Refusal) Error() string { return r.Message }

// ErrorCode implements [rpc.Error].
func (r *Refusal) ErrorCode() int { return r.Code }

var _ rpc.Error = (*Refusal)(nil)

// request begins every request.
func (c *Chain) request(ctx context.Context, method string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.Before != nil {
		return c.Before(method)
	}
	return nil
}

// ChainID answers as ethclient does, and so do the methods below.
func (c *Chain) ChainID(ctx context.Context) (*big.Int, error) {
	if err := c.request(ctx, "ChainID"); err != nil {
		return nil, err
	}
	return new(big.Int).SetUint64(c.id), nil
}

// HeaderByNumber returns the header of the block with a number, or of the newest.
func (c *Chain) HeaderByNumber(ctx context.Context, number *big.Int) (*types.Header, error) {
	if err := c.request(ctx, "HeaderByNumber"); err != nil {
		return nil, err
	}
	b, err := c.at(number)
	if err != nil {
		return nil, err
	}
	return types.CopyHeader(b.Header), nil
}

// at returns the block with a number, nil for the newest.
func (c *Chain) at(number *big.Int) (*Block, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := uint64(len(c.canonical) - 1)
	switch {
	case number == nil:
	case number.Int64() == rpc.FinalizedBlockNumber.Int64():
		if n = c.final; n == 0 {
			return nil, ethereum.NotFound
		}
	case number.Sign() < 0:
		return nil, errors.New("fakel1: no such tag")
	default:
		n = number.Uint64()
	}
	if n >= uint64(len(c.canonical)) {
		return nil, ethereum.NotFound
	}
	return c.canonical[n], nil
}

// HeaderByHash returns the header of a block, in the chain or not.
func (c *Chain) HeaderByHash(ctx context.Context, hash common.Hash) (*types.Header, error) {
	if err := c.request(ctx, "HeaderByHash"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if b, ok := c.blocks[hash]; ok {
		return types.CopyHeader(b.Header), nil
	}
	return nil, ethereum.NotFound
}

// FilterLogs returns the logs of a block, or of those blocks of a range that
// there are.
func (c *Chain) FilterLogs(ctx context.Context, q ethereum.FilterQuery) ([]types.Log, error) {
	if err := c.request(ctx, "FilterLogs"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var blocks []*Block
	if q.BlockHash != nil {
		b, ok := c.blocks[*q.BlockHash]
		if !ok {
			return nil, &Refusal{-32000, "unknown block"}
		}
		blocks = append(blocks, b)
	} else {
		n := uint64(len(c.canonical))
		blocks = c.canonical[min(n, q.FromBlock.Uint64()):min(n, q.ToBlock.Uint64()+1)]
	}
	var logs []types.Log
	for _, b := range blocks {
		for _, l := range b.Logs {
			if matches(&q, &l) {
				logs = append(logs, l)
			}
		}
	}
	if q.BlockHash == nil && c.MaxLogs > 0 && len(logs) > c.MaxLogs {
		return nil, &Refusal{-32005, fmt.Sprintf("query returned more than %d results", c.MaxLogs)}
	}
	return logs, nil
}

func matches(q *ethereum.FilterQuery, l *types.Log) bool {
	if len(q.Addresses) > 0 && !slices.Contains(q.Addresses, l.Address) || len(l.Topics) < len(q.Topics) {
		return false
	}
	for i, any := range q.Topics {
		if len(any) > 0 && !slices.Contains(any, l.Topics[i]) {
			return false
		}
	}
	return true
}

// TransactionInBlock returns a transaction by its place.
func (c *Chain) TransactionInBlock(ctx context.Context, hash common.Hash, index uint) (*types.Transaction, error) {
	if err := c.request(ctx, "TransactionInBlock"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.blocks[hash]
	if !ok || index >= uint(len(b.Txs)) {
		return nil, ethereum.NotFound
	}
	return b.Txs[index], nil
}

// CallContract asks Call about the block with a number.
func (c *Chain) CallContract(ctx context.Context, msg ethereum.CallMsg, number *big.Int) ([]byte, error) {
	if err := c.request(ctx, "CallContract"); err != nil {
		return nil, err
	}
	b, err := c.at(number)
	if err != nil {
		return nil, err
	}
	return c.Call(b, msg)
}
