package aggregator

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
)

// BenchmarkRestart opens what a killed node with many accounts left behind: with a
// full mempool, batches that wait for their proofs, and an open one. It reports the
// time until transfers are taken again, and the memory that the process then has:
// go test ./aggregator -run '^$' -bench Restart -benchtime 1x -accounts 1000000
func BenchmarkRestart(b *testing.B) {
	shape, err := circuits.ShapeByName("t512")
	if err != nil {
		b.Fatal(err)
	}
	t := &bench{TB: b}
	t.id = ledger.Identity{ChainID: 1337, Contract: [20]byte{1}}
	dir := b.TempDir()
	led, err := ledger.Open(dir, ledger.Options{})
	t.ok(err)
	transfers := 64 * 512
	p := populate(b, led.Tree(), &t.id, *benchAccounts, transfers)
	t.ok(Begin(led, t.id))
	cfg := Config{Circuits: []Circuit{{Shape: shape}}, Prover: elsewhere{}, Settler: new(settler), MaxBacklog: 1 << 10}
	s, err := NewService(cfg, led, ServiceOptions{})
	t.ok(err)
	send := func(transfers []protocol.SignedTransfer, want Status) {
		for len(transfers) > 0 {
			n := min(512, len(transfers))
			outcomes, err := s.Send(context.Background(), transfers[:n])
			t.ok(err)
			for _, o := range outcomes {
				if o.Status != want {
					b.Fatalf("%+v", o)
				}
			}
			transfers = transfers[n:]
		}
	}
	send(p.transfers, StatusExecuted)
	waiting := make([]protocol.SignedTransfer, mempool.DefaultMaxTotal)
	for i := range waiting {
		from := i % *benchAccounts
		waiting[i], err = p.keys[from%len(p.keys)].SignTransfer(t.id.RollupID, protocol.Transfer{
			From: protocol.Index(from + 1), To: 1, Amount: *uint256.NewInt(1), Nonce: 5, ValidUntil: 1 << 30,
		})
		t.ok(err)
	}
	send(waiting, StatusQueued)

	// What a kill leaves: the files as they are.
	killed := b.TempDir()
	t.ok(os.CopyFS(killed, os.DirFS(dir)))
	t.ok(s.Stop(b.Context()))
	t.ok(led.Close())
	p, waiting = nil, nil
	debug.FreeOSMemory()
	before := resident(b)

	b.ResetTimer()
	for b.Loop() {
		began := time.Now()
		led, err := ledger.Open(killed, ledger.Options{})
		t.ok(err)
		s, err := NewService(cfg, led, ServiceOptions{})
		t.ok(err)
		took := time.Since(began)
		if sum := s.Engine().Summary(); sum.Waiting != mempool.DefaultMaxTotal || sum.Head.NextSeq != uint64(transfers+1) {
			b.Fatalf("%+v", sum)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(took.Seconds(), "s-to-ready")
		b.ReportMetric(float64(m.HeapInuse)/(1<<20), "MiB-heap")
		b.ReportMetric(float64(resident(b)-before)/(1<<20), "MiB-resident-more")
		b.ReportMetric(float64(resident(b))/(1<<20), "MiB-resident")
		t.ok(s.Stop(b.Context()))
		t.ok(led.Close())
	}
}

// resident returns the process's resident memory in bytes.
func resident(b *testing.B) uint64 {
	b.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("resident memory is read from /proc")
	}
	pages, err := strconv.ParseUint(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * uint64(os.Getpagesize())
}
