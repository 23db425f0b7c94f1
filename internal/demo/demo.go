package demo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/internal/interrupt"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// Options are what a demonstration needs from outside.
type Options struct {
	Shape    protocol.Shape // at least 2 openings, 2 layer-1 operations, 4 transfers, 4 accounts
	Store    *prover.Store  // where keys are cached
	Observer prover.Observer
	// Progress is told in words what happens next; nil is silent.
	Progress func(what string)

	compile func(protocol.Shape) (*prover.Circuit, error) // nil: compile
}

// Report is what happened. Commitments are those before the first batch and
// after the last; gas and published bytes are those of the batch of transfers.
type Report struct {
	Accepted       bool       `json:"accepted"`
	Shape          string     `json:"shape"`
	Transfers      int        `json:"transfers"`
	Constraints    int        `json:"constraints"`
	Gas            uint64     `json:"gas"`
	PublishedBytes int        `json:"publishedBytes"`
	OldCommitment  string     `json:"oldCommitment"`
	NewCommitment  string     `json:"newCommitment"`
	Seconds        float64    `json:"seconds"`
	KeySeconds     float64    `json:"keySeconds"` // of which: compile, setup or load
	Batches        []Batch    `json:"batches"`
	Accounts       []Account  `json:"accounts"`
	Withdrawal     Withdrawal `json:"withdrawal"`

	Reconstruction Reconstruction `json:"reconstruction"`

	DepositGas  uint64 `json:"depositGas"` // of the last deposit
	VerifierGas uint64 `json:"verifierDeploymentGas"`
	RollupGas   uint64 `json:"rollupDeploymentGas"`
}

// Batch is one accepted batch.
type Batch struct {
	Number         uint32  `json:"number"`
	Openings       int     `json:"openings"`
	Deposits       int     `json:"deposits"`
	Transfers      int     `json:"transfers"`
	Withdrawals    int     `json:"withdrawals"`
	OldCommitment  string  `json:"oldCommitment"`
	NewCommitment  string  `json:"newCommitment"`
	Gas            uint64  `json:"gas"`
	PublishedBytes int     `json:"publishedBytes"`
	ProveSeconds   float64 `json:"proveSeconds"`
}

// Account is a person's account, with balances in wei as decimal strings.
type Account struct {
	Name  string         `json:"name"`
	Index protocol.Index `json:"index"`
	Start string         `json:"start"` // after the deposits
	End   string         `json:"end"`
	Nonce uint64         `json:"nonce"`
}

// Withdrawal is the exit that was claimed on layer 1.
type Withdrawal struct {
	Name   string `json:"name"`
	Amount string `json:"amount"` // wei
	Gas    uint64 `json:"gas"`
}

// ErrShapeTooSmall: the demonstration does not fit the shape.
var ErrShapeTooSmall = errors.New("the shape is too small for the demonstration")

// person is a wallet: a layer-2 key and a layer-1 account that owns it.
type person struct {
	name  string
	index protocol.Index
	key   *protocol.PrivateKey
	layer *l1submit.Sender
	nonce uint64
}

func (p *person) owner() protocol.Owner { return protocol.Owner(p.layer.Address()) }

// session is a running demonstration.
type session struct {
	opts   Options
	report *Report

	keys     *prover.Keys // of the batch circuit
	exitKeys *prover.Keys
	chain    *l1submit.DevChain
	verifier common.Address
	rollup   *l1submit.Rollup
	rollupID fr.Element
	tree     *statetree.Tree
	people   []*person // operator, then alice, bob, carol
}

// People of the demonstration, by their place. The operator collects the fees.
const (
	operator = iota
	alice
	bob
	carol
	people
)

// Run plays the demonstration. It returns as soon as ctx is done; what cannot be
// stopped (a compilation, a setup) is left to end with the process.
func Run(ctx context.Context, opts Options) (_ *Report, err error) {
	s := opts.Shape
	if s.Openings < 2 || s.LayerOne < 2 || s.Transfers < 4 || s.Accounts < people {
		return nil, fmt.Errorf("%w: %q", ErrShapeTooSmall, s.Name)
	}
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	if opts.compile == nil {
		opts.compile = compile
	}
	start := time.Now()
	d := &session{opts: opts, report: &Report{Shape: s.Name}, tree: statetree.OpenMemory()}
	defer func() { err = errors.Join(err, d.close()) }()
	for _, step := range []func(context.Context) error{d.makeKeys, d.deploy, d.credit, d.pay, d.claim, d.reconstruct} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	d.report.Seconds = time.Since(start).Seconds()
	return d.report, nil
}

func (d *session) close() error {
	err := d.tree.Close()
	if d.chain != nil {
		err = errors.Join(err, d.chain.Close())
	}
	return err
}

// makeKeys compiles the circuit and gets its keys.
func (d *session) makeKeys(ctx context.Context) error {
	start := time.Now()
	d.opts.Progress("compile the circuit, and load its keys or set up development keys (the first time only)")
	circuit, err := interrupt.Do(ctx, func() (*prover.Circuit, error) { return d.opts.compile(d.opts.Shape) })
	if err != nil {
		return err
	}
	if d.keys, err = d.opts.Store.Setup(ctx, circuit, prover.SetupOptions{Observer: d.opts.Observer}); err != nil {
		return err
	}
	// The rollup names its exit verifier at deployment, for good.
	exitCircuit, err := exits.Compile(ctx)
	if err != nil {
		return err
	}
	if d.exitKeys, err = d.opts.Store.Setup(ctx, exitCircuit, prover.SetupOptions{Observer: d.opts.Observer}); err != nil {
		return err
	}
	d.report.Constraints = circuit.Constraints()
	d.report.KeySeconds = time.Since(start).Seconds()
	return nil
}

func compile(shape protocol.Shape) (*prover.Circuit, error) {
	ccs, err := batch.Compile(shape)
	if err != nil {
		return nil, err
	}
	return prover.NewCircuit(prover.BatchDesign(shape), ccs)
}

// deploy starts a chain with the contracts on it, and makes the wallets.
func (d *session) deploy(ctx context.Context) error {
	d.opts.Progress("start an EVM and deploy verifier and rollup")
	var err error
	if d.chain, err = l1submit.NewDevChain(ctx, people); err != nil {
		return err
	}
	for i, name := range [people]string{"operator", "alice", "bob", "carol"} {
		d.people = append(d.people, &person{
			name: name, index: protocol.Index(i + 1), layer: d.chain.Sender(d.chain.Accounts[i]),
			// Nobody's money is behind these keys.
			key: protocol.NewPrivateKey(sha256.Sum256([]byte("quire demo wallet " + name))),
		})
	}
	deployer := d.people[operator].layer
	verifier, receipt, err := l1submit.DeployVerifier(ctx, d.chain.Chain, deployer, d.keys.VerifyingKey().Groth16())
	if err != nil {
		return err
	}
	d.verifier, d.report.VerifierGas = verifier, receipt.GasUsed
	exitVerifier, _, err := l1submit.DeployVerifier(ctx, d.chain.Chain, deployer, d.exitKeys.VerifyingKey().Groth16())
	if err != nil {
		return err
	}
	config := l1submit.DefaultRollupConfig()
	config.Circuits = []l1submit.Circuit{{Verifier: verifier, Shape: d.opts.Shape}}
	config.Operator, config.Governor, config.ExitVerifier = deployer.Address(), deployer.Address(), exitVerifier
	for _, keys := range []*prover.Keys{d.keys, d.exitKeys} {
		if keys.VerifyingKey().Kind() == prover.KindDevelopment {
			config.DevelopmentKeys = true
		}
	}
	if d.rollup, receipt, err = l1submit.DeployRollup(ctx, d.chain.Chain, deployer, config); err != nil {
		return err
	}
	d.report.RollupGas = receipt.GasUsed
	if d.rollupID, err = d.rollup.RollupID(ctx); err != nil {
		return err
	}
	genesis, err := d.rollup.Finalized(ctx)
	if err != nil {
		return err
	}
	if genesis.Commitment != protocol.GenesisCommitment(d.rollupID) {
		return fmt.Errorf("the contract's genesis commitment %s is not the empty state's", genesis.Commitment.String())
	}
	return nil
}

// ether returns thousandths of an ether in wei.
func ether(thousandths uint64) protocol.Amount {
	var x protocol.Amount
	x.Mul(uint256.NewInt(thousandths), uint256.NewInt(1e15))
	return x
}

// credit deposits for alice and bob, and proves the batch that credits them
// and opens the others' accounts.
func (d *session) credit(ctx context.Context) error {
	d.opts.Progress("deposit on layer 1 and prove the batch that credits it")
	for _, deposit := range []struct {
		who    int
		amount protocol.Amount
	}{{alice, ether(10_000)}, {bob, ether(5_000)}} {
		p := d.people[deposit.who]
		_, receipt, err := d.rollup.Deposit(ctx, p.layer, &protocol.Deposit{Key: p.key.Public(), Owner: p.owner(), Amount: deposit.amount})
		if err != nil {
			return err
		}
		d.report.DepositGas = receipt.GasUsed
	}
	lanes, err := d.rollup.ReadLanes(ctx, nil)
	if err != nil {
		return err
	}
	b := &protocol.Batch{RollupID: d.rollupID, Number: 1}
	for i, who := range []int{alice, bob} {
		b.Deposits = append(b.Deposits, protocol.CreditedDeposit{Deposit: lanes.Deposits[i].Deposit, Index: d.people[who].index, Opened: true})
	}
	for _, who := range []int{operator, carol} {
		p := d.people[who]
		b.Openings = append(b.Openings, protocol.Opening{Index: p.index, Key: p.key.Public(), Owner: p.owner()})
	}
	if err := d.settle(ctx, b); err != nil {
		return err
	}
	for _, p := range d.people {
		balance, err := d.balance(p)
		if err != nil {
			return err
		}
		d.report.Accounts = append(d.report.Accounts, Account{Name: p.name, Index: p.index, Start: balance.Dec()})
	}
	return nil
}

func (d *session) balance(p *person) (*protocol.Amount, error) {
	account, ok, err := d.tree.Account(p.index)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%s has no account", p.name)
	}
	return &account.Balance, nil
}

// pay proves a batch full of transfers, the last of them a withdrawal.
func (d *session) pay(ctx context.Context) error {
	d.opts.Progress("sign transfers, prove the batch and submit it")
	b := &protocol.Batch{
		RollupID: d.rollupID, Number: 2,
		FeeAccounts: []protocol.FeeAccount{{Token: 0, Index: d.people[operator].index}},
	}
	routes := [...]struct {
		from, to int
		amount   uint64 // thousandths of an ether
	}{{alice, bob, 500}, {bob, carol, 250}, {carol, alice, 125}, {alice, carol, 40}}
	for i := range d.opts.Shape.Transfers - 1 {
		route := routes[i%len(routes)]
		if err := d.sign(b, route.from, d.people[route.to].index, ether(route.amount)); err != nil {
			return err
		}
	}
	out := ether(1_000)
	out.AddUint64(&out, 1) // withdrawals are exact
	if err := d.sign(b, alice, 0, out); err != nil {
		return err
	}
	d.report.Withdrawal = Withdrawal{Name: d.people[alice].name, Amount: out.Dec()}
	d.report.Transfers = len(b.Transfers)
	if err := d.settle(ctx, b); err != nil {
		return err
	}
	for i, p := range d.people {
		balance, err := d.balance(p)
		if err != nil {
			return err
		}
		d.report.Accounts[i].End, d.report.Accounts[i].Nonce = balance.Dec(), p.nonce
	}
	first, last := d.report.Batches[0], d.report.Batches[1]
	d.report.OldCommitment, d.report.NewCommitment = first.OldCommitment, last.NewCommitment
	d.report.Gas, d.report.PublishedBytes = last.Gas, last.PublishedBytes
	return nil
}

func (d *session) sign(b *protocol.Batch, from int, to protocol.Index, amount protocol.Amount) error {
	p := d.people[from]
	t, err := p.key.SignTransfer(d.rollupID, protocol.Transfer{
		From: p.index, To: to, Amount: amount, Fee: *uint256.NewInt(1e14),
		Nonce: p.nonce, ValidUntil: b.Number,
	})
	if err != nil {
		return err
	}
	p.nonce++
	b.Transfers = append(b.Transfers, t)
	return nil
}

// settle takes a batch all the way: sealed, proven, accepted by the contract,
// and only then applied to the state.
func (d *session) settle(ctx context.Context, b *protocol.Batch) error {
	snapshot, err := d.tree.Snapshot()
	if err != nil {
		return err
	}
	sealed, err := witness.Seal(witness.FromSnapshot(snapshot), d.opts.Shape, b)
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return err
	}
	built, err := interrupt.Do(ctx, func() (*witness.Built, error) { return witness.Build(sealed, d.verifier) })
	if err != nil {
		return err
	}
	start := time.Now()
	published := built.Published.Bytes()
	proof, err := prover.Prove(ctx, d.keys, prover.Job{
		Assignment: built.Assignment, Published: published, Verifier: d.verifier,
	}, d.opts.Observer)
	if err != nil {
		return err
	}
	proven := time.Since(start)
	receipt, err := d.submit(ctx, built, published, proof)
	if err != nil {
		return err
	}
	root, err := d.tree.Apply(ctx, b.Number, built.Updates(), nil)
	if err != nil {
		return err
	}
	if root != built.NewRoot {
		return fmt.Errorf("the state has root %s after batch %d, the proof says %s", root.String(), b.Number, built.NewRoot.String())
	}
	withdrawals := 0
	for i := range b.Transfers {
		if b.Transfers[i].To == 0 {
			withdrawals++
		}
	}
	d.report.Batches = append(d.report.Batches, Batch{
		Number: b.Number, Openings: len(b.Openings), Deposits: len(b.Deposits),
		Transfers: len(b.Transfers), Withdrawals: withdrawals,
		OldCommitment: hexElement(built.Published.Old), NewCommitment: hexElement(built.Published.New),
		Gas: receipt.GasUsed, PublishedBytes: len(published), ProveSeconds: proven.Seconds(),
	})
	return nil
}

// submit has the contract accept a batch, with data and proof in one transaction.
func (d *session) submit(ctx context.Context, built *witness.Built, published []byte, proof *prover.Proof) (*types.Receipt, error) {
	lanes, err := d.rollup.ReadLanes(ctx, nil)
	if err != nil {
		return nil, err
	}
	before := lanes.Finalized()
	commit := &l1submit.Commit{Circuit: 0, Digest: built.Statement.D, Data: published}
	if commit.Deposits, commit.Exits, err = lanes.Prove(built.Published, before.DepositsEnd, before.ExitsEnd); err != nil {
		return nil, err
	}
	_, receipt, err := d.rollup.CommitAndProveBatch(ctx, d.people[operator].layer, commit, proof.Calldata())
	if err != nil {
		return nil, err
	}
	after, err := d.rollup.Finalized(ctx)
	if err != nil {
		return nil, err
	}
	if after.Commitment != built.Published.New {
		return nil, fmt.Errorf("the contract holds %s after batch %d, not %s", after.Commitment.String(), after.Number, built.Published.New.String())
	}
	return receipt, nil
}

// claim takes the withdrawal out on layer 1 and checks that the contract holds
// exactly what the accounts have.
func (d *session) claim(ctx context.Context) error {
	d.opts.Progress("claim the withdrawal on layer 1")
	p := d.people[alice]
	receipt, err := d.rollup.Claim(ctx, p.layer, 0, p.layer.Address())
	if err != nil {
		return err
	}
	d.report.Withdrawal.Gas = receipt.GasUsed
	// The deposits' fees for the queue are the operator's since their batch is proven.
	if _, err := d.rollup.Claim(ctx, d.people[operator].layer, 0, d.people[operator].layer.Address()); err != nil {
		return err
	}
	sum := new(big.Int)
	for _, p := range d.people {
		balance, err := d.balance(p)
		if err != nil {
			return err
		}
		sum.Add(sum, balance.ToBig())
	}
	held, err := d.chain.Balance(ctx, d.rollup.Address())
	if err != nil {
		return err
	}
	if held.Cmp(sum) != 0 {
		return fmt.Errorf("the contract holds %s wei, the accounts %s", held, sum)
	}
	d.report.Accepted = true
	return nil
}

func hexElement(e fr.Element) string {
	b := e.Bytes()
	return fmt.Sprintf("0x%x", b[:])
}
