package wallet

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/keystore"

	"github.com/quirezk/quire/internal/keyfile"
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

// Sizes in bytes of the parts of an encrypted seed.
const (
	maxSalt  = 128
	ivBytes  = 16
	macBytes = 32
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
	return keyfile.CheckScrypt(k.N, k.R, k.P, k.DKLen)
}

func checkHex(name, digits string, minimum, maximum int) error {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) < minimum || len(b) > maximum {
		return fmt.Errorf("%s is not %d to %d bytes of hexadecimal digits", name, minimum, maximum)
	}
	return nil
}
