package api

import (
	"bufio"
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"
)

// listener refuses connections beyond the limits, at once and without a word: an
// answer would cost what the limit is to save.
type listener struct {
	net.Listener
	counts  *counts
	proxy   bool // all connections are a proxy's: count them together only
	refused func(Refusal)
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		var from client
		if !l.proxy {
			from = clientOf(conn.RemoteAddr().String())
		}
		if l.counts.add(from) {
			return &countedConn{Conn: conn, closed: func() { l.counts.remove(from) }}, nil
		}
		l.refused(RefusedConnection)
		_ = conn.Close() // it was not begun, so there is nothing to lose
	}
}

// countedConn is a connection that is counted until it is closed.
type countedConn struct {
	net.Conn
	once   sync.Once
	closed func()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.once.Do(c.closed)
	return c.Conn.Close()
}

// errSocketClosed ends a Read that waits while the connection is closed.
var errSocketClosed = errors.New("the connection is closed")

// socket is the connection under a WebSocket. The rpc package starts a goroutine
// for every message, so whoever sends messages faster than they are answered, or
// does not read the answers, would have the server hold any number of them. A
// socket holds the sender back instead: it does not read while an answer is being
// written, while enough calls are worked on, or while more was read than the
// client's rate allows.
type socket struct {
	net.Conn
	name  socketName
	rates *rates
	from  client
	calls int           // most at once
	slots chan struct{} // one in it for each call that is worked on

	mu            sync.Mutex
	changed       *sync.Cond // of what follows
	working       int        // calls that are worked on or wait for it; guarded by mu
	writing       int        // writes that are under way; guarded by mu
	closed        bool       // guarded by mu
	subscriptions int        // guarded by mu

	unpaid  int // bytes that were read and not yet counted; Read's alone
	closing func()
	done    chan struct{} // closed by Close
}

// socketName is a socket's address towards the rpc package, which hands it to
// every method: its client's, made unique, so that the method finds the socket.
type socketName struct{ addr string }

func (n socketName) Network() string { return "tcp" }
func (n socketName) String() string  { return n.addr }

func newSocket(conn net.Conn, remote string, id uint64, r *rates, calls int, closing func()) *socket {
	s := &socket{
		Conn: conn, name: socketName{remote + "#" + strconv.FormatUint(id, 10)},
		rates: r, from: clientOf(remote), calls: calls, slots: make(chan struct{}, calls),
		closing: closing, done: make(chan struct{}),
	}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// RemoteAddr implements net.Conn.
func (s *socket) RemoteAddr() net.Addr { return s.name }

// unitBytes is how many bytes on a WebSocket cost one unit of the client's rate.
const unitBytes = 1024

// Read implements net.Conn.
func (s *socket) Read(p []byte) (int, error) {
	runtime.Gosched() // let what was read before be counted
	s.mu.Lock()
	for !s.closed && (s.writing > 0 || s.working >= s.calls) {
		s.changed.Wait()
	}
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return 0, errSocketClosed
	}
	n, err := s.Conn.Read(p)
	s.unpaid += n
	if units := s.unpaid / unitBytes; units > 0 {
		s.unpaid %= unitBytes
		if wait := s.rates.owe(s.from, units); wait > 0 {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-s.done:
			}
		}
	}
	return n, err
}

// Write implements net.Conn. It closes the connection if it fails: the rpc package
// would go on reading requests whose answers nobody gets.
func (s *socket) Write(p []byte) (int, error) {
	s.update(func() { s.writing++ })
	defer s.update(func() { s.writing-- })
	n, err := s.Conn.Write(p)
	if err != nil {
		_ = s.Close() // the write's error says more
	}
	return n, err
}

// Close implements net.Conn.
func (s *socket) Close() error {
	s.update(func() {
		if !s.closed {
			s.closed = true
			close(s.done)
			s.closing()
		}
	})
	return s.Conn.Close()
}

func (s *socket) update(change func()) {
	s.mu.Lock()
	change()
	s.mu.Unlock()
	s.changed.Broadcast()
}

// begin waits until the call can be worked on; end says that it is done. What was
// read together may be more calls than are allowed: so they wait here, unlike
// those behind them, which are not read.
func (s *socket) begin(ctx context.Context) error {
	s.update(func() { s.working++ })
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		s.update(func() { s.working-- })
		return ctx.Err()
	}
}

func (s *socket) end() {
	<-s.slots
	s.update(func() { s.working-- })
}

// subscribe counts a subscription, unless there are most of them.
func (s *socket) subscribe(most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subscriptions >= most {
		return false
	}
	s.subscriptions++
	return true
}

func (s *socket) unsubscribe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscriptions--
}

// sockets are the WebSockets that there are, by name.
type sockets struct {
	mu     sync.Mutex
	next   uint64             // guarded by mu
	byName map[string]*socket // guarded by mu
}

// add makes a socket of a connection; closed is called when it is closed.
func (s *sockets) add(conn net.Conn, remote string, r *rates, calls int, closed func()) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	var sock *socket
	sock = newSocket(conn, remote, s.next, r, calls, func() {
		s.mu.Lock()
		delete(s.byName, sock.name.addr)
		s.mu.Unlock()
		closed()
	})
	if s.byName == nil {
		s.byName = make(map[string]*socket)
	}
	s.byName[sock.name.addr] = sock
	return sock
}

// close closes all.
func (s *sockets) close() {
	s.mu.Lock()
	open := slices.Collect(maps.Values(s.byName))
	s.mu.Unlock()
	for _, sock := range open {
		_ = sock.Close() // nobody is left to be told
	}
}

// find returns the socket of a name, nil if it was closed or is none.
func (s *sockets) find(name string) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byName[name]
}

// hijacker hands the connection that becomes a WebSocket to wrap.
type hijacker struct {
	http.ResponseWriter
	wrap func(net.Conn) net.Conn
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return h.wrap(conn), buffered, nil
}
