package bench

import (
	"math"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/permutation/poseidon2"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
)

// hermezConstraints is what one more layer-2 transfer costs in Hermez 1.0's
// rollup circuit with 32 levels, by its own formula: no layer-1 operations and
// no fee transactions counted.
const hermezConstraints = 54_405

// profile is what a transfer of the reference circuit is made of. Permutations
// of three words, the width of a binary tree's hash, make full-size wires and
// long linear expressions; strict decompositions into 254 bits, and products of
// two bits each up to the number of constraints, make wires that are 0 or 1.
type profile struct {
	name                         string
	permutations, decompositions int
}

var profiles = []profile{
	// light has 10.5 non-zeros per constraint and two thirds of its wires 0 or 1.
	// That was counted on Hermez's circuit compiled for a few transfers and
	// levels, where SHA-256 and bits outweigh the tree.
	{"light", 70, 3},
	// paths has the hashes of four paths of 32 levels, which are in the circuit
	// for every transfer (its formula has 974 constraints per level), and bits for
	// all the rest, signatures too.
	{"paths", 128, 3},
}

// What the light profile must come out as.
const (
	lightNonZeros = 10.5   // per constraint, in A, B and C together
	lightBits     = 2. / 3 // share of the wires that are 0 or 1
)

const (
	permutationWidth, fullRounds, partialRounds = 3, 8, 57

	perPermutation   = 3 * (permutationWidth*fullRounds + partialRounds) // three constraints for x^5
	perDecomposition = 254 + 1 + 253                                     // bits, their sum, below the modulus
)

// referenceTransfers is how many transfers fit 2^21, almost to the last
// constraint.
const referenceTransfers = 1 << 21 / hermezConstraints

// reference is a circuit with the cost profile of Hermez 1.0's, per transfer:
// the number of constraints, and of non-zeros in them, and the share of wires
// that are 0 or 1, with which a multi-scalar multiplication has little work. It
// imitates nothing else and proves nothing. Of its decomposed bits as many are 1
// as 0, being those of hashes; of its products of bits a quarter.
type reference struct {
	Public frontend.Variable `gnark:",public"`
	In     [referenceTransfers]frontend.Variable

	profile profile
}

// Define implements frontend.Circuit.
func (c *reference) Define(api frontend.API) error {
	api.AssertIsDifferent(c.Public, 0)
	permutation, err := poseidon2.NewPoseidon2FromParameters(api, permutationWidth, fullRounds, partialRounds)
	if err != nil {
		return err
	}
	permutations, decompositions := c.profile.permutations, c.profile.decompositions
	products := hermezConstraints - permutations*perPermutation - decompositions*perDecomposition
	for _, in := range c.In {
		state := []frontend.Variable{in, 1, 2}
		multiplied := 0
		for i := range permutations {
			if err := permutation.Permutation(state); err != nil {
				return err
			}
			if i >= decompositions {
				continue
			}
			bits := api.ToBinary(state[0])
			for ; multiplied < products*(i+1)/decompositions; multiplied++ {
				// Each pair once: first neighbours, then next but one, and so on.
				n, j := len(bits), multiplied/decompositions
				api.Mul(bits[j%n], bits[(j+1+j/n)%n])
			}
		}
	}
	return nil
}

func referenceJob(b *testing.B, p profile) *job {
	b.Helper()
	assignment := &reference{Public: 1}
	for i := range assignment.In {
		assignment.In[i] = fr.NewElement(uint64(i + 1))
	}
	j := newJob(b, compile(b, &reference{profile: p}), assignment)
	// The public input costs a constraint or two.
	if n := j.ccs.GetNbConstraints() - referenceTransfers*hermezConstraints; n < 0 || n > 2 {
		b.Errorf("the reference circuit has %d constraints more than %d per transfer", n, hermezConstraints)
	}
	return j
}

// BenchmarkAgainstHermez proves a full batch of t512 and the reference circuit by
// turns, and reports how many times less a transfer takes in the former:
// go test ./internal/bench -run '^$' -bench AgainstHermez -benchtime 2x -timeout 60m
func BenchmarkAgainstHermez(b *testing.B) {
	shape, err := circuits.ShapeByName("t512")
	if err != nil {
		b.Fatal(err)
	}
	ccs, err := batch.Compile(shape)
	if err != nil {
		b.Fatal(err)
	}
	full := fill(b, shape)
	ours := newJob(b, ccs, full.assignment)
	for _, p := range profiles {
		b.Run(p.name, func(b *testing.B) {
			theirs := referenceJob(b, p)
			d := theirs.density(b)
			if p.name == "light" && (math.Abs(d.nonZeros/lightNonZeros-1) > 0.03 || math.Abs(d.bits/lightBits-1) > 0.03) {
				b.Errorf("the reference circuit has %.2f non-zeros per constraint and %.3f of its wires are bits, want %.2f and %.3f",
					d.nonZeros, d.bits, lightNonZeros, lightBits)
			}
			var our, their cost
			b.ResetTimer()
			for b.Loop() {
				our.add(ours.prove(b))
				their.add(theirs.prove(b))
			}
			ourTransfers, theirTransfers := float64(b.N*full.transfers), float64(b.N*referenceTransfers)
			ourElapsed, theirElapsed := our.elapsed.Seconds()/ourTransfers, their.elapsed.Seconds()/theirTransfers
			ourProcessor, theirProcessor := our.processor.Seconds()/ourTransfers, their.processor.Seconds()/theirTransfers
			b.ReportMetric(0, "ns/op") // the sum of both says nothing
			b.ReportMetric(ourElapsed, "s/transfer")
			b.ReportMetric(theirElapsed, "hermez-s/transfer")
			b.ReportMetric(theirElapsed/ourElapsed, "times-better")
			b.ReportMetric(ourProcessor, "cpu-s/transfer")
			b.ReportMetric(theirProcessor, "hermez-cpu-s/transfer")
			b.ReportMetric(theirProcessor/ourProcessor, "cpu-times-better")
			b.ReportMetric(d.nonZeros, "hermez-nonzeros/constraint")
			b.ReportMetric(d.bits, "hermez-bits/wire")
		})
	}
}
