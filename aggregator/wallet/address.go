package wallet

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/quirezk/quire/protocol"
)

// The text form of an [Address] is addressPrefix and the hexadecimal digits of
// owner, compressed key and checksum.
const (
	addressPrefix   = "quire:"
	addressTag      = "quire/address"
	addressChecksum = 4 // bytes
	addressBytes    = common.AddressLength + protocol.PointSize + addressChecksum
)

// Address is where somebody is paid on a rollup: the owner and the key that an
// account has to have to be theirs. The number of an account is not enough, since
// the operator decides what is opened there.
type Address struct {
	Owner protocol.Owner
	Key   protocol.PublicKey
}

// Format writes the address, for one rollup. The key must be on the curve.
func (a Address) Format(rollupID fr.Element) string {
	body := a.bytes()
	return addressPrefix + hex.EncodeToString(append(body, checksum(rollupID, body)...))
}

// ParseAddress reads what [Address.Format] wrote for this rollup. The error is
// [ErrAddress] for anything else, also for an address of another rollup.
func ParseAddress(rollupID fr.Element, text string) (Address, error) {
	digits, ok := strings.CutPrefix(text, addressPrefix)
	data, err := hex.DecodeString(digits)
	if !ok || err != nil || len(data) != addressBytes || digits != strings.ToLower(digits) {
		return Address{}, fmt.Errorf("%w: want %s and %d lower-case hexadecimal digits", ErrAddress, addressPrefix, 2*addressBytes)
	}
	body := data[:addressBytes-addressChecksum]
	if !slices.Equal(checksum(rollupID, body), data[len(body):]) {
		return Address{}, fmt.Errorf("%w: wrong checksum: it is mistyped, or one of another rollup", ErrAddress)
	}
	a := Address{Owner: protocol.Owner(body[:common.AddressLength])}
	a.Key, err = protocol.DecompressPoint([protocol.PointSize]byte(body[common.AddressLength:]))
	switch {
	case err != nil:
		return Address{}, fmt.Errorf("%w: its key is %w", ErrAddress, err)
	case !protocol.ValidKey(a.Key):
		return Address{}, fmt.Errorf("%w: its key is of low order, nobody could sign with it", ErrAddress)
	}
	return a, nil
}

func (a Address) bytes() []byte {
	key := protocol.CompressPoint(a.Key)
	return slices.Concat(a.Owner[:], key[:])
}

// checksum finds a mistyped digit, and an address of another rollup, but for one in 2^32.
func checksum(rollupID fr.Element, body []byte) []byte {
	id := rollupID.Bytes()
	return crypto.Keccak256([]byte(addressTag), id[:], body)[:addressChecksum]
}
