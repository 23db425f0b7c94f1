package layerone

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/internal/node/internal/standin"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// target is the world's rollup as a node wants it.
func (w *world) target() Target {
	deployed := w.rollup.Deployed()
	return Target{
		Contract: w.rollup.Address(), ChainID: w.chain.ChainID(), Deployed: &deployed, Operator: w.address(theOperator),
		Keys: []Key{{Shape: shape, Verifying: w.keys.VerifyingKey, Development: true}},
	}
}

func TestOpen(t *testing.T) {
	w := newWorld(t)
	d := must(Open(t.Context(), w.l1.Client(), w.target()))(t)
	if d.RollupID != w.id || d.Rollup.Address() != w.rollup.Address() || !d.Development || d.Times != w.config().Times || d.Block == 0 {
		t.Errorf("%+v", d)
	}
	if len(d.Circuits) != 1 || d.Circuits[0].Index != 0 || d.Circuits[0].Shape != shape || d.Circuits[0].Verifier != w.verifier {
		t.Errorf("circuits %+v", d.Circuits)
	}
	unknown := w.target()
	unknown.Deployed, unknown.ChainID = nil, nil
	if d := must(Open(t.Context(), w.l1.Client(), unknown))(t); d.Rollup.Deployed() != w.rollup.Deployed() {
		t.Errorf("deployed in block %d, want %d", d.Rollup.Deployed(), w.rollup.Deployed())
	}
}

func TestOpenRefuses(t *testing.T) {
	w := newWorld(t)
	otherKeys := must(standin.New())(t)
	otherShape := shape
	otherShape.Transfers++
	for _, c := range []struct {
		name  string
		edit  func(*Target)
		cause error
		says  []string
	}{
		{"chain", func(x *Target) { x.ChainID = big.NewInt(1) }, ErrChain, []string{"1337"}},
		{"no contract", func(x *Target) { x.Contract = common.Address{1} }, l1submit.ErrNoDeployment, nil},
		{"not a rollup", func(x *Target) { x.Contract = w.verifier }, l1submit.ErrNotRollup, nil},
		{"operator", func(x *Target) { x.Operator = w.address(another) }, ErrDeployment, []string{w.address(another).String(), "setOperator"}},
		{"keys", func(x *Target) { x.Keys[0].Verifying = otherKeys.VerifyingKey }, l1submit.ErrNotVerifier, []string{"shape test"}},
		{"shape", func(x *Target) { x.Keys[0].Shape = otherShape }, l1submit.ErrNoCircuit, nil},
		{"all at once", func(x *Target) { x.Operator, x.Keys[0].Verifying = w.address(another), otherKeys.VerifyingKey },
			ErrDeployment, []string{"operator is", "verifying key"}},
	} {
		target := w.target()
		target.Keys = []Key{target.Keys[0]}
		c.edit(&target)
		_, err := Open(t.Context(), w.l1.Client(), target)
		if !errors.Is(err, c.cause) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.cause)
			continue
		}
		for _, text := range c.says {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: error %v does not say %q", c.name, err, text)
			}
		}
	}
}

// otherChain is a node of a chain with another ID.
type otherChain struct {
	exits.Client
	id *big.Int
}

func (o otherChain) ChainID(context.Context) (*big.Int, error) { return o.id, nil }

func TestOpenRefusesDevelopmentKeys(t *testing.T) {
	w := newWorld(t)
	other := otherChain{w.l1.Client(), big.NewInt(5)}
	target := w.target()
	target.ChainID = nil
	if _, err := Open(t.Context(), other, target); !errors.Is(err, ErrDevelopmentKeys) {
		t.Errorf("error %v, want %v", err, ErrDevelopmentKeys)
	}
	// The contract says so itself, whatever the key store says.
	target.Keys[0].Development = false
	if _, err := Open(t.Context(), other, target); !errors.Is(err, ErrDevelopmentKeys) {
		t.Errorf("error %v, want %v", err, ErrDevelopmentKeys)
	}
	target.DevelopmentChains = []uint64{5}
	if d := must(Open(t.Context(), other, target))(t); !d.Development {
		t.Error("not said to be of development keys")
	}
}

func TestOpenRefusesFrozen(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.deposit(1)
	w.ok(w.l1.AdvanceTime(ctx, w.config().Deadline))
	lanes := must(w.rollup.ReadLanes(ctx, nil))(t)
	oldest, _, _, err := lanes.Oldest(protocol.LaneDeposits, lanes.Finalized())
	w.ok(err)
	if _, _, err := w.rollup.Freeze(ctx, &hand{w, somebody}, protocol.LaneDeposits, oldest); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, w.l1.Client(), w.target()); !errors.Is(err, ErrDeployment) || !strings.Contains(err.Error(), "frozen") {
		t.Errorf("error %v", err)
	}
}

func TestRebuild(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.sync()
	w.deposit(1)
	w.deposit(2)
	w.submit(w.batch())
	w.settle()
	w.deposit(3)
	w.request(another, 9)
	w.submit(w.batch())
	w.settle()
	w.deposit(4)
	w.request(somebody, 1)
	w.mine(finality)
	w.deposit(5) // not final
	cfg := RebuildConfig{Deployment: must(Open(ctx, w.l1.Client(), w.target()))(t), Dir: t.TempDir() + "/rebuild", Confirmations: finality, Logger: quiet}
	r := must(Rebuild(ctx, w.l1.Client(), cfg))(t)
	id := r.Identity
	if id.ChainID != 1337 || id.Contract != w.rollup.Address() || id.RollupID != w.id ||
		id.Base != 2 || id.BaseRoot != w.tree.Root() || id.BaseDeposits != 3 || id.BaseExits != 1 || id.BaseNextIndex != 4+1<<16 {
		t.Errorf("identity %+v", id)
	}
	snapshot := must(r.Snapshot())(t)
	var updates []statetree.Update
	for u, err := range snapshot.All() {
		w.ok(err)
		updates = append(updates, u)
	}
	w.ok(snapshot.Close())
	if len(updates) != 3 {
		t.Errorf("%d accounts", len(updates))
	}
	first := r.First
	if len(first.Deposits) != 1 || first.Deposits[0].Position != 3 || len(first.Exits) != 1 || first.Exits[0].Position != 1 || first.Frozen || len(first.Final) != 0 || first.BlockTime == 0 {
		t.Errorf("first step %+v", first)
	}
	// The feed goes on behind it, with the lanes read from events.
	w.consumer = &consumer{committed: make(map[uint32]uint64)}
	w.ok(w.consumer.Deliver(&first))
	w.restart()
	w.mine(finality)
	w.sync()
	if whole := w.consumer.all(); len(whole.Deposits) != 2 || whole.Deposits[1].Position != 4 || len(whole.Final) != 0 {
		t.Errorf("delivered %+v", whole)
	}
	w.submit(w.batch())
	w.settle()
	w.accepted(3, 1)
	w.ok(r.Remove())
	if _, err := Rebuild(canceled(t), w.l1.Client(), cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is over: error %v", err)
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
