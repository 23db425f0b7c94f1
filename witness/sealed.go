package witness

import (
	"errors"
	"fmt"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// Entry is an account that a batch touches, as it was before the batch. An
// absent account (Exists false) has the zero value.
type Entry struct {
	Index   protocol.Index
	Exists  bool
	Account protocol.Account
}

// Node is a tree node that a batch touches: its children before the batch.
type Node struct {
	Level    uint8 // 0 is the root, 15 the parents of leaves
	Position uint32
	Children [protocol.TreeArity]fr.Element
}

// Sealed is a batch with all that proving it takes.
type Sealed struct {
	Shape   protocol.Shape
	Batch   protocol.Batch
	OldRoot fr.Element
	Entries []Entry // ascending by index, one per distinct account
	Nodes   []Node  // ascending by level and position, the root always included
}

// View is a consistent view of a state: statetree's snapshots are views.
type View interface {
	Root() fr.Element
	Account(protocol.Index) (protocol.Account, bool, error)
	// Nodes returns the inner nodes on the paths of the leaves, ascending by
	// level and position, and always the root.
	Nodes([]protocol.Index) ([]Node, error)
}

// ErrNotSealed: a sealed batch contradicts itself. It was not made by [Seal] or
// was altered since.
var ErrNotSealed = errors.New("sealed batch is inconsistent")

// Touched returns the distinct accounts that a batch touches, ascending.
func Touched(b *protocol.Batch) []protocol.Index {
	var touched []protocol.Index
	for i := range b.Openings {
		touched = append(touched, b.Openings[i].Index)
	}
	for i := range b.Deposits {
		touched = append(touched, b.Deposits[i].Index)
	}
	for i := range b.ForcedExits {
		touched = append(touched, b.ForcedExits[i].Index)
	}
	for i := range b.Transfers {
		t := &b.Transfers[i]
		touched = append(touched, t.From)
		if t.To != 0 {
			touched = append(touched, t.To)
		}
	}
	// Of the fee accounts those that get a fee: finding out takes the token of
	// each payer, and naming one too many would cost tree nodes. Seal adds them.
	slices.Sort(touched)
	return slices.Compact(touched)
}

// Seal takes from a view what proving the batch takes. It returns a
// *protocol.CapacityError when the batch does not fit the shape, and does not
// check that the batch is valid: Build does.
func Seal(view View, shape protocol.Shape, b *protocol.Batch) (*Sealed, error) {
	indices := Touched(b)
	collectors, err := feeCollectors(view, b)
	if err != nil {
		return nil, err
	}
	indices = append(indices, collectors...)
	slices.Sort(indices)
	indices = slices.Compact(indices)

	s := &Sealed{Shape: shape, Batch: *b, OldRoot: view.Root()}
	for _, i := range indices {
		account, exists, err := view.Account(i)
		if err != nil {
			return nil, fmt.Errorf("seal: account %d: %w", i, err)
		}
		s.Entries = append(s.Entries, Entry{Index: i, Exists: exists, Account: account})
	}
	if s.Nodes, err = view.Nodes(indices); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := shape.Fits(s.counts()); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return s, nil
}

// counts is the batch's use of its shape; exits are counted once it is applied.
func (s *Sealed) counts() protocol.Counts {
	return protocol.Counts{
		Openings:    len(s.Batch.Openings),
		LayerOne:    len(s.Batch.Deposits) + len(s.Batch.ForcedExits),
		FeeAccounts: len(s.Batch.FeeAccounts),
		Transfers:   len(s.Batch.Transfers),
		Accounts:    len(s.Entries),
		Nodes:       len(s.Nodes),
	}
}

// feeCollectors returns the fee accounts that the batch's fees go to.
func feeCollectors(view View, b *protocol.Batch) ([]protocol.Index, error) {
	tokens := make(map[protocol.Index]protocol.Token) // of accounts that the batch makes
	for i := range b.Openings {
		tokens[b.Openings[i].Index] = b.Openings[i].Token
	}
	for i := range b.Deposits {
		tokens[b.Deposits[i].Index] = b.Deposits[i].Token
	}
	var collectors []protocol.Index
	for i := range b.Transfers {
		t := &b.Transfers[i]
		if t.Fee.IsZero() {
			continue
		}
		token, ok := tokens[t.From]
		if !ok {
			account, _, err := view.Account(t.From)
			if err != nil {
				return nil, fmt.Errorf("seal: account %d: %w", t.From, err)
			}
			token = account.Token
			tokens[t.From] = token
		}
		for _, f := range b.FeeAccounts {
			if f.Token == token {
				collectors = append(collectors, f.Index)
			}
		}
	}
	return collectors, nil
}
