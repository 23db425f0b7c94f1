package client_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// backend is a node without a rollup: it executes whatever it is sent, and knows
// just enough to be asked about everything.
type backend struct {
	mu     sync.Mutex
	err    error // of everything; guarded by mu
	nonces []uint64
	calls  []int // transfers of each call; guarded by mu
	status wire.Status
	paused bool
}

func (b *backend) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *backend) failing() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

func id(seq uint64) (h ledger.TransferID) { h[31] = byte(seq); return h }

func (b *backend) SendTransfers(_ context.Context, transfers []protocol.SignedTransfer) []api.SendResult {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, len(transfers))
	results := make([]api.SendResult, len(transfers))
	for i, t := range transfers {
		b.nonces = append(b.nonces, t.Nonce)
		switch {
		case b.err != nil:
			results[i].Err = b.err
		case t.Nonce == 13:
			results[i].Err = protocol.ErrExpired
		default:
			results[i] = api.SendResult{ID: id(t.Nonce), Status: wire.StatusExecuted, Received: 1, Seq: t.Nonce, Batch: 2}
		}
	}
	return results
}

func account() protocol.Account {
	a := protocol.Account{Key: key().Public(), Owner: protocol.Owner{1}, Token: 3, Nonce: 4}
	a.Balance.SetUint64(5)
	return a
}

func key() *protocol.PrivateKey { return protocol.NewPrivateKey([protocol.SeedSize]byte{1}) }

func (b *backend) OpenAccount(_ context.Context, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (ledger.Opening, error) {
	return ledger.Opening{Number: 6, Key: key, Owner: owner, Token: token}, b.failing()
}

func (b *backend) Account(_ context.Context, _ protocol.Index, states []wire.State) (*api.Account, error) {
	out := &api.Account{NextNonce: 4}
	for range states {
		out.States = append(out.States, api.AccountAt{Batch: 2, Exists: true, Account: account()})
	}
	return out, b.failing()
}

func (b *backend) Accounts(_ context.Context, _ protocol.Owner, after protocol.Index, limit int) ([]api.IndexedAccount, error) {
	var out []api.IndexedAccount
	for i := after + 1; i <= 7 && len(out) < limit; i++ {
		out = append(out, api.IndexedAccount{Index: i, Account: account()})
	}
	return out, b.failing()
}

func (b *backend) AccountProof(context.Context, protocol.Index, wire.State) (*api.AccountProof, error) {
	return &api.AccountProof{Batch: 2, Root: fr.NewElement(9)}, b.failing()
}

func (b *backend) Transfer(_ context.Context, id ledger.TransferID) (*api.Transfer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &api.Transfer{ID: id, Status: b.status, Reason: "too late"}, b.err
}

func (b *backend) Transfers(_ context.Context, _ api.Filter, before uint64, limit int) ([]api.Transfer, error) {
	var out []api.Transfer
	for seq := min(before-1, 7); seq > 0 && len(out) < limit; seq-- {
		out = append(out, api.Transfer{ID: id(seq), Status: wire.StatusProven, Seq: seq})
	}
	return out, b.failing()
}

func (b *backend) Batch(_ context.Context, number uint32) (*api.Batch, error) {
	return &api.Batch{Batch: ledger.Batch{Number: number, Stage: ledger.StageProven}}, b.failing()
}

func (b *backend) Batches(_ context.Context, before uint32, limit int) ([]api.Batch, error) {
	var out []api.Batch
	for n := min(before-1, 7); n > 0 && len(out) < limit; n-- {
		out = append(out, api.Batch{Batch: ledger.Batch{Number: n}})
	}
	return out, b.failing()
}

func (b *backend) BatchProof(context.Context, uint32) ([]byte, error) {
	return []byte(`{"format":"a proof"}`), b.failing()
}

func (b *backend) Queue(context.Context, int) (*api.Queue, error) {
	return &api.Queue{DepositCount: 8, Deadline: time.Hour}, b.failing()
}

func (b *backend) Fee(context.Context, protocol.Token) (*api.Fee, error) {
	return &api.Fee{Minimum: account().Balance}, b.failing()
}

func (b *backend) Tokens(context.Context) ([]api.Token, error) {
	return []api.Token{{Symbol: "ETH", Decimals: 18}}, b.failing()
}

func (b *backend) Config(context.Context) (*api.Config, error) {
	return &api.Config{Identity: ledger.Identity{ChainID: 1337, RollupID: fr.NewElement(5)}}, b.failing()
}

func (b *backend) Sync(context.Context) (*api.Sync, error) {
	return &api.Sync{Head: ledger.Head{NextSeq: 8, Batch: 3}, Paused: b.paused}, b.failing()
}

func (b *backend) Seal(context.Context) (uint32, error) { return 3, b.failing() }

func (b *backend) Pause(_ context.Context, paused bool) error { b.paused = paused; return b.failing() }

func (b *backend) Pipeline(ctx context.Context, _ int) (*api.Pipeline, error) {
	s, err := b.Sync(ctx)
	return &api.Pipeline{Sync: *s}, err
}

// node serves a backend until the test ends. Its server can be replaced, as if the
// node had been started again.
type node struct {
	current atomic.Pointer[api.Server]
	url     string
}

func start(t testing.TB, b *backend, opts api.Options) *node {
	n := new(node)
	n.restart(t, b, opts)
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.current.Load().Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(listener.Close)
	n.url = listener.URL
	return n
}

func (n *node) restart(t testing.TB, b *backend, opts api.Options) *api.Server {
	opts.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := api.New(b, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if old := n.current.Swap(s); old != nil {
		old.Close()
	}
	return s
}

func (n *node) ws() string { return "ws" + strings.TrimPrefix(n.url, "http") }

func dial(t testing.TB, url string) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func signed(t testing.TB, nonce uint64) protocol.SignedTransfer {
	t.Helper()
	transfer := protocol.Transfer{From: 7, To: 9, Nonce: nonce, ValidUntil: 100}
	transfer.Amount.SetUint64(1000)
	s, err := key().SignTransfer(fr.NewElement(5), transfer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
