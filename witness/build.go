package witness

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	gnarkwitness "github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/circuits/gadget/signature"
	"github.com/quirezk/quire/protocol"
)

// Built is a batch ready to be proven.
type Built struct {
	Assignment *batch.Circuit
	Published  *protocol.Published
	Statement  protocol.Statement
	Exits      []protocol.Exit
	NewRoot    fr.Element
	Leaves     []Leaf // after the batch, ascending by index
}

// Leaf is an account after a batch.
type Leaf struct {
	Index   protocol.Index
	Exists  bool
	Account protocol.Account
}

// Build makes the assignment that proves a sealed batch to the contract whose
// verifier has this address. A batch that is not valid gives the error of
// protocol.AuthorizeAndApply; one that contradicts itself wraps [ErrNotSealed].
func Build(s *Sealed, verifier [20]byte) (*Built, error) {
	if err := s.Shape.Validate(); err != nil {
		return nil, err
	}
	if err := s.Shape.Fits(s.counts()); err != nil {
		return nil, err
	}
	before := protocol.NewMemoryState()
	for i, e := range s.Entries {
		if i > 0 && s.Entries[i-1].Index >= e.Index {
			return nil, fmt.Errorf("%w: account %d is out of order", ErrNotSealed, e.Index)
		}
		if e.Exists {
			if err := before.SetAccount(e.Index, e.Account); err != nil {
				return nil, fmt.Errorf("account %d: %w", e.Index, err)
			}
		}
	}
	after := before.Clone()
	exits, err := protocol.AuthorizeAndApply(after, &s.Batch)
	if err != nil {
		return nil, err
	}
	counts := s.counts()
	counts.Exits = len(exits)
	if err := s.Shape.Fits(counts); err != nil {
		return nil, err
	}

	w := &builder{sealed: s, out: batch.New(s.Shape), cells: make(map[protocol.Index]*cell, len(s.Entries))}
	w.zero()
	for i := range s.Entries {
		w.cells[s.Entries[i].Index] = newCell(&s.Entries[i])
	}
	if err := w.operations(); err != nil {
		return nil, err
	}
	leaves, err := w.accounts(after)
	if err != nil {
		return nil, err
	}
	newRoot, err := w.nodes(leaves)
	if err != nil {
		return nil, err
	}
	w.exits(exits)
	if err := w.signatures(); err != nil {
		return nil, err
	}

	b := &s.Batch
	if b.Number == 0 {
		return nil, fmt.Errorf("%w: batch number 0 is the genesis state's", ErrNotSealed)
	}
	published, err := protocol.NewPublished(b,
		protocol.Commitment(s.OldRoot, b.RollupID, b.Number-1),
		protocol.Commitment(newRoot, b.RollupID, b.Number), exits)
	if err != nil {
		return nil, err
	}
	statement, err := published.Statement(s.Shape, verifier)
	if err != nil {
		return nil, err
	}
	w.out.D, w.out.Z, w.out.Y = statement.D, statement.Z, statement.Y
	w.out.OldRoot, w.out.NewRoot = s.OldRoot, newRoot
	w.out.RollupID, w.out.Number = b.RollupID, b.Number
	return &Built{
		Assignment: w.out, Published: published, Statement: statement,
		Exits: exits, NewRoot: newRoot, Leaves: leaves,
	}, nil
}

// Witness returns the assignment in gnark's form, which serialises.
func (b *Built) Witness() (gnarkwitness.Witness, error) {
	w, err := frontend.NewWitness(b.Assignment, ecc.BN254.ScalarField())
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	return w, nil
}

// cell is an account's changing part while the batch's memory accesses are
// played through.
type cell struct {
	fixed   batch.Fixed
	token   protocol.Token
	key     protocol.PublicKey
	owner   protocol.Owner
	exists  bool
	nonce   uint64
	balance protocol.Amount
	time    int // of the last write
	lookups int
}

func newCell(e *Entry) *cell {
	c := &cell{exists: e.Exists, nonce: e.Account.Nonce, balance: e.Account.Balance}
	c.setFixed(e.Account.Key, e.Account.Owner, e.Account.Token)
	return c
}

func (c *cell) setFixed(key protocol.PublicKey, owner protocol.Owner, token protocol.Token) {
	c.key, c.owner, c.token = key, owner, token
	c.fixed = batch.Fixed{Key: point(key), Owner: ownerNumber(owner)}
}

// read makes the access at time and returns what it sees.
func (c *cell) read(time int) batch.Read {
	r := batch.Read{Age: time - 1 - c.time, Nonce: c.nonce, Balance: c.balance.ToBig()}
	c.time = time
	return r
}

// builder fills in an assignment.
type builder struct {
	sealed *Sealed
	out    *batch.Circuit
	cells  map[protocol.Index]*cell
}

func (w *builder) cell(i protocol.Index) (*cell, error) {
	c, ok := w.cells[i]
	if !ok {
		return nil, fmt.Errorf("%w: account %d is missing", ErrNotSealed, i)
	}
	return c, nil
}

func point(p protocol.Point) signature.Point { return signature.Point{X: p.X, Y: p.Y} }

func ownerNumber(o protocol.Owner) *big.Int { return new(big.Int).SetBytes(o[:]) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
