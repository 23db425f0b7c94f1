package signature

import (
	"fmt"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
)

// BenchmarkCompile compiles batches of several sizes and reports what they cost,
// message hashes and range tables included.
func BenchmarkCompile(b *testing.B) {
	for _, rows := range []int{8, 64, 512} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			var ccs constraint.ConstraintSystem
			for b.Loop() {
				ccs = compile(b, rows, omissions{})
			}
			system := ccs.(*csbn254.R1CS)
			nonZeros := 0
			for it, c := system.GetR1CIterator(), (*constraint.R1C)(nil); ; {
				if c = it.Next(); c == nil {
					break
				}
				nonZeros += len(c.L) + len(c.R) + len(c.O)
			}
			committed := system.CommitmentInfo.(constraint.Groth16Commitments)[0].PrivateCommitted
			constraints := float64(ccs.GetNbConstraints())
			b.ReportMetric(constraints/float64(rows), "constraints/row")
			b.ReportMetric(float64(nonZeros)/constraints, "nonzeros/constraint")
			b.ReportMetric(float64(len(committed))/float64(rows), "committed/row")
		})
	}
}

// BenchmarkSolve has gnark's solver solve a batch of 512 rows.
func BenchmarkSolve(b *testing.B) {
	batch := slots(41, 512)
	w, err := frontend.NewWitness(assignment(batch, len(batch), aggregate(b, batch, len(batch))), ecc.BN254.ScalarField())
	if err != nil {
		b.Fatal(err)
	}
	ccs := compile(b, len(batch), omissions{})
	for b.Loop() {
		if err := ccs.IsSolved(w, anyChallenge); err != nil {
			b.Fatal(err)
		}
	}
}
