package aggregator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// start is the time at which tests begin.
var start = time.UnixMilli(1_800_000_000_000)

// bench is an engine on a disk in memory, with whoever is needed around it.
type bench struct {
	testing.TB
	fs  vfs.FS
	cfg Config
	id  ledger.Identity
	now time.Time

	led    *ledger.Ledger
	engine *Engine
	l1     *settler
	people []*protocol.PrivateKey
}

func newBench(t testing.TB, edit func(*Config)) *bench {
	t.Helper()
	b := &bench{TB: t, fs: vfs.NewMem(), now: start, l1: new(settler)}
	b.id = ledger.Identity{ChainID: 1337, Contract: [20]byte{1}, RollupID: fr.NewElement(77)}
	b.id.BaseRoot = protocol.EmptyHashes()[0]
	for i := range 8 {
		b.people = append(b.people, protocol.NewPrivateKey([32]byte{byte(i + 1)}))
	}
	shape := func(name string) protocol.Shape {
		s, err := circuits.ShapeByName(name)
		b.ok(err)
		return s
	}
	b.cfg = Config{
		Circuits:   []Circuit{{Index: 0, Shape: shape("tiny"), Verifier: [20]byte{2}}, {Index: 1, Shape: shape("small"), Verifier: [20]byte{3}}},
		Collectors: []Collector{{Token: 0, Key: b.people[0].Public(), Owner: owner(0), MinFee: *uint256.NewInt(1)}},
		Prover:     prover{}, Settler: b.l1,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if edit != nil {
		edit(&b.cfg)
	}
	b.open()
	b.Cleanup(b.close)
	return b
}

func owner(i int) protocol.Owner { return protocol.Owner{19: byte(i + 1)} }

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) open() {
	b.Helper()
	var err error
	b.led, err = ledger.Open("ledger", ledger.Options{FS: b.fs, Logger: b.cfg.Logger, Tree: statetree.Options{Workers: 1}})
	b.ok(err)
	if _, found, err := b.led.Identity(); err != nil {
		b.Fatal(err)
	} else if !found {
		b.ok(Begin(b.led, b.id))
	}
	b.engine, err = Open(b.cfg, b.led, b.now)
	b.ok(err)
}

func (b *bench) close() {
	if b.engine != nil {
		b.ok(b.engine.Close())
		b.ok(b.led.Close())
		b.engine = nil
	}
}

func (b *bench) reopen() {
	b.Helper()
	b.close()
	b.open()
}

// work does jobs until none is left.
func (b *bench) work() {
	b.Helper()
	for {
		jobs := b.engine.Jobs()
		if len(jobs) == 0 {
			return
		}
		for _, job := range jobs {
			result, err := b.engine.Run(context.Background(), job)
			b.ok(err)
			b.ok(b.engine.Finish(b.now, result))
		}
	}
}

func (b *bench) sign(from int, t protocol.Transfer) Verified {
	b.Helper()
	if t.ValidUntil == 0 {
		t.ValidUntil = 1 << 30
	}
	signed, err := b.people[from].SignTransfer(b.id.RollupID, t)
	b.ok(err)
	return Verified{ID: ledger.IDOf(b.id.RollupID, &t), Key: b.people[from].Public(), Signed: signed}
}

// deposit delivers deposits of people, in a block of their own.
func (b *bench) deposit(people ...int) {
	b.Helper()
	head := b.engine.Summary().Head
	step := &Step{Cursor: []byte("cursor"), Block: head.Block + 1}
	for i, p := range people {
		step.Deposits = append(step.Deposits, ledger.Deposit{
			Position: head.Deposits + uint64(i), Block: step.Block,
			Deposit: protocol.Deposit{Key: b.people[p].Public(), Owner: owner(p), Amount: *uint256.NewInt(1_000_000)},
		})
	}
	b.ok(b.engine.Deliver(b.now, step))
}

// account finds the account of a person.
func (b *bench) account(p int) (protocol.Index, protocol.Account) {
	b.Helper()
	index, found, err := b.led.FindAccount(b.people[p].Public(), owner(p), 0)
	b.ok(err)
	if !found {
		b.Fatalf("person %d has no account", p)
	}
	at, err := b.engine.Accounts(index, StatePending)
	b.ok(err)
	return index, at[0].Account
}

func (b *bench) submit(transfers ...Verified) []Outcome {
	b.Helper()
	outcomes, err := b.engine.Submit(b.now, transfers)
	b.ok(err)
	return outcomes
}

// prover makes witnesses without circuits, and proofs of nothing.
type prover struct{}

func (prover) Witness(_ context.Context, c Circuit, sealed *witness.Sealed) (*Witnessed, error) {
	state := protocol.NewMemoryState()
	for _, e := range sealed.Entries {
		if e.Exists {
			if err := state.SetAccount(e.Index, e.Account); err != nil {
				return nil, err
			}
		}
	}
	exits, err := protocol.AuthorizeAndApply(state, &sealed.Batch)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBatchInvalid, err)
	}
	proof := statetree.MultiProof{}
	for _, n := range sealed.Nodes {
		proof.Nodes = append(proof.Nodes, statetree.Node(n))
	}
	if err := proof.Verify(sealed.OldRoot); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBatchInvalid, err)
	}
	leaves := make(map[protocol.Index]fr.Element)
	for i, a := range state.All() {
		leaves[i] = a.Leaf()
	}
	root, _, err := proof.Update(leaves)
	if err != nil {
		return nil, err
	}
	b := &sealed.Batch
	w := &Witnessed{
		Old: protocol.Commitment(sealed.OldRoot, b.RollupID, b.Number-1), New: protocol.Commitment(root, b.RollupID, b.Number), Root: root,
	}
	published, err := protocol.NewPublished(b, w.Old, w.New, exits)
	if err != nil {
		return nil, err
	}
	w.Published = published.Bytes()
	w.Statement, err = published.Statement(c.Shape, c.Verifier)
	return w, err
}

func (prover) Prove(context.Context, Circuit, *witness.Sealed) (*Proof, error) {
	return &Proof{Calldata: []byte("proof"), File: []byte("{}")}, nil
}

// settler is layer 1 as far as batches go.
type settler struct {
	settlements []*Settlement
	refuse      map[uint32]string // attempts that are refused, once
	block       uint64            // in which it says that batches were accepted; 0 is one far ahead
}

func (s *settler) Submit(_ context.Context, settlement *Settlement) error {
	s.settlements = append(s.settlements, settlement)
	return nil
}

func (s *settler) Await(_ context.Context, number, attempt uint32) (*Settled, error) {
	if reason, ok := s.refuse[number]; ok {
		delete(s.refuse, number)
		return &Settled{Reason: reason}, nil
	}
	return &Settled{Accepted: true, Block: cmp.Or(s.block, 1<<40), GasUsed: 500_000}, nil
}

// last returns the last settlement of a batch, nil if there is none.
func (s *settler) last(number uint32) *Settlement {
	var last *Settlement
	for _, settlement := range s.settlements {
		if settlement.Number == number {
			last = settlement
		}
	}
	return last
}

// final delivers that layer 1 accepted what was settled and is not final yet.
func (b *bench) final() {
	b.Helper()
	head := b.engine.Summary().Head
	step := &Step{Cursor: []byte("cursor"), Block: head.Block + 1}
	for number := head.Finalized + 1; b.l1.last(number) != nil; number++ {
		step.Final = append(step.Final, FinalBatch{Number: number, Commitment: b.l1.last(number).New, Block: step.Block})
	}
	b.ok(b.engine.Deliver(b.now, step))
}

// TestLife takes an engine from its first deposit to a final batch, across a
// restart at each step.
func TestLife(t *testing.T) {
	b := newBench(t, nil)
	b.deposit(1, 2)
	from, alice := b.account(1)
	to, _ := b.account(2)
	if alice.Balance.Uint64() != 1_000_000 {
		t.Fatalf("alice has %s", alice.Balance.Dec())
	}
	b.reopen()
	transfer := func(nonce uint64, amount uint64) Verified {
		return b.sign(1, protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(amount), Fee: *uint256.NewInt(1), Nonce: nonce})
	}
	// The third waits for the second.
	for i, want := range []Outcome{
		{Status: StatusExecuted, Seq: 1, Batch: 1, New: true}, {Status: StatusQueued}, {Status: StatusExecuted, Seq: 2, Batch: 1, New: true},
	} {
		v := transfer([]uint64{0, 2, 1}[i], uint64(i+1))
		got := b.submit(v)[0]
		if got.Status != want.Status || got.Seq != want.Seq || got.Batch != want.Batch || got.New != want.New {
			t.Fatalf("transfer %d: %+v, want %+v", i, got, want)
		}
		b.reopen()
		if again := b.submit(v)[0]; again.Status != want.Status && again.Status != StatusExecuted || again.New {
			t.Fatalf("transfer %d, sent again: %+v", i, again)
		}
	}
	if s := b.engine.Summary(); s.Open.Transfers != 3 || s.Waiting != 0 {
		t.Fatalf("%+v", s)
	}
	b.now = b.now.Add(DefaultMaxAge)
	b.ok(b.engine.Tick(b.now))
	b.reopen()
	b.work()
	b.reopen()
	b.work()
	if s := b.engine.Summary(); s.Sealed != 1 || s.Submitted != 1 || s.Head.Finalized != 0 {
		t.Fatalf("%+v", s)
	}
	b.final()
	b.reopen()
	if s := b.engine.Summary(); s.Head.Finalized != 1 {
		t.Fatalf("%+v", s)
	}
	known, err := b.engine.Transfer(transfer(2, 2).ID)
	if err != nil || known.Status != StatusExecuted || known.Seq != 3 {
		t.Fatalf("%+v, %v", known, err)
	}
	proven, err := b.engine.Prove(from, StateFinalized)
	b.ok(err)
	b.ok(proven.Proof.VerifyAccount(proven.Root, &proven.Account))
	if proven.Account.Nonce != 3 || proven.Commitment != b.l1.settlements[0].New {
		t.Fatalf("%+v", proven)
	}
}

// TestRollback takes back a deposit that a sealed batch rests on.
func TestRollback(t *testing.T) {
	b := newBench(t, nil)
	b.deposit(1, 2)
	block := b.engine.Summary().Head.Block
	from, _ := b.account(1)
	to, _ := b.account(2)
	pay := func(p int, from, to protocol.Index, nonce uint64) Verified {
		return b.sign(p, protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(10), Fee: *uint256.NewInt(1), Nonce: nonce})
	}
	b.submit(pay(1, from, to, 0))
	b.ok(b.engine.Seal(b.now))
	b.deposit(3)
	carol, _ := b.account(3)
	stays, goes := pay(1, from, to, 1), pay(3, carol, to, 0)
	b.submit(stays, goes)
	b.ok(b.engine.Seal(b.now))
	b.work()
	root := b.engine.tree.Root()
	b.ok(b.engine.Rollback(b.now, block, []byte("fork")))
	if s := b.engine.Summary(); b.engine.tree.Root() != root || s.Head.Deposits != 2 {
		t.Fatalf("%+v", s)
	}
	b.reopen()
	b.deposit(4) // where carol's was
	if b.engine.tree.Version() != 1 || b.engine.tree.Root() == root {
		t.Fatalf("the tree has version %d", b.engine.tree.Version())
	}
	b.reopen()
	known, err := b.engine.Transfer(stays.ID)
	if err != nil || known.Status != StatusExecuted || known.Batch != 2 {
		t.Fatalf("%+v, %v", known, err)
	}
	if known, err = b.engine.Transfer(goes.ID); err != nil || known.Status != StatusDropped {
		t.Fatalf("%+v, %v", known, err)
	}
	b.ok(b.engine.Seal(b.now))
	b.work()
	b.final()
	if s := b.engine.Summary(); s.Head.Finalized != 2 {
		t.Fatalf("%+v", s)
	}
}

// TestSettlersWord: layer 1 takes back the block in which, as the settler has said, it
// accepted a batch. The batch is handed over again, whether the block had been
// delivered or not, and only then.
func TestSettlersWord(t *testing.T) {
	for name, rollback := range map[string]bool{"delivered": true, "not delivered": false} {
		b := newBench(t, nil)
		b.deposit(1, 2)
		from, _ := b.account(1)
		to, _ := b.account(2)
		b.submit(b.sign(1, protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(10), Fee: *uint256.NewInt(1)}))
		b.ok(b.engine.Seal(b.now))
		block := b.engine.Summary().Head.Block
		b.l1.block = block + 2
		step := func(block uint64) { b.ok(b.engine.Deliver(b.now, &Step{Cursor: []byte("cursor"), Block: block})) }
		b.work()
		step(block + 1) // before what the settler has told of
		b.work()
		if n := len(b.l1.settlements); n != 1 {
			t.Fatalf("%s: handed over %d times", name, n)
		}
		if rollback {
			b.ok(b.engine.Rollback(b.now, block, []byte("fork")))
		} else {
			step(block + 2) // without the batch
		}
		b.l1.block = 0
		b.work()
		if n := len(b.l1.settlements); n != 2 || b.l1.last(1).Attempt != 2 {
			t.Fatalf("%s: handed over %d times, at last as attempt %d", name, n, b.l1.last(1).Attempt)
		}
		b.final()
		if s := b.engine.Summary(); s.Head.Finalized != 1 {
			t.Fatalf("%s: %+v", name, s)
		}
	}
}

// TestRefusals has a transfer refused for each reason of the engine's own.
func TestRefusals(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBacklog = 1; c.Pool = mempool.Limits{NonceWindow: 4} })
	b.deposit(1, 2)
	from, _ := b.account(1)
	to, _ := b.account(2)
	good := protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(10), Fee: *uint256.NewInt(1)}
	b.submit(b.sign(1, good))
	b.ok(b.engine.Seal(b.now)) // the open batch is 2, and 1 waits for its proof
	for name, c := range map[string]struct {
		edit func(*protocol.Transfer)
		want error
	}{
		"nonce used":     {func(t *protocol.Transfer) { t.Amount.SetUint64(11) }, ErrNonceTooLow},
		"nonce too far":  {func(t *protocol.Transfer) { t.Nonce = 6 }, ErrNonceTooFar},
		"fee":            {func(t *protocol.Transfer) { t.Nonce = 1; t.Fee.Clear() }, ErrFeeTooLow},
		"absent":         {func(t *protocol.Transfer) { t.From = 99 }, protocol.ErrAccountAbsent},
		"receiver":       {func(t *protocol.Transfer) { t.Nonce = 1; t.To = 99 }, protocol.ErrAccountAbsent},
		"expired":        {func(t *protocol.Transfer) { t.Nonce = 1; t.ValidUntil = 1 }, protocol.ErrExpired},
		"amount's form":  {func(t *protocol.Transfer) { t.Nonce = 2; t.Amount.SetUint64(1<<30 + 1) }, protocol.ErrAmountFormat},
		"foreign signer": {func(t *protocol.Transfer) { t.Nonce = 2; t.From = to }, protocol.ErrBadSignature},
	} {
		transfer := good
		c.edit(&transfer)
		if got := b.submit(b.sign(1, transfer))[0]; !errors.Is(got.Err, c.want) || got.Status != StatusUnknown {
			t.Errorf("%s: %+v, want %v", name, got, c.want)
		}
	}
	// The second batch gets full, and may not be closed.
	var got Outcome
	for nonce := uint64(1); got.Err == nil && nonce < 100; nonce++ {
		next := good
		next.Nonce = nonce
		got = b.submit(b.sign(1, next))[0]
	}
	if !errors.Is(got.Err, ErrBusy) || b.engine.Summary().Open.Transfers != 16 {
		t.Errorf("%+v", got)
	}
	if err := b.engine.Seal(b.now); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	b.engine.Pause(true)
	if got := b.submit(b.sign(1, good))[0]; !errors.Is(got.Err, ErrPaused) {
		t.Errorf("%+v", got)
	}
}
