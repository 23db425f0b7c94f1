package devnet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/miner"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/version"

	"github.com/quirezk/quire/l1submit/internal/osaka"
)

// Geth is a go-ethereum node in this process, with nothing on disk unless it is
// given a directory. It keeps every state and every blob. Its consensus layer is this type: it has blocks
// built and makes them canonical.
//
// go-ethereum's simulated beacon is not used: its blocks have the clock's time,
// it takes no transactions along when time jumps, and it keeps no blobs.
type Geth struct {
	stack    *node.Node
	eth      *eth.Ethereum
	client   *ethclient.Client
	accounts []Account
	archive  *archive

	// sealing is held while the chain changes.
	sealing sync.Mutex
	sealed  uint64 // blocks ever made; owned by sealing
	closed  bool   // owned by sealing

	stopAuto func() // ends automatic mining; does nothing where there is none
}

var _ Backend = (*Geth)(nil)

// StartGeth starts a node. Close it after use.
func StartGeth(ctx context.Context, opts Options) (*Geth, error) {
	g, err := startGeth(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("start development chain: %w", err)
	}
	if g.client, err = ethclient.DialContext(ctx, g.URL()); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to the development chain: %w", err), g.Close())
	}
	return g, nil
}

func startGeth(ctx context.Context, opts Options) (*Geth, error) {
	accounts, err := opts.accounts()
	if err != nil {
		return nil, err
	}
	stack, err := node.New(&node.Config{
		Name:             "quire-devnet",
		DataDir:          opts.Dir, // in memory if it is empty
		HTTPHost:         "127.0.0.1",
		HTTPPort:         opts.Port, // 0: a free one
		HTTPModules:      []string{"eth", "net", "web3", "txpool", "debug"},
		HTTPVirtualHosts: []string{"localhost", "127.0.0.1"},
		HTTPTimeouts:     rpc.DefaultHTTPTimeouts,
		HTTPBodyLimit:    node.DefaultConfig.HTTPBodyLimit,
		P2P:              p2p.Config{NoDiscovery: true, NoDial: true},
	})
	if err != nil {
		return nil, err
	}
	g := &Geth{stack: stack, accounts: accounts, stopAuto: func() {}}
	if err := g.start(ctx, opts); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// start registers everything with the node and starts it.
func (g *Geth) start(ctx context.Context, opts Options) (err error) {
	config := ethConfig(genesis(g.accounts))
	if g.eth, err = eth.New(g.stack, config); err != nil {
		return err
	}
	g.stack.RegisterAPIs([]rpc.API{{
		Namespace: "eth",
		Service:   filters.NewFilterAPI(filters.NewFilterSystem(g.eth.APIBackend, filters.Config{})),
	}})
	g.archive = newArchive(g.eth.BlockChain())
	g.stack.RegisterHandler("blob archive", "/eth/v1/beacon/", g.archive)
	if err := g.stack.Start(); err != nil {
		return err
	}
	g.eth.SetSynced() // or it would take no transactions
	if err := g.settleIndex(ctx); err != nil {
		return err
	}
	if opts.AutoMine {
		g.stopAuto = g.autoMine()
	}
	return nil
}

// settleIndex has the node know that its index of transactions is complete. It
// looks only when a block comes, and until then answers "transaction indexing is
// in progress" where it should say that there is no such transaction.
func (g *Geth) settleIndex(ctx context.Context) error {
	rawdb.WriteTxIndexTail(g.eth.ChainDb(), 0)
	newest := g.eth.BlockChain().CurrentBlock() // genesis, unless a directory had more
	if err := g.adopt(g.eth.BlockChain().GetBlock(newest.Hash(), newest.Number.Uint64())); err != nil {
		return err
	}
	for !g.eth.BlockChain().TxIndexDone() {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// genesis is the first block: the accounts, and the contracts that Osaka's system
// calls go to.
func genesis(accounts []Account) *core.Genesis {
	alloc := types.GenesisAlloc{
		params.BeaconRootsAddress:        {Nonce: 1, Code: params.BeaconRootsCode, Balance: new(big.Int)},
		params.HistoryStorageAddress:     {Nonce: 1, Code: params.HistoryStorageCode, Balance: new(big.Int)},
		params.WithdrawalQueueAddress:    {Nonce: 1, Code: params.WithdrawalQueueCode, Balance: new(big.Int)},
		params.ConsolidationQueueAddress: {Nonce: 1, Code: params.ConsolidationQueueCode, Balance: new(big.Int)},
	}
	for _, a := range accounts {
		alloc[a.Address] = types.Account{Balance: Balance()}
	}
	return &core.Genesis{
		Config: osaka.Rules(), Timestamp: GenesisTime, GasLimit: gasLimit,
		BaseFee: big.NewInt(baseFee), Difficulty: new(big.Int), Alloc: alloc,
	}
}

// ethConfig keeps all states, in little memory.
func ethConfig(genesis *core.Genesis) *ethconfig.Config {
	config := ethconfig.Defaults
	config.Genesis = genesis
	config.SyncMode = ethconfig.FullSync
	config.StateScheme, config.NoPruning = rawdb.HashScheme, true
	config.DatabaseCache, config.TrieCleanCache, config.TrieDirtyCache, config.SnapshotCache = 16, 16, 16, 0
	config.LogNoHistory = true // logs are searched without an index
	config.TxPool.NoLocals, config.TxPool.Journal = true, ""
	config.Miner.GasCeil = gasLimit
	config.Miner.GasPrice = big.NewInt(1)
	config.Miner.Recommit = osaka.BlockBuildTime
	return &config
}

// Name implements [Backend].
func (g *Geth) Name() string {
	return fmt.Sprintf("embedded geth %d.%d.%d", version.Major, version.Minor, version.Patch)
}

// URL implements [Backend].
func (g *Geth) URL() string { return g.stack.HTTPEndpoint() }

// BlobArchive implements [Backend].
func (g *Geth) BlobArchive() string { return g.stack.HTTPEndpoint() }

// Client implements [Backend].
func (g *Geth) Client() *ethclient.Client { return g.client }

// Accounts implements [Backend].
func (g *Geth) Accounts() []Account { return g.accounts }

// errStopped is for a chain that was closed.
var errStopped = errors.New("development chain was closed")

// lock takes the right to change the chain.
func (g *Geth) lock() (unlock func(), err error) {
	g.sealing.Lock()
	if g.closed {
		g.sealing.Unlock()
		return nil, errStopped
	}
	return g.sealing.Unlock, nil
}

// Mine implements [Backend].
func (g *Geth) Mine(ctx context.Context, blocks int) error {
	unlock, err := g.lock()
	if err != nil {
		return err
	}
	defer unlock()
	for range blocks {
		head := g.head()
		if err := g.extend(ctx, head, head.Time+uint64(BlockTime/time.Second)); err != nil {
			return fmt.Errorf("make block %d: %w", head.Number.Uint64()+1, err)
		}
	}
	return nil
}

// MineAt implements [Backend].
func (g *Geth) MineAt(ctx context.Context, time uint64) error {
	unlock, err := g.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := g.extend(ctx, g.head(), time); err != nil {
		return fmt.Errorf("make a block at time %d: %w", time, err)
	}
	return nil
}

// AdvanceTime implements [Backend].
func (g *Geth) AdvanceTime(ctx context.Context, by time.Duration) error {
	step, err := seconds(by)
	if err != nil {
		return err
	}
	unlock, err := g.lock()
	if err != nil {
		return err
	}
	defer unlock()
	head := g.head()
	if err := g.extend(ctx, head, head.Time+step); err != nil {
		return fmt.Errorf("advance time by %v: %w", by, err)
	}
	return nil
}

// Reorg implements [Backend]. The chain changes over to the new branch at once.
func (g *Geth) Reorg(ctx context.Context, depth int) error {
	unlock, err := g.lock()
	if err != nil {
		return err
	}
	defer unlock()
	head := g.head()
	if depth < 1 || uint64(depth) > head.Number.Uint64() {
		return fmt.Errorf("reorg of %d blocks in a chain of %d", depth, head.Number)
	}
	last := g.eth.BlockChain().GetHeaderByNumber(head.Number.Uint64() - uint64(depth))
	step := uint64(BlockTime / time.Second)
	var tip *types.Block
	for i := range depth + 1 {
		time := last.Time + step
		if i == depth {
			time = max(time, head.Time+step)
		}
		if tip, err = g.seal(ctx, last, time, false); err != nil {
			return fmt.Errorf("reorg of %d blocks: %w", depth, err)
		}
		last = tip.Header()
	}
	if err := g.adopt(tip); err != nil {
		return fmt.Errorf("reorg of %d blocks: %w", depth, err)
	}
	// What was in the old blocks went back to the pool.
	g.eth.TxPool().Clear()
	return nil
}

// head is the newest block.
func (g *Geth) head() *types.Header { return g.eth.BlockChain().CurrentBlock() }

// extend adds a block with what waits in the pool.
func (g *Geth) extend(ctx context.Context, parent *types.Header, time uint64) error {
	if err := g.eth.TxPool().Sync(); err != nil {
		return err
	}
	block, err := g.seal(ctx, parent, time, true)
	if err != nil {
		return err
	}
	return g.adopt(block)
}

// seal builds a block and stores it and its blobs, as a branch.
func (g *Geth) seal(ctx context.Context, parent *types.Header, time uint64, fill bool) (*types.Block, error) {
	g.sealed++
	root := parent.Hash() // a block's beacon root is its own hash
	block, payload, err := g.eth.Miner().BuildTestingPayload(&miner.BuildPayloadArgs{
		Parent:      parent.Hash(),
		Timestamp:   time,
		Random:      crypto.Keccak256Hash(binary.BigEndian.AppendUint64(nil, g.sealed)), // blocks of two branches differ
		Withdrawals: types.Withdrawals{},
		BeaconRoot:  &root,
	}, nil, !fill, nil)
	if err != nil {
		return nil, err
	}
	if _, err := g.eth.BlockChain().InsertBlockWithoutSetHead(ctx, block, false); err != nil {
		return nil, err
	}
	return block, g.archive.keep(block.Hash(), payload.BlobsBundle)
}

// adopt makes a block the newest, has it on disk, and the pool know. (go-ethereum
// leaves its newest writes in this process's memory, where a killed one loses them.)
func (g *Geth) adopt(block *types.Block) error {
	if _, err := g.eth.BlockChain().SetCanonical(block); err != nil {
		return err
	}
	if err := g.eth.ChainDb().SyncKeyValue(); err != nil {
		return err
	}
	return g.eth.TxPool().Sync()
}

// autoMine makes blocks when transactions arrive, until it is stopped.
func (g *Geth) autoMine() (stop func()) {
	arrived := make(chan core.NewTxsEvent, 64)
	subscription := g.eth.TxPool().SubscribeTransactions(arrived, false)
	// Whoever makes a block waits for the pool, and the pool for whoever it tells
	// of transactions: listening and making blocks are two goroutines.
	wake := make(chan struct{}, 1)
	var both sync.WaitGroup
	both.Go(func() {
		defer close(wake)
		for {
			select {
			case <-arrived:
				select {
				case wake <- struct{}{}:
				default: // a look at the pool is due already
				}
			case <-subscription.Err():
				return
			}
		}
	})
	both.Go(func() {
		for range wake {
			g.mineWaiting()
		}
	})
	return func() {
		subscription.Unsubscribe()
		both.Wait()
	}
}

// mineWaiting makes blocks while that takes something out of the pool: what is
// left pays too little, or waits for another transaction.
func (g *Geth) mineWaiting() {
	for before := -1; ; {
		waiting, _ := g.eth.TxPool().Stats()
		if waiting == 0 || waiting == before {
			return
		}
		before = waiting
		if err := g.Mine(context.Background(), 1); err != nil {
			return // closed; or the sender finds no receipt, and the next Mine says why
		}
	}
}

// Close implements [Backend].
func (g *Geth) Close() error {
	g.stopAuto()
	g.sealing.Lock()
	defer g.sealing.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	if g.client != nil {
		g.client.Close()
	}
	if err := g.stack.Close(); err != nil {
		return fmt.Errorf("stop development chain: %w", err)
	}
	return nil
}
