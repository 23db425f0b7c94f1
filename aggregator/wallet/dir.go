package wallet

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// What is where in a directory of wallets.
const (
	keystoreDir = "keystore"
	lockFile    = "lock"
	fileSuffix  = ".json"
)

// Dir is a directory of wallets: a wallet file for each layer-1 account, and a key
// store, in go-ethereum's format, with the keys of those that are kept here. Only
// its owner may have access.
type Dir struct{ path string }

// NewDir returns the directory at a path. Nothing is read or made yet.
func NewDir(path string) *Dir { return &Dir{path} }

// Path returns the directory's path.
func (d *Dir) Path() string { return d.path }

// Keystore returns the path of the key store, for programs that use
// go-ethereum's format.
func (d *Dir) Keystore() string { return filepath.Join(d.path, keystoreDir) }

// New makes a layer-1 key and a wallet for it. The directory is made if it does not
// exist.
func (d *Dir) New(password Password, kdf KDF) (common.Address, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return common.Address{}, fmt.Errorf("make key: %w", err)
	}
	s := NewKeySigner(key)
	return s.Address(), errors.Join(d.Import(s, password, kdf), s.Close())
}

// Import keeps a layer-1 key in the directory, encrypted under the password, and
// makes a wallet for it, unless there is one that lacks its key. The error is
// [ErrExists] if the key is there already. The signer stays the caller's.
func (d *Dir) Import(s *KeySigner, password Password, kdf KDF) error {
	fail := func(err error) error { return fmt.Errorf("import %s into %s: %w", s.Address(), d.path, err) }
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		return fail(errors.New("the key was closed"))
	}
	secret, err := password.Read()
	if err != nil {
		return fail(err)
	}
	if err := d.create(s.address, func() error { return d.storeKey(s.key, secret, kdf) }); err != nil {
		return fail(err)
	}
	return nil
}

// ImportExternal makes a wallet for a layer-1 account whose key is with an external
// signer, and stays there. The error is [ErrExists] if there is one.
func (d *Dir) ImportExternal(address common.Address) error {
	err := d.create(address, func() error {
		_, err := os.Lstat(d.file(address))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		}
		return ErrExists
	})
	if err != nil {
		return fmt.Errorf("import %s into %s: %w", address, d.path, err)
	}
	return nil
}

// create makes a wallet file after before is done, unless there is one.
func (d *Dir) create(address common.Address, before func() error) (err error) {
	if err := os.MkdirAll(d.path, dirMode); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	held, err := lock(d.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	if err := before(); err != nil {
		return err
	}
	_, err = d.read(address)
	if !errors.Is(err, ErrNoWallet) {
		return err
	}
	c := &content{Format: format, Address: address, Rollups: []rollupEntry{}}
	data, err := c.encode()
	if err != nil {
		return err
	}
	return writePrivate(d.file(address), data)
}

// storeKey writes a key file.
func (d *Dir) storeKey(key *ecdsa.PrivateKey, secret string, kdf KDF) error {
	kdf = kdf.orStandard()
	account, err := keystore.NewKeyStore(d.Keystore(), kdf.N, kdf.P).ImportECDSA(key, secret)
	switch {
	case errors.Is(err, keystore.ErrAccountAlreadyExists):
		return fmt.Errorf("%w: its key is in %s", ErrExists, d.Keystore())
	case err != nil:
		return err
	}
	// go-ethereum leaves it to the system when the file reaches the disk.
	for _, path := range []string{account.URL.Path, d.Keystore(), d.path} {
		if err := syncPath(path); err != nil {
			return err
		}
	}
	return nil
}

// check says whether the directory is there and its owner's alone.
func (d *Dir) check() error {
	info, err := os.Stat(d.path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", d.path)
	}
	return checkPrivate(d.path, info)
}

func (d *Dir) file(address common.Address) string {
	return filepath.Join(d.path, strings.ToLower(address.Hex())+fileSuffix)
}

// read reads a wallet file. The error is [ErrNoWallet] if there is none.
func (d *Dir) read(address common.Address) (*content, error) {
	path := d.file(address)
	data, err := readPrivate(path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s in %s", ErrNoWallet, address, d.path)
	case err != nil:
		return nil, err
	}
	c, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c.Address != address {
		return nil, fmt.Errorf("%s: %w: it is the wallet of %s", path, ErrCorrupt, c.Address)
	}
	return c, nil
}

// List returns the addresses of the wallets, in order. A directory that does not
// exist has none.
func (d *Dir) List() ([]common.Address, error) {
	fail := func(err error) ([]common.Address, error) {
		return nil, fmt.Errorf("list wallets in %s: %w", d.path, err)
	}
	err := d.check()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return fail(err)
	}
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return fail(err)
	}
	var found []common.Address
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), fileSuffix)
		if !ok || !common.IsHexAddress(name) {
			continue
		}
		if address := common.HexToAddress(name); entry.Name() == filepath.Base(d.file(address)) {
			found = append(found, address)
		}
	}
	slices.SortFunc(found, common.Address.Cmp)
	return found, nil
}

// Open opens a wallet. Errors are [ErrNoWallet], [ErrPermissions], [ErrCorrupt], or
// the operating system's. Several can have one wallet open: what one writes, the
// others see when they write.
func (d *Dir) Open(address common.Address) (*Wallet, error) {
	err := d.check()
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: there is no directory %s", ErrNoWallet, d.path)
	}
	if err != nil {
		return nil, fmt.Errorf("open wallet of %s: %w", address, err)
	}
	c, err := d.read(address)
	if err != nil {
		return nil, fmt.Errorf("open wallet of %s: %w", address, err)
	}
	return &Wallet{dir: d, address: address, seen: c}, nil
}

// HasKey says whether the layer-1 key of an account is in the key store.
func (d *Dir) HasKey(address common.Address) (bool, error) {
	_, err := d.findKey(address)
	if errors.Is(err, ErrNoKeyFile) {
		return false, nil
	}
	return err == nil, err
}

func (d *Dir) findKey(address common.Address) (path string, err error) {
	store := keystore.NewKeyStore(d.Keystore(), keystore.StandardScryptN, keystore.StandardScryptP)
	account, err := store.Find(accounts.Account{Address: address})
	switch {
	case errors.Is(err, keystore.ErrNoMatch):
		return "", fmt.Errorf("%w: %s has no key file for %s: import it, or name the external signer that has it",
			ErrNoKeyFile, d.Keystore(), address)
	case err != nil:
		return "", err // two files for one address: go-ethereum names them
	}
	return account.URL.Path, nil
}

// OpenKey decrypts the layer-1 key of an account. Errors are [ErrNoKeyFile] and
// those of [OpenKeyFile]. Close the signer.
func (d *Dir) OpenKey(address common.Address, password Password) (*KeySigner, error) {
	path, err := d.findKey(address)
	if err != nil {
		return nil, fmt.Errorf("open layer-1 key: %w", err)
	}
	s, err := OpenKeyFile(path, password)
	if err != nil {
		return nil, err
	}
	if s.Address() != address {
		return nil, errors.Join(fmt.Errorf("open layer-1 key: %w: %s says that it has the key of %s, and has that of %s",
			ErrCorrupt, path, address, s.Address()), s.Close())
	}
	return s, nil
}

// DeriveKey makes the layer-2 key of a number on a rollup that the wallet knows,
// from two signatures of its layer-1 account, and keeps the seed encrypted under
// the password. For a key that the wallet has, it makes sure that the same one
// comes out, and changes the password. It returns the public key.
//
// Errors are those of [DeriveSeed], [ErrUnknown], and [ErrNotDeterministic] if
// the key is another than before.
func (w *Wallet) DeriveKey(ctx context.Context, s TypedSigner, k KeyID, password Password, kdf KDF) (KeyInfo, error) {
	fail := func(err error) (KeyInfo, error) {
		return KeyInfo{}, fmt.Errorf("layer-2 key %d of %s: %w", k.Number, w.address, err)
	}
	if s.Address() != w.address {
		return fail(fmt.Errorf("%w: the signer is that of %s", ErrSignature, s.Address()))
	}
	r := w.snapshot().rollup(k.Rollup)
	if r == nil {
		return fail(fmt.Errorf("%w: the rollup", ErrUnknown))
	}
	secretText, err := password.Read() // before a signer asks a person
	if err != nil {
		return fail(err)
	}
	seed, err := DeriveSeed(ctx, s, r.rollup(), k.Number)
	if err != nil {
		return fail(err)
	}
	entry, err := newKeyEntry(seed, k.Number, secretText, kdf)
	clear(seed[:])
	if err != nil {
		return fail(err)
	}
	err = w.update(func(c *content) error {
		r := c.rollup(k.Rollup)
		if r == nil {
			return fmt.Errorf("%w: the rollup", ErrUnknown)
		}
		if known := r.key(k.Number); known != nil {
			if known.public() != entry.public() {
				return fmt.Errorf("%w: it gives another key now than the one that the wallet has", ErrNotDeterministic)
			}
			*known = *entry
			return nil
		}
		r.Keys = append(r.Keys, *entry)
		slices.SortFunc(r.Keys, func(a, b keyEntry) int { return int(int64(a.Number) - int64(b.Number)) })
		return nil
	})
	if err != nil {
		return fail(err)
	}
	return KeyInfo{Number: k.Number, Public: entry.public()}, nil
}
