package aggregator

import (
	"errors"
	"testing"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
)

// TestUnsettledBatchesAreBounded: while layer 1 takes no batches, the node refuses
// transfers at some point; what is queued there is taken all the same.
func TestUnsettledBatchesAreBounded(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxUnsettled = 5 })
	b.deposit(1, 2)
	from, _ := b.account(1)
	to, _ := b.account(2)
	b.ok(b.engine.Seal(b.now))
	var busy Outcome
	for nonce := uint64(0); busy.Err == nil && nonce < 1000; nonce++ {
		busy = b.submit(b.chain(1, from, to, nonce, 1)...)[0]
		b.work() // all are proven, and with layer 1
	}
	sum := b.engine.Summary()
	if !errors.Is(busy.Err, ErrBusy) || sum.Unsettled != 5 || sum.Backlog != 0 || sum.Open.Transfers != 16 {
		t.Fatalf("%+v; %+v", busy, sum)
	}
	if err := b.engine.Seal(b.now); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	waits := b.chain(1, from, to, sum.Head.NextSeq, 1)
	if o := b.submit(waits...)[0]; o.Status != StatusQueued {
		t.Errorf("%+v", o)
	}
	b.deposit(3)
	b.now = b.now.Add(DefaultQueueDelay)
	b.ok(b.engine.Tick(b.now))
	if sum = b.engine.Summary(); sum.Unsettled != 6 || len(sum.Open.Deposits) != 1 {
		t.Errorf("the deposit waits: %+v", sum)
	}
	b.reopen()
	b.work()
	b.final()
	b.ok(b.engine.Tick(b.now))
	if o := b.submit(b.chain(1, from, to, sum.Head.NextSeq-1, 1)...)[0]; o.Status != StatusExecuted {
		t.Errorf("%+v", o)
	}
	if known, err := b.engine.Transfer(waits[0].ID); err != nil || known.Status != StatusExecuted {
		t.Errorf("%+v, %v", known, err)
	}
}

// TestSealedBatchesLeaveMemory: however many batches are not final, a few of them
// are in memory whole, and after a restart none. The states between are told all the
// same, with their proofs, and the batches can be undone.
func TestSealedBatchesLeaveMemory(t *testing.T) {
	b := newBench(t, nil)
	accounts := b.everybody()
	b.final()
	base := b.engine.Summary().Head.Finalized
	block := b.engine.Summary().Head.Block
	roots := map[uint32]string{base: root(b)}
	b.deposit(1) // on which the first of them rests
	state := func() (all []protocol.Account) {
		for i := range protocol.Index(20) {
			at, err := b.engine.Accounts(i, StatePending)
			b.ok(err)
			all = append(all, at[0].Account)
		}
		return all
	}
	states := make(map[uint32][]protocol.Account)
	before, err := b.engine.Accounts(accounts[1], StateFinalized)
	b.ok(err)
	const count = 30
	for n := range count {
		from, to := 1+n%7, 1+(n*3+1)%7
		_, a := b.account(from)
		b.executeAll([]Verified{b.sign(from, protocol.Transfer{
			From: accounts[from], To: accounts[to], Amount: *uint256.NewInt(uint64(100 + n)), Fee: *uint256.NewInt(1), Nonce: a.Nonce,
		})})
		b.ok(b.engine.Seal(b.now))
		b.work()
		number := base + 1 + uint32(n)
		states[number], roots[number] = state(), root(b)
		if kept := len(b.engine.sealed.kept); kept > sealedKept {
			t.Fatalf("%d sealed batches are in memory", kept)
		}
	}
	b.reopen()
	if sum := b.engine.Summary(); sum.Unsettled != count || len(b.engine.sealed.kept) != 0 {
		t.Errorf("after a restart: %d sealed batches in memory; %+v", len(b.engine.sealed.kept), sum)
	}
	for n := range uint32(count) {
		number := base + n
		if n > 0 {
			b.engine.Committed(number, block+9, [32]byte{1})
		}
		for i := range protocol.Index(20) {
			at, err := b.engine.Accounts(i, StateCommitted)
			b.ok(err)
			proven, err := b.engine.Prove(i, StateCommitted)
			b.ok(err)
			if at[0].Batch != number || proven.Batch != number || proven.Root.String() != roots[number] || proven.Account != at[0].Account {
				t.Fatalf("account %d after batch %d: %+v, proven %+v", i, number, at[0], proven)
			}
			if proven.Exists {
				b.ok(proven.Proof.VerifyAccount(proven.Root, &proven.Account))
			}
			if states[number] != nil && at[0].Account != states[number][i] {
				t.Errorf("account %d after batch %d: %+v, not %+v", i, number, at[0].Account, states[number][i])
			}
		}
	}
	if kept := len(b.engine.sealed.kept); kept > sealedKept {
		t.Errorf("%d sealed batches are in memory", kept)
	}
	b.reopen()
	b.ok(b.engine.Rollback(b.now, block, []byte("fork")))
	b.deposit(2) // where the other was
	sum := b.engine.Summary()
	if sum.Head.NextSeq != count+1 || sum.Unsettled != count || b.engine.tree.Version() != base || root(b) != roots[base] {
		t.Errorf("the tree has version %d; %+v", b.engine.tree.Version(), sum)
	}
	at, err := b.engine.Accounts(accounts[1], StateFinalized)
	if err != nil || at[0] != before[0] {
		t.Errorf("%+v, %v; it was %+v", at, err, before)
	}
	b.work()
	if proven, err := b.engine.Prove(accounts[1], StateFinalized); err != nil || proven.Root.String() != roots[base] || proven.Account != before[0].Account {
		t.Errorf("%+v, %v", proven, err)
	}
	b.final()
	if sum := b.engine.Summary(); sum.Unsettled != 0 || sum.Head.Finalized != base+count {
		t.Errorf("%+v", sum)
	}
}

// root is that of the state tree.
func root(b *bench) string {
	r := b.engine.tree.Root()
	return r.String()
}
