package txmgr

import (
	"context"
	"errors"
	"log/slog"
	"math/big"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Run looks at the chain at once, and then at every interval.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := newFakeChain(ordinary, blobAccount)
		cfg := testConfig(chain, nil)
		cfg.PollInterval = 7 * time.Second
		cfg, err := cfg.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		m, err := newManager(cfg, fakeChainID, newMemJournal())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- m.Run(ctx) }()
		sent := make(chan error)
		go func() {
			r, err := m.Send(ctx, ordinaryIntent(1))
			if err == nil && r.Receipt.BlockNumber.Uint64() != 1 {
				t.Errorf("%+v", r)
			}
			sent <- err
		}()
		synctest.Wait()
		for range 3 {
			chain.mine(1)
			time.Sleep(cfg.PollInterval)
			synctest.Wait()
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Trouble with the node ends nothing, and is not logged at every look.
func TestRunThroughTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := newFakeChain(ordinary, blobAccount)
		var log logLines
		cfg := testConfig(chain, nil)
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		cfg, err := cfg.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		m, err := newManager(cfg, fakeChainID, newMemJournal())
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Submit(t.Context(), ordinaryIntent(1)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- m.Run(ctx) }()
		look := func(times int) {
			for range times {
				time.Sleep(cfg.PollInterval)
				synctest.Wait()
			}
		}
		chain.set(func() { chain.down = errors.New("connection refused") })
		look(5)
		if n := log.count("trying again"); n != 1 {
			t.Errorf("logged %d times that the node is down", n)
		}
		chain.set(func() { chain.down, chain.refuse = nil, nodeError{text: "no mood"} })
		chain.forget()
		look(5)
		if n := log.count("held up"); n != 1 {
			t.Errorf("logged %d times that the node refuses", n)
		}
		chain.set(func() { chain.refuse = nil })
		look(1)
		for range 3 {
			chain.mine(1)
			look(1)
		}
		if _, err := m.Wait(ctx, "key/1"); err != nil {
			t.Error(err)
		}
		for _, line := range []string{"recorded a transaction", "sent a transaction", "in a block", "is final"} {
			if log.count(line) == 0 {
				t.Errorf("the log does not say %q", line)
			}
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A signer that does not answer holds up its account for a bounded time only.
func TestSignerDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := testConfig(newFakeChain(ordinary, blobAccount), nil)
		cfg.Signer = muteSigner{}
		cfg, err := cfg.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		m, err := newManager(cfg, fakeChainID, newMemJournal())
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		err = m.Submit(t.Context(), ordinaryIntent(1))
		if !errors.Is(err, ErrSigner) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != signTimeout {
			t.Errorf("after %v: error %v", time.Since(start), err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// So does a node, whose connection stands and says nothing: each request has its
// time, and the account goes on once there is an answer.
func TestNodeDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := &silentChain{fakeChain: newFakeChain(ordinary, blobAccount)}
		cfg, err := testConfig(chain, nil).withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		m, err := newManager(cfg, fakeChainID, newMemJournal())
		if err != nil {
			t.Fatal(err)
		}
		for _, silent := range []string{"BlobBaseFee", "SuggestGasTipCap", "NonceAt"} {
			chain.silent = silent
			start := time.Now()
			err = m.Submit(t.Context(), blobIntent(1))
			if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 30s") || time.Since(start) != requestTimeout {
				t.Errorf("%s: after %v: error %v", silent, time.Since(start), err)
			}
		}
		chain.silent = "SendTransaction"
		if err := m.Submit(t.Context(), blobIntent(1)); err != nil {
			t.Errorf("it is recorded, and sent again: error %v", err)
		}
		chain.silent = ""
		if err := m.Poll(t.Context()); err != nil || m.Status()[0].Problem != nil {
			t.Errorf("error %v, status %+v", err, m.Status())
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// silentChain never answers one kind of request.
type silentChain struct {
	*fakeChain
	silent string
}

func (c *silentChain) wait(ctx context.Context, request string) error {
	if request != c.silent {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (c *silentChain) BlobBaseFee(ctx context.Context) (*big.Int, error) {
	if err := c.wait(ctx, "BlobBaseFee"); err != nil {
		return nil, err
	}
	return c.fakeChain.BlobBaseFee(ctx)
}

func (c *silentChain) SuggestGasTipCap(ctx context.Context) (*big.Int, error) {
	if err := c.wait(ctx, "SuggestGasTipCap"); err != nil {
		return nil, err
	}
	return c.fakeChain.SuggestGasTipCap(ctx)
}

func (c *silentChain) NonceAt(ctx context.Context, account common.Address, number *big.Int) (uint64, error) {
	if err := c.wait(ctx, "NonceAt"); err != nil {
		return 0, err
	}
	return c.fakeChain.NonceAt(ctx, account, number)
}

func (c *silentChain) SendTransaction(ctx context.Context, tx *types.Transaction) error {
	if err := c.wait(ctx, "SendTransaction"); err != nil {
		return err
	}
	return c.fakeChain.SendTransaction(ctx, tx)
}

// Somebody waiting for the account stops when the context ends.
func TestAccountIsBusy(t *testing.T) {
	slow := &slowSigner{Signer: ordinarySigner, asked: make(chan struct{}), release: make(chan struct{})}
	w := newWorld(t, func(c *Config) { c.Signer = slow })
	first := make(chan error)
	go func() { first <- w.Submit(t.Context(), ordinaryIntent(1)) }()
	<-slow.asked
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := w.Poll(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Poll: error %v", err)
	}
	if err := w.Submit(ctx, ordinaryIntent(2)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Submit: error %v", err)
	}
	close(slow.release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	_, err := Open(t.Context(), Config{
		BlobSigner: blobSigner, PollInterval: -1, MaxFee: big.NewInt(-1), MaxBlobFee: big.NewInt(-1), MinTip: big.NewInt(-2),
	})
	if err == nil {
		t.Fatal("opened with nothing")
	}
	for _, fault := range []string{
		"no directory", "no layer-1 node", "no account", "poll interval", "fee cap of -1", "blob fee cap of -1", "least tip of -2",
	} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%q does not say %q", err, fault)
		}
	}
	same := testConfig(newFakeChain(), nil)
	same.BlobSigner = ordinarySigner
	if _, err := Open(t.Context(), same); err == nil || !strings.Contains(err.Error(), "give each an account") {
		t.Errorf("one account: error %v", err)
	}
	plain := testConfig(struct{ Chain }{newFakeChain()}, nil)
	if _, err := Open(t.Context(), plain); err == nil || !strings.Contains(err.Error(), "blob fees") {
		t.Errorf("no blob fees: error %v", err)
	}
	tips := testConfig(newFakeChain(), nil)
	tips.MinTip = new(big.Int).Add(tips.MaxFee, common.Big1)
	if _, err := Open(t.Context(), tips); err == nil || !strings.Contains(err.Error(), "above the fee cap") {
		t.Errorf("tip above cap: error %v", err)
	}
	cfg, err := Config{Dir: "x", Chain: newFakeChain(), Signer: ordinarySigner}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Confirmations != DefaultConfirmations || cfg.BumpBlocks != DefaultBumpBlocks || cfg.PollInterval != DefaultPollInterval ||
		cfg.MaxFee.Cmp(DefaultMaxFee()) != 0 || cfg.MaxBlobFee.Cmp(DefaultMaxBlobFee()) != 0 || cfg.MinTip.Cmp(DefaultMinTip()) != 0 ||
		cfg.Logger == nil || cfg.fs == nil {
		t.Errorf("%+v", cfg)
	}
}

// logLines counts what was logged.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	return len(line), nil
}

func (l *logLines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}
