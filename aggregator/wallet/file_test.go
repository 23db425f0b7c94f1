package wallet

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/internal/keyfile"
	"github.com/quirezk/quire/protocol"
)

// fullFile is the text of a wallet file with everything in it.
func fullFile(t *testing.T) (*world, string) {
	t.Helper()
	w := newWorld(t)
	key := w.open(t)
	for nonce := range uint64(3) {
		if _, err := w.wallet.Sign(key, payment(nonce), Signing{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.wallet.Settle(w.id.Rollup, 7, 1); err != nil {
		t.Fatal(err)
	}
	if err := w.wallet.PinReceiptKey(w.id.Rollup, common.Address{5}, false); err != nil {
		t.Fatal(err)
	}
	return w, w.read(t)
}

func TestFileRoundTrip(t *testing.T) {
	_, text := fullFile(t)
	c, err := decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.encode()
	if err != nil || string(again) != text {
		t.Errorf("%s\nbecame, with error %v,\n%s", text, err, again)
	}
}

// TestOldFile: a wallet file of the first version opens, for ever, and so does its key.
func TestOldFile(t *testing.T) {
	data, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	w := &Wallet{address: c.Address, seen: c}
	rollups := w.Rollups()
	if len(rollups) != 1 || len(rollups[0].Accounts) != 1 || len(rollups[0].Accounts[0].Signed) != 2 || rollups[0].ReceiptKey == nil {
		t.Errorf("it says %+v", rollups)
	}
	key, err := w.OpenKey(KeyID{Rollup: testRollup.ID()}, password(t, testPassword))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := DeriveSeed(t.Context(), NewKeySigner(testKey(t, "alice")), testRollup, 0)
	if err != nil || key.Public() != protocol.NewPrivateKey(seed).Public() {
		t.Errorf("another key than is derived, error %v", err)
	}
}

// TestFileErrors: a file that is not as it was written is refused, by everything.
func TestFileErrors(t *testing.T) {
	w, good := fullFile(t)
	key := w.open(t)
	low := protocol.PublicKey{}
	low.Y.SetOne()
	zeros := strings.Repeat("0", 64)
	x, y := w.key.Public.X.Bytes(), w.key.Public.Y.Bytes()
	for _, test := range []struct{ name, old, new, says string }{
		{"another format", `"quire/wallet/1"`, `"quire/wallet/2"`, `"quire/wallet/2", want "quire/wallet/1"`},
		{"another address", strings.ToLower(w.wallet.Address().Hex()), strings.ToLower(common.Address{9}.Hex()), "it is the wallet of"},
		{"address in capitals", strings.ToLower(w.wallet.Address().Hex()), w.wallet.Address().Hex(), "line 3"},
		{"unknown field", `"rollups"`, `"colour": 1, "rollups"`, "colour"},
		{"field in another case", `"rollups"`, `"Rollups"`, "line 4"},
		{"field twice", `"chainID": 1337,`, `"chainID": 1337, "chainID": 1337,`, "line 6"},
		{"a space", `"chainID": 1337`, `"chainID":  1337`, "line 6"},
		{"null", `"signed": [`, `"signed": null, "x": [`, "unknown field"},
		{"no list", `"nonce": 1,`, ``, "out of order"},
		{"another chain", `"chainID": 1337`, `"chainID": 1338`, "another rollup"},
		{"another contract", `c0de5"`, `c0de6"`, "another rollup"},
		{"another block", `"blockHash": "0x01`, `"blockHash": "0x02`, "another rollup"},
		{"a chain ID that is negative", `1337`, `-1`, "chainID"},
		{"a chain ID that is a fraction", `1337`, `1337.5`, "chainID"},
		{"a chain ID that is long", `1337`, `1337.0`, "chainID"},
		{"a point off the curve", fmt.Sprintf("%x", x), zeros, "not a key that signs"},
		{"an element too large", fmt.Sprintf("%x", y), strings.Repeat("f", 64), "not below the field"},
		{"nonces out of order", `"nonce": 1`, `"nonce": 3`, "nonce 2 is out of order"},
		{"a nonce twice", `"nonce": 1`, `"nonce": 2`, "nonce 2 is out of order"},
		{"a settled nonce", `"settled": 1`, `"settled": 2`, "nonce 1 is out of order"},
		{"a settled nonce too high", `"settled": 1`, `"settled": 1099511627776`, "more than a nonce can be"},
		{"an amount that no code has", `"amount": "1000"`, `"amount": "1000000001"`, "cannot be published"},
		{"an amount with a zero before it", `"amount": "1000"`, `"amount": "01000"`, "begins with 0"},
		{"an amount as a number", `"amount": "1000"`, `"amount": 1000`, "amount"},
		{"an amount too large", `"amount": "1000"`, `"amount": "340282366920938463463374607431768211456"`, "2^128"},
		{"account 0", `"index": 7`, `"index": 0`, "index 0 is reserved"},
		{"an index too large", `"index": 7`, `"index": 4294967296`, "index"},
		{"a key that is not there", `"key": 0`, `"key": 1`, "no key number 1"},
		{"another cipher", `aes-128-ctr`, `rot13`, `cipher "rot13"`},
		{"another derivation", `"scrypt"`, `"pbkdf2"`, `key derivation "pbkdf2"`},
		{"scrypt that takes all memory", `"n": 2`, `"n": 1073741824`, "bytes of memory"},
		{"scrypt that takes for ever", `"p": 1`, `"p": 100000`, "not from 1 to 16"},
		{"scrypt of nothing", `"n": 2`, `"n": 0`, "power of two"},
		{"scrypt that is odd", `"n": 2`, `"n": 3`, "power of two"},
		{"scrypt with r 0", `"r": 8`, `"r": 0`, "bytes of memory"},
		{"a derived key too short", `"dklen": 32`, `"dklen": 16`, "derived key has 16 bytes"},
		{"no salt", `"salt": "`, `"salt": "zz`, "salt"},
		{"no vector", `"iv": "`, `"iv": "00`, "iv"},
		{"no tag", `"mac": "`, `"mac": "00`, "mac"},
		{"a longer seed", `"ciphertext": "`, `"ciphertext": "00`, "ciphertext"},
		{"empty", good, ``, "too early"},
		{"half", good, good[:len(good)/2], "too early"},
		{"not JSON", good, `wallet`, "invalid character"},
		{"a list", good, `[]`, "cannot unmarshal"},
		{"null alone", good, "null\n", "the format is"},
		{"something after the end", good, good + "{}\n", "line"},
		{"no line break", good, strings.TrimSuffix(good, "\n"), "line"},
		{"rollups is null", good, fmt.Sprintf("{\n  \"format\": %q,\n  \"address\": %q,\n  \"rollups\": null\n}\n", format, strings.ToLower(w.wallet.Address().Hex())), "rollups is missing"},
	} {
		if !strings.Contains(good, test.old) {
			t.Fatalf("%s: %q is not in the file", test.name, test.old)
		}
		if err := os.WriteFile(w.path(), []byte(strings.Replace(good, test.old, test.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := w.dir.Open(w.wallet.Address())
		wants(t, test.name, err, ErrCorrupt, test.says, w.path())
		_, err = w.wallet.Sign(key, payment(1), Signing{}) // which was signed before
		wants(t, test.name+": sign", err, ErrCorrupt)
	}
	if err := os.WriteFile(w.path(), make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := w.dir.Open(w.wallet.Address())
	wants(t, "too long", err, ErrCorrupt)
}

// TestFileRepeats: nothing is in a file twice, or out of order.
func TestFileRepeats(t *testing.T) {
	_, good := fullFile(t)
	for says, change := range map[string]func(*content){
		"rollups[1] is there twice":                        func(c *content) { c.Rollups = append(c.Rollups, c.Rollups[0]) },
		"keys[1]: number 0 is not above the one before":    func(c *content) { c.Rollups[0].Keys = append(c.Rollups[0].Keys, c.Rollups[0].Keys[0]) },
		"accounts[1]: index 7 is not above the one before": func(c *content) { c.Rollups[0].Accounts = append(c.Rollups[0].Accounts, c.Rollups[0].Accounts[0]) },
	} {
		c, err := decode([]byte(good))
		if err != nil {
			t.Fatal(err)
		}
		change(c)
		text, err := c.encode()
		if err != nil {
			t.Fatal(err)
		}
		_, err = decode(text)
		wants(t, says, err, ErrCorrupt, says)
	}
}

// TestDamagedSeed: a flipped bit in an encrypted seed is an error, never another
// key. The vector is not authenticated: there the public key tells.
func TestDamagedSeed(t *testing.T) {
	w, good := fullFile(t)
	for _, test := range []struct {
		field string
		want  error
	}{{"ciphertext", ErrPassword}, {"mac", ErrPassword}, {"salt", ErrPassword}, {"iv", ErrCorrupt}} {
		at := strings.Index(good, fmt.Sprintf("%q: \"", test.field)) + len(test.field) + 5
		damaged := []byte(good)
		damaged[at] ^= 1 // '0' and '1', 'b' and 'c' and so on
		if damaged[at] == 'g' || damaged[at] == '`' {
			damaged[at] = '0'
		}
		if err := os.WriteFile(w.path(), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		wallet, err := w.dir.Open(w.wallet.Address())
		if err != nil {
			t.Fatalf("%s: %v", test.field, err)
		}
		_, err = wallet.OpenKey(w.id, w.secret)
		wants(t, test.field, err, test.want)
	}

	// Two keys exchanged: each opens, and is not the other.
	if err := os.WriteFile(w.path(), []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.wallet.DeriveKey(t.Context(), w.signer, KeyID{w.id.Rollup, 1}, w.secret, testKDF); err != nil {
		t.Fatal(err)
	}
	err := w.wallet.updateRollup(w.id.Rollup, func(r *rollupEntry) error {
		r.Keys[0].Seed, r.Keys[1].Seed = r.Keys[1].Seed, r.Keys[0].Seed
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.wallet.OpenKey(w.id, w.secret)
	wants(t, "exchanged seeds", err, ErrCorrupt, "another public key")
}

// TestKeyFileErrors: key files that make go-ethereum panic, or take all memory, are
// refused before.
func TestKeyFileErrors(t *testing.T) {
	secret := password(t, testPassword)
	encrypted, err := keystore.EncryptKey(&keystore.Key{PrivateKey: testKey(t, "alice")}, testPassword, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	open := func(content string) error {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenKeyFile(path, secret)
		if err == nil {
			err = s.Close()
		}
		return err
	}
	good := string(encrypted)
	if err := open(good); err != nil {
		t.Fatal(err)
	}
	var parts struct {
		Crypto struct {
			CipherParams struct{ IV string }
			KDFParams    map[string]any
		}
	}
	if err := json.Unmarshal(encrypted, &parts); err != nil {
		t.Fatal(err)
	}
	iv, salt := parts.Crypto.CipherParams.IV, parts.Crypto.KDFParams["salt"].(string)
	pbkdf2 := func(params string) string {
		at, end := strings.Index(good, `"kdf":`), strings.Index(good, `,"mac"`)
		return good[:at] + `"kdf":"pbkdf2","kdfparams":` + params + good[end:]
	}
	for _, test := range []struct{ name, content, says string }{
		{"empty", "", "no encrypted key file"},
		{"not JSON", "key", "no encrypted key file"},
		{"another version", strings.Replace(good, `"version":3`, `"version":1`, 1), "version is not 3"},
		{"version 1", strings.Replace(good, `"version":3`, `"version":"1"`, 1), "no encrypted key file"},
		{"no version", strings.Replace(good, `"version"`, `"v"`, 1), "version is not 3"},
		{"no crypto", strings.Replace(good, `"crypto"`, `"c"`, 1), "no crypto object"},
		{"no salt", strings.Replace(good, `"salt"`, `"s"`, 1), "salt is missing"},
		{"a salt of another kind", strings.Replace(good, `"`+salt+`"`, `5`, 1), "salt is missing"},
		{"a short vector", strings.Replace(good, iv, iv[2:], 1), "iv"},
		{"no n", strings.Replace(good, `"n":2`, `"m":2`, 1), "power of two"},
		{"n a text", strings.Replace(good, `"n":2`, `"n":"2"`, 1), "power of two"},
		{"n a fraction", strings.Replace(good, `"n":2`, `"n":2.5`, 1), "power of two"},
		{"n huge", strings.Replace(good, `"n":2`, `"n":1e300`, 1), "power of two"},
		{"n large", strings.Replace(good, `"n":2`, `"n":4294967296`, 1), "bytes of memory"},
		{"r large", strings.Replace(good, `"r":8`, `"r":1073741824`, 1), "bytes of memory"},
		{"p large", strings.Replace(good, `"p":1`, `"p":1073741824`, 1), "not from 1 to 16"},
		{"no dklen", strings.Replace(good, `"dklen":32`, `"d":32`, 1), "derived key"},
		{"a short dklen", strings.Replace(good, `"dklen":32`, `"dklen":8`, 1), "derived key"},
		{"PBKDF2 for ever", pbkdf2(`{"c":1000000000,"dklen":32,"prf":"hmac-sha256","salt":"00"}`), "PBKDF2"},
		{"PBKDF2 without prf", pbkdf2(`{"c":1,"dklen":32,"salt":"00"}`), "prf is missing"},
		{"PBKDF2 without dklen", pbkdf2(`{"c":1,"prf":"hmac-sha256","salt":"00"}`), "derived key"},
		{"another derivation", strings.Replace(good, `"kdf":"scrypt"`, `"kdf":"md5"`, 1), "unsupported KDF"},
		{"another cipher", strings.Replace(good, "aes-128-ctr", "rot13", 1), "cipher not supported"},
		{"crypto a list", strings.Replace(good, `"crypto":{`, `"crypto":[],"x":{`, 1), "no encrypted key file"},
	} {
		if test.content == good {
			t.Fatalf("%s: nothing was changed", test.name)
		}
		wants(t, test.name, open(test.content), ErrCorrupt, test.says, path)
	}
	wants(t, "a changed cipher text", open(strings.Replace(good, `"ciphertext":"`, `"ciphertext":"00`, 1)), ErrPassword)
}

// TestForeignKeyFile: a key file with another address on it than its key's.
func TestForeignKeyFile(t *testing.T) {
	w := newWorld(t)
	path, err := w.dir.findKey(w.wallet.Address())
	if err != nil {
		t.Fatal(err)
	}
	bob := testKey(t, "bob")
	forged, err := keystore.EncryptKey(&keystore.Key{Address: w.wallet.Address(), PrivateKey: bob}, testPassword, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, forged, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = w.dir.OpenKey(w.wallet.Address(), w.secret)
	wants(t, "forged", err, ErrCorrupt, NewKeySigner(bob).Address().Hex())
}

func FuzzWalletFile(f *testing.F) {
	f.Add([]byte("{}"))
	f.Add([]byte("null"))
	data, err := os.ReadFile("testdata/full.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decode(data)
		if err != nil {
			return
		}
		again, err := c.encode()
		if err != nil || string(again) != string(data) {
			t.Errorf("%q is read as %q, error %v", data, again, err)
		}
	})
}

// FuzzKeyFile: whatever is in a key file, opening it does not panic or take long.
func FuzzKeyFile(f *testing.F) {
	encrypted, err := keystore.EncryptKey(&keystore.Key{PrivateKey: testKey(f, "alice")}, testPassword, 2, 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encrypted)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := keyfile.Check(data); err != nil {
			return
		}
		var file struct{ Crypto keystore.CryptoJSON }
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatalf("taken, and not JSON: %v", err)
		}
		if n, _ := file.Crypto.KDFParams["n"].(float64); n > 1<<10 {
			return // allowed, and slow
		}
		if c, _ := file.Crypto.KDFParams["c"].(float64); c > 1<<10 {
			return
		}
		_, _ = keystore.DecryptKey(data, testPassword)
	})
}
