package prover

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
)

func TestProofFileRoundTrip(t *testing.T) {
	p := toyProof(t, 5)
	encoded, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeProof(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Fatalf("a proof changes in its file:\n%s", diff)
	}
	if err := toyKeys(t).verify.Verify(back); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, encoded); err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeProof(compact.Bytes()); err != nil {
		t.Fatalf("white space must be free: %v", err)
	}
}

func TestProofFileRoundTripRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Proof{Shape: rapid.StringMatching(`[a-z][a-z0-9-]{0,15}`).Draw(t, "shape")}
		copy(p.Circuit[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "circuit"))
		copy(p.Verifier[:], rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "verifier"))
		p.Published = append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(t, "published")...)
		for i := range p.Words {
			copy(p.Words[i][:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "word"))
		}
		for _, e := range []*fr.Element{&p.Statement.D, &p.Statement.Z, &p.Statement.Y} {
			e.SetBytes(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "element"))
		}
		encoded, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeProof(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDecodeProofIsStrict(t *testing.T) {
	p := toyProof(t, 5)
	encoded, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	whole := string(encoded)
	d := p.Statement.D.Bytes()
	unreduced := new(big.Int).Add(new(big.Int).SetBytes(d[:]), fr.Modulus())
	for _, tc := range []struct{ name, from, to, want string }{
		{"unknown member", `"shape"`, `"colour": 1, "shape"`, "colour"},
		{"other case", `"shape"`, `"Shape"`, "spelling"},
		{"repeated member", `"shape": "toy"`, `"shape": "x", "shape": "toy"`, "once each"},
		{"other format", proofFormat, "something", "format"},
		{"other version", `"version": 1`, `"version": 2`, "version"},
		{"bad shape", `"toy"`, `"../toy"`, "shape"},
		{"short digest", p.Circuit.String(), p.Circuit.String()[2:], "circuit"},
		{"verifier without 0x", `"verifier": "0x`, `"verifier": "`, "verifier"},
		{"unreduced input", toHex(d[:]), toHex(unreduced.FillBytes(make([]byte, 32))), "statement.digest"},
		{"capital digits", "0x09", "0X09", "verifier"},
		{"one word less", `"proof": [` + "\n" + `    "` + toHex(p.Words[0][:]) + `",`, `"proof": [`, "12 words"},
		{"half a byte", `"published": "0x010203"`, `"published": "0x01020"`, "published"},
		{"no digits", `"published": "0x010203"`, `"published": "0x01zz03"`, "published"},
		{"empty string", `"published": "0x010203"`, `"published": ""`, "published"},
		{"number for a string", `"toy"`, `7`, "line 4, column 12: shape: want a string, found number"},
		{"number for an object", `"statement": {`, `"statement": 1, "x": {`, "statement: want an object, found number"},
		{"array for a string", `"0x010203"`, `[]`, "published: want a string, found array"},
		{"no JSON", `"shape"`, `shape`, "line 4, column 3: invalid character"},
		{"trailing data", "\n}\n", "\n}\n1", "line 28, column 1: invalid character '1' after"},
		{"cut", "\n}\n", "\n", "line 26, column 26: unexpected end"},
	} {
		changed := strings.Replace(whole, tc.from, tc.to, 1)
		if changed == whole {
			t.Errorf("%s: the test changes nothing", tc.name)
		}
		_, err := DecodeProof([]byte(changed))
		if !errors.Is(err, ErrProofFormat) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want ErrProofFormat with %q", tc.name, err, tc.want)
		}
	}
	for _, bad := range []string{"", "null", "[]", "1", "\x00"} {
		if _, err := DecodeProof([]byte(bad)); !errors.Is(err, ErrProofFormat) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	if _, err := DecodeProof(make([]byte, maxProofFile+1)); !errors.Is(err, ErrProofFormat) {
		t.Errorf("too long: got %v", err)
	}
	p.Published = make([]byte, MaxPublished+1)
	if _, err := p.Encode(); !errors.Is(err, ErrProofFormat) {
		t.Errorf("too much published: got %v", err)
	}
	p.Published = p.Published[:MaxPublished]
	if encoded, err = p.Encode(); err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeProof(encoded); err != nil {
		t.Errorf("the longest proof is refused: %v", err)
	}
}

func FuzzDecodeProof(f *testing.F) {
	p := toyProof(f, 5)
	seed, err := p.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"format":"quire-proof","version":1}`))
	vk := toyKeys(f).verify
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := DecodeProof(data)
		if err != nil {
			if !errors.Is(err, ErrProofFormat) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		encoded, err := got.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeProof(encoded)
		if err != nil {
			t.Fatalf("a proof that was accepted is refused when written again: %v", err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatal(diff)
		}
		if vk.Verify(got) == nil && (got.Statement != p.Statement || got.Words != p.Words) {
			t.Fatal("another proof or statement verifies")
		}
	})
}
