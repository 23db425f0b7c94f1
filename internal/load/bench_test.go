package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// benchWorld is a world on this machine's disk, with batches of t512's size, more
// openings besides so that wallets are there soon, and ages as a node has them.
func benchWorld(b *testing.B, limit func(*api.Options)) *world {
	big := protocol.Shape{Name: "bench", Openings: 256, LayerOne: 16, FeeAccounts: 4, Exits: 32, Transfers: 512, Accounts: 1044, Nodes: 5080}
	return newWorldOn(b, vfs.Default, filepath.Join(b.TempDir(), "ledger"), func(c *aggregator.Config) {
		c.Circuits[0].Shape = big
		c.MaxAge, c.QueueDelay, c.MaxBacklog = 2*time.Second, 100*time.Millisecond, 1<<12
	}, limit)
}

// over is a run of transfers over HTTP, after one that has opened and funded the
// wallets.
func over(b *testing.B, w *world, beside func() (stop func()), edit func(*Options)) {
	b.Helper()
	o := Options{
		Seed: 1, Wallets: 4_000, Steps: 8_000, Calls: 64, PerCall: 16, Settle: patience, Patience: patience,
		Client: w.client, Owner: owner, Fund: w.fund,
	}
	if _, err := Run(b.Context(), o); err != nil {
		b.Fatal(err)
	}
	edit(&o)
	stop := beside()
	used, begun := processorTime(), time.Now()
	report, err := Run(b.Context(), o)
	b.ReportMetric(float64(processorTime()-used)/float64(time.Since(begun))*100, "cpu-%")
	stop()
	if err != nil {
		b.Fatalf("%v\n%+v", err, report)
	}
	b.ReportMetric(report.PerSecond, "transfers/s")
	b.ReportMetric(report.Latency.P50, "p50-ms")
	b.ReportMetric(report.Latency.P99, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// alone: nothing else happens.
func alone() (stop func()) { return func() {} }

// BenchmarkHTTP is what comes through JSON-RPC over HTTP from 4,000 wallets, the
// load itself on the same machine: signatures of receipts verified, proofs
// elsewhere.
func BenchmarkHTTP(b *testing.B) {
	for _, c := range []struct{ calls, perCall int }{{32, 1}, {32, 16}} {
		b.Run(fmt.Sprintf("percall=%d", c.perCall), func(b *testing.B) {
			over(b, benchWorld(b, unlimited), alone, func(o *Options) { o.Steps, o.Calls, o.PerCall = 40_000, c.calls, c.perCall })
		})
	}
	b.Run("rate=1000", func(b *testing.B) {
		over(b, benchWorld(b, unlimited), alone, func(o *Options) { o.Rate, o.Steps, o.Calls, o.PerCall = 1_000, 30_000, 256, 1 })
	})
}

// BenchmarkFlood is what 250 honest transfers a second, of a thousand clients, find
// while 64 others send ten times as many requests that are good for nothing:
// signatures of others, nonces far ahead of their turn, what is no JSON. Once with the
// limits that a node has, and once without any limit of one client, as if each of
// those requests came from an address of its own.
func BenchmarkFlood(b *testing.B) {
	for _, c := range []struct {
		flood int
		name  string
		limit func(*api.Options)
	}{{0, "default", func(*api.Options) {}}, {2_500, "default", func(*api.Options) {}}, {2_500, "none", unlimited}} {
		b.Run(fmt.Sprintf("flood=%d/limits=%s", c.flood, c.name), func(b *testing.B) {
			w := benchWorld(b, c.limit)
			beside := alone
			if c.flood > 0 {
				beside = func() func() { return w.flood(b, c.flood) }
			}
			over(b, w, beside, func(o *Options) { o.Rate, o.Steps, o.Calls, o.PerCall = 250, 7_500, 256, 1 })
		})
	}
}

// flood sends so many bad requests a second, until it is told to stop.
func (w *world) flood(b *testing.B, perSecond int) (stop func()) {
	b.Helper()
	target, _, err := w.ledger.FindAccount(payer.Public(), owner, 0)
	w.ok(err)
	id := w.engine.Identity().RollupID
	bodies := [][]byte{[]byte(`{"jsonrpc":"2.0","id":1,"method":"quire_sendTransfer","params":[`)}
	stranger := protocol.NewPrivateKey([protocol.SeedSize]byte{66})
	for n := range uint64(16) {
		for _, forged := range []struct {
			key   *protocol.PrivateKey
			nonce uint64
		}{{stranger, n}, {payer, 1_000_000 + n}} {
			signed, err := forged.key.SignTransfer(id, protocol.Transfer{
				From: target, To: target + 1, Amount: *uint256.NewInt(1), Fee: *uint256.NewInt(3), Nonce: forged.nonce, ValidUntil: 1 << 30,
			})
			w.ok(err)
			bodies = append(bodies, encodeSend(b, &signed))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var workers sync.WaitGroup
	var sent, read atomic.Int64 // all, and those that got beyond the limits
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	due := time.NewTicker(time.Second / time.Duration(perSecond/10))
	tickets := make(chan int, 10)
	workers.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				close(tickets)
				return
			case <-due.C:
				for range 10 {
					select {
					case tickets <- n:
					default: // the node does not keep up: neither does the flood
					}
					n++
				}
			}
		}
	})
	for client := range 64 {
		workers.Go(func() {
			for n := range tickets {
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(bodies[n%len(bodies)]))
				if err != nil {
					panic(err) // the address is the server's own
				}
				request.Header.Set("Content-Type", "application/json")
				request.Header.Set(forwarded, fmt.Sprintf("192.0.2.%d", client))
				response, err := transport.RoundTrip(request)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				sent.Add(1)
				if response.StatusCode == http.StatusOK {
					read.Add(1)
				}
			}
		})
	}
	begun := time.Now()
	return func() {
		cancel()
		workers.Wait()
		due.Stop()
		transport.CloseIdleConnections()
		for unit, n := range map[string]*atomic.Int64{"flood/s": &sent, "flood-read/s": &read} {
			b.ReportMetric(float64(n.Load())/time.Since(begun).Seconds(), unit)
		}
	}
}

// encodeSend is a request to send a transfer.
func encodeSend(b *testing.B, t *protocol.SignedTransfer) []byte {
	b.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "quire_sendTransfer", "params": []any{wire.NewSignedTransfer(t)}})
	if err != nil {
		b.Fatal(err)
	}
	return body
}
