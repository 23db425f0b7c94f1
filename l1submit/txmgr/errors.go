package txmgr

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// What a caller may have to react to. Every error of this package that has one
// of these causes wraps it and gives the figures.
var (
	// ErrKeyReused: the key was submitted before, for something else.
	ErrKeyReused = errors.New("idempotency key was used for another transaction")

	// ErrUnknownKey: nothing was submitted under the key, or it was forgotten.
	ErrUnknownKey = errors.New("nothing was submitted under this key")

	// ErrUnsettled: what was submitted under the key has no outcome yet.
	ErrUnsettled = errors.New("transaction has no outcome yet")

	// ErrFeeCap: layer 1 is dearer than the configured cap allows. Wait, or
	// restart with a higher cap.
	ErrFeeCap = errors.New("fee cap reached: wait until layer 1 is cheaper, or raise the cap")

	// ErrInsufficientFunds: the account cannot pay. Send ether to it; what was
	// recorded goes out then by itself.
	ErrInsufficientFunds = errors.New("insufficient funds: send ether to the account")

	// ErrIntrinsicGas: the gas limit does not even pay for the transaction's data.
	ErrIntrinsicGas = errors.New("gas limit is below what the data alone costs: leave it zero to have it estimated")

	// ErrOversized: no node takes a transaction this big. Split it.
	ErrOversized = errors.New("transaction is too big for a node's pool: split it")

	// ErrBlobs: the blobs are malformed, or the manager has no account for them.
	ErrBlobs = errors.New("blobs cannot be sent")

	// ErrNonceGap: a nonce below the account's recorded transactions is unused,
	// and they wait for it. Send any transaction with that nonce.
	ErrNonceGap = errors.New("account has a gap in its nonces: send any transaction with the missing one")

	// ErrRefused: the node answered, and did not take the transaction.
	ErrRefused = errors.New("layer-1 node refused the transaction")

	// ErrSigner: the signer did not sign. See package signer for causes.
	ErrSigner = errors.New("transaction was not signed")

	// ErrLocked: another process, or another manager of this one, has the
	// directory open. Two of them would use the same nonces. Stop it first.
	ErrLocked = errors.New("transaction store is in use: stop the process that has it open")

	// ErrFormatVersion: another version of this package wrote the directory. Use
	// the release that wrote it until its transactions are settled.
	ErrFormatVersion = errors.New("transaction store has another format version: use the release that wrote it until its transactions are settled")

	// ErrOtherChain: the directory belongs to another chain.
	ErrOtherChain = errors.New("transaction store belongs to another chain: use another directory")

	// ErrOtherAccount: the directory has unsettled transactions of an account
	// that the manager was not given. Open it with that account until they are
	// settled.
	ErrOtherAccount = errors.New("transaction store has unsettled transactions of another account: open it with that account until they are settled")

	// ErrCorrupt: the directory holds something that this package cannot have
	// written. Restore a copy. A new directory is safe only once the account
	// has nothing pending.
	ErrCorrupt = errors.New("transaction store is corrupt: restore a copy")

	// ErrStoreFailed: writing failed, and may or may not be on disk. Nothing
	// was sent. The manager does nothing more; remove the cause (a full disk,
	// mostly) and restart.
	ErrStoreFailed = errors.New("transaction store failed: restart once the cause is removed")

	// ErrClosed: the manager was closed.
	ErrClosed = errors.New("transaction manager is closed")
)

// RevertError is a transaction that a contract refused: one that is final on
// layer 1, or one that was not sent because it would have been refused.
type RevertError struct {
	// Hash and Block of the transaction; zero for one that was not sent.
	Hash  common.Hash
	Block uint64
	// Data is what the contract reverted with, perhaps empty.
	Data []byte
	// Reason is Data decoded: by Config.DecodeRevert, or as Solidity's
	// Error(string) and Panic(uint256). Where neither works it is the node's
	// message.
	Reason error
}

// Error gives the reason and says whether something was paid for it.
func (e *RevertError) Error() string {
	if e.Hash == (common.Hash{}) {
		return fmt.Sprintf("layer 1 would refuse the transaction, nothing was sent: %v", e.Reason)
	}
	return fmt.Sprintf("layer 1 refused transaction %s in block %d: %v", e.Hash, e.Block, e.Reason)
}

// Unwrap returns the reason.
func (e *RevertError) Unwrap() error { return e.Reason }

// DisplacedError is an intent that can never land: another transaction took its
// nonce, and that is final. What it wanted may be submitted again under another
// key, after a look at what happened.
type DisplacedError struct {
	Account common.Address
	Nonce   uint64
	// Block is where the nonce was used, and By the transaction; zero where
	// something else used it up, as a delegation (EIP-7702) does.
	Block uint64
	By    common.Hash
}

// Error names the transaction that took the nonce.
func (e *DisplacedError) Error() string {
	by := "transaction " + e.By.String()
	if e.By == (common.Hash{}) {
		by = "something else than a transaction"
	}
	return fmt.Sprintf("transaction can never be included: nonce %d of %s was used by %s in block %d",
		e.Nonce, e.Account, by, e.Block)
}

// revertOf returns what a contract reverted with, where err says that one did.
func revertOf(err error) (data []byte, ok bool) {
	var withData rpc.DataError
	if !errors.As(err, &withData) {
		return nil, false
	}
	text, ok := withData.ErrorData().(string)
	if !ok {
		return nil, false
	}
	data, decodeErr := hexutil.Decode(text)
	return data, decodeErr == nil
}

// reason decodes what a contract reverted with.
func (c *Config) reason(data []byte, message string) error {
	if c.DecodeRevert != nil && len(data) > 0 {
		if err := c.DecodeRevert(data); err != nil {
			return err
		}
	}
	if text, err := abi.UnpackRevert(data); err == nil {
		return errors.New(text)
	}
	if len(data) > 0 {
		return fmt.Errorf("%s, with unknown error data %s", message, hexutil.Encode(data))
	}
	return errors.New(message)
}

// A node's answer to a transaction is a text: JSON-RPC has no codes for them.
// These are the words of the common nodes, in lower case.
var (
	saysKnown      = []string{"already known", "alreadyknown", "known transaction", "already imported", "already exists", "already in mempool"}
	saysNonceLow   = []string{"nonce too low", "oldnonce", "nonce is too low", "nonce_too_low"}
	saysFunds      = []string{"insufficient funds", "insufficient balance", "insufficientfunds", "upfront cost exceeds"}
	saysIntrinsic  = []string{"intrinsic gas too low", "floor data gas", "gas limit is below", "gaslimittoolow"}
	saysOversized  = []string{"oversized data", "max init code size", "transaction size exceeds"}
	saysFeeTooHigh = []string{"exceeds the configured cap"}
)

// refusal gives a node's refusal of a transaction its sentinel; nil where the
// node only says that it has the transaction, or that its nonce is used up: the
// next look at the chain shows by what.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	text := strings.ToLower(err.Error())
	says := func(words []string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	var answered rpc.Error
	switch {
	case says(saysKnown) && !strings.Contains(text, "unknown"), says(saysNonceLow):
		return nil
	case says(saysFunds):
		return fmt.Errorf("%w: %w", ErrInsufficientFunds, err)
	case says(saysIntrinsic):
		return fmt.Errorf("%w: %w", ErrIntrinsicGas, err)
	case says(saysOversized):
		return fmt.Errorf("%w: %w", ErrOversized, err)
	case says(saysFeeTooHigh):
		return fmt.Errorf("%w: the node has a cap of its own: %w", ErrFeeCap, err)
	case errors.As(err, &answered):
		return fmt.Errorf("%w: %w", ErrRefused, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	default:
		return fmt.Errorf("layer-1 node did not answer: %w", err)
	}
}
