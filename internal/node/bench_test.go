package node

import (
	"testing"
	"time"
)

// BenchmarkStart is what a whole node takes from its start until it is ready,
// beyond what aggregator's BenchmarkRestart measures on a large ledger: layer 1's
// questions, both stores, the listeners, and the first look at layer 1. The
// prover's keys are loaded beside it, and count for nothing here.
func BenchmarkStart(b *testing.B) {
	w := newWorld(b)
	cfg := w.config()
	n, _ := w.start(cfg)
	w.until("readiness", func() bool { return n.Ready() == nil })
	w.deposit(1000)
	w.stop(n)
	for b.Loop() {
		begun := time.Now()
		n, err := Start(b.Context(), cfg, w.options())
		if err != nil {
			b.Fatal(err)
		}
		for n.Ready() != nil {
			if time.Since(begun) > time.Minute {
				b.Fatal(n.Ready())
			}
			time.Sleep(time.Millisecond)
		}
		b.StopTimer()
		w.stop(n)
		b.StartTimer()
	}
}
