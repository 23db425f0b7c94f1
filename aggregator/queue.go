package aggregator

import (
	"fmt"
	"iter"

	"github.com/quirezk/quire/aggregator/ledger"
)

// Queue is what is not settled: operations of layer 1 that are in no final batch,
// which is what the contract's deadline runs on, and accounts that no closed batch
// opens. The oldest come first.
type Queue struct {
	Deposits []ledger.UnsettledDeposit
	Exits    []ledger.UnsettledExit
	Openings []ledger.Opening
	// How many there are of each, listed or not.
	DepositCount, ExitCount, OpeningCount int
}

// Queue returns what is not settled, at most limit of each kind.
func (e *Engine) Queue(limit int) (Queue, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.state == nil {
		return Queue{}, e.usable()
	}
	settled, err := e.settled()
	if err != nil {
		return Queue{}, err
	}
	q := Queue{
		Openings:     make([]ledger.Opening, min(limit, len(e.openings))),
		DepositCount: int(e.head.Deposits - min(settled.depositsEnd, e.head.Deposits)),
		ExitCount:    int(e.head.Exits - min(settled.exitsEnd, e.head.Exits)), OpeningCount: len(e.openings),
	}
	for i := range q.Openings {
		q.Openings[i] = *e.openings[i]
	}
	deposits, err := firsts(e.led.Deposits(settled.depositsEnd), min(limit, q.DepositCount))
	if err != nil {
		return Queue{}, err
	}
	taken := e.takers(func(r *ledger.Batch) uint64 { return r.DepositsEnd })
	for _, d := range deposits {
		q.Deposits = append(q.Deposits, ledger.UnsettledDeposit{Deposit: d, Batch: taken(d.Position)})
	}
	exits, err := firsts(e.led.ForcedExits(settled.exitsEnd), min(limit, q.ExitCount))
	if err != nil {
		return Queue{}, err
	}
	taken = e.takers(func(r *ledger.Batch) uint64 { return r.ExitsEnd })
	for _, x := range exits {
		q.Exits = append(q.Exits, ledger.UnsettledExit{ForcedExit: x, Batch: taken(x.Position)})
	}
	return q, nil
}

// settled is where the last final batch ends.
func (e *Engine) settled() (tip, error) {
	if e.head.Finalized == e.id.Base {
		return e.beginning(), nil
	}
	if f := e.inFlight[e.head.Finalized]; f != nil {
		return tipOf(&f.record), nil
	}
	r, found, err := e.led.Batch(e.head.Finalized)
	if err != nil || !found {
		return tip{}, missing(err, fmt.Sprintf("batch %d", e.head.Finalized))
	}
	return tipOf(&r), nil
}

// takers returns a function that says which batch that is not final has an entry of
// a lane, 0 if none has. It is to be asked for increasing positions.
func (e *Engine) takers(end func(*ledger.Batch) uint64) func(position uint64) uint32 {
	number := e.head.Finalized + 1
	return func(position uint64) uint32 {
		for ; number <= e.tip.number; number++ {
			if end(&e.inFlight[number].record) > position {
				return number
			}
		}
		if end(&e.open.record) > position {
			return e.open.record.Number
		}
		return 0
	}
}

// firsts returns the first entries of a lane.
func firsts[T any](entries iter.Seq2[T, error], count int) ([]T, error) {
	first := make([]T, 0, count)
	for entry, err := range entries {
		if err != nil {
			return nil, err
		}
		if len(first) == count {
			break
		}
		first = append(first, entry)
	}
	return first, nil
}
