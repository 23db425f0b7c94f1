package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/quirezk/quire/aggregator/api/wire"
)

// Defaults of [Options].
const (
	DefaultBodyBytes       = 512 << 10
	DefaultMessageBytes    = 256 << 10
	DefaultResponseBytes   = 2 << 20
	DefaultMemoryBytes     = 64 << 20
	DefaultBatchRequests   = 50
	DefaultTransfers       = 256
	DefaultPage            = 100
	DefaultRate            = 500
	DefaultBurst           = 2000
	DefaultClients         = 1 << 16
	DefaultRequests        = 128
	DefaultRequestsEach    = 32
	DefaultConnections     = 1024
	DefaultConnectionsEach = 128
	DefaultSockets         = 256
	DefaultSocketsEach     = 16
	DefaultSocketCalls     = 16
	DefaultSubscriptions   = 16
	DefaultSubscribers     = 1024
	DefaultBacklog         = 512
	DefaultRequestTime     = 10 * time.Second
	DefaultHeaderTime      = 5 * time.Second
	DefaultBodyTime        = 10 * time.Second
	DefaultWriteTime       = 30 * time.Second
	DefaultIdleTime        = time.Minute
	DefaultRetryAfter      = time.Second
)

// Options are the limits and choices of a [Server]. Zero means the default,
// except where it says otherwise.
type Options struct {
	// BodyBytes bounds the body of an HTTP request, MessageBytes a message on a
	// WebSocket. ResponseBytes bounds the answers to one JSON-RPC batch together.
	BodyBytes, MessageBytes, ResponseBytes int
	// MemoryBytes bounds what requests and large answers take together while they
	// are received and sent.
	MemoryBytes int
	// BatchRequests is how many requests one JSON-RPC batch may have, Transfers
	// how many transfers one quire_sendTransfers, Page how many entries one answer.
	BatchRequests, Transfers, Page int

	// Rate is how much one client, that is, one IPv4 address or one /64 of IPv6,
	// may ask for per second, in the units of docs/rpc.md, and Burst how much at
	// once. A negative rate is no limit. Clients is how many clients are kept in
	// mind.
	Rate    float64
	Burst   int
	Clients int
	// Requests is how many HTTP requests are worked on at once, RequestsEach how
	// many of one client are received, worked on and answered.
	Requests, RequestsEach int
	// Connections is how many connections there may be, ConnectionsEach how many
	// of one client, Sockets and SocketsEach how many of these may be WebSockets.
	Connections, ConnectionsEach, Sockets, SocketsEach int
	// SocketCalls is how many requests of one WebSocket are worked on at once;
	// more are not read until one is answered.
	SocketCalls int
	// Subscriptions is how many subscriptions a WebSocket may have, Subscribers how
	// many there may be in all, and Backlog how many notifications one may be behind
	// before it is ended.
	Subscriptions, Subscribers, Backlog int

	// RequestTime is how long a method may take. HeaderTime and BodyTime are how
	// long a client may take to send the parts of an HTTP request, WriteTime how
	// long the answer may take from then on, IdleTime how long a connection may be
	// silent.
	RequestTime, HeaderTime, BodyTime, WriteTime, IdleTime time.Duration
	// RetryAfter is what a client is told to wait when the node is busy and does
	// not know for how long.
	RetryAfter time.Duration

	// Origins are the web pages that browsers may call from, as in
	// https://wallet.example; "*" is any. None: pages of localhost may use
	// WebSockets, others nothing. The server's own pages always may.
	Origins []string
	// Hosts are the names that the server may be called by; "*" is any. IP
	// addresses and localhost always may. It keeps pages of other sites from
	// reaching a server on a private network through a name of their own.
	Hosts []string
	// TrustProxy says that a proxy stands before the server and adds the client's
	// address to X-Forwarded-For. Without a proxy clients could then name any.
	TrustProxy bool
	// Pages answers GET requests that are neither WebSockets nor for /openrpc.json.
	// nil: an empty answer, for health checks.
	Pages http.Handler

	// Errors translates the backend's errors.
	Errors []ErrorCode
	// Logger is told of what clients are not: internal errors. nil means
	// [slog.Default].
	Logger *slog.Logger
	// Refused is told of each connection, request or call that no method of the
	// backend hears of, for metrics; it must not block. May be nil.
	Refused func(Refusal)

	now func() time.Time // tests have their own
}

// Refusal is why something was refused before it came to the backend.
type Refusal string

// All refusals.
const (
	RefusedConnection Refusal = "connection" // there are too many connections, or WebSockets
	RefusedHost       Refusal = "host"       // the server is not called by that name
	RefusedRate       Refusal = "rate"       // the client has asked for too much of late, or at once
	RefusedBusy       Refusal = "busy"       // all clients together have
	RefusedSize       Refusal = "size"       // too many bytes, or requests in a batch
	RefusedSlow       Refusal = "slow"       // it was not sent in time
	RefusedForm       Refusal = "form"       // it is not sent by POST, or breaks off
)

// Refusals are all of them.
var Refusals = []Refusal{RefusedConnection, RefusedHost, RefusedRate, RefusedBusy, RefusedSize, RefusedSlow, RefusedForm}

// ErrorCode says what an error of the backend is to clients: errors.Is finds Err
// in it.
type ErrorCode struct {
	Err error
	As  *wire.Error // one of the sentinels
}

// Validate says all that is wrong with the options, as [New] does.
func (o Options) Validate() error {
	_, err := o.withDefaults()
	return err
}

// withDefaults fills in what is zero, and says all that is wrong.
func (o Options) withDefaults() (Options, error) {
	if o.Refused == nil {
		o.Refused = func(Refusal) {}
	}
	var faults []error
	count := func(name string, v *int, def int) {
		if *v == 0 {
			*v = def
		}
		if *v < 0 {
			faults = append(faults, fmt.Errorf("%s is %d, which is below 0", name, *v))
		}
	}
	count("BodyBytes", &o.BodyBytes, DefaultBodyBytes)
	count("MessageBytes", &o.MessageBytes, DefaultMessageBytes)
	count("ResponseBytes", &o.ResponseBytes, DefaultResponseBytes)
	count("MemoryBytes", &o.MemoryBytes, DefaultMemoryBytes)
	count("BatchRequests", &o.BatchRequests, DefaultBatchRequests)
	count("Transfers", &o.Transfers, DefaultTransfers)
	count("Page", &o.Page, DefaultPage)
	count("Burst", &o.Burst, DefaultBurst)
	count("Clients", &o.Clients, DefaultClients)
	count("Requests", &o.Requests, DefaultRequests)
	count("RequestsEach", &o.RequestsEach, DefaultRequestsEach)
	count("Connections", &o.Connections, DefaultConnections)
	count("ConnectionsEach", &o.ConnectionsEach, DefaultConnectionsEach)
	count("Sockets", &o.Sockets, DefaultSockets)
	count("SocketsEach", &o.SocketsEach, DefaultSocketsEach)
	count("SocketCalls", &o.SocketCalls, DefaultSocketCalls)
	count("Subscriptions", &o.Subscriptions, DefaultSubscriptions)
	count("Subscribers", &o.Subscribers, DefaultSubscribers)
	count("Backlog", &o.Backlog, DefaultBacklog)
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}

	period := func(name string, v *time.Duration, def time.Duration) {
		if *v == 0 {
			*v = def
		}
		if *v < 0 {
			faults = append(faults, fmt.Errorf("%s is %v, which is below 0", name, *v))
		}
	}
	period("RequestTime", &o.RequestTime, DefaultRequestTime)
	period("HeaderTime", &o.HeaderTime, DefaultHeaderTime)
	period("BodyTime", &o.BodyTime, DefaultBodyTime)
	period("WriteTime", &o.WriteTime, DefaultWriteTime)
	period("IdleTime", &o.IdleTime, DefaultIdleTime)
	period("RetryAfter", &o.RetryAfter, DefaultRetryAfter)
	if o.MemoryBytes < o.BodyBytes {
		faults = append(faults, fmt.Errorf("a MemoryBytes of %d is below the %d of BodyBytes: no request could be that large", o.MemoryBytes, o.BodyBytes))
	}
	if most := o.costMost(); o.Rate > 0 && o.Burst < most {
		faults = append(faults, fmt.Errorf("a Burst of %d is below the %d that one allowed request can cost", o.Burst, most))
	}

	for _, origin := range o.Origins {
		u, err := url.Parse(origin)
		if origin != "*" && (err != nil || u.Scheme == "" || u.Host == "" || u.Path != "") {
			faults = append(faults, fmt.Errorf("origin %q: expected a scheme and a host, as in https://wallet.example, or *", origin))
		}
	}
	for i, e := range o.Errors {
		if e.Err == nil || e.As == nil {
			faults = append(faults, fmt.Errorf("entry %d of Errors: both errors have to be given", i))
		}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o, errors.Join(faults...)
}

// limits returns what clients are told of the options.
func (o *Options) limits() wire.Limits {
	return wire.Limits{
		Transfers: o.Transfers, Page: o.Page, BatchRequests: o.BatchRequests,
		BodyBytes: o.BodyBytes, Rate: max(0, o.Rate), Subscriptions: o.Subscriptions,
	}
}
