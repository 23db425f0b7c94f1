package wallet

import (
	"context"
	"crypto/hkdf"
	"crypto/sha512"
	"errors"
	"fmt"
	"math/big"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/quirezk/quire/protocol"
)

// Statement is what a person who is asked for the signature reads. It is part of
// the message: changing one letter changes every key.
const Statement = "This signature is the secret key of a Quire account. " +
	"Whoever has it can spend all that the account holds, without asking again. " +
	"Sign only if you are setting up your own wallet on this rollup now, and show the signature to nobody."

// The EIP-712 domain, but for the rollup.
const (
	domainName    = "Quire"
	domainVersion = "1"
	primaryType   = "QuireKey"
)

// seedSalt is the salt of the key derivation function. It keeps seeds apart from
// whatever else somebody derives from a signature.
const seedSalt = "quire/wallet/1"

// KeyMessage is the EIP-712 message whose signature makes a layer-2 key: for one
// rollup, given by its chain and contract, and one number. A person has key 0; the
// others are for whoever wants a fresh one, after a theft or for a second account
// of one token.
//
// The rollup is in the domain, where signers show it: a signature that was given
// away on one rollup is worth nothing on another.
func KeyMessage(r Rollup, number uint32) apitypes.TypedData {
	return apitypes.TypedData{
		Types: apitypes.Types{
			"EIP712Domain": {
				{Name: "name", Type: "string"},
				{Name: "version", Type: "string"},
				{Name: "chainId", Type: "uint256"},
				{Name: "verifyingContract", Type: "address"},
			},
			primaryType: {
				{Name: "statement", Type: "string"},
				{Name: "number", Type: "uint32"},
			},
		},
		PrimaryType: primaryType,
		Domain: apitypes.TypedDataDomain{
			Name: domainName, Version: domainVersion,
			ChainId:           (*math.HexOrDecimal256)(new(big.Int).SetUint64(r.ChainID)),
			VerifyingContract: r.Contract.Hex(),
		},
		Message: apitypes.TypedDataMessage{
			"statement": Statement,
			"number":    strconv.FormatUint(uint64(number), 10),
		},
	}
}

// TypedSigner signs EIP-712 messages with the layer-1 key of one account.
type TypedSigner interface {
	// Address returns the account.
	Address() common.Address
	// SignTypedData returns the account's signature, r ‖ s ‖ v, 65 bytes. It may
	// ask a person, and take as long: ctx bounds the wait.
	SignTypedData(ctx context.Context, data apitypes.TypedData) ([]byte, error)
}

// DeriveSeed asks a signer for the signature of [KeyMessage] and returns the seed
// that it makes, for [protocol.NewPrivateKey]. The seed is a secret.
//
// It asks twice: a key that depends on a signer's dice could never be derived
// again, so the error is then [ErrNotDeterministic]. Signatures that are not the
// account's are [ErrSignature].
func DeriveSeed(ctx context.Context, s TypedSigner, r Rollup, number uint32) (seed [protocol.SeedSize]byte, err error) {
	message := KeyMessage(r, number)
	digest, _, err := apitypes.TypedDataAndHash(message)
	if err != nil {
		return seed, fmt.Errorf("derive layer-2 key: %w", err)
	}
	var signatures [2]signature
	for i := range signatures {
		raw, err := s.SignTypedData(ctx, message)
		if err != nil {
			return seed, fmt.Errorf("derive layer-2 key of %s: %w", s.Address(), err)
		}
		if signatures[i], err = normalize(raw); err == nil {
			err = signatures[i].check(digest, s.Address())
		}
		if err != nil {
			return seed, fmt.Errorf("derive layer-2 key of %s: %w", s.Address(), err)
		}
	}
	if signatures[0] != signatures[1] {
		return seed, fmt.Errorf("derive layer-2 key of %s: %w: it gave two signatures for one message, and a key made from one of them "+
			"would be lost with this machine: use a signer that follows RFC 6979 (go-ethereum, clef and the usual hardware wallets do)",
			s.Address(), ErrNotDeterministic)
	}
	return signatures[0].seed(digest)
}

// signature is a layer-1 signature in the one form that seeds are made from:
// r, s and v of 32, 32 and 1 bytes, s at most half the group's order, v 27 or 28.
type signature [crypto.SignatureLength]byte

// normalize brings a signature into that form. Two forms of one signature are one
// after it.
func normalize(raw []byte) (n signature, err error) {
	if len(raw) != len(n) {
		return n, fmt.Errorf("%w: %d bytes, want the %d of r, s and v: a contract account's or a compact signature makes no key",
			ErrSignature, len(raw), len(n))
	}
	order := crypto.S256().Params().N
	r, s, v := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:64]), raw[64]
	if v == 0 || v == 1 {
		v += 27
	}
	switch {
	case v != 27 && v != 28:
		return n, fmt.Errorf("%w: v is %d, want 27 or 28", ErrSignature, raw[64])
	case r.Sign() == 0 || r.Cmp(order) >= 0:
		return n, fmt.Errorf("%w: r is not between 0 and the group's order", ErrSignature)
	case s.Sign() == 0 || s.Cmp(order) >= 0:
		return n, fmt.Errorf("%w: s is not between 0 and the group's order", ErrSignature)
	}
	if s.Cmp(new(big.Int).Rsh(order, 1)) > 0 { // (r, −s) is a signature of the same message
		s.Sub(order, s)
		v = 27 + 28 - v
	}
	r.FillBytes(n[:32])
	s.FillBytes(n[32:64])
	n[64] = v
	return n, nil
}

// check says whether the signature is an account's.
func (n *signature) check(digest []byte, address common.Address) error {
	recoverable := *n
	recoverable[64] -= 27
	key, err := crypto.SigToPub(digest, recoverable[:])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if from := crypto.PubkeyToAddress(*key); from != address {
		return fmt.Errorf("%w: it is one of %s, or of another message", ErrSignature, from)
	}
	return nil
}

// seed is HKDF-SHA-512 of all 65 bytes, with the message's digest as context.
func (n *signature) seed(digest []byte) (seed [protocol.SeedSize]byte, err error) {
	out, err := hkdf.Key(sha512.New, n[:], []byte(seedSalt), string(digest), len(seed))
	if err != nil {
		return seed, fmt.Errorf("derive layer-2 key: %w", err)
	}
	if len(out) != len(seed) {
		return seed, errors.New("derive layer-2 key: the derivation function returned another length")
	}
	return [protocol.SeedSize]byte(out), nil
}
