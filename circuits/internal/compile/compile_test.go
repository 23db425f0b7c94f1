package compile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/rangecheck"

	"github.com/quirezk/quire/circuits/internal/compile"
)

// form is a circuit with some number of commitments.
type form struct {
	D, Z, Y frontend.Variable `gnark:",public"`
	X       frontend.Variable

	commitments int
}

func (c *form) Define(api frontend.API) error {
	committer := api.Compiler().(frontend.Committer)
	for range c.commitments {
		v, err := committer.Commit(c.X)
		if err != nil {
			return err
		}
		api.AssertIsDifferent(v, c.D)
	}
	api.AssertIsEqual(api.Mul(c.D, c.Z), api.Add(c.X, c.Y))
	return nil
}

// two has two public inputs.
type two struct {
	D, Z frontend.Variable `gnark:",public"`
}

func (c *two) Define(api frontend.API) error {
	rangecheck.New(api).Check(c.D, 8)
	api.AssertIsEqual(c.D, c.Z)
	return nil
}

func TestCircuit(t *testing.T) {
	ccs, err := compile.Circuit(&form{commitments: 1})
	if err != nil {
		t.Fatal(err)
	}
	if ccs.GetNbConstraints() == 0 {
		t.Error("no constraints")
	}
	for _, n := range []int{0, 2} {
		if _, err := compile.Circuit(&form{commitments: n}); !errors.Is(err, compile.ErrCommitments) {
			t.Errorf("%d commitments: %v", n, err)
		}
	}
	if _, err := compile.Circuit(&two{}); err == nil || !strings.Contains(err.Error(), "2 public inputs, want 3") {
		t.Errorf("two public inputs: %v", err)
	}
}
