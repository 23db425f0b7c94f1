package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/quirezk/quire/aggregator/api/wire"
)

// request asks a handler for a path, as a change has it.
func request(h http.Handler, method, path string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, http.NoBody)
	r.RemoteAddr = someone
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const aCall = `{"jsonrpc":"2.0","id":1,"method":"quire_syncStatus"}`

// clock is a clock that is set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// TestHosts: the server answers to its names, addresses and localhost, and to
// nothing else.
func TestHosts(t *testing.T) {
	for _, c := range []struct {
		hosts []string
		host  string
		want  int
	}{
		{nil, "localhost", 200}, {nil, "LOCALHOST:8645", 200}, {nil, "127.0.0.1:8645", 200}, {nil, "[::1]:8645", 200}, {nil, "[::1]", 200},
		{nil, "node.example", 403}, {nil, "", 403}, {nil, "localhost.evil.example", 403}, {nil, "127.0.0.1.evil.example", 403},
		{[]string{"node.example"}, "node.example:443", 200}, {[]string{"node.example"}, "Node.Example", 200}, {[]string{"node.example"}, "evil.example", 403},
		{[]string{"*"}, "evil.example", 200},
	} {
		s := newTestServer(t, new(fake), Options{Hosts: c.hosts})
		if w := request(s.Handler(), http.MethodGet, "/", func(r *http.Request) { r.Host = c.host }); w.Code != c.want {
			t.Errorf("hosts %v, host %q: status %d, want %d", c.hosts, c.host, w.Code, c.want)
		}
	}
}

// TestOrigins: only pages that are allowed may read answers.
func TestOrigins(t *testing.T) {
	for _, c := range []struct {
		origins []string
		origin  string
		want    string
	}{
		{nil, "https://wallet.example", ""},
		{[]string{"https://wallet.example"}, "https://wallet.example", "https://wallet.example"},
		{[]string{"https://wallet.example"}, "https://evil.example", ""},
		{[]string{"https://wallet.example"}, "http://wallet.example", ""},
		{[]string{"https://wallet.example"}, "", ""},
		{[]string{"*"}, "https://any.example", "https://any.example"},
	} {
		s := newTestServer(t, new(fake), Options{Origins: c.origins})
		for _, method := range []string{http.MethodOptions, http.MethodPost} {
			w := request(s.Handler(), method, "/", func(r *http.Request) {
				if c.origin != "" {
					r.Header.Set("Origin", c.origin)
				}
			})
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != c.want {
				t.Errorf("origins %v, %s from %q: %q may read, want %q", c.origins, method, c.origin, got, c.want)
			}
			if method == http.MethodOptions && w.Code != http.StatusNoContent {
				t.Errorf("OPTIONS: status %d", w.Code)
			}
		}
	}
}

// TestRequestForms: what is no request of JSON-RPC is refused by HTTP or JSON-RPC.
func TestRequestForms(t *testing.T) {
	s := newTestServer(t, new(fake), Options{BodyBytes: 2000, MemoryBytes: 8000, BatchRequests: 3})
	h := s.Handler()
	long := `"` + strings.Repeat("x", 2000) + `"`
	deep := strings.Repeat("[", 900)
	for name, c := range map[string]struct {
		method, content, body string
		chunked               bool
		status                int
		want                  string
	}{
		"a call":         {"POST", "application/json", aCall, false, 200, `"result":`},
		"chunked":        {"POST", "application/json", aCall, true, 200, `"result":`},
		"charset":        {"POST", "application/json; charset=utf-8", aCall, false, 200, `"result":`},
		"form":           {"POST", "application/x-www-form-urlencoded", aCall, false, 415, ""},
		"text":           {"POST", "text/plain", aCall, false, 415, ""},
		"no type":        {"POST", "", aCall, false, 415, ""},
		"PUT":            {"PUT", "application/json", aCall, false, 405, ""},
		"DELETE":         {"DELETE", "application/json", aCall, false, 405, ""},
		"empty":          {"POST", "application/json", "", false, 200, ""},
		"blank":          {"POST", "application/json", " \n", false, 200, ""},
		"garbage":        {"POST", "application/json", "<html>", false, 200, `-32700`},
		"cut":            {"POST", "application/json", aCall[:20], false, 200, `-32700`},
		"two":            {"POST", "application/json", aCall + aCall, false, 200, `-32700`},
		"number":         {"POST", "application/json", `7`, false, 200, `-32600`},
		"null":           {"POST", "application/json", `null`, false, 200, `-32600`},
		"no version":     {"POST", "application/json", `{"id":1,"method":"quire_syncStatus"}`, false, 200, `-32600`},
		"object id":      {"POST", "application/json", `{"jsonrpc":"2.0","id":{},"method":"quire_syncStatus"}`, false, 200, `-32600`},
		"named params":   {"POST", "application/json", `{"jsonrpc":"2.0","id":1,"method":"quire_getFee","params":{"token":1}}`, false, 200, `-32602`},
		"notification":   {"POST", "application/json", `{"jsonrpc":"2.0","method":"quire_syncStatus"}`, false, 200, ``},
		"empty batch":    {"POST", "application/json", `[]`, false, 200, `-32600`},
		"batch":          {"POST", "application/json", `[` + aCall + `,7,` + aCall + `]`, false, 200, `-32600`},
		"large batch":    {"POST", "application/json", `[1,2,3,4]`, false, 200, `batch too large: send at most 3`},
		"deep":           {"POST", "application/json", deep, false, 200, `-32700`},
		"deep, closed":   {"POST", "application/json", deep + strings.Repeat("]", 900), false, 200, `-32600`},
		"deep parameter": {"POST", "application/json", `{"jsonrpc":"2.0","id":1,"method":"quire_getFee","params":[` + deep + strings.Repeat("]", 900) + `]}`, false, 200, `-32602`},
		"large":          {"POST", "application/json", long, false, 413, `at most 2000 bytes`},
		"large, chunked": {"POST", "application/json", long, true, 413, `at most 2000 bytes`},
		"just fits":      {"POST", "application/json", long[:1999] + `"`, false, 200, `-32600`},
	} {
		r := httptest.NewRequest(c.method, "http://localhost/", strings.NewReader(c.body))
		r.RemoteAddr = someone
		if c.content != "" {
			r.Header.Set("Content-Type", c.content)
		}
		if c.chunked {
			r.ContentLength = -1
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: status %d, %.200q; want %d and %q", name, w.Code, w.Body, c.status, c.want)
		}
	}
	if !s.memory.TryAcquire(8000) || !s.working.TryAcquire(DefaultRequests) || s.requests.total != 0 {
		t.Error("something is still counted")
	}
}

// TestPages: GET requests are for pages.
func TestPages(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "page "+r.URL.Path) })
	s := newTestServer(t, new(fake), Options{Pages: pages})
	if w := request(s.Handler(), http.MethodGet, "/batches", nil); w.Body.String() != "page /batches" {
		t.Errorf("%q", w.Body)
	}
	if w := request(s.Handler(), http.MethodGet, "/openrpc.json", nil); !strings.HasPrefix(w.Body.String(), "{") {
		t.Errorf("%q", w.Body)
	}
}

// TestRate: a client has what the rate allows, whatever it asks for; others have
// theirs.
func TestRate(t *testing.T) {
	c := &clock{at: time.Unix(1_700_000_000, 0)}
	s := newTestServer(t, new(fake), Options{Rate: 2, Burst: 20, Transfers: 3, Page: 10, now: c.now})
	h := s.Handler()
	left := func() int { // of someone's allowance, in whole units; takes them
		n := 0
		for {
			if _, ok := s.rates.take(clientOf(someone), 1); !ok {
				return n
			}
			n++
		}
	}
	full := func() { c.at = c.at.Add(time.Minute) }
	transfers := `[` + signedJSON(5) + `,` + signedJSON(6) + `]`
	for name, want := range map[string]struct {
		body string
		cost int // one for the request, and the method's
	}{
		"call":    {aCall, 1 + 1},
		"garbage": {`<html>`, 1},
		"unknown": {`{"jsonrpc":"2.0","id":1,"method":"quire_nothing"}`, 1},
		"batch":   {`[` + aCall + `,` + aCall + `]`, 1 + 2},
		"page":    {`{"jsonrpc":"2.0","id":1,"method":"quire_getTransfers"}`, 1 + 2},
		"proof":   {`{"jsonrpc":"2.0","id":1,"method":"quire_getAccountProof","params":[7]}`, 1 + 10},
		"sends":   {`{"jsonrpc":"2.0","id":1,"method":"quire_sendTransfers","params":[` + transfers + `]}`, 1 + 1 + 2},
	} {
		full()
		post(h, someone, want.body)
		if got := 20 - left(); got != want.cost {
			t.Errorf("%s costs %d, want %d", name, got, want.cost)
		}
	}

	// The allowance is used up.
	w := post(h, "192.0.2.1:6000", aCall)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"code":-32026`) || !strings.Contains(w.Body.String(), `"retryAfterMs":1000`) {
		t.Errorf("beyond the rate: status %d, headers %v, %s", w.Code, w.Header(), w.Body)
	}
	if r := ask(t, h, "192.0.2.2:5000", "quire_syncStatus"); r.Error != nil {
		t.Errorf("another client: %v", r.Error)
	}
	c.at = c.at.Add(500 * time.Millisecond) // one unit: the request, not its method
	r := ask(t, h, someone, "quire_syncStatus")
	if !errors.Is(r.Error, wire.ErrRateLimited) || r.Error.RetryAfter() != time.Second {
		t.Errorf("with one unit: %s", asJSON(r))
	}
	c.at = c.at.Add(r.Error.RetryAfter())
	if r := ask(t, h, someone, "quire_syncStatus"); r.Error != nil {
		t.Errorf("after having waited: %v", r.Error)
	}
}

// TestRefusedTransfersCost: what is refused for what is wrong with it costs more, and
// what comes of a flood is a debt, whatever way it is sent. Others pay nothing for it.
func TestRefusedTransfersCost(t *testing.T) {
	c := &clock{at: time.Unix(1_700_000_000, 0)}
	s := newTestServer(t, new(fake), Options{Rate: 10, Burst: 300, now: c.now})
	h := s.Handler()
	one := func(transfer string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"quire_sendTransfer","params":[` + transfer + `]}`
	}
	several := func(transfers ...string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"quire_sendTransfers","params":[[` + strings.Join(transfers, ",") + `]]}`
	}
	noPoint := strings.Replace(signedJSON(5), `"signature":"0x`, `"signature":"0xffffffffffffffffffffffffffffffff`, 1)
	noPoint = noPoint[:strings.Index(noPoint, `"signature":"0x`)+len(`"signature":"0x`)+2*64] + `"}`
	for name, want := range map[string]struct {
		body string
		cost float64 // one for the request, and one for the method
	}{
		"good":             {one(signedJSON(5)), 2},
		"refused":          {one(signedJSON(4)), 2 + 10},
		"forged":           {one(signedJSON(1)), 2 + 100},
		"no point":         {one(noPoint), 2 + 100},
		"busy":             {one(signedJSON(2)), 2},
		"each of several":  {several(signedJSON(5), signedJSON(4), signedJSON(1), signedJSON(2), noPoint, `{}`), 2 + 6 + 10 + 100 + 100 + 10},
		"more than a full": {several(slices.Repeat([]string{signedJSON(1)}, 5)...), 2 + 5 + 500},
	} {
		c.at = c.at.Add(time.Hour)
		post(h, someone, want.body)
		if got := 300 - s.rates.of(clientOf(someone)).TokensAt(c.at); got != want.cost {
			t.Errorf("%s costs %v, want %v", name, got, want.cost)
		}
	}
	c.at = c.at.Add(time.Hour)
	post(h, someone, several(slices.Repeat([]string{signedJSON(1)}, 5)...))
	for _, address := range []string{someone, "192.0.2.77:5000"} {
		w := post(h, address, one(signedJSON(5)))
		if in := w.Code == http.StatusTooManyRequests; in != (address == someone) {
			t.Errorf("%s: status %d, %s", address, w.Code, w.Body)
		}
	}
	c.at = c.at.Add(21 * time.Second) // 207 units are owed, and two are for the next
	if w := post(h, someone, one(signedJSON(5))); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "error") {
		t.Errorf("with the debt paid: status %d, %s", w.Code, w.Body)
	}
}

// TestRatesForget: the number of clients that are kept in mind is bounded.
func TestRatesForget(t *testing.T) {
	c := &clock{at: time.Unix(1_700_000_000, 0)}
	r := newRates(&Options{Rate: 1, Burst: 5, Clients: 100, now: c.now})
	for i := range 10_000 {
		if _, ok := r.take(clientOf(fmt.Sprintf("10.0.%d.%d:1", i/256, i%256)), 5); !ok {
			t.Fatalf("client %d is refused", i)
		}
	}
	if n := r.clients.Len(); n != 100 {
		t.Errorf("%d clients are kept, want 100", n)
	}
	if wait, ok := r.take(clientOf("10.0.39.15:1"), 9); ok || wait != 10*time.Second {
		t.Errorf("more than can ever be had: %v, %v", wait, ok)
	}
}

// TestClientOf: who is the same client.
func TestClientOf(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1:1", "192.0.2.1:2", true},
		{"192.0.2.1:1", "192.0.2.2:1", false},
		{"192.0.2.1:1", "[::ffff:192.0.2.1]:1", true},
		{"[2001:db8::1]:1", "[2001:db8::ffff:1]:1", true},
		{"[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
		{"[fe80::1%eth0]:1", "[fe80::2%eth1]:1", true},
		{"192.0.2.1", "192.0.2.1:1", true},
		{"garbage", "", true},
		{"garbage", "0.0.0.0:1", false},
	} {
		if got := clientOf(c.a) == clientOf(c.b); got != c.same {
			t.Errorf("%q and %q: same client %v, want %v", c.a, c.b, got, c.same)
		}
	}
}

// TestTrustProxy: the proxy's word counts if it is trusted, and only its own.
func TestTrustProxy(t *testing.T) {
	for _, c := range []struct {
		trust  bool
		header []string
		used   string // whose allowance was used
	}{
		{false, []string{"198.51.100.1"}, someone},
		{true, []string{"198.51.100.1"}, "198.51.100.1"},
		{true, []string{"10.9.9.9, 198.51.100.1"}, "198.51.100.1"},
		{true, []string{"10.9.9.9", "8.8.8.8,2001:db8::1"}, "2001:db8::1"},
		{true, nil, someone},
		{true, []string{"unknown"}, someone},
		{true, []string{""}, someone},
	} {
		at := &clock{at: time.Unix(1_700_000_000, 0)}
		s := newTestServer(t, new(fake), Options{TrustProxy: c.trust, Rate: 1, Burst: 300, now: at.now})
		request(s.Handler(), http.MethodGet, "/", func(r *http.Request) { r.Header["X-Forwarded-For"] = c.header })
		if _, ok := s.rates.take(clientOf(c.used), 300); ok {
			t.Errorf("trust %v, %q: %s has all of its allowance", c.trust, c.header, c.used)
		}
		if s.rates.clients.Len() != 1 {
			t.Errorf("trust %v, %q: %d clients", c.trust, c.header, s.rates.clients.Len())
		}
	}
}

// TestConcurrency: one client cannot have all the places, and who waits too long
// for one is told to come back.
func TestConcurrency(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	backend := &fake{hook: func(context.Context) error { entered <- struct{}{}; <-release; return nil }}
	// The time to wait for a place is over before it begins: a place that is free is
	// taken at once, and whoever finds none is refused at once.
	s := newTestServer(t, backend, Options{Requests: 3, RequestsEach: 2, RetryAfter: 1})
	var wg sync.WaitGroup
	begin := func(from string) {
		answered := make(chan struct{})
		wg.Go(func() {
			defer close(answered)
			if w := post(s.Handler(), from, aCall); w.Code != 200 {
				t.Errorf("status %d, %s", w.Code, w.Body)
			}
		})
		select {
		case <-entered:
		case <-answered: // it was refused
		}
	}
	begin(someone)
	begin(someone)
	if w := post(s.Handler(), someone, aCall); w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "-32026") {
		t.Errorf("a third of one client: status %d, %s", w.Code, w.Body)
	}
	begin("192.0.2.2:1")
	if w := post(s.Handler(), "192.0.2.3:1", aCall); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "-32020") || w.Header().Get("Retry-After") == "" {
		t.Errorf("a fourth: status %d, %s", w.Code, w.Body)
	}
	close(release)
	wg.Wait()
	go func() { <-entered }()
	if w := post(s.Handler(), "192.0.2.3:1", aCall); w.Code != 200 {
		t.Errorf("afterwards: status %d, %s", w.Code, w.Body)
	}
	if len(s.requests.of) != 0 || s.requests.total != 0 || !s.working.TryAcquire(3) {
		t.Error("something is still counted")
	}
}

// TestBody: memory is taken for what comes, within bounds, and given back.
func TestBody(t *testing.T) {
	memory := semaphore.NewWeighted(20_000)
	for _, c := range []struct {
		size, most int
		want       error
	}{
		{0, 10_000, nil}, {1, 10_000, nil}, {4096, 10_000, nil}, {4097, 10_000, nil}, {10_000, 10_000, nil}, {30_000, 30_000, errMemory},
	} {
		b := &body{memory: memory, most: c.most}
		err := b.read(iotest.OneByteReader(strings.NewReader(strings.Repeat("x", c.size))))
		if !errors.Is(err, c.want) || err == nil && len(b.data) != c.size {
			t.Errorf("%d bytes: %d read, error %v, want %v", c.size, len(b.data), err, c.want)
		}
		if b.taken < int64(len(b.data)) || b.taken > int64(max(4096, 2*c.size)+1) {
			t.Errorf("%d bytes: took %d", c.size, b.taken)
		}
		b.free()
		if !memory.TryAcquire(20_000) {
			t.Fatalf("%d bytes: memory was not given back", c.size)
		}
		memory.Release(20_000)
	}
	b := &body{memory: memory, most: 100}
	if err := b.read(iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	b.free()
}

// TestRefused: whoever counts hears of everything that is refused before a method
// is called, and of nothing else.
func TestRefused(t *testing.T) {
	c := &clock{at: time.Unix(1_700_000_000, 0)}
	heard := make(map[Refusal]int)
	s := newTestServer(t, new(fake), Options{
		Rate: 1, Burst: 20, BodyBytes: 2000, BatchRequests: 2, Transfers: 1, Page: 1, now: c.now, Refused: func(r Refusal) { heard[r]++ },
	})
	h := s.Handler()
	for name, step := range map[string]struct {
		do   func()
		want []Refusal
	}{
		"call":     {func() { post(h, someone, aCall) }, nil},
		"page":     {func() { request(h, http.MethodGet, "/", nil) }, nil},
		"bad call": {func() { post(h, someone, `{"jsonrpc":"2.0","id":1,"method":"quire_nothing"}`) }, nil},
		"host":     {func() { request(h, http.MethodGet, "/", func(r *http.Request) { r.Host = "evil.example" }) }, []Refusal{RefusedHost}},
		"method":   {func() { request(h, http.MethodPut, "/", nil) }, []Refusal{RefusedForm}},
		"broken off": {func() {
			request(h, http.MethodPost, "/", func(r *http.Request) { r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)) })
		}, []Refusal{RefusedForm}},
		"slow": {func() {
			request(h, http.MethodPost, "/", func(r *http.Request) { r.Body = io.NopCloser(iotest.ErrReader(os.ErrDeadlineExceeded)) })
		}, []Refusal{RefusedSlow}},
		"too large": {func() { post(h, someone, strings.Repeat(" ", 2001)) }, []Refusal{RefusedSize}},
		"too many":  {func() { post(h, someone, `[`+aCall+`,`+aCall+`,`+aCall+`]`) }, []Refusal{RefusedSize}},
		"busy":      {func() { held(s.memory, int64(s.opts.MemoryBytes), func() { post(h, someone, aCall) }) }, []Refusal{RefusedBusy}},
		"rate": {func() {
			for range 11 {
				post(h, someone, aCall)
			}
		}, []Refusal{RefusedRate}},
		"rate of calls": {func() { s.rates.take(clientOf(someone), 19); post(h, someone, aCall) }, []Refusal{RefusedRate}},
	} {
		c.at = c.at.Add(time.Minute)
		clear(heard)
		step.do()
		want := make(map[Refusal]int)
		for _, r := range step.want {
			want[r]++
		}
		if !maps.Equal(heard, want) {
			t.Errorf("%s: heard %v, want %v", name, heard, want)
		}
	}
}

// held does something while none of a semaphore is left.
func held(s *semaphore.Weighted, all int64, do func()) {
	if !s.TryAcquire(all) {
		panic("it is in use")
	}
	defer s.Release(all)
	do()
}

// TestLargeAnswers: answers beyond the memory are refused, small ones never.
func TestLargeAnswers(t *testing.T) {
	s := newTestServer(t, new(fake), Options{BodyBytes: 5000, MemoryBytes: 10_000, Rate: -1})
	many := `[` + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"quire_getTransfers"},`, 20)
	w := post(s.Handler(), someone, many[:len(many)-1]+`]`)
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "too many large answers") || w.Body.Len() > 1000 {
		t.Errorf("status %d, %d bytes", w.Code, w.Body.Len())
	}
	if w := post(s.Handler(), someone, aCall); w.Code != 200 {
		t.Errorf("a small one: status %d", w.Code)
	}
	if !s.memory.TryAcquire(10_000) {
		t.Error("memory was not given back")
	}
}

// TestResponseLimit: the answers to one batch are bounded together.
func TestResponseLimit(t *testing.T) {
	s := newTestServer(t, new(fake), Options{ResponseBytes: 3000, Rate: -1})
	w := post(s.Handler(), someone, `[`+strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"quire_getTransfers"},`, 9)+aCall+`]`)
	if !strings.Contains(w.Body.String(), "-32003") || w.Body.Len() > 8000 {
		t.Errorf("status %d, %d bytes: %s", w.Code, w.Body.Len(), w.Body)
	}
}

// TestCountElements: arrays are counted as they are.
func TestCountElements(t *testing.T) {
	for text, want := range map[string]int{
		``: 0, `7`: 0, `{"a":[1,2]}`: 0, `[1]`: 1, ` [1,2]`: 2, `[[1,2],{"a":1,"b":2}]`: 2,
		`["a,b","\",",3]`: 3, `["\\",2]`: 2, `[1,2,3,4,5,6,7,8,9]`: 6, `["`: 1, `["\`: 1,
	} {
		if got := countElements([]byte(text), 5); got != want {
			t.Errorf("%s has %d elements, want %d", text, got, want)
		}
	}
}
