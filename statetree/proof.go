package statetree

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// Proof shows the leaf of one account under a root, or that there is none.
type Proof struct {
	Index protocol.Index
	// Leaf is the account's [protocol.Account.Leaf], 0 if the account is absent.
	Leaf fr.Element
	// Siblings[l] are, in order, the three children beside the path of the node
	// that the path goes through at level l; [0] are children of the root.
	Siblings [depth][arity - 1]fr.Element
}

// Included says whether the proof is of an account, not of its absence.
func (p *Proof) Included() bool { return !p.Leaf.IsZero() }

// Root is the root that the proof leads to.
func (p *Proof) Root() fr.Element {
	h := p.Leaf
	for level := depth - 1; level >= 0; level-- {
		var children [arity]fr.Element
		at := slot(positionAt(p.Index, level+1))
		siblings := p.Siblings[level][:]
		copy(children[:at], siblings[:at])
		children[at] = h
		copy(children[at+1:], siblings[at:])
		h = hashChildren(&children)
	}
	return h
}

// Verify returns nil if the leaf is at its index under the root. Else the error
// wraps [ErrProof].
func (p *Proof) Verify(root fr.Element) error {
	if p.Root() != root {
		return fmt.Errorf("%w: the path of account %d leads to another root", ErrProof, p.Index)
	}
	return nil
}

// VerifyAccount is Verify for a proof that the account at Index is a. Its errors
// wrap [ErrProof], or are those of [protocol.Account.Validate].
func (p *Proof) VerifyAccount(root fr.Element, a *protocol.Account) error {
	if err := a.Validate(); err != nil {
		return err
	}
	if p.Leaf != a.Leaf() {
		return fmt.Errorf("%w: the leaf of account %d is not the given account's", ErrProof, p.Index)
	}
	return p.Verify(root)
}
