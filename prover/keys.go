package prover

import (
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/constraint"
)

// Keys is a circuit with its key pair. It is immutable and safe for concurrent
// use; several proofs may be made from one Keys at once.
type Keys struct {
	circuit *Circuit
	proving *groth16bn254.ProvingKey
	verify  *VerifyingKey
}

// Circuit returns the circuit that the keys are for.
func (k *Keys) Circuit() *Circuit { return k.circuit }

// VerifyingKey returns the verifying half.
func (k *Keys) VerifyingKey() *VerifyingKey { return k.verify }

// ProofBytes estimates the memory in bytes that one proof holds beyond the keys
// themselves while it is made. Garbage comes on top: Go lets a heap grow to twice
// what is live before it collects, unless GOGC or GOMEMLIMIT say otherwise.
func (k *Keys) ProofBytes() int64 {
	c := k.circuit
	domain := int64(1) << bits.Len(uint(c.Constraints()-1))
	wires := int64(c.Wires())
	committed := int64(len(c.system.CommitmentInfo.(constraint.Groth16Commitments)[0].PrivateCommitted))
	// As gnark v0.16.1 allocates: the solver's values and its vectors a, b, c; the
	// values once more for each of the key's A, B and K; the committed values,
	// once as elements and once as the big integers that the hint is given. The
	// buckets and digits of the four multi-exponentiations that run together are
	// about one further word per scalar.
	elements := 3*domain + 4*wires + 4*committed + domain + 3*wires
	// Measured peaks of live memory are up to a sixth above that (BenchmarkProve):
	// a quarter more, and a little for small circuits, is a bound in practice.
	return elements*fr.Bytes*5/4 + 16<<20
}

// VerifyingKey is what proofs of one circuit are checked against. It is
// immutable and safe for concurrent use.
type VerifyingKey struct {
	manifest Manifest
	design   Design
	key      *groth16bn254.VerifyingKey
}

// Manifest returns the manifest of the keys that this one belongs to.
func (v *VerifyingKey) Manifest() Manifest { return v.manifest }

// Design returns what the circuit is whose proofs the key checks.
func (v *VerifyingKey) Design() Design { return v.design }

// Digest returns the digest of the constraint system that the key was made for.
func (v *VerifyingKey) Digest() Digest { return v.manifest.Circuit.Digest }

// Kind says whether these are development keys.
func (v *VerifyingKey) Kind() Kind { return v.manifest.Kind }

// Groth16 returns the key as gnark has it, for deployment on layer 1. It must
// not be modified; gnark's ExportSolidity does so while it runs, and needs a
// copy.
func (v *VerifyingKey) Groth16() *groth16bn254.VerifyingKey { return v.key }
