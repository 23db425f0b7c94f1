package aggregator

import (
	"context"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// Circuit is a circuit whose proofs layer 1 accepts.
type Circuit struct {
	Index    int // in the contract's list
	Shape    protocol.Shape
	Verifier [20]byte // address of the contract that has its key
}

// Witnessed is what a sealed batch comes to: all that is public of it.
type Witnessed struct {
	Old, New  fr.Element // commitments
	Root      fr.Element // of the state tree, after the batch
	Statement protocol.Statement
	Published []byte
}

// Proof is a batch's proof.
type Proof = ledger.Proof

// Prover makes proofs, in this process or elsewhere. Its methods block; they are
// called for several batches at once, and again for one that was being worked on
// when the process ended. What they return depends on their arguments alone.
type Prover interface {
	// Witness checks a sealed batch once more, with its signatures, and makes its
	// public data for the circuit's verifier. An error that wraps
	// [ErrBatchInvalid] says that the batch will never be proven: the node stops.
	// Any other is tried again.
	Witness(ctx context.Context, c Circuit, sealed *witness.Sealed) (*Witnessed, error)
	// Prove proves a sealed batch. The proof was verified. Errors are as those of
	// Witness.
	Prove(ctx context.Context, c Circuit, sealed *witness.Sealed) (*Proof, error)
}

// Settlement is a proven batch on its way to layer 1.
type Settlement struct {
	Number  uint32
	Attempt uint32 // from 1; a batch is handed over again if layer 1 refused it
	Circuit int    // the contract's index
	Witnessed
	Proof []byte // as layer 1 takes it
	// The batch takes the entries [DepositsFrom, DepositsEnd) of the lane of
	// deposits, and so on.
	DepositsFrom, DepositsEnd uint64
	ExitsFrom, ExitsEnd       uint64
}

// Settled is what became of a settlement: final, by the node's rule.
type Settled struct {
	Accepted bool
	Reason   string // why not
	Tx       [32]byte
	Block    uint64 // the block in which that was; never 0
	GasUsed  uint64
}

// Settler brings batches to layer 1, each attempt of each at most once.
type Settler interface {
	// Submit takes a settlement on. Once it returns nil that is durable, and
	// layer 1 will be told, across restarts; submitting again what was submitted
	// does nothing. Batches come in their order. An error says that nothing was
	// sent, and is tried again.
	Submit(ctx context.Context, s *Settlement) error
	// Await waits until it is final what became of an attempt.
	Await(ctx context.Context, number, attempt uint32) (*Settled, error)
}

// Step is what layer 1 has made final, by the node's rule: everything from the
// block after the last step's up to and with Block. Steps come in order, each
// once.
type Step struct {
	Cursor    []byte // the watcher's; durable with the step's effects
	Block     uint64
	BlockTime uint64 // Unix seconds
	Deposits  []ledger.Deposit
	Exits     []ledger.ForcedExit
	Final     []FinalBatch
	// Frozen says that the rollup was frozen: nothing is settled any more.
	Frozen bool
}

// FinalBatch is a batch that layer 1 accepted.
type FinalBatch struct {
	Number     uint32
	Commitment fr.Element
	Block      uint64
	Tx         [32]byte
	GasUsed    uint64 // by the transaction; 0 where it is not known
}
