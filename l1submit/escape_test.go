package l1submit

import (
	"errors"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// The operator vanishes: a forced exit is ignored, anybody freezes at the
// deadline and not a second before, accounts escape, a deposit is given back,
// and nothing is left in the contract.
func TestFreezeAndEscape(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	deposits := []protocol.Deposit{testDeposit(1, 1000), testDeposit(2, 300)}
	r.deposit(t, deposits...)
	p := r.next()
	p.Deposits = credited(deposits[0])
	p.Exits = []protocol.Exit{{Owner: protocol.Owner{5}, Amount: *uint256.NewInt(100)}}
	r.settle(t, 0, p)
	requested, _, err := r.RequestExit(ctx, r.somebody, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Committed and never proven: it takes the second deposit, in vain.
	p = r.next()
	p.Deposits = credited(deposits[1])
	late, lateEvent := r.commit(t, 0, p)

	final := must(r.Finalized(ctx))(t)
	escape := protocol.Escape{
		Commitment: final.Commitment, Owner: protocol.Owner{7}, Index: 1, Balance: *uint256.NewInt(900),
	}
	st := must(escape.Statement(r.verifier))(t)
	proof := prove(t, r.prover, [PublicInputs]fr.Element{st.D, st.Z, st.Y})
	_, _, err = r.Escape(ctx, r.somebody, &escape, st.D, proof)
	wantReason[bindings.RollupNotFrozen](t, err)

	lanes := must(r.ReadLanes(ctx, nil))(t)
	if lanes.Finalized() != final {
		t.Errorf("the lanes were read in the state %+v, want %+v", lanes.Finalized(), final)
	}
	oldest, queued, ok, err := lanes.Oldest(protocol.LaneExits, final)
	if err != nil || !ok || queued != requested.Time {
		t.Fatalf("the oldest forced exit was queued at %d, want %d (%v, %v)", queued, requested.Time, ok, err)
	}
	deadline := queued + uint64(DefaultRollupConfig().Deadline/time.Second)
	// What is estimated is a call in the latest block, so at its time.
	until := func(at uint64) {
		now := must(r.dev.Client().HeaderByNumber(ctx, nil))(t).Time
		r.waitOut(t, time.Duration(at-now)*time.Second)
	}
	until(deadline - 1)
	_, _, err = r.Freeze(ctx, r.somebody, protocol.LaneExits, oldest)
	if e := wantReason[bindings.RollupTooEarly](t, err); e.From.Uint64() != deadline {
		t.Errorf("error says from %v, want %d", e.From, deadline)
	}
	until(deadline)
	wrong := oldest
	wrong.Body[0] ^= 1
	_, _, err = r.Freeze(ctx, r.somebody, protocol.LaneExits, wrong)
	wantReason[bindings.RollupLaneMismatch](t, err)
	frozen, _, err := r.Freeze(ctx, r.somebody, protocol.LaneExits, oldest)
	if err != nil {
		t.Fatal(err)
	}
	if frozen.Number != final.Number || frozen.Commitment != final.Commitment || frozen.By != r.somebody.Address() {
		t.Errorf("event %+v", frozen)
	}
	if !must(r.IsFrozen(ctx))(t) || must(r.LastCommitted(ctx))(t) != final.Number {
		t.Error("it is not frozen, or a batch is pending")
	}
	_, err = r.ProveBatches(ctx, r.somebody, late.proven(lateEvent))
	wantReason[bindings.RollupIsFrozen](t, err)

	// The account escapes, once, with its own balance and nothing else.
	for name, change := range map[string]func(*protocol.Escape){
		"balance": func(e *protocol.Escape) { e.Balance.AddUint64(&e.Balance, 1) },
		"owner":   func(e *protocol.Escape) { e.Owner[0] ^= 1 },
		"token":   func(e *protocol.Escape) { e.Token++ },
		"index":   func(e *protocol.Escape) { e.Index++ },
	} {
		other := escape
		change(&other)
		if _, _, err := r.Escape(ctx, r.somebody, &other, st.D, proof); err == nil {
			t.Errorf("escaped with another %s", name)
		} else {
			wantReason[bindings.Groth16VerifierProofInvalid](t, err)
		}
	}
	if _, _, err := r.Escape(ctx, r.somebody, &escape, st.D, proof[1:]); !errors.Is(err, ErrProofLength) {
		t.Errorf("a short proof: got %v, want %v", err, ErrProofLength)
	}
	escaped, _, err := r.Escape(ctx, r.somebody, &escape, st.D, proof)
	if err != nil {
		t.Fatal(err)
	}
	if want := (protocol.Exit{Owner: escape.Owner, Amount: escape.Balance}); escaped.Index != 1 || escaped.Exit != want {
		t.Errorf("event %+v", escaped)
	}
	if !must(r.HasEscaped(ctx, 1))(t) || must(r.HasEscaped(ctx, 2))(t) {
		t.Error("another account has escaped")
	}
	_, _, err = r.Escape(ctx, r.somebody, &escape, st.D, proof)
	wantReason[bindings.RollupAlreadyEscaped](t, err)

	// The deposit that no proven batch took goes back, once.
	place := must(lanes.Queue(protocol.LaneDeposits).Prove(1, 2))(t)
	_, _, err = r.RefundDeposit(ctx, r.somebody, 0, &deposits[0], must(lanes.Queue(protocol.LaneDeposits).Prove(0, 1))(t))
	wantReason[bindings.RollupNotRefundable](t, err)
	more := deposits[1]
	more.Amount = *uint256.NewInt(301)
	_, _, err = r.RefundDeposit(ctx, r.somebody, 1, &more, place)
	wantReason[bindings.RollupLaneMismatch](t, err)
	refunded, _, err := r.RefundDeposit(ctx, r.operator, 1, &deposits[1], place)
	if err != nil {
		t.Fatal(err)
	}
	if refunded.Position != 1 || refunded.Payer != r.somebody.Address() || refunded.Amount != deposits[1].Amount || refunded.Token != 0 {
		t.Errorf("event %+v", refunded)
	}
	if !must(r.IsRefunded(ctx, 1))(t) || must(r.IsRefunded(ctx, 0))(t) {
		t.Error("another deposit was refunded")
	}
	_, _, err = r.RefundDeposit(ctx, r.operator, 1, &deposits[1], place)
	wantReason[bindings.RollupNotRefundable](t, err)

	for _, owner := range []common.Address{{5}, {7}, r.somebody.Address(), r.operator.Address()} {
		if _, err := r.Claim(ctx, r.governor, 0, owner); err != nil {
			t.Errorf("%s: %v", owner, err)
		}
	}
	if left := must(r.dev.Balance(ctx, r.Address()))(t); left.Sign() != 0 {
		t.Errorf("the rollup holds %v", left)
	}
}

func TestFreezeForkAtHome(t *testing.T) {
	r := newRollupTest(t)
	_, _, err := r.FreezeFork(t.Context(), r.somebody)
	if e := wantReason[bindings.RollupWrongChain](t, err); e.ChainId.Cmp(r.dev.ChainID()) != 0 {
		t.Errorf("error names chain %v", e.ChainId)
	}
}

// Nothing waits, so nothing can be overdue.
func TestOldestOfAnEmptyLane(t *testing.T) {
	r := newRollupTest(t)
	lanes := must(r.ReadLanes(t.Context(), nil))(t)
	for _, lane := range protocol.Lanes() {
		if _, _, ok, err := lanes.Oldest(lane, lanes.Finalized()); ok || err != nil {
			t.Errorf("%s: %v, %v", lane, ok, err)
		}
		if _, _, ok, err := lanes.Oldest(lane, Finalized{DepositsEnd: 1, ExitsEnd: 1}); ok || !errors.Is(err, protocol.ErrLaneRange) {
			t.Errorf("%s: got %v, want %v", lane, err, protocol.ErrLaneRange)
		}
	}
	_, _, err := r.Freeze(t.Context(), r.somebody, protocol.LaneDeposits, protocol.ProvenEntry{})
	wantReason[bindings.RollupLaneMismatch](t, err)
}
