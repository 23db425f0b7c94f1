package prover

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/debug"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/frontend/cs/scs"
)

var bg = context.Background()

func TestNewCircuitRefusesOtherForms(t *testing.T) {
	sparse, err := frontend.Compile(ecc.BN254.ScalarField(), scs.NewBuilder, &toy{})
	if err != nil {
		t.Fatal(err)
	}
	otherCurve, err := frontend.Compile(ecc.BLS12_381.ScalarField(), r1cs.NewBuilder, &toy{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		ccs  constraint.ConstraintSystem
		want string
	}{
		{"plonk", sparse, "want an R1CS"},
		{"other curve", otherCurve, "BN254"},
		{"no commitment", compile(t, &uncommitted{}), "exactly 1 BSB22 commitment, got 0"},
		{"two commitments", compile(t, &twice{}), "exactly 1 BSB22 commitment, got 2"},
		{"four public inputs", compile(t, &fourPublic{}), "3 public inputs, got 4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := NewCircuit(toyDesign, tc.ccs)
			if !errors.Is(err, ErrCircuitForm) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want ErrCircuitForm with %q", err, tc.want)
			}
		})
	}
}

const digestChild = "QUIRE_TEST_PRINT_DIGEST"

// TestDigestIsTheSameInAnotherProcess compiles the circuit again in processes of
// their own, where maps iterate in another order and addresses differ.
func TestDigestIsTheSameInAnotherProcess(t *testing.T) {
	digest := toyCircuit(t).Digest()
	if os.Getenv(digestChild) != "" {
		os.Stdout.WriteString("digest=" + digest.String() + "\n")
		return
	}
	for range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDigestIsTheSameInAnotherProcess$")
		cmd.Env = append(os.Environ(), digestChild+"=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), "digest="+digest.String()+"\n") {
			t.Fatalf("digest here %s, in another process:\n%s", digest, out)
		}
	}
}

// TestDigestIgnoresSourcePlaces: with the build tag debug, gnark keeps names of
// files and lines of the machine that compiled. They must not reach the digest,
// and leaving them out must not change what the caller holds.
func TestDigestIgnoresSourcePlaces(t *testing.T) {
	plain := toyCircuit(t)
	ccs := compileToy(t, 10)
	system := ccs.(*csbn254.R1CS)
	system.SymbolTable.Functions = []debug.Function{{Name: "Define", Filename: "/home/someone/circuit.go"}}
	system.SymbolTable.Locations = []debug.Location{{FunctionID: 0, Line: 7}}
	system.DebugInfo = []constraint.LogEntry{{Format: "at %s", Stack: []int{0}}}
	system.Logs = []constraint.LogEntry{{Caller: "/home/someone/circuit.go:8", Format: "x"}}
	system.MDebug = map[int]int{0: 0}
	c, err := NewCircuit(toyDesign, ccs)
	if err != nil {
		t.Fatal(err)
	}
	if c.Digest() != plain.Digest() {
		t.Fatal("the digest depends on where the source lies")
	}
	if len(system.SymbolTable.Locations) != 1 || len(system.DebugInfo) != 1 || len(system.Logs) != 1 || len(system.MDebug) != 1 {
		t.Fatal("NewCircuit changed its argument")
	}
}

func TestDigestDependsOnTheCircuit(t *testing.T) {
	a := toyCircuit(t)
	b, err := NewCircuit(toyDesign, compileToy(t, 11))
	if err != nil {
		t.Fatal(err)
	}
	if a.Digest() == b.Digest() {
		t.Fatal("two circuits share a digest")
	}
}

func TestCircuitSurvivesSerialization(t *testing.T) {
	c := toyCircuit(t)
	var first, second bytes.Buffer
	if _, err := c.WriteTo(&first); err != nil {
		t.Fatal(err)
	}
	back, err := readCircuit(bytes.NewReader(first.Bytes()), toyDesign, c.Digest())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := back.WriteTo(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatal("a constraint system changes when it is read and written")
	}
	if back.Constraints() != c.Constraints() || back.Wires() != c.Wires() || back.NonZeros() != c.NonZeros() {
		t.Fatal("a constraint system has other sizes after it was read")
	}
}

func TestDigestText(t *testing.T) {
	d := toyCircuit(t).Digest()
	if back, err := ParseDigest(d.String()); err != nil || back != d {
		t.Fatalf("got %v, %v", back, err)
	}
	for _, bad := range []string{"", "00", d.String() + "00", strings.Repeat("g", 64), strings.Repeat("A", 64), "0x" + d.String()[2:]} {
		if _, err := ParseDigest(bad); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}
