package bench

import (
	"testing"
	"time"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
)

// BenchmarkProve proves a full batch of each shape under a dummy key. It reports
// seconds per transfer, constraints, and the process's peak memory so far; run
// one shape at a time for that:
// go test ./internal/bench -run '^$' -bench 'Prove/t512$' -benchtime 1x
func BenchmarkProve(b *testing.B) {
	for _, shape := range circuits.Shapes() {
		if _, ok := workloads[shape.Name]; !ok {
			continue
		}
		b.Run(shape.Name, func(b *testing.B) {
			start := time.Now()
			ccs, err := batch.Compile(shape)
			if err != nil {
				b.Fatal(err)
			}
			compiled := time.Since(start)
			full := fill(b, shape)
			j := newJob(b, ccs, full.assignment)
			var total cost
			b.ResetTimer()
			for b.Loop() {
				total.add(j.prove(b))
			}
			transfers := float64(b.N * full.transfers)
			b.ReportMetric(total.elapsed.Seconds()/transfers, "s/transfer")
			b.ReportMetric(total.processor.Seconds()/transfers, "cpu-s/transfer")
			b.ReportMetric(float64(ccs.GetNbConstraints()), "constraints")
			b.ReportMetric(compiled.Seconds(), "s/compile")
			b.ReportMetric(full.took.Seconds(), "s/witness")
			b.ReportMetric(peakMemory(b), "GiB-peak")
		})
	}
}
