package wire

import (
	"errors"
	"fmt"
	"time"

	"github.com/quirezk/quire/protocol"
)

// Code is the number of an error in JSON-RPC. Codes never change their meaning.
type Code int

// Codes of JSON-RPC itself, and those of go-ethereum's rpc package.
const (
	CodeParse            Code = -32700 // not JSON
	CodeInvalidRequest   Code = -32600 // JSON, but no request
	CodeMethodNotFound   Code = -32601
	CodeInvalidParams    Code = -32602
	CodeInternal         Code = -32603
	CodeTimeout          Code = -32002
	CodeResponseTooLarge Code = -32003
)

// Codes of the node. docs/rpc.md has the table.
const (
	CodeNonceTooLow       Code = -32010
	CodeBalanceTooLow     Code = -32011
	CodeNonceTooFar       Code = -32012
	CodeBadSignature      Code = -32013
	CodeExpired           Code = -32014
	CodeAccountAbsent     Code = -32015
	CodeTokenMismatch     Code = -32016
	CodeAmountFormat      Code = -32017
	CodeFeeFormat         Code = -32018
	CodeFeeTooLow         Code = -32019
	CodeBusy              Code = -32020
	CodePoolFull          Code = -32021
	CodePaused            Code = -32022
	CodeFrozen            Code = -32023
	CodeHalted            Code = -32024
	CodeOpeningsFull      Code = -32025
	CodeRateLimited       Code = -32026
	CodeSubscriptionLimit Code = -32027
	CodeSlowSubscriber    Code = -32028
	CodeUnderpriced       Code = -32029
	CodeNoFeeAccount      Code = -32030
	CodeZeroWithdrawal    Code = -32031
	CodeReservedIndex     Code = -32032
	CodeWidth             Code = -32033
	CodeNonceExhausted    Code = -32034
	CodeBalanceOverflow   Code = -32035
	CodeNonceMismatch     Code = -32036
	CodeRejected          Code = -32037
	CodeUnknownTransfer   Code = -32040
	CodeUnknownAccount    Code = -32041
	CodeUnknownBatch      Code = -32042
	CodeUnknownToken      Code = -32043
	CodeNotProven         Code = -32044
	CodeNotKept           Code = -32045
)

// Error is an error as JSON-RPC carries it. errors.Is compares codes, so that an
// error that came over the network is one of the sentinels below; where the code
// is of one of the protocol's rejections, errors.Is finds that too.
type Error struct {
	Code    Code   `json:"code" doc:"what kind of error it is: see the table of errors"`
	Message string `json:"message" doc:"what is wrong and what to do, for a person"`
	Data    *Data  `json:"data,omitempty" doc:"details for a program"`
}

// Data is what an error tells a program besides its code.
type Data struct {
	Name         string `json:"name" doc:"name of the code"`
	Action       string `json:"action" doc:"what to do"`
	RetryAfterMs int64  `json:"retryAfterMs,omitempty" doc:"how long to wait before trying again, in milliseconds, where that helps"`
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// ErrorCode implements go-ethereum's rpc.Error.
func (e *Error) ErrorCode() int { return int(e.Code) }

// ErrorData implements go-ethereum's rpc.DataError.
func (e *Error) ErrorData() any {
	if e.Data == nil {
		return nil
	}
	return e.Data
}

// Is says whether target is an [Error] of the same code.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// Unwrap returns the protocol's rejection that the code stands for, or nil.
func (e *Error) Unwrap() error {
	if k := kindOf(e.Code); k != nil && len(k.rejections) == 1 {
		return k.rejections[0]
	}
	return nil
}

// RetryAfter is how long to wait before trying again, 0 where that does not help.
func (e *Error) RetryAfter() time.Duration {
	if e.Data == nil {
		return 0
	}
	return time.Duration(e.Data.RetryAfterMs) * time.Millisecond
}

// With returns the error with details in front of what to do.
func (e *Error) With(format string, args ...any) *Error {
	c := *e
	c.Message = fmt.Sprintf(format, args...)
	if e.Data != nil && e.Data.Action != "" {
		c.Message += ": " + e.Data.Action
	}
	return &c
}

// After returns the error with a time to wait before trying again.
func (e *Error) After(wait time.Duration) *Error {
	c := *e
	d := Data{}
	if e.Data != nil {
		d = *e.Data
	}
	d.RetryAfterMs = max(1, wait.Milliseconds())
	c.Data = &d
	return &c
}

// Kind is a row of the table of errors.
type Kind struct {
	Err    *Error // the sentinel
	Name   string // stable, for programs
	Action string // what to do
	// rejections are the protocol's, that the code stands for.
	rejections []protocol.Rejection
}

var kinds []Kind

func kindOf(code Code) *Kind {
	for i := range kinds {
		if kinds[i].Err.Code == code {
			return &kinds[i]
		}
	}
	return nil
}

// Kinds returns the table of errors, in the order of docs/rpc.md.
func Kinds() []Kind { return append([]Kind(nil), kinds...) }

// OfRejection returns the sentinel that stands for one of the protocol's
// rejections.
func OfRejection(r protocol.Rejection) *Error {
	for i := range kinds {
		for _, own := range kinds[i].rejections {
			if own == r {
				return kinds[i].Err
			}
		}
	}
	return ErrRejected
}

// kind adds a row to the table.
func kind(code Code, name, what, action string, rejections ...protocol.Rejection) *Error {
	err := &Error{Code: code, Message: what + ": " + action, Data: &Data{Name: name, Action: action}}
	kinds = append(kinds, Kind{Err: err, Name: name, Action: action, rejections: rejections})
	return err
}

// What is wrong with a transfer.
var (
	ErrNonceTooLow = kind(CodeNonceTooLow, "nonceTooLow", "nonce is used already",
		"sign again with the nextNonce of quire_getAccount")
	ErrBalanceTooLow = kind(CodeBalanceTooLow, "balanceTooLow", "balance too low",
		"wait for what the account is to receive, or pay less", protocol.ErrInsufficientBalance)
	ErrNonceTooFar = kind(CodeNonceTooFar, "nonceTooFar", "nonce is too far ahead of the account's",
		"send the transfers before this one first")
	ErrBadSignature = kind(CodeBadSignature, "badSignature", "signature is not valid",
		"sign with the account's key, for the rollupID of quire_rollupConfig", protocol.ErrBadSignature)
	ErrExpired = kind(CodeExpired, "expired", "transfer has expired",
		"sign again with a validUntil above the open batch of quire_syncStatus", protocol.ErrExpired)
	ErrAccountAbsent = kind(CodeAccountAbsent, "accountAbsent", "account does not exist",
		"open it with quire_openAccount, or deposit to it on layer 1", protocol.ErrAccountAbsent)
	ErrTokenMismatch = kind(CodeTokenMismatch, "tokenMismatch", "accounts hold different tokens",
		"pay to an account of the same token", protocol.ErrTokenMismatch)
	ErrAmountFormat = kind(CodeAmountFormat, "amountFormat", "amount cannot be published",
		"round it to one that can, as the message says", protocol.ErrAmountFormat)
	ErrFeeFormat = kind(CodeFeeFormat, "feeFormat", "fee cannot be published",
		"round it up to one that can, as the message says", protocol.ErrFeeFormat)
	ErrFeeTooLow = kind(CodeFeeTooLow, "feeTooLow", "fee is below the node's minimum",
		"pay at least what quire_getFee says")
	ErrUnderpriced = kind(CodeUnderpriced, "underpriced", "a transfer with this nonce waits already",
		"to replace it, exceed its fee by replacementPercent of quire_rollupConfig")
	ErrNoFeeAccount = kind(CodeNoFeeAccount, "noFeeAccount", "no fee account for this token",
		"sign again with a fee of 0", protocol.ErrNoFeeAccount)
	ErrZeroWithdrawal = kind(CodeZeroWithdrawal, "zeroWithdrawal", "withdrawal of nothing",
		"withdraw an amount above 0", protocol.ErrZeroWithdrawal)
	ErrReservedIndex = kind(CodeReservedIndex, "reservedIndex", "account index 0 is reserved",
		"name the account that pays", protocol.ErrReservedIndex)
	ErrWidth = kind(CodeWidth, "width", "value exceeds its width",
		"stay within the widths of docs/protocol.md", protocol.ErrWidth)
	ErrNonceExhausted = kind(CodeNonceExhausted, "nonceExhausted", "account has used all its nonces",
		"leave it by a forced exit: quire exit request", protocol.ErrNonceExhausted)
	ErrBalanceOverflow = kind(CodeBalanceOverflow, "balanceOverflow", "balance would reach 2^128",
		"pay less, or to another account", protocol.ErrBalanceOverflow)
	ErrNonceMismatch = kind(CodeNonceMismatch, "nonceMismatch", "nonce is not the account's",
		"sign again with the nextNonce of quire_getAccount", protocol.ErrNonceMismatch)
	// ErrRejected stands for the rejections that no transfer can meet.
	ErrRejected = kind(CodeRejected, "rejected", "the rules refuse it",
		"see docs/protocol.md, \"Operations\"",
		protocol.ErrAccountExists, protocol.ErrOwnerOrKeyMismatch, protocol.ErrOpenedFlag,
		protocol.ErrFeeTable, protocol.ErrBatchNumber, protocol.ErrExitMismatch)
)

// Why the node takes nothing on.
var (
	ErrBusy = kind(CodeBusy, "busy", "the node has more to do than it can",
		"wait retryAfterMs, then send the same again")
	ErrPoolFull = kind(CodePoolFull, "poolFull", "too many transfers are waiting",
		"send those that can be executed first, or try again later")
	ErrPaused = kind(CodePaused, "paused", "the operator has the node take nothing on at the moment",
		"try again later")
	ErrFrozen = kind(CodeFrozen, "frozen", "layer 1 has frozen the rollup",
		"leave it with quire exit escape")
	ErrHalted = kind(CodeHalted, "halted", "the node has halted",
		"ask its operator; what it has answered stands")
	ErrOpeningsFull = kind(CodeOpeningsFull, "openingsFull", "too many accounts wait to be opened",
		"try again later, or deposit on layer 1, which opens an account as well")
	ErrRateLimited = kind(CodeRateLimited, "rateLimited", "too many requests",
		"wait retryAfterMs, then go on more slowly")
	ErrSubscriptionLimit = kind(CodeSubscriptionLimit, "subscriptionLimit", "too many subscriptions",
		"end one that is not needed")
	ErrSlowSubscriber = kind(CodeSlowSubscriber, "slowSubscriber", "the subscription has ended, since notifications were not read fast enough",
		"subscribe again, and ask for what was missed with quire_getTransfers or quire_getBatches")
)

// What is not there.
var (
	ErrUnknownTransfer = kind(CodeUnknownTransfer, "unknownTransfer", "the node knows no such transfer",
		"check the ID, or send the transfer")
	ErrUnknownAccount = kind(CodeUnknownAccount, "unknownAccount", "there is no such account",
		"check the index: quire_getAccounts lists an owner's accounts")
	ErrUnknownBatch = kind(CodeUnknownBatch, "unknownBatch", "there is no such batch",
		"check the number: quire_syncStatus has the newest")
	ErrUnknownToken = kind(CodeUnknownToken, "unknownToken", "there is no such token",
		"check the number: quire_tokens lists them")
	ErrNotProven = kind(CodeNotProven, "notProven", "the batch has no proof yet",
		"wait until its stage is proven: quire_getBatch, or subscribe to batches")
	ErrNotKept = kind(CodeNotKept, "notKept", "the node does not keep this",
		"ask for a newer state, or rebuild it from layer 1 with quire reconstruct")
)

// What is wrong with a request.
var (
	ErrInvalidParams = kind(CodeInvalidParams, "invalidParams", "the parameters are not as expected",
		"see quire_openrpc, or docs/rpc.md")
	ErrTimeout = kind(CodeTimeout, "timeout", "the request took too long",
		"ask for less, or try again; a transfer may have been taken on: sending it again gives the same answer")
	ErrResponseTooLarge = kind(CodeResponseTooLarge, "responseTooLarge", "the answers to the batch are too large",
		"put fewer requests into one batch")
	ErrInternal = kind(CodeInternal, "internal", "the node failed to answer",
		"try again; if it stays, ask its operator, whose log says more")
)
