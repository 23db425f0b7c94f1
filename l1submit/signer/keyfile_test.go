package signer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestKeyFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	account := storeKey(t, dir)
	// Another file of the same account, beside it, is of no concern.
	content, err := os.ReadFile(account.URL.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "copy"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenKeyFile(account.URL.Path, secretFile(t, testSecret+"\n", 0o600))
	if err != nil {
		t.Fatal(err)
	}
	checkSigns(t, s, account.Address)
	for range 2 { // closing twice is no error
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SignTx(t.Context(), ordinaryTx(), testChain); err == nil {
		t.Error("signed after Close")
	}
	if s.Address() != account.Address {
		t.Error("the account changed with Close")
	}
}

// TestKeyFileStatesAnother: what counts is the key, not what is written beside it.
func TestKeyFileStatesAnother(t *testing.T) {
	account := storeKey(t, t.TempDir())
	content, err := os.ReadFile(account.URL.Path)
	if err != nil {
		t.Fatal(err)
	}
	address := strings.ToLower(account.Address.Hex()[2:])
	content = bytes.Replace(content, []byte(address), []byte(strings.Repeat("a", 40)), 1)
	if err := os.WriteFile(account.URL.Path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenKeyFile(account.URL.Path, secretFile(t, testSecret, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	checkSigns(t, s, account.Address)
}

func TestKeyFileRefuses(t *testing.T) {
	dir := t.TempDir()
	account := storeKey(t, dir)
	right := secretFile(t, testSecret, 0o600)
	file := func(name string, content []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile(account.URL.Path)
	if err != nil {
		t.Fatal(err)
	}
	edited := func(pattern, with string) []byte {
		changed := regexp.MustCompile(pattern).ReplaceAll(whole, []byte(with))
		if bytes.Equal(changed, whole) {
			t.Fatalf("the key file has no %s", pattern)
		}
		return changed
	}
	for _, test := range []struct {
		name     string
		path     string
		password Password
		want     error
		says     string
	}{
		{"wrong password", account.URL.Path, secretFile(t, "wrong", 0o600), ErrPassword, account.URL.Path},
		{"open password file", account.URL.Path, secretFile(t, testSecret, 0o644), ErrPermissions, "chmod 600"},
		{"no password source", account.URL.Path, Password{}, nil, "no password source"},
		{"missing", filepath.Join(dir, "none"), right, os.ErrNotExist, "none"},
		{"a directory", dir, right, nil, "not a regular file"},
		{"open to others", file("open", whole, 0o640), right, ErrPermissions, "chmod 600"},
		{"empty", file("empty", nil, 0o600), right, ErrKeyFile, "empty"},
		{"cut", file("cut", whole[:len(whole)/2], 0o600), right, ErrKeyFile, "cut"},
		{"no key", file("nokey", []byte(`{"version":3}`), 0o600), right, ErrKeyFile, "nokey"},
		// On these go-ethereum would panic, or take all there is.
		{"short iv", file("iv", edited(`"iv":"[0-9a-f]*"`, `"iv":"00"`), 0o600), right, ErrKeyFile, "iv"},
		{"no parameters", file("parameters", edited(`"kdfparams":{[^}]*}`, `"kdfparams":{}`), 0o600), right, ErrKeyFile, "salt"},
		{"greedy", file("greedy", edited(`"n":[0-9]*`, `"n":1099511627776`), 0o600), right, ErrKeyFile, "memory"},
		{"long", file("long", make([]byte, maxKeyFile+1), 0o600), right, ErrKeyFile, "more than"},
	} {
		_, err := OpenKeyFile(test.path, test.password)
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
			continue
		}
		if !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %q does not say %q", test.name, err, test.says)
		}
		if strings.Contains(err.Error(), testSecret) {
			t.Errorf("%s: the error tells the password", test.name)
		}
	}
}
