package aggregator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// JobKind is what takes a batch from a stage to the next.
type JobKind uint8

// The kinds of jobs, in the order in which a batch needs them.
const (
	JobSeal    JobKind = iota // into the state tree
	JobWitness                // check it, and make its public data
	JobProve
	JobSubmit // to whoever brings it to layer 1
	JobAwait  // until it is final what became of that
)

// String returns the kind's name.
func (k JobKind) String() string {
	return [...]string{"seal", "witness", "prove", "submit", "await"}[k]
}

// Job is something to be done for a batch. Doing it twice does no harm, nor does
// not finishing it.
type Job struct {
	Kind    JobKind
	Batch   uint32
	Attempt uint32 // of JobAwait

	epoch uint64
	run   func(context.Context) (finish, error)
}

// finish takes over what a job has come to. It is called with the engine's lock.
type finish func(c *change, f *flight) error

// Jobs returns what can be done now, by batch. What is being done already is among
// it: the caller knows.
func (e *Engine) Jobs() []Job {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.halted != nil {
		return nil
	}
	var jobs []Job
	numbers := make([]uint32, 0, len(e.inFlight))
	for number := range e.inFlight {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	for _, number := range numbers {
		f := e.inFlight[number]
		if job, ok := e.jobOf(f); ok {
			job.Batch, job.epoch = number, e.epoch
			jobs = append(jobs, job)
		}
	}
	return jobs
}

// jobOf is what a batch needs next, if it can be done.
func (e *Engine) jobOf(f *flight) (Job, bool) {
	before := e.inFlight[f.record.Number-1] // nil if that was final long ago
	switch f.record.Stage {
	case ledger.StageClosed:
		if before != nil && before.record.Stage < ledger.StageSealed {
			return Job{}, false
		}
		return e.sealJob(f), true
	case ledger.StageSealed:
		return e.witnessJob(f), true
	case ledger.StageWitnessed:
		return e.proveJob(f), true
	case ledger.StageProven:
		if e.head.Frozen || e.doubtful(&f.record) || before != nil && before.record.Stage < ledger.StageSubmitted {
			return Job{}, false
		}
		return e.submitJob(f), true
	case ledger.StageSubmitted:
		if f.accepted != 0 {
			return Job{}, false // layer 1's events will tell
		}
		return e.awaitJob(f), true
	}
	return Job{}, false
}

// Result is what a job has come to, to be handed to [Engine.Finish].
type Result struct {
	job    Job
	finish finish
}

// Run does a job. It takes its time, and changes nothing but what doing it again
// would change in the same way.
func (e *Engine) Run(ctx context.Context, job Job) (Result, error) {
	finish, err := job.run(ctx)
	if err != nil {
		err = fmt.Errorf("%v batch %d: %w", job.Kind, job.Batch, err)
		if errors.Is(err, ErrBatchInvalid) || errors.Is(err, ErrInconsistent) {
			e.mu.Lock()
			defer e.mu.Unlock()
			return Result{}, e.halt(err)
		}
		return Result{}, err
	}
	return Result{job, finish}, nil
}

// Finish takes over a job's result, and makes it durable. The result of a job on a
// batch that was undone meanwhile is dropped.
func (e *Engine) Finish(now time.Time, result Result) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.usable(); err != nil {
		return err
	}
	f, ok := e.inFlight[result.job.Batch]
	if !ok || result.job.epoch != e.epoch {
		return nil
	}
	c := e.begin(now)
	stage := f.record.Stage
	if err := result.finish(c, f); err != nil {
		return e.halt(fmt.Errorf("%v batch %d: %w", result.job.Kind, result.job.Batch, err))
	}
	if f.record.Stage != stage {
		c.tell(BatchEvent{f.record})
	}
	c.PutBatch(&f.record)
	return e.commit(c)
}

// advance takes a batch from a stage to another; false if it is not at the first
// any more.
func (f *flight) advance(from, to ledger.Stage) bool {
	if f.record.Stage != from {
		return false
	}
	f.record.Stage = to
	return true
}

// batch returns the batch of a record with its transfers.
func (e *Engine) batch(r *ledger.Batch, transfers []protocol.SignedTransfer) *protocol.Batch {
	return &protocol.Batch{
		RollupID: e.id.RollupID, Number: r.Number, Openings: r.Openings, Deposits: r.Deposits,
		ForcedExits: r.ForcedExits, FeeAccounts: r.FeeAccounts, Transfers: transfers,
	}
}

// sealJob puts a batch into the state tree. What undoing it takes, and proving it
// without the tree, is made durable before.
func (e *Engine) sealJob(f *flight) Job {
	number, epoch := f.record.Number, e.epoch
	b := e.batch(&f.record, f.transfers)
	circuit, err := e.circuit(f.record.Circuit)
	oldest := e.state.layers[0] // closed, so nothing changes it any more
	clean := e.state.clean      // of the state before it, which nothing changes until it is settled
	return Job{Kind: JobSeal, run: func(ctx context.Context) (finish, error) {
		if err != nil {
			return nil, err
		}
		// Nothing may be undone while this is done, and what was undone must not be
		// sealed.
		e.treeMu.Lock()
		defer e.treeMu.Unlock()
		if !e.stands(number, epoch) {
			return nil, errVoid
		}
		if oldest.number != number {
			return nil, fmt.Errorf("%w: the oldest layer is batch %d's", ErrInconsistent, oldest.number)
		}
		sealed, root, err := e.seal(ctx, circuit.Shape, b, oldest.updates(), clean)
		if err != nil {
			return nil, err
		}
		return func(c *change, f *flight) error {
			if !f.advance(ledger.StageClosed, ledger.StageSealed) {
				return nil
			}
			f.record.Root, f.record.Times.Sealed = root, millis(c.now)
			f.transfers = nil
			f.gist.Store(gistOf(sealed))
			e.sealed.put(sealedKey{epoch, number}, sealed)
			return e.settle()
		}, nil
	}}
}

// settle puts the tree's state below the pending one in place of the oldest layer.
func (e *Engine) settle() error {
	base, err := e.tree.Snapshot()
	if err != nil {
		return err
	}
	if err := e.state.settle(base); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrInconsistent, err), base.Close())
	}
	return nil
}

// sealView is a state as sealing reads it: most accounts of a batch were read when
// its transfers were executed, and are at hand.
type sealView struct {
	witness.View
	clean *statetree.AccountCache
}

// Account implements [witness.View].
func (v sealView) Account(i protocol.Index) (protocol.Account, bool, error) {
	if a, ok := v.clean.Get(i); ok {
		return a, true, nil
	}
	return v.View.Account(i)
}

// seal seals a batch and applies it to the tree, unless the tree has it already.
// clean has accounts as they are before the batch.
func (e *Engine) seal(ctx context.Context, shape protocol.Shape, b *protocol.Batch, updates []statetree.Update, clean *statetree.AccountCache) (*witness.Sealed, fr.Element, error) {
	if e.tree.Version() == b.Number { // a try before this one did, and was not finished
		sealed, err := e.loadSealed(b.Number)
		return sealed, e.tree.Root(), err
	}
	if version := e.tree.Version(); version+1 != b.Number {
		return nil, fr.Element{}, fmt.Errorf("%w: batch %d is to be sealed, the state is that of batch %d", ErrInconsistent, b.Number, version)
	}
	snapshot, err := e.tree.Snapshot()
	if err != nil {
		return nil, fr.Element{}, err
	}
	// Hashing the tree takes longer than all else, and can go on meanwhile; what is
	// recorded has to be durable only before the tree is.
	var sealed *witness.Sealed
	recorded := make(chan error, 1)
	go func() {
		s, err := witness.Seal(sealView{witness.FromSnapshot(snapshot), clean}, shape, b)
		if err == nil {
			sealed, err = s, e.record(s)
		}
		recorded <- err
	}()
	wait := sync.OnceValue(func() error { return <-recorded })
	root, err := e.tree.Advance(ctx, b.Number, updates, nil, func(fr.Element) error { return wait() })
	_ = wait() // it reads the snapshot; Advance has its error, if it came so far
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return nil, fr.Element{}, err
	}
	return sealed, root, nil
}

// record makes a sealed batch durable.
func (e *Engine) record(sealed *witness.Sealed) error {
	encoded, err := sealed.MarshalBinary()
	if err != nil {
		return err
	}
	changes := e.led.NewChanges()
	changes.PutSealed(sealed.Batch.Number, encoded)
	return e.led.Commit(changes)
}

func (e *Engine) witnessJob(f *flight) Job {
	number, epoch, circuitIndex, root := f.record.Number, e.epoch, f.record.Circuit, f.record.Root
	return Job{Kind: JobWitness, run: func(ctx context.Context) (finish, error) {
		circuit, err := e.circuit(circuitIndex)
		if err != nil {
			return nil, err
		}
		sealed, err := e.sealedFor(number, epoch)
		if err != nil {
			return nil, err
		}
		w, err := e.cfg.Prover.Witness(ctx, *circuit, sealed)
		if err != nil {
			return nil, err
		}
		b := &sealed.Batch
		switch {
		case w.Root != root:
			err = fmt.Errorf("it makes root %s, the tree has %s", w.Root.String(), root.String())
		case w.Old != protocol.Commitment(sealed.OldRoot, b.RollupID, b.Number-1):
			err = fmt.Errorf("it begins at commitment %s, not at that of the state before", w.Old.String())
		case w.New != protocol.Commitment(root, b.RollupID, b.Number):
			err = fmt.Errorf("it ends at commitment %s, not at that of its root", w.New.String())
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBatchInvalid, err)
		}
		return func(c *change, f *flight) error {
			if !f.advance(ledger.StageSealed, ledger.StageWitnessed) {
				return nil
			}
			r := &f.record
			r.Times.Witnessed = millis(c.now)
			r.Old, r.New, r.Statement, r.Published = w.Old, w.New, w.Statement, uint32(len(w.Published))
			c.PutPublished(r.Number, w.Published)
			return nil
		}, nil
	}}
}

func (e *Engine) proveJob(f *flight) Job {
	number, epoch, circuitIndex := f.record.Number, e.epoch, f.record.Circuit
	return Job{Kind: JobProve, run: func(ctx context.Context) (finish, error) {
		circuit, err := e.circuit(circuitIndex)
		if err != nil {
			return nil, err
		}
		sealed, err := e.sealedFor(number, epoch)
		if err != nil {
			return nil, err
		}
		proof, err := e.cfg.Prover.Prove(ctx, *circuit, sealed)
		if err != nil {
			return nil, err
		}
		return func(c *change, f *flight) error {
			if !f.advance(ledger.StageWitnessed, ledger.StageProven) {
				return nil
			}
			f.record.Times.Proven = millis(c.now)
			c.PutProof(f.record.Number, proof)
			return nil
		}, nil
	}}
}

// submitJob hands a batch over for layer 1. The attempt's number is durable before
// anything is sent: of a batch without one layer 1 can know nothing.
func (e *Engine) submitJob(f *flight) Job {
	number, epoch := f.record.Number, e.epoch
	return Job{Kind: JobSubmit, run: func(ctx context.Context) (finish, error) {
		r, err := e.attempt(number, epoch)
		if err != nil {
			return nil, err
		}
		s := &Settlement{
			Number: number, Attempt: r.Attempt, Circuit: r.Circuit,
			DepositsFrom: r.DepositsEnd - uint64(len(r.Deposits)), DepositsEnd: r.DepositsEnd,
			ExitsFrom: r.ExitsEnd - uint64(len(r.ForcedExits)), ExitsEnd: r.ExitsEnd,
		}
		published, found, err := e.led.Published(number)
		if err != nil || !found {
			return nil, missing(err, "its published data")
		}
		proof, found, err := e.led.Proof(number)
		if err != nil || !found {
			return nil, missing(err, "its proof")
		}
		s.Witnessed = Witnessed{Old: r.Old, New: r.New, Root: r.Root, Statement: r.Statement, Published: published}
		s.Proof = proof.Calldata
		if err := e.cfg.Settler.Submit(ctx, s); err != nil {
			return nil, err
		}
		return func(c *change, f *flight) error {
			if f.record.Attempt != s.Attempt || !f.advance(ledger.StageProven, ledger.StageSubmitted) {
				return nil
			}
			f.record.Times.Submitted = millis(c.now)
			return nil
		}, nil
	}}
}

// attempt returns a batch that is to be handed over, with the number of the
// attempt: a new one, unless the last is not known to have failed.
func (e *Engine) attempt(number uint32, epoch uint64) (ledger.Batch, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.usable(); err != nil {
		return ledger.Batch{}, err
	}
	f := e.inFlight[number]
	if f == nil || e.epoch != epoch || f.record.Stage != ledger.StageProven || e.doubtful(&f.record) {
		return ledger.Batch{}, errVoid
	}
	r := &f.record
	if r.Attempt != 0 && r.Problem == "" {
		return *r, nil
	}
	e.head.Attempts++
	r.Attempt, r.Problem = e.head.Attempts, ""
	c := e.begin(time.Time{})
	c.PutBatch(r)
	return *r, e.commit(c)
}

// errVoid ends a job on a batch that has changed since it was begun.
var errVoid = errors.New("the batch has changed meanwhile")

func missing(err error, what string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s is not there", ErrInconsistent, what)
}

func (e *Engine) awaitJob(f *flight) Job {
	number, attempt := f.record.Number, f.record.Attempt
	return Job{Kind: JobAwait, Attempt: attempt, run: func(ctx context.Context) (finish, error) {
		settled, err := e.cfg.Settler.Await(ctx, number, attempt)
		if err != nil {
			return nil, err
		}
		return func(_ *change, f *flight) error {
			r := &f.record
			if r.Attempt != attempt || r.Stage < ledger.StageSubmitted {
				return nil
			}
			if settled.Accepted {
				r.GasUsed, f.accepted = settled.GasUsed, settled.Block
				return nil
			}
			if !f.advance(ledger.StageSubmitted, ledger.StageProven) {
				return nil
			}
			r.Problem = settled.Reason
			e.cfg.Logger.Warn("layer 1 refused a batch: it is handed over again", "batch", number, "attempt", attempt, "reason", settled.Reason)
			return nil
		}, nil
	}}
}
