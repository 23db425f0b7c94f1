package aggregator

import "errors"

// Why a transfer or a request is not taken on. Besides these there are the
// protocol's own rejections ([protocol.Rejection]).
var (
	// ErrNonceTooLow: the nonce is used: sign for the account's next one.
	ErrNonceTooLow = errors.New("nonce is used already")
	// ErrNonceTooFar: too many transfers are missing before this one: send those
	// first.
	ErrNonceTooFar = errors.New("nonce is too far ahead of the account's")
	// ErrFeeTooLow: the node asks for more: see quire_getFee.
	ErrFeeTooLow = errors.New("fee is below the node's minimum")
	// ErrUnderpriced: a transfer with this nonce waits already; to replace it, pay
	// more.
	ErrUnderpriced = errors.New("a transfer with this nonce waits already, for a fee that this one does not exceed enough")
	// ErrPoolFull: too much waits, of this account or in all: try again later.
	ErrPoolFull = errors.New("too many transfers are waiting")
	// ErrBusy: batches are made faster than they are proven, or settled: try again
	// later.
	ErrBusy = errors.New("too many batches are under way")
	// ErrOpeningsFull: too many accounts wait to be opened: try again later, or
	// deposit on layer 1, which opens an account as well.
	ErrOpeningsFull = errors.New("too many accounts wait to be opened")
	// ErrOpeningsOff: the node opens no accounts for the asking (Config.MaxOpenings):
	// deposit on layer 1.
	ErrOpeningsOff = errors.New("this node opens no accounts on request")
	// ErrPaused: whoever runs the node has it take nothing for now.
	ErrPaused = errors.New("the node takes nothing on at the moment")
	// ErrFrozen: layer 1 has frozen the rollup. Leave it: quire exit escape.
	ErrFrozen = errors.New("the rollup is frozen: leave it with quire exit")
	// ErrHalted: the node has stopped working because something is wrong that
	// must not be built upon; its log says what. What it has answered stands.
	ErrHalted = errors.New("the node has halted")
)

// What is not there.
var (
	ErrUnknownTransfer = errors.New("the node knows no such transfer")
	ErrUnknownAccount  = errors.New("there is no such account")
	ErrUnknownBatch    = errors.New("there is no such batch")
	// ErrNotKept: the state after this batch can no longer be told: it is too old.
	ErrNotKept = errors.New("the state after this batch is not kept")
)

// What halts an engine.
var (
	// ErrBatchInvalid: a batch that was sealed cannot be proven. It was damaged,
	// or this software is wrong. Run quire fsck.
	ErrBatchInvalid = errors.New("a sealed batch is not valid: run quire fsck")
	// ErrForeignBatch: layer 1 accepted a batch that this node did not make, or a
	// different one. Another node has the operator's key, or this one was restored
	// from an old copy. Rebuild the node's directory from layer 1.
	ErrForeignBatch = errors.New("layer 1 accepted a batch that is not this node's: rebuild the directory from layer 1")
	// ErrReorgTooDeep: layer 1 took back more than can be undone. Rebuild the
	// node's directory from layer 1, with more confirmations.
	ErrReorgTooDeep = errors.New("layer 1 took back more than this node can undo: rebuild the directory from layer 1 with more confirmations")
	// ErrOtherRollup: the directory is another rollup's.
	ErrOtherRollup = errors.New("the directory belongs to another rollup: use another directory")
	// ErrInconsistent: what the ledger holds contradicts itself. Run quire fsck.
	ErrInconsistent = errors.New("the node's store contradicts itself: run quire fsck, then restore a copy or rebuild the directory from layer 1")
	// ErrStep: a step of layer 1 does not follow the one before.
	ErrStep = errors.New("layer 1's events do not follow those before")
)
