package signature

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/circuits/internal/malice"
	"github.com/quirezk/quire/protocol"
)

// forge runs one attack twice: against the circuit, which must reject it, and
// against the circuit without the one check that stops it, which must accept.
func forge(t *testing.T, rows int, omit omissions, attack func(sys *malice.System) *malice.Report) {
	t.Helper()
	if r := attack(system(t, rows, omissions{})); r.Satisfied() {
		t.Error("the forgery is accepted")
	}
	if r := attack(system(t, rows, omit)); !r.Satisfied() {
		t.Errorf("rejected without the check too, so this is no test of it: %v", r)
	}
}

// TestOffCurve has R or A off the curve. No forgery is known for these, since no
// division of the circuit is unchecked; the check is what the proof rests on. It
// must be the one thing that fails besides the sum.
func TestOffCurve(t *testing.T) {
	point := func(x, y uint64) protocol.Point {
		p := protocol.Point{X: fr.NewElement(x), Y: fr.NewElement(y)}
		if protocol.OnCurve(p) {
			t.Fatalf("(%d, %d) is on the curve", x, y)
		}
		return p
	}
	for _, p := range []protocol.Point{point(3, 5), point(1, 1000), point(7, 2)} {
		for _, role := range []string{"R", "A"} {
			t.Run(fmt.Sprintf("%s = (%s, %s)", role, p.X.String(), p.Y.String()), func(t *testing.T) {
				batch := slots(11, 1)
				if role == "R" {
					batch[0].r = p
				} else {
					batch[0].a = p
				}
				a := assignment(batch, 1, aggregate(t, batch, 1))
				with := run(t, system(t, 1, omissions{}), a)
				without := run(t, system(t, 1, omissions{onCurve: true}), a)
				const sum = 2 // x = 0 and y = 1
				if len(with.Violations) != sum+1 || len(without.Violations) != sum {
					t.Errorf("%d violations, %d without the check; want %d and %d", len(with.Violations), len(without.Violations), sum+1, sum)
				}
			})
		}
	}
}

// TestZeroPoint has R = (0, 0), with which gnark's own gadget is forged: no
// choice of a free quotient helps here, since there is none.
func TestZeroPoint(t *testing.T) {
	batch := slots(11, 1)
	batch[0].r = protocol.Point{}
	batch[0].a = unknownKey(t)
	for _, omit := range []omissions{{}, {onCurve: true}} {
		r := run(t, system(t, 1, omit), assignment(batch, 1, big.NewInt(5)))
		if r.Satisfied() {
			t.Errorf("%+v: accepted", omit)
		}
		if len(r.Free) != 0 {
			t.Errorf("%+v: free quotients %v", omit, r.Free)
		}
	}
}

// unknownKey is a point of the prime-order subgroup whose logarithm nobody knows.
func unknownKey(t *testing.T) protocol.Point {
	t.Helper()
	for y := byte(2); ; y++ {
		if p, err := protocol.DecompressPoint([32]byte{y}); err == nil {
			return multiple(p, big.NewInt(8))
		}
	}
}

// TestForgeryLowOrder has one of the eight torsion points for a key, under which
// everybody can sign, or for R, which gives the key away: 8·(S·B − h·A) = O.
func TestForgeryLowOrder(t *testing.T) {
	for i, p := range torsion(t) {
		for _, role := range []string{"A", "R"} {
			t.Run(fmt.Sprintf("%s is torsion point %d", role, i), func(t *testing.T) {
				batch := slots(12, 2)
				b := &batch[0]
				if role == "A" {
					b.a, b.secret = p, new(big.Int)
				} else {
					b.r, b.nonce = p, new(big.Int)
				}
				b.sign()
				a := assignment(batch, 2, aggregate(t, batch, 2))
				if p.X.IsZero() { // the identity and (0, −1) have no Weierstrass form at all
					if run(t, system(t, 2, omissions{}), a).Satisfied() {
						t.Error("the forgery is accepted")
					}
					return
				}
				forge(t, 2, omissions{lowOrder: true}, func(sys *malice.System) *malice.Report { return run(t, sys, a) })
			})
		}
	}
}

// TestForgeryKnownCoefficients forges a signature of a key whose secret nobody
// knows, where the z do not depend on the hashes: the nonce point of a second
// row is made to cancel the first row.
func TestForgeryKnownCoefficients(t *testing.T) {
	order := subgroupOrder()
	forge(t, 2, omissions{transcript: true}, func(sys *malice.System) *malice.Report {
		batch := slots(13, 2)
		victim, own := &batch[0], &batch[1]
		victim.a = unknownKey(t)
		honest := run(t, sys, assignment(slots(13, 2), 2, new(big.Int)))
		z := splitCoefficients(t, honest)
		// z1·R1 + k1·A1 + z2·R2 = t·B, with R2 to be found.
		k := new(big.Int).Mul(z[0], victim.hashInt())
		known := big.NewInt(1234)
		missing := sum(multiple(victim.r, modulo(z[0], order)), multiple(victim.a, modulo(k, order)))
		missing.X.Neg(&missing.X)
		inverse := new(big.Int).ModInverse(modulo(z[1], order), order)
		own.r = multiple(sum(times(known), missing), inverse)
		// s = t + k2·a2.
		s := new(big.Int).Mul(z[1], own.hashInt())
		s.Mul(s, own.secret).Add(s, known)
		return run(t, sys, assignment(batch, 2, modulo(s, order)))
	})
}

// splitCoefficients are the first two z of a run.
func splitCoefficients(t *testing.T, r *malice.Report) (z [2]*big.Int) {
	t.Helper()
	for i := range z {
		digits, err := r.HintOutputs("signature.halfHint", i)
		if err != nil {
			t.Fatal(err)
		}
		z[i] = new(big.Int)
		for j := len(digits) - 1; j >= 0; j-- {
			z[i].Lsh(z[i], uint(zWindow.bits)).Add(z[i], digits[j])
		}
		z[i].Lsh(z[i], 1).Sub(z[i], zWindow.offset())
	}
	return z
}

// halfOf is the half of a word that a z is made of, and fromHalf its inverse.
func halfOf(z *big.Int) *big.Int {
	half := new(big.Int).Add(z, zWindow.offset())
	return half.Rsh(half, 1)
}

func fromHalf(half *big.Int) *big.Int {
	z := new(big.Int).Lsh(half, 1)
	return z.Sub(z, zWindow.offset())
}

// replaceHalf sets the digits of the n-th half of a word to those of a number
// that may have up to 128 bits.
func replaceHalf(n int, value *big.Int) malice.Attack {
	return malice.ReplaceHint("signature.halfHint", n, func(_, outputs []*big.Int) {
		split(value, zWindow.bits, outputs)
	})
}

func modulo(n, m *big.Int) *big.Int { return new(big.Int).Mod(n, m) }

// TestForgeryLowHalf moves 2^127 from the high half of a word to the low one:
// other coefficients from the same transcript.
func TestForgeryLowHalf(t *testing.T) {
	batch := slots(14, 2)
	z := coefficients(batch, 2)
	lo, hi := halfOf(z[0]), halfOf(z[1])
	lo.Add(lo, pow2(halfBits))
	hi.Sub(hi, big.NewInt(1))
	s := new(big.Int).Mul(fromHalf(lo), batch[0].s)
	s.Add(s, new(big.Int).Mul(fromHalf(hi), batch[1].s))
	a := assignment(batch, 2, modulo(s, subgroupOrder()))
	forge(t, 2, omissions{lowHalf: true}, func(sys *malice.System) *malice.Report {
		return run(t, sys, a, replaceHalf(0, lo), replaceHalf(1, hi))
	})
}

// TestForgerySecondSplitOfCoefficients splits word + r for a transcript word: two
// 127-bit halves as well, for every third word. With a free choice among two
// splits for each of many words, a subset sum forges every row.
func TestForgerySecondSplitOfCoefficients(t *testing.T) {
	for seed := int64(0); ; seed++ {
		batch := slots(seed, 2)
		z := coefficients(batch, 2)
		word := new(big.Int).Lsh(halfOf(z[1]), halfBits)
		word.Add(word, halfOf(z[0])).Add(word, fr.Modulus())
		if word.BitLen() > 2*halfBits {
			continue
		}
		lo := new(big.Int).Sub(pow2(halfBits), big.NewInt(1))
		lo.And(lo, word)
		hi := new(big.Int).Rsh(word, halfBits)
		s := new(big.Int).Mul(fromHalf(lo), batch[0].s)
		s.Add(s, new(big.Int).Mul(fromHalf(hi), batch[1].s))
		a := assignment(batch, 2, modulo(s, subgroupOrder()))
		forge(t, 2, omissions{coefficientSplit: true}, func(sys *malice.System) *malice.Report {
			return run(t, sys, a, replaceHalf(0, lo), replaceHalf(1, hi))
		})
		return
	}
}

// TestForgerySecondSplitOfHash signs h + r in place of h.
func TestForgerySecondSplitOfHash(t *testing.T) {
	batch := slots(15, 1)
	b := &batch[0]
	wide := b.hashInt()
	wide.Add(wide, fr.Modulus())
	b.s = new(big.Int).Mul(wide, b.secret)
	b.s.Add(b.s, b.nonce).Mod(b.s, subgroupOrder())
	z := coefficients(batch, 1)[0]
	a := assignment(batch, 1, aggregate(t, batch, 1))
	forge(t, 1, omissions{hashSplit: true}, func(sys *malice.System) *malice.Report {
		return run(t, sys, a,
			malice.ReplaceHint("signature.hashLimbsHint", 0, func(_, outputs []*big.Int) {
				split(wide, limbBits, outputs[:2])
				outputs[2].Rsh(wide, lowBits)
			}),
			replaceQuotient(0, func(q, k *big.Int) {
				divideOdd(q, k, new(big.Int).Mul(z, wide))
			}))
	})
}

// divideOdd sets q and an odd k with n = q·ℓ + k and −ℓ < k < ℓ.
func divideOdd(q, k, n *big.Int) {
	q.DivMod(n, subgroupOrder(), k)
	if k.Bit(0) == 0 {
		q.Add(q, big.NewInt(1))
		k.Sub(k, subgroupOrder())
	}
}

// TestForgeryOfKeyScalar has a k that is not z·h modulo ℓ, but satisfies one of
// the two congruences that make up the identity over the integers.
func TestForgeryOfKeyScalar(t *testing.T) {
	for _, tc := range []struct {
		name   string
		omit   omissions
		change func(q, k *big.Int)
	}{
		{"modulo r alone", omissions{identityLow: true}, func(q, k *big.Int) {
			// −2ℓ, and whatever multiple of r makes it representable and odd.
			q.Add(q, big.NewInt(2))
			k.Sub(k, subgroupOrder()).Sub(k, subgroupOrder())
			k.Add(k, fr.Modulus()).Add(k, fr.Modulus())
		}},
		{"modulo 2^144 alone", omissions{identityModR: true}, func(_, k *big.Int) {
			k.Add(k, pow2(150)) // beyond the digits that the low limbs hold
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			batch := slots(16, 1)
			b := &batch[0]
			z := coefficients(batch, 1)[0]
			q, k := new(big.Int), new(big.Int)
			product := new(big.Int).Mul(z, b.hashInt())
			divideOdd(q, k, product)
			tc.change(q, k)
			if new(big.Int).Mod(new(big.Int).Sub(product, k), subgroupOrder()).Sign() == 0 {
				t.Fatal("k is z·h modulo ℓ")
			}
			s := new(big.Int).Mul(z, b.nonce)
			s.Add(s, new(big.Int).Mul(k, b.secret))
			a := assignment(batch, 1, modulo(s, subgroupOrder()))
			forge(t, 1, tc.omit, func(sys *malice.System) *malice.Report {
				return run(t, sys, a, replaceQuotient(0, func(q, k *big.Int) { tc.change(q, k) }))
			})
		})
	}
}

// TestForgeryDigitOfNextTable takes 16 for a digit of z that is 0, and lowers the
// next digit by 1: the same z, but what the table of R has at 16 is, where table
// and digit are packed into one column, the first entry of the table of A.
func TestForgeryDigitOfNextTable(t *testing.T) {
	first := big.NewInt(int64(1 - kWindow.entries())) // entry 0 of the table of A is first·A
	for seed := int64(0); ; seed++ {
		batch := slots(seed, 1)
		b := &batch[0]
		z := coefficients(batch, 1)[0]
		digits := make([]*big.Int, zWindow.count)
		for i := range digits {
			digits[i] = new(big.Int)
		}
		split(halfOf(z), zWindow.bits, digits)
		at := 0
		for at < len(digits)-1 && (digits[at].Sign() != 0 || digits[at+1].Sign() == 0) {
			at++
		}
		if at == len(digits)-1 {
			continue // no digit 0 with another one above it
		}
		// first·A in place of −15·R, and 2·R less at the next digit.
		change := new(big.Int).Mul(first, b.secret)
		change.Add(change, new(big.Int).Mul(big.NewInt(int64(zWindow.entries()-1-2*zWindow.entries())), b.nonce))
		change.Lsh(change, uint(zWindow.bits*at))
		s := aggregate(t, batch, 1)
		a := assignment(batch, 1, modulo(s.Add(s, change), subgroupOrder()))
		entry := multiple(b.a, first)
		e := fromEdwards(entry.X, entry.Y)
		forge(t, 1, omissions{tableColumn: true}, func(sys *malice.System) *malice.Report {
			return run(t, sys, a,
				malice.ReplaceHint("signature.halfHint", 0, func(_, outputs []*big.Int) {
					outputs[at].SetInt64(int64(zWindow.entries()))
					outputs[at+1].Sub(outputs[at+1], big.NewInt(1))
				}),
				malice.ReplaceHint("signature.lookUpHint", 0, func(inputs, outputs []*big.Int) {
					inputs[1+zWindow.entries()+at].SetInt64(0)
					if err := lookUpHint(fr.Modulus(), inputs, outputs); err != nil {
						t.Fatal(err)
					}
					e.write(outputs[2*at : 2*at+2])
				}),
				malice.ReplaceHint("signature.countHint", 0, func(inputs, outputs []*big.Int) {
					inputs[at].SetInt64(0)
					if err := countHint(fr.Modulus(), inputs, outputs); err != nil {
						t.Fatal(err)
					}
					outputs[0].Sub(outputs[0], big.NewInt(1)) // the one that is not looked up here
				}),
				malice.ReplaceHint("signature.countHint", 1, func(_, outputs []*big.Int) {
					outputs[0].Add(outputs[0], big.NewInt(1))
				}))
		})
		return
	}
}
