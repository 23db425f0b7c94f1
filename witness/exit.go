package witness

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

var (
	// ErrOtherState: the state does not have the commitment that layer 1 holds.
	// Reconstruct it up to the batch that layer 1 finalized last, and compare the
	// rollup's ID.
	ErrOtherState = errors.New("the state is not the one that layer 1 holds the commitment of")

	// ErrZeroBalance: the account holds nothing, so there is nothing to escape
	// with; layer 1 refuses an escape of 0.
	ErrZeroBalance = errors.New("the account holds nothing")
)

// SealedExit is an account in a state with all that proving it takes. Like
// [Sealed] it is a value: it points into no database and can be proven anywhere.
type SealedExit struct {
	// Commitment is the one that layer 1 holds, of the state that the rest is from.
	Commitment fr.Element
	RollupID   fr.Element
	Number     uint32 // of the batch that made the state

	Account protocol.Account
	Proof   statetree.Proof // of the account, in the state
}

// SealExit takes from a snapshot what proving an account's exit takes.
// commitment is the one that layer 1 has finalized. The snapshot stays the
// caller's to close; the result needs it no more.
//
// A state with another commitment is an [ErrOtherState], an account that does
// not exist wraps [protocol.ErrAccountAbsent], and one that holds nothing is an
// [ErrZeroBalance].
func SealExit(s *statetree.Snapshot, rollupID, commitment fr.Element, i protocol.Index) (*SealedExit, error) {
	proof, err := s.Prove(i)
	if err != nil {
		return nil, fmt.Errorf("seal exit: account %d: %w", i, err)
	}
	account, _, err := s.Account(i)
	if err != nil {
		return nil, fmt.Errorf("seal exit: account %d: %w", i, err)
	}
	e := &SealedExit{Commitment: commitment, RollupID: rollupID, Number: s.Version(), Account: account, Proof: *proof}
	if _, err := e.path(); err != nil {
		return nil, fmt.Errorf("seal exit: %w", err)
	}
	return e, nil
}

// children are those of the nodes on the way to an account, of the root first.
type children [protocol.TreeDepth][protocol.TreeArity]fr.Element

// path returns the path to the account. It fails unless the account is there,
// holds something, and stands in the state with the commitment.
func (e *SealedExit) path() (*children, error) {
	path := new(children)
	node := e.Proof.Leaf
	for level := protocol.TreeDepth - 1; level >= 0; level-- {
		digit := e.Proof.Index >> (2 * (protocol.TreeDepth - 1 - level)) % protocol.TreeArity
		siblings := e.Proof.Siblings[level][:]
		c := &path[level]
		copy(c[:digit], siblings[:digit])
		c[digit] = node
		copy(c[digit+1:], siblings[digit:])
		node = protocol.H4(c[0], c[1], c[2], c[3])
	}
	// The state comes first: what another one says of the account means nothing.
	if c := protocol.Commitment(node, e.RollupID, e.Number); c != e.Commitment {
		return nil, fmt.Errorf("%w: after batch %d its commitment is %s, layer 1 has %s",
			ErrOtherState, e.Number, c.String(), e.Commitment.String())
	}
	if !e.Proof.Included() {
		return nil, fmt.Errorf("account %d: %w", e.Proof.Index, protocol.ErrAccountAbsent)
	}
	if err := e.Account.Validate(); err != nil {
		return nil, fmt.Errorf("account %d: %w", e.Proof.Index, err)
	}
	if e.Account.Leaf() != e.Proof.Leaf {
		return nil, fmt.Errorf("%w: the leaf of account %d is not the account's", ErrNotSealed, e.Proof.Index)
	}
	if e.Account.Balance.IsZero() {
		return nil, fmt.Errorf("account %d: %w", e.Proof.Index, ErrZeroBalance)
	}
	return path, nil
}

// BuiltExit is an exit ready to be proven.
type BuiltExit struct {
	Assignment *exit.Circuit
	// Escape is what the proof says: the arguments of the contract's escape.
	Escape    protocol.Escape
	Statement protocol.Statement
}

// BuildExit makes the assignment that proves an exit to the contract whose exit
// verifier has this address. Its errors are those of [SealExit], and
// [ErrNotSealed] for an account that is not its proof's.
func BuildExit(e *SealedExit, verifier [20]byte) (*BuiltExit, error) {
	path, err := e.path()
	if err != nil {
		return nil, err
	}
	a, i := &e.Account, e.Proof.Index
	b := &BuiltExit{Escape: protocol.Escape{
		Commitment: e.Commitment, Owner: a.Owner, Token: a.Token, Index: i, Balance: a.Balance,
	}}
	if b.Statement, err = b.Escape.Statement(verifier); err != nil {
		return nil, err
	}
	c := &exit.Circuit{
		D: b.Statement.D, Z: b.Statement.Z, Y: b.Statement.Y,
		RollupID: e.RollupID, Number: e.Number,
		KeyX: a.Key.X, KeyY: a.Key.Y, Owner: ownerNumber(a.Owner),
		Token: uint32(a.Token), Nonce: a.Nonce, Balance: a.Balance.ToBig(),
	}
	for bit := range c.Index {
		c.Index[bit] = uint32(i) >> bit & 1
	}
	for level := range path {
		for j := range path[level] {
			c.Children[level][j] = path[level][j]
		}
	}
	b.Assignment = c
	return b, nil
}
