package wallet

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/protocol"
)

// Wallet is the wallet of one layer-1 account, open. It is safe for concurrent use.
type Wallet struct {
	dir     *Dir
	address common.Address

	mu   sync.Mutex
	seen *content // as last read or written; guarded by mu, never changed
}

// KeyID names a layer-2 key of a wallet.
type KeyID struct {
	Rollup fr.Element // the rollup's ID
	Number uint32
}

// KeyInfo is what is public of a layer-2 key.
type KeyInfo struct {
	Number uint32
	Public protocol.PublicKey
}

// AccountInfo is an account of the wallet's.
type AccountInfo struct {
	Index protocol.Index
	Token protocol.Token
	Key   uint32 // the number of its key
	// Settled is a nonce that the account has reached in a final state.
	Settled uint64
	// Signed are the newest messages for the nonces from Settled on, by nonce.
	Signed []SignedInfo
}

// SignedInfo is a message that was signed. Unless it was answered, nobody knows
// whether the node has it: send it again before another payment like it.
type SignedInfo struct {
	protocol.Transfer
	Answered bool
}

// NextNonce is the nonce of the next transfer: after all that were signed, and not
// below the nonce that the account has.
func (a *AccountInfo) NextNonce(nonce uint64) uint64 {
	nonce = max(nonce, a.Settled)
	if n := len(a.Signed); n > 0 {
		nonce = max(nonce, a.Signed[n-1].Nonce+1)
	}
	return nonce
}

// RollupInfo is what a wallet knows of a rollup.
type RollupInfo struct {
	Rollup
	ReceiptKey *common.Address // nil until it is pinned
	Keys       []KeyInfo
	Accounts   []AccountInfo
}

// Account returns the account at an index. The error is [ErrUnknown].
func (r *RollupInfo) Account(index protocol.Index) (*AccountInfo, error) {
	for i := range r.Accounts {
		if r.Accounts[i].Index == index {
			return &r.Accounts[i], nil
		}
	}
	return nil, fmt.Errorf("%w: account %d on %s", ErrUnknown, index, r.Rollup)
}

// Key returns a key by its number. The error is [ErrUnknown].
func (r *RollupInfo) Key(number uint32) (KeyInfo, error) {
	for _, k := range r.Keys {
		if k.Number == number {
			return k, nil
		}
	}
	return KeyInfo{}, fmt.Errorf("%w: layer-2 key %d on %s: derive it", ErrUnknown, number, r.Rollup)
}

// Address returns the layer-1 account, which owns all of the wallet's accounts.
func (w *Wallet) Address() common.Address { return w.address }

// Rollups returns what the wallet knows, in the order in which it came to know it.
func (w *Wallet) Rollups() []RollupInfo {
	c := w.snapshot()
	infos := make([]RollupInfo, len(c.Rollups))
	for i := range c.Rollups {
		infos[i] = c.Rollups[i].info()
	}
	return infos
}

// Rollup returns what the wallet knows of the rollup with this ID. The error is
// [ErrUnknown].
func (w *Wallet) Rollup(id fr.Element) (RollupInfo, error) {
	if r := w.snapshot().rollup(id); r != nil {
		return r.info(), nil
	}
	return RollupInfo{}, fmt.Errorf("%w: the rollup", ErrUnknown)
}

func (r *rollupEntry) info() RollupInfo {
	info := RollupInfo{Rollup: r.rollup()}
	if r.ReceiptKey != nil {
		key := *r.ReceiptKey
		info.ReceiptKey = &key
	}
	for i := range r.Keys {
		info.Keys = append(info.Keys, KeyInfo{r.Keys[i].Number, r.Keys[i].public()})
	}
	for i := range r.Accounts {
		a := &r.Accounts[i]
		account := AccountInfo{Index: a.Index, Token: a.Token, Key: a.Key, Settled: a.Settled}
		for j := range a.Signed {
			account.Signed = append(account.Signed, SignedInfo{a.Signed[j].transfer(a.Index), a.Signed[j].Answered})
		}
		info.Accounts = append(info.Accounts, account)
	}
	return info
}

// AddRollup makes the wallet know a rollup. One that it knows stays as it is.
func (w *Wallet) AddRollup(r Rollup) error {
	err := w.update(func(c *content) error {
		if id := r.ID(); c.rollup(id) == nil {
			c.Rollups = append(c.Rollups, rollupEntry{
				ChainID: r.ChainID, Contract: r.Contract, BlockHash: r.BlockHash, RollupID: element(id),
				Keys: []keyEntry{}, Accounts: []accountEntry{},
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add rollup %s: %w", r, err)
	}
	return nil
}

// PinReceiptKey notes whose signature the rollup's receipts have to have. Once it
// is noted, another one is [ErrReceiptKey], unless replace is set: ask the person.
func (w *Wallet) PinReceiptKey(id fr.Element, key common.Address, replace bool) error {
	return w.updateRollup(id, func(r *rollupEntry) error {
		if r.ReceiptKey != nil && *r.ReceiptKey != key && !replace {
			return fmt.Errorf("%w: %s signs with %s, and %s is pinned: ask the operator by another way whether the key was changed",
				ErrReceiptKey, r.rollup(), key, r.ReceiptKey)
		}
		r.ReceiptKey = &key
		return nil
	})
}

// AddAccount notes an account of the wallet's own: its owner is the wallet's
// address, its key one of the wallet's on this rollup. The error is [ErrNotOwn]
// for any other: an account with the wallet's key and another owner is a trap.
func (w *Wallet) AddAccount(id fr.Element, index protocol.Index, a *protocol.Account) error {
	return w.updateRollup(id, func(r *rollupEntry) error {
		if index == 0 {
			return protocol.ErrReservedIndex
		}
		if common.Address(a.Owner) != w.address {
			return fmt.Errorf("%w: account %d belongs to %s, who can take out what is paid there, not to %s",
				ErrNotOwn, index, common.Address(a.Owner), w.address)
		}
		at := slices.IndexFunc(r.Keys, func(k keyEntry) bool { return k.public() == a.Key })
		if at < 0 {
			return fmt.Errorf("%w: none of the wallet's %d keys on %s is that of account %d", ErrNotOwn, len(r.Keys), r.rollup(), index)
		}
		if known := r.account(index); known != nil {
			known.Token, known.Key = a.Token, r.Keys[at].Number
			return nil
		}
		r.Accounts = append(r.Accounts, accountEntry{Index: index, Token: a.Token, Key: r.Keys[at].Number, Signed: []signedEntry{}})
		slices.SortFunc(r.Accounts, func(a, b accountEntry) int { return int(int64(a.Index) - int64(b.Index)) })
		return nil
	})
}

// Settle notes the nonce that an account has in a final state, and forgets what was
// signed for the nonces below it. Nothing is ever signed for them again.
func (w *Wallet) Settle(id fr.Element, index protocol.Index, nonce uint64) error {
	return w.updateRollup(id, func(r *rollupEntry) error {
		a := r.account(index)
		if a == nil {
			return fmt.Errorf("%w: account %d on %s", ErrUnknown, index, r.rollup())
		}
		a.Settled = max(a.Settled, nonce)
		a.Signed = slices.DeleteFunc(a.Signed, func(s signedEntry) bool { return s.Nonce < a.Settled })
		return nil
	})
}

// Answered notes that a node has said that it has a transfer, which was signed here.
// One that is forgotten already, or replaced, is nothing to note.
func (w *Wallet) Answered(id fr.Element, t *protocol.Transfer) error {
	return w.updateRollup(id, func(r *rollupEntry) error {
		a := r.account(t.From)
		if a == nil {
			return fmt.Errorf("%w: account %d on %s", ErrUnknown, t.From, r.rollup())
		}
		for i := range a.Signed {
			if a.Signed[i].transfer(t.From) == *t {
				a.Signed[i].Answered = true
			}
		}
		return nil
	})
}

// OpenKey decrypts a layer-2 key. Errors are [ErrUnknown], [ErrPassword], and
// [ErrCorrupt] if another key comes out than the file says.
func (w *Wallet) OpenKey(k KeyID, password Password) (*Key, error) {
	fail := func(err error) (*Key, error) {
		return nil, fmt.Errorf("open layer-2 key %d of %s: %w", k.Number, w.address, err)
	}
	r := w.snapshot().rollup(k.Rollup)
	if r == nil {
		return fail(fmt.Errorf("%w: the rollup", ErrUnknown))
	}
	entry := r.key(k.Number)
	if entry == nil {
		return fail(fmt.Errorf("%w on %s: derive it", ErrUnknown, r.rollup()))
	}
	secretText, err := password.Read()
	if err != nil {
		return fail(err)
	}
	seed, err := entry.Seed.open(secretText)
	if err != nil {
		return fail(err)
	}
	key := protocol.NewPrivateKey(seed)
	clear(seed[:])
	if key.Public() != entry.public() {
		return fail(fmt.Errorf("%w: the seed makes another public key than the file has: pay nothing to it, and derive the key again", ErrCorrupt))
	}
	return &Key{rollupID: k.Rollup, number: k.Number, private: key}, nil
}

// newKeyEntry encrypts a seed.
func newKeyEntry(seed [protocol.SeedSize]byte, number uint32, password string, kdf KDF) (*keyEntry, error) {
	sealed, err := seal(seed, password, kdf)
	if err != nil {
		return nil, err
	}
	public := protocol.NewPrivateKey(seed).Public()
	return &keyEntry{Number: number, X: element(public.X), Y: element(public.Y), Seed: *sealed}, nil
}

func (w *Wallet) snapshot() *content {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

func (w *Wallet) updateRollup(id fr.Element, change func(*rollupEntry) error) error {
	err := w.update(func(c *content) error {
		r := c.rollup(id)
		if r == nil {
			return fmt.Errorf("%w: the rollup", ErrUnknown)
		}
		return change(r)
	})
	if err != nil {
		return fmt.Errorf("wallet of %s: %w", w.address, err)
	}
	return nil
}

// update changes the file: it reads it anew, since another process may have written
// it, has it changed, and writes it, all under the directory's lock. If change
// returns an error, nothing is written. When update returns, the file is on the
// disk.
func (w *Wallet) update(change func(*content) error) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	held, err := lock(w.dir.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	if err := w.dir.check(); err != nil {
		return err
	}
	c, err := w.dir.read(w.address)
	if err != nil {
		return err
	}
	before, err := c.encode()
	if err != nil {
		return err
	}
	if err := change(c); err != nil {
		return err
	}
	after, err := c.encode()
	if err != nil {
		return err
	}
	if !slices.Equal(before, after) {
		if len(after) > maxFile {
			return fmt.Errorf("the wallet file would have more than %d bytes", maxFile)
		}
		// What could not be read again is not written.
		if err := c.validate(); err != nil {
			return err
		}
		if err := writePrivate(w.dir.file(w.address), after); err != nil {
			return err
		}
	}
	w.seen = c
	return nil
}
