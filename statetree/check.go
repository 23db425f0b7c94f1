package statetree

import (
	"context"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"golang.org/x/sync/errgroup"

	"github.com/quirezk/quire/protocol"
)

// checker recomputes a tree. Each subtree is checked on the goroutine that found
// it, unless a spare one is free to take it.
type checker struct {
	reader
	spare chan struct{} // holds a token for each goroutine besides the first
}

// check recomputes the subtree of the node, or leaf, with the given hash.
func (c checker) check(ctx context.Context, level int, position uint32, hash fr.Element) error {
	if hash == empty[level] {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var buf []byte
	if level == depth {
		i := protocol.Index(position)
		a, err := c.account(i, &hash, &buf)
		if err != nil {
			return err
		}
		if err := a.Validate(); err != nil {
			return corrupt(accountKey(i), "%v", err)
		}
		if a.Leaf() != hash {
			return corrupt(accountKey(i), "account does not hash to its leaf")
		}
		return nil
	}
	var children [arity]fr.Element
	if err := c.node(level, position, &hash, &children, &buf); err != nil {
		return err
	}
	if hashChildren(&children) != hash {
		return corrupt(nodeKey(level, position), "children do not hash to the node")
	}
	g, ctx := errgroup.WithContext(ctx)
	for j, child := range children {
		down := func() error { return c.check(ctx, level+1, position*arity+uint32(j), child) }
		select {
		case c.spare <- struct{}{}:
			g.Go(func() error {
				defer func() { <-c.spare }()
				return down()
			})
			continue
		default:
		}
		if err := down(); err != nil {
			g.Go(func() error { return err }) // ends the others
			break
		}
	}
	return g.Wait()
}
