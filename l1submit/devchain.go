package l1submit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/quirezk/quire/l1submit/internal/osaka"
	"github.com/quirezk/quire/l1submit/signer"
)

// DevChain is a layer-1 chain in this process, for tests and demonstrations. It
// has the rules of Osaka, and a block for every transaction, made at once.
// Close it after use.
type DevChain struct {
	*Chain
	// Accounts have [DevBalance] each at genesis. Their keys are no secrets:
	// the same on every DevChain.
	Accounts []*signer.Dev

	backend *simulated.Backend
}

// DevBalance returns what each account of a [DevChain] starts with: 10,000
// ether, in wei.
func DevBalance() *big.Int {
	return new(big.Int).Mul(big.NewInt(10_000), big.NewInt(params.Ether))
}

// NewDevChain starts a chain with this many funded accounts.
func NewDevChain(ctx context.Context, accounts int) (*DevChain, error) {
	dev := &DevChain{}
	alloc := types.GenesisAlloc{}
	for i := range accounts {
		account, err := devAccount(i)
		if err != nil {
			return nil, err
		}
		dev.Accounts = append(dev.Accounts, account)
		alloc[account.Address()] = types.Account{Balance: DevBalance()}
	}
	dev.backend = simulated.NewBackend(alloc, func(_ *node.Config, eth *ethconfig.Config) {
		eth.Genesis.Config = osaka.Rules()
		eth.Miner.Recommit = osaka.BlockBuildTime
	})
	// The interface that the backend returns leaves out what its client has.
	client, ok := dev.backend.Client().(Client)
	if !ok {
		return nil, errors.Join(fmt.Errorf("start development chain: %T is not a client", dev.backend.Client()), dev.Close())
	}
	chain, err := NewChain(ctx, client)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start development chain: %w", err), dev.Close())
	}
	chain.seal = func() { dev.backend.Commit() }
	dev.Chain = chain
	return dev, nil
}

// Close stops the chain and forgets it.
func (d *DevChain) Close() error {
	if err := d.backend.Close(); err != nil {
		return fmt.Errorf("stop development chain: %w", err)
	}
	return nil
}

// devAccount derives a development account's key from its number.
func devAccount(i int) (*signer.Dev, error) {
	seed := binary.BigEndian.AppendUint64([]byte("quire development account "), uint64(i))
	key, err := crypto.ToECDSA(crypto.Keccak256(seed))
	if err != nil {
		return nil, fmt.Errorf("derive development account %d: %w", i, err)
	}
	return signer.NewDev(key), nil
}

// Advance makes an empty block whose time is this much, in whole seconds, after
// that of the latest. A transaction that is in no block yet is dropped: on this
// chain only one that was sent past it, or whose sending failed half-way.
func (d *DevChain) Advance(by time.Duration) error {
	d.sending.Lock()
	defer d.sending.Unlock()
	// The pool learns in the background what the latest block has included, and
	// AdjustTime refuses while it still has anything. Rollback waits for it.
	d.backend.Rollback()
	if err := d.backend.AdjustTime(by); err != nil {
		return fmt.Errorf("advance development chain by %v: %w", by, err)
	}
	return nil
}
