package api

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/lru"
	"golang.org/x/time/rate"
)

// client is what limits are counted by: an IPv4 address, or the /64 that one
// subscriber of IPv6 has.
type client netip.Prefix

// clientOf returns the client at an address as net/http writes it. An address
// that cannot be read is a client of its own, together with all others such.
func clientOf(address string) client {
	if port, err := netip.ParseAddrPort(address); err == nil {
		return clientAt(port.Addr())
	}
	if addr, err := netip.ParseAddr(address); err == nil {
		return clientAt(addr)
	}
	return client{}
}

func clientAt(addr netip.Addr) client {
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return client{}
	}
	return client(p)
}

// forwardedFor returns the address that a trusted proxy has added to the header,
// which is the last one: those before it are the client's own words.
func forwardedFor(header []string) (netip.Addr, bool) {
	if len(header) == 0 {
		return netip.Addr{}, false
	}
	last := header[len(header)-1]
	addr, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]))
	return addr, err == nil
}

// rates limits how much each client may ask for. The clients that have asked for
// nothing for the longest are forgotten first, which costs them nothing: their
// allowance is full again.
type rates struct {
	limit rate.Limit // negative: none
	burst int
	now   func() time.Time

	mu      sync.Mutex
	clients lru.BasicLRU[client, *rate.Limiter] // guarded by mu
}

func newRates(o *Options) *rates {
	return &rates{
		limit: rate.Limit(o.Rate), burst: o.Burst, now: o.now,
		clients: lru.NewBasicLRU[client, *rate.Limiter](max(1, o.Clients)),
	}
}

func (r *rates) of(c client) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.clients.Get(c)
	if !ok {
		l = rate.NewLimiter(r.limit, r.burst)
		r.clients.Add(c, l)
	}
	return l
}

// take takes n units of a client's allowance. If there are not as many it takes
// none, and returns how long to wait for them and one more: what the request
// costs that tries again.
func (r *rates) take(c client, n int) (wait time.Duration, ok bool) {
	if r.limit < 0 {
		return 0, true
	}
	now := r.now()
	reservation := r.of(c).ReserveN(now, n)
	if !reservation.OK() { // more than can ever be had at once
		return r.timeFor(n + 1), false
	}
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return wait + r.timeFor(1), false
	}
	return 0, true
}

// timeFor returns how long it takes until a client is allowed n units more.
func (r *rates) timeFor(n int) time.Duration {
	return time.Duration(float64(n) / float64(r.limit) * float64(time.Second))
}

// owe takes n units of a client's allowance, whether they are there or not, and
// returns how long it is until the debt is paid.
func (r *rates) owe(c client, n int) time.Duration {
	if r.limit < 0 {
		return 0
	}
	now := r.now()
	return r.of(c).ReserveN(now, min(n, r.burst)).DelayFrom(now)
}

// charge takes n units of a client's allowance, whether they are there or not, and
// however many: until the debt is paid the client gets nothing.
func (r *rates) charge(c client, n int) {
	for r.limit >= 0 && n > 0 {
		part := min(n, r.burst)
		r.owe(c, part)
		n -= part
	}
}

// counts bounds how many of something there are, in all and of each client.
type counts struct {
	all, each int

	mu    sync.Mutex
	total int            // guarded by mu
	of    map[client]int // guarded by mu; without zeros, so that it is no larger than total
}

func newCounts(all, each int) *counts {
	return &counts{all: all, each: each, of: make(map[client]int)}
}

// add counts one more, unless there are too many.
func (c *counts) add(of client) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total >= c.all || c.of[of] >= c.each {
		return false
	}
	c.total++
	c.of[of]++
	return true
}

// remove counts one less.
func (c *counts) remove(of client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total--
	if c.of[of]--; c.of[of] <= 0 {
		delete(c.of, of)
	}
}
