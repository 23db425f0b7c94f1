package aggregator

import (
	"github.com/quirezk/quire/aggregator/ledger"
)

// Event is something that happened and is durable: one of the types below.
type Event interface{ event() }

// TransferEvent says what became of a transfer.
type TransferEvent struct {
	ID     ledger.TransferID
	Status Status
	Signed *ledger.Queued // the transfer
	Seq    uint64         // of one that was executed
	Batch  uint32
	Reason string // of one that was dropped
}

// BatchEvent says that a batch came to a stage.
type BatchEvent struct{ Batch ledger.Batch }

// CommittedEvent says that layer 1 has a batch in a block that is not final yet,
// or, if Taken is false, that it took that block back.
type CommittedEvent struct {
	Number uint32
	Taken  bool
	Block  uint64
	Tx     [32]byte
}

func (TransferEvent) event()  {}
func (BatchEvent) event()     {}
func (CommittedEvent) event() {}

// Status is what a transfer has come to before its batch does.
type Status uint8

// The statuses of a transfer.
const (
	StatusUnknown  Status = iota
	StatusQueued          // waits for its turn
	StatusExecuted        // stands in a batch
	StatusDropped         // will not be executed
)

// String returns the status as the API has it.
func (s Status) String() string {
	switch s {
	case StatusQueued:
		return "queued"
	case StatusExecuted:
		return "executed"
	case StatusDropped:
		return "dropped"
	default:
		return "unknown"
	}
}
