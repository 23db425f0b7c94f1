package txmgr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
	"golang.org/x/sync/semaphore"

	"github.com/quirezk/quire/l1submit/signer"
)

// signTimeout bounds the wait for a signer: the account stands still meanwhile.
const signTimeout = time.Minute

// account is where transactions of one kind are sent from.
type account struct {
	m       *Manager
	signer  signer.Signer
	address common.Address

	// busy is held while the account's transactions are being looked after; it
	// orders the choice of nonces. A semaphore, since it is held across calls to
	// the node and waiting has to end with the caller's context.
	busy *semaphore.Weighted
	// open has the unsettled intents by nonce. Owned by busy.
	open []*intent
	// front is the account's next nonce on layer 1, and frontSince the block at
	// which it was first seen to be. Owned by busy.
	front, frontSince uint64
	observed          bool
}

func newAccount(m *Manager, s signer.Signer) *account {
	return &account{m: m, signer: s, address: s.Address(), busy: semaphore.NewWeighted(1)}
}

// begin gives an intent a nonce, records it, and sends its first transaction.
func (a *account) begin(ctx context.Context, in Intent, digest common.Hash) error {
	cfg := &a.m.cfg
	market, err := cfg.market(ctx, in.Blobs != nil)
	if err != nil {
		return err
	}
	offer, err := market.first(cfg.limits())
	if err != nil {
		return err
	}
	gas, err := a.gas(ctx, &in)
	if err != nil {
		return err
	}

	if err := a.busy.Acquire(ctx, 1); err != nil {
		return err
	}
	defer a.busy.Release(1)
	// What the caller does with its memory afterwards is its own affair.
	in.Data, in.Value = bytes.Clone(in.Data), new(big.Int).Set(in.value())
	if in.To != nil {
		to := *in.To
		in.To = &to
	}
	if in.Blobs != nil {
		in.Blobs = in.Blobs.Copy()
	}
	it := &intent{
		record:  record{Intent: in, account: a.address, digest: digest, gas: gas},
		settled: make(chan struct{}),
	}
	if err := a.number(ctx, it, offer); err != nil {
		return err
	}
	first, err := a.sign(ctx, &it.record, offer, it.block)
	if err != nil {
		return err
	}
	it.attempts = []attempt{first}
	if size := it.build(a.m.chainID, first).Size(); in.Blobs == nil && size > maxOrdinarySize {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrOversized, size, maxOrdinarySize)
	}
	if err := a.m.write(func() error { return a.m.journal.begin(&it.record) }); err != nil {
		return err
	}
	// From here on the intent will be sent, whatever happens to this call.
	a.m.mu.Lock()
	a.open = append(a.open, it)
	a.m.open[it.Key] = it
	a.m.mu.Unlock()
	a.m.log(it).Info("recorded a transaction")
	a.m.setProblem(it, a.send(ctx, it))
	return nil
}

// gas returns the limit for an intent. What would revert ends here.
func (a *account) gas(ctx context.Context, in *Intent) (uint64, error) {
	if in.Gas > 0 {
		return in.Gas, nil
	}
	gas, err := a.m.cfg.Chain.EstimateGas(ctx, in.call(a.address))
	if err != nil {
		if data, ok := revertOf(err); ok {
			return 0, &RevertError{Data: data, Reason: a.m.cfg.reason(data, err.Error())}
		}
		return 0, fmt.Errorf("estimate gas: %w", refusal(err))
	}
	if gas > params.MaxTxGas {
		return 0, fmt.Errorf("it needs %d gas, layer 1 allows %d for a transaction (EIP-7825): split it", gas, params.MaxTxGas)
	}
	return min(gas+gas*gasMargin/100, params.MaxTxGas), nil
}

// number chooses the nonce: the account's next on layer 1, or the one behind all
// that are recorded. What a node holds in its pool is not counted: a manager that
// lost its records then begins with the same nonce again, and competes with what
// it sent before instead of sending it twice.
func (a *account) number(ctx context.Context, it *intent, offer fees) error {
	chain := a.m.cfg.Chain
	head, err := chain.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read layer 1's newest block: %w", err)
	}
	it.block = head.Number.Uint64()
	next, err := chain.NonceAt(ctx, a.address, nil)
	if err != nil {
		return fmt.Errorf("read the nonce of %s: %w", a.address, err)
	}
	a.observe(next, it.block)
	balance, err := chain.BalanceAt(ctx, a.address, nil)
	if err != nil {
		return fmt.Errorf("read the balance of %s: %w", a.address, err)
	}
	need := cost(it.value(), it.gas, it.Blobs, offer)
	waiting := new(big.Int)
	it.nonce = next
	for _, other := range a.open {
		if other.nonce >= next {
			waiting.Add(waiting, other.cost())
			it.nonce = other.nonce + 1
		}
	}
	if balance.Cmp(new(big.Int).Add(need, waiting)) < 0 {
		return fmt.Errorf("%w: %s has %v wei; this may cost %v wei, and what it has waiting %v wei",
			ErrInsufficientFunds, a.address, balance, need, waiting)
	}
	return nil
}

// sign makes an attempt at a record.
func (a *account) sign(ctx context.Context, rec *record, offer fees, block uint64) (attempt, error) {
	ctx, cancel := context.WithTimeout(ctx, signTimeout)
	defer cancel()
	unsigned := rec.unsigned(a.m.chainID, offer)
	tx, err := a.signer.SignTx(ctx, unsigned, a.m.chainID)
	if err == nil {
		tx, err = signer.Verify(unsigned, tx, a.address, a.m.chainID)
	}
	if err != nil {
		return attempt{}, fmt.Errorf("%w: %w", ErrSigner, err)
	}
	made := attempt{fees: offer, block: block, hash: tx.Hash()}
	made.v, made.r, made.s = tx.RawSignatureValues()
	return made, nil
}

// send sends an intent's last attempt. What it returns is the intent's problem,
// not the caller's: it is sent again until it lands.
func (a *account) send(ctx context.Context, it *intent) error {
	last := it.last()
	err := refusal(a.m.cfg.Chain.SendTransaction(ctx, it.build(a.m.chainID, last)))
	if err == nil {
		a.m.log(it).Info("sent a transaction", "tip", last.fees.tip, "fee", last.fees.cap, "attempt", len(it.attempts))
	}
	return err
}

// setProblem notes what keeps an intent from landing; nil clears it. A problem is
// logged once, not at every look.
func (m *Manager) setProblem(it *intent, problem error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if problem != nil && (it.problem == nil || it.problem.Error() != problem.Error()) {
		m.log(it).Warn("transaction is held up", "problem", problem)
	}
	it.problem = problem
}

// poll looks after the account's intents once.
func (a *account) poll(ctx context.Context) error {
	if err := a.busy.Acquire(ctx, 1); err != nil {
		return err
	}
	defer a.busy.Release(1)
	if len(a.open) == 0 {
		return nil
	}
	chain := a.m.cfg.Chain
	head, err := chain.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read layer 1's newest block: %w", err)
	}
	next, err := chain.NonceAt(ctx, a.address, nil)
	if err != nil {
		return fmt.Errorf("read the nonce of %s: %w", a.address, err)
	}
	number := head.Number.Uint64()
	a.observe(next, number)
	var errs []error
	for _, it := range slices.Clone(a.open) {
		if it.nonce < next {
			err = a.settle(ctx, it)
		} else {
			err = a.push(ctx, it, number)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("transaction %q: %w", it.Key, err))
		}
	}
	return errors.Join(errs...)
}

// observe notes the account's next nonce.
func (a *account) observe(next, head uint64) {
	if next != a.front || !a.observed {
		a.front, a.frontSince, a.observed = next, head, true
	}
}

// push sees to it that an intent whose nonce is unused gets included.
func (a *account) push(ctx context.Context, it *intent, head uint64) error {
	a.m.setMined(it, common.Hash{}, 0)
	var problem error
	_, _, err := a.m.cfg.Chain.TransactionByHash(ctx, it.last().hash)
	switch {
	case errors.Is(err, ethereum.NotFound):
		problem = a.send(ctx, it)
	case err != nil:
		return fmt.Errorf("look for its transaction: %w", err)
	}
	switch {
	case a.open[0].nonce > a.front:
		problem = fmt.Errorf("%w: the next of %s is %d, the first recorded is %d", ErrNonceGap, a.address, a.front, a.open[0].nonce)
	case it.nonce > a.front:
		// It waits for those before it: a higher fee would not help.
	case head >= max(it.last().block, a.frontSince)+a.m.cfg.BumpBlocks:
		err := a.bump(ctx, it, head)
		if errors.Is(err, ErrStoreFailed) {
			return err
		}
		if err == nil || problem == nil {
			problem = err
		}
	}
	a.m.setProblem(it, problem)
	return nil
}

// bump replaces an intent's transaction by one with higher fees.
func (a *account) bump(ctx context.Context, it *intent, head uint64) error {
	market, err := a.m.cfg.market(ctx, it.Blobs != nil)
	if err != nil {
		return err
	}
	offer, err := market.raise(it.last().fees, a.m.cfg.limits())
	if err != nil {
		return err
	}
	next, err := a.sign(ctx, &it.record, offer, head)
	if err != nil {
		return err
	}
	raised := it.record
	raised.attempts = append(slices.Clip(it.attempts), next)
	if err := a.m.write(func() error { return a.m.journal.retry(&raised) }); err != nil {
		return err
	}
	a.m.mu.Lock()
	it.attempts = raised.attempts
	a.m.mu.Unlock()
	return a.send(ctx, it)
}

// setMined notes that a transaction of an intent is in a block; or none, with a
// zero hash.
func (m *Manager) setMined(it *intent, hash common.Hash, confirmations uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if it.mined != hash {
		if hash == (common.Hash{}) {
			m.log(it).Warn("a reorg took the transaction out of its block", "was", it.mined)
		} else {
			m.log(it).Info("transaction is in a block", "mined", hash)
		}
	}
	it.mined, it.confirmations = hash, confirmations
	if hash != (common.Hash{}) {
		it.problem = nil
	}
}

// isAnswer tells a node's answer from a node that does not answer.
func isAnswer(err error) bool {
	var answered rpc.Error
	return errors.As(err, &answered)
}
