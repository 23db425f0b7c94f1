package wallet

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"

	"github.com/ethereum/go-ethereum/accounts/keystore"

	"github.com/quirezk/quire/protocol"
)

// KDF is how much work a password is to guess: scrypt's parameters N, a power of
// two, and p. The zero value is [StandardKDF]; less than [LightKDF] is for tests.
type KDF struct{ N, P int }

// orStandard replaces the zero value.
func (k KDF) orStandard() KDF {
	if k == (KDF{}) {
		return StandardKDF
	}
	return k
}

// The parameters that there are to choose from, go-ethereum's own.
var (
	// StandardKDF takes 256 MiB and about a second.
	StandardKDF = KDF{keystore.StandardScryptN, keystore.StandardScryptP}
	// LightKDF takes 4 MiB and a tenth of a second. For development chains: it is a
	// weak protection for money.
	LightKDF = KDF{keystore.LightScryptN, keystore.LightScryptP}
)

// Bounds on the parameters in a file. A file can ask for any amount of memory and
// time, and go-ethereum would try.
const (
	maxScryptMemory = 1 << 30 // bytes: 128·n·r
	maxScryptP      = 16
	maxPBKDF2       = 1 << 24 // rounds
	maxSalt         = 128     // bytes
	minDerived      = 32      // bytes of derived key: 16 encrypt, 16 authenticate
	maxDerived      = 64
	ivBytes         = 16
	macBytes        = 32
)

// secret is an encrypted seed, in the form of Web3 Secret Storage's "crypto"
// object. It is a type of its own since go-ethereum's takes any JSON for
// parameters, and panics where they are missing.
type secret struct {
	Cipher       string `json:"cipher"`
	CipherText   string `json:"ciphertext"`
	CipherParams struct {
		IV string `json:"iv"`
	} `json:"cipherparams"`
	KDF       string       `json:"kdf"`
	KDFParams scryptParams `json:"kdfparams"`
	MAC       string       `json:"mac"`
}

type scryptParams struct {
	DKLen int    `json:"dklen"`
	N     int    `json:"n"`
	P     int    `json:"p"`
	R     int    `json:"r"`
	Salt  string `json:"salt"`
}

// seal encrypts a seed under a password.
func seal(seed [protocol.SeedSize]byte, password string, kdf KDF) (*secret, error) {
	kdf = kdf.orStandard()
	c, err := keystore.EncryptDataV3(seed[:], []byte(password), kdf.N, kdf.P)
	if err != nil {
		return nil, fmt.Errorf("encrypt layer-2 key: %w", err)
	}
	// Through JSON, which is what there is in common.
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encrypt layer-2 key: %w", err)
	}
	s := new(secret)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("encrypt layer-2 key: %w", err)
	}
	return s, s.validate()
}

// open decrypts the seed. Errors are [ErrPassword], also for a cipher text that was
// changed, and [ErrCorrupt].
func (s *secret) open(password string) (seed [protocol.SeedSize]byte, err error) {
	c := keystore.CryptoJSON{
		Cipher: s.Cipher, CipherText: s.CipherText, KDF: s.KDF, MAC: s.MAC,
		KDFParams: map[string]any{
			"dklen": s.KDFParams.DKLen, "n": s.KDFParams.N, "p": s.KDFParams.P, "r": s.KDFParams.R, "salt": s.KDFParams.Salt,
		},
	}
	c.CipherParams.IV = s.CipherParams.IV
	plain, err := keystore.DecryptDataV3(c, password)
	switch {
	case errors.Is(err, keystore.ErrDecrypt):
		return seed, fmt.Errorf("%w, or the encrypted key was changed", ErrPassword)
	case err != nil:
		return seed, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return [protocol.SeedSize]byte(plain), nil // validate has seen to the length
}

// validate says whether open can work on it, in bounded memory and time.
func (s *secret) validate() error {
	const cipher, kdf = "aes-128-ctr", "scrypt"
	if s.Cipher != cipher {
		return fmt.Errorf("cipher %q, want %q", s.Cipher, cipher)
	}
	if s.KDF != kdf {
		return fmt.Errorf("key derivation %q, want %q", s.KDF, kdf)
	}
	for _, part := range []struct {
		name, digits string
		min, max     int
	}{
		{"ciphertext", s.CipherText, protocol.SeedSize, protocol.SeedSize},
		{"iv", s.CipherParams.IV, ivBytes, ivBytes},
		{"mac", s.MAC, macBytes, macBytes},
		{"salt", s.KDFParams.Salt, 1, maxSalt},
	} {
		if err := checkHex(part.name, part.digits, part.min, part.max); err != nil {
			return err
		}
	}
	k := s.KDFParams
	return checkScrypt(k.N, k.R, k.P, k.DKLen)
}

func checkHex(name, digits string, minimum, maximum int) error {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) < minimum || len(b) > maximum {
		return fmt.Errorf("%s is not %d to %d bytes of hexadecimal digits", name, minimum, maximum)
	}
	return nil
}

func checkScrypt(n, r, p, derived int) error {
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

// checkKeyFile says whether go-ethereum can decrypt a key file without a panic, in
// bounded memory and time. The error is [ErrCorrupt].
func checkKeyFile(content []byte) error {
	var file struct {
		Crypto  *keystore.CryptoJSON `json:"crypto"`
		Version *float64             `json:"version"`
	}
	fail := func(err error) error {
		return fmt.Errorf("%w: it is no encrypted key file (Web3 Secret Storage, version 3): %w", ErrCorrupt, err)
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
		err = checkScrypt(number("n"), number("r"), number("p"), number("dklen"))
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
