package l1submit

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// Batches committed ahead of their proofs: each continues the one before, in
// both lanes; somebody else proves them together, and only then exits are there.
func TestPendingBatches(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	deposits := []protocol.Deposit{testDeposit(1, 100), testDeposit(2, 200), testDeposit(3, 300)}
	r.deposit(t, deposits...)
	if _, _, err := r.RequestExit(ctx, r.somebody, 1); err != nil {
		t.Fatal(err)
	}

	p := r.next()
	p.Deposits = credited(deposits[:2]...)
	p.Exits = []protocol.Exit{{Owner: protocol.Owner{5}, Amount: *uint256.NewInt(50)}}
	first, firstEvent := r.commit(t, 0, p)
	p = r.next()
	p.Deposits = credited(deposits[2:]...)
	p.ForcedExits = []protocol.ForcedExit{{Index: 1, Sender: protocol.Owner(r.somebody.Address())}}
	second, secondEvent := r.commit(t, 0, p)
	p = r.next()
	p.Transfers = transfers(3)
	third, thirdEvent := r.commit(t, 2, p)

	for i, event := range []*BatchCommitted{firstEvent, secondEvent, thirdEvent} {
		if event.Number != uint32(i)+1 {
			t.Errorf("batch %d has number %d", i+1, event.Number)
		}
		if got := must(r.RecordHash(ctx, event.Number))(t); got != event.Record.Hash() {
			t.Errorf("batch %d: the contract has record %s, want %s", event.Number, got, event.Record.Hash())
		}
	}
	if want := (Record{
		Number: 2, DepositsEnd: 3, ExitsEnd: 1, Time: secondEvent.Record.Time, Verifier: r.verifier,
		Commitment: second.published.New, Inputs: InputsHash(second.statement), Exits: ExitsHash(nil),
	}); secondEvent.Record != want {
		t.Errorf("record %+v, want %+v", secondEvent.Record, want)
	}
	if n := must(r.LastCommitted(ctx))(t); n != 3 {
		t.Errorf("batch %d is committed", n)
	}
	if f := must(r.Finalized(ctx))(t); f.Number != 0 || f.DepositsEnd != 0 {
		t.Errorf("final state %+v", f)
	}

	// Refused: another predecessor, none, proving what is not next, at once.
	b := r.prepare(t, 0, r.next())
	_, _, err := r.CommitBatch(ctx, r.operator, &b.Commit, &secondEvent.Record)
	if e := wantReason[bindings.RollupRecordUnknown](t, err); e.Number != 3 {
		t.Errorf("error names batch %d", e.Number)
	}
	_, _, err = r.CommitBatch(ctx, r.operator, &b.Commit, nil)
	wantReason[bindings.RollupRecordUnknown](t, err)
	_, _, err = r.CommitAndProveBatch(ctx, r.operator, &b.Commit, b.proof)
	if e := wantReason[bindings.RollupBatchesPending](t, err); e.Last != 3 {
		t.Errorf("error names batch %d", e.Last)
	}
	_, err = r.ProveBatches(ctx, r.somebody, second.proven(secondEvent))
	wantReason[bindings.RollupRecordUnknown](t, err)
	_, err = r.ProveBatches(ctx, r.somebody)
	wantReason[bindings.RollupNothingToProve](t, err)
	changed := first.proven(firstEvent)
	changed.Exits = []protocol.Exit{{Owner: protocol.Owner{5}, Amount: *uint256.NewInt(51)}}
	_, err = r.ProveBatches(ctx, r.somebody, changed)
	if e := wantReason[bindings.RollupRecordMismatch](t, err); e.Number != 1 {
		t.Errorf("error names batch %d", e.Number)
	}
	changed = first.proven(firstEvent)
	changed.Statement = second.statement
	_, err = r.ProveBatches(ctx, r.somebody, changed)
	wantReason[bindings.RollupRecordMismatch](t, err)
	changed = first.proven(firstEvent)
	changed.Proof = second.proof
	_, err = r.ProveBatches(ctx, r.somebody, changed)
	wantReason[bindings.Groth16VerifierProofInvalid](t, err)

	if _, err = r.ProveBatches(ctx, r.somebody, first.proven(firstEvent), second.proven(secondEvent)); err != nil {
		t.Fatal(err)
	}
	want := Finalized{Number: 2, Commitment: second.published.New, DepositsEnd: 3, ExitsEnd: 1}
	if f := must(r.Finalized(ctx))(t); f != want {
		t.Errorf("final state %+v, want %+v", f, want)
	}
	if got := must(r.Claimable(ctx, 0, common.Address{5}))(t); got.Int64() != 50 {
		t.Errorf("%v can be claimed", got)
	}
	if got := must(r.RecordHash(ctx, 2))(t); got != (common.Hash{}) {
		t.Errorf("batch 2 has record %s still", got)
	}
	if _, err = r.ProveBatches(ctx, r.somebody, third.proven(thirdEvent)); err != nil {
		t.Fatal(err)
	}
	if n := must(r.LastCommitted(ctx))(t); n != 3 {
		t.Errorf("batch %d is committed", n)
	}
}

// Batches that nobody proves are taken back: by the operator at once, by anybody
// when they have waited too long.
func TestRevertBatches(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	genesis := r.tip
	_, err := r.RevertBatches(ctx, r.operator, new(Record))
	wantReason[bindings.RollupNothingPending](t, err)
	for _, who := range []*Sender{r.operator, r.somebody} {
		_, oldest := r.commit(t, 0, r.next())
		b, last := r.commit(t, 0, r.next())
		_, err := r.RevertBatches(ctx, who, &last.Record)
		wantReason[bindings.RollupRecordUnknown](t, err)
		if who == r.somebody {
			_, err := r.RevertBatches(ctx, who, &oldest.Record)
			reason := wantReason[bindings.RollupTooEarly](t, err)
			timeout := DefaultRollupConfig().ProofTimeout
			if want := oldest.Record.Time + uint64(timeout/time.Second); reason.From.Uint64() != want {
				t.Errorf("error says from %v, want %d", reason.From, want)
			}
			r.waitOut(t, timeout)
		}
		receipt, err := r.RevertBatches(ctx, who, &oldest.Record)
		if err != nil {
			t.Fatal(err)
		}
		if event := must(eventOf[*BatchesReverted](r.Rollup, receipt))(t); event.Number != 0 {
			t.Errorf("event %+v", event)
		}
		if n := must(r.LastCommitted(ctx))(t); n != 0 {
			t.Errorf("batch %d is committed", n)
		}
		_, err = r.ProveBatches(ctx, r.somebody, b.proven(last))
		wantReason[bindings.RollupRecordUnknown](t, err)
		r.tip, r.record = genesis, nil
	}
	r.settle(t, 0, r.next())
}

// A batch whose D is no field element can be committed, and never proven. The
// client reads its event all the same.
func TestUnprovableBatch(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	b := r.prepare(t, 0, r.next())
	binding := b.binding()
	binding.Digest = new(uint256.Int).SetAllOne().ToBig()
	call, err := r.call(r.contract.TryPackCommitBatch(binding, new(Record).binding()))
	receipt, err := send(ctx, r.operator, "commit")(call, err)
	if err != nil {
		t.Fatal(err)
	}
	event := must(eventOf[*BatchCommitted](r.Rollup, receipt))(t)
	if _, err := event.Statement(); err == nil {
		t.Error("the event has a statement")
	}
	if got := must(r.RecordHash(ctx, 1))(t); got != event.Record.Hash() {
		t.Errorf("the contract has record %s, want %s", got, event.Record.Hash())
	}
	if data := must(r.PublishedData(ctx, event))(t); string(data) != string(b.Data) {
		t.Errorf("published %x", data)
	}
}
