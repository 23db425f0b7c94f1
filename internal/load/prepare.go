package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"golang.org/x/sync/errgroup"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/protocol"
)

const (
	// pause is between two looks at what has to happen by itself.
	pause = 200 * time.Millisecond
	// openers is how many accounts are asked for at once.
	openers = 16
)

// run is a run under way.
type run struct {
	o        *Options
	config   *wire.RollupConfig
	rollup   fr.Element
	domain   receipt.Domain
	operator common.Address
	rules    rules

	wallets  []*wallet
	treasury *wallet // pays to the wallets what they need
	steps    []step
}

// prepare opens and funds the wallets, and signs their steps.
func prepare(ctx context.Context, o *Options) (*run, error) {
	r := &run{o: o}
	var err error
	if r.config, err = patiently(ctx, o, o.Client.RollupConfig); err != nil {
		return nil, err
	}
	r.rollup, r.operator = fr.Element(r.config.RollupID), common.Address(r.config.Operator)
	r.domain = receipt.NewDomain(r.config.ChainID, common.Address(r.config.Contract))
	sync, err := patiently(ctx, o, o.Client.SyncStatus)
	if err != nil {
		return nil, err
	}
	switch {
	case sync.Frozen:
		return nil, wire.ErrFrozen
	case sync.Halted != "":
		return nil, fmt.Errorf("%w: %s", wire.ErrHalted, sync.Halted)
	case sync.Paused:
		return nil, wire.ErrPaused
	}
	r.rules = rules{nonceGap: r.config.Pool.NonceGap, valid: 1<<protocol.BatchBits - 1}
	fee, err := patiently(ctx, o, func(ctx context.Context) (*wire.Fee, error) { return o.Client.Fee(ctx, o.Token) })
	if err != nil {
		return nil, err
	}
	if fee.Account != nil {
		r.rules.least = protocol.Amount(fee.Minimum)
		_, r.rules.fee = protocol.NearestFees(&r.rules.least)
	}
	if err := r.open(ctx); err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	r.steps = draw(o, &r.rules)
	if err := r.fund(ctx); err != nil {
		return nil, fmt.Errorf("fund the wallets: %w", err)
	}
	o.say("sign %d steps", len(r.steps))
	return r, write(r.rollup, r.steps, r.wallets, &r.rules)
}

// name is what tells accounts of one owner apart.
type name struct {
	key   protocol.PublicKey
	token protocol.Token
}

// open has the node open an account for each wallet, for the treasury, and one of
// another token, as far as they are not there.
func (r *run) open(ctx context.Context) error {
	tokens, err := patiently(ctx, r.o, r.o.Client.Tokens)
	if err != nil {
		return err
	}
	for i := range r.o.Wallets {
		r.wallets = append(r.wallets, &wallet{key: keyOf(r.o.Seed, i)})
	}
	r.treasury = &wallet{key: keyOf(r.o.Seed, MaxWallets)}
	wanted := make(map[name]*wallet)
	for _, w := range append(r.wallets[:len(r.wallets):len(r.wallets)], r.treasury) {
		wanted[name{w.key.Public(), r.o.Token}] = w
	}
	other := new(wallet)
	for _, t := range tokens {
		if t.Token != r.o.Token {
			wanted[name{r.treasury.key.Public(), t.Token}] = other
			break
		}
	}
	missing := len(wanted)
	var last protocol.Index // that was seen
	look := func() error {
		return r.accounts(ctx, last, func(a *wire.OwnedAccount) {
			last = a.Index
			if w := wanted[name{a.Key.Public(), a.Token}]; w != nil && w.index == 0 {
				w.index, w.nonce, w.balance = a.Index, a.Nonce, protocol.Amount(a.Balance)
				missing--
			}
		})
	}
	if err := look(); err != nil {
		return err
	}
	if missing > 0 {
		r.o.say("open %d accounts", missing)
		var g errgroup.Group
		g.SetLimit(openers)
		for n, w := range wanted {
			if w.index == 0 {
				g.Go(func() error { return r.request(ctx, n) })
			}
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	for missing > 0 {
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		if err := look(); err != nil {
			return err
		}
	}
	r.rules.other = other.index
	return nil
}

// accounts tells the owner's accounts above an index.
func (r *run) accounts(ctx context.Context, after protocol.Index, tell func(*wire.OwnedAccount)) error {
	for {
		q := wire.AccountQuery{Owner: wire.Address(r.o.Owner), After: after}
		page, err := patiently(ctx, r.o, func(ctx context.Context) (*wire.AccountPage, error) { return r.o.Client.AccountPage(ctx, q) })
		if err != nil {
			return err
		}
		for i := range page.Accounts {
			tell(&page.Accounts[i])
		}
		if page.Next == 0 {
			return nil
		}
		after = page.Next
	}
}

// request asks for an account.
func (r *run) request(ctx context.Context, n name) error {
	_, err := patiently(ctx, r.o, func(ctx context.Context) (*wire.Opening, error) {
		return r.o.Client.OpenAccount(ctx, n.key, r.o.Owner, n.token)
	})
	return err
}

// patiently asks again for as long as the node refuses for now, and patience lasts.
func patiently[T any](ctx context.Context, o *Options, ask func(context.Context) (T, error)) (T, error) {
	for end := time.Now().Add(o.Patience); ; {
		v, err := ask(ctx)
		wait, busy := later(err)
		if !busy || time.Now().After(end) {
			return v, err
		}
		if err := sleep(ctx, wait); err != nil {
			return v, err
		}
	}
}

// later says whether the node refuses something for now, and for how long.
func later(err error) (time.Duration, bool) {
	var refused *wire.Error
	if !errors.As(err, &refused) {
		return 0, false
	}
	for _, cause := range []*wire.Error{wire.ErrBusy, wire.ErrPoolFull, wire.ErrOpeningsFull, wire.ErrRateLimited} {
		if refused.Is(cause) {
			return max(refused.RetryAfter(), pause), true
		}
	}
	return 0, false
}

// fund pays each wallet what it lacks for its steps: out of the treasury, which is
// paid once.
func (r *run) fund(ctx context.Context) error {
	var list []item
	var total protocol.Amount
	nonce := r.treasury.nonce
	for n, need := range needs(r.steps, len(r.wallets), r.rules.fee) {
		w := r.wallets[n]
		if !need.Gt(&w.balance) {
			continue
		}
		lack := *need.Sub(&need, &w.balance)
		t := protocol.Transfer{From: r.treasury.index, To: w.index, Amount: above(lack), Fee: r.rules.fee, Nonce: nonce, ValidUntil: r.rules.valid}
		signed, err := r.treasury.key.SignTransfer(r.rollup, t)
		if err != nil {
			return err
		}
		nonce++
		total.Add(&total, &t.Amount)
		total.Add(&total, &t.Fee)
		w.balance.Add(&w.balance, &t.Amount)
		list = append(list, item{kind: transfers, id: ledger.IDOf(r.rollup, &t), signed: signed, want: executed})
	}
	if total.Gt(&r.treasury.balance) {
		lack := *total.Sub(&total, &r.treasury.balance)
		r.o.say("take %s of token %d to fund %d wallets", lack.Dec(), r.o.Token, len(list))
		if err := r.o.Fund(ctx, r.treasury.index, above(lack)); err != nil {
			return err
		}
	}
	d := newDriver(r)
	for len(list) > 0 {
		part := list[:min(len(list), maxPerCall)]
		list = list[len(part):]
		if err := d.deliver(ctx, part, 0); err != nil {
			return err
		}
	}
	if d.failures > 0 {
		return errors.New(d.examples[0])
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
