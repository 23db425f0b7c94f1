package batch_test

import (
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/circuits/internal/malice"
	"github.com/quirezk/quire/protocol"
)

// TestOneCommitment: the verifier contract and the multiset argument want one.
func TestOneCommitment(t *testing.T) {
	_, sys := tiny(t)
	if n := sys.Commitments(); n != 1 {
		t.Errorf("%d commitments", n)
	}
}

// TestWiresOfSumsAreCommitted: whatever meets the challenge, or something made
// of it, in a constraint is committed, or made of it too. A wire of a sum that
// were not could be chosen with the challenge known.
func TestWiresOfSumsAreCommitted(t *testing.T) {
	_, sys := tiny(t)
	committed := sys.Committed()
	for wire := 1; wire <= batch.PublicInputs; wire++ {
		if committed[wire] {
			t.Errorf("public input %d is committed, though no sum has it", wire)
		}
	}
	late := sys.Late()
	for _, wire := range late.Uncommitted {
		t.Errorf("wire %d meets the challenge and is not committed", wire)
	}
	if late.Constraints < 1000 || late.Wires < 1000 {
		t.Errorf("%d constraints with %d wires meet the challenge: the test does not see the sums", late.Constraints, late.Wires)
	}
}

// TestMutatedHints sets hint outputs of an honest run to other values, one at a
// time: some constraint must notice each. The run is the example batch's, and in
// the long tests those of random batches, too.
func TestMutatedHints(t *testing.T) {
	t.Parallel()
	honest, err := honestRun()
	if err != nil {
		t.Fatal(err)
	}
	sweep(t, honest)
	for seed := range uint64(sweptBatches) {
		g := newGenerator(1_000_000 + seed)
		for {
			report := solve(t, newProver(t, g.world).prove(g.batch()))
			if report.Satisfied() {
				sweep(t, report)
				break
			}
		}
	}
}

func sweep(t *testing.T, honest *malice.Report) {
	t.Helper()
	result, err := honest.MutateEach(malice.Sweep{Sample: hintOutputs, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d outputs, %d mutations, %d unnoticed", result.Outputs, result.Mutations, len(result.Unnoticed))
	for _, u := range result.Unnoticed {
		// The inverse of 0 in gnark's test for zero: any value does.
		if !u.Inert() || !strings.HasSuffix(u.Call.Hint, "/solver.InvZeroHint") {
			t.Error(u)
		}
	}
}

// TestFreeQuotients: no quotient of an honest run is free, and the forgery that
// free quotients of R = (0,0) allow under gnark's own EdDSA gadget finds none.
func TestFreeQuotients(t *testing.T) {
	honest, err := honestRun()
	if err != nil {
		t.Fatal(err)
	}
	if len(honest.Free) != 0 {
		t.Errorf("free wires in an honest run: %v", honest.Free)
	}
	w, b := example()
	b.Transfers[0].Signature.R = protocol.Point{}
	minusOne := fr.NewElement(1)
	minusOne.Neg(&minusOne)
	var root fr.Element
	if root.Sqrt(&minusOne) == nil {
		t.Fatal("−1 has no square root")
	}
	c := newProver(t, w).prove(b)
	for name, choose := range map[string]func(malice.FreeWire, malice.Wires) any{
		"0":               func(malice.FreeWire, malice.Wires) any { return 0 },
		"1":               func(malice.FreeWire, malice.Wires) any { return 1 },
		"√−1, then 0":     func(f malice.FreeWire, _ malice.Wires) any { return map[bool]any{true: root, false: 0}[f.N == 0] },
		"0 and 1 by turn": func(f malice.FreeWire, _ malice.Wires) any { return f.N % 2 },
	} {
		report, err := honest.Attack(malice.Assignment(c), malice.FreeQuotients(choose))
		if err != nil {
			t.Fatal(err)
		}
		if report.Satisfied() {
			t.Errorf("R = (0,0) is accepted with free quotients %s", name)
		}
	}
}
