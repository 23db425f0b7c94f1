package signer

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
)

const testSecret = "correct horse battery staple"

// storeKey writes a key file that opens in no time.
func storeKey(t *testing.T, dir string) accounts.Account {
	t.Helper()
	account, err := keystore.StoreKey(dir, testSecret, keystore.LightScryptN, keystore.LightScryptP)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

func TestKeystore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	account := storeKey(t, dir)
	storeKey(t, dir) // not the only one
	s, err := OpenKeystore(dir, account.Address, secretFile(t, testSecret+"\n", 0o600))
	if err != nil {
		t.Fatal(err)
	}
	checkSigns(t, s, account.Address)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignTx(t.Context(), ordinaryTx(), testChain); err == nil {
		t.Error("signed after Close")
	}
}

func TestKeystoreRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	account := storeKey(t, dir)
	right := secretFile(t, testSecret, 0o600)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		dir      string
		address  common.Address
		password Password
		want     error
		says     string
	}{
		{"wrong password", dir, account.Address, secretFile(t, "wrong", 0o600), ErrPassword, account.URL.Path},
		{"open password file", dir, account.Address, secretFile(t, testSecret, 0o644), ErrPermissions, "chmod 600"},
		{"no password source", dir, account.Address, Password{}, nil, "no password source"},
		{"missing account", dir, common.Address{9}, right, ErrNoAccount, account.Address.String()},
		{"missing directory", filepath.Join(dir, "none"), account.Address, right, ErrNoAccount, "does not exist"},
		{"empty directory", t.TempDir(), account.Address, right, ErrNoAccount, "nor for any other"},
		{"a file", file, account.Address, right, ErrNoAccount, "not a directory"},
	} {
		_, err := OpenKeystore(test.dir, test.address, test.password)
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

func TestKeystoreFilePermissions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	account := storeKey(t, dir)
	if err := os.Chmod(account.URL.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := OpenKeystore(dir, account.Address, secretFile(t, testSecret, 0o600))
	if !errors.Is(err, ErrPermissions) || !strings.Contains(err.Error(), account.URL.Path) {
		t.Errorf("error %v", err)
	}
}

func TestKeystoreFileCorrupt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	account := storeKey(t, dir)
	if err := os.WriteFile(account.URL.Path, []byte(`{"address":"`+common.Bytes2Hex(account.Address[:])+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenKeystore(dir, account.Address, secretFile(t, testSecret, 0o600))
	if err == nil || errors.Is(err, ErrPassword) || !strings.Contains(err.Error(), account.URL.Path) {
		t.Errorf("error %v", err)
	}
}

func TestKeystoreTwoFilesForOneAccount(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	account := storeKey(t, dir)
	content, err := os.ReadFile(account.URL.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "copy"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = OpenKeystore(dir, account.Address, secretFile(t, testSecret, 0o600))
	if err == nil || !strings.Contains(err.Error(), "copy") {
		t.Errorf("error %v", err)
	}
}

func TestNewKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	password := secretFile(t, testSecret, 0o600)
	address, err := NewKey(dir, password)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenKeystore(dir, address, password)
	if err != nil {
		t.Fatal(err)
	}
	checkSigns(t, s, address)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the directory has mode %#o", info.Mode().Perm())
	}
	if _, err := NewKey(dir, secretFile(t, "", 0o600)); err == nil {
		t.Error("a key without a password")
	}
}
