package wire

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

// errForm says only that a text is not of the form that [scalar.form] describes.
var errForm = errors.New("not of the expected form")

// scalar is a value whose JSON is a string.
type scalar interface {
	// UnmarshalText returns errForm for a text of another form.
	UnmarshalText([]byte) error
	// form describes the texts that are accepted.
	form() string
}

// Amount is a quantity of a token in its smallest unit, below 2^128.
type Amount protocol.Amount

// MarshalText implements encoding.TextMarshaler.
func (a Amount) MarshalText() ([]byte, error) {
	v := protocol.Amount(a)
	return []byte(v.Dec()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Amount) UnmarshalText(text []byte) error {
	const longest = 39 // digits of 2^128
	if len(text) == 0 || len(text) > longest || text[0] == '0' && len(text) > 1 {
		return errForm
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return errForm
		}
	}
	var v protocol.Amount
	if v.SetFromDecimal(string(text)) != nil || v.BitLen() > protocol.BalanceBits {
		return errForm
	}
	*a = Amount(v)
	return nil
}

func (*Amount) form() string {
	return "a string of decimal digits, without leading zeros, below 2^128"
}

// String returns the amount in decimal digits.
func (a Amount) String() string {
	v := protocol.Amount(a)
	return v.Dec()
}

// Address is an address on layer 1.
type Address [20]byte

// MarshalText implements encoding.TextMarshaler: with checksum (EIP-55).
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It takes digits in any case
// and does not look at the checksum.
func (a *Address) UnmarshalText(text []byte) error { return parseHex(a[:], text) }

func (*Address) form() string { return hexForm("a layer-1 address", 20) }

// String returns the address with its checksum.
func (a Address) String() string { return common.Address(a).Hex() }

// Hash is 32 bytes: the ID of a transfer, or a hash of layer 1.
type Hash [32]byte

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error { return parseHex(h[:], text) }

func (*Hash) form() string { return hexForm("32 bytes", 32) }

// String returns the hash in hexadecimal digits.
func (h Hash) String() string { return formatHex(h[:]) }

// Element is an element of BN254's scalar field: a root, a commitment, a rollup's
// ID, a coordinate of a key.
type Element fr.Element

// MarshalText implements encoding.TextMarshaler.
func (e Element) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Element) UnmarshalText(text []byte) error {
	if len(text) != 2+2*fr.Bytes {
		return errForm
	}
	v, err := files.ParseElement(strings.ToLower(string(text)))
	if err != nil {
		return errForm
	}
	*e = Element(v)
	return nil
}

func (*Element) form() string {
	return hexForm("a field element", fr.Bytes) + ", below the modulus"
}

// String returns the element in hexadecimal digits.
func (e Element) String() string { return files.FormatElement(fr.Element(e)) }

// Signature is the encoding of an EdDSA signature, R compressed and S.
type Signature [protocol.SignatureSize]byte

// MarshalText implements encoding.TextMarshaler.
func (s Signature) MarshalText() ([]byte, error) { return []byte(formatHex(s[:])), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Signature) UnmarshalText(text []byte) error { return parseHex(s[:], text) }

func (*Signature) form() string { return hexForm("a signature", protocol.SignatureSize) }

// RecoverableSignature is an ECDSA signature of layer 1's kind: r, s and v.
type RecoverableSignature [65]byte

// MarshalText implements encoding.TextMarshaler.
func (s RecoverableSignature) MarshalText() ([]byte, error) { return []byte(formatHex(s[:])), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *RecoverableSignature) UnmarshalText(text []byte) error { return parseHex(s[:], text) }

func (*RecoverableSignature) form() string { return hexForm("a signature", 65) }

// State is which state of the rollup is meant.
type State string

// The states, each at or behind the one before it.
const (
	Pending   State = "pending"   // after everything that was executed; what the node promises
	Sealed    State = "sealed"    // after the newest batch that is in the state tree
	Committed State = "committed" // after the newest batch that layer 1 accepted, in whatever block
	Finalized State = "finalized" // after the newest batch that is final on layer 1
)

// States returns all states, the newest first.
func States() []State { return []State{Pending, Sealed, Committed, Finalized} }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *State) UnmarshalText(text []byte) error { return parseEnum(s, States(), text) }

func (*State) form() string { return enumForm(States()) }

// Status is how far a transfer has come.
type Status string

// The statuses of a transfer, in their order. A transfer can be dropped while it
// is queued; later only if layer 1 takes back what it rests on.
const (
	StatusQueued    Status = "queued"    // waits for those before it, or for the balance that it takes
	StatusExecuted  Status = "executed"  // stands in a batch
	StatusSealed    Status = "sealed"    // its batch takes no more
	StatusProven    Status = "proven"    // its batch has a proof
	StatusCommitted Status = "committed" // layer 1 accepted its batch, in a block that is not final
	StatusFinalized Status = "finalized" // its batch is final on layer 1
	StatusDropped   Status = "dropped"   // it will not be executed
)

// Statuses returns all statuses.
func Statuses() []Status {
	return []Status{StatusQueued, StatusExecuted, StatusSealed, StatusProven, StatusCommitted, StatusFinalized, StatusDropped}
}

// Stage is how far a batch has come.
type Stage string

// The stages of a batch, in their order.
const (
	StageOpen      Stage = "open"      // takes transfers
	StageClosed    Stage = "closed"    // takes no more
	StageSealed    Stage = "sealed"    // in the state tree: its root is known
	StageWitnessed Stage = "witnessed" // checked once more, its public data made
	StageProven    Stage = "proven"    // has a proof
	StageSubmitted Stage = "submitted" // on its way to layer 1
	StageCommitted Stage = "committed" // accepted by layer 1, in a block that is not final
	StageFinalized Stage = "finalized" // final on layer 1
)

// Stages returns all stages.
func Stages() []Stage {
	return []Stage{StageOpen, StageClosed, StageSealed, StageWitnessed, StageProven, StageSubmitted, StageCommitted, StageFinalized}
}

func parseEnum[T ~string](into *T, all []T, text []byte) error {
	if !slices.Contains(all, T(text)) {
		return errForm
	}
	*into = T(text)
	return nil
}

func enumForm[T ~string](all []T) string {
	quoted := make([]string, len(all))
	for i, v := range all {
		quoted[i] = fmt.Sprintf("%q", string(v))
	}
	return "one of " + strings.Join(quoted, ", ")
}

func hexForm(what string, size int) string {
	return fmt.Sprintf(`%s: a string of "0x" and %d hexadecimal digits`, what, 2*size)
}

func parseHex(dst, text []byte) error {
	if len(text) != 2+2*len(dst) || text[0] != '0' || text[1] != 'x' {
		return errForm
	}
	// Decode aside, so that a text that is wrong at its end changes nothing.
	decoded := make([]byte, len(dst))
	if _, err := hex.Decode(decoded, text[2:]); err != nil {
		return errForm
	}
	copy(dst, decoded)
	return nil
}

func formatHex(b []byte) string { return "0x" + hex.EncodeToString(b) }
