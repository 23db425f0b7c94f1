package l1submit

import (
	"bytes"
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark/backend/groth16"
	groth16_bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/quirezk/quire/internal/standin"
	"github.com/quirezk/quire/l1submit/bindings"
)

// copyKey returns a copy that a test may damage.
func copyKey(tb testing.TB, prover *standin.Prover) *groth16_bn254.VerifyingKey {
	tb.Helper()
	var raw bytes.Buffer
	if _, err := prover.VerifyingKey.WriteRawTo(&raw); err != nil {
		tb.Fatal(err)
	}
	key := new(groth16_bn254.VerifyingKey)
	if _, err := key.UnsafeReadFrom(&raw); err != nil {
		tb.Fatal(err)
	}
	return key
}

// negated1 and negated2 return −p.
func negated1(p bn254.G1Affine) (n bn254.G1Affine) { n.Neg(&p); return n }
func negated2(p bn254.G2Affine) (n bn254.G2Affine) { n.Neg(&p); return n }

// keyFault is a way to damage a key, with what encoder and constructor say.
type keyFault struct {
	name   string
	want   error
	damage func(*groth16_bn254.VerifyingKey)
}

func keyFaults() []keyFault {
	_, _, g1, g2 := bn254.Generators()
	offCurve1 := bn254.G1Affine{X: g1.Y, Y: g1.X}
	offCurve2 := bn254.G2Affine{X: g2.Y, Y: g2.X}
	type key = *groth16_bn254.VerifyingKey
	return []keyFault{
		{"alpha at infinity", ErrKeyPoint, func(k key) { k.G1.Alpha = bn254.G1Affine{} }},
		{"alpha off curve", ErrKeyPoint, func(k key) { k.G1.Alpha = offCurve1 }},
		{"K of the constant off curve", ErrKeyPoint, func(k key) { k.G1.K[0] = offCurve1 }},
		{"K of D at infinity", ErrKeyPoint, func(k key) { k.G1.K[1] = bn254.G1Affine{} }},
		{"K of z at infinity", ErrKeyPoint, func(k key) { k.G1.K[2] = bn254.G1Affine{} }},
		{"K of y at infinity", ErrKeyPoint, func(k key) { k.G1.K[3] = bn254.G1Affine{} }},
		{"K of the commitment at infinity", ErrKeyPoint, func(k key) { k.G1.K[4] = bn254.G1Affine{} }},
		{"beta at infinity", ErrKeyPoint, func(k key) { k.G2.Beta = bn254.G2Affine{} }},
		{"gamma at infinity", ErrKeyPoint, func(k key) { k.G2.Gamma = bn254.G2Affine{} }},
		{"delta off curve", ErrKeyPoint, func(k key) { k.G2.Delta = offCurve2 }},
		{"G at infinity", ErrKeyPoint, func(k key) { k.CommitmentKeys[0].G = bn254.G2Affine{} }},
		{"sigma G off curve", ErrKeyPoint, func(k key) { k.CommitmentKeys[0].GSigmaNeg = offCurve2 }},
		{"alpha the generator", ErrKeyUnsafe, func(k key) { k.G1.Alpha = g1 }},
		{"alpha minus the generator", ErrKeyUnsafe, func(k key) { k.G1.Alpha = negated1(g1) }},
		{"beta the generator", ErrKeyUnsafe, func(k key) { k.G2.Beta = g2 }},
		{"delta the generator", ErrKeyUnsafe, func(k key) { k.G2.Delta = g2 }},
		{"delta minus the generator", ErrKeyUnsafe, func(k key) { k.G2.Delta = negated2(g2) }},
		{"delta equal to gamma", ErrKeyUnsafe, func(k key) { k.G2.Delta = k.G2.Gamma }},
		{"delta equal to minus gamma", ErrKeyUnsafe, func(k key) { k.G2.Delta = negated2(k.G2.Gamma) }},
		{"sigma one", ErrKeyUnsafe, func(k key) { k.CommitmentKeys[0].GSigmaNeg = negated2(k.CommitmentKeys[0].G) }},
		{"sigma minus one", ErrKeyUnsafe, func(k key) { k.CommitmentKeys[0].GSigmaNeg = k.CommitmentKeys[0].G }},
	}
}

// layOut is EncodeVerifyingKey without its checks, from the key's own parts in
// the order of docs/contracts.md.
func layOut(k *groth16_bn254.VerifyingKey) []byte {
	delta, beta, gamma := negated2(k.G2.Delta), negated2(k.G2.Beta), negated2(k.G2.Gamma)
	var out []byte
	for _, p := range []any{
		delta, k.G1.Alpha, beta, k.G1.K[0], gamma, k.G1.K[1],
		k.CommitmentKeys[0].GSigmaNeg, k.G1.K[2], k.CommitmentKeys[0].G, k.G1.K[3], k.G1.K[4],
	} {
		switch p := p.(type) {
		case bn254.G1Affine:
			x, y := p.X.Bytes(), p.Y.Bytes()
			out = append(append(out, x[:]...), y[:]...)
		case bn254.G2Affine:
			x1, x0, y1, y0 := p.X.A1.Bytes(), p.X.A0.Bytes(), p.Y.A1.Bytes(), p.Y.A0.Bytes()
			out = append(append(append(append(out, x1[:]...), x0[:]...), y1[:]...), y0[:]...)
		}
	}
	return out
}

// The encoder and the contract's constructor each refuse every faulty key, so
// that neither a mistake in Go nor a deployment without it gets through.
func TestFaultyKeysAreRefused(t *testing.T) {
	prover := newProver(t)
	chain := newDevChain(t, 1)
	deploy := func(key []byte) error {
		arguments := bindings.NewGroth16Verifier().PackConstructor(key)
		_, err := sender(chain, 0).Send(t.Context(), creation(verifierArtifact().Bytecode, arguments))
		return err
	}
	for _, fault := range keyFaults() {
		t.Run(fault.name, func(t *testing.T) {
			key := copyKey(t, prover)
			fault.damage(key)
			if _, err := EncodeVerifyingKey(key); !errors.Is(err, fault.want) {
				t.Errorf("encoder: got %v, want %v", err, fault.want)
			}
			if _, _, err := DeployVerifier(t.Context(), chain.Chain, sender(chain, 0), key); !errors.Is(err, fault.want) {
				t.Errorf("DeployVerifier: got %v, want %v", err, fault.want)
			}
			var revert *RevertError
			if err := deploy(layOut(key)); !errors.As(err, &revert) {
				t.Fatalf("constructor: got %v, want a revert", err)
			}
			var ok bool
			if fault.want == ErrKeyPoint {
				_, ok = revert.Reason.(*bindings.Groth16VerifierKeyPointInvalid)
			} else {
				_, ok = revert.Reason.(*bindings.Groth16VerifierKeyUnsafe)
			}
			if !ok {
				t.Errorf("constructor: %v for %v", revert, fault.want)
			}
		})
	}

	t.Run("length", func(t *testing.T) {
		var revert *RevertError
		if err := deploy(make([]byte, VerifyingKeyLength-1)); !errors.As(err, &revert) {
			t.Fatalf("got %v, want a revert", err)
		}
		if _, ok := revert.Reason.(*bindings.Groth16VerifierKeyLength); !ok {
			t.Errorf("got %v", revert)
		}
	})
}

func TestEncodeVerifyingKey(t *testing.T) {
	prover := newProver(t)
	got, err := EncodeVerifyingKey(prover.VerifyingKey)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != VerifyingKeyLength {
		t.Errorf("%d bytes, want %d", len(got), VerifyingKeyLength)
	}
	if want := layOut(copyKey(t, prover)); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}

	// A circuit without constants has nothing for the constant 1, and γ may be
	// the generator: gnark's ceremony leaves it there.
	key := copyKey(t, prover)
	_, _, _, g2 := bn254.Generators()
	key.G1.K[0] = bn254.G1Affine{}
	key.G2.Gamma = g2
	if _, err := EncodeVerifyingKey(key); err != nil {
		t.Errorf("no constant, gamma the generator: %v", err)
	}
}

// otherCircuit has a form that layer 1 does not verify.
type otherCircuit struct {
	Public      []frontend.Variable `gnark:",public"`
	Private     frontend.Variable
	commitments int
	commitTo    int // public inputs among the committed
}

func (c *otherCircuit) Define(api frontend.API) error {
	for range c.commitments {
		committed := append([]frontend.Variable{c.Private}, c.Public[:c.commitTo]...)
		commitment, err := api.(frontend.Committer).Commit(committed...)
		if err != nil {
			return err
		}
		api.AssertIsDifferent(commitment, c.Private)
	}
	for _, v := range c.Public {
		api.AssertIsEqual(api.Mul(v, c.Private), c.Private)
	}
	return nil
}

func TestEncodeVerifyingKeyRefusesOtherForms(t *testing.T) {
	for _, test := range []struct {
		name                           string
		curve                          ecc.ID
		publics, commitments, commitTo int
	}{
		{"two public inputs", ecc.BN254, 2, 1, 0},
		{"four public inputs", ecc.BN254, 4, 1, 0},
		{"no commitment", ecc.BN254, 3, 0, 0},
		{"no commitment, one public input more", ecc.BN254, 4, 0, 0},
		{"two commitments", ecc.BN254, 3, 2, 0},
		{"two commitments, one public input fewer", ecc.BN254, 2, 2, 0},
		{"a committed public input", ecc.BN254, 3, 1, 1},
		{"another curve", ecc.BLS12_381, 3, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			system, err := frontend.Compile(test.curve.ScalarField(), r1cs.NewBuilder, &otherCircuit{
				Public: make([]frontend.Variable, test.publics), commitments: test.commitments, commitTo: test.commitTo,
			})
			if err != nil {
				t.Fatal(err)
			}
			_, vk, err := groth16.Setup(system)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := EncodeVerifyingKey(vk); !errors.Is(err, ErrKeyForm) {
				t.Errorf("got %v, want %v", err, ErrKeyForm)
			}
		})
	}
	if _, err := EncodeVerifyingKey(nil); !errors.Is(err, ErrKeyForm) {
		t.Errorf("no key: got %v, want %v", err, ErrKeyForm)
	}
}
