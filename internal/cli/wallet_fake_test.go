package cli

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

var fakeRollup = wallets.Rollup{
	ChainID: 1337, Contract: common.HexToAddress("0x00000000000000000000000000000000000c0de5"), BlockHash: common.Hash{1},
}

// fakeNode is a node in memory, by the protocol's own rules, that lies as a test
// has it do. It serves the interface that real ones serve.
type fakeNode struct {
	api.Backend // what is not here is not asked for

	id   fr.Element
	key  *receipt.Key
	tree *statetree.Tree
	url  string

	mu       sync.Mutex
	state    *protocol.MemoryState
	top      protocol.Index
	done     []api.Transfer // in order
	sealed   uint32         // and final
	openings int

	lies
	fee  uint64
	drop bool // answers are lost
	lose bool // transfers are lost
}

// lies are how a fake node changes what it says.
type lies struct {
	account func(protocol.Index, *protocol.Account) // what it tells of an account
	proof   func(*api.AccountProof)
	receipt func(*api.Receipt)
	result  func(*api.SendResult)
	history func(*api.Transfer)
	config  func(*api.Config)
}

func newFakeNode(t *testing.T) *fakeNode {
	t.Helper()
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("operator")))
	if err != nil {
		t.Fatal(err)
	}
	n := &fakeNode{
		id: fakeRollup.ID(), key: receipt.NewKey(key), tree: statetree.OpenMemory(), state: protocol.NewMemoryState(), fee: 20,
		lies: lies{
			account: func(protocol.Index, *protocol.Account) {}, proof: func(*api.AccountProof) {}, receipt: func(*api.Receipt) {},
			result: func(*api.SendResult) {}, history: func(*api.Transfer) {}, config: func(*api.Config) {},
		},
	}
	n.put(t, 1, protocol.Account{Key: keyOf("collector"), Owner: protocol.Owner{1}})
	server, err := api.New(n, api.Options{Logger: slog.New(slog.DiscardHandler), Rate: -1})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		web.Close()
		server.Close()
		if err := n.tree.Close(); err != nil {
			t.Error(err)
		}
	})
	n.url = web.URL
	return n
}

func keyOf(name string) protocol.PublicKey {
	return protocol.NewPrivateKey([32]byte(crypto.Keccak256([]byte(name)))).Public()
}

func (n *fakeNode) put(t *testing.T, i protocol.Index, a protocol.Account) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.state.SetAccount(i, a); err != nil {
		t.Fatal(err)
	}
	n.top = max(n.top, i)
}

// seal makes all that was executed final.
func (n *fakeNode) seal(t *testing.T) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	var updates []statetree.Update
	for i := protocol.Index(1); i <= n.top; i++ {
		if a, ok, err := n.state.Account(i); err != nil {
			t.Fatal(err)
		} else if ok {
			updates = append(updates, statetree.Update{Index: i, Account: a})
		}
	}
	n.sealed++
	if _, err := n.tree.Apply(t.Context(), n.sealed, updates, nil); err != nil {
		t.Fatal(err)
	}
}

// layerOne is what layer 1 has of it.
func (n *fakeNode) layerOne() *layerOne {
	return &layerOne{close: func() {}, finalized: func(context.Context) (l1submit.Finalized, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		return l1submit.Finalized{Number: n.sealed, Commitment: protocol.Commitment(n.tree.Root(), n.id, n.sealed)}, nil
	}}
}

func (n *fakeNode) fees() []protocol.FeeAccount { return []protocol.FeeAccount{{Token: 0, Index: 1}} }

func (n *fakeNode) SendTransfers(_ context.Context, transfers []protocol.SignedTransfer) []api.SendResult {
	n.mu.Lock()
	defer n.mu.Unlock()
	var results []api.SendResult
	for _, t := range transfers {
		results = append(results, n.send(t))
	}
	return results
}

func (n *fakeNode) send(t protocol.SignedTransfer) (r api.SendResult) {
	if n.lose {
		return api.SendResult{Err: wire.ErrBusy}
	}
	id := ledger.IDOf(n.id, &t.Transfer)
	at := slices.IndexFunc(n.done, func(d api.Transfer) bool { return d.ID == id })
	if at < 0 {
		err := protocol.Authorize(n.state, n.id, n.sealed+1, &t)
		if err == nil {
			_, err = protocol.ApplyTransfer(n.state, n.fees(), &t.Transfer)
		}
		if err != nil {
			return api.SendResult{Err: err}
		}
		said := receipt.Receipt{Transfer: id, Sequence: uint64(len(n.done) + 1), Batch: n.sealed + 1, Time: 1_700_000_000_000}
		signature, err := receipt.Sign(receipt.NewDomain(fakeRollup.ChainID, fakeRollup.Contract), n.key, said)
		if err != nil {
			return api.SendResult{Err: err}
		}
		given := &api.Receipt{ID: id, Seq: said.Sequence, Batch: said.Batch, Time: said.Time, Signature: signature}
		n.receipt(given)
		n.done = append(n.done, api.Transfer{
			ID: id, Status: wire.StatusExecuted, Signed: &t, Time: said.Time, Seq: said.Sequence, Batch: said.Batch, Receipt: given,
		})
		at = len(n.done) - 1
	}
	if n.drop {
		return api.SendResult{Err: wire.ErrBusy}
	}
	d := &n.done[at]
	r = api.SendResult{ID: d.ID, Status: d.Status, Received: d.Time, Seq: d.Seq, Batch: d.Batch, Receipt: d.Receipt}
	n.result(&r)
	return r
}

func (n *fakeNode) OpenAccount(_ context.Context, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (ledger.Opening, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.openings++
	n.top++
	err := protocol.ApplyOpening(n.state, &protocol.Opening{Index: n.top, Key: key, Owner: owner, Token: token})
	return ledger.Opening{Number: uint64(n.openings), Key: key, Owner: owner, Token: token}, err
}

func (n *fakeNode) Account(_ context.Context, index protocol.Index, states []wire.State) (*api.Account, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	a, ok, err := n.state.Account(index)
	if err != nil || !ok {
		return nil, wire.ErrUnknownAccount
	}
	n.account(index, &a)
	out := &api.Account{NextNonce: a.Nonce}
	for range states {
		out.States = append(out.States, api.AccountAt{Batch: n.sealed + 1, Exists: true, Account: a})
	}
	return out, nil
}

func (n *fakeNode) Accounts(_ context.Context, owner protocol.Owner, after protocol.Index, limit int) (out []api.IndexedAccount, _ error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := after + 1; i <= n.top && len(out) < limit; i++ {
		a, ok, err := n.state.Account(i)
		if err != nil {
			return nil, err
		}
		if n.account(i, &a); ok && a.Owner == owner {
			out = append(out, api.IndexedAccount{Index: i, Account: a})
		}
	}
	return out, nil
}

func (n *fakeNode) AccountProof(_ context.Context, index protocol.Index, _ wire.State) (*api.AccountProof, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s, err := n.tree.Snapshot()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	proof, err := s.Prove(index)
	if err != nil {
		return nil, err
	}
	p := &api.AccountProof{Batch: s.Version(), Root: s.Root(), Commitment: protocol.Commitment(s.Root(), n.id, s.Version()), Proof: *proof}
	if p.Account, p.Exists, err = s.Account(index); err != nil {
		return nil, err
	}
	n.proof(p)
	return p, nil
}

func (n *fakeNode) Transfer(_ context.Context, id ledger.TransferID) (*api.Transfer, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range n.done {
		if d.ID == id {
			if d.Batch <= n.sealed {
				d.Status = wire.StatusFinalized
			}
			return &d, nil
		}
	}
	return nil, wire.ErrUnknownTransfer
}

func (n *fakeNode) Transfers(_ context.Context, f api.Filter, before uint64, limit int) (out []api.Transfer, _ error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range slices.Backward(n.done) {
		if (before == 0 || d.Seq < before) && len(out) < limit && (d.Signed.From == *f.Account || d.Signed.To == *f.Account) {
			n.history(&d)
			out = append(out, d)
		}
	}
	return out, nil
}

func (n *fakeNode) Fee(context.Context, protocol.Token) (*api.Fee, error) {
	collector := protocol.Index(1)
	return &api.Fee{Minimum: *uint256.NewInt(n.fee), Account: &collector}, nil
}

func (n *fakeNode) Tokens(context.Context) ([]api.Token, error) {
	return []api.Token{{Token: 0, Symbol: "ETH", Decimals: 18}}, nil
}

func (n *fakeNode) Config(context.Context) (*api.Config, error) {
	c := &api.Config{
		Identity: ledger.Identity{ChainID: fakeRollup.ChainID, Contract: fakeRollup.Contract, RollupID: n.id},
		Operator: n.key.Address(), FeeAccounts: n.fees(), Version: "fake",
	}
	n.config(c)
	return c, nil
}

func (n *fakeNode) Sync(context.Context) (*api.Sync, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return &api.Sync{Head: ledger.Head{NextSeq: uint64(len(n.done) + 1), Batch: n.sealed + 1, Finalized: n.sealed}, Sealed: n.sealed, Proven: n.sealed, Committed: n.sealed}, nil
}
