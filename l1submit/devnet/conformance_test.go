package devnet_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/l1submit/devnet/devnettest"
)

const blockSeconds = uint64(devnet.BlockTime / time.Second)

func TestGenesis(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 3}, func(t *testing.T, chain devnet.Backend) {
		id, err := chain.Client().ChainID(t.Context())
		if err != nil || id.Int64() != 1337 {
			t.Errorf("chain ID %v, error %v", id, err)
		}
		if genesis := head(t, chain); genesis.Number.Sign() != 0 || genesis.Time != devnet.GenesisTime || genesis.GasLimit != 60_000_000 {
			t.Errorf("genesis %+v", genesis)
		}
		if len(chain.Accounts()) != 3 {
			t.Errorf("%d accounts", len(chain.Accounts()))
		}
		for i, a := range chain.Accounts() {
			balance, err := chain.Client().BalanceAt(t.Context(), a.Address, nil)
			if err != nil || balance.Cmp(devnet.Balance()) != 0 {
				t.Errorf("account %d has %v wei, error %v", i, balance, err)
			}
			if key, err := devnet.Key(i); err != nil || !key.Equal(a.Key) {
				t.Errorf("account %d has another key, error %v", i, err)
			}
		}
		if nothing := types.NewTx(&types.LegacyTx{}); !gone(t, chain, nothing) {
			t.Error("it does not say that there is no such transaction")
		}
		if !strings.HasPrefix(chain.URL(), "http://127.0.0.1:") {
			t.Errorf("it serves on %s", chain.URL())
		}
	})
}

// The gas of these transactions is known from the specifications, and other forks
// charge other amounts.
func TestOsakaReceipts(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 1}, func(t *testing.T, chain devnet.Backend) {
		u := newUser(t, chain, 0)
		for _, test := range []struct {
			name string
			to   common.Address
			data []byte
			want uint64
		}{
			{"transfer", common.HexToAddress("0xcafe"), nil, 21_000},
			// EIP-7951: the precompile at 0x100 costs 6,900; 160 zero bytes 4 each.
			// Before Osaka nothing is there, and EIP-7623 asks 10 for each byte.
			{"P256VERIFY", common.HexToAddress("0x100"), make([]byte, 160), 21_000 + 160*4 + 6_900},
			// EIP-7883: at least 500. Before Osaka, at least 200.
			{"MODEXP", common.HexToAddress("0x05"), nil, 21_000 + 500},
			// EIP-7623: 40 for each byte that is not zero, where nothing is run.
			// Later forks ask more.
			{"calldata", common.HexToAddress("0xdead"), []byte(strings.Repeat("x", 100)), 21_000 + 100*40},
		} {
			receipt := u.mined(u.call(&test.to, 100_000, test.data))
			if receipt.GasUsed != test.want || receipt.Status != types.ReceiptStatusSuccessful || len(receipt.Logs) != 0 {
				t.Errorf("%s: %d gas, status %d, %d logs; want %d gas", test.name, receipt.GasUsed, receipt.Status, len(receipt.Logs), test.want)
			}
			header, err := chain.Client().HeaderByNumber(t.Context(), receipt.BlockNumber)
			if err != nil || header.Hash() != receipt.BlockHash {
				t.Errorf("%s: block %v is %v, error %v", test.name, receipt.BlockHash, header.Hash(), err)
			}
		}
		// EIP-7825: no transaction takes more than 2^24 gas. Before Osaka and from
		// Amsterdam on, the limit is another.
		dead := common.HexToAddress("0xdead")
		u.mined(u.call(&dead, 1<<24, nil))
		tx, err := types.SignNewTx(u.Key, types.LatestSignerForChainID(big.NewInt(1337)), &types.DynamicFeeTx{
			ChainID: big.NewInt(1337), Nonce: u.nonce(), To: &dead, Gas: 1<<24 + 1, GasFeeCap: big.NewInt(1e10), GasTipCap: big.NewInt(1e9),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := chain.Client().SendTransaction(t.Context(), tx); err == nil {
			t.Error("a transaction with more than 2^24 gas was taken")
		}
	})
}

func TestRevert(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 1}, func(t *testing.T, chain devnet.Backend) {
		u := newUser(t, chain, 0)
		contract := u.deploy()
		data := []byte("no such luck")
		msg := ethereum.CallMsg{From: u.Address, To: &contract, Data: data}
		_, estimateErr := chain.Client().EstimateGas(t.Context(), msg)
		_, callErr := chain.Client().CallContract(t.Context(), msg, nil)
		for name, err := range map[string]error{"estimate": estimateErr, "call": callErr} {
			var withData rpc.DataError
			if !errors.As(err, &withData) || withData.ErrorData() != hexutil.Encode(data) {
				t.Errorf("%s: error %v", name, err)
			}
		}
		if receipt := u.mined(u.call(&contract, 100_000, data)); receipt.Status != types.ReceiptStatusFailed {
			t.Errorf("%+v", receipt)
		}
	})
}

func TestTime(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 1}, func(t *testing.T, chain devnet.Backend) {
		u := newUser(t, chain, 0)
		contract := u.deploy()
		want := uint64(devnet.GenesisTime) + blockSeconds
		check := func(what string) {
			t.Helper()
			if got := head(t, chain).Time; got != want {
				t.Errorf("%s: the time is %d, want %d", what, got, want)
			}
		}
		check("a block")
		mine(t, chain, 3)
		want += 3 * blockSeconds
		check("three blocks")

		// A contract sees the very second that was asked for.
		tx := u.call(&contract, 100_000, nil)
		want += 30*24*3600 + 1
		if err := chain.MineAt(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		check("a jump")
		if logs := u.receipt(tx).Logs; len(logs) != 1 || new(big.Int).SetBytes(logs[0].Data).Uint64() != want {
			t.Errorf("the contract's time is %+v, want %d", logs, want)
		}
		if err := chain.AdvanceTime(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		want++
		check("a second")
		mine(t, chain, 1)
		want += blockSeconds
		check("a block after the jump")

		for name, err := range map[string]error{
			"now":           chain.MineAt(t.Context(), want),
			"the past":      chain.MineAt(t.Context(), want-1),
			"no time":       chain.AdvanceTime(t.Context(), 0),
			"half a second": chain.AdvanceTime(t.Context(), time.Second/2),
			"backwards":     chain.AdvanceTime(t.Context(), -time.Second),
		} {
			if err == nil {
				t.Errorf("a block at %s", name)
			}
		}
		check("what was refused")
	})
}

func TestLogs(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 1}, func(t *testing.T, chain devnet.Backend) {
		u := newUser(t, chain, 0)
		contract := u.deploy()
		var want []common.Hash
		for range 3 {
			want = append(want, u.mined(u.call(&contract, 100_000, nil)).TxHash)
			mine(t, chain, 1)
		}
		found := logs(t, chain, contract)
		if len(found) != len(want) {
			t.Fatalf("%d logs", len(found))
		}
		for i, log := range found {
			if log.TxHash != want[i] || log.BlockNumber != uint64(2+2*i) || log.Removed {
				t.Errorf("log %d: %+v", i, log)
			}
		}
	})
}

func TestReorg(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 2}, func(t *testing.T, chain devnet.Backend) {
		u := newUser(t, chain, 0)
		for _, depth := range []int{1, 2, 7, 64} {
			t.Run(fmt.Sprint(depth), func(t *testing.T) {
				u.t = t
				before := u.nonce()
				contract := u.deploy()
				mine(t, chain, 2)
				fork := head(t, chain)
				event := u.call(&contract, 100_000, nil)
				mine(t, chain, depth)
				old := head(t, chain)
				if n := len(logs(t, chain, contract)); n != 1 {
					t.Fatalf("%d logs", n)
				}
				waiting := newUser(t, chain, 1).call(&contract, 100_000, nil)
				if err := chain.Reorg(t.Context(), depth); err != nil {
					t.Fatal(err)
				}

				tip := head(t, chain)
				if want := old.Number.Uint64() + 1; tip.Number.Uint64() != want || tip.Time <= old.Time {
					t.Errorf("the newest block is %d at %d; before it was %d at %d", tip.Number, tip.Time, old.Number, old.Time)
				}
				replaced, err := chain.Client().HeaderByNumber(t.Context(), old.Number)
				if err != nil || replaced.Hash() == old.Hash() {
					t.Errorf("block %d is still there, error %v", old.Number, err)
				}
				if kept, err := chain.Client().HeaderByNumber(t.Context(), fork.Number); err != nil || kept.Hash() != fork.Hash() {
					t.Errorf("block %d has gone, error %v", fork.Number, err)
				}
				if u.nonce() != before+1 || len(logs(t, chain, contract)) != 0 || !gone(t, chain, event) {
					t.Error("the transaction left a trace")
				}
				if !gone(t, chain, waiting) {
					t.Error("what waited is still there")
				}
				mine(t, chain, 2)
				if !gone(t, chain, event) || !gone(t, chain, waiting) {
					t.Error("the transactions came back by themselves")
				}
				if err := chain.Client().SendTransaction(t.Context(), event); err != nil {
					t.Fatal(err)
				}
				if receipt := u.mined(event); receipt.Status != types.ReceiptStatusSuccessful || len(logs(t, chain, contract)) != 1 {
					t.Errorf("sent again: %+v", receipt)
				}
			})
		}
		number := int(head(t, chain).Number.Int64())
		for _, depth := range []int{-1, 0, number + 1} {
			if err := chain.Reorg(t.Context(), depth); err == nil {
				t.Errorf("a reorg of %d blocks in a chain of %d", depth, number)
			}
		}
	})
}

// A reorg that takes back a jump in time does not take back the time.
func TestReorgKeepsTime(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 1}, func(t *testing.T, chain devnet.Backend) {
		mine(t, chain, 1)
		if err := chain.AdvanceTime(t.Context(), 1000*time.Hour); err != nil {
			t.Fatal(err)
		}
		before := head(t, chain)
		if err := chain.Reorg(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if after := head(t, chain); after.Time != before.Time+blockSeconds {
			t.Errorf("the time is %d after %d", after.Time, before.Time)
		}
	})
}

func TestAutoMine(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 2, AutoMine: true}, func(t *testing.T, chain devnet.Backend) {
		for i := range 2 {
			u := newUser(t, chain, i)
			tx := u.call(nil, 200_000, testContract)
			for { // the test's own timeout ends it
				if _, err := chain.Client().TransactionReceipt(t.Context(), tx.Hash()); err == nil {
					break
				} else if !errors.Is(err, ethereum.NotFound) {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			if u.receipt(tx).ContractAddress != firstContract(u.Account) {
				t.Error("no contract")
			}
		}
		if n := head(t, chain).Number.Int64(); n != 2 {
			t.Errorf("%d blocks", n)
		}
		mine(t, chain, 1) // also by hand
		if n := head(t, chain).Number.Int64(); n != 3 {
			t.Errorf("%d blocks", n)
		}
	})
}

// fetch asks the archive, and wants a status.
func fetch(t *testing.T, chain devnet.Backend, path string, status int) [][]byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, chain.BlobArchive()+"/eth/v1/beacon/blobs/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != status {
		t.Fatalf("%s: status %d, want %d: %.200s", path, response.StatusCode, status, body)
	}
	if status != http.StatusOK {
		return nil
	}
	var answer struct{ Data []hexutil.Bytes }
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	blobs := make([][]byte, len(answer.Data))
	for i, b := range answer.Data {
		blobs[i] = b
	}
	return blobs
}

func TestBlobs(t *testing.T) {
	devnettest.Each(t, devnet.Options{Accounts: 1}, func(t *testing.T, chain devnet.Backend) {
		u := newUser(t, chain, 0)
		mine(t, chain, 1)
		tx := u.send(u.blobTx())
		receipt := u.mined(tx)
		if receipt.Status != types.ReceiptStatusSuccessful || receipt.Type != types.BlobTxType || receipt.BlobGasUsed != 1<<17 {
			t.Errorf("%+v", receipt)
		}
		mine(t, chain, 1)
		want := sidecar().Blobs[0]
		check := func(path string, n int) {
			t.Helper()
			blobs := fetch(t, chain, path, http.StatusOK)
			if len(blobs) != n {
				t.Errorf("%s: %d blobs, want %d", path, len(blobs), n)
			}
			for _, b := range blobs {
				if string(b) != string(want[:]) {
					t.Errorf("%s: another blob", path)
				}
			}
		}
		hash := tx.BlobHashes()[0].String()
		check("2", 1)
		check("2?versioned_hashes="+hash, 1)
		check("2?versioned_hashes="+common.Hash{1}.String(), 0)
		check("1", 0)
		fetch(t, chain, "99", http.StatusNotFound)
		fetch(t, chain, "x", http.StatusBadRequest)

		if err := chain.Reorg(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		check("2", 0)
	})
}

func TestClosed(t *testing.T) {
	for _, auto := range []bool{false, true} {
		devnettest.Each(t, devnet.Options{Accounts: 1, AutoMine: auto}, func(t *testing.T, chain devnet.Backend) {
			mine(t, chain, 1)
			for range 2 {
				if err := chain.Close(); err != nil {
					t.Fatal(err)
				}
			}
			for name, err := range map[string]error{
				"Mine":        chain.Mine(t.Context(), 1),
				"MineAt":      chain.MineAt(t.Context(), devnet.GenesisTime+1000),
				"AdvanceTime": chain.AdvanceTime(t.Context(), time.Hour),
				"Reorg":       chain.Reorg(t.Context(), 1),
			} {
				if err == nil {
					t.Errorf("%s after Close", name)
				}
			}
			if _, err := chain.Client().BlockNumber(t.Context()); err == nil {
				t.Error("it still answers")
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for _, starter := range devnet.Starters() {
		if chain, err := starter.Start(t.Context(), devnet.Options{Accounts: -1}); err == nil {
			t.Errorf("%s: %v", starter.Name, chain)
		}
	}
}
