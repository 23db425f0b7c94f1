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
	if err := t.checkPayment(); err != nil {
		return err
	}
	if t.Nonce > MaxNonce {
		return fmt.Errorf("%w: nonce %d has more than %d bits", ErrWidth, t.Nonce, NonceBits)
	}
	if batchNumber > t.ValidUntil {
		return fmt.Errorf("%w: valid until batch %d, this is batch %d", ErrExpired, t.ValidUntil, batchNumber)
	}
	if t.To != 0 { // a withdrawal's amount is published exactly, in its exit record
		if _, err := EncodeAmount(&t.Amount); err != nil {
			return err
		}
	}
	if _, err := EncodeFee(&t.Fee); err != nil {
		return err
	}
	from, err := existingAccount(st, t.From, "sender")
	if err != nil {
		return err
	}
	if from.Nonce >= MaxNonce {
		return fmt.Errorf("%w: account %d", ErrNonceExhausted, t.From)
	}
	if t.Nonce != from.Nonce {
		return fmt.Errorf("%w: signed for nonce %d, account %d is at %d", ErrNonceMismatch, t.Nonce, t.From, from.Nonce)
	}
	return Verify(from.Key, rollupID, &t.Transfer, &t.Signature)
}
