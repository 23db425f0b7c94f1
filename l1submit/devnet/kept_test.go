package devnet_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/l1submit/devnet"
)

// keptEnv names the chain's directory to the child that TestGethIsKept kills.
const keptEnv = "QUIRE_TEST_KEPT_CHAIN"

// TestMain is also the child's main function.
func TestMain(m *testing.M) {
	if dir := os.Getenv(keptEnv); dir != "" {
		if err := payAndStay(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0) // nobody killed it, and whoever started it has gone
	}
	os.Exit(m.Run())
}

func keptOptions(dir string) devnet.Options {
	return devnet.Options{Accounts: 2, Dir: dir, AutoMine: true}
}

// payAndStay goes on with a chain, says which transaction is in which block, and
// waits to be killed.
func payAndStay(dir string) error {
	ctx := context.Background()
	chain, err := devnet.StartGeth(ctx, keptOptions(dir))
	if err != nil {
		return err
	}
	receipt, err := pay(ctx, chain)
	if err != nil {
		return err
	}
	// A receipt can be had a moment before its block is on disk. What makes the next
	// block waits until it is.
	if err := chain.Mine(ctx, 0); err != nil {
		return err
	}
	fmt.Println(receipt.TxHash, receipt.BlockHash)
	_, err = bufio.NewReader(os.Stdin).ReadByte() // ends with the parent
	return err
}

// pay puts the first account's next transaction into a block.
func pay(ctx context.Context, chain devnet.Backend) (*types.Receipt, error) {
	from, to := chain.Accounts()[0], chain.Accounts()[1].Address
	nonce, err := chain.Client().NonceAt(ctx, from.Address, nil)
	if err != nil {
		return nil, err
	}
	tx := types.MustSignNewTx(from.Key, types.LatestSignerForChainID(big.NewInt(1337)), &types.DynamicFeeTx{
		ChainID: big.NewInt(1337), Nonce: nonce, To: &to, Gas: params.TxGas, Value: big.NewInt(1),
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(10 * params.GWei),
	})
	if err := chain.Client().SendTransaction(ctx, tx); err != nil {
		return nil, err
	}
	return bind.WaitMined(ctx, chain.Client(), tx.Hash())
}

// payAndDie has a child pay, and kills it. It returns the transaction and its block.
func payAndDie(t *testing.T, dir string) (sent, block common.Hash) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), keptEnv+"="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, readErr := bufio.NewReader(stdout).ReadString('\n')
	killErr := cmd.Process.Kill() // SIGKILL: it can write nothing more
	waitErr := cmd.Wait()
	var exit *exec.ExitError
	if readErr != nil || killErr != nil || !errors.As(waitErr, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the child said %q (%v); killed: %v; it ended with %v\n%s", said, readErr, killErr, waitErr, &stderr)
	}
	tx, in, _ := strings.Cut(strings.TrimSpace(said), " ")
	return common.HexToHash(tx), common.HexToHash(in)
}

// TestGethIsKept: a chain in a directory goes on where it was, with its states and
// transactions, also after a process that was killed.
func TestGethIsKept(t *testing.T) {
	dir := t.TempDir()
	var sent, newest common.Hash
	const rounds = 3
	for round := range uint64(rounds) {
		chain, err := devnet.StartGeth(t.Context(), keptOptions(dir))
		if err != nil {
			t.Fatal(err)
		}
		client := chain.Client()
		if round > 0 {
			head, err := client.HeaderByNumber(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if head.Hash() != newest {
				t.Fatalf("the newest block is %v, %v, want %v", head.Number, head.Hash(), newest)
			}
			if _, err := client.TransactionReceipt(t.Context(), sent); err != nil {
				t.Error(err)
			}
		}
		nonce, err := client.NonceAt(t.Context(), chain.Accounts()[0].Address, nil)
		if err != nil || nonce != 2*round {
			t.Fatalf("nonce %d, error %v, want %d", nonce, err, 2*round)
		}
		receipt, err := pay(t.Context(), chain)
		if err != nil {
			t.Fatal(err)
		}
		if want := 2*round + 1; receipt.BlockNumber.Uint64() != want {
			t.Errorf("block %v, want %d", receipt.BlockNumber, want)
		}
		if err := chain.Close(); err != nil {
			t.Fatal(err)
		}
		sent, newest = payAndDie(t, dir)
	}
	if _, err := devnet.StartAnvil(t.Context(), keptOptions(dir)); !errors.Is(err, devnet.ErrNotKept) {
		t.Errorf("anvil: error %v", err)
	}
}
