package l1submit

import (
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/internal/standin"
	"github.com/quirezk/quire/protocol"
)

// testShapes are the circuits of the rollup under test.
var testShapes = []protocol.Shape{
	{Name: "first", Openings: 3, LayerOne: 4, FeeAccounts: 2, Exits: 6, Transfers: 8, Accounts: 16, Nodes: 100},
	{Name: "second", Openings: 0, LayerOne: 0, FeeAccounts: 1, Exits: 2, Transfers: 4, Accounts: 8, Nodes: 100},
	{Name: "full", Openings: 16, LayerOne: 16, FeeAccounts: 4, Exits: 32, Transfers: 512, Accounts: 1026, Nodes: 4962},
}

// rollupTest is a rollup whose circuits are stand-ins: the batches' and the
// exit circuit's.
type rollupTest struct {
	*Rollup
	dev                          *DevChain
	prover                       *standin.Prover
	verifier                     common.Address
	operator, governor, somebody *Sender
	deployment                   *types.Receipt
	// tip is the last committed batch, and record its record; nil if none is
	// pending.
	tip    Finalized
	record *Record
}

// testConfig is a configuration with nothing wrong.
func testConfig(verifier common.Address) RollupConfig {
	config := DefaultRollupConfig()
	for _, s := range testShapes {
		config.Circuits = append(config.Circuits, Circuit{Verifier: verifier, Shape: s})
	}
	config.ExitVerifier, config.DevelopmentKeys = verifier, true
	config.Operator, config.Governor = common.Address{1}, common.Address{2}
	return config
}

func newRollupTest(tb testing.TB) *rollupTest {
	tb.Helper()
	r := &rollupTest{dev: newDevChain(tb, 4), prover: newProver(tb)}
	r.operator, r.governor, r.somebody = sender(r.dev, 0), sender(r.dev, 1), sender(r.dev, 2)
	r.verifier = deployVerifier(tb, r.dev, r.prover)
	config := testConfig(r.verifier)
	config.Operator, config.Governor = r.operator.Address(), r.governor.Address()
	var err error
	r.Rollup, r.deployment, err = DeployRollup(tb.Context(), r.dev.Chain, r.operator, config)
	if err != nil {
		tb.Fatal(err)
	}
	r.tip = must(r.Finalized(tb.Context()))(tb)
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

// next returns published data that continues the last committed batch, so far
// without operations. The new commitment is made up: no stand-in looks at it.
func (r *rollupTest) next() *protocol.Published {
	old := r.tip.Commitment
	return &protocol.Published{Old: old, New: protocol.H4(old, old, old, old)}
}

// batch is a batch that is ready to be sent.
type batch struct {
	Commit
	published *protocol.Published
	statement protocol.Statement
	proof     []byte
}

// prepare proves published data for a circuit. What they take of the queue does
// not have to be there.
func (r *rollupTest) prepare(tb testing.TB, circuit int, p *protocol.Published) *batch {
	tb.Helper()
	st := must(p.Statement(testShapes[circuit], r.verifier))(tb)
	b := &batch{
		Commit:    Commit{Circuit: circuit, Digest: st.D, Data: p.Bytes()},
		published: p, statement: st, proof: prove(tb, r.prover, [PublicInputs]fr.Element{st.D, st.Z, st.Y}),
	}
	if len(p.Deposits)+len(p.ForcedExits) == 0 {
		return b
	}
	var err error
	b.Deposits, b.Exits, err = must(r.ReadLanes(tb.Context(), nil))(tb).Prove(p, r.tip.DepositsEnd, r.tip.ExitsEnd)
	if err != nil && !errors.Is(err, ErrLaneMismatch) {
		tb.Fatal(err)
	}
	return b
}

// settle commits and proves a batch at once.
func (r *rollupTest) settle(tb testing.TB, circuit int, p *protocol.Published) *types.Receipt {
	tb.Helper()
	b := r.prepare(tb, circuit, p)
	event, receipt, err := r.CommitAndProveBatch(tb.Context(), r.operator, &b.Commit, b.proof)
	if err != nil {
		tb.Fatal(err)
	}
	r.advance(&event.Record)
	r.record = nil
	return receipt
}

// commit commits a batch, and leaves it pending.
func (r *rollupTest) commit(tb testing.TB, circuit int, p *protocol.Published) (*batch, *BatchCommitted) {
	tb.Helper()
	b := r.prepare(tb, circuit, p)
	event, _, err := r.CommitBatch(tb.Context(), r.operator, &b.Commit, r.record)
	if err != nil {
		tb.Fatal(err)
	}
	r.advance(&event.Record)
	return b, event
}

func (r *rollupTest) advance(record *Record) {
	r.record = record
	r.tip = Finalized{
		Number: record.Number, Commitment: record.Commitment, DepositsEnd: record.DepositsEnd, ExitsEnd: record.ExitsEnd,
	}
}

// proven is what proves a committed batch.
func (b *batch) proven(event *BatchCommitted) Proven {
	return Proven{Record: event.Record, Statement: b.statement, Exits: b.published.Exits, Proof: b.proof}
}

// testKey returns a key: a multiple of the base point.
func testKey(n int64) protocol.PublicKey {
	curve := twistededwards.GetEdwardsCurve()
	var p twistededwards.PointAffine
	p.ScalarMultiplication(&curve.Base, big.NewInt(n))
	return protocol.PublicKey{X: p.X, Y: p.Y}
}

// testDeposit returns a deposit of ether.
func testDeposit(n int64, amount uint64) protocol.Deposit {
	return protocol.Deposit{Key: testKey(n + 1), Owner: protocol.Owner{0xde, byte(n >> 8), byte(n)}, Amount: *uint256.NewInt(amount)}
}

// deposit queues deposits as somebody.
func (r *rollupTest) deposit(tb testing.TB, deposits ...protocol.Deposit) {
	tb.Helper()
	for i := range deposits {
		if _, _, err := r.Deposit(tb.Context(), r.somebody, &deposits[i]); err != nil {
			tb.Fatal(err)
		}
	}
}

// credited returns deposits as a batch has them.
func credited(deposits ...protocol.Deposit) []protocol.CreditedDeposit {
	var out []protocol.CreditedDeposit
	for i, d := range deposits {
		out = append(out, protocol.CreditedDeposit{Deposit: d, Index: protocol.Index(i + 1), Opened: true})
	}
	return out
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

// waitOut lets a time pass.
func (r *rollupTest) waitOut(tb testing.TB, d time.Duration) {
	tb.Helper()
	if err := r.dev.Advance(d); err != nil {
		tb.Fatal(err)
	}
}
