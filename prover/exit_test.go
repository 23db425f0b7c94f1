package prover_test

import (
	"errors"
	"math/big"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/internal/golden"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

const goldenDigest = "../testdata/circuits/exit_digest.json"

// exitCircuit compiles the exit circuit, once for all tests.
var exitCircuit = sync.OnceValues(func() (*prover.Circuit, error) {
	ccs, err := exit.Compile()
	if err != nil {
		return nil, err
	}
	return prover.NewCircuit(prover.Design{Name: exit.Name}, ccs)
})

func compiledExit(tb testing.TB) *prover.Circuit {
	tb.Helper()
	c, err := exitCircuit()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// TestExitDigest pins what the exit circuit compiles to, wire by wire. A rollup
// never changes its exit verifier, so a change here means that users of the
// rollups there are need the old program to leave.
func TestExitDigest(t *testing.T) {
	golden.JSON(t, goldenDigest, map[string]prover.Digest{exit.Name: compiledExit(t).Digest()}, "the circuit changed; if on purpose, run make golden")
}

// sealedExit is an account of a small state, sealed.
func sealedExit(tb testing.TB) *witness.SealedExit {
	tb.Helper()
	tree := statetree.OpenMemory()
	var updates []statetree.Update
	for i := range 100 {
		updates = append(updates, statetree.Update{Index: protocol.Index(1 + i*i*1000), Account: protocol.Account{
			Key: protocol.NewPrivateKey([32]byte{byte(i)}).Public(), Owner: protocol.Owner{19: byte(i)},
			Token: protocol.Token(i % 3), Nonce: uint64(i), Balance: *uint256.NewInt(uint64(1e18) + uint64(i)),
		}})
	}
	if _, err := tree.Load(tb.Context(), 7, updates, nil); err != nil {
		tb.Fatal(err)
	}
	snapshot, err := tree.Snapshot()
	if err != nil {
		tb.Fatal(err)
	}
	var rollupID fr.Element
	rollupID.SetUint64(77)
	e, err := witness.SealExit(snapshot, rollupID, protocol.Commitment(snapshot.Root(), rollupID, 7), updates[50].Index)
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(snapshot.Close(), tree.Close()); err != nil {
		tb.Fatal(err)
	}
	return e
}

// exitJob is the job of proving an exit for a verifier.
func exitJob(tb testing.TB, e *witness.SealedExit, verifier [20]byte) (prover.Job, *witness.BuiltExit) {
	tb.Helper()
	built, err := witness.BuildExit(e, verifier)
	if err != nil {
		tb.Fatal(err)
	}
	published := built.Escape.Bytes()
	return prover.Job{Assignment: built.Assignment, Published: published[:], Verifier: verifier}, built
}

// TestExitOnLayerOne makes keys for the exit circuit, deploys its verifier, and
// proves an exit to it: the same store, manifest, prover, proof file and contract
// as for batches.
func TestExitOnLayerOne(t *testing.T) {
	ctx, circuit := t.Context(), compiledExit(t)
	store := prover.NewStore(t.TempDir())
	if _, err := store.Setup(ctx, circuit, prover.SetupOptions{}); err != nil {
		t.Fatal(err)
	}
	keys, err := store.Load(ctx, circuit.Design(), circuit.Digest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := store.LoadVerifyingKey(ctx, circuit.Design(), circuit.Digest())
	if err != nil {
		t.Fatal(err)
	}
	if name := key.Manifest().Shape.Name; name != exit.Name || key.Manifest().Shape.Capacities != nil {
		t.Errorf("the manifest names %q, with capacities %v", name, key.Manifest().Shape.Capacities)
	}

	chain, err := l1submit.NewDevChain(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := chain.Close(); err != nil {
			t.Error(err)
		}
	}()
	verifier, _, err := l1submit.DeployVerifier(ctx, chain.Chain, chain.Sender(chain.Accounts[0]), key.Groth16())
	if err != nil {
		t.Fatal(err)
	}

	job, built := exitJob(t, sealedExit(t), verifier)
	proof, err := prover.Prove(ctx, keys, job, nil)
	if err != nil {
		t.Fatal(err)
	}
	if proof.Shape != exit.Name || proof.Statement != prover.Statement(built.Statement) || proof.Verifier != verifier {
		t.Errorf("the proof is about something else: %+v", proof)
	}
	encoded, err := proof.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if proof, err = prover.DecodeProof(encoded); err != nil {
		t.Fatal(err)
	}
	if err := key.Verify(proof); err != nil {
		t.Fatal(err)
	}

	// The contract makes the statement from the claim itself; so does this.
	onChain := func(claim protocol.Escape, at common.Address) error {
		s, err := claim.Statement(at)
		if err != nil {
			t.Fatal(err)
		}
		return l1submit.VerifyOnChain(ctx, chain.Chain, verifier, proof.Calldata(), [3]fr.Element{s.D, s.Z, s.Y})
	}
	if err := onChain(built.Escape, verifier); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*protocol.Escape){
		"balance":    func(e *protocol.Escape) { e.Balance.AddUint64(&e.Balance, 1) },
		"owner":      func(e *protocol.Escape) { e.Owner[0]++ },
		"token":      func(e *protocol.Escape) { e.Token++ },
		"index":      func(e *protocol.Escape) { e.Index++ },
		"commitment": func(e *protocol.Escape) { e.Commitment.SetOne() },
	} {
		claim := built.Escape
		edit(&claim)
		var revert *l1submit.RevertError
		if err := onChain(claim, verifier); !errors.As(err, &revert) {
			t.Errorf("a claim of another %s: %v", name, err)
		}
	}
	if err := onChain(built.Escape, common.Address{1}); err == nil {
		t.Error("the proof holds for another verifier")
	}

	// A claim of more than the account holds has no proof.
	job, built = exitJob(t, sealedExit(t), verifier)
	built.Escape.Balance.AddUint64(&built.Escape.Balance, 1)
	s, err := built.Escape.Statement(verifier)
	if err != nil {
		t.Fatal(err)
	}
	built.Assignment.D, built.Assignment.Z, built.Assignment.Y = s.D, s.Z, s.Y
	for name, balance := range map[string]*big.Int{"the account as it is": sealedExit(t).Account.Balance.ToBig(), "as it is claimed": built.Escape.Balance.ToBig()} {
		built.Assignment.Balance = balance
		if _, err := prover.Prove(ctx, keys, job, nil); !errors.Is(err, prover.ErrUnsatisfied) {
			t.Errorf("more than the account holds, with %s: %v", name, err)
		}
	}
}

// BenchmarkExit is what an owner waits for, step by step.
func BenchmarkExit(b *testing.B) {
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			ccs, err := exit.Compile()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := prover.NewCircuit(prover.Design{Name: exit.Name}, ccs); err != nil {
				b.Fatal(err)
			}
		}
	})
	ctx, circuit := b.Context(), compiledExit(b)
	store := prover.NewStore(b.TempDir())
	b.Run("setup", func(b *testing.B) {
		for b.Loop() {
			if _, err := store.Setup(ctx, circuit, prover.SetupOptions{Force: true}); err != nil {
				b.Fatal(err)
			}
		}
	})
	keys, err := store.Setup(ctx, circuit, prover.SetupOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if _, err := store.Load(ctx, circuit.Design(), circuit.Digest(), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	sealed := sealedExit(b)
	b.Run("prove", func(b *testing.B) {
		for b.Loop() {
			job, _ := exitJob(b, sealed, [20]byte{})
			if _, err := prover.Prove(ctx, keys, job, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
