package ledger

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// TransferID names a transfer: see [IDOf].
type TransferID [32]byte

// Transfer is a transfer that was executed: it stands in a batch, and will be
// proven with it.
type Transfer struct {
	Seq      uint64 // its place in the order of execution, from 1, without gaps
	Batch    uint32 // the batch that it stands in
	Received uint64 // when it was executed, in Unix milliseconds
	Signed   protocol.SignedTransfer
}

// Queued is a transfer that waits for its turn: for those before it, or for the
// balance that it takes.
type Queued struct {
	Received uint64 // Unix milliseconds
	Signed   protocol.SignedTransfer
}

// Dropped is a transfer that will not be executed although it was taken on: it
// expired, was replaced, or layer 1 took back what it rested on.
type Dropped struct {
	ID     TransferID
	Time   uint64 // Unix milliseconds
	Reason string
}

// Opening is an account that somebody asked for and no batch has opened yet.
type Opening struct {
	Number uint64 // of the request, from 1
	Key    protocol.PublicKey
	Owner  protocol.Owner
	Token  protocol.Token
}

// Reserved is the index of an account whose opening layer 1 took back. Somebody may
// have seen it, and have signed transfers to it: it is this account's, should it be
// opened again, and never another's.
type Reserved struct {
	Index protocol.Index
	Key   protocol.PublicKey
	Owner protocol.Owner
	Token protocol.Token
}

// Deposit is a deposit in layer 1's queue, final by the node's rule.
type Deposit struct {
	Position uint64 // in its lane
	Payer    [20]byte
	Time     uint64 // of its block, in Unix seconds
	Block    uint64
	Tx       [32]byte
	Deposit  protocol.Deposit
}

// ForcedExit is a forced exit in layer 1's queue, final by the node's rule.
type ForcedExit struct {
	Position uint64 // in its lane
	Time     uint64 // of its block, in Unix seconds
	Block    uint64
	Tx       [32]byte
	Request  protocol.ForcedExit
}

// UnsettledDeposit is a deposit that is in no final batch.
type UnsettledDeposit struct {
	Deposit
	Batch uint32 // that has taken it; 0 if none has
}

// UnsettledExit is a forced exit that is in no final batch.
type UnsettledExit struct {
	ForcedExit
	Batch uint32 // that has taken it; 0 if none has
}

// Stage is how far a batch has come. Each stage is durable before the next is
// begun, and none is skipped.
type Stage uint8

// The stages of a batch.
const (
	StageOpen      Stage = iota // takes transfers
	StageClosed                 // takes no more; the state of its end is known, its root is not
	StageSealed                 // in the state tree; can be proven without it
	StageWitnessed              // checked once more, its public data made
	StageProven                 // has a proof
	StageSubmitted              // handed to layer 1's transaction manager
	StageFinalized              // final on layer 1
)

// Times are when a batch came to its stages, in Unix milliseconds; 0 where it
// has not yet.
type Times struct {
	Opened, Closed, Sealed, Witnessed, Proven, Submitted, Finalized uint64
}

// Batch is a batch and how far it has come. Its transfers are those from FirstSeq
// on, Transfers of them.
type Batch struct {
	Number  uint32
	Stage   Stage
	Circuit int // the contract's index of the circuit; from StageClosed on
	Shape   string
	Times   Times

	Openings    []protocol.Opening
	Deposits    []protocol.CreditedDeposit
	ForcedExits []protocol.ForcedExit
	FeeAccounts []protocol.FeeAccount
	// Where the batch ends in each lane of the queue, and in the requests for
	// openings.
	DepositsEnd, ExitsEnd, OpeningsEnd uint64
	// NextIndex is the lowest index that no account has had, after the batch's
	// openings and deposits.
	NextIndex protocol.Index
	FirstSeq  uint64
	Transfers uint32
	Exits     uint32 // payments to layer 1 so far

	Root fr.Element // after the batch; from StageSealed on
	// From StageWitnessed on: commitments, what the proof shows, and how many
	// bytes are published.
	Old, New  fr.Element
	Statement protocol.Statement
	Published uint32

	// Attempt is the number of the last attempt to bring the batch to layer 1, 0
	// before the first, and Problem is what it came to, if it failed.
	Attempt uint32
	Problem string
	// From StageFinalized on: where layer 1 accepted it.
	Block   uint64
	Tx      [32]byte
	GasUsed uint64
}

// Head is where everything stands. It changes with every commit of the ledger.
type Head struct {
	NextSeq     uint64 // of the next transfer to be executed
	NextOpening uint64 // of the next request for an account
	Batch       uint32 // the open batch
	Finalized   uint32 // the newest batch that is final on layer 1
	// Deposits and Exits are how many entries of each lane are final. Batches that
	// are not final may rest on more, while layer 1 has taken some back and it is
	// not certain yet that they will not come again.
	Deposits, Exits uint64
	// Attempts is the number of the last attempt to bring a batch to layer 1. No
	// number is used twice, also for batches that were undone.
	Attempts  uint32
	Frozen    bool   // layer 1 has frozen the rollup
	Cursor    []byte // of whoever watches layer 1
	Block     uint64 // the last block of layer 1 that was taken in
	BlockTime uint64 // its time, in Unix seconds
}

// Identity is which rollup a ledger is of. It never changes.
type Identity struct {
	ChainID  uint64
	Contract [20]byte
	RollupID fr.Element
	// Base is the batch after which the ledger begins: 0 for one that was there
	// from the start, else the batch whose state was rebuilt from layer 1, where
	// the lanes and indices stood after it.
	Base                    uint32
	BaseRoot                fr.Element
	BaseDeposits, BaseExits uint64
	BaseNextIndex           protocol.Index
}
