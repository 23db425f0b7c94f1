package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/quirezk/quire/l1submit/reconstruct"
)

// Reconstruction is the state as anyone can rebuild it from layer 1 alone.
type Reconstruction struct {
	Batches    uint32  `json:"batches"`
	Transfers  uint64  `json:"transfers"`
	Commitment string  `json:"commitment"`
	Seconds    float64 `json:"seconds"`
}

// reconstruct rebuilds the state from the chain's data, with nothing of the
// demonstration's own but the contract's address, and compares the two.
func (d *session) reconstruct(ctx context.Context) (err error) {
	d.opts.Progress("rebuild the state from layer-1 data alone")
	node, ok := d.chain.Client().(reconstruct.Client)
	if !ok {
		return fmt.Errorf("%T does not find blocks by their hash", d.chain.Client())
	}
	dir, err := os.MkdirTemp("", "quire-demo-")
	if err != nil {
		return fmt.Errorf("make a directory to rebuild the state in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	start := time.Now()
	state, err := reconstruct.Open(dir, reconstruct.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	if err := state.Sync(ctx, node, reconstruct.Config{Contract: d.rollup.Address(), Start: d.rollup.Deployed()}); err != nil {
		return err
	}
	head, _ := state.Head()
	if root := d.tree.Root(); head.Root != root {
		return fmt.Errorf("the state rebuilt from layer 1 has root %s, the operator's has %s", head.Root.String(), root.String())
	}
	d.report.Reconstruction = Reconstruction{
		Batches: head.Number, Transfers: head.Transfers,
		Commitment: hexElement(head.Commitment), Seconds: time.Since(start).Seconds(),
	}
	return nil
}
