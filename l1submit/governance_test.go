package l1submit

import (
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// A circuit is added and another retired, each announced, and executed not
// before its time and not while older operations wait.
func TestChangeOfCircuits(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	added := testShapes[0]
	added.Name, added.Transfers = "added", 10
	add := must(r.AddCircuitChange(Circuit{Verifier: r.verifier, Shape: added}))(t)
	retire := must(r.RetireCircuitChange(1))(t)
	r.deposit(t, testDeposit(1, 100))

	_, _, err := r.Announce(ctx, r.somebody, add)
	wantReason[bindings.RollupNotGovernor](t, err)
	_, _, err = r.Announce(ctx, r.governor, Change{1, 2, 3, 4})
	if e := wantReason[bindings.RollupChangeNotAllowed](t, err); e.Selector != [4]byte{1, 2, 3, 4} {
		t.Errorf("error names %x", e.Selector)
	}
	for _, change := range []Change{add, retire} {
		event, _, err := r.Announce(ctx, r.governor, change)
		if err != nil {
			t.Fatal(err)
		}
		announced, ok, err := r.Announcement(ctx, change.ID())
		want := Announcement{ExecutableFrom: event.ExecutableFrom, DepositsEnd: 1}
		if err != nil || !ok || announced != want || event.ID != change.ID() || string(event.Change) != string(change) {
			t.Errorf("announced %+v, event %+v (%v, %v)", announced, event, ok, err)
		}
	}
	_, _, err = r.Announce(ctx, r.governor, add)
	wantReason[bindings.RollupChangeAlreadyAnnounced](t, err)
	if _, ok, err := r.Announcement(ctx, common.Hash{1}); ok || err != nil {
		t.Errorf("a change that nobody announced: %v, %v", ok, err)
	}

	execute := func(change Change) error {
		lanes := must(r.ReadLanes(ctx, nil))(t)
		var oldest [2]protocol.ProvenEntry
		for _, lane := range protocol.Lanes() {
			if oldest[lane], _, _, err = lanes.Oldest(lane, lanes.Finalized()); err != nil {
				t.Fatal(err)
			}
		}
		_, err := r.Execute(ctx, r.somebody, change, oldest[0], oldest[1])
		return err
	}
	wantReason[bindings.RollupTooEarly](t, execute(add))
	r.waitOut(t, DefaultRollupConfig().Delay)
	if e := wantReason[bindings.RollupQueueUnproven](t, execute(add)); protocol.Lane(e.Lane) != protocol.LaneDeposits {
		t.Errorf("error names lane %d", e.Lane)
	}
	p := r.next()
	p.Deposits = credited(testDeposit(1, 100))
	r.settle(t, 0, p)
	r.deposit(t, testDeposit(2, 100)) // after the announcement, and not overdue
	if err := execute(add); err != nil {
		t.Fatal(err)
	}
	index, verifier, err := r.FindCircuit(ctx, added)
	if err != nil || index != len(testShapes) || verifier != r.verifier {
		t.Errorf("the added circuit is %d with verifier %s (%v)", index, verifier, err)
	}
	wantReason[bindings.RollupChangeUnknown](t, execute(add))
	r.waitOut(t, DefaultRollupConfig().Deadline)
	if e := wantReason[bindings.RollupOverdue](t, execute(retire)); protocol.Lane(e.Lane) != protocol.LaneDeposits {
		t.Errorf("error names lane %d", e.Lane)
	}
	p = r.next()
	p.Deposits = credited(testDeposit(2, 100))
	r.settle(t, 0, p)
	if err := execute(retire); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.FindCircuit(ctx, testShapes[1]); !errors.Is(err, ErrNoCircuit) {
		t.Errorf("the retired circuit: got %v, want %v", err, ErrNoCircuit)
	}
	b := r.prepare(t, 1, r.next())
	_, _, err = r.CommitAndProveBatch(ctx, r.operator, &b.Commit, b.proof)
	wantReason[bindings.RollupCircuitUnknown](t, err)
}

func TestCancelChange(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	change := must(r.RetireCircuitChange(0))(t)
	_, err := r.Cancel(ctx, r.governor, change.ID())
	wantReason[bindings.RollupChangeUnknown](t, err)
	if _, _, err := r.Announce(ctx, r.governor, change); err != nil {
		t.Fatal(err)
	}
	_, err = r.Cancel(ctx, r.operator, change.ID())
	wantReason[bindings.RollupNotGovernor](t, err)
	receipt, err := r.Cancel(ctx, r.governor, change.ID())
	if err != nil {
		t.Fatal(err)
	}
	if event := must(eventOf[*ChangeCancelled](r.Rollup, receipt))(t); event.ID != change.ID() {
		t.Errorf("event %+v", event)
	}
	r.waitOut(t, DefaultRollupConfig().Delay+time.Second)
	_, err = r.Execute(ctx, r.somebody, change, protocol.ProvenEntry{}, protocol.ProvenEntry{})
	wantReason[bindings.RollupChangeUnknown](t, err)
	if _, err := r.AddCircuitChange(Circuit{Shape: testShapes[0]}); err == nil {
		t.Error("a circuit without a verifier can be announced")
	}
}

func TestRoles(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	_, err := r.SetOperator(ctx, r.somebody, common.Address{1})
	wantReason[bindings.RollupNotGovernor](t, err)
	for _, who := range []*Sender{r.operator, r.governor} { // the operator is then somebody; the governor names it again
		to := r.somebody.Address()
		if who == r.governor {
			to = r.operator.Address()
		}
		receipt, err := r.SetOperator(ctx, who, to)
		if err != nil {
			t.Fatal(err)
		}
		if event := must(eventOf[*OperatorChanged](r.Rollup, receipt))(t); event.Operator != to || must(r.Operator(ctx))(t) != to {
			t.Errorf("event %+v", event)
		}
	}
	_, err = r.SetOperator(ctx, r.governor, common.Address{})
	if e := wantReason[bindings.RollupConfigInvalid](t, err); string(e.What[:8]) != "operator" {
		t.Errorf("error names %q", e.What)
	}

	_, err = r.OfferGovernor(ctx, r.operator, common.Address{1})
	wantReason[bindings.RollupNotGovernor](t, err)
	receipt, err := r.OfferGovernor(ctx, r.governor, r.somebody.Address())
	if err != nil {
		t.Fatal(err)
	}
	if event := must(eventOf[*GovernorOffered](r.Rollup, receipt))(t); event.To != r.somebody.Address() {
		t.Errorf("event %+v", event)
	}
	_, err = r.AcceptGovernor(ctx, r.operator)
	wantReason[bindings.RollupNotGovernor](t, err)
	if receipt, err = r.AcceptGovernor(ctx, r.somebody); err != nil {
		t.Fatal(err)
	}
	event := must(eventOf[*GovernorChanged](r.Rollup, receipt))(t)
	if event.Governor != r.somebody.Address() || must(r.Governor(ctx))(t) != r.somebody.Address() {
		t.Errorf("event %+v", event)
	}
}

func TestTokenCaps(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	receipt, err := r.SetTokenCap(ctx, r.governor, 0, big.NewInt(77))
	if err != nil {
		t.Fatal(err)
	}
	if event := must(eventOf[*TokenCapChanged](r.Rollup, receipt))(t); event.Token != 0 || event.Cap.Int64() != 77 {
		t.Errorf("event %+v", event)
	}
	if info := must(r.Token(ctx, 0))(t); info.Cap.Int64() != 77 {
		t.Errorf("token %+v", info)
	}
	_, err = r.SetTokenCap(ctx, r.governor, 3, big.NewInt(77))
	wantReason[bindings.RollupTokenUnknown](t, err)
	_, err = r.SetTokenCap(ctx, r.operator, 0, big.NewInt(77))
	wantReason[bindings.RollupNotGovernor](t, err)
	_, _, err = r.RegisterToken(ctx, r.governor, common.Address{1}, big.NewInt(1))
	if e := wantReason[bindings.RollupTokenInvalid](t, err); e.Token != (common.Address{1}) {
		t.Errorf("error names %s", e.Token)
	}
	for _, limit := range []*big.Int{nil, big.NewInt(-1), new(big.Int).Lsh(big.NewInt(1), 127)} {
		if _, err := r.SetTokenCap(ctx, r.governor, 0, limit); err == nil {
			t.Errorf("a cap of %v", limit)
		}
		if _, _, err := r.RegisterToken(ctx, r.governor, r.verifier, limit); err == nil {
			t.Errorf("a token with a cap of %v", limit)
		}
	}
}
