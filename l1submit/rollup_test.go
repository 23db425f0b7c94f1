package l1submit

import (
	"bytes"
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/internal/standin"
	"github.com/quirezk/quire/protocol"
)

// testShapes are the circuits of the rollup under test.
var testShapes = []protocol.Shape{
	{Name: "first", Openings: 3, LayerOne: 4, FeeAccounts: 2, Exits: 6, Transfers: 8, Accounts: 16, Nodes: 100},
	{Name: "second", Openings: 0, LayerOne: 0, FeeAccounts: 1, Exits: 2, Transfers: 4, Accounts: 8, Nodes: 100},
	{Name: "full", Openings: 16, LayerOne: 16, FeeAccounts: 4, Exits: 32, Transfers: 512, Accounts: 1026, Nodes: 4962},
}

// rollupTest is a rollup whose circuits are stand-ins.
type rollupTest struct {
	*Rollup
	chain              *DevChain
	prover             *standin.Prover
	verifier           common.Address
	operator, somebody *Account
	deployment         *types.Receipt
}

func newRollupTest(tb testing.TB) *rollupTest {
	tb.Helper()
	r := &rollupTest{chain: newDevChain(tb, 2), prover: newProver(tb)}
	r.operator, r.somebody = r.chain.Accounts[0], r.chain.Accounts[1]
	r.verifier = deployVerifier(tb, r.chain, r.prover)
	var circuits []Circuit
	for _, s := range testShapes {
		circuits = append(circuits, Circuit{Verifier: r.verifier, Shape: s})
	}
	var err error
	r.Rollup, r.deployment, err = DeployRollup(tb.Context(), r.chain.Chain, r.operator, RollupConfig{
		Circuits: circuits, Operator: r.operator.Address, DevelopmentKeys: true,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return r
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

// submit proves published data for a circuit and sends it as an account.
func (r *rollupTest) submit(tb testing.TB, from *Account, circuit int, p *protocol.Published) (*types.Receipt, error) {
	tb.Helper()
	st := must(p.Statement(testShapes[circuit], r.verifier))(tb)
	proof := prove(tb, r.prover, [PublicInputs]fr.Element{st.D, st.Z, st.Y})
	return r.AcceptBatch(tb.Context(), from, circuit, p.Bytes(), st.D, proof)
}

// next returns published data that continues the rollup's state, so far without
// operations. The new commitment is made up: no stand-in looks at it.
func (r *rollupTest) next(tb testing.TB) *protocol.Published {
	tb.Helper()
	old := must(r.Commitment(tb.Context()))(tb)
	return &protocol.Published{Old: old, New: protocol.H4(old, old, old, old)}
}

// testKey returns a key: a multiple of the base point.
func testKey(n int64) protocol.PublicKey {
	curve := twistededwards.GetEdwardsCurve()
	var p twistededwards.PointAffine
	p.ScalarMultiplication(&curve.Base, big.NewInt(n))
	return protocol.PublicKey{X: p.X, Y: p.Y}
}

// wantReason fails the test unless err is a revert with a reason of type T.
func wantReason[T any](tb testing.TB, err error) *T {
	tb.Helper()
	var revert *RevertError
	if !errors.As(err, &revert) {
		tb.Fatalf("got %v, want a revert with %T", err, new(T))
	}
	reason, ok := revert.Reason.(*T)
	if !ok {
		tb.Fatalf("got %v, want %T", err, new(T))
	}
	return reason
}

func TestRollupGenesis(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)

	parent := must(r.chain.Client().HeaderByNumber(ctx, new(big.Int).Sub(r.deployment.BlockNumber, big.NewInt(1))))(t)
	// abi.encode of three words.
	preimage := slices.Concat(
		common.BigToHash(r.chain.ChainID()).Bytes(),
		common.BytesToHash(r.Address().Bytes()).Bytes(),
		parent.Hash().Bytes(),
	)
	var id fr.Element
	id.SetBytes(crypto.Keccak256(preimage))
	if got := must(r.RollupID(ctx))(t); got != id {
		t.Errorf("rollupID %s, want %s", &got, &id)
	}

	var root fr.Element
	for range protocol.TreeDepth {
		root = protocol.H4(root, root, root, root)
	}
	want := protocol.Commitment(root, id, 0)
	if got := must(r.Commitment(ctx))(t); got != want {
		t.Errorf("genesis %s, want %s", &got, &want)
	}
	if n := must(r.BatchNumber(ctx))(t); n != 0 {
		t.Errorf("batch number %d", n)
	}
	if got := must(r.Operator(ctx))(t); got != r.operator.Address {
		t.Errorf("operator %s", got)
	}
	if !must(r.DevelopmentKeys(ctx))(t) {
		t.Error("development keys are not marked")
	}
}

// From deposit to payment, with nothing but the client: what a demonstration
// does, on stand-in proofs.
func TestRollupFromDepositToClaim(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	alice := protocol.Owner{0xa1, 0x1c, 0xe0}
	bob := protocol.Owner{0xb0, 0xb0}

	var want []protocol.Deposit
	var queue [32]byte
	for i, amount := range []uint64{1_000_000, 5, 77} {
		d := protocol.Deposit{Key: testKey(int64(i) + 2), Owner: alice, Amount: *uint256.NewInt(amount)}
		place, receipt, err := r.Deposit(ctx, r.somebody, d.Key, d.Owner, &d.Amount)
		if err != nil {
			t.Fatal(err)
		}
		if place != uint64(i) || receipt.GasUsed == 0 {
			t.Errorf("deposit %d has place %d and used %d gas", i, place, receipt.GasUsed)
		}
		want = append(want, d)
		queue = protocol.NextDepositHash(queue, &d)
		if got := must(r.DepositQueue(ctx, uint64(i)+1))(t); got != queue {
			t.Errorf("queue after deposit %d is %x, want %x", i, got, queue)
		}
	}
	if n := must(r.DepositCount(ctx))(t); n != 3 {
		t.Errorf("%d deposits", n)
	}
	for first := range uint64(5) {
		got := must(r.Deposits(ctx, first))(t)
		if !slices.Equal(got, want[min(first, 3):]) {
			t.Errorf("deposits from %d: %+v", first, got)
		}
	}

	// The first batch credits two of them; the second one, with the other
	// circuit, has transfers and pays out.
	p := r.next(t)
	p.Deposits = []protocol.CreditedDeposit{
		{Deposit: want[0], Index: 1, Opened: true}, {Deposit: want[1], Index: 2, Opened: true},
	}
	if _, err := r.submit(t, r.operator, 0, p); err != nil {
		t.Fatal(err)
	}
	if n := must(r.DepositsProcessed(ctx))(t); n != 2 {
		t.Errorf("%d deposits processed", n)
	}
	p = r.next(t)
	p.Transfers = []protocol.PublishedTransfer{{From: 1, To: 2, Amount: 99 << 5}, {From: 2}, {From: 1}}
	p.Exits = []protocol.Exit{{Owner: alice, Amount: *uint256.NewInt(40)}, {Owner: bob, Amount: *uint256.NewInt(2)}}
	receipt, err := r.submit(t, r.operator, 1, p)
	if err != nil {
		t.Fatal(err)
	}
	var accepted *bindings.RollupBatchAccepted
	for _, l := range receipt.Logs {
		if e, err := r.contract.UnpackBatchAcceptedEvent(l); err == nil {
			accepted = e
		}
	}
	if accepted == nil || accepted.Number != 2 || accepted.DataHash != crypto.Keccak256Hash(p.Bytes()) {
		t.Errorf("event %+v", accepted)
	}
	if got := must(r.Commitment(ctx))(t); got != p.New {
		t.Errorf("commitment %s, want %s", &got, &p.New)
	}
	if n := must(r.BatchNumber(ctx))(t); n != 2 {
		t.Errorf("batch number %d", n)
	}

	for owner, amount := range map[protocol.Owner]int64{alice: 40, bob: 2} {
		if got := must(r.Claimable(ctx, owner, 0))(t); got.Cmp(big.NewInt(amount)) != 0 {
			t.Errorf("%x can claim %v, want %d", owner, got, amount)
		}
		if _, err := r.Claim(ctx, r.somebody, 0, owner); err != nil {
			t.Fatal(err)
		}
		if got := must(r.chain.Balance(ctx, common.Address(owner)))(t); got.Cmp(big.NewInt(amount)) != 0 {
			t.Errorf("%x was paid %v, want %d", owner, got, amount)
		}
		_, err := r.Claim(ctx, r.somebody, 0, owner)
		wantReason[bindings.RollupNothingToClaim](t, err)
	}
	left := must(r.chain.Balance(ctx, r.Address()))(t)
	if left.Int64() != 1_000_000+5+77-42 {
		t.Errorf("the rollup holds %v", left)
	}
}

// What the contract refuses comes back typed, with its arguments.
func TestRollupRefusals(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	one := uint256.NewInt(1)

	_, err := r.submit(t, r.somebody, 0, r.next(t))
	if e := wantReason[bindings.RollupNotOperator](t, err); e.Caller != r.somebody.Address {
		t.Errorf("error names %s", e.Caller)
	}

	p := r.next(t)
	p.Old.SetUint64(5)
	_, err = r.submit(t, r.operator, 0, p)
	if e := wantReason[bindings.RollupCommitmentStale](t, err); e.Given.Int64() != 5 {
		t.Errorf("error tells of %v", e.Given)
	}

	p = r.next(t)
	p.ForcedExits = []protocol.ForcedExit{{Index: 1}}
	_, err = r.submit(t, r.operator, 0, p)
	wantReason[bindings.RollupForcedExitNotQueued](t, err)

	p = r.next(t)
	p.Deposits = []protocol.CreditedDeposit{{Deposit: protocol.Deposit{Key: testKey(2), Amount: *one}}}
	_, err = r.submit(t, r.operator, 0, p)
	wantReason[bindings.RollupDepositsMismatch](t, err)

	_, err = r.AcceptBatch(ctx, r.operator, 99, r.next(t).Bytes(), fr.Element{}, make([]byte, ProofLength))
	wantReason[bindings.RollupCircuitUnknown](t, err)
	_, err = r.AcceptBatch(ctx, r.operator, 0, []byte("short"), fr.Element{}, make([]byte, ProofLength))
	wantReason[bindings.RollupDataLength](t, err)
	_, err = r.AcceptBatch(ctx, r.operator, 0, r.next(t).Bytes(), fr.Element{}, make([]byte, ProofLength))
	wantReason[bindings.Groth16VerifierProofInvalid](t, err)
	_, err = r.AcceptBatch(ctx, r.operator, 0, r.next(t).Bytes(), fr.Element{}, make([]byte, ProofLength+1))
	if !errors.Is(err, ErrProofLength) {
		t.Errorf("a long proof: got %v, want %v", err, ErrProofLength)
	}
	large := bytes.Repeat([]byte{0xff}, protocol.HeaderBytes)
	copy(large, r.next(t).Bytes()[:32])
	_, err = r.AcceptBatch(ctx, r.operator, 0, large, fr.Element{}, make([]byte, ProofLength))
	wantReason[bindings.RollupCapacityExceeded](t, err)

	_, _, err = r.Deposit(ctx, r.somebody, protocol.PublicKey{}, protocol.Owner{1}, one)
	wantReason[bindings.RollupKeyNotOnCurve](t, err)
	var identity protocol.PublicKey
	identity.Y.SetOne()
	_, _, err = r.Deposit(ctx, r.somebody, identity, protocol.Owner{1}, one)
	wantReason[bindings.RollupKeyOfLowOrder](t, err)
	_, _, err = r.Deposit(ctx, r.somebody, testKey(2), protocol.Owner{}, one)
	wantReason[bindings.RollupOwnerZero](t, err)
	_, _, err = r.Deposit(ctx, r.somebody, testKey(2), protocol.Owner{1}, new(uint256.Int))
	wantReason[bindings.RollupAmountZero](t, err)
	_, err = r.Claim(ctx, r.somebody, 7, protocol.Owner{1})
	if e := wantReason[bindings.RollupTokenUnknown](t, err); e.Token != 7 {
		t.Errorf("error names token %d", e.Token)
	}
	if n := must(r.BatchNumber(ctx))(t); n != 0 {
		t.Errorf("batch number %d after refusals only", n)
	}
}

// On the deployed bytecode, with a real verifier: no bit of the published bytes
// can be changed under an accepted proof, and nor can D.
func TestRollupRefusesMutatedData(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	d := protocol.Deposit{Key: testKey(2), Owner: protocol.Owner{1}, Amount: *uint256.NewInt(100)}
	if _, _, err := r.Deposit(ctx, r.somebody, d.Key, d.Owner, &d.Amount); err != nil {
		t.Fatal(err)
	}
	p := r.next(t)
	p.Openings = []protocol.Opening{{Index: 9, Key: testKey(3), Owner: protocol.Owner{3}}}
	p.Deposits = []protocol.CreditedDeposit{{Deposit: d, Index: 1, Opened: true}}
	p.FeeAccounts = []protocol.FeeAccount{{Index: 1}}
	p.Exits = []protocol.Exit{{Owner: protocol.Owner{1}, Amount: *uint256.NewInt(3)}}
	p.Transfers = []protocol.PublishedTransfer{{From: 1, To: 9, Amount: 4 << 5, Fee: 1 << 5}, {From: 1}, {From: 9, To: 1}}
	st := must(p.Statement(testShapes[0], r.verifier))(t)
	proof := prove(t, r.prover, [PublicInputs]fr.Element{st.D, st.Z, st.Y})
	data := p.Bytes()

	for i := range data {
		mutated := bytes.Clone(data)
		mutated[i] ^= 1 << (i % 8)
		_, err := r.AcceptBatch(ctx, r.operator, 0, mutated, st.D, proof)
		var revert *RevertError
		if !errors.As(err, &revert) || revert.Reason == nil {
			t.Fatalf("byte %d changed: got %v", i, err)
		}
	}
	var other fr.Element
	other.SetOne()
	other.Add(&other, &st.D)
	_, err := r.AcceptBatch(ctx, r.operator, 0, data, other, proof)
	wantReason[bindings.Groth16VerifierProofInvalid](t, err)
	// The same capacities would not do: z depends on the circuit.
	_, err = r.AcceptBatch(ctx, r.operator, 2, data, st.D, proof)
	wantReason[bindings.Groth16VerifierProofInvalid](t, err)
	for i := range proof {
		if i%7 != 0 {
			continue
		}
		mutated := bytes.Clone(proof)
		mutated[i] ^= 1
		_, err := r.AcceptBatch(ctx, r.operator, 0, data, st.D, mutated)
		wantReason[bindings.Groth16VerifierProofInvalid](t, err)
	}
	if _, err := r.AcceptBatch(ctx, r.operator, 0, data, st.D, proof); err != nil {
		t.Fatalf("the unchanged batch: %v", err)
	}
	// Once: it does not continue the state that it made.
	_, err = r.AcceptBatch(ctx, r.operator, 0, data, st.D, proof)
	wantReason[bindings.RollupCommitmentStale](t, err)
}

func TestDeployRollupRefuses(t *testing.T) {
	r := newRollupTest(t)
	good := testShapes[0]
	deploy := func(c Circuit, operator common.Address) error {
		_, _, err := DeployRollup(t.Context(), r.chain.Chain, r.operator, RollupConfig{
			Circuits: []Circuit{{Verifier: r.verifier, Shape: good}, c}, Operator: operator,
		})
		return err
	}
	large := good
	large.Transfers = 1 << 16
	if err := deploy(Circuit{Verifier: r.verifier, Shape: large}, r.operator.Address); !errors.Is(err, ErrShapeTooLarge) {
		t.Errorf("65,536 transfers: got %v, want %v", err, ErrShapeTooLarge)
	}
	odd := good
	odd.Transfers = 3
	if err := deploy(Circuit{Verifier: r.verifier, Shape: odd}, r.operator.Address); err == nil {
		t.Error("a shape that is not valid was deployed")
	}
	err := deploy(Circuit{Verifier: common.Address{1}, Shape: good}, r.operator.Address)
	if e := wantReason[bindings.RollupCircuitInvalid](t, err); e.Circuit.Int64() != 1 {
		t.Errorf("error names circuit %v", e.Circuit)
	}
	wantReason[bindings.RollupOperatorZero](t, deploy(Circuit{Verifier: r.verifier, Shape: good}, common.Address{}))
	_, _, err = DeployRollup(t.Context(), r.chain.Chain, r.operator, RollupConfig{Operator: r.operator.Address})
	wantReason[bindings.RollupNoCircuits](t, err)
}

// A transaction can fail that passed when its gas was estimated. The receipt
// does not say why; the client finds out.
func TestRefusalInABlock(t *testing.T) {
	r := newRollupTest(t)
	call := r.contract.PackClaim(0, common.Address{1})
	receipt, err := r.chain.transact(t.Context(), r.somebody, nil, func(opts *bind.TransactOpts) (*types.Transaction, error) {
		opts.GasLimit = 100_000 // no estimate
		return bind.Transact(r.bound, opts, call)
	})
	wantReason[bindings.RollupNothingToClaim](t, err)
	if receipt == nil || receipt.Status != types.ReceiptStatusFailed || receipt.GasUsed == 0 {
		t.Errorf("receipt %+v", receipt)
	}

	// Out of gas: a second try with more would pass.
	d := protocol.Deposit{Key: testKey(2), Owner: protocol.Owner{1}}
	call = r.contract.PackDeposit(d.Key.X.BigInt(new(big.Int)), d.Key.Y.BigInt(new(big.Int)), common.Address(d.Owner))
	_, err = r.chain.transact(t.Context(), r.somebody, big.NewInt(1), func(opts *bind.TransactOpts) (*types.Transaction, error) {
		opts.GasLimit = 40_000
		return bind.Transact(r.bound, opts, call)
	})
	if err == nil {
		t.Error("a transaction without gas passed")
	}
}

func TestToElement(t *testing.T) {
	top := new(big.Int).Sub(fr.Modulus(), big.NewInt(1))
	if e := must(toElement(top))(t); e.BigInt(new(big.Int)).Cmp(top) != 0 {
		t.Errorf("%v became %s", top, &e)
	}
	for _, n := range []*big.Int{fr.Modulus(), new(big.Int).Lsh(big.NewInt(1), 255)} {
		if _, err := toElement(n); !errors.Is(err, ErrElementRange) {
			t.Errorf("%v: got %v, want %v", n, err, ErrElementRange)
		}
	}
}

// A contract that is something else must not be taken for a rollup.
func TestOpenRollupOfAnotherContract(t *testing.T) {
	r := newRollupTest(t)
	for _, address := range []common.Address{r.verifier, {1}} {
		other := OpenRollup(r.chain.Chain, address)
		if _, err := other.Commitment(t.Context()); err == nil {
			t.Errorf("%s has a commitment", address)
		}
		if _, _, err := other.Binding(t.Context(), 0, nil, fr.Element{}); err == nil {
			t.Errorf("%s has a binding", address)
		}
	}
}
