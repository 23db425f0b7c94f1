package reconstruct

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit/internal/fakel1"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/workload"
	"github.com/quirezk/quire/statetree"
)

// benchmarked is a history on layer 1 whose first part opens accounts by
// deposits, and whose second is batches of transfers between them.
type benchmarked struct {
	layer1    *layer1
	opened    uint64 // the block that ends the first part
	transfers int
}

const (
	benchBatch    = 512  // transfers
	benchBatches  = 768  // of transfers
	benchDeposits = 8192 // in a batch; far above what a shape holds, since it is not what is measured
)

// traffic is what benchmarks are run with.
var traffic = map[string]workload.Config{
	// Every account of 2^20 takes part as often as any other.
	"uniform": {Seed: 1, Transfers: benchBatch * benchBatches, Distribution: workload.Uniform, Accounts: 1 << 20, IndexBits: 22},
	// Few accounts take part in most transfers.
	"zipf": {Seed: 1, Transfers: benchBatch * benchBatches, Distribution: workload.Zipf, Exponent: 1.1, IndexBits: 20},
}

// prepared remembers histories: they take minutes to make.
var prepared = struct {
	sync.Mutex
	histories map[string]*benchmarked
}{histories: make(map[string]*benchmarked)}

func prepare(b *testing.B, name string) *benchmarked {
	b.Helper()
	prepared.Lock()
	defer prepared.Unlock()
	if h := prepared.histories[name]; h != nil {
		return h
	}
	w, err := workload.Generate(traffic[name])
	if err != nil {
		b.Fatal(err)
	}
	h := &benchmarked{layer1: newLayer1(1, 0), transfers: len(w.Transfers)}
	l := h.layer1
	l.id = w.RollupID
	r := &rollup{lanes: [2]*protocol.Queue{{}, {}}}
	r.finalized.Commitment = protocol.GenesisCommitment(l.id)
	tree := statetree.OpenMemory()
	defer tree.Close()
	state := protocol.NewMemoryState()
	settle := func(batch *protocol.Batch) fakel1.Tx {
		overlay := protocol.NewOverlay(state)
		exits, err := protocol.Apply(overlay, batch)
		if err != nil {
			b.Fatal(err)
		}
		var updates []statetree.Update
		for i, a := range overlay.Changes() {
			updates = append(updates, statetree.Update{Index: i, Account: a})
		}
		root, err := tree.Apply(b.Context(), batch.Number, updates, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := overlay.Flush(); err != nil {
			b.Fatal(err)
		}
		p, err := protocol.NewPublished(batch, r.finalized.Commitment, protocol.Commitment(root, l.id, batch.Number), exits)
		if err != nil {
			b.Fatal(err)
		}
		return r.settle(p)
	}
	next := func() *protocol.Batch { return &protocol.Batch{RollupID: l.id, Number: r.finalized.Number + 1} }
	batch := next()
	var txs []fakel1.Tx
	seal := func() {
		l.Seal(append(txs, settle(batch))...)
		batch, txs = next(), nil
	}
	for i, a := range w.State.All() {
		d := protocol.Deposit{Key: a.Key, Owner: a.Owner, Token: a.Token, Amount: a.Balance}
		txs = append(txs, r.deposit(d, common.Address{1}, 1))
		batch.Deposits = append(batch.Deposits, protocol.CreditedDeposit{Deposit: d, Index: i, Opened: true})
		if len(batch.Deposits) == benchDeposits {
			seal()
		}
	}
	seal()
	l.after[l.Head().Hash()] = keep(r)
	h.opened = l.Head().Number()
	for transfers := range slices.Chunk(w.Transfers, benchBatch) {
		batch.FeeAccounts, batch.Transfers = w.FeeAccounts, transfers
		seal()
	}
	l.after[l.Head().Hash()] = keep(r)
	prepared.histories[name] = h
	return h
}

// keep is the contract as it is now.
func keep(r *rollup) *rollup {
	kept := *r
	for i, q := range r.lanes {
		lane := *q
		kept.lanes[i] = &lane
	}
	return &kept
}

// processorTime is what the process has used so far. Other work on the machine
// stretches it less than it does the clock's.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSync rebuilds batches of 512 transfers, from a layer 1 in memory:
// everything from its logs to the synced tree. The deposits before them are
// rebuilt in the same process, as in a run from genesis, and not counted. It
// reports transfers per second, and microseconds of processor time per transfer.
func BenchmarkSync(b *testing.B) {
	for _, name := range []string{"uniform", "zipf"} {
		for _, every := range []int{1, 64, DefaultCheckEvery} {
			b.Run(fmt.Sprintf("%s/check-every=%d", name, every), func(b *testing.B) {
				h := prepare(b, name)
				end := h.layer1.Head().Number()
				var processor time.Duration
				for b.Loop() {
					b.StopTimer()
					dir := filepath.Join(b.TempDir(), "state")
					s, err := Open(dir, Options{Logger: quiet})
					if err != nil {
						b.Fatal(err)
					}
					rebuild(b, s, h, every, h.opened)
					runtime.GC() // the preparation's garbage is not what is measured
					begun := processorTime(b)
					b.StartTimer()
					rebuild(b, s, h, every, end)
					b.StopTimer()
					processor += processorTime(b) - begun
					if err := errors.Join(s.Close(), os.RemoveAll(dir)); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				transfers := float64(b.N * h.transfers)
				b.ReportMetric(transfers/b.Elapsed().Seconds(), "transfers/s")
				b.ReportMetric(float64(processor.Microseconds())/transfers, "cpu-µs/transfer")
			})
		}
	}
}

// rebuild brings a state up to a block.
func rebuild(b *testing.B, s *State, h *benchmarked, every int, block uint64) {
	b.Helper()
	c := config()
	c.CheckEvery, c.Block = every, &block
	if err := s.Sync(context.Background(), client{layer1: h.layer1}, c); err != nil {
		b.Fatal(err)
	}
}
