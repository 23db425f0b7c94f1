package e2e

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/internal/testtoken"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// People of a world, by their layer-1 account.
const (
	theOperator = iota
	theGovernor
	thePorter // pays for what anybody may do; has all of the token
	alice
	bob
	carol
	dave
	mallory // fills the queue
	everybody
)

var names = [everybody]string{"operator", "governor", "porter", "alice", "bob", "carol", "dave", "mallory"}

// Tokens of a world.
const (
	ether protocol.Token = iota
	coin                 // an ordinary ERC-20
)

// coins is how much there is of the token.
var coins = uint256.NewInt(1_000_000)

// terms are those of the worlds' rollups.
func terms() l1submit.Times {
	return l1submit.Times{Deadline: 7 * 24 * time.Hour, ProofTimeout: 24 * time.Hour, WithdrawalTime: 14 * 24 * time.Hour, Delay: 28 * 24 * time.Hour}
}

// queueFee is what queueing in an empty lane costs, in wei.
var queueFee = big.NewInt(params.Ether / 1000)

// world is a rollup on a layer-1 chain, with its people.
type world struct {
	testing.TB
	l1       devnet.Backend
	chain    *l1submit.Chain
	rollup   *l1submit.Rollup
	session  *exits.Session // what `quire exit` works with
	id       fr.Element
	verifier common.Address // of batches
	people   [everybody]*person
	operator *operator
	coin     *l1submit.ERC20
	book     *book
}

// person has an account on layer 1 and a key on layer 2.
type person struct {
	*hand
	name string
	key  *protocol.PrivateKey
}

func (p *person) owner() protocol.Owner { return protocol.Owner(p.Address()) }

// newWorld deploys a rollup of ether and one token.
func newWorld(t testing.TB, l1 devnet.Backend) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{TB: t, l1: l1}
	w.chain = must(l1submit.NewChain(ctx, l1.Client()))(t)
	for i := range w.people {
		w.people[i] = &person{
			hand: newHand(w, signer.NewDev(l1.Accounts()[i].Key)), name: names[i],
			key: protocol.NewPrivateKey(sha256.Sum256([]byte("quire e2e " + names[i]))), // nobody's money is behind it
		}
	}
	operator, governor, porter := w.people[theOperator], w.people[theGovernor], w.people[thePorter]
	var receipt *types.Receipt
	var err error
	deploy := func(keys *prover.Keys) common.Address {
		t.Helper()
		address, _, err := l1submit.DeployVerifier(ctx, w.chain, porter, keys.VerifyingKey().Groth16())
		if err != nil {
			t.Fatal(err)
		}
		return address
	}
	w.verifier = deploy(must(batchKeys())(t))
	config := l1submit.RollupConfig{
		Circuits: []l1submit.Circuit{{Verifier: w.verifier, Shape: shape}},
		Operator: operator.Address(), Governor: governor.Address(), ExitVerifier: deploy(must(exitKeys())(t)),
		DevelopmentKeys: true, Times: terms(), QueueFee: queueFee, EtherCap: devnet.Balance(),
	}
	if w.rollup, _, err = l1submit.DeployRollup(ctx, w.chain, porter, config); err != nil {
		t.Fatal(err)
	}
	w.id = must(w.rollup.RollupID(ctx))(t)

	supply := coins.ToBig()
	code := must(testtoken.Code(porter.Address(), supply))(t)
	if receipt, err = porter.Send(ctx, l1submit.Call{Data: code}); err != nil {
		t.Fatal(err)
	}
	w.coin = l1submit.OpenERC20(w.chain, receipt.ContractAddress)
	number, _, err := w.rollup.RegisterToken(ctx, governor, receipt.ContractAddress, supply)
	if err != nil {
		t.Fatal(err)
	}
	if number != coin {
		t.Fatalf("the token has number %d", number)
	}
	if _, err := w.coin.Approve(ctx, porter, w.rollup.Address(), supply); err != nil {
		t.Fatal(err)
	}
	deployed := w.rollup.Deployed()
	w.session = must(exits.Open(ctx, l1.Client(), exits.Target{Contract: w.rollup.Address(), Deployed: &deployed}))(t)
	w.operator = newOperator(w)
	w.book = newBook(w)
	return w
}

// must returns a value that came without an error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused checks that the contract refused with its error of type T, and returns
// that.
func refused[T any](w *world, err error) *T {
	w.Helper()
	var revert *l1submit.RevertError
	if !errors.As(err, &revert) {
		w.Fatalf("error %v, want a refusal with %T", err, new(T))
	}
	reason, ok := revert.Reason.(*T)
	if !ok {
		w.Fatalf("error %v, want %T", err, new(T))
	}
	return reason
}

// done drops what a call returned besides its error.
func done[A, B any](_ A, _ B, err error) error { return err }

// only does the same of two results.
func only[A any](_ A, err error) error { return err }

// thousandths returns thousandths of an ether in wei.
func thousandths(n uint64) protocol.Amount {
	var x protocol.Amount
	x.Mul(uint256.NewInt(n), uint256.NewInt(params.Ether/1000))
	return x
}

// deposit queues a deposit that somebody pays for an account of a person's.
func (w *world) deposit(payer, owner int, token protocol.Token, amount protocol.Amount) *l1submit.Deposited {
	w.Helper()
	p := w.people[owner]
	event, _, err := w.rollup.Deposit(w.Context(), w.people[payer], &protocol.Deposit{Key: p.key.Public(), Owner: p.owner(), Token: token, Amount: amount})
	w.ok(err)
	w.book.deposited(event)
	return event
}

// request queues a forced exit.
func (w *world) request(who int, index protocol.Index) *l1submit.ExitRequested {
	w.Helper()
	event, _, err := w.rollup.RequestExit(w.Context(), w.people[who], index)
	w.ok(err)
	w.book.queued(protocol.LaneExits)
	return event
}

// now returns the time of the latest block.
func (w *world) now() uint64 {
	w.Helper()
	return must(w.l1.Client().HeaderByNumber(w.Context(), nil))(w).Time
}

// waitUntil makes an empty block of this time, which is later than the latest
// one's.
func (w *world) waitUntil(seconds uint64) {
	w.Helper()
	w.ok(w.l1.MineAt(w.Context(), seconds))
}

// finalized returns the final state.
func (w *world) finalized() l1submit.Finalized {
	w.Helper()
	return must(w.rollup.Finalized(w.Context()))(w)
}

// lanes returns the queue.
func (w *world) lanes() *l1submit.Lanes {
	w.Helper()
	return must(w.rollup.ReadLanes(w.Context(), nil))(w)
}

// events returns all events so far of some kinds.
func (w *world) events(kinds ...l1submit.EventKind) []l1submit.Event {
	w.Helper()
	head := must(w.l1.Client().HeaderByNumber(w.Context(), nil))(w)
	var events []l1submit.Event
	for event, err := range w.rollup.ReadEvents(w.Context(), 0, head.Number.Uint64(), kinds...) {
		w.ok(err)
		events = append(events, event)
	}
	return events
}

// hand sends one account's transactions, each in a block of its own, and asks the
// node for nothing first: what a contract refuses is in a block too.
type hand struct {
	w       *world
	address common.Address
	key     *signer.Dev // nil once it is deleted
	// gas and sent are what the account's transactions cost, and what they
	// carried, in wei.
	gas, sent *big.Int
	// next is the time of the block that takes the next transaction; 0 is one
	// block time after the latest.
	next uint64
}

var _ l1submit.Transactor = (*hand)(nil)

func newHand(w *world, key *signer.Dev) *hand {
	return &hand{w: w, address: key.Address(), key: key, gas: new(big.Int), sent: new(big.Int)}
}

// gasLimit is enough for anything that the tests send.
const gasLimit = 12_000_000

// Address returns the account.
func (h *hand) Address() common.Address { return h.address }

// errNoKey: nobody has the account's key any more.
var errNoKey = errors.New("the account's key is deleted")

// post sends a call in a transaction with a tip, in gwei, and does not wait.
func (h *hand) post(ctx context.Context, call l1submit.Call, tip int64) (*types.Transaction, error) {
	if h.key == nil {
		return nil, errNoKey
	}
	c := h.w.l1.Client()
	nonce, err := c.PendingNonceAt(ctx, h.Address())
	if err != nil {
		return nil, err
	}
	tx, err := h.key.SignTx(ctx, types.NewTx(&types.DynamicFeeTx{
		ChainID: h.w.chain.ChainID(), Nonce: nonce, To: call.To, Value: call.Value, Data: call.Data, Gas: gasLimit,
		GasTipCap: big.NewInt(tip * params.GWei), GasFeeCap: big.NewInt(50 * params.GWei),
	}), h.w.chain.ChainID())
	if err != nil {
		return nil, err
	}
	if err := c.SendTransaction(ctx, tx); err != nil {
		return nil, fmt.Errorf("send transaction of %s: %w", h.Address(), err)
	}
	return tx, nil
}

// settle returns the receipt of a transaction in a block, with what the contract
// refused it for.
func (h *hand) settle(ctx context.Context, tx *types.Transaction) (*types.Receipt, error) {
	receipt, err := h.w.l1.Client().TransactionReceipt(ctx, tx.Hash())
	if err != nil {
		return nil, fmt.Errorf("transaction %s of %s: %w", tx.Hash(), h.Address(), err)
	}
	cost := new(big.Int).SetUint64(receipt.GasUsed)
	h.gas.Add(h.gas, cost.Mul(cost, receipt.EffectiveGasPrice))
	if receipt.Status != types.ReceiptStatusSuccessful {
		return receipt, h.w.chain.WhyFailed(ctx, h.Address(), tx, receipt)
	}
	h.sent.Add(h.sent, tx.Value())
	return receipt, nil
}

// at has the account's next transaction in a block of this time.
func (h *hand) at(seconds uint64) *hand {
	h.next = seconds
	return h
}

// Send implements [l1submit.Transactor].
func (h *hand) Send(ctx context.Context, call l1submit.Call) (*types.Receipt, error) {
	tx, err := h.post(ctx, call, 1)
	if err != nil {
		return nil, err
	}
	if h.next == 0 {
		err = h.w.l1.Mine(ctx, 1)
	} else {
		err = h.w.l1.MineAt(ctx, h.next)
	}
	h.next = 0
	if err != nil {
		return nil, err
	}
	return h.settle(ctx, tx)
}
