package receipt

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Signed is a receipt with its signature. Its JSON is what the node's API answers:
//
//	{"id":"0x…","seq":1,"batch":1,"time":1700000000000,"signature":"0x…"}
type Signed struct {
	Receipt
	Signature Signature
}

// Verify is [Verify] of the receipt and its signature.
func (s *Signed) Verify(d Domain, operator common.Address) error {
	return Verify(d, s.Receipt, s.Signature, operator)
}

// signedJSON has pointers to see what is missing.
type signedJSON struct {
	ID        *common.Hash   `json:"id"`
	Seq       *uint64        `json:"seq"`
	Batch     *uint32        `json:"batch"`
	Time      *uint64        `json:"time"`
	Signature *hexutil.Bytes `json:"signature"`
}

// MarshalJSON implements json.Marshaler.
func (s Signed) MarshalJSON() ([]byte, error) {
	id, sig := common.Hash(s.Transfer), hexutil.Bytes(s.Signature[:])
	return json.Marshal(signedJSON{&id, &s.Sequence, &s.Batch, &s.Time, &sig})
}

// UnmarshalJSON implements json.Unmarshaler. Every member must be there, and no
// other; the signature must be well-formed, and is not verified.
func (s *Signed) UnmarshalJSON(data []byte) error {
	var parts signedJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&parts); err != nil {
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if parts.ID == nil || parts.Seq == nil || parts.Batch == nil || parts.Time == nil || parts.Signature == nil {
		return fmt.Errorf("%w: it has to have id, seq, batch, time and signature", ErrEncoding)
	}
	sig, err := ParseSignature(*parts.Signature)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	*s = Signed{Receipt{*parts.ID, *parts.Seq, *parts.Batch, *parts.Time}, sig}
	return nil
}
