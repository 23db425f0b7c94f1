package aggregator

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

var (
	benchAccounts  = flag.Int("accounts", 100_000, "accounts in the state of BenchmarkService")
	benchTransfers = flag.Int("transfers", 40_000, "transfers that BenchmarkService sends")
)

// elsewhere is a prover that takes nothing of this machine.
type elsewhere struct{ prover }

func (elsewhere) Witness(ctx context.Context, c Circuit, sealed *witness.Sealed) (*Witnessed, error) {
	<-ctx.Done() // not in this benchmark's time
	return nil, ctx.Err()
}

// population is accounts of few keys, whose transfers are signed beforehand.
type population struct {
	keys      []*protocol.PrivateKey
	transfers []protocol.SignedTransfer
}

// populate fills a state tree with accounts, and signs transfers between them: each
// account sends in its turn, to one drawn at random.
func populate(b *testing.B, tree *statetree.Tree, id *ledger.Identity, accounts, transfers int) *population {
	b.Helper()
	p := new(population)
	for i := range 64 {
		p.keys = append(p.keys, protocol.NewPrivateKey([32]byte{byte(i + 1), 7}))
	}
	updates := make([]statetree.Update, accounts)
	for i := range updates {
		index := protocol.Index(i + 1)
		updates[i] = statetree.Update{Index: index, Account: protocol.Account{
			Key: p.keys[i%len(p.keys)].Public(), Owner: owner(i % 64), Balance: *uint256.NewInt(1_000_000),
		}}
	}
	root, err := tree.Load(b.Context(), 1, updates, nil)
	if err != nil {
		b.Fatal(err)
	}
	id.Base, id.BaseRoot, id.BaseNextIndex = 1, root, protocol.Index(accounts+1)
	rng := rand.New(rand.NewPCG(1, 2))
	p.transfers = make([]protocol.SignedTransfer, transfers)
	to := make([]protocol.Index, transfers)
	for i := range to {
		to[i] = protocol.Index(1 + rng.IntN(accounts))
	}
	var wg sync.WaitGroup
	for worker := range 2 {
		wg.Go(func() {
			for i := worker; i < transfers; i += 2 {
				from := i % accounts
				signed, err := p.keys[from%len(p.keys)].SignTransfer(id.RollupID, protocol.Transfer{
					From: protocol.Index(from + 1), To: to[i], Amount: *uint256.NewInt(1), Nonce: uint64(i / accounts), ValidUntil: 1 << 30,
				})
				if err != nil {
					panic(err)
				}
				p.transfers[i] = signed
			}
		})
	}
	wg.Wait()
	return p
}

// BenchmarkService sends transfers between accounts drawn at random to a node whose
// proofs are made elsewhere, from 256 callers at once, and reports how many are
// accepted, executed and durable in a second, and how many if all have to be sealed,
// too, which is what goes on for ever. Processor time is with sealing:
// go test ./aggregator -run '^$' -bench Service -benchtime 1x
func BenchmarkService(b *testing.B) {
	for _, size := range []int{1, 16} {
		b.Run(fmt.Sprintf("call=%d", size), func(b *testing.B) { benchmarkService(b, size) })
	}
}

func benchmarkService(b *testing.B, size int) {
	shape, err := circuits.ShapeByName("t512")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t := &bench{TB: b}
		t.id = ledger.Identity{ChainID: 1337, Contract: [20]byte{1}}
		led, err := ledger.Open(b.TempDir(), ledger.Options{})
		t.ok(err)
		p := populate(b, led.Tree(), &t.id, *benchAccounts, *benchTransfers)
		t.ok(Begin(led, t.id))
		s, err := NewService(Config{
			Circuits: []Circuit{{Shape: shape}}, Prover: elsewhere{}, Settler: new(settler), MaxBacklog: 1 << 20,
		}, led, ServiceOptions{})
		t.ok(err)

		var next atomic.Int64
		latencies := make([]time.Duration, *benchTransfers/size)
		processor, begun := processorTime(b), time.Now()
		var wg sync.WaitGroup
		for range 256 {
			wg.Go(func() {
				for {
					n := int(next.Add(1)) - 1
					if (n+1)*size > len(p.transfers) {
						return
					}
					sent := time.Now()
					outcomes, err := s.Send(context.Background(), p.transfers[n*size:(n+1)*size])
					latencies[n] = time.Since(sent)
					for i := range outcomes {
						if err == nil && outcomes[i].Status != StatusExecuted {
							err = fmt.Errorf("%v: %w", outcomes[i].Status, outcomes[i].Err)
						}
					}
					if err != nil {
						panic(err)
					}
				}
			})
		}
		wg.Wait()
		took := time.Since(begun)
		// Nothing may be left behind: all full batches get into the state tree.
		for sum := s.Engine().Summary(); sum.Sealed+1 < sum.Open.Number; sum = s.Engine().Summary() {
			time.Sleep(time.Millisecond)
		}
		sustained := time.Since(begun)
		processor = processorTime(b) - processor
		sealed := s.Engine().Summary().Sealed
		t.ok(s.Stop(b.Context()))
		t.ok(led.Close())
		slices.Sort(latencies)
		n := float64(len(p.transfers))
		b.ReportMetric(0, "ns/op") // the preparation is not what is measured
		b.ReportMetric(n/took.Seconds(), "transfers/s")
		b.ReportMetric(n/sustained.Seconds(), "sealed-transfers/s")
		b.ReportMetric(float64(processor.Microseconds())/n, "cpu-µs/transfer")
		b.ReportMetric(float64(latencies[len(latencies)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds())/1000, "p99-ms")
		b.ReportMetric(float64(sealed-1), "batches-sealed")
	}
}

// processorTime is what the process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
