package e2e

import (
	"testing"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/protocol"
)

// balanceOf returns what a person has in the operator's state.
func (o *operator) balanceOf(who int, token protocol.Token) string {
	o.w.Helper()
	balance := o.accounts()[o.indexOf(who, token)].Balance
	return balance.Dec()
}

// TestBatchKeptBack has the operator commit batches and prove none: anybody takes
// them back at the timeout, and what they took of the queue is for another batch.
func TestBatchKeptBack(t *testing.T) { onEach(t, batchKeptBack) }

func batchKeptBack(t *testing.T, l1 devnet.Backend) {
	w := newWorld(t, l1)
	ctx, o := t.Context(), w.operator
	genesis := w.finalized()
	w.deposit(alice, alice, ether, thousandths(1_000))
	w.deposit(bob, bob, ether, thousandths(2_000))

	b := o.begin()
	o.take(b)
	first := o.commit(b)
	// A second batch cannot take the same entries, though its proof holds: the
	// state after the first one could very well be credited again.
	b = o.begin()
	for _, d := range w.lanes().Deposits {
		o.credit(b, d.Deposit)
	}
	twice := o.prove(b)
	w.ok(o.show(twice, genesis))
	_, _, err := w.rollup.CommitBatch(ctx, w.people[theOperator], &twice.commit, o.record)
	if m := refused[bindings.RollupLaneMismatch](w, err); m.Lane != uint8(protocol.LaneDeposits) {
		t.Errorf("lane %d", m.Lane)
	}
	// Nor can one that passes over the first.
	_, _, err = w.rollup.CommitBatch(ctx, w.people[theOperator], &first.commit, o.record)
	refused[bindings.RollupCommitmentStale](w, err)

	b = o.begin()
	o.open(b, carol, ether)
	second := o.commit(b)
	if f, last := w.finalized(), must(w.rollup.LastCommitted(ctx))(w); f != genesis || last != 2 {
		t.Fatalf("final state %+v, last committed %d", f, last)
	}

	due := first.record.Time + uint64(terms().ProofTimeout.Seconds())
	receipt, err := w.rollup.RevertBatches(ctx, w.people[mallory].at(due-1), &first.record)
	if early := refused[bindings.RollupTooEarly](w, err); early.From.Uint64() != due {
		t.Errorf("the time comes at %v, want %d", early.From, due)
	}
	w.checkTime(receipt, due-1)
	receipt, err = w.rollup.RevertBatches(ctx, w.people[mallory].at(due), &first.record)
	w.ok(err)
	w.checkTime(receipt, due)

	// The proofs come too late.
	for _, late := range [][]l1submit.Proven{{first.proven()}, {second.proven()}, {first.proven(), second.proven()}} {
		refused[bindings.RollupRecordUnknown](w, only(w.rollup.ProveBatches(ctx, w.people[theOperator], late...)))
	}
	if f := w.finalized(); f != genesis {
		t.Fatalf("final state %+v", f)
	}

	// Another batch takes the entries, each once.
	o.restart()
	b = o.begin()
	o.take(b)
	o.open(b, carol, ether)
	o.settle(b)
	if a, b := o.balanceOf(alice, ether), o.balanceOf(bob, ether); a != "1000000000000000000" || b != "2000000000000000000" {
		t.Errorf("alice has %s, bob %s", a, b)
	}
	if f := w.finalized(); f.DepositsEnd != 2 || f.Number != 1 {
		t.Errorf("final state %+v", f)
	}
	refused[bindings.RollupRecordUnknown](w, only(w.rollup.ProveBatches(ctx, w.people[theOperator], first.proven())))
	refused[bindings.RollupRecordUnknown](w, only(w.rollup.ProveBatches(ctx, w.people[theOperator], second.proven())))
	_, _, err = w.rollup.CommitAndProveBatch(ctx, w.people[theOperator], &first.commit, first.proof)
	refused[bindings.RollupCommitmentStale](w, err)
}

// TestBatchNotCommitted has the operator keep a batch's data to itself: nothing
// that it then shows makes that batch final.
func TestBatchNotCommitted(t *testing.T) { onEach(t, batchNotCommitted) }

func batchNotCommitted(t *testing.T, l1 devnet.Backend) {
	w := newWorld(t, l1)
	ctx, o, operator := t.Context(), w.operator, w.people[theOperator]
	w.deposit(alice, alice, ether, thousandths(1_000))
	b := o.begin()
	o.take(b)
	o.settle(b)
	final := w.finalized()

	b = o.begin()
	o.transfer(b, alice, -1, ether, *uint256.NewInt(7), protocol.Amount{})
	shown := o.prove(b)
	b = o.begin()
	o.transfer(b, alice, -1, ether, *uint256.NewInt(9), protocol.Amount{})
	kept := o.prove(b)
	kept.record = l1submit.Record{
		Number: kept.Number, DepositsEnd: final.DepositsEnd, ExitsEnd: final.ExitsEnd, Time: w.now(), Verifier: w.verifier,
		Commitment: kept.built.Published.New, Inputs: l1submit.InputsHash(kept.built.Statement), Exits: l1submit.ExitsHash(kept.built.Exits),
	}
	prove := func(p l1submit.Proven) error { return only(w.rollup.ProveBatches(ctx, operator, p)) }

	refused[bindings.RollupRecordUnknown](w, prove(kept.proven())) // where nothing is pending
	event, _, err := w.rollup.CommitBatch(ctx, operator, &shown.commit, nil)
	w.ok(err)
	shown.record = event.Record
	refused[bindings.RollupRecordUnknown](w, prove(kept.proven())) // in another's place
	next := kept.proven()
	next.Record.Number++
	refused[bindings.RollupRecordUnknown](w, prove(next)) // behind it

	mixed := shown.proven()
	mixed.Statement = kept.built.Statement
	refused[bindings.RollupRecordMismatch](w, prove(mixed))
	mixed = shown.proven()
	mixed.Exits = kept.built.Exits
	refused[bindings.RollupRecordMismatch](w, prove(mixed))
	mixed = shown.proven()
	mixed.Proof = kept.proof
	refused[bindings.Groth16VerifierProofInvalid](w, prove(mixed))
	refused[bindings.RollupNotOperator](w, done(w.rollup.CommitAndProveBatch(ctx, w.people[mallory], &kept.commit, kept.proof)))
	_, _, err = w.rollup.CommitAndProveBatch(ctx, operator, &kept.commit, kept.proof)
	refused[bindings.RollupBatchesPending](w, err)
	if f := w.finalized(); f != final {
		t.Fatalf("final state %+v, want %+v", f, final)
	}

	w.ok(prove(shown.proven()))
	o.follow(shown, event, false)
	if f := w.finalized(); f != o.tip {
		t.Errorf("final state %+v, want %+v", f, o.tip)
	}
	refused[bindings.RollupRecordUnknown](w, prove(shown.proven())) // once is enough
	w.claim(alice, ether, uint256.NewInt(7))
}

// TestRevertRacesProof puts a proof and a revert into one block, in both orders.
func TestRevertRacesProof(t *testing.T) { onEach(t, revertRacesProof) }

func revertRacesProof(t *testing.T, l1 devnet.Backend) {
	w := newWorld(t, l1)
	ctx, o := t.Context(), w.operator
	w.deposit(alice, alice, ether, thousandths(1_000))
	b := o.begin()
	o.take(b)
	m := o.commit(b)
	prover, reverter := w.people[theOperator], w.people[mallory]
	race := func(revertFirst bool) (revert, proof error) {
		t.Helper()
		if due := m.record.Time + uint64(terms().ProofTimeout.Seconds()); w.now() < due {
			w.waitUntil(due)
		}
		revertCall := must(w.rollup.RevertBatchesCall(&m.record))(t)
		proofCall := must(w.rollup.ProveBatchesCall(m.proven()))(t)
		if revertFirst {
			errs := w.inOneBlock([]*person{reverter, prover}, []l1submit.Call{revertCall, proofCall})
			return errs[0], errs[1]
		}
		errs := w.inOneBlock([]*person{prover, reverter}, []l1submit.Call{proofCall, revertCall})
		return errs[1], errs[0]
	}

	before := w.finalized()
	revert, proof := race(true)
	w.ok(revert)
	refused[bindings.RollupRecordUnknown](w, proof)
	if f := w.finalized(); f != before {
		t.Fatalf("final state %+v", f)
	}
	o.restart()

	// The same batch again. Its proof is the old one: it is of what the batch says,
	// not of when that was committed.
	w.ok(o.show(m, o.tip))
	event, _, err := w.rollup.CommitBatch(ctx, prover, &m.commit, nil)
	w.ok(err)
	o.follow(m, event, true)
	middle := o.tip
	b = o.begin()
	o.open(b, carol, ether)
	next := o.commit(b)
	revert, proof = race(false)
	w.ok(proof)
	// What the revert names is pending no more; what is behind it still is.
	if unknown := refused[bindings.RollupRecordUnknown](w, revert); unknown.Number != 2 {
		t.Errorf("record %d is unknown", unknown.Number)
	}
	if f := w.finalized(); f != middle {
		t.Fatalf("final state %+v, want %+v", f, middle)
	}
	m = next
	revert, proof = race(false)
	w.ok(proof)
	refused[bindings.RollupNothingPending](w, revert)
	if f := w.finalized(); f != o.tip {
		t.Fatalf("final state %+v, want %+v", f, o.tip)
	}
	if balance := o.balanceOf(alice, ether); balance != "1000000000000000000" {
		t.Errorf("alice has %s", balance)
	}
}

// TestLateProof has the operator withdraw alice's funds, as she asked, in a batch
// that it proves too late: when she has escaped with them.
func TestLateProof(t *testing.T) { onEach(t, lateProof) }

func lateProof(t *testing.T, l1 devnet.Backend) {
	w := newWorld(t, l1)
	ctx, o := t.Context(), w.operator
	w.deposit(alice, alice, ether, thousandths(1_000))
	b := o.begin()
	o.take(b)
	o.settle(b)
	w.deposit(bob, bob, ether, thousandths(500))

	b = o.begin()
	o.take(b)
	o.transfer(b, alice, -1, ether, thousandths(1_000), protocol.Amount{})
	late := o.commit(b)
	final := w.finalized()
	if len(late.built.Exits) != 1 || late.record.DepositsEnd != 2 {
		t.Fatalf("record %+v, exits %+v", late.record, late.built.Exits)
	}

	oldest, queued, _, err := w.lanes().Oldest(protocol.LaneDeposits, final)
	w.ok(err)
	w.waitUntil(queued + uint64(terms().Deadline.Seconds()))
	freeze := must(w.rollup.FreezeCall(protocol.LaneDeposits, oldest))(t)
	proof := must(w.rollup.ProveBatchesCall(late.proven()))(t)
	errs := w.inOneBlock([]*person{w.people[bob], w.people[theOperator]}, []l1submit.Call{freeze, proof})
	w.ok(errs[0])
	w.book.frozen(bob)
	refused[bindings.RollupIsFrozen](w, errs[1])
	operator := w.people[theOperator]
	refused[bindings.RollupIsFrozen](w, only(w.rollup.ProveBatches(ctx, operator, late.proven())))
	refused[bindings.RollupIsFrozen](w, only(w.rollup.RevertBatches(ctx, operator, &late.record)))
	refused[bindings.RollupIsFrozen](w, done(w.rollup.CommitBatch(ctx, operator, &late.commit, nil)))
	refused[bindings.RollupIsFrozen](w, done(w.rollup.CommitAndProveBatch(ctx, operator, &late.commit, late.proof)))
	if last := must(w.rollup.LastCommitted(ctx))(w); last != final.Number || w.finalized() != final {
		t.Errorf("last committed %d, final state %+v", last, w.finalized())
	}

	// Alice has her balance from before, once; bob gets back what the batch took.
	w.escapeAll()
	refused[bindings.RollupIsFrozen](w, only(w.rollup.ProveBatches(ctx, operator, late.proven())))
	w.refundAll()
	w.claimAll()
	w.book.close()
	if paid := w.book.claimed()[ether][w.people[alice].Address()]; paid.String() != "1000000000000000000" {
		t.Errorf("alice was paid %v", paid)
	}
	if _, err := w.session.Claim(ctx, w.people[thePorter], nil, w.people[alice].Address()); !exits.Refused(err) {
		t.Errorf("alice has more to claim: %v", err)
	}
}
