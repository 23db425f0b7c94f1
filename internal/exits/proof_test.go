package exits

import (
	"bytes"
	"testing"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
)

// FuzzParseEscape: what is read is written the same.
func FuzzParseEscape(f *testing.F) {
	e := protocol.Escape{Owner: protocol.Owner{1, 19: 2}, Token: 3, Index: 4, Balance: *uint256.NewInt(5)}
	e.Commitment.SetUint64(6)
	seed := e.Bytes()
	f.Add(seed[:])
	f.Add(seed[:75])
	f.Add(bytes.Repeat([]byte{0xff}, protocol.EscapeBytes))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEscape(data)
		if err != nil {
			return
		}
		if again := e.Bytes(); !bytes.Equal(again[:], data) {
			t.Errorf("read %x, written %x", data, again)
		}
		if _, err := e.Statement([20]byte{}); err != nil {
			t.Error(err)
		}
	})
}
