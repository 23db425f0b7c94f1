package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// param is a parameter that is read strictly.
type param[T any] struct{ v T }

// UnmarshalJSON implements json.Unmarshaler.
func (p *param[T]) UnmarshalJSON(data []byte) error { return wire.Decode(data, &p.v) }

// transferList is a list of transfers as it came. It is counted before it is taken
// apart, and each transfer is read by itself, so that one that is wrong does not
// spoil the others.
type transferList struct{ raw json.RawMessage }

// UnmarshalJSON implements json.Unmarshaler.
func (t *transferList) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '[' {
		return errors.New("expected a list of transfers")
	}
	t.raw = data
	return nil
}

// split takes the list apart, unless it has more than most entries.
func (t *transferList) split(most int) ([]json.RawMessage, error) {
	if countElements(t.raw, most) > most {
		return nil, wire.ErrInvalidParams.With("too many transfers in one call, at most %d are allowed", most)
	}
	var transfers []json.RawMessage
	if err := json.Unmarshal(t.raw, &transfers); err != nil {
		return nil, wire.ErrInvalidParams.With("transfers: %v", err)
	}
	return transfers, nil
}

// methods are the public methods: what each is for stands in [documentation], by
// its name.
type methods struct {
	server  *Server
	backend Backend
}

// SendTransfer takes a transfer on.
func (m *methods) SendTransfer(ctx context.Context, transfer param[wire.SignedTransfer]) (*wire.SendResult, error) {
	return call(ctx, m.server, costTransfer, func(ctx context.Context) (*wire.SendResult, error) {
		signed, err := transfer.v.Signed()
		if err != nil {
			return nil, m.server.refused(ctx, err)
		}
		results := m.backend.SendTransfers(ctx, []protocol.SignedTransfer{signed})
		if len(results) != 1 {
			return nil, fmt.Errorf("%d results for one transfer", len(results))
		}
		if err := results[0].Err; err != nil {
			return nil, m.server.refused(ctx, err)
		}
		return newSendResult(&results[0]), nil
	})
}

// SendTransfers takes several transfers on.
func (m *methods) SendTransfers(ctx context.Context, transfers transferList) ([]wire.SendOutcome, error) {
	raws, err := transfers.split(m.server.opts.Transfers)
	if err != nil {
		return nil, err
	}
	return call(ctx, m.server, costCall+costTransfer*len(raws), func(ctx context.Context) ([]wire.SendOutcome, error) {
		outcomes := make([]wire.SendOutcome, len(raws))
		fit := make([]protocol.SignedTransfer, 0, len(raws))
		places := make([]int, 0, len(raws)) // of those that fit
		for i, raw := range raws {
			var t wire.SignedTransfer
			if err := wire.Decode(raw, &t); err != nil {
				outcomes[i].Error = m.server.refused(ctx, wire.ErrInvalidParams.With("[%d]: %v", i, err))
				continue
			}
			signed, err := t.Signed()
			if err != nil {
				outcomes[i].Error = m.server.refused(ctx, err)
				continue
			}
			fit, places = append(fit, signed), append(places, i)
		}
		if len(fit) == 0 {
			return outcomes, nil
		}
		results := m.backend.SendTransfers(ctx, fit)
		if len(results) != len(fit) {
			return nil, fmt.Errorf("%d results for %d transfers", len(results), len(fit))
		}
		for i := range results {
			if err := results[i].Err; err != nil {
				outcomes[places[i]].Error = m.server.refused(ctx, err)
			} else {
				outcomes[places[i]].Result = newSendResult(&results[i])
			}
		}
		return outcomes, nil
	})
}

// OpenAccount asks for an account.
func (m *methods) OpenAccount(ctx context.Context, request param[wire.OpenRequest]) (*wire.Opening, error) {
	return call(ctx, m.server, costOpening, func(ctx context.Context) (*wire.Opening, error) {
		r := &request.v
		if !protocol.ValidKey(r.Key.Public()) {
			return nil, wire.ErrInvalidParams.With("key: expected a point on the curve, not of low order: nobody could sign for another")
		}
		opening, err := m.backend.OpenAccount(ctx, r.Key.Public(), protocol.Owner(r.Owner), r.Token)
		if err != nil {
			return nil, err
		}
		o := newOpening(&opening)
		return &o, nil
	})
}

// GetAccount returns an account.
func (m *methods) GetAccount(ctx context.Context, index param[protocol.Index], state *param[wire.State]) (*wire.Account, error) {
	return call(ctx, m.server, costAccount, func(ctx context.Context) (*wire.Account, error) {
		states := wire.States()
		if state != nil {
			states = []wire.State{state.v}
		}
		account, err := m.backend.Account(ctx, index.v, states)
		if err != nil {
			return nil, err
		}
		return newAccount(index.v, account, states)
	})
}

// GetAccounts returns the accounts of an owner.
func (m *methods) GetAccounts(ctx context.Context, query param[wire.AccountQuery]) (*wire.AccountPage, error) {
	return call(ctx, m.server, m.server.costPage(query.v.Limit), func(ctx context.Context) (*wire.AccountPage, error) {
		limit, err := m.server.page(query.v.Limit)
		if err != nil {
			return nil, err
		}
		accounts, err := m.backend.Accounts(ctx, protocol.Owner(query.v.Owner), query.v.After, limit)
		if err != nil {
			return nil, err
		}
		page := &wire.AccountPage{Accounts: each(accounts, func(a *IndexedAccount) wire.OwnedAccount { return newOwned(a.Index, &a.Account) })}
		if n := len(accounts); n == limit {
			page.Next = accounts[n-1].Index
		}
		return page, nil
	})
}

// GetAccountProof proves an account.
func (m *methods) GetAccountProof(ctx context.Context, index param[protocol.Index], state *param[wire.State]) (*wire.AccountProof, error) {
	return call(ctx, m.server, costProof, func(ctx context.Context) (*wire.AccountProof, error) {
		of := wire.Finalized
		if state != nil {
			of = state.v
		}
		if of == wire.Pending {
			return nil, wire.ErrInvalidParams.With("state: the pending state has no root, so nothing can be proven in it: expected %q, %q or %q", wire.Sealed, wire.Committed, wire.Finalized)
		}
		proof, err := m.backend.AccountProof(ctx, index.v, of)
		if err != nil {
			return nil, err
		}
		return newAccountProof(index.v, of, proof), nil
	})
}

// GetTransfer returns a transfer.
func (m *methods) GetTransfer(ctx context.Context, id param[wire.Hash]) (*wire.TransferInfo, error) {
	return call(ctx, m.server, costCall, func(ctx context.Context) (*wire.TransferInfo, error) {
		t, err := m.backend.Transfer(ctx, ledger.TransferID(id.v))
		if err != nil {
			return nil, err
		}
		info := newTransferInfo(t)
		return &info, nil
	})
}

// GetTransfers returns executed transfers.
func (m *methods) GetTransfers(ctx context.Context, query *param[wire.TransferQuery]) (*wire.TransferPage, error) {
	var q wire.TransferQuery
	if query != nil {
		q = query.v
	}
	return call(ctx, m.server, m.server.costPage(q.Limit), func(ctx context.Context) (*wire.TransferPage, error) {
		limit, err := m.server.page(q.Limit)
		if err != nil {
			return nil, err
		}
		if q.Account != nil && q.Batch != nil {
			return nil, wire.ErrInvalidParams.With("account and batch are both given, expected at most one of them")
		}
		transfers, err := m.backend.Transfers(ctx, Filter{Account: q.Account, Batch: q.Batch}, q.Before, limit)
		if err != nil {
			return nil, err
		}
		page := &wire.TransferPage{Transfers: each(transfers, newTransferInfo)}
		if n := len(transfers); n == limit && transfers[n-1].Seq > 1 {
			page.Next = transfers[n-1].Seq
		}
		return page, nil
	})
}

// GetBatch returns a batch.
func (m *methods) GetBatch(ctx context.Context, number param[uint32]) (*wire.Batch, error) {
	return call(ctx, m.server, costCall, func(ctx context.Context) (*wire.Batch, error) {
		b, err := m.backend.Batch(ctx, number.v)
		if err != nil {
			return nil, err
		}
		return newBatch(b), nil
	})
}

// GetBatches returns batches.
func (m *methods) GetBatches(ctx context.Context, query *param[wire.BatchQuery]) (*wire.BatchPage, error) {
	var q wire.BatchQuery
	if query != nil {
		q = query.v
	}
	return call(ctx, m.server, m.server.costPage(q.Limit), func(ctx context.Context) (*wire.BatchPage, error) {
		limit, err := m.server.page(q.Limit)
		if err != nil {
			return nil, err
		}
		batches, err := m.backend.Batches(ctx, q.Before, limit)
		if err != nil {
			return nil, err
		}
		page := &wire.BatchPage{Batches: each(batches, newBatchSummary)}
		if n := len(batches); n == limit && batches[n-1].Number > 1 {
			page.Next = batches[n-1].Number
		}
		return page, nil
	})
}

// GetBatchProof returns the proof of a batch.
func (m *methods) GetBatchProof(ctx context.Context, number param[uint32]) (*wire.BatchProof, error) {
	return call(ctx, m.server, costProof, func(ctx context.Context) (*wire.BatchProof, error) {
		file, err := m.backend.BatchProof(ctx, number.v)
		if err != nil {
			return nil, err
		}
		return newBatchProof(number.v, file)
	})
}

// Queue returns what no batch has taken yet.
func (m *methods) Queue(ctx context.Context) (*wire.Queue, error) {
	return call(ctx, m.server, m.server.costPage(0), func(ctx context.Context) (*wire.Queue, error) {
		q, err := m.backend.Queue(ctx, m.server.opts.Page)
		if err != nil {
			return nil, err
		}
		return newQueue(q), nil
	})
}

// GetFee returns what a transfer has to pay.
func (m *methods) GetFee(ctx context.Context, token param[protocol.Token]) (*wire.Fee, error) {
	return call(ctx, m.server, costCall, func(ctx context.Context) (*wire.Fee, error) {
		fee, err := m.backend.Fee(ctx, token.v)
		if err != nil {
			return nil, err
		}
		return &wire.Fee{Token: token.v, Minimum: wire.Amount(fee.Minimum), Account: fee.Account}, nil
	})
}

// Tokens returns the tokens.
func (m *methods) Tokens(ctx context.Context) ([]wire.Token, error) {
	return call(ctx, m.server, costCall, func(ctx context.Context) ([]wire.Token, error) {
		tokens, err := m.backend.Tokens(ctx)
		if err != nil {
			return nil, err
		}
		return each(tokens, func(t *Token) wire.Token {
			return wire.Token{Token: t.Token, Address: t.Address, Symbol: t.Symbol, Decimals: t.Decimals}
		}), nil
	})
}

// RollupConfig returns what a client has to know.
func (m *methods) RollupConfig(ctx context.Context) (*wire.RollupConfig, error) {
	return call(ctx, m.server, costCall, func(ctx context.Context) (*wire.RollupConfig, error) {
		c, err := m.backend.Config(ctx)
		if err != nil {
			return nil, err
		}
		return newConfig(c, m.server.opts.limits()), nil
	})
}

// SyncStatus returns how far the node has come.
func (m *methods) SyncStatus(ctx context.Context) (*wire.SyncStatus, error) {
	return call(ctx, m.server, costCall, func(ctx context.Context) (*wire.SyncStatus, error) {
		s, err := m.backend.Sync(ctx)
		if err != nil {
			return nil, err
		}
		return newSync(s), nil
	})
}

// Openrpc returns the OpenRPC document.
func (m *methods) Openrpc(ctx context.Context) (json.RawMessage, error) {
	return call(ctx, m.server, costProof, func(context.Context) (json.RawMessage, error) { return m.server.document, nil })
}

// Transfers subscribes to transfers.
func (m *methods) Transfers(ctx context.Context, account *param[protocol.Index]) (*rpc.Subscription, error) {
	var of *protocol.Index
	if account != nil {
		of = &account.v
	}
	return m.server.subscribe(ctx, topicTransfers, of)
}

// Batches subscribes to batches.
func (m *methods) Batches(ctx context.Context) (*rpc.Subscription, error) {
	return m.server.subscribe(ctx, topicBatches, nil)
}

// discovery is the method by which tools ask for the document.
type discovery struct{ server *Server }

// Discover returns the OpenRPC document.
func (d *discovery) Discover(ctx context.Context) (json.RawMessage, error) {
	return call(ctx, d.server, costProof, func(context.Context) (json.RawMessage, error) { return d.server.document, nil })
}

// What calls cost, in the units of [Options.Rate]. docs/rpc.md has the table.
const (
	costCall      = 1
	costTransfer  = 1
	costAccount   = 2 // reads up to four states
	costProof     = 10
	costOpening   = 10
	costSubscribe = 5
	costEntries   = 10 // so many entries of a page cost 1
	// More, once it shows that a transfer is refused for what is wrong with it, or
	// for its signature, which takes the most to find out and which no wallet gets
	// wrong: so that a flood of them uses up its senders' allowances and not the
	// processors.
	costRefused = 10
	costForged  = 100
)

// refusalCost is what a refused transfer costs more than one that is taken on.
func refusalCost(err *wire.Error) int {
	switch err.Code {
	case wire.CodeBusy, wire.CodePoolFull, wire.CodePaused, wire.CodeFrozen, wire.CodeHalted, wire.CodeTimeout, wire.CodeInternal:
		return 0 // nothing is wrong with it
	case wire.CodeBadSignature:
		return costForged
	default:
		return costRefused
	}
}

// refused returns what a client is told of the error that a transfer was refused
// with, and charges the client for it.
func (s *Server) refused(ctx context.Context, err error) *wire.Error {
	told := s.explain(ctx, err)
	_, from := s.peer(ctx)
	s.rates.charge(from, refusalCost(told))
	return told
}

// costPage is what a page of so many entries costs; 0 is the most.
func (s *Server) costPage(limit int) int { return s.opts.costPage(limit) }

func (o *Options) costPage(limit int) int {
	if limit <= 0 || limit > o.Page {
		limit = o.Page
	}
	return costCall + limit/costEntries
}

// costMost is what the dearest call costs.
func (o *Options) costMost() int {
	return max(costCall+costTransfer*o.Transfers, o.costPage(0), costProof, costOpening)
}

// page returns how many entries to answer for what was asked for.
func (s *Server) page(limit int) (int, error) {
	if limit > s.opts.Page {
		return 0, wire.ErrInvalidParams.With("limit: expected at most %d, found %d", s.opts.Page, limit)
	}
	if limit == 0 {
		limit = s.opts.Page
	}
	return limit, nil
}
