package exits_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	gnarklogger "github.com/consensys/gnark/logger"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/internal/rolluptest"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// keyStore is shared by the package's tests, so that keys are made once.
var keyStore *prover.Store

func TestMain(m *testing.M) {
	gnarklogger.Disable() // gnark's lines about each proof hide what a test says
	dir, err := os.MkdirTemp("", "quire-exits-keys")
	if err != nil {
		panic(err)
	}
	keyStore = prover.NewStore(dir)
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// People of the tests, by their account on the development chain.
const (
	operator = iota
	alice
	bob
	mallory
	people
)

// world is a rollup on a development chain, and a session on it.
type world struct {
	testing.TB
	*exits.Session
	chain  *l1submit.DevChain
	rollup *rolluptest.Rollup
	tx     [people]*l1submit.Sender
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{TB: t}
	var err error
	if w.chain, err = l1submit.NewDevChain(ctx, people); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.ok(w.chain.Close()) })
	for i, account := range w.chain.Accounts {
		w.tx[i] = w.chain.Sender(account)
	}
	if w.rollup, err = rolluptest.Deploy(ctx, w.tx[operator], w.chain.Chain, keyStore, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.ok(w.rollup.Close()) })
	w.Session = w.open(w.rollup.Address())
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// want checks that an error is a refusal with this cause, and says this.
func (w *world) want(err, cause error, says string) {
	w.Helper()
	if !errors.Is(err, cause) || !exits.Refused(err) || !strings.Contains(err.Error(), says) {
		w.Errorf("error %v, want %v saying %q", err, cause, says)
	}
}

// wantRevert checks that the contract refused, with its error of this name.
func (w *world) wantRevert(err error, name string) {
	w.Helper()
	var revert *l1submit.RevertError
	if !errors.As(err, &revert) || !exits.Refused(err) || !strings.Contains(err.Error(), name) {
		w.Errorf("error %v, want %s of the contract", err, name)
	}
}

func (w *world) client() exits.Client { return w.chain.Client().(exits.Client) }

func (w *world) open(contract common.Address) *exits.Session {
	w.Helper()
	s, err := exits.Open(w.Context(), w.client(), exits.Target{Contract: contract})
	w.ok(err)
	return s
}

// key is a person's key on layer 2.
func key(who int) *protocol.PrivateKey {
	return protocol.NewPrivateKey(sha256.Sum256([]byte{byte(who)}))
}

func (w *world) address(who int) common.Address { return w.tx[who].Address() }

func (w *world) deposit(who int, amount uint64) {
	w.Helper()
	_, _, err := w.rollup.Deposit(w.Context(), w.tx[who], &protocol.Deposit{
		Key: key(who).Public(), Owner: protocol.Owner(w.address(who)), Amount: *uint256.NewInt(amount),
	})
	w.ok(err)
}

// settle has the operator take what waits; new accounts get the indices.
func (w *world) settle(indices ...protocol.Index) {
	w.Helper()
	w.ok(w.rollup.Settle(w.Context(), func(b *protocol.Batch) error { return w.rollup.TakeQueue(w.Context(), b, indices...) }))
}

// state returns the operator's state, which is what anybody rebuilds.
func (w *world) state() *statetree.Snapshot {
	w.Helper()
	snapshot, err := w.rollup.State()
	w.ok(err)
	w.Cleanup(func() { w.ok(snapshot.Close()) })
	return snapshot
}

func (w *world) status(who int, state *statetree.Snapshot) *exits.Status {
	w.Helper()
	s, err := w.Status(w.Context(), w.address(who), state)
	w.ok(err)
	return s
}

// accounts of the tests.
const (
	ofAlice protocol.Index = 7
	ofBob   protocol.Index = 9
)

// populated is a world in which alice and bob have accounts, and bob has
// withdrawn 50.
func populated(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.deposit(alice, 1000)
	w.deposit(bob, 500)
	w.settle(ofAlice, ofBob)
	w.ok(w.rollup.Settle(w.Context(), func(b *protocol.Batch) error {
		transfer, err := key(bob).SignTransfer(w.rollup.ID, protocol.Transfer{
			From: ofBob, Amount: *uint256.NewInt(50), ValidUntil: b.Number,
		})
		b.Transfers = append(b.Transfers, transfer)
		return err
	}))
	return w
}

// TestLife goes from a deposit to the last wei out of a frozen rollup, with every
// step tried before its time, twice, and by somebody else.
func TestLife(t *testing.T) {
	w := populated(t)
	ctx := t.Context()

	// A rollup that lives.
	if s := w.status(bob, nil); s.Frozen || s.Freezable || s.Number != 2 || s.StateNumber != nil || s.Accounts != nil ||
		!cmp.Equal(s.Claimable, []exits.Credit{{Value: exits.Value{Amount: "50"}}}) || len(s.Requests)+len(s.Deposits) != 0 || !s.DevelopmentKeys {
		t.Errorf("bob's status: %+v", s)
	}
	_, err := w.Claim(ctx, w.tx[bob], new(protocol.Token(5)), w.address(bob))
	if !errors.Is(err, exits.ErrTokenUnknown) || exits.Refused(err) {
		t.Errorf("an unknown token: %v", err)
	}
	_, err = w.Claim(ctx, w.tx[alice], nil, w.address(alice))
	w.want(err, exits.ErrNothingClaimable, "any of the 1 tokens")
	_, err = w.Claim(ctx, w.tx[alice], new(protocol.Token), w.address(alice))
	w.want(err, exits.ErrNothingClaimable, "in token 0")
	claimed, err := w.Claim(ctx, w.tx[mallory], nil, w.address(bob)) // anybody may, for bob
	w.ok(err)
	if len(claimed) != 1 || claimed[0].Amount != "50" || claimed[0].Transaction.Gas == 0 {
		t.Errorf("claimed %+v", claimed)
	}

	request := func(who int, i protocol.Index, state protocol.State) (*exits.Requested, error) {
		return w.Request(ctx, w.tx[who], exits.Request{Index: i, Sender: w.address(who), State: state, MaxFee: big.NewInt(1e15)})
	}
	_, err = request(mallory, ofAlice, w.state())
	w.want(err, exits.ErrNotOwner, "account 7 is not owned by "+w.address(mallory).Hex())
	_, err = request(mallory, 99, w.state())
	w.want(err, protocol.ErrAccountAbsent, "account 99")
	_, err = w.Request(ctx, w.tx[alice], exits.Request{Index: ofAlice, Sender: w.address(alice), MaxFee: big.NewInt(1)})
	w.want(err, exits.ErrFee, "at most 1 ")
	requested, err := request(alice, ofAlice, w.state())
	w.ok(err)
	deadline := l1submit.DefaultRollupConfig().Deadline
	if requested.Position != 0 || requested.Due.Sub(requested.Queued) != deadline || requested.Fee != "200000000000000" {
		t.Errorf("requested %+v", requested)
	}
	_, err = request(alice, ofAlice, w.state())
	w.want(err, exits.ErrWaiting, "position 0")
	if _, err := request(mallory, 99, nil); err != nil { // unchecked: the contract takes it
		t.Error(err)
	}
	w.deposit(mallory, 300)

	// Everything for which it has to be frozen.
	_, err = w.Refund(ctx, w.tx[mallory], w.address(mallory))
	w.want(err, exits.ErrNotFrozen, "quire exit request")
	_, err = w.SealEscape(ctx, w.state(), w.address(alice))
	w.want(err, exits.ErrNotFrozen, "quire exit request")
	_, err = w.Freeze(ctx, w.tx[mallory])
	w.want(err, exits.ErrNotOverdue, "before "+requested.Due.Format(time.RFC3339))
	_, err = w.FreezeFork(ctx, w.tx[mallory])
	w.wantRevert(err, "WrongChain")
	if s := w.status(mallory, w.state()); len(s.Requests) != 1 || len(s.Deposits) != 1 || s.Requests[0].Overdue || s.Accounts != nil ||
		s.Deposits[0].Refundable || s.Lanes[0].Waiting != 1 || s.Lanes[1].Waiting != 2 {
		t.Errorf("mallory's status: %+v", s)
	}

	// The operator is silent until the deadline: one second before it, and at it.
	now := w.status(alice, nil).Time
	w.ok(w.chain.Advance(requested.Due.Sub(now) - time.Second))
	_, err = w.Freeze(ctx, w.tx[mallory])
	w.want(err, exits.ErrNotOverdue, requested.Due.Add(-time.Second).Format(time.RFC3339))
	w.ok(w.chain.Advance(time.Second))
	if s := w.status(alice, nil); !s.Freezable || !s.Requests[0].Overdue || !s.Lanes[1].Overdue {
		t.Errorf("alice's status: %+v", s)
	}
	frozen, err := w.Freeze(ctx, w.tx[mallory])
	w.ok(err)
	if frozen.Number != 2 || frozen.By != w.address(mallory) {
		t.Errorf("frozen %+v", frozen)
	}
	_, err = w.Freeze(ctx, w.tx[mallory])
	w.want(err, exits.ErrFrozen, "quire exit escape")
	_, err = request(bob, ofBob, w.state())
	w.want(err, exits.ErrFrozen, "quire exit escape")

	w.escapes()
	w.refunds()

	// All out: fees of the first batches, and of what waited at the freeze.
	for _, who := range []int{operator, alice, bob, mallory} {
		if _, err := w.Claim(ctx, w.tx[who], nil, w.address(who)); err != nil {
			t.Errorf("%d: %v", who, err)
		}
	}
	left, err := w.chain.Balance(ctx, w.Contract())
	w.ok(err)
	if left.Sign() != 0 {
		t.Errorf("%v wei are left in the contract", left)
	}
}

// spoiler queues a deposit in front of every transaction of somebody: the proof that
// it shows of a lane's oldest entry leads to the newest one, and is void then.
type spoiler struct {
	*l1submit.Sender
	w     *world
	count int
}

func (s *spoiler) Send(ctx context.Context, call l1submit.Call) (*types.Receipt, error) {
	s.w.deposit(mallory, 1)
	s.count++
	return s.Sender.Send(ctx, call)
}

// TestFreezeIsNotHeldUp: whoever spoils every proof can do so until a checkpoint of
// the lane is complete, and no longer.
func TestFreezeIsNotHeldUp(t *testing.T) {
	w := newWorld(t)
	w.deposit(bob, 1) // the first of the lane: the next checkpoint is as far as it can be
	w.ok(w.chain.Advance(l1submit.DefaultRollupConfig().Deadline))
	spoiled := &spoiler{Sender: w.tx[alice], w: w}
	frozen, err := w.Freeze(t.Context(), spoiled)
	w.ok(err)
	if frozen.By != w.address(alice) || spoiled.count != protocol.LaneStride {
		t.Errorf("after %d attempts, want %d: %+v", spoiled.count, protocol.LaneStride, frozen)
	}
}

// escapes takes alice and bob out.
func (w *world) escapes() {
	ctx, state := w.Context(), w.state()
	if s := w.status(alice, state); !s.Frozen || s.Freezable || len(s.Accounts) != 1 || !s.Accounts[0].Escapable || *s.StateNumber != 2 {
		w.Errorf("alice's status: %+v", s)
	}
	keys, err := w.Keys(ctx, keyStore, nil)
	w.ok(err)
	_, err = w.SealEscape(ctx, state, w.address(mallory))
	w.want(err, exits.ErrNoAccounts, w.address(mallory).Hex())
	_, err = w.SealEscape(ctx, state, w.address(mallory), ofAlice)
	w.want(err, exits.ErrNotOwner, "account 7 is not owned")
	_, err = w.SealEscape(ctx, state, w.address(alice), 99)
	w.want(err, protocol.ErrAccountAbsent, "account 99")
	other := statetree.OpenMemory()
	account, _, err := state.Account(ofAlice)
	w.ok(err)
	_, err = other.Load(ctx, 2, []statetree.Update{{Index: ofAlice, Account: account}}, nil)
	w.ok(err)
	foreign, err := other.Snapshot()
	w.ok(err)
	if _, err := w.SealEscape(ctx, foreign, w.address(alice)); !errors.Is(err, witness.ErrOtherState) {
		w.Errorf("a foreign state: %v", err)
	}
	w.ok(errors.Join(foreign.Close(), other.Close()))

	for _, who := range []int{alice, bob} {
		sealed, err := w.SealEscape(ctx, state, w.address(who))
		w.ok(err)
		if len(sealed) != 1 {
			w.Fatalf("%d accounts", len(sealed))
		}
		proof, err := w.Prove(ctx, keys, sealed[0], nil)
		w.ok(err)
		w.badProofs(proof)
		escaped, err := w.Escape(ctx, w.tx[mallory], proof) // anybody may
		w.ok(err)
		if escaped.Owner != w.address(who) || escaped.Index != sealed[0].Proof.Index || escaped.Amount != sealed[0].Account.Balance.Dec() {
			w.Errorf("escaped %+v", escaped)
		}
		_, err = w.Escape(ctx, w.tx[who], proof)
		w.want(err, exits.ErrEscaped, "quire exit claim")
		_, err = w.SealEscape(ctx, state, w.address(who))
		w.want(err, exits.ErrNoAccounts, w.address(who).Hex())
		_, err = w.SealEscape(ctx, state, w.address(who), sealed[0].Proof.Index)
		w.want(err, exits.ErrEscaped, "quire exit claim")
	}
	if s := w.status(alice, state); s.Accounts[0].Escapable || !s.Accounts[0].Escaped || s.Claimable[0].Amount != "1000" {
		w.Errorf("alice's status: %+v", s)
	}
}

// badProofs submits what is not quite a proof of an escape from this rollup.
func (w *world) badProofs(good *prover.Proof) {
	w.Helper()
	for name, test := range map[string]struct {
		edit func(*prover.Proof)
		says string
	}{
		"of another circuit":  {func(p *prover.Proof) { p.Shape = "tiny" }, `circuit "tiny"`},
		"for another rollup":  {func(p *prover.Proof) { p.Verifier[0] ^= 1 }, "not about its claim"},
		"of another claim":    {func(p *prover.Proof) { p.Published[75] ^= 1 }, "not about its claim"},
		"of a cut claim":      {func(p *prover.Proof) { p.Published = p.Published[:75] }, "75 bytes"},
		"of an empty claim":   {func(p *prover.Proof) { p.Published = nil }, "0 bytes"},
		"of no state":         {func(p *prover.Proof) { p.Published[0] = 0xff }, "commitment"},
		"of another state":    {restate(func(e *protocol.Escape) { e.Commitment.SetOne() }), "state with commitment 1"},
		"for another address": {func(p *prover.Proof) { p.Verifier[0] ^= 1; restate(func(*protocol.Escape) {})(p) }, "exit verifier is"},
	} {
		bad := *good
		bad.Published = append([]byte(nil), good.Published...)
		test.edit(&bad)
		_, err := w.Escape(w.Context(), w.tx[mallory], &bad)
		if !errors.Is(err, exits.ErrForeignProof) || !strings.Contains(err.Error(), test.says) {
			w.Errorf("a proof %s: %v, want %q", name, err, test.says)
		}
	}
	// What only the contract can tell.
	bad := *good
	bad.Words[0], bad.Words[6] = bad.Words[6], bad.Words[0]
	_, err := w.Escape(w.Context(), w.tx[mallory], &bad)
	w.wantRevert(err, "ProofInvalid")
	bad = *good
	restate(func(e *protocol.Escape) { e.Balance.AddUint64(&e.Balance, 1) })(&bad)
	_, err = w.Escape(w.Context(), w.tx[mallory], &bad)
	w.wantRevert(err, "ProofInvalid")
}

// restate changes a proof's claim, and its statement with it.
func restate(edit func(*protocol.Escape)) func(*prover.Proof) {
	return func(p *prover.Proof) {
		claim, err := exits.ParseEscape(p.Published)
		if err != nil {
			panic(err)
		}
		edit(claim)
		bytes := claim.Bytes()
		statement, err := claim.Statement(p.Verifier)
		if err != nil {
			panic(err)
		}
		p.Published, p.Statement = bytes[:], prover.Statement(statement)
	}
}

// refunds takes mallory's deposit back.
func (w *world) refunds() {
	ctx := w.Context()
	if s := w.status(mallory, nil); len(s.Deposits) != 1 || !s.Deposits[0].Refundable {
		w.Errorf("mallory's status: %+v", s)
	}
	for position, says := range map[uint64]string{0: "is in the state", 2: "", 3: "3 deposits were ever made"} {
		_, err := w.Refund(ctx, w.tx[bob], w.address(bob), position)
		w.want(err, exits.ErrNotRefundable, says)
	}
	_, err := w.Refund(ctx, w.tx[bob], w.address(bob))
	w.want(err, exits.ErrNotRefundable, "every deposit that "+w.address(bob).Hex())
	refunded, err := w.Refund(ctx, w.tx[bob], w.address(mallory), 2) // anybody may, for mallory
	w.ok(err)
	if len(refunded) != 1 || refunded[0].Position != 2 || refunded[0].Amount != "300" || refunded[0].Payer != w.address(mallory) {
		w.Errorf("refunded %+v", refunded)
	}
	_, err = w.Refund(ctx, w.tx[mallory], w.address(mallory), 2)
	w.want(err, exits.ErrNotRefundable, "quire exit claim")
	_, err = w.Refund(ctx, w.tx[mallory], w.address(mallory))
	w.want(err, exits.ErrNotRefundable, "taken back")
	if s := w.status(mallory, nil); s.Deposits[0].Refundable || !s.Deposits[0].Refunded {
		w.Errorf("mallory's status: %+v", s)
	}
}
