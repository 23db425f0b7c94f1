package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/internal/explorer"
	"github.com/quirezk/quire/internal/node/config"
	"github.com/quirezk/quire/internal/node/layerone"
	"github.com/quirezk/quire/internal/node/metrics"
	"github.com/quirezk/quire/internal/node/proving"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/prover"
)

// Options are what a node needs besides its configuration.
type Options struct {
	Logger *slog.Logger
	// Level is what the logger looks at; the operator can change it.
	Level *slog.LevelVar
	// Version is of this software.
	Version string
	// Terminal is where passwords are asked for, and Out what the questions are
	// written to.
	Terminal *os.File
	Out      io.Writer

	// What a development chain hands in. nil: what the configuration names.
	Operator signer.Signer
	Receipts receipt.Signer
	Prover   aggregator.Prover
	Keys     []layerone.Key // of the prover
	// FeeAccount earns the fees, if it is not nil; the configuration's account is
	// then left alone.
	FeeAccount *wallet.Address
	// PollInterval is the transaction manager's pause between two looks; 0 means its
	// default.
	PollInterval time.Duration

	// What tests have their own of. nil or 0: the real ones.
	now         func() time.Time // for [Node.Ready]
	files       vfs.FS           // of the ledger
	eventBuffer int
}

// Node is a running node.
type Node struct {
	cfg     *config.Config
	opts    Options
	logger  *slog.Logger
	metrics *metrics.Metrics
	disk    *disk

	client     *ethclient.Client
	prover     *proving.Prover // whose keys have to be loaded; nil if the caller's are
	deployment *layerone.Deployment
	operator   common.Address
	ledger     *ledger.Ledger
	manager    *txmgr.Manager
	settler    *layerone.Settler
	lanes      *layerone.Lanes
	feed       *layerone.Feed
	service    *aggregator.Service
	engine     *aggregator.Engine
	backend    *backend
	rpc, admin *api.Server

	listeners struct{ rpc, admin, ops, debug net.Listener }
	// closers undo what was opened, the last first.
	closers []func() error

	// running are the goroutines; they end when cancel is called.
	running sync.WaitGroup
	cancel  context.CancelFunc
	done    chan struct{} // closed when the node cannot go on
	ending  sync.Once
	cause   error // why; set before done is closed

	balanceMu sync.Mutex
	balance   float64 // the operator's, in ether; negative if it is not known
}

// Start starts a node. ctx bounds the start alone; the node runs until it is
// stopped, or cannot go on: see [Node.Done]. What was opened is closed again if it
// fails.
func Start(ctx context.Context, cfg *config.Config, opts Options) (*Node, error) {
	if opts.now == nil {
		opts.now = time.Now
	}
	if opts.eventBuffer == 0 {
		opts.eventBuffer = eventBuffer
	}
	n := &Node{
		cfg: cfg, opts: opts, logger: opts.Logger, metrics: metrics.New(opts.Version), disk: &disk{dir: cfg.Data},
		done: make(chan struct{}), balance: -1,
	}
	for _, step := range []func(context.Context) error{n.openData, n.openLayerOne, n.openLedger, n.openService, n.openServers} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, n.close())
		}
	}
	n.run()
	n.logger.Info("the node runs", "rollup", n.deployment.Rollup.Address(), "chain", cfg.Layer1.ChainID, "operator", n.operator,
		"rpc", n.RPCAddress(), "data", cfg.Data, "version", opts.Version)
	return n, nil
}

// onClose notes how to undo something.
func (n *Node) onClose(f func() error) { n.closers = append(n.closers, f) }

func (n *Node) close() error {
	var errs []error
	for _, f := range slices.Backward(n.closers) {
		errs = append(errs, f())
	}
	n.closers = nil
	return errors.Join(errs...)
}

// openData makes the directory, and sees that it can be used.
func (n *Node) openData(context.Context) error {
	if err := os.MkdirAll(n.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	_, err := n.disk.look()
	return err
}

// openLayerOne connects to layer 1, opens the signer and the keys, and checks the
// deployment: what is quick to tell before keys are looked for, the rest after.
func (n *Node) openLayerOne(ctx context.Context) (err error) {
	url := n.cfg.Layer1.URL
	if file := n.cfg.Layer1.URLFile; file != "" {
		content, err := readSecret(file)
		if err != nil {
			return fmt.Errorf("layer1.url-file: %w", err)
		}
		url = strings.TrimSpace(string(content))
		if err := config.CheckEndpoint(url); err != nil {
			return fmt.Errorf("layer1.url-file: %s: %w", file, err)
		}
	}
	if n.client, err = exits.Dial(ctx, url); err != nil {
		return err
	}
	n.onClose(func() error { n.client.Close(); return nil })

	secrets := &secrets{cfg: n.cfg, terminal: n.opts.Terminal, out: n.opts.Out}
	if n.opts.Operator == nil {
		opened, closeKey, err := secrets.operator(ctx)
		if err != nil {
			return err
		}
		n.onClose(closeKey)
		n.opts.Operator = opened
	}
	n.operator = n.opts.Operator.Address()
	if n.opts.Receipts == nil {
		if n.opts.Receipts, err = secrets.receipts(); err != nil {
			return err
		}
	}
	target := layerone.Target{
		Contract: n.cfg.Layer1.Contract, ChainID: new(big.Int).SetUint64(n.cfg.Layer1.ChainID), Deployed: n.cfg.Layer1.FromBlock,
		Operator: n.operator, DevelopmentChains: n.cfg.Layer1.DevelopmentChains,
	}
	if _, err := layerone.Open(ctx, n.client, target); err != nil {
		return err
	}
	if n.opts.Prover == nil {
		if n.prover, err = n.openProver(ctx); err != nil {
			return err
		}
		n.opts.Prover, n.opts.Keys = n.prover, KeysOf(n.prover)
	}
	target.Keys = n.opts.Keys
	if n.deployment, err = layerone.Open(ctx, n.client, target); err != nil {
		return err
	}
	if n.deployment.Development {
		n.logger.Warn(prover.DevelopmentWarning)
	}
	if delay := n.cfg.Batches.QueueDelay + n.cfg.Batches.MaxAge; delay > n.deployment.Times.Deadline/4 {
		n.logger.Warn("batches may wait for long, compared with the contract's deadline", "batches.max-age", n.cfg.Batches.MaxAge,
			"batches.queue-delay", n.cfg.Batches.QueueDelay, "deadline", n.deployment.Times.Deadline)
	}
	return nil
}

// openProver finds the keys. They are loaded beside everything else: transfers are
// taken meanwhile, and the first proof waits.
func (n *Node) openProver(ctx context.Context) (*proving.Prover, error) {
	dir := n.cfg.Prover.Keys
	if dir == "" {
		var err error
		if dir, err = prover.DefaultStoreDir(); err != nil {
			return nil, err
		}
	}
	return proving.Open(ctx, n.cfg.Prover.Shapes, proving.Options{
		Store: prover.NewStore(dir), Memory: int64(n.cfg.Prover.Memory), Observe: n.metrics.Prover, Logger: n.logger,
	})
}

// KeysOf returns the keys of a prover's circuits.
func KeysOf(p *proving.Prover) []layerone.Key {
	var keys []layerone.Key
	for _, shape := range p.Shapes() {
		key := p.VerifyingKey(shape)
		keys = append(keys, layerone.Key{Shape: shape, Verifying: key.Groth16(), Development: key.Kind() != prover.KindCeremony})
	}
	return keys
}

func (n *Node) openLedger(ctx context.Context) (err error) {
	s := &store{
		data: n.cfg.Data, client: n.client, deployment: n.deployment,
		confirmations: n.cfg.Layer1.Confirmations, finalized: n.cfg.Layer1.Finalized, logger: n.logger, files: n.opts.files,
	}
	if n.ledger, err = s.open(ctx); err != nil {
		return err
	}
	n.onClose(n.ledger.Close)
	return nil
}

// openService opens the transaction manager and the aggregator, and connects them.
func (n *Node) openService(ctx context.Context) (err error) {
	l := &n.cfg.Layer1
	n.manager, err = txmgr.Open(ctx, txmgr.Config{
		Dir: TransactionsDir(n.cfg.Data), Chain: n.client, Signer: n.opts.Operator,
		// A transaction's own block is the first of its confirmations.
		Confirmations: l.Confirmations + 1, BumpBlocks: l.BumpBlocks, MaxFee: l.MaxFee, MinTip: l.MinTip,
		PollInterval: n.opts.PollInterval, DecodeRevert: l1submit.DecodeRevert, Logger: n.logger,
	})
	if err != nil {
		return err
	}
	n.onClose(n.manager.Close)
	rollup := n.deployment.Rollup
	n.lanes = layerone.NewLanes(rollup)
	n.settler = layerone.NewSettler(layerone.SettlerConfig{
		Rollup: rollup, Manager: n.manager, Operator: n.operator, Lanes: n.lanes, Commitment: n.commitment, Logger: n.logger,
	})
	fees, err := n.collectors()
	if err != nil {
		return err
	}
	b := &n.cfg.Batches
	cfg := aggregator.Config{
		Circuits: n.deployment.Circuits, Collectors: fees, Pool: n.cfg.Pool,
		MaxAge: b.MaxAge, QueueDelay: b.QueueDelay, MaxBacklog: b.MaxBacklog, MaxUnsettled: b.MaxUnsettled,
		MaxOpenings: b.MaxOpenings, Retain: b.Retain,
		Prover: n.opts.Prover, Settler: n.settler, Notify: n.count, Logger: n.logger,
	}
	n.service, err = aggregator.NewService(cfg, n.ledger, aggregator.ServiceOptions{Proofs: n.cfg.Prover.Proofs, Observe: n.metrics})
	if err != nil {
		return err
	}
	n.engine = n.service.Engine()
	n.onClose(func() error { return n.service.Stop(context.Background()) })
	n.feed = layerone.NewFeed(layerone.FeedConfig{
		Rollup: rollup, Chain: n.client, Lanes: n.lanes, Consumer: consumer{n.service},
		Confirmations: l.Confirmations, Finalized: l.Finalized, Since: n.deployment.Block, Interval: l.Interval, Logger: n.logger,
	})
	n.backend = &backend{
		service: n.service, engine: n.engine, ledger: n.ledger, feed: n.feed, tokens: layerone.NewTokens(rollup), metrics: n.metrics,
		receipts: n.opts.Receipts, domain: receipt.NewDomain(l.ChainID, rollup.Address()),
		circuits: n.deployment.Circuits, collectors: fees, pool: n.cfg.Pool.WithDefaults(), confirmations: l.Confirmations,
		deadline: n.deployment.Times.Deadline, version: n.opts.Version,
	}
	n.metrics.Watch(n.state)
	return nil
}

// commitment is that of a batch in the ledger.
func (n *Node) commitment(number uint32) (fr.Element, error) {
	batch, found, err := n.ledger.Batch(number)
	if err == nil && !found {
		err = fmt.Errorf("%w: %d", aggregator.ErrUnknownBatch, number)
	}
	return batch.New, err
}

// collectors are who earns fees.
func (n *Node) collectors() ([]aggregator.Collector, error) {
	f := &n.cfg.Fees
	if len(f.Minimums) == 0 {
		return nil, nil
	}
	account := n.opts.FeeAccount
	if account == nil {
		parsed, err := wallet.ParseAddress(n.deployment.RollupID, f.Account)
		if err != nil {
			return nil, fmt.Errorf("fees.account: %w", err)
		}
		account = &parsed
	}
	list := make([]aggregator.Collector, len(f.Minimums))
	for i, m := range f.Minimums {
		list[i] = aggregator.Collector{Token: m.Token, Key: account.Key, Owner: account.Owner, MinFee: m.Amount}
	}
	return list, nil
}

// openServers opens all listeners before anything is answered.
func (n *Node) openServers(ctx context.Context) (err error) {
	r := &n.cfg.RPC
	options := api.Options{
		Rate: r.Rate, Burst: r.Burst, Connections: r.Connections, Origins: r.Origins, Hosts: r.Hosts, TrustProxy: r.TrustProxy,
		Errors: errorCodes, Logger: n.logger, Refused: n.metrics.Refused,
	}
	if r.Explorer {
		options.Pages = explorer.Handler()
	}
	if n.rpc, err = api.New(n.backend, options); err != nil {
		return fmt.Errorf("rpc: %w", err)
	}
	n.onClose(func() error { n.rpc.Close(); return nil })
	level := n.opts.Level
	if level == nil {
		level = new(slog.LevelVar)
	}
	if n.admin, err = api.NewAdmin(n.backend, level, api.Options{Rate: -1, Errors: errorCodes, Logger: n.logger}); err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	n.onClose(func() error { n.admin.Close(); return nil })
	for _, l := range []struct {
		name     string
		at       config.Listen
		to       *net.Listener
		loopback bool
	}{
		{"rpc", r.Listen, &n.listeners.rpc, false}, {"ops", n.cfg.Ops, &n.listeners.ops, false},
		{"admin", n.cfg.Admin, &n.listeners.admin, true}, {"debug", n.cfg.Debug, &n.listeners.debug, true},
	} {
		if *l.to, err = listenOn(ctx, l.at); err != nil {
			return fmt.Errorf("%s.listen: %w", l.name, err)
		}
		if *l.to == nil {
			continue
		}
		listener := *l.to
		n.onClose(func() error {
			if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
				return err
			}
			return nil
		})
		if l.loopback && !isLoopback(listener) {
			return fmt.Errorf("%s.listen: %s can be reached from other machines", l.name, listener.Addr())
		}
	}
	return nil
}

// run starts the goroutines.
func (n *Node) run() {
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	part := func(what string, f func(context.Context) error) {
		n.running.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				n.end(fmt.Errorf("%s: %w", what, err))
			}
		})
	}
	if n.prover != nil {
		part("the prover's keys", n.prover.Load)
	}
	part("layer 1's events", n.follow)
	part("transactions to layer 1", n.manager.Run)
	part("rpc", func(ctx context.Context) error { return n.rpc.Serve(ctx, n.listeners.rpc) })
	for _, s := range []struct {
		name     string
		listener net.Listener
		handler  http.Handler
	}{{"admin", n.listeners.admin, n.admin.Handler()}, {"ops", n.listeners.ops, n.opsHandler()}, {"debug", n.listeners.debug, pprofHandler()}} {
		if s.listener != nil {
			part(s.name, func(ctx context.Context) error { return serve(ctx, s.listener, s.handler) })
		}
	}
	n.running.Go(func() { n.publish(ctx) })
	n.running.Go(func() { n.watchBalance(ctx) })
	n.running.Go(func() { n.watchHalt(ctx) })
}

// follow follows layer 1. What halts the aggregator does not end the node: it goes
// on to say how things stand, unless it is its store that has failed.
func (n *Node) follow(ctx context.Context) error {
	err := n.feed.Run(ctx)
	if errors.Is(err, aggregator.ErrHalted) || errors.Is(err, aggregator.ErrReorgTooDeep) {
		return nil // watchHalt sees to it
	}
	return err
}

// watchHalt ends the node if its store has failed.
func (n *Node) watchHalt(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-n.service.Stopped():
	}
	cause := n.engine.Err()
	if errors.Is(cause, ledger.ErrFailed) {
		n.end(cause)
		return
	}
	n.logger.Error("the node has halted and answers questions only: see docs/node.md, \"When it halts\"", "cause", cause)
}

// end says that the node cannot go on.
func (n *Node) end(cause error) {
	n.ending.Do(func() {
		n.cause = cause
		n.logger.Error("the node cannot go on", "cause", cause)
		close(n.done)
	})
}

// Done is closed when the node cannot go on; [Node.Err] then says why. It has to be
// stopped all the same.
func (n *Node) Done() <-chan struct{} { return n.done }

// Err returns why the node cannot go on, nil if it can.
func (n *Node) Err() error {
	select {
	case <-n.done:
		return n.cause
	default:
		return nil
	}
}

// Stop stops the node: nothing new is accepted, what is under way is finished or
// told to end, and what is open is closed. When ctx ends first, Stop returns its
// error, with everything left as it is: nothing durable is harmed by that.
func (n *Node) Stop(ctx context.Context) error {
	n.logger.Info("the node stops")
	n.cancel()
	stopped := make(chan error, 1)
	go func() {
		// The servers first: their requests need the service.
		n.running.Wait()
		stopped <- n.close()
	}()
	select {
	case err := <-stopped:
		if err == nil {
			n.logger.Info("the node has stopped")
		}
		return err
	case <-ctx.Done():
		return fmt.Errorf("stop: %w", ctx.Err())
	}
}

// RPCAddress returns where the public interface listens.
func (n *Node) RPCAddress() string { return addressOf(n.listeners.rpc) }

// OpsAddress returns where metrics and health are served, empty if they are not.
func (n *Node) OpsAddress() string { return addressOf(n.listeners.ops) }

// AdminAddress returns where the operator's methods are served, empty if they are
// not.
func (n *Node) AdminAddress() string { return addressOf(n.listeners.admin) }

func addressOf(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// consumer is the aggregator as layer 1's feed tells it.
type consumer struct{ service *aggregator.Service }

var _ layerone.Consumer = consumer{}

func (c consumer) Cursor() []byte                       { return c.service.Engine().Cursor() }
func (c consumer) Deliver(step *aggregator.Step) error  { return c.service.Deliver(step) }
func (c consumer) Uncommitted(number uint32)            { c.service.Engine().Uncommitted(number) }
func (c consumer) Rollback(fork uint64, b []byte) error { return c.service.Rollback(fork, b) }
func (c consumer) Committed(number uint32, block uint64, tx [32]byte) {
	c.service.Engine().Committed(number, block, tx)
}
