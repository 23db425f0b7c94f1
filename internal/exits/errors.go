package exits

import (
	"errors"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// What a caller may have to react to. Every error of this package that has one
// of these causes wraps it.
var (
	// ErrNode: the layer-1 node does not answer, or not as a node does.
	ErrNode = errors.New("the layer-1 node does not answer")

	// ErrChain: the node is of another chain than the one that was asked for.
	ErrChain = errors.New("the node is of another chain")

	// ErrFrozen: the operation is for a rollup that lives.
	ErrFrozen = errors.New("the rollup is frozen: accounts leave with quire exit escape")

	// ErrNotFrozen: the operation is for a frozen rollup.
	ErrNotFrozen = errors.New("the rollup is not frozen: use quire exit request")

	// ErrNotOwner: the account is somebody else's.
	ErrNotOwner = errors.New("account of another owner")

	// ErrWaiting: the same request waits already.
	ErrWaiting = errors.New("the exit is requested already")

	// ErrFee: the queue asks for more than the caller allows.
	ErrFee = errors.New("the queue's fee is too high")

	// ErrNothingClaimable: nothing is credited to the owner.
	ErrNothingClaimable = errors.New("nothing is credited")

	// ErrTokenUnknown: the rollup has no token with the number.
	ErrTokenUnknown = errors.New("no such token")

	// ErrNotOverdue: the time to freeze has not come.
	ErrNotOverdue = errors.New("nothing is overdue")

	// ErrEscaped: the account has escaped before.
	ErrEscaped = errors.New("the account has escaped already: use quire exit claim")

	// ErrNoAccounts: the owner has no account to escape with.
	ErrNoAccounts = errors.New("no account to escape with")

	// ErrNotRefundable: there is no deposit to take back.
	ErrNotRefundable = errors.New("no deposit to take back")

	// ErrForeignKeys: the keys of the exit circuit are not those of the rollup.
	ErrForeignKeys = errors.New("the exit circuit's keys are not this rollup's")

	// ErrForeignProof: a proof is not one of an escape from this rollup as it is.
	ErrForeignProof = errors.New("not a proof of an escape from this rollup")
)

// refusals are the errors that say no to what was asked for.
var refusals = []error{
	ErrFrozen, ErrNotFrozen, ErrNotOwner, ErrWaiting, ErrFee, ErrNothingClaimable, ErrNotOverdue, ErrEscaped,
	ErrNoAccounts, ErrNotRefundable, ErrForeignProof,
	protocol.ErrAccountAbsent, witness.ErrZeroBalance,
}

// Refused says whether an error means that what was asked for is not possible,
// or not yet, or not for this account, and that trying the same again at once
// would not help: a precondition that does not hold, or the contract's refusal.
func Refused(err error) bool {
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return true
		}
	}
	var revert *l1submit.RevertError
	return errors.As(err, &revert)
}
