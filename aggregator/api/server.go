package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
	"golang.org/x/sync/semaphore"

	"github.com/quirezk/quire/aggregator/api/wire"
)

// The namespaces of the methods.
const (
	Namespace      = "quire"
	AdminNamespace = "quireadmin"
)

// Server answers JSON-RPC requests.
type Server struct {
	opts     Options
	rpc      *rpc.Server
	sockets  sockets
	handler  http.Handler
	document json.RawMessage // OpenRPC

	rates       *rates
	connections *counts // TCP connections
	webSockets  *counts // those that are WebSockets
	requests    *counts // HTTP requests, of each client
	working     *semaphore.Weighted
	memory      *semaphore.Weighted

	hub *hub
}

// New returns a server of the public methods, to be closed by [Server.Close]. The
// error names all options that are wrong.
func New(backend Backend, opts Options) (*Server, error) {
	s, err := newServer(opts)
	if err != nil {
		return nil, err
	}
	s.handler = s.door(s.rpc.WebsocketHandler(s.opts.Origins))
	s.document, err = Document()
	if err != nil {
		return nil, err
	}
	return s, errors.Join(
		s.rpc.RegisterName(Namespace, &methods{server: s, backend: backend}),
		s.rpc.RegisterName(rpc.MetadataApi, &discovery{server: s}),
	)
}

// NewAdmin returns a server of the operator's methods, for a listener that only
// the operator reaches. Whoever reaches it may do everything. level is what the
// node's log looks at. It has no WebSockets and answers no page of a browser.
func NewAdmin(backend AdminBackend, level LogLevel, opts Options) (*Server, error) {
	opts.Origins, opts.Pages = nil, nil
	s, err := newServer(opts)
	if err != nil {
		return nil, err
	}
	s.handler = s.door(nil)
	return s, s.rpc.RegisterName(AdminNamespace, &adminMethods{server: s, backend: backend, level: level})
}

func newServer(opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("options of the JSON-RPC server: %w", err)
	}
	s := &Server{
		opts: opts, rpc: rpc.NewServer(), rates: newRates(&opts),
		connections: newCounts(opts.Connections, opts.ConnectionsEach),
		webSockets:  newCounts(opts.Sockets, opts.SocketsEach),
		requests:    newCounts(opts.Connections, opts.RequestsEach),
		working:     semaphore.NewWeighted(int64(opts.Requests)),
		memory:      semaphore.NewWeighted(int64(opts.MemoryBytes)),
		hub:         newHub(opts.Subscribers, opts.Backlog),
	}
	s.rpc.SetBatchLimits(opts.BatchRequests, opts.ResponseBytes)
	s.rpc.SetHTTPBodyLimit(opts.BodyBytes)
	s.rpc.SetWebsocketReadLimit(int64(opts.MessageBytes))
	return s, nil
}

// Handler returns what answers HTTP requests, for a server with timeouts and
// limits of its own. [Server.Serve] has those of the options.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on a listener, which it closes, until the context ends. Requests
// that are worked on then have as long as WriteTime allows.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: s.opts.HeaderTime,
		ReadTimeout:       s.opts.HeaderTime + s.opts.BodyTime,
		WriteTimeout:      s.opts.HeaderTime + s.opts.BodyTime + s.opts.WriteTime,
		IdleTimeout:       s.opts.IdleTime,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          discardLog,
	}
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(&listener{Listener: l, counts: s.connections, proxy: s.opts.TrustProxy, refused: s.opts.Refused})
	}()
	select {
	case err := <-served:
		return fmt.Errorf("JSON-RPC on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.WriteTime)
	defer cancel()
	s.Close() // WebSockets, which Shutdown does not know of
	err := server.Shutdown(stopping)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // their time is up
	}
	<-served
	return err
}

// closeTime is how long WebSockets have to be told that they are closed. The rpc
// package tells them one by one, and would wait for each that does not read.
const closeTime = time.Second

// Close ends subscriptions and WebSockets, and has other requests refused.
func (s *Server) Close() {
	s.hub.close()
	timer := time.AfterFunc(closeTime, s.sockets.close)
	defer timer.Stop()
	s.rpc.Stop()
}

// enter admits a call of a method that costs so many units: it counts them, and
// bounds the call's time. The caller calls leave when it is done.
func (s *Server) enter(ctx context.Context, cost int) (within context.Context, leave func(), err error) {
	sock, from := s.peer(ctx)
	if wait, ok := s.rates.take(from, cost); !ok {
		s.opts.Refused(RefusedRate)
		return nil, nil, wire.ErrRateLimited.After(wait)
	}
	within, cancel := context.WithTimeout(ctx, s.opts.RequestTime)
	if sock == nil {
		return within, cancel, nil
	}
	if err := sock.begin(within); err != nil {
		cancel()
		return nil, nil, wire.ErrTimeout
	}
	return within, func() { sock.end(); cancel() }, nil
}

// peer returns the client that calls, and its WebSocket, nil if it calls by HTTP.
func (s *Server) peer(ctx context.Context) (*socket, client) {
	remote := rpc.PeerInfoFromContext(ctx).RemoteAddr
	if sock := s.sockets.find(remote); sock != nil {
		return sock, sock.from
	}
	return nil, clientOf(remote)
}

// call runs a method: f within its limits, and its error as clients are to have it.
func call[T any](ctx context.Context, s *Server, cost int, f func(context.Context) (T, error)) (T, error) {
	var none T
	within, leave, err := s.enter(ctx, cost)
	if err != nil {
		return none, err
	}
	defer leave()
	v, err := f(within)
	if err != nil {
		return none, s.explain(within, err)
	}
	return v, nil
}

// explain returns what clients are told of an error. The result is never nil.
func (s *Server) explain(ctx context.Context, err error) *wire.Error {
	known, ok := s.known(err)
	switch {
	case ok:
		return known
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return wire.ErrTimeout
	default:
		s.opts.Logger.Error("a request failed", "err", err)
		return wire.ErrInternal
	}
}
