package l1submit

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// Both lanes, over several checkpoints, emptied by batches of all sizes: every
// proof that the lanes make is one that the contract accepts.
func TestLanesProveWhatTheContractAccepts(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	const entries = 2*protocol.LaneStride + 5
	var deposits []protocol.Deposit
	for i := range int64(entries) {
		deposits = append(deposits, testDeposit(i, uint64(i)+1))
		if _, _, err := r.RequestExit(ctx, r.somebody, protocol.Index(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	r.deposit(t, deposits...)
	lanes := must(r.ReadLanes(ctx, nil))(t)
	if len(lanes.Deposits) != entries || len(lanes.Requests) != entries {
		t.Fatalf("%d deposits and %d requests", len(lanes.Deposits), len(lanes.Requests))
	}
	for i, e := range lanes.Deposits {
		if e.Deposit != deposits[i] || lanes.Requests[i].Request.Index != protocol.Index(i+1) {
			t.Fatalf("entries %d: %+v, %+v", i, e, lanes.Requests[i])
		}
	}
	for _, lane := range protocol.Lanes() {
		for n := uint64(1); n <= 2; n++ {
			want := must(lanes.Queue(lane).Hash(n * protocol.LaneStride))(t)
			if got := must(r.LaneCheckpoint(ctx, lane, n))(t); got != want {
				t.Errorf("%s: checkpoint %d is %x, want %x", lane, n, got, want)
			}
		}
	}

	random := rand.New(rand.NewPCG(1, 2))
	for r.tip.DepositsEnd < entries || r.tip.ExitsEnd < entries {
		p := r.next()
		limit := testShapes[0].LayerOne
		take := min(random.IntN(limit+1), entries-int(r.tip.DepositsEnd))
		p.Deposits = credited(deposits[r.tip.DepositsEnd:][:take]...)
		take = min(random.IntN(limit+1-take), entries-int(r.tip.ExitsEnd))
		for _, e := range lanes.Requests[r.tip.ExitsEnd:][:take] {
			p.ForcedExits = append(p.ForcedExits, e.Request)
		}
		r.settle(t, 0, p)
	}
	final := must(r.Finalized(ctx))(t)
	if final.DepositsEnd != entries || final.ExitsEnd != entries {
		t.Errorf("final state %+v", final)
	}
	for _, lane := range protocol.Lanes() {
		if state := must(r.LaneState(ctx, lane))(t); state.Escrow.Sign() != 0 {
			t.Errorf("%s: %v is left in escrow", lane, state.Escrow)
		}
	}
}

// A proof up to the lane's end is void when something else is queued; made again
// it passes, with the batch's own proof as it was.
func TestLaneProofIsMadeAgain(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	r.deposit(t, testDeposit(1, 1))
	p := r.next()
	p.Deposits = credited(testDeposit(1, 1))
	b := r.prepare(t, 0, p)
	r.deposit(t, testDeposit(2, 1))
	_, _, err := r.CommitAndProveBatch(ctx, r.operator, &b.Commit, b.proof)
	wantReason[bindings.RollupLaneMismatch](t, err)
	if b.Deposits, b.Exits, err = must(r.ReadLanes(ctx, nil))(t).Prove(p, 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.CommitAndProveBatch(ctx, r.operator, &b.Commit, b.proof); err != nil {
		t.Fatal(err)
	}
}

func TestLanesProveRefusesOtherOperations(t *testing.T) {
	r := newRollupTest(t)
	r.deposit(t, testDeposit(1, 1), testDeposit(2, 1))
	if _, _, err := r.RequestExit(t.Context(), r.somebody, 5); err != nil {
		t.Fatal(err)
	}
	lanes := must(r.ReadLanes(t.Context(), nil))(t)
	exit := protocol.ForcedExit{Index: 5, Sender: protocol.Owner(r.somebody.Address())}
	for _, test := range []struct {
		name     string
		deposits []protocol.Deposit
		exits    []protocol.ForcedExit
		from     uint64
		ok       bool
	}{
		{"nothing", nil, nil, 0, true},
		{"all", []protocol.Deposit{testDeposit(1, 1), testDeposit(2, 1)}, []protocol.ForcedExit{exit}, 0, true},
		{"the second first", []protocol.Deposit{testDeposit(2, 1)}, nil, 0, false},
		{"the second", []protocol.Deposit{testDeposit(2, 1)}, nil, 1, true},
		{"another amount", []protocol.Deposit{testDeposit(1, 2)}, nil, 0, false},
		{"one too many", []protocol.Deposit{testDeposit(2, 1), testDeposit(3, 1)}, nil, 1, false},
		{"another account's exit", nil, []protocol.ForcedExit{{Index: 6, Sender: exit.Sender}}, 0, false},
		{"another sender's exit", nil, []protocol.ForcedExit{{Index: 5}}, 0, false},
		{"an exit too many", nil, []protocol.ForcedExit{exit, exit}, 0, false},
	} {
		p := &protocol.Published{Deposits: credited(test.deposits...), ForcedExits: test.exits}
		deposits, exits, err := lanes.Prove(p, test.from, 0)
		if test.ok != (err == nil) || err != nil && !errors.Is(err, ErrLaneMismatch) {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.ok && (len(deposits.Metas) != len(test.deposits) || len(exits.Metas) != len(test.exits)) {
			t.Errorf("%s: %d and %d entries are shown", test.name, len(deposits.Metas), len(exits.Metas))
		}
	}
}

// A node that keeps a log back, or changes one, is found out.
func TestReadLanesChecksTheContract(t *testing.T) {
	r := newRollupTest(t)
	r.deposit(t, testDeposit(1, 1), testDeposit(2, 1), testDeposit(3, 1))
	if _, _, err := r.RequestExit(t.Context(), r.somebody, 5); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]types.Log) []types.Log{
		"the first deposit":  func(l []types.Log) []types.Log { return l[1:] },
		"a deposit between":  func(l []types.Log) []types.Log { return slices.Delete(l, 1, 2) },
		"the last deposit":   func(l []types.Log) []types.Log { return slices.Delete(l, 2, 3) },
		"the forced exit":    func(l []types.Log) []types.Log { return l[:3] },
		"everything":         func([]types.Log) []types.Log { return nil },
		"another time":       func(l []types.Log) []types.Log { l[0].Data[len(l[0].Data)-1] ^= 1; return l },
		"another payer":      func(l []types.Log) []types.Log { l[0].Topics[2][31] ^= 1; return l },
		"another sender":     func(l []types.Log) []types.Log { l[3].Topics[2][31] ^= 1; return l },
		"a position skipped": func(l []types.Log) []types.Log { l[2].Topics[1][31] ^= 1; return l },
	} {
		node := &logNode{change: change}
		if _, err := r.through(t, node).ReadLanes(t.Context(), nil); !errors.Is(err, ErrLaneMismatch) {
			t.Errorf("%s: got %v, want %v", name, err, ErrLaneMismatch)
		}
	}
}

// ahead is a node whose contract has processed more than was queued, in one lane.
type ahead struct {
	Client
	word int // of the final state
}

func (n ahead) CallContractAtHash(ctx context.Context, call ethereum.CallMsg, block common.Hash) ([]byte, error) {
	out, err := n.Client.CallContractAtHash(ctx, call, block)
	if err == nil && bytes.Equal(call.Data, bindings.NewRollup().PackFinalized()) {
		out[32*n.word+31] = 200
	}
	return out, err
}

// Whoever takes the entries behind those that were processed can rely on their
// being there.
func TestReadLanesPastTheEnd(t *testing.T) {
	r := newRollupTest(t)
	r.deposit(t, testDeposit(1, 1))
	for _, word := range []int{2, 3} { // depositsEnd, exitsEnd
		chain := must(NewChain(t.Context(), ahead{r.dev.client, word}))(t)
		if _, err := OpenRollup(chain, r.Address(), r.Deployed()).ReadLanes(t.Context(), nil); !errors.Is(err, ErrLaneMismatch) {
			t.Errorf("word %d: got %v, want %v", word, err, ErrLaneMismatch)
		}
	}
}

func TestReadLanesAtABlock(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	first := must(r.dev.Client().HeaderByNumber(ctx, nil))(t)
	r.deposit(t, testDeposit(1, 1))
	for what, test := range map[string]struct {
		block *big.Int
		want  uint64
	}{
		"latest": {nil, 1}, "by number": {first.Number, 0}, "latest by name": {big.NewInt(rpc.LatestBlockNumber.Int64()), 1},
	} {
		lanes, err := r.ReadLanes(ctx, test.block)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if n := lanes.Queue(protocol.LaneDeposits).Count(); n != test.want {
			t.Errorf("%s: %d deposits", what, n)
		}
	}
	if _, err := r.ReadLanes(ctx, big.NewInt(1_000_000)); err == nil {
		t.Error("lanes of a block that is not there")
	}
}
