package e2e

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/protocol"
)

// TestReorgs has layer 1 take back deposits, commits and proofs, with
// reorganizations of each depth up to finality. Afterwards layer 1, the operator
// and whoever rebuilds the state agree, and nothing happened twice.
func TestReorgs(t *testing.T) { onSome(t, reorgs) }

func reorgs(t *testing.T, l1 devnet.Backend) {
	w := newWorld(t, l1)
	w.ok(w.l1.Mine(t.Context(), finality)) // the deployment is final
	n := newNode(t, w)
	for i, depth := range reorgDepths() {
		w.reorgRound(n, uint32(i+1), depth)
	}
	w.checkNothingTwice(n)
}

// postDeposit sends a deposit, in the next block, and returns its transaction.
func (w *world) postDeposit(who int, amount uint64) *types.Transaction {
	w.Helper()
	p, ctx := w.people[who], w.Context()
	fee := must(w.rollup.QueueFee(ctx, protocol.LaneDeposits))(w)
	call := must(w.rollup.DepositCall(&protocol.Deposit{Key: p.key.Public(), Owner: p.owner(), Token: ether, Amount: *uint256.NewInt(amount)}, fee))(w)
	tx := must(p.post(ctx, call, 1))(w)
	w.ok(w.l1.Mine(ctx, 1))
	return tx
}

// mined says whether a transaction is in the chain.
func (w *world) mined(tx *types.Transaction) bool {
	w.Helper()
	_, err := w.l1.Client().TransactionReceipt(w.Context(), tx.Hash())
	if err != nil && !errors.Is(err, ethereum.NotFound) {
		w.Fatal(err)
	}
	return err == nil
}

// reorgRound takes one batch through reorganizations of a depth: of the deposits
// that it is to take, of its commit, and of its proof.
func (w *world) reorgRound(n *node, number uint32, depth int) {
	w.Helper()
	ctx, o := w.Context(), w.operator
	before := w.lanes().Queue(protocol.LaneDeposits).Count()

	// Deposits: one is below the reorganization; one is the oldest that it takes,
	// and comes again; one, in the newest block, never does.
	below := w.postDeposit(alice, 1)
	again := w.postDeposit(bob, 2)
	never := again
	if depth > 1 {
		w.ok(w.l1.Mine(ctx, depth-2))
		never = w.postDeposit(carol, 4)
	}
	n.sync()
	w.ok(w.l1.Reorg(ctx, depth))
	n.sync()
	if !w.mined(below) || w.mined(again) || w.mined(never) {
		w.Fatalf("depth %d: mined: %v, %v, %v", depth, w.mined(below), w.mined(again), w.mined(never))
	}
	w.ok(w.l1.Client().SendTransaction(ctx, again))
	w.ok(w.l1.Mine(ctx, finality))
	n.sync()
	delivered := n.lanes.Queue(protocol.LaneDeposits).Count()
	w.ok(w.l1.Mine(ctx, 1))
	n.sync()
	if after := n.lanes.Queue(protocol.LaneDeposits).Count(); delivered != before+1 || after != before+2 {
		w.Fatalf("depth %d: of the lane's %d deposits and 2 more, %d are final one block early, then %d", depth, before, delivered, after)
	}

	// The commit. Mallory's deposit stands before it and goes with it; so the lane
	// proof is void if it leads over the deposit, for want of a checkpoint before.
	b := o.begin()
	o.takeOf(b, n.lanes)
	m := o.prove(b)
	end := o.tip.DepositsEnd + uint64(len(b.Deposits))
	void := depth > 1 && (end+protocol.LaneStride-1)/protocol.LaneStride*protocol.LaneStride > n.lanes.Queue(protocol.LaneDeposits).Count()
	w.postDeposit(mallory, 8)
	var event *l1submit.BatchCommitted
	for attempt := 1; event == nil; attempt++ {
		w.ok(o.show(m, o.tip))
		key := fmt.Sprintf("commit/%d/%d", number, attempt)
		n.submit(key, must(w.rollup.CommitBatchCall(&m.commit, nil))(w))
		if attempt == 1 {
			w.ok(w.l1.Mine(ctx, max(1, depth-1)))
			w.wantProgress(number-1, number)
			w.ok(w.l1.Reorg(ctx, depth))
			w.wantProgress(number-1, number-1)
			n.restart()
		}
		receipt, err := n.outcome(key)
		lost := n.lost(err)
		if lost != (attempt == 1 && void) {
			w.Fatalf("depth %d, attempt %d: error %v", depth, attempt, err)
		}
		if !lost {
			event = committedIn(w, receipt)
		}
	}
	o.follow(m, event, true)
	o.record = nil
	n.sync()

	// The proof.
	key := fmt.Sprintf("prove/%d", number)
	n.submit(key, must(w.rollup.ProveBatchesCall(m.proven()))(w))
	w.ok(w.l1.Mine(ctx, depth))
	w.wantProgress(number, number)
	n.sync()
	w.ok(w.l1.Reorg(ctx, depth))
	w.wantProgress(number-1, number)
	if must(w.rollup.Claimable(ctx, ether, w.people[theOperator].Address()))(w).Cmp(new(big.Int).Mul(queueFee, big.NewInt(2*int64(number-1)))) != 0 {
		w.Error("the fees of the batch did not go back with its proof")
	}
	n.restart()
	n.sync()
	if _, err := n.outcome(key); err != nil {
		w.Fatal(err)
	}
	n.sync()
	w.wantProgress(number, number)
	if f := w.finalized(); f != o.tip {
		w.Errorf("depth %d: the final state is %+v, the operator's %+v", depth, f, o.tip)
	}
	if last := n.final[len(n.final)-1]; last != number || len(n.final) != int(number) {
		w.Errorf("depth %d: final batches %v", depth, n.final)
	}
}

// wantProgress checks how far layer 1 is.
func (w *world) wantProgress(finalized, committed uint32) {
	w.Helper()
	if f, c := w.finalized().Number, must(w.rollup.LastCommitted(w.Context()))(w); f != finalized || c != committed {
		w.Fatalf("final is batch %d, committed %d; want %d and %d", f, c, finalized, committed)
	}
}

// committedIn returns the commit in a transaction.
func committedIn(w *world, receipt *types.Receipt) *l1submit.BatchCommitted {
	w.Helper()
	for _, l := range receipt.Logs {
		if event, ok := must(w.rollup.DecodeEvent(l))(w).(*l1submit.BatchCommitted); ok {
			return event
		}
	}
	w.Fatalf("no commit in transaction %s", receipt.TxHash)
	return nil
}

// checkNothingTwice compares layer 1, the operator's state and a rebuilt one, and
// looks through the whole chain for what happened twice.
func (w *world) checkNothingTwice(n *node) {
	w.Helper()
	ctx, o := w.Context(), w.operator
	if rebuilt := w.rebuild(); rebuilt.Root() != o.tree.Root() {
		w.Errorf("the operator's state has root %v, the rebuilt one %v", o.tree.Root(), rebuilt.Root())
	}
	if followed := n.rebuilt(); followed.Root() != o.tree.Root() {
		w.Errorf("the operator's state has root %v, the one that was rebuilt on the way %v", o.tree.Root(), followed.Root())
	}

	// Every deposit that was taken is credited, once; the rest waits.
	credited := make(map[protocol.Owner]uint64)
	for _, d := range w.lanes().Deposits[:o.tip.DepositsEnd] {
		credited[d.Deposit.Owner] += d.Deposit.Amount.Uint64()
	}
	for i, a := range o.accounts() {
		if want := credited[a.Owner]; a.Balance.Uint64() != want {
			w.Errorf("account %d has %s, was credited %d", i, a.Balance.Dec(), want)
		}
		delete(credited, a.Owner)
	}
	if len(credited) > 0 {
		w.Errorf("credited and not there: %v", credited)
	}

	// In the chain as it is now there is one transaction for each intent.
	operator := w.people[theOperator].Address()
	head := must(w.l1.Client().BlockNumber(ctx))(w)
	sent := make(map[common.Hash]int)
	signer := types.LatestSignerForChainID(w.chain.ChainID())
	count := 0
	for i := w.rollup.Deployed() + 1; i <= head; i++ {
		block := must(w.l1.Client().BlockByNumber(ctx, new(big.Int).SetUint64(i)))(w)
		for _, tx := range block.Transactions() {
			if must(types.Sender(signer, tx))(w) == operator {
				sent[crypto.Keccak256Hash(tx.Data())]++
				count++
			}
		}
	}
	for data, times := range sent {
		if times > 1 {
			w.Errorf("data %s was sent %d times", data, times)
		}
	}
	nonce := must(w.l1.Client().NonceAt(ctx, operator, nil))(w)
	if count != n.submitted || nonce != uint64(count) {
		w.Errorf("%d intents, %d transactions, nonce %d", n.submitted, count, nonce)
	}
	var numbers []uint32
	for _, e := range w.events(l1submit.KindBatchFinalized) {
		if f, ok := e.(*l1submit.BatchFinalized); ok {
			numbers = append(numbers, f.Number)
		}
	}
	if !slices.Equal(numbers, n.final) {
		w.Errorf("final batches %v, the operator heard of %v", numbers, n.final)
	}
}
