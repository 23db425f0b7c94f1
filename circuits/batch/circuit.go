package batch

import (
	"fmt"

	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/gadget/binding"
	"github.com/quirezk/quire/circuits/gadget/float"
	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/circuits/gadget/memory"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/circuits/gadget/nodes"
	"github.com/quirezk/quire/circuits/gadget/signature"
	"github.com/quirezk/quire/protocol"
)

// Circuit is the batch circuit of one shape, and its assignment. [New] makes
// both with slices of the shape's lengths.
//
// Unless said otherwise, padding entries are all 0.
type Circuit struct {
	// The statement: what the contract computes (docs/protocol.md, "Binding").
	D frontend.Variable `gnark:",public"`
	Z frontend.Variable `gnark:",public"`
	Y frontend.Variable `gnark:",public"`

	OldRoot, NewRoot frontend.Variable
	RollupID         frontend.Variable
	Number           frontend.Variable // of the new state
	S                frontend.Variable // the half-aggregated signature scalar

	Openings  []OpeningSlot
	LayerOne  []LayerOneSlot
	Fees      []FeeRow
	Exits     []ExitRow
	Transfers []TransferSlot
	Accounts  []AccountRow
	Nodes     []nodes.Row

	shape protocol.Shape
	// stats is nil but for statistics, which know where each section begins.
	stats *recorder
}

// Fixed is the part of an account that an operation looks up by its index.
type Fixed struct {
	Key   signature.Point
	Owner frontend.Variable
}

// Read is the changing part of an account as an access reads it, and how long
// ago it was written (see memory.Memory.Access).
type Read struct {
	Age     frontend.Variable
	Nonce   frontend.Variable
	Balance frontend.Variable
}

// OpeningSlot is one Opening.
type OpeningSlot struct {
	Active frontend.Variable // bit; active slots are a prefix
	Index  frontend.Variable
	Token  frontend.Variable
	Fixed
	Age frontend.Variable
}

// LayerOneSlot is one deposit (a prefix of the slots) or forced exit.
type LayerOneSlot struct {
	Active  frontend.Variable // bit; active slots are a prefix
	Deposit frontend.Variable // bit; deposits are a prefix
	Index   frontend.Variable
	Sender  frontend.Variable // who asks for the exit; the owner in a deposit
	Amount  frontend.Variable // deposited
	Token   frontend.Variable
	Exists  frontend.Variable
	Fixed
	Read
}

// FeeRow is one fee account.
type FeeRow struct {
	Active frontend.Variable // bit; active rows are a prefix
	Token  frontend.Variable
	Index  frontend.Variable
	Uses   frontend.Variable // transfers that pay a fee to it
}

// ExitRow is one published exit.
type ExitRow struct {
	Active frontend.Variable // bit; active rows are a prefix
	Owner  frontend.Variable
	Token  frontend.Variable
	Amount frontend.Variable
}

// TransferSlot is one transfer or withdrawal. A padding slot carries the dummy
// signature: key and R are the base point.
type TransferSlot struct {
	Active      frontend.Variable // bit; active slots are a prefix
	From, To    frontend.Variable
	Mantissa    frontend.Variable // of the amount; 0 in a withdrawal
	Exponent    frontend.Variable
	FeeMantissa [protocol.FeeMantissaBits]frontend.Variable // bits, lowest first
	FeeExponent frontend.Variable
	Withdrawn   frontend.Variable // amount of a withdrawal, else 0
	ValidFor    frontend.Variable // validUntil minus the batch number
	Token       frontend.Variable
	FeeIndex    frontend.Variable
	R           signature.Point
	Fixed       // of From
	Debit       Read
	Credit      Read // of To; unused in a withdrawal
	FeeCredit   Read // of FeeIndex; unused without a fee
}

// AccountRow is one distinct account that the batch touches.
type AccountRow struct {
	Existing, New, Absent frontend.Variable // bits, at most one
	Index                 frontend.Variable
	Token                 frontend.Variable
	Fixed
	OldNonce, OldBalance frontend.Variable
	NewNonce, NewBalance frontend.Variable
	Last                 frontend.Variable // time of the last write
	Lookups              frontend.Variable // how many slots look up Fixed
}

// New returns an unassigned circuit of a shape: for compilation, or to fill in.
func New(shape protocol.Shape) *Circuit {
	return &Circuit{
		Openings:  make([]OpeningSlot, shape.Openings),
		LayerOne:  make([]LayerOneSlot, shape.LayerOne),
		Fees:      make([]FeeRow, shape.FeeAccounts),
		Exits:     make([]ExitRow, shape.Exits),
		Transfers: make([]TransferSlot, shape.Transfers),
		Accounts:  make([]AccountRow, shape.Accounts),
		Nodes:     make([]nodes.Row, shape.Nodes),
		shape:     shape,
	}
}

// Times of the memory accesses: compile-time constants, in batch order.
const accessesPerTransfer = 3

// TimeOfOpening is the memory time of an opening's access.
func TimeOfOpening(_ protocol.Shape, i int) int { return 1 + i }

// TimeOfLayerOne is the memory time of a layer-1 operation's access.
func TimeOfLayerOne(s protocol.Shape, i int) int { return 1 + s.Openings + i }

// TimeOfTransfer is the memory time of a transfer's debit; the credit and the
// fee's credit follow at the next two.
func TimeOfTransfer(s protocol.Shape, i int) int {
	return 1 + s.Openings + s.LayerOne + accessesPerTransfer*i
}

// builder is what the sections of Define share.
type builder struct {
	api    frontend.API
	arg    *multiset.Argument
	hasher *hash.Hasher
	memory *memory.Memory
	tree   *nodes.Tree
	floats *float.Decoder
	keys   *multiset.Sum // (Ax, index, Ay, owner): the fixed part of accounts
	fees   *multiset.Sum // (token, index)
	exits  *multiset.Sum // (amount, running count, owner, token)

	paid frontend.Variable // how many operations have paid out so far
}

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error {
	if err := c.shape.Validate(); err != nil {
		return err
	}
	arg, err := multiset.New(api)
	if err != nil {
		return err
	}
	hasher, err := hash.New(api)
	if err != nil {
		return err
	}
	b := &builder{
		api: api, arg: arg, hasher: hasher,
		memory: memory.New(arg, TimeOfTransfer(c.shape, c.shape.Transfers)),
		tree:   nodes.New(api, arg, hasher),
		floats: float.New(api, arg),
		keys:   arg.Sum("keys", multiset.Unit, multiset.Beta1, multiset.Beta2, multiset.Beta3),
		fees:   arg.Sum("fee table", multiset.Unit, multiset.Beta1),
		exits:  arg.Sum("exits", multiset.Unit, multiset.Beta1, multiset.Beta3, multiset.Beta5),
		paid:   0,
	}
	if c.stats != nil {
		if err := c.stats.attach(api, arg); err != nil {
			return err
		}
	}

	arg.Section(SectionOperations)
	vector := make([]frontend.Variable, protocol.HeaderElements, c.shape.Layout().Length)
	openings, part := b.openings(c)
	vector = append(vector, part...)
	deposits, forced, part := b.layerOne(c)
	vector = append(vector, part...)
	fees, part := b.feeTable(c)
	vector = append(vector, part...)
	exits, part := b.exitTable(c)
	vector = append(vector, part...)
	arg.Section(SectionTransfers)
	transfers, messages, part := b.transfers(c)
	vector = append(vector, part...)
	if err := b.floats.Close(); err != nil {
		return err
	}
	// As many operations pay out as there are exits; with the running count,
	// the exits are exactly theirs, in their order.
	api.AssertIsEqual(b.paid, exits)

	arg.Section(SectionSignatures)
	rows := make([]signature.Row, len(c.Transfers))
	for i, t := range c.Transfers {
		rows[i] = signature.Row{
			R: t.R, A: t.Key,
			Hash: signature.MessageHash(hasher, t.R, t.Key, c.RollupID, messages[i][0], messages[i][1]),
		}
	}
	if err := signature.AssertBatch(api, arg, hasher, rows, transfers, c.S); err != nil {
		return fmt.Errorf("signatures: %w", err)
	}

	arg.Section(SectionAccounts)
	for i := range c.Accounts {
		b.account(&c.Accounts[i])
	}

	arg.Section(SectionNodes)
	for i := range c.Nodes {
		b.tree.Node(c.Nodes[i])
	}

	arg.Section(SectionBinding)
	b.tree.Root(c.OldRoot, c.NewRoot)
	old := api.Sub(c.Number, 1)
	arg.Range(old, protocol.BatchBits)
	arg.Range(c.Number, protocol.BatchBits)
	vector[0] = hasher.H4(c.OldRoot, c.RollupID, old, protocol.TagState)
	vector[1] = hasher.H4(c.NewRoot, c.RollupID, c.Number, protocol.TagState)
	vector[2] = b.pack(32, openings, deposits, forced, fees, exits, transfers)
	if len(vector) != c.shape.Layout().Length {
		return fmt.Errorf("batch: the vector has %d elements, the layout %d", len(vector), c.shape.Layout().Length)
	}
	binding.Assert(api, hasher, c.shape.ID(), vector, c.D, c.Z, c.Y)
	return nil
}

// pack returns Σ parts[i]·2^(width·(n−1−i)): parts[0] is the highest.
func (b *builder) pack(width int, parts ...frontend.Variable) frontend.Variable {
	var out frontend.Variable = 0
	for i, p := range parts {
		out = b.api.Add(out, b.shift(p, width*(len(parts)-1-i)))
	}
	return out
}

// prefix asserts that bits are 1…10…0 and returns how many are 1.
func (b *builder) prefix(bits []frontend.Variable) frontend.Variable {
	if len(bits) == 0 {
		return 0
	}
	for i, bit := range bits {
		b.api.AssertIsBoolean(bit)
		if i > 0 {
			// Both are bits, so the difference is one exactly when bit ≤ bits[i−1].
			b.api.AssertIsBoolean(b.api.Sub(bits[i-1], bit))
		}
	}
	parts := append([]frontend.Variable{0, 0}, bits...)
	return b.arg.Materialize(b.api.Add(parts[0], parts[1], parts[2:]...))
}

// zeroUnless asserts v = 0 where bit = 0.
func (b *builder) zeroUnless(bit, v frontend.Variable) {
	b.api.AssertIsEqual(b.api.Mul(bit, v), v)
}

// payOut ties an operation's payment to the next exit: pays is a bit, and the
// record carries the running count of payments.
func (b *builder) payOut(pays, amount, owner, token frontend.Variable) {
	b.exits.Sub(pays, b.arg.Column(amount), b.arg.Column(b.paid), b.arg.Column(owner), b.arg.Column(token))
	b.paid = b.arg.Materialize(b.api.Add(b.paid, pays))
}
