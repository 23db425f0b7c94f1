package signature

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	gcs "github.com/consensys/gnark/frontend/cs"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/circuits/internal/malice"
	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
	"github.com/quirezk/quire/protocol"
)

// TestHonestBatches solves valid batches: around the eight coefficients of one
// permutation, the seven hashes of one chain step, and with padding.
func TestHonestBatches(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 8, 9, 15} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			batch := slots(int64(n), n)
			r := run(t, system(t, n, omissions{}), assignment(batch, n-n/3, aggregate(t, batch, n-n/3)))
			if !r.Satisfied() || len(r.Free) != 0 || len(r.HintErrors) != 0 {
				t.Errorf("%v; free wires %v; hint errors %v", r, r.Free, r.HintErrors)
			}
		})
	}
}

// anyChallenge stands for the commitment, where nobody tries to cheat.
var anyChallenge = solver.OverrideHint(solver.GetHintID(gcs.Bsb22CommitmentComputePlaceholder),
	func(_ *big.Int, _, outputs []*big.Int) error {
		outputs[0].SetInt64(4242)
		return nil
	})

// TestGnarkSolves has gnark's own solver solve a batch.
func TestGnarkSolves(t *testing.T) {
	batch := slots(1, 2)
	w, err := frontend.NewWitness(assignment(batch, 2, aggregate(t, batch, 2)), ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	if err := compile(t, 2, omissions{}).IsSolved(w, anyChallenge); err != nil {
		t.Error(err)
	}
}

func TestBatchWithoutRows(t *testing.T) {
	if _, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, new(batchCircuit)); err == nil {
		t.Error("compiles")
	}
}

// TestHonestSolvesAtRandom draws signers, messages and the number of rows in use.
func TestHonestSolvesAtRandom(t *testing.T) {
	sys := system(t, 3, omissions{})
	rapid.Check(t, func(rt *rapid.T) {
		batch := slots(rapid.Int64Range(0, 1<<40).Draw(rt, "seed"), 3)
		count := rapid.IntRange(0, 3).Draw(rt, "count")
		if r := run(t, sys, assignment(batch, count, aggregate(t, batch, count))); !r.Satisfied() {
			rt.Fatal(r)
		}
	})
}

// TestCofactor adds torsion to R and A: both equations have the cofactor in them,
// so such signatures are valid, here and for protocol.Verify.
func TestCofactor(t *testing.T) {
	sys := system(t, 2, omissions{})
	for i, p := range torsion(t) {
		batch := slots(3, 2)
		batch[0].r = sum(batch[0].r, p)
		batch[1].a = sum(batch[1].a, p)
		batch[0].sign()
		batch[1].sign()
		if r := run(t, sys, assignment(batch, 2, aggregate(t, batch, 2))); !r.Satisfied() {
			t.Errorf("torsion point %d: %v", i, r)
		}
	}
}

// TestInvalidBatchesAreRejected spoils one thing of a valid batch each. s is
// what half-aggregation makes of the spoilt batch, unless the case sets it.
func TestInvalidBatchesAreRejected(t *testing.T) {
	one := big.NewInt(1)
	offCurve := protocol.Point{X: fr.NewElement(3), Y: fr.NewElement(5)}
	if protocol.OnCurve(offCurve) {
		t.Fatal("(3, 5) is on the curve")
	}
	cases := []struct {
		name  string
		spoil func(batch []slot, s *big.Int) *big.Int // returns s, nil for the aggregate
	}{
		{"s one above", func(_ []slot, s *big.Int) *big.Int { return s.Add(s, one) }},
		{"s one below", func(_ []slot, s *big.Int) *big.Int { return s.Sub(s, one) }},
		{"s zero", func([]slot, *big.Int) *big.Int { return new(big.Int) }},
		{"s negated", func(_ []slot, s *big.Int) *big.Int { return s.Sub(subgroupOrder(), s) }},
		{"S wrong", func(b []slot, _ *big.Int) *big.Int { b[0].s.Xor(b[0].s, one); return nil }},
		{"errors that cancel in a plain sum", func(b []slot, _ *big.Int) *big.Int {
			b[0].s.Add(b[0].s, one)
			b[1].s.Sub(b[1].s, one)
			return nil
		}},
		{"signatures exchanged", func(b []slot, _ *big.Int) *big.Int { b[0].s, b[1].s = b[1].s, b[0].s; return nil }},
		{"another message", func(b []slot, _ *big.Int) *big.Int { b[1].message[1].SetUint64(7); return nil }},
		{"another rollup", func(b []slot, _ *big.Int) *big.Int { b[1].message[0].SetUint64(7); return nil }},
		{"another validity", func(b []slot, _ *big.Int) *big.Int { b[1].message[2].SetUint64(7); return nil }},
		{"another key", func(b []slot, _ *big.Int) *big.Int { b[0].a = b[1].a; return nil }},
		{"another nonce point", func(b []slot, _ *big.Int) *big.Int { b[0].r = b[1].r; return nil }},
		{"key negated", func(b []slot, _ *big.Int) *big.Int { b[0].a.X.Neg(&b[0].a.X); return nil }},
		{"padding without its scalar", func(b []slot, _ *big.Int) *big.Int { b[2].s.SetInt64(0); return nil }},
		{"R = (0, 0)", func(b []slot, _ *big.Int) *big.Int { b[0].r = protocol.Point{}; return nil }},
		{"A = (0, 0)", func(b []slot, _ *big.Int) *big.Int { b[0].a = protocol.Point{}; return nil }},
		{"R off the curve", func(b []slot, _ *big.Int) *big.Int { b[0].r = offCurve; return nil }},
		{"A off the curve", func(b []slot, _ *big.Int) *big.Int { b[1].a = offCurve; return nil }},
		{"padding off the curve", func(b []slot, _ *big.Int) *big.Int { b[2].r = offCurve; return nil }},
	}
	sys := system(t, 3, omissions{})
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			batch := slots(5, 3)
			s := tc.spoil(batch, aggregate(t, batch, 2))
			if s == nil {
				s = aggregate(t, batch, 2)
			}
			if run(t, sys, assignment(batch, 2, s)).Satisfied() {
				t.Error("accepted")
			}
		})
	}
}

// TestCountIsBound gives the right s for another number of rows in use.
func TestCountIsBound(t *testing.T) {
	batch := slots(6, 2)
	if run(t, system(t, 2, omissions{}), assignment(batch, 1, aggregate(t, batch, 2))).Satisfied() {
		t.Error("accepted")
	}
}

// TestKeyScalarNeedNotBeReduced takes k + 2ℓ for k: the same multiple of a point
// whose 8-fold is all that counts. It is harmless, and so not asserted.
func TestKeyScalarNeedNotBeReduced(t *testing.T) {
	batch := slots(7, 1)
	forged := run(t, system(t, 1, omissions{}), assignment(batch, 1, aggregate(t, batch, 1)),
		replaceQuotient(0, func(q, k *big.Int) {
			q.Sub(q, big.NewInt(2))
			k.Add(k, subgroupOrder()).Add(k, subgroupOrder())
		}))
	if !forged.Satisfied() {
		t.Errorf("rejected: %v", forged)
	}
}

// replaceQuotient changes q and k of a row's quotient hint.
func replaceQuotient(row int, change func(q, k *big.Int)) malice.Attack {
	return malice.ReplaceHint("signature.quotientHint", row, func(_, outputs []*big.Int) {
		q := new(big.Int).Lsh(outputs[1], limbBits)
		q.Add(q, outputs[0]).Sub(q, pow2(quotientBits-1))
		k := new(big.Int)
		for i := len(outputs) - 1; i >= 2; i-- {
			k.Lsh(k, uint(kWindow.bits)).Add(k, outputs[i])
		}
		k.Lsh(k, 1).Sub(k, kWindow.offset())
		change(q, k)
		q.Add(q, pow2(quotientBits-1))
		split(q, limbBits, outputs[:1])
		outputs[1].Rsh(q, limbBits)
		k.Add(k, kWindow.offset())
		split(k.Rsh(k, 1), kWindow.bits, outputs[2:])
	})
}

// TestQuotientLimbsAreCanonical moves 2^72 between the limbs of q: the value is
// the same, the low limb is out of its range.
func TestQuotientLimbsAreCanonical(t *testing.T) {
	batch := slots(8, 1)
	for _, by := range []int64{1, -1} {
		forged := run(t, system(t, 1, omissions{}), assignment(batch, 1, aggregate(t, batch, 1)),
			malice.ReplaceHint("signature.quotientHint", 0, func(_, outputs []*big.Int) {
				outputs[1].Sub(outputs[1], big.NewInt(by))
				outputs[0].Add(outputs[0], new(big.Int).Mul(big.NewInt(by), pow2(limbBits)))
			}))
		if forged.Satisfied() {
			t.Errorf("moved %d: accepted", by)
		}
	}
}
