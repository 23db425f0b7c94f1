package l1submit

import (
	"encoding/binary"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
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
	p := r.next(tb)
	change(p)
	receipt, err := r.submit(tb, r.operator, fullShape, p)
	if err != nil {
		tb.Fatal(err)
	}
	return receipt.GasUsed
}

// The prices that docs/contracts.md states. A change here changes them there.
func TestGas(t *testing.T) {
	r := newRollupTest(t)
	empty := r.gasOfBatch(t, func(*protocol.Published) {}) // writes the batch number's slot for the first time
	empty = min(empty, r.gasOfBatch(t, func(*protocol.Published) {}))
	full := r.gasOfBatch(t, func(p *protocol.Published) { p.Transfers = transfers(512) })

	var deposits []protocol.CreditedDeposit
	var depositGas uint64
	for i := range 17 {
		d := protocol.Deposit{Key: testKey(int64(i) + 2), Owner: protocol.Owner{1, byte(i)}, Amount: *uint256.NewInt(1e18)}
		_, receipt, err := r.Deposit(t.Context(), r.somebody, d.Key, d.Owner, &d.Amount)
		if err != nil {
			t.Fatal(err)
		}
		depositGas = receipt.GasUsed
		deposits = append(deposits, protocol.CreditedDeposit{Deposit: d, Index: protocol.Index(i + 1), Opened: true})
	}
	one := r.gasOfBatch(t, func(p *protocol.Published) { p.Deposits = deposits[:1] })
	sixteen := r.gasOfBatch(t, func(p *protocol.Published) { p.Deposits = deposits[1:] })

	exits := make([]protocol.Exit, 32)
	for i := range exits {
		exits[i] = protocol.Exit{Owner: protocol.Owner{2, byte(i)}, Amount: *uint256.NewInt(1e18)}
	}
	newExits := r.gasOfBatch(t, func(p *protocol.Published) { p.Exits = exits })
	claim, err := r.Claim(t.Context(), r.somebody, 0, exits[0].Owner)
	if err != nil {
		t.Fatal(err)
	}

	for _, price := range []struct {
		what      string
		gas, most uint64
	}{
		{"an empty batch", empty, 350_000},
		{"a transfer, of 512 in a batch", (full - empty) / 512, 250},
		{"a batch of 512 transfers", full, 475_000},
		{"queueing a deposit", depositGas, 65_000},
		{"crediting a deposit, of 16 in a batch", (sixteen - one) / 15, 2_000},
		{"an exit to a new owner, of 32 in a batch", (newExits - empty) / 32, 26_000},
		{"claiming", claim.GasUsed, 65_000},
		{"deploying a rollup with three circuits", r.deployment.GasUsed, 2_700_000},
	} {
		t.Logf("%s: %d gas", price.what, price.gas)
		if price.gas > price.most {
			t.Errorf("%s costs %d gas, more than %d", price.what, price.gas, price.most)
		}
	}
}

// BenchmarkAcceptBatch is what this machine needs for layer 1's part of 512
// transfers: estimating, executing and sealing. It reports the gas as well.
func BenchmarkAcceptBatch(b *testing.B) {
	r := newRollupTest(b)
	var gas uint64
	for b.Loop() {
		b.StopTimer()
		p := r.next(b)
		p.Transfers = transfers(512)
		st := must(p.Statement(testShapes[fullShape], r.verifier))(b)
		proof := prove(b, r.prover, [PublicInputs]fr.Element{st.D, st.Z, st.Y})
		b.StartTimer()
		receipt := must(r.AcceptBatch(b.Context(), r.operator, fullShape, p.Bytes(), st.D, proof))(b)
		gas = receipt.GasUsed
	}
	b.ReportMetric(float64(gas)/512, "gas/transfer")
}
