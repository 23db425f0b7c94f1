package prover

import (
	"fmt"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/std/lookup/logderivlookup"
	"github.com/consensys/gnark/std/rangecheck"

	"github.com/quirezk/quire/protocol"
)

// toy is the smallest circuit with what matters here: three public inputs, a
// look-up table whose entries are witnesses, and one commitment under it.
type toy struct {
	D, Z, Y frontend.Variable `gnark:",public"`

	Table [4]frontend.Variable
	Index [8]frontend.Variable
	Steps int `gnark:"-"`
}

func (c *toy) Define(api frontend.API) error {
	table := logderivlookup.New(api)
	for _, v := range c.Table {
		table.Insert(v)
	}
	sum := frontend.Variable(0)
	for _, v := range table.Lookup(c.Index[:]...) {
		sum = api.Add(sum, v)
	}
	api.AssertIsEqual(c.D, sum)
	rangecheck.New(api).Check(c.Table[0], 16)
	x := c.Z
	for range c.Steps {
		x = api.Add(api.Mul(x, x), 1)
	}
	api.AssertIsEqual(c.Y, api.Mul(x, c.Z))
	return nil
}

// uncommitted has the right public inputs and no commitment.
type uncommitted struct {
	D, Z, Y frontend.Variable `gnark:",public"`
}

func (c *uncommitted) Define(api frontend.API) error {
	api.AssertIsEqual(api.Mul(c.D, c.Z), c.Y)
	return nil
}

// twice has the right public inputs and two commitments.
type twice struct {
	D, Z, Y frontend.Variable `gnark:",public"`
	X       frontend.Variable
}

func (c *twice) Define(api frontend.API) error {
	committer := api.(frontend.Committer)
	for range 2 {
		v, err := committer.Commit(c.X)
		if err != nil {
			return err
		}
		api.AssertIsDifferent(v, c.D)
	}
	api.AssertIsEqual(api.Mul(c.Z, c.X), c.Y)
	return nil
}

// fourPublic has one public input too many.
type fourPublic struct {
	D, Z, Y, W frontend.Variable `gnark:",public"`
	X          frontend.Variable
}

func (c *fourPublic) Define(api frontend.API) error {
	rangecheck.New(api).Check(c.X, 16)
	api.AssertIsEqual(api.Add(c.D, c.Z, c.Y, c.W), c.X)
	return nil
}

// toyAssignment is a satisfying assignment that differs for each seed.
func toyAssignment(seed uint64) *toy {
	a := &toy{Z: 0, Y: 0} // 0 is what any number of steps maps to a known product
	var sum uint64
	for i := range a.Table {
		a.Table[i] = seed + uint64(i*i)
	}
	for i := range a.Index {
		j := uint64(i) % 4
		a.Index[i] = j
		sum += seed + j*j
	}
	a.D = sum
	return a
}

var toyDesign = BatchDesign(protocol.Shape{Name: "toy", FeeAccounts: 1, Transfers: 2, Accounts: 1, Nodes: 1})

func compileToy(tb testing.TB, steps int) constraint.ConstraintSystem {
	tb.Helper()
	return compile(tb, &toy{Steps: steps})
}

func compile(tb testing.TB, c frontend.Circuit) constraint.ConstraintSystem {
	tb.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, c)
	if err != nil {
		tb.Fatal(err)
	}
	return ccs
}

func toyCircuit(tb testing.TB) *Circuit {
	tb.Helper()
	c, err := NewCircuit(toyDesign, compileToy(tb, 10))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// toyKeys returns one key pair for the whole test binary.
func toyKeys(tb testing.TB) *Keys {
	tb.Helper()
	keys, err := sharedKeys()
	if err != nil {
		tb.Fatal(err)
	}
	return keys
}

var sharedKeys = sync.OnceValues(func() (*Keys, error) {
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &toy{Steps: 10})
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	c, err := NewCircuit(toyDesign, ccs)
	if err != nil {
		return nil, err
	}
	return developmentKeys(bg, c)
})
