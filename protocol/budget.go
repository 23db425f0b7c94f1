package protocol

import (
	"errors"
	"fmt"
)

// ErrCapacity: a batch does not fit a shape. The error is a [*CapacityError].
var ErrCapacity = errors.New("batch exceeds its shape")

// Resource names a capacity of a [Shape].
type Resource string

// The resources of a shape.
const (
	ResourceOpenings    Resource = "openings"
	ResourceLayerOne    Resource = "layer-1 operations"
	ResourceFeeAccounts Resource = "fee accounts"
	ResourceExits       Resource = "exits"
	ResourceTransfers   Resource = "transfers"
	ResourceAccounts    Resource = "distinct accounts"
	ResourceNodes       Resource = "distinct tree nodes"
)

// CapacityError says which capacity of a shape is too small. errors.Is finds
// [ErrCapacity] in it.
type CapacityError struct {
	Shape    string // the shape's name
	Resource Resource
	Need     int
	Capacity int
}

// Error implements error.
func (e *CapacityError) Error() string {
	return fmt.Sprintf("%v %q: %d %s needed, it has %d", ErrCapacity, e.Shape, e.Need, e.Resource, e.Capacity)
}

// Unwrap returns [ErrCapacity].
func (e *CapacityError) Unwrap() error { return ErrCapacity }

// Counts is how much of each capacity of a [Shape] a batch takes.
type Counts struct {
	Openings    int
	LayerOne    int // deposits and forced exits
	FeeAccounts int
	Exits       int
	Transfers   int
	Accounts    int // distinct accounts touched
	Nodes       int // distinct inner tree nodes touched, the root included
}

// Fits returns a [*CapacityError] for the first capacity that the counts exceed.
func (s Shape) Fits(c Counts) error {
	for _, r := range [...]struct {
		resource       Resource
		need, capacity int
	}{
		{ResourceOpenings, c.Openings, s.Openings},
		{ResourceLayerOne, c.LayerOne, s.LayerOne},
		{ResourceFeeAccounts, c.FeeAccounts, s.FeeAccounts},
		{ResourceExits, c.Exits, s.Exits},
		{ResourceTransfers, c.Transfers, s.Transfers},
		{ResourceAccounts, c.Accounts, s.Accounts},
		{ResourceNodes, c.Nodes, s.Nodes},
	} {
		if r.need > r.capacity {
			return &CapacityError{Shape: s.Name, Resource: r.resource, Need: r.need, Capacity: r.capacity}
		}
	}
	return nil
}

// Budget counts, operation by operation, what a batch takes of its shape's
// capacities. Every method that adds leaves the budget as it was when it
// returns an error, which is then a [*CapacityError]: the batch is full for
// this operation, though another may still fit.
//
// It is not safe for concurrent use.
type Budget struct {
	shape    Shape
	counts   Counts
	accounts map[Index]struct{}
	nodes    map[treeNode]struct{} // the root, which every batch touches, is not among them
}

// treeNode is an inner node of the state tree, level·2^32 + position.
type treeNode uint64

// NewBudget returns the budget of an empty batch, which touches only the root.
func NewBudget(s Shape) *Budget {
	return &Budget{
		shape:    s,
		counts:   Counts{Nodes: 1},
		accounts: make(map[Index]struct{}),
		nodes:    make(map[treeNode]struct{}),
	}
}

// Counts returns what has been added.
func (b *Budget) Counts() Counts { return b.counts }

// AddOpening adds an opening.
func (b *Budget) AddOpening(o *Opening) error { return b.add(Counts{Openings: 1}, o.Index) }

// AddDeposit adds a deposit.
func (b *Budget) AddDeposit(d *CreditedDeposit) error { return b.add(Counts{LayerOne: 1}, d.Index) }

// AddForcedExit adds a forced exit, and its exit if it pays, as [ApplyForcedExit]
// tells. One that does nothing still touches the account and its path.
func (b *Budget) AddForcedExit(f *ForcedExit, pays bool) error {
	c := Counts{LayerOne: 1}
	if pays {
		c.Exits = 1
	}
	return b.add(c, f.Index)
}

// AddFeeAccount adds an entry to the batch's fee table. The account itself is
// touched only by the transfers that pay to it.
func (b *Budget) AddFeeAccount(FeeAccount) error { return b.add(Counts{FeeAccounts: 1}) }

// AddTransfer adds a transfer. The collector is the fee account of its token;
// it is not looked at if the fee is 0.
func (b *Budget) AddTransfer(t *Transfer, collector Index) error {
	c := Counts{Transfers: 1}
	var touched [3]Index
	indices := append(touched[:0], t.From)
	if t.To != 0 {
		indices = append(indices, t.To)
	} else {
		c.Exits = 1
	}
	if !t.Fee.IsZero() {
		indices = append(indices, collector)
	}
	return b.add(c, indices...)
}

func (b *Budget) add(c Counts, touched ...Index) error {
	sum := Counts{
		Openings:    b.counts.Openings + c.Openings,
		LayerOne:    b.counts.LayerOne + c.LayerOne,
		FeeAccounts: b.counts.FeeAccounts + c.FeeAccounts,
		Exits:       b.counts.Exits + c.Exits,
		Transfers:   b.counts.Transfers + c.Transfers,
	}
	var newAccounts []Index
	var newNodes []treeNode
	for _, i := range touched {
		if _, ok := b.accounts[i]; ok {
			continue
		}
		b.accounts[i] = struct{}{}
		newAccounts = append(newAccounts, i)
		position := uint64(i)
		for level := TreeDepth - 1; level > 0; level-- {
			position /= TreeArity
			n := treeNode(uint64(level)<<IndexBits | position)
			if _, ok := b.nodes[n]; ok {
				break // and so are the nodes above it
			}
			b.nodes[n] = struct{}{}
			newNodes = append(newNodes, n)
		}
	}
	sum.Accounts, sum.Nodes = len(b.accounts), 1+len(b.nodes)
	if err := b.shape.Fits(sum); err != nil {
		for _, i := range newAccounts {
			delete(b.accounts, i)
		}
		for _, n := range newNodes {
			delete(b.nodes, n)
		}
		return err
	}
	b.counts = sum
	return nil
}
