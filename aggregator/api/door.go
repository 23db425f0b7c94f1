package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quirezk/quire/aggregator/api/wire"
)

// door is what stands before the rpc package: it decides who may ask, receives
// requests within the limits, and passes on what is fit to be worked on. ws takes
// WebSockets; nil if there are none.
func (s *Server) door(ws http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hostAllowed(r.Host) {
			s.opts.Refused(RefusedHost)
			http.Error(w, "this server is not called by that name: ask its operator to add it to the allowed hosts", http.StatusForbidden)
			return
		}
		if s.opts.TrustProxy {
			if addr, ok := forwardedFor(r.Header.Values("X-Forwarded-For")); ok {
				_, port, _ := net.SplitHostPort(r.RemoteAddr)
				r.RemoteAddr = net.JoinHostPort(addr.String(), port)
			}
		}
		upgrade := ws != nil && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
		if !upgrade && s.cors(w, r) {
			return
		}
		from := clientOf(r.RemoteAddr)
		if wait, ok := s.rates.take(from, 1); !ok {
			s.refuse(w, RefusedRate, http.StatusTooManyRequests, wire.ErrRateLimited.After(wait))
			return
		}
		switch {
		case upgrade:
			s.serveSocket(w, r, from, ws)
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			s.servePage(w, r)
		case r.Method != http.MethodPost:
			s.opts.Refused(RefusedForm)
			w.Header().Set("Allow", "GET, HEAD, OPTIONS, POST")
			http.Error(w, "send requests with POST", http.StatusMethodNotAllowed)
		default:
			s.servePost(w, r, from)
		}
	})
}

// hostAllowed says whether the server may be called by a name.
func (s *Server) hostAllowed(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || strings.EqualFold(host, "localhost") {
		return true
	}
	return slices.ContainsFunc(s.opts.Hosts, func(h string) bool { return h == "*" || strings.EqualFold(h, host) })
}

// cors tells browsers whether the page that asks may read the answer, and answers
// the request by which they find out. It returns true if there is no more to do.
func (s *Server) cors(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin != "" && slices.ContainsFunc(s.opts.Origins, func(o string) bool { return o == "*" || strings.EqualFold(o, origin) }) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Methods", "POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Access-Control-Max-Age", "600")
	}
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	return false
}

// servePage answers a GET request.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/openrpc.json" && s.document != nil:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.document) // whoever asked has gone: nobody to tell
	case s.opts.Pages != nil:
		s.opts.Pages.ServeHTTP(w, r)
	default:
		w.WriteHeader(http.StatusOK)
	}
}

// serveSocket makes the connection a WebSocket.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request, from client, ws http.Handler) {
	if !s.webSockets.add(from) {
		s.refuse(w, RefusedConnection, http.StatusServiceUnavailable, wire.ErrBusy.With("too many WebSockets").After(s.opts.RetryAfter))
		return
	}
	if ownPage(r) { // such as the explorer; the rpc package knows other pages only
		r = r.Clone(r.Context())
		r.Header.Del("Origin")
	}
	var taken bool
	ws.ServeHTTP(&hijacker{ResponseWriter: w, wrap: func(conn net.Conn) net.Conn {
		taken = true
		return s.sockets.add(conn, r.RemoteAddr, s.rates, s.opts.SocketCalls, func() { s.webSockets.remove(from) })
	}}, r)
	if !taken { // the upgrade was refused
		s.webSockets.remove(from)
	}
}

// ownPage says whether a request comes from a page that was loaded from the very
// host and port that it goes to. The host is one that the server may be called by.
func ownPage(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && strings.EqualFold(origin.Host, r.Host)
}

// servePost receives a request and has it worked on.
func (s *Server) servePost(w http.ResponseWriter, r *http.Request, from client) {
	if !s.requests.add(from) {
		s.refuse(w, RefusedRate, http.StatusTooManyRequests, wire.ErrRateLimited.With("too many requests at once").After(s.opts.RetryAfter))
		return
	}
	defer s.requests.remove(from)
	if r.ContentLength > int64(s.opts.BodyBytes) {
		s.tooLarge(w)
		return
	}
	body := &body{memory: s.memory, most: s.opts.BodyBytes}
	defer body.free()
	switch err := body.read(http.MaxBytesReader(w, r.Body, int64(s.opts.BodyBytes))); {
	case errors.As(err, new(*http.MaxBytesError)):
		s.tooLarge(w)
		return
	case errors.Is(err, errMemory):
		s.refuse(w, RefusedBusy, http.StatusServiceUnavailable, wire.ErrBusy.With("too many large requests at once").After(s.opts.RetryAfter))
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.opts.Refused(RefusedSlow)
		http.Error(w, "the request was not sent in time", http.StatusRequestTimeout)
		return
	case err != nil:
		s.opts.Refused(RefusedForm)
		http.Error(w, "the request could not be read", http.StatusBadRequest)
		return
	}
	// The rpc package takes a batch apart before it counts, at a hundred bytes for
	// what may have been two.
	if n := countElements(body.data, s.opts.BatchRequests); n > s.opts.BatchRequests {
		s.refuse(w, RefusedSize, http.StatusOK, &wire.Error{Code: wire.CodeInvalidRequest,
			Message: fmt.Sprintf("batch too large: send at most %d requests in one", s.opts.BatchRequests)})
		return
	}

	if !s.place(r.Context()) {
		s.refuse(w, RefusedBusy, http.StatusServiceUnavailable, wire.ErrBusy.With("too many requests at once").After(s.opts.RetryAfter))
		return
	}
	answer := &answer{ResponseWriter: w, server: s}
	defer answer.done()
	r.Body = io.NopCloser(bytes.NewReader(body.data))
	r.ContentLength = int64(len(body.data))
	s.rpc.ServeHTTP(answer, r)
}

// place takes one of the places of requests that are worked on, and says whether
// there was one. One that is free is taken whatever the time, which Acquire alone
// does not do: on a machine that stalls the time may be over before it looks.
func (s *Server) place(ctx context.Context) bool {
	if s.working.TryAcquire(1) {
		return true
	}
	// Whoever waits here has sent a whole request: wait a little rather than have
	// it sent again.
	waiting, cancel := context.WithTimeout(ctx, s.opts.RetryAfter)
	defer cancel()
	return s.working.Acquire(waiting, 1) == nil
}

// errMemory says that too much is being received.
var errMemory = errors.New("too much memory is in use")

// body is a request's body while it is received and worked on. It counts what has
// come, not what was announced, so that announcing much costs nobody anything.
type body struct {
	memory interface {
		TryAcquire(int64) bool
		Release(int64)
	}
	most  int
	data  []byte
	taken int64
}

// read reads a body of at most most bytes.
func (b *body) read(r io.Reader) error {
	const first = 4 << 10
	for {
		if len(b.data) == cap(b.data) {
			size := min(max(first, 2*cap(b.data)), b.most+1) // one more, to see the end
			more := int64(size - cap(b.data))
			if !b.memory.TryAcquire(more) {
				return errMemory
			}
			b.taken += more
			b.data = append(make([]byte, 0, size), b.data...)
		}
		n, err := r.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func (b *body) free() { b.memory.Release(b.taken) }

// answer passes on the rpc package's answer, which comes whole. From then on the
// request is no longer worked on, and whoever reads slowly holds up no others.
type answer struct {
	http.ResponseWriter
	server   *Server
	released bool
	taken    int64
}

// freeBytes is the size of answers that are sent without counting their memory:
// there are at most as many of them as connections.
const freeBytes = 16 << 10

// Write implements io.Writer.
func (a *answer) Write(p []byte) (int, error) {
	a.release()
	if n := int64(len(p)); n > freeBytes {
		if !a.server.memory.TryAcquire(n) {
			a.Header().Del("Content-Length")
			a.Header().Del("Transfer-Encoding")
			a.server.refuse(a.ResponseWriter, RefusedBusy, http.StatusServiceUnavailable,
				wire.ErrBusy.With("too many large answers at once").After(a.server.opts.RetryAfter))
			return len(p), nil // it was answered, if otherwise
		}
		a.taken += n
	}
	return a.ResponseWriter.Write(p)
}

// Flush implements http.Flusher.
func (a *answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() } // nothing to flush into: the answer was sent whole

func (a *answer) release() {
	if !a.released {
		a.released = true
		a.server.working.Release(1)
	}
}

func (a *answer) done() {
	a.release()
	a.server.memory.Release(a.taken)
}

func (s *Server) tooLarge(w http.ResponseWriter) {
	s.opts.Refused(RefusedSize)
	w.Header().Set("Connection", "close") // rather than read the rest
	http.Error(w, fmt.Sprintf("the request is too large: send at most %d bytes", s.opts.BodyBytes), http.StatusRequestEntityTooLarge)
}

// refuse answers a request that was not looked at, with an error of JSON-RPC.
func (s *Server) refuse(w http.ResponseWriter, why Refusal, status int, err *wire.Error) {
	s.opts.Refused(why)
	if wait := err.RetryAfter(); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // whoever asked has gone: nobody to tell
		Version string      `json:"jsonrpc"`
		ID      *int        `json:"id"`
		Error   *wire.Error `json:"error"`
	}{"2.0", nil, err})
}

// countElements returns how many elements the array has that JSON begins with, at
// least where it is valid; it stops at one more than most. What is no array has
// none.
func countElements(data []byte, most int) int {
	data = bytes.TrimLeft(data, " \t\r\n")
	if len(data) == 0 || data[0] != '[' {
		return 0
	}
	depth, elements := 0, 1
	for i := 0; i < len(data) && elements <= most; i++ {
		switch data[i] {
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 1 {
				elements++
			}
		}
	}
	return elements
}
