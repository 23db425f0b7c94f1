package e2e

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit/signer"
)

// client is what the tests ask a layer-1 node. go-ethereum's ethclient.Client
// has it.
type client interface {
	exits.Client
	BlockByNumber(ctx context.Context, number *big.Int) (*types.Block, error)
	NonceAt(ctx context.Context, account common.Address, number *big.Int) (uint64, error)
}

// backend is a layer-1 chain that a test has for itself. Its clock is ahead of
// the machine's, so that each block comes one second after the one before.
type backend interface {
	Name() string
	Client() client
	// Accounts have at least [funds] each.
	Accounts() []*signer.Dev
	// AdvanceTime makes an empty block, this much after the latest one.
	AdvanceTime(ctx context.Context, by time.Duration) error
	Close() error
}

// sealer is a backend that makes blocks when it is told to, not by itself: so
// several transactions get into one, the best paying first.
type sealer interface {
	backend
	// Seal makes a block of all that was sent.
	Seal(ctx context.Context) error
}

// forker is a backend that can take blocks back.
type forker interface {
	sealer
	// Fork takes back the newest blocks, and forgets their transactions and all
	// that wait. What was there before becomes the chain again: seal more blocks
	// than were taken back to have a chain that a node would follow.
	Fork(ctx context.Context, depth uint64) error
}

// backends are the chains that the tests run on, by name.
var backends = []struct {
	name string
	// open starts one with this many accounts. It skips the test where the
	// machine does not have what the chain needs, and says what that is.
	open func(t *testing.T, accounts int) backend
}{
	{"simulated", func(t *testing.T, accounts int) backend { return newSimulated(t, accounts) }},
}

// onEach runs a test on each backend.
func onEach(t *testing.T, accounts int, test func(t *testing.T, b backend)) {
	t.Helper()
	for _, kind := range backends {
		t.Run(kind.name, func(t *testing.T) {
			b := open(t, kind.open, accounts)
			t.Logf("layer 1: %s", b.Name())
			test(t, b)
		})
	}
}

// open starts a chain, which ends with the test.
func open[B backend](t *testing.T, start func(*testing.T, int) B, accounts int) B {
	t.Helper()
	b := start(t, accounts)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// funds is what each account starts with: 10,000 ether.
func funds() *big.Int { return new(big.Int).Mul(big.NewInt(10_000), big.NewInt(params.Ether)) }

// genesisTime is the time of a simulated chain's first block: 2100-01-01. It is
// later than any machine's clock, since the chain makes a block either now or one
// second after the last, whichever is later.
const genesisTime = 4_102_444_800

// simulatedChain is go-ethereum's simulated backend under the rules of Osaka.
type simulatedChain struct {
	backend  *simulated.Backend
	client   client
	accounts []*signer.Dev
}

var _ forker = (*simulatedChain)(nil)

func newSimulated(t *testing.T, accounts int) *simulatedChain {
	t.Helper()
	c := new(simulatedChain)
	alloc := types.GenesisAlloc{}
	for i := range accounts {
		key, err := crypto.ToECDSA(crypto.Keccak256(binary.BigEndian.AppendUint64([]byte("quire e2e "), uint64(i))))
		if err != nil {
			t.Fatal(err)
		}
		c.accounts = append(c.accounts, signer.NewDev(key))
		alloc[c.accounts[i].Address()] = types.Account{Balance: funds()}
	}
	c.backend = simulated.NewBackend(alloc, func(_ *node.Config, eth *ethconfig.Config) {
		rules := *params.MergedTestChainConfig
		rules.ChainID = big.NewInt(1337)
		eth.Genesis.Config = &rules
		eth.Genesis.Timestamp = genesisTime
	})
	var ok bool
	if c.client, ok = c.backend.Client().(client); !ok {
		t.Fatalf("%T is not a client", c.backend.Client())
	}
	return c
}

func (c *simulatedChain) Name() string            { return "simulated (go-ethereum in process, Osaka rules)" }
func (c *simulatedChain) Client() client          { return c.client }
func (c *simulatedChain) Accounts() []*signer.Dev { return c.accounts }

func (c *simulatedChain) Close() error { return c.backend.Close() }

func (c *simulatedChain) AdvanceTime(_ context.Context, by time.Duration) error {
	return c.backend.AdjustTime(by)
}

func (c *simulatedChain) Seal(context.Context) error {
	c.backend.Commit()
	return nil
}

func (c *simulatedChain) Fork(ctx context.Context, depth uint64) error {
	c.backend.Rollback()
	head, err := c.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return err
	}
	if head.Number.Uint64() < depth {
		return fmt.Errorf("take back %d blocks of %d", depth, head.Number)
	}
	ancestor, err := c.client.HeaderByNumber(ctx, new(big.Int).SetUint64(head.Number.Uint64()-depth))
	if err != nil {
		return err
	}
	if err := c.backend.Fork(ancestor.Hash()); err != nil {
		return err
	}
	// The pool takes in again what was taken back. Forking once more waits until it
	// has, and fails if there is anything; what is there is dropped then.
	_ = c.backend.Fork(ancestor.Hash())
	c.backend.Rollback()
	if err := c.backend.Fork(ancestor.Hash()); err != nil {
		return err
	}
	now, err := c.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return err
	}
	if now.Hash() != ancestor.Hash() {
		return errors.New("the chain did not go back")
	}
	return nil
}

// errNoReceipt: a transaction that was sent is in no block.
var errNoReceipt = errors.New("transaction is in no block")

// receiptOf returns the receipt of a transaction: at once on a backend that seals
// when told to, else when it comes.
func receiptOf(ctx context.Context, b backend, hash common.Hash) (*types.Receipt, error) {
	for {
		receipt, err := b.Client().TransactionReceipt(ctx, hash)
		if !errors.Is(err, ethereum.NotFound) {
			return receipt, err
		}
		if _, sealed := b.(sealer); sealed {
			return nil, fmt.Errorf("%w: %s", errNoReceipt, hash)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
