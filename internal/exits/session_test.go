package exits_test

import (
	"context"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/prover"
)

// TestSession needs a rollup in which nothing has happened yet.
func TestSession(t *testing.T) {
	w := newWorld(t)
	t.Run("what is not the rollup that was asked for", w.testOpenRefuses)
	t.Run("keys", w.testKeys)
	t.Run("events from too late", w.testEventsFromTooLate)
}

func (w *world) testOpenRefuses(t *testing.T) {
	verifier, err := w.rollup.ExitVerifier(t.Context())
	w.ok(err)
	for name, test := range map[string]struct {
		target exits.Target
		want   error
		says   string
	}{
		"no contract":   {exits.Target{Contract: common.Address{1, 2}}, l1submit.ErrNoDeployment, "on chain 1337"},
		"not a rollup":  {exits.Target{Contract: verifier}, l1submit.ErrNotRollup, "not a rollup contract"},
		"a precompile":  {exits.Target{Contract: common.Address{19: 4}}, l1submit.ErrNoDeployment, ""},
		"another chain": {exits.Target{Contract: w.Contract(), ChainID: big.NewInt(1)}, exits.ErrChain, "chain 1337, want 1"},
	} {
		_, err := exits.Open(t.Context(), w.client(), test.target)
		if !errors.Is(err, test.want) || exits.Refused(err) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v, want %v saying %q", name, err, test.want, test.says)
		}
	}
	if _, err := exits.Open(t.Context(), w.client(), exits.Target{Contract: w.Contract(), ChainID: big.NewInt(1337)}); err != nil {
		t.Error(err)
	}
}

// TestOpenNode: no node, none that answers sense, and one that is not waited for.
func TestOpenNode(t *testing.T) {
	open := func(ctx context.Context, url string) error {
		client, err := exits.Dial(ctx, url)
		if err != nil {
			return err
		}
		defer client.Close()
		_, err = exits.Open(ctx, client, exits.Target{})
		return err
	}
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	for _, url := range []string{server.URL, "http://127.0.0.1:1", "gopher://127.0.0.1", t.TempDir() + "/none.ipc"} {
		if err := open(t.Context(), url); !errors.Is(err, exits.ErrNode) {
			t.Errorf("%s: error %v", url, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(ctx, server.URL); !errors.Is(err, context.Canceled) || errors.Is(err, exits.ErrNode) {
		t.Errorf("a context that is over: %v", err)
	}
}

// testKeys: none, and those of another setup.
func (w *world) testKeys(t *testing.T) {
	store := prover.NewStore(t.TempDir())
	if _, err := w.Keys(t.Context(), store, nil); !errors.Is(err, prover.ErrKeysNotFound) || !strings.Contains(err.Error(), "quire setup --shape exit") {
		t.Errorf("no keys: %v", err)
	}
	circuit, err := exits.Compile(t.Context())
	w.ok(err)
	_, err = store.Setup(t.Context(), circuit, prover.SetupOptions{})
	w.ok(err)
	if _, err := w.Keys(t.Context(), store, nil); !errors.Is(err, exits.ErrForeignKeys) || !strings.Contains(err.Error(), store.Dir(circuit.Design(), circuit.Digest())) {
		t.Errorf("other keys: %v", err)
	}
}

// testEventsFromTooLate: logs from behind the deployment do not make the lanes.
func (w *world) testEventsFromTooLate(t *testing.T) {
	w.deposit(alice, 1)
	head, err := w.client().HeaderByNumber(t.Context(), nil)
	w.ok(err)
	late := head.Number.Uint64() + 1
	s, err := exits.Open(t.Context(), w.client(), exits.Target{Contract: w.Contract(), Deployed: &late})
	w.ok(err)
	if _, err := s.Status(t.Context(), w.address(alice), nil); !errors.Is(err, l1submit.ErrLaneMismatch) {
		t.Errorf("error %v", err)
	}
}
