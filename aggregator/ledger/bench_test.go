package ledger

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/quirezk/quire/protocol"
)

// benchTransfers are n transfers between random ones of 10^5 accounts, with IDs.
func benchTransfers(n int) ([]Transfer, []TransferID) {
	r := maker{newRand(41)}
	transfers, ids := make([]Transfer, n), make([]TransferID, n)
	for i := range transfers {
		t := r.transfer(uint64(i + 1))
		t.Signed.From, t.Signed.To = protocol.Index(1+r.IntN(100_000)), protocol.Index(1+r.IntN(100_000))
		transfers[i], ids[i] = t, r.word()
	}
	return transfers, ids
}

// BenchmarkExecute is what a transfer costs the writer before the commit.
func BenchmarkExecute(b *testing.B) {
	l := benchLedger(b)
	transfers, ids := benchTransfers(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		c := l.NewChanges()
		b.StartTimer()
		for j := range transfers {
			c.Execute(ids[j], &transfers[j])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(transfers)), "ns/transfer")
}

// BenchmarkCommit commits groups of transfers to the operating system's disk, and
// says what a transfer takes of all processors (pebble's background work too).
func BenchmarkCommit(b *testing.B) {
	for _, group := range []int{1, 25, 250} {
		b.Run(fmt.Sprintf("group=%d", group), func(b *testing.B) {
			l := benchLedger(b)
			transfers, ids := benchTransfers(20_000)
			h := Head{NextSeq: 1, Cursor: make([]byte, 100)}
			before := processorTime(b)
			for b.Loop() {
				c := l.NewChanges()
				for range group {
					i := int(h.NextSeq-1) % len(transfers)
					t := transfers[i]
					t.Seq = h.NextSeq
					id := ids[i]
					id[0] ^= byte(h.NextSeq / uint64(len(transfers)))
					c.Execute(id, &t)
					h.NextSeq++
				}
				c.PutHead(h)
				if err := l.Commit(c); err != nil {
					b.Fatal(err)
				}
			}
			n := float64(b.N * group)
			b.ReportMetric(float64(b.Elapsed().Microseconds())/n, "µs/transfer")
			b.ReportMetric(float64(processorTime(b)-before)/n, "cpu-µs/transfer")
		})
	}
}

// BenchmarkRead reads among 10^5 transfers.
func BenchmarkRead(b *testing.B) {
	l := benchLedger(b)
	transfers, ids := filled(b, l, 100_000)
	r := newRand(42)
	b.Run("ID", func(b *testing.B) {
		for b.Loop() {
			if _, found, err := l.ByID(ids[r.IntN(len(ids))]); !found || err != nil {
				b.Fatal(found, err)
			}
		}
	})
	b.Run("transfer", func(b *testing.B) {
		for b.Loop() {
			if _, found, err := l.Transfer(1 + r.Uint64N(uint64(len(transfers)))); !found || err != nil {
				b.Fatal(found, err)
			}
		}
	})
	b.Run("history", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.History(transfers[r.IntN(len(transfers))].Signed.From, 1<<64-1, 20); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("transfers", func(b *testing.B) { // in their order, each
		n := 0
		for n < b.N {
			for _, err := range l.Transfers(1, 1<<64-1) {
				if err != nil {
					b.Fatal(err)
				}
				if n++; n == b.N {
					break
				}
			}
		}
	})
}

// BenchmarkCheck checks 10^5 transfers.
func BenchmarkCheck(b *testing.B) {
	l := benchLedger(b)
	filled(b, l, 100_000)
	before := processorTime(b)
	for b.Loop() {
		if _, err := l.Check(context.Background(), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N*100_000), "cpu-µs/transfer")
}

// BenchmarkID names a transfer.
func BenchmarkID(b *testing.B) {
	transfers, _ := benchTransfers(1)
	for b.Loop() {
		IDOf(transfers[0].Signed.Signature.R.X, &transfers[0].Signed.Transfer)
	}
}

func benchLedger(b *testing.B) *Ledger {
	b.Helper()
	l, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { mustClose(b, l) })
	if err := l.Create(Identity{}, Head{NextSeq: 1, NextOpening: 1, Batch: 1}); err != nil {
		b.Fatal(err)
	}
	return l
}

// filled executes n transfers as one batch.
func filled(b *testing.B, l *Ledger, n int) ([]Transfer, []TransferID) {
	b.Helper()
	transfers, ids := benchTransfers(n)
	batch := Batch{Number: 1, FirstSeq: 1, OpeningsEnd: 1, NextIndex: 1, Transfers: uint32(n)}
	mustCommit(b, l, func(c *Changes) {
		for i := range transfers {
			transfers[i].Batch = 1
			ids[i] = IDOf(Identity{}.RollupID, &transfers[i].Signed.Transfer)
			c.Execute(ids[i], &transfers[i])
		}
		c.PutBatch(&batch)
		c.PutHead(Head{NextSeq: uint64(n) + 1, NextOpening: 1, Batch: 1})
	})
	return transfers, ids
}

// processorTime is what the process has used of all processors, in microseconds.
func processorTime(b *testing.B) int64 {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
}
