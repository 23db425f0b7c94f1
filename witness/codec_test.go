package witness_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol/workload"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// sealTiny seals a full batch of the smallest shape.
func sealTiny(tb testing.TB) *witness.Sealed {
	tb.Helper()
	shape, err := circuits.ShapeByName("tiny")
	if err != nil {
		tb.Fatal(err)
	}
	w, err := workload.Generate(workload.Config{
		Seed: 5, Transfers: 4, Distribution: workload.Uniform, Accounts: 4, IndexBits: 6, Withdrawals: 1,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tree := statetree.OpenMemory()
	tb.Cleanup(func() {
		if err := tree.Close(); err != nil {
			tb.Error(err)
		}
	})
	var updates []statetree.Update
	for i, a := range w.State.All() {
		updates = append(updates, statetree.Update{Index: i, Account: a})
	}
	if _, err := tree.Load(tb.Context(), w.BatchNumber, updates, nil); err != nil {
		tb.Fatal(err)
	}
	snapshot, err := tree.Snapshot()
	if err != nil {
		tb.Fatal(err)
	}
	sealed, err := witness.Seal(witness.FromSnapshot(snapshot), shape, w.Fill(shape))
	if err := errors.Join(err, snapshot.Close()); err != nil {
		tb.Fatal(err)
	}
	return sealed
}

// TestSealedIsAValue: an encoded and decoded batch builds the same witness, with
// the state gone.
func TestSealedIsAValue(t *testing.T) {
	sealed := sealTiny(t)
	data, err := sealed.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var decoded witness.Sealed
	if err := decoded.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sealed, &decoded); d != "" {
		t.Fatalf("decoded differs:\n%s", d)
	}
	want, err := witness.Build(sealed, [20]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	got, err := witness.Build(&decoded, [20]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	if got.Statement != want.Statement || got.NewRoot != want.NewRoot {
		t.Error("the decoded batch has another statement")
	}
	wantWitness, err := want.Witness()
	if err != nil {
		t.Fatal(err)
	}
	gotWitness, err := got.Witness()
	if err != nil {
		t.Fatal(err)
	}
	a, err := wantWitness.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	b, err := gotWitness.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the decoded batch has another witness")
	}
}

func TestSealedRefusesDamage(t *testing.T) {
	data, err := sealTiny(t).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(data) {
		if n > 400 && n%97 != 0 {
			continue
		}
		if err := new(witness.Sealed).UnmarshalBinary(data[:n]); !errors.Is(err, witness.ErrSealedFormat) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if err := new(witness.Sealed).UnmarshalBinary(append(bytes.Clone(data), 0)); !errors.Is(err, witness.ErrSealedFormat) {
		t.Errorf("a byte too many: %v", err)
	}
	// A flipped bit is refused by the decoder, by Build, or is another batch:
	// never the same statement.
	want, err := witness.Build(sealTiny(t), [20]byte{})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(data); i += 61 {
		flipped := bytes.Clone(data)
		flipped[i] ^= 1
		var s witness.Sealed
		if s.UnmarshalBinary(flipped) != nil {
			continue
		}
		if b, err := witness.Build(&s, [20]byte{}); err == nil && b.Statement == want.Statement && s.Shape.Name == "tiny" {
			t.Errorf("byte %d flipped: the same statement", i)
		}
	}
}

func FuzzSealed(f *testing.F) {
	data, err := sealTiny(f).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("quire/sealed/1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s witness.Sealed
		if s.UnmarshalBinary(data) != nil {
			return
		}
		again, err := s.MarshalBinary()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("accepted bytes that encode differently: %v", err)
		}
	})
}
