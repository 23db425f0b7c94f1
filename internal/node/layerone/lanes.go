package layerone

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
)

// Lanes are both lanes of a rollup's queue as the newest block that a [Feed] has
// seen leaves them, final or not. They are compared with the contract's hashes
// before every use, and read from its events where they are not known: so they can
// be late, or lost, but not wrong. They are safe for concurrent use.
type Lanes struct {
	rollup *l1submit.Rollup
	reads  atomic.Uint64 // times that all events were read

	mu sync.Mutex
	// top is the newest block whose entries are in the queues; zero while it is not
	// known which that is.
	top    watch.BlockID
	queues [2]*protocol.Queue // by lane; nil where the lane is not known
}

// NewLanes returns the lanes of a rollup. They are not known yet.
func NewLanes(rollup *l1submit.Rollup) *Lanes { return &Lanes{rollup: rollup} }

// Reads returns how often all events of the lanes had to be read because the feed's
// did not do. It is for metrics.
func (l *Lanes) Reads() uint64 { return l.reads.Load() }

// empty says that nothing was queued up to where the feed begins.
func (l *Lanes) empty() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.top, l.queues = watch.BlockID{}, [2]*protocol.Queue{new(protocol.Queue), new(protocol.Queue)}
}

// unknown forgets everything.
func (l *Lanes) unknown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.top, l.queues = watch.BlockID{}, [2]*protocol.Queue{}
}

// entryOf returns the lane and the place of an event that queues something.
func entryOf(event l1submit.Event) (lane protocol.Lane, position uint64, entry protocol.LaneEntry, ok bool) {
	switch e := event.(type) {
	case *l1submit.Deposited:
		return protocol.LaneDeposits, e.Position, e.Entry(), true
	case *l1submit.ExitRequested:
		return protocol.LaneExits, e.Position, e.Entry(), true
	}
	return 0, 0, protocol.LaneEntry{}, false
}

// take takes in the events of blocks up to one. Those that are there already are
// passed over: a block is seen first, and delivered later.
func (l *Lanes) take(upTo watch.BlockID, events []l1submit.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, event := range events {
		lane, position, entry, ok := entryOf(event)
		if !ok {
			continue
		}
		q := l.queues[lane]
		switch {
		case q == nil:
		case position == q.Count():
			q.Append(entry)
		case position > q.Count():
			l.queues[lane] = nil // some were never told of
		default:
			// What stands there was seen before; a forgotten entry is final.
			if known, err := q.Entry(position); err == nil && known != entry {
				l.queues[lane] = nil
			}
		}
	}
	if upTo.Number >= l.top.Number {
		l.top = upTo
	}
}

// drop takes the newest block's events back.
func (l *Lanes) drop(block watch.BlockID, events []l1submit.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, event := range events {
		lane, position, _, ok := entryOf(event)
		if !ok {
			continue
		}
		if q := l.queues[lane]; q != nil && position < q.Count() && q.Truncate(position) != nil {
			l.queues[lane] = nil
		}
	}
	if l.top == block {
		l.top = watch.BlockID{}
	}
}

// forget frees what nobody has to show any more: entries that a final batch took.
func (l *Lanes) forget(final *l1submit.Finalized) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lane := range protocol.Lanes() {
		if q := l.queues[lane]; q != nil {
			q.Forget(final.End(lane))
		}
	}
}

// claim is what a batch takes of a lane.
type claim struct {
	from, to uint64
	bodies   [][32]byte
}

// claims returns what published data take of each lane, from their places on.
func claims(p *protocol.Published, depositsFrom, exitsFrom uint64) (c [2]claim) {
	for i := range p.Deposits {
		c[protocol.LaneDeposits].bodies = append(c[protocol.LaneDeposits].bodies, p.Deposits[i].LaneBody())
	}
	for i := range p.ForcedExits {
		c[protocol.LaneExits].bodies = append(c[protocol.LaneExits].bodies, p.ForcedExits[i].LaneBody())
	}
	c[protocol.LaneDeposits].from, c[protocol.LaneExits].from = depositsFrom, exitsFrom
	for lane := range c {
		c[lane].to = c[lane].from + uint64(len(c[lane].bodies))
	}
	return c
}

// prove makes the proof of a claim from a lane that has the claimed entries.
func (c *claim) prove(lane protocol.Lane, q *protocol.Queue) (protocol.LaneProof, error) {
	if len(c.bodies) == 0 {
		return protocol.LaneProof{}, nil
	}
	for i, body := range c.bodies {
		at := c.from + uint64(i)
		entry, err := q.Entry(at)
		if err != nil {
			return protocol.LaneProof{}, fmt.Errorf("%w: %s: %w", ErrLanes, lane, err)
		}
		if entry.Body != body {
			return protocol.LaneProof{}, fmt.Errorf("%w: %s: something else stands at position %d", ErrLanes, lane, at)
		}
	}
	return q.Prove(c.from, c.to)
}

// prove makes the proofs of claims as the newest block of layer 1 has the lanes. A
// proof that ends behind the lane's last checkpoint is void as soon as something
// else is queued.
func (l *Lanes) prove(ctx context.Context, wanted [2]claim) (proofs [2]protocol.LaneProof, err error) {
	if len(wanted[0].bodies) == 0 && len(wanted[1].bodies) == 0 {
		return proofs, nil
	}
	header, err := l.rollup.Chain().Client().HeaderByNumber(ctx, nil)
	if err != nil {
		return proofs, fmt.Errorf("read layer 1's newest block: %w", err)
	}
	head := watch.BlockID{Number: header.Number.Uint64(), Hash: header.Hash()}
	at := l.rollup.AtBlock(head.Hash)
	var states [2]l1submit.LaneState
	for _, lane := range protocol.Lanes() {
		if len(wanted[lane].bodies) == 0 {
			continue
		}
		if states[lane], err = at.LaneState(ctx, lane); err != nil {
			return proofs, err
		}
	}
	if proofs, known, err := l.proveKnown(wanted, states, watch.BlockID{}, nil); known {
		return proofs, err
	}
	// Most often the feed has not come to the newest blocks yet.
	if top := l.newest(); top != (watch.BlockID{}) && top.Number < head.Number && head.Number-top.Number <= l1submit.LogRange {
		var events []l1submit.Event
		for event, err := range l.rollup.ReadEvents(ctx, top.Number+1, head.Number, l1submit.KindDeposited, l1submit.KindExitRequested) {
			if err != nil {
				return proofs, err
			}
			events = append(events, event)
		}
		if proofs, known, err := l.proveKnown(wanted, states, top, events); known {
			return proofs, err
		}
	}
	l.reads.Add(1)
	read, err := l.rollup.ReadLanes(ctx, nil)
	if err != nil {
		return proofs, err
	}
	for _, lane := range protocol.Lanes() {
		if proofs[lane], err = wanted[lane].prove(lane, read.Queue(lane)); err != nil {
			return proofs, err
		}
	}
	l.adopt(read)
	return proofs, nil
}

func (l *Lanes) newest() watch.BlockID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.top
}

// proveKnown is prove where the lanes that are wanted are known to be in a state:
// as they are, or once the events of the blocks above top are taken in too.
func (l *Lanes) proveKnown(wanted [2]claim, states [2]l1submit.LaneState, top watch.BlockID, more []l1submit.Event) (
	proofs [2]protocol.LaneProof, known bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(more) > 0 && l.top != top {
		return proofs, false, nil // the feed went on meanwhile
	}
	for _, lane := range protocol.Lanes() {
		if len(wanted[lane].bodies) == 0 {
			continue
		}
		q := l.queues[lane]
		if q == nil {
			return proofs, false, nil
		}
		before := q.Count()
		for _, event := range more {
			if of, position, entry, ok := entryOf(event); ok && of == lane && position == q.Count() {
				q.Append(entry)
			}
		}
		proof, err := protocol.LaneProof{}, error(nil)
		fits := q.Count() == states[lane].Count && q.Head() == states[lane].Head
		if fits {
			proof, err = wanted[lane].prove(lane, q)
		}
		if q.Truncate(before) != nil { // cannot be: nothing was forgotten since
			l.queues[lane] = nil
		}
		switch {
		case !fits:
			return proofs, false, nil
		case err != nil:
			return proofs, true, err
		}
		proofs[lane] = proof
	}
	return proofs, true, nil
}

// adopt takes over lanes that were read from events, if they are of the block that
// the feed has come to. They are the caller's no more.
func (l *Lanes) adopt(read *l1submit.Lanes) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.top != (watch.BlockID{Number: read.Block, Hash: read.BlockHash}) {
		return
	}
	for _, lane := range protocol.Lanes() {
		l.queues[lane] = read.Queue(lane)
	}
}
