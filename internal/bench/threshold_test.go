package bench

import (
	"fmt"
	"testing"

	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
)

// BenchmarkCompressThreshold compiles t512-hot with several thresholds above
// which gnark makes a wire of a linear expression, and proves a full batch with
// each: fewer non-zeros against more constraints. The shape has room under its
// domain's size, so that only what the threshold changes shows.
// go test ./internal/bench -run '^$' -bench CompressThreshold -benchtime 2x -timeout 60m
func BenchmarkCompressThreshold(b *testing.B) {
	shape, err := circuits.ShapeByName("t512-hot")
	if err != nil {
		b.Fatal(err)
	}
	full := fill(b, shape)
	for _, threshold := range []int{300, 100, 50, 25} {
		b.Run(fmt.Sprint(threshold), func(b *testing.B) {
			j := newJob(b, compile(b, batch.New(shape), frontend.WithCompressThreshold(threshold)), full.assignment)
			d := j.density(b)
			var total cost
			b.ResetTimer()
			for b.Loop() {
				total.add(j.prove(b))
			}
			constraints := j.ccs.GetNbConstraints()
			b.ReportMetric(total.elapsed.Seconds()/float64(b.N), "s/proof")
			b.ReportMetric(total.processor.Seconds()/float64(b.N), "cpu-s/proof")
			b.ReportMetric(float64(constraints), "constraints")
			b.ReportMetric(d.nonZeros*float64(constraints), "nonzeros")
			b.ReportMetric(peakMemory(b), "GiB-peak")
		})
	}
}
