package aggregator

import (
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// storm does what makes for batches that are undone with much in them: deposits
// that blocks lose, transfers that can be executed, and batches that are closed.
func (s *sim) storm() {
	switch s.rng.IntN(20) {
	case 0:
		s.chain.lossy = true
		s.reorg(simConfirmations + 1 + s.rng.IntN(12))
		s.chain.lossy = false
	case 1, 2, 3, 4:
		s.deposit(s.rng.IntN(simUsers), 0)
		s.chain.mine()
	case 5, 6, 7, 8:
		s.follow()
	case 9:
		s.seal()
	default:
		s.pay()
	}
}

// pay submits a transfer that can be executed.
func (s *sim) pay() {
	var rich []protocol.Index
	for i := protocol.Index(1); i < 14; i++ {
		at, err := s.engine.Accounts(i, StatePending)
		s.ok(err)
		if a := &at[0].Account; at[0].Exists && a.Token == 0 && a.Balance.GtUint64(2000) {
			rich = append(rich, i)
		}
	}
	if len(rich) == 0 {
		return
	}
	from, to := rich[s.rng.IntN(len(rich))], rich[s.rng.IntN(len(rich))]
	at, err := s.engine.Accounts(from, StatePending)
	s.ok(err)
	s.submit([]Verified{s.sign(at[0].Account.Key, protocol.Transfer{
		From: from, To: to, Amount: *uint256.NewInt(1 + s.rng.Uint64N(1000)), Fee: *uint256.NewInt(1),
		Nonce: at[0].Account.Nonce, ValidUntil: s.engine.Summary().Head.Batch + uint32(s.rng.IntN(40)),
	})})
}

// executed returns all that was ever executed and stands in a batch, in order.
func (s *sim) executed() []ledger.Transfer {
	s.Helper()
	var all []ledger.Transfer
	for t, err := range s.led.Transfers(1, s.engine.Summary().Head.NextSeq) {
		s.ok(err)
		all = append(all, t)
	}
	return all
}

// undone looks, right after batches were undone, at what was executed before: it
// has been again, in its order and with its time, unless it was not possible at its
// turn. What came of it is what is promised from then on.
func (s *sim) undone(before []ledger.Transfer) {
	s.Helper()
	from := s.engine.Summary().Sealed + 1
	again := make(map[ledger.TransferID]bool)
	was := make(map[ledger.TransferID]uint64)
	for i := range before {
		was[ledger.IDOf(s.id.RollupID, &before[i].Signed.Transfer)] = before[i].Received
	}
	now := s.executed()
	for i := range now {
		id := ledger.IDOf(s.id.RollupID, &now[i].Signed.Transfer)
		again[id] = was[id] == now[i].Received
	}
	// The history is played once more, and what is missing in it tried at its turn.
	p := &replay{sim: s, state: protocol.NewMemoryState()}
	var last ledger.Transfer // of those that kept their place, as it was before
	turn := 0                // in before
	for i := range now {
		id := ledger.IDOf(s.id.RollupID, &now[i].Signed.Transfer)
		if !again[id] {
			break // what had to wait comes after all others
		}
		p.openUpTo(now[i].Batch)
		begin := turn
		for turn < len(before) && ledger.IDOf(s.id.RollupID, &before[turn].Signed.Transfer) != id {
			turn++
		}
		if turn == len(before) {
			s.Fatalf("transfer %x was executed again in another order", id)
		}
		for k := begin; k < turn; k++ {
			m := &before[k]
			p.missing(m, m.Batch != before[turn].Batch, m.Batch != last.Batch)
		}
		last = before[turn]
		turn++
		if last.Batch >= from {
			s.note("again %d %d, now %d %d", last.Seq, last.Batch, now[i].Seq, now[i].Batch)
		}
		p.apply(&now[i])
	}
	for ; turn < len(before); turn++ {
		p.openUpTo(min(before[turn].Batch, s.engine.tip.number))
		p.missing(&before[turn], true, true)
	}
	for _, id := range s.order {
		known, err := s.engine.Transfer(id)
		s.ok(err)
		s.promises[id] = promise{known.Outcome, s.deep}
	}
}

// replay is a ledger's history, played once more.
type replay struct {
	*sim
	state *protocol.MemoryState
	batch ledger.Batch // the last of which something was played
	// opened is the state with what the next begins with, if that was played.
	opened *protocol.Overlay
	next   ledger.Batch
}

// openUpTo plays what batches begin with, up to one.
func (p *replay) openUpTo(number uint32) {
	p.Helper()
	for max(p.batch.Number, p.next.Number) < number {
		r, found, err := p.led.Batch(max(p.batch.Number, p.next.Number) + 1)
		p.ok(err)
		if !found {
			return // the open one, empty
		}
		if p.opened == nil {
			p.opened = protocol.NewOverlay(p.state)
		}
		_, err = protocol.Apply(p.opened, &protocol.Batch{
			RollupID: p.id.RollupID, Number: r.Number, Openings: r.Openings, Deposits: r.Deposits, ForcedExits: r.ForcedExits, FeeAccounts: r.FeeAccounts,
		})
		p.ok(err)
		p.next = r
	}
}

// apply plays a transfer.
func (p *replay) apply(t *ledger.Transfer) {
	p.Helper()
	if p.opened != nil {
		p.ok(p.opened.Flush())
		p.opened, p.batch = nil, p.next
	}
	_, err := protocol.ApplyTransfer(p.state, p.batch.FeeAccounts, &t.Signed.Transfer)
	p.ok(err)
}

// missing sees that a transfer is not possible: at the end of what was played, or
// after what the next batch begins with. Where its own batch is known to be the
// one or the other, it has to be impossible there.
func (p *replay) missing(t *ledger.Transfer, atEnd, opened bool) {
	p.Helper()
	p.note("missing %d %d", t.Seq, t.Batch)
	errs := []error{p.try(p.state, &p.batch, t)}
	if p.opened != nil {
		errs = append(errs, p.try(p.opened, &p.next, t))
	}
	for i, err := range errs {
		if err != nil && (len(errs) == 1 || []bool{atEnd, opened}[i]) {
			return
		}
	}
	p.Fatalf("transfer %d of batch %d was possible, and was not executed again: %v", t.Seq, t.Batch, errs)
}

// try returns why a transfer is not possible.
func (p *replay) try(state protocol.State, batch *ledger.Batch, t *ledger.Transfer) error {
	from, _, err := state.Account(t.Signed.From)
	p.ok(err)
	if err := protocol.Verify(from.Key, p.id.RollupID, &t.Signed.Transfer, &t.Signed.Signature); err != nil {
		return err
	}
	if err := protocol.AuthorizeVerified(state, batch.Number, &t.Signed); err != nil {
		return err
	}
	_, err = protocol.ApplyTransfer(protocol.NewOverlay(state), batch.FeeAccounts, &t.Signed.Transfer)
	return err
}
