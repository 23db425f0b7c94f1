package l1submit

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/quirezk/quire/protocol"
)

// Lanes are both lanes of a rollup's queue, from their first entry on, as they
// were after a block.
type Lanes struct {
	Block     uint64
	BlockHash common.Hash

	Deposits  []*Deposited     // by position
	Requests  []*ExitRequested // by position
	queues    [2]protocol.Queue
	finalized Finalized
}

// ErrLaneMismatch says that entries do not make the rolling hash that the
// contract has for their lane: some are missing, foreign, or out of place.
var ErrLaneMismatch = errors.New("entries are not those of the lane")

// ReadLanes rebuilds both lanes from the contract's events up to a block, and
// compares them with the hashes that the contract has for them after it. nil is
// the latest block; rpc.FinalizedBlockNumber and the like are understood. Where
// they differ the error is [ErrLaneMismatch]: the chain was reorganized
// meanwhile, and a second try will do, or the node does not return all logs.
func (r *Rollup) ReadLanes(ctx context.Context, block *big.Int) (*Lanes, error) {
	head, err := r.chain.client.HeaderByNumber(ctx, block)
	if err != nil {
		return nil, fmt.Errorf("read lanes of rollup %s: read block: %w", r.address, err)
	}
	l := &Lanes{Block: head.Number.Uint64(), BlockHash: head.Hash()}
	for event, err := range r.ReadEvents(ctx, r.deployed, l.Block, KindDeposited, KindExitRequested) {
		if err != nil {
			return nil, err
		}
		if err := l.Append(event); err != nil {
			return nil, fmt.Errorf("read lanes of rollup %s: %w", r.address, err)
		}
	}
	at := r.AtBlock(l.BlockHash)
	for _, lane := range protocol.Lanes() {
		state, err := at.LaneState(ctx, lane)
		if err != nil {
			return nil, err
		}
		if q := l.Queue(lane); q.Count() != state.Count || q.Head() != state.Head {
			return nil, fmt.Errorf("read lanes of rollup %s at block %d: %w: %d %s with hash %x, where the contract has %d with hash %x",
				r.address, l.Block, ErrLaneMismatch, q.Count(), lane, q.Head(), state.Count, state.Head)
		}
	}
	if l.finalized, err = at.Finalized(ctx); err != nil {
		return nil, err
	}
	for _, lane := range protocol.Lanes() {
		if end, count := l.finalized.End(lane), l.Queue(lane).Count(); end > count {
			return nil, fmt.Errorf("read lanes of rollup %s at block %d: %w: proven batches took %d %s of %d",
				r.address, l.Block, ErrLaneMismatch, end, lane, count)
		}
	}
	return l, nil
}

// Append adds what a [Deposited] or [ExitRequested] event says; it has no use
// for other events. It fails with [ErrLaneMismatch], with nothing changed, where
// the event's position is not the next one.
func (l *Lanes) Append(event Event) error {
	var lane protocol.Lane
	var position uint64
	var entry protocol.LaneEntry
	switch e := event.(type) {
	case *Deposited:
		lane, position, entry = protocol.LaneDeposits, e.Position, e.Entry()
	case *ExitRequested:
		lane, position, entry = protocol.LaneExits, e.Position, e.Entry()
	default:
		return nil
	}
	if q := l.Queue(lane); position != q.Count() {
		return fmt.Errorf("%w: %s: position %d came where %d is the next", ErrLaneMismatch, lane, position, q.Count())
	}
	l.Queue(lane).Append(entry)
	switch e := event.(type) {
	case *Deposited:
		l.Deposits = append(l.Deposits, e)
	case *ExitRequested:
		l.Requests = append(l.Requests, e)
	}
	return nil
}

// Queue returns a lane's hashes. It is shared: change it through Append only.
func (l *Lanes) Queue(lane protocol.Lane) *protocol.Queue { return &l.queues[lane] }

// Finalized returns the final state after the block to which the lanes were
// read.
func (l *Lanes) Finalized() Finalized { return l.finalized }

// Prove returns what a [Commit] of published data has to show, for a batch that
// begins where its predecessor ended in each lane. It fails with
// [ErrLaneMismatch] where the batch's operations are not the next entries, which
// is what the contract would say.
//
// A proof above [protocol.Queue.Settled] is void as soon as something else is
// queued: then read the lanes and make it again. The batch's proof is not
// touched by that.
func (l *Lanes) Prove(p *protocol.Published, depositsEnd, exitsEnd uint64) (deposits, exits protocol.LaneProof, err error) {
	bodies := make([][32]byte, len(p.Deposits))
	for i := range p.Deposits {
		bodies[i] = p.Deposits[i].LaneBody()
	}
	if deposits, err = l.prove(protocol.LaneDeposits, depositsEnd, bodies); err != nil {
		return deposits, exits, err
	}
	bodies = make([][32]byte, len(p.ForcedExits))
	for i := range p.ForcedExits {
		bodies[i] = p.ForcedExits[i].LaneBody()
	}
	exits, err = l.prove(protocol.LaneExits, exitsEnd, bodies)
	return deposits, exits, err
}

// prove shows that entries with these bodies stand in a lane from a place on.
func (l *Lanes) prove(lane protocol.Lane, from uint64, bodies [][32]byte) (protocol.LaneProof, error) {
	q := l.Queue(lane)
	for i, body := range bodies {
		entry, err := q.Entry(from + uint64(i))
		if err != nil {
			return protocol.LaneProof{}, fmt.Errorf("%s: %w: %w", lane, ErrLaneMismatch, err)
		}
		if entry.Body != body {
			return protocol.LaneProof{}, fmt.Errorf("%w: %s: operation %d of the batch is not what stands at position %d",
				ErrLaneMismatch, lane, i, from+uint64(i))
		}
	}
	if len(bodies) == 0 {
		return protocol.LaneProof{}, nil
	}
	return q.Prove(from, from+uint64(len(bodies)))
}

// Oldest returns the oldest entry of a lane that no proven batch took, and
// whether there is one: what [Rollup.Freeze] and [Rollup.Execute] have to show.
// finalized is the final state when the entry is shown; that of Lanes.Finalized
// unless batches were proven since.
func (l *Lanes) Oldest(lane protocol.Lane, finalized Finalized) (entry protocol.ProvenEntry, time uint64, ok bool, err error) {
	q, end := l.Queue(lane), finalized.End(lane)
	if end == q.Count() {
		return entry, 0, false, nil
	}
	e, err := q.Entry(end)
	if err != nil {
		return entry, 0, false, fmt.Errorf("oldest of %s: %w", lane, err)
	}
	if entry, err = q.ProveEntry(end); err != nil {
		return entry, 0, false, fmt.Errorf("oldest of %s: %w", lane, err)
	}
	_, time = e.Queued()
	return entry, time, true, nil
}
