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
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// benchWorld is a world on this machine's disk, with batches of t512's size, more
// openings besides so that wallets are there soon, and ages as a node has them.
func benchWorld(b *testing.B) *world {
	big := protocol.Shape{Name: "bench", Openings: 256, LayerOne: 16, FeeAccounts: 4, Exits: 32, Transfers: 512, Accounts: 1044, Nodes: 5080}
	return newWorldOn(b, vfs.Default, filepath.Join(b.TempDir(), "ledger"), func(c *aggregator.Config) {
		c.Circuits[0].Shape = big
		c.MaxAge, c.QueueDelay, c.MaxBacklog = 2*time.Second, 100*time.Millisecond, 1<<12
	})
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
	report, err := Run(b.Context(), o)
	stop()
	if err != nil {
		b.Fatalf("%v\n%+v", err, report)
	}
	b.ReportMetric(report.PerSecond, "transfers/s")
	b.ReportMetric(report.Latency.P50, "p50-ms")
	b.ReportMetric(report.Latency.P99, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// alone: nothing else happens.
func alone() (stop func()) { return func() {} }

// BenchmarkHTTP is what comes through JSON-RPC over HTTP from 4,000 wallets, the
// load itself on the same machine: signatures of receipts verified, proofs
// elsewhere.
func BenchmarkHTTP(b *testing.B) {
	for _, c := range []struct{ calls, perCall int }{{32, 1}, {32, 16}} {
		b.Run(fmt.Sprintf("percall=%d", c.perCall), func(b *testing.B) {
			over(b, benchWorld(b), alone, func(o *Options) { o.Steps, o.Calls, o.PerCall = 40_000, c.calls, c.perCall })
		})
	}
	b.Run("rate=1000", func(b *testing.B) {
		over(b, benchWorld(b), alone, func(o *Options) { o.Rate, o.Steps, o.Calls, o.PerCall = 1_000, 30_000, 256, 1 })
	})
}

// BenchmarkFlood is what 250 honest transfers a second find while somebody sends
// ten times as many requests that are good for nothing, each from an address of
// its own, so that no limit of one client holds them back: signatures of others,
// nonces far ahead of their turn, what is no JSON.
func BenchmarkFlood(b *testing.B) {
	for _, flood := range []int{0, 2_500} {
		b.Run(fmt.Sprintf("flood=%d", flood), func(b *testing.B) {
			w := benchWorld(b)
			beside := alone
			if flood > 0 {
				beside = func() func() { return w.flood(b, flood) }
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
	var sent atomic.Int64
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
	for range 64 {
		workers.Go(func() {
			for n := range tickets {
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(bodies[n%len(bodies)]))
				if err != nil {
					panic(err) // the address is the server's own
				}
				request.Header.Set("Content-Type", "application/json")
				response, err := transport.RoundTrip(request)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				sent.Add(1)
			}
		})
	}
	begun := time.Now()
	return func() {
		cancel()
		workers.Wait()
		due.Stop()
		transport.CloseIdleConnections()
		b.ReportMetric(float64(sent.Load())/time.Since(begun).Seconds(), "flood/s")
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
