package node

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/internal/node/config"
	"github.com/quirezk/quire/internal/node/internal/standin"
	"github.com/quirezk/quire/internal/node/layerone"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/protocol"
)

var shape = protocol.Shape{Name: "test", Openings: 4, LayerOne: 4, FeeAccounts: 2, Exits: 8, Transfers: 8, Accounts: 16, Nodes: 200}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// patience is how long a test waits for what a node does by itself. It is never
// reached unless something is wrong.
const patience = 2 * time.Minute

// world is a rollup on a chain that makes a block for each transaction.
type world struct {
	testing.TB
	l1     *devnet.Geth
	chain  *l1submit.Chain
	rollup *l1submit.Rollup
	prover *standin.Prover
	data   string
	key    *protocol.PrivateKey
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) sender(account int) *l1submit.Sender {
	return w.chain.Sender(signer.NewDev(w.l1.Accounts()[account].Key))
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{TB: t, prover: must(standin.Fixed())(t), data: filepath.Join(t.TempDir(), "data"), key: protocol.NewPrivateKey([protocol.SeedSize]byte{1})}
	w.l1 = must(devnet.StartGeth(ctx, devnet.Options{Accounts: 3, AutoMine: true}))(t)
	t.Cleanup(func() { w.ok(w.l1.Close()) })
	w.chain = must(l1submit.NewChain(ctx, w.l1.Client()))(t)
	operator := w.sender(0)
	verifier, _, err := l1submit.DeployVerifier(ctx, w.chain, operator, w.prover.VerifyingKey)
	w.ok(err)
	c := l1submit.DefaultRollupConfig()
	c.Operator, c.Governor, c.ExitVerifier, c.DevelopmentKeys = operator.Address(), operator.Address(), verifier, true
	c.Circuits = []l1submit.Circuit{{Verifier: verifier, Shape: shape}}
	w.rollup, _, err = l1submit.DeployRollup(ctx, w.chain, operator, c)
	w.ok(err)
	return w
}

// config is that of a node of the world.
func (w *world) config() *config.Config { return worldConfig(w.l1.URL(), w.data, w.rollup.Address()) }

func worldConfig(url, data string, contract common.Address) *config.Config {
	return &config.Config{
		Data: data,
		Layer1: config.Layer1{
			URL: url, Contract: contract, ChainID: 1337, Interval: 20 * time.Millisecond,
		},
		Batches: config.Batches{MaxAge: 50 * time.Millisecond, QueueDelay: 20 * time.Millisecond},
		Fees:    config.Fees{Minimums: []config.Minimum{{Token: 0, Amount: *uint256.NewInt(2)}}},
		// Tests ask again and again, and look at every receipt.
		RPC:   config.RPC{Listen: config.Listen{Address: "127.0.0.1:0"}, Rate: -1, Explorer: true},
		Ops:   config.Listen{Address: "127.0.0.1:0"},
		Debug: config.Listen{Address: "127.0.0.1:0"},
		Admin: config.Listen{Address: "unix:" + filepath.Join(data, "admin.sock")},
	}
}

func (w *world) options() Options {
	return worldOptions(w.prover, signer.NewDev(w.l1.Accounts()[0].Key), receipt.NewKey(w.l1.Accounts()[0].Key))
}

func worldOptions(prover *standin.Prover, operator signer.Signer, receipts receipt.Signer) Options {
	return Options{
		Logger: quiet, Level: new(slog.LevelVar), Version: "test", Operator: operator, Receipts: receipts,
		Prover: prover, Keys: []layerone.Key{{Shape: shape, Verifying: prover.VerifyingKey, Development: true}},
		FeeAccount:   &wallet.Address{Owner: protocol.Owner{9}, Key: protocol.NewPrivateKey([protocol.SeedSize]byte{9}).Public()},
		PollInterval: 20 * time.Millisecond,
	}
}

// start starts a node, and returns a client of it.
func (w *world) start(cfg *config.Config) (*Node, *client.Client) {
	w.Helper()
	n := must(Start(w.Context(), cfg, w.options()))(w)
	c := must(client.Dial(w.Context(), "http://"+n.RPCAddress()))(w)
	w.Cleanup(c.Close)
	return n, c
}

func (w *world) stop(n *Node) {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w.ok(n.Stop(ctx))
}

// until waits for something that a node does by itself.
func (w *world) until(what string, done func() bool) {
	w.Helper()
	for end := time.Now().Add(patience); !done(); {
		if time.Now().After(end) {
			w.Fatalf("%s has not come about", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// owner is whose accounts the tests play with.
func (w *world) owner() protocol.Owner { return protocol.Owner(w.l1.Accounts()[1].Address) }

func (w *world) deposit(amount uint64) {
	w.Helper()
	_, _, err := w.rollup.Deposit(w.Context(), w.sender(1), &protocol.Deposit{Key: w.key.Public(), Owner: w.owner(), Amount: *uint256.NewInt(amount)})
	w.ok(err)
}

// accounts are the owner's.
func (w *world) accounts(c *client.Client) (list []wire.OwnedAccount) {
	w.Helper()
	for a, err := range c.Accounts(w.Context(), w.owner()) {
		w.ok(err)
		list = append(list, a)
	}
	return list
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	response := must(http.Get(url))(t)
	defer response.Body.Close()
	body := must(io.ReadAll(response.Body))(t)
	return response.StatusCode, string(body)
}

// TestLife is a node's: deposit, transfer with a receipt, withdrawal, finality; then
// a restart, and a new node that rebuilds everything from layer 1.
func TestLife(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	n, c := w.start(w.config())
	w.until("readiness", func() bool { return n.Ready() == nil })
	w.deposit(1000)
	var account wire.OwnedAccount
	w.until("the deposit's account", func() bool {
		list := w.accounts(c)
		if len(list) == 1 {
			account = list[0]
		}
		return len(list) == 1
	})
	if account.Balance != wire.Amount(*uint256.NewInt(1000)) {
		t.Fatalf("account %+v", account)
	}
	var fee *wire.Fee
	w.until("the fee account", func() bool { fee = must(c.Fee(ctx, 0))(t); return fee.Account != nil })
	if fee.Minimum != wire.Amount(*uint256.NewInt(2)) {
		t.Errorf("fee %+v", fee)
	}
	rollup := must(c.RollupConfig(ctx))(t)
	if rollup.Contract != wire.Address(w.rollup.Address()) || rollup.Operator != wire.Address(w.l1.Accounts()[0].Address) || len(rollup.Circuits) != 1 || rollup.Version != "test" || rollup.Pool.PerAccount == 0 || rollup.Pool.NonceGap == 0 {
		t.Errorf("%+v", rollup)
	}
	if tokens := must(c.Tokens(ctx))(t); len(tokens) != 1 || tokens[0].Symbol != "ETH" {
		t.Errorf("tokens %+v", tokens)
	}
	id := must(w.rollup.RollupID(ctx))(t)
	sign := func(nonce uint64, to protocol.Index, amount, fee uint64) *protocol.SignedTransfer {
		signed := must(w.key.SignTransfer(id, protocol.Transfer{
			From: account.Index, To: to, Amount: *uint256.NewInt(amount), Fee: *uint256.NewInt(fee), Nonce: nonce, ValidUntil: 1 << 20,
		}))(t)
		return &signed
	}
	if _, err := c.SendTransfer(ctx, sign(0, *fee.Account, 10, 1)); !errors.Is(err, wire.ErrFeeTooLow) {
		t.Errorf("fee too low: error %v", err)
	}
	withdrawal := sign(0, 0, 100, 2)
	sent := must(c.SendTransfer(ctx, withdrawal))(t)
	if sent.Status != wire.StatusExecuted || sent.Receipt == nil {
		t.Fatalf("%+v", sent)
	}
	r := receipt.Receipt{Transfer: sent.ID, Sequence: sent.Receipt.Seq, Batch: sent.Receipt.Batch, Time: sent.Receipt.Time}
	w.ok(receipt.Verify(receipt.NewDomain(1337, w.rollup.Address()), r, receipt.Signature(sent.Receipt.Signature), w.l1.Accounts()[0].Address))
	if again := must(c.SendTransfer(ctx, withdrawal))(t); again.Seq != sent.Seq || again.Receipt == nil || again.Receipt.Signature != sent.Receipt.Signature {
		t.Errorf("sent again: %+v", again)
	}
	if queued := must(c.SendTransfer(ctx, sign(2, 0, 5, 2)))(t); queued.Status != wire.StatusQueued || queued.Receipt != nil {
		t.Errorf("%+v", queued)
	}
	waiting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	final := must(c.WaitForTransfer(waiting, sent.ID, wire.StatusFinalized, 5*time.Millisecond))(t)
	if final.Receipt == nil || final.Layer1 == nil {
		t.Errorf("%+v", final)
	}
	if claimable := must(w.rollup.Claimable(ctx, 0, common.Address(w.owner())))(t); claimable.Cmp(big.NewInt(100)) != 0 {
		t.Errorf("%v can be claimed", claimable)
	}
	batch := must(c.Batch(ctx, sent.Batch))(t)
	if batch.Stage != wire.StageFinalized {
		t.Errorf("%+v", batch)
	}
	if proof := must(c.BatchProof(ctx, sent.Batch))(t); !strings.Contains(string(proof), "standin") {
		t.Errorf("proof %s", proof)
	}
	if page := must(c.TransferPage(ctx, wire.TransferQuery{Account: &account.Index}))(t); len(page.Transfers) != 1 || page.Transfers[0].ID != sent.ID {
		t.Errorf("%+v", page)
	}
	proof := must(c.AccountProof(ctx, account.Index, wire.Finalized))(t)
	if proof.Batch < sent.Batch {
		t.Errorf("%+v", proof)
	}
	w.checkServers(n)

	// The same directory, another process.
	w.stop(n)
	n, c = w.start(w.config())
	if again := must(c.SendTransfer(ctx, withdrawal))(t); again.Seq != sent.Seq || again.Status != wire.StatusFinalized {
		t.Errorf("after a restart: %+v", again)
	}
	if executed := must(c.SendTransfer(ctx, sign(1, *fee.Account, 7, 2)))(t); executed.Status != wire.StatusExecuted {
		t.Errorf("%+v", executed)
	}
	w.until("both transfers' batches", func() bool {
		s := must(c.SyncStatus(ctx))(t)
		return s.Seq == 3 && s.Waiting == 0 && s.Finalized == s.Batch-1 && s.Finalized > sent.Batch
	})
	want := w.accounts(c)
	status := must(c.SyncStatus(ctx))(t)
	w.stop(n)

	// Another directory: everything comes from layer 1.
	w.data = filepath.Join(t.TempDir(), "other")
	w.deposit(5) // waits while nobody is there
	n, c = w.start(w.config())
	defer func() { w.stop(n) }()
	if _, err := os.Stat(filepath.Join(w.data, rebuildDir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the rebuilt state was left behind: %v", err)
	}
	w.until("the deposit that waited", func() bool { return w.accounts(c)[0].Balance != want[0].Balance })
	got := w.accounts(c)
	if len(got) != len(want) || got[0].Nonce != want[0].Nonce || got[0].Index != want[0].Index {
		t.Errorf("accounts %+v, before %+v", got, want)
	}
	w.until("its batch", func() bool { return must(c.SyncStatus(ctx))(t).Finalized == status.Finalized+1 })
	if executed := must(c.SendTransfer(ctx, sign(3, *must(c.Fee(ctx, 0))(t).Account, 1, 2)))(t); executed.Status != wire.StatusExecuted {
		t.Errorf("%+v", executed)
	}
}

// checkServers looks at what a running node serves besides its methods.
func (w *world) checkServers(n *Node) {
	w.Helper()
	base := "http://" + n.OpsAddress()
	w.until("readiness", func() bool { return n.Ready() == nil })
	for path, want := range map[string]string{"/healthz": `"ok"`, "/readyz": `"ok"`, "/metrics": "quire_build_info"} {
		if code, body := get(w, base+path); code != http.StatusOK || !strings.Contains(body, want) {
			w.Errorf("%s: %d %s", path, code, body)
		}
	}
	_, body := get(w, base+"/metrics")
	for _, line := range []string{
		`quire_transfers_total{outcome="executed"} 2`, `quire_transfers_total{outcome="feeTooLow"} 1`, `quire_transfers_total{outcome="queued"} 1`,
		"quire_receipts_total 2", "quire_ready 1", `quire_rpc_requests_total{error="ok",method="rollupConfig"} 1`, "quire_transfers_executed_total 1",
		`quire_job_seconds_count{job="prove"}`, `quire_batch_stage_seconds_count{stage="finalized"}`, "quire_batch_gas_total",
	} {
		if !strings.Contains(body, line) {
			w.Errorf("the metrics do not have %q", line)
		}
	}
	if code, body := get(w, "http://"+n.RPCAddress()+"/"); code != http.StatusOK || !strings.Contains(body, "<html") {
		w.Errorf("explorer: %d %.80s", code, body)
	}
	if code, _ := get(w, "http://"+addressOf(n.listeners.debug)+"/debug/pprof/goroutine?debug=1"); code != http.StatusOK {
		w.Errorf("pprof: %d", code)
	}
	admin := must(client.DialAdmin(w.Context(), "unix:"+n.AdminAddress()))(w)
	defer admin.Close()
	w.ok(admin.Pause(w.Context()))
	if !n.engine.Summary().Paused {
		w.Error("not paused")
	}
	w.ok(admin.Resume(w.Context()))
	if before := must(admin.SetLogLevel(w.Context(), "debug"))(w); !strings.EqualFold(before, "info") || n.opts.Level.Level() != slog.LevelDebug {
		w.Errorf("log level %s before, %v after", before, n.opts.Level.Level())
	}
	if p := must(admin.Status(w.Context()))(w); p.Sync.Finalized == 0 {
		w.Errorf("%+v", p)
	}
	if info := must(os.Stat(n.AdminAddress()))(w); info.Mode().Perm() != 0o600 {
		w.Errorf("the admin socket has mode %v", info.Mode())
	}
	// A second node cannot use the directory.
	if other, err := Start(w.Context(), w.config(), w.options()); err == nil {
		w.stop(other)
		w.Error("two nodes in one directory")
	}
}

func TestStartRefuses(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	taken := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	w.ok(os.WriteFile(file, nil, 0o600))
	open := filepath.Join(t.TempDir(), "open")
	w.ok(os.WriteFile(open, []byte(w.l1.URL()), 0o600))
	w.ok(os.Chmod(open, 0o644))
	for _, c := range []struct {
		name string
		edit func(*config.Config, *Options)
		want func(error) bool
	}{
		{"other chain", func(c *config.Config, _ *Options) { c.Layer1.ChainID = 5 }, is(layerone.ErrChain)},
		{"not the operator", func(_ *config.Config, o *Options) { o.Operator = signer.NewDev(w.l1.Accounts()[1].Key) }, is(layerone.ErrDeployment)},
		{"other keys", func(_ *config.Config, o *Options) {
			o.Keys = []layerone.Key{{Shape: shape, Verifying: must(standin.New())(t).VerifyingKey}}
		}, is(l1submit.ErrNotVerifier)},
		{"no contract", func(c *config.Config, _ *Options) { c.Layer1.Contract = common.Address{1} }, is(l1submit.ErrNoDeployment)},
		{"rpc port taken", func(c *config.Config, _ *Options) { c.RPC.Address = taken.Addr().String() }, says("rpc.listen")},
		{"pprof for everybody", func(c *config.Config, _ *Options) { c.Debug.Address = "0.0.0.0:0" }, says("can be reached from other machines")},
		{"admin for everybody", func(c *config.Config, _ *Options) { c.Admin.Address = ":0" }, says("can be reached from other machines")},
		{"socket is a file", func(c *config.Config, _ *Options) { c.Admin.Address = "unix:" + file }, says("something else than a socket")},
		{"data is a file", func(c *config.Config, _ *Options) { c.Data = file }, says("data directory")},
		{"url for everybody", func(c *config.Config, _ *Options) { c.Layer1.URL, c.Layer1.URLFile = "", open }, is(signer.ErrPermissions)},
		{"address of another rollup", func(c *config.Config, o *Options) {
			o.FeeAccount, c.Fees.Account = nil, wallet.Address{Key: w.key.Public()}.Format(protocol.H4(protocol.ExitID(), protocol.ExitID(), protocol.ExitID(), protocol.ExitID()))
		}, is(wallet.ErrAddress)},
		{"no key file", func(c *config.Config, o *Options) {
			o.Operator, c.Operator.Keystore = nil, filepath.Join(w.data, "none")
		}, is(ErrKeys)},
	} {
		cfg, options := w.config(), w.options()
		c.edit(cfg, &options)
		n, err := Start(ctx, cfg, options)
		if err == nil {
			w.stop(n)
			t.Errorf("%s: it started", c.name)
		} else if !c.want(err) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
	// Nothing was left open.
	n, _ := w.start(w.config())
	w.stop(n)
}

func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

func says(text string) func(error) bool {
	return func(err error) bool { return err != nil && strings.Contains(err.Error(), text) }
}

// TestOtherRollup: a directory is one rollup's for good.
func TestOtherRollup(t *testing.T) {
	w := newWorld(t)
	n, _ := w.start(w.config())
	w.stop(n)
	operator := w.sender(0)
	verifier := must(w.rollup.ExitVerifier(t.Context()))(t)
	c := l1submit.DefaultRollupConfig()
	c.Operator, c.Governor, c.ExitVerifier, c.DevelopmentKeys = operator.Address(), operator.Address(), verifier, true
	c.Circuits = []l1submit.Circuit{{Verifier: verifier, Shape: shape}}
	other, _, err := l1submit.DeployRollup(t.Context(), w.chain, operator, c)
	w.ok(err)
	cfg := w.config()
	cfg.Layer1.Contract = other.Address()
	if n, err := Start(t.Context(), cfg, w.options()); !errors.Is(err, aggregator.ErrOtherRollup) {
		t.Errorf("%v, error %v", n, err)
	}
}

// TestForeignBatchHalts: somebody else has the operator's key, and settles a batch.
// The node halts, says so, and goes on to answer.
func TestForeignBatchHalts(t *testing.T) {
	w := newWorld(t)
	cfg := w.config()
	// A node that earns no fees has no account to open, so nothing to settle: the
	// other's batch has neither its number nor its nonce taken.
	cfg.Fees = config.Fees{}
	n, c := w.start(cfg)
	defer func() { w.stop(n) }()
	w.until("readiness", func() bool { return n.Ready() == nil })
	final := must(w.rollup.Finalized(t.Context()))(t)
	published := &protocol.Published{Old: final.Commitment, New: protocol.H4(final.Commitment, final.Commitment, final.Commitment, final.Commitment)}
	statement := must(published.Statement(shape, n.deployment.Circuits[0].Verifier))(t)
	proof := must(w.prover.Calldata(statement))(t)
	if _, _, err := w.rollup.CommitAndProveBatch(t.Context(), w.sender(0), &l1submit.Commit{Digest: statement.D, Data: published.Bytes()}, proof); err != nil {
		t.Fatal(err)
	}
	w.until("the halt", func() bool { return errors.Is(n.engine.Err(), aggregator.ErrForeignBatch) })
	if err := n.Ready(); err == nil || !strings.Contains(err.Error(), "halted") {
		t.Errorf("ready: %v", err)
	}
	if code, body := get(t, "http://"+n.OpsAddress()+"/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "rebuild the directory") {
		t.Errorf("%d %s", code, body)
	}
	if s := must(c.SyncStatus(t.Context()))(t); s.Halted == "" {
		t.Errorf("%+v", s)
	}
	if n.Err() != nil {
		t.Errorf("the node has ended: %v", n.Err())
	}
}

// TestReadyz: a node is ready while it is caught up with layer 1, also when it is
// paused, and not when layer 1 has been away for too long.
func TestReadyz(t *testing.T) {
	w := newWorld(t)
	var away atomic.Bool
	var refused atomic.Int64
	l1 := httputil.NewSingleHostReverseProxy(must(url.Parse(w.l1.URL()))(t))
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if away.Load() {
			refused.Add(1)
			http.Error(rw, "nobody is there", http.StatusBadGateway)
			return
		}
		l1.ServeHTTP(rw, r)
	}))
	defer proxy.Close()
	var now atomic.Pointer[time.Time] // the node's clock
	cfg, options := w.config(), w.options()
	cfg.Layer1.URL = proxy.URL
	options.now = func() time.Time { return *now.Load() }
	set := func(at time.Time) { now.Store(&at) }
	set(time.Time{})
	n := must(Start(t.Context(), cfg, options))(t)
	defer w.stop(n)
	readyz := func(when string, want int, says string) {
		t.Helper()
		if code, body := get(t, "http://"+n.OpsAddress()+"/readyz"); code != want || !strings.Contains(body, says) {
			t.Errorf("%s: %d %s", when, code, body)
		}
	}
	// One that has just begun, with a feed that has not looked yet.
	begun := &Node{
		cfg: n.cfg, opts: n.opts, metrics: n.metrics, disk: n.disk, engine: n.engine,
		feed: layerone.NewFeed(layerone.FeedConfig{Rollup: n.deployment.Rollup, Chain: n.client, Lanes: n.lanes}),
	}
	answer := httptest.NewRecorder()
	begun.opsHandler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
	if answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "not caught up with layer 1 yet") {
		t.Errorf("begun: %d %s", answer.Code, answer.Body)
	}

	synced := func() time.Time { return n.feed.Status().Synced }
	w.until("the first look at layer 1", func() bool { return !synced().IsZero() })
	set(synced())
	readyz("caught up", http.StatusOK, `"ok"`)

	admin := must(client.DialAdmin(t.Context(), "unix:"+n.AdminAddress()))(t)
	defer admin.Close()
	w.ok(admin.Pause(t.Context()))
	readyz("paused", http.StatusOK, `"ok"`)
	w.ok(admin.Resume(t.Context()))

	away.Store(true)
	w.until("layer 1 is missed", func() bool { return refused.Load() > 0 })
	// What was asked before may still come to something: the clock goes by the last.
	limit := syncedWithin + 5*cfg.Layer1.Interval
	set(synced().Add(limit))
	readyz("away for a while", http.StatusOK, `"ok"`)
	w.until("an answer that counts from the last look", func() bool {
		set(synced().Add(limit + time.Second))
		code, _ := get(t, "http://"+n.OpsAddress()+"/readyz")
		return code != http.StatusOK
	})
	readyz("away for long", http.StatusServiceUnavailable, "layer 1 was last caught up with 31s ago")
	if code, _ := get(t, "http://"+n.OpsAddress()+"/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}

	last := synced()
	away.Store(false)
	w.until("layer 1 is back", func() bool { return synced().After(last) })
	set(synced())
	readyz("back", http.StatusOK, `"ok"`)
}

// TestStoreFails: when the disk is full the node ends, with an error that says so,
// and nothing of what it has answered is lost.
func TestStoreFails(t *testing.T) {
	w := newWorld(t)
	cfg, options := w.config(), w.options()
	// Nothing is written but what the test asks for.
	cfg.Fees, cfg.Batches = config.Fees{}, config.Batches{MaxAge: time.Hour, QueueDelay: time.Hour}
	var full atomic.Bool
	options.files = errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpCreate, errorfs.OpFileWrite, errorfs.OpFileWriteAt:
			if full.Load() {
				return syscall.ENOSPC
			}
		}
		return nil
	}))
	n := must(Start(t.Context(), cfg, options))(t)
	c := must(client.Dial(t.Context(), "http://"+n.RPCAddress()))(t)
	defer c.Close()
	w.until("readiness", func() bool { return n.Ready() == nil })
	must(c.OpenAccount(t.Context(), w.key.Public(), w.owner(), 0))(t)
	opened := w.accounts(c)
	if n.Err() != nil {
		t.Fatalf("the node has ended: %v", n.Err())
	}
	full.Store(true)
	other := protocol.NewPrivateKey([protocol.SeedSize]byte{2}).Public()
	if lost, err := c.OpenAccount(t.Context(), other, w.owner(), 0); !errors.Is(err, wire.ErrHalted) {
		t.Errorf("what could not be written: %+v, error %v", lost, err)
	}
	select {
	case <-n.Done():
	case <-time.After(patience):
		t.Fatal("the node goes on")
	}
	if err := n.Err(); !errors.Is(err, ledger.ErrFailed) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	if err := n.Ready(); !errors.Is(err, ledger.ErrFailed) {
		t.Errorf("ready: %v", err)
	}
	w.stop(n)

	// Once there is room, it goes on where it was.
	n, c = w.start(cfg)
	defer func() { w.stop(n) }()
	if again := w.accounts(c); len(opened) != 1 || !cmp.Equal(again, opened) {
		t.Errorf("accounts %+v, before %+v", again, opened)
	}
	must(c.OpenAccount(t.Context(), other, w.owner(), 0))(t)
}

// TestSlowPublisher: where more happens than subscribers can be told, they are told
// that, and of everything else in its order.
func TestSlowPublisher(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cfg, options := w.config(), w.options()
	options.eventBuffer = 1
	n := must(Start(ctx, cfg, options))(t)
	defer func() { w.stop(n) }()
	c := must(client.Dial(ctx, "ws://"+n.RPCAddress()))(t)
	defer c.Close()
	w.deposit(1_000_000)
	w.until("the deposit's account", func() bool { return len(w.accounts(c)) == 1 })
	from := w.accounts(c)[0].Index
	id := must(w.rollup.RollupID(ctx))(t)
	sub := must(c.SubscribeTransfers(ctx, nil))(t)
	defer sub.Close()
	next := func() client.Event[wire.TransferInfo] {
		t.Helper()
		event, open := <-sub.Events
		if !open {
			t.Fatalf("the subscription is over: %v, %v", sub.Err(), ctx.Err())
		}
		return event
	}
	var nonce, told uint64
	send := func(count int) (last uint64) {
		t.Helper()
		var list []protocol.SignedTransfer
		for range count {
			list = append(list, must(w.key.SignTransfer(id, protocol.Transfer{
				From: from, Amount: *uint256.NewInt(1), Fee: *uint256.NewInt(2), Nonce: nonce, ValidUntil: 1 << 20,
			}))(t))
			nonce++
		}
		for _, o := range must(c.SendTransfers(ctx, list))(t) {
			w.ok(o.Err)
			last = o.Result.Seq
		}
		return last
	}
	// One group of transfers at a time, until one is too much: each event has its
	// place behind the one before it, or a gap is told of.
	for lost := false; !lost; {
		for last := send(40); told < last && !lost; {
			event := next()
			if lost = event.Gap; !lost && event.Value.Seq != told+1 {
				t.Fatalf("transfer %d was told of after %d, and no gap between", event.Value.Seq, told)
			}
			told = event.Value.Seq
		}
	}
	// It is told of what comes from then on, unless that is too much again.
	for lost := true; lost; {
		last := send(1)
		event := next()
		for ; !event.Gap && event.Value.Seq != last; event = next() {
		}
		lost = event.Gap
	}
	// The metrics have missed nothing.
	w.until("all batches are final", func() bool {
		s := must(c.SyncStatus(ctx))(t)
		return s.Finalized == s.Batch-1 && must(c.Batch(ctx, s.Batch))(t).Transfers == 0
	})
	s := must(c.SyncStatus(ctx))(t)
	_, body := get(t, "http://"+n.OpsAddress()+"/metrics")
	if want := fmt.Sprintf("quire_batch_stage_seconds_count{stage=\"finalized\"} %d\n", s.Finalized); !strings.Contains(body, want) {
		t.Errorf("the metrics do not have %q", want)
	}
}

// TestServe: what is under way when a server is to stop is finished, unless it takes
// too long.
func TestServe(t *testing.T) {
	for name, took := range map[string]time.Duration{"in time": finishTime - time.Second, "too long": finishTime + time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				listener := make(oneConn, 1)
				listener <- there
				ctx, cancel := context.WithCancel(t.Context())
				served := make(chan error, 1)
				begun := make(chan struct{})
				go func() {
					served <- serve(ctx, listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						close(begun)
						time.Sleep(took)
						fmt.Fprint(w, "done")
					}))
				}()
				answer := make(chan string, 1)
				go func() {
					defer close(answer)
					if _, err := io.WriteString(here, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
						return
					}
					if r, err := http.ReadResponse(bufio.NewReader(here), nil); err == nil {
						body, _ := io.ReadAll(r.Body) // what came counts
						answer <- string(body)
					}
				}()
				<-begun
				asked := time.Now()
				cancel()
				if err := <-served; err != nil {
					t.Error(err)
				}
				want, text := took, "done"
				if took > finishTime {
					want, text = finishTime, ""
				}
				if after := time.Since(asked); after < want || after > want+time.Second {
					t.Errorf("it returned after %v, want %v", after, want)
				}
				if got := <-answer; got != text {
					t.Errorf("the answer is %q, want %q", got, text)
				}
				time.Sleep(took) // for whoever answers into nothing
			})
		})
	}
}

// oneConn is a listener that has one connection, in its channel.
type oneConn chan net.Conn

func (l oneConn) Accept() (net.Conn, error) {
	if conn, ok := <-l; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l oneConn) Close() error   { close(l); return nil }
func (l oneConn) Addr() net.Addr { return new(net.TCPAddr) }

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := must(crypto.ToECDSA(append(make([]byte, 31), 1)))(t)
	encrypted := must(encryptLight(key, "secret"))(t)
	file, password := write("key", string(encrypted), 0o600), write("password", "secret\n", 0o600)
	cfg := func(edit func(*config.Config)) *secrets {
		c := &config.Config{Operator: config.Operator{Keystore: file, PasswordFile: password}}
		edit(c)
		return &secrets{cfg: c}
	}
	good := cfg(func(*config.Config) {})
	opened, closeKey, err := good.operator(t.Context())
	if err != nil || opened.Address() != crypto.PubkeyToAddress(key.PublicKey) {
		t.Fatalf("%v, error %v", opened, err)
	}
	if err := closeKey(); err != nil {
		t.Error(err)
	}
	if r, err := good.receipts(); err != nil || r.Address() != opened.Address() {
		t.Errorf("%v, error %v", r, err)
	}
	other := common.Address{1}
	for name, c := range map[string]struct {
		edit func(*config.Config)
		want error
	}{
		"password":     {func(c *config.Config) { c.Operator.PasswordFile = write("wrong", "public", 0o600) }, signer.ErrPassword},
		"permissions":  {func(c *config.Config) { c.Operator.Keystore = write("open", string(encrypted), 0o644) }, signer.ErrPermissions},
		"no file":      {func(c *config.Config) { c.Operator.Keystore = filepath.Join(dir, "none") }, os.ErrNotExist},
		"other key":    {func(c *config.Config) { c.Operator.Address = &other }, ErrKeys},
		"which":        {func(c *config.Config) { c.Operator.Keystore = dir }, ErrKeys},
		"not a key":    {func(c *config.Config) { c.Operator.Keystore = password }, ErrKeys},
		"empty secret": {func(c *config.Config) { c.Operator.PasswordFile = write("empty", "", 0o600) }, ErrKeys},
	} {
		if _, _, err := cfg(c.edit).operator(t.Context()); !errors.Is(err, c.want) || !errors.Is(err, ErrKeys) {
			t.Errorf("operator, %s: error %v", name, err)
		}
		if name == "other key" {
			continue
		}
		if _, err := cfg(c.edit).receipts(); !errors.Is(err, ErrKeys) {
			t.Errorf("receipts, %s: error %v", name, err)
		}
	}
}

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	d := &disk{dir: dir}
	if free, err := d.look(); err != nil || free == 0 {
		t.Errorf("%d bytes, error %v", free, err)
	}
	if entries := must(os.ReadDir(dir))(t); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := (&disk{dir: filepath.Join(dir, "none")}).look(); err == nil {
		t.Error("a directory that does not exist can be written to")
	}
}

func TestLogger(t *testing.T) {
	for format, want := range map[string]string{"json": `"msg":"hello"`, "text": "msg=hello", "auto": `"msg":"hello"`} {
		var out strings.Builder
		logger, level := NewLogger(config.Log{Level: "warn", Format: format}, &out)
		logger.Info("silence")
		level.Set(slog.LevelInfo)
		logger.Info("hello")
		if got := out.String(); strings.Contains(got, "silence") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", format, got)
		}
	}
}

// encryptLight encrypts a key cheaply.
func encryptLight(key *ecdsa.PrivateKey, password string) ([]byte, error) {
	return keystore.EncryptKey(&keystore.Key{Address: crypto.PubkeyToAddress(key.PublicKey), PrivateKey: key}, password, 2, 1)
}
