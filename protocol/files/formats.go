package files

import (
	"fmt"
	"io"
	"iter"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/quirezk/quire/protocol"
)

// The formats, as the "format" field names them.
const (
	StateFormat     = "quire/state/1"
	TransfersFormat = "quire/transfers/1"
	BatchFormat     = "quire/batch/1"
)

// State is the content of a state file: all accounts of a rollup after a batch.
type State struct {
	RollupID    fr.Element
	BatchNumber uint32 // of the batch that made the state; 0 before the first
	Accounts    *protocol.MemoryState
}

// Transfers is the content of a transfers file: signed transfers in their
// order, and the accounts that are to collect their fees.
type Transfers struct {
	RollupID    fr.Element // that the transfers are signed for
	FeeAccounts []protocol.FeeAccount
	Transfers   []protocol.SignedTransfer
}

// ReadState reads a state file. Accounts may be in any order; an index given
// twice is an error.
func ReadState(r io.Reader) (*State, error) {
	s := &State{Accounts: protocol.NewMemoryState()}
	err := decode(r, func(d *decoder) []field {
		return []field{
			{"format", func() { d.format(StateFormat) }},
			{"rollupID", func() { s.RollupID = d.element() }},
			{"batchNumber", func() { s.BatchNumber = uint32(d.uint(protocol.BatchBits)) }},
			{"accounts", func() { d.list(func(int) { d.account(s.Accounts) }) }},
		}
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// account reads an entry of a state file into the state.
func (d *decoder) account(into *protocol.MemoryState) {
	var i protocol.Index
	var a protocol.Account
	at := d.start()
	d.object(
		field{"index", func() { i = d.index() }},
		field{"key", func() { a.Key = d.key() }},
		field{"owner", func() { a.Owner = d.owner() }},
		field{"token", func() { a.Token = d.tokenID() }},
		field{"nonce", func() { a.Nonce = d.uint(protocol.NonceBits) }},
		field{"balance", func() { a.Balance = d.amount() }},
	)
	if d.err != nil {
		return
	}
	if _, taken, _ := into.Account(i); taken {
		d.failAt(at, fmt.Errorf("account %d is given twice", i))
	} else if err := into.SetAccount(i, a); err != nil {
		d.failAt(at, err)
	}
}

// WriteState writes a state file, accounts by increasing index.
func WriteState(w io.Writer, s *State) error {
	return WriteAccounts(w, s.RollupID, s.BatchNumber, s.Accounts.All())
}

// WriteAccounts is [WriteState] for a state that need not be in memory: it
// writes the accounts, each index once, in the order in which they come. If the
// source fails midway the caller has to throw away what was written.
func WriteAccounts(w io.Writer, rollupID fr.Element, batchNumber uint32, accounts iter.Seq2[protocol.Index, protocol.Account]) error {
	e := newEncoder(w, StateFormat)
	e.field("rollupID", FormatElement(rollupID))
	e.field("batchNumber", batchNumber)
	list(e, "accounts", func(yield func(accountJSON) bool) {
		for i, a := range accounts {
			if !yield(accountJSON{
				Index: i, Key: newKeyJSON(a.Key), Owner: formatHex(a.Owner[:]),
				Token: a.Token, Nonce: a.Nonce, Balance: a.Balance.Dec(),
			}) {
				return
			}
		}
	})
	return e.close()
}

// ReadTransfers reads a transfers file.
func ReadTransfers(r io.Reader) (*Transfers, error) {
	t := new(Transfers)
	err := decode(r, func(d *decoder) []field {
		return []field{
			{"format", func() { d.format(TransfersFormat) }},
			{"rollupID", func() { t.RollupID = d.element() }},
			{"feeAccounts", func() { t.FeeAccounts = d.feeAccounts() }},
			{"transfers", func() { t.Transfers = d.transfers() }},
		}
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// WriteTransfers writes a transfers file. Every signature's R must be on the curve.
func WriteTransfers(w io.Writer, t *Transfers) error {
	e := newEncoder(w, TransfersFormat)
	e.field("rollupID", FormatElement(t.RollupID))
	e.feeAccounts(t.FeeAccounts)
	e.transfers(t.Transfers)
	return e.close()
}

// ReadBatch reads a batch file.
func ReadBatch(r io.Reader) (*protocol.Batch, error) {
	b := new(protocol.Batch)
	err := decode(r, func(d *decoder) []field {
		return []field{
			{"format", func() { d.format(BatchFormat) }},
			{"rollupID", func() { b.RollupID = d.element() }},
			{"number", func() { b.Number = uint32(d.uint(protocol.BatchBits)) }},
			{"openings", func() { d.list(func(int) { b.Openings = append(b.Openings, d.opening()) }) }},
			{"deposits", func() { d.list(func(int) { b.Deposits = append(b.Deposits, d.deposit()) }) }},
			{"forcedExits", func() { d.list(func(int) { b.ForcedExits = append(b.ForcedExits, d.forcedExit()) }) }},
			{"feeAccounts", func() { b.FeeAccounts = d.feeAccounts() }},
			{"transfers", func() { b.Transfers = d.transfers() }},
		}
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// WriteBatch writes a batch file. Every signature's R must be on the curve.
func WriteBatch(w io.Writer, b *protocol.Batch) error {
	e := newEncoder(w, BatchFormat)
	e.field("rollupID", FormatElement(b.RollupID))
	e.field("number", b.Number)
	list(e, "openings", each(b.Openings, func(o *protocol.Opening) openingJSON {
		return openingJSON{Index: o.Index, Key: newKeyJSON(o.Key), Owner: formatHex(o.Owner[:]), Token: o.Token}
	}))
	list(e, "deposits", each(b.Deposits, func(d *protocol.CreditedDeposit) depositJSON {
		return depositJSON{
			Index: d.Index, Opened: d.Opened, Key: newKeyJSON(d.Key),
			Owner: formatHex(d.Owner[:]), Token: d.Token, Amount: d.Amount.Dec(),
		}
	}))
	list(e, "forcedExits", each(b.ForcedExits, func(f *protocol.ForcedExit) forcedExitJSON {
		return forcedExitJSON{Index: f.Index, Sender: formatHex(f.Sender[:])}
	}))
	e.feeAccounts(b.FeeAccounts)
	e.transfers(b.Transfers)
	return e.close()
}

func (d *decoder) opening() (o protocol.Opening) {
	d.object(
		field{"index", func() { o.Index = d.index() }},
		field{"key", func() { o.Key = d.key() }},
		field{"owner", func() { o.Owner = d.owner() }},
		field{"token", func() { o.Token = d.tokenID() }},
	)
	return o
}

func (d *decoder) deposit() (c protocol.CreditedDeposit) {
	d.object(
		field{"index", func() { c.Index = d.index() }},
		field{"opened", func() { c.Opened = d.bool() }},
		field{"key", func() { c.Key = d.key() }},
		field{"owner", func() { c.Owner = d.owner() }},
		field{"token", func() { c.Token = d.tokenID() }},
		field{"amount", func() { c.Amount = d.amount() }},
	)
	return c
}

func (d *decoder) forcedExit() (f protocol.ForcedExit) {
	d.object(
		field{"index", func() { f.Index = d.index() }},
		field{"sender", func() { f.Sender = d.owner() }},
	)
	return f
}

func (d *decoder) feeAccounts() (fees []protocol.FeeAccount) {
	at := d.start()
	d.list(func(int) {
		var f protocol.FeeAccount
		d.object(
			field{"token", func() { f.Token = d.tokenID() }},
			field{"index", func() { f.Index = d.index() }},
		)
		fees = append(fees, f)
	})
	if d.err == nil {
		if err := protocol.ValidateFeeTable(fees); err != nil {
			d.failAt(at, err)
		}
	}
	return fees
}

func (d *decoder) transfers() (transfers []protocol.SignedTransfer) {
	d.list(func(int) {
		var t protocol.SignedTransfer
		d.object(
			field{"from", func() { t.From = d.index() }},
			field{"to", func() { t.To = d.index() }},
			field{"amount", func() { t.Amount = d.amount() }},
			field{"fee", func() { t.Fee = d.amount() }},
			field{"nonce", func() { t.Nonce = d.uint(protocol.NonceBits) }},
			field{"validUntil", func() { t.ValidUntil = uint32(d.uint(protocol.BatchBits)) }},
			field{"signature", func() { t.Signature = d.signature() }},
		)
		transfers = append(transfers, t)
	})
	return transfers
}
