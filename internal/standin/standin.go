// Package standin is a statement with the form of Quire's circuits, three
// public inputs (D, z, y) and exactly one commitment, that is true of every
// triple and proven in milliseconds. Tests of layer 1 use it where the proof's
// meaning does not matter: contract, verifier and client see no difference.
package standin

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/solidity"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
)

// Circuit states that the prover knows X = D·Z + Y.
type Circuit struct {
	D, Z, Y frontend.Variable `gnark:",public"`
	X       frontend.Variable
}

// Define commits to X, so that the key has a commitment, and uses it, so that
// no point of the key is at infinity.
func (c *Circuit) Define(api frontend.API) error {
	committer, ok := api.(frontend.Committer)
	if !ok {
		return fmt.Errorf("standin: %T cannot commit", api)
	}
	commitment, err := committer.Commit(c.X)
	if err != nil {
		return fmt.Errorf("standin: commit: %w", err)
	}
	api.AssertIsDifferent(commitment, c.X)
	api.AssertIsEqual(api.Add(api.Mul(c.D, c.Z), c.Y), c.X)
	return nil
}

// Compile returns the circuit's constraint system.
func Compile() (constraint.ConstraintSystem, error) {
	return frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &Circuit{})
}

// Prover holds the circuit with one pair of keys.
type Prover struct {
	System       constraint.ConstraintSystem
	ProvingKey   groth16.ProvingKey
	VerifyingKey groth16.VerifyingKey
}

// Setup returns a prover with new keys.
func Setup() (*Prover, error) {
	system, err := Compile()
	if err != nil {
		return nil, err
	}
	pk, vk, err := groth16.Setup(system)
	if err != nil {
		return nil, fmt.Errorf("standin: setup: %w", err)
	}
	return &Prover{System: system, ProvingKey: pk, VerifyingKey: vk}, nil
}

// Keys of the fixed prover, written once by contracts/tools/standin -setup; gnark's own verifier
// of the same key, compiled by contracts/build.sh.
var (
	//go:embed testdata/proving.key
	fixedProvingKey []byte
	//go:embed testdata/verifying.key
	fixedVerifyingKey []byte
	//go:embed testdata/gnark_verifier.hex
	gnarkVerifier string
)

// Fixed returns the prover with the committed keys.
func Fixed() (*Prover, error) {
	system, err := Compile()
	if err != nil {
		return nil, err
	}
	pk, vk := groth16.NewProvingKey(ecc.BN254), groth16.NewVerifyingKey(ecc.BN254)
	if _, err := pk.ReadFrom(bytes.NewReader(fixedProvingKey)); err != nil {
		return nil, fmt.Errorf("standin: committed proving key: %w", err)
	}
	if _, err := vk.ReadFrom(bytes.NewReader(fixedVerifyingKey)); err != nil {
		return nil, fmt.Errorf("standin: committed verifying key: %w", err)
	}
	return &Prover{System: system, ProvingKey: pk, VerifyingKey: vk}, nil
}

// GnarkVerifier returns the creation code of the contract that gnark exports
// for the fixed prover's key.
func GnarkVerifier() ([]byte, error) {
	return hex.DecodeString(strings.TrimSpace(gnarkVerifier))
}

// Prove returns a proof of (d, z, y) that gnark has verified, in the encoding
// that layer 1 takes.
func (p *Prover) Prove(d, z, y fr.Element) ([]byte, error) {
	var x fr.Element
	x.Mul(&d, &z).Add(&x, &y)
	w, err := frontend.NewWitness(&Circuit{D: d, Z: z, Y: y, X: x}, ecc.BN254.ScalarField())
	if err != nil {
		return nil, fmt.Errorf("standin: witness: %w", err)
	}
	proof, err := groth16.Prove(p.System, p.ProvingKey, w, solidity.WithProverTargetSolidityVerifier(backend.GROTH16))
	if err != nil {
		return nil, fmt.Errorf("standin: prove: %w", err)
	}
	public, err := w.Public()
	if err != nil {
		return nil, fmt.Errorf("standin: public witness: %w", err)
	}
	err = groth16.Verify(proof, p.VerifyingKey, public, solidity.WithVerifierTargetSolidityVerifier(backend.GROTH16))
	if err != nil {
		return nil, fmt.Errorf("standin: verify: %w", err)
	}
	marshaler, ok := proof.(interface{ MarshalSolidity() []byte })
	if !ok {
		return nil, fmt.Errorf("standin: %T has no encoding for Solidity", proof)
	}
	return marshaler.MarshalSolidity(), nil
}
