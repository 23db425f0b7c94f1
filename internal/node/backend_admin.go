package node

import (
	"context"
	"fmt"

	"github.com/quirezk/quire/aggregator/api"
)

// Seal implements [api.AdminBackend].
func (b *backend) Seal(context.Context) (_ uint32, err error) {
	defer b.measured("admin_seal", &err)()
	before := b.engine.Summary().Head.Batch
	if err := b.service.Seal(); err != nil {
		return 0, err
	}
	if b.engine.Summary().Head.Batch == before {
		return 0, nil // there was nothing in it
	}
	return before, nil
}

// Pause implements [api.AdminBackend].
func (b *backend) Pause(_ context.Context, paused bool) (err error) {
	defer b.measured("admin_pause", &err)()
	b.engine.Pause(paused)
	return nil
}

// Pipeline implements [api.AdminBackend].
func (b *backend) Pipeline(_ context.Context, limit int) (_ *api.Pipeline, err error) {
	defer b.measured("admin_status", &err)()
	s := b.engine.Summary()
	batches, err := b.batches(0, limit, s.Head.Finalized)
	if err != nil {
		return nil, fmt.Errorf("batches that are not final: %w", err)
	}
	return &api.Pipeline{Sync: *b.sync(s), Batches: batches, Openings: uint64(s.WaitingOpenings)}, nil
}
