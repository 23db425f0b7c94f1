package l1submit

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/txmgr"
)

// sealing is a development chain's node that makes a block of what it is sent.
type sealing struct {
	txmgr.Chain
	seal func()
}

func (s *sealing) SendTransaction(ctx context.Context, tx *types.Transaction) error {
	if err := s.Chain.SendTransaction(ctx, tx); err != nil {
		return err
	}
	s.seal()
	return nil
}

// The transaction manager sends what the rollup packs: once for a key, also
// after a restart, and with the contract's refusals as they are.
func TestManaged(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	node, ok := r.dev.client.(txmgr.Chain)
	if !ok {
		t.Fatalf("%T is no chain for a transaction manager, as %T is", r.dev.client, (*ethclient.Client)(nil))
	}
	from := r.dev.Accounts[3]
	dir := t.TempDir()
	open := func() *txmgr.Manager {
		return must(txmgr.Open(ctx, txmgr.Config{
			Dir: dir, Chain: &sealing{node, r.dev.seal}, Signer: from, DecodeRevert: DecodeRevert,
			Confirmations: 1, PollInterval: time.Millisecond, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		}))(t)
	}
	run := func(manager *txmgr.Manager, use func()) {
		running, stop := context.WithCancel(ctx)
		done := make(chan error)
		go func() { done <- manager.Run(running) }()
		use()
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := manager.Close(); err != nil {
			t.Error(err)
		}
	}

	d := testDeposit(1, 1)
	first := open()
	var receipt *types.Receipt
	run(first, func() {
		event, landed, err := r.Deposit(ctx, Managed(r.dev.Chain, first, from.Address(), "deposit/1"), &d)
		if err != nil {
			t.Fatal(err)
		}
		if event.Payer != from.Address() || event.Position != 0 {
			t.Errorf("event %+v", event)
		}
		receipt = landed
	})
	again := open()
	run(again, func() {
		event, landed, err := r.Deposit(ctx, Managed(r.dev.Chain, again, from.Address(), "deposit/1"), &d)
		if err != nil || event.Position != 0 || landed.TxHash != receipt.TxHash {
			t.Errorf("sent again: %+v, %v", event, err)
		}
		other := testDeposit(2, 1)
		if _, _, err := r.Deposit(ctx, Managed(r.dev.Chain, again, from.Address(), "deposit/1"), &other); !errors.Is(err, txmgr.ErrKeyReused) {
			t.Errorf("another call under the key: got %v, want %v", err, txmgr.ErrKeyReused)
		}
		_, err = r.Claim(ctx, Managed(r.dev.Chain, again, from.Address(), "claim"), 0, from.Address())
		wantReason[bindings.RollupNothingToClaim](t, err)
	})
	if state := must(r.LaneState(ctx, 0))(t); state.Count != 1 {
		t.Errorf("%d deposits were made", state.Count)
	}
}
