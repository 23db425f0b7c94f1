package bench

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/solidity"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/protocol/workload"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// workloads are what the shapes are measured with: what they are tuned to.
var workloads = map[string]workload.Config{
	"small":    {Seed: 1, Transfers: 16, Distribution: workload.Uniform, Accounts: 4, IndexBits: 4},
	"t512":     {Seed: 1, Transfers: 512, Distribution: workload.Uniform, Accounts: 1024, IndexBits: 20},
	"t512-hot": {Seed: 1, Transfers: 512, Distribution: workload.Zipf, Exponent: 1.1, IndexBits: 20},
}

// BenchmarkProve proves a full batch of each shape under a dummy key: the same
// work as under a real one, but a proof of nothing. It reports seconds per
// transfer, constraints, and the process's peak memory so far; run one shape at
// a time for that: go test ./internal/bench -run '^$' -bench 'Prove/t512$' -benchtime 1x
func BenchmarkProve(b *testing.B) {
	for _, shape := range circuits.Shapes() {
		config, ok := workloads[shape.Name]
		if !ok {
			continue
		}
		b.Run(shape.Name, func(b *testing.B) {
			start := time.Now()
			ccs, err := batch.Compile(shape)
			if err != nil {
				b.Fatal(err)
			}
			compiled := time.Since(start)
			w, err := workload.Generate(config)
			if err != nil {
				b.Fatal(err)
			}
			tree := statetree.OpenMemory()
			var updates []statetree.Update
			for i, account := range w.State.All() {
				updates = append(updates, statetree.Update{Index: i, Account: account})
			}
			if _, err := tree.Load(b.Context(), w.BatchNumber, updates, nil); err != nil {
				b.Fatal(err)
			}
			snapshot, err := tree.Snapshot()
			if err != nil {
				b.Fatal(err)
			}
			filled := w.Fill(shape)
			start = time.Now()
			sealed, err := witness.Seal(witness.FromSnapshot(snapshot), shape, filled)
			if err != nil {
				b.Fatal(err)
			}
			built, err := witness.Build(sealed, [20]byte{})
			if err != nil {
				b.Fatal(err)
			}
			assigned := time.Since(start)
			full, err := built.Witness()
			if err != nil {
				b.Fatal(err)
			}
			key, err := groth16.DummySetup(ccs)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for b.Loop() {
				if _, err := groth16.Prove(ccs, key, full, solidity.WithProverTargetSolidityVerifier(backend.GROTH16)); err != nil {
					b.Fatal(err)
				}
			}
			transfers := float64(len(filled.Transfers))
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/transfers, "s/transfer")
			b.ReportMetric(float64(ccs.GetNbConstraints()), "constraints")
			b.ReportMetric(compiled.Seconds(), "s/compile")
			b.ReportMetric(assigned.Seconds(), "s/witness")
			b.ReportMetric(peakMemory(b), "GiB-peak")
		})
	}
}

// peakMemory is the process's largest resident set so far, in GiB.
func peakMemory(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // not Linux: no figure
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / (1 << 20)
		}
	}
	return 0
}
