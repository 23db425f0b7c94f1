package statetree

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// Undo puts an account back as it was: with this value, or absent.
type Undo struct {
	Index   protocol.Index
	Existed bool
	Account protocol.Account // of no importance if it did not exist
}

// Revert takes the state back to an earlier version, by putting every account
// that has changed since back as it was. It may put back others too, but not leave
// one out. accept is called once, before anything is written, with the root that
// comes of it: if it returns an error, Revert returns that and nothing has changed.
// A caller that compares it with the root that the version had knows that the
// accounts are complete and right; unless it is sure of that otherwise, accept
// must not be nil.
//
// Accounts, tree, version and meta become durable together, as with [Tree.Apply],
// and the same goes for errors. Nothing is left of accounts and nodes that were
// not there at that version. Snapshots stay as they are.
func (t *Tree) Revert(ctx context.Context, version uint32, undo []Undo, meta []byte,
	accept func(root fr.Element) error) (root fr.Element, err error) {
	undo = slices.Clone(undo)
	slices.SortFunc(undo, func(a, b Undo) int { return cmp.Compare(a.Index, b.Index) })
	c := changes{updates: make([]Update, len(undo)), absent: make([]bool, len(undo))}
	for i := range undo {
		c.updates[i].Index = undo[i].Index
		c.absent[i] = !undo[i].Existed
		if undo[i].Existed {
			c.updates[i].Account = undo[i].Account
		}
	}
	if c.updates, err = sortUpdates(c.updates); err != nil {
		return root, err
	}
	return t.write(ctx, c, head{version: version, meta: meta}, func(current *head) error {
		if version >= current.version {
			return fmt.Errorf("%w: back to batch %d, state %d", ErrVersion, version, current.version)
		}
		return nil
	}, accept)
}
