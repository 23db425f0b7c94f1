package malice_test

import (
	"testing"

	"github.com/quirezk/quire/circuits/internal/malice"
)

// benchmarkValues makes a circuit of about 100,000 constraints.
const benchmarkValues = 4000

func benchmarkHonest(b *testing.B) (*malice.System, *malice.Report) {
	b.Helper()
	sys := compile(b, newKitchenSink(benchmarkValues))
	values := make([]int, benchmarkValues)
	for i := range values {
		values[i] = (i*7919 + 1) % (1 << 16)
	}
	return sys, kitchenHonest(b, sys, values...)
}

func BenchmarkNew(b *testing.B) {
	ccs := compileCS(b, newKitchenSink(benchmarkValues))
	for b.Loop() {
		if _, err := malice.New(ccs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(ccs.GetNbConstraints()), "constraints")
}

// BenchmarkRun is an honest run over all constraints.
func BenchmarkRun(b *testing.B) {
	sys, honest := benchmarkHonest(b)
	inputs := honest.Wires()[1 : 1+sys.Inputs()]
	for b.Loop() {
		if _, err := sys.RunVector(inputs); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAttack changes a committed value, and so everything after the commitment.
func BenchmarkAttack(b *testing.B) {
	_, honest := benchmarkHonest(b)
	attack(b, honest, malice.Input("Values[9]", 5)) // the data flow is computed once
	for b.Loop() {
		attack(b, honest, malice.Input("Values[9]", 5))
	}
}

// BenchmarkMutateEach is a sweep over 1,000 hint outputs.
func BenchmarkMutateEach(b *testing.B) {
	_, honest := benchmarkHonest(b)
	var mutations int
	for b.Loop() {
		result, err := honest.MutateEach(malice.Sweep{Sample: 1000, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		mutations = result.Mutations
	}
	b.ReportMetric(float64(mutations), "mutations/op")
}
