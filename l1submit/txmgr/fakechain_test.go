package txmgr

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// fakeChain is a layer 1 whose blocks, reorgs, fees and moods the test decides.
// Its pool has go-ethereum's rules.
type fakeChain struct {
	mu     sync.Mutex
	blocks []*fakeBlock // by number
	pool   map[common.Address]map[uint64]*types.Transaction
	salt   uint64 // makes blocks of two branches differ

	base, minTip, blobBase *big.Int // of the next block
	usualTip               *big.Int // what the node says

	// moods
	down         error // every call fails
	refuse       error // SendTransaction fails, and keeps nothing
	hideReceipts bool  // as a node that is behind
	hideHistory  bool  // as a node without old states
	sent         []*types.Transaction
	// onSend is called around a delivery.
	onSend func(tx *types.Transaction, delivered bool)
}

type fakeBlock struct {
	header   *types.Header
	txs      types.Transactions
	receipts []*types.Receipt
	accounts map[common.Address]fakeAccount // after it
}

type fakeAccount struct {
	nonce   uint64
	balance *big.Int
}

// nodeError is an answer over JSON-RPC.
type nodeError struct {
	text string
	data []byte
}

func (e nodeError) Error() string  { return e.text }
func (e nodeError) ErrorCode() int { return -32000 }
func (e nodeError) ErrorData() any {
	if e.data == nil {
		return nil
	}
	return hexutil.Encode(e.data)
}

var (
	fakeChainID = big.NewInt(1337)
	reverting   = common.HexToAddress("0xbad")
	revertData  = []byte{1, 2, 3, 4, 5}

	_ BlobChain = (*fakeChain)(nil)
)

func newFakeChain(funded ...common.Address) *fakeChain {
	c := &fakeChain{
		pool: make(map[common.Address]map[uint64]*types.Transaction),
		base: big.NewInt(params.GWei), minTip: big.NewInt(1), blobBase: big.NewInt(1),
		usualTip: big.NewInt(1),
	}
	accounts := make(map[common.Address]fakeAccount)
	for _, a := range funded {
		accounts[a] = fakeAccount{balance: big.NewInt(params.Ether)}
	}
	c.blocks = []*fakeBlock{{
		header:   &types.Header{Number: new(big.Int), BaseFee: c.base, Difficulty: new(big.Int)},
		accounts: accounts,
	}}
	return c
}

func (c *fakeChain) head() *fakeBlock { return c.blocks[len(c.blocks)-1] }

// mine adds blocks with all that the pool has and that pays enough.
func (c *fakeChain) mine(blocks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range blocks {
		c.addBlock(true)
	}
}

func (c *fakeChain) addBlock(fill bool) {
	parent := c.head()
	c.salt++
	b := &fakeBlock{
		header: &types.Header{
			Number: big.NewInt(int64(len(c.blocks))), ParentHash: parent.header.Hash(), BaseFee: new(big.Int).Set(c.base),
			Difficulty: new(big.Int), GasLimit: 60_000_000, Time: uint64(len(c.blocks)) * 12,
			Extra: binary.BigEndian.AppendUint64(nil, c.salt),
		},
		accounts: maps.Clone(parent.accounts),
	}
	if fill {
		for _, from := range slices.SortedFunc(maps.Keys(c.pool), common.Address.Cmp) {
			for c.include(b, from) {
			}
		}
	}
	hash := b.header.Hash()
	for i, r := range b.receipts {
		r.BlockHash, r.BlockNumber, r.TransactionIndex = hash, b.header.Number, uint(i)
	}
	c.blocks = append(c.blocks, b)
}

// include executes an account's next transaction.
func (c *fakeChain) include(b *fakeBlock, from common.Address) bool {
	account := b.accounts[from]
	tx := c.pool[from][account.nonce]
	if tx == nil || tx.GasFeeCap().Cmp(c.base) < 0 || tx.EffectiveGasTipValue(c.base).Cmp(c.minTip) < 0 ||
		tx.Type() == types.BlobTxType && tx.BlobGasFeeCap().Cmp(c.blobBase) < 0 {
		return false
	}
	delete(c.pool[from], account.nonce)
	price := new(big.Int).Add(tx.EffectiveGasTipValue(c.base), c.base)
	receipt := &types.Receipt{
		Type: tx.Type(), TxHash: tx.Hash(), Status: types.ReceiptStatusSuccessful, GasUsed: tx.Gas() / 2,
		EffectiveGasPrice: price, Logs: []*types.Log{},
	}
	if tx.To() != nil && *tx.To() == reverting {
		receipt.Status = types.ReceiptStatusFailed
	}
	b.accounts[from] = fakeAccount{
		nonce:   account.nonce + 1,
		balance: new(big.Int).Sub(account.balance, price.Mul(price, new(big.Int).SetUint64(receipt.GasUsed))),
	}
	b.txs = append(b.txs, tx.WithoutBlobTxSidecar())
	b.receipts = append(b.receipts, receipt)
	return true
}

// reorg replaces the last blocks by one more empty ones. What was in them comes
// back to the pool, or not.
func (c *fakeChain) reorg(depth int, reinject bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	dropped := slices.Clone(c.blocks[len(c.blocks)-depth:])
	c.blocks = c.blocks[:len(c.blocks)-depth]
	for range depth + 1 {
		c.addBlock(false)
	}
	if !reinject {
		return
	}
	for _, b := range dropped {
		for _, tx := range b.txs {
			from := sender(tx)
			if c.pool[from] == nil {
				c.pool[from] = make(map[uint64]*types.Transaction)
			}
			if c.pool[from][tx.Nonce()] == nil {
				c.pool[from][tx.Nonce()] = tx
			}
		}
	}
}

// forget empties the pool.
func (c *fakeChain) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.pool)
}

// set changes the chain under its lock.
func (c *fakeChain) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// delegate uses up a nonce without a transaction.
func (c *fakeChain) delegate(from common.Address) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pool, from)
	c.addBlock(false)
	account := c.head().accounts[from]
	account.nonce++
	c.head().accounts[from] = account
}

// landed returns the canonical transactions of an account, in order.
func (c *fakeChain) landed(from common.Address) []*types.Transaction {
	c.mu.Lock()
	defer c.mu.Unlock()
	var txs []*types.Transaction
	for _, b := range c.blocks {
		for _, tx := range b.txs {
			if sender(tx) == from {
				txs = append(txs, tx)
			}
		}
	}
	return txs
}

// pending returns what the pool has for a nonce, or nil.
func (c *fakeChain) pending(from common.Address, nonce uint64) *types.Transaction {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pool[from][nonce]
}

// deliveries returns how many transactions were accepted.
func (c *fakeChain) deliveries() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sent)
}

func sender(tx *types.Transaction) common.Address {
	from, err := types.Sender(types.LatestSignerForChainID(fakeChainID), tx)
	if err != nil {
		panic(err)
	}
	return from
}

// block returns a block by number, nil for the newest.
func (c *fakeChain) block(number *big.Int) (*fakeBlock, error) {
	if c.down != nil {
		return nil, c.down
	}
	if number == nil {
		return c.head(), nil
	}
	if n := number.Int64(); n < 0 || n >= int64(len(c.blocks)) {
		return nil, ethereum.NotFound
	}
	return c.blocks[number.Int64()], nil
}

func (c *fakeChain) ChainID(context.Context) (*big.Int, error) { return fakeChainID, c.down }

func (c *fakeChain) HeaderByNumber(_ context.Context, number *big.Int) (*types.Header, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, err := c.block(number)
	if err != nil {
		return nil, err
	}
	return types.CopyHeader(b.header), nil
}

func (c *fakeChain) BlockByNumber(_ context.Context, number *big.Int) (*types.Block, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, err := c.block(number)
	if err != nil {
		return nil, err
	}
	return types.NewBlockWithHeader(b.header).WithBody(types.Body{Transactions: b.txs}), nil
}

func (c *fakeChain) account(a common.Address, number *big.Int) (fakeAccount, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, err := c.block(number)
	if err != nil {
		return fakeAccount{}, err
	}
	if number != nil && c.hideHistory {
		return fakeAccount{}, nodeError{text: "missing trie node"}
	}
	return b.accounts[a], nil
}

func (c *fakeChain) BalanceAt(_ context.Context, a common.Address, number *big.Int) (*big.Int, error) {
	account, err := c.account(a, number)
	if account.balance == nil {
		account.balance = new(big.Int)
	}
	return account.balance, err
}

func (c *fakeChain) NonceAt(_ context.Context, a common.Address, number *big.Int) (uint64, error) {
	account, err := c.account(a, number)
	return account.nonce, err
}

func (c *fakeChain) TransactionByHash(_ context.Context, hash common.Hash) (*types.Transaction, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return nil, false, c.down
	}
	for _, txs := range c.pool {
		for _, tx := range txs {
			if tx.Hash() == hash {
				return tx, true, nil
			}
		}
	}
	for _, b := range c.blocks {
		for _, tx := range b.txs {
			if tx.Hash() == hash {
				return tx, false, nil
			}
		}
	}
	return nil, false, ethereum.NotFound
}

func (c *fakeChain) TransactionReceipt(_ context.Context, hash common.Hash) (*types.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return nil, c.down
	}
	for _, b := range c.blocks {
		for _, r := range b.receipts {
			if r.TxHash == hash && !c.hideReceipts {
				return r, nil
			}
		}
	}
	return nil, ethereum.NotFound
}

func (c *fakeChain) SuggestGasTipCap(context.Context) (*big.Int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return new(big.Int).Set(c.usualTip), c.down
}

func (c *fakeChain) BlobBaseFee(context.Context) (*big.Int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return new(big.Int).Set(c.blobBase), c.down
}

func (c *fakeChain) EstimateGas(ctx context.Context, call ethereum.CallMsg) (uint64, error) {
	_, err := c.CallContract(ctx, call, nil)
	return 100_000, err
}

func (c *fakeChain) CallContract(_ context.Context, call ethereum.CallMsg, _ *big.Int) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return nil, c.down
	}
	if call.To != nil && *call.To == reverting {
		return nil, nodeError{"execution reverted", revertData}
	}
	return nil, nil
}

func (c *fakeChain) SendTransaction(_ context.Context, tx *types.Transaction) error {
	if c.onSend != nil {
		c.onSend(tx, false)
	}
	err := c.deliver(tx)
	if err == nil && c.onSend != nil {
		c.onSend(tx, true)
	}
	return err
}

func (c *fakeChain) deliver(tx *types.Transaction) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := errors.Join(c.down, c.refuse); err != nil {
		return err
	}
	from := sender(tx)
	account := c.head().accounts[from]
	if tx.Nonce() < account.nonce {
		return nodeError{text: fmt.Sprintf("nonce too low: next nonce %d, tx nonce %d", account.nonce, tx.Nonce())}
	}
	if account.balance == nil || account.balance.Cmp(tx.Cost()) < 0 {
		return nodeError{text: "insufficient funds for gas * price + value"}
	}
	if (tx.Type() == types.BlobTxType) != (tx.BlobTxSidecar() != nil) {
		return nodeError{text: "blobs are missing"}
	}
	for _, other := range c.pool[from] {
		if other.Type() != tx.Type() {
			return nodeError{text: "address already reserved"}
		}
	}
	if old := c.pool[from][tx.Nonce()]; old != nil {
		if old.Hash() == tx.Hash() {
			return nodeError{text: "already known"}
		}
		if !replaces(old, tx) {
			return nodeError{text: "replacement transaction underpriced"}
		}
	}
	if c.pool[from] == nil {
		c.pool[from] = make(map[uint64]*types.Transaction)
	}
	c.pool[from][tx.Nonce()] = tx
	c.sent = append(c.sent, tx)
	return nil
}

// replaces is go-ethereum's rule.
func replaces(old, tx *types.Transaction) bool {
	percent := int64(110)
	if tx.Type() == types.BlobTxType {
		percent = 200
	}
	enough := func(old, offered *big.Int) bool {
		least := new(big.Int).Mul(big.NewInt(percent), old)
		least.Div(least, big.NewInt(100))
		return offered.Cmp(least) >= 0 && offered.Cmp(old) > 0
	}
	return enough(old.GasFeeCap(), tx.GasFeeCap()) && enough(old.GasTipCap(), tx.GasTipCap()) &&
		(tx.Type() != types.BlobTxType || enough(old.BlobGasFeeCap(), tx.BlobGasFeeCap()))
}

// times counts the canonical transactions with this data.
func (c *fakeChain) times(data []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, b := range c.blocks {
		for _, tx := range b.txs {
			if bytes.Equal(tx.Data(), data) {
				n++
			}
		}
	}
	return n
}
