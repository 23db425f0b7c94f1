package l1submit

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// Client is what a [Chain] needs of a node. go-ethereum's ethclient.Client has
// it, and so has what its simulated.Backend returns.
type Client interface {
	bind.ContractBackend
	bind.BlockHashContractCaller
	ethereum.ChainIDReader
	ethereum.TransactionReader
	TransactionInBlock(ctx context.Context, blockHash common.Hash, index uint) (*types.Transaction, error)
	BalanceAt(ctx context.Context, account common.Address, blockNumber *big.Int) (*big.Int, error)
}

// Signer signs transactions of one account: what package signer has.
type Signer interface {
	// Address returns the account.
	Address() common.Address
	// SignTx returns the transaction with the account's signature for a chain.
	SignTx(ctx context.Context, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error)
}

// Chain is a node of a layer-1 chain. It is safe for concurrent use.
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

// ErrNotMined says that a transaction went to the node, but that its receipt did
// not come: waiting for it ended first, or already the node's answer whether it
// takes it was lost. It may still be included: look for it by its hash before
// sending anything again.
var ErrNotMined = errors.New("transaction was sent, but its receipt did not come")

// errNoBlock is for a receipt that JSON-RPC's decoder lets pass.
var errNoBlock = errors.New("the layer-1 node gave a receipt without a block")

// Sender is a [Transactor] that sends at once, and waits for the receipt. It
// keeps no record: after a crash, nobody knows what was sent. Its use is a person
// at a keyboard, a test or a demonstration. It is safe for concurrent use.
type Sender struct {
	chain *Chain
	from  Signer
	// gasLimit, unless 0, is used in place of an estimate.
	gasLimit uint64
}

// Sender returns a sender of an account's transactions.
func (c *Chain) Sender(from Signer) *Sender { return &Sender{chain: c, from: from} }

// Address returns the account whose transactions the sender sends.
func (s *Sender) Address() common.Address { return s.from.Address() }

// Send implements [Transactor]. The gas limit is estimated, so that what would
// revert fails before it costs anything. Where the receipt does not come before
// the context ends, or it is not known whether the node took the transaction, the
// error is [ErrNotMined].
func (s *Sender) Send(ctx context.Context, call Call) (*types.Receipt, error) {
	tx, err := s.chain.submit(func() (*types.Transaction, error) { return s.submit(ctx, call) })
	if err != nil {
		return nil, RevertOf(err)
	}
	receipt, err := bind.WaitMined(ctx, s.chain.client, tx.Hash())
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNotMined, tx.Hash(), err)
	}
	if receipt.BlockNumber == nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNotMined, tx.Hash(), errNoBlock)
	}
	if receipt.Status != types.ReceiptStatusSuccessful {
		return receipt, s.chain.WhyFailed(ctx, s.from.Address(), tx, receipt)
	}
	return receipt, nil
}

// submit signs the call's transaction and hands it to the node.
func (s *Sender) submit(ctx context.Context, call Call) (*types.Transaction, error) {
	tx, err := s.sign(ctx, call)
	if err != nil {
		return nil, err
	}
	err = s.chain.client.SendTransaction(ctx, tx)
	var answer rpc.Error
	if err == nil || errors.As(err, &answer) {
		return tx, err // a refusal says that it was not sent
	}
	return nil, fmt.Errorf("%w: %s: %w", ErrNotMined, tx.Hash(), err)
}

// sign makes the call's transaction.
func (s *Sender) sign(ctx context.Context, call Call) (*types.Transaction, error) {
	client := s.chain.client
	opts := &bind.TransactOpts{
		From: s.from.Address(), Context: ctx, Value: call.Value, GasLimit: s.gasLimit, NoSend: true,
		Signer: func(_ common.Address, tx *types.Transaction) (*types.Transaction, error) {
			return s.from.SignTx(ctx, tx, s.chain.chainID)
		},
	}
	if opts.GasLimit == 0 {
		if call.To != nil { // to an address without code every call succeeds
			code, err := client.CodeAt(ctx, *call.To, nil)
			if err != nil {
				return nil, fmt.Errorf("read the code of %s: %w", *call.To, err)
			}
			if len(code) == 0 {
				return nil, fmt.Errorf("%s: %w", *call.To, bind.ErrNoCode)
			}
		}
		gas, err := client.EstimateGas(ctx, ethereum.CallMsg{From: s.from.Address(), To: call.To, Value: call.Value, Data: call.Data})
		if err != nil {
			return nil, err
		}
		opts.GasLimit = max(gas, min(gas+call.Slack, params.MaxTxGas))
	}
	if call.To == nil {
		return bind.NewBoundContract(common.Address{}, abi.ABI{}, client, client, client).RawCreationTransact(opts, call.Data)
	}
	return bind.NewBoundContract(*call.To, abi.ABI{}, client, client, client).RawTransact(opts, call.Data)
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

// WhyFailed finds out why a transaction failed that is in a block with this
// receipt: receipts do not say. The error is a [*RevertError], unless the node
// could not be asked.
func (c *Chain) WhyFailed(ctx context.Context, from common.Address, tx *types.Transaction, receipt *types.Receipt) error {
	_, err := c.client.CallContract(ctx, ethereum.CallMsg{
		From: from, To: tx.To(), Gas: tx.Gas(), Value: tx.Value(), Data: tx.Data(),
	}, receipt.BlockNumber)
	if err == nil {
		// The call is made on the state after the block; the cause may be gone.
		err = &RevertError{cause: errReverted}
	}
	return fmt.Errorf("transaction %s in block %d: %w", tx.Hash(), receipt.BlockNumber, RevertOf(err))
}
