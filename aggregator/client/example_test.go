package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/protocol"
)

// Sending a transfer, from the account's state to the node's answer.
func Example() {
	url, stop := exampleNode()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, url)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	config, err := c.RollupConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	account, err := c.AccountIn(ctx, 7, wire.Pending)
	if err != nil {
		log.Fatal(err)
	}
	fee, err := c.Fee(ctx, account.Token)
	if err != nil {
		log.Fatal(err)
	}
	transfer := protocol.Transfer{
		From: 7, To: 9, Fee: protocol.Amount(fee.Minimum),
		Nonce: account.NextNonce, ValidUntil: account.Pending.Batch + 100,
	}
	transfer.Amount.SetUint64(1000)
	signed, err := key().SignTransfer(fr.Element(config.RollupID), transfer)
	if err != nil {
		log.Fatal(err)
	}
	result, err := c.SendTransfer(ctx, &signed)
	switch {
	case errors.Is(err, wire.ErrBusy): // wait for what RetryAfter says, then send the same again
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(result.Status, "as number", result.Seq)
	// Output: executed as number 4
}

func exampleNode() (url string, stop func()) {
	n := start(quiet{}, new(backend), api.Options{})
	return n.url, func() { n.current.Load().Close() }
}

// quiet is the part of testing.TB that an example needs.
type quiet struct{ testing.TB }

func (quiet) Cleanup(func())    {}
func (quiet) Fatal(args ...any) { log.Fatal(args...) }
