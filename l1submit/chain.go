package l1submit

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Client is what a [Chain] needs of a node. go-ethereum's ethclient.Client and
// simulated.Client both have it.
type Client interface {
	bind.ContractBackend
	ethereum.ChainIDReader
	ethereum.TransactionReader
	BalanceAt(ctx context.Context, account common.Address, blockNumber *big.Int) (*big.Int, error)
}

// Account signs transactions. It is safe for concurrent use.
type Account struct {
	Address common.Address
	key     *ecdsa.PrivateKey
}

// NewAccount returns the account of a private key.
func NewAccount(key *ecdsa.PrivateKey) *Account {
	return &Account{Address: crypto.PubkeyToAddress(key.PublicKey), key: key}
}

// Chain sends transactions to a node and waits until they are in a block. It is
// safe for concurrent use.
type Chain struct {
	client  Client
	chainID *big.Int

	// sending orders nonce, submission and, on a DevChain, sealing.
	sending sync.Mutex
	// seal makes a block of what was sent; nil where the network does that.
	seal func()
}

// NewChain returns the chain behind a client.
func NewChain(ctx context.Context, client Client) (*Chain, error) {
	chainID, err := client.ChainID(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the layer-1 node for its chain ID: %w", err)
	}
	return &Chain{client: client, chainID: chainID}, nil
}

// Client returns the client behind the chain.
func (c *Chain) Client() Client { return c.client }

// ChainID returns the chain's ID. The result is the caller's.
func (c *Chain) ChainID() *big.Int { return new(big.Int).Set(c.chainID) }

// Balance returns an address's ether in wei.
func (c *Chain) Balance(ctx context.Context, address common.Address) (*big.Int, error) {
	balance, err := c.client.BalanceAt(ctx, address, nil)
	if err != nil {
		return nil, fmt.Errorf("read the balance of %s: %w", address, err)
	}
	return balance, nil
}

// ErrNotMined says that a transaction was sent, but that waiting for its
// receipt ended first. It may still be included: look for it by its hash
// before sending anything again.
var ErrNotMined = errors.New("transaction was sent, but its receipt did not come")

// transact signs and submits one transaction and waits for its receipt. submit
// gets the options to sign with. The gas limit is estimated, so that what would
// revert fails before it costs anything, with a [*RevertError].
func (c *Chain) transact(ctx context.Context, from *Account, value *big.Int,
	submit func(*bind.TransactOpts) (*types.Transaction, error)) (*types.Receipt, error) {
	opts := bind.NewKeyedTransactor(from.key, c.chainID)
	opts.Context = ctx
	opts.Value = value

	tx, err := c.submit(func() (*types.Transaction, error) { return submit(opts) })
	if err != nil {
		return nil, revertOf(err)
	}
	receipt, err := bind.WaitMined(ctx, c.client, tx.Hash())
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNotMined, tx.Hash(), err)
	}
	if receipt.Status != types.ReceiptStatusSuccessful {
		return receipt, c.replay(ctx, from, tx, receipt)
	}
	return receipt, nil
}

// submit runs one submission at a time.
func (c *Chain) submit(send func() (*types.Transaction, error)) (*types.Transaction, error) {
	c.sending.Lock()
	defer c.sending.Unlock()
	tx, err := send()
	if err == nil && c.seal != nil {
		c.seal()
	}
	return tx, err
}

// replay finds out why a transaction failed that had passed when its gas was
// estimated: receipts do not say.
func (c *Chain) replay(ctx context.Context, from *Account, tx *types.Transaction, receipt *types.Receipt) error {
	_, err := c.client.CallContract(ctx, ethereum.CallMsg{
		From: from.Address, To: tx.To(), Gas: tx.Gas(), Value: tx.Value(), Data: tx.Data(),
	}, receipt.BlockNumber)
	if err == nil {
		// The call is made on the state after the block; the cause may be gone.
		err = &RevertError{cause: errors.New("execution reverted")}
	}
	return fmt.Errorf("transaction %s in block %d: %w", tx.Hash(), receipt.BlockNumber, revertOf(err))
}

// deploy creates a contract and waits for it.
func (c *Chain) deploy(ctx context.Context, from *Account, code, arguments []byte) (common.Address, *types.Receipt, error) {
	receipt, err := c.transact(ctx, from, nil, func(opts *bind.TransactOpts) (*types.Transaction, error) {
		// DeployContract appends to what it is given.
		code := append(make([]byte, 0, len(code)+len(arguments)), code...)
		_, tx, err := bind.DeployContract(opts, code, c.client, arguments)
		return tx, err
	})
	if err != nil {
		return common.Address{}, receipt, err
	}
	return receipt.ContractAddress, receipt, nil
}
