package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// These tests run on connections in memory and a clock of their own (package
// synctest), so that nothing depends on how fast the machine is. A connection in
// memory has no buffer: whoever does not read holds up whoever writes at once.

// network is a listener of connections in memory.
type network struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newNetwork() *network {
	return &network{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error   { n.once.Do(func() { close(n.closed) }); return nil }
func (n *network) Addr() net.Addr { return socketName{"memory"} }

// pipe is an end of a connection with an address of the other.
type pipe struct {
	net.Conn
	remote string
}

func (p pipe) RemoteAddr() net.Addr { return socketName{p.remote} }

// dial connects as a client at an address.
func (n *network) dial(from string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case n.conns <- pipe{there, from}:
		return here, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// serve runs a server on a network in memory until the test ends.
func serve(t *testing.T, backend Backend, opts Options) (*Server, *network) {
	t.Helper()
	s := newTestServer(t, backend, opts)
	n := newNetwork()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, n) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s, n
}

func aPost(body string) string {
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// answered says whether a new client at an address is answered.
func (n *network) answered(t *testing.T, from string) bool {
	t.Helper()
	conn, err := n.dial(from)
	if err != nil {
		return false
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, aPost(aCall)); err != nil {
		return false
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var r reply
	return json.NewDecoder(resp.Body).Decode(&r) == nil && r.Error == nil
}

func counted(c *counts) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// TestSlowClients: who sends nothing, a header or a body too slowly, or does not
// read the answer, is cut off after the time that the options give, and holds up
// nobody.
func TestSlowClients(t *testing.T) {
	for name, c := range map[string]struct {
		sends []string // with a second between
		want  time.Duration
	}{
		"silent":        {nil, DefaultHeaderTime},
		"slow header":   {strings.Split(strings.Repeat("x", 100), ""), DefaultHeaderTime},
		"cut header":    {[]string{"POST / HTTP/1.1\r\nHost: localhost\r\n"}, DefaultHeaderTime},
		"slow body":     {append([]string{"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"}, strings.Split(strings.Repeat("x", 100), "")...), DefaultHeaderTime + DefaultBodyTime},
		"unread answer": {[]string{aPost(aCall)}, DefaultHeaderTime + DefaultBodyTime + DefaultWriteTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, n := serve(t, new(fake), Options{Requests: 1})
				conn, err := n.dial(someone)
				if err != nil {
					t.Fatal(err)
				}
				var sending sync.WaitGroup
				defer sending.Wait()
				defer conn.Close()
				begun := time.Now()
				if name != "unread answer" {
					go func() { _, _ = io.Copy(io.Discard, conn) }() // ends with the connection
				}
				sending.Go(func() {
					for _, text := range c.sends {
						if _, err := io.WriteString(conn, text); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
				})
				synctest.Wait()
				for range 3 {
					time.Sleep(time.Second)
					if !n.answered(t, "192.0.2.2:1") {
						t.Error("another client is not answered")
					}
				}
				for counted(s.connections) > 0 && time.Since(begun) < time.Hour {
					time.Sleep(100 * time.Millisecond)
					synctest.Wait()
				}
				if took := time.Since(begun); took < c.want || took > c.want+time.Second {
					t.Errorf("was cut off after %v, want %v", took, c.want)
				}
			})
		})
	}
}

// TestIdle: a connection that asks nothing more is closed.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n := serve(t, new(fake), Options{})
		conn, err := n.dial(someone)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		for range 3 { // it may ask several things
			if _, err := io.WriteString(conn, aPost(aCall)); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Fatal(err)
			}
			time.Sleep(DefaultIdleTime - time.Second)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("error %v, want the end", err)
		}
		if s.connections.total != 0 {
			t.Error("the connection is still counted")
		}
	})
}

// TestManyConnections: one client cannot have all the connections, nor can all
// clients together have more than there are.
func TestManyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard atomic.Int64
		s, n := serve(t, new(fake), Options{Connections: 40, ConnectionsEach: 30, Refused: func(r Refusal) {
			if r == RefusedConnection {
				heard.Add(1)
			}
		}})
		var open []net.Conn
		refused := func(from string) int {
			count := 0
			for range 100 {
				conn, err := n.dial(from)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				_ = conn.SetReadDeadline(time.Now()) // one that is open has nothing to say
				if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
					count++
				} else {
					open = append(open, conn)
				}
			}
			return count
		}
		if got := refused(someone); got != 70 {
			t.Errorf("%d of 100 of one client are refused, want 70", got)
		}
		if !n.answered(t, "192.0.2.2:1") {
			t.Error("another client is not answered")
		}
		synctest.Wait()
		if got := refused("192.0.2.3:1"); got != 90 {
			t.Errorf("%d of 100 of a second client are refused, want 90", got)
		}
		if got := heard.Load(); got != 160 {
			t.Errorf("%d refusals were heard of, want 160", got)
		}
		if n.answered(t, "192.0.2.2:1") {
			t.Error("there are more connections than there may be")
		}
		for _, conn := range open {
			conn.Close()
		}
		synctest.Wait()
		if s.connections.total != 0 || len(s.connections.of) != 0 {
			t.Error("something is still counted")
		}
		if !n.answered(t, someone) {
			t.Error("nobody is answered afterwards")
		}
	})
}

// TestRequestTime: a method that does not come to an end is ended, on HTTP and on
// WebSocket, and the client is told.
func TestRequestTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := &fake{hook: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		_, n := serve(t, backend, Options{})
		for _, ws := range []bool{false, true} {
			c := n.client(t, someone, ws)
			begun := time.Now()
			err := c.CallContext(t.Context(), nil, "quire_syncStatus")
			var coded rpc.Error
			if !errors.As(err, &coded) || coded.ErrorCode() != int(wire.CodeTimeout) || time.Since(begun) != DefaultRequestTime {
				t.Errorf("WebSocket %v: error %v after %v", ws, err, time.Since(begun))
			}
			c.Close()
		}
	})
}

// client dials the server with go-ethereum's client.
func (n *network) client(t *testing.T, from string, ws bool) *rpc.Client {
	t.Helper()
	dial := func(context.Context, string, string) (net.Conn, error) { return n.dial(from) }
	url, option := "http://localhost/", rpc.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}})
	if ws {
		url, option = "ws://localhost/", rpc.WithWebsocketDialer(websocket.Dialer{NetDialContext: dial})
	}
	c, err := rpc.DialOptions(t.Context(), url, option)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestStop: when the context ends, requests that are worked on are answered,
// WebSockets are closed, and nothing new is taken.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		backend := &fake{hook: func(context.Context) error { <-release; return nil }}
		s := newTestServer(t, backend, Options{})
		n := newNetwork()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx, n) }()
		ws := n.client(t, someone, true)
		defer ws.Close()
		events := make(chan json.RawMessage)
		sub, err := ws.Subscribe(t.Context(), "quire", events, "batches")
		if err != nil {
			t.Fatal(err)
		}
		var answered atomic.Bool
		go func() { answered.Store(n.answered(t, someone)) }()
		synctest.Wait()
		stop()
		synctest.Wait()
		if err := <-sub.Err(); err == nil {
			t.Error("the subscription goes on")
		}
		if len(done) > 0 {
			t.Error("the server did not wait for a request")
		}
		close(release)
		synctest.Wait()
		if !answered.Load() {
			t.Error("the request was not answered")
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n.answered(t, someone) {
			t.Error("the server still answers")
		}
		if s.webSockets.total != 0 || len(s.sockets.byName) != 0 || len(s.hub.all) != 0 {
			t.Error("something is still counted")
		}
	})
}

// TestSubscriptions: subscribers are told what they asked for, in order, and
// nothing else.
func TestSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n := serve(t, new(fake), Options{})
		c := n.client(t, someone, true)
		defer c.Close()
		subscribe := func(args ...any) (<-chan json.RawMessage, *rpc.ClientSubscription) {
			events := make(chan json.RawMessage, 100)
			sub, err := c.Subscribe(t.Context(), "quire", events, args...)
			if err != nil {
				t.Fatal(err)
			}
			return events, sub
		}
		all, _ := subscribe("transfers")
		seven, _ := subscribe("transfers", protocol.Index(7))
		nine, nineSub := subscribe("transfers", protocol.Index(9))
		three, _ := subscribe("transfers", protocol.Index(3))
		batches, _ := subscribe("batches")

		publish := func(seq uint64, from, to protocol.Index) {
			transfer := fakeTransfer(seq)
			transfer.Signed.From, transfer.Signed.To = from, to
			s.PublishTransfer(&transfer)
		}
		publish(1, 7, 9)
		publish(2, 7, 7)
		publish(3, 9, 0)
		s.PublishTransfer(&Transfer{ID: filled[[32]byte](4), Status: wire.StatusDropped, Reason: "expired"})
		batch := fakeBatch(1)
		s.PublishBatch(&batch)
		synctest.Wait()

		ids := func(events <-chan json.RawMessage) (got []byte) {
			for len(events) > 0 {
				var info wire.TransferInfo
				if err := json.Unmarshal(<-events, &info); err != nil {
					t.Fatal(err)
				}
				got = append(got, info.ID[0])
			}
			return got
		}
		for name, c := range map[string]struct {
			events <-chan json.RawMessage
			want   string
		}{"all": {all, "\x01\x02\x03\x04"}, "7": {seven, "\x01\x02"}, "9": {nine, "\x01\x03"}, "3": {three, ""}} {
			if got := ids(c.events); string(got) != c.want {
				t.Errorf("subscriber to %s was told of %v, want %v", name, got, []byte(c.want))
			}
		}
		if len(batches) != 1 {
			t.Fatalf("%d batches, want 1", len(batches))
		}
		var summary wire.BatchSummary
		if err := json.Unmarshal(<-batches, &summary); err != nil || summary.Number != 1 || summary.Stage != wire.StageFinalized {
			t.Errorf("batch %+v, error %v", summary, err)
		}

		nineSub.Unsubscribe()
		synctest.Wait()
		if len(s.hub.accounts[9]) != 0 || len(s.hub.all) != 4 {
			t.Error("the subscription is still there")
		}
		publish(5, 9, 9)
		synctest.Wait()
		if len(nine) != 0 {
			t.Error("is told after unsubscribing")
		}
		c.Close()
		synctest.Wait()
		if len(s.hub.all) != 0 || len(s.hub.accounts) != 0 || len(s.hub.batches) != 0 || len(s.hub.transfers) != 0 {
			t.Error("subscriptions outlive their connection")
		}
		publish(6, 7, 7) // to nobody

		for _, bad := range [][]any{{"nothing"}, {7}, {"transfers", "7"}, {"batches", 1}} {
			c := n.client(t, someone, true)
			if _, err := c.Subscribe(t.Context(), "quire", make(chan json.RawMessage), bad...); err == nil {
				t.Errorf("%v: subscribed", bad)
			}
			c.Close()
		}
	})
}

// TestSubscriptionLimits: of one connection, and of all.
func TestSubscriptionLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, n := serve(t, new(fake), Options{Subscriptions: 3, Subscribers: 5})
		subscribe := func(c *rpc.Client) (*rpc.ClientSubscription, error) {
			return c.Subscribe(t.Context(), "quire", make(chan json.RawMessage, 1), "batches")
		}
		refused := func(err error) bool {
			var coded rpc.Error
			return errors.As(err, &coded) && coded.ErrorCode() == int(wire.CodeSubscriptionLimit)
		}
		a, b := n.client(t, someone, true), n.client(t, someone, true)
		defer a.Close()
		defer b.Close()
		first, err := subscribe(a)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := subscribe(a); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := subscribe(a); !refused(err) {
			t.Errorf("a fourth of one connection: %v", err)
		}
		for range 2 {
			if _, err := subscribe(b); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := subscribe(b); !refused(err) {
			t.Errorf("a sixth in all: %v", err)
		}
		first.Unsubscribe()
		synctest.Wait()
		if _, err := subscribe(b); err != nil {
			t.Errorf("after one has ended: %v", err)
		}
	})
}

// TestSlowSubscriber: one that does not read is ended with an error, once it reads
// again, and neither the publisher nor others wait for it.
func TestSlowSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n := serve(t, new(fake), Options{Backlog: 10})
		c := n.client(t, "192.0.2.2:1", true)
		defer c.Close()
		quick := make(chan json.RawMessage, 100)
		if _, err := c.Subscribe(t.Context(), "quire", quick, "batches"); err != nil {
			t.Fatal(err)
		}
		conn := n.webSocket(t, someone)
		defer conn.Close()
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":1,"method":"quire_subscribe","params":["batches"]}`)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.ReadMessage(); err != nil { // the subscription's ID
			t.Fatal(err)
		}
		synctest.Wait() // until notifications are sent
		batch := fakeBatch(2)
		for range 30 {
			s.PublishBatch(&batch) // does not block
			synctest.Wait()
		}
		if len(quick) != 30 {
			t.Errorf("the other has %d notifications, want 30", len(quick))
		}
		time.Sleep(time.Second) // less than a write may take
		var last struct {
			Params struct {
				Result wire.Ended `json:"result"`
			} `json:"params"`
		}
		got := 0
		for last.Params.Result.Error == nil {
			_, text, err := conn.ReadMessage()
			if err != nil {
				t.Fatalf("after %d notifications: %v", got, err)
			}
			if err := json.Unmarshal(text, &last); err != nil {
				t.Fatal(err)
			}
			got++
		}
		if !errors.Is(last.Params.Result.Error, wire.ErrSlowSubscriber) || got != 1+10+1 { // sent, behind, the error
			t.Errorf("%d notifications, then %v", got, last.Params.Result.Error)
		}
		if len(s.hub.all) != 1 {
			t.Error("the subscription is still there")
		}
	})
}

// webSocket dials the server with a bare WebSocket.
func (n *network) webSocket(t *testing.T, from string) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) { return n.dial(from) }}
	conn, resp, err := d.Dial("ws://localhost/", nil)
	if err != nil {
		t.Fatalf("%v (%+v)", err, resp)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestUnreadAnswers: who asks on a WebSocket and does not read is soon not read
// from either. (The rpc package's goroutines wait for a mutex here, which package
// synctest does not take for waiting: so this is on the machine's clock, and passes
// too easily if the machine is slow.)
func TestUnreadAnswers(t *testing.T) {
	var calls atomic.Int64
	backend := &fake{hook: func(context.Context) error { calls.Add(1); return nil }}
	s, n := serve(t, backend, Options{Rate: -1})
	conn := n.webSocket(t, someone)
	const many = 100_000
	var sent int64
	for ; sent < many; sent++ {
		if err := conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if err := conn.WriteMessage(websocket.TextMessage, []byte(aCall)); err != nil {
			break
		}
	}
	if sent > many/10 || calls.Load() > sent {
		t.Errorf("%d requests were taken, %d worked on", sent, calls.Load())
	}
	if !n.answered(t, "192.0.2.2:1") {
		t.Error("another client is not answered")
	}
	conn.Close()
	for range 1000 {
		if s.sockets.find(someone+"#1") == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the connection is still counted")
}

// TestSocket: a socket is not read from while it is written to, nor while enough
// is worked on, nor when it is closed; a write that fails closes it.
func TestSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer here.Close()
		var all sockets
		closed := 0
		s := all.add(there, someone, newRates(&Options{Rate: -1}), 2, func() { closed++ })
		if all.find(s.RemoteAddr().String()) != s || all.find(someone) != nil {
			t.Error("the socket is not found by its name, or by another")
		}
		go func() {
			for {
				if _, err := here.Write([]byte("x")); err != nil {
					return
				}
			}
		}()
		var read atomic.Int64
		reads := func() { // one at a time
			go func() {
				if _, err := s.Read(make([]byte, 1)); err == nil {
					read.Add(1)
				}
			}()
			synctest.Wait()
		}
		expect := func(what string, want int64) {
			t.Helper()
			synctest.Wait()
			if got := read.Load(); got != want {
				t.Errorf("%s: %d reads, want %d", what, got, want)
			}
		}
		reads()
		expect("at first", 1)
		begin := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return s.begin(ctx)
		}
		if err := begin(); err != nil {
			t.Fatal(err)
		}
		reads()
		expect("with one call", 2)
		if err := begin(); err != nil {
			t.Fatal(err)
		}
		reads()
		expect("with two calls", 2)
		if err := begin(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third call: %v", err)
		}
		expect("with two still", 2)
		s.end()
		expect("with one again", 3)

		if err := s.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = s.Write([]byte("a")) }()
		synctest.Wait()
		reads()
		expect("while it is written to", 3)
		if _, err := here.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		expect("when it is written", 4)

		failed := make(chan error, 1)
		go func() { _, err := s.Write([]byte("b")); failed <- err }()
		synctest.Wait()
		reads()
		time.Sleep(2 * time.Minute)
		if err := <-failed; err == nil {
			t.Error("the write has not failed")
		}
		expect("after a write failed", 4)
		if _, err := s.Read(make([]byte, 1)); !errors.Is(err, errSocketClosed) {
			t.Errorf("read after that: %v", err)
		}
		_ = s.Close()
		if closed != 1 || all.find(s.RemoteAddr().String()) != nil {
			t.Errorf("was closed %d times, want once; or is still found", closed)
		}
	})
}

// TestSocketCalls: only so many requests of one WebSocket are worked on at once;
// others wait their turn unread, and all are answered.
func TestSocketCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var working, most atomic.Int64
		backend := &fake{hook: func(context.Context) error {
			now := working.Add(1)
			defer working.Add(-1)
			for was := most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
			}
			time.Sleep(100 * time.Millisecond)
			return nil
		}}
		_, n := serve(t, backend, Options{Rate: -1, SocketCalls: 4})
		conn := n.webSocket(t, someone)
		defer conn.Close()
		go func() {
			for range 200 {
				if err := conn.WriteMessage(websocket.TextMessage, []byte(aCall)); err != nil {
					t.Error(err)
				}
			}
		}()
		for range 200 {
			if _, _, err := conn.ReadMessage(); err != nil {
				t.Fatal(err)
			}
		}
		if got := most.Load(); got != 4 {
			t.Errorf("%d were worked on at once, want 4", got)
		}
	})
}

// TestSocketRate: what is sent on a WebSocket counts, be it no request at all.
func TestSocketRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, n := serve(t, new(fake), Options{Rate: 10, Burst: 300})
		conn := n.webSocket(t, someone)
		defer conn.Close()
		go func() { // answers pings
			for {
				if _, _, err := conn.ReadMessage(); err != nil {
					return
				}
			}
		}()
		begun := time.Now()
		message := []byte(`{"jsonrpc":"2.0","method":"x","params":["` + strings.Repeat("x", 10*unitBytes) + `"]}`)
		for range 60 { // 600 units: 300 at once, the rest in 30 seconds
			if err := conn.WriteMessage(websocket.TextMessage, message); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took < 25*time.Second || took > 35*time.Second {
			t.Errorf("took %v, want about 30 s", took)
		}
		if !n.answered(t, "192.0.2.2:1") {
			t.Error("another client is not answered")
		}
	})
}

// TestSocketLimits: WebSockets are bounded in number, each in the size of its
// messages, and by the pages that may open them.
func TestSocketLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n := serve(t, new(fake), Options{Sockets: 3, SocketsEach: 2, MessageBytes: 1000, BatchRequests: 5, Origins: []string{"https://wallet.example"}})
		a, b := n.webSocket(t, someone), n.webSocket(t, someone)
		status := func(from, origin string) int {
			d := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) { return n.dial(from) }}
			header := http.Header{}
			if origin != "" {
				header.Set("Origin", origin)
			}
			conn, resp, err := d.Dial("ws://localhost/", header)
			if err == nil {
				conn.Close()
				return http.StatusSwitchingProtocols
			}
			if resp == nil {
				t.Fatal(err)
			}
			return resp.StatusCode
		}
		if got := status(someone, ""); got != http.StatusServiceUnavailable {
			t.Errorf("a third of one client: status %d", got)
		}
		if got := status("192.0.2.2:1", "https://evil.example"); got != http.StatusForbidden {
			t.Errorf("a page that may not: status %d", got)
		}
		if got := status("192.0.2.2:1", "https://wallet.example"); got != http.StatusSwitchingProtocols {
			t.Errorf("a page that may: status %d", got)
		}
		synctest.Wait()
		if got := status("192.0.2.2:1", "http://localhost"); got != http.StatusSwitchingProtocols {
			t.Errorf("the server's own page: status %d", got)
		}
		synctest.Wait()
		if got := status("192.0.2.2:1", "http://localhost:81"); got != http.StatusForbidden {
			t.Errorf("a page of another port: status %d", got)
		}
		synctest.Wait()
		n.webSocket(t, "192.0.2.2:1")
		if got := status("192.0.2.3:1", ""); got != http.StatusServiceUnavailable {
			t.Errorf("a fourth in all: status %d", got)
		}

		exchange := func(conn *websocket.Conn, text string) (string, error) {
			if err := conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
				return "", err
			}
			_, answer, err := conn.ReadMessage()
			return string(answer), err
		}
		if got, err := exchange(a, `[`+strings.Repeat(`1,`, 5)+`1]`); err != nil || !strings.Contains(got, "batch too large") {
			t.Errorf("a large batch: %s, %v", got, err)
		}
		if got, err := exchange(a, aCall); err != nil || !strings.Contains(got, `"result":`) {
			t.Errorf("a call: %s, %v", got, err)
		}
		if got, err := exchange(a, `{"jsonrpc":`); err != nil || !strings.Contains(got, "-32700") {
			t.Errorf("no JSON: %s, %v", got, err)
		}
		if got, err := exchange(b, `"`+strings.Repeat("x", 2000)+`"`); err == nil {
			t.Errorf("a large message: %s", got)
		}
		time.Sleep(10 * time.Second) // they do not read that they are closed
		synctest.Wait()
		if s.webSockets.total != 1 { // those of a and b were closed
			t.Errorf("%d WebSockets are counted, want 1", s.webSockets.total)
		}
	})
}
