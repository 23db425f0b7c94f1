package signer

import (
	"context"
	"errors"
	"math/big"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// clef is the part of clef's account_ methods that is used, and what a clef in
// trouble or in bad hands would do.
type clef struct {
	signer *Dev
	// change is applied to what is to be signed.
	change func(*apitypes.SendTxArgs)
	deny   bool
	empty  bool
	// waiting, where set, hears of a request, which is then never answered
	// before ctx ends.
	waiting chan struct{}
}

func (c *clef) Version() string { return "6.1.0" }

func (c *clef) List() []common.Address {
	if c.deny {
		return nil
	}
	return []common.Address{c.signer.Address()}
}

type signed struct {
	Raw hexutil.Bytes      `json:"raw"`
	Tx  *types.Transaction `json:"tx"`
}

func (c *clef) SignTransaction(ctx context.Context, args apitypes.SendTxArgs) (*signed, error) {
	if c.waiting != nil {
		close(c.waiting)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if c.deny {
		return nil, errors.New("request denied")
	}
	if c.empty {
		return &signed{}, nil
	}
	if c.change != nil {
		c.change(&args)
	}
	tx, err := args.ToTransaction()
	if err != nil {
		return nil, err
	}
	tx, err = c.signer.SignTx(ctx, tx, (*big.Int)(args.ChainID))
	if err != nil {
		return nil, err
	}
	return &signed{Tx: tx}, nil
}

// serve starts a signer and returns its IPC path and its URL.
func serve(t *testing.T, c *clef) []string {
	t.Helper()
	server := rpc.NewServer()
	if err := server.RegisterName("account", c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "clef.ipc")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.ServeListener(listener) // ends with the listener
	}()
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		<-done
		server.Stop()
	})
	return []string{path, web.URL}
}

func TestExternal(t *testing.T) {
	c := &clef{signer: NewDev(testKey(t, "clef"))}
	for _, endpoint := range serve(t, c) {
		s, err := DialExternal(t.Context(), endpoint, c.signer.Address())
		if err != nil {
			t.Fatal(err)
		}
		checkSigns(t, s, c.signer.Address())
	}
}

func TestExternalAccountMissing(t *testing.T) {
	c := &clef{signer: NewDev(testKey(t, "clef"))}
	endpoint := serve(t, c)[0]
	if _, err := DialExternal(t.Context(), endpoint, common.Address{9}); !errors.Is(err, ErrNoAccount) {
		t.Errorf("error %v", err)
	}
	c.deny = true
	if _, err := DialExternal(t.Context(), endpoint, c.signer.Address()); !errors.Is(err, ErrNoAccount) {
		t.Errorf("listing denied: error %v", err)
	}
}

func TestExternalUnreachable(t *testing.T) {
	for _, endpoint := range []string{filepath.Join(t.TempDir(), "none.ipc"), "http://127.0.0.1:1", "gopher://x"} {
		_, err := DialExternal(t.Context(), endpoint, common.Address{1})
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), endpoint) {
			t.Errorf("%s: error %v", endpoint, err)
		}
	}
	c := &clef{signer: NewDev(testKey(t, "clef"))}
	if _, err := DialExternal(canceled(t), serve(t, c)[0], c.signer.Address()); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: error %v", err)
	}

	web := httptest.NewServer(nil)
	web.Close()
	server := rpc.NewServer()
	if err := server.RegisterName("account", c); err != nil {
		t.Fatal(err)
	}
	web = httptest.NewServer(server)
	s, err := DialExternal(t.Context(), web.URL, c.signer.Address())
	if err != nil {
		t.Fatal(err)
	}
	web.Close()
	if _, err := s.SignTx(t.Context(), ordinaryTx(), testChain); !errors.Is(err, ErrUnreachable) {
		t.Errorf("gone: error %v", err)
	}
}

func TestExternalAnswers(t *testing.T) {
	for _, test := range []struct {
		name string
		clef clef
		want error
	}{
		{"denied", clef{deny: true}, ErrRefused},
		{"nothing", clef{empty: true}, ErrForeignSignature},
		{"other fee", clef{change: func(a *apitypes.SendTxArgs) { a.MaxFeePerGas = (*hexutil.Big)(big.NewInt(1e18)) }}, ErrForeignSignature},
		{"other nonce", clef{change: func(a *apitypes.SendTxArgs) { a.Nonce++ }}, ErrForeignSignature},
		{"other receiver", clef{change: func(a *apitypes.SendTxArgs) { a.To = nil }}, ErrForeignSignature},
	} {
		c := &test.clef
		c.signer = NewDev(testKey(t, "clef"))
		denies := c.deny
		c.deny = false
		s, err := DialExternal(t.Context(), serve(t, c)[1], c.signer.Address())
		if err != nil {
			t.Fatal(err)
		}
		c.deny = denies
		if _, err := s.SignTx(t.Context(), ordinaryTx(), testChain); !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
		}
	}
}

func TestExternalOtherAccountSigns(t *testing.T) {
	c := &clef{signer: NewDev(testKey(t, "clef"))}
	s, err := DialExternal(t.Context(), serve(t, c)[0], c.signer.Address())
	if err != nil {
		t.Fatal(err)
	}
	s.account.Address = crypto.PubkeyToAddress(testKey(t, "other").PublicKey)
	if _, err := s.SignTx(t.Context(), ordinaryTx(), testChain); !errors.Is(err, ErrForeignSignature) {
		t.Errorf("error %v", err)
	}
}

// A person who does not answer does not hold up the caller.
func TestExternalWaits(t *testing.T) {
	c := &clef{signer: NewDev(testKey(t, "clef")), waiting: make(chan struct{})}
	s, err := DialExternal(t.Context(), serve(t, c)[0], c.signer.Address())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-c.waiting
		cancel()
	}()
	_, err = s.SignTx(ctx, ordinaryTx(), testChain)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "has not answered") {
		t.Errorf("error %v", err)
	}
}
