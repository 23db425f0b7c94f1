package aggregator

import (
	"context"
	"fmt"
	"slices"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// pending is the state after everything that was executed: a snapshot of the
// state tree, and over it a layer for each batch that the tree does not have
// yet. It is a [protocol.State] whose writes go to the newest layer.
type pending struct {
	base   *statetree.Snapshot
	layers []*layer // oldest first; the batches that follow the base, without gaps
	// newest has every account of all layers as it is now, and the batch that
	// wrote it last.
	newest map[protocol.Index]written
	// clean keeps accounts of the base, as many as are worth it.
	clean *statetree.AccountCache
}

// layer is what a batch has changed.
type layer struct {
	number  uint32
	changes map[protocol.Index]protocol.Account
}

type written struct {
	account protocol.Account
	batch   uint32
}

func newPending(base *statetree.Snapshot) *pending {
	return &pending{base: base, newest: make(map[protocol.Index]written), clean: statetree.NewAccountCache(cleanAccounts)}
}

// Account implements [protocol.State]. It may be called from several goroutines
// while nothing is written.
func (p *pending) Account(i protocol.Index) (protocol.Account, bool, error) {
	if w, ok := p.newest[i]; ok {
		return w.account, true, nil
	}
	if a, ok := p.clean.Get(i); ok {
		return a, true, nil
	}
	a, found, err := p.base.Account(i)
	if found && err == nil {
		p.clean.Put(i, a)
	}
	return a, found, err
}

// preload reads accounts from the base that will be asked for, many at once. The
// indices are the callee's.
func (p *pending) preload(ctx context.Context, indices []protocol.Index) error {
	indices = slices.DeleteFunc(indices, func(i protocol.Index) bool { _, ok := p.newest[i]; return ok })
	return p.clean.Load(ctx, p.base, indices)
}

// SetAccount implements [protocol.State].
func (p *pending) SetAccount(i protocol.Index, a protocol.Account) error {
	top := p.top()
	top.changes[i] = a
	p.newest[i] = written{a, top.number}
	return nil
}

func (p *pending) top() *layer { return p.layers[len(p.layers)-1] }

// push begins the layer of the next batch.
func (p *pending) push(number uint32) {
	p.layers = append(p.layers, &layer{number: number, changes: make(map[protocol.Index]protocol.Account)})
}

// pop drops the newest layer and what it changed.
func (p *pending) pop() {
	top := p.top()
	p.layers = p.layers[:len(p.layers)-1]
	for i := range top.changes {
		delete(p.newest, i)
		for n := len(p.layers) - 1; n >= 0; n-- {
			if a, ok := p.layers[n].changes[i]; ok {
				p.newest[i] = written{a, p.layers[n].number}
				break
			}
		}
	}
}

// settle takes the oldest layer away, which base has now. The snapshot before it
// is closed.
func (p *pending) settle(base *statetree.Snapshot) error {
	oldest := p.layers[0]
	if oldest.number != base.Version() {
		return fmt.Errorf("state of batch %d settles batch %d", base.Version(), oldest.number)
	}
	for i, a := range oldest.changes {
		if p.newest[i].batch == oldest.number {
			delete(p.newest, i)
		}
		p.clean.Put(i, a)
	}
	p.layers = p.layers[1:]
	before := p.base
	p.base = base
	return before.Close()
}

// updates are a layer's changes as the state tree takes them.
func (l *layer) updates() []statetree.Update {
	updates := make([]statetree.Update, 0, len(l.changes))
	for i, a := range l.changes {
		updates = append(updates, statetree.Update{Index: i, Account: a})
	}
	return updates
}

// cleanAccounts is how many accounts of the tree are kept at hand: some 50 MB of
// them.
const cleanAccounts = 1 << 18
