package protocol

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Authorize says whether the sender allowed the transfer, now and in this form:
// the signature is the account key's over the transfer on this rollup, the
// signed nonce is the account's, the batch is not past ValidUntil, and amount
// and fee can be published. It returns a [Rejection] if not, and writes
// nothing. Whether the transfer can be paid is [ApplyTransfer]'s matter.
//
// The cheap checks come first; the signature is the last.
func Authorize(st State, rollupID fr.Element, batchNumber uint32, t *SignedTransfer) error {
	from, err := authorizeUnsigned(st, batchNumber, t)
	if err != nil {
		return err
	}
	return Verify(from.Key, rollupID, &t.Transfer, &t.Signature)
}

// AuthorizeVerified is [Authorize] for a transfer whose signature the caller has
// found valid, with [Verify] or [VerifyBatch], for this rollup and the key that
// the sender's account has in st. A key never changes; but where a state is taken
// back, the account may be opened anew with another, and what was verified
// before has to be verified again.
func AuthorizeVerified(st State, batchNumber uint32, t *SignedTransfer) error {
	_, err := authorizeUnsigned(st, batchNumber, t)
	return err
}

// authorizeUnsigned checks all that Authorize does but the signature, and returns
// the sender's account.
func authorizeUnsigned(st State, batchNumber uint32, t *SignedTransfer) (*Account, error) {
	if err := t.checkPayment(); err != nil {
		return nil, err
	}
	if t.Nonce > MaxNonce {
		return nil, fmt.Errorf("%w: nonce %d has more than %d bits", ErrWidth, t.Nonce, NonceBits)
	}
	if batchNumber > t.ValidUntil {
		return nil, fmt.Errorf("%w: valid until batch %d, this is batch %d", ErrExpired, t.ValidUntil, batchNumber)
	}
	if t.To != 0 { // a withdrawal's amount is published exactly, in its exit record
		if _, err := EncodeAmount(&t.Amount); err != nil {
			return nil, err
		}
	}
	if _, err := EncodeFee(&t.Fee); err != nil {
		return nil, err
	}
	from, err := existingAccount(st, t.From, "sender")
	if err != nil {
		return nil, err
	}
	if from.Nonce >= MaxNonce {
		return nil, fmt.Errorf("%w: account %d", ErrNonceExhausted, t.From)
	}
	if t.Nonce != from.Nonce {
		return nil, fmt.Errorf("%w: signed for nonce %d, account %d is at %d", ErrNonceMismatch, t.Nonce, t.From, from.Nonce)
	}
	return from, nil
}
