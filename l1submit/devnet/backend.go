package devnet

import (
	"context"
	"crypto/ecdsa"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
)

const (
	// GenesisTime is the time of a chain's first block, in Unix seconds: the
	// beginning of 2026.
	GenesisTime = 1_767_225_600
	// BlockTime is between two blocks, where nothing else is asked for: what
	// mainnet has.
	BlockTime = 12 * time.Second
	// DefaultAccounts is how many accounts have funds where Options do not say.
	DefaultAccounts = 10

	gasLimit = 60_000_000 // of a block, as on mainnet
	baseFee  = params.InitialBaseFee
)

// Balance returns what each account starts with: 10,000 ether, in wei.
func Balance() *big.Int { return new(big.Int).Mul(big.NewInt(10_000), big.NewInt(params.Ether)) }

// ErrNotInstalled: the backend is a program that is not on this machine. Its
// message says how to install it.
var ErrNotInstalled = errors.New("development chain is not installed")

// Options of a [Backend]. The zero value is a good one.
type Options struct {
	// Accounts with funds. 0 means [DefaultAccounts].
	Accounts int
	// AutoMine makes a block for each transaction when it arrives. Otherwise
	// blocks are made by [Backend.Mine] and [Backend.MineAt] alone.
	AutoMine bool

	// Dir is where the chain is kept, to be gone on with by another process; empty
	// for a chain that is forgotten when it is closed. One process may use it. A
	// block is there once what made it returns, whatever then becomes of the process.
	// Blobs are not kept. [StartAnvil] cannot do it.
	Dir string
	// Port is where the node listens on loopback. 0 is a free port.
	Port int
}

// ErrNotKept: the chain cannot be kept in a directory, or listen on a port of the
// caller's choice.
var ErrNotKept = errors.New("this kind of development chain has no directory and no port of its own choice")

// Account is a development account. Its key is the same on every chain, and
// known to everybody.
type Account struct {
	Address common.Address
	Key     *ecdsa.PrivateKey
}

// Backend is a development chain. Its methods are safe for concurrent use.
type Backend interface {
	// Name says what it is, with its version.
	Name() string
	// URL is the JSON-RPC endpoint, over HTTP.
	URL() string
	// BlobArchive is the base URL of a server of blobs at
	// /eth/v1/beacon/blobs/{id}, as beacon nodes have it; {id} is a block's
	// number, which is also its slot, or its hash, which is also its beacon root.
	BlobArchive() string
	// Client is connected to URL.
	Client() *ethclient.Client
	// Accounts have [Balance] each at genesis.
	Accounts() []Account

	// Mine makes blocks, the first with what waits in the pool.
	Mine(ctx context.Context, blocks int) error
	// MineAt makes one block with this time, in Unix seconds, which has to be
	// later than the newest block's.
	MineAt(ctx context.Context, time uint64) error
	// AdvanceTime makes one block this much later than the newest.
	AdvanceTime(ctx context.Context, by time.Duration) error
	// Reorg replaces the newest blocks by as many empty ones and one more, whose
	// time is later than that of any block before. The node forgets the
	// transactions in the replaced blocks, and those that wait.
	Reorg(ctx context.Context, depth int) error

	// Close stops the chain and forgets it.
	Close() error
}

// Starter starts one kind of backend.
type Starter struct {
	Name  string
	Start func(context.Context, Options) (Backend, error)
}

// Starters returns all kinds of backends, for a test that has to pass on each.
// One that is not on this machine fails to start with [ErrNotInstalled].
func Starters() []Starter {
	return []Starter{
		{"geth", func(ctx context.Context, o Options) (Backend, error) { return StartGeth(ctx, o) }},
		{"anvil", func(ctx context.Context, o Options) (Backend, error) { return StartAnvil(ctx, o) }},
	}
}

// Key returns the key of a development account.
func Key(account int) (*ecdsa.PrivateKey, error) {
	seed := binary.BigEndian.AppendUint64([]byte("quire development account "), uint64(account))
	key, err := crypto.ToECDSA(crypto.Keccak256(seed))
	if err != nil {
		return nil, fmt.Errorf("derive development account %d: %w", account, err)
	}
	return key, nil
}

// accounts derives a chain's accounts.
func (o Options) accounts() ([]Account, error) {
	if o.Accounts < 0 {
		return nil, fmt.Errorf("%d accounts", o.Accounts)
	}
	if o.Accounts == 0 {
		o.Accounts = DefaultAccounts
	}
	list := make([]Account, o.Accounts)
	for i := range list {
		key, err := Key(i)
		if err != nil {
			return nil, err
		}
		list[i] = Account{Address: crypto.PubkeyToAddress(key.PublicKey), Key: key}
	}
	return list, nil
}

// seconds refuses what a block's time cannot express.
func seconds(by time.Duration) (uint64, error) {
	if by < time.Second || by%time.Second != 0 {
		return 0, fmt.Errorf("advance time by %v: want whole seconds, at least one", by)
	}
	return uint64(by / time.Second), nil
}
