package wire

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// ErrProof: a proof does not show what it says. Whoever sent it is not to be
// believed.
var ErrProof = errors.New("the proof does not hold")

// Verify returns nil if the proof shows, for a rollup and a commitment, that the
// account is as the proof has it, or that there is none. For a final state the
// commitment has to come from layer 1: the one in the proof is the node's word.
// Else the error wraps [ErrProof].
func (p *AccountProof) Verify(rollupID, commitment fr.Element) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: account %d: %w", ErrProof, p.Index, fmt.Errorf(format, args...))
	}
	if p.Exists != (p.Account != nil) {
		return fail("it says both that the account exists and that it does not")
	}
	var leaf fr.Element
	if p.Account != nil {
		account := p.Account.Account()
		if err := account.Validate(); err != nil {
			return fail("%w", err)
		}
		if p.Account.Index != p.Index {
			return fail("it shows account %d", p.Account.Index)
		}
		leaf = account.Leaf()
	}
	if leaf != fr.Element(p.Leaf) {
		return fail("the leaf is not the account's")
	}
	root := leaf
	for level := len(p.Siblings) - 1; level >= 0; level-- {
		const bits = 2 // of the index, that choose one of four children
		at := int(p.Index>>(bits*(protocol.TreeDepth-1-level))) % protocol.TreeArity
		var children [protocol.TreeArity]fr.Element
		for i, s := range p.Siblings[level] {
			if i >= at {
				i++
			}
			children[i] = fr.Element(s)
		}
		children[at] = root
		root = protocol.H4(children[0], children[1], children[2], children[3])
	}
	if root != fr.Element(p.Root) {
		return fail("its path leads to another root")
	}
	if protocol.Commitment(root, rollupID, p.Batch) != commitment {
		return fail("the commitment is of another state")
	}
	return nil
}

// Account returns the account as the protocol has it.
func (a *OwnedAccount) Account() protocol.Account {
	return protocol.Account{
		Key: a.Key.Public(), Owner: protocol.Owner(a.Owner), Token: a.Token,
		Nonce: a.Nonce, Balance: protocol.Amount(a.Balance),
	}
}
