package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// fake is a backend of a few fixed values: account 7, of owner 0xaa…; transfers 1
// to 5, of account 7; batches 1 to 3, of which the last is open.
type fake struct {
	// err is returned by everything, if set.
	err error
	// hook is called at the beginning of each method, if set; what it returns is
	// returned.
	hook func(ctx context.Context) error

	mu     sync.Mutex
	paused bool
}

var errFake = errors.New("the backend's own trouble, with secrets")

func (f *fake) enter(ctx context.Context) error {
	if f.hook != nil {
		if err := f.hook(ctx); err != nil {
			return err
		}
	}
	return f.err
}

func fakeKey() *protocol.PrivateKey { return protocol.NewPrivateKey([protocol.SeedSize]byte{1}) }

func fakeAccount() protocol.Account {
	a := protocol.Account{Key: fakeKey().Public(), Owner: protocol.Owner(filled[[20]byte](0xaa)), Token: 1, Nonce: 5}
	a.Balance.SetUint64(1_000_000)
	return a
}

// filled returns an array of one byte.
func filled[A [20]byte | [32]byte | [65]byte](b byte) (a A) {
	for i := range len(a) {
		a[i] = b
	}
	return a
}

func fakeSigned(nonce uint64) protocol.SignedTransfer {
	t := protocol.Transfer{From: 7, To: 9, Nonce: nonce, ValidUntil: 100}
	t.Amount.SetUint64(1500)
	t.Fee.SetUint64(2)
	s, err := fakeKey().SignTransfer(fr.NewElement(5), t)
	if err != nil {
		panic(err)
	}
	return s
}

func fakeReceipt(seq uint64) *Receipt {
	return &Receipt{ID: filled[[32]byte](byte(seq)), Seq: seq, Batch: 3, Time: 1_700_000_000_000 + seq, Signature: filled[[65]byte](0x51)}
}

// SendTransfers executes the transfer with nonce 5, queues those above, and refuses
// those below: 1 for its signature, 2 since it is busy.
func (f *fake) SendTransfers(ctx context.Context, transfers []protocol.SignedTransfer) []SendResult {
	results := make([]SendResult, len(transfers))
	for i, t := range transfers {
		if err := f.enter(ctx); err != nil {
			results[i].Err = err
			continue
		}
		r := SendResult{ID: filled[[32]byte](byte(t.Nonce)), Received: 1_700_000_000_006}
		switch {
		case t.Nonce == 1:
			results[i].Err = protocol.ErrBadSignature
			continue
		case t.Nonce == 2:
			results[i].Err = wire.ErrBusy
			continue
		case t.Nonce < 5:
			results[i].Err = wire.ErrNonceTooLow.With("nonce %d, the account's is 5", t.Nonce)
			continue
		case t.Nonce == 5:
			r.Status, r.Seq, r.Batch, r.Receipt = wire.StatusExecuted, 6, 3, fakeReceipt(6)
		default:
			r.Status = wire.StatusQueued
		}
		results[i] = r
	}
	return results
}

func (f *fake) OpenAccount(ctx context.Context, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (ledger.Opening, error) {
	return ledger.Opening{Number: 4, Key: key, Owner: owner, Token: token}, f.enter(ctx)
}

func (f *fake) Account(ctx context.Context, index protocol.Index, states []wire.State) (*Account, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	out := &Account{NextNonce: 6, Waiting: 1}
	for _, s := range states {
		at := AccountAt{Batch: uint32(3 - slices.Index(wire.States(), s)), Exists: index == 7 && s != wire.Finalized}
		if at.Exists {
			at.Account = fakeAccount()
			at.Account.Nonce -= uint64(slices.Index(wire.States(), s))
		}
		out.States = append(out.States, at)
	}
	return out, nil
}

func (f *fake) Accounts(ctx context.Context, owner protocol.Owner, after protocol.Index, limit int) ([]IndexedAccount, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	var out []IndexedAccount
	for _, i := range []protocol.Index{7, 8, 9} {
		if owner == fakeAccount().Owner && i > after && len(out) < limit {
			out = append(out, IndexedAccount{i, fakeAccount()})
		}
	}
	return out, nil
}

func (f *fake) AccountProof(ctx context.Context, index protocol.Index, state wire.State) (*AccountProof, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	if state == wire.Committed {
		return nil, wire.ErrNotKept
	}
	p := &AccountProof{Batch: 2, Commitment: fr.NewElement(11), Root: fr.NewElement(12), Proof: statetree.Proof{Index: index}}
	p.Proof.Siblings[0][1] = fr.NewElement(13)
	if index == 7 {
		p.Exists, p.Account = true, fakeAccount()
		p.Proof.Leaf = p.Account.Leaf()
	}
	return p, nil
}

func fakeTransfer(seq uint64) Transfer {
	signed := fakeSigned(seq - 1)
	return Transfer{
		ID: filled[[32]byte](byte(seq)), Status: wire.StatusFinalized, Signed: &signed, Time: 1_700_000_000_000 + seq, Seq: seq, Batch: 1,
		Layer1: &Layer1Place{Block: 20, Tx: filled[[32]byte](0x77), GasUsed: 400_000},
	}
}

func (f *fake) Transfer(ctx context.Context, id ledger.TransferID) (*Transfer, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	switch id[0] {
	case 1:
		t := fakeTransfer(1)
		t.Receipt = fakeReceipt(1)
		return &t, nil
	case 0xd0:
		return &Transfer{ID: id, Status: wire.StatusDropped, Time: 1_700_000_000_009, Reason: "expired"}, nil
	}
	return nil, wire.ErrUnknownTransfer
}

func (f *fake) Transfers(ctx context.Context, filter Filter, before uint64, limit int) ([]Transfer, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	if filter.Account != nil && *filter.Account != 7 || filter.Batch != nil && *filter.Batch != 1 {
		return nil, nil
	}
	var out []Transfer
	for seq := uint64(5); seq > 0; seq-- {
		if (before == 0 || seq < before) && len(out) < limit {
			out = append(out, fakeTransfer(seq))
		}
	}
	return out, nil
}

func fakeBatch(number uint32) Batch {
	b := ledger.Batch{Number: number, Times: ledger.Times{Opened: 1000 * uint64(number)}, FirstSeq: 6}
	if number < 3 {
		b.Stage, b.Circuit, b.Shape = ledger.StageSubmitted, 0, "small"
		b.FirstSeq, b.Transfers, b.Exits = 1, 5, 1
		b.Root, b.Old, b.New, b.Published = fr.NewElement(1), fr.NewElement(2), fr.NewElement(3), 500
		b.Statement = protocol.Statement{D: fr.NewElement(4), Z: fr.NewElement(5), Y: fr.NewElement(6)}
		b.FeeAccounts = []protocol.FeeAccount{{Token: 1, Index: 2}}
		a := fakeAccount()
		b.Openings = []protocol.Opening{{Index: 2, Key: a.Key, Owner: a.Owner, Token: 1}}
		b.Deposits = []protocol.CreditedDeposit{{Deposit: protocol.Deposit{Key: a.Key, Owner: a.Owner, Token: 1, Amount: a.Balance}, Index: 7, Opened: true}}
		b.ForcedExits = []protocol.ForcedExit{{Index: 8, Sender: a.Owner}}
		b.Attempt = 1
	}
	out := Batch{Batch: b}
	switch number {
	case 1:
		out.Stage, out.Block, out.Tx, out.GasUsed = ledger.StageFinalized, 20, filled[[32]byte](0x77), 400_000
	case 2:
		out.Committed = &Layer1Place{Block: 30, Tx: filled[[32]byte](0x78)}
	}
	return out
}

func (f *fake) Batch(ctx context.Context, number uint32) (*Batch, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	if number == 0 || number > 3 {
		return nil, wire.ErrUnknownBatch
	}
	b := fakeBatch(number)
	return &b, nil
}

func (f *fake) Batches(ctx context.Context, before uint32, limit int) ([]Batch, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	var out []Batch
	for n := uint32(3); n > 0; n-- {
		if (before == 0 || n < before) && len(out) < limit {
			out = append(out, fakeBatch(n))
		}
	}
	return out, nil
}

func (f *fake) BatchProof(ctx context.Context, number uint32) ([]byte, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	switch number {
	case 1:
		return []byte(`{"format":"quire/proof/1"}`), nil
	case 2:
		return []byte(`not JSON`), nil
	}
	return nil, wire.ErrNotProven
}

func (f *fake) Queue(ctx context.Context, limit int) (*Queue, error) {
	a := fakeAccount()
	return &Queue{
		Deposits: []ledger.UnsettledDeposit{{Batch: 3, Deposit: ledger.Deposit{Position: 4, Payer: a.Owner, Time: 1_700_000, Block: 40, Tx: filled[[32]byte](0x79),
			Deposit: protocol.Deposit{Key: a.Key, Owner: a.Owner, Token: 1, Amount: a.Balance}}}},
		DepositCount: 9,
		ForcedExits: []ledger.UnsettledExit{{ForcedExit: ledger.ForcedExit{Position: 2, Time: 1_700_001, Block: 41, Tx: filled[[32]byte](0x80),
			Request: protocol.ForcedExit{Index: 7, Sender: a.Owner}}}},
		ExitCount: 1, Deadline: time.Hour,
		Openings: []ledger.Opening{{Number: 4, Key: a.Key, Owner: a.Owner, Token: 1}}, OpenCount: 1,
	}, f.enter(ctx)
}

func (f *fake) Fee(ctx context.Context, token protocol.Token) (*Fee, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	switch token {
	case 0:
		return &Fee{}, nil
	case 1:
		fee := &Fee{Account: new(protocol.Index)}
		*fee.Account = 2
		fee.Minimum.SetUint64(2)
		return fee, nil
	}
	return nil, wire.ErrUnknownToken
}

func (f *fake) Tokens(ctx context.Context) ([]Token, error) {
	return []Token{{Symbol: "ETH", Decimals: 18}, {Token: 1, Address: filled[[20]byte](0x22), Symbol: "TST", Decimals: 6}}, f.enter(ctx)
}

func (f *fake) Config(ctx context.Context) (*Config, error) {
	return &Config{
		Identity: ledger.Identity{ChainID: 1337, Contract: filled[[20]byte](0x33), RollupID: fr.NewElement(5)},
		Operator: filled[[20]byte](0x44), Confirmations: 12, FeeAccounts: []protocol.FeeAccount{{Token: 1, Index: 2}},
		Circuits: []Circuit{{Index: 0, Verifier: filled[[20]byte](0x55), Shape: protocol.Shape{Name: "small", Transfers: 8, Openings: 2, LayerOne: 4, FeeAccounts: 2, Exits: 4, Accounts: 16, Nodes: 200}}},
		Pool:     wire.PoolRules{PerAccount: 16, NonceGap: 64, ReplacementPercent: 10}, Version: "v0.4.0",
	}, f.enter(ctx)
}

func (f *fake) Sync(ctx context.Context) (*Sync, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return &Sync{
		Head:   ledger.Head{NextSeq: 6, Batch: 3, Finalized: 1, Block: 28, BlockTime: 1_700_000},
		Sealed: 2, Proven: 2, Committed: 2, Waiting: 1, Layer1Head: 40, Paused: f.paused,
	}, nil
}

func (f *fake) Seal(ctx context.Context) (uint32, error) { return 3, f.enter(ctx) }

func (f *fake) Pause(ctx context.Context, paused bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paused = paused
	return f.enter(ctx)
}

func (f *fake) Pipeline(ctx context.Context, limit int) (*Pipeline, error) {
	s, err := f.Sync(ctx)
	if err != nil {
		return nil, err
	}
	return &Pipeline{Sync: *s, Batches: []Batch{fakeBatch(3), fakeBatch(2)}, Openings: 1}, nil
}

// logs collects what was logged.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newTestServer(t testing.TB, backend Backend, opts Options) *Server {
	t.Helper()
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	s, err := New(backend, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// post sends a body to a handler, from an address, as if by HTTP.
func post(h http.Handler, from, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// reply is an answer of JSON-RPC.
type reply struct {
	ID     any             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *wire.Error     `json:"error"`
}

// ask calls a method with parameters that are already JSON.
func ask(t testing.TB, h http.Handler, from, method string, params ...string) reply {
	t.Helper()
	w := post(h, from, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":[`+strings.Join(params, ",")+`]}`)
	var r reply
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		t.Fatalf("%s: status %d, %q: %v", method, w.Code, w.Body, err)
	}
	return r
}

const someone = "192.0.2.1:5000"
