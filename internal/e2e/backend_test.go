package e2e

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/devnet"
)

// onEach runs a test on each kind of layer-1 chain, and says which.
func onEach(t *testing.T, test func(t *testing.T, chain devnet.Backend)) {
	t.Helper()
	for _, kind := range devnet.Starters() {
		t.Run(kind.Name, func(t *testing.T) { test(t, start(t, kind)) })
	}
}

// start starts a chain, which ends with the test. Where the machine does not have
// it, the test is skipped and says how to get it.
func start(t *testing.T, kind devnet.Starter) devnet.Backend {
	t.Helper()
	chain, err := kind.Start(t.Context(), devnet.Options{Accounts: everybody})
	if errors.Is(err, devnet.ErrNotInstalled) {
		t.Skipf("did not run on %s: %v", kind.Name, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := chain.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("layer 1: %s", chain.Name())
	return chain
}

// embedded starts the chain that every machine has.
func embedded(t *testing.T) devnet.Backend {
	t.Helper()
	return start(t, devnet.Starters()[0])
}

// inOneBlock sends calls, each from another account, and has one block, one second
// after the latest, take them in this order. It returns what each came to.
func (w *world) inOneBlock(from []*person, calls []l1submit.Call) (errs []error) {
	w.Helper()
	ctx := w.Context()
	var sent []*types.Transaction
	for i := range calls {
		sent = append(sent, must(from[i].post(ctx, calls[i], int64(2*(len(calls)-i))))(w)) // the best paying first
	}
	w.ok(w.l1.MineAt(ctx, w.now()+1))
	var block common.Hash
	for i, tx := range sent {
		receipt, err := from[i].settle(ctx, tx)
		switch errs = append(errs, err); {
		case receipt == nil:
			w.Fatal(err)
		case i > 0 && receipt.BlockHash != block, receipt.TransactionIndex != uint(i):
			w.Fatalf("transaction %d is at place %d of block %d", i, receipt.TransactionIndex, receipt.BlockNumber)
		default:
			block = receipt.BlockHash
		}
	}
	return errs
}
