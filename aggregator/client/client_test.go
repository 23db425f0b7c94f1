package client_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/protocol"
)

// methods calls each method and says whether the answer is the backend's.
func methods(c *client.Client) map[string]func(context.Context) (bool, error) {
	q := protocol.Index(7)
	transfer := func(ctx context.Context) (bool, error) {
		t, err := c.Transfer(ctx, wire.Hash{5})
		return err == nil && t.ID == wire.Hash{5}, err
	}
	return map[string]func(context.Context) (bool, error){
		"OpenAccount": func(ctx context.Context) (bool, error) {
			o, err := c.OpenAccount(ctx, key().Public(), protocol.Owner{1}, 3)
			return err == nil && o.Number == 6 && o.Key.Public() == key().Public() && o.Owner == wire.Address{1} && o.Token == 3, err
		},
		"Account": func(ctx context.Context) (bool, error) {
			a, err := c.Account(ctx, 7)
			return err == nil && a.Index == 7 && a.Pending.Nonce == 4 && a.Finalized.Balance.String() == "5", err
		},
		"AccountIn": func(ctx context.Context) (bool, error) {
			a, err := c.AccountIn(ctx, 7, wire.Sealed)
			return err == nil && a.Sealed != nil && a.Pending == nil, err
		},
		"AccountPage": func(ctx context.Context) (bool, error) {
			p, err := c.AccountPage(ctx, wire.AccountQuery{After: 5})
			return err == nil && len(p.Accounts) == 2 && p.Next == 0, err
		},
		"AccountProof": func(ctx context.Context) (bool, error) {
			p, err := c.AccountProof(ctx, 7, wire.Sealed)
			return err == nil && p.State == wire.Sealed && p.Batch == 2, err
		},
		"Transfer": transfer,
		"TransferPage": func(ctx context.Context) (bool, error) {
			p, err := c.TransferPage(ctx, wire.TransferQuery{Account: &q, Before: 3})
			return err == nil && len(p.Transfers) == 2 && p.Transfers[0].Seq == 2, err
		},
		"Batch": func(ctx context.Context) (bool, error) {
			b, err := c.Batch(ctx, 4)
			return err == nil && b.Number == 4 && b.Stage == wire.StageProven, err
		},
		"BatchPage": func(ctx context.Context) (bool, error) {
			p, err := c.BatchPage(ctx, wire.BatchQuery{Before: 2})
			return err == nil && len(p.Batches) == 1, err
		},
		"BatchProof": func(ctx context.Context) (bool, error) {
			p, err := c.BatchProof(ctx, 4)
			return string(p) == `{"format":"a proof"}`, err
		},
		"Queue": func(ctx context.Context) (bool, error) {
			p, err := c.Queue(ctx)
			return err == nil && p.DepositCount == 8 && p.DeadlineMillis == 3_600_000, err
		},
		"Fee": func(ctx context.Context) (bool, error) {
			f, err := c.Fee(ctx, 3)
			return err == nil && f.Token == 3 && f.Minimum.String() == "5", err
		},
		"Tokens": func(ctx context.Context) (bool, error) {
			tokens, err := c.Tokens(ctx)
			return len(tokens) == 1 && tokens[0].Symbol == "ETH", err
		},
		"RollupConfig": func(ctx context.Context) (bool, error) {
			r, err := c.RollupConfig(ctx)
			return err == nil && r.ChainID == 1337 && r.Limits.Transfers == 3, err
		},
		"SyncStatus": func(ctx context.Context) (bool, error) {
			s, err := c.SyncStatus(ctx)
			return err == nil && s.Seq == 7 && s.Batch == 3, err
		},
	}
}

// TestMethods: each method asks for the right thing and returns the answer, over
// HTTP and WebSocket; each passes on the node's errors as what they are.
func TestMethods(t *testing.T) {
	b := &backend{status: wire.StatusExecuted}
	n := start(t, b, api.Options{Page: 3, Transfers: 3, Rate: -1})
	for _, url := range []string{n.url, n.ws()} {
		c := dial(t, url)
		for name, f := range methods(c) {
			if ok, err := f(t.Context()); err != nil || !ok {
				t.Errorf("%s: as expected: %v, error %v", name, ok, err)
			}
		}
		if doc, err := c.OpenRPC(t.Context()); err != nil || !strings.Contains(string(doc), "quire_getAccountProof") {
			t.Errorf("OpenRPC: %d bytes, error %v", len(doc), err)
		}
		b.fail(wire.ErrHalted.With("batch 4 is damaged").After(3 * time.Second))
		for name, f := range methods(c) {
			_, err := f(t.Context())
			var own *wire.Error
			if !errors.Is(err, wire.ErrHalted) || errors.Is(err, wire.ErrBusy) || !errors.As(err, &own) || own.RetryAfter() != 3*time.Second || own.Data.Name != "halted" || !strings.Contains(err.Error(), "batch 4 is damaged") {
				t.Errorf("%s: error %v", name, err)
			}
		}
		transfer := signed(t, 1)
		if _, err := c.SendTransfer(t.Context(), &transfer); !errors.Is(err, wire.ErrHalted) {
			t.Errorf("SendTransfer: error %v", err)
		}
		b.fail(nil)
		if r, err := c.SendTransfer(t.Context(), &transfer); err != nil || r.Seq != 1 || r.Status != wire.StatusExecuted {
			t.Errorf("SendTransfer: %+v, error %v", r, err)
		}
		transfer = signed(t, 13)
		if _, err := c.SendTransfer(t.Context(), &transfer); !errors.Is(err, wire.ErrExpired) || !errors.Is(err, protocol.ErrExpired) {
			t.Errorf("SendTransfer: error %v, want ErrExpired", err)
		}
	}
}

// TestSendTransfers: any number is sent in calls that the node allows, in order.
func TestSendTransfers(t *testing.T) {
	b := new(backend)
	n := start(t, b, api.Options{Transfers: 3, Rate: -1})
	c := dial(t, n.url)
	var transfers []protocol.SignedTransfer
	for nonce := uint64(7); nonce < 15; nonce++ {
		transfers = append(transfers, signed(t, nonce))
	}
	outcomes, err := c.SendTransfers(t.Context(), transfers)
	if err != nil || len(outcomes) != len(transfers) {
		t.Fatalf("%d outcomes, error %v", len(outcomes), err)
	}
	for i, o := range outcomes {
		nonce := transfers[i].Nonce
		if nonce == 13 {
			if !errors.Is(o.Err, protocol.ErrExpired) || o.Result != nil {
				t.Errorf("nonce 13: %+v, want ErrExpired", o)
			}
		} else if o.Err != nil || o.Result.Seq != nonce {
			t.Errorf("nonce %d: %+v", nonce, o)
		}
	}
	if diff := cmp.Diff([]uint64{7, 8, 9, 10, 11, 12, 13, 14}, b.nonces); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{3, 3, 2}, b.calls); diff != "" {
		t.Error(diff)
	}
	if outcomes, err := c.SendTransfers(t.Context(), nil); err != nil || len(outcomes) != 0 {
		t.Errorf("none: %v, error %v", outcomes, err)
	}
}

// inMemory returns a client of a backend without a network between, for tests with
// a clock of their own (package synctest): nothing in them depends on how fast the
// machine is.
func inMemory(t *testing.T, b *backend, opts api.Options) *client.Client {
	t.Helper()
	s := new(node).restart(t, b, opts)
	c, err := client.DialTransport(t.Context(), "http://localhost", handled{s.Handler()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// handled is a transport to a handler in this process.
type handled struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	served.RequestURI, served.RemoteAddr, served.Host = "/", "192.0.2.1:1", r.URL.Host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, served)
	return w.Result(), nil
}

// TestPatience: where the node says to wait, the client does, and goes on; if the
// context ends before, it says how far it has come.
func TestPatience(t *testing.T) {
	transfers := make([]protocol.SignedTransfer, 0, 12)
	for nonce := range uint64(12) {
		transfers = append(transfers, signed(t, nonce))
	}
	synctest.Test(t, func(t *testing.T) {
		b, begun := new(backend), time.Now()
		// It costs 2 to ask for the limits, and 5 for each call: 10 more than there are.
		c := inMemory(t, b, api.Options{Transfers: 3, Page: 1, Rate: 100, Burst: 12})
		if outcomes, err := c.SendTransfers(t.Context(), transfers); err != nil || len(outcomes) != 12 {
			t.Errorf("%d outcomes, error %v", len(outcomes), err)
		}
		if took := time.Since(begun); took < 100*time.Millisecond || took > 5*time.Second {
			t.Errorf("it waited for %v", took)
		}
		c = inMemory(t, b, api.Options{Transfers: 3, Page: 1, Rate: 0.001, Burst: 12})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		outcomes, err := c.SendTransfers(ctx, transfers)
		if !errors.Is(err, wire.ErrRateLimited) || !errors.Is(err, context.DeadlineExceeded) || len(outcomes) != 6 {
			t.Errorf("%d outcomes, error %v", len(outcomes), err)
		}
	})
}

// TestPages: iterators go through all pages, stop when they are told to, and end
// with the error.
func TestPages(t *testing.T) {
	b := new(backend)
	n := start(t, b, api.Options{Page: 3, Rate: -1})
	c := dial(t, n.url)
	check(t, "accounts", b, c.Accounts(t.Context(), protocol.Owner{1}), func(a wire.OwnedAccount) uint64 { return uint64(a.Index) }, 1, 2, 3, 4, 5, 6, 7)
	check(t, "transfers", b, c.Transfers(t.Context(), wire.TransferQuery{}), func(i wire.TransferInfo) uint64 { return i.Seq }, 7, 6, 5, 4, 3, 2, 1)
	check(t, "batches", b, c.Batches(t.Context(), wire.BatchQuery{Before: 6, Limit: 2}), func(s wire.BatchSummary) uint64 { return uint64(s.Number) }, 5, 4, 3, 2, 1)
}

func check[T any](t *testing.T, name string, b *backend, all iter.Seq2[T, error], number func(T) uint64, want ...uint64) {
	t.Helper()
	var got []uint64
	for v, err := range all {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got = append(got, number(v))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", name, got, want)
	}
	got = nil
	for v, err := range all {
		if err != nil {
			if !errors.Is(err, wire.ErrHalted) {
				t.Errorf("%s: error %v", name, err)
			}
			got = append(got, 0)
			continue
		}
		got = append(got, number(v))
		b.fail(wire.ErrHalted)
	}
	b.fail(nil)
	if last := len(got) - 1; last < 1 || last > 3 || got[last] != 0 {
		t.Errorf("%s: %v, then an error", name, got)
	}
	for range all {
		break
	}
}

// TestWaitForTransfer: it waits for the status, or one beyond it, and not for one
// that never comes.
func TestWaitForTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &backend{status: wire.StatusQueued}
		c := inMemory(t, b, api.Options{Rate: -1})
		set := func(s wire.Status) { b.mu.Lock(); defer b.mu.Unlock(); b.status = s }
		ctx, cancel := context.WithTimeout(t.Context(), 50500*time.Millisecond) // between two looks
		defer cancel()
		if i, err := c.WaitForTransfer(ctx, wire.Hash{1}, wire.StatusExecuted, time.Second); !errors.Is(err, context.DeadlineExceeded) || i == nil || i.Status != wire.StatusQueued {
			t.Errorf("queued: %+v, error %v", i, err)
		}
		begun := time.Now()
		go func() { time.Sleep(20 * time.Second); set(wire.StatusProven) }()
		if i, err := c.WaitForTransfer(t.Context(), wire.Hash{1}, wire.StatusSealed, 3*time.Second); err != nil || i.Status != wire.StatusProven || time.Since(begun) != 21*time.Second {
			t.Errorf("proven: %+v after %v, error %v", i, time.Since(begun), err)
		}
		set(wire.StatusDropped)
		if i, err := c.WaitForTransfer(t.Context(), wire.Hash{1}, wire.StatusSealed, time.Second); !errors.Is(err, client.ErrDropped) || !strings.Contains(err.Error(), "too late") {
			t.Errorf("dropped: %+v, error %v", i, err)
		}
		if _, err := c.WaitForTransfer(t.Context(), wire.Hash{1}, wire.StatusDropped, time.Second); err != nil {
			t.Errorf("waiting for that: error %v", err)
		}
		b.fail(wire.ErrUnknownTransfer)
		if _, err := c.WaitForTransfer(t.Context(), wire.Hash{1}, wire.StatusSealed, time.Second); !errors.Is(err, wire.ErrUnknownTransfer) {
			t.Errorf("unknown: error %v", err)
		}
	})
}

// TestForeignAnswers: what is no node, or a broken one, gives an error and no
// value, however much it sends.
func TestForeignAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"not found":     {404, "no such page"},
		"too large":     {413, "the request is too large"},
		"a page":        {200, "<html>"},
		"nothing":       {200, ""},
		"other type":    {200, `{"jsonrpc":"2.0","id":1,"result":[1,2]}`},
		"bad amount":    {200, `{"jsonrpc":"2.0","id":1,"result":{"token":1,"minimum":"-1"}}`},
		"strange error": {200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"x","data":[1]}}`},
		"no error":      {503, `{"error":null}`},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		f, err := dial(t, server.URL).Fee(t.Context(), 1)
		if err == nil {
			t.Errorf("%s: %+v", name, f)
		}
		if got, want := errors.Is(err, wire.ErrBusy), name == "strange error"; got != want {
			t.Errorf("%s: busy %v, error %v", name, got, err)
		}
		server.Close()
	}
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	if _, err := dial(t, endless.URL).Fee(t.Context(), 1); err == nil {
		t.Error("an endless answer has an end")
	}
}

// TestShortOutcomes: a node that answers for another number of transfers is not
// believed.
func TestShortOutcomes(t *testing.T) {
	config := `{"jsonrpc":"2.0","id":1,"result":{"limits":{"transfers":10}}}`
	for _, outcomes := range []string{`[]`, `[{},{}]`, `[{"result":{"id":"0x01"}}]`, `null`} {
		answers := []string{config, `{"jsonrpc":"2.0","id":2,"result":` + outcomes + `}`}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(answers[0]))
			answers = answers[1:]
		}))
		got, err := dial(t, server.URL).SendTransfers(t.Context(), []protocol.SignedTransfer{signed(t, 1), signed(t, 2)})
		if err == nil || len(got) != 0 {
			t.Errorf("%s: %v, error %v", outcomes, got, err)
		}
		server.Close()
	}
}

// TestDial: what is no address of a node is refused, and secrets in it stay there.
func TestDial(t *testing.T) {
	for _, url := range []string{"", "localhost:8645", "ftp://localhost", "ipc:///tmp/x", "http://%zz", "ftp://user:secret@localhost"} {
		if _, err := client.Dial(t.Context(), url); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %v", url, err)
		}
	}
	if _, err := client.Dial(t.Context(), "ws://127.0.0.1:1"); err == nil {
		t.Error("a WebSocket to nobody")
	}
}

// TestAdmin: the operator's methods.
func TestAdmin(t *testing.T) {
	b, level := new(backend), new(slog.LevelVar)
	s, err := api.NewAdmin(b, level, api.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	listener := httptest.NewServer(s.Handler())
	defer listener.Close()
	a, err := client.DialAdmin(t.Context(), listener.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if n, err := a.Seal(t.Context()); err != nil || n != 3 {
		t.Errorf("sealed %d, error %v", n, err)
	}
	if err := a.Pause(t.Context()); err != nil || !b.paused {
		t.Errorf("paused %v, error %v", b.paused, err)
	}
	if p, err := a.Status(t.Context()); err != nil || !p.Sync.Paused {
		t.Errorf("status %+v, error %v", p, err)
	}
	if err := a.Resume(t.Context()); err != nil || b.paused {
		t.Errorf("paused %v, error %v", b.paused, err)
	}
	if was, err := a.SetLogLevel(t.Context(), "warn"); err != nil || was != "INFO" || level.Level() != slog.LevelWarn {
		t.Errorf("level was %s, is %v, error %v", was, level.Level(), err)
	}
	b.fail(wire.ErrHalted)
	if err := a.Pause(t.Context()); !errors.Is(err, wire.ErrHalted) {
		t.Errorf("error %v", err)
	}
	if _, err := client.DialAdmin(t.Context(), "nowhere"); err == nil {
		t.Error("dialled nowhere")
	}

	b.fail(nil)
	path := filepath.Join(t.TempDir(), "s")
	socket, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- s.Serve(ctx, socket) }()
	local, err := client.DialAdmin(t.Context(), "unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := local.Seal(t.Context()); err != nil || n != 3 {
		t.Errorf("by the socket: sealed %d, error %v", n, err)
	}
	local.Close()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
