package wire

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/quirezk/quire/protocol"
)

// fuzzDecode holds Decode to its word for one type: it does not panic; an error is
// a FieldError, short and in UTF-8; what it accepts is written and read as the same.
func fuzzDecode[T any](f *testing.F, seeds ...string) {
	for _, s := range append(seeds, ``, `null`, `{}`, `[]`, `0`, `"x"`, `{"a":{"b":[1,2]}}`, `[[[[[[`, `{"from":1,"from":2}`, "\xff") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v T
		if err := Decode(data, &v); err != nil {
			var field *FieldError
			if !errors.As(err, &field) || len(err.Error()) > 1000 || !utf8.ValidString(err.Error()) {
				t.Fatalf("error %q", err)
			}
			return
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var again T
		if err := Decode(text, &again); err != nil {
			t.Fatalf("%s was read and written as %s, and then: %v", data, text, err)
		}
		if second, err := json.Marshal(again); err != nil || string(second) != string(text) {
			t.Fatalf("%s was written as %s, then as %s (%v)", data, text, second, err)
		}
	})
}

func FuzzSignedTransfer(f *testing.F) {
	s := signed(f)
	text, err := json.Marshal(NewSignedTransfer(&s))
	if err != nil {
		f.Fatal(err)
	}
	fuzzDecode[SignedTransfer](f, string(text))
}

func FuzzOpenRequest(f *testing.F) {
	s := signed(f)
	text, err := json.Marshal(OpenRequest{Key: NewKey(s.Signature.R), Owner: Address{1}, Token: 2})
	if err != nil {
		f.Fatal(err)
	}
	fuzzDecode[OpenRequest](f, string(text))
}

func FuzzAccountQuery(f *testing.F) {
	fuzzDecode[AccountQuery](f, `{"owner":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed","after":4,"limit":10}`)
}

func FuzzTransferQuery(f *testing.F) {
	fuzzDecode[TransferQuery](f, `{"account":4,"before":9,"limit":10}`, `{"batch":4}`)
}

func FuzzBatchQuery(f *testing.F) { fuzzDecode[BatchQuery](f, `{"before":9,"limit":10}`) }

func FuzzHash(f *testing.F) {
	fuzzDecode[Hash](f, `"0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0F"`)
}

func FuzzIndex(f *testing.F) { fuzzDecode[protocol.Index](f, `4294967295`, `4294967296`, `1.0`) }

func FuzzState(f *testing.F) { fuzzDecode[State](f, `"pending"`) }
