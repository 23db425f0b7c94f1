// Package keyfile says of encrypted key files (Web3 Secret Storage, version 3)
// whether go-ethereum can open them: it believes what is written in them, and
// panics, or takes any amount of memory and time, where that is wrong.
package keyfile

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"

	"github.com/ethereum/go-ethereum/accounts/keystore"
)

// Bounds on the parameters in a key file. A file can ask for any amount of memory
// and time, and go-ethereum would try.
const (
	maxScryptMemory = 1 << 30 // bytes: 128·n·r
	maxScryptP      = 16
	maxPBKDF2       = 1 << 24 // rounds
	maxSalt         = 128     // bytes
	minDerived      = 32      // bytes of derived key: 16 encrypt, 16 authenticate
	maxDerived      = 64
	ivBytes         = 16
)

// ErrFormat: the file is no encrypted key, or one that would take too much memory
// or time to open.
var ErrFormat = errors.New("it is no encrypted key file (Web3 Secret Storage, version 3)")

// Check says whether go-ethereum can decrypt a key file without a panic, in bounded
// memory and time. The error is [ErrFormat].
func Check(content []byte) error {
	var file struct {
		Crypto  *keystore.CryptoJSON `json:"crypto"`
		Version *float64             `json:"version"`
	}
	fail := func(err error) error {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return fail(err)
	}
	if file.Version == nil || *file.Version != 3 {
		return fail(errors.New("its version is not 3"))
	}
	if file.Crypto == nil {
		return fail(errors.New("it has no crypto object"))
	}
	c := file.Crypto
	if err := checkHex("iv", c.CipherParams.IV, ivBytes, ivBytes); err != nil {
		return fail(err)
	}
	salt, ok := c.KDFParams["salt"].(string)
	if !ok {
		return fail(errors.New("salt is missing"))
	}
	if err := checkHex("salt", salt, 0, maxSalt); err != nil {
		return fail(err)
	}
	number := func(name string) (n int) {
		v, ok := c.KDFParams[name].(float64)
		if n = int(v); !ok || float64(n) != v {
			return -1 // out of range for all of them
		}
		return n
	}
	var err error
	switch c.KDF {
	case "scrypt":
		err = CheckScrypt(number("n"), number("r"), number("p"), number("dklen"))
	case "pbkdf2":
		if err = checkDerived(number("dklen")); err == nil && (number("c") < 1 || number("c") > maxPBKDF2) {
			err = fmt.Errorf("PBKDF2's c is not from 1 to %d", maxPBKDF2)
		}
		if _, ok := c.KDFParams["prf"].(string); err == nil && !ok {
			err = errors.New("prf is missing")
		}
	}
	if err != nil {
		return fail(err)
	}
	return nil
}

func checkHex(name, digits string, minimum, maximum int) error {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) < minimum || len(b) > maximum {
		return fmt.Errorf("%s is not %d to %d bytes of hexadecimal digits", name, minimum, maximum)
	}
	return nil
}

// CheckScrypt says whether scrypt with these parameters runs in bounded memory and
// time, and derives a key of a length that encrypts and authenticates.
func CheckScrypt(n, r, p, derived int) error {
	switch {
	case n < 2 || bits.OnesCount(uint(n)) != 1:
		return fmt.Errorf("scrypt's n is %d, not a power of two", n)
	case r < 1 || r > maxScryptMemory/128 || n > maxScryptMemory/128/r:
		return fmt.Errorf("scrypt with n = %d and r = %d takes more than %d bytes of memory", n, r, maxScryptMemory)
	case p < 1 || p > maxScryptP:
		return fmt.Errorf("scrypt's p is %d, not from 1 to %d", p, maxScryptP)
	}
	return checkDerived(derived)
}

func checkDerived(n int) error {
	if n < minDerived || n > maxDerived {
		return fmt.Errorf("the derived key has %d bytes, not from %d to %d", n, minDerived, maxDerived)
	}
	return nil
}
