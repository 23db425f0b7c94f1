package e2e

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// flood is how many forced exits mallory requests: more than the fee's doubling
// takes, so that part of the fees is burned.
const flood = 70

// TestFullLife takes a rollup from its first deposit to an empty contract.
func TestFullLife(t *testing.T) { onEach(t, fullLife) }

func fullLife(t *testing.T, l1 devnet.Backend) {
	w := newWorld(t, l1)
	w.getIn()
	w.pay()
	w.forceOut()

	// The operator's last batch, while somebody fills the lane.
	for i := range flood {
		w.request(mallory, protocol.Index(i+1))
	}
	last := w.operator.begin()
	w.operator.take(last)
	w.operator.settle(last)
	w.operator.vanish()

	w.beIgnored()
	w.freeze(carol)
	w.escapeAll()
	w.refundAll()
	w.claimAll()
	w.book.close()
}

// getIn deposits both tokens and has two batches credit them.
func (w *world) getIn() {
	w.Helper()
	w.deposit(alice, alice, ether, thousandths(10_000))
	w.deposit(thePorter, alice, coin, *uint256.NewInt(5_000))
	batch := w.operator.begin()
	w.operator.take(batch)
	w.operator.open(batch, theOperator, ether, coin)
	w.operator.settle(batch)

	w.deposit(bob, bob, ether, thousandths(4_000))
	w.deposit(thePorter, dave, coin, *uint256.NewInt(700))
	batch = w.operator.begin()
	w.operator.take(batch)
	w.operator.open(batch, carol, ether, coin)
	w.operator.settle(batch)
}

// pay makes a batch of transfers with a withdrawal, commits it and has somebody
// else prove it; the withdrawal is claimed.
func (w *world) pay() {
	w.Helper()
	batch := w.operator.begin()
	fee, coinFee := thousandths(1), *uint256.NewInt(3)
	for _, t := range []struct {
		from, to    int
		token       protocol.Token
		amount, fee protocol.Amount
	}{
		{alice, bob, ether, thousandths(2_500), fee},
		{bob, carol, ether, thousandths(1_250), fee},
		{alice, carol, coin, *uint256.NewInt(400), coinFee},
	} {
		w.operator.transfer(batch, t.from, t.to, t.token, t.amount, t.fee)
		w.book.transferred(t.from, t.to, t.token, t.amount, t.fee)
	}
	out := thousandths(1_000)
	out.AddUint64(&out, 1) // withdrawals are exact
	w.operator.transfer(batch, alice, -1, ether, out, fee)
	w.book.transferred(alice, alice, ether, out, fee)

	before := w.finalized()
	made := w.operator.commit(batch)
	if f := w.finalized(); f != before {
		w.Fatalf("a batch that is not proven moved the final state to %+v", f)
	}
	refused[bindings.RollupNothingToClaim](w, only(w.rollup.Claim(w.Context(), w.people[thePorter], ether, w.people[alice].Address())))
	w.ok(only(w.rollup.ProveBatches(w.Context(), w.people[bob], made.proven())))
	w.operator.record = nil
	w.claim(alice, ether, &out)
}

// claim pays out what is credited to a person, and no second time.
func (w *world) claim(who int, token protocol.Token, want *protocol.Amount) {
	w.Helper()
	owner := w.people[who].Address()
	claimed := must(w.session.Claim(w.Context(), w.people[thePorter], &token, owner))(w)
	if len(claimed) != 1 || claimed[0].Amount != want.Dec() {
		w.Fatalf("%s claimed %+v, want %s", w.people[who].name, claimed, want.Dec())
	}
	refused[bindings.RollupNothingToClaim](w, only(w.rollup.Claim(w.Context(), w.people[thePorter], token, owner)))
}

// forceOut has dave leave by force, and mallory try the same with alice's account.
func (w *world) forceOut() {
	w.Helper()
	ctx := w.Context()
	daves, alices := w.operator.indexOf(dave, coin), w.operator.indexOf(alice, coin)
	w.request(dave, daves)
	waits := refused[bindings.RollupExitAlreadyRequested](w, done(w.rollup.RequestExit(ctx, w.people[dave], daves)))
	if waits.Position != 0 {
		w.Errorf("the first request waits at %d", waits.Position)
	}
	w.request(mallory, alices)
	batch, before := w.operator.begin(), w.operator.tip
	w.operator.take(batch)
	made := w.operator.commit(batch)
	w.ok(only(w.rollup.ProveBatches(ctx, w.people[dave], made.proven())))
	w.book.processed(before, before.DepositsEnd, before.ExitsEnd+2)
	w.operator.record = nil
	if exits := made.built.Exits; len(exits) != 1 || exits[0].Owner != w.people[dave].owner() {
		w.Errorf("exits %+v, want dave's alone", exits)
	}
	w.claim(dave, coin, uint256.NewInt(700))

	// Again: nothing is there any more.
	w.request(dave, daves)
	batch = w.operator.begin()
	w.operator.take(batch)
	if made := w.operator.settle(batch); len(made.built.Exits) != 0 {
		w.Errorf("an empty account left: %+v", made.built.Exits)
	}
	refused[bindings.RollupNothingToClaim](w, only(w.rollup.Claim(ctx, w.people[thePorter], coin, w.people[dave].Address())))
}

// beIgnored queues what no operator will take.
func (w *world) beIgnored() {
	w.Helper()
	ctx := w.Context()
	state := w.rebuild()
	for i, a := range accountsOf(w, state, alice) {
		must(w.session.Request(ctx, w.people[alice], exits.Request{Index: i, Sender: w.people[alice].Address(), State: state}))(w)
		w.book.queued(protocol.LaneExits)
		if a.Balance.IsZero() {
			w.Fatalf("account %d has nothing", i)
		}
	}
	w.deposit(bob, bob, ether, thousandths(300))
	w.deposit(thePorter, carol, coin, *uint256.NewInt(50))
	w.deposit(thePorter, bob, coin, *uint256.NewInt(60)) // an account that was never opened
}

// accountsOf returns a person's accounts.
func accountsOf(w *world, s *statetree.Snapshot, who int) map[protocol.Index]protocol.Account {
	w.Helper()
	found := make(map[protocol.Index]protocol.Account)
	for u, err := range s.All() {
		w.ok(err)
		if u.Account.Owner == w.people[who].owner() {
			found[u.Index] = u.Account
		}
	}
	return found
}

// freeze freezes the rollup at the oldest entry's deadline, not a second earlier.
func (w *world) freeze(who int) {
	w.Helper()
	ctx, p := w.Context(), w.people[who]
	lanes := w.lanes()
	oldest, queued, waits, err := lanes.Oldest(protocol.LaneExits, lanes.Finalized())
	w.ok(err)
	younger, youngerQueued, waitsToo, err := lanes.Oldest(protocol.LaneDeposits, lanes.Finalized())
	w.ok(err)
	if !waits || !waitsToo || youngerQueued <= queued {
		w.Fatalf("the oldest exit is of %d (%v), the oldest deposit of %d (%v)", queued, waits, youngerQueued, waitsToo)
	}
	due := queued + uint64(terms().Deadline.Seconds())

	w.waitUntil(due - 2)
	if _, err := w.session.Freeze(ctx, p); !errors.Is(err, exits.ErrNotOverdue) {
		w.Fatalf("two seconds before: error %v", err)
	}
	_, receipt, err := w.rollup.Freeze(ctx, p.at(due-1), protocol.LaneExits, oldest)
	if early := refused[bindings.RollupTooEarly](w, err); early.From.Uint64() != due {
		w.Errorf("one second before, the time comes at %v, want %d", early.From, due)
	}
	w.checkTime(receipt, due-1)
	frozen, receipt, err := w.rollup.Freeze(ctx, p.at(due), protocol.LaneExits, oldest)
	w.ok(err)
	w.checkTime(receipt, due)
	if f := w.finalized(); frozen.Number != f.Number || frozen.Commitment != f.Commitment || frozen.By != p.Address() {
		w.Errorf("frozen: %+v, the final state is %+v", frozen, f)
	}
	w.book.frozen(who)

	_, _, err = w.rollup.Freeze(ctx, p, protocol.LaneDeposits, younger)
	refused[bindings.RollupIsFrozen](w, err)
	d := &lanes.Deposits[0].Deposit
	refused[bindings.RollupIsFrozen](w, done(w.rollup.Deposit(ctx, p, d)))
	refused[bindings.RollupIsFrozen](w, done(w.rollup.RequestExit(ctx, p, 1)))
}

// checkTime checks the time of the block that a transaction is in.
func (w *world) checkTime(receipt *types.Receipt, want uint64) {
	w.Helper()
	if block := must(w.l1.Client().HeaderByHash(w.Context(), receipt.BlockHash))(w); block.Time != want {
		w.Errorf("the block has time %d, want %d", block.Time, want)
	}
}

// escapeAll takes every account out that holds something, by proofs that are made
// from layer 1's data; what it knows nobody had to tell it.
func (w *world) escapeAll() {
	w.Helper()
	ctx := w.Context()
	keys := must(w.session.Keys(ctx, keyStore, nil))(w)
	state := w.rebuild()
	escapes := 0
	for who, p := range w.people {
		sealed, err := w.session.SealEscape(ctx, state, p.Address())
		if errors.Is(err, exits.ErrNoAccounts) {
			continue
		}
		w.ok(err)
		sender := p
		if who == theOperator { // its key is gone, so somebody else sends
			sender = w.people[thePorter]
		}
		for _, s := range sealed {
			proof := must(w.session.Prove(ctx, keys, s, nil))(w)
			must(w.session.Escape(ctx, sender, proof))(w)
			escapes++
			if _, err := w.session.Escape(ctx, sender, proof); !errors.Is(err, exits.ErrEscaped) {
				w.Errorf("a second escape of account %d: error %v", s.Proof.Index, err)
			}
			claim := must(exits.ProvenEscape(proof))(w)
			again := refused[bindings.RollupAlreadyEscaped](w, done(w.rollup.Escape(ctx, sender, claim, proof.Statement.D, proof.Calldata())))
			if again.Index != uint32(s.Proof.Index) {
				w.Errorf("account %d escaped already, says the contract of account %d", again.Index, s.Proof.Index)
			}
			claim.Index++ // the same proof for the neighbour
			if _, _, err := w.rollup.Escape(ctx, sender, claim, proof.Statement.D, proof.Calldata()); err == nil {
				w.Errorf("account %d escaped with the proof of another", claim.Index)
			}
		}
		if _, err := w.session.SealEscape(ctx, state, p.Address()); !errors.Is(err, exits.ErrNoAccounts) {
			w.Errorf("%s has more to escape with: error %v", p.name, err)
		}
	}
	if escapes == 0 {
		w.Error("nobody escaped")
	}
}

// refundAll takes back every deposit that no batch took, and no other.
func (w *world) refundAll() {
	w.Helper()
	ctx := w.Context()
	lanes := w.lanes()
	end := lanes.Finalized().DepositsEnd
	for who, p := range w.people {
		if who == theOperator {
			continue
		}
		_, err := w.session.Refund(ctx, p, p.Address())
		if err != nil && !errors.Is(err, exits.ErrNotRefundable) {
			w.Fatal(err)
		}
	}
	for _, d := range lanes.Deposits {
		if d.Position >= end {
			if !must(w.rollup.IsRefunded(ctx, d.Position))(w) {
				w.Errorf("the deposit at %d was not refunded", d.Position)
			}
			w.book.refunded(d)
		}
		proof := must(lanes.Queue(protocol.LaneDeposits).Prove(d.Position, d.Position+1))(w)
		_, _, err := w.rollup.RefundDeposit(ctx, w.people[thePorter], d.Position, &d.Deposit, proof)
		refused[bindings.RollupNotRefundable](w, err)
	}
	_, _, err := w.rollup.RefundDeposit(ctx, w.people[thePorter], uint64(len(lanes.Deposits)), &lanes.Deposits[0].Deposit, protocol.LaneProof{})
	refused[bindings.RollupNotRefundable](w, err)
}

// claimAll pays everybody who has something to claim, address 0 too, which the
// burned fees go to; and nobody twice.
func (w *world) claimAll() {
	w.Helper()
	ctx, porter := w.Context(), w.people[thePorter]
	owners := []common.Address{{}}
	for _, p := range w.people {
		owners = append(owners, p.Address())
	}
	for _, owner := range owners {
		if _, err := w.session.Claim(ctx, porter, nil, owner); err != nil && !errors.Is(err, exits.ErrNothingClaimable) {
			w.Fatal(err)
		}
		for _, token := range []protocol.Token{ether, coin} {
			refused[bindings.RollupNothingToClaim](w, only(w.rollup.Claim(ctx, porter, token, owner)))
		}
	}
}
