package signature

import (
	"bytes"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
)

// TestProves proves one row with a constraint system that has been written and
// read: what assertProduct adds to it must survive that, and reach the keys.
func TestProves(t *testing.T) {
	var file bytes.Buffer
	if _, err := compile(t, 1, omissions{}).WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	ccs := new(csbn254.R1CS)
	if _, err := ccs.ReadFrom(&file); err != nil {
		t.Fatal(err)
	}
	pk, vk, err := groth16.Setup(ccs)
	if err != nil {
		t.Fatal(err)
	}
	batch := slots(31, 1)
	prove := func(a *batchCircuit) error {
		w, err := frontend.NewWitness(a, ecc.BN254.ScalarField())
		if err != nil {
			t.Fatal(err)
		}
		proof, err := groth16.Prove(ccs, pk, w)
		if err != nil {
			return err
		}
		public, err := w.Public()
		if err != nil {
			t.Fatal(err)
		}
		return groth16.Verify(proof, vk, public)
	}
	s := aggregate(t, batch, 1)
	if err := prove(assignment(batch, 1, s)); err != nil {
		t.Error(err)
	}
	if err := prove(assignment(batch, 1, s.SetBit(s, 0, 1-s.Bit(0)))); err == nil {
		t.Error("a wrong s is proven")
	}
}
