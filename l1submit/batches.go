package l1submit

import (
	"context"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// Record is what the contract keeps, as a hash, of a batch that is committed and
// not proven. It comes with [BatchCommitted]; whoever proves the batch, builds on
// it or reverts it has to show it.
type Record struct {
	Number      uint32 // of the state that the batch makes
	DepositsEnd uint64 // deposits processed up to and with the batch
	ExitsEnd    uint64 // forced exits, likewise
	Time        uint64 // of the commit's block, in seconds
	Verifier    common.Address
	Commitment  fr.Element  // to the state that the batch makes
	Inputs      common.Hash // InputsHash of D, z and y
	Exits       common.Hash // ExitsHash of its exits
}

// recordArguments is the record as revertBatches takes it.
var recordArguments = abi.Arguments{bindings.NewRollup().GetABI().Methods["revertBatches"].Inputs[0]}

// Hash returns what the contract stores for the record:
// keccak256(abi.encode(record)).
func (b *Record) Hash() common.Hash {
	encoded, err := recordArguments.Pack(b.binding())
	if err != nil {
		panic(fmt.Sprintf("l1submit: encode record: %v", err)) // its types fit, whatever its values
	}
	return crypto.Keccak256Hash(encoded)
}

func (b *Record) binding() bindings.IRollupRecord {
	return bindings.IRollupRecord{
		Number: b.Number, DepositsEnd: b.DepositsEnd, ExitsEnd: b.ExitsEnd, Time: b.Time,
		Verifier: b.Verifier, Commitment: elementInt(b.Commitment), Inputs: b.Inputs, Exits: b.Exits,
	}
}

func decodeRecord(b *bindings.IRollupRecord) (Record, error) {
	commitment, err := toElement(b.Commitment)
	return Record{
		Number: b.Number, DepositsEnd: b.DepositsEnd, ExitsEnd: b.ExitsEnd, Time: b.Time,
		Verifier: b.Verifier, Commitment: commitment, Inputs: b.Inputs, Exits: b.Exits,
	}, err
}

// InputsHash returns keccak256(D ‖ z ‖ y), as records have it.
func InputsHash(st protocol.Statement) common.Hash {
	d, z, y := st.D.Bytes(), st.Z.Bytes(), st.Y.Bytes()
	return crypto.Keccak256Hash(d[:], z[:], y[:])
}

// ExitsHash returns keccak256 of exits as they are published, as records have
// it.
func ExitsHash(exits []protocol.Exit) common.Hash { return crypto.Keccak256Hash(exitBytes(exits)) }

// exitBytes writes exits as they are published, 40 bytes each.
func exitBytes(exits []protocol.Exit) []byte {
	p := protocol.Published{Exits: exits} // in which nothing comes after the header but these
	return p.Bytes()[protocol.HeaderBytes:]
}

// Commit is a batch to commit.
type Commit struct {
	Circuit int        // index of the circuit that proves it
	Digest  fr.Element // D
	Data    []byte     // the published bytes
	// Deposits and Exits show that what the batch takes of each lane stands
	// there: see [Lanes.Prove]. They are empty where it takes nothing.
	Deposits, Exits protocol.LaneProof
}

func (c *Commit) binding() bindings.IRollupCommit {
	return bindings.IRollupCommit{
		Circuit: big.NewInt(int64(c.Circuit)), Digest: elementInt(c.Digest), Data: c.Data,
		Deposits: laneProofBinding(c.Deposits), Exits: laneProofBinding(c.Exits),
	}
}

func laneProofBinding(p protocol.LaneProof) bindings.IRollupLaneProof {
	return bindings.IRollupLaneProof{Before: p.Before, Metas: p.Metas, Rest: p.Rest}
}

func entryBinding(e protocol.ProvenEntry) bindings.IRollupEntry {
	return bindings.IRollupEntry{Body: e.Body, Proof: laneProofBinding(e.Proof)}
}

// CommitBatchCall packs [Rollup.CommitBatch].
func (r *Rollup) CommitBatchCall(batch *Commit, previous *Record) (Call, error) {
	if previous == nil {
		previous = new(Record)
	}
	return withSlack(batchSlack)(r.call(r.contract.TryPackCommitBatch(batch.binding(), previous.binding())))
}

// CommitBatch commits a batch, to be proven later. The sender has to be the
// operator. previous is the record of the last pending batch; nil if none is
// pending. The event has the record, which has to be kept or read again from
// layer 1 ([Rollup.ReadEvents]).
func (r *Rollup) CommitBatch(ctx context.Context, tx Transactor, batch *Commit, previous *Record) (
	*BatchCommitted, *types.Receipt, error) {
	receipt, err := send(ctx, tx, "commit batch")(r.CommitBatchCall(batch, previous))
	if err != nil {
		return nil, receipt, err
	}
	event, err := eventOf[*BatchCommitted](r, receipt)
	return event, receipt, err
}

// CommitAndProveBatchCall packs [Rollup.CommitAndProveBatch].
func (r *Rollup) CommitAndProveBatchCall(batch *Commit, proof []byte) (Call, error) {
	words, err := splitProof(proof)
	if err != nil {
		return Call{}, err
	}
	slack := batchSlack + newSlotGas*exitCount(batch.Data)
	return withSlack(slack)(r.call(r.contract.TryPackCommitAndProveBatch(batch.binding(), words)))
}

// CommitAndProveBatch commits a batch and proves it at once, while no batch is
// pending. The sender has to be the operator. The receipt has the gas that it
// cost.
func (r *Rollup) CommitAndProveBatch(ctx context.Context, tx Transactor, batch *Commit, proof []byte) (
	*BatchCommitted, *types.Receipt, error) {
	receipt, err := send(ctx, tx, "commit and prove batch")(r.CommitAndProveBatchCall(batch, proof))
	if err != nil {
		return nil, receipt, err
	}
	event, err := eventOf[*BatchCommitted](r, receipt)
	return event, receipt, err
}

// Proven is the proof of a committed batch.
type Proven struct {
	Record    Record
	Statement protocol.Statement // D, z and y
	Exits     []protocol.Exit    // as the batch published them
	Proof     []byte             // as gnark's Proof.MarshalSolidity writes it
}

// ProveBatchesCall packs [Rollup.ProveBatches].
func (r *Rollup) ProveBatchesCall(batches ...Proven) (Call, error) {
	packed := make([]bindings.IRollupProven, len(batches))
	slack := uint64(batchSlack)
	for i := range batches {
		b := &batches[i]
		words, err := splitProof(b.Proof)
		if err != nil {
			return Call{}, fmt.Errorf("batch %d: %w", b.Record.Number, err)
		}
		packed[i] = bindings.IRollupProven{
			Record: b.Record.binding(),
			Inputs: [PublicInputs]*big.Int{elementInt(b.Statement.D), elementInt(b.Statement.Z), elementInt(b.Statement.Y)},
			Exits:  exitBytes(b.Exits), Proof: words,
		}
		slack += newSlotGas * uint64(len(b.Exits))
	}
	return withSlack(slack)(r.call(r.contract.TryPackProveBatches(packed)))
}

// ProveBatches proves the oldest pending batches, in order, which makes the
// state of the last of them final. Anybody may.
func (r *Rollup) ProveBatches(ctx context.Context, tx Transactor, batches ...Proven) (*types.Receipt, error) {
	return send(ctx, tx, "prove batches")(r.ProveBatchesCall(batches...))
}

// RevertBatchesCall packs [Rollup.RevertBatches].
func (r *Rollup) RevertBatchesCall(oldest *Record) (Call, error) {
	return r.call(r.contract.TryPackRevertBatches(oldest.binding()))
}

// RevertBatches takes all pending batches back; oldest is the record of the
// first of them. The operator may at any time, anybody once it has waited longer
// than [Times.ProofTimeout].
func (r *Rollup) RevertBatches(ctx context.Context, tx Transactor, oldest *Record) (*types.Receipt, error) {
	return send(ctx, tx, "revert batches")(r.RevertBatchesCall(oldest))
}
