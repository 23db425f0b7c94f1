package prover

import (
	"sync"
	"time"
)

// Stage is one step on the way to a proof.
type Stage string

// The stages, in their order. Load and Setup belong to the [Store], the others
// to [Prove].
const (
	StageSetup  Stage = "setup"  // make a key pair
	StageStore  Stage = "store"  // write it into the store
	StageLoad   Stage = "load"   // check the digests and read the keys
	StageSolve  Stage = "solve"  // compute every wire from the assignment
	StageProve  Stage = "prove"  // transforms and multi-exponentiations
	StageVerify Stage = "verify" // check the proof before it leaves
)

// Event tells an [Observer] that a stage has begun, moved on or ended.
type Event struct {
	Stage Stage
	// Done and Total are bytes read or written so far and in all. They are 0 in
	// stages that have no measure of their own.
	Done, Total int64
	// End is true in the last event of a stage that succeeded. A stage that fails
	// or is cancelled has no such event.
	End bool
	// Elapsed is the time since the stage began.
	Elapsed time.Duration
}

// Observer is told of stages as they happen. Calls come one at a time, may come
// from any goroutine, and must return quickly; none comes after the observed
// call has returned. A nil Observer is allowed everywhere.
type Observer func(Event)

// reporter serializes events and silences them once the observed call is over.
type reporter struct {
	mu     sync.Mutex
	report Observer // nil once closed; guarded by mu
	stage  Stage
	start  time.Time
	total  int64
	done   int64
}

func newReporter(o Observer) *reporter { return &reporter{report: o} }

// begin starts a stage, total bytes long if total is not 0.
func (r *reporter) begin(s Stage, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stage, r.start, r.total, r.done = s, time.Now(), total, 0
	r.send(false)
}

// advance adds n bytes to the stage that is under way.
func (r *reporter) advance(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done += n
	r.send(false)
}

// end closes the stage that is under way.
func (r *reporter) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = r.total
	r.send(true)
}

// next closes the stage from, if it is the one under way, and begins another.
func (r *reporter) next(from, to Stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stage != from {
		return
	}
	r.send(true)
	r.stage, r.start, r.total, r.done = to, time.Now(), 0, 0
	r.send(false)
}

// close makes every later call silent.
func (r *reporter) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report = nil
}

func (r *reporter) send(end bool) { // under mu
	if r.report != nil {
		r.report(Event{Stage: r.stage, Done: r.done, Total: r.total, End: end, Elapsed: time.Since(r.start)})
	}
}
