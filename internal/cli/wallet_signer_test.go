package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/protocol"
)

// clefKey signs EIP-712 messages as clef does.
type clefKey struct{ *wallets.KeySigner }

// SignTypedData is account_signTypedData.
func (c *clefKey) SignTypedData(ctx context.Context, _ common.Address, data json.RawMessage) (hexutil.Bytes, error) {
	return signTyped(ctx, c.KeySigner, data)
}

// TestWalletExternalSigner derives a key that never was in this process.
func TestWalletExternalSigner(t *testing.T) {
	s := newStreet(t)
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("carol")))
	if err != nil {
		t.Fatal(err)
	}
	carol := wallets.NewKeySigner(key)
	if err := s.dir.ImportExternal(carol.Address()); err != nil {
		t.Fatal(err)
	}
	url := serveClef(t, &clefKey{carol})
	args := []string{"address", "--wallet", carol.Address().Hex(), "--light-kdf", "--password-file", os.Getenv("TEST_PASSWORD"), "--signer", url,
		"--chain-id", "1337", "--contract", fakeRollup.Contract.Hex(), "--block-hash", fakeRollup.BlockHash.Hex()}
	var report addressReport
	s.json(&report, args...)
	seed, err := wallets.DeriveSeed(t.Context(), carol, fakeRollup, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := wallets.Address{Owner: protocol.Owner(carol.Address()), Key: protocol.NewPrivateKey(seed).Public()}.Format(s.node.id)
	if report.Payment != want {
		t.Errorf("paid at %s, want %s", report.Payment, want)
	}
	refusing := func(key string) []string {
		return append(append([]string{}, args...), "--key", key)
	}
	if err := carol.Close(); err != nil {
		t.Fatal(err)
	}
	s.refused(ExitRefused, "external signer refused.*it was closed", refusing("1")...)
	gone := refusing("2")
	for i, arg := range gone {
		if arg == url {
			gone[i] = "http://127.0.0.1:1"
		}
	}
	s.refused(ExitFailure, "external signer cannot be reached", gone...)
	other, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	wrong := serveClef(t, &clefKey{wallets.NewKeySigner(other)})
	foreign := refusing("3")
	for i, arg := range foreign {
		if arg == url {
			foreign[i] = wrong
		}
	}
	s.refused(ExitRefused, fmt.Sprintf("else than the account's signature.*%s", crypto.PubkeyToAddress(other.PublicKey)), foreign...)
}

// serveClef serves an external signer.
func serveClef(t *testing.T, key *clefKey) string {
	t.Helper()
	server := rpc.NewServer()
	if err := server.RegisterName("account", key); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		web.Close()
		server.Stop()
	})
	return web.URL
}

func signTyped(ctx context.Context, s *wallets.KeySigner, message json.RawMessage) ([]byte, error) {
	var data apitypes.TypedData
	if err := json.Unmarshal(message, &data); err != nil {
		return nil, err
	}
	return s.SignTypedData(ctx, data)
}
