package wallet

import (
	"context"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/protocol"
)

// TestLife makes wallets and uses one as a person would.
func TestLife(t *testing.T) {
	dir := NewDir(filepath.Join(t.TempDir(), "deep", "wallets"))
	secret := password(t, testPassword)
	if found, err := dir.List(); err != nil || len(found) != 0 {
		t.Errorf("no directory: %v, error %v", found, err)
	}
	address, err := dir.New(secret, testKDF)
	if err != nil {
		t.Fatal(err)
	}
	bob := NewKeySigner(testKey(t, "bob"))
	if err := dir.Import(bob, secret, testKDF); err != nil {
		t.Fatal(err)
	}
	hardware := common.Address{7}
	if err := dir.ImportExternal(hardware); err != nil {
		t.Fatal(err)
	}
	want := []common.Address{address, bob.Address(), hardware}
	slices.SortFunc(want, common.Address.Cmp)
	if found, err := dir.List(); err != nil || !slices.Equal(found, want) {
		t.Errorf("list: %v, error %v, want %v", found, err, want)
	}
	for _, a := range want {
		has, err := dir.HasKey(a)
		if err != nil || has != (a != hardware) {
			t.Errorf("key of %s: %v, error %v", a, has, err)
		}
	}

	// The key that lies there is the one that makes the layer-2 key.
	key, err := dir.OpenKey(address, secret)
	if err != nil {
		t.Fatal(err)
	}
	w, err := dir.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddRollup(testRollup); err != nil {
		t.Fatal(err)
	}
	id := KeyID{Rollup: testRollup.ID()}
	info, err := w.DeriveKey(t.Context(), key, id, secret, testKDF)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := DeriveSeed(t.Context(), key, testRollup, 0)
	if err != nil || protocol.NewPrivateKey(seed).Public() != info.Public {
		t.Errorf("another key, error %v", err)
	}
	if err := key.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DeriveKey(t.Context(), key, KeyID{id.Rollup, 1}, secret, testKDF); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed key: error %v", err)
	}
	if err := dir.Import(key, secret, testKDF); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("import of a closed key: error %v", err)
	}

	// Another program's view: the key store is go-ethereum's.
	l1, err := signer.OpenKeystore(dir.Keystore(), address, secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := l1.Close(); err != nil {
		t.Error(err)
	}
}

func TestEverythingIsPrivate(t *testing.T) {
	w := newWorld(t)
	w.open(t)
	err := filepath.WalkDir(w.dir.Path(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm()
		if entry.Name() == lockFile { // empty, in a directory that nobody else can enter
			return nil
		}
		if mode&0o077 != 0 {
			t.Errorf("%s has mode %#o", path, mode)
		}
		if strings.HasPrefix(entry.Name(), ".") {
			t.Errorf("%s was left behind", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text := w.read(t)
	seed, err := DeriveSeed(t.Context(), w.signer, testRollup, 0)
	if err != nil {
		t.Fatal(err)
	}
	for what, secret := range map[string][]byte{"layer-1 key": crypto.FromECDSA(testKey(t, "alice")), "seed": seed[:]} {
		if strings.Contains(text, common.Bytes2Hex(secret)) {
			t.Errorf("the wallet file has the %s", what)
		}
	}
}

// TestPermissions: what others can read or write is not used.
func TestPermissions(t *testing.T) {
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o660, 0o601} {
		w := newWorld(t)
		key := w.open(t)
		if err := os.Chmod(w.path(), mode); err != nil {
			t.Fatal(err)
		}
		_, err := w.dir.Open(w.wallet.Address())
		wants(t, "wallet file", err, ErrPermissions, w.path(), "chmod 600")
		_, err = w.wallet.Sign(key, payment(0), Signing{})
		wants(t, "sign", err, ErrPermissions, "chmod 600")
	}
	for _, mode := range []os.FileMode{0o755, 0o750, 0o701} {
		w := newWorld(t)
		if err := os.Chmod(w.dir.Path(), mode); err != nil {
			t.Fatal(err)
		}
		_, err := w.dir.Open(w.wallet.Address())
		wants(t, "directory", err, ErrPermissions, "chmod 700")
		_, err = w.dir.List()
		wants(t, "list", err, ErrPermissions)
		wants(t, "import", w.dir.ImportExternal(common.Address{1}), ErrPermissions)
		wants(t, "write", w.wallet.AddRollup(Rollup{}), ErrPermissions)
	}
	w := newWorld(t)
	path, err := w.dir.findKey(w.wallet.Address())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = w.dir.OpenKey(w.wallet.Address(), w.secret)
	wants(t, "key file", err, ErrPermissions, path)
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	alice := w.wallet.Address()
	wrong := password(t, "wrong")
	before := w.read(t)

	wants(t, "import twice", w.dir.Import(w.signer, w.secret, testKDF), ErrExists, alice.Hex())
	wants(t, "import twice, external", w.dir.ImportExternal(alice), ErrExists)
	_, err := w.dir.Open(common.Address{9})
	wants(t, "no wallet", err, ErrNoWallet, common.Address{9}.Hex())
	_, err = NewDir(filepath.Join(t.TempDir(), "none")).Open(alice)
	wants(t, "no directory", err, ErrNoWallet, "no directory")
	_, err = w.dir.OpenKey(common.Address{9}, w.secret)
	wants(t, "no key", err, ErrNoKeyFile, "external signer")
	_, err = w.dir.OpenKey(alice, wrong)
	wants(t, "wrong password for layer 1", err, ErrPassword)
	_, err = w.wallet.OpenKey(w.id, wrong)
	wants(t, "wrong password for layer 2", err, ErrPassword)
	_, err = w.wallet.OpenKey(KeyID{w.id.Rollup, 1}, w.secret)
	wants(t, "no such number", err, ErrUnknown, "derive it")
	_, err = w.wallet.OpenKey(KeyID{}, w.secret)
	wants(t, "no such rollup", err, ErrUnknown)
	if _, err := w.wallet.OpenKey(w.id, signer.Password{}); err == nil || !strings.Contains(err.Error(), "no password source") {
		t.Errorf("no password: error %v", err)
	}
	_, err = w.wallet.Rollup(KeyID{}.Rollup)
	wants(t, "no such rollup", err, ErrUnknown)

	bob := NewKeySigner(testKey(t, "bob"))
	_, err = w.wallet.DeriveKey(t.Context(), bob, w.id, w.secret, testKDF)
	wants(t, "somebody else's signer", err, ErrSignature, bob.Address().Hex())
	_, err = w.wallet.DeriveKey(t.Context(), w.signer, KeyID{}, w.secret, testKDF)
	wants(t, "derive for no rollup", err, ErrUnknown)

	// A signer that keeps to one signature for as long as this process lasts.
	nonce := new(big.Int).SetBytes(crypto.Keccak256([]byte("dice")))
	fickle := signs{alice, func(data apitypes.TypedData) ([]byte, error) {
		digest, _, err := apitypes.TypedDataAndHash(data)
		if err != nil {
			return nil, err
		}
		return signWith(testKey(t, "alice"), digest, nonce), nil
	}}
	_, err = w.wallet.DeriveKey(t.Context(), fickle, w.id, w.secret, testKDF)
	wants(t, "another key than before", err, ErrNotDeterministic, "than the one that the wallet has")

	for name, change := range map[string]func(*protocol.Account){
		"the operator's owner": func(a *protocol.Account) { a.Owner[0]++ },
		"another key":          func(a *protocol.Account) { a.Key = layerTwoKey("eve") },
		"an absent account":    func(a *protocol.Account) { *a = protocol.Account{} },
	} {
		a := w.account()
		change(a)
		wants(t, name, w.wallet.AddAccount(w.id.Rollup, 8, a), ErrNotOwn, "account 8")
	}
	wants(t, "account 0", w.wallet.AddAccount(w.id.Rollup, 0, w.account()), protocol.ErrReservedIndex)
	wants(t, "no such rollup", w.wallet.AddAccount(KeyID{}.Rollup, 8, w.account()), ErrUnknown)

	if w.read(t) != before {
		t.Error("what was refused changed the file")
	}
}

func TestReceiptKeyIsPinned(t *testing.T) {
	w := newWorld(t)
	one, two := common.Address{1}, common.Address{2}
	for range 2 {
		if err := w.wallet.PinReceiptKey(w.id.Rollup, one, false); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, "another key", w.wallet.PinReceiptKey(w.id.Rollup, two, false), ErrReceiptKey, one.Hex(), two.Hex())
	if err := w.wallet.PinReceiptKey(w.id.Rollup, two, true); err != nil {
		t.Error(err)
	}
	info, err := w.wallet.Rollup(w.id.Rollup)
	if err != nil || *info.ReceiptKey != two {
		t.Errorf("%v is pinned, error %v", info.ReceiptKey, err)
	}
}

// TestManyOfEach: rollups, keys and accounts are found again, in order, and come
// back from the disk as they were.
func TestManyOfEach(t *testing.T) {
	w := newWorld(t)
	second := testRollup
	second.ChainID = 1
	for range 2 { // the second time changes nothing
		if err := w.wallet.AddRollup(second); err != nil {
			t.Fatal(err)
		}
	}
	keys := make(map[uint32]protocol.PublicKey)
	for _, number := range []uint32{5, 1<<32 - 1, 0, 3} {
		info, err := w.wallet.DeriveKey(t.Context(), w.signer, KeyID{second.ID(), number}, w.secret, testKDF)
		if err != nil {
			t.Fatal(err)
		}
		keys[number] = info.Public
		account := w.account()
		account.Key = info.Public
		if err := w.wallet.AddAccount(second.ID(), protocol.Index(1<<32-1-number), account); number != 1<<32-1 && err != nil {
			t.Fatal(err)
		}
	}
	again, err := w.dir.Open(w.wallet.Address())
	if err != nil {
		t.Fatal(err)
	}
	for _, wallet := range []*Wallet{w.wallet, again} {
		rollups := wallet.Rollups()
		if len(rollups) != 2 || rollups[0].Rollup != testRollup || rollups[1].Rollup != second {
			t.Fatalf("rollups %v", rollups)
		}
		info := rollups[1]
		if len(info.Keys) != 4 || len(info.Accounts) != 3 {
			t.Fatalf("%d keys, %d accounts", len(info.Keys), len(info.Accounts))
		}
		for number, public := range keys {
			if k, err := info.Key(number); err != nil || k.Public != public {
				t.Errorf("key %d: error %v", number, err)
			}
			key, err := wallet.OpenKey(KeyID{second.ID(), number}, w.secret)
			if err != nil || key.Public() != public {
				t.Errorf("open key %d: error %v", number, err)
			}
		}
		if a, err := info.Account(1<<32 - 1 - 5); err != nil || a.Key != 5 {
			t.Errorf("account: %v, error %v", a, err)
		}
		_, err := info.Account(1)
		wants(t, "account", err, ErrUnknown)
		_, err = info.Key(1)
		wants(t, "key", err, ErrUnknown)
	}
}

// TestChangePassword: deriving a key again puts it under another password.
func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	other := password(t, "another")
	if _, err := w.wallet.DeriveKey(t.Context(), w.signer, w.id, other, testKDF); err != nil {
		t.Fatal(err)
	}
	_, err := w.wallet.OpenKey(w.id, w.secret)
	wants(t, "the old password", err, ErrPassword)
	if _, err := w.wallet.OpenKey(w.id, other); err != nil {
		t.Error(err)
	}
}

// TestConcurrentWriters: of many that sign for one nonce, one wins, and no write is
// lost.
func TestConcurrentWriters(t *testing.T) {
	w := newWorld(t)
	key := w.open(t)
	const writers = 8
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for i := range writers {
		wg.Go(func() {
			mine, err := w.dir.Open(w.wallet.Address())
			if err != nil {
				errs[i] = err
				return
			}
			contested := payment(0)
			contested.To = protocol.Index(100 + i)
			own := payment(uint64(10 + i))
			_, errs[i] = mine.Sign(key, contested, Signing{})
			if _, err := mine.Sign(key, own, Signing{}); err != nil {
				errs[i] = err
			}
		})
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, ErrNonceSigned) {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if won != 1 {
		t.Errorf("%d signatures for one nonce", won)
	}
	again, err := w.dir.Open(w.wallet.Address())
	if err != nil {
		t.Fatal(err)
	}
	info, err := again.Rollup(w.id.Rollup)
	if err != nil || len(info.Accounts[0].Signed) != 1+writers {
		t.Errorf("%d signed, error %v", len(info.Accounts[0].Signed), err)
	}
}

// TestFailedWriteSignsNothing: without a memory of it there is no signature.
func TestFailedWriteSignsNothing(t *testing.T) {
	w := newWorld(t)
	key := w.open(t)
	if err := os.Remove(w.path()); err != nil {
		t.Fatal(err)
	}
	signed, err := w.wallet.Sign(key, payment(0), Signing{})
	wants(t, "no file", err, ErrNoWallet)
	if signed != (protocol.SignedTransfer{}) {
		t.Error("a signature")
	}
	if err := os.RemoveAll(w.dir.Path()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.wallet.Sign(key, payment(0), Signing{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: error %v", err)
	}
}

func TestRawKeyFile(t *testing.T) {
	digits := common.Bytes2Hex(crypto.FromECDSA(testKey(t, "alice")))
	path := filepath.Join(t.TempDir(), "key")
	write := func(content string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, content := range []string{digits, digits + "\n", "0x" + digits + "\r\n", strings.ToUpper(digits)} {
		write(content, 0o600)
		s, err := OpenRawKeyFile(path)
		if err != nil || s.Address() != crypto.PubkeyToAddress(testKey(t, "alice").PublicKey) {
			t.Errorf("%q: error %v", content, err)
		}
	}
	order := crypto.S256().Params().N
	for name, content := range map[string]string{
		"empty": "", "short": digits[:62], "long": digits + "00", "no digits": strings.Repeat("x", 64), "two lines": digits + "\n\n",
		"zero": strings.Repeat("0", 64), "the order": common.Bytes2Hex(order.Bytes()), "0X": "0X" + digits,
	} {
		write(content, 0o600)
		_, err := OpenRawKeyFile(path)
		wants(t, name, err, ErrCorrupt, path)
		if err != nil && len(content) > 8 && strings.Contains(err.Error(), content[:8]) {
			t.Errorf("%s: the error quotes the key", name)
		}
	}
	write(digits, 0o644)
	_, err := OpenRawKeyFile(path)
	wants(t, "open to others", err, ErrPermissions)
	if _, err := OpenRawKeyFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
	if _, err := OpenRawKeyFile(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: error %v", err)
	}
	write(strings.Repeat("0", maxKeyFile+1), 0o600)
	_, err = OpenRawKeyFile(path)
	wants(t, "too long", err, ErrCorrupt)
}

func TestKeySignerCloses(t *testing.T) {
	s := NewKeySigner(testKey(t, "alice"))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.SignTypedData(context.Background(), KeyMessage(testRollup, 0)); err == nil {
		t.Error("signed after Close")
	}
}
