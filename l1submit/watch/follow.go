package watch

import (
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/core/types"
)

// follow makes the tail the chain from the cursor's block to head, which is not
// below it.
func (w *Watcher) follow(ctx context.Context, head *types.Header) error {
	var fresh []block // newest first
	keep := -1        // the block of the tail, or −1 for the cursor's, that they stand on
	for h := head; ; {
		id := idOf(h)
		if id.Number <= w.cursor.Block.Number {
			if id != w.cursor.Block {
				return w.reorganized(ctx)
			}
			break
		}
		if keep = w.find(id); keep >= 0 {
			break
		}
		fresh = append(fresh, block{id: id})
		var err error
		if h, err = parent(ctx, w.chain, h); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		// Nothing new, or a block that is known and not the newest: then the node
		// lags behind another, or its chain is being reorganized. What comes next
		// will tell.
		return nil
	}
	slices.Reverse(fresh)
	if w.config.Preview != nil {
		// Everything is read before anything is told.
		for i := range fresh {
			if err := w.read(ctx, &fresh[i]); err != nil {
				return err
			}
		}
	}
	if err := w.drop(ctx, keep+1); err != nil {
		return err
	}
	for _, b := range fresh {
		if err := w.see(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// read gets a block's logs, unless it has them.
func (w *Watcher) read(ctx context.Context, b *block) (err error) {
	if !b.read && b.id.Number >= w.config.Start {
		b.logs, err = w.query.ofBlock(ctx, w.chain, b.id)
		b.read = err == nil
	}
	return err
}

// see puts a block on top of the tail.
func (w *Watcher) see(ctx context.Context, b block) error {
	if w.config.Preview != nil {
		if err := w.config.Preview.Seen(ctx, Unconfirmed{b.id, b.logs}); err != nil {
			return Permanent(fmt.Errorf("preview block %v: %w", b.id, err))
		}
	}
	w.tail = append(w.tail, b)
	return nil
}

// drop takes the tail back to its first keep blocks.
func (w *Watcher) drop(ctx context.Context, keep int) error {
	for len(w.tail) > keep {
		last := len(w.tail) - 1
		b := w.tail[last]
		if w.config.Preview != nil {
			if err := w.config.Preview.Dropped(ctx, Unconfirmed{b.id, b.logs}); err != nil {
				return Permanent(fmt.Errorf("take block %v back from the preview: %w", b.id, err))
			}
		}
		w.tail = w.tail[:last]
	}
	return nil
}

// confirm delivers the blocks of the tail that are final by now, up to bound.
func (w *Watcher) confirm(ctx context.Context, bound uint64) error {
	final := min(sub(w.top().Number, w.config.Confirmations), bound)
	if final <= w.cursor.Block.Number {
		return nil
	}
	blocks := w.tail[:min(uint64(len(w.tail)), final-w.cursor.Block.Number)]
	step := Step{First: w.cursor.Block.Number + 1, Cursor: w.cursor}
	for i := range blocks {
		if err := w.read(ctx, &blocks[i]); err != nil {
			return err
		}
		step.Logs = append(step.Logs, blocks[i].logs...)
		step.Cursor = step.Cursor.next(blocks[i].id)
	}
	if err := w.deliver(ctx, step); err != nil {
		return err
	}
	w.tail = slices.Clone(w.tail[len(blocks):]) // so that what was delivered is freed
	return nil
}
