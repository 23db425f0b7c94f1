package load

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// want is what the node has to answer to a transfer.
type want struct {
	queued bool        // it waits
	err    *wire.Error // it is refused so; nil and not queued: it is executed
}

// executed is the want of most.
var executed = want{}

// item is a transfer of a step.
type item struct {
	kind   *kind
	id     ledger.TransferID
	signed protocol.SignedTransfer
	want   want
	first  bool // of the step's items with this transfer: its time counts
	// executes says that the transfer is executed, of one of the step's items that
	// have it.
	executes bool
}

// kind is a kind of steps.
type kind struct {
	name string
	// executes is how many transfers of one step are executed.
	executes int
	write    func(s *script)
	// possible says whether the node can be asked for it; nil means always.
	possible func(r *rules) bool
}

// rules are what the node's answers depend on.
type rules struct {
	fee      protocol.Amount // of each transfer: the least that can be published
	least    protocol.Amount // that the node asks for
	nonceGap uint64
	other    protocol.Index // an account of another token, 0 if there is none
	valid    uint32         // the last batch that may have the run's transfers
}

// script is a step that is being written.
type script struct {
	rules  *rules
	kind   *kind
	sign   func(t protocol.Transfer) protocol.SignedTransfer
	forge  func(t protocol.Transfer) protocol.SignedTransfer // with another's key
	rollup fr.Element
	from   protocol.Index
	to     protocol.Index
	amount uint64
	nonce  uint64 // the wallet's next
	items  []item
}

// pay is the step's transfer, so many nonces ahead.
func (s *script) pay(ahead uint64) protocol.Transfer {
	return protocol.Transfer{
		From: s.from, To: s.to, Amount: *uint256.NewInt(s.amount), Fee: s.rules.fee, Nonce: s.nonce + ahead, ValidUntil: s.rules.valid,
	}
}

func (s *script) add(signed protocol.SignedTransfer, w want) {
	id := ledger.IDOf(s.rollup, &signed.Transfer)
	it := item{kind: s.kind, id: id, signed: signed, want: w, first: true, executes: w == executed}
	for i := range s.items {
		if before := &s.items[i]; before.id == id {
			it.first = false
			it.executes = it.executes && !before.executes
		}
	}
	s.items = append(s.items, it)
}

func (s *script) send(t protocol.Transfer, w want) { s.add(s.sign(t), w) }

// The kinds that are executed.
var (
	transfers = &kind{name: "transfer", executes: 1, write: func(s *script) { s.send(s.pay(0), executed) }}

	withdrawals = &kind{name: "withdrawal", executes: 1, write: func(s *script) {
		t := s.pay(0)
		t.To = 0
		s.send(t, executed)
	}}

	resends = &kind{name: "sent twice", executes: 1, write: func(s *script) {
		s.send(s.pay(0), executed)
		s.send(s.pay(0), executed)
	}}

	gaps = &kind{name: "before its turn", executes: 2, write: func(s *script) {
		s.send(s.pay(1), want{queued: true})
		s.send(s.pay(0), executed)
		s.send(s.pay(1), executed)
	}}
)

// refused makes the kind of a step that is one transfer, which is refused for one
// fault.
func refused(name string, err *wire.Error, edit func(s *script, t *protocol.Transfer)) *kind {
	return &kind{name: name, write: func(s *script) {
		t := s.pay(0)
		edit(s, &t)
		s.send(t, want{err: err})
	}}
}

// nowhere is an account that is never opened: the last there can be.
const nowhere = protocol.Index(1<<protocol.IndexBits - 1)

// refusals are the kinds that have something in them that must not be executed.
var refusals = []*kind{
	{name: "signed with another key", write: func(s *script) { s.add(s.forge(s.pay(0)), want{err: wire.ErrBadSignature}) }},
	{name: "changed after it was signed", write: func(s *script) {
		signed := s.sign(s.pay(0))
		signed.Amount.AddUint64(&signed.Amount, 1)
		s.add(signed, want{err: wire.ErrBadSignature})
	}},
	{name: "nonce used", executes: 1, write: func(s *script) {
		t := s.pay(0)
		s.send(t, executed)
		t.Amount.AddUint64(&t.Amount, 1)
		s.send(t, want{err: wire.ErrNonceTooLow})
	}},
	{
		name: "nonce too far", write: func(s *script) { s.send(s.pay(s.rules.nonceGap+1), want{err: wire.ErrNonceTooFar}) },
		possible: func(r *rules) bool { return r.nonceGap != 0 }, // the node says how far
	},
	refused("expired", wire.ErrExpired, func(_ *script, t *protocol.Transfer) { t.ValidUntil = 0 }),
	refused("unknown sender", wire.ErrAccountAbsent, func(_ *script, t *protocol.Transfer) { t.From = nowhere }),
	refused("unknown receiver", wire.ErrAccountAbsent, func(_ *script, t *protocol.Transfer) { t.To = nowhere }),
	refused("amount's form", wire.ErrAmountFormat, func(_ *script, t *protocol.Transfer) { t.Amount.SetUint64(1<<protocol.AmountMantissaBits + 1) }),
	// Ten times an amount and 11 ends with the digit 1, and has more digits than one.
	refused("fee's form", wire.ErrFeeFormat, func(_ *script, t *protocol.Transfer) {
		t.Fee.Mul(&t.Fee, uint256.NewInt(10)).AddUint64(&t.Fee, 11)
	}),
	refused("withdrawal of nothing", wire.ErrZeroWithdrawal, func(_ *script, t *protocol.Transfer) { t.To, t.Amount = 0, protocol.Amount{} }),
	{
		name: "fee too low", write: func(s *script) {
			t := s.pay(0)
			t.Fee.Clear()
			s.send(t, want{err: wire.ErrFeeTooLow})
		},
		possible: func(r *rules) bool { return !r.least.IsZero() },
	},
	{
		name: "another token", write: func(s *script) {
			t := s.pay(0)
			t.To = s.rules.other
			s.send(t, want{err: wire.ErrTokenMismatch})
		},
		possible: func(r *rules) bool { return r.other != 0 },
	},
	// What the account cannot pay waits; what comes instead takes its place.
	{name: "more than there is", executes: 1, write: func(s *script) {
		t := s.pay(0)
		t.Amount.Exp(uint256.NewInt(10), uint256.NewInt(35))
		s.send(t, want{queued: true})
		s.send(s.pay(0), executed)
	}},
	{
		name: "replaced for no more", executes: 2, write: func(s *script) {
			t := s.pay(1)
			s.send(t, want{queued: true})
			t.Amount.AddUint64(&t.Amount, 1)
			s.send(t, want{err: wire.ErrUnderpriced})
			s.send(s.pay(0), executed)
			s.send(s.pay(1), executed)
		},
	},
}
