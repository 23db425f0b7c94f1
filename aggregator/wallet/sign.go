package wallet

import (
	"fmt"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

const (
	// MaxValidity is how many batches after the last final one a transfer may be
	// valid, at most: a signature that was never used is a debt until then.
	MaxValidity = 4096
	// DefaultValidity is for whoever has no reason to choose another.
	DefaultValidity = 256
	// MaxUnsettled is how many transfers of one account may wait to be final.
	MaxUnsettled = 4096
	// ReplacementPercent is how much more the fee of a replacement has to be, in
	// percent of the fee before: what nodes ask for.
	ReplacementPercent = 10
)

// Signing says what [Wallet.Sign] may assume and do.
type Signing struct {
	// Final is the number of the newest final batch. It is worth as much as its
	// source: see [Final].
	Final uint32
	// Replace allows another message for a nonce that one was signed for, if it
	// pays a higher fee. Either of the two may be executed.
	Replace bool
}

// Key is a layer-2 key that is open.
type Key struct {
	rollupID fr.Element
	number   uint32
	private  *protocol.PrivateKey
}

// Public returns the public key.
func (k *Key) Public() protocol.PublicKey { return k.private.Public() }

// Sign signs a transfer of one of the wallet's accounts, and has written it down
// when it returns: see the errors for what it refuses.
//
//   - [ErrUnknown]: the account is not in the wallet, or not with this key.
//   - [protocol.ErrAmountFormat], [protocol.ErrFeeFormat]: the amount or the fee
//     cannot be published; the message has the nearest that can.
//     [protocol.ErrZeroWithdrawal], [protocol.ErrWidth].
//   - [ErrValidity]: the transfer has expired already, or is valid for more than
//     [MaxValidity] batches.
//   - [ErrNonceUsed]: the account is past the nonce for good.
//   - [ErrNonceSigned]: another message was signed for the nonce, may still be
//     executed, and is not to be replaced. The same message is signed again.
//   - [ErrReplacementFee]: a replacement's fee is not [ReplacementPercent] higher.
func (w *Wallet) Sign(k *Key, t protocol.Transfer, o Signing) (protocol.SignedTransfer, error) {
	fail := func(err error) (protocol.SignedTransfer, error) {
		return protocol.SignedTransfer{}, fmt.Errorf("sign transfer %d of account %d: %w", t.Nonce, t.From, err)
	}
	if err := checkPayment(&t); err != nil {
		return fail(err)
	}
	if err := checkValidity(t.ValidUntil, o.Final); err != nil {
		return fail(err)
	}
	err := w.update(func(c *content) error {
		r := c.rollup(k.rollupID)
		if r == nil {
			return fmt.Errorf("%w: the rollup of this key", ErrUnknown)
		}
		a := r.account(t.From)
		if a == nil || a.Key != k.number {
			return fmt.Errorf("%w: account %d, with key number %d, on %s", ErrUnknown, t.From, k.number, r.rollup())
		}
		return a.record(&t, o)
	})
	if err != nil {
		return fail(err)
	}
	signed, err := k.private.SignTransfer(k.rollupID, t)
	if err != nil {
		return fail(err)
	}
	return signed, nil
}

// record notes a message that is about to be signed, or refuses it.
func (a *accountEntry) record(t *protocol.Transfer, o Signing) error {
	if t.Nonce < a.Settled {
		return fmt.Errorf("%w: account %d is at nonce %d or later", ErrNonceUsed, a.Index, a.Settled)
	}
	entry := newSignedEntry(t)
	at, found := slices.BinarySearchFunc(a.Signed, t.Nonce, func(s signedEntry, nonce uint64) int {
		switch {
		case s.Nonce < nonce:
			return -1
		case s.Nonce > nonce:
			return 1
		}
		return 0
	})
	if !found {
		if len(a.Signed) >= MaxUnsettled {
			return fmt.Errorf("%d transfers of account %d wait to be final: wait until some of them are", len(a.Signed), a.Index)
		}
		a.Signed = slices.Insert(a.Signed, at, entry)
		return nil
	}
	before := &a.Signed[at]
	entry.Answered = before.Answered // which does not make it another message
	switch {
	case *before == entry: // the same signature, once more
		return nil
	case before.ValidUntil <= o.Final: // no later batch can carry it
	case !o.Replace:
		old := before.transfer(a.Index)
		return fmt.Errorf("%w: %s to %d with fee %s, valid until batch %d: of two transfers for one nonce the operator chooses. "+
			"Send the first again, wait until batch %d is final, or replace it",
			ErrNonceSigned, old.Amount.Dec(), old.To, old.Fee.Dec(), old.ValidUntil, old.ValidUntil)
	default:
		if err := checkReplacement(protocol.Amount(before.Fee), &t.Fee); err != nil {
			return err
		}
	}
	entry.Answered = false
	*before = entry
	return nil
}

// checkPayment says whether a batch could carry the transfer, whatever the state is.
func checkPayment(t *protocol.Transfer) error {
	switch {
	case t.From == 0:
		return fmt.Errorf("sender: %w", protocol.ErrReservedIndex)
	case t.Nonce > protocol.MaxNonce:
		return fmt.Errorf("%w: nonce %d has more than %d bits", protocol.ErrWidth, t.Nonce, protocol.NonceBits)
	case t.Nonce == protocol.MaxNonce:
		return fmt.Errorf("%w: account %d", protocol.ErrNonceExhausted, t.From)
	case t.Amount.BitLen() > protocol.BalanceBits:
		return fmt.Errorf("%w: the amount has more than %d bits", protocol.ErrWidth, protocol.BalanceBits)
	case t.To == 0 && t.Amount.IsZero():
		return protocol.ErrZeroWithdrawal
	}
	if t.To != 0 { // a withdrawal's amount is published as it is
		if _, err := protocol.EncodeAmount(&t.Amount); err != nil {
			return err
		}
	}
	_, err := protocol.EncodeFee(&t.Fee)
	return err
}

// checkValidity says whether a transfer is valid for a while, and not for long.
func checkValidity(until, final uint32) error {
	switch {
	case until <= final:
		return fmt.Errorf("%w: batch %d is final, and the transfer is valid until batch %d", ErrValidity, final, until)
	case until-final > MaxValidity:
		return fmt.Errorf("%w: the transfer is valid until batch %d, that is %d after the last final one: choose at most %d, "+
			"a transfer that was not taken may be until then", ErrValidity, until, until-final, MaxValidity)
	}
	return nil
}

// checkReplacement says whether a fee is enough for a replacement.
func checkReplacement(before protocol.Amount, fee *protocol.Amount) error {
	enough := MinReplacementFee(before)
	if fee.Lt(&enough) {
		return fmt.Errorf("%w: it was %s, and has to be %s or more", ErrReplacementFee, before.Dec(), enough.Dec())
	}
	return nil
}

// MinReplacementFee returns the lowest fee that can be published and is
// [ReplacementPercent] higher than one before, and higher at all. Nothing can
// replace the highest fees: what it returns for them cannot be published.
func MinReplacementFee(before protocol.Amount) protocol.Amount {
	hundred := *new(protocol.Amount).SetUint64(100)
	var enough protocol.Amount
	enough.Mul(&before, new(protocol.Amount).SetUint64(100+ReplacementPercent))
	enough.AddUint64(&enough, 99)
	enough.Div(&enough, &hundred) // rounded up
	if !enough.Gt(&before) {
		enough.AddUint64(&before, 1)
	}
	if _, above := protocol.NearestFees(&enough); !above.Lt(&enough) {
		return above
	}
	return enough // no fee that can be published is as high: nothing replaces that
}
