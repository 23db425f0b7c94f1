package exit

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/binding"
	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/circuits/internal/compile"
	"github.com/quirezk/quire/protocol"
)

// Name is what the circuit's keys and proofs are filed under. It has no
// capacities to choose: there is one exit circuit.
const Name = "exit"

// digitBits is the number of index bits that choose a child.
const digitBits = protocol.IndexBits / protocol.TreeDepth

// Circuit is the exit circuit, and its assignment.
type Circuit struct {
	// The statement: what the contract computes (docs/protocol.md, "Escape").
	D frontend.Variable `gnark:",public"`
	Z frontend.Variable `gnark:",public"`
	Y frontend.Variable `gnark:",public"`

	// What the state's commitment takes in besides the root.
	RollupID frontend.Variable
	Number   frontend.Variable

	// The account.
	KeyX, KeyY frontend.Variable
	Owner      frontend.Variable
	Token      frontend.Variable
	Nonce      frontend.Variable
	Balance    frontend.Variable

	// Index is where it stands: bits, the lowest first.
	Index [protocol.IndexBits]frontend.Variable
	// Children are those of the nodes on the way to it: of the root first, of the
	// leaf's parent last.
	Children [protocol.TreeDepth][protocol.TreeArity]frontend.Variable
}

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error {
	arg, err := multiset.New(api)
	if err != nil {
		return err
	}
	hasher, err := hash.New(api)
	if err != nil {
		return err
	}

	// The parts of a packed word are within their widths, or one leaf would be
	// several accounts'. The balance stands alone; its width is the contract's.
	arg.Range(c.Owner, protocol.OwnerBits)
	arg.Range(c.Token, protocol.TokenBits)
	arg.Range(c.Nonce, protocol.NonceBits)
	arg.Range(c.Balance, protocol.BalanceBits)

	word := api.Add(shift(api, c.Owner, protocol.TokenBits+protocol.NonceBits), shift(api, c.Token, protocol.NonceBits), c.Nonce)
	node := hasher.H4(c.KeyX, c.KeyY, word, c.Balance)
	var index frontend.Variable = 0
	for level := protocol.TreeDepth - 1; level >= 0; level-- {
		children := &c.Children[level]
		first := digitBits * (protocol.TreeDepth - 1 - level)
		low, high := c.Index[first], c.Index[first+1]
		api.AssertIsBoolean(low) // Lookup2 asserts it too, and gnark does it once
		api.AssertIsBoolean(high)
		index = api.Add(index, shift(api, low, first), shift(api, high, first+1))

		api.AssertIsEqual(api.Lookup2(low, high, children[0], children[1], children[2], children[3]), node)
		node = hasher.H4(children[0], children[1], children[2], children[3])
	}

	vector := []frontend.Variable{
		hasher.H4(node, c.RollupID, c.Number, protocol.TagState),
		api.Add(shift(api, c.Owner, protocol.TokenBits+protocol.IndexBits), shift(api, c.Token, protocol.IndexBits), index),
		c.Balance,
	}
	binding.Assert(api, hasher, protocol.ExitID(), vector, c.D, c.Z, c.Y)
	return nil
}

// shift returns v·2^bits.
func shift(api frontend.API, v frontend.Variable, bits int) frontend.Variable {
	return api.Mul(v, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
}

// Compile compiles the exit circuit.
func Compile() (constraint.ConstraintSystem, error) {
	ccs, err := compile.Circuit(new(Circuit))
	if err != nil {
		return nil, fmt.Errorf("compile the exit circuit: %w", err)
	}
	return ccs, nil
}
