package watch

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/core/types"
)

// Step is what is delivered at once: all events of one or more blocks that are
// final by the watcher's rule.
type Step struct {
	First  uint64      // the first block; the last is Cursor.Block
	Logs   []types.Log // in the chain's order; none, if the blocks have none
	Cursor Cursor      // where delivery stands once this step is taken
}

// Sink is the owner's side of a watcher. An error of it ends the watcher's call
// and comes back from it; the next call asks for the cursor again.
type Sink interface {
	// Cursor returns the cursor of the last step that was taken, the zero Cursor
	// if there was none.
	Cursor(ctx context.Context) (Cursor, error)
	// Deliver takes a step. A sink that makes the step's effects and its cursor
	// durable in one transaction takes each event exactly once, whatever crashes.
	Deliver(ctx context.Context, step Step) error
}

// Store keeps a cursor.
type Store interface {
	// Load returns the cursor that was saved last, the zero Cursor if none was.
	Load(ctx context.Context) (Cursor, error)
	// Save makes a cursor durable before it returns.
	Save(ctx context.Context, cursor Cursor) error
}

// Stored returns a sink whose cursor is kept apart from what its steps do: the
// store is written after the step was handled. If the process ends in between,
// the events of the step come again, with others behind them perhaps, so
// handling them twice must do no harm.
func Stored(store Store, handle func(ctx context.Context, step Step) error) Sink {
	return storedSink{store, handle}
}

type storedSink struct {
	store  Store
	handle func(context.Context, Step) error
}

func (s storedSink) Cursor(ctx context.Context) (Cursor, error) { return s.store.Load(ctx) }

func (s storedSink) Deliver(ctx context.Context, step Step) error {
	if err := s.handle(ctx, step); err != nil {
		return err
	}
	if err := s.store.Save(ctx, step.Cursor); err != nil {
		return fmt.Errorf("save cursor: %w", err)
	}
	return nil
}

// Unconfirmed is a block that the chain may still take back.
type Unconfirmed struct {
	Block BlockID
	Logs  []types.Log
}

// Preview is told of blocks before they are final: to show what is coming, never
// to credit anything. It is not durable: a new watcher begins with nothing seen.
// An error of it ends the watcher's call and comes back from it.
type Preview interface {
	// Seen tells of a block on top of the one seen before it, or, if all of those
	// have been delivered or dropped, on top of the cursor's. Delivery takes seen
	// blocks away from below.
	Seen(ctx context.Context, block Unconfirmed) error
	// Dropped takes the block back that was seen last. It is most often because
	// the chain did; but a watcher that has fallen far behind drops all that was
	// seen, too, and goes on with what is final by then.
	Dropped(ctx context.Context, block Unconfirmed) error
}
