package l1submit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// LogRange is the most blocks that are asked for in one query of logs. Nodes
// limit blocks and logs of a query, each its own way, so a query that fails is
// made again for half as many blocks.
const LogRange = 8192

// ErrNode says that what a node returned cannot be: logs out of order, or from
// blocks that were not asked for. Use another one.
var ErrNode = errors.New("the layer-1 node's answer cannot be right")

// ReadEvents yields the rollup's events of some kinds, or all where none is
// named, in the blocks from one number to another, both included, in their order
// on layer 1. Blocks before [Rollup.Deployed] are left out. It ends with the
// first error.
//
// The events are read in several queries. A reorganization between them can
// join what belongs to different chains: read to a final block, or check what
// comes, as [Rollup.ReadLanes] does.
func (r *Rollup) ReadEvents(ctx context.Context, from, to uint64, kinds ...EventKind) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		query, err := r.eventQuery(kinds)
		if err != nil {
			yield(nil, err)
			return
		}
		span := uint64(LogRange)
		for next := max(from, r.deployed); next <= to; {
			last := to
			if to-next >= span {
				last = next + span - 1
			}
			query.FromBlock, query.ToBlock = new(big.Int).SetUint64(next), new(big.Int).SetUint64(last)
			logs, err := r.chain.client.FilterLogs(ctx, query)
			if err != nil && last > next && ctx.Err() == nil {
				span = (last - next + 1) / 2
				continue
			}
			var events []Event
			if err == nil {
				events, err = r.decodeLogs(logs, next, last)
			}
			if err != nil {
				yield(nil, fmt.Errorf("read events of rollup %s in blocks %d to %d: %w", r.address, next, last, err))
				return
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
			if last == to { // also keeps next from wrapping
				return
			}
			next = last + 1
			span = min(span+span/4+1, LogRange)
		}
	}
}

// eventQuery returns a query for kinds of events, without its blocks.
func (r *Rollup) eventQuery(kinds []EventKind) (ethereum.FilterQuery, error) {
	query := ethereum.FilterQuery{Addresses: []common.Address{r.address}}
	if len(kinds) == 0 {
		return query, nil
	}
	ids := make([]common.Hash, len(kinds))
	for i, kind := range kinds {
		event, ok := r.contract.GetABI().Events[string(kind)]
		if !ok {
			return query, fmt.Errorf("%w: no kind of event is called %q", ErrUnknownEvent, kind)
		}
		ids[i] = event.ID
	}
	query.Topics = [][]common.Hash{ids}
	return query, nil
}

// decodeLogs checks a node's answer to a query for the logs of some blocks.
func (r *Rollup) decodeLogs(logs []types.Log, from, to uint64) ([]Event, error) {
	events := make([]Event, 0, len(logs))
	var before *types.Log
	for i := range logs {
		l := &logs[i]
		switch {
		case l.BlockNumber < from || l.BlockNumber > to:
			return nil, fmt.Errorf("%w: a log of block %d", ErrNode, l.BlockNumber)
		case l.Removed:
			return nil, fmt.Errorf("%w: a log that was removed, in block %d", ErrNode, l.BlockNumber)
		case before != nil && (l.BlockNumber < before.BlockNumber || l.BlockNumber == before.BlockNumber && l.Index <= before.Index):
			return nil, fmt.Errorf("%w: log %d of block %d comes after log %d of block %d",
				ErrNode, l.Index, l.BlockNumber, before.Index, before.BlockNumber)
		}
		event, err := r.DecodeEvent(l)
		if err != nil {
			return nil, err
		}
		events = append(events, event)
		before = l
	}
	return events, nil
}
