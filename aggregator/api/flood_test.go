package api

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFlood: many clients that send what is costly to take apart, all at once, get
// neither the memory nor the answers of those who ask politely.
func TestFlood(t *testing.T) {
	s := newTestServer(t, new(fake), Options{MemoryBytes: 16 << 20, RetryAfter: time.Minute})
	h := s.Handler()
	full := func(begin, entry, end string) string {
		n := (DefaultBodyBytes - len(begin) - len(end)) / len(entry)
		return begin + strings.Repeat(entry, n) + end
	}
	call := func(method string) string { return `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":[` }
	bodies := []string{
		full(`[0`, `,0`, `]`),
		full(``, `[`, ``),
		full(``, `{"":`, ``),
		full(`"`, `x`, `"`),
		full(``, ` `, ``),
		full(`[`+aCall, `,`+aCall, `]`),
		full(call("quire_sendTransfers")+`[0`, `,0`, `]]}`),
		full(call("quire_sendTransfers")+`[[`, `[],`, `[]]]]}`),
		full(call("quire_sendTransfer")+`{"a":0`, `,"a":0`, `}]}`),
		full(call("quire_getAccounts")+`{"owner":"`, `x`, `"}]}`),
		full(call("quire_syncStatus")+`0`, `,0`, `]}`),
		full(`{"jsonrpc":"2.0","method":"`, `x`, `"}`),
		full(`{"jsonrpc":"2.0","id":"`, `x`, `","method":"quire_syncStatus"}`),
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	runtime.GC()
	before := heap()
	var peak uint64

	const attackers = 64
	var attack sync.WaitGroup
	for i := range attackers {
		attack.Go(func() {
			w := post(h, fmt.Sprintf("198.51.100.%d:1", i), bodies[i%len(bodies)])
			if n := w.Body.Len(); n > DefaultResponseBytes {
				t.Errorf("an answer of %d bytes", n)
			}
		})
	}
	over := make(chan struct{})
	go func() { attack.Wait(); close(over) }()
	for asked := 0; ; asked++ {
		select {
		case <-over:
			if peak > before {
				t.Logf("the heap grew by %d MiB; %d polite requests were answered", (peak-before)>>20, asked)
			}
			// What is received takes its 16 MiB; taken apart it is some times as much.
			if peak > before+256<<20 {
				t.Errorf("the heap grew by %d MiB", (peak-before)>>20)
			}
			if !s.memory.TryAcquire(16<<20) || !s.working.TryAcquire(DefaultRequests) || s.requests.total != 0 {
				t.Error("something is still counted")
			}
			return
		default:
			// A request that finds the memory taken is told to come back: that is an
			// answer, too, but for one so small there is always room in the end.
			if w := post(h, fmt.Sprintf("192.0.2.%d:1", asked%250), aCall); w.Code != http.StatusOK && w.Code != http.StatusServiceUnavailable {
				t.Errorf("a polite request: status %d, %s", w.Code, w.Body)
			}
			peak = max(peak, heap())
			time.Sleep(time.Millisecond)
		}
	}
}
