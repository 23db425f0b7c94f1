package l1submit

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Call is one call of a contract, packed and ready to be sent in a transaction
// of its own. Whoever sends it chooses fees, nonce and account.
type Call struct {
	To    *common.Address // nil creates a contract
	Value *big.Int        // in wei; nil is none
	Data  []byte
	// Slack is gas to allow beyond what is estimated: what the call can come to
	// cost when other transactions are included before it. Without it, a
	// stranger's deposit or claim could make it run out of gas.
	Slack uint64
}

// Transactor sends calls as transactions of one account. [Sender] is the simple
// one; a transaction manager, which survives crashes and reorganizations, is
// another.
type Transactor interface {
	// Send sends the call and returns the receipt of a transaction that
	// succeeded. What the contract refuses is a [*RevertError], with a receipt
	// if the transaction is in a block.
	Send(ctx context.Context, call Call) (*types.Receipt, error)
}

// Gas that calls can come to cost beyond their estimate, by cause. The figures
// are EIP-2929's and EIP-3529's: a new slot costs 17,100 more than a used one.
const (
	newSlotGas = 22_100
	// laneSlack is for a checkpoint that is written because an entry came first,
	// and a fee that is credited to a new slot.
	laneSlack = 2*newSlotGas + 5_000
	// batchSlack is for a batch's own slots; to it comes one for each exit,
	// whose owner's credit can have been claimed.
	batchSlack = 2*newSlotGas + 10_000
)
