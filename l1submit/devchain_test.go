package l1submit

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// sendPlain sends data to an address with a given gas limit.
func sendPlain(t *testing.T, chain *DevChain, to common.Address, gas uint64, data []byte) (*types.Receipt, error) {
	t.Helper()
	from := chain.Accounts[0]
	return chain.transact(t.Context(), from, nil, func(opts *bind.TransactOpts) (*types.Transaction, error) {
		nonce, err := chain.Client().PendingNonceAt(t.Context(), from.Address)
		if err != nil {
			return nil, err
		}
		tx, err := opts.Signer(from.Address, types.NewTx(&types.DynamicFeeTx{
			ChainID: chain.ChainID(), Nonce: nonce, To: &to, Gas: gas, Data: data,
			GasFeeCap: big.NewInt(10 * params.GWei), GasTipCap: big.NewInt(params.GWei),
		}))
		if err != nil {
			return nil, err
		}
		return tx, chain.Client().SendTransaction(t.Context(), tx)
	})
}

// The gas of these transactions is known from the specifications, and other
// forks charge other amounts: go-ethereum's development rules, which move with
// its releases, must not show through.
func TestDevChainHasOsakaRules(t *testing.T) {
	chain := newDevChain(t, 1)
	for _, test := range []struct {
		name string
		to   common.Address
		data []byte
		want uint64
	}{
		// EIP-7951: the precompile at 0x100 costs 6,900; 160 zero bytes 4 each.
		// Before Osaka nothing is there, and EIP-7623 asks 10 for each byte.
		{"P256VERIFY", common.HexToAddress("0x100"), make([]byte, 160), 21_000 + 160*4 + 6_900},
		// EIP-7883: at least 500. Before Osaka, at least 200.
		{"MODEXP", common.HexToAddress("0x05"), nil, 21_000 + 500},
		// EIP-7623: 40 for each byte that is not zero, where nothing is run.
		// Later forks ask more.
		{"calldata", common.HexToAddress("0xdead"), []byte(strings.Repeat("x", 100)), 21_000 + 100*40},
	} {
		receipt, err := sendPlain(t, chain, test.to, 100_000, test.data)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if receipt.GasUsed != test.want {
			t.Errorf("%s: %d gas, want %d", test.name, receipt.GasUsed, test.want)
		}
	}

	// EIP-7825: no transaction takes more than 2^24 gas. Before Osaka and from
	// Amsterdam on, the limit is another.
	if _, err := sendPlain(t, chain, common.HexToAddress("0xdead"), 1<<24, nil); err != nil {
		t.Errorf("a transaction with 2^24 gas: %v", err)
	}
	if _, err := sendPlain(t, chain, common.HexToAddress("0xdead"), 1<<24+1, nil); err == nil {
		t.Error("a transaction with more than 2^24 gas was taken")
	}
}

func TestDevChainAccounts(t *testing.T) {
	first, second := newDevChain(t, 3), newDevChain(t, 2)
	for i, account := range second.Accounts {
		if account.Address != first.Accounts[i].Address {
			t.Errorf("account %d is %s on one chain and %s on another", i, first.Accounts[i].Address, account.Address)
		}
	}
	for i, account := range first.Accounts {
		balance, err := first.Balance(t.Context(), account.Address)
		if err != nil {
			t.Fatal(err)
		}
		if balance.Cmp(DevBalance()) != 0 {
			t.Errorf("account %d has %v wei", i, balance)
		}
	}
	if got := first.ChainID(); got.Cmp(params.AllDevChainProtocolChanges.ChainID) != 0 {
		t.Errorf("chain ID %v", got)
	}
}

func TestChainReportsItsNode(t *testing.T) {
	chain, err := NewDevChain(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	client := chain.Client()
	if err := chain.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := NewChain(t.Context(), client); err == nil {
		t.Error("a chain whose node has gone")
	}
	if _, err := chain.Balance(t.Context(), common.Address{}); err == nil {
		t.Error("a balance from a node that has gone")
	}
}

// A transaction that nobody includes: the caller has to learn that it was sent.
func TestTransactNotMined(t *testing.T) {
	chain := newDevChain(t, 1)
	chain.seal = nil
	ctx := canceled(t)
	var sent *types.Transaction
	_, err := chain.transact(ctx, chain.Accounts[0], nil, func(opts *bind.TransactOpts) (*types.Transaction, error) {
		tx, err := opts.Signer(opts.From, types.NewTx(&types.DynamicFeeTx{
			ChainID: chain.ChainID(), To: &common.Address{}, Gas: 21_000,
			GasFeeCap: big.NewInt(10 * params.GWei), GasTipCap: big.NewInt(params.GWei),
		}))
		if err != nil {
			return nil, err
		}
		sent = tx
		return tx, chain.Client().SendTransaction(t.Context(), tx)
	})
	if !errors.Is(err, ErrNotMined) {
		t.Fatalf("got %v, want %v", err, ErrNotMined)
	}
	if !strings.Contains(err.Error(), sent.Hash().String()) {
		t.Errorf("%q does not name transaction %s", err, sent.Hash())
	}
}
