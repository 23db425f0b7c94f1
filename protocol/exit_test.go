package protocol

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// The identifier separates exits from batches: no shape can have it.
func TestExitID(t *testing.T) {
	if TagExit == TagCircuit {
		t.Fatal("exit and batch circuits share a tag")
	}
	id := ExitID()
	for _, s := range []Shape{{}, testShape, {Openings: TreeDepth}} {
		if s.ID() == id {
			t.Errorf("shape %q has the exit circuit's identifier", s.Name)
		}
	}
}

// Bytes and vector say the same, and y is the vector's polynomial at z.
func TestEscapeStatement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := Escape{
			Commitment: testElement(rapid.String().Draw(t, "commitment")),
			Owner:      Owner(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "owner")),
			Token:      Token(rapid.Uint32().Draw(t, "token")),
			Index:      Index(rapid.Uint32().Draw(t, "index")),
		}
		e.Balance.SetBytes(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "balance"))

		v, err := e.Vector()
		if err != nil {
			t.Fatal(err)
		}
		commitment, middle, balance := v[0].Bytes(), v[1].Bytes(), v[2].Bytes()
		if middle[0]|middle[1]|middle[2]|middle[3] != 0 {
			t.Fatalf("the middle element %x has more than 28 bytes", middle)
		}
		want := bytes.Join([][]byte{commitment[:], middle[4:], balance[16:]}, nil)
		if got := e.Bytes(); !bytes.Equal(got[:], want) {
			t.Fatalf("bytes %x, vector %x", got, want)
		}

		verifier := [20]byte{9}
		s, err := e.Statement(verifier)
		if err != nil {
			t.Fatal(err)
		}
		y := v[2]
		y.Mul(&y, &s.Z).Add(&y, &v[1]).Mul(&y, &s.Z).Add(&y, &v[0])
		if s.Y != y || s.D != Chain(ExitID(), v[:]) {
			t.Fatalf("statement %+v", s)
		}
		for what, change := range map[string]func(*Escape){
			"commitment": func(e *Escape) { e.Commitment.Double(&e.Commitment).Add(&e.Commitment, &v[0]) },
			"owner":      func(e *Escape) { e.Owner[0] ^= 1 },
			"token":      func(e *Escape) { e.Token++ },
			"index":      func(e *Escape) { e.Index++ },
			"balance":    func(e *Escape) { e.Balance[0] ^= 1 },
		} {
			other := e
			change(&other)
			if what == "commitment" && other.Commitment == e.Commitment { // 3·0 = 0
				continue
			}
			if got, err := other.Statement(verifier); err != nil || got.D == s.D || got.Z == s.Z {
				t.Fatalf("another %s has the same digest or challenge (%v)", what, err)
			}
		}
		if got, err := e.Statement([20]byte{8}); err != nil || got.D != s.D || got.Z == s.Z {
			t.Fatalf("another verifier: %+v, %v", got, err)
		}
	})
}

func TestEscapeWidth(t *testing.T) {
	e := Escape{Balance: underLimit(0)}
	if _, err := e.Vector(); !errors.Is(err, ErrWidth) {
		t.Errorf("a balance of 2^128: got %v, want %v", err, ErrWidth)
	}
	if _, err := e.Statement([20]byte{}); !errors.Is(err, ErrWidth) {
		t.Errorf("a balance of 2^128: got %v, want %v", err, ErrWidth)
	}
}

func TestVectorsEscape(t *testing.T) {
	var escapes []object
	for _, e := range []Escape{
		{},
		{Commitment: testElement("state"), Owner: Owner{1, 19: 2}, Token: 0x03040506, Index: 0x0708090a, Balance: amountOf(1_000_000)},
		{Commitment: testElement("state"), Owner: Owner(bytes.Repeat([]byte{0xff}, 20)), Token: 1<<32 - 1, Index: 1<<32 - 1, Balance: underLimit(1)},
	} {
		v, err := e.Vector()
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.Statement(testVerifier)
		if err != nil {
			t.Fatal(err)
		}
		published := e.Bytes()
		escapes = append(escapes, object{
			"commitment": hexElement(e.Commitment), "owner": hexOf(e.Owner[:]), "token": e.Token, "index": e.Index,
			"balance": e.Balance.Dec(), "bytes": hexOf(published[:]), "vector": hexElements(v[:]),
			"d": hexElement(s.D), "z": hexElement(s.Z), "y": hexElement(s.Y),
		})
	}
	vectorFile(t, "escape.json", object{
		"exitID": hexElement(ExitID()), "tag": hexElement(TagExit), "verifier": hexOf(testVerifier[:]), "escapes": escapes,
	})
}
