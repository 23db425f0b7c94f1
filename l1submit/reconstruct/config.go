package reconstruct

import (
	"context"
	"log/slog"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/watch"
)

// What a zero [Config] does.
const (
	DefaultFetchers       = 8
	DefaultCheckEvery     = 512
	DefaultRequestTimeout = time.Minute
)

// maxChanged is the number of changed accounts from which on a group of batches
// is committed, however few they are: it bounds the memory that a commit takes, to
// 1.8 GB where they are scattered over all indices.
const maxChanged = 1 << 19

// maxKnown is the number of accounts that are kept in memory because they were
// changed or read lately: up to some 200 MB of them.
const maxKnown = 1 << 20

// Client is what reconstruction asks a layer-1 node: go-ethereum's
// ethclient.Client has it.
type Client interface {
	l1submit.Client
	HeaderByHash(ctx context.Context, hash common.Hash) (*types.Header, error)
}

// Config says what is rebuilt from where.
type Config struct {
	// Contract is the rollup's contract.
	Contract common.Address
	// Start is the block of its deployment, or any before it.
	Start uint64
	// ChainID is that of the chain that the node has to be of. nil is any.
	ChainID *big.Int

	// Confirmations is how many blocks have to be on top of the last one that is
	// read, and Finalized wants it to be finalized besides: see [watch.Config].
	// The state cannot be rolled back.
	Confirmations uint64
	Finalized     bool
	// Block is the last one that is read, if it is not nil. The node has to know
	// the contract's state after it: most forget it after 128 blocks.
	Block *uint64

	// CheckEvery is the number of batches after which the state's commitment is
	// computed and compared. 0 means DefaultCheckEvery, 1 is every batch. See the
	// package's documentation.
	CheckEvery int
	// Fetchers is the number of batches whose data are fetched at once. 0 means
	// DefaultFetchers.
	Fetchers int
	// MaxRange is the number of blocks in one request for events. 0 means
	// [watch.DefaultMaxRange].
	MaxRange uint64
	// RequestTimeout is how long one request may take. 0 means
	// DefaultRequestTimeout.
	RequestTimeout time.Duration
	// Retry is for errors of the node.
	Retry watch.Retry

	// Progress is told how far things are, now and then; may be nil. It is not
	// called twice at once.
	Progress func(Progress)
	// Logger is told what is tried again. nil means [slog.Default].
	Logger *slog.Logger
}

// Progress is how far a reconstruction has come.
type Progress struct {
	Start, Block, Target uint64 // first block, events read up to, and to be read up to
	Final                uint32 // the last batch that those events say is final
	Applied              uint32 // the last batch whose state is checked and durable
	Transfers            uint64 // up to that one
}

func (c *Config) defaults() {
	if c.CheckEvery <= 0 {
		c.CheckEvery = DefaultCheckEvery
	}
	if c.Fetchers <= 0 {
		c.Fetchers = DefaultFetchers
	}
	if c.RequestTimeout <= 0 {
		c.RequestTimeout = DefaultRequestTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Retry.Logger == nil {
		c.Retry.Logger = c.Logger
	}
	c.Start = max(c.Start, 1) // no contract is in the genesis block
}
