package reconstruct

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

// What a caller may have to react to. Besides these there are
// [l1submit.ErrNoDeployment] and [l1submit.ErrNotRollup] for an address without a
// rollup, [l1submit.ErrDataUnavailable], [watch.ErrNodeInconsistent], those of
// package statetree for the directory, and the node's and the context's own.
var (
	// ErrForeign: the directory holds the state of another rollup, or of this one
	// on another chain. Name another directory, or another rollup.
	ErrForeign = errors.New("the directory holds the state of another rollup")

	// ErrReorganized: a batch that was taken for final is not part of the chain any
	// more. What is in the directory cannot be rolled back: remove it and rebuild
	// the state, with more confirmations.
	ErrReorganized = errors.New("layer 1 took back a batch that was taken for final: remove the directory and rebuild the state with more confirmations")

	// ErrIncomplete: the events that the node returned are not the whole history
	// of a rollup. Begin at the block of the deployment or before it, or ask
	// another node.
	ErrIncomplete = errors.New("the node's events are not a rollup's whole history: begin at the block of its deployment, or ask another node")

	// ErrMissing, within a [*BatchError]: the node does not have the transaction
	// that published a batch. Ask one that keeps all of the chain's blocks.
	ErrMissing = errors.New("the node does not have the transaction: ask one that keeps all blocks")

	// ErrMismatch, within a [*BatchError]: the published data contradict the
	// event of the batch, its predecessor or the queue. The node's answers are
	// not those of the contract: ask another.
	ErrMismatch = errors.New("published data contradict the contract's events")

	// ErrReplay, within a [*BatchError]: the operations are not valid in the state
	// that they meet. Of a proven batch this must not happen: the node's answers
	// are false, or this software is.
	ErrReplay = errors.New("published operations are not valid in the rebuilt state")

	// ErrCommitment, within a [*BatchError]: the batch makes another state than
	// its commitment says. As ErrReplay.
	ErrCommitment = errors.New("the rebuilt state does not have the published commitment")

	// ErrContract: the contract says something else of itself than its events do.
	// The events are not complete: ask another node.
	ErrContract = errors.New("the contract contradicts its events: ask another node")

	// ErrDamaged: the directory holds what this package cannot have written.
	// Remove it and rebuild the state.
	ErrDamaged = errors.New("the directory is damaged: remove it and rebuild the state")
)

// BatchError is what is wrong with one batch.
type BatchError struct {
	Number uint32
	Tx     common.Hash // that published the batch
	Err    error       // wraps one of the errors above, or l1submit.ErrDataUnavailable
}

// Error implements error.
func (e *BatchError) Error() string {
	return fmt.Sprintf("batch %d, published by transaction %s: %v", e.Number, e.Tx, e.Err)
}

// Unwrap returns Err.
func (e *BatchError) Unwrap() error { return e.Err }
