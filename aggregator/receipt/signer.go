package receipt

import (
	"crypto/ecdsa"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Signer signs digests with the operator's key for receipts. Thousands are asked
// for in a second, several at once.
type Signer interface {
	// Address is the key's.
	Address() common.Address
	// SignDigest returns r, s and v, 65 bytes that are the caller's, with v counted
	// from 0 or from 27.
	SignDigest(digest [32]byte) ([]byte, error)
}

// Key is a [Signer] with a key in memory. It is safe for concurrent use. It should
// be a key that receipts alone are signed with: one that layer 1 does not know.
type Key struct {
	key     *ecdsa.PrivateKey
	address common.Address
}

// NewKey returns a signer with this key, which must be on secp256k1.
func NewKey(key *ecdsa.PrivateKey) *Key {
	return &Key{key: key, address: crypto.PubkeyToAddress(key.PublicKey)}
}

// Address implements [Signer].
func (k *Key) Address() common.Address { return k.address }

// SignDigest implements [Signer].
func (k *Key) SignDigest(digest [32]byte) ([]byte, error) {
	sig, err := crypto.Sign(digest[:], k.key)
	if err != nil {
		return nil, fmt.Errorf("sign with the key of %s: %w", k.address, err)
	}
	return sig, nil
}
