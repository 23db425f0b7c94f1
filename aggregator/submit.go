package aggregator

import (
	"errors"
	"fmt"
	"time"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/protocol"
)

// Verified is a transfer whose signature was found to be valid under a key.
type Verified struct {
	ID     ledger.TransferID
	Key    protocol.PublicKey // the sender's account's, at the time
	Signed protocol.SignedTransfer
}

// Outcome is what a submitted transfer came to.
type Outcome struct {
	ID     ledger.TransferID
	Status Status
	// Of one that was executed: its place in the order, its batch, and when. A
	// receipt may be given for it.
	Seq      uint64
	Batch    uint32
	Received uint64 // Unix milliseconds
	// New: it was this call that executed it. Its batch takes transfers still, or
	// has only just been closed.
	New bool
	// Err is why a transfer was not taken on; of one that waits, what it waits for.
	Err error
}

// Submit takes on transfers, in this order, each as far as it can be: executed, or
// kept until its turn comes, or refused. When Submit returns, that is durable. What
// was submitted before has the outcome that it has by now.
//
// If the error is not nil, nothing is known of any of them.
func (e *Engine) Submit(now time.Time, transfers []Verified) ([]Outcome, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	outcomes := make([]Outcome, len(transfers))
	if err := e.accepting(); err != nil {
		for i := range transfers {
			outcomes[i] = Outcome{ID: transfers[i].ID, Err: err}
		}
		return outcomes, nil
	}
	c := e.begin(now)
	for i := range transfers {
		var err error
		if outcomes[i], err = e.submit(c, &transfers[i]); err != nil {
			return nil, e.halt(err)
		}
	}
	if err := e.promoteCredited(c); err != nil {
		return nil, e.halt(err)
	}
	if err := e.commit(c); err != nil {
		return nil, err
	}
	return outcomes, nil
}

// submit takes on one transfer. An error is the node's, not the transfer's.
func (e *Engine) submit(c *change, v *Verified) (Outcome, error) {
	known, err := e.known(c, v)
	if err != nil || known.Status != StatusUnknown || known.Err != nil {
		return known, err
	}
	t := &v.Signed
	entry := mempool.Entry{ID: v.ID, Signed: *t, Received: millis(c.now)}
	refused := func(err error) (Outcome, error) { return Outcome{ID: v.ID, Err: err}, nil }
	if err := e.price(t); err != nil {
		return refused(err)
	}
	from, found, err := e.state.Account(t.From)
	switch {
	case err != nil:
		return Outcome{}, err
	case !found || t.From == 0:
		return refused(fmt.Errorf("%w: sender %d", protocol.ErrAccountAbsent, t.From))
	}
	if from.Key != v.Key {
		return refused(fmt.Errorf("%w: it was checked for another key than that of account %d", protocol.ErrBadSignature, t.From))
	}
	switch {
	case t.Nonce == from.Nonce:
		outcome, err := e.execute(c, &entry, entry.Received)
		if err != nil || outcome.Err == nil {
			if err == nil {
				err = e.promote(c, &t.Transfer)
			}
			return outcome, err
		}
		if !waits(outcome.Err) {
			return outcome, nil
		}
		return e.enqueue(c, &entry, from.Nonce, outcome.Err)
	default: // the nonce is above: known has seen to those below
		return e.enqueue(c, &entry, from.Nonce, fmt.Errorf("%w: the account is at nonce %d", protocol.ErrNonceMismatch, from.Nonce))
	}
}

// known returns the outcome of a transfer that was submitted before, or whose
// nonce is used; StatusUnknown and no error for any other.
func (e *Engine) known(c *change, v *Verified) (Outcome, error) {
	if outcome, ok := c.done[v.ID]; ok && outcome.Status == StatusExecuted {
		outcome.New = false
		return outcome, nil
	}
	if entry, ok := e.pool.Get(v.ID); ok {
		return Outcome{ID: v.ID, Status: StatusQueued, Received: entry.Received}, nil
	}
	from, found, err := e.state.Account(v.Signed.From)
	if err != nil || !found || v.Signed.Nonce >= from.Nonce {
		return Outcome{ID: v.ID}, err
	}
	outcome, err := e.lookUp(v.ID)
	_, dropped := c.done[v.ID] // by this change: the ledger does not know yet
	if errors.Is(err, ErrUnknownTransfer) || err == nil && (dropped || outcome.Status == StatusDropped) {
		return Outcome{ID: v.ID, Err: fmt.Errorf("%w: signed for %d, account %d is at %d", ErrNonceTooLow, v.Signed.Nonce, v.Signed.From, from.Nonce)}, nil
	}
	return outcome, err
}

// price returns ErrFeeTooLow where a transfer offers less than the node asks.
func (e *Engine) price(t *protocol.SignedTransfer) error {
	from, found, err := e.state.Account(t.From)
	if err != nil || !found {
		return err
	}
	least := e.minFee(from.Token)
	if t.Fee.Lt(&least) {
		return fmt.Errorf("%w: %s, of token %d at least %s", ErrFeeTooLow, t.Fee.Dec(), from.Token, least.Dec())
	}
	return nil
}

// minFee is the least fee in a token.
func (e *Engine) minFee(token protocol.Token) protocol.Amount {
	for _, c := range e.cfg.Collectors {
		if c.Token == token {
			return c.MinFee
		}
	}
	return protocol.Amount{}
}

// waits says whether a transfer that could not be executed may be later, without
// anything being signed anew: the balance may come.
func waits(err error) bool { return errors.Is(err, protocol.ErrInsufficientBalance) }

// execute applies a transfer to the pending state and puts it into the open
// batch, as executed at a time, or says in the outcome why it cannot be.
func (e *Engine) execute(c *change, entry *mempool.Entry, received uint64) (Outcome, error) {
	outcome := Outcome{ID: entry.ID}
	exit, err := e.admit(e.open, &entry.Signed)
	if errors.Is(err, protocol.ErrCapacity) && !e.open.empty() {
		// The batch is full for this one: the next has room, if it may be begun.
		if err = e.closeOpen(c, false); err == nil {
			exit, err = e.admit(e.open, &entry.Signed)
		}
	}
	var why protocol.Rejection
	switch {
	case errors.As(err, &why), errors.Is(err, protocol.ErrCapacity), busy(err):
		outcome.Err = err
		return outcome, nil
	case err != nil:
		return outcome, err
	}
	o := e.open
	if o.empty() {
		o.opened, o.record.Times.Opened = c.now, millis(c.now)
	}
	seq := e.head.NextSeq
	e.head.NextSeq++
	o.record.Transfers++
	if exit != nil {
		o.record.Exits++
	}
	o.transfers = append(o.transfers, entry.Signed)
	c.dirty = true
	c.Execute(entry.ID, &ledger.Transfer{Seq: seq, Batch: o.record.Number, Received: received, Signed: entry.Signed})
	outcome.Status, outcome.Seq, outcome.Batch, outcome.Received, outcome.New = StatusExecuted, seq, o.record.Number, received, true
	c.done[entry.ID] = outcome
	// What waited with this nonce: the transfer itself, or one that it takes the
	// place of.
	for _, removed := range e.pool.Executed(entry.Signed.From, entry.Signed.Nonce+1) {
		if removed.Entry.ID == entry.ID {
			c.Unqueue(entry.Signed.From, entry.Signed.Nonce)
			continue
		}
		e.drop(c, &removed.Entry, removed.Reason.String())
	}
	c.tell(TransferEvent{
		ID: entry.ID, Status: StatusExecuted, Seq: seq, Batch: o.record.Number,
		Signed: &ledger.Queued{Received: received, Signed: entry.Signed},
	})
	return outcome, nil
}

// admit applies a transfer to the pending state and counts what it takes of the
// open batch. On an error neither has changed.
func (e *Engine) admit(o *openBatch, t *protocol.SignedTransfer) (*protocol.Exit, error) {
	if err := protocol.AuthorizeVerified(e.state, o.record.Number, t); err != nil {
		return nil, err
	}
	try := protocol.NewOverlay(e.state)
	exit, err := protocol.ApplyTransfer(try, o.record.FeeAccounts, &t.Transfer)
	if err != nil {
		return nil, err
	}
	var collector protocol.Index
	if !t.Fee.IsZero() {
		from, _, err := e.state.Account(t.From)
		if err != nil {
			return nil, err
		}
		for _, f := range o.record.FeeAccounts {
			if f.Token == from.Token {
				collector = f.Index
			}
		}
	}
	if err := o.budget.AddTransfer(&t.Transfer, collector); err != nil {
		return nil, err
	}
	return exit, try.Flush()
}

// turn is the state as it will be when a transfer's turn has come, as far as its
// sender's nonce goes.
type turn struct {
	protocol.State
	t *protocol.Transfer
}

// Account implements [protocol.State].
func (s turn) Account(i protocol.Index) (protocol.Account, bool, error) {
	a, found, err := s.State.Account(i)
	if i == s.t.From {
		a.Nonce = s.t.Nonce
	}
	return a, found, err
}

// enqueue keeps a transfer until its turn comes, unless it will be refused then,
// too.
func (e *Engine) enqueue(c *change, entry *mempool.Entry, accountNonce uint64, reason error) (Outcome, error) {
	err := protocol.AuthorizeVerified(turn{e.state, &entry.Signed.Transfer}, e.open.record.Number, &entry.Signed)
	var why protocol.Rejection
	switch {
	case errors.As(err, &why):
		return Outcome{ID: entry.ID, Err: err}, nil
	case err != nil:
		return Outcome{}, err
	}
	add := e.pool.Add
	if e.again != nil {
		add = e.pool.Restore
	}
	added, err := add(*entry, accountNonce)
	if err != nil {
		return Outcome{ID: entry.ID, Err: poolError(err)}, nil
	}
	e.dropRemoved(c, added.Removed)
	c.Queue(entry.ID, &ledger.Queued{Received: entry.Received, Signed: entry.Signed})
	outcome := Outcome{ID: entry.ID, Status: StatusQueued, Received: entry.Received, Err: reason}
	c.tell(TransferEvent{ID: entry.ID, Status: StatusQueued, Signed: &ledger.Queued{Received: entry.Received, Signed: entry.Signed}})
	return outcome, nil
}

// drop tells that a transfer which waited will not be executed. The pool has let
// go of it already.
func (e *Engine) drop(c *change, entry *mempool.Entry, reason string) {
	c.Unqueue(entry.Signed.From, entry.Signed.Nonce)
	c.Drop(&ledger.Dropped{ID: entry.ID, Time: millis(c.now), Reason: reason})
	c.done[entry.ID] = Outcome{ID: entry.ID, Status: StatusDropped, Err: errors.New(reason)}
	c.tell(TransferEvent{
		ID: entry.ID, Status: StatusDropped, Reason: reason,
		Signed: &ledger.Queued{Received: entry.Received, Signed: entry.Signed},
	})
}

// poolError gives an error of the pool the cause that this package names.
func poolError(err error) error {
	switch {
	case errors.Is(err, mempool.ErrUnderpriced):
		return fmt.Errorf("%w: %w", ErrUnderpriced, err)
	case errors.Is(err, mempool.ErrNonceTooFar):
		return fmt.Errorf("%w: %w", ErrNonceTooFar, err)
	case errors.Is(err, mempool.ErrFull), errors.Is(err, mempool.ErrAccountFull):
		return fmt.Errorf("%w: %w", ErrPoolFull, err)
	}
	return err
}

func (e *Engine) dropRemoved(c *change, removed []mempool.Removed) {
	for i := range removed {
		e.drop(c, &removed[i].Entry, removed[i].Reason.String())
	}
}

// promote executes what waited for a transfer: the sender's next, the receiver's
// if it waited for balance, and so on from those.
func (e *Engine) promote(c *change, t *protocol.Transfer) error {
	accounts := []protocol.Index{t.From, t.To}
	for len(accounts) > 0 {
		i := accounts[0]
		accounts = accounts[1:]
		next, err := e.promoteOf(c, i)
		if err != nil {
			return err
		}
		if next != nil {
			accounts = append(accounts, next.From, next.To)
		}
	}
	return nil
}

// promoteOf executes the transfer of an account that waits and can be executed by
// now, if there is one, and returns it.
func (e *Engine) promoteOf(c *change, i protocol.Index) (*protocol.Transfer, error) {
	if i == 0 || !e.pool.Has(i) {
		return nil, nil
	}
	from, _, err := e.state.Account(i)
	if err != nil {
		return nil, err
	}
	entry, ok := e.pool.Next(i, from.Nonce)
	if !ok {
		return nil, nil
	}
	outcome, err := e.execute(c, &entry, millis(c.now))
	switch {
	case err != nil:
		return nil, err
	case outcome.Err == nil:
		return &entry.Signed.Transfer, nil
	case waits(outcome.Err):
		return nil, nil
	case busy(outcome.Err):
		e.blocked = true
		return nil, nil
	default:
		e.pool.Remove(i, entry.Signed.Nonce)
		e.drop(c, &entry, outcome.Err.Error())
		return nil, nil // what follows in the account's order waits until it expires
	}
}

// promoteCredited executes what waited for the deposits that a batch has begun
// with.
func (e *Engine) promoteCredited(c *change) error {
	for len(c.credited) > 0 {
		i := c.credited[0]
		c.credited = c.credited[1:]
		if err := e.promote(c, &protocol.Transfer{From: i}); err != nil {
			return err
		}
	}
	return nil
}

// promoteAll executes whatever waits and can be executed.
func (e *Engine) promoteAll(c *change) error {
	for _, i := range e.pool.Senders() {
		if err := e.promote(c, &protocol.Transfer{From: i}); err != nil {
			return err
		}
	}
	return nil
}

// Requested is what a request for an account has come to: the account, if it is
// there already, else the request, which one of the next batches does.
type Requested struct {
	Exists  bool
	Index   protocol.Index
	Opening ledger.Opening
}

// RequestOpening asks for an account. One that is there, or was asked for already,
// is not asked for twice.
func (e *Engine) RequestOpening(now time.Time, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (Requested, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.accepting(); err != nil {
		return Requested{}, err
	}
	c := e.begin(now)
	name := accountName{key, owner, token}
	index, found, err := e.find(c, name)
	if err != nil {
		return Requested{}, e.halt(err)
	}
	if found {
		return Requested{Exists: true, Index: index}, nil
	}
	if o := e.requested(name); o != nil {
		return Requested{Opening: *o}, nil
	}
	if e.cfg.MaxOpenings < 0 {
		return Requested{}, ErrOpeningsOff
	}
	if len(e.openings) >= e.cfg.MaxOpenings {
		return Requested{}, fmt.Errorf("%w: %d", ErrOpeningsFull, len(e.openings))
	}
	o, err := e.request(c, name)
	if err != nil {
		return Requested{}, e.halt(err)
	}
	if err := e.promoteCredited(c); err != nil {
		return Requested{}, e.halt(err)
	}
	return Requested{Opening: *o}, e.commit(c)
}

// requested returns the request for an account that waits, nil if there is none.
func (e *Engine) requested(name accountName) *ledger.Opening {
	for _, o := range e.openings {
		if (accountName{o.Key, o.Owner, o.Token}) == name {
			return o
		}
	}
	return nil
}

// request queues an opening.
func (e *Engine) request(c *change, name accountName) (*ledger.Opening, error) {
	o := &ledger.Opening{Number: e.head.NextOpening, Key: name.key, Owner: name.owner, Token: name.token}
	e.head.NextOpening++
	c.PutOpening(o)
	e.openings = append(e.openings, o)
	return o, e.reopen(c)
}

// comes remembers since when an operation of layer 1 waits for the next batch.
func (e *Engine) comes(now time.Time) {
	if e.waitsSince.IsZero() {
		e.waitsSince = now
	}
}

// Tick does what the time asks for: it closes the open batch when that is due, and
// drops what has expired.
func (e *Engine) Tick(now time.Time) error { return e.tick(now, false) }

// Seal closes the open batch now, unless there is nothing in it.
func (e *Engine) Seal(now time.Time) error { return e.tick(now, true) }

func (e *Engine) tick(now time.Time, seal bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.usable(); err != nil {
		return err
	}
	c := e.begin(now)
	var refused error
	if !e.head.Frozen && (e.due(now) || seal && !e.open.empty()) {
		if refused = e.closeOpen(c, e.ofLayerOne()); refused != nil && !busy(refused) {
			return e.halt(refused)
		}
		if !seal {
			refused = nil // there is always a next time
		}
	}
	e.dropRemoved(c, e.pool.Expire(e.open.record.Number, millis(now)))
	if e.blocked && e.full(false) == nil {
		e.blocked = false
		if err := e.promoteAll(c); err != nil {
			return e.halt(err)
		}
	}
	if err := e.promoteCredited(c); err != nil {
		return e.halt(err)
	}
	if len(c.events) == 0 && !c.dirty {
		return refused
	}
	return errors.Join(e.commit(c), refused)
}
