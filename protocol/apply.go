package protocol

import "fmt"

// Apply applies a batch's operations in their order and returns its exits, one
// for every payment above 0. It is the effect alone: signatures, nonces, expiry
// and published formats are [Authorize]'s matter, and it takes nonce and token
// from the state, so data without signatures can be replayed with it.
//
// On an error nothing has been written: the operation at fault is named by an
// [*OpError]. (A State whose writes can fail halfway: see [Overlay.Flush].)
func Apply(st State, b *Batch) ([]Exit, error) { return applyBatch(st, b, false) }

// AuthorizeAndApply is [Apply] with each transfer authorized on the very state
// that it meets, after all operations before it.
func AuthorizeAndApply(st State, b *Batch) ([]Exit, error) { return applyBatch(st, b, true) }

func applyBatch(st State, b *Batch, authorize bool) ([]Exit, error) {
	if b.Number == 0 {
		return nil, ErrBatchNumber
	}
	if err := ValidateFeeTable(b.FeeAccounts); err != nil {
		return nil, err
	}
	o := NewOverlay(st)
	var exits []Exit
	for i := range b.Openings {
		if err := ApplyOpening(o, &b.Openings[i]); err != nil {
			return nil, opError(SectionOpening, i, err)
		}
	}
	for i := range b.Deposits {
		if err := ApplyDeposit(o, &b.Deposits[i]); err != nil {
			return nil, opError(SectionDeposit, i, err)
		}
	}
	for i := range b.ForcedExits {
		exit, err := ApplyForcedExit(o, &b.ForcedExits[i])
		if err != nil {
			return nil, opError(SectionForcedExit, i, err)
		}
		if exit != nil {
			exits = append(exits, *exit)
		}
	}
	for i := range b.Transfers {
		t := &b.Transfers[i]
		if authorize {
			if err := Authorize(o, b.RollupID, b.Number, t); err != nil {
				return nil, opError(SectionTransfer, i, err)
			}
		}
		exit, err := ApplyTransfer(o, b.FeeAccounts, &t.Transfer)
		if err != nil {
			return nil, opError(SectionTransfer, i, err)
		}
		if exit != nil {
			exits = append(exits, *exit)
		}
	}
	return exits, o.Flush()
}

// ValidateFeeTable returns [ErrFeeTable], within an [*OpError], unless tokens
// are strictly increasing and no index is 0. Whether an entry's account exists
// and holds its token matters only to a fee that uses it.
func ValidateFeeTable(fees []FeeAccount) error {
	for i, f := range fees {
		switch {
		case f.Index == 0:
			return opError(SectionFeeAccount, i, fmt.Errorf("%w: token %d goes to the reserved index 0", ErrFeeTable, f.Token))
		case i > 0 && f.Token <= fees[i-1].Token:
			return opError(SectionFeeAccount, i, fmt.Errorf("%w: token %d follows token %d; tokens must increase", ErrFeeTable, f.Token, fees[i-1].Token))
		}
	}
	return nil
}

// ApplyOpening makes an absent account exist with nonce 0 and balance 0.
func ApplyOpening(st State, op *Opening) error {
	_, exists, err := namedAccount(st, op.Index)
	if err != nil {
		return err
	}
	if exists {
		return fmt.Errorf("%w: account %d", ErrAccountExists, op.Index)
	}
	return st.SetAccount(op.Index, Account{Key: op.Key, Owner: op.Owner, Token: op.Token})
}

// ApplyDeposit credits a deposit to the account that the batch chose for it, or
// opens that account with it. Layer 1 refuses deposits of 0; here they are
// valid and move nothing.
func ApplyDeposit(st State, d *CreditedDeposit) error {
	if err := checkWidth("amount", &d.Amount); err != nil {
		return err
	}
	a, exists, err := namedAccount(st, d.Index)
	switch {
	case err != nil:
		return err
	case exists && d.Opened:
		return fmt.Errorf("%w: account %d exists, but the deposit is to open it", ErrOpenedFlag, d.Index)
	case !exists && !d.Opened:
		return fmt.Errorf("%w: account %d is absent, but the deposit is not to open it", ErrOpenedFlag, d.Index)
	case !exists:
		a = Account{Key: d.Key, Owner: d.Owner, Token: d.Token}
	case a.Token != d.Token:
		return fmt.Errorf("%w: account %d holds token %d, the deposit is of token %d", ErrTokenMismatch, d.Index, a.Token, d.Token)
	case a.Key != d.Key || a.Owner != d.Owner:
		return fmt.Errorf("%w: account %d", ErrOwnerOrKeyMismatch, d.Index)
	}
	if err := credit(&a, d.Index, &d.Amount); err != nil {
		return err
	}
	return st.SetAccount(d.Index, a)
}

// ApplyForcedExit moves the account's whole balance out if the account exists
// and the sender is its owner, and otherwise does nothing: no layer-1 operation
// can make a batch invalid. The exit is nil where nothing leaves.
func ApplyForcedExit(st State, f *ForcedExit) (*Exit, error) {
	a, exists, err := namedAccount(st, f.Index)
	if err != nil {
		return nil, err
	}
	if !exists || a.Owner != f.Sender || a.Balance.IsZero() {
		return nil, nil
	}
	exit := &Exit{Owner: a.Owner, Token: a.Token, Amount: a.Balance}
	a.Balance.Clear()
	if err := st.SetAccount(f.Index, a); err != nil {
		return nil, err
	}
	return exit, nil
}

// ApplyTransfer debits amount and fee and uses up a nonce of the sender, then
// credits the receiver, then the batch's fee account of the sender's token. The
// exit is the withdrawal's, nil for any other transfer. The transfer's own
// Nonce and ValidUntil are not looked at. On a rejection nothing is written.
func ApplyTransfer(st State, fees []FeeAccount, t *Transfer) (*Exit, error) {
	if err := t.checkPayment(); err != nil {
		return nil, err
	}
	from, err := existingAccount(st, t.From, "sender")
	if err != nil {
		return nil, err
	}
	if from.Nonce >= MaxNonce {
		return nil, fmt.Errorf("%w: account %d", ErrNonceExhausted, t.From)
	}

	// The accounts are loaded before anything changes. Where two roles fall on
	// one account both pointers are to one copy, so the order debit, credit, fee
	// is kept and nothing is written twice.
	to := from
	withdrawal := t.To == 0
	if !withdrawal && t.To != t.From {
		if to, err = existingAccount(st, t.To, "receiver"); err != nil {
			return nil, err
		}
		if to.Token != from.Token {
			return nil, fmt.Errorf("%w: account %d holds token %d, account %d token %d",
				ErrTokenMismatch, t.From, from.Token, t.To, to.Token)
		}
	}
	var collector *Account
	var collectorIndex Index
	if !t.Fee.IsZero() {
		if collectorIndex, err = feeIndex(fees, from.Token); err != nil {
			return nil, err
		}
		switch {
		case collectorIndex == t.From:
			collector = from
		case collectorIndex == t.To && !withdrawal:
			collector = to
		default:
			if collector, err = feeAccount(st, collectorIndex, from.Token); err != nil {
				return nil, err
			}
		}
	}

	var total Amount
	total.Add(&t.Amount, &t.Fee) // both below 2^128
	if total.Gt(&from.Balance) {
		return nil, fmt.Errorf("%w: account %d holds %s, amount and fee need %s",
			ErrInsufficientBalance, t.From, from.Balance.Dec(), total.Dec())
	}
	from.Balance.Sub(&from.Balance, &total)
	from.Nonce++
	if !withdrawal {
		if err := credit(to, t.To, &t.Amount); err != nil {
			return nil, err
		}
	}
	if collector != nil {
		if err := credit(collector, collectorIndex, &t.Fee); err != nil {
			return nil, err
		}
	}

	if err := st.SetAccount(t.From, *from); err != nil {
		return nil, err
	}
	if to != from {
		if err := st.SetAccount(t.To, *to); err != nil {
			return nil, err
		}
	}
	if collector != nil && collector != from && collector != to {
		if err := st.SetAccount(collectorIndex, *collector); err != nil {
			return nil, err
		}
	}
	if withdrawal {
		return &Exit{Owner: from.Owner, Token: from.Token, Amount: t.Amount}, nil
	}
	return nil, nil
}

// checkPayment is what can be said of a transfer's parts without a state.
func (t *Transfer) checkPayment() error {
	if t.From == 0 {
		return fmt.Errorf("%w: it cannot send", ErrReservedIndex)
	}
	if err := checkWidth("amount", &t.Amount); err != nil {
		return err
	}
	if err := checkWidth("fee", &t.Fee); err != nil {
		return err
	}
	if t.To == 0 && t.Amount.IsZero() {
		return ErrZeroWithdrawal
	}
	return nil
}

// namedAccount reads an account that an operation names.
func namedAccount(st State, i Index) (Account, bool, error) {
	if i == 0 {
		return Account{}, false, ErrReservedIndex
	}
	a, exists, err := st.Account(i)
	if err != nil {
		return Account{}, false, fmt.Errorf("read account %d: %w", i, err)
	}
	return a, exists, nil
}

func existingAccount(st State, i Index, role string) (*Account, error) {
	a, exists, err := namedAccount(st, i)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, fmt.Errorf("%w: %s %d", ErrAccountAbsent, role, i)
	}
	return &a, nil
}

func feeIndex(fees []FeeAccount, token Token) (Index, error) {
	for _, f := range fees {
		if f.Token == token {
			return f.Index, nil
		}
	}
	return 0, fmt.Errorf("%w: token %d has no entry in the batch's fee table", ErrNoFeeAccount, token)
}

func feeAccount(st State, i Index, token Token) (*Account, error) {
	a, exists, err := namedAccount(st, i)
	switch {
	case err != nil:
		return nil, err
	case !exists:
		return nil, fmt.Errorf("%w: account %d, named for token %d, does not exist", ErrNoFeeAccount, i, token)
	case a.Token != token:
		return nil, fmt.Errorf("%w: account %d, named for token %d, holds token %d", ErrNoFeeAccount, i, token, a.Token)
	}
	return &a, nil
}

func credit(a *Account, i Index, x *Amount) error {
	var sum Amount
	sum.Add(&a.Balance, x) // both below 2^128
	if sum.BitLen() > BalanceBits {
		return fmt.Errorf("%w: account %d holds %s, credit of %s", ErrBalanceOverflow, i, a.Balance.Dec(), x.Dec())
	}
	a.Balance = sum
	return nil
}
