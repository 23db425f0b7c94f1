package aggregator

import (
	"errors"
	"testing"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/protocol"
)

// executeAll submits transfers one by one, and has batches proven when they are in
// the way.
func (b *bench) executeAll(transfers []Verified) []Outcome {
	b.Helper()
	var all []Outcome
	for i := range transfers {
		o := b.submit(transfers[i])[0]
		if errors.Is(o.Err, ErrBusy) {
			b.work()
			o = b.submit(transfers[i])[0]
		}
		if o.Status != StatusExecuted {
			b.Fatalf("transfer %d: %+v", i, o)
		}
		all = append(all, o)
	}
	return all
}

// chain signs transfers of 1 with nonces that follow.
func (b *bench) chain(person int, from, to protocol.Index, nonce uint64, count int) []Verified {
	b.Helper()
	var all []Verified
	for i := range uint64(count) {
		all = append(all, b.sign(person, protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(1), Fee: *uint256.NewInt(1), Nonce: nonce + i}))
	}
	return all
}

// openThree has persons 1 and 2 deposit, and 3 in the batch after. It returns the
// last block before the third's.
func (b *bench) openThree() (block uint64) {
	b.Helper()
	b.deposit(1, 2)
	b.ok(b.engine.Seal(b.now))
	block = b.engine.Summary().Head.Block
	b.deposit(3)
	return block
}

// sound sees that nothing is wrong with the ledger.
func (b *bench) sound(when string) {
	b.Helper()
	faults, err := b.led.Check(b.Context(), nil)
	b.ok(err)
	if len(faults) > 0 {
		b.Errorf("%s: %v", when, faults)
	}
}

// TestUndoKeepsReceipts undoes many more batches and transfers than the limits on
// what waits would let pass: those that the lost deposit has nothing to do with have
// the outcome that they had, to the place and the time in their receipts.
func TestUndoKeepsReceipts(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.MaxBacklog = 2
		c.Pool = mempool.Limits{MaxPerAccount: 4, MaxTotal: 8, NonceWindow: 4}
	})
	block := b.openThree()
	from, _ := b.account(1)
	to, _ := b.account(2)
	carol, _ := b.account(3)
	kept := b.chain(1, from, to, 0, 320)
	before := b.executeAll(kept)
	lost := b.chain(3, carol, to, 0, 1)
	b.executeAll(lost)
	b.now = b.now.Add(DefaultQueueDelay)
	b.ok(b.engine.Rollback(b.now, block, []byte("fork")))
	b.deposit(4) // where carol's was
	b.reopen()
	for i := range kept {
		known, err := b.engine.Transfer(kept[i].ID)
		b.ok(err)
		if o, was := known.Outcome, before[i]; o.Status != StatusExecuted || o.Seq != was.Seq || o.Batch != was.Batch || o.Received != was.Received {
			t.Fatalf("transfer %d: %+v, %s; it was %+v", i, o, known.Reason, was)
		}
	}
	if known, err := b.engine.Transfer(lost[0].ID); err != nil || known.Status != StatusDropped {
		t.Errorf("carol's: %+v, %v", known, err)
	}
	if sum := b.engine.Summary(); sum.Backlog <= 2 || sum.Waiting != 0 {
		t.Errorf("%+v", sum)
	}
	// What comes anew has to wait.
	var busy bool
	for _, v := range b.chain(1, from, to, 320, 17) {
		busy = busy || errors.Is(b.submit(v)[0].Err, ErrBusy)
	}
	if !busy {
		t.Error("transfers are taken on with no end")
	}
	b.work()
	b.final()
	if sum := b.engine.Summary(); sum.Head.Finalized != sum.Head.Batch-1 {
		t.Errorf("%+v", sum)
	}
}

// TestUndoWaitsForBalance: transfers that rest on a lost deposit wait for it, with
// all that follow in their account's order, however many: when it comes again they
// are executed.
func TestUndoWaitsForBalance(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Pool = mempool.Limits{MaxPerAccount: 4, MaxTotal: 8, NonceWindow: 4} })
	b.deposit(1, 2)
	b.ok(b.engine.Seal(b.now))
	block := b.engine.Summary().Head.Block
	b.deposit(1)
	from, _ := b.account(1)
	to, _ := b.account(2)
	all := append([]Verified{b.sign(1, protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(1_500_000), Fee: *uint256.NewInt(1)})},
		b.chain(1, from, to, 1, 30)...)
	b.executeAll(all)
	b.now = b.now.Add(mempool.DefaultTTL) // it is from now on that they wait
	b.ok(b.engine.Rollback(b.now, block, []byte("fork")))
	b.deposit(5) // where the other was
	for range 2 {
		for i := range all {
			if known, err := b.engine.Transfer(all[i].ID); err != nil || known.Status != StatusQueued {
				t.Fatalf("transfer %d: %+v, %v", i, known, err)
			}
		}
		b.reopen()
	}
	b.now = b.now.Add(mempool.DefaultTTL / 2)
	b.ok(b.engine.Tick(b.now))
	b.deposit(1)
	for i := range all {
		if known, err := b.engine.Transfer(all[i].ID); err != nil || known.Seq != uint64(i)+1 {
			t.Fatalf("transfer %d: %+v, %v", i, known, err)
		}
	}
}

// TestUndoKeepsOrder: what batches took of the lanes, and what was asked for, comes
// between the same transfers again: an account's forced exit after what it paid
// before, and a deposit before what was paid from it.
func TestUndoKeepsOrder(t *testing.T) {
	b := newBench(t, nil)
	block := b.openThree()
	from, _ := b.account(1)
	to, _ := b.account(2)
	all := b.chain(1, from, to, 0, 1)
	b.executeAll(all)
	head := b.engine.Summary().Head
	exit := &Step{Cursor: []byte("cursor"), Block: head.Block + 1, Exits: []ledger.ForcedExit{{
		Block: head.Block + 1, Request: protocol.ForcedExit{Index: from, Sender: owner(1)},
	}}}
	b.ok(b.engine.Deliver(b.now, exit))
	b.deposit(5, 6)
	b.ok(b.engine.Seal(b.now)) // the next batch begins with the exit, and all that fits with it
	eve, _ := b.account(5)
	all = append(all, b.chain(5, eve, to, 0, 3)...)
	before := b.executeAll(all[1:])
	asked, err := b.engine.RequestOpening(b.now, b.people[7].Public(), owner(7), 0)
	b.ok(err)
	if asked.Exists {
		t.Fatal("it is there already")
	}
	b.ok(b.engine.Seal(b.now))
	b.deposit() // a batch takes the request
	opened, _ := b.account(7)
	b.work()

	b.ok(b.engine.Rollback(b.now, block, []byte("fork")))
	// Another deposit stands where carol's was; all else comes again.
	head = b.engine.Summary().Head
	step := &Step{Cursor: []byte("cursor"), Block: head.Block + 3}
	for i, p := range []int{4, 5, 6} {
		step.Deposits = append(step.Deposits, ledger.Deposit{
			Position: head.Deposits + uint64(i), Block: step.Block,
			Deposit: protocol.Deposit{Key: b.people[p].Public(), Owner: owner(p), Amount: *uint256.NewInt(1_000_000)},
		})
	}
	step.Exits = exit.Exits
	b.ok(b.engine.Deliver(b.now, step))
	for i := range all {
		known, err := b.engine.Transfer(all[i].ID)
		b.ok(err)
		if known.Status != StatusExecuted || i > 0 && known.Batch != before[i-1].Batch {
			t.Errorf("transfer %d: %+v, %s", i, known.Outcome, known.Reason)
		}
	}
	if again, _ := b.account(7); again != opened {
		t.Errorf("the account that was asked for is %d, not %d", again, opened)
	}
	if _, a := b.account(1); !a.Balance.IsZero() || a.Nonce != 1 {
		t.Errorf("whoever left by force has %+v", a)
	}
}

// TestUndoKeepsIndices: an account whose deposit layer 1 took back keeps its index,
// through restarts. What was signed to it or by it pays nobody else, not what was
// executed and not what comes later, and counts again when the deposit is back.
func TestUndoKeepsIndices(t *testing.T) {
	b := newBench(t, nil)
	block := b.openThree()
	from, _ := b.account(1)
	carol, _ := b.account(3)
	b.executeAll(b.chain(1, from, carol, 0, 1))
	b.executeAll(b.chain(3, carol, from, 0, 1))
	b.ok(b.engine.Rollback(b.now, block, []byte("fork")))
	b.deposit(4) // where carol's was
	if dave, _ := b.account(4); dave != carol+1 {
		t.Fatalf("dave has index %d, carol had %d", dave, carol)
	}
	b.deposit(5)
	check := func(when string, exists bool) {
		t.Helper()
		at, err := b.engine.Accounts(carol, StatePending)
		b.ok(err)
		if at[0].Exists != exists || exists && at[0].Account.Key != b.people[3].Public() {
			t.Errorf("%s: the account at carol's index is %+v", when, at[0])
		}
		b.sound(when)
	}
	check("undone", false)
	b.reopen()
	check("after a restart", false)
	for _, v := range append(b.chain(1, from, carol, 0, 1), b.chain(3, carol, from, 0, 1)...) {
		if o := b.submit(v)[0]; !errors.Is(o.Err, protocol.ErrAccountAbsent) {
			t.Errorf("%+v", o)
		}
	}
	b.ok(b.engine.Seal(b.now))
	b.work()
	b.reopen()
	b.deposit(6, 3)
	check("again", true)
	if frank, _ := b.account(6); frank != carol+3 {
		t.Errorf("frank has index %d, carol has %d", frank, carol)
	}
	b.executeAll(b.chain(1, from, carol, 0, 1))
	b.executeAll(b.chain(3, carol, from, 0, 1))
	b.reopen()
	check("after another restart", true)
	b.work()
	b.final()
	check("final", true)
}

// TestOpenBatchKeepsIndices is the same for a batch that has no transfers yet, and
// nothing to be undone.
func TestOpenBatchKeepsIndices(t *testing.T) {
	b := newBench(t, nil)
	b.deposit(1)
	b.ok(b.engine.Seal(b.now))
	block := b.engine.Summary().Head.Block
	b.deposit(2, 3)
	bob, _ := b.account(2)
	carol, _ := b.account(3)
	b.ok(b.engine.Rollback(b.now, block, []byte("fork")))
	b.reopen()
	b.deposit(4, 3, 2)
	dave, _ := b.account(4)
	b.reopen()
	for p, want := range map[int]protocol.Index{2: bob, 3: carol, 4: dave} {
		if i, a := b.account(p); i != want || a.Key != b.people[p].Public() {
			t.Errorf("person %d has index %d, %+v", p, i, a)
		}
	}
	if dave <= max(bob, carol) {
		t.Errorf("dave has index %d, as somebody had before", dave)
	}
	b.sound("in the end")
}
