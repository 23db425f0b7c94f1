package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

// format names the format of wallet files.
const format = "quire/wallet/1"

// maxFile bounds what is read where a wallet file should be, in bytes.
const maxFile = 1 << 24

// content is what a wallet file says. It is a value: nothing in it is changed
// while it can be seen by two.
type content struct {
	Format  string         `json:"format"`
	Address common.Address `json:"address"`
	Rollups []rollupEntry  `json:"rollups"`
}

// rollupEntry is one rollup, as the wallet knows it.
type rollupEntry struct {
	ChainID    uint64          `json:"chainID"`
	Contract   common.Address  `json:"contract"`
	BlockHash  common.Hash     `json:"blockHash"`
	RollupID   element         `json:"rollupID"`
	ReceiptKey *common.Address `json:"receiptKey"` // null until it is pinned
	Keys       []keyEntry      `json:"keys"`
	Accounts   []accountEntry  `json:"accounts"`
}

// keyEntry is one layer-2 key.
type keyEntry struct {
	Number uint32  `json:"number"`
	X      element `json:"x"`
	Y      element `json:"y"`
	Seed   secret  `json:"seed"`
}

// accountEntry is one account on the rollup, and what was signed for it.
type accountEntry struct {
	Index protocol.Index `json:"index"`
	Token protocol.Token `json:"token"`
	Key   uint32         `json:"key"` // its number
	// Settled is a nonce that the account has reached for good: nothing is signed
	// for one below.
	Settled uint64        `json:"settled"`
	Signed  []signedEntry `json:"signed"` // by nonce
}

// signedEntry is the newest message that was signed for a nonce.
type signedEntry struct {
	Nonce      uint64         `json:"nonce"`
	To         protocol.Index `json:"to"`
	Amount     amount         `json:"amount"`
	Fee        amount         `json:"fee"`
	ValidUntil uint32         `json:"validUntil"`
	Answered   bool           `json:"answered"` // a node has said that it has it
}

// element is a field element, in the form of package files.
type element fr.Element

// MarshalText implements encoding.TextMarshaler.
func (e element) MarshalText() ([]byte, error) {
	return []byte(files.FormatElement(fr.Element(e))), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *element) UnmarshalText(text []byte) error {
	v, err := files.ParseElement(string(text))
	*e = element(v)
	return err
}

// amount is an amount, as decimal digits.
type amount protocol.Amount

// MarshalText implements encoding.TextMarshaler.
func (a amount) MarshalText() ([]byte, error) {
	v := protocol.Amount(a)
	return []byte(v.Dec()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *amount) UnmarshalText(text []byte) error {
	v, err := ParseAmount(string(text))
	*a = amount(v)
	return err
}

func (r *rollupEntry) rollup() Rollup {
	return Rollup{ChainID: r.ChainID, Contract: r.Contract, BlockHash: r.BlockHash}
}

func (k *keyEntry) public() protocol.PublicKey {
	return protocol.PublicKey{X: fr.Element(k.X), Y: fr.Element(k.Y)}
}

func (s *signedEntry) transfer(from protocol.Index) protocol.Transfer {
	return protocol.Transfer{
		From: from, To: s.To, Amount: protocol.Amount(s.Amount), Fee: protocol.Amount(s.Fee), Nonce: s.Nonce, ValidUntil: s.ValidUntil,
	}
}

func newSignedEntry(t *protocol.Transfer) signedEntry {
	return signedEntry{Nonce: t.Nonce, To: t.To, Amount: amount(t.Amount), Fee: amount(t.Fee), ValidUntil: t.ValidUntil}
}

// encode writes the file's one form.
func (c *content) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(c); err != nil {
		return nil, fmt.Errorf("encode wallet file: %w", err)
	}
	return b.Bytes(), nil
}

// decode reads what encode wrote, and nothing else: not a field more or less, not
// one twice, not a number in another form. The error is [ErrCorrupt].
func decode(data []byte) (*content, error) {
	c := new(content)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the file ends too early")
		}
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	want, err := c.encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(data, want) {
		return nil, fmt.Errorf("%w: line %d is not as quire writes it: restore the file from a copy", ErrCorrupt, firstDifference(data, want))
	}
	return c, nil
}

// firstDifference returns the line, from 1, in which a differs from b.
func firstDifference(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return 1 + bytes.Count(a[:n], []byte{'\n'})
}

// validate holds the content to everything that the rest of the package relies on.
func (c *content) validate() error {
	if c.Format != format {
		return fmt.Errorf("the format is %q, want %q", c.Format, format)
	}
	if c.Rollups == nil {
		return errors.New("rollups is missing")
	}
	seen := make(map[element]bool)
	for i := range c.Rollups {
		r := &c.Rollups[i]
		if seen[r.RollupID] {
			return fmt.Errorf("rollups[%d] is there twice", i)
		}
		seen[r.RollupID] = true
		if err := r.validate(); err != nil {
			return fmt.Errorf("rollups[%d]: %w", i, err)
		}
	}
	return nil
}

func (r *rollupEntry) validate() error {
	if err := r.rollup().CheckID(fr.Element(r.RollupID)); err != nil {
		return err
	}
	if r.Keys == nil || r.Accounts == nil {
		return errors.New("keys or accounts are missing")
	}
	for i := range r.Keys {
		k := &r.Keys[i]
		if i > 0 && k.Number <= r.Keys[i-1].Number {
			return fmt.Errorf("keys[%d]: number %d is not above the one before", i, k.Number)
		}
		if !protocol.ValidKey(k.public()) {
			return fmt.Errorf("keys[%d]: not a key that signs", i)
		}
		if err := k.Seed.validate(); err != nil {
			return fmt.Errorf("keys[%d]: seed: %w", i, err)
		}
	}
	for i := range r.Accounts {
		a := &r.Accounts[i]
		switch {
		case a.Index == 0:
			return fmt.Errorf("accounts[%d]: %w", i, protocol.ErrReservedIndex)
		case i > 0 && a.Index <= r.Accounts[i-1].Index:
			return fmt.Errorf("accounts[%d]: index %d is not above the one before", i, a.Index)
		case r.key(a.Key) == nil:
			return fmt.Errorf("accounts[%d]: there is no key number %d", i, a.Key)
		}
		if err := a.validate(); err != nil {
			return fmt.Errorf("accounts[%d]: %w", i, err)
		}
	}
	return nil
}

func (a *accountEntry) validate() error {
	if a.Settled > protocol.MaxNonce {
		return fmt.Errorf("settled: %d is more than a nonce can be", a.Settled)
	}
	if a.Signed == nil {
		return errors.New("signed is missing")
	}
	if len(a.Signed) > MaxUnsettled {
		return fmt.Errorf("signed: more than %d entries", MaxUnsettled)
	}
	below := a.Settled
	for i := range a.Signed {
		s := &a.Signed[i]
		if s.Nonce < below || s.Nonce >= protocol.MaxNonce {
			return fmt.Errorf("signed[%d]: nonce %d is out of order or range", i, s.Nonce)
		}
		below = s.Nonce + 1
		t := s.transfer(a.Index)
		if err := checkPayment(&t); err != nil {
			return fmt.Errorf("signed[%d]: %w", i, err)
		}
	}
	return nil
}

// key returns the key with this number, nil if there is none.
func (r *rollupEntry) key(number uint32) *keyEntry {
	for i := range r.Keys {
		if r.Keys[i].Number == number {
			return &r.Keys[i]
		}
	}
	return nil
}

// account returns the account at this index, nil if the wallet has none there.
func (r *rollupEntry) account(index protocol.Index) *accountEntry {
	for i := range r.Accounts {
		if r.Accounts[i].Index == index {
			return &r.Accounts[i]
		}
	}
	return nil
}

// rollup returns the entry of the rollup with this ID, nil if there is none.
func (c *content) rollup(id fr.Element) *rollupEntry {
	for i := range c.Rollups {
		if c.Rollups[i].RollupID == element(id) {
			return &c.Rollups[i]
		}
	}
	return nil
}
