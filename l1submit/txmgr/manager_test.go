package txmgr

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

func TestSend(t *testing.T) {
	for name, in := range map[string]Intent{"ordinary": ordinaryIntent(1), "blob": blobIntent(1)} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.submit(in)
			s := w.status(in.Key)
			if s.Nonce != 0 || len(s.Hashes) != 1 || s.Problem != nil || s.Mined != (common.Hash{}) {
				t.Errorf("%+v", s)
			}
			for confirmations := range uint64(2) {
				w.mine(1)
				if s := w.status(in.Key); s.Mined != s.Hashes[0] || s.Confirmations != confirmations+1 {
					t.Errorf("after %d blocks: %+v", confirmations+1, s)
				}
			}
			w.mine(1)
			r := w.success(in.Key)
			if r.Receipt.BlockNumber.Uint64() != 1 || r.Receipt.TxHash != s.Hashes[0] || r.Account != s.Account || r.Key != in.Key {
				t.Errorf("%+v", r)
			}
			landed := w.chain.landed(s.Account)
			if len(landed) != 1 || landed[0].Hash() != r.Receipt.TxHash {
				t.Fatalf("landed: %v", landed)
			}
			if tx := landed[0]; *tx.To() != receiver || string(tx.Data()) != string(in.Data) || tx.Value().Cmp(in.Value) != 0 ||
				tx.Gas() != 120_000 || len(tx.BlobHashes()) != map[bool]int{true: 1}[in.Blobs != nil] {
				t.Errorf("%+v", tx)
			}
		})
	}
}

func TestSubmitAgain(t *testing.T) {
	w := newWorld(t)
	in, other := ordinaryIntent(1), ordinaryIntent(2)
	other.Key = in.Key
	check := func(when string) {
		t.Helper()
		w.submit(in)
		if err := w.Submit(t.Context(), other); !errors.Is(err, ErrKeyReused) {
			t.Errorf("%s: something else under the key: error %v", when, err)
		}
		if n := w.chain.deliveries(); n != 1 {
			t.Errorf("%s: %d transactions", when, n)
		}
	}
	check("at first")
	w.restart()
	check("recorded")
	w.mine(1)
	check("mined")
	w.mine(2)
	check("settled")
	w.restart()
	check("settled, from disk")
	w.success(in.Key)
	if len(w.Status()) != 0 {
		t.Error("it is open again")
	}
}

// Everything but the gas limit makes an intent another.
func TestDigest(t *testing.T) {
	base := ordinaryIntent(1)
	want, err := base.digest()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*Intent)
		same   bool
	}{
		"gas":      {func(in *Intent) { in.Gas = 1 }, true},
		"receiver": {func(in *Intent) { in.To = &common.Address{} }, false},
		"creation": {func(in *Intent) { in.To = nil }, false},
		"value":    {func(in *Intent) { in.Value = big.NewInt(2) }, false},
		"no value": {func(in *Intent) { in.Value = nil }, false},
		"data":     {func(in *Intent) { in.Data = nil }, false},
		"blobs":    {func(in *Intent) { in.Blobs = sidecar() }, false},
	} {
		in := base
		test.change(&in)
		got, err := in.digest()
		if err != nil {
			t.Fatal(err)
		}
		if (got == want) != test.same {
			t.Errorf("%s: same digest: %t", name, got == want)
		}
	}
}

func TestForget(t *testing.T) {
	w := newWorld(t)
	in := ordinaryIntent(1)
	w.submit(in)
	if err := w.Forget(in.Key); !errors.Is(err, ErrUnsettled) {
		t.Errorf("unsettled: error %v", err)
	}
	w.mine(3)
	w.success(in.Key)
	if err := w.Forget(in.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Wait(t.Context(), in.Key); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("forgotten: error %v", err)
	}
	w.submit(in)
	w.mine(3)
	if r := w.success(in.Key); r.Nonce != 1 {
		t.Errorf("nonce %d", r.Nonce)
	}
}

func TestConcurrentSubmits(t *testing.T) {
	w := newWorld(t)
	const keys, callers = 8, 4
	var wg sync.WaitGroup
	for range callers {
		for key := range keys {
			wg.Go(func() {
				if err := w.Submit(t.Context(), ordinaryIntent(key)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() { w.chain.mine(1) })
		wg.Go(func() {
			if err := w.Poll(t.Context()); err != nil {
				t.Error(err)
			}
			w.Status()
		})
	}
	wg.Wait()
	w.mine(4)
	nonces := make(map[uint64]bool)
	for key := range keys {
		r := w.success(fmt.Sprintf("key/%d", key))
		nonces[r.Nonce] = true
		if n := w.chain.times(dataOf(key)); n != 1 {
			t.Errorf("intent %d landed %d times", key, n)
		}
	}
	for n := range uint64(keys) {
		if !nonces[n] {
			t.Errorf("nonce %d is not used", n)
		}
	}
}

// The same key at the same time, with a signer that takes long.
func TestConcurrentSubmitsOfOneKey(t *testing.T) {
	slow := &slowSigner{Signer: ordinarySigner, asked: make(chan struct{}), release: make(chan struct{})}
	w := newWorld(t, func(c *Config) { c.Signer = slow })
	in, other := ordinaryIntent(1), ordinaryIntent(2)
	other.Key = in.Key
	first := make(chan error)
	go func() { first <- w.Submit(t.Context(), in) }()
	<-slow.asked
	if err := w.Submit(canceled(t), in); !errors.Is(err, context.Canceled) {
		t.Errorf("while another submits: error %v", err)
	}
	if err := w.Forget(in.Key); !errors.Is(err, ErrUnsettled) {
		t.Errorf("forget while it is submitted: error %v", err)
	}
	second := make(chan error)
	go func() { second <- w.Submit(t.Context(), other) }()
	close(slow.release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := <-second; !errors.Is(err, ErrKeyReused) {
		t.Errorf("something else: error %v", err)
	}
	if n := w.chain.deliveries(); n != 1 {
		t.Errorf("%d transactions", n)
	}
}

func TestCallersMemoryIsItsOwn(t *testing.T) {
	w := newWorld(t)
	in := ordinaryIntent(1)
	to := receiver
	in.To = &to
	w.submit(in)
	copy(in.Data, "changed!")
	in.Value.SetInt64(99)
	to[0] = 7
	w.chain.forget()
	w.poll()
	if tx := w.chain.pending(ordinary, 0); tx == nil || tx.Hash() != w.status(in.Key).Hashes[0] {
		t.Error("another transaction was sent")
	}
}

func TestSubmitRefuses(t *testing.T) {
	w := newWorld(t)
	noBlobs := newWorld(t, func(c *Config) { c.BlobSigner = nil })
	failing := newWorld(t, func(c *Config) { c.Signer = &slowSigner{Signer: ordinarySigner, err: errors.New("locked")} })
	wrong := newWorld(t, func(c *Config) { c.Signer = &slowSigner{Signer: blobSigner, address: ordinary}; c.BlobSigner = nil })
	dear := newWorld(t)
	dear.chain.base = big.NewInt(200 * params.GWei)
	dear.chain.blobBase = big.NewInt(5000)
	dear.chain.mine(1)
	dearBlobs := newWorld(t)
	dearBlobs.chain.blobBase = big.NewInt(5000)

	ofBlobs := func(change func(*types.BlobTxSidecar)) Intent {
		in := blobIntent(1)
		in.Blobs = in.Blobs.Copy()
		change(in.Blobs)
		return in
	}
	for _, test := range []struct {
		name   string
		w      *world
		change func(*Intent)
		want   error
		says   string
	}{
		{"no key", w, func(in *Intent) { in.Key = "" }, nil, "0 bytes"},
		{"long key", w, func(in *Intent) { in.Key = strings.Repeat("k", maxKey+1) }, nil, "257 bytes"},
		{"negative value", w, func(in *Intent) { in.Value = big.NewInt(-1) }, nil, "-1 wei"},
		{"too much gas", w, func(in *Intent) { in.Gas = params.MaxTxGas + 1 }, nil, "EIP-7825"},
		{"too little gas", w, func(in *Intent) { in.Gas = 21_000 }, ErrIntrinsicGas, "the limit is 21000"},
		{"too little for the floor", w, func(in *Intent) { in.Data = []byte(strings.Repeat("x", 1000)); in.Gas = 40_000 }, ErrIntrinsicGas, "61000"},
		{"too big", w, func(in *Intent) { in.Data = make([]byte, maxOrdinarySize) }, ErrOversized, "at most"},
		{"too poor", w, func(in *Intent) { in.Value = big.NewInt(2 * params.Ether) }, ErrInsufficientFunds, ordinary.String()},
		{"reverting", w, func(in *Intent) { in.To = &reverting }, nil, "nothing was sent"},
		{"too dear", dear, func(*Intent) {}, ErrFeeCap, "the cap is 100000000000 wei"},
		{"blobs too dear", dearBlobs, func(in *Intent) { in.Blobs = sidecar() }, ErrFeeCap, "the cap is 1000 wei"},
		{"signer fails", failing, func(*Intent) {}, ErrSigner, "locked"},
		{"signer is another", wrong, func(*Intent) {}, ErrSigner, blobAccount.String()},
		{"blobs without an account", noBlobs, func(in *Intent) { in.Blobs = sidecar() }, ErrBlobs, "no account"},
		{"blobs that create", w, func(in *Intent) { in.Blobs, in.To = sidecar(), nil }, ErrBlobs, "create"},
		{"old blobs", w, func(in *Intent) { *in = ofBlobs(func(s *types.BlobTxSidecar) { s.Version = 0 }) }, ErrBlobs, "version 0"},
		{"no blob", w, func(in *Intent) { *in = ofBlobs(func(s *types.BlobTxSidecar) { s.Blobs = nil }) }, ErrBlobs, "0 blobs"},
		{"proofs missing", w, func(in *Intent) { *in = ofBlobs(func(s *types.BlobTxSidecar) { s.Proofs = s.Proofs[1:] }) }, ErrBlobs, "127 proofs"},
		{"false proof", w, func(in *Intent) { *in = ofBlobs(func(s *types.BlobTxSidecar) { s.Proofs[3] = s.Proofs[4] }) }, ErrBlobs, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := ordinaryIntent(1)
			test.change(&in)
			err := test.w.Submit(t.Context(), in)
			if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want %v with %q", err, test.want, test.says)
			}
			if n := test.w.chain.deliveries(); n != 0 {
				t.Errorf("%d transactions were sent", n)
			}
			if n := len(test.w.Status()); n != 0 {
				t.Errorf("%d are recorded", n)
			}
		})
	}
	// None of it took a nonce.
	w.submit(ordinaryIntent(1))
	if s := w.status("key/1"); s.Nonce != 0 {
		t.Errorf("nonce %d", s.Nonce)
	}
}

// What is recorded counts against the balance.
func TestFundsOfAllThatWaits(t *testing.T) {
	w := newWorld(t)
	half := ordinaryIntent(1)
	half.Value = big.NewInt(params.Ether / 2)
	w.submit(half)
	again := half
	again.Key = "again"
	if err := w.Submit(t.Context(), again); !errors.Is(err, ErrInsufficientFunds) {
		t.Errorf("error %v", err)
	}
}

func TestRevert(t *testing.T) {
	sentinel := errors.New("decoded")
	for name, decode := range map[string]func([]byte) error{
		"decoded": func(data []byte) error {
			if string(data) != string(revertData) {
				t.Errorf("asked to decode %x", data)
			}
			return sentinel
		},
		"unknown": func([]byte) error { return nil },
		"none":    nil,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.DecodeRevert = decode })
			in := ordinaryIntent(1)
			in.To, in.Gas = &reverting, 50_000 // given, so that it is not tried first
			w.submit(in)
			w.mine(3)
			for range 2 {
				r, err := w.result(in.Key)
				var revert *RevertError
				if !errors.As(err, &revert) {
					t.Fatalf("error %v", err)
				}
				if revert.Hash != r.Receipt.TxHash || revert.Block != 1 || string(revert.Data) != string(revertData) {
					t.Errorf("%+v", revert)
				}
				if name == "decoded" && !errors.Is(err, sentinel) {
					t.Errorf("error %v", err)
				}
				if name != "decoded" && !strings.Contains(err.Error(), "0x0102030405") {
					t.Errorf("error %v", err)
				}
				if r.Receipt.Status != types.ReceiptStatusFailed || r.Nonce != 0 {
					t.Errorf("%+v", r)
				}
				w.restart()
			}
		})
	}
}

// Solidity's own reasons need no decoder.
func TestReason(t *testing.T) {
	cfg := new(Config)
	data := common.FromHex("0x08c379a0" +
		"0000000000000000000000000000000000000000000000000000000000000020" +
		"0000000000000000000000000000000000000000000000000000000000000003" +
		"6e6f740000000000000000000000000000000000000000000000000000000000")
	if got := cfg.reason(data, "execution reverted").Error(); got != "not" {
		t.Errorf("%q", got)
	}
	if got := cfg.reason(nil, "out of gas").Error(); got != "out of gas" {
		t.Errorf("%q", got)
	}
}

func TestWait(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Wait(t.Context(), "nothing"); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("unknown: error %v", err)
	}
	w.submit(ordinaryIntent(1))
	w.chain.set(func() { w.chain.refuse = nodeError{text: "no mood"} })
	w.chain.forget()
	w.poll()
	_, err := w.Wait(canceled(t), "key/1")
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrRefused) {
		t.Errorf("canceled: error %v", err)
	}
	ended := make(chan error)
	go func() {
		_, err := w.Wait(t.Context(), "key/1")
		ended <- err
	}()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("closed: error %v", err)
	}
	for name, call := range map[string]func() error{
		"Submit": func() error { return w.Submit(t.Context(), ordinaryIntent(1)) },
		"Send":   func() error { _, err := w.Send(t.Context(), ordinaryIntent(1)); return err },
		"Wait":   func() error { _, err := w.Wait(t.Context(), "x"); return err },
		"Poll":   func() error { return w.Poll(t.Context()) },
		"Run":    func() error { return w.Run(t.Context()) },
		"Forget": func() error { return w.Forget("x") },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close: error %v", name, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
