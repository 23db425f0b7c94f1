package l1submit

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark/backend/groth16"
	groth16_bn254 "github.com/consensys/gnark/backend/groth16/bn254"
)

const (
	// PublicInputs is the number of public inputs of every circuit that layer 1
	// sees: D, z and y.
	PublicInputs = 3
	// VerifyingKeyLength is the size of an encoded verifying key in bytes.
	VerifyingKeyLength = 32 * fp.Bytes
)

var (
	// ErrKeyForm says that a verifying key is not of the form that the verifier
	// contract serves: over BN254, three public inputs, one commitment that
	// commits to none of them. Change the circuit.
	ErrKeyForm = errors.New("verifying key is not of the form that layer 1 verifies")
	// ErrKeyPoint says that a point of a verifying key is at infinity, off its
	// curve or outside the subgroup. The key is damaged, or its circuit leaves
	// a public input or its commitment unused.
	ErrKeyPoint = errors.New("verifying key has an impossible point")
	// ErrKeyUnsafe says that a verifying key's secrets are known, so that
	// anybody can forge proofs: its setup was never contributed to, or gamma
	// and delta are the same. Use the result of a complete setup.
	ErrKeyUnsafe = errors.New("verifying key is unsafe: its secrets are known")
)

// EncodeVerifyingKey returns vk as the verifier contract keeps it: 32 words
// whose layout is in docs/contracts.md. It refuses what the contract's
// constructor refuses, with [ErrKeyForm], [ErrKeyPoint] and [ErrKeyUnsafe].
func EncodeVerifyingKey(vk groth16.VerifyingKey) ([]byte, error) {
	key, ok := vk.(*groth16_bn254.VerifyingKey)
	if !ok {
		return nil, fmt.Errorf("%w: it is a %T, not one over BN254", ErrKeyForm, vk)
	}
	if n := len(key.PublicAndCommitmentCommitted); n != 1 || len(key.CommitmentKeys) != 1 {
		return nil, fmt.Errorf("%w: %d commitments (with %d keys) instead of 1", ErrKeyForm, n, len(key.CommitmentKeys))
	}
	// K has a point for the constant 1, one for each public input, and one for the commitment's hash.
	if n := len(key.G1.K) - 2; n != PublicInputs {
		return nil, fmt.Errorf("%w: %d public inputs instead of %d", ErrKeyForm, n, PublicInputs)
	}
	if n := len(key.PublicAndCommitmentCommitted[0]); n != 0 {
		return nil, fmt.Errorf("%w: the commitment commits to %d public inputs; commit to private wires only", ErrKeyForm, n)
	}
	if err := checkKeyPoints(key); err != nil {
		return nil, err
	}
	if err := checkKeySecrets(key); err != nil {
		return nil, err
	}

	var deltaNeg, betaNeg, gammaNeg bn254.G2Affine
	deltaNeg.Neg(&key.G2.Delta)
	betaNeg.Neg(&key.G2.Beta)
	gammaNeg.Neg(&key.G2.Gamma)
	pedersen := &key.CommitmentKeys[0]
	k := key.G1.K

	out := make([]byte, 0, VerifyingKeyLength)
	out = appendG2(out, &deltaNeg)
	out = appendG1(out, &key.G1.Alpha)
	out = appendG2(out, &betaNeg)
	out = appendG1(out, &k[0])
	out = appendG2(out, &gammaNeg)
	out = appendG1(out, &k[1])
	out = appendG2(out, &pedersen.GSigmaNeg)
	out = appendG1(out, &k[2])
	out = appendG2(out, &pedersen.G)
	out = appendG1(out, &k[3])
	out = appendG1(out, &k[4])
	return out, nil
}

// checkKeyPoints returns [ErrKeyPoint] unless every point is in its group, and
// none is at infinity but perhaps the constant's.
func checkKeyPoints(key *groth16_bn254.VerifyingKey) error {
	g1 := []struct {
		name  string
		point *bn254.G1Affine
	}{
		{"alpha", &key.G1.Alpha}, {"K of the constant", &key.G1.K[0]},
		{"K of D", &key.G1.K[1]}, {"K of z", &key.G1.K[2]}, {"K of y", &key.G1.K[3]},
		{"K of the commitment", &key.G1.K[4]},
	}
	for i, p := range g1 {
		const constant = 1
		if p.point.IsInfinity() && i != constant {
			return fmt.Errorf("%w: %s is at infinity", ErrKeyPoint, p.name)
		}
		if !p.point.IsInSubGroup() {
			return fmt.Errorf("%w: %s is not on the curve", ErrKeyPoint, p.name)
		}
	}
	g2 := []struct {
		name  string
		point *bn254.G2Affine
	}{
		{"beta", &key.G2.Beta}, {"gamma", &key.G2.Gamma}, {"delta", &key.G2.Delta},
		{"the commitment key's G", &key.CommitmentKeys[0].G},
		{"the commitment key's -sigma G", &key.CommitmentKeys[0].GSigmaNeg},
	}
	for _, p := range g2 {
		if p.point.IsInfinity() {
			return fmt.Errorf("%w: %s is at infinity", ErrKeyPoint, p.name)
		}
		if !p.point.IsInSubGroup() {
			return fmt.Errorf("%w: %s is not in the subgroup", ErrKeyPoint, p.name)
		}
	}
	return nil
}

// checkKeySecrets returns [ErrKeyUnsafe] if two points show that a secret is 1
// or −1. Points with the same x are the same up to sign. Gamma may be the
// generator: gnark's ceremony leaves it there.
func checkKeySecrets(key *groth16_bn254.VerifyingKey) error {
	_, _, g1, g2 := bn254.Generators()
	switch {
	case key.G1.Alpha.X.Equal(&g1.X):
		return fmt.Errorf("%w: alpha is the generator", ErrKeyUnsafe)
	case key.G2.Beta.X.Equal(&g2.X):
		return fmt.Errorf("%w: beta is the generator", ErrKeyUnsafe)
	case key.G2.Delta.X.Equal(&g2.X):
		return fmt.Errorf("%w: delta is the generator", ErrKeyUnsafe)
	case key.G2.Delta.X.Equal(&key.G2.Gamma.X):
		return fmt.Errorf("%w: delta equals gamma", ErrKeyUnsafe)
	case key.CommitmentKeys[0].G.X.Equal(&key.CommitmentKeys[0].GSigmaNeg.X):
		return fmt.Errorf("%w: the commitment key's sigma is 1", ErrKeyUnsafe)
	}
	return nil
}

// appendG1 appends x and y. Infinity is (0, 0), as in EIP-196.
func appendG1(out []byte, p *bn254.G1Affine) []byte {
	return appendFp(out, p.X, p.Y)
}

// appendG2 appends x and y, of each the imaginary part first, as in EIP-197.
func appendG2(out []byte, p *bn254.G2Affine) []byte {
	return appendFp(out, p.X.A1, p.X.A0, p.Y.A1, p.Y.A0)
}

// appendFp appends elements as 32 bytes each, big-endian.
func appendFp(out []byte, elements ...fp.Element) []byte {
	for _, e := range elements {
		b := e.Bytes()
		out = append(out, b[:]...)
	}
	return out
}
