package wallet

import (
	"crypto/ecdsa"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/protocol"
)

const testPassword = "correct horse battery staple"

// testKDF opens in no time.
var testKDF = KDF{2, 1}

var testRollup = Rollup{
	ChainID:   1337,
	Contract:  common.HexToAddress("0x00000000000000000000000000000000000c0de5"),
	BlockHash: common.HexToHash("0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
}

func testKey(tb testing.TB, seed string) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte(seed)))
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// password is one that comes from a file.
func password(tb testing.TB, text string) signer.Password {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "password")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	return signer.PasswordFile(path)
}

// wants checks that an error has a cause and says something.
func wants(t *testing.T, what string, err, cause error, says ...string) {
	t.Helper()
	if !errors.Is(err, cause) || err == nil {
		t.Errorf("%s: error %v, want %v", what, err, cause)
		return
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %q does not say %q", what, err, text)
		}
	}
	if strings.Contains(err.Error(), testPassword) {
		t.Errorf("%s: the error tells the password", what)
	}
}

// world is a wallet that knows one rollup, with a key and an account.
type world struct {
	dir    *Dir
	signer *KeySigner
	wallet *Wallet
	secret signer.Password
	id     KeyID
	key    KeyInfo
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		dir: NewDir(filepath.Join(t.TempDir(), "wallets")), signer: NewKeySigner(testKey(t, "alice")),
		secret: password(t, testPassword), id: KeyID{Rollup: testRollup.ID()},
	}
	var err error
	check := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	err = w.dir.Import(w.signer, w.secret, testKDF)
	check()
	w.wallet, err = w.dir.Open(w.signer.Address())
	check()
	err = w.wallet.AddRollup(testRollup)
	check()
	w.key, err = w.wallet.DeriveKey(t.Context(), w.signer, w.id, w.secret, testKDF)
	check()
	err = w.wallet.AddAccount(w.id.Rollup, 7, w.account())
	check()
	return w
}

// account is an account of the world's wallet.
func (w *world) account() *protocol.Account {
	return &protocol.Account{Key: w.key.Public, Owner: protocol.Owner(w.signer.Address()), Token: 3}
}

// open opens the layer-2 key.
func (w *world) open(t *testing.T) *Key {
	t.Helper()
	key, err := w.wallet.OpenKey(w.id, w.secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// path is where the wallet file is.
func (w *world) path() string { return w.dir.file(w.wallet.Address()) }

func (w *world) read(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(w.path())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
