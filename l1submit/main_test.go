package l1submit

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/logger"
	"github.com/ethereum/go-ethereum/common"
	"github.com/quirezk/quire/internal/standin"
)

func TestMain(m *testing.M) {
	logger.Disable() // gnark's lines about each proof hide what a test says
	os.Exit(m.Run())
}

// newDevChain starts a chain that ends with the test.
func newDevChain(tb testing.TB, accounts int) *DevChain {
	tb.Helper()
	chain, err := NewDevChain(tb.Context(), accounts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := chain.Close(); err != nil {
			tb.Error(err)
		}
	})
	return chain
}

// sender returns a sender of a development account's transactions.
func sender(chain *DevChain, account int) *Sender { return chain.Sender(chain.Accounts[account]) }

// newProver returns a stand-in with the committed keys.
func newProver(tb testing.TB) *standin.Prover {
	tb.Helper()
	prover, err := standin.Fixed()
	if err != nil {
		tb.Fatal(err)
	}
	return prover
}

// deployVerifier deploys the verifier with a stand-in's key.
func deployVerifier(tb testing.TB, chain *DevChain, prover *standin.Prover) common.Address {
	tb.Helper()
	address, _, err := DeployVerifier(tb.Context(), chain.Chain, sender(chain, 0), prover.VerifyingKey)
	if err != nil {
		tb.Fatal(err)
	}
	return address
}

// prove returns a proof of (d, z, y).
func prove(tb testing.TB, prover *standin.Prover, inputs [PublicInputs]fr.Element) []byte {
	tb.Helper()
	proof, err := prover.Prove(inputs[0], inputs[1], inputs[2])
	if err != nil {
		tb.Fatal(err)
	}
	return proof
}

// elements returns small distinct field elements.
func elements(from uint64) (e [PublicInputs]fr.Element) {
	for i := range e {
		e[i].SetUint64(from + uint64(i))
	}
	return e
}

// randomElement returns any field element.
func randomElement(rng *rand.Rand) (e fr.Element) {
	var wide [2 * fr.Bytes]byte // reduced, and so of even chances
	for i := range wide {
		wide[i] = byte(rng.Uint32())
	}
	e.SetBytes(wide[:])
	return e
}

// canceled returns a context that is over.
func canceled(tb testing.TB) context.Context {
	ctx, cancel := context.WithCancel(tb.Context())
	cancel()
	return ctx
}
