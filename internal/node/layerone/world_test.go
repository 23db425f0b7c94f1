package layerone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	gnarklogger "github.com/consensys/gnark/logger"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/internal/node/internal/standin"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

func TestMain(m *testing.M) {
	gnarklogger.Disable() // gnark's lines about each proof hide what a test says
	os.Exit(m.Run())
}

// shape is that of the worlds' batches.
var shape = protocol.Shape{Name: "test", Openings: 3, LayerOne: 20, FeeAccounts: 2, Exits: 24, Transfers: 8, Accounts: 40, Nodes: 400}

const (
	finality = 4 // confirmations

	theOperator = iota - 1
	somebody
	another
	everybody
)

// world is a rollup on a layer-1 chain, with a node's half of layer 1.
type world struct {
	testing.TB
	l1       *devnet.Geth
	chain    *l1submit.Chain
	rollup   *l1submit.Rollup
	keys     *standin.Prover
	id       fr.Element
	verifier common.Address
	dir      string

	consumer *consumer
	lanes    *Lanes
	feed     *Feed
	manager  *txmgr.Manager
	settler  *Settler

	// The state after the newest batch that was made.
	state *protocol.MemoryState
	tree  *statetree.Tree
	tip   l1submit.Finalized
	made  map[uint32]*aggregator.Settlement
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{TB: t, keys: must(standin.Fixed())(t), dir: t.TempDir(), state: protocol.NewMemoryState(), tree: statetree.OpenMemory(), made: make(map[uint32]*aggregator.Settlement)}
	w.l1 = must(devnet.StartGeth(ctx, devnet.Options{Accounts: everybody}))(t)
	t.Cleanup(func() { w.ok(w.l1.Close()) })
	w.chain = must(l1submit.NewChain(ctx, w.l1.Client()))(t)
	deployer := &hand{w, theOperator}
	var err error
	if w.verifier, _, err = l1submit.DeployVerifier(ctx, w.chain, deployer, w.keys.VerifyingKey); err != nil {
		t.Fatal(err)
	}
	if w.rollup, _, err = l1submit.DeployRollup(ctx, w.chain, deployer, w.config()); err != nil {
		t.Fatal(err)
	}
	w.id = must(w.rollup.RollupID(ctx))(t)
	w.tip = must(w.rollup.Finalized(ctx))(t)
	w.consumer = &consumer{committed: make(map[uint32]uint64)}
	w.start()
	t.Cleanup(func() { w.ok(w.manager.Close()) })
	return w
}

func (w *world) config() l1submit.RollupConfig {
	config := l1submit.DefaultRollupConfig()
	config.Operator, config.Governor = w.address(theOperator), w.address(theOperator)
	config.ExitVerifier, config.DevelopmentKeys = w.verifier, true
	config.Circuits = []l1submit.Circuit{{Verifier: w.verifier, Shape: shape}}
	return config
}

func (w *world) address(account int) common.Address { return w.l1.Accounts()[account].Address }

// start is the beginning of a node's process.
func (w *world) start() {
	w.Helper()
	w.lanes = NewLanes(w.rollup)
	w.feed = NewFeed(FeedConfig{
		Rollup: w.rollup, Chain: w.l1.Client(), Lanes: w.lanes, Consumer: w.consumer, Confirmations: finality,
		Since: w.rollup.Deployed(), Logger: quiet,
	})
	w.manager = must(txmgr.Open(w.Context(), txmgr.Config{
		Dir: filepath.Join(w.dir, "transactions"), Chain: w.l1.Client(), Signer: signer.NewDev(w.l1.Accounts()[theOperator].Key),
		Confirmations: finality + 1, DecodeRevert: l1submit.DecodeRevert, Logger: quiet,
	}))(w)
	w.settler = NewSettler(SettlerConfig{
		Rollup: w.rollup, Manager: w.manager, Operator: w.address(theOperator), Lanes: w.lanes, Logger: quiet,
		Commitment: func(number uint32) (fr.Element, error) { return w.made[number].New, nil },
	})
}

// restart is the end of the process, and another one's beginning.
func (w *world) restart() {
	w.Helper()
	w.ok(w.manager.Close())
	w.consumer.committed = make(map[uint32]uint64)
	w.start()
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// must returns a value that came without an error.
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

// consumer is an aggregator that only listens.
type consumer struct {
	cursor    []byte
	steps     []aggregator.Step
	committed map[uint32]uint64 // block by batch
	rollbacks []uint64
	fail      error
}

func (c *consumer) Cursor() []byte { return c.cursor }

func (c *consumer) Deliver(s *aggregator.Step) error {
	step := *s
	if c.fail != nil {
		return c.fail
	}
	if n := len(c.steps); n > 0 && step.Block <= c.steps[n-1].Block {
		return fmt.Errorf("block %d after block %d", step.Block, c.steps[n-1].Block)
	}
	c.steps, c.cursor = append(c.steps, step), step.Cursor
	for _, f := range step.Final {
		delete(c.committed, f.Number)
	}
	return nil
}

func (c *consumer) Committed(number uint32, block uint64, _ [32]byte) { c.committed[number] = block }
func (c *consumer) Uncommitted(number uint32)                         { delete(c.committed, number) }

func (c *consumer) Rollback(fork uint64, cursor []byte) error {
	c.rollbacks, c.cursor = append(c.rollbacks, fork), cursor
	left := aggregator.Step{Block: fork}
	whole := c.all()
	for _, d := range whole.Deposits {
		if d.Block <= fork {
			left.Deposits = append(left.Deposits, d)
		}
	}
	for _, x := range whole.Exits {
		if x.Block <= fork {
			left.Exits = append(left.Exits, x)
		}
	}
	for _, f := range whole.Final {
		if f.Block <= fork {
			left.Final = append(left.Final, f)
		}
	}
	c.steps = []aggregator.Step{left}
	return nil
}

// all joins what was delivered.
func (c *consumer) all() (whole aggregator.Step) {
	for _, s := range c.steps {
		whole.Deposits, whole.Exits = append(whole.Deposits, s.Deposits...), append(whole.Exits, s.Exits...)
		whole.Final = append(whole.Final, s.Final...)
		whole.Frozen = whole.Frozen || s.Frozen
		whole.Block = s.Block
	}
	return whole
}

// hand sends an account's transactions, each in a block of its own.
type hand struct {
	w       *world
	account int
}

var errFailed = errors.New("the transaction failed")

// post sends a call with a tip in gwei, and waits for nothing.
func (h *hand) post(call l1submit.Call, tip int64) *types.Transaction {
	h.w.Helper()
	ctx, client := h.w.Context(), h.w.l1.Client()
	account := h.w.l1.Accounts()[h.account]
	nonce := must(client.PendingNonceAt(ctx, account.Address))(h.w)
	gas := uint64(1_000_000)
	if call.To == nil {
		gas = 12_000_000
	}
	tx := must(types.SignNewTx(account.Key, types.LatestSignerForChainID(h.w.chain.ChainID()), &types.DynamicFeeTx{
		ChainID: h.w.chain.ChainID(), Nonce: nonce, To: call.To, Value: call.Value, Data: call.Data, Gas: gas,
		GasTipCap: big.NewInt(tip * params.GWei), GasFeeCap: big.NewInt((50 + tip) * params.GWei),
	}))(h.w)
	h.w.ok(client.SendTransaction(ctx, tx))
	return tx
}

// Send implements [l1submit.Transactor].
func (h *hand) Send(ctx context.Context, call l1submit.Call) (*types.Receipt, error) {
	tx := h.post(call, 1)
	if err := h.w.l1.Mine(ctx, 1); err != nil {
		return nil, err
	}
	receipt, err := h.w.l1.Client().TransactionReceipt(ctx, tx.Hash())
	if err == nil && receipt.Status != types.ReceiptStatusSuccessful {
		err = errFailed
	}
	return receipt, err
}

func (w *world) mine(blocks int) {
	w.Helper()
	w.ok(w.l1.Mine(w.Context(), blocks))
}

func (w *world) sync() {
	w.Helper()
	w.ok(w.feed.Sync(w.Context()))
}

// depositCall is a deposit of one wei.
func (w *world) depositCall(owner byte) l1submit.Call {
	w.Helper()
	fee := must(w.rollup.QueueFee(w.Context(), protocol.LaneDeposits))(w)
	key := protocol.NewPrivateKey([protocol.SeedSize]byte{owner})
	return must(w.rollup.DepositCall(&protocol.Deposit{
		Key: key.Public(), Owner: protocol.Owner{1, owner}, Amount: *uint256.NewInt(1),
	}, fee.Mul(fee, big.NewInt(4))))(w)
}

// deposit queues a deposit, in a block of its own.
func (w *world) deposit(owner byte) {
	w.Helper()
	must((&hand{w, somebody}).Send(w.Context(), w.depositCall(owner)))(w)
}

// request queues a forced exit, in a block of its own.
func (w *world) request(account int, index protocol.Index) {
	w.Helper()
	if _, _, err := w.rollup.RequestExit(w.Context(), &hand{w, account}, index); err != nil {
		w.Fatal(err)
	}
}

// batch makes the next batch, of all that waits in the queue, or as much of it as
// there is room for.
func (w *world) batch() *aggregator.Settlement {
	w.Helper()
	ctx := w.Context()
	lanes := must(w.rollup.ReadLanes(ctx, nil))(w)
	b := &protocol.Batch{RollupID: w.id, Number: w.tip.Number + 1}
	next := protocol.Index(w.state.Len() + 1)
	for _, d := range lanes.Deposits[w.tip.DepositsEnd:] {
		if len(b.Deposits) == shape.LayerOne {
			break
		}
		b.Deposits = append(b.Deposits, protocol.CreditedDeposit{Deposit: d.Deposit, Index: next, Opened: true})
		next++
	}
	for _, r := range lanes.Requests[w.tip.ExitsEnd:] {
		if len(b.Deposits)+len(b.ForcedExits) == shape.LayerOne {
			break
		}
		b.ForcedExits = append(b.ForcedExits, r.Request)
	}
	overlay := protocol.NewOverlay(w.state)
	exits := must(protocol.Apply(overlay, b))(w)
	var updates []statetree.Update
	for i, a := range overlay.Changes() {
		updates = append(updates, statetree.Update{Index: i, Account: a})
	}
	w.ok(overlay.Flush())
	root := must(w.tree.Apply(ctx, b.Number, updates, nil))(w)
	p := must(protocol.NewPublished(b, w.tip.Commitment, protocol.Commitment(root, w.id, b.Number), exits))(w)
	st := &aggregator.Settlement{
		Number: b.Number, Attempt: 1,
		DepositsFrom: w.tip.DepositsEnd, DepositsEnd: w.tip.DepositsEnd + uint64(len(b.Deposits)),
		ExitsFrom: w.tip.ExitsEnd, ExitsEnd: w.tip.ExitsEnd + uint64(len(b.ForcedExits)),
	}
	st.Statement = must(p.Statement(shape, w.verifier))(w)
	st.Old, st.New, st.Root, st.Published = p.Old, p.New, root, p.Bytes()
	st.Proof = must(w.keys.Calldata(st.Statement))(w)
	w.tip = l1submit.Finalized{Number: b.Number, Commitment: p.New, DepositsEnd: st.DepositsEnd, ExitsEnd: st.ExitsEnd}
	w.made[b.Number] = st
	return st
}

func (w *world) submit(st *aggregator.Settlement) {
	w.Helper()
	w.ok(w.settler.Submit(w.Context(), st))
}

// settle makes blocks until everything that was submitted is final.
func (w *world) settle() {
	w.Helper()
	for range 8 {
		w.ok(w.manager.Poll(w.Context()))
		if len(w.manager.Status()) == 0 {
			return
		}
		w.mine(finality + 1)
	}
	w.Fatalf("not settled: %+v", w.manager.Status())
}

// outcome is what became of a submitted attempt.
func (w *world) outcome(number, attempt uint32) *aggregator.Settled {
	w.Helper()
	return must(w.settler.Await(w.Context(), number, attempt))(w)
}

// accepted checks that layer 1 accepted an attempt, and has its batch.
func (w *world) accepted(number, attempt uint32) *aggregator.Settled {
	w.Helper()
	settled := w.outcome(number, attempt)
	if !settled.Accepted || settled.Reason != "" || settled.Tx == [32]byte{} || settled.Block == 0 || settled.GasUsed == 0 {
		w.Fatalf("batch %d, attempt %d: %+v, want it accepted", number, attempt, settled)
	}
	if final := must(w.rollup.Finalized(w.Context()))(w); final.Number < number {
		w.Fatalf("batch %d is accepted, layer 1 is at %d", number, final.Number)
	}
	return settled
}

func newTree(t testing.TB) *statetree.Tree {
	tree := statetree.OpenMemory()
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	})
	return tree
}

// waiting returns how many entries stand in a lane behind a place, and whether the
// lane is known.
func (l *Lanes) waiting(lane protocol.Lane, from uint64) (n uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[lane]
	if q == nil || q.Count() < from {
		return 0, false
	}
	return q.Count() - from, true
}
