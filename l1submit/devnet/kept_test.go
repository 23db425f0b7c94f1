package devnet_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/l1submit/devnet"
)

// TestGethIsKept: a chain in a directory goes on where it was, with its states and
// transactions, also after a process that did not close it.
func TestGethIsKept(t *testing.T) {
	opts := devnet.Options{Accounts: 2, Dir: t.TempDir(), AutoMine: true}
	var sent common.Hash
	var head *types.Header
	for round := range uint64(3) {
		chain, err := devnet.StartGeth(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		client, account := chain.Client(), chain.Accounts()[0]
		if round > 0 {
			again, err := client.HeaderByNumber(t.Context(), nil)
			if err != nil || again.Hash() != head.Hash() {
				t.Fatalf("the newest block is %v, error %v, want %v", again, err, head)
			}
			if _, err := client.TransactionReceipt(t.Context(), sent); err != nil {
				t.Error(err)
			}
		}
		if nonce, err := client.NonceAt(t.Context(), account.Address, nil); err != nil || nonce != round {
			t.Fatalf("nonce %d, error %v, want %d", nonce, err, round)
		}
		to := chain.Accounts()[1].Address
		tx := types.MustSignNewTx(account.Key, types.LatestSignerForChainID(big.NewInt(1337)), &types.DynamicFeeTx{
			ChainID: big.NewInt(1337), Nonce: round, To: &to, Gas: params.TxGas, Value: big.NewInt(1),
			GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(10 * params.GWei),
		})
		if err := client.SendTransaction(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
		if _, err := bind.WaitMined(t.Context(), client, tx.Hash()); err != nil {
			t.Fatal(err)
		}
		sent = tx.Hash()
		if head, err = client.HeaderByNumber(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if err := chain.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if head.Number.Uint64() != 3 {
		t.Errorf("the chain has %v blocks", head.Number)
	}
	if _, err := devnet.StartAnvil(t.Context(), opts); !errors.Is(err, devnet.ErrNotKept) {
		t.Errorf("anvil: error %v", err)
	}
}
