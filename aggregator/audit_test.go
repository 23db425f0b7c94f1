package aggregator

import (
	"errors"
	"testing"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// TestAudit finds nothing wrong with a history as the engine made it, and every
// change of what matters in it.
func TestAudit(t *testing.T) {
	history := func(t *testing.T) *bench {
		b := newBench(t, nil)
		b.deposit(1, 2)
		from, _ := b.account(1)
		to, _ := b.account(2)
		for nonce := range uint64(3) {
			b.submit(b.sign(1, protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(10 + nonce), Fee: *uint256.NewInt(1), Nonce: nonce}))
			b.ok(b.engine.Seal(b.now))
			b.work()
		}
		b.submit(b.sign(1, protocol.Transfer{From: from, Amount: *uint256.NewInt(5), Fee: *uint256.NewInt(1), Nonce: 3}))
		return b
	}
	for name, c := range map[string]struct {
		change func(b *bench, c *ledger.Changes)
		want   string // the record that is named
	}{
		"nothing": {func(*bench, *ledger.Changes) {}, ""},
		"signature": {func(b *bench, c *ledger.Changes) {
			x, _, err := b.led.Transfer(2)
			b.ok(err)
			x.Signed.Signature.S[31] ^= 1
			c.Execute(ledger.IDOf(b.id.RollupID, &x.Signed.Transfer), &x)
		}, "batch 2"},
		"amount": {func(b *bench, c *ledger.Changes) {
			x, _, err := b.led.Transfer(4)
			b.ok(err)
			x.Signed.Amount.SetUint64(1 << 40)
			c.Execute(ledger.IDOf(b.id.RollupID, &x.Signed.Transfer), &x)
		}, "batch 4"},
		"root": {func(b *bench, c *ledger.Changes) {
			r, _, err := b.led.Batch(3)
			b.ok(err)
			r.Root.SetOne()
			c.PutBatch(&r)
		}, "batch 3"},
		"commitment": {func(b *bench, c *ledger.Changes) {
			r, _, err := b.led.Batch(1)
			b.ok(err)
			r.New.SetOne()
			c.PutBatch(&r)
		}, "batch 1"},
		"digest": {func(b *bench, c *ledger.Changes) {
			r, _, err := b.led.Batch(1)
			b.ok(err)
			r.Statement.D.SetOne()
			c.PutBatch(&r)
		}, "batch 1"},
		"deposit": {func(b *bench, c *ledger.Changes) {
			r, _, err := b.led.Batch(1)
			b.ok(err)
			r.Deposits[0].Amount.SetUint64(2_000_000)
			c.PutBatch(&r)
		}, "batch 1"},
		"published": {func(b *bench, c *ledger.Changes) {
			published, _, err := b.led.Published(2)
			b.ok(err)
			published[len(published)-1] ^= 1
			c.PutPublished(2, published)
		}, "batch 2"},
		"tree": {func(b *bench, _ *ledger.Changes) {
			_, err := b.led.Tree().Apply(b.Context(), 4, nil, nil)
			b.ok(err)
			_, err = b.led.Tree().Apply(b.Context(), 5, nil, nil)
			b.ok(err)
		}, "state tree"},
	} {
		t.Run(name, func(t *testing.T) {
			b := history(t)
			changes := b.led.NewChanges()
			c.change(b, changes)
			b.ok(b.led.Commit(changes))
			opts := AuditOptions{}
			for _, circuit := range b.cfg.Circuits {
				opts.Shapes = append(opts.Shapes, circuit.Shape)
			}
			faults, err := Audit(t.Context(), b.led, opts)
			b.ok(err)
			switch {
			case c.want == "" && len(faults) > 0:
				t.Errorf("faults: %v", faults)
			case c.want != "" && (len(faults) == 0 || faults[0].Record != c.want):
				t.Errorf("faults: %v, want one of %s", faults, c.want)
			}
		})
	}
}

// TestAuditOfRebuilt: a ledger that begins in the middle says so.
func TestAuditOfRebuilt(t *testing.T) {
	b := newBench(t, nil)
	b.close()
	led, err := ledger.Open("other", ledger.Options{FS: b.fs})
	b.ok(err)
	defer led.Close()
	id := b.id
	id.Base, id.BaseNextIndex = 3, 5
	b.ok(Begin(led, id))
	if _, err := Audit(t.Context(), led, AuditOptions{}); !errors.Is(err, ErrNoGenesis) {
		t.Error(err)
	}
}
