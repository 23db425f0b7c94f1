package layerone

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/protocol"
)

func TestSettle(t *testing.T) {
	w := newWorld(t)
	w.sync()
	w.deposit(1)
	w.deposit(2)
	w.sync()
	st := w.batch()
	w.submit(st)
	w.submit(st) // does nothing
	if n := len(w.settler.InFlight()); n != 1 {
		t.Fatalf("%d transactions, want 1", n)
	}
	w.mine(1)
	w.sync()
	if block, ok := w.consumer.committed[1]; !ok || block == 0 {
		t.Fatalf("committed: %v", w.consumer.committed)
	}
	w.settle()
	settled := w.accepted(1, 1)
	w.sync()
	whole := w.consumer.all()
	if len(whole.Final) != 1 || len(whole.Deposits) != 2 || len(w.consumer.committed) != 0 {
		t.Fatalf("delivered %+v, committed %v", whole, w.consumer.committed)
	}
	want := aggregator.FinalBatch{Number: 1, Commitment: st.New, Block: settled.Block, Tx: settled.Tx, GasUsed: settled.GasUsed}
	if whole.Final[0] != want {
		t.Errorf("final batch %+v, want %+v", whole.Final[0], want)
	}
	if n := w.lanes.Reads(); n != 0 {
		t.Errorf("all events were read %d times, although the feed had told of them", n)
	}
	w.submit(st) // still nothing
	if n := len(w.settler.InFlight()); n != 0 {
		t.Errorf("%d transactions after the end", n)
	}
}

// TestManyInFlight sends batches one behind the other before the first of them is
// in a block, so that none but the first can be estimated.
func TestManyInFlight(t *testing.T) {
	w := newWorld(t)
	w.sync()
	const batches = 5
	for i := range byte(batches) {
		for range i {
			w.deposit(i)
		}
		if i >= 2 {
			w.request(somebody, protocol.Index(i))
			w.request(another, protocol.Index(i))
		}
		w.submit(w.batch())
		if i > 0 {
			continue
		}
		// The first stays out of the chain while the others come.
		for range batches {
			w.sync()
		}
	}
	w.settle()
	for number := range uint32(batches) {
		w.accepted(number+1, 1)
	}
}

// TestInFlightTogether has several batches included in one block.
func TestInFlightTogether(t *testing.T) {
	w := newWorld(t)
	for i := range byte(6) {
		w.deposit(i)
	}
	w.request(somebody, 1)
	w.sync()
	first := w.batch() // takes everything
	second, third := w.batch(), w.batch()
	for _, st := range []*aggregator.Settlement{first, second, third} {
		w.submit(st)
	}
	if n := len(w.settler.InFlight()); n != 3 {
		t.Fatalf("%d transactions, want 3", n)
	}
	w.mine(1)
	w.settle()
	a, b, c := w.accepted(1, 1), w.accepted(2, 1), w.accepted(3, 1)
	if a.Block != b.Block || b.Block != c.Block {
		t.Errorf("in blocks %d, %d and %d", a.Block, b.Block, c.Block)
	}
}

// TestLaneMismatch has a deposit come before a batch whose lane proof ends at the
// lane's end: layer 1 refuses the batch, and takes the next attempt.
func TestLaneMismatch(t *testing.T) {
	w := newWorld(t)
	w.sync()
	w.deposit(1)
	w.sync()
	st := w.batch()
	w.submit(st)
	follower := w.batch()
	w.submit(follower) // falls with it
	(&hand{w, another}).post(w.depositCall(2), 100)
	w.mine(1)
	w.ok(w.manager.Poll(t.Context()))
	third := w.batch()
	if err := w.settler.Submit(t.Context(), third); !errors.Is(err, ErrPredecessor) {
		t.Errorf("behind a batch that was refused: error %v, want %v", err, ErrPredecessor)
	}
	w.settle()
	for number, reason := range map[uint32]string{1: "LaneMismatch", 2: "CommitmentStale"} {
		settled := w.outcome(number, 1)
		if settled.Accepted || !strings.Contains(settled.Reason, reason) || settled.Tx == [32]byte{} || settled.GasUsed == 0 {
			t.Fatalf("batch %d: %+v, want %s", number, settled, reason)
		}
	}
	st.Attempt, follower.Attempt = 2, 2
	w.submit(st)
	w.submit(follower)
	w.submit(third)
	w.settle()
	w.accepted(1, 2)
	w.accepted(2, 2)
	w.accepted(3, 1)
}

// TestSettledProofsHold: a proof that ends at a checkpoint is good for good.
func TestSettledProofsHold(t *testing.T) {
	w := newWorld(t)
	w.sync()
	for i := range byte(protocol.LaneStride) {
		w.deposit(i)
	}
	w.sync()
	st := w.batch()
	w.submit(st)
	(&hand{w, another}).post(w.depositCall(99), 100)
	w.settle()
	w.accepted(1, 1)
}

func TestRestart(t *testing.T) {
	for name, restarts := range map[string]func(*world){
		"before it is in a block": func(w *world) { w.restart() },
		"in a block":              func(w *world) { w.mine(1); w.restart() },
		"settled":                 func(w *world) { w.settle(); w.restart() },
		"out of its block":        func(w *world) { w.mine(1); w.restart(); w.ok(w.l1.Reorg(w.Context(), 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sync()
			w.deposit(1)
			w.sync()
			st := w.batch()
			w.submit(st)
			restarts(w)
			w.submit(st)
			w.settle()
			w.submit(st)
			w.accepted(1, 1)
			w.sync()
			w.mine(finality + 1)
			w.sync()
			if whole := w.consumer.all(); len(whole.Final) != 1 || len(whole.Deposits) != 1 {
				t.Errorf("delivered %+v", whole)
			}
			// The feed began with an old cursor: the lanes have to be read.
			w.deposit(2)
			w.sync()
			w.submit(w.batch())
			w.settle()
			w.accepted(2, 1)
		})
	}
}

// TestDisplaced: somebody else uses the nonce.
func TestDisplaced(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.sync()
	st := w.batch()
	w.submit(st)
	account := w.l1.Accounts()[theOperator]
	nonce := must(w.l1.Client().NonceAt(ctx, account.Address, nil))(t)
	to := w.address(somebody)
	tx := must(types.SignNewTx(account.Key, types.LatestSignerForChainID(w.chain.ChainID()), &types.DynamicFeeTx{
		ChainID: w.chain.ChainID(), Nonce: nonce, To: &to, Gas: params.TxGas,
		GasTipCap: big.NewInt(100 * params.GWei), GasFeeCap: big.NewInt(500 * params.GWei),
	}))(t)
	w.ok(w.l1.Client().SendTransaction(ctx, tx))
	w.settle()
	settled := w.outcome(1, 1)
	if settled.Accepted || !strings.Contains(settled.Reason, tx.Hash().String()) {
		t.Fatalf("%+v", settled)
	}
	st.Attempt = 2
	w.submit(st)
	w.settle()
	w.accepted(1, 2)
}

// TestLostManager: the transactions' directory is gone, the batch lands all the
// same.
func TestLostManager(t *testing.T) {
	w := newWorld(t)
	w.sync()
	st := w.batch()
	w.submit(st)
	w.ok(w.manager.Close())
	w.dir = t.TempDir()
	w.start()
	settled := w.outcome(1, 1)
	if settled.Accepted || !strings.Contains(settled.Reason, "knows nothing") {
		t.Fatalf("%+v", settled)
	}
	w.mine(1)
	st.Attempt = 2
	if err := w.settler.Submit(t.Context(), st); !errors.Is(err, ErrSettled) {
		t.Fatalf("error %v, want %v", err, ErrSettled)
	}
}

// TestRemade: after a deep reorganization another batch can have the number and the
// attempt of one that was submitted.
func TestRemade(t *testing.T) {
	w := newWorld(t)
	w.sync()
	w.deposit(1)
	st := w.batch()
	w.submit(st)
	w.ok(w.l1.Reorg(t.Context(), 1)) // the deposit is gone
	w.tip, w.state = must(w.rollup.Finalized(t.Context()))(t), protocol.NewMemoryState()
	w.ok(w.tree.Close())
	w.tree = newTree(t)
	again := w.batch()
	if again.New == st.New {
		t.Fatal("the test makes the same batch again")
	}
	w.submit(again)
	if n := len(w.settler.InFlight()); n != 2 {
		t.Fatalf("%d transactions, want 2", n)
	}
	w.settle()
	w.accepted(1, 1)
}

func TestSubmitRefuses(t *testing.T) {
	w := newWorld(t)
	w.sync()
	w.deposit(1)
	w.sync()
	good := w.batch()
	edit := func(change func(*aggregator.Settlement)) *aggregator.Settlement {
		st := *good
		change(&st)
		return &st
	}
	var reverted *l1submit.RevertError
	for _, c := range []struct {
		name string
		st   *aggregator.Settlement
		want func(error) bool
	}{
		{"gap", edit(func(st *aggregator.Settlement) { st.Number = 3 }), is(ErrPredecessor)},
		{"settled", edit(func(st *aggregator.Settlement) { st.Number = 0 }), is(ErrSettled)},
		{"foreign predecessor", edit(func(st *aggregator.Settlement) { st.Old = st.New }), is(aggregator.ErrForeignBatch)},
		{"other entries", edit(func(st *aggregator.Settlement) { st.DepositsFrom, st.DepositsEnd = 1, 2 }), is(ErrLanes)},
		{"other end", edit(func(st *aggregator.Settlement) { st.DepositsEnd++ }), says("deposits up to 2")},
		{"no data", edit(func(st *aggregator.Settlement) { st.Published = nil }), says("published data")},
		{"short proof", edit(func(st *aggregator.Settlement) { st.Proof = st.Proof[1:] }), is(l1submit.ErrProofLength)},
		{"false proof", edit(func(st *aggregator.Settlement) { st.Statement.D = fr.One() }), func(err error) bool {
			return errors.As(err, &reverted)
		}},
		{"unknown circuit", edit(func(st *aggregator.Settlement) { st.Circuit = 7 }), func(err error) bool {
			if !errors.As(err, &reverted) {
				return false
			}
			_, ok := reverted.Reason.(*bindings.RollupCircuitUnknown)
			return ok
		}},
	} {
		if err := w.settler.Submit(t.Context(), c.st); !c.want(err) {
			t.Errorf("%s: error %v", c.name, err)
		}
		if n := len(w.settler.InFlight()); n != 0 {
			t.Fatalf("%s: something was sent", c.name)
		}
	}
	w.submit(good)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.settler.Await(ctx, 1, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("await with a context that is over: error %v", err)
	}
	w.ok(w.manager.Close())
	if _, err := w.settler.Await(t.Context(), 1, 1); !errors.Is(err, txmgr.ErrClosed) {
		t.Errorf("await of a closed manager: error %v", err)
	}
	if err := w.settler.Submit(t.Context(), edit(func(st *aggregator.Settlement) { st.Attempt = 2 })); !errors.Is(err, txmgr.ErrClosed) {
		t.Errorf("submit to a closed manager: error %v", err)
	}
}

func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

func says(text string) func(error) bool {
	return func(err error) bool { return err != nil && strings.Contains(err.Error(), text) }
}

// TestBoundGas holds the bound to what batches cost, filled in several ways.
func TestBoundGas(t *testing.T) {
	w := newWorld(t)
	w.sync()
	settle := func(name string) {
		t.Helper()
		st := w.batch()
		published := must(protocol.ParsePublished(st.Published))(t)
		proofs := must(w.lanes.prove(t.Context(), claims(published, st.DepositsFrom, st.ExitsFrom)))(t)
		call := must(w.rollup.CommitAndProveBatchCall(&l1submit.Commit{
			Digest: st.Statement.D, Data: st.Published, Deposits: proofs[0], Exits: proofs[1],
		}, st.Proof))(t)
		bound := must(boundGas(call, published, proofs))(t)
		w.submit(st)
		w.settle()
		used := w.accepted(st.Number, 1).GasUsed
		t.Logf("%s: %d gas, bound %d", name, used, bound)
		if used > bound*2/3 || bound > 4*used {
			t.Errorf("%s: %d gas, the bound is %d", name, used, bound)
		}
	}
	settle("empty")
	w.deposit(1)
	settle("one deposit")
	for i := range byte(shape.LayerOne) {
		w.deposit(i)
	}
	settle("full of deposits")
	for i := range 12 {
		w.request(somebody, protocol.Index(i+1))
	}
	settle("forced exits that move nothing")
	for range 15 {
		w.deposit(1)
	}
	w.request(another, 1)
	settle("long proofs")
}
