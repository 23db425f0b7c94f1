package aggregator

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// State names one of the states that a node has at once.
type State uint8

// The states, the newest first.
const (
	StatePending   State = iota // after everything that was executed
	StateSealed                 // after the last batch in the state tree
	StateCommitted              // after the last batch that layer 1 has in a block, final or not
	StateFinalized              // after the last batch that is final on layer 1
)

// Summary is where an engine stands.
type Summary struct {
	Head ledger.Head
	// The newest batches that have come so far, with all before them.
	Sealed, Proven, Submitted, Committed uint32
	Open                                 ledger.Batch // the open batch
	OpenCounts                           protocol.Counts
	Backlog                              int // batches that wait for their proof
	Unsettled                            int // batches that are closed and not final
	Waiting                              int // transfers that wait for their turn
	WaitingOpenings                      int
	WaitingDeposits, WaitingExits        int // in layer 1's queue and in no closed batch: see Queue for all that are not settled
	Paused                               bool
	Halted                               error
}

// Summary returns where the engine stands.
func (e *Engine) Summary() Summary {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s := Summary{
		Head: e.head, Sealed: e.newest(ledger.StageSealed), Proven: e.newest(ledger.StageProven), Submitted: e.newest(ledger.StageSubmitted),
		Committed: e.numberOf(StateCommitted), Backlog: e.backlog(), Unsettled: e.unsettled(), Waiting: e.pool.Len(),
		WaitingOpenings: len(e.openings), WaitingDeposits: len(e.deposits), WaitingExits: len(e.exits), Paused: e.paused, Halted: e.halted,
	}
	if e.open != nil {
		s.Open, s.OpenCounts = e.open.record, e.open.budget.Counts()
	}
	return s
}

// newest is the last batch that has come to a stage with all those before it.
func (e *Engine) newest(stage ledger.Stage) uint32 {
	number := e.head.Finalized
	for {
		f := e.inFlight[number+1]
		if f == nil || f.record.Stage < stage {
			return number
		}
		number++
	}
}

// numberOf is the batch that made a state.
func (e *Engine) numberOf(s State) uint32 {
	switch s {
	case StatePending:
		return e.head.Batch
	case StateSealed:
		return e.state.base.Version()
	case StateCommitted:
		number := e.head.Finalized
		for e.committed[number+1].Taken {
			number++
		}
		return number
	default:
		return e.head.Finalized
	}
}

// Identity returns which rollup the engine is of.
func (e *Engine) Identity() ledger.Identity { return e.id }

// Key returns the key of an account in the pending state, and whether it exists.
func (e *Engine) Key(i protocol.Index) (protocol.PublicKey, bool, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.state == nil {
		return protocol.PublicKey{}, false, e.usable()
	}
	a, found, err := e.state.Account(i)
	return a.Key, found, err
}

// AccountAt is an account in a state.
type AccountAt struct {
	Batch   uint32 // that made the state
	Exists  bool
	Account protocol.Account
}

// Accounts returns an account in some states, all at one moment.
func (e *Engine) Accounts(i protocol.Index, states ...State) ([]AccountAt, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.state == nil {
		return nil, e.usable()
	}
	accounts := make([]AccountAt, len(states))
	for n, s := range states {
		at := &accounts[n]
		at.Batch = e.numberOf(s)
		var err error
		if s == StatePending {
			at.Account, at.Exists, err = e.state.Account(i)
		} else {
			var later []*witness.Sealed
			if later, err = e.after(at.Batch, i, protocol.TreeDepth); err == nil {
				at.Account, at.Exists, err = witness.AccountAt(e.state.base, later, i)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return accounts, nil
}

// ProvenAccount is an account in a state, with its proof.
type ProvenAccount struct {
	AccountAt
	Commitment, Root fr.Element // of the state
	Proof            *statetree.Proof
}

// Prove proves an account, or that there is none, in a state other than the
// pending one.
func (e *Engine) Prove(i protocol.Index, s State) (*ProvenAccount, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.state == nil {
		return nil, e.usable()
	}
	if s == StatePending {
		return nil, errors.New("the pending state has no root yet")
	}
	p := new(ProvenAccount)
	p.Batch = e.numberOf(s)
	levels := make([]int, protocol.TreeDepth+1)
	for level := range levels {
		levels[level] = level
	}
	later, err := e.after(p.Batch, i, levels...)
	if err != nil {
		return nil, err
	}
	if p.Account, p.Exists, err = witness.AccountAt(e.state.base, later, i); err != nil {
		return nil, err
	}
	if p.Proof, err = witness.ProveAt(e.state.base, later, i); err != nil {
		return nil, err
	}
	p.Root = p.Proof.Root()
	p.Commitment = protocol.Commitment(p.Root, e.id.RollupID, p.Batch)
	return p, nil
}

// Waiting says how many transfers of an account wait, and the first nonce from the
// account's on that none of them has.
func (e *Engine) Waiting(i protocol.Index) (count int, next uint64, err error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.state == nil {
		return 0, 0, e.usable()
	}
	a, _, err := e.state.Account(i)
	if err != nil {
		return 0, 0, err
	}
	next = a.Nonce
	entries := e.pool.Of(i)
	for _, entry := range entries {
		if entry.Signed.Nonce == next {
			next++
		}
	}
	return len(entries), next, nil
}

// Known is a transfer and what it has come to.
type Known struct {
	Outcome
	Signed *protocol.SignedTransfer // nil if it was dropped
	Reason string                   // why it was dropped
	Time   uint64                   // of that, or when it was taken on; Unix milliseconds
}

// Transfer returns what is known of a transfer; ErrUnknownTransfer if nothing is.
func (e *Engine) Transfer(id ledger.TransferID) (*Known, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.look(id)
}

func (e *Engine) look(id ledger.TransferID) (*Known, error) {
	entry, found, err := e.led.ByID(id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ErrUnknownTransfer
	}
	k := &Known{Outcome: Outcome{ID: id}}
	switch entry.Status {
	case ledger.Executed:
		t, found, err := e.led.Transfer(entry.Seq)
		if err != nil || !found {
			return nil, missing(err, fmt.Sprintf("transfer %d", entry.Seq))
		}
		k.Status, k.Seq, k.Batch, k.Received, k.Time, k.Signed = StatusExecuted, t.Seq, t.Batch, t.Received, t.Received, &t.Signed
	case ledger.Waiting:
		q, found, err := e.led.Queued(entry.From, entry.Nonce)
		if err != nil || !found {
			return nil, missing(err, fmt.Sprintf("the waiting transfer %d of account %d", entry.Nonce, entry.From))
		}
		k.Status, k.Received, k.Time, k.Signed = StatusQueued, q.Received, q.Received, &q.Signed
	default:
		k.Status, k.Time, k.Reason = StatusDropped, entry.Time, entry.Reason
	}
	return k, nil
}

// lookUp is look for somebody who wants the outcome alone.
func (e *Engine) lookUp(id ledger.TransferID) (Outcome, error) {
	k, err := e.look(id)
	if err != nil {
		return Outcome{}, err
	}
	return k.Outcome, nil
}

// Batch returns a batch, the open one included, and where layer 1 has it in a
// block that is not final; ErrUnknownBatch if there is none of this number.
func (e *Engine) Batch(number uint32) (ledger.Batch, CommittedEvent, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.open != nil && number == e.open.record.Number {
		return e.open.record, CommittedEvent{}, nil
	}
	if f := e.inFlight[number]; f != nil {
		return f.record, e.committed[number], nil
	}
	r, found, err := e.led.Batch(number)
	if err == nil && !found {
		err = fmt.Errorf("%w: %d", ErrUnknownBatch, number)
	}
	return r, CommittedEvent{}, err
}

// FeeAccount returns the account that earns the fees of a token, false if there is
// none (yet), and the least fee.
func (e *Engine) FeeAccount(token protocol.Token) (protocol.Index, protocol.Amount, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	least := e.minFee(token)
	if e.open != nil {
		for _, f := range e.open.record.FeeAccounts {
			if f.Token == token {
				return f.Index, least, true
			}
		}
	}
	return 0, least, false
}
