package prover

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/frontend"
)

// dummyKeys has a proving key of the right sizes and no verifying key, for
// benchmarks of circuits whose setup would take longer than the benchmark. It is
// in a test file so that no program can come by such keys.
func dummyKeys(tb testing.TB, c *Circuit) *Keys {
	tb.Helper()
	pk, err := groth16.DummySetup(c.system)
	if err != nil {
		tb.Fatal(err)
	}
	return &Keys{circuit: c, proving: pk.(*groth16bn254.ProvingKey)}
}

// BenchmarkProve makes proofs of growing toy circuits under dummy keys, and
// compares the memory that they take with what [Keys.ProofBytes] promises a
// [Pool]. The peak is of live memory: the collector runs often.
func BenchmarkProve(b *testing.B) {
	for _, log := range []int{14, 16, 18, 20} {
		b.Run(fmt.Sprintf("constraints=2^%d", log), func(b *testing.B) {
			c, err := NewCircuit(toyDesign, compileToy(b, 1<<log-1000))
			if err != nil {
				b.Fatal(err)
			}
			keys := dummyKeys(b, c)
			full, err := frontend.NewWitness(toyAssignment(1), ecc.BN254.ScalarField())
			if err != nil {
				b.Fatal(err)
			}
			defer debug.SetGCPercent(debug.SetGCPercent(10))
			runtime.GC()
			peak, stop := watchHeap()
			base := peak.Load()
			for b.Loop() {
				system, logger := keys.circuit.forOneProof(func() {})
				if _, err := groth16bn254.Prove(system, keys.proving, full, proverOptions(logger)...); err != nil {
					b.Fatal(err)
				}
			}
			stop()
			b.ReportMetric(float64(c.Constraints()), "constraints")
			b.ReportMetric(float64(peak.Load()-base)/(1<<20), "MiB-peak")
			b.ReportMetric(float64(keys.ProofBytes())/(1<<20), "MiB-estimate")
		})
	}
}

// watchHeap follows the largest amount of memory in heap objects until stop.
func watchHeap() (peak *atomic.Int64, stop func()) {
	peak = new(atomic.Int64)
	read := func() {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		peak.Store(max(peak.Load(), int64(s[0].Value.Uint64())))
	}
	read()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				read()
			}
		}
	}()
	return peak, func() { close(done); <-ended }
}

// BenchmarkLoad reads keys with all their checks.
func BenchmarkLoad(b *testing.B) {
	store, c, _ := installed(b)
	m := toyKeys(b).verify.manifest
	b.SetBytes(m.Files.Circuit.Size + m.Files.ProvingKey.Size + m.Files.VerifyingKey.Size)
	for b.Loop() {
		if _, err := store.Load(bg, toyDesign, c.Digest(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify checks one proof, from its written form's words on.
func BenchmarkVerify(b *testing.B) {
	p, vk := toyProof(b, 5), toyKeys(b).verify
	for b.Loop() {
		if err := vk.Verify(p); err != nil {
			b.Fatal(err)
		}
	}
}
