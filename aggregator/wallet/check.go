package wallet

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// Final is the newest state that layer 1 has accepted. It is worth as much as
// its source: read it from the contract, by a node that you trust.
type Final struct {
	Number     uint32 // of the batch that made it
	Commitment fr.Element
}

// CheckProof says whether an account, as an operator tells it, is in a final
// state: the proof leads from the account's leaf to a root, and the root is the
// one in the commitment. The error is [ErrProof], or [protocol.ErrWidth].
func (f Final) CheckProof(rollupID fr.Element, p *statetree.Proof, a *protocol.Account) error {
	root := p.Root()
	if err := p.VerifyAccount(root, a); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	if protocol.Commitment(root, rollupID, f.Number) != f.Commitment {
		return fmt.Errorf("%w: the path of account %d does not lead to the commitment of batch %d on layer 1: "+
			"it is of another state, or made up", ErrProof, p.Index, f.Number)
	}
	return nil
}

// CheckPayee says whether the account at an index is the payee's: owner, key and
// token are what they have to be. The error is [ErrPayee]; do not pay then.
//
// Openings are unsigned and free. Whoever opens an account with the payee's key
// and an owner of their own takes what is paid there by a forced exit.
func CheckPayee(index protocol.Index, a *protocol.Account, payee Address, token protocol.Token) error {
	switch {
	case index == 0:
		return fmt.Errorf("%w: %w", ErrPayee, protocol.ErrReservedIndex)
	case a.Owner != payee.Owner:
		return fmt.Errorf("%w: account %d belongs to %s, not to %s, who could never take out what is paid there",
			ErrPayee, index, common.Address(a.Owner), common.Address(payee.Owner))
	case a.Key != payee.Key:
		return fmt.Errorf("%w: account %d has another key than the payee's: somebody else could spend what is paid there", ErrPayee, index)
	case !protocol.ValidKey(a.Key):
		return fmt.Errorf("%w: nobody can sign with the key of account %d", ErrPayee, index)
	case a.Token != token:
		return fmt.Errorf("%w: account %d holds token %d, not token %d", ErrPayee, index, a.Token, token)
	}
	return nil
}
