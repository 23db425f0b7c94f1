package aggregator

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// Defaults of [ServiceOptions].
const (
	DefaultTick     = 200 * time.Millisecond
	DefaultProofs   = 1
	DefaultFirst    = time.Second
	DefaultMaxPause = time.Minute
)

// groupSize is how many transfers become durable together, at most: enough for
// their commit's sync to cost each next to nothing, and few enough that executing
// them takes a few milliseconds.
const groupSize = 1024

// ServiceOptions say how a [Service] runs its engine. The zero value is a good
// one.
type ServiceOptions struct {
	// Verifiers is how many goroutines check signatures. 0 means one for each
	// processor that Go uses.
	Verifiers int
	// Proofs is how many proofs, and how many witnesses, are asked for at once.
	Proofs int
	// Tick is how often the engine is told the time.
	Tick time.Duration
	// FirstPause and MaxPause are for jobs that failed: they are tried again after
	// the first, and each further time after twice as long, up to the second.
	FirstPause, MaxPause time.Duration
	// Observe is told what happened, for metrics; its methods must not block. May
	// be nil.
	Observe Observer
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Observer hears how a service is doing.
type Observer interface {
	// Verified: so many signatures were checked together, in this time.
	Verified(count int, took time.Duration)
	// Group: so many transfers were executed and became durable together.
	Group(count int, took time.Duration)
	// JobDone: a job has ended.
	JobDone(kind JobKind, took time.Duration, err error)
}

type noObserver struct{}

func (noObserver) Verified(int, time.Duration)           {}
func (noObserver) Group(int, time.Duration)              {}
func (noObserver) JobDone(JobKind, time.Duration, error) {}

// Service runs an engine: it checks signatures in parallel, groups transfers into
// commits, does the jobs of batches, and tells subscribers what happens.
type Service struct {
	engine *Engine
	opts   ServiceOptions
	cfg    Config

	checks   chan *check
	requests chan *request
	wake     chan struct{} // holds one token: look at the jobs

	ctx    context.Context // of jobs and ticks
	cancel context.CancelFunc
	jobs   sync.WaitGroup // goroutines that end with ctx
	work   sync.WaitGroup // goroutines that end when closing is closed

	mu      sync.Mutex // guards closed, and that sending does not grow once it is set
	closed  bool
	sending sync.WaitGroup // calls of Send
	closing chan struct{}  // closed once they have returned
	end     sync.Once

	keys *keyCache
	feed feed

	stopped chan struct{} // closed once the engine has halted
	halting sync.Once
}

// NewService opens a ledger's engine and starts it. Stop it before the ledger is
// closed.
func NewService(cfg Config, led *ledger.Ledger, opts ServiceOptions) (*Service, error) {
	if opts.Verifiers <= 0 {
		opts.Verifiers = runtime.GOMAXPROCS(0)
	}
	opts.Proofs = defaulted(opts.Proofs, DefaultProofs)
	opts.Tick = defaulted(opts.Tick, DefaultTick)
	opts.FirstPause = defaulted(opts.FirstPause, DefaultFirst)
	opts.MaxPause = defaulted(opts.MaxPause, DefaultMaxPause)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Observe == nil {
		opts.Observe = noObserver{}
	}
	s := &Service{
		opts: opts, checks: make(chan *check), requests: make(chan *request), wake: make(chan struct{}, 1),
		closing: make(chan struct{}), stopped: make(chan struct{}), keys: newKeyCache(),
	}
	notify := cfg.Notify
	cfg.Notify = func(event Event) {
		s.feed.publish(event)
		s.poke()
		if notify != nil {
			notify(event)
		}
	}
	var err error
	if s.engine, err = Open(cfg, led, opts.Now()); err != nil {
		return nil, err
	}
	s.cfg = s.engine.cfg
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for range opts.Verifiers {
		s.work.Go(s.verify)
	}
	s.work.Go(s.sequence)
	s.jobs.Go(s.tick)
	s.jobs.Go(s.dispatch)
	return s, nil
}

// Engine returns the engine, to be asked, and told what layer 1 does.
func (s *Service) Engine() *Engine { return s.engine }

// Stopped is closed when the engine has halted, of which [Engine.Err] has the
// cause.
func (s *Service) Stopped() <-chan struct{} { return s.stopped }

// Stop ends the service: what was sent is answered, jobs are told to end and
// waited for, and subscriptions end. When ctx ends first, Stop returns its error
// and leaves what is running behind; it may be called again.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	done := make(chan struct{})
	go func() {
		s.sending.Wait()
		s.end.Do(func() { close(s.closing) })
		s.work.Wait()
		s.jobs.Wait()
		close(done)
	}()
	select {
	case <-ctx.Done():
		return fmt.Errorf("aggregator: stop: %w", ctx.Err())
	case <-done:
	}
	s.feed.end()
	return s.engine.Close()
}

// enter begins a call of Send, which ends with sending.Done; false if the service
// was stopped.
func (s *Service) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sending.Add(1)
	return true
}

// poke has the dispatcher look at the jobs.
func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// failed looks whether an error is the engine's end.
func (s *Service) failed(err error) {
	if errors.Is(err, ErrHalted) {
		s.halting.Do(func() { close(s.stopped) })
	}
}

// request is what one caller sends at once; its transfers stay together and in
// order.
type request struct {
	transfers []Verified
	outcomes  []Outcome // as many
	err       error
	done      chan struct{}
}

// Send takes on signed transfers, in their order: see [Engine.Submit]. Outcomes
// come when they are durable. Once transfers are on their way to the engine the end
// of ctx is not waited for.
func (s *Service) Send(ctx context.Context, transfers []protocol.SignedTransfer) ([]Outcome, error) {
	if !s.enter() {
		return nil, fmt.Errorf("%w: %w", ErrHalted, errClosed)
	}
	defer s.sending.Done()
	outcomes := make([]Outcome, len(transfers))
	verified, places, err := s.check(ctx, transfers, outcomes)
	if err != nil {
		return nil, err
	}
	if len(verified) == 0 {
		return outcomes, nil
	}
	r := &request{transfers: verified, done: make(chan struct{})}
	select {
	case s.requests <- r:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	<-r.done
	if r.err != nil {
		return nil, r.err
	}
	for i, place := range places {
		outcomes[place] = r.outcomes[i]
	}
	return outcomes, nil
}

// sequence hands requests to the engine, as many at once as have come.
func (s *Service) sequence() {
	for {
		var group []*request
		select {
		case r := <-s.requests:
			group = append(group, r)
		case <-s.closing:
			return
		}
		runtime.Gosched() // see verify
		for count := len(group[0].transfers); count < groupSize; {
			select {
			case r := <-s.requests:
				group = append(group, r)
				count += len(r.transfers)
				continue
			default:
			}
			break
		}
		s.submit(group)
	}
}

func (s *Service) submit(group []*request) {
	var transfers []Verified
	for _, r := range group {
		transfers = append(transfers, r.transfers...)
	}
	begun := time.Now()
	outcomes, err := s.engine.Submit(s.opts.Now(), transfers)
	s.opts.Observe.Group(len(transfers), time.Since(begun))
	s.failed(err)
	for _, r := range group {
		if r.err = err; err == nil {
			r.outcomes, outcomes = outcomes[:len(r.transfers)], outcomes[len(r.transfers):]
		}
		close(r.done)
	}
}

// tick tells the engine the time.
func (s *Service) tick() {
	ticker := time.NewTicker(s.opts.Tick)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.failed(s.engine.Tick(s.opts.Now()))
			s.failed(s.engine.healthy())
			s.poke()
		case <-s.ctx.Done():
			return
		}
	}
}

// healthy returns ErrHalted if the engine has halted.
func (e *Engine) healthy() error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.usable()
}

// place names a job: there is one of a kind for a batch at a time.
type place struct {
	kind  JobKind
	batch uint32
}

// dispatch starts the jobs that there are, as many of each kind at once as may be.
func (s *Service) dispatch() {
	d := &dispatcher{s: s, running: make(map[place]bool), retries: make(map[place]retry), ended: make(chan ended)}
	defer func() {
		for len(d.running) > 0 {
			delete(d.running, (<-d.ended).place)
		}
	}()
	for {
		d.start()
		select {
		case <-s.wake:
		case e := <-d.ended:
			d.end(e)
		case <-s.ctx.Done():
			return
		}
	}
}

// dispatcher is dispatch's own.
type dispatcher struct {
	s       *Service
	running map[place]bool
	retries map[place]retry
	ended   chan ended
}

type retry struct {
	pause time.Duration
	after time.Time
}

type ended struct {
	place place
	err   error
}

func (d *dispatcher) start() {
	count := make(map[JobKind]int)
	for p := range d.running {
		count[p.kind]++
	}
	limits := map[JobKind]int{JobSeal: 1, JobWitness: d.s.opts.Proofs, JobProve: d.s.opts.Proofs, JobSubmit: 1, JobAwait: 1 << 10}
	for _, job := range d.s.engine.Jobs() {
		p := place{job.Kind, job.Batch}
		if d.running[p] || count[job.Kind] >= limits[job.Kind] || time.Now().Before(d.retries[p].after) {
			continue
		}
		d.running[p] = true
		count[job.Kind]++
		go func() { d.ended <- ended{p, d.s.do(job)} }()
	}
}

func (d *dispatcher) end(e ended) {
	delete(d.running, e.place)
	if e.err == nil || d.s.ctx.Err() != nil {
		delete(d.retries, e.place)
		return
	}
	r := d.retries[e.place]
	r.pause = min(max(2*r.pause, d.s.opts.FirstPause), d.s.opts.MaxPause)
	r.after = time.Now().Add(r.pause)
	d.retries[e.place] = r
	d.s.cfg.Logger.Warn("a job of a batch failed, and is tried again", "job", e.place.kind, "batch", e.place.batch, "after", r.pause, "error", e.err)
}

// do does a job and takes its result over.
func (s *Service) do(job Job) error {
	begun := time.Now()
	result, err := s.engine.Run(s.ctx, job)
	if err == nil {
		err = s.engine.Finish(s.opts.Now(), result)
	}
	s.opts.Observe.JobDone(job.Kind, time.Since(begun), err)
	s.failed(err)
	return err
}

// Deliver is [Engine.Deliver], by the service's clock.
func (s *Service) Deliver(step *Step) error {
	err := s.engine.Deliver(s.opts.Now(), step)
	s.failed(err)
	return err
}

// Rollback is [Engine.Rollback], by the service's clock.
func (s *Service) Rollback(block uint64, cursor []byte) error {
	err := s.engine.Rollback(s.opts.Now(), block, cursor)
	s.failed(err)
	s.poke()
	return err
}

// RequestOpening is [Engine.RequestOpening], by the service's clock.
func (s *Service) RequestOpening(key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (Requested, error) {
	r, err := s.engine.RequestOpening(s.opts.Now(), key, owner, token)
	s.failed(err)
	return r, err
}

// Seal is [Engine.Seal], by the service's clock.
func (s *Service) Seal() error {
	err := s.engine.Seal(s.opts.Now())
	s.failed(err)
	return err
}

// inParts calls f for parts of at most size of n things, for all at once.
func inParts(n, size int, f func(lo, hi int) error) error {
	if n <= size {
		return f(0, n)
	}
	var g errgroup.Group
	for lo := 0; lo < n; lo += size {
		g.Go(func() error { return f(lo, min(lo+size, n)) })
	}
	return g.Wait()
}
