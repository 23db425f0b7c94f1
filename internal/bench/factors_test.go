package bench

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
)

// BenchmarkFactors proves a full batch by turns with the factors of constraints
// where gnark puts them and where package orient does. It reports processor time
// per proof, and how many wires stand in the matrices A and B:
// go test ./internal/bench -run '^$' -bench 'Factors/small$' -benchtime 12x
func BenchmarkFactors(b *testing.B) {
	for _, name := range []string{"small", "t512"} {
		b.Run(name, func(b *testing.B) {
			shape, err := circuits.ShapeByName(name)
			if err != nil {
				b.Fatal(err)
			}
			assignment := fill(b, shape).assignment
			left, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, batch.New(shape))
			if err != nil {
				b.Fatal(err)
			}
			jobs := map[string]*job{"gnark": newJob(b, left, assignment), "orient": newJob(b, compile(b, batch.New(shape)), assignment)}
			costs := make(map[string]cost)
			b.ResetTimer()
			for b.Loop() {
				for by, j := range jobs {
					c := costs[by]
					c.add(j.prove(b))
					costs[by] = c
				}
			}
			b.ReportMetric(0, "ns/op") // the sum of both says nothing
			for by, j := range jobs {
				key := j.key.(*groth16bn254.ProvingKey)
				b.ReportMetric(costs[by].processor.Seconds()/float64(b.N), by+"-cpu-s/proof")
				b.ReportMetric(float64(uint64(len(key.InfinityA))-key.NbInfinityA), by+"-wires-in-A")
				b.ReportMetric(float64(uint64(len(key.InfinityB))-key.NbInfinityB), by+"-wires-in-B")
			}
		})
	}
}
