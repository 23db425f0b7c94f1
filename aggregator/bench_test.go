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

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

var (
	benchAccounts  = flag.Int("accounts", 100_000, "accounts in the state of benchmarks")
	benchTransfers = flag.Int("transfers", 40_000, "transfers that benchmarks send")
	benchRate      = flag.Float64("rate", 2500, "transfers per second that BenchmarkLatency sends")
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

// rig is a node whose proofs are made elsewhere, with its disk, and transfers to
// send.
type rig struct {
	*bench
	service   *Service
	transfers []protocol.SignedTransfer
	domain    receipt.Domain
	key       *receipt.Key
}

func newRig(b *testing.B, transfers int) *rig {
	b.Helper()
	shape, err := circuits.ShapeByName("t512")
	if err != nil {
		b.Fatal(err)
	}
	r := &rig{bench: &bench{TB: b}}
	r.id = ledger.Identity{ChainID: 1337, Contract: [20]byte{1}}
	r.domain = receipt.NewDomain(r.id.ChainID, r.id.Contract)
	key, err := crypto.GenerateKey()
	r.ok(err)
	r.key = receipt.NewKey(key)
	r.led, err = ledger.Open(b.TempDir(), ledger.Options{})
	r.ok(err)
	r.transfers = populate(b, r.led.Tree(), &r.id, *benchAccounts, transfers).transfers
	r.ok(Begin(r.led, r.id))
	r.service, err = NewService(Config{
		Circuits: []Circuit{{Shape: shape}}, Prover: elsewhere{}, Settler: new(settler), MaxBacklog: 1 << 20,
	}, r.led, ServiceOptions{})
	r.ok(err)
	return r
}

// send is a call: transfers are executed, and their receipts signed.
func (r *rig) send(transfers []protocol.SignedTransfer) {
	outcomes, err := r.service.Send(context.Background(), transfers)
	if err != nil {
		panic(err)
	}
	for _, o := range outcomes {
		if o.Status != StatusExecuted {
			panic(fmt.Errorf("%v: %w", o.Status, o.Err))
		}
		if _, err := receipt.Sign(r.domain, r.key, receipt.Receipt{Transfer: o.ID, Sequence: o.Seq, Batch: o.Batch, Time: o.Received}); err != nil {
			panic(err)
		}
	}
}

// sealed waits until all full batches are in the state tree, and returns how many.
func (r *rig) sealed() uint32 {
	sum := r.service.Engine().Summary()
	for ; sum.Sealed+1 < sum.Open.Number; sum = r.service.Engine().Summary() {
		time.Sleep(time.Millisecond)
	}
	return sum.Sealed - 1
}

func (r *rig) end() {
	r.ok(r.service.Stop(context.Background()))
	r.ok(r.led.Close())
}

// report reports what all that was sent has taken.
func (r *rig) report(b *testing.B, latencies []time.Duration, processor time.Duration) {
	slices.Sort(latencies)
	b.ReportMetric(0, "ns/op") // the preparation is not what is measured
	b.ReportMetric(float64(processor.Microseconds())/float64(len(r.transfers)), "cpu-µs/transfer")
	for _, p := range []struct {
		name     string
		perMille int
	}{{"p50-ms", 500}, {"p99-ms", 990}, {"p99.9-ms", 999}} {
		b.ReportMetric(float64(latencies[len(latencies)*p.perMille/1000].Microseconds())/1000, p.name)
	}
}

// BenchmarkService sends transfers between accounts drawn at random to a node whose
// proofs are made elsewhere, from 256 callers at once, and reports how many are
// accepted, executed and durable in a second, with their receipts signed, and how
// many if all have to be sealed, too, which is what goes on for ever. Processor time
// is with sealing:
// go test ./aggregator -run '^$' -bench Service -benchtime 1x
func BenchmarkService(b *testing.B) {
	for _, size := range []int{1, 16} {
		b.Run(fmt.Sprintf("call=%d", size), func(b *testing.B) { benchmarkService(b, size) })
	}
}

func benchmarkService(b *testing.B, size int) {
	for b.Loop() {
		r := newRig(b, *benchTransfers)
		var next atomic.Int64
		latencies := make([]time.Duration, len(r.transfers)/size)
		processor, begun := processorTime(b), time.Now()
		var wg sync.WaitGroup
		for range 256 {
			wg.Go(func() {
				for n := int(next.Add(1)) - 1; n < len(latencies); n = int(next.Add(1)) - 1 {
					sent := time.Now()
					r.send(r.transfers[n*size : (n+1)*size])
					latencies[n] = time.Since(sent)
				}
			})
		}
		wg.Wait()
		took := time.Since(begun)
		batches := r.sealed()
		sustained, n := time.Since(begun), float64(len(r.transfers))
		r.report(b, latencies, processorTime(b)-processor)
		b.ReportMetric(n/took.Seconds(), "transfers/s")
		b.ReportMetric(n/sustained.Seconds(), "sealed-transfers/s")
		b.ReportMetric(float64(batches), "batches-sealed")
		r.end()
	}
}

// BenchmarkLatency sends transfers at a rate, whether the node keeps up or not, at
// times as independent callers have them, one in each call, and reports how long
// after it was due each had its receipt:
// go test ./aggregator -run '^$' -bench Latency -benchtime 1x -rate 2500
func BenchmarkLatency(b *testing.B) {
	for b.Loop() {
		r := newRig(b, *benchTransfers)
		rng := rand.New(rand.NewPCG(3, 4))
		latencies := make([]time.Duration, len(r.transfers))
		processor, begun := processorTime(b), time.Now()
		var due time.Duration
		var wg sync.WaitGroup
		for n := range r.transfers {
			due += time.Duration(rng.ExpFloat64() / *benchRate * float64(time.Second))
			time.Sleep(due - time.Since(begun))
			at := begun.Add(due)
			wg.Go(func() {
				r.send(r.transfers[n : n+1])
				latencies[n] = time.Since(at)
			})
		}
		wg.Wait()
		took := time.Since(begun)
		r.sealed()
		r.report(b, latencies, processorTime(b)-processor)
		b.ReportMetric(float64(len(r.transfers))/took.Seconds(), "transfers/s")
		r.end()
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
