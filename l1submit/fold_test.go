package l1submit

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/pedersen"
	groth16_bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/quirezk/quire/l1submit/bindings"
)

// The verifier checks its two equations as one, E1·E2^ρ = 1. Here somebody who
// knows every secret of a key, and so the exponent of every point, makes both
// equations false but the product true for a ρ that is foreseen: a constant, or
// a hash that leaves out what is then solved for. Only a ρ that is fixed by
// every word of proof and statement stops that.

// trapdoor is a verifying key's secrets: exponents of its points.
type trapdoor struct {
	alpha, beta, gamma, delta, sigma, g fr.Element
	k                                   [5]fr.Element
}

func newTrapdoor(rng *rand.Rand) (t trapdoor) {
	for _, e := range append([]*fr.Element{&t.alpha, &t.beta, &t.gamma, &t.delta, &t.sigma, &t.g},
		&t.k[0], &t.k[1], &t.k[2], &t.k[3], &t.k[4]) {
		*e = randomElement(rng)
	}
	return t
}

// onG1 and onG2 return the generator's multiple.
func onG1(e fr.Element) (p bn254.G1Affine) {
	return *p.ScalarMultiplicationBase(e.BigInt(new(big.Int)))
}

func onG2(e fr.Element) (p bn254.G2Affine) {
	return *p.ScalarMultiplicationBase(e.BigInt(new(big.Int)))
}

// key returns the verifying key with these secrets.
func (t *trapdoor) key() *groth16_bn254.VerifyingKey {
	key := new(groth16_bn254.VerifyingKey)
	key.G1.Alpha = onG1(t.alpha)
	for _, k := range t.k {
		key.G1.K = append(key.G1.K, onG1(k))
	}
	key.G2.Beta, key.G2.Gamma, key.G2.Delta = onG2(t.beta), onG2(t.gamma), onG2(t.delta)
	var minusSigmaG fr.Element
	minusSigmaG.Mul(&t.sigma, &t.g).Neg(&minusSigmaG)
	key.CommitmentKeys = []pedersen.VerifyingKey{{G: onG2(t.g), GSigmaNeg: onG2(minusSigmaG)}}
	key.PublicAndCommitmentCommitted = [][]int{{}}
	return key
}

// exponents is a proof and its inputs by their exponents.
type exponents struct {
	a, b, c, commitment, knowledge fr.Element
	inputs                         [PublicInputs]fr.Element
}

// statement writes them as the words of a call.
func (e *exponents) statement() (s statement) {
	var proof []byte
	a, b, c := onG1(e.a), onG2(e.b), onG1(e.c)
	commitment, knowledge := onG1(e.commitment), onG1(e.knowledge)
	proof = appendG2(appendG1(proof, &a), &b)
	proof = appendG1(appendG1(appendG1(proof, &c), &commitment), &knowledge)
	for i := range s.proof {
		s.proof[i] = word(proof[32*i:])
	}
	for i := range s.inputs {
		s.inputs[i] = e.inputs[i].Bytes()
	}
	return s
}

// preimage is what the contract hashes to ρ, as docs/contracts.md has it: A, B,
// C; key; commitment, knowledge, D, z, y.
func (e *exponents) preimage(key []byte) []byte {
	s := e.statement()
	var out []byte
	for _, w := range s.proof[:8] {
		out = append(out, w[:]...)
	}
	out = append(out, key...)
	for _, w := range append(s.proof[8:], s.inputs[:]...) {
		out = append(out, w[:]...)
	}
	return out
}

// second returns the exponent of E2: g·(knowledge − σ·commitment).
func (t *trapdoor) second(e *exponents) (x fr.Element) {
	x.Mul(&t.sigma, &e.commitment)
	x.Sub(&e.knowledge, &x)
	x.Mul(&x, &t.g)
	return x
}

// withoutDAndC returns the exponent of E1 without the terms of C and D, and
// with ρ times that of E2: what one of the two has to cancel.
func (t *trapdoor) withoutDAndC(e *exponents, rho fr.Element) (x fr.Element) {
	point := onG1(e.commitment)
	var h, l, term fr.Element
	h.SetBytes(crypto.Keccak256(appendG1(nil, &point)))
	l.Add(&t.k[0], &e.commitment)
	for i, factor := range []fr.Element{e.inputs[1], e.inputs[2], h} {
		term.Mul(&factor, &t.k[2+i])
		l.Add(&l, &term)
	}
	x.Mul(&e.a, &e.b)
	term.Mul(&t.alpha, &t.beta)
	x.Sub(&x, &term)
	term.Mul(&l, &t.gamma)
	x.Sub(&x, &term)
	second := t.second(e)
	term.Mul(&rho, &second)
	x.Add(&x, &term)
	return x
}

// solveC sets C so that E1·E2^ρ = 1; solveD does it with D.
func (t *trapdoor) solveC(e *exponents, rho fr.Element) {
	x := t.withoutDAndC(e, rho)
	var term fr.Element
	term.Mul(&e.inputs[0], &t.k[1]).Mul(&term, &t.gamma)
	x.Sub(&x, &term)
	e.c.Div(&x, &t.delta)
}

func (t *trapdoor) solveD(e *exponents, rho fr.Element) {
	x := t.withoutDAndC(e, rho)
	var term fr.Element
	term.Mul(&e.c, &t.delta)
	x.Sub(&x, &term)
	term.Mul(&t.k[1], &t.gamma)
	e.inputs[0].Div(&x, &term)
}

func TestVerifierFoldIsBoundToEverything(t *testing.T) {
	chain := newDevChain(t, 1)
	rng := rand.New(rand.NewPCG(1, 3))
	trap := newTrapdoor(rng)
	address, _, err := DeployVerifier(t.Context(), chain.Chain, sender(chain, 0), trap.key())
	if err != nil {
		t.Fatal(err)
	}
	key, err := EncodeVerifyingKey(trap.key())
	if err != nil {
		t.Fatal(err)
	}
	draw := func() (e exponents) {
		for _, x := range []*fr.Element{&e.a, &e.b, &e.c, &e.commitment, &e.knowledge, &e.inputs[0], &e.inputs[1], &e.inputs[2]} {
			*x = randomElement(rng)
		}
		return e
	}
	verify := func(e *exponents) error {
		s := e.statement()
		var proof []byte
		for _, w := range s.proof {
			proof = append(proof, w[:]...)
		}
		return VerifyOnChain(t.Context(), chain.Chain, address, proof, e.inputs)
	}

	// The trapdoor is one: with both equations true, the contract accepts.
	honest := draw()
	honest.knowledge.Mul(&trap.sigma, &honest.commitment)
	trap.solveC(&honest, fr.Element{})
	if err := verify(&honest); err != nil {
		t.Fatalf("a proof made from the secrets: %v", err)
	}
	honest = draw()
	honest.knowledge.Mul(&trap.sigma, &honest.commitment)
	trap.solveD(&honest, fr.Element{})
	if err := verify(&honest); err != nil {
		t.Fatalf("an input made from the secrets: %v", err)
	}

	hash := func(data []byte) (rho fr.Element) { rho.SetBytes(crypto.Keccak256(data)); return rho }
	const abc, keyEnd = 0x100, 0x500
	for _, attack := range []struct {
		name  string
		rho   func(e *exponents) fr.Element
		solve func(e *exponents, rho fr.Element)
	}{
		{"rho 0", func(*exponents) fr.Element { return fr.Element{} }, trap.solveC},
		{"rho 1", func(*exponents) fr.Element { return fr.One() }, trap.solveC},
		{"rho of the key", func(*exponents) fr.Element { return hash(key) }, trap.solveC},
		{"A, B and C left out", func(e *exponents) fr.Element { return hash(e.preimage(key)[abc:]) }, trap.solveC},
		{"A, B, C and key left out", func(e *exponents) fr.Element { return hash(e.preimage(key)[keyEnd:]) }, trap.solveC},
		{"C left out", func(e *exponents) fr.Element {
			p := e.preimage(key)
			return hash(append(p[:abc-64:abc-64], p[abc:]...))
		}, trap.solveC},
		{"inputs left out", func(e *exponents) fr.Element { p := e.preimage(key); return hash(p[:len(p)-96]) }, trap.solveD},
		{"knowledge and inputs left out", func(e *exponents) fr.Element { return hash(e.preimage(key)[:keyEnd+64]) }, trap.solveD},
		{"commitment, knowledge and inputs left out", func(e *exponents) fr.Element { return hash(e.preimage(key)[:keyEnd]) }, trap.solveD},
		{"D left out", func(e *exponents) fr.Element {
			p := e.preimage(key)
			return hash(append(p[:len(p)-96:len(p)-96], p[len(p)-64:]...))
		}, trap.solveD},
	} {
		e := draw()
		rho := attack.rho(&e)
		attack.solve(&e, rho)
		if attack.rho(&e) != rho {
			t.Fatalf("%s: rho is not foreseen", attack.name)
		}
		if second := trap.second(&e); second.IsZero() {
			t.Fatalf("%s: the second equation holds", attack.name)
		}
		err := verify(&e)
		var revert *RevertError
		if !errors.As(err, &revert) {
			t.Fatalf("%s: got %v, want a refusal", attack.name, err)
		}
		if _, ok := revert.Reason.(*bindings.Groth16VerifierProofInvalid); !ok {
			t.Errorf("%s: %v", attack.name, err)
		}
	}
}
