package txmgr_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto/kzg4844"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/l1submit/devnet/devnettest"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/l1submit/txmgr"
)

const confirmations = 3

var receiver = common.HexToAddress("0xcafe")

// reverting code, for a contract that refuses everything with what it was called with.
var reverting = common.FromHex("0x66" + "365f5f37365ffd" + "5f5260076019f3")

// manager is one on a real node.
type manager struct {
	*txmgr.Manager
	t        *testing.T
	chain    devnet.Backend
	ordinary common.Address
}

func open(t *testing.T, chain devnet.Backend, change func(*txmgr.Config)) *manager {
	t.Helper()
	cfg := txmgr.Config{
		Dir: t.TempDir(), Chain: chain.Client(),
		Signer: signer.NewDev(chain.Accounts()[0].Key), BlobSigner: signer.NewDev(chain.Accounts()[1].Key),
		Confirmations: confirmations, Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&cfg)
	}
	m, err := txmgr.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return &manager{m, t, chain, cfg.Signer.Address()}
}

func (m *manager) submit(in txmgr.Intent) {
	m.t.Helper()
	if err := m.Submit(m.t.Context(), in); err != nil {
		m.t.Fatal(err)
	}
}

func (m *manager) poll() {
	m.t.Helper()
	if err := m.Poll(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
}

func (m *manager) mine(blocks int) {
	m.t.Helper()
	for range blocks {
		if err := m.chain.Mine(m.t.Context(), 1); err != nil {
			m.t.Fatal(err)
		}
		m.poll()
	}
}

func (m *manager) reorg(depth int) {
	m.t.Helper()
	if err := m.chain.Reorg(m.t.Context(), depth); err != nil {
		m.t.Fatal(err)
	}
	m.poll()
}

// land mines until an intent is final.
func (m *manager) land(in txmgr.Intent) (*txmgr.Result, error) {
	m.t.Helper()
	m.mine(confirmations)
	if open := m.Status(); len(open) != 0 {
		m.t.Fatalf("not settled: %+v", open)
	}
	return m.Wait(m.t.Context(), in.Key)
}

var sidecar = sync.OnceValue(func() *types.BlobTxSidecar {
	blob := kzg4844.Blob{1: 2}
	commitment, err := kzg4844.BlobToCommitment(&blob)
	if err != nil {
		panic(err)
	}
	proofs, err := kzg4844.ComputeCellProofs(&blob)
	if err != nil {
		panic(err)
	}
	return types.NewBlobTxSidecar(types.BlobSidecarVersion1, []kzg4844.Blob{blob}, []kzg4844.Commitment{commitment}, proofs)
})

// intents are one for each account.
func intents(name string) map[string]txmgr.Intent {
	in := txmgr.Intent{Key: name, To: &receiver, Value: big.NewInt(1), Data: []byte(name)}
	withBlob := in
	withBlob.Blobs = sidecar()
	return map[string]txmgr.Intent{"ordinary": in, "blob": withBlob}
}

func TestOnBackends(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 2}, func(t *testing.T, chain devnet.Backend) {
		for name, in := range intents("send") {
			t.Run(name, func(t *testing.T) {
				m := open(t, chain, nil)
				m.submit(in)
				r, err := m.land(in)
				if err != nil || r.Receipt.Status != types.ReceiptStatusSuccessful || len(r.Hashes) != 1 {
					t.Errorf("%+v, error %v", r, err)
				}
			})
		}
	})
}

func TestRevertOnBackends(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 2}, func(t *testing.T, chain devnet.Backend) {
		m := open(t, chain, func(c *txmgr.Config) {
			c.DecodeRevert = func(data []byte) error { return fmt.Errorf("decoded %s", data) }
		})
		create := txmgr.Intent{Key: "create", Data: reverting}
		m.submit(create)
		r, err := m.land(create)
		if err != nil {
			t.Fatal(err)
		}
		for name, in := range intents("refused") {
			t.Run(name, func(t *testing.T) {
				in.To, in.Value, in.Key = &r.Receipt.ContractAddress, nil, name
				var revert *txmgr.RevertError
				err := m.Submit(t.Context(), in)
				if !errors.As(err, &revert) || revert.Hash != (common.Hash{}) || revert.Reason.Error() != "decoded refused" {
					t.Fatalf("before it is sent: error %v", err)
				}
				in.Gas = 100_000
				m.submit(in)
				r, err := m.land(in)
				if !errors.As(err, &revert) || revert.Hash != r.Receipt.TxHash || revert.Reason.Error() != "decoded refused" {
					t.Errorf("afterwards: %+v, error %v", r, err)
				}
			})
		}
	})
}

// The nodes' own pools take the fees that are offered in place of others.
func TestBumpOnBackends(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 2}, func(t *testing.T, chain devnet.Backend) {
		for name, in := range intents("bump") {
			t.Run(name, func(t *testing.T) {
				m := open(t, chain, func(c *txmgr.Config) { c.BumpBlocks = 1 })
				m.mine(1)
				m.submit(in)
				for attempts := 2; attempts <= 4; attempts++ {
					// A reorg is how a chain grows without what waits; the node
					// forgets it then, and is sent the last attempt and the next.
					m.reorg(1)
					s := m.Status()[0]
					if len(s.Hashes) != attempts || s.Problem != nil {
						t.Fatalf("%+v", s)
					}
					if _, pending, err := chain.Client().TransactionByHash(t.Context(), s.Hashes[attempts-1]); err != nil || !pending {
						t.Fatalf("attempt %d is not in the pool: error %v", attempts, err)
					}
				}
				r, err := m.land(in)
				if err != nil || r.Receipt.TxHash != r.Hashes[3] {
					t.Errorf("%+v, error %v", r, err)
				}
			})
		}
	})
}

func TestReorgOnBackends(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 2}, func(t *testing.T, chain devnet.Backend) {
		m := open(t, chain, func(c *txmgr.Config) { c.Confirmations = 65; c.BumpBlocks = 1000 })
		for _, depth := range []int{1, 2, 31, 64} {
			var sent []txmgr.Intent
			for account, in := range intents(fmt.Sprint(depth)) {
				in.Key += account
				m.submit(in)
				sent = append(sent, in)
			}
			m.mine(depth)
			m.reorg(depth)
			for _, s := range m.Status() {
				if s.Mined != (common.Hash{}) || s.Problem != nil {
					t.Errorf("depth %d: %+v", depth, s)
				}
			}
			m.mine(65)
			for _, in := range sent {
				r, err := m.Wait(t.Context(), in.Key)
				if err != nil || len(r.Hashes) != 1 {
					t.Errorf("depth %d: %+v, error %v", depth, r, err)
				}
			}
		}
		// Each landed once: the receiver has a wei for each.
		balance, err := chain.Client().BalanceAt(t.Context(), receiver, nil)
		if err != nil || balance.Int64() != 8 {
			t.Errorf("%v wei arrived, error %v", balance, err)
		}
	})
}

func TestDisplacedOnBackends(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 2}, func(t *testing.T, chain devnet.Backend) {
		m := open(t, chain, nil)
		m.mine(2)
		in := intents("displaced")["ordinary"]
		m.submit(in)
		cancel, err := types.SignNewTx(chain.Accounts()[0].Key, types.LatestSignerForChainID(big.NewInt(1337)), &types.DynamicFeeTx{
			ChainID: big.NewInt(1337), To: &m.ordinary, Gas: 21_000,
			GasFeeCap: big.NewInt(50 * params.GWei), GasTipCap: big.NewInt(20 * params.GWei),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := chain.Client().SendTransaction(t.Context(), cancel); err != nil {
			t.Fatal(err)
		}
		_, err = m.land(in)
		var displaced *txmgr.DisplacedError
		if !errors.As(err, &displaced) || displaced.By != cancel.Hash() || displaced.Block != 3 {
			t.Errorf("error %v", err)
		}
	})
}

// What a node refuses has its cause.
func TestRefusalsOfBackends(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 3}, func(t *testing.T, chain devnet.Backend) {
		m := open(t, chain, nil)
		in := intents("poor")["ordinary"]
		in.Value = devnet.Balance()
		if err := m.Submit(t.Context(), in); !errors.Is(err, txmgr.ErrInsufficientFunds) {
			t.Errorf("too poor: error %v", err)
		}
		in.Gas = 30_000
		if err := m.Submit(t.Context(), in); !errors.Is(err, txmgr.ErrInsufficientFunds) {
			t.Errorf("too poor, with a gas limit: error %v", err)
		}
		if n := len(m.Status()); n != 0 {
			t.Errorf("%d recorded", n)
		}
	})
}
