package devnet_test

import (
	"math/big"
	"net/http"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/l1submit/devnet"
)

func startGeth(tb testing.TB, opts devnet.Options) *devnet.Geth {
	tb.Helper()
	chain, err := devnet.StartGeth(tb.Context(), opts)
	if err != nil {
		tb.Fatal(err)
	}
	return chain
}

// The archive finds a block also by its hash, which is its beacon root, and keeps
// the blobs of blocks that a reorg replaced.
func TestGethArchive(t *testing.T) {
	chain := startGeth(t, devnet.Options{Accounts: 1})
	defer chain.Close()
	u := newUser(t, chain, 0)
	tx := u.send(u.blobTx())
	block := u.mined(tx).BlockHash
	if n := len(fetch(t, chain, "head", http.StatusOK)); n != 1 {
		t.Errorf("head has %d blobs", n)
	}
	if n := len(fetch(t, chain, "genesis", http.StatusOK)); n != 0 {
		t.Errorf("genesis has %d blobs", n)
	}
	mine(t, chain, 1)
	if root := head(t, chain).ParentBeaconRoot; root == nil || *root != block {
		t.Errorf("the block's beacon root is %v, want %v", root, block)
	}
	both := tx.BlobHashes()[0].String() + "," + common.Hash{1}.String()
	for _, path := range []string{block.String(), "1", "1?versioned_hashes=" + both} {
		if n := len(fetch(t, chain, path, http.StatusOK)); n != 1 {
			t.Errorf("%s: %d blobs", path, n)
		}
	}
	if err := chain.Reorg(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if n := len(fetch(t, chain, block.String(), http.StatusOK)); n != 1 {
		t.Errorf("%d blobs in the replaced block", n)
	}
	fetch(t, chain, common.Hash{1}.String(), http.StatusNotFound)
	for _, path := range []string{"0x12", "-1", "1?versioned_hashes=x", "18446744073709551616"} {
		fetch(t, chain, path, http.StatusBadRequest)
	}
	response, err := http.Post(chain.BlobArchive()+"/eth/v1/beacon/blobs/1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d, error %v", response.StatusCode, err)
	}
}

// However many transactions come at once, blocks go on being made: the pool waits
// for whoever it tells of them, and who makes a block waits for the pool.
func TestGethMinesABurst(t *testing.T) {
	const count = 400
	chain := startGeth(t, devnet.Options{Accounts: 1, AutoMine: true})
	defer chain.Close()
	u := newUser(t, chain, 0)
	var last common.Hash
	for nonce := range uint64(count) {
		last = u.send(&types.DynamicFeeTx{
			ChainID: big.NewInt(1337), Nonce: nonce, To: &u.Address, Gas: 21_000,
			GasFeeCap: big.NewInt(10 * params.GWei), GasTipCap: big.NewInt(params.GWei),
		}).Hash()
	}
	receipt, err := bind.WaitMined(t.Context(), chain.Client(), last)
	if err != nil {
		t.Fatal(err)
	}
	nonce, err := chain.Client().NonceAt(t.Context(), u.Address, receipt.BlockNumber)
	if err != nil || nonce != count {
		t.Errorf("%d of %d transactions are in blocks, error %v", nonce, count, err)
	}
}

// Two chains on which the same happens are the same.
func TestGethIsDeterministic(t *testing.T) {
	var tips []common.Hash
	for range 2 {
		chain := startGeth(t, devnet.Options{Accounts: 1})
		u := newUser(t, chain, 0)
		u.deploy()
		if err := chain.Reorg(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		u.deploy()
		tips = append(tips, head(t, chain).Hash())
		if err := chain.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if tips[0] != tips[1] {
		t.Errorf("%s and %s", tips[0], tips[1])
	}
}

// All states are kept: what an account had at any block can be asked for.
func TestGethKeepsStates(t *testing.T) {
	chain := startGeth(t, devnet.Options{Accounts: 1})
	defer chain.Close()
	u := newUser(t, chain, 0)
	u.deploy()
	deployed := head(t, chain).Number
	mine(t, chain, 300)
	nonce, err := chain.Client().NonceAt(t.Context(), u.Address, deployed)
	if err != nil || nonce != 1 {
		t.Errorf("nonce %d, error %v", nonce, err)
	}
}

func BenchmarkStartGeth(b *testing.B) {
	for b.Loop() {
		if err := startGeth(b, devnet.Options{}).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGethMine(b *testing.B) {
	chain := startGeth(b, devnet.Options{})
	defer chain.Close()
	for b.Loop() {
		if err := chain.Mine(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
	}
}
