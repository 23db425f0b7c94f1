package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// answerBytes bounds an answer: a node that is not to be trusted must not be able
// to use up the memory of whoever asks it.
const answerBytes = 32 << 20

// Client talks to a node. It is safe for concurrent use.
type Client struct {
	rpc *rpc.Client
	ws  bool // whether subscriptions are possible

	mu     sync.Mutex
	limits *wire.Limits // of the node, once they were asked for; guarded by mu
}

// Dial returns a client of the node at a URL: http, https, ws or wss. Over HTTP
// nothing is sent yet. A WebSocket that breaks is dialled again with the next call.
func Dial(ctx context.Context, rawURL string) (*Client, error) {
	return dial(ctx, rawURL, http.DefaultTransport)
}

func dial(ctx context.Context, rawURL string, transport http.RoundTripper) (*Client, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("address of the node: %w", err)
	}
	ws := u.Scheme == "ws" || u.Scheme == "wss"
	if !ws && u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("address of the node: %q has scheme %q, expected http, https, ws or wss", u.Redacted(), u.Scheme)
	}
	c, err := rpc.DialOptions(ctx, rawURL,
		rpc.WithHTTPClient(&http.Client{Transport: bounded{transport}}),
		rpc.WithWebsocketMessageSizeLimit(answerBytes))
	if err != nil {
		return nil, fmt.Errorf("dial the node: %w", err)
	}
	return &Client{rpc: c, ws: ws}, nil
}

// Close ends the client and its subscriptions.
func (c *Client) Close() { c.rpc.Close() }

// bounded cuts answers off.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, answerBytes), resp.Body}
	}
	return resp, err
}

func call[T any](ctx context.Context, c *Client, method string, args ...any) (T, error) {
	var v T
	if err := c.rpc.CallContext(ctx, &v, method, args...); err != nil {
		return v, fmt.Errorf("%s: %w", method, explain(err))
	}
	return v, nil
}

// explain turns what the rpc package returns into a wire.Error where the node has
// answered with an error.
func explain(err error) error {
	var refused rpc.HTTPError
	if errors.As(err, &refused) {
		var body struct {
			Error *wire.Error `json:"error"`
		}
		if json.Unmarshal(refused.Body, &body) == nil && body.Error != nil {
			return body.Error
		}
		return err
	}
	var coded rpc.Error
	if !errors.As(err, &coded) {
		return err
	}
	own := &wire.Error{Code: wire.Code(coded.ErrorCode()), Message: coded.Error()}
	var detailed rpc.DataError
	if errors.As(err, &detailed) && detailed.ErrorData() != nil {
		if data, err := json.Marshal(detailed.ErrorData()); err == nil {
			_ = json.Unmarshal(data, &own.Data) // details of another form are not for us
		}
	}
	return own
}

// SendTransfer sends a transfer or withdrawal. When it returns a result the
// transfer is durable. Sending the same again gives the same result, so whoever
// had no answer sends it again.
func (c *Client) SendTransfer(ctx context.Context, t *protocol.SignedTransfer) (*wire.SendResult, error) {
	return call[*wire.SendResult](ctx, c, "quire_sendTransfer", wire.NewSignedTransfer(t))
}

// Outcome is what became of one of several transfers: Result, or Err.
type Outcome struct {
	Result *wire.SendResult
	Err    error
}

// SendTransfers sends any number of transfers, in their order, in calls as large
// as the node allows; where the node asks for patience it waits. It returns an
// outcome for each transfer, or, with an error, for those of the calls before the
// one that failed: whoever goes on sends the others again.
func (c *Client) SendTransfers(ctx context.Context, transfers []protocol.SignedTransfer) ([]Outcome, error) {
	limits, err := c.nodeLimits(ctx)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, 0, len(transfers))
	for chunk := range slices.Chunk(transfers, max(1, limits.Transfers)) {
		list := make([]wire.SignedTransfer, len(chunk))
		for i := range chunk {
			list[i] = wire.NewSignedTransfer(&chunk[i])
		}
		answers, err := patiently(ctx, func() ([]wire.SendOutcome, error) {
			return call[[]wire.SendOutcome](ctx, c, "quire_sendTransfers", list)
		})
		if err != nil {
			return outcomes, err
		}
		if len(answers) != len(chunk) {
			return outcomes, fmt.Errorf("quire_sendTransfers: the node gave %d outcomes for %d transfers", len(answers), len(chunk))
		}
		for i, a := range answers {
			switch {
			case a.Error != nil:
				outcomes = append(outcomes, Outcome{Err: a.Error})
			case a.Result != nil:
				outcomes = append(outcomes, Outcome{Result: a.Result})
			default:
				return outcomes, fmt.Errorf("quire_sendTransfers: the node gave neither a result nor an error for transfer %d of %d", i+1, len(chunk))
			}
		}
	}
	return outcomes, nil
}

// patiently calls f again for as long as the node refuses to look at the call and
// says when it will.
func patiently[T any](ctx context.Context, f func() (T, error)) (T, error) {
	for {
		v, err := f()
		var refused *wire.Error
		if err == nil || !errors.As(err, &refused) || refused.RetryAfter() == 0 {
			return v, err
		}
		if sleep(ctx, refused.RetryAfter()) != nil {
			return v, fmt.Errorf("%w (%w)", err, context.Cause(ctx))
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) nodeLimits(ctx context.Context) (*wire.Limits, error) {
	c.mu.Lock()
	limits := c.limits
	c.mu.Unlock()
	if limits != nil {
		return limits, nil
	}
	config, err := c.RollupConfig(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limits = &config.Limits
	return c.limits, nil
}

// OpenAccount asks for an account. It gets its index once a batch opens it: see
// [Client.Accounts].
func (c *Client) OpenAccount(ctx context.Context, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (*wire.Opening, error) {
	return call[*wire.Opening](ctx, c, "quire_openAccount", wire.OpenRequest{Key: wire.NewKey(key), Owner: wire.Address(owner), Token: token})
}

// Account returns an account in all states.
func (c *Client) Account(ctx context.Context, index protocol.Index) (*wire.Account, error) {
	return call[*wire.Account](ctx, c, "quire_getAccount", index)
}

// AccountIn returns an account in one state, which is cheaper.
func (c *Client) AccountIn(ctx context.Context, index protocol.Index, state wire.State) (*wire.Account, error) {
	return call[*wire.Account](ctx, c, "quire_getAccount", index, state)
}

// Accounts yields the accounts of an owner, as they are in the pending state, by
// increasing index. After an error it ends.
func (c *Client) Accounts(ctx context.Context, owner protocol.Owner) iter.Seq2[wire.OwnedAccount, error] {
	return pages(func(after protocol.Index) ([]wire.OwnedAccount, protocol.Index, error) {
		p, err := c.AccountPage(ctx, wire.AccountQuery{Owner: wire.Address(owner), After: after})
		if err != nil {
			return nil, 0, err
		}
		return p.Accounts, p.Next, nil
	}, 0)
}

// AccountPage returns a page of an owner's accounts.
func (c *Client) AccountPage(ctx context.Context, q wire.AccountQuery) (*wire.AccountPage, error) {
	return call[*wire.AccountPage](ctx, c, "quire_getAccounts", q)
}

// AccountProof returns the proof of an account in a state that is not pending. It
// was not verified: see [wire.AccountProof.Verify].
func (c *Client) AccountProof(ctx context.Context, index protocol.Index, state wire.State) (*wire.AccountProof, error) {
	return call[*wire.AccountProof](ctx, c, "quire_getAccountProof", index, state)
}

// Transfer returns a transfer and how far it has come.
func (c *Client) Transfer(ctx context.Context, id wire.Hash) (*wire.TransferInfo, error) {
	return call[*wire.TransferInfo](ctx, c, "quire_getTransfer", id)
}

// ErrDropped: a transfer will not be executed.
var ErrDropped = errors.New("the transfer was dropped")

// WaitForTransfer asks for a transfer again and again, with a pause between, until
// it has come as far as the status says. A transfer that was dropped gives
// ErrDropped, with the reason.
func (c *Client) WaitForTransfer(ctx context.Context, id wire.Hash, status wire.Status, pause time.Duration) (*wire.TransferInfo, error) {
	all := wire.Statuses()
	for {
		t, err := patiently(ctx, func() (*wire.TransferInfo, error) { return c.Transfer(ctx, id) })
		switch {
		case err != nil:
			return nil, err
		case t.Status == status:
			return t, nil
		case t.Status == wire.StatusDropped:
			return t, fmt.Errorf("transfer %s: %w: %s", id, ErrDropped, t.Reason)
		case slices.Index(all, t.Status) >= slices.Index(all, status):
			return t, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return t, fmt.Errorf("transfer %s is %s, not yet %s: %w", id, t.Status, status, err)
		}
	}
}

// Transfers yields executed transfers, the newest first: those that the query
// chooses, page by page. After an error it ends.
func (c *Client) Transfers(ctx context.Context, q wire.TransferQuery) iter.Seq2[wire.TransferInfo, error] {
	return pages(func(before uint64) ([]wire.TransferInfo, uint64, error) {
		q.Before = before
		p, err := c.TransferPage(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		return p.Transfers, p.Next, nil
	}, q.Before)
}

// TransferPage returns a page of executed transfers.
func (c *Client) TransferPage(ctx context.Context, q wire.TransferQuery) (*wire.TransferPage, error) {
	return call[*wire.TransferPage](ctx, c, "quire_getTransfers", q)
}

// Batch returns a batch.
func (c *Client) Batch(ctx context.Context, number uint32) (*wire.Batch, error) {
	return call[*wire.Batch](ctx, c, "quire_getBatch", number)
}

// Batches yields batches, the newest first. After an error it ends.
func (c *Client) Batches(ctx context.Context, q wire.BatchQuery) iter.Seq2[wire.BatchSummary, error] {
	return pages(func(before uint32) ([]wire.BatchSummary, uint32, error) {
		q.Before = before
		p, err := c.BatchPage(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		return p.Batches, p.Next, nil
	}, q.Before)
}

// BatchPage returns a page of batches.
func (c *Client) BatchPage(ctx context.Context, q wire.BatchQuery) (*wire.BatchPage, error) {
	return call[*wire.BatchPage](ctx, c, "quire_getBatches", q)
}

// BatchProof returns the proof file of a batch, which quire verify reads.
func (c *Client) BatchProof(ctx context.Context, number uint32) (json.RawMessage, error) {
	p, err := call[*wire.BatchProof](ctx, c, "quire_getBatchProof", number)
	if err != nil {
		return nil, err
	}
	return p.Proof, nil
}

// Queue returns what no batch has taken yet.
func (c *Client) Queue(ctx context.Context) (*wire.Queue, error) {
	return call[*wire.Queue](ctx, c, "quire_queue")
}

// Fee returns the least fee of a transfer of a token.
func (c *Client) Fee(ctx context.Context, token protocol.Token) (*wire.Fee, error) {
	return call[*wire.Fee](ctx, c, "quire_getFee", token)
}

// Tokens returns the tokens that the rollup knows.
func (c *Client) Tokens(ctx context.Context) ([]wire.Token, error) {
	return call[[]wire.Token](ctx, c, "quire_tokens")
}

// RollupConfig returns what a client has to know of rollup and node.
func (c *Client) RollupConfig(ctx context.Context) (*wire.RollupConfig, error) {
	return call[*wire.RollupConfig](ctx, c, "quire_rollupConfig")
}

// SyncStatus returns how far the node has come.
func (c *Client) SyncStatus(ctx context.Context) (*wire.SyncStatus, error) {
	return call[*wire.SyncStatus](ctx, c, "quire_syncStatus")
}

// OpenRPC returns the OpenRPC document of the node's methods.
func (c *Client) OpenRPC(ctx context.Context) (json.RawMessage, error) {
	return call[json.RawMessage](ctx, c, "quire_openrpc")
}

// pages yields the entries of pages, of which fetch returns one and where the next
// begins, 0 at the end.
func pages[T any, At comparable](fetch func(At) ([]T, At, error), first At) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero At
		at := first
		for {
			entries, next, err := fetch(at)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if next == zero || next == at {
				return
			}
			at = next
		}
	}
}
