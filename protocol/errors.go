package protocol

import "fmt"

// Rejection is a reason why the rules refuse an operation. Every rejection that
// this package returns wraps one of the constants below, so that a caller can
// tell a refused operation, which will be refused again, from a [State] that
// could not be read:
//
//	var why protocol.Rejection
//	if errors.As(err, &why) { ... } // the operation is invalid
//
// and errors.Is(err, protocol.ErrExpired) asks for one reason.
type Rejection string

// Error implements error.
func (r Rejection) Error() string { return string(r) }

// The reasons. The table in docs/protocol.md, "Operations", is where they come
// from; the comment says what a caller can do.
const (
	// ErrWidth: a value needs more bits than its field has. Never valid.
	ErrWidth Rejection = "value exceeds its width"
	// ErrReservedIndex: index 0 is named where an account is meant. Never valid.
	ErrReservedIndex Rejection = "account index 0 is reserved"
	// ErrAccountAbsent: the account must exist first: open it or deposit to it.
	ErrAccountAbsent Rejection = "account does not exist"
	// ErrAccountExists: the index is taken: open another.
	ErrAccountExists Rejection = "account exists already"
	// ErrTokenMismatch: two accounts of one operation hold different tokens.
	ErrTokenMismatch Rejection = "accounts hold different tokens"
	// ErrOwnerOrKeyMismatch: the deposit is for another key or owner than the account's.
	ErrOwnerOrKeyMismatch Rejection = "account has another key or owner"
	// ErrOpenedFlag: a deposit says that it opens an account that exists, or that
	// it credits one that is absent.
	ErrOpenedFlag Rejection = "opened flag contradicts the state"
	// ErrInsufficientBalance: the account cannot pay amount and fee (yet).
	ErrInsufficientBalance Rejection = "balance too low"
	// ErrBalanceOverflow: a credit would reach 2^128. Layer 1's caps on deposits
	// rule this out in every state that they have let come about.
	ErrBalanceOverflow Rejection = "balance would reach 2^128"
	// ErrZeroWithdrawal: a withdrawal must move something.
	ErrZeroWithdrawal Rejection = "withdrawal of nothing"
	// ErrNonceMismatch: signed for another nonce than the account's: sign again,
	// or wait for the transfers before this one.
	ErrNonceMismatch Rejection = "nonce is not the account's"
	// ErrNonceExhausted: the account has used up its nonces and can only exit by force.
	ErrNonceExhausted Rejection = "account has used all its nonces"
	// ErrExpired: the batch is later than the signature allows: sign again.
	ErrExpired Rejection = "transfer has expired"
	// ErrBadSignature: not signed by the account's key for this rollup and message.
	ErrBadSignature Rejection = "signature is not valid"
	// ErrAmountFormat: the amount cannot be published; see [NearestAmounts].
	ErrAmountFormat Rejection = "amount cannot be published"
	// ErrFeeFormat: the fee cannot be published; see [NearestFees].
	ErrFeeFormat Rejection = "fee cannot be published"
	// ErrNoFeeAccount: the batch collects no fees in this token, or the account
	// that should collect them is absent or holds another token.
	ErrNoFeeAccount Rejection = "no fee account for this token"
	// ErrFeeTable: tokens not strictly increasing, or index 0, in a batch's fee table.
	ErrFeeTable Rejection = "fee table is not well-formed"
	// ErrBatchNumber: batch 0 is genesis; no batch makes it.
	ErrBatchNumber Rejection = "batch number 0 is genesis"
)

// Section names a part of a batch.
type Section int

// The sections, in the order in which they are published.
const (
	SectionOpening Section = iota
	SectionDeposit
	SectionForcedExit
	SectionFeeAccount
	SectionExit
	SectionTransfer
)

// String returns the section's name in the singular, as errors print it.
func (s Section) String() string {
	switch s {
	case SectionOpening:
		return "opening"
	case SectionDeposit:
		return "deposit"
	case SectionForcedExit:
		return "forced exit"
	case SectionFeeAccount:
		return "fee account"
	case SectionExit:
		return "exit"
	case SectionTransfer:
		return "transfer"
	default:
		return fmt.Sprintf("section %d", int(s))
	}
}

// OpError is an error about one entry of a batch. Err is a [Rejection] with
// details, or a failure of the [State].
type OpError struct {
	Section Section
	Index   int // within the section, from 0
	Err     error
}

// Error implements error.
func (e *OpError) Error() string { return fmt.Sprintf("%s %d: %v", e.Section, e.Index, e.Err) }

// Unwrap returns Err.
func (e *OpError) Unwrap() error { return e.Err }

func opError(s Section, i int, err error) error { return &OpError{Section: s, Index: i, Err: err} }
