package protocol

import (
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
)

func amountOf(n uint64) Amount { return *uint256.NewInt(n) }

// underLimit returns 2^128 − below.
func underLimit(below uint64) (x Amount) {
	x.Lsh(uint256.NewInt(1), BalanceBits)
	x.SubUint64(&x, below)
	return x
}

const (
	testBatch = 10 // the number of the batch that tests apply
	rich      = 1_000_000
)

var (
	testRollup = testElement("rollup")
	ownerA     = Owner{0xa}
	ownerB     = Owner{0xb}
)

// sampleAccounts: 1, 2 and 5 hold token 0, 3 and 4 token 7; 5 has used up its
// nonces, 6 is a hair below the largest balance; 9 and above are absent.
func sampleAccounts() map[Index]Account {
	return map[Index]Account{
		1: {Key: testKey("1").Public(), Owner: ownerA, Nonce: 3, Balance: amountOf(rich)},
		2: {Key: testKey("2").Public(), Owner: ownerB},
		3: {Key: testKey("3").Public(), Owner: ownerA, Token: 7, Balance: amountOf(rich)},
		4: {Key: testKey("4").Public(), Owner: ownerB, Token: 7},
		5: {Key: testKey("5").Public(), Owner: ownerB, Nonce: MaxNonce, Balance: amountOf(rich)},
		6: {Key: testKey("6").Public(), Owner: ownerB, Balance: underLimit(10)},
	}
}

func sampleFees() []FeeAccount { return []FeeAccount{{Token: 0, Index: 2}, {Token: 7, Index: 4}} }

func transfer(from, to Index, amount, fee uint64) Transfer {
	return Transfer{From: from, To: to, Amount: amountOf(amount), Fee: amountOf(fee), ValidUntil: testBatch}
}

// withTransfers returns a batch of transfers that only Apply will like.
func withTransfers(transfers ...Transfer) Batch {
	b := Batch{RollupID: testRollup, Number: testBatch, FeeAccounts: sampleFees()}
	for _, t := range transfers {
		b.Transfers = append(b.Transfers, SignedTransfer{Transfer: t})
	}
	return b
}

func TestApplyRejects(t *testing.T) {
	deposit := func(change func(*CreditedDeposit)) Batch {
		a := sampleAccounts()[1]
		d := CreditedDeposit{Deposit: Deposit{Key: a.Key, Owner: a.Owner, Token: a.Token, Amount: amountOf(1)}, Index: 1}
		change(&d)
		return Batch{Number: testBatch, Deposits: []CreditedDeposit{d}}
	}
	feeTable := func(fees ...FeeAccount) Batch { return Batch{Number: testBatch, FeeAccounts: fees} }
	wide := underLimit(0)
	for _, c := range []struct {
		name    string
		batch   Batch
		want    Rejection
		section Section
		index   int
	}{
		{"fee table: index 0", feeTable(FeeAccount{Token: 3}), ErrFeeTable, SectionFeeAccount, 0},
		{"fee table: token twice", feeTable(FeeAccount{3, 1}, FeeAccount{3, 2}), ErrFeeTable, SectionFeeAccount, 1},
		{"fee table: tokens fall", feeTable(FeeAccount{3, 1}, FeeAccount{4, 1}, FeeAccount{2, 1}), ErrFeeTable, SectionFeeAccount, 2},
		{"opening: index 0", Batch{Number: 1, Openings: []Opening{{}}}, ErrReservedIndex, SectionOpening, 0},
		{"opening: exists", Batch{Number: 1, Openings: []Opening{{Index: 9}, {Index: 1}}}, ErrAccountExists, SectionOpening, 1},
		{"opening: twice", Batch{Number: 1, Openings: []Opening{{Index: 9}, {Index: 9}}}, ErrAccountExists, SectionOpening, 1},
		{"deposit: index 0", deposit(func(d *CreditedDeposit) { d.Index = 0; d.Opened = true }), ErrReservedIndex, SectionDeposit, 0},
		{"deposit: too wide", deposit(func(d *CreditedDeposit) { d.Amount = wide }), ErrWidth, SectionDeposit, 0},
		{"deposit: opens an account that exists", deposit(func(d *CreditedDeposit) { d.Opened = true }), ErrOpenedFlag, SectionDeposit, 0},
		{"deposit: does not open an absent account", deposit(func(d *CreditedDeposit) { d.Index = 9 }), ErrOpenedFlag, SectionDeposit, 0},
		{"deposit: another key", deposit(func(d *CreditedDeposit) { d.Key.X = fr.One() }), ErrOwnerOrKeyMismatch, SectionDeposit, 0},
		{"deposit: another owner", deposit(func(d *CreditedDeposit) { d.Owner = ownerB }), ErrOwnerOrKeyMismatch, SectionDeposit, 0},
		{"deposit: another token", deposit(func(d *CreditedDeposit) { d.Token = 7 }), ErrTokenMismatch, SectionDeposit, 0},
		{"deposit: overflow", deposit(func(d *CreditedDeposit) { d.Amount = underLimit(rich) }), ErrBalanceOverflow, SectionDeposit, 0},
		{"forced exit: index 0", Batch{Number: 1, ForcedExits: []ForcedExit{{}}}, ErrReservedIndex, SectionForcedExit, 0},
		{"transfer: from index 0", withTransfers(transfer(0, 1, 1, 0)), ErrReservedIndex, SectionTransfer, 0},
		{"transfer: amount too wide", withTransfers(Transfer{From: 1, To: 2, Amount: wide}), ErrWidth, SectionTransfer, 0},
		{"transfer: fee too wide", withTransfers(Transfer{From: 1, To: 2, Fee: wide}), ErrWidth, SectionTransfer, 0},
		{"transfer: sender absent", withTransfers(transfer(9, 1, 0, 0)), ErrAccountAbsent, SectionTransfer, 0},
		{"transfer: receiver absent", withTransfers(transfer(1, 9, 0, 0)), ErrAccountAbsent, SectionTransfer, 0},
		{"transfer: another token", withTransfers(transfer(1, 3, 1, 0)), ErrTokenMismatch, SectionTransfer, 0},
		{"transfer: overspend", withTransfers(transfer(1, 2, rich+1, 0)), ErrInsufficientBalance, SectionTransfer, 0},
		{"transfer: overspend by the fee", withTransfers(transfer(1, 2, rich, 1)), ErrInsufficientBalance, SectionTransfer, 0},
		{"transfer: overspend by the second", withTransfers(transfer(1, 2, rich, 0), transfer(1, 2, 1, 0)), ErrInsufficientBalance, SectionTransfer, 1},
		{"transfer: to oneself, more than the balance", withTransfers(transfer(1, 1, rich, 1)), ErrInsufficientBalance, SectionTransfer, 0},
		{"transfer: fee from the amount received", withTransfers(transfer(2, 2, 1, 0)), ErrInsufficientBalance, SectionTransfer, 0},
		{"transfer: the fee collector pays with its fee", withTransfers(transfer(2, 1, 0, 5)), ErrInsufficientBalance, SectionTransfer, 0},
		{"transfer: 2^128 − 1 and as much again", withTransfers(Transfer{From: 6, To: 2, Amount: underLimit(1), Fee: underLimit(1)}), ErrInsufficientBalance, SectionTransfer, 0},
		{"transfer: nonces used up", withTransfers(transfer(5, 1, 1, 0)), ErrNonceExhausted, SectionTransfer, 0},
		{"transfer: receiver overflows", withTransfers(transfer(1, 6, 10, 0)), ErrBalanceOverflow, SectionTransfer, 0},
		{"withdrawal: of nothing", withTransfers(transfer(1, 0, 0, 1)), ErrZeroWithdrawal, SectionTransfer, 0},
		{"withdrawal: overspend", withTransfers(transfer(1, 0, rich, 1)), ErrInsufficientBalance, SectionTransfer, 0},
		{"withdrawal: sender absent", withTransfers(transfer(9, 0, 1, 0)), ErrAccountAbsent, SectionTransfer, 0},
		{"fee: no entry", func() Batch {
			b := withTransfers(transfer(1, 2, 1, 1))
			b.FeeAccounts = b.FeeAccounts[1:]
			return b
		}(), ErrNoFeeAccount, SectionTransfer, 0},
		{"fee: entry's account absent", func() Batch {
			b := withTransfers(transfer(1, 2, 1, 1))
			b.FeeAccounts[0].Index = 9
			return b
		}(), ErrNoFeeAccount, SectionTransfer, 0},
		{"fee: entry's account holds another token", func() Batch {
			b := withTransfers(transfer(1, 2, 1, 1))
			b.FeeAccounts[0].Index = 4
			return b
		}(), ErrNoFeeAccount, SectionTransfer, 0},
		{"fee: collector overflows", func() Batch {
			b := withTransfers(transfer(1, 2, 1, 10))
			b.FeeAccounts[0].Index = 6
			return b
		}(), ErrBalanceOverflow, SectionTransfer, 0},
		{"fee: receiver overflows as collector", func() Batch {
			b := withTransfers(transfer(1, 6, 5, 5))
			b.FeeAccounts[0].Index = 6
			return b
		}(), ErrBalanceOverflow, SectionTransfer, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := memoryState(t, sampleAccounts())
			before := st.Clone()
			exits, err := Apply(st, &c.batch)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			var op *OpError
			if !errors.As(err, &op) || op.Section != c.section || op.Index != c.index {
				t.Errorf("%v does not name %v %d", err, c.section, c.index)
			}
			if exits != nil {
				t.Errorf("exits %v beside the error", exits)
			}
			if diff := diffStates(before, st); diff != "" {
				t.Errorf("written on a rejection:\n%s", diff)
			}
		})
	}
}

func TestApplyRefusesGenesis(t *testing.T) {
	if _, err := Apply(NewMemoryState(), &Batch{}); !errors.Is(err, ErrBatchNumber) {
		t.Error(err)
	}
}

func TestApplyEffects(t *testing.T) {
	sample := sampleAccounts()
	deposit := Deposit{Key: sample[1].Key, Owner: ownerA, Amount: amountOf(50)}
	for _, c := range []struct {
		name  string
		batch Batch
		want  map[Index]func(*Account) // what changes; the rest stays
		exits []Exit
	}{
		{name: "empty batch", batch: Batch{Number: 1}},
		{
			name:  "opening",
			batch: Batch{Number: 1, Openings: []Opening{{Index: 9, Key: Point{}, Owner: ownerB, Token: 3}}},
			want:  map[Index]func(*Account){9: func(a *Account) { a.Owner, a.Token = ownerB, 3 }},
		},
		{
			name: "deposits credit, open, and credit what was opened or deposited before",
			batch: Batch{
				Number: 1, Openings: []Opening{{Index: 10, Key: deposit.Key, Owner: ownerA}},
				Deposits: []CreditedDeposit{{deposit, 1, false}, {deposit, 9, true}, {deposit, 9, false}, {deposit, 10, false}},
			},
			want: map[Index]func(*Account){
				1:  func(a *Account) { a.Balance = amountOf(rich + 50) },
				9:  func(a *Account) { a.Key, a.Owner, a.Balance = deposit.Key, ownerA, amountOf(100) },
				10: func(a *Account) { a.Key, a.Owner, a.Balance = deposit.Key, ownerA, amountOf(50) },
			},
		},
		{
			name:  "deposit of nothing",
			batch: Batch{Number: 1, Deposits: []CreditedDeposit{{Deposit{Owner: ownerA}, 9, true}}},
			want:  map[Index]func(*Account){9: func(a *Account) { a.Owner = ownerA }},
		},
		{
			name: "forced exits: the owner's pays, the rest do nothing",
			batch: Batch{Number: 1, ForcedExits: []ForcedExit{
				{Index: 1, Sender: ownerB}, {Index: 9, Sender: ownerA}, {Index: 2, Sender: ownerB}, {Index: 3, Sender: ownerA},
				{Index: 3, Sender: ownerA}, {Index: 5, Sender: ownerB},
			}},
			want: map[Index]func(*Account){
				3: func(a *Account) { a.Balance.Clear() },
				5: func(a *Account) { a.Balance.Clear() }, // nonces used up: this is the way out
			},
			exits: []Exit{{ownerA, 7, amountOf(rich)}, {ownerB, 0, amountOf(rich)}},
		},
		{
			name: "forced exit of what the batch deposits",
			batch: Batch{
				Number: 1, Deposits: []CreditedDeposit{{deposit, 9, true}},
				ForcedExits: []ForcedExit{{Index: 9, Sender: ownerA}},
			},
			want:  map[Index]func(*Account){9: func(a *Account) { a.Key, a.Owner = deposit.Key, ownerA }},
			exits: []Exit{{ownerA, 0, amountOf(50)}},
		},
		{
			name:  "to oneself, with a fee",
			batch: withTransfers(transfer(3, 3, 5, 2)),
			want: map[Index]func(*Account){
				3: func(a *Account) { a.Balance = amountOf(rich - 2); a.Nonce++ },
				4: func(a *Account) { a.Balance = amountOf(2) },
			},
		},
		{
			name:  "a fee to a third account",
			batch: withTransfers(transfer(1, 6, 5, 2)),
			want: map[Index]func(*Account){
				1: func(a *Account) { a.Balance = amountOf(rich - 7); a.Nonce++ },
				2: func(a *Account) { a.Balance = amountOf(2) },
				6: func(a *Account) { a.Balance = underLimit(5) },
			},
		},
		{
			name:  "transfer to the fee collector",
			batch: withTransfers(transfer(1, 2, 5, 2)),
			want: map[Index]func(*Account){
				1: func(a *Account) { a.Balance = amountOf(rich - 7); a.Nonce++ },
				2: func(a *Account) { a.Balance = amountOf(7) },
			},
		},
		{
			name:  "the fee collector sends and collects",
			batch: withTransfers(transfer(1, 2, 10, 0), transfer(2, 1, 6, 4)),
			want: map[Index]func(*Account){
				1: func(a *Account) { a.Balance = amountOf(rich - 4); a.Nonce++ },
				2: func(a *Account) { a.Balance = amountOf(4); a.Nonce++ },
			},
		},
		{
			name:  "everything to oneself",
			batch: withTransfers(transfer(1, 1, rich, 0)),
			want:  map[Index]func(*Account){1: func(a *Account) { a.Nonce++ }},
		},
		{
			name:  "nothing, without a fee table",
			batch: func() Batch { b := withTransfers(transfer(2, 1, 0, 0)); b.FeeAccounts = nil; return b }(),
			want:  map[Index]func(*Account){2: func(a *Account) { a.Nonce++ }},
		},
		{
			name: "withdrawals, after the forced exits",
			batch: func() Batch {
				b := withTransfers(transfer(1, 0, 30, 1), transfer(1, 0, rich-31, 0))
				b.ForcedExits = []ForcedExit{{Index: 3, Sender: ownerA}}
				return b
			}(),
			want: map[Index]func(*Account){
				1: func(a *Account) { a.Balance.Clear(); a.Nonce += 2 },
				2: func(a *Account) { a.Balance = amountOf(1) },
				3: func(a *Account) { a.Balance.Clear() },
			},
			exits: []Exit{{ownerA, 7, amountOf(rich)}, {ownerA, 0, amountOf(30)}, {ownerA, 0, amountOf(rich - 31)}},
		},
		{
			name:  "unused fee entries need no account",
			batch: Batch{Number: 1, FeeAccounts: []FeeAccount{{Token: 1, Index: 77}, {Token: 2, Index: 1}}},
		},
		{
			name:  "the largest balance",
			batch: withTransfers(transfer(1, 6, 9, 0)),
			want: map[Index]func(*Account){
				1: func(a *Account) { a.Balance = amountOf(rich - 9); a.Nonce++ },
				6: func(a *Account) { a.Balance = underLimit(1) },
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			st, accounts := memoryState(t, sampleAccounts()), sampleAccounts()
			for i, change := range c.want {
				a := accounts[i]
				change(&a)
				accounts[i] = a
			}
			exits, err := Apply(st, &c.batch)
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffStates(memoryState(t, accounts), st); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.exits, exits); diff != "" {
				t.Errorf("exits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAuthorizeRejects(t *testing.T) {
	valid := Transfer{From: 1, To: 2, Amount: amountOf(1000), Fee: amountOf(3), Nonce: 3, ValidUntil: testBatch}
	for _, c := range []struct {
		name   string
		change func(*Transfer)
		want   error // nil for what is allowed
	}{
		{"valid", func(*Transfer) {}, nil},
		{"not payable, which Authorize leaves to Apply", func(t *Transfer) { t.Amount = amountOf(2 * rich) }, nil},
		{"valid for longer", func(t *Transfer) { t.ValidUntil = 1<<32 - 1 }, nil},
		{"withdrawal of an exact amount", func(t *Transfer) { t.To = 0; t.Amount = amountOf(123_456_789_123) }, nil},
		{"from index 0", func(t *Transfer) { t.From = 0 }, ErrReservedIndex},
		{"withdrawal of nothing", func(t *Transfer) { t.To = 0; t.Amount.Clear() }, ErrZeroWithdrawal},
		{"sender absent", func(t *Transfer) { t.From = 9 }, ErrAccountAbsent},
		{"nonce used", func(t *Transfer) { t.Nonce = 2 }, ErrNonceMismatch},
		{"nonce to come", func(t *Transfer) { t.Nonce = 4 }, ErrNonceMismatch},
		{"nonces used up", func(t *Transfer) { t.From = 5; t.Nonce = MaxNonce }, ErrNonceExhausted},
		{"expired", func(t *Transfer) { t.ValidUntil = testBatch - 1 }, ErrExpired},
		{"amount format", func(t *Transfer) { t.Amount = amountOf(1<<27 + 1) }, ErrAmountFormat},
		{"fee format", func(t *Transfer) { t.Fee = amountOf(8) }, ErrFeeFormat},
		{"another's key", func(t *Transfer) { t.From, t.Nonce = 2, 0 }, ErrBadSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := valid
			c.change(&tr)
			signed := mustSign(t, testKey("1"), testRollup, tr)
			st := memoryState(t, sampleAccounts())
			if err := Authorize(st, testRollup, testBatch, &signed); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			unsigned := c.want
			if unsigned == ErrBadSignature {
				unsigned = nil
			}
			if err := AuthorizeVerified(st, testBatch, &SignedTransfer{Transfer: tr}); !errors.Is(err, unsigned) {
				t.Errorf("with the signature verified: error %v, want %v", err, unsigned)
			}
			if diff := diffStates(memoryState(t, sampleAccounts()), st); diff != "" {
				t.Errorf("Authorize wrote:\n%s", diff)
			}
		})
	}

	signed := mustSign(t, testKey("1"), testRollup, valid)
	st := memoryState(t, sampleAccounts())
	if err := Authorize(st, testElement("another rollup"), testBatch, &signed); !errors.Is(err, ErrBadSignature) {
		t.Errorf("on another rollup: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(*Transfer)
	}{
		{"wide amount", func(t *Transfer) { t.Amount = underLimit(0) }},
		{"wide fee", func(t *Transfer) { t.Fee = underLimit(0) }},
		{"wide nonce", func(t *Transfer) { t.Nonce = MaxNonce + 1 }},
	} {
		wide := signed
		c.change(&wide.Transfer)
		if err := Authorize(st, testRollup, testBatch, &wide); !errors.Is(err, ErrWidth) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := AuthorizeVerified(st, testBatch, &wide); !errors.Is(err, ErrWidth) {
			t.Errorf("%s, with the signature verified: %v", c.name, err)
		}
	}
	if err := Authorize(&brokenState{State: st, read: 1}, testRollup, testBatch, &signed); !errors.Is(err, errStorage) {
		t.Errorf("broken state: %v", err)
	}
}

// Transfers are authorized on the state that they meet, not on the first.
func TestAuthorizeAndApplyMeetsTheStateInBetween(t *testing.T) {
	batch := func(nonces ...uint64) *Batch {
		b := &Batch{RollupID: testRollup, Number: testBatch, FeeAccounts: sampleFees()}
		for _, n := range nonces {
			tr := Transfer{From: 1, To: 2, Amount: amountOf(10), Nonce: n, ValidUntil: testBatch}
			b.Transfers = append(b.Transfers, mustSign(t, testKey("1"), testRollup, tr))
		}
		return b
	}
	st := memoryState(t, sampleAccounts())
	if _, err := AuthorizeAndApply(st, batch(3, 4, 5)); err != nil {
		t.Error(err)
	}
	for _, nonces := range [][]uint64{{7}, {6, 6}, {6, 8}, {3}} {
		before := st.Clone()
		if _, err := AuthorizeAndApply(st, batch(nonces...)); !errors.Is(err, ErrNonceMismatch) {
			t.Errorf("nonces %v: %v", nonces, err)
		}
		if diff := diffStates(before, st); diff != "" {
			t.Errorf("nonces %v: written on a rejection:\n%s", nonces, diff)
		}
	}
	// Apply alone does not look at nonces.
	if _, err := Apply(st, batch(7, 7)); err != nil {
		t.Error(err)
	}
}

// A failing state is no rejection, and is reported with the operation that met it.
func TestStorageFailuresAreNotRejections(t *testing.T) {
	full := func() *Batch {
		b := withTransfers(transfer(3, 1, 0, 0))
		b.Openings = []Opening{{Index: 11}}
		b.Deposits = []CreditedDeposit{{Deposit{}, 12, true}}
		b.ForcedExits = []ForcedExit{{Index: 5, Sender: ownerB}}
		b.Transfers[0].Transfer = transfer(1, 6, 1, 1)
		return &b
	}
	for _, i := range []Index{11, 12, 5, 1, 6, 2} {
		for _, broken := range []*brokenState{{read: i}, {write: i}} {
			broken.State = memoryState(t, sampleAccounts())
			_, err := Apply(broken, full())
			var why Rejection
			if !errors.Is(err, errStorage) || errors.As(err, &why) {
				t.Errorf("account %d: %v", i, err)
			}
		}
		// Each operation on its own reports failing writes, too.
		direct := &brokenState{State: memoryState(t, sampleAccounts()), write: i}
		b := full()
		errs := []error{ApplyOpening(direct, &b.Openings[0]), ApplyDeposit(direct, &b.Deposits[0])}
		_, err := ApplyForcedExit(direct, &b.ForcedExits[0])
		errs = append(errs, err)
		_, err = ApplyTransfer(direct, b.FeeAccounts, &b.Transfers[0].Transfer)
		if err := errors.Join(append(errs, err)...); !errors.Is(err, errStorage) {
			t.Errorf("write of account %d alone: %v", i, err)
		}
	}
}

// An invalid fee table handed straight to ApplyTransfer must not turn a
// withdrawal's "to 0" into a fee account.
func TestFeeToIndexZero(t *testing.T) {
	st := memoryState(t, sampleAccounts())
	tr := transfer(1, 0, 10, 5)
	if _, err := ApplyTransfer(st, []FeeAccount{{}}, &tr); !errors.Is(err, ErrReservedIndex) {
		t.Error(err)
	}
	if diff := diffStates(memoryState(t, sampleAccounts()), st); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkApplyTransfer(b *testing.B) {
	st := memoryState(b, sampleAccounts())
	a, _, _ := st.Account(1)
	a.Balance = underLimit(1)
	if err := st.SetAccount(1, a); err != nil {
		b.Fatal(err)
	}
	tr, fees := transfer(1, 2, 5, 1), []FeeAccount{{Token: 0, Index: 2}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ApplyTransfer(st, fees, &tr); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthorize(b *testing.B) {
	st := memoryState(b, sampleAccounts())
	tr := transfer(1, 2, 5, 1)
	tr.Nonce = 3
	signed := mustSign(b, testKey("1"), testRollup, tr)
	b.ReportAllocs()
	for b.Loop() {
		if err := Authorize(st, testRollup, testBatch, &signed); err != nil {
			b.Fatal(err)
		}
	}
}
