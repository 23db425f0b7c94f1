package reconstruct

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
)

// node is a layer-1 node with the rollup's contract.
type node struct {
	client  Client
	config  *Config
	chainID *big.Int
	rollup  *l1submit.Rollup
	scanner *watch.Scanner
}

// try asks the node until it answers, as the configuration has it.
func (n *node) try(ctx context.Context, what string, ask func(context.Context) error) error {
	return n.config.Retry.Do(ctx, what, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, n.config.RequestTimeout)
		defer cancel()
		return ask(ctx)
	})
}

// dial finds out which chain a client is of.
func dial(ctx context.Context, client Client, config *Config) (*node, error) {
	n := &node{client: client, config: config, scanner: watch.NewScanner(client, config.Contract, topics, config.MaxRange)}
	err := n.try(ctx, "ask the node for its chain", func(ctx context.Context) error {
		chain, err := l1submit.NewChain(ctx, client)
		if err != nil {
			return err
		}
		n.chainID = chain.ChainID()
		n.rollup = l1submit.OpenRollup(chain, config.Contract, config.Start)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if want := config.ChainID; want != nil && n.chainID.Cmp(want) != 0 {
		return nil, fmt.Errorf("%w: the node is of chain %v, not of %v", ErrForeign, n.chainID, want)
	}
	return n, nil
}

// identity asks the contract as it is now who it is.
func (n *node) identity(ctx context.Context) (Identity, error) {
	id := Identity{ChainID: n.chainID, Contract: n.config.Contract}
	err := n.askContract(ctx, "ask the contract who it is", func(ctx context.Context) (err error) {
		id.RollupID, err = n.rollup.RollupID(ctx)
		return err
	})
	return id, err
}

// askContract is try for the contract's views.
func (n *node) askContract(ctx context.Context, what string, ask func(context.Context) error) error {
	return n.try(ctx, what, func(ctx context.Context) error {
		err := ask(ctx)
		if errors.Is(err, bind.ErrNoCode) {
			err = fmt.Errorf("%w: %w", l1submit.ErrNoDeployment, err)
		}
		if errors.Is(err, l1submit.ErrNoDeployment) || errors.Is(err, l1submit.ErrNotRollup) {
			return watch.Permanent(err)
		}
		return err
	})
}

// target is the block up to which everything is read, and what the contract says
// of itself after it.
type target struct {
	block     watch.BlockID
	id        fr.Element
	finalized l1submit.Finalized
	frozen    bool
	lanes     [2]l1submit.LaneState
}

// target chooses the block, not below the given one, and asks the contract. That
// is done before anything is read, while the node still knows the contract's
// state after it.
func (n *node) target(ctx context.Context, least uint64) (t target, err error) {
	err = n.try(ctx, "choose the last block", func(ctx context.Context) error {
		number, err := n.targetBlock(ctx)
		if err != nil {
			return err
		}
		t.block, err = watch.HeaderAt(ctx, n.client, max(number, least))
		if errors.Is(err, ethereum.NotFound) {
			return fmt.Errorf("the node is behind: block %d was read before: %w", least, err)
		}
		return err
	})
	if err != nil {
		return t, err
	}
	at := n.rollup.AtBlock(t.block.Hash)
	for _, ask := range []func(context.Context) error{
		func(ctx context.Context) (err error) { t.id, err = at.RollupID(ctx); return err },
		func(ctx context.Context) (err error) { t.finalized, err = at.Finalized(ctx); return err },
		func(ctx context.Context) (err error) { t.frozen, err = at.IsFrozen(ctx); return err },
		func(ctx context.Context) (err error) {
			t.lanes[protocol.LaneDeposits], err = at.LaneState(ctx, protocol.LaneDeposits)
			return err
		},
		func(ctx context.Context) (err error) {
			t.lanes[protocol.LaneExits], err = at.LaneState(ctx, protocol.LaneExits)
			return err
		},
	} {
		err := n.askContract(ctx, fmt.Sprintf("ask the contract of its state after block %v", t.block), ask)
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

func (n *node) targetBlock(ctx context.Context) (uint64, error) {
	if n.config.Block != nil {
		return *n.config.Block, nil
	}
	head, err := n.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("read newest header: %w", err)
	}
	number := head.Number.Uint64()
	number -= min(number, n.config.Confirmations)
	if n.config.Finalized {
		final, err := n.client.HeaderByNumber(ctx, big.NewInt(rpc.FinalizedBlockNumber.Int64()))
		if err != nil {
			return 0, fmt.Errorf("read finalized header: %w", err)
		}
		number = min(number, final.Number.Uint64())
	}
	return number, nil
}

// onChain says whether a block is part of the chain.
func (n *node) onChain(ctx context.Context, id watch.BlockID) (is bool, err error) {
	err = n.try(ctx, "look for a block", func(ctx context.Context) error {
		found, err := watch.HeaderAt(ctx, n.client, id.Number)
		if errors.Is(err, ethereum.NotFound) {
			err = nil // shorter: another chain, or a node far behind
		}
		is = found == id
		return err
	})
	return is, err
}

// before returns the block in front of the first that is read.
func (n *node) before(ctx context.Context) (id watch.BlockID, err error) {
	err = n.try(ctx, "look for the first block", func(ctx context.Context) (err error) {
		id, err = watch.HeaderAt(ctx, n.client, n.config.Start-1)
		return err
	})
	return id, err
}

// events reads the events of the blocks from one number on, up to the target at
// most.
func (n *node) events(ctx context.Context, first uint64, t *target) (events []l1submit.Event, end watch.BlockID, err error) {
	err = n.try(ctx, "read events", func(ctx context.Context) error {
		logs, to, err := n.scanner.Next(ctx, first, t.block.Number)
		if err != nil {
			return err
		}
		if to.Number == t.block.Number && to != t.block {
			return fmt.Errorf("%w: block %v became %v", watch.ErrNodeInconsistent, t.block, to)
		}
		end, events = to, make([]l1submit.Event, len(logs))
		for i := range logs {
			if events[i], err = n.rollup.DecodeEvent(&logs[i]); err != nil {
				return watch.Permanent(err)
			}
		}
		return nil
	})
	return events, end, err
}

// published fetches and parses what a batch published.
func (n *node) published(ctx context.Context, batch *l1submit.BatchCommitted) (p *protocol.Published, err error) {
	var data []byte
	err = n.try(ctx, fmt.Sprintf("fetch batch %d", batch.Number), func(ctx context.Context) (err error) {
		data, err = n.rollup.PublishedData(ctx, batch)
		if errors.Is(err, l1submit.ErrDataUnavailable) {
			return watch.Permanent(err) // it is there, and false
		}
		return err
	})
	if errors.Is(err, ethereum.NotFound) {
		err = fmt.Errorf("%w: %w", ErrMissing, err)
	}
	if err == nil {
		if p, err = protocol.ParsePublished(data); err != nil {
			err = fmt.Errorf("%w: %w", ErrMismatch, err)
		}
	}
	if err != nil && ctx.Err() == nil {
		return nil, &BatchError{batch.Number, batch.TxHash, err}
	}
	return p, err
}
