package l1submit_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/internal/standin"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// A rollup on a chain in this process: deployed, paid into, and asked to accept
// a batch that nobody proved.
func Example() {
	ctx := context.Background()
	chain, err := l1submit.NewDevChain(ctx, 2)
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	operator, alice := chain.Sender(chain.Accounts[0]), chain.Sender(chain.Accounts[1])

	// In real use the key is the batch circuit's.
	keys, err := standin.Fixed()
	if err != nil {
		log.Fatal(err)
	}
	verifier, _, err := l1submit.DeployVerifier(ctx, chain.Chain, operator, keys.VerifyingKey)
	if err != nil {
		log.Fatal(err)
	}
	shape := protocol.Shape{Name: "example", LayerOne: 2, FeeAccounts: 1, Exits: 2, Transfers: 4, Accounts: 8, Nodes: 50}
	config := l1submit.DefaultRollupConfig()
	config.Circuits = []l1submit.Circuit{{Verifier: verifier, Shape: shape}}
	config.ExitVerifier = verifier // in real use the exit circuit's
	config.Operator, config.Governor = operator.Address(), operator.Address()
	config.DevelopmentKeys = true
	rollup, _, err := l1submit.DeployRollup(ctx, chain.Chain, operator, config)
	if err != nil {
		log.Fatal(err)
	}

	_, _, err = rollup.Deposit(ctx, alice, &protocol.Deposit{
		Key:   protocol.NewPrivateKey([protocol.SeedSize]byte{1}).Public(),
		Owner: protocol.Owner(alice.Address()), Amount: *uint256.NewInt(1e18),
	})
	if err != nil {
		log.Fatal(err)
	}
	lanes, err := rollup.ReadLanes(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("queued:", len(lanes.Deposits), "wei:", lanes.Deposits[0].Deposit.Amount.Dec())

	final, err := rollup.Finalized(ctx)
	if err != nil {
		log.Fatal(err)
	}
	batch := protocol.Published{
		Old: final.Commitment, New: fr.NewElement(42),
		Deposits: []protocol.CreditedDeposit{{Deposit: lanes.Deposits[0].Deposit, Index: 1, Opened: true}},
	}
	commit := l1submit.Commit{Data: batch.Bytes()}
	if commit.Digest, err = batch.Digest(shape); err != nil {
		log.Fatal(err)
	}
	if commit.Deposits, commit.Exits, err = lanes.Prove(&batch, final.DepositsEnd, final.ExitsEnd); err != nil {
		log.Fatal(err)
	}
	noProof := make([]byte, l1submit.ProofLength)
	_, _, err = rollup.CommitAndProveBatch(ctx, operator, &commit, noProof)
	var revert *l1submit.RevertError
	if errors.As(err, &revert) {
		_, invalid := revert.Reason.(*bindings.Groth16VerifierProofInvalid)
		fmt.Println("proof invalid:", invalid)
	}
	fmt.Println(err)
	// Output:
	// queued: 1 wei: 1000000000000000000
	// proof invalid: true
	// commit and prove batch: layer 1 refused: ProofInvalid(): the proof does not prove this statement to this verifier
}
