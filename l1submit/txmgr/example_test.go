package txmgr_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"math/big"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/l1submit/txmgr"
)

// A transaction is sent and waited for; sent again under its key, it is the same one.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	chain, err := devnet.StartGeth(ctx, devnet.Options{AutoMine: true})
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	dir, err := os.MkdirTemp("", "txmgr")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	manager, err := txmgr.Open(ctx, txmgr.Config{
		Dir:           dir,
		Chain:         chain.Client(),
		Signer:        signer.NewDev(chain.Accounts()[0].Key),
		Confirmations: 1,
		PollInterval:  10 * time.Millisecond,
		Logger:        slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer manager.Close()
	go manager.Run(ctx)

	to := common.HexToAddress("0xcafe")
	for range 2 {
		result, err := manager.Send(ctx, txmgr.Intent{Key: "greeting/1", To: &to, Value: big.NewInt(1)})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("nonce %d, block %d, status %d\n", result.Nonce, result.Receipt.BlockNumber, result.Receipt.Status)
	}
	// Output:
	// nonce 0, block 1, status 1
	// nonce 0, block 1, status 1
}
