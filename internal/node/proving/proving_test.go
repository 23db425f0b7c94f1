package proving

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	gnarklogger "github.com/consensys/gnark/logger"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

func TestMain(m *testing.M) {
	gnarklogger.Disable() // gnark's lines about each proof hide what a test says
	os.Exit(m.Run())
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// sealed returns a batch that credits a deposit and makes a transfer of it.
func sealed(t *testing.T, shape protocol.Shape) *witness.Sealed {
	t.Helper()
	tree := statetree.OpenMemory()
	defer tree.Close()
	snapshot, err := tree.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	id := fr.NewElement(42)
	key := protocol.NewPrivateKey([protocol.SeedSize]byte{1})
	transfer, err := key.SignTransfer(id, protocol.Transfer{From: 1, To: 2, Amount: *uint256.NewInt(3), ValidUntil: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := witness.Seal(witness.FromSnapshot(snapshot), shape, &protocol.Batch{
		RollupID: id, Number: 1,
		Openings:  []protocol.Opening{{Index: 2, Key: key.Public(), Owner: protocol.Owner{2}}},
		Deposits:  []protocol.CreditedDeposit{{Deposit: protocol.Deposit{Key: key.Public(), Owner: protocol.Owner{1}, Amount: *uint256.NewInt(9)}, Index: 1, Opened: true}},
		Transfers: []protocol.SignedTransfer{transfer},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestProver(t *testing.T) {
	// Less than any shape that there is, for its keys are made here.
	shape := protocol.Shape{Name: "least", Openings: 1, LayerOne: 1, FeeAccounts: 1, Exits: 2, Transfers: 2, Accounts: 2, Nodes: 18}
	ctx := t.Context()
	store := prover.NewStore(filepath.Join(t.TempDir(), "keys"))
	if _, err := Open(ctx, []protocol.Shape{shape}, Options{Store: store, Logger: quiet}); !errors.Is(err, prover.ErrKeysNotFound) || !strings.Contains(err.Error(), "quire setup --shape least") {
		t.Errorf("without keys: error %v", err)
	}
	var mu sync.Mutex
	var stages []prover.Stage
	observe := func(name string, stage prover.Stage, took time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if name != shape.Name || took <= 0 {
			t.Errorf("stage %s of %s took %v", stage, name, took)
		}
		stages = append(stages, stage)
	}
	if _, err := Open(ctx, []protocol.Shape{shape}, Options{Store: store, Setup: true, Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	p, err := Open(ctx, []protocol.Shape{shape}, Options{Store: store, Observe: observe, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	small, err := Open(ctx, []protocol.Shape{shape}, Options{Store: store, Memory: 1, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if err := small.Load(ctx); !errors.Is(err, prover.ErrOverBudget) {
		t.Errorf("with a byte of memory: error %v", err)
	}

	circuit := aggregator.Circuit{Shape: shape, Verifier: [20]byte{7}}
	s := sealed(t, shape)
	w, err := p.Witness(ctx, circuit, s)
	if err != nil {
		t.Fatal(err)
	}
	if w.Old != protocol.GenesisCommitment(s.Batch.RollupID) || w.New != protocol.Commitment(w.Root, s.Batch.RollupID, 1) || w.Statement == (protocol.Statement{}) {
		t.Errorf("witnessed %+v", w)
	}
	// A proof waits for the keys, for as long as it is wanted.
	waiting, stop := context.WithTimeout(ctx, time.Millisecond)
	defer stop()
	if _, err := p.Prove(waiting, circuit, s); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without keys: error %v", err)
	}
	loading := make(chan error, 1)
	go func() { loading <- p.Load(ctx) }()
	proof, err := p.Prove(ctx, circuit, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-loading; err != nil {
		t.Fatal(err)
	}
	if _, err := small.Prove(ctx, circuit, s); !errors.Is(err, prover.ErrOverBudget) {
		t.Errorf("with a byte of memory: a proof: error %v", err)
	}
	read, err := prover.DecodeProof(proof.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.VerifyingKey(shape).Verify(read); err != nil {
		t.Error(err)
	}
	if protocol.Statement(read.Statement) != w.Statement || !slices.Equal(read.Calldata(), proof.Calldata) || !slices.Equal(read.Published, w.Published) || read.Verifier != circuit.Verifier {
		t.Errorf("the proof is of something else than what was witnessed")
	}
	if len(stages) != 3 {
		t.Errorf("stages %v", stages)
	}

	// What will never be proven is told from what may be tried again.
	forged := sealed(t, shape)
	forged.Batch.Transfers[0].Amount = *uint256.NewInt(4)
	torn := sealed(t, shape)
	torn.Entries = torn.Entries[1:]
	other := circuit
	other.Shape.Name = "other"
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	for name, c := range map[string]struct {
		ctx     context.Context
		circuit aggregator.Circuit
		sealed  *witness.Sealed
		invalid bool
	}{
		"forged":      {ctx, circuit, forged, true},
		"torn":        {ctx, circuit, torn, true},
		"other shape": {ctx, other, s, true},
		"over":        {canceled, circuit, s, false},
	} {
		if _, err := p.Witness(c.ctx, c.circuit, c.sealed); err == nil || errors.Is(err, aggregator.ErrBatchInvalid) != c.invalid {
			t.Errorf("%s: witness: error %v", name, err)
		}
		if c.circuit != circuit {
			continue
		}
		if _, err := p.Prove(c.ctx, c.circuit, c.sealed); err == nil || errors.Is(err, aggregator.ErrBatchInvalid) != c.invalid {
			t.Errorf("%s: prove: error %v", name, err)
		}
	}
	if _, err := p.Prove(ctx, other, s); !errors.Is(err, ErrUnknownShape) || errors.Is(err, aggregator.ErrBatchInvalid) {
		t.Errorf("unknown shape: error %v", err)
	}
	if p.VerifyingKey(other.Shape) != nil {
		t.Error("a key of an unknown shape")
	}
}

func TestOpenStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, circuits.Shapes(), Options{Store: prover.NewStore(t.TempDir()), Logger: quiet}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Keys that are damaged beyond what Open reads, or exchanged after it, end the
// loading and every proof.
func TestLoadRefuses(t *testing.T) {
	shape := protocol.Shape{Name: "least", Openings: 1, LayerOne: 1, FeeAccounts: 1, Exits: 2, Transfers: 2, Accounts: 2, Nodes: 18}
	ctx, dir, others := t.Context(), t.TempDir(), t.TempDir()
	open := func(dir string, setup bool) *Prover {
		p, err := Open(ctx, []protocol.Shape{shape}, Options{Store: prover.NewStore(dir), Setup: setup, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	open(dir, true)
	open(others, true)
	refused := func(p *Prover, want error) {
		t.Helper()
		if err := p.Load(ctx); !errors.Is(err, want) || !strings.Contains(err.Error(), "keys of shape least") {
			t.Errorf("error %v, want %v", err, want)
		}
		if _, err := p.Prove(ctx, aggregator.Circuit{Shape: shape}, sealed(t, shape)); !errors.Is(err, want) {
			t.Errorf("a proof: error %v, want %v", err, want)
		}
	}

	gone, exchanged := open(dir, false), open(dir, false)
	keys, err := filepath.Glob(filepath.Join(dir, "least-*[0-9a-f]"))
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys in %v, error %v", keys, err)
	}
	if err := os.RemoveAll(keys[0]); err != nil {
		t.Fatal(err)
	}
	refused(gone, prover.ErrKeysNotFound)
	if err := os.Rename(filepath.Join(others, filepath.Base(keys[0])), keys[0]); err != nil {
		t.Fatal(err)
	}
	refused(exchanged, prover.ErrKeysForeign)

	p := open(dir, false)
	file := filepath.Join(keys[0], p.VerifyingKey(shape).Manifest().Files.ProvingKey.Name)
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key[len(key)/2] ^= 1
	if err := os.WriteFile(file, key, 0o644); err != nil {
		t.Fatal(err)
	}
	refused(p, prover.ErrKeysDamaged)
}
