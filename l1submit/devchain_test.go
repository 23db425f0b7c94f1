package l1submit

import (
	"context"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/quirezk/quire/l1submit/internal/osaka"
)

// sendPlain sends data to an address with a given gas limit.
func sendPlain(t *testing.T, chain *DevChain, to common.Address, gas uint64, data []byte) (*types.Receipt, error) {
	t.Helper()
	from := sender(chain, 0)
	from.gasLimit = gas
	return from.Send(t.Context(), Call{To: &to, Data: data})
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
		if account.Address() != first.Accounts[i].Address() {
			t.Errorf("account %d is %s on one chain and %s on another", i, first.Accounts[i].Address(), account.Address())
		}
	}
	for i, account := range first.Accounts {
		balance, err := first.Balance(t.Context(), account.Address())
		if err != nil {
			t.Fatal(err)
		}
		if balance.Cmp(DevBalance()) != 0 {
			t.Errorf("account %d has %v wei", i, balance)
		}
	}
	if got := first.ChainID(); got.Cmp(big.NewInt(osaka.ChainID)) != 0 {
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

// canceler is a node whose caller loses patience once a transaction is sent.
type canceler struct {
	Client
	cancel func()
	sent   *types.Transaction
}

func (c *canceler) SendTransaction(ctx context.Context, tx *types.Transaction) error {
	c.sent = tx
	err := c.Client.SendTransaction(ctx, tx)
	c.cancel()
	return err
}

// A transaction that nobody includes: the caller has to learn that it was sent.
func TestSendNotMined(t *testing.T) {
	chain := newDevChain(t, 1)
	chain.seal = nil
	ctx, cancel := context.WithCancel(t.Context())
	node := &canceler{Client: chain.client, cancel: cancel}
	chain.client = node
	from := sender(chain, 0)
	from.gasLimit = 21_000
	_, err := from.Send(ctx, Call{To: &common.Address{}})
	if !errors.Is(err, ErrNotMined) {
		t.Fatalf("got %v, want %v", err, ErrNotMined)
	}
	if !strings.Contains(err.Error(), node.sent.Hash().String()) {
		t.Errorf("%q does not name transaction %s", err, node.sent.Hash())
	}
}

// loser is a node whose answer to a transaction, which it takes, is lost.
type loser struct {
	Client
	err  error
	sent *types.Transaction
}

func (l *loser) SendTransaction(ctx context.Context, tx *types.Transaction) error {
	if err := l.Client.SendTransaction(ctx, tx); err != nil {
		return err
	}
	l.sent = tx
	return l.err
}

// nodeAnswer is a refusal over JSON-RPC.
type nodeAnswer struct{}

func (nodeAnswer) Error() string  { return "transaction underpriced" }
func (nodeAnswer) ErrorCode() int { return -32000 }

// Who does not learn whether the node took a transaction has to learn which: the
// same again would be a second one. What the node refused was not sent.
func TestSendAnswerLost(t *testing.T) {
	for _, lost := range []error{context.Canceled, io.ErrUnexpectedEOF} {
		chain := newDevChain(t, 1)
		node := &loser{Client: chain.client, err: lost}
		chain.client = node
		from := sender(chain, 0)
		from.gasLimit = 21_000
		_, err := from.Send(t.Context(), Call{To: &common.Address{}})
		if !errors.Is(err, ErrNotMined) || !errors.Is(err, lost) {
			t.Fatalf("got %v, want %v", err, ErrNotMined)
		}
		if !strings.Contains(err.Error(), node.sent.Hash().String()) {
			t.Errorf("%q does not name transaction %s", err, node.sent.Hash())
		}
	}
	chain := newDevChain(t, 1)
	chain.client = &loser{Client: chain.client, err: nodeAnswer{}}
	from := sender(chain, 0)
	from.gasLimit = 21_000
	if _, err := from.Send(t.Context(), Call{To: &common.Address{}}); errors.Is(err, ErrNotMined) || !errors.Is(err, nodeAnswer{}) {
		t.Errorf("a refusal: got %v", err)
	}
}

// nowhere is a node whose receipts are of no block, which JSON lets pass.
type nowhere struct{ Client }

func (n nowhere) TransactionReceipt(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	receipt, err := n.Client.TransactionReceipt(ctx, hash)
	if receipt != nil {
		receipt.BlockNumber = nil
	}
	return receipt, err
}

func TestSendReceiptWithoutBlock(t *testing.T) {
	chain := newDevChain(t, 1)
	chain.client = nowhere{chain.client}
	from := sender(chain, 0)
	from.gasLimit = 21_000
	if _, err := from.Send(t.Context(), Call{To: &common.Address{}}); !errors.Is(err, ErrNotMined) {
		t.Errorf("got %v, want %v", err, ErrNotMined)
	}
}

// To an address without code every call succeeds, so none is sent there.
func TestSendToNobody(t *testing.T) {
	chain := newDevChain(t, 1)
	if _, err := sender(chain, 0).Send(t.Context(), Call{To: &common.Address{1}}); !errors.Is(err, bind.ErrNoCode) {
		t.Errorf("got %v, want %v", err, bind.ErrNoCode)
	}
}

func TestDevChainAdvances(t *testing.T) {
	chain := newDevChain(t, 1)
	before := must(chain.Client().HeaderByNumber(t.Context(), nil))(t)
	if err := chain.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	after := must(chain.Client().HeaderByNumber(t.Context(), nil))(t)
	if after.Number.Uint64() != before.Number.Uint64()+1 || after.Time != before.Time+3600 {
		t.Errorf("from block %v at %d to block %v at %d", before.Number, before.Time, after.Number, after.Time)
	}
}

// The node's pool forgets what a block has included a moment after the block:
// time passes right after a transaction all the same.
func TestDevChainAdvancesAfterATransaction(t *testing.T) {
	chain := newDevChain(t, 1)
	for i := range 200 {
		receipt, err := sendPlain(t, chain, common.HexToAddress("0xdead"), 21_000, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := chain.Advance(time.Minute); err != nil {
			t.Fatalf("after transaction %d: %v", i, err)
		}
		head := must(chain.Client().HeaderByNumber(t.Context(), nil))(t)
		if head.Number.Uint64() != receipt.BlockNumber.Uint64()+1 {
			t.Fatalf("the transaction is in block %v, the latest is %v", receipt.BlockNumber, head.Number)
		}
	}
}
