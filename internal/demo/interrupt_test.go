package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// TestInterruptedWhileCompiling: a compilation, which gnark cannot end early,
// does not hold the demonstration when a signal comes.
func TestInterruptedWhileCompiling(t *testing.T) {
	shape, err := circuits.ShapeByName("tiny")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	forever := make(chan struct{})
	defer close(forever)
	keys := filepath.Join(t.TempDir(), "keys")
	report, err := Run(ctx, Options{
		Shape: shape, Store: prover.NewStore(keys),
		compile: func(protocol.Shape) (*prover.Circuit, error) {
			cancel() // the signal
			<-forever
			return nil, errors.New("the test is over")
		},
	})
	if report != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("report %+v, error %v", report, err)
	}
	if _, err := os.Stat(keys); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an interrupted demonstration left a key store: %v", err)
	}
}

// TestInterrupted cancels where the demonstration says that it is about to
// compile, to deploy, and to prove: it ends there.
func TestInterrupted(t *testing.T) {
	shape, err := circuits.ShapeByName("tiny")
	if err != nil {
		t.Fatal(err)
	}
	for at := range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		said := 0
		report, err := Run(ctx, Options{Shape: shape, Store: TestStore, Progress: func(string) {
			if said == at {
				cancel()
			}
			said++
		}})
		cancel()
		if report != nil || !errors.Is(err, context.Canceled) || said != at+1 {
			t.Errorf("cancelled at announcement %d of %d: report %+v, error %v", at, said, report, err)
		}
	}
}

// TestStore is shared by the package's tests, so that keys are made once.
var TestStore *prover.Store

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "quire-demo-keys")
	if err != nil {
		panic(err)
	}
	TestStore = prover.NewStore(dir)
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}
