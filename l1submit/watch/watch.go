package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// DefaultConfirmations is a good number of confirmations on a chain with
// Ethereum's consensus: two epochs, after which a block is final unless the chain
// has stopped finalizing.
const DefaultConfirmations = 64

// What a zero [Config] does.
const (
	DefaultInterval       = 4 * time.Second
	DefaultRequestTimeout = 30 * time.Second
)

// Config says what is watched, and when it counts.
type Config struct {
	// Contract is whose events are delivered.
	Contract common.Address
	// Topics restricts them, as in [ethereum.FilterQuery]. nil means all.
	Topics [][]common.Hash
	// Start is the first block that is looked at: the contract's deployment, or
	// any before it.
	Start uint64
	// Confirmations is how many blocks have to be on top of one before its events
	// are delivered: reorganizations of up to so many blocks go by unnoticed. 0
	// delivers what is in the newest block.
	Confirmations uint64
	// Finalized wants the node to call the block finalized besides: the consensus
	// of layer 1 then vouches for it.
	Finalized bool
	// Interval is the pause between two looks at the chain. 0 means
	// DefaultInterval.
	Interval time.Duration
	// MaxRange is the number of blocks in one request. 0 means DefaultMaxRange.
	MaxRange uint64
	// RequestTimeout is how long one request may take. 0 means
	// DefaultRequestTimeout.
	RequestTimeout time.Duration
	// Retry is for errors of the node.
	Retry Retry
	// Preview is told of blocks that are not final yet; may be nil.
	Preview Preview
	// Logger is told what the watcher does. nil means [slog.Default].
	Logger *slog.Logger
}

// Watcher delivers a contract's events. It is not safe for concurrent use.
type Watcher struct {
	chain   Chain
	config  Config
	query   query
	sink    Sink
	scanner *Scanner

	loaded bool // whether cursor is the sink's, or where delivery begins if that is the zero Cursor
	begun  bool // whether it is where delivery begins, and nothing was delivered
	cursor Cursor
	tail   []block // the chain above the cursor, as far as it is known
	told   bool    // that the node calls no block finalized
}

// block is a block that is not delivered yet.
type block struct {
	id   BlockID
	read bool // whether logs has its logs
	logs []types.Log
}

// New returns a watcher. Nothing is asked of the chain or the sink yet.
func New(chain Chain, config Config, sink Sink) *Watcher {
	if config.Interval <= 0 {
		config.Interval = DefaultInterval
	}
	if config.RequestTimeout <= 0 {
		config.RequestTimeout = DefaultRequestTimeout
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Retry.Logger == nil {
		config.Retry.Logger = config.Logger
	}
	chain = timed{chain, config.RequestTimeout}
	return &Watcher{
		chain: chain, config: config, query: query{config.Contract, config.Topics}, sink: sink,
		scanner: NewScanner(chain, config.Contract, config.Topics, config.MaxRange),
	}
}

// Run delivers events as they become final, until the context ends or something
// goes wrong that trying again does not help against: see [Watcher.Sync]. Its
// error is never nil.
func (w *Watcher) Run(ctx context.Context) error {
	for {
		if err := w.Sync(ctx); err != nil {
			return err
		}
		if err := sleep(ctx, w.config.Interval); err != nil {
			return fmt.Errorf("watch %v: %w", w.config.Contract, err)
		}
	}
}

// Sync delivers everything that is final now and returns. Errors:
//
//   - [*ReorgError]: what was delivered is no longer part of the chain. The owner
//     has to roll back, the sink's cursor too, before calling again.
//   - one of the sink or the preview, as they returned it, wrapped;
//   - the context's, or the node's last one once all attempts are used up. The
//     next call goes on where this one stopped.
func (w *Watcher) Sync(ctx context.Context) error {
	what := fmt.Sprintf("watch %v", w.config.Contract)
	for more := true; more; {
		err := w.config.Retry.Do(ctx, what, func(ctx context.Context) (err error) {
			more, err = w.step(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Cursor returns where delivery stands: the zero Cursor before the first call of
// Sync or Run.
func (w *Watcher) Cursor() Cursor { return w.cursor }

// step comes one step nearer to the head and says whether there are more to
// take. After an error it can be called again.
func (w *Watcher) step(ctx context.Context) (more bool, err error) {
	if err := w.load(ctx); err != nil {
		return false, err
	}
	head, err := header(ctx, w.chain, nil)
	if err != nil {
		return false, err
	}
	finalized, bound, err := w.finalized(ctx)
	if err != nil {
		return false, err
	}
	number := head.Number.Uint64()
	if w.cursor.Block == (BlockID{}) {
		if err := w.begin(ctx, min(sub(number, w.config.Confirmations), bound)); err != nil {
			return false, err
		}
	}
	settled := min(sub(sub(number, w.config.Confirmations), SettledDepth), bound)
	if settled > w.cursor.Block.Number+SettledDepth {
		return true, w.readRange(ctx, settled)
	}
	if number < w.cursor.Block.Number {
		return false, w.behind(ctx, head)
	}
	if err := w.follow(ctx, head); err != nil {
		return false, err
	}
	if t := w.tail; len(t) > 0 && finalized.Number >= t[0].id.Number && finalized.Number <= w.top().Number && w.find(finalized) < 0 {
		return false, inconsistent("block %v is finalized, but not part of the chain of block %v", finalized, w.top())
	}
	return false, w.confirm(ctx, bound)
}

// sub is a − b, or 0.
func sub(a, b uint64) uint64 { return a - min(a, b) }

// load takes over the sink's cursor.
func (w *Watcher) load(ctx context.Context) error {
	if w.loaded {
		return nil
	}
	cursor, err := w.sink.Cursor(ctx)
	if err != nil {
		return Permanent(fmt.Errorf("load cursor: %w", err))
	}
	// The tail stays if it is the chain on top of this cursor.
	if cursor.Block != w.cursor.Block || cursor.Block == (BlockID{}) {
		keep := w.find(cursor.Block)
		if keep < 0 {
			if err := w.drop(ctx, 0); err != nil {
				return err
			}
		}
		w.tail = w.tail[keep+1:]
	}
	w.cursor, w.loaded, w.begun = cursor, true, false
	return nil
}

// find returns the place of a block in the tail, −1 if it is not there.
func (w *Watcher) find(id BlockID) int {
	if len(w.tail) == 0 || id.Number < w.tail[0].id.Number {
		return -1
	}
	at := id.Number - w.tail[0].id.Number
	if at >= uint64(len(w.tail)) || w.tail[at].id != id {
		return -1
	}
	return int(at)
}

// begin puts the cursor in front of the first block, or at any block before that
// which is final.
func (w *Watcher) begin(ctx context.Context, final uint64) error {
	id, err := HeaderAt(ctx, w.chain, min(sub(w.config.Start, 1), final))
	if err != nil {
		return err
	}
	w.cursor, w.begun = Cursor{Block: id}, true
	return nil
}

// finalized returns the newest block that the node calls finalized, if that
// matters, and the bound that it sets.
func (w *Watcher) finalized(ctx context.Context) (id BlockID, bound uint64, err error) {
	if !w.config.Finalized {
		return BlockID{}, math.MaxUint64, nil
	}
	h, err := header(ctx, w.chain, big.NewInt(rpc.FinalizedBlockNumber.Int64()))
	switch {
	case errors.Is(err, ethereum.NotFound), err != nil && strings.Contains(err.Error(), "finalized block not found"):
		if !w.told { // a young chain, or a node without a consensus client; the text is geth's
			w.config.Logger.Warn("the layer-1 node calls no block finalized: nothing is delivered until it does")
			w.told = true
		}
		return BlockID{}, 0, nil
	case err != nil:
		return BlockID{}, 0, err
	}
	id = idOf(h)
	return id, id.Number, nil
}

// top is the newest block that is known.
func (w *Watcher) top() BlockID {
	if len(w.tail) == 0 {
		return w.cursor.Block
	}
	return w.tail[len(w.tail)-1].id
}

// readRange delivers blocks that are far from the head, up to last at most.
func (w *Watcher) readRange(ctx context.Context, last uint64) error {
	if err := w.drop(ctx, 0); err != nil {
		return err
	}
	first := w.cursor.Block.Number + 1
	logs, end, err := w.scanner.Next(ctx, first, last)
	if err != nil {
		return err
	}
	// Only now: what was read belongs to the chain that has the cursor's block, and
	// still is as deep in it as it was when it was decided what to read.
	head, err := header(ctx, w.chain, nil)
	if err != nil {
		return err
	}
	if sub(head.Number.Uint64(), w.config.Confirmations) < end.Number {
		return inconsistent("the newest block became %v while logs up to block %v were read", idOf(head), end)
	}
	if id, err := HeaderAt(ctx, w.chain, end.Number); err != nil {
		return err
	} else if id != end {
		return inconsistent("block %v became %v while logs were read", end, id)
	}
	if err := w.checkCursor(ctx); err != nil {
		return err
	}
	logs = slices.DeleteFunc(logs, func(l types.Log) bool { return l.BlockNumber < w.config.Start })
	return w.deliver(ctx, Step{First: first, Logs: logs, Cursor: w.cursor.next(end)})
}

// deliver hands a step to the sink.
func (w *Watcher) deliver(ctx context.Context, step Step) error {
	if err := w.sink.Deliver(ctx, step); err != nil {
		w.loaded = false // it is not known whether the step was taken
		return Permanent(fmt.Errorf("deliver blocks %d to %d: %w", step.First, step.Cursor.Block.Number, err))
	}
	w.cursor, w.begun = step.Cursor, false
	return nil
}
