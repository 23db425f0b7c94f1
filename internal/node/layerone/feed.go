package layerone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/watch"
)

// Consumer is whom a [Feed] tells what happened on layer 1: the aggregator.
type Consumer interface {
	// Cursor returns the cursor of the last step that was taken in, nil if none
	// was.
	Cursor() []byte
	// Deliver takes in a step. When it returns nil, its effects and its cursor are
	// durable.
	Deliver(step *aggregator.Step) error
	// Committed says that layer 1 has a batch in a block that is not final yet, and
	// Uncommitted that it took that block back. A batch that was delivered as final
	// is not uncommitted.
	Committed(number uint32, block uint64, tx [32]byte)
	Uncommitted(number uint32)
	// Rollback undoes what steps above a block said, and makes a cursor the one that
	// counts.
	Rollback(forkBlock uint64, cursor []byte) error
}

// FeedConfig says how a [Feed] works.
type FeedConfig struct {
	Rollup *l1submit.Rollup
	// Chain is the node behind the rollup.
	Chain    watch.Chain
	Lanes    *Lanes
	Consumer Consumer
	// Confirmations and Finalized are as in [watch.Config]: what is final.
	Confirmations uint64
	Finalized     bool
	// Since is the block in which operator and circuits were looked at: see
	// [Deployment]. Later changes are reported.
	Since uint64
	// Interval is the pause between two looks at layer 1. 0 means
	// [watch.DefaultInterval].
	Interval time.Duration
	// Logger is told what happens. nil means [slog.Default].
	Logger *slog.Logger
}

// Feed follows a rollup's events and tells a [Consumer] of them, in steps that are
// final by the node's rule, each once; of batches also before that. A
// reorganization below the confirmations is not noticed; for a deeper one the
// consumer is rolled back to what both chains have.
type Feed struct {
	cfg     FeedConfig
	watcher *watch.Watcher

	mu     sync.Mutex // guards status
	status FeedStatus
}

// FeedStatus is how far a feed has come.
type FeedStatus struct {
	Head      uint64    // the newest block that was seen
	Delivered uint64    // the last block that was delivered
	Synced    time.Time // when everything that was final had last been delivered
	Operator  common.Address
	// OperatorChanged says that Operator is set: another account commits batches
	// than when the process began.
	OperatorChanged bool
	// CircuitsChanged says that circuits were added or retired since then.
	CircuitsChanged bool
	Reorgs          uint64 // that were deeper than the confirmations
}

// feedKinds are the events that a feed asks for.
var feedKinds = []l1submit.EventKind{
	l1submit.KindDeposited, l1submit.KindExitRequested, l1submit.KindBatchFinalized, l1submit.KindFrozen,
	l1submit.KindOperatorChanged, l1submit.KindCircuitAdded, l1submit.KindCircuitRetired,
}

// NewFeed returns a feed. Nothing is asked of layer 1 yet.
func NewFeed(cfg FeedConfig) *Feed {
	if cfg.Interval <= 0 {
		cfg.Interval = watch.DefaultInterval
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	f := &Feed{cfg: cfg}
	var topics []common.Hash
	events := bindings.NewRollup().GetABI().Events
	for _, kind := range feedKinds {
		topics = append(topics, events[string(kind)].ID)
	}
	f.watcher = watch.New(cfg.Chain, watch.Config{
		Contract: cfg.Rollup.Address(), Topics: [][]common.Hash{topics}, Start: cfg.Rollup.Deployed(),
		Confirmations: cfg.Confirmations, Finalized: cfg.Finalized,
		Retry:   watch.Retry{Attempts: -1}, // a node that is away is waited for
		Preview: f, Logger: cfg.Logger,
	}, f)
	return f
}

var (
	_ watch.Sink    = (*Feed)(nil)
	_ watch.Preview = (*Feed)(nil)
)

// Status returns how far the feed has come.
func (f *Feed) Status() FeedStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

func (f *Feed) note(change func(*FeedStatus)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.status)
}

// Run follows layer 1 until the context ends; the error is then nil. A node that
// does not answer is waited for. Any other error is the consumer's, or
// [aggregator.ErrReorgTooDeep].
func (f *Feed) Run(ctx context.Context) error {
	for {
		err := f.Sync(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-time.After(f.cfg.Interval):
		case <-ctx.Done():
			return nil
		}
	}
}

// Sync delivers everything that is final now and returns. It is Run for a caller
// that keeps its own time.
func (f *Feed) Sync(ctx context.Context) error {
	for {
		err := f.watcher.Sync(ctx)
		var reorg *watch.ReorgError
		if !errors.As(err, &reorg) {
			if err != nil {
				return fmt.Errorf("follow layer 1: %w", err)
			}
			f.note(func(s *FeedStatus) { s.Synced = time.Now() })
			return nil
		}
		if err := f.rollback(reorg); err != nil {
			return err
		}
	}
}

// rollback undoes what a deep reorganization took back.
func (f *Feed) rollback(reorg *watch.ReorgError) error {
	f.cfg.Lanes.unknown()
	f.note(func(s *FeedStatus) { s.Reorgs++ })
	f.cfg.Logger.Error("layer 1 took back what was final", "delivered", reorg.Delivered, "fork", reorg.Fork.Block, "error", reorg)
	if reorg.Fork.Block == (watch.BlockID{}) {
		return fmt.Errorf("%w: %w", aggregator.ErrReorgTooDeep, reorg)
	}
	if err := f.cfg.Consumer.Rollback(reorg.Fork.Block.Number, reorg.Fork.Bytes()); err != nil {
		return fmt.Errorf("roll back to block %v: %w", reorg.Fork.Block, err)
	}
	f.note(func(s *FeedStatus) { s.Delivered = reorg.Fork.Block.Number })
	f.cfg.Logger.Info("rolled back", "block", reorg.Fork.Block)
	return nil
}

// Cursor implements [watch.Sink].
func (f *Feed) Cursor(context.Context) (watch.Cursor, error) {
	bytes := f.cfg.Consumer.Cursor()
	if len(bytes) == 0 {
		f.cfg.Lanes.empty() // the watcher begins before the first entry
		return watch.Cursor{}, nil
	}
	cursor, err := watch.ParseCursor(bytes)
	if err != nil {
		return watch.Cursor{}, err
	}
	f.note(func(s *FeedStatus) { s.Delivered = cursor.Block.Number })
	return cursor, nil
}

// Deliver implements [watch.Sink].
func (f *Feed) Deliver(ctx context.Context, w watch.Step) error {
	events, err := f.decode(w.Logs)
	if err != nil {
		return err
	}
	last := w.Cursor.Block
	step := aggregator.Step{Cursor: w.Cursor.Bytes(), Block: last.Number}
	if step.BlockTime, err = f.timeOf(ctx, last); err != nil {
		return err
	}
	var final *l1submit.Finalized
	for _, event := range events {
		switch e := event.(type) {
		case *l1submit.Deposited:
			step.Deposits = append(step.Deposits, depositOf(e))
		case *l1submit.ExitRequested:
			step.Exits = append(step.Exits, exitOf(e))
		case *l1submit.BatchFinalized:
			step.Final = append(step.Final, aggregator.FinalBatch{
				Number: e.Number, Commitment: e.Commitment, Block: e.Block, Tx: e.TxHash, GasUsed: f.gasOf(ctx, e.TxHash),
			})
			final = &e.Finalized
		case *l1submit.Frozen:
			step.Frozen = true
			f.cfg.Logger.Error("the rollup is frozen: nothing is settled any more, and users leave with quire exit", "batch", e.Number, "by", e.By, "transaction", e.TxHash)
		case *l1submit.OperatorChanged:
			if e.Block <= f.cfg.Since {
				continue
			}
			f.note(func(s *FeedStatus) { s.Operator, s.OperatorChanged = e.Operator, true })
			f.cfg.Logger.Warn("layer 1 has another operator", "operator", e.Operator, "transaction", e.TxHash)
		case *l1submit.CircuitAdded, *l1submit.CircuitRetired:
			if event.Where().Block <= f.cfg.Since {
				continue
			}
			f.note(func(s *FeedStatus) { s.CircuitsChanged = true })
			f.cfg.Logger.Warn("the rollup's circuits changed: restart the node to use them", "transaction", event.Where().TxHash)
		}
	}
	if err := f.cfg.Consumer.Deliver(&step); err != nil {
		return err
	}
	f.cfg.Lanes.take(last, events)
	if final != nil {
		f.cfg.Lanes.forget(final)
	}
	f.note(func(s *FeedStatus) { s.Delivered, s.Head = last.Number, max(s.Head, last.Number) })
	return nil
}

// timeOf returns the time of a block that is final.
func (f *Feed) timeOf(ctx context.Context, block watch.BlockID) (uint64, error) {
	var header *types.Header
	retry := watch.Retry{Attempts: -1, Logger: f.cfg.Logger}
	err := retry.Do(ctx, fmt.Sprintf("read the time of block %v", block), func(ctx context.Context) (err error) {
		ctx, cancel := context.WithTimeout(ctx, watch.DefaultRequestTimeout)
		defer cancel()
		header, err = f.cfg.Chain.HeaderByHash(ctx, block.Hash)
		return err
	})
	if err != nil {
		return 0, err
	}
	return header.Time, nil
}

// gasOf returns the gas that a transaction used, or 0: nothing depends on it.
func (f *Feed) gasOf(ctx context.Context, tx common.Hash) uint64 {
	ctx, cancel := context.WithTimeout(ctx, watch.DefaultRequestTimeout)
	defer cancel()
	receipt, err := f.cfg.Rollup.Chain().Client().TransactionReceipt(ctx, tx)
	if err != nil {
		f.cfg.Logger.Debug("no receipt of a batch's transaction", "transaction", tx, "error", err)
		return 0
	}
	return receipt.GasUsed
}

// decode returns logs as events.
func (f *Feed) decode(logs []types.Log) ([]l1submit.Event, error) {
	events := make([]l1submit.Event, len(logs))
	for i := range logs {
		var err error
		if events[i], err = f.cfg.Rollup.DecodeEvent(&logs[i]); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// Seen implements [watch.Preview].
func (f *Feed) Seen(_ context.Context, block watch.Unconfirmed) error {
	events, err := f.decode(block.Logs)
	if err != nil {
		return err
	}
	f.cfg.Lanes.take(block.Block, events)
	for _, event := range events {
		if e, ok := event.(*l1submit.BatchFinalized); ok {
			f.cfg.Consumer.Committed(e.Number, e.Block, e.TxHash)
		}
	}
	f.note(func(s *FeedStatus) { s.Head = block.Block.Number })
	return nil
}

// Dropped implements [watch.Preview].
func (f *Feed) Dropped(_ context.Context, block watch.Unconfirmed) error {
	events, err := f.decode(block.Logs)
	if err != nil {
		return err
	}
	f.cfg.Lanes.drop(block.Block, events)
	for _, event := range events {
		if e, ok := event.(*l1submit.BatchFinalized); ok {
			f.cfg.Consumer.Uncommitted(e.Number)
		}
	}
	return nil
}

func depositOf(e *l1submit.Deposited) ledger.Deposit {
	return ledger.Deposit{Position: e.Position, Payer: e.Payer, Time: e.Time, Block: e.Block, Tx: e.TxHash, Deposit: e.Deposit}
}

func exitOf(e *l1submit.ExitRequested) ledger.ForcedExit {
	return ledger.ForcedExit{Position: e.Position, Time: e.Time, Block: e.Block, Tx: e.TxHash, Request: e.Request}
}
