package reconstruct

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

const (
	// backlog is the number of final batches that are fetched ahead of the tree.
	backlog = 128
	// saveEvery is the number of ranges of blocks after which the journal is saved
	// though no batch was committed.
	saveEvery = 16
)

// Sync reads layer 1 from where the state stands, up to a block that is final by
// the configuration's rule, applies every batch that was proven up to there, and
// compares state and queue with the contract. It can be stopped at any time, by
// the context or the end of the process: the next call goes on from the last
// group of batches that was committed. It is to be called again for what layer 1
// does later.
//
// Its errors are those of this package (errors.go), wrapped; [watch.Retry]'s once
// the node has failed too often; the context's.
func (s *State) Sync(ctx context.Context, client Client, config Config) error {
	config.defaults()
	n, err := dial(ctx, client, &config)
	if err != nil {
		return err
	}
	r := &run{state: s, node: n, config: &config}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if err := r.pipeline(ctx); err != nil {
		s.reload()
		return err
	}
	return r.conclude(ctx)
}

// reload goes back to the journal that was saved: what is in memory may have got
// further than the tree, or only half through a range.
func (s *State) reload() {
	j, err := loadJournal(s.journalPath())
	if err != nil {
		s.logger.Warn("the journal of the rebuilt state cannot be used, events will be read from the beginning", "error", err)
	}
	s.journal = j
}

// run is one call of Sync.
type run struct {
	state  *State
	node   *node
	config *Config
	target target
	begun  *meta // of the tree's version at the beginning; nil if that is 0

	mu sync.Mutex // guards the following
	// ahead has taken in all events that were read. The journal's history follows
	// it up to the last batch that the tree has: so the journal stays small,
	// however far ahead of the tree events are read.
	ahead    *history
	journal  *journal
	events   []l1submit.Event // that ahead has, and the journal's history not yet
	progress Progress
}

// prepare chooses the target, finds out where to go on, and refuses what does
// not belong together.
func (r *run) prepare(ctx context.Context) (err error) {
	s := r.state
	identity, err := r.node.identity(ctx)
	if err != nil {
		return err
	}
	for _, known := range []*Identity{s.metaIdentity(), s.journalIdentity()} {
		if known != nil && !known.equal(&identity) {
			return fmt.Errorf("%w: it is of %v, the node has %v", ErrForeign, known, &identity)
		}
	}
	var least uint64
	if s.journal != nil {
		least = s.journal.history.cursor.Number
	}
	if r.target, err = r.node.target(ctx, least); err != nil {
		return err
	}
	if r.target.id != identity.RollupID {
		return fmt.Errorf("%w: %v has changed", ErrForeign, &identity)
	}
	if r.journal, err = r.resume(ctx, identity); err != nil {
		return err
	}
	h := r.journal.history
	r.progress = Progress{Start: r.journal.start, Block: h.cursor.Number, Target: r.target.block.Number, Final: h.finalized.Number}
	if r.begun = s.meta; r.begun != nil {
		h.applied(r.begun.Finalized)
		r.progress.Applied, r.progress.Transfers = r.begun.Number, r.begun.Transfers
	}
	if r.ahead, err = h.clone(); err != nil {
		return err
	}
	return r.save()
}

func (s *State) metaIdentity() *Identity {
	if s.meta == nil {
		return nil
	}
	return &s.meta.Identity
}

func (s *State) journalIdentity() *Identity {
	if s.journal == nil {
		return nil
	}
	return &s.journal.identity
}

// resume returns the journal to go on from, a new one if there is none or if its
// events are no longer part of the chain.
func (r *run) resume(ctx context.Context, identity Identity) (*journal, error) {
	if j := r.state.journal; j != nil {
		is, err := r.node.onChain(ctx, j.history.cursor)
		if err != nil {
			return nil, err
		}
		if is {
			return j, nil
		}
		r.config.Logger.Warn("layer 1 took back blocks that were read: events are read from the beginning", "block", j.history.cursor)
		r.config.Start = min(r.config.Start, j.start)
	}
	before, err := r.node.before(ctx)
	if err != nil {
		return nil, err
	}
	return &journal{
		identity: identity, start: r.config.Start,
		history: newHistory(protocol.GenesisCommitment(identity.RollupID), before),
	}, nil
}

// save writes the journal, with the lock held or before there is a need for it.
func (r *run) save() error {
	b, err := r.journal.bytes()
	if err != nil {
		return err
	}
	if err := saveJournal(r.state.journalPath(), b); err != nil {
		return err
	}
	r.state.journal = r.journal
	return nil
}

// job is a final batch on its way from the events to the tree.
type job struct {
	*finalBatch
	done      chan struct{} // closed once the following are set
	published *protocol.Published
	err       error
}

// pipeline reads events, fetches data and builds the state, all at once.
func (r *run) pipeline(ctx context.Context) error {
	build, err := r.builder()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	order := make(chan *job, backlog) // jobs in their order
	fetch := make(chan *job)          // the same, for whoever is free
	g.Go(func() error {
		defer close(order)
		defer close(fetch)
		return r.read(ctx, func(j *job) error {
			for _, to := range []chan<- *job{order, fetch} {
				select {
				case to <- j:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for range r.config.Fetchers {
		g.Go(func() error {
			for j := range fetch {
				j.published, j.err = r.node.published(ctx, j.BatchCommitted)
				close(j.done)
			}
			return nil
		})
	}
	g.Go(func() error {
		for j := range order {
			select {
			case <-j.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if j.err != nil {
				return j.err
			}
			if err := build.add(ctx, &replayed{j.finalBatch, j.published}); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err // the order may have ended early
		}
		return build.finish(ctx)
	})
	return errors.Join(g.Wait(), build.close())
}

// builder returns a builder on the tree as it is.
func (r *run) builder() (*builder, error) {
	s := r.state
	base, err := s.tree.Snapshot()
	if err != nil {
		return nil, err
	}
	b := &builder{
		tree: s.tree, id: r.target.id, checkEvery: r.config.CheckEvery,
		taken: r.taken, meta: r.meta, committed: r.committed,
		state: working{base: base, known: statetree.NewAccountCache(maxKnown), changed: make(map[protocol.Index]protocol.Account)},
		last:  l1submit.Finalized{Commitment: protocol.GenesisCommitment(r.target.id)},
	}
	if s.meta != nil {
		b.last, b.transfers = s.meta.Finalized, s.meta.Transfers
	}
	return b, nil
}

// read reads events up to the target and hands on the batches that they make
// final and that the tree does not have.
func (r *run) read(ctx context.Context, emit func(*job) error) error {
	r.mu.Lock()
	ready, cursor := r.ahead.ready, r.ahead.cursor.Number
	r.mu.Unlock()
	for ranges := 1; ; ranges++ {
		for _, batch := range ready {
			if known, err := r.compare(batch); err != nil {
				return err
			} else if known {
				continue
			}
			if err := emit(&job{finalBatch: batch, done: make(chan struct{})}); err != nil {
				return err
			}
		}
		if cursor >= r.target.block.Number {
			return nil
		}
		events, end, err := r.node.events(ctx, cursor+1, &r.target)
		if err != nil {
			return err
		}
		cursor = end.Number
		if ready, err = r.take(events, end, ranges%saveEvery == 0); err != nil {
			return err
		}
	}
}

// take takes in the events up to a block, and returns the batches that became
// final.
func (r *run) take(events []l1submit.Event, end watch.BlockID, save bool) (ready []*finalBatch, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := len(r.ahead.ready)
	for _, e := range events {
		if err := r.ahead.take(e); err != nil {
			return nil, err
		}
	}
	r.ahead.cursor = end
	r.events = append(r.events, events...)
	ready = r.ahead.ready[known:]
	if known == 0 && r.begun != nil { // what the tree has is of no more use
		r.ahead.applied(r.begun.Finalized)
	}
	r.progress.Block, r.progress.Final = end.Number, r.ahead.finalized.Number
	r.report()
	if save && len(r.ahead.ready) == 0 {
		if err := r.follow(end); err != nil {
			return nil, err
		}
		err = r.save()
	}
	return ready, err
}

// follow lets the journal's history take in the events up to a block, with the
// lock held.
func (r *run) follow(end watch.BlockID) error {
	h := r.journal.history
	n := 0
	for n < len(r.events) && r.events[n].Where().Block <= end.Number {
		if err := h.take(r.events[n]); err != nil {
			return err
		}
		n++
	}
	r.events = slices.Clone(r.events[n:])
	h.cursor = end
	if m := r.state.meta; m != nil {
		h.applied(m.Finalized)
	}
	return nil
}

// compare says whether the tree had a batch from the beginning. If so, it has to
// be the one that the events tell of.
func (r *run) compare(batch *finalBatch) (known bool, err error) {
	if r.begun == nil || batch.Number > r.begun.Number {
		return false, nil
	}
	if batch.Number == r.begun.Number && batch.Record.Commitment != r.begun.Commitment {
		return true, fmt.Errorf("%w: batch %d made commitment %s, now it makes %s",
			ErrReorganized, batch.Number, r.begun.Commitment.String(), batch.Record.Commitment.String())
	}
	return true, nil
}

// report calls Progress, with the lock held.
func (r *run) report() {
	if r.config.Progress != nil {
		r.config.Progress(r.progress)
	}
}

// taken returns the queue's entries that a batch has to take.
func (r *run) taken(from, to l1submit.Finalized) (t taken, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.deposits, err = r.ahead.deposits.between(from.DepositsEnd, to.DepositsEnd); err == nil {
		t.exits, err = r.ahead.exits.between(from.ExitsEnd, to.ExitsEnd)
	}
	if err != nil {
		return t, fmt.Errorf("queue of batch %d: %w", to.Number, err)
	}
	return t, nil
}

func metaOf(id Identity, last *replayed, transfers uint64) *meta {
	return &meta{
		Identity: id, Transfers: transfers, Final: last.Final,
		Finalized: l1submit.Finalized{
			Number: last.Number, Commitment: last.Record.Commitment,
			DepositsEnd: last.Record.DepositsEnd, ExitsEnd: last.Record.ExitsEnd,
		},
	}
}

// meta returns what the tree is to keep with a version.
func (r *run) meta(last *replayed, transfers uint64) ([]byte, error) {
	return metaOf(r.journal.identity, last, transfers).bytes()
}

// committed is called once the tree has a group of batches.
func (r *run) committed(last *replayed, transfers uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := metaOf(r.journal.identity, last, transfers)
	r.state.meta = m
	r.ahead.applied(m.Finalized)
	if at := blockOf(last.Final); at.Number > r.journal.history.cursor.Number {
		if err := r.follow(at); err != nil {
			return err
		}
	} else { // a journal from before, which had the batch already
		r.journal.history.applied(m.Finalized)
	}
	r.progress.Applied, r.progress.Transfers = m.Number, transfers
	r.report()
	return r.save()
}

// conclude compares the result with what the contract said, and remembers that
// it is so.
func (r *run) conclude(ctx context.Context) error {
	is, err := r.node.onChain(ctx, r.target.block)
	if err != nil {
		return err
	}
	if !is {
		return fmt.Errorf("%w: block %v is no longer part of the chain", ErrReorganized, r.target.block)
	}
	if err := r.follow(r.ahead.cursor); err != nil {
		return err
	}
	if err := r.confirm(); err != nil {
		// The tree is right as far as it goes: every commitment was checked. The
		// queue is not, or not complete: it is read anew next time.
		r.journal = nil
		return errors.Join(err, r.state.forget())
	}
	r.journal.checked = r.target.block
	return r.save()
}

// confirm compares state and queue with what the contract said.
func (r *run) confirm() error {
	h, t := r.journal.history, &r.target
	if h.finalized != t.finalized {
		return fmt.Errorf("%w: after block %v batch %d is final, the last event is of batch %d", ErrContract, t.block, t.finalized.Number, h.finalized.Number)
	}
	if h.frozen != t.frozen {
		return fmt.Errorf("%w: after block %v it is frozen: %t; events say: %t", ErrContract, t.block, t.frozen, h.frozen)
	}
	for which, queue := range map[protocol.Lane]*protocol.Queue{
		protocol.LaneDeposits: &h.deposits.queue, protocol.LaneExits: &h.exits.queue,
	} {
		if lane := t.lanes[which]; queue.Count() != lane.Count || queue.Head() != lane.Head {
			return fmt.Errorf("%w: after block %v it has %d %s with hash %x, events make %d with hash %x",
				ErrContract, t.block, lane.Count, which, lane.Head, queue.Count(), queue.Head())
		}
	}
	if version := r.state.tree.Version(); version != t.finalized.Number {
		return fmt.Errorf("%w: now batch %d is the last, it was batch %d", ErrReorganized, t.finalized.Number, version)
	}
	return nil
}
