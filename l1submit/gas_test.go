package l1submit

import (
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/protocol"
)

// fullShape is the circuit of 512 transfers in testShapes.
const fullShape = 2

// transfers returns transfers as they look in a large rollup: no byte of index
// or amount is zero more often than by chance.
func transfers(n int) []protocol.PublishedTransfer {
	out := make([]protocol.PublishedTransfer, n)
	for i := range out {
		h := crypto.Keccak256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		out[i] = protocol.PublishedTransfer{
			From:   protocol.Index(binary.BigEndian.Uint32(h[0:])),
			To:     protocol.Index(binary.BigEndian.Uint32(h[4:])),
			Amount: protocol.AmountCode(binary.BigEndian.Uint32(h[8:])),
			Fee:    protocol.FeeCode(h[12]),
		}
	}
	return out
}

// gasOfBatch submits a batch and returns the transaction's gas.
func (r *rollupTest) gasOfBatch(tb testing.TB, change func(*protocol.Published)) uint64 {
	tb.Helper()
	p := r.next()
	change(p)
	return r.settle(tb, fullShape, p).GasUsed
}

// price is what something costs, and may cost at most.
type price struct {
	what      string
	gas, most uint64
}

func checkPrices(t *testing.T, prices []price) {
	t.Helper()
	for _, p := range prices {
		t.Logf("%s: %d gas", p.what, p.gas)
		if p.gas > p.most {
			t.Errorf("%s costs %d gas, more than %d", p.what, p.gas, p.most)
		}
	}
}

// The prices that docs/contracts.md states. A change here changes them there.
func TestGasOfBatches(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	r.deposit(t, testDeposit(0, 1e18))
	first := r.gasOfBatch(t, func(p *protocol.Published) { p.Deposits = credited(testDeposit(0, 1e18)) }) // writes slots for the first time
	empty := r.gasOfBatch(t, func(*protocol.Published) {})
	full := r.gasOfBatch(t, func(p *protocol.Published) { p.Transfers = transfers(512) })

	var deposits []protocol.Deposit
	for i := range 17 {
		deposits = append(deposits, testDeposit(int64(i)+1, 1e18))
	}
	r.deposit(t, deposits...)
	one := r.gasOfBatch(t, func(p *protocol.Published) { p.Deposits = credited(deposits[:1]...) })
	sixteen := r.gasOfBatch(t, func(p *protocol.Published) { p.Deposits = credited(deposits[1:]...) })

	exits := make([]protocol.Exit, 32)
	for i := range exits {
		exits[i] = protocol.Exit{Owner: protocol.Owner{2, byte(i)}, Amount: *uint256.NewInt(1e18)}
	}
	newExits := r.gasOfBatch(t, func(p *protocol.Published) { p.Exits = exits })
	oldExits := r.gasOfBatch(t, func(p *protocol.Published) { p.Exits = exits })
	oneNew := r.gasOfBatch(t, func(p *protocol.Published) {
		p.Exits = []protocol.Exit{{Owner: protocol.Owner{3}, Amount: *uint256.NewInt(1e18)}}
	})
	oneOld := r.gasOfBatch(t, func(p *protocol.Published) {
		p.Exits = []protocol.Exit{{Owner: protocol.Owner{3}, Amount: *uint256.NewInt(1e18)}}
	})
	claim, err := r.Claim(ctx, r.somebody, 0, common.Address(exits[0].Owner))
	if err != nil {
		t.Fatal(err)
	}

	// Committed first and proven later.
	p := r.next()
	p.Transfers = transfers(512)
	b := r.prepare(t, fullShape, p)
	event, commit, err := r.CommitBatch(ctx, r.operator, &b.Commit, nil)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := r.ProveBatches(ctx, r.somebody, b.proven(event))
	if err != nil {
		t.Fatal(err)
	}

	checkPrices(t, []price{
		{"the first batch, with a deposit", first, 430_000},
		{"an empty batch", empty, 365_000},
		{"a transfer, of 512 in a batch", (full - empty) / 512, 250},
		{"a batch of 512 transfers", full, 490_000},
		{"a transfer, of 512 in a batch, all in", full / 512, 1_000},
		{"a batch of 512 transfers, committed", commit.GasUsed, 305_000},
		{"a batch, proven", proof.GasUsed, 352_000},
		{"crediting a deposit, of 16 in a batch", (sixteen - one) / 15, 2_000},
		{"an exit to a new owner, of 32 in a batch", (newExits - empty) / 32, 30_000},
		{"an exit to an owner with another, of 32 in a batch", (oldExits - empty) / 32, 10_000},
		{"an exit to a new owner, alone in a batch", oneNew - empty, 30_000},
		{"an exit to an owner with another, alone in a batch", oneOld - empty, 10_000},
		{"claiming ether", claim.GasUsed, 63_000},
		{"deploying a rollup with three circuits", r.deployment.GasUsed, 5_700_000},
	})
}

// Deposits are measured over a whole stride of the lane, in which one of them
// writes a checkpoint, to a slot that was never used.
func TestGasOfTheQueue(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	mean := func(queue func(i int) *types.Receipt) uint64 {
		var sum uint64
		for i := range protocol.LaneStride {
			sum += queue(i).GasUsed
		}
		return sum / protocol.LaneStride
	}
	deposit := func(i int, token protocol.Token) *types.Receipt {
		d := testDeposit(int64(i), 1e18)
		d.Token = token
		_, receipt, err := r.Deposit(ctx, r.somebody, &d)
		if err != nil {
			t.Fatal(err)
		}
		return receipt
	}
	first := deposit(99, 0)
	ether := mean(func(i int) *types.Receipt { return deposit(i, 0) })
	token, number := r.newToken(t, r.somebody.Address(), big.NewInt(2e18))
	if _, err := token.Approve(ctx, r.somebody, r.Address(), new(big.Int).Lsh(big.NewInt(1), 250)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.SetTokenCap(ctx, r.governor, number, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		t.Fatal(err)
	}
	deposit(100, number) // the token's first
	erc20 := mean(func(i int) *types.Receipt { return deposit(i, number) })
	request := func(i int) *types.Receipt {
		_, receipt, err := r.RequestExit(ctx, r.somebody, protocol.Index(i+1))
		if err != nil {
			t.Fatal(err)
		}
		return receipt
	}
	request(99)
	exit := mean(request)
	checkPrices(t, []price{
		{"the first deposit of all", first.GasUsed, 85_000},
		{"depositing ether, on average", ether, 50_000},
		{"depositing a token, on average", erc20, 75_000},
		{"requesting an exit, on average", exit, 65_000},
	})
}

// BenchmarkCommitAndProve is what this machine needs for layer 1's part of 512
// transfers: estimating, executing and sealing. It reports the gas as well.
func BenchmarkCommitAndProve(b *testing.B) {
	r := newRollupTest(b)
	var gas uint64
	for b.Loop() {
		b.StopTimer()
		p := r.next()
		p.Transfers = transfers(512)
		prepared := r.prepare(b, fullShape, p)
		b.StartTimer()
		event, receipt, err := r.CommitAndProveBatch(b.Context(), r.operator, &prepared.Commit, prepared.proof)
		if err != nil {
			b.Fatal(err)
		}
		r.advance(&event.Record)
		gas = receipt.GasUsed
	}
	b.ReportMetric(float64(gas)/512, "gas/transfer")
}
