package load

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

var (
	shape = protocol.Shape{Name: "test", Openings: 64, LayerOne: 4, FeeAccounts: 2, Exits: 32, Transfers: 128, Accounts: 256, Nodes: 3500}
	quiet = slog.New(slog.DiscardHandler)
	payer = protocol.NewPrivateKey([protocol.SeedSize]byte{77})
	owner = protocol.Owner{1, 2, 3}
)

// world is a node without layer 1 and proofs, with everything else that a node has:
// an aggregator on a ledger in memory, and its JSON-RPC.
type world struct {
	testing.TB
	api.Backend // what is not here is not asked for
	service     *aggregator.Service
	engine      *aggregator.Engine
	ledger      *ledger.Ledger
	receipts    *receipt.Key
	domain      receipt.Domain
	url         string
	client      *client.Client

	mu     sync.Mutex
	final  uint32                 // batches that layer 1 has
	proven map[uint32]*fr.Element // commitments of those that it does not have yet
	nonce  uint64                 // of the account that pays

	proving func(ctx context.Context) // before a proof is made

	// How the node lies.
	result  func(t *protocol.SignedTransfer, r *api.SendResult)
	account func(a *api.IndexedAccount)
}

func newWorld(t testing.TB, edit func(*aggregator.Config)) *world {
	return newWorldOn(t, vfs.NewMem(), "ledger", edit, unlimited)
}

// unlimited has no limits of one client.
func unlimited(o *api.Options) { o.Rate, o.RequestsEach = -1, 1<<20 }

// newWorldOn makes a world on a disk. Its server takes every request that does not
// name a client to be another's, of one of a thousand.
func newWorldOn(t testing.TB, disk vfs.FS, dir string, edit func(*aggregator.Config), limit func(*api.Options)) *world {
	t.Helper()
	w := &world{
		TB: t, proven: make(map[uint32]*fr.Element),
		proving: func(context.Context) {},
		result:  func(*protocol.SignedTransfer, *api.SendResult) {}, account: func(*api.IndexedAccount) {},
	}
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("operator")))
	w.ok(err)
	w.receipts = receipt.NewKey(key)
	id := ledger.Identity{ChainID: 1337, Contract: [20]byte{0xc0}, RollupID: fr.NewElement(7), BaseRoot: protocol.EmptyHashes()[0]}
	w.domain = receipt.NewDomain(id.ChainID, id.Contract)
	w.ledger, err = ledger.Open(dir, ledger.Options{FS: disk, Logger: quiet, Tree: statetree.Options{Workers: 1}})
	w.ok(err)
	t.Cleanup(func() { w.ok(w.ledger.Close()) })
	w.ok(aggregator.Begin(w.ledger, id))
	cfg := aggregator.Config{
		Circuits:   []aggregator.Circuit{{Shape: shape, Verifier: [20]byte{2}}},
		Collectors: []aggregator.Collector{{Key: payer.Public(), Owner: protocol.Owner{9}, MinFee: *uint256.NewInt(3)}},
		Pool:       mempool.Limits{NonceWindow: 16},
		MaxAge:     20 * time.Millisecond, QueueDelay: time.Millisecond,
		Prover: w, Settler: w, Logger: quiet,
	}
	if edit != nil {
		edit(&cfg)
	}
	w.service, err = aggregator.NewService(cfg, w.ledger, aggregator.ServiceOptions{Tick: time.Millisecond, FirstPause: time.Millisecond})
	w.ok(err)
	t.Cleanup(func() { w.ok(w.service.Stop(context.Background())) })
	w.engine = w.service.Engine()
	w.ok(w.service.Deliver(&aggregator.Step{Cursor: []byte{1}, Block: 1, Deposits: []ledger.Deposit{{
		Block: 1, Deposit: protocol.Deposit{Key: payer.Public(), Owner: owner, Amount: *uint256.NewInt(1e12)},
	}}}))

	opts := api.Options{Logger: quiet, TrustProxy: true, Errors: []api.ErrorCode{
		{Err: aggregator.ErrNonceTooLow, As: wire.ErrNonceTooLow}, {Err: aggregator.ErrNonceTooFar, As: wire.ErrNonceTooFar},
		{Err: aggregator.ErrFeeTooLow, As: wire.ErrFeeTooLow}, {Err: aggregator.ErrUnderpriced, As: wire.ErrUnderpriced},
		{Err: aggregator.ErrPoolFull, As: wire.ErrPoolFull}, {Err: aggregator.ErrBusy, As: wire.ErrBusy},
		{Err: aggregator.ErrOpeningsFull, As: wire.ErrOpeningsFull},
	}, RetryAfter: 100 * time.Millisecond, RequestTime: patience}
	limit(&opts)
	server, err := api.New(w, opts)
	w.ok(err)
	var clients atomic.Uint64
	web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get(forwarded) == "" {
			n := clients.Add(1) % 1000
			r.Header.Set(forwarded, fmt.Sprintf("10.0.%d.%d", n/250, n%250))
		}
		server.Handler().ServeHTTP(rw, r)
	}))
	t.Cleanup(func() { web.Close(); server.Close() })
	w.url = web.URL
	w.client, err = client.Dial(t.Context(), web.URL)
	w.ok(err)
	t.Cleanup(w.client.Close)
	return w
}

// forwarded is the header that names a client.
const forwarded = "X-Forwarded-For"

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// patience is how long a test waits for what a node does. It is never reached unless
// something is wrong.
const patience = 5 * time.Minute

// options are those of a short run of everything there is.
func (w *world) options() Options {
	return Options{
		Seed: 1, Wallets: 40, Steps: 600, Calls: 8, PerCall: 8, Invalid: 0.3, Gaps: 0.05, Resends: 0.05, Withdrawals: 0.05,
		Settle: patience, Client: w.client, Owner: owner, Fund: w.fund,
	}
}

// paying says whether the wallets are funded.
func (w *world) paying() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nonce > 0
}

// fund implements Options.Fund: out of the account that was deposited to.
func (w *world) fund(ctx context.Context, to protocol.Index, amount protocol.Amount) error {
	from, found, err := w.ledger.FindAccount(payer.Public(), owner, 0)
	if err != nil || !found {
		return fmt.Errorf("the account that pays: %v, %w", found, err)
	}
	signed, err := payer.SignTransfer(w.engine.Identity().RollupID, protocol.Transfer{
		From: from, To: to, Amount: amount, Fee: *uint256.NewInt(3), Nonce: w.nonce, ValidUntil: 1 << 30,
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.nonce++
	w.mu.Unlock()
	outcomes, err := w.client.SendTransfers(ctx, []protocol.SignedTransfer{signed}) // waits where it is told to
	if err != nil {
		return err
	}
	return outcomes[0].Err
}

// Witness implements [aggregator.Prover].
func (w *world) Witness(_ context.Context, c aggregator.Circuit, sealed *witness.Sealed) (*aggregator.Witnessed, error) {
	b, err := witness.Build(sealed, c.Verifier)
	if err != nil {
		return nil, err
	}
	return &aggregator.Witnessed{
		Old: b.Published.Old, New: b.Published.New, Root: b.NewRoot, Statement: b.Statement, Published: b.Published.Bytes(),
	}, nil
}

// Prove implements [aggregator.Prover].
func (w *world) Prove(ctx context.Context, _ aggregator.Circuit, _ *witness.Sealed) (*aggregator.Proof, error) {
	w.proving(ctx)
	return &aggregator.Proof{Calldata: []byte("proof"), File: []byte("{}")}, nil
}

// Submit implements [aggregator.Settler].
func (w *world) Submit(_ context.Context, s *aggregator.Settlement) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.proven[s.Number] = &s.New
	return nil
}

// Await implements [aggregator.Settler]: what was submitted is final at once.
func (w *world) Await(_ context.Context, number, _ uint32) (*aggregator.Settled, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ; w.proven[w.final+1] != nil && w.final < number; w.final++ {
		block := uint64(w.final) + 2
		err := w.service.Deliver(&aggregator.Step{Cursor: []byte{1}, Block: block, Final: []aggregator.FinalBatch{
			{Number: w.final + 1, Commitment: *w.proven[w.final+1], Block: block},
		}})
		if err != nil {
			return nil, err
		}
	}
	return &aggregator.Settled{Accepted: true}, nil
}

// SendTransfers implements [api.Backend].
func (w *world) SendTransfers(ctx context.Context, transfers []protocol.SignedTransfer) []api.SendResult {
	results := make([]api.SendResult, len(transfers))
	outcomes, err := w.service.Send(ctx, transfers)
	for i := range results {
		r := &results[i]
		if err != nil {
			r.Err = err
			continue
		}
		o := &outcomes[i]
		r.ID, r.Received = o.ID, o.Received
		switch o.Status {
		case aggregator.StatusExecuted:
			said := receipt.Receipt{Transfer: o.ID, Sequence: o.Seq, Batch: o.Batch, Time: o.Received}
			var signature receipt.Signature
			signature, r.Err = receipt.Sign(w.domain, w.receipts, said)
			r.Status, r.Seq, r.Batch = wire.StatusExecuted, o.Seq, o.Batch
			r.Receipt = &api.Receipt{ID: o.ID, Seq: o.Seq, Batch: o.Batch, Time: o.Received, Signature: signature}
		case aggregator.StatusQueued:
			r.Status = wire.StatusQueued
		default:
			r.Err = o.Err
		}
		w.result(&transfers[i], r)
	}
	return results
}

// OpenAccount implements [api.Backend].
func (w *world) OpenAccount(_ context.Context, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (ledger.Opening, error) {
	r, err := w.service.RequestOpening(key, owner, token)
	return r.Opening, err
}

// Accounts implements [api.Backend].
func (w *world) Accounts(_ context.Context, owner protocol.Owner, after protocol.Index, limit int) ([]api.IndexedAccount, error) {
	indices, err := w.ledger.AccountsOf(owner, after, limit)
	var accounts []api.IndexedAccount
	for _, i := range indices {
		at, err := w.engine.Accounts(i, aggregator.StatePending)
		if err != nil {
			return nil, err
		}
		if at[0].Exists {
			a := api.IndexedAccount{Index: i, Account: at[0].Account}
			w.account(&a)
			accounts = append(accounts, a)
		}
	}
	return accounts, err
}

// Batches implements [api.Backend].
func (w *world) Batches(_ context.Context, before uint32, limit int) ([]api.Batch, error) {
	if open := w.engine.Summary().Head.Batch; before == 0 || before > open {
		before = open + 1
	}
	var batches []api.Batch
	for number := before - 1; number > 0 && len(batches) < limit; number-- {
		record, _, err := w.engine.Batch(number)
		if err != nil {
			return nil, err
		}
		batches = append(batches, api.Batch{Batch: record})
	}
	return batches, nil
}

// Fee implements [api.Backend].
func (w *world) Fee(context.Context, protocol.Token) (*api.Fee, error) {
	fee := new(api.Fee)
	index, least, ok := w.engine.FeeAccount(0)
	if ok {
		fee.Account, fee.Minimum = &index, least
	}
	return fee, nil
}

// Tokens implements [api.Backend].
func (w *world) Tokens(context.Context) ([]api.Token, error) {
	return []api.Token{{Token: 0, Symbol: "ETH"}, {Token: 7, Symbol: "SEVEN"}}, nil
}

// Config implements [api.Backend].
func (w *world) Config(context.Context) (*api.Config, error) {
	return &api.Config{
		Identity: w.engine.Identity(), Operator: w.receipts.Address(),
		Pool: wire.PoolRules{PerAccount: mempool.DefaultMaxPerAccount, NonceGap: 16, ReplacementPercent: 10},
	}, nil
}

// Sync implements [api.Backend].
func (w *world) Sync(context.Context) (*api.Sync, error) {
	s := w.engine.Summary()
	return &api.Sync{Head: s.Head, Sealed: s.Sealed, Proven: s.Proven, Committed: s.Committed, Waiting: s.Waiting}, nil
}
