package node

import (
	"context"
	"errors"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/internal/node/layerone"
	"github.com/quirezk/quire/internal/node/metrics"
	"github.com/quirezk/quire/protocol"
)

// errorCodes say what the aggregator's errors are to clients.
var errorCodes = []api.ErrorCode{
	{Err: aggregator.ErrNonceTooLow, As: wire.ErrNonceTooLow},
	{Err: aggregator.ErrNonceTooFar, As: wire.ErrNonceTooFar},
	{Err: aggregator.ErrFeeTooLow, As: wire.ErrFeeTooLow},
	{Err: aggregator.ErrUnderpriced, As: wire.ErrUnderpriced},
	{Err: aggregator.ErrPoolFull, As: wire.ErrPoolFull},
	{Err: aggregator.ErrBusy, As: wire.ErrBusy},
	{Err: aggregator.ErrOpeningsFull, As: wire.ErrOpeningsFull},
	{Err: aggregator.ErrOpeningsOff, As: wire.ErrOpeningsFull},
	{Err: aggregator.ErrPaused, As: wire.ErrPaused},
	{Err: aggregator.ErrFrozen, As: wire.ErrFrozen},
	{Err: aggregator.ErrHalted, As: wire.ErrHalted},
	{Err: aggregator.ErrUnknownTransfer, As: wire.ErrUnknownTransfer},
	{Err: aggregator.ErrUnknownAccount, As: wire.ErrUnknownAccount},
	{Err: aggregator.ErrUnknownBatch, As: wire.ErrUnknownBatch},
	{Err: aggregator.ErrNotKept, As: wire.ErrNotKept},
}

// backend is the node as the JSON-RPC interface sees it.
type backend struct {
	service  *aggregator.Service
	engine   *aggregator.Engine
	ledger   *ledger.Ledger
	feed     *layerone.Feed
	tokens   *layerone.Tokens
	metrics  *metrics.Metrics
	receipts receipt.Signer
	domain   receipt.Domain

	circuits      []aggregator.Circuit
	collectors    []aggregator.Collector
	pool          mempool.Limits
	confirmations uint64
	deadline      time.Duration // of the contract's queue
	version       string
}

var (
	_ api.Backend      = (*backend)(nil)
	_ api.AdminBackend = (*backend)(nil)
)

// measured tells the metrics of a call: defer b.measured("method", &err)().
func (b *backend) measured(method string, err *error) func() {
	begun := time.Now()
	return func() { b.metrics.Call(method, time.Since(begun), coded(*err)) }
}

// coded returns an error as clients are told of it.
func coded(err error) error {
	var rejection protocol.Rejection
	var known *wire.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.As(err, &rejection):
		return wire.OfRejection(rejection)
	}
	for _, c := range errorCodes {
		if errors.Is(err, c.Err) {
			return c.As
		}
	}
	return err
}

// SendTransfers implements [api.Backend].
func (b *backend) SendTransfers(ctx context.Context, transfers []protocol.SignedTransfer) []api.SendResult {
	begun := time.Now()
	results := make([]api.SendResult, len(transfers))
	outcomes, err := b.service.Send(ctx, transfers)
	b.metrics.Call("sendTransfers", time.Since(begun), coded(err))
	if err != nil {
		for i := range results {
			results[i].Err = err
			b.metrics.Transfer(aggregator.StatusUnknown, coded(err))
		}
		return results
	}
	statuses := make(map[uint32]wire.Status)
	var executed []*api.SendResult
	for i := range outcomes {
		o, r := &outcomes[i], &results[i]
		*r = api.SendResult{ID: o.ID, Received: o.Received}
		switch {
		case o.Status == aggregator.StatusExecuted:
			r.Seq, r.Batch = o.Seq, o.Batch
			if r.Status = wire.StatusExecuted; !o.New {
				// Of one that was sent before. Nobody else waits for the engine here.
				r.Status, r.Err = b.statusOf(statuses, o.Batch)
			}
			if r.Err == nil {
				executed = append(executed, r)
			}
		case o.Status == aggregator.StatusQueued:
			r.Status = wire.StatusQueued
		case o.Status == aggregator.StatusDropped && o.Err == nil:
			r.Status = wire.StatusDropped
		default:
			r.Err = o.Err
		}
		b.metrics.Transfer(o.Status, coded(r.Err))
	}
	b.sign(executed)
	if len(executed) > 0 {
		b.metrics.Receipts(len(executed), time.Since(begun))
	}
	return results
}

// statusOf returns how far the transfers of a batch have come.
func (b *backend) statusOf(known map[uint32]wire.Status, number uint32) (wire.Status, error) {
	if status, ok := known[number]; ok {
		return status, nil
	}
	batch, err := b.batch(number)
	if err != nil {
		return "", err
	}
	known[number] = api.StatusOf(batch)
	return known[number], nil
}

// signGroup is how many receipts one goroutine signs, at least.
const signGroup = 16

// sign gives executed transfers their receipts.
func (b *backend) sign(executed []*api.SendResult) {
	var g errgroup.Group
	for lo := 0; lo < len(executed); lo += signGroup {
		part := executed[lo:min(lo+signGroup, len(executed))]
		work := func() error {
			for _, r := range part {
				r.Receipt, r.Err = b.receipt(r.ID, r.Seq, r.Batch, r.Received)
			}
			return nil
		}
		if len(executed) <= signGroup {
			_ = work() // it has no error but those of the results
			return
		}
		g.Go(work)
	}
	_ = g.Wait()
}

// receipt signs that a transfer was executed.
func (b *backend) receipt(id ledger.TransferID, seq uint64, batch uint32, received uint64) (*api.Receipt, error) {
	signature, err := receipt.Sign(b.domain, b.receipts, receipt.Receipt{Transfer: id, Sequence: seq, Batch: batch, Time: received})
	if err != nil {
		return nil, err
	}
	return &api.Receipt{ID: id, Seq: seq, Batch: batch, Time: received, Signature: signature}, nil
}

// OpenAccount implements [api.Backend].
func (b *backend) OpenAccount(ctx context.Context, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (_ ledger.Opening, err error) {
	defer b.measured("openAccount", &err)()
	if _, ok, err := b.tokens.Find(ctx, token); err != nil {
		return ledger.Opening{}, err
	} else if !ok {
		return ledger.Opening{}, wire.ErrUnknownToken
	}
	r, err := b.service.RequestOpening(key, owner, token)
	if err != nil {
		return ledger.Opening{}, err
	}
	if r.Exists {
		return ledger.Opening{Key: key, Owner: owner, Token: token}, nil
	}
	return r.Opening, nil
}

// stateOf are the states as clients name them.
var stateOf = map[wire.State]aggregator.State{
	wire.Pending: aggregator.StatePending, wire.Sealed: aggregator.StateSealed,
	wire.Committed: aggregator.StateCommitted, wire.Finalized: aggregator.StateFinalized,
}

// Account implements [api.Backend].
func (b *backend) Account(_ context.Context, index protocol.Index, states []wire.State) (_ *api.Account, err error) {
	defer b.measured("getAccount", &err)()
	// The pending state is asked for in any case: it tells whether there is one.
	wanted := []aggregator.State{aggregator.StatePending}
	for _, s := range states {
		wanted = append(wanted, stateOf[s])
	}
	found, err := b.engine.Accounts(index, wanted...)
	if err != nil {
		return nil, err
	}
	a := &api.Account{States: make([]api.AccountAt, len(states))}
	exists := false
	for i, at := range found {
		exists = exists || at.Exists
		if i > 0 {
			a.States[i-1] = api.AccountAt(at)
		}
	}
	if !exists {
		return nil, wire.ErrUnknownAccount
	}
	a.Waiting, a.NextNonce, err = b.engine.Waiting(index)
	return a, err
}

// Accounts implements [api.Backend].
func (b *backend) Accounts(_ context.Context, owner protocol.Owner, after protocol.Index, limit int) (_ []api.IndexedAccount, err error) {
	defer b.measured("getAccounts", &err)()
	indices, err := b.ledger.AccountsOf(owner, after, limit)
	if err != nil {
		return nil, err
	}
	accounts := make([]api.IndexedAccount, 0, len(indices))
	for _, i := range indices {
		at, err := b.engine.Accounts(i, aggregator.StatePending)
		if err != nil {
			return nil, err
		}
		if at[0].Exists {
			accounts = append(accounts, api.IndexedAccount{Index: i, Account: at[0].Account})
		}
	}
	return accounts, nil
}

// AccountProof implements [api.Backend].
func (b *backend) AccountProof(_ context.Context, index protocol.Index, state wire.State) (_ *api.AccountProof, err error) {
	defer b.measured("getAccountProof", &err)()
	p, err := b.engine.Prove(index, stateOf[state])
	if err != nil {
		return nil, err
	}
	return &api.AccountProof{
		Batch: p.Batch, Commitment: p.Commitment, Root: p.Root, Exists: p.Exists, Account: p.Account, Proof: *p.Proof,
	}, nil
}

// Transfer implements [api.Backend].
func (b *backend) Transfer(_ context.Context, id ledger.TransferID) (_ *api.Transfer, err error) {
	defer b.measured("getTransfer", &err)()
	known, err := b.engine.Transfer(id)
	if err != nil {
		return nil, err
	}
	t := &api.Transfer{ID: id, Signed: known.Signed, Time: known.Time, Reason: known.Reason}
	switch known.Status {
	case aggregator.StatusExecuted:
		if err := b.place(t, known.Seq, known.Batch); err != nil {
			return nil, err
		}
		t.Receipt, err = b.receipt(id, known.Seq, known.Batch, known.Received)
	case aggregator.StatusQueued:
		t.Status = wire.StatusQueued
	default:
		t.Status = wire.StatusDropped
	}
	return t, err
}

// place fills in where an executed transfer stands.
func (b *backend) place(t *api.Transfer, seq uint64, number uint32) error {
	batch, err := b.batch(number)
	if err != nil {
		return err
	}
	t.Seq, t.Batch, t.Status, t.Layer1 = seq, number, api.StatusOf(batch), batch.Place()
	return nil
}

// Transfers implements [api.Backend].
func (b *backend) Transfers(_ context.Context, filter api.Filter, before uint64, limit int) (_ []api.Transfer, err error) {
	defer b.measured("getTransfers", &err)()
	seqs, err := b.sequence(filter, before, limit)
	if err != nil {
		return nil, err
	}
	id := b.engine.Identity().RollupID
	transfers := make([]api.Transfer, 0, len(seqs))
	for _, seq := range seqs {
		executed, found, err := b.ledger.Transfer(seq)
		if err != nil {
			return nil, err
		}
		if !found {
			continue // undone since
		}
		t := api.Transfer{ID: ledger.IDOf(id, &executed.Signed.Transfer), Signed: &executed.Signed, Time: executed.Received}
		if err := b.place(&t, seq, executed.Batch); err != nil {
			return nil, err
		}
		transfers = append(transfers, t)
	}
	return transfers, nil
}

// sequence returns the sequence numbers of transfers, the newest first.
func (b *backend) sequence(filter api.Filter, before uint64, limit int) ([]uint64, error) {
	if before == 0 {
		before = math.MaxUint64
	}
	if filter.Account != nil {
		return b.ledger.History(*filter.Account, before, limit)
	}
	first, end := uint64(1), b.engine.Summary().Head.NextSeq
	if filter.Batch != nil {
		batch, err := b.batch(*filter.Batch)
		if errors.Is(err, aggregator.ErrUnknownBatch) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		first, end = batch.FirstSeq, batch.FirstSeq+uint64(batch.Transfers)
	}
	var seqs []uint64
	for seq := min(end, before); seq > first && len(seqs) < limit; {
		seq--
		seqs = append(seqs, seq)
	}
	return seqs, nil
}

// batch returns a batch and where layer 1 has it.
func (b *backend) batch(number uint32) (*api.Batch, error) {
	record, committed, err := b.engine.Batch(number)
	if err != nil {
		return nil, err
	}
	batch := &api.Batch{Batch: record}
	if committed.Taken {
		batch.Committed = &api.Layer1Place{Block: committed.Block, Tx: committed.Tx}
	}
	return batch, nil
}

// Batch implements [api.Backend].
func (b *backend) Batch(_ context.Context, number uint32) (_ *api.Batch, err error) {
	defer b.measured("getBatch", &err)()
	return b.batch(number)
}

// Batches implements [api.Backend].
func (b *backend) Batches(_ context.Context, before uint32, limit int) (_ []api.Batch, err error) {
	defer b.measured("getBatches", &err)()
	return b.batches(before, limit, b.engine.Identity().Base)
}

// batches returns batches below one (0: all) and above another, the newest first.
func (b *backend) batches(before uint32, limit int, above uint32) ([]api.Batch, error) {
	newest := b.engine.Summary().Head.Batch
	if before == 0 || before > newest {
		before = newest + 1
	}
	batches := make([]api.Batch, 0, limit)
	for number := before - 1; number > above && len(batches) < limit; number-- {
		batch, err := b.batch(number)
		if err != nil {
			return nil, err
		}
		batches = append(batches, *batch)
	}
	return batches, nil
}

// BatchProof implements [api.Backend].
func (b *backend) BatchProof(_ context.Context, number uint32) (_ []byte, err error) {
	defer b.measured("getBatchProof", &err)()
	if _, err := b.batch(number); err != nil {
		return nil, err
	}
	proof, found, err := b.ledger.Proof(number)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, wire.ErrNotProven
	}
	return proof.File, nil
}

// Queue implements [api.Backend].
func (b *backend) Queue(_ context.Context, limit int) (_ *api.Queue, err error) {
	defer b.measured("getQueue", &err)()
	q, err := b.engine.Queue(limit)
	if err != nil {
		return nil, err
	}
	return &api.Queue{
		Deposits: q.Deposits, ForcedExits: q.Exits, Openings: q.Openings,
		DepositCount: uint64(q.DepositCount), ExitCount: uint64(q.ExitCount), OpenCount: uint64(q.OpeningCount),
		Deadline: b.deadline,
	}, nil
}

// Fee implements [api.Backend].
func (b *backend) Fee(ctx context.Context, token protocol.Token) (_ *api.Fee, err error) {
	defer b.measured("getFee", &err)()
	if _, ok, err := b.tokens.Find(ctx, token); err != nil {
		return nil, err
	} else if !ok {
		return nil, wire.ErrUnknownToken
	}
	fee := new(api.Fee)
	index, least, ok := b.engine.FeeAccount(token)
	if ok {
		fee.Minimum, fee.Account = least, &index
	}
	return fee, nil
}

// Tokens implements [api.Backend].
func (b *backend) Tokens(ctx context.Context) (_ []api.Token, err error) {
	defer b.measured("tokens", &err)()
	list, err := b.tokens.All(ctx)
	if err != nil {
		return nil, err
	}
	tokens := make([]api.Token, len(list))
	for i, t := range list {
		tokens[i] = api.Token{Token: t.Number, Address: t.Contract, Symbol: t.Symbol, Decimals: t.Decimals}
	}
	return tokens, nil
}

// Config implements [api.Backend].
func (b *backend) Config(context.Context) (_ *api.Config, err error) {
	defer b.measured("rollupConfig", &err)()
	c := &api.Config{
		Identity: b.engine.Identity(), Operator: b.receipts.Address(), Confirmations: b.confirmations, Version: b.version,
		Pool: wire.PoolRules{PerAccount: b.pool.MaxPerAccount, NonceGap: b.pool.NonceWindow, ReplacementPercent: mempool.ReplacementPercent},
	}
	for _, collector := range b.collectors {
		if index, _, ok := b.engine.FeeAccount(collector.Token); ok {
			c.FeeAccounts = append(c.FeeAccounts, protocol.FeeAccount{Token: collector.Token, Index: index})
		}
	}
	for _, circuit := range b.circuits {
		c.Circuits = append(c.Circuits, api.Circuit{Index: circuit.Index, Shape: circuit.Shape, Verifier: circuit.Verifier})
	}
	return c, nil
}

// Sync implements [api.Backend].
func (b *backend) Sync(context.Context) (_ *api.Sync, err error) {
	defer b.measured("syncStatus", &err)()
	return b.sync(b.engine.Summary()), nil
}

func (b *backend) sync(s aggregator.Summary) *api.Sync {
	out := &api.Sync{
		Head: s.Head, Sealed: s.Sealed, Proven: s.Proven, Committed: s.Committed, Waiting: s.Waiting,
		Layer1Head: max(b.feed.Status().Head, s.Head.Block), Paused: s.Paused,
	}
	if s.Halted != nil {
		out.Halted = s.Halted.Error()
	}
	return out
}
