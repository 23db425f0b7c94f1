package receipt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// SignatureSize is the length of a signature in bytes.
const SignatureSize = crypto.SignatureLength

// What is wrong with a receipt. Every error of this package wraps one of these, or
// the signer's.
var (
	// ErrSignature: the bytes are no signature as this package has them.
	ErrSignature = errors.New("not a well-formed signature")
	// ErrForeign: the signature is not this key's over this receipt on this rollup.
	// Whoever handed it out did not keep to what the operator signed.
	ErrForeign = errors.New("the operator did not sign this receipt")
	// ErrEncoding: the JSON is no receipt.
	ErrEncoding = errors.New("not a well-formed receipt")
)

// Receipt says that a transfer was executed.
type Receipt struct {
	Transfer [32]byte // the transfer's ID
	Sequence uint64   // place in the order of execution
	Batch    uint32   // number of the batch that it stands in
	Time     uint64   // when it was executed, in Unix milliseconds
}

// Signature is an operator's over a receipt: r, s and v (27 or 28).
type Signature [SignatureSize]byte

var (
	domainType  = crypto.Keccak256Hash([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	nameHash    = crypto.Keccak256Hash([]byte("Quire"))
	versionHash = crypto.Keccak256Hash([]byte("1"))
	receiptType = crypto.Keccak256Hash([]byte("Receipt(bytes32 transfer,uint64 sequence,uint32 batch,uint64 time)"))
)

// Domain is what receipts are signed for: one rollup. The zero value is none;
// see [NewDomain].
type Domain struct {
	separator [32]byte
}

// NewDomain returns the domain of the rollup of a contract on a chain.
func NewDomain(chainID uint64, rollup common.Address) Domain {
	b := make([]byte, 0, 5*32)
	b = append(b, domainType[:]...)
	b = append(b, nameHash[:]...)
	b = append(b, versionHash[:]...)
	b = appendUint64(b, chainID)
	b = append(b, common.BytesToHash(rollup[:]).Bytes()...)
	return Domain{separator: crypto.Keccak256Hash(b)}
}

// Digest returns what the operator signs: the EIP-712 hash of the receipt.
func (d Domain) Digest(r Receipt) [32]byte {
	var space [5 * 32]byte
	b := append(space[:0], receiptType[:]...)
	b = append(b, r.Transfer[:]...)
	b = appendUint64(b, r.Sequence)
	b = appendUint64(b, uint64(r.Batch))
	b = appendUint64(b, r.Time)
	message := crypto.Keccak256Hash(b)

	b = append(space[:0], 0x19, 0x01)
	b = append(b, d.separator[:]...)
	b = append(b, message[:]...)
	return crypto.Keccak256Hash(b)
}

// appendUint64 appends a word of 32 bytes.
func appendUint64(b []byte, n uint64) []byte {
	b = append(b, make([]byte, 24)...)
	return binary.BigEndian.AppendUint64(b, n)
}

// Sign has a receipt signed. Whether the signature is that of the signer's
// address is left to [Verify]; a [Key] signs for its own.
func Sign(d Domain, s Signer, r Receipt) (Signature, error) {
	raw, err := s.SignDigest(d.Digest(r))
	if err != nil {
		return Signature{}, fmt.Errorf("sign the receipt of transfer %x: %w", r.Transfer, err)
	}
	// libsecp256k1 counts v from 0, EIP-712's users from 27.
	if len(raw) == SignatureSize && raw[64] < 2 {
		raw[64] += 27
	}
	sig, err := ParseSignature(raw)
	if err != nil {
		return Signature{}, fmt.Errorf("sign the receipt of transfer %x: %s returned %w", r.Transfer, s.Address(), err)
	}
	return sig, nil
}

// Verify says whether a signature is that of the operator with this address over
// a receipt on this rollup. It returns [ErrSignature] or [ErrForeign] if not.
func Verify(d Domain, r Receipt, sig Signature, operator common.Address) error {
	if _, err := ParseSignature(sig[:]); err != nil {
		return err
	}
	digest := d.Digest(r)
	sig[64] -= 27
	key, err := crypto.SigToPub(digest[:], sig[:])
	if err != nil {
		return fmt.Errorf("%w: no key has this signature", ErrForeign)
	}
	if signer := crypto.PubkeyToAddress(*key); signer != operator {
		return fmt.Errorf("%w: if it is as it was signed, %s did, not %s", ErrForeign, signer, operator)
	}
	return nil
}

// ParseSignature takes 65 bytes as a signature: v 27 or 28, r and s in their
// ranges, s in the lower half of its. Everything else is [ErrSignature].
func ParseSignature(b []byte) (Signature, error) {
	if len(b) != SignatureSize {
		return Signature{}, fmt.Errorf("%w: %d bytes instead of %d", ErrSignature, len(b), SignatureSize)
	}
	sig := Signature(b)
	v := sig[64]
	if v != 27 && v != 28 {
		return Signature{}, fmt.Errorf("%w: v is %d instead of 27 or 28", ErrSignature, v)
	}
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:64])
	if !crypto.ValidateSignatureValues(v-27, r, s, true) {
		return Signature{}, fmt.Errorf("%w: r or s is out of range, or s in the upper half", ErrSignature)
	}
	return sig, nil
}
