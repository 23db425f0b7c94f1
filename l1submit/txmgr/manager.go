package txmgr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Manager sends transactions; see the package comment. It is safe for concurrent
// use. [Manager.Run] has to run for anything to happen after a Submit.
type Manager struct {
	cfg      Config
	chainID  *big.Int
	journal  journal
	accounts []*account // the ordinary one first

	// using is read-locked while the journal is in use, and locked to close it.
	using  sync.RWMutex
	closed bool // owned by using

	mu        sync.Mutex
	open      map[string]*intent       // unsettled
	preparing map[string]chan struct{} // keys being submitted; closed when done
	stopped   chan struct{}            // closed by Close, or when the journal fails
	stopCause error                    // why; set before stopped is closed
}

// intent is a record and how it is doing.
type intent struct {
	record // attempts change under both the account's lock and mu

	// Owned by Manager.mu.
	mined         common.Hash // zero while no transaction of it is in a block
	confirmations uint64
	problem       error

	settled chan struct{} // closed once the journal has an outcome
}

// Result is what became of an intent on layer 1.
type Result struct {
	Key     string
	Account common.Address
	Nonce   uint64
	// Hashes are all transactions that were made for the intent.
	Hashes []common.Hash
	// Receipt of the one that landed; nil where none did.
	Receipt *types.Receipt
}

// Open opens or makes the directory of intents, and takes on those in it that
// are not settled. Errors wrap [ErrLocked], [ErrFormatVersion], [ErrOtherChain],
// [ErrOtherAccount], [ErrCorrupt], or are the node's or the operating system's.
func Open(ctx context.Context, cfg Config) (*Manager, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("transaction manager: %w", err)
	}
	chainID, err := cfg.Chain.ChainID(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the layer-1 node for its chain ID: %w", err)
	}
	store, err := openStore(cfg.fs, cfg.Dir, chainID, cfg.Logger)
	if err != nil {
		return nil, fmt.Errorf("open transaction store in %s: %w", cfg.Dir, err)
	}
	m, err := newManager(cfg, chainID, store)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open transaction store in %s: %w", cfg.Dir, err), store.Close())
	}
	return m, nil
}

// newManager takes a complete configuration.
func newManager(cfg Config, chainID *big.Int, journal journal) (*Manager, error) {
	m := &Manager{
		cfg: cfg, chainID: chainID, journal: journal,
		open: make(map[string]*intent), preparing: make(map[string]chan struct{}), stopped: make(chan struct{}),
	}
	m.accounts = append(m.accounts, newAccount(m, cfg.Signer))
	if cfg.BlobSigner != nil {
		m.accounts = append(m.accounts, newAccount(m, cfg.BlobSigner))
	}
	records, err := journal.unsettled()
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		a, err := m.accountOf(rec)
		if err != nil {
			return nil, err
		}
		it := &intent{record: *rec, settled: make(chan struct{})}
		if tx := it.build(chainID, it.last()); tx.Hash() != it.last().hash {
			return nil, corrupt(it.Key, fmt.Errorf("its transaction is %s, recorded was %s", tx.Hash(), it.last().hash))
		}
		a.open = append(a.open, it)
		m.open[it.Key] = it
		m.log(it).Info("took up a recorded transaction")
	}
	for _, a := range m.accounts {
		slices.SortFunc(a.open, func(x, y *intent) int { return cmp.Compare(x.nonce, y.nonce) })
	}
	return m, nil
}

// accountOf returns the account that a record belongs to.
func (m *Manager) accountOf(rec *record) (*account, error) {
	for i, a := range m.accounts {
		if a.address == rec.account && (i > 0) == (rec.Blobs != nil) {
			return a, nil
		}
	}
	return nil, fmt.Errorf("%w: %q belongs to %s", ErrOtherAccount, rec.Key, rec.account)
}

// use keeps the journal open until done is called.
func (m *Manager) use() (done func(), err error) {
	m.using.RLock()
	if m.closed {
		m.using.RUnlock()
		return nil, ErrClosed
	}
	select {
	case <-m.stopped:
		m.using.RUnlock()
		return nil, m.stopCause
	default:
		return m.using.RUnlock, nil
	}
}

// stop ends all waiting.
func (m *Manager) stop(cause error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopCause == nil {
		m.stopCause = cause
		close(m.stopped)
	}
}

// write runs a write to the journal. After one that failed nothing more is done:
// what is on disk is not known.
func (m *Manager) write(write func() error) error {
	err := write()
	if err != nil {
		m.stop(err)
	}
	return err
}

// Close lets what is being done finish, and closes the directory. What is not
// settled is taken up by the next Open.
func (m *Manager) Close() error {
	m.stop(ErrClosed)
	m.using.Lock()
	defer m.using.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	return m.journal.Close()
}

// Send submits an intent and waits for its outcome: [Manager.Submit] and
// [Manager.Wait].
func (m *Manager) Send(ctx context.Context, in Intent) (*Result, error) {
	if err := m.Submit(ctx, in); err != nil {
		return nil, err
	}
	return m.Wait(ctx, in.Key)
}

// Submit takes an intent on. When it returns nil, the intent is on disk and will
// be sent until it is settled, across restarts. Submitting a key again is nil
// too, and does nothing; [ErrKeyReused] where it now stands for something else.
//
// With any other error nothing was sent and, [ErrStoreFailed] excepted, nothing
// recorded: it may be submitted again. A [*RevertError] says that the contract
// would refuse it; [ErrFeeCap], [ErrInsufficientFunds], [ErrIntrinsicGas],
// [ErrOversized], [ErrBlobs] and [ErrSigner] that it cannot be sent.
func (m *Manager) Submit(ctx context.Context, in Intent) error {
	if err := m.submit(ctx, in); err != nil {
		return fmt.Errorf("transaction %q: %w", in.Key, err)
	}
	return nil
}

func (m *Manager) submit(ctx context.Context, in Intent) error {
	if err := in.check(); err != nil {
		return err
	}
	digest, err := in.digest()
	if err != nil {
		return err
	}
	done, err := m.use()
	if err != nil {
		return err
	}
	defer done()
	known, release, err := m.reserve(ctx, in.Key)
	if err != nil {
		return err
	}
	if known == nil {
		defer release()
		if known, err = m.outcomeDigest(in.Key); err != nil {
			return err
		}
	}
	if known != nil {
		if *known != digest {
			return ErrKeyReused
		}
		return nil
	}
	a := m.accounts[0]
	if in.Blobs != nil {
		if len(m.accounts) == 1 {
			return errBlobAccount
		}
		a = m.accounts[1]
	}
	if err := in.checkProofs(); err != nil {
		return err
	}
	return a.begin(ctx, in, digest)
}

// reserve makes the caller the only one that submits a key, until release is
// called. Where the key is unsettled, it returns its digest instead.
func (m *Manager) reserve(ctx context.Context, key string) (known *common.Hash, release func(), err error) {
	for {
		m.mu.Lock()
		if it := m.open[key]; it != nil {
			m.mu.Unlock()
			return &it.digest, nil, nil
		}
		busy := m.preparing[key]
		if busy == nil {
			mine := make(chan struct{})
			m.preparing[key] = mine
			m.mu.Unlock()
			return nil, func() {
				m.mu.Lock()
				defer m.mu.Unlock()
				delete(m.preparing, key)
				close(mine)
			}, nil
		}
		m.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

func (m *Manager) outcomeDigest(key string) (*common.Hash, error) {
	o, err := m.journal.outcome(key)
	if o == nil || err != nil {
		return nil, err
	}
	return &o.Digest, nil
}

// Wait waits until a submitted intent is settled. The error is nil where the
// transaction did what it should; a [*RevertError] where a contract refused it, a
// [*DisplacedError] where it can never land: the result is there with both.
// When ctx ends first, the error is ctx's, with what the intent was waiting for;
// the intent goes on.
func (m *Manager) Wait(ctx context.Context, key string) (*Result, error) {
	m.mu.Lock()
	it := m.open[key]
	m.mu.Unlock()
	if it != nil {
		select {
		case <-it.settled:
		case <-m.stopped:
			return nil, fmt.Errorf("transaction %q: %w", key, m.stopCause)
		case <-ctx.Done():
			m.mu.Lock()
			defer m.mu.Unlock()
			if it.problem != nil {
				return nil, fmt.Errorf("transaction %q is not settled: %w: %w", key, ctx.Err(), it.problem)
			}
			return nil, fmt.Errorf("transaction %q is not settled: %w", key, ctx.Err())
		}
	}
	done, err := m.use()
	if err != nil {
		return nil, fmt.Errorf("transaction %q: %w", key, err)
	}
	defer done()
	o, err := m.journal.outcome(key)
	if err != nil {
		return nil, fmt.Errorf("transaction %q: %w", key, err)
	}
	if o == nil {
		return nil, fmt.Errorf("transaction %q: %w", key, ErrUnknownKey)
	}
	return m.result(key, o)
}

// result returns an outcome as Wait does.
func (m *Manager) result(key string, o *outcome) (*Result, error) {
	receipt, err := o.receipt()
	if err != nil {
		return nil, corrupt(key, err)
	}
	result := &Result{Key: key, Account: o.Account, Nonce: o.Nonce, Hashes: o.Hashes, Receipt: receipt}
	switch o.Kind {
	case reverted:
		err = &RevertError{
			Hash: receipt.TxHash, Block: receipt.BlockNumber.Uint64(),
			Data: o.RevertData, Reason: m.cfg.reason(o.RevertData, o.RevertText),
		}
	case displaced:
		err = &DisplacedError{Account: o.Account, Nonce: o.Nonce, By: o.By, Block: o.ByBlock}
	}
	if err != nil {
		return result, fmt.Errorf("transaction %q: %w", key, err)
	}
	return result, nil
}

// Status is how an unsettled intent is doing.
type Status struct {
	Key     string
	Account common.Address
	Nonce   uint64
	// Hashes are all transactions that were made for it; any may land.
	Hashes []common.Hash
	// Mined is the one in a block, or zero; it may still vanish in a reorg.
	Mined         common.Hash
	Confirmations uint64
	// Problem is what keeps it from landing, as far as is known; or nil.
	Problem error
}

// Status returns how every unsettled intent is doing, by account and nonce.
func (m *Manager) Status() []Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Status, 0, len(m.open))
	for _, it := range m.open {
		list = append(list, Status{
			Key: it.Key, Account: it.account, Nonce: it.nonce, Hashes: it.hashes(),
			Mined: it.mined, Confirmations: it.confirmations, Problem: it.problem,
		})
	}
	slices.SortFunc(list, func(x, y Status) int {
		if c := x.Account.Cmp(y.Account); c != 0 {
			return c
		}
		return cmp.Compare(x.Nonce, y.Nonce)
	})
	return list
}

// Forget drops the outcome of a key: submitted again, it would be sent again. It
// is for a caller that has written the outcome down and will not. [ErrUnsettled]
// where there is none yet.
func (m *Manager) Forget(key string) error {
	done, err := m.use()
	if err != nil {
		return fmt.Errorf("forget transaction %q: %w", key, err)
	}
	defer done()
	m.mu.Lock()
	_, busy := m.preparing[key]
	unsettled := busy || m.open[key] != nil
	m.mu.Unlock()
	if unsettled {
		return fmt.Errorf("forget transaction %q: %w", key, ErrUnsettled)
	}
	if err := m.write(func() error { return m.journal.forget(key) }); err != nil {
		return fmt.Errorf("forget transaction %q: %w", key, err)
	}
	return nil
}

// log is the logger for an intent.
func (m *Manager) log(it *intent) *slog.Logger {
	return m.cfg.Logger.With("key", it.Key, "account", it.account, "nonce", it.nonce, "hash", it.last().hash)
}
