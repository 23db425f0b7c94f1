package watch

import (
	"context"
	"encoding/binary"
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/params"
)

// logger is a contract that logs what it is called with, under the topic that
// this begins with: CALLDATACOPY(0, 0, size), LOG1(0, size, CALLDATALOAD(0)).
var logger = common.FromHex("365f5f375f35365fa100")

// TestGeth watches go-ethereum itself while it reorganizes its chain.
func TestGeth(t *testing.T) {
	ctx := context.Background()
	key, err := crypto.ToECDSA(common.LeftPadBytes([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	from := crypto.PubkeyToAddress(key.PublicKey)
	backend := simulated.NewBackend(types.GenesisAlloc{
		from:   {Balance: new(big.Int).Mul(big.NewInt(1000), big.NewInt(params.Ether))},
		rollup: {Code: logger, Balance: new(big.Int)},
	})
	t.Cleanup(func() {
		if err := backend.Close(); err != nil {
			t.Error(err)
		}
	})
	client := backend.Client()
	signer := types.LatestSignerForChainID(params.AllDevChainProtocolChanges.ChainID)
	nonce := uint64(0)
	send := func() {
		t.Helper()
		data := append(topics["deposit"].Bytes(), binary.BigEndian.AppendUint64(nil, nonce)...)
		tx, err := types.SignNewTx(key, signer, &types.DynamicFeeTx{
			ChainID: params.AllDevChainProtocolChanges.ChainID, Nonce: nonce, To: &rollup, Data: data, Gas: 100_000,
			GasFeeCap: big.NewInt(10 * params.GWei), GasTipCap: big.NewInt(params.GWei),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := client.SendTransaction(ctx, tx); err != nil {
			t.Fatal(err)
		}
		nonce++
	}

	var delivered []types.Log
	var cursor Cursor
	sink := sinkFuncs{
		cursor: func() Cursor { return cursor },
		deliver: func(step Step) error {
			delivered, cursor = append(delivered, step.Logs...), step.Cursor
			return nil
		},
	}
	// The headers by hash are no part of the simulated client's interface, but of
	// the client behind it.
	node, ok := client.(Chain)
	if !ok {
		t.Fatal("the simulated node is not a chain")
	}
	w := New(node, Config{Contract: rollup, Confirmations: 4, Retry: Retry{Attempts: 2, Logger: quiet}, Logger: quiet}, sink)
	check := func() {
		t.Helper()
		head, err := client.BlockNumber(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if want := head - 4; cursor.Block.Number != want {
			t.Errorf("delivered up to %v, want %d", cursor.Block, want)
		}
		want, err := client.FilterLogs(ctx, ethereum.FilterQuery{
			ToBlock: new(big.Int).SetUint64(cursor.Block.Number), Addresses: []common.Address{rollup},
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := differ(want, delivered); diff != "" {
			t.Errorf("delivered logs differ: %s", diff)
		}
	}
	var hashes []common.Hash // by number − 1
	commit := func(n int) {
		for range n {
			send()
			hashes = append(hashes, backend.Commit())
			if err := w.Sync(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	reorganize := func(depth int) {
		t.Helper()
		hashes = hashes[:len(hashes)-depth]
		if err := backend.Fork(hashes[len(hashes)-1]); err != nil {
			t.Fatal(err)
		}
		for range depth + 1 { // geth puts the transactions that it took back into blocks again
			hashes = append(hashes, backend.Commit())
		}
	}
	commit(10)
	check()
	for depth := 1; depth <= 4; depth++ {
		reorganize(depth)
		if err := w.Sync(ctx); err != nil {
			t.Fatalf("depth %d: %v", depth, err)
		}
		check()
		commit(3)
		check()
	}

	reorganize(9)
	var reorg *ReorgError
	if err := w.Sync(ctx); !errors.As(err, &reorg) {
		t.Fatalf("error %v", err)
	}
	if fork := hashes[len(hashes)-11]; reorg.Fork.Block.Hash != fork {
		t.Errorf("fork %v, want %v", reorg.Fork.Block, fork)
	}
	cursor = reorg.Fork
	for len(delivered) > 0 && delivered[len(delivered)-1].BlockNumber > cursor.Block.Number {
		delivered = delivered[:len(delivered)-1]
	}
	commit(1)
	check()

	// From the beginning, in ranges: far from the head, and refused by nobody.
	commit(150)
	delivered, cursor = nil, Cursor{}
	w = New(node, Config{Contract: rollup, Confirmations: 4, MaxRange: 20, Retry: Retry{Attempts: 2, Logger: quiet}, Logger: quiet}, sink)
	if err := w.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	check()
}

type sinkFuncs struct {
	cursor  func() Cursor
	deliver func(Step) error
}

func (s sinkFuncs) Cursor(context.Context) (Cursor, error)     { return s.cursor(), nil }
func (s sinkFuncs) Deliver(_ context.Context, step Step) error { return s.deliver(step) }
