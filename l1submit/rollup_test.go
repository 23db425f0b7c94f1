package l1submit

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

func TestRollupGenesis(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)

	parent := must(r.dev.Client().HeaderByNumber(ctx, new(big.Int).Sub(r.deployment.BlockNumber, big.NewInt(1))))(t)
	// abi.encode of three words.
	preimage := slices.Concat(
		common.BigToHash(r.dev.ChainID()).Bytes(),
		common.BytesToHash(r.Address().Bytes()).Bytes(),
		parent.Hash().Bytes(),
	)
	var id fr.Element
	id.SetBytes(crypto.Keccak256(preimage))
	if got := must(r.RollupID(ctx))(t); got != id {
		t.Errorf("rollupID %s, want %s", &got, &id)
	}
	want := Finalized{Commitment: protocol.GenesisCommitment(id)}
	if got := must(r.Finalized(ctx))(t); got != want {
		t.Errorf("genesis %+v, want %+v", got, want)
	}
	if n := must(r.LastCommitted(ctx))(t); n != 0 {
		t.Errorf("batch %d is committed", n)
	}
	for what, address := range map[string]common.Address{
		"operator": must(r.Operator(ctx))(t), "governor": must(r.Governor(ctx))(t), "exit verifier": must(r.ExitVerifier(ctx))(t),
	} {
		want := map[string]common.Address{
			"operator": r.operator.Address(), "governor": r.governor.Address(), "exit verifier": r.verifier,
		}[what]
		if address != want {
			t.Errorf("%s %s, want %s", what, address, want)
		}
	}
	if got, want := must(r.Times(ctx))(t), DefaultRollupConfig().Times; got != want {
		t.Errorf("times %+v, want %+v", got, want)
	}
	if !must(r.DevelopmentKeys(ctx))(t) || must(r.IsFrozen(ctx))(t) {
		t.Error("development keys are not marked, or it is frozen")
	}
	circuits := must(r.Circuits(ctx))(t)
	for i, s := range testShapes {
		index, verifier, err := r.FindCircuit(ctx, s)
		if err != nil || index != i || verifier != r.verifier || !circuits[i].IsFor(s) {
			t.Errorf("shape %q is circuit %d with verifier %s (%v)", s.Name, index, verifier, err)
		}
		s.Nodes++ // only the identifier tells
		if _, _, err := r.FindCircuit(ctx, s); !errors.Is(err, ErrNoCircuit) || circuits[i].IsFor(s) {
			t.Errorf("another shape: got %v, want %v", err, ErrNoCircuit)
		}
	}
	tokens := must(r.Tokens(ctx))(t)
	if len(tokens) != 1 || tokens[0].Contract != (common.Address{}) || tokens[0].Cap.Cmp(DefaultRollupConfig().EtherCap) != 0 {
		t.Errorf("tokens %+v", tokens)
	}
}

// From deposit to payment, with nothing but the client: what a demonstration
// does, on stand-in proofs.
func TestRollupFromDepositToClaim(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	alice, bob := common.Address{0xa1, 0x1c, 0xe0}, common.Address{0xb0, 0xb0}
	fee := must(r.QueueFee(ctx, protocol.LaneDeposits))(t)
	if fee.Cmp(DefaultRollupConfig().QueueFee) != 0 {
		t.Errorf("fee %v", fee)
	}

	var want []protocol.Deposit
	var queue protocol.Queue
	for i, amount := range []uint64{1_000_000, 5, 77} {
		d := protocol.Deposit{Key: testKey(int64(i) + 2), Owner: protocol.Owner(alice), Amount: *uint256.NewInt(amount)}
		event, receipt, err := r.Deposit(ctx, r.somebody, &d)
		if err != nil {
			t.Fatal(err)
		}
		if event.Position != uint64(i) || event.Deposit != d || event.Payer != r.somebody.Address() || event.TxHash != receipt.TxHash {
			t.Errorf("deposit %d: %+v", i, event)
		}
		want = append(want, d)
		queue.Append(event.Entry())
		state := must(r.LaneState(ctx, protocol.LaneDeposits))(t)
		escrow := new(big.Int).Mul(fee, big.NewInt(int64(i)+1))
		if state.Head != queue.Head() || state.Count != uint64(i)+1 || state.Escrow.Cmp(escrow) != 0 {
			t.Errorf("after deposit %d: %+v, want head %x and %v", i, state, queue.Head(), escrow)
		}
	}

	// The first batch credits two of them; the second one, with the other
	// circuit, has transfers and pays out.
	p := r.next()
	p.Deposits = credited(want[:2]...)
	r.settle(t, 0, p)
	if f := must(r.Finalized(ctx))(t); f.DepositsEnd != 2 || f.ExitsEnd != 0 || f.Number != 1 {
		t.Errorf("final state %+v", f)
	}
	if credit := must(r.Claimable(ctx, 0, r.operator.Address()))(t); credit.Cmp(new(big.Int).Mul(fee, big.NewInt(2))) != 0 {
		t.Errorf("the operator earned %v for two deposits", credit)
	}
	p = r.next()
	p.Transfers = []protocol.PublishedTransfer{{From: 1, To: 2, Amount: 99 << 5}, {From: 2}, {From: 1}}
	p.Exits = []protocol.Exit{{Owner: protocol.Owner(alice), Amount: *uint256.NewInt(40)}, {Owner: protocol.Owner(bob), Amount: *uint256.NewInt(2)}}
	receipt := r.settle(t, 1, p)
	committed := must(eventOf[*BatchCommitted](r.Rollup, receipt))(t)
	if committed.Number != 2 || committed.Circuit != 1 || committed.DataHash != crypto.Keccak256Hash(p.Bytes()) ||
		committed.Record.Exits != ExitsHash(p.Exits) || committed.Record.Commitment != p.New || committed.Record.Verifier != r.verifier {
		t.Errorf("event %+v", committed)
	}
	if st := must(p.Statement(testShapes[1], r.verifier))(t); must(committed.Statement())(t) != st || committed.Record.Inputs != InputsHash(st) {
		t.Errorf("the event's inputs are not %+v", st)
	}
	final := Finalized{Number: 2, Commitment: p.New, DepositsEnd: 2}
	if event := must(eventOf[*BatchFinalized](r.Rollup, receipt))(t); event.Finalized != final {
		t.Errorf("event %+v", event)
	}
	if got := must(r.Finalized(ctx))(t); got != final {
		t.Errorf("final state %+v", got)
	}

	for owner, amount := range map[common.Address]int64{alice: 40, bob: 2} {
		if got := must(r.Claimable(ctx, 0, owner))(t); got.Cmp(big.NewInt(amount)) != 0 {
			t.Errorf("%x can claim %v, want %d", owner, got, amount)
		}
		if _, err := r.Claim(ctx, r.somebody, 0, owner); err != nil {
			t.Fatal(err)
		}
		if got := must(r.dev.Balance(ctx, owner))(t); got.Cmp(big.NewInt(amount)) != 0 {
			t.Errorf("%x was paid %v, want %d", owner, got, amount)
		}
		_, err := r.Claim(ctx, r.somebody, 0, owner)
		wantReason[bindings.RollupNothingToClaim](t, err)
	}
	if left := must(r.Token(ctx, 0))(t); left.Locked.Cmp(new(big.Int).Add(new(big.Int).Mul(fee, big.NewInt(3)), big.NewInt(1_000_000+5+77-42))) != 0 {
		t.Errorf("the rollup holds %v", left.Locked)
	}
}

// More fee than is asked for comes back; less is refused.
func TestQueueFees(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	fee := must(r.QueueFee(ctx, protocol.LaneExits))(t)
	d := testDeposit(1, 1000)

	sent := new(big.Int).Mul(fee, big.NewInt(3))
	if _, err := r.somebody.Send(ctx, must(r.DepositCall(&d, sent))(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.somebody.Send(ctx, must(r.RequestExitCall(1, sent))(t)); err != nil {
		t.Fatal(err)
	}
	if back := must(r.Claimable(ctx, 0, r.somebody.Address()))(t); back.Cmp(new(big.Int).Mul(fee, big.NewInt(4))) != 0 {
		t.Errorf("%v can be claimed, want four times %v", back, fee)
	}
	less := new(big.Int).Sub(fee, big.NewInt(1))
	_, err := r.somebody.Send(ctx, must(r.DepositCall(&d, less))(t))
	reason := wantReason[bindings.RollupPaymentTooSmall](t, err)
	if new(big.Int).Sub(reason.Needed, reason.Sent).Cmp(big.NewInt(1)) != 0 {
		t.Errorf("needed %v, sent %v", reason.Needed, reason.Sent)
	}
	_, err = r.somebody.Send(ctx, must(r.RequestExitCall(2, less))(t))
	wantReason[bindings.RollupPaymentTooSmall](t, err)
	if sent.Cmp(new(big.Int).Mul(fee, big.NewInt(3))) != 0 {
		t.Error("packing a call changed its argument")
	}
}

func TestRequestExit(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	for i, index := range []protocol.Index{7, 9} {
		event, _, err := r.RequestExit(ctx, r.somebody, index)
		if err != nil {
			t.Fatal(err)
		}
		want := protocol.ForcedExit{Index: index, Sender: protocol.Owner(r.somebody.Address())}
		if event.Position != uint64(i) || event.Request != want || event.Time == 0 {
			t.Errorf("event %+v", event)
		}
	}
	if at, ok, err := r.ExitRequest(ctx, 9, r.somebody.Address()); err != nil || !ok || at != 1 {
		t.Errorf("the request stands at %d, %v, %v", at, ok, err)
	}
	if _, ok, err := r.ExitRequest(ctx, 8, r.somebody.Address()); err != nil || ok {
		t.Errorf("a request that was not made: %v, %v", ok, err)
	}
	_, _, err := r.RequestExit(ctx, r.somebody, 9)
	if e := wantReason[bindings.RollupExitAlreadyRequested](t, err); e.Position != 1 {
		t.Errorf("error names position %d", e.Position)
	}
	_, _, err = r.RequestExit(ctx, r.somebody, 0)
	wantReason[bindings.RollupIndexReserved](t, err)

	// Once it is processed, it can be made again.
	p := r.next()
	p.ForcedExits = []protocol.ForcedExit{
		{Index: 7, Sender: protocol.Owner(r.somebody.Address())}, {Index: 9, Sender: protocol.Owner(r.somebody.Address())},
	}
	r.settle(t, 0, p)
	if f := must(r.Finalized(ctx))(t); f.ExitsEnd != 2 || f.End(protocol.LaneExits) != 2 || f.End(protocol.LaneDeposits) != 0 {
		t.Errorf("final state %+v", f)
	}
	if _, _, err := r.RequestExit(ctx, r.somebody, 9); err != nil {
		t.Error(err)
	}
}

// What the contract refuses comes back typed, with its arguments.
func TestRollupRefusals(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	refused := func(from *Sender, circuit int, p *protocol.Published) error {
		b := r.prepare(t, circuit, p)
		_, _, err := r.CommitAndProveBatch(ctx, from, &b.Commit, b.proof)
		_, _, commit := r.CommitBatch(ctx, from, &b.Commit, nil)
		if (err == nil) != (commit == nil) {
			t.Errorf("committing and proving: %v; committing: %v", err, commit)
		}
		return err
	}

	if e := wantReason[bindings.RollupNotOperator](t, refused(r.somebody, 0, r.next())); e.Caller != r.somebody.Address() {
		t.Errorf("error names %s", e.Caller)
	}
	p := r.next()
	p.Old.SetUint64(5)
	if e := wantReason[bindings.RollupCommitmentStale](t, refused(r.operator, 0, p)); e.Given.Int64() != 5 {
		t.Errorf("error tells of %v", e.Given)
	}
	p = r.next()
	p.ForcedExits = []protocol.ForcedExit{{Index: 1}}
	if e := wantReason[bindings.RollupLaneMismatch](t, refused(r.operator, 0, p)); protocol.Lane(e.Lane) != protocol.LaneExits {
		t.Errorf("error names lane %d", e.Lane)
	}
	p = r.next()
	p.Deposits = credited(testDeposit(1, 1))
	if e := wantReason[bindings.RollupLaneMismatch](t, refused(r.operator, 0, p)); protocol.Lane(e.Lane) != protocol.LaneDeposits {
		t.Errorf("error names lane %d", e.Lane)
	}

	noProof := make([]byte, ProofLength)
	try := func(batch *Commit, proof []byte) error {
		_, _, err := r.CommitAndProveBatch(ctx, r.operator, batch, proof)
		return err
	}
	wantReason[bindings.RollupCircuitUnknown](t, try(&Commit{Circuit: 99, Data: r.next().Bytes()}, noProof))
	wantReason[bindings.RollupDataLength](t, try(&Commit{Data: []byte("short")}, noProof))
	wantReason[bindings.Groth16VerifierProofInvalid](t, try(&Commit{Data: r.next().Bytes()}, noProof))
	for _, n := range []int{0, ProofLength - 1, ProofLength + 1} {
		if err := try(&Commit{Data: r.next().Bytes()}, make([]byte, n)); !errors.Is(err, ErrProofLength) {
			t.Errorf("a proof of %d bytes: got %v, want %v", n, err, ErrProofLength)
		}
	}
	large := bytes.Repeat([]byte{0xff}, protocol.HeaderBytes)
	copy(large, r.next().Bytes()[:32])
	wantReason[bindings.RollupCapacityExceeded](t, try(&Commit{Data: large}, noProof))

	deposit := func(change func(*protocol.Deposit)) error {
		d := testDeposit(1, 1)
		change(&d)
		_, _, err := r.Deposit(ctx, r.somebody, &d)
		return err
	}
	wantReason[bindings.RollupKeyNotOnCurve](t, deposit(func(d *protocol.Deposit) { d.Key = protocol.PublicKey{} }))
	wantReason[bindings.RollupKeyOfLowOrder](t, deposit(func(d *protocol.Deposit) {
		d.Key = protocol.PublicKey{}
		d.Key.Y.SetOne()
	}))
	wantReason[bindings.RollupOwnerZero](t, deposit(func(d *protocol.Deposit) { d.Owner = protocol.Owner{} }))
	wantReason[bindings.RollupAmountInvalid](t, deposit(func(d *protocol.Deposit) { d.Amount.Clear() }))
	wantReason[bindings.RollupTokenUnknown](t, deposit(func(d *protocol.Deposit) { d.Token = 1 }))
	_, err := r.Claim(ctx, r.somebody, 7, common.Address{1})
	if e := wantReason[bindings.RollupTokenUnknown](t, err); e.Token != 7 {
		t.Errorf("error names token %d", e.Token)
	}
	if _, err := r.SetTokenCap(ctx, r.governor, 0, big.NewInt(10)); err != nil {
		t.Fatal(err)
	}
	wantReason[bindings.RollupTokenCapExceeded](t, deposit(func(*protocol.Deposit) {}))
	if f := must(r.Finalized(ctx))(t); f.Number != 0 {
		t.Errorf("batch number %d after refusals only", f.Number)
	}
}

// On the deployed bytecode, with a real verifier: no bit of the published bytes
// can be changed under an accepted proof, and nor can D.
func TestRollupRefusesMutatedData(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	d := testDeposit(1, 100)
	r.deposit(t, d)
	if _, _, err := r.RequestExit(ctx, r.somebody, 9); err != nil {
		t.Fatal(err)
	}
	p := r.next()
	p.Openings = []protocol.Opening{{Index: 9, Key: testKey(3), Owner: protocol.Owner{3}}}
	p.Deposits = credited(d)
	p.ForcedExits = []protocol.ForcedExit{{Index: 9, Sender: protocol.Owner(r.somebody.Address())}}
	p.FeeAccounts = []protocol.FeeAccount{{Index: 1}}
	p.Exits = []protocol.Exit{{Owner: protocol.Owner{1}, Amount: *uint256.NewInt(3)}}
	p.Transfers = []protocol.PublishedTransfer{{From: 1, To: 9, Amount: 4 << 5, Fee: 1 << 5}, {From: 1}, {From: 9, To: 1}}
	b := r.prepare(t, 0, p)
	try := func(change func(*batch)) error {
		mutated := *b
		mutated.Data, mutated.proof = bytes.Clone(b.Data), bytes.Clone(b.proof)
		change(&mutated)
		_, _, err := r.CommitAndProveBatch(ctx, r.operator, &mutated.Commit, mutated.proof)
		return err
	}
	for i := range b.Data {
		err := try(func(b *batch) { b.Data[i] ^= 1 << (i % 8) })
		var revert *RevertError
		if !errors.As(err, &revert) || revert.Reason == nil {
			t.Fatalf("byte %d changed: got %v", i, err)
		}
	}
	wantReason[bindings.Groth16VerifierProofInvalid](t, try(func(b *batch) {
		one := fr.One()
		b.Digest.Add(&b.Digest, &one)
	}))
	// The same capacities would not do: z depends on the circuit.
	wantReason[bindings.Groth16VerifierProofInvalid](t, try(func(b *batch) { b.Circuit = 2 }))
	for i := 0; i < len(b.proof); i += 7 {
		wantReason[bindings.Groth16VerifierProofInvalid](t, try(func(b *batch) { b.proof[i] ^= 1 }))
	}
	if err := try(func(*batch) {}); err != nil {
		t.Fatalf("the unchanged batch: %v", err)
	}
	// Once: it does not continue the state that it made.
	wantReason[bindings.RollupCommitmentStale](t, try(func(*batch) {}))
}

// A transaction can fail that passed when its gas was estimated. The receipt
// does not say why; the client finds out.
func TestRefusalInABlock(t *testing.T) {
	r := newRollupTest(t)
	from := *r.somebody
	from.gasLimit = 100_000 // no estimate
	receipt, err := r.Claim(t.Context(), &from, 0, common.Address{1})
	wantReason[bindings.RollupNothingToClaim](t, err)
	if receipt == nil || receipt.Status != types.ReceiptStatusFailed || receipt.GasUsed == 0 {
		t.Errorf("receipt %+v", receipt)
	}
	from.gasLimit = 30_000 // out of gas: a second try with more would pass
	d := testDeposit(1, 1)
	if _, _, err := r.Deposit(t.Context(), &from, &d); err == nil {
		t.Error("a transaction without gas passed")
	}
}

// A stranger's entry that comes first, and makes one's own write a checkpoint,
// must not make it run out of gas.
func TestDepositHasSlackForACheckpoint(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	for i := range int64(protocol.LaneStride - 2) {
		r.deposit(t, testDeposit(i, 1))
	}
	other := sender(r.dev, 3)
	node := &interloper{Client: r.dev.client, between: func() {
		d := testDeposit(99, 1)
		if _, _, err := r.Deposit(ctx, other, &d); err != nil {
			t.Error(err)
		}
	}}
	chain := must(NewChain(ctx, node))(t)
	chain.seal = r.dev.seal
	d := testDeposit(50, 1)
	event, _, err := OpenRollup(chain, r.Address(), 0).Deposit(ctx, chain.Sender(r.dev.Accounts[2]), &d)
	if err != nil || event.Position != protocol.LaneStride-1 {
		t.Errorf("position %+v, %v", event, err)
	}
}

// interloper is a node on which something happens once between the estimate of
// a transaction's gas and its submission.
type interloper struct {
	Client
	between func()
}

func (n *interloper) SendTransaction(ctx context.Context, tx *types.Transaction) error {
	if between := n.between; between != nil {
		n.between = nil
		between()
	}
	return n.Client.SendTransaction(ctx, tx)
}

func TestToElement(t *testing.T) {
	top := new(big.Int).Sub(fr.Modulus(), big.NewInt(1))
	if e := must(toElement(top))(t); e.BigInt(new(big.Int)).Cmp(top) != 0 {
		t.Errorf("%v became %s", top, &e)
	}
	for _, n := range []*big.Int{fr.Modulus(), new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(-1)} {
		if _, err := toElement(n); !errors.Is(err, ErrElementRange) || !errors.Is(err, ErrNotRollup) {
			t.Errorf("%v: got %v, want %v", n, err, ErrElementRange)
		}
	}
	for _, n := range []*big.Int{new(big.Int).Lsh(big.NewInt(1), 128), new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(-1)} {
		if _, err := toAmount(n); !errors.Is(err, ErrNotRollup) {
			t.Errorf("%v: got %v, want %v", n, err, ErrNotRollup)
		}
	}
}

// A contract that is something else must not be taken for a rollup.
func TestOpenRollupOfAnotherContract(t *testing.T) {
	r := newRollupTest(t)
	for _, address := range []common.Address{r.verifier, {1}} {
		other := OpenRollup(r.dev.Chain, address, 0)
		if _, err := other.Finalized(t.Context()); err == nil {
			t.Errorf("%s has a final state", address)
		}
		if _, _, err := other.Binding(t.Context(), 0, nil, fr.Element{}); err == nil {
			t.Errorf("%s has a binding", address)
		}
		if _, err := other.Claim(t.Context(), r.somebody, 0, common.Address{1}); err == nil {
			t.Errorf("%s pays", address)
		}
	}
}

// Reads follow the block that they are asked for.
func TestRollupAt(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	before := must(r.dev.Client().HeaderByNumber(ctx, nil))(t)
	r.settle(t, 0, r.next())
	for name, at := range map[string]*Rollup{
		"number": r.At(before.Number), "hash": r.AtBlock(before.Hash()),
	} {
		if f := must(at.Finalized(ctx))(t); f.Number != 0 {
			t.Errorf("by %s: batch %d is final", name, f.Number)
		}
	}
	if f := must(r.Finalized(ctx))(t); f.Number != 1 {
		t.Errorf("batch %d is final", f.Number)
	}
}
