package e2e

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	gnarklogger "github.com/consensys/gnark/logger"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// keyStore holds the development keys of one run of the tests.
var keyStore *prover.Store

func TestMain(m *testing.M) {
	gnarklogger.Disable() // gnark's lines about each proof hide what a test says
	dir, err := os.MkdirTemp("", "quire-e2e-keys")
	if err != nil {
		panic(err)
	}
	keyStore = prover.NewStore(dir)
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// shape is that of the batches that are proven: the smallest.
var shape = func() protocol.Shape {
	s, err := circuits.ShapeByName("tiny")
	if err != nil {
		panic(err)
	}
	return s
}()

// system is the batch circuit as it is compiled.
var system = sync.OnceValues(func() (constraint.ConstraintSystem, error) { return batch.Compile(shape) })

// solve asks the batch circuit's solver whether a witness satisfies it: what a
// proof would show, in a fraction of the time.
func solve(w witness.Witness) error {
	ccs, err := system()
	if err != nil {
		return err
	}
	return ccs.IsSolved(w)
}

// batchKeys are those of the batch circuit, made once.
var batchKeys = sync.OnceValues(func() (*prover.Keys, error) {
	ccs, err := system()
	if err != nil {
		return nil, err
	}
	circuit, err := prover.NewCircuit(prover.BatchDesign(shape), ccs)
	if err != nil {
		return nil, err
	}
	return setup(circuit)
})

// exitKeys are those of the exit circuit, made once.
var exitKeys = sync.OnceValues(func() (*prover.Keys, error) {
	circuit, err := exits.Compile(context.Background())
	if err != nil {
		return nil, err
	}
	return setup(circuit)
})

func setup(circuit *prover.Circuit) (*prover.Keys, error) {
	keys, err := keyStore.Setup(context.Background(), circuit, prover.SetupOptions{})
	if err != nil {
		return nil, fmt.Errorf("development keys of %s: %w", circuit.Design().Name, err)
	}
	return keys, nil
}
