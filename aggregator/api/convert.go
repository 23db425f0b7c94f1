package api

import (
	"encoding/json"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// StatusOf returns how far the transfers of a batch have come.
func StatusOf(b *Batch) wire.Status {
	switch {
	case b.Stage >= ledger.StageFinalized:
		return wire.StatusFinalized
	case b.Committed != nil:
		return wire.StatusCommitted
	case b.Stage >= ledger.StageProven:
		return wire.StatusProven
	case b.Stage >= ledger.StageSealed:
		return wire.StatusSealed
	default:
		return wire.StatusExecuted
	}
}

// Place returns where layer 1 accepted the batch, nil if it has not.
func (b *Batch) Place() *Layer1Place {
	if b.Stage >= ledger.StageFinalized {
		return &Layer1Place{Block: b.Block, Tx: b.Tx, GasUsed: b.GasUsed}
	}
	return b.Committed
}

func stageOf(b *Batch) wire.Stage {
	if b.Committed != nil && b.Stage < ledger.StageFinalized {
		return wire.StageCommitted
	}
	switch b.Stage {
	case ledger.StageOpen:
		return wire.StageOpen
	case ledger.StageClosed:
		return wire.StageClosed
	case ledger.StageSealed:
		return wire.StageSealed
	case ledger.StageWitnessed:
		return wire.StageWitnessed
	case ledger.StageProven:
		return wire.StageProven
	case ledger.StageSubmitted:
		return wire.StageSubmitted
	default:
		return wire.StageFinalized
	}
}

// each converts a list. It never returns nil: JSON has an empty list for it.
func each[A, B any](list []A, convert func(*A) B) []B {
	out := make([]B, len(list))
	for i := range list {
		out[i] = convert(&list[i])
	}
	return out
}

func newReceipt(r *Receipt) *wire.Receipt {
	if r == nil {
		return nil
	}
	return &wire.Receipt{ID: wire.Hash(r.ID), Seq: r.Seq, Batch: r.Batch, Time: r.Time, Signature: r.Signature}
}

func newSendResult(r *SendResult) *wire.SendResult {
	return &wire.SendResult{
		ID: wire.Hash(r.ID), Status: r.Status, Received: r.Received,
		Seq: r.Seq, Batch: r.Batch, Receipt: newReceipt(r.Receipt),
	}
}

func newOpening(o *ledger.Opening) wire.Opening {
	return wire.Opening{Number: o.Number, Key: wire.NewKey(o.Key), Owner: wire.Address(o.Owner), Token: o.Token}
}

func newOwned(i protocol.Index, a *protocol.Account) wire.OwnedAccount {
	return wire.OwnedAccount{
		Index: i, Key: wire.NewKey(a.Key), Owner: wire.Address(a.Owner), Token: a.Token,
		Nonce: a.Nonce, Balance: wire.Amount(a.Balance),
	}
}

// newAccount returns an account in the states that were asked for. It fails with
// [wire.ErrUnknownAccount] if it exists in none of them.
func newAccount(index protocol.Index, a *Account, states []wire.State) (*wire.Account, error) {
	if len(a.States) != len(states) {
		return nil, fmt.Errorf("account %d came in %d states, not the %d asked for", index, len(a.States), len(states))
	}
	out := &wire.Account{Index: index, NextNonce: a.NextNonce, Waiting: a.Waiting}
	found := false
	for i, state := range states {
		at := &a.States[i]
		if !at.Exists {
			continue
		}
		if !found { // they never change
			found = true
			out.Key, out.Owner, out.Token = wire.NewKey(at.Account.Key), wire.Address(at.Account.Owner), at.Account.Token
		}
		s := &wire.AccountState{Batch: at.Batch, Nonce: at.Account.Nonce, Balance: wire.Amount(at.Account.Balance)}
		switch state {
		case wire.Pending:
			out.Pending = s
		case wire.Sealed:
			out.Sealed = s
		case wire.Committed:
			out.Committed = s
		case wire.Finalized:
			out.Finalized = s
		}
	}
	if !found {
		return nil, wire.ErrUnknownAccount
	}
	return out, nil
}

func newAccountProof(index protocol.Index, state wire.State, p *AccountProof) *wire.AccountProof {
	out := &wire.AccountProof{
		State: state, Batch: p.Batch, Commitment: wire.Element(p.Commitment), Root: wire.Element(p.Root),
		Index: index, Exists: p.Exists, Leaf: wire.Element(p.Proof.Leaf),
	}
	if p.Exists {
		owned := newOwned(index, &p.Account)
		out.Account = &owned
	}
	for level, siblings := range p.Proof.Siblings {
		for i, s := range siblings {
			out.Siblings[level][i] = wire.Element(s)
		}
	}
	return out
}

func newPlace(p *Layer1Place) *wire.Layer1Place {
	if p == nil {
		return nil
	}
	return &wire.Layer1Place{Block: p.Block, Tx: p.Tx, GasUsed: p.GasUsed}
}

func newTransferInfo(t *Transfer) wire.TransferInfo {
	out := wire.TransferInfo{
		ID: wire.Hash(t.ID), Status: t.Status, Time: t.Time, Seq: t.Seq, Batch: t.Batch,
		Receipt: newReceipt(t.Receipt), Reason: t.Reason, Layer1: newPlace(t.Layer1),
	}
	if t.Signed != nil {
		signed := wire.NewSignedTransfer(t.Signed)
		out.Transfer = &signed
	}
	return out
}

func newBatchSummary(b *Batch) wire.BatchSummary {
	out := wire.BatchSummary{
		Number: b.Number, Stage: stageOf(b), Shape: b.Shape, Times: wire.BatchTimes(b.Times),
		Openings: len(b.Openings), Deposits: len(b.Deposits), ForcedExits: len(b.ForcedExits),
		Transfers: b.Transfers, Exits: b.Exits, FirstSeq: b.FirstSeq,
		Published: b.Published, Attempt: b.Attempt, Problem: b.Problem, Layer1: newPlace(b.Place()),
	}
	if b.Stage >= ledger.StageClosed {
		out.Circuit = &b.Circuit
	}
	if b.Stage >= ledger.StageSealed {
		out.Root = element(b.Root)
	}
	if b.Stage >= ledger.StageWitnessed {
		out.Commitment = element(b.New)
	}
	return out
}

func element(e fr.Element) *wire.Element {
	w := wire.Element(e)
	return &w
}

func newFeeAccount(f *protocol.FeeAccount) wire.FeeAccount {
	return wire.FeeAccount{Token: f.Token, Index: f.Index}
}

func newBatch(b *Batch) *wire.Batch {
	out := &wire.Batch{
		BatchSummary: newBatchSummary(b),
		FeeAccounts:  each(b.FeeAccounts, newFeeAccount),
		Opened: each(b.Openings, func(o *protocol.Opening) wire.OpenedAccount {
			return wire.OpenedAccount{Index: o.Index, Key: wire.NewKey(o.Key), Owner: wire.Address(o.Owner), Token: o.Token}
		}),
		Credited: each(b.Deposits, func(d *protocol.CreditedDeposit) wire.CreditedDeposit {
			return wire.CreditedDeposit{
				Index: d.Index, Opened: d.Opened, Key: wire.NewKey(d.Key), Owner: wire.Address(d.Owner),
				Token: d.Token, Amount: wire.Amount(d.Amount),
			}
		}),
		Forced: each(b.ForcedExits, func(f *protocol.ForcedExit) wire.ForcedExit {
			return wire.ForcedExit{Index: f.Index, Sender: wire.Address(f.Sender)}
		}),
	}
	if b.Stage >= ledger.StageWitnessed {
		out.OldCommitment = element(b.Old)
		out.Statement = &wire.Statement{
			D: wire.Element(b.Statement.D), Z: wire.Element(b.Statement.Z), Y: wire.Element(b.Statement.Y),
		}
	}
	return out
}

func newBatchProof(number uint32, file []byte) (*wire.BatchProof, error) {
	if !json.Valid(file) {
		return nil, fmt.Errorf("the proof of batch %d is not JSON", number)
	}
	return &wire.BatchProof{Batch: number, Proof: file}, nil
}

const millisPerSecond = 1000

func newQueue(q *Queue) *wire.Queue {
	return &wire.Queue{
		Deposits: each(q.Deposits, func(d *ledger.UnsettledDeposit) wire.QueuedDeposit {
			deposit := &d.Deposit.Deposit
			return wire.QueuedDeposit{
				Position: d.Position, Payer: d.Payer, Time: d.Time * millisPerSecond, Block: d.Block, Tx: d.Tx,
				Key: wire.NewKey(deposit.Key), Owner: wire.Address(deposit.Owner),
				Token: deposit.Token, Amount: wire.Amount(deposit.Amount), Batch: d.Batch,
			}
		}),
		DepositCount: q.DepositCount,
		ForcedExits: each(q.ForcedExits, func(f *ledger.UnsettledExit) wire.QueuedForcedExit {
			return wire.QueuedForcedExit{
				Position: f.Position, Sender: wire.Address(f.Request.Sender), Time: f.Time * millisPerSecond,
				Block: f.Block, Tx: f.Tx, Index: f.Request.Index, Batch: f.Batch,
			}
		}),
		ForcedCount:    q.ExitCount,
		Openings:       each(q.Openings, newOpening),
		OpeningCount:   q.OpenCount,
		DeadlineMillis: uint64(q.Deadline.Milliseconds()),
	}
}

func newSync(s *Sync) *wire.SyncStatus {
	return &wire.SyncStatus{
		Seq: max(s.Head.NextSeq, 1) - 1, Waiting: s.Waiting, Batch: s.Head.Batch,
		Sealed: s.Sealed, Proven: s.Proven, Committed: s.Committed, Finalized: s.Head.Finalized,
		Layer1Head: s.Layer1Head, Layer1Block: s.Head.Block, Layer1Time: s.Head.BlockTime * millisPerSecond,
		Frozen: s.Head.Frozen, Paused: s.Paused, Halted: s.Halted,
	}
}

func newConfig(c *Config, limits wire.Limits) *wire.RollupConfig {
	return &wire.RollupConfig{
		ChainID: c.Identity.ChainID, Contract: c.Identity.Contract, RollupID: wire.Element(c.Identity.RollupID),
		Operator: c.Operator, Confirmations: c.Confirmations,
		FeeAccounts: each(c.FeeAccounts, newFeeAccount),
		Circuits: each(c.Circuits, func(k *Circuit) wire.Circuit {
			s := k.Shape
			return wire.Circuit{
				Index: k.Index, Shape: s.Name, Verifier: k.Verifier, Transfers: s.Transfers, Openings: s.Openings,
				LayerOne: s.LayerOne, FeeAccounts: s.FeeAccounts, Exits: s.Exits, Accounts: s.Accounts, Nodes: s.Nodes,
			}
		}),
		Pool: c.Pool, Limits: limits, Version: c.Version,
	}
}
