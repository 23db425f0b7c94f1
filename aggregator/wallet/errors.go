package wallet

import (
	"errors"

	"github.com/quirezk/quire/l1submit/signer"
)

// What a caller may have to react to. Every error of this package that has one
// of these causes wraps it.
var (
	// ErrSignature: a signer returned something else than the account's signature
	// over the message that it was given.
	ErrSignature = errors.New("signer returned something else than the account's signature")

	// ErrNotDeterministic: a signer returned two signatures for one message, so no
	// key can be derived from them again. Use another signer.
	ErrNotDeterministic = errors.New("signer is not deterministic")

	// ErrPassword: a key does not open with this password.
	ErrPassword = signer.ErrPassword

	// ErrPermissions: other users of this machine can read or change the wallet.
	ErrPermissions = signer.ErrPermissions

	// ErrNoWallet: the directory has no such wallet.
	ErrNoWallet = errors.New("no such wallet")

	// ErrNoKeyFile: the layer-1 key is not in the directory: an external signer
	// has it, if anybody.
	ErrNoKeyFile = errors.New("layer-1 key is not in the wallet's directory")

	// ErrExists: there is a wallet for this address already.
	ErrExists = errors.New("wallet exists already")

	// ErrCorrupt: a file does not say what it should. It is damaged, or was edited.
	ErrCorrupt = errors.New("wallet file is damaged")

	// ErrBusy: another process is writing to the directory: try again.
	ErrBusy = errors.New("wallet is in use by another process")

	// ErrUnknown: the wallet does not know this rollup, key or account (yet).
	ErrUnknown = errors.New("not in the wallet")

	// ErrRollup: a rollup is not the one that it is said to be.
	ErrRollup = errors.New("another rollup")

	// ErrReceiptKey: the rollup's receipts are signed with another key than the one
	// that the wallet has pinned.
	ErrReceiptKey = errors.New("receipt key is not the pinned one")

	// ErrPayee: the account is not the one that is to be paid.
	ErrPayee = errors.New("account is not the payee's")

	// ErrNotOwn: the account is not this wallet's.
	ErrNotOwn = errors.New("account is not this wallet's")

	// ErrProof: a proof does not lead to the commitment that layer 1 holds.
	ErrProof = errors.New("account is not proven")

	// ErrAddress: a text is not the address of anybody on this rollup.
	ErrAddress = errors.New("not a payment address of this rollup")

	// ErrNonceSigned: another message was signed for this nonce. Send the first
	// one again, wait until it has expired, or replace it for a higher fee.
	ErrNonceSigned = errors.New("another transfer was signed for this nonce")

	// ErrNonceUsed: the account is past this nonce for good.
	ErrNonceUsed = errors.New("nonce is used up")

	// ErrReplacementFee: a replacement does not pay enough more.
	ErrReplacementFee = errors.New("fee is too low for a replacement")

	// ErrValidity: the transfer would be valid for too long, or is expired.
	ErrValidity = errors.New("validUntil is too late or too early")
)
