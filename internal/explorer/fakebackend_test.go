package explorer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

var _ api.Backend = (*fake)(nil)

func (f *fake) SendTransfers(_ context.Context, ts []protocol.SignedTransfer) []api.SendResult {
	results := make([]api.SendResult, len(ts))
	for i := range results {
		results[i].Err = wire.ErrPaused
	}
	return results
}

func (f *fake) OpenAccount(context.Context, protocol.PublicKey, protocol.Owner, protocol.Token) (ledger.Opening, error) {
	return ledger.Opening{}, wire.ErrPaused
}

func (f *fake) number(s wire.State) uint32 {
	switch s {
	case wire.Pending:
		return f.sync.Head.Batch
	case wire.Sealed:
		return f.sync.Sealed
	case wire.Committed:
		return f.sync.Committed
	default:
		return f.sync.Head.Finalized
	}
}

func (f *fake) Account(_ context.Context, i protocol.Index, states []wire.State) (*api.Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, ok := f.accounts[i]
	if !ok {
		return nil, wire.ErrUnknownAccount
	}
	result := &api.Account{NextNonce: a.Nonce}
	if i == 4 {
		result.Waiting = 2
	}
	for _, s := range states {
		n := f.number(s)
		at := api.AccountAt{Batch: n}
		if at.Account, at.Exists = f.before[n][i]; s == wire.Pending {
			at.Account = a
		}
		result.States = append(result.States, at)
	}
	return result, nil
}

func (f *fake) Accounts(_ context.Context, o protocol.Owner, after protocol.Index, limit int) ([]api.IndexedAccount, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []api.IndexedAccount
	for i := after + 1; int(i) <= len(f.accounts) && len(list) < limit; i++ {
		if f.accounts[i].Owner == o {
			list = append(list, api.IndexedAccount{Index: i, Account: f.accounts[i]})
		}
	}
	return list, nil
}

func (f *fake) AccountProof(_ context.Context, i protocol.Index, state wire.State) (*api.AccountProof, error) {
	if state != wire.Finalized {
		return nil, wire.ErrNotKept
	}
	s, err := f.tree.Snapshot()
	if err != nil {
		return nil, err
	}
	proof, err := s.Prove(i)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	a, exists, err := s.Account(i)
	return &api.AccountProof{
		Batch: s.Version(), Commitment: protocol.Commitment(s.Root(), f.rollupID, s.Version()), Root: s.Root(), Exists: exists, Account: a, Proof: *proof,
	}, errors.Join(err, s.Close())
}

func (f *fake) Transfer(_ context.Context, id ledger.TransferID) (*api.Transfer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, tr := range slices.Concat(f.done, f.waiting) {
		if tr.ID == id {
			tr = f.shown(tr)
			return &tr, nil
		}
	}
	return nil, wire.ErrUnknownTransfer
}

func (f *fake) Transfers(_ context.Context, filter api.Filter, before uint64, limit int) ([]api.Transfer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []api.Transfer
	for _, tr := range slices.Backward(f.done) {
		switch {
		case before != 0 && tr.Seq >= before:
		case filter.Batch != nil && tr.Batch != *filter.Batch:
		case filter.Account != nil && tr.Signed.From != *filter.Account && tr.Signed.To != *filter.Account:
		case len(list) < limit:
			tr.Receipt = nil
			list = append(list, f.shown(tr))
		}
	}
	return list, nil
}

func (f *fake) Batch(_ context.Context, n uint32) (*api.Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n == 0 || int(n) > len(f.batches) {
		return nil, wire.ErrUnknownBatch
	}
	b := f.batches[n-1]
	return &b, nil
}

func (f *fake) Batches(_ context.Context, before uint32, limit int) ([]api.Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []api.Batch
	for _, b := range slices.Backward(f.batches) {
		if (before == 0 || b.Number < before) && len(list) < limit {
			list = append(list, b)
		}
	}
	return list, nil
}

// BatchProof is a proof file of nothing.
func (f *fake) BatchProof(ctx context.Context, n uint32) ([]byte, error) {
	b, err := f.Batch(ctx, n)
	if err != nil {
		return nil, err
	}
	if b.Stage < ledger.StageProven {
		return nil, wire.ErrNotProven
	}
	p := prover.Proof{Shape: b.Shape, Published: fmt.Appendf(nil, "batch %d", n), Statement: prover.Statement(b.Statement)}
	return p.Encode()
}

func (f *fake) Queue(context.Context, int) (*api.Queue, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := f.queue
	return &q, nil
}

func (f *fake) Fee(_ context.Context, token protocol.Token) (*api.Fee, error) {
	if int(token) >= len(f.tokens) {
		return nil, wire.ErrUnknownToken
	}
	if token >= 2 {
		return &api.Fee{}, nil
	}
	cent, account := f.unit(token), protocol.Index(token+1)
	cent.Div(&cent, new(protocol.Amount).SetUint64(100))
	return &api.Fee{Minimum: times(cent, 5), Account: &account}, nil
}

func (f *fake) Tokens(context.Context) ([]api.Token, error) { return f.tokens, nil }

func (f *fake) Config(context.Context) (*api.Config, error) {
	c := &api.Config{
		Identity: ledger.Identity{ChainID: 1, Contract: [20]byte{0xc0, 0xff, 0xee, 19: 0x42}, RollupID: f.rollupID},
		Operator: [20]byte{0x0b, 19: 0x77}, Confirmations: 64, FeeAccounts: f.batches[0].FeeAccounts,
		Pool: wire.PoolRules{PerAccount: 64, NonceGap: 64, ReplacementPercent: 10}, Version: hostileVersion,
	}
	for i, shape := range circuits.Shapes()[1:] {
		c.Circuits = append(c.Circuits, api.Circuit{Index: i, Shape: shape, Verifier: [20]byte{0xfe, byte(i), 19: 0x10}})
	}
	return c, nil
}

func (f *fake) Sync(context.Context) (*api.Sync, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sync
	if f.still != nil {
		s = *f.still
	}
	return &s, nil
}
