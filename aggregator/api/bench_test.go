package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// idle takes transfers on for nothing, so that only the interface is measured.
type idle struct{ Backend }

func (idle) SendTransfers(_ context.Context, transfers []protocol.SignedTransfer) []SendResult {
	results := make([]SendResult, len(transfers))
	receipt := fakeReceipt(1)
	for i := range results {
		results[i] = SendResult{Status: wire.StatusExecuted, Seq: 1, Batch: 1, Receipt: receipt}
	}
	return results
}

// BenchmarkSendTransfers is what the interface takes for a transfer: to receive
// it, read it, and answer. The signature's point is decompressed, but not verified.
func BenchmarkSendTransfers(b *testing.B) {
	s := newTestServer(b, idle{new(fake)}, Options{Rate: -1})
	transfers := make([]string, DefaultTransfers)
	for i := range transfers {
		transfers[i] = signedJSON(uint64(i))
	}
	body := `{"jsonrpc":"2.0","id":1,"method":"quire_sendTransfers","params":[[` + strings.Join(transfers, ",") + `]]}`
	b.ReportAllocs()
	for b.Loop() {
		if w := post(s.Handler(), someone, body); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*DefaultTransfers), "µs/transfer")
}

// BenchmarkDecode is the part of it that reads the JSON.
func BenchmarkDecode(b *testing.B) {
	text := []byte(signedJSON(5))
	b.ReportAllocs()
	for b.Loop() {
		var t wire.SignedTransfer
		if err := wire.Decode(text, &t); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPublish is what a transfer costs the node with a thousand subscribers
// to other accounts and one to all.
func BenchmarkPublish(b *testing.B) {
	s := newTestServer(b, new(fake), Options{Backlog: 1 << 20})
	for i := range protocol.Index(1000) {
		s.hub.add(topicTransfers, &i)
	}
	all := s.hub.add(topicTransfers, nil)
	t := fakeTransfer(1)
	t.Signed.From, t.Signed.To = 5000, 6000
	b.ReportAllocs()
	for b.Loop() {
		s.PublishTransfer(&t)
		<-all.waiting
	}
}
