package aggregator

import (
	"fmt"
	"slices"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// Sealed batches are large (half a megabyte of t512), and there may be many that
// are not final, or only just: the ledger has them, and memory only what is being
// worked on, with the gist of each that questions about past states have touched.

// sealedKey names a sealed batch: in another epoch the number may be another's.
type sealedKey struct {
	epoch  uint64
	number uint32
}

// sealedKept is how many sealed batches are kept at hand: those between sealing and
// proving in a node that keeps up.
const sealedKept = 8

// sealedCache keeps the sealed batches that were asked for last. It may be used by
// several goroutines.
type sealedCache struct {
	mu   sync.Mutex
	kept []keptSealed // the last that was asked for comes first
}

type keptSealed struct {
	key    sealedKey
	sealed *witness.Sealed
}

func (c *sealedCache) get(key sealedKey) *witness.Sealed {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, k := range c.kept {
		if k.key == key {
			copy(c.kept[1:i+1], c.kept[:i])
			c.kept[0] = k
			return k.sealed
		}
	}
	return nil
}

func (c *sealedCache) put(key sealedKey, sealed *witness.Sealed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = slices.DeleteFunc(c.kept, func(k keptSealed) bool { return k.key == key })
	c.kept = slices.Insert(c.kept, 0, keptSealed{key, sealed})
	if len(c.kept) > sealedKept {
		clear(c.kept[sealedKept:])
		c.kept = c.kept[:sealedKept]
	}
}

// sealedOf returns a batch's sealed form, of an epoch. Nobody may change it.
func (e *Engine) sealedOf(number uint32, epoch uint64) (*witness.Sealed, error) {
	key := sealedKey{epoch, number}
	if sealed := e.sealed.get(key); sealed != nil {
		return sealed, nil
	}
	sealed, err := e.loadSealed(number)
	if err == nil {
		e.sealed.put(key, sealed)
	}
	return sealed, err
}

// sealedFor is sealedOf for a job, whose batch may be undone at any time.
func (e *Engine) sealedFor(number uint32, epoch uint64) (*witness.Sealed, error) {
	sealed, err := e.sealedOf(number, epoch)
	if !e.stands(number, epoch) { // so what was read may be nothing, or another's
		return nil, errVoid
	}
	return sealed, err
}

// stands says whether nothing was undone since an epoch, and a batch is still there
// to be worked on.
func (e *Engine) stands(number uint32, epoch uint64) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.epoch == epoch && e.halted == nil && e.inFlight[number] != nil
}

// loadSealed reads a sealed batch from the ledger.
func (e *Engine) loadSealed(number uint32) (*witness.Sealed, error) {
	encoded, found, err := e.led.Sealed(number)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: batch %d was sealed, and is not there", ErrInconsistent, number)
	}
	sealed := new(witness.Sealed)
	if err := sealed.UnmarshalBinary(encoded); err != nil {
		return nil, fmt.Errorf("%w: sealed batch %d: %w", ErrInconsistent, number, err)
	}
	return sealed, nil
}

// gist says what a sealed batch has something to say about, so that only those are
// read that an answer is in.
type gist struct {
	touched []protocol.Index // accounts, ascending
	// blank stands for the batch where what it touches is of no interest.
	blank *witness.Sealed
}

func gistOf(sealed *witness.Sealed) *gist {
	g := &gist{
		touched: make([]protocol.Index, len(sealed.Entries)),
		blank:   &witness.Sealed{OldRoot: sealed.OldRoot, Batch: protocol.Batch{Number: sealed.Batch.Number}},
	}
	for i := range sealed.Entries {
		g.touched[i] = sealed.Entries[i].Index
	}
	return g
}

// below says whether the batch touches a leaf below a node: that of a level on the
// path of leaf i.
func (g *gist) below(i protocol.Index, level int) bool {
	width := uint64(1) << (2 * (protocol.TreeDepth - level))
	first := uint64(i) / width * width
	at, _ := slices.BinarySearchFunc(g.touched, first, func(t protocol.Index, first uint64) int {
		if uint64(t) < first {
			return -1
		}
		return 1
	})
	return at < len(g.touched) && uint64(g.touched[at]) < first+width
}

// after returns, of the sealed batches that the tree has after a batch, those that
// are the first to touch one of the levels' nodes on the path of an account, in
// their order, and blanks for the others: witness.AccountAt and ProveAt ask for
// nothing else. The level TreeDepth is that of the account itself.
func (e *Engine) after(number uint32, i protocol.Index, levels ...int) ([]*witness.Sealed, error) {
	var later []*witness.Sealed
	for n := number + 1; n <= e.state.base.Version(); n++ {
		g, err := e.gist(n)
		if err != nil {
			return nil, err
		}
		first := g.blank
		levels = slices.DeleteFunc(levels, func(level int) bool {
			// Every batch has the root.
			if level > 0 && !g.below(i, level) {
				return false
			}
			first = nil
			return true
		})
		if first == nil {
			if first, err = e.sealedOf(n, e.epoch); err != nil {
				return nil, err
			}
		}
		later = append(later, first)
	}
	return later, nil
}

// gist returns the gist of a batch that can still be undone.
func (e *Engine) gist(number uint32) (*gist, error) {
	f := e.inFlight[number]
	if f == nil || f.record.Stage < ledger.StageSealed {
		return nil, fmt.Errorf("%w: batch %d", ErrNotKept, number-1)
	}
	if g := f.gist.Load(); g != nil {
		return g, nil
	}
	sealed, err := e.sealedOf(number, e.epoch)
	if err != nil {
		return nil, err
	}
	g := gistOf(sealed)
	f.gist.Store(g)
	return g, nil
}

// undoOf returns what takes the tree back to a batch, and the root that it had. Of
// the batches after, one at a time is in memory.
func (e *Engine) undoOf(keep uint32) (undo []statetree.Undo, root fr.Element, err error) {
	seen := make(map[protocol.Index]bool)
	for number := keep + 1; number <= e.tree.Version(); number++ {
		sealed, err := e.loadSealed(number)
		if err != nil {
			return nil, root, err
		}
		if number == keep+1 {
			root = sealed.OldRoot
		}
		for _, u := range witness.UndoOf([]*witness.Sealed{sealed}) {
			if !seen[u.Index] {
				seen[u.Index] = true
				undo = append(undo, u)
			}
		}
	}
	return undo, root, nil
}
