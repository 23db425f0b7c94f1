package aggregator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// Engine is the aggregator without its goroutines and clocks: it does what it is
// told, when it is told the time, and nothing else. The same calls on the same
// ledger have the same effects, which is what the simulation rests on. [Service]
// calls it in a running node.
//
// Its methods are safe for concurrent use. Those that change something wait for
// each other, and return when the change is durable.
type Engine struct {
	cfg  Config
	led  *ledger.Ledger
	tree *statetree.Tree
	id   ledger.Identity

	// treeMu is held while the tree is changed and the ledger is told of it. It is
	// taken before mu.
	treeMu sync.Mutex

	mu sync.RWMutex // guards all below; held for writing until a change is durable

	head  ledger.Head
	state *pending
	pool  *mempool.Pool
	// epoch goes up when batches are undone: what was begun before is void.
	epoch  uint64
	paused bool
	// blocked says that transfers wait for nothing but fewer batches to wait.
	blocked bool
	halted  error // why nothing goes on

	// tip is the newest batch that is closed, or what the ledger begins with.
	tip tip
	// open is the batch that takes transfers. Its record is in the ledger once
	// there is something in it.
	open *openBatch
	// again is set while batches are made again that were undone: what the present
	// one may take of what waits, at most. Limits on what waits do not hold then.
	again *tip
	// inFlight are the batches that are closed and not final, by number, and
	// those that are final and can still be undone.
	inFlight map[uint32]*flight

	// What waits for a batch, in order.
	openings []*ledger.Opening
	deposits []*ledger.Deposit
	exits    []*ledger.ForcedExit
	reserved reserved
	// waitsSince is when the first of those from layer 1 came, as far as this
	// process knows.
	waitsSince time.Time

	// doubtSince is the block after which layer 1 took back what batches rest on, if
	// any are in doubt.
	doubtSince uint64

	committed map[uint32]CommittedEvent // what layer 1 has in blocks that are not final

	sealed sealedCache // has a lock of its own
}

// tip is where the next batch begins.
type tip struct {
	number                             uint32
	depositsEnd, exitsEnd, openingsEnd uint64
	nextIndex                          protocol.Index
}

func tipOf(b *ledger.Batch) tip {
	return tip{b.Number, b.DepositsEnd, b.ExitsEnd, b.OpeningsEnd, b.NextIndex}
}

// openBatch is the batch that takes transfers.
type openBatch struct {
	record    ledger.Batch
	budget    *protocol.Budget
	transfers []protocol.SignedTransfer
	opened    time.Time
	recorded  bool // in the ledger
}

// empty says that a batch has nothing in it that would be lost with it.
func (o *openBatch) empty() bool {
	r := &o.record
	return r.Transfers == 0 && len(r.Openings) == 0 && len(r.Deposits) == 0 && len(r.ForcedExits) == 0
}

// flight is a batch between its closing and the time when it cannot be undone any
// more.
type flight struct {
	record    ledger.Batch
	transfers []protocol.SignedTransfer // until it is sealed; then the ledger has all of it
	gist      atomic.Pointer[gist]      // of its sealed form, once that was asked for
	// accepted is the block in which layer 1 accepted it, as the settler says; 0 if
	// it has not said so. Layer 1's events will tell.
	accepted uint64
}

// Open returns the engine of a ledger, whose identity has to be there. It brings
// the state tree up to what the ledger says. The ledger stays the caller's to
// close.
func Open(cfg Config, led *ledger.Ledger, now time.Time) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("aggregator: %w", err)
	}
	e := &Engine{
		cfg: cfg, led: led, tree: led.Tree(), pool: mempool.New(cfg.Pool),
		inFlight: make(map[uint32]*flight), committed: make(map[uint32]CommittedEvent),
	}
	if err := e.recover(context.Background(), now); err != nil {
		return nil, fmt.Errorf("aggregator: recover from the ledger: %w", errors.Join(err, e.Close()))
	}
	return e, nil
}

// Close lets go of the state. The engine must not be used any more.
func (e *Engine) Close() error {
	e.treeMu.Lock()
	defer e.treeMu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.halted == nil {
		e.halted = errClosed
	}
	if e.state == nil {
		return nil
	}
	err := e.state.base.Close()
	e.state = nil
	return err
}

var errClosed = errors.New("it was closed")

// Err returns why the engine has halted, nil if it has not.
func (e *Engine) Err() error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.halted
}

// halt stops the engine for good: what is durable is not in doubt, but nothing
// may be built upon it by this process.
func (e *Engine) halt(cause error) error {
	if e.halted == nil {
		e.halted = cause
		e.cfg.Logger.Error("the node halts", "cause", cause)
	}
	return fmt.Errorf("%w: %w", ErrHalted, e.halted)
}

// usable returns ErrHalted if the engine has halted.
func (e *Engine) usable() error {
	if e.halted != nil {
		return fmt.Errorf("%w: %w", ErrHalted, e.halted)
	}
	return nil
}

// change is what one call does: it becomes durable as a whole, and then events
// are told.
type change struct {
	*ledger.Changes
	now    time.Time
	events []Event
	// dirty says that the open batch's record has to be written.
	dirty bool
	// done are the transfers that this change executed or dropped, which the
	// ledger cannot find yet.
	done map[ledger.TransferID]Outcome
	// named are the accounts that it puts into the ledger's directory.
	named map[accountName]protocol.Index
	// credited are accounts that got deposits: transfers may wait for them.
	credited []protocol.Index
}

func (e *Engine) begin(now time.Time) *change {
	return &change{Changes: e.led.NewChanges(), now: now, done: make(map[ledger.TransferID]Outcome), named: make(map[accountName]protocol.Index)}
}

func (c *change) tell(event Event) { c.events = append(c.events, event) }

// millis is a time as records have it.
func millis(t time.Time) uint64 { return uint64(t.UnixMilli()) }

// commit makes a change durable. After an error the memory is ahead of the disk:
// the engine halts.
func (e *Engine) commit(c *change) error {
	if c.dirty {
		c.PutBatch(&e.open.record)
		e.open.recorded = true
	}
	c.PutHead(e.head)
	if err := e.led.Commit(c.Changes); err != nil {
		return e.halt(fmt.Errorf("write the ledger: %w", err))
	}
	if e.cfg.Notify != nil {
		for _, event := range c.events {
			e.cfg.Notify(event)
		}
	}
	return nil
}

// Pause has the engine refuse transfers and requests, or take them again. What it
// has taken on goes on.
func (e *Engine) Pause(paused bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.paused = paused
}

// accepting says why nothing is taken on, nil if it is.
func (e *Engine) accepting() error {
	if err := e.usable(); err != nil {
		return err
	}
	switch {
	case e.head.Frozen:
		return ErrFrozen
	case e.paused:
		return ErrPaused
	}
	return nil
}
