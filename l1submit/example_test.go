package l1submit_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/internal/standin"
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
	operator, alice := chain.Accounts[0], chain.Accounts[1]

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
	rollup, _, err := l1submit.DeployRollup(ctx, chain.Chain, operator, l1submit.RollupConfig{
		Circuits:        []l1submit.Circuit{{Verifier: verifier, Shape: shape}},
		Operator:        operator.Address,
		DevelopmentKeys: true,
	})
	if err != nil {
		log.Fatal(err)
	}

	key := protocol.NewPrivateKey([protocol.SeedSize]byte{1}).Public()
	place, _, err := rollup.Deposit(ctx, alice, key, protocol.Owner(alice.Address), uint256.NewInt(1e18))
	if err != nil {
		log.Fatal(err)
	}
	deposits, err := rollup.Deposits(ctx, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("queued at", place, "of", len(deposits), "wei:", deposits[0].Amount.Dec())

	old, err := rollup.Commitment(ctx)
	if err != nil {
		log.Fatal(err)
	}
	batch := protocol.Published{Old: old, New: fr.NewElement(42)}
	digest, err := batch.Digest(shape)
	if err != nil {
		log.Fatal(err)
	}
	noProof := make([]byte, l1submit.ProofLength)
	_, err = rollup.AcceptBatch(ctx, operator, 0, batch.Bytes(), digest, noProof)
	var revert *l1submit.RevertError
	if errors.As(err, &revert) {
		_, invalid := revert.Reason.(*bindings.Groth16VerifierProofInvalid)
		fmt.Println("proof invalid:", invalid)
	}
	fmt.Println(err)
	// Output:
	// queued at 0 of 1 wei: 1000000000000000000
	// proof invalid: true
	// submit batch: layer 1 refused: ProofInvalid()
}
