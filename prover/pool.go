package prover

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// Pool bounds the memory that proofs made side by side take. It is safe for
// concurrent use.
type Pool struct {
	budget int64
	memory *semaphore.Weighted
}

// NewPool returns a pool whose proofs together use about budget bytes beyond
// their keys, going by [Keys.ProofBytes].
func NewPool(budget int64) *Pool {
	return &Pool{budget: budget, memory: semaphore.NewWeighted(budget)}
}

// Prove is the package's [Prove], after waiting for memory. A proof that alone
// exceeds the budget is an [ErrOverBudget]. When ctx is cancelled the call
// returns, but the proof's share of the budget comes free only when the
// computation has really ended.
func (p *Pool) Prove(ctx context.Context, keys *Keys, job Job, o Observer) (*Proof, error) {
	need := keys.ProofBytes()
	if need > p.budget {
		return nil, fmt.Errorf("%w: circuit %q needs about %d MiB, the budget is %d MiB",
			ErrOverBudget, keys.circuit.design.Name, need>>20, p.budget>>20)
	}
	if err := p.memory.Acquire(ctx, need); err != nil {
		return nil, err
	}
	return prove(ctx, keys, job, o, func() { p.memory.Release(need) })
}
