package l1submit

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// Place is where on layer 1 an event happened.
type Place struct {
	Block     uint64
	BlockHash common.Hash
	TxHash    common.Hash
	TxIndex   uint // of the transaction, in its block
	LogIndex  uint // of the event, in its block
}

// Where returns the place.
func (p Place) Where() Place { return p }

// Event is one of the events below, as a pointer. Their fields are what the
// contract's interface (contracts/src/interfaces/IRollup.sol) says of them.
type Event interface {
	Where() Place
}

// Deposited: a deposit entered its lane.
type Deposited struct {
	Place
	Position uint64 // in the lane
	Payer    common.Address
	Deposit  protocol.Deposit
	Time     uint64 // of the block, in seconds
}

// Entry returns the deposit's entry in its lane.
func (e *Deposited) Entry() protocol.LaneEntry {
	return protocol.NewDepositEntry(&e.Deposit, protocol.Owner(e.Payer), e.Time)
}

// ExitRequested: a forced exit entered its lane.
type ExitRequested struct {
	Place
	Position uint64 // in the lane
	Request  protocol.ForcedExit
	Time     uint64 // of the block, in seconds
}

// Entry returns the forced exit's entry in its lane.
func (e *ExitRequested) Entry() protocol.LaneEntry {
	return protocol.NewForcedExitEntry(&e.Request, e.Time)
}

// BatchCommitted: a batch was committed. [Rollup.PublishedData] returns its data.
type BatchCommitted struct {
	Place
	Number   uint32
	Circuit  int
	DataHash common.Hash
	Inputs   [PublicInputs]common.Hash // D, z and y as words
	Record   Record
}

// ErrUnprovable says that a committed batch has a D that is not a field element:
// the contract takes any, and no proof has one. The batch will be reverted.
var ErrUnprovable = errors.New("batch cannot be proven: its D is not a field element")

// Statement returns what a proof of the batch has to show, or [ErrUnprovable].
func (e *BatchCommitted) Statement() (st protocol.Statement, err error) {
	for i, to := range []*fr.Element{&st.D, &st.Z, &st.Y} {
		if to.SetBytesCanonical(e.Inputs[i][:]) != nil {
			return protocol.Statement{}, fmt.Errorf("%w: batch %d", ErrUnprovable, e.Number)
		}
	}
	return st, nil
}

// BatchFinalized: a batch was proven, and its state is final.
type BatchFinalized struct {
	Place
	Finalized
}

// BatchesReverted: all batches above Number, the last final one, were taken back.
type BatchesReverted struct {
	Place
	Number uint32
}

// ExitCredited: an exit of a proven batch can be claimed.
type ExitCredited struct {
	Place
	protocol.Exit
}

// Claimed: what was credited to an owner was paid.
type Claimed struct {
	Place
	Owner  common.Address
	Token  protocol.Token
	Amount *big.Int
}

// Frozen: the rollup is frozen in the state with this number.
type Frozen struct {
	Place
	Number     uint32
	Commitment fr.Element
	By         common.Address
}

// Escaped: an account's balance was credited to its owner after the freeze.
type Escaped struct {
	Place
	Index protocol.Index
	protocol.Exit
}

// DepositRefunded: a deposit was credited to who paid it after the freeze.
type DepositRefunded struct {
	Place
	Position uint64
	Payer    common.Address
	Token    protocol.Token
	Amount   protocol.Amount
}

// TokenRegistered: a token can be deposited from now on.
type TokenRegistered struct {
	Place
	Token    protocol.Token
	Contract common.Address
	Cap      *big.Int
}

// TokenCapChanged: another cap holds for a token.
type TokenCapChanged struct {
	Place
	Token protocol.Token
	Cap   *big.Int
}

// OperatorChanged: another address commits batches.
type OperatorChanged struct {
	Place
	Operator common.Address
}

// GovernorOffered: the governor offered its role.
type GovernorOffered struct {
	Place
	To common.Address
}

// GovernorChanged: the governor's role passed.
type GovernorChanged struct {
	Place
	Governor common.Address
}

// ChangeAnnounced: a change of the circuits was announced.
type ChangeAnnounced struct {
	Place
	ID             common.Hash
	Change         Change
	ExecutableFrom uint64 // time in seconds
}

// ChangeCancelled: an announced change was called off.
type ChangeCancelled struct {
	Place
	ID common.Hash
}

// ChangeExecuted: an announced change was executed.
type ChangeExecuted struct {
	Place
	ID common.Hash
}

// CircuitAdded: a circuit's proofs are accepted from now on.
type CircuitAdded struct {
	Place
	Circuit  int
	Verifier common.Address
	ShapeID  fr.Element
}

// CircuitRetired: no further batch is committed with a circuit.
type CircuitRetired struct {
	Place
	Circuit int
}

// ErrUnknownEvent says that a log is not an event of the rollup.
var ErrUnknownEvent = errors.New("not an event of the rollup")

// DecodeEvent returns a log as an event: a pointer to one of the types above. It
// fails with [ErrUnknownEvent] where the log is another contract's or has another
// signature, and with [ErrNotRollup] where its content is impossible.
func (r *Rollup) DecodeEvent(l *types.Log) (Event, error) {
	if l.Address != r.address || len(l.Topics) == 0 {
		return nil, fmt.Errorf("%w: log %d of transaction %s, from %s", ErrUnknownEvent, l.Index, l.TxHash, l.Address)
	}
	for name, decode := range decoders {
		description := r.contract.GetABI().Events[string(name)]
		if description.ID != l.Topics[0] {
			continue
		}
		// The bindings leave an event's fields empty where there are no data.
		if len(l.Data) == 0 && len(description.Inputs.NonIndexed()) > 0 {
			return nil, fmt.Errorf("%w: %s event without data in transaction %s", ErrNotRollup, name, l.TxHash)
		}
		at := Place{Block: l.BlockNumber, BlockHash: l.BlockHash, TxHash: l.TxHash, TxIndex: l.TxIndex, LogIndex: l.Index}
		event, err := decode(r.contract, l, at)
		if err != nil {
			return nil, fmt.Errorf("%w: %s event in transaction %s: %w", ErrNotRollup, name, l.TxHash, err)
		}
		return event, nil
	}
	return nil, fmt.Errorf("%w: log %d of transaction %s has topic %s", ErrUnknownEvent, l.Index, l.TxHash, l.Topics[0])
}

// EventKind names a kind of event, as the contract's interface does.
type EventKind string

// The kinds of events, for [Rollup.ReadEvents].
const (
	KindDeposited       EventKind = bindings.RollupDepositedEventName
	KindExitRequested   EventKind = bindings.RollupExitRequestedEventName
	KindBatchCommitted  EventKind = bindings.RollupBatchCommittedEventName
	KindBatchFinalized  EventKind = bindings.RollupBatchFinalizedEventName
	KindBatchesReverted EventKind = bindings.RollupBatchesRevertedEventName
	KindExitCredited    EventKind = bindings.RollupExitCreditedEventName
	KindClaimed         EventKind = bindings.RollupClaimedEventName
	KindFrozen          EventKind = bindings.RollupFrozenEventName
	KindEscaped         EventKind = bindings.RollupEscapedEventName
	KindDepositRefunded EventKind = bindings.RollupDepositRefundedEventName
	KindTokenRegistered EventKind = bindings.RollupTokenRegisteredEventName
	KindTokenCapChanged EventKind = bindings.RollupTokenCapChangedEventName
	KindOperatorChanged EventKind = bindings.RollupOperatorChangedEventName
	KindGovernorOffered EventKind = bindings.RollupGovernorOfferedEventName
	KindGovernorChanged EventKind = bindings.RollupGovernorChangedEventName
	KindChangeAnnounced EventKind = bindings.RollupChangeAnnouncedEventName
	KindChangeCancelled EventKind = bindings.RollupChangeCancelledEventName
	KindChangeExecuted  EventKind = bindings.RollupChangeExecutedEventName
	KindCircuitAdded    EventKind = bindings.RollupCircuitAddedEventName
	KindCircuitRetired  EventKind = bindings.RollupCircuitRetiredEventName
)
