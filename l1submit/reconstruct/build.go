package reconstruct

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// working is the state that batches are replayed on: what changed since a
// snapshot, in two layers.
type working struct {
	base    *statetree.Snapshot
	known   *statetree.AccountCache             // of what base has
	below   map[protocol.Index]protocol.Account // being committed, or nil
	changed map[protocol.Index]protocol.Account
}

// Account implements [protocol.State].
func (w *working) Account(i protocol.Index) (protocol.Account, bool, error) {
	if a, ok := w.changed[i]; ok {
		return a, true, nil
	}
	if a, ok := w.below[i]; ok {
		return a, true, nil
	}
	if a, ok := w.known.Get(i); ok {
		return a, true, nil
	}
	a, found, err := w.base.Account(i)
	if found {
		w.known.Put(i, a)
	}
	return a, found, err
}

// warm reads the accounts that transfers name from the tree, all at once, unless
// they are known.
func (w *working) warm(ctx context.Context, transfers []protocol.PublishedTransfer) error {
	var indices []protocol.Index
	for i := range transfers {
		for _, index := range [2]protocol.Index{transfers[i].From, transfers[i].To} {
			if _, ok := w.changed[index]; ok {
				continue
			}
			if _, ok := w.below[index]; ok {
				continue
			}
			indices = append(indices, index)
		}
	}
	return w.known.Load(ctx, w.base, indices)
}

// SetAccount implements [protocol.State].
func (w *working) SetAccount(i protocol.Index, a protocol.Account) error {
	w.changed[i] = a
	return nil
}

// replayed is a batch on its way into the tree.
type replayed struct {
	*finalBatch
	published *protocol.Published
}

func (r *replayed) fail(err error) error { return &BatchError{r.Number, r.TxHash, err} }

// builder replays batches in order and commits them to the tree in groups. While
// one group is hashed and written, the next is replayed on top of it.
type builder struct {
	tree       *statetree.Tree
	id         fr.Element
	checkEvery int
	taken      func(from, to l1submit.Finalized) (taken, error)
	meta       func(last *replayed, transfers uint64) ([]byte, error)
	committed  func(last *replayed, transfers uint64) error

	state     working
	last      l1submit.Finalized // of the last batch replayed
	transfers uint64
	group     []*replayed
	under     chan error // the commit under way sends its result; nil if there is none
}

// taken is what a batch has to take from the queue.
type taken struct {
	deposits []*l1submit.Deposited
	exits    []*l1submit.ExitRequested
}

// add replays the next batch.
func (b *builder) add(ctx context.Context, r *replayed) error {
	next := r.Record
	to := l1submit.Finalized{Number: r.Number, Commitment: next.Commitment, DepositsEnd: next.DepositsEnd, ExitsEnd: next.ExitsEnd}
	want, err := b.taken(b.last, to)
	if err != nil {
		return err
	}
	if err := check(r, b.last, want); err != nil {
		return r.fail(fmt.Errorf("%w: %w", ErrMismatch, err))
	}
	if err := b.state.warm(ctx, r.published.Transfers); err != nil {
		return err
	}
	if err := r.published.Replay(&b.state, b.id, r.Number); err != nil {
		var rejection protocol.Rejection
		if !errors.As(err, &rejection) { // the state cannot be read
			return err
		}
		// It may be for a batch before, whose commitment was not checked yet.
		if err := b.wait(); err != nil {
			return err
		}
		if err := firstWrong(ctx, b.state.base, b.id, b.group); err != nil {
			return err
		}
		return r.fail(fmt.Errorf("%w: %w", ErrReplay, err))
	}
	b.last = to
	b.transfers += uint64(len(r.published.Transfers))
	b.group = append(b.group, r)
	if len(b.group) >= b.checkEvery || len(b.state.changed) >= maxChanged {
		return b.flush(ctx)
	}
	return nil
}

// check compares published data with what the contract and the queue say of
// them.
func check(r *replayed, before l1submit.Finalized, want taken) error {
	p := r.published
	switch {
	case p.Old != before.Commitment:
		return fmt.Errorf("they start from commitment %s, batch %d ended with %s", p.Old.String(), before.Number, before.Commitment.String())
	case p.New != r.Record.Commitment:
		return fmt.Errorf("they end with commitment %s, the event says %s", p.New.String(), r.Record.Commitment.String())
	case len(p.Deposits) != len(want.deposits):
		return fmt.Errorf("they have %d deposits, the event says %d", len(p.Deposits), len(want.deposits))
	case len(p.ForcedExits) != len(want.exits):
		return fmt.Errorf("they have %d forced exits, the event says %d", len(p.ForcedExits), len(want.exits))
	case l1submit.ExitsHash(p.Exits) != r.Record.Exits:
		return errors.New("their exits are not those of the event")
	}
	for i, d := range want.deposits {
		if p.Deposits[i].Deposit != d.Deposit {
			return fmt.Errorf("deposit %d is not the one that was queued at position %d", i, d.Position)
		}
	}
	for i, e := range want.exits {
		if p.ForcedExits[i] != e.Request {
			return fmt.Errorf("forced exit %d is not the one that was queued at position %d", i, e.Position)
		}
	}
	return nil
}

// flush begins to commit the group, once the one before it is committed.
func (b *builder) flush(ctx context.Context) error {
	if err := b.wait(); err != nil {
		return err
	}
	if len(b.group) == 0 {
		return nil
	}
	group, changed, transfers := b.group, b.state.changed, b.transfers
	base := b.state.base
	b.group = nil
	b.state.below, b.state.changed = changed, make(map[protocol.Index]protocol.Account, len(changed))
	b.under = make(chan error, 1)
	go func() { b.under <- b.commit(ctx, base, group, changed, transfers) }()
	return nil
}

// wait waits for the commit under way and puts the state on top of it.
func (b *builder) wait() error {
	if b.under == nil {
		return nil
	}
	err := <-b.under
	b.under = nil
	if err != nil {
		return err
	}
	base, err := b.tree.Snapshot()
	if err != nil {
		return err
	}
	for i, a := range b.state.below {
		b.state.known.Put(i, a)
	}
	b.state.below = nil
	old := b.state.base
	b.state.base = base
	return old.Close()
}

// commit makes the state after a group durable if it has the commitment that the
// last batch of the group published. base is the state before it.
func (b *builder) commit(ctx context.Context, base *statetree.Snapshot, group []*replayed,
	changed map[protocol.Index]protocol.Account, transfers uint64) error {
	last := group[len(group)-1]
	updates := make([]statetree.Update, 0, len(changed))
	for _, i := range slices.Sorted(maps.Keys(changed)) {
		updates = append(updates, statetree.Update{Index: i, Account: changed[i]})
	}
	m, err := b.meta(last, transfers)
	if err != nil {
		return err
	}
	_, err = b.tree.Advance(ctx, last.Number, updates, m, func(root fr.Element) error {
		if protocol.Commitment(root, b.id, last.Number) != last.published.New {
			return ErrCommitment
		}
		return nil
	})
	if errors.Is(err, ErrCommitment) {
		if err := firstWrong(ctx, base, b.id, group); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return b.committed(last, transfers)
}

// finish commits what is left.
func (b *builder) finish(ctx context.Context) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	return b.wait()
}

// close waits for what is under way and gives the snapshot back.
func (b *builder) close() error {
	if b.under != nil {
		<-b.under
	}
	return b.state.base.Close()
}

// firstWrong returns the error of the first batch of a group after which the
// state does not have the commitment that the batch published; nil if there is
// none. base is the state before the group.
func firstWrong(ctx context.Context, base *statetree.Snapshot, id fr.Element, group []*replayed) error {
	right, wrong := 0, len(group)+1 // numbers of batches, replayed from the first on
	var failure error
	for wrong-right > 1 {
		n := right + (wrong-right)/2
		if err := ctx.Err(); err != nil {
			return err
		}
		last := group[n-1]
		got, err := commitmentAfter(base, id, group[:n])
		if err != nil {
			return err
		}
		if got == last.published.New {
			right = n
			continue
		}
		wrong = n
		failure = last.fail(fmt.Errorf("%w: it is %s, published is %s", ErrCommitment, got.String(), last.published.New.String()))
	}
	return failure
}

// commitmentAfter replays batches on a state and computes the commitment that
// they lead to, without touching the tree.
func commitmentAfter(base *statetree.Snapshot, id fr.Element, batches []*replayed) (c fr.Element, err error) {
	state := working{base: base, known: statetree.NewAccountCache(maxKnown), changed: make(map[protocol.Index]protocol.Account)}
	for _, r := range batches {
		if err := r.published.Replay(&state, id, r.Number); err != nil {
			return c, r.fail(fmt.Errorf("%w: %w", ErrReplay, err))
		}
	}
	indices := make([]protocol.Index, 0, len(state.changed))
	leaves := make(map[protocol.Index]fr.Element, len(state.changed))
	for i, a := range state.changed {
		indices = append(indices, i)
		leaves[i] = a.Leaf()
	}
	proof, err := base.MultiProof(indices)
	if err != nil {
		return c, err
	}
	root, _, err := proof.Update(leaves)
	if err != nil {
		return c, err
	}
	return protocol.Commitment(root, id, batches[len(batches)-1].Number), nil
}
