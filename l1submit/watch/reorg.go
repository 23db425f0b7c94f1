package watch

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
)

// ReorgError says that layer 1 took back blocks whose events were delivered: a
// reorganization deeper than the confirmations, or another chain than before.
// Nothing is delivered until the owner has rolled back: undone every effect of
// events of blocks above Fork.Block, and made Fork the sink's cursor.
type ReorgError struct {
	// Delivered is the last block whose events were delivered.
	Delivered BlockID
	// Fork is the cursor at the newest block that was delivered, is remembered,
	// and is still part of the chain: the last one that both chains have, if the
	// reorganization is less than 128 blocks below Delivered and the blocks were
	// read one by one; one before it otherwise. It is the zero Cursor if no
	// delivered block that is remembered is part of the chain.
	Fork Cursor
}

// Error implements error.
func (e *ReorgError) Error() string {
	if e.Fork.Block == (BlockID{}) {
		return fmt.Sprintf("layer 1 has none of the blocks that were read, the last of which was %v: "+
			"ask a node of the right chain, or begin anew", e.Delivered)
	}
	return fmt.Sprintf("layer 1 took back block %v, which had been taken for final; roll back to block %v, %d blocks before it, "+
		"and ask for more confirmations", e.Delivered, e.Fork.Block, e.Delivered.Number-e.Fork.Block.Number)
}

// checkCursor makes sure that the cursor's block is part of the chain.
func (w *Watcher) checkCursor(ctx context.Context) error {
	id, err := HeaderAt(ctx, w.chain, w.cursor.Block.Number)
	if err != nil {
		return err
	}
	if id != w.cursor.Block {
		return w.reorganized(ctx)
	}
	return nil
}

// behind looks at a head below the cursor's block. Most often the node lags
// behind another that was asked before; but it may have changed to another,
// shorter chain.
func (w *Watcher) behind(ctx context.Context, head *types.Header) error {
	// The newest block of the trail that the head is not below tells.
	for _, b := range w.cursor.Trail {
		if b.Number > head.Number.Uint64() {
			continue
		}
		id := idOf(head)
		if b.Number < id.Number {
			var err error
			if id, err = HeaderAt(ctx, w.chain, b.Number); err != nil {
				return err
			}
		}
		if id != b {
			return w.reorganized(ctx)
		}
		break
	}
	return nil
}

// reorganized is called when the chain was seen without the cursor's block. It
// returns the error that says so, having forgotten the tail.
func (w *Watcher) reorganized(ctx context.Context) error {
	delivered := w.cursor.Block
	fork := w.cursor
	for {
		id, err := HeaderAt(ctx, w.chain, fork.Block.Number)
		if err != nil && !errors.Is(err, ethereum.NotFound) {
			return err
		}
		if err == nil && id == fork.Block {
			break
		}
		if len(fork.Trail) == 0 {
			fork = Cursor{}
			break
		}
		fork = Cursor{Block: fork.Trail[0], Trail: fork.Trail[1:]}
	}
	if fork.Block == delivered {
		return inconsistent("block %v is part of the chain again", delivered)
	}
	if err := w.drop(ctx, 0); err != nil {
		return err
	}
	w.loaded = false
	if w.begun { // nobody knows of this block
		return inconsistent("block %v, where watching begins, is no longer part of the chain", delivered)
	}
	return Permanent(&ReorgError{Delivered: delivered, Fork: fork})
}
