package malice_test

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards/eddsa"
	"github.com/consensys/gnark-crypto/ecc/twistededwards"
	"github.com/consensys/gnark-crypto/hash"
	"github.com/consensys/gnark/frontend"
	tedwards "github.com/consensys/gnark/std/algebra/native/twistededwards"
	"github.com/consensys/gnark/std/hash/mimc"
	geddsa "github.com/consensys/gnark/std/signature/eddsa"

	"github.com/quirezk/quire/circuits/internal/malice"
)

// signatureCircuit verifies one signature with gnark's gadget.
type signatureCircuit struct {
	Key     geddsa.PublicKey `gnark:",public"`
	Message frontend.Variable
	Sig     geddsa.Signature

	assertOnCurve bool
}

func (c *signatureCircuit) Define(api frontend.API) error {
	curve, err := tedwards.NewEdCurve(api, twistededwards.BN254)
	if err != nil {
		return err
	}
	if c.assertOnCurve {
		curve.AssertIsOnCurve(c.Sig.R)
	}
	h, err := mimc.New(api)
	if err != nil {
		return err
	}
	return geddsa.Verify(curve, c.Sig, c.Message, c.Key, h)
}

// signed is a valid assignment.
func signed(t *testing.T) *signatureCircuit {
	t.Helper()
	key, err := eddsa.GenerateKey(zeroReader{})
	if err != nil {
		t.Fatal(err)
	}
	message := fr.NewElement(42)
	msg := message.Bytes()
	sig, err := key.Sign(msg[:], hash.MIMC_BN254.New())
	if err != nil {
		t.Fatal(err)
	}
	a := &signatureCircuit{Message: message}
	a.Key.Assign(twistededwards.BN254, key.PublicKey.Bytes())
	a.Sig.Assign(twistededwards.BN254, sig)
	return a
}

// zeroReader makes key generation reproducible.
type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { return len(p), nil }

// TestEdDSAForgery forges a signature under gnark's gadget, which asserts nowhere that R is
// on the curve. With R = (0,0) the last addition gives (0,0), and the next doubling divides 0
// by 0: the attacker takes x = √−1 for the quotient, from which the doublings lead to
// (0,−1) and (0,1), the point that the gadget accepts. gnark's solver takes 0 and sees nothing.
func TestEdDSAForgery(t *testing.T) {
	valid := signed(t)
	minusOne := fr.NewElement(1)
	minusOne.Neg(&minusOne)
	var i fr.Element
	if i.Sqrt(&minusOne) == nil {
		t.Fatal("-1 has no square root")
	}
	forgery := []malice.Attack{
		malice.Input("Sig.R.X", 0),
		malice.Input("Sig.R.Y", 0),
		malice.Input("Sig.S", 7),
		malice.Input("Message", "1000000"), // never signed
	}
	choose := malice.FreeQuotients(func(f malice.FreeWire, _ malice.Wires) any {
		if f.N == 0 {
			return i
		}
		return 0
	})
	for _, tc := range []struct {
		name                        string
		onCurve, chooseFree, forged bool
	}{
		{"honest solver", false, false, false},
		{"malicious solver", false, true, true},
		{"malicious solver, R asserted on the curve", true, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ccs := compileCS(t, &signatureCircuit{assertOnCurve: tc.onCurve})
			sys, err := malice.New(ccs)
			if err != nil {
				t.Fatal(err)
			}
			honest := run(t, sys, valid)
			if !honest.Satisfied() || len(honest.Free) != 0 {
				t.Fatalf("valid signature: %v; free wires: %v", honest, honest.Free)
			}
			attacks := forgery
			if tc.chooseFree {
				attacks = append(attacks[:len(attacks):len(attacks)], choose)
			}
			forged := attack(t, honest, attacks...)
			if len(forged.Free) == 0 {
				t.Error("no quotient was free")
			}
			if forged.Satisfied() != tc.forged {
				t.Errorf("forged = %t, want %t: %v", forged.Satisfied(), tc.forged, forged)
			}
			if n := len(violated(ccs, forged.Wires())); (n == 0) != tc.forged {
				t.Errorf("gnark's iterator finds %d violations", n)
			}
			// gnark's own solver never finds the forgery.
			a := *valid
			a.Sig.R.X, a.Sig.R.Y, a.Sig.S, a.Message = 0, 0, 7, "1000000"
			w, err := frontend.NewWitness(&a, ecc.BN254.ScalarField())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ccs.Solve(w); err == nil {
				t.Error("gnark's solver accepts the forgery")
			}
		})
	}
}
