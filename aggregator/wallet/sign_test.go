package wallet

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
	"github.com/quirezk/quire/protocol"
)

func units(n uint64) protocol.Amount { return *uint256.NewInt(n) }

// payment is a transfer that the world's wallet signs.
func payment(nonce uint64) protocol.Transfer {
	return protocol.Transfer{From: 7, To: 8, Amount: units(1000), Fee: units(50), Nonce: nonce, ValidUntil: 200}
}

func TestSign(t *testing.T) {
	w := newWorld(t)
	key := w.open(t)
	now := Signing{Final: 100}
	for _, transfer := range []protocol.Transfer{
		payment(0), payment(1), payment(5), // a gap is the mempool's affair
		{From: 7, To: 0, Amount: units(123456789012345678), Nonce: 6, ValidUntil: 101}, // a withdrawal, to the unit
		{From: 7, To: 7, Nonce: 7, ValidUntil: 100 + MaxValidity},
	} {
		signed, err := w.wallet.Sign(key, transfer, now)
		if err != nil {
			t.Fatalf("nonce %d: %v", transfer.Nonce, err)
		}
		if signed.Transfer != transfer {
			t.Errorf("nonce %d: another transfer was signed: %+v", transfer.Nonce, signed.Transfer)
		}
		if err := protocol.Verify(key.Public(), testRollup.ID(), &signed.Transfer, &signed.Signature); err != nil {
			t.Errorf("nonce %d: %v", transfer.Nonce, err)
		}
		again, err := w.wallet.Sign(key, transfer, now)
		if err != nil || again != signed {
			t.Errorf("nonce %d, again: another signature, error %v", transfer.Nonce, err)
		}
	}
	info, err := w.wallet.Rollup(w.id.Rollup)
	if err != nil {
		t.Fatal(err)
	}
	account, err := info.Account(7)
	if err != nil {
		t.Fatal(err)
	}
	if len(account.Signed) != 5 || account.NextNonce(0) != 8 || account.NextNonce(20) != 20 {
		t.Errorf("%d signed, next nonces %d and %d", len(account.Signed), account.NextNonce(0), account.NextNonce(20))
	}
}

func TestSignRefuses(t *testing.T) {
	w := newWorld(t)
	key := w.open(t)
	before := w.read(t)
	for name, test := range map[string]struct {
		change func(*protocol.Transfer)
		want   error
		says   []string
	}{
		"from 0":           {func(t *protocol.Transfer) { t.From = 0 }, protocol.ErrReservedIndex, []string{"sender"}},
		"a foreign sender": {func(t *protocol.Transfer) { t.From = 9 }, ErrUnknown, []string{"account 9", testRollup.Contract.Hex()}},
		"an amount that no code has": {func(t *protocol.Transfer) { t.Amount = units(1<<27 + 1) }, protocol.ErrAmountFormat,
			[]string{"nearest below is 134217727", "nearest above 134217730"}},
		"a fee that no code has":  {func(t *protocol.Transfer) { t.Fee = units(11) }, protocol.ErrFeeFormat, []string{"nearest below is 10", "nearest above 20"}},
		"a withdrawal of nothing": {func(t *protocol.Transfer) { t.To, t.Amount = 0, units(0) }, protocol.ErrZeroWithdrawal, nil},
		"an amount of 2^128": {func(t *protocol.Transfer) {
			t.To = 0
			t.Amount.Lsh(uint256.NewInt(1), 128)
		}, protocol.ErrWidth, nil},
		"nonce too wide":     {func(t *protocol.Transfer) { t.Nonce = protocol.MaxNonce + 1 }, protocol.ErrWidth, nil},
		"the blocking nonce": {func(t *protocol.Transfer) { t.Nonce = protocol.MaxNonce }, protocol.ErrNonceExhausted, nil},
		"expired":            {func(t *protocol.Transfer) { t.ValidUntil = 100 }, ErrValidity, []string{"batch 100 is final"}},
		"long expired":       {func(t *protocol.Transfer) { t.ValidUntil = 0 }, ErrValidity, nil},
		"valid for long":     {func(t *protocol.Transfer) { t.ValidUntil = 100 + MaxValidity + 1 }, ErrValidity, []string{"4097", "at most 4096"}},
		"valid for ever":     {func(t *protocol.Transfer) { t.ValidUntil = 1<<32 - 1 }, ErrValidity, nil},
	} {
		transfer := payment(0)
		test.change(&transfer)
		signed, err := w.wallet.Sign(key, transfer, Signing{Final: 100, Replace: true})
		wants(t, name, err, test.want, test.says...)
		if signed != (protocol.SignedTransfer{}) {
			t.Errorf("%s: a signature", name)
		}
	}
	if w.read(t) != before {
		t.Error("what was refused changed the file")
	}

	// Another of the wallet's keys is not the account's.
	second := KeyID{w.id.Rollup, 1}
	if _, err := w.wallet.DeriveKey(t.Context(), w.signer, second, w.secret, testKDF); err != nil {
		t.Fatal(err)
	}
	other, err := w.wallet.OpenKey(second, w.secret)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.wallet.Sign(other, payment(0), Signing{})
	wants(t, "the wallet's other key", err, ErrUnknown, "key number 1")
}

// TestOneTransferForEachNonce: the second message for a nonce is signed only if it
// replaces the first for a higher fee, or the first is dead.
func TestOneTransferForEachNonce(t *testing.T) {
	w := newWorld(t)
	key := w.open(t)
	first := payment(3)
	sign := func(transfer protocol.Transfer, o Signing) error {
		_, err := w.wallet.Sign(key, transfer, o)
		return err
	}
	if err := sign(first, Signing{Final: 100}); err != nil {
		t.Fatal(err)
	}
	// Each part of the message makes it another one.
	for name, change := range map[string]func(*protocol.Transfer){
		"to": func(t *protocol.Transfer) { t.To++ }, "amount": func(t *protocol.Transfer) { t.Amount = units(1001) },
		"fee": func(t *protocol.Transfer) { t.Fee = units(60) }, "validUntil": func(t *protocol.Transfer) { t.ValidUntil++ },
	} {
		other := first
		change(&other)
		wants(t, name, sign(other, Signing{Final: 199}), ErrNonceSigned, "1000 to 8 with fee 50, valid until batch 200")
	}
	other := first
	other.To = 9
	wants(t, "replacement for the same fee", sign(other, Signing{Final: 100, Replace: true}), ErrReplacementFee, "it was 50, and has to be 60 or more")
	other.Fee = units(60)
	if err := sign(other, Signing{Final: 100, Replace: true}); err != nil {
		t.Fatalf("replacement: %v", err)
	}
	wants(t, "the first again", sign(first, Signing{Final: 100}), ErrNonceSigned)
	wants(t, "the first again, as a replacement", sign(first, Signing{Final: 100, Replace: true}), ErrReplacementFee)

	// An answer is remembered, and is no part of the message.
	answered := func(want bool) {
		t.Helper()
		info, err := w.wallet.Rollup(w.id.Rollup)
		if err != nil || info.Accounts[0].Signed[0].Answered != want {
			t.Errorf("answered: %v, error %v", info.Accounts[0].Signed[0].Answered, err)
		}
	}
	answered(false)
	if err := w.wallet.Answered(w.id.Rollup, &first); err != nil { // late, for one that was replaced
		t.Fatal(err)
	}
	answered(false)
	if err := w.wallet.Answered(w.id.Rollup, &other); err != nil {
		t.Fatal(err)
	}
	answered(true)
	if err := sign(other, Signing{Final: 100}); err != nil {
		t.Errorf("the same again: %v", err)
	}
	answered(true)
	foreign := other
	foreign.From = 9
	wants(t, "answer for a foreign account", w.wallet.Answered(w.id.Rollup, &foreign), ErrUnknown)

	// Once batch 200 is final, no batch can carry either.
	third := first
	third.ValidUntil = 300
	if err := sign(third, Signing{Final: 200}); err != nil {
		t.Errorf("after the first has expired: %v", err)
	}
	answered(false)

	// What is settled is over, signed or not.
	if err := w.wallet.Settle(w.id.Rollup, 7, 5); err != nil {
		t.Fatal(err)
	}
	for nonce := range uint64(5) {
		wants(t, "settled", sign(payment(nonce), Signing{Final: 100, Replace: true}), ErrNonceUsed, "at nonce 5 or later")
	}
	if err := w.wallet.Settle(w.id.Rollup, 7, 2); err != nil { // an old proof
		t.Fatal(err)
	}
	wants(t, "settled before", sign(payment(4), Signing{Final: 100}), ErrNonceUsed)
	if err := sign(payment(5), Signing{Final: 100}); err != nil {
		t.Errorf("the next: %v", err)
	}
	wants(t, "settle a foreign account", w.wallet.Settle(w.id.Rollup, 9, 1), ErrUnknown)
}

// TestSignIsWrittenFirst: when a signature is there, the memory of it is on the disk,
// and another process has it.
func TestSignIsWrittenFirst(t *testing.T) {
	w := newWorld(t)
	key := w.open(t)
	stale, err := w.dir.Open(w.wallet.Address()) // from before
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.wallet.Sign(key, payment(0), Signing{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.read(t), `"nonce": 0`) {
		t.Error("the file does not have it")
	}
	other := payment(0)
	other.To = 9
	_, err = stale.Sign(key, other, Signing{})
	wants(t, "a second process", err, ErrNonceSigned)
}

// TestUnsettledIsBounded: the file does not grow without end.
func TestUnsettledIsBounded(t *testing.T) {
	a := accountEntry{Index: 7}
	for nonce := range uint64(MaxUnsettled) {
		transfer := payment(nonce)
		if err := a.record(&transfer, Signing{}); err != nil {
			t.Fatal(err)
		}
	}
	transfer := payment(MaxUnsettled)
	if err := a.record(&transfer, Signing{}); err == nil || !strings.Contains(err.Error(), "wait until some of them are") {
		t.Errorf("one more: error %v", err)
	}
	transfer = payment(0)
	if err := a.record(&transfer, Signing{}); err != nil {
		t.Errorf("one of them again: %v", err)
	}
}

// TestRecordHistories plays random histories against a model that remembers every
// message that was ever signed.
func TestRecordHistories(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 4))
		a := accountEntry{Index: 7, Signed: []signedEntry{}}
		newest := make(map[uint64]protocol.Transfer)
		settled, final := uint64(0), uint32(10)
		for step := range 200 {
			switch random.IntN(12) {
			case 0:
				final += uint32(random.IntN(4))
				continue
			case 1:
				settled += uint64(random.IntN(3))
				a.Settled = settled
				a.Signed = slices.DeleteFunc(a.Signed, func(s signedEntry) bool { return s.Nonce < settled })
				continue
			}
			transfer := protocol.Transfer{
				From: 7, To: protocol.Index(1 + random.IntN(3)), Amount: units(uint64(random.IntN(3))), Fee: units(uint64(10 * random.IntN(4))),
				Nonce: settled + uint64(random.IntN(6)) - uint64(random.IntN(2))*min(settled, 1), ValidUntil: final + 1 + uint32(random.IntN(5)),
			}
			replace := random.IntN(2) == 0
			before, known := newest[transfer.Nonce]
			least := MinReplacementFee(before.Fee)
			may := transfer.Nonce >= settled && (!known || before == transfer || before.ValidUntil <= final ||
				replace && !transfer.Fee.Lt(&least))
			err := a.record(&transfer, Signing{Final: final, Replace: replace})
			if (err == nil) != may {
				t.Fatalf("seed %d, step %d: %+v after %+v, final %d, settled %d, replace %v: error %v", seed, step, transfer, before, final, settled, replace, err)
			}
			if may {
				newest[transfer.Nonce] = transfer
			}
			if err := a.validate(); err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, step, err)
			}
		}
	}
}

func TestMinReplacementFee(t *testing.T) {
	for before, want := range map[uint64]uint64{0: 1, 1: 2, 5: 6, 7: 10, 10: 20, 50: 60, 70: 100, 600: 700, 70000: 100000} {
		if got := MinReplacementFee(units(before)); got != units(want) {
			t.Errorf("after %d: %s, want %d", before, got.Dec(), want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		before := protocol.DecodeFee(protocol.FeeCode(rapid.Uint8().Draw(t, "code")))
		got := MinReplacementFee(before)
		if !got.Gt(&before) {
			t.Fatalf("after %s: %s", before.Dec(), got.Dec())
		}
		if _, err := protocol.EncodeFee(&got); (err != nil) != (before == protocol.DecodeFee(0xff)) {
			t.Fatalf("after %s: %s, error %v", before.Dec(), got.Dec(), err)
		}
	})
}

func TestParseAmount(t *testing.T) {
	largest := "340282366920938463463374607431768211455"
	for _, s := range []string{"0", "1", "10", "1000000000000000000", largest} {
		if x, err := ParseAmount(s); err != nil || x.Dec() != s {
			t.Errorf("%s: %s, error %v", s, x.Dec(), err)
		}
	}
	for s, says := range map[string]string{
		"": "decimal digits", "-1": "decimal digits", "+1": "decimal digits", "1.5": "smallest unit", "1e18": "decimal digits", "0x10": "decimal digits",
		" 1": "decimal digits", "1 ": "decimal digits", "1,000": "decimal digits", "007": "begins with 0", "٣": "decimal digits",
		"340282366920938463463374607431768211456": "2^128 or more", strings.Repeat("9", 5000): "2^128 or more",
	} {
		_, err := ParseAmount(s)
		if err == nil || !strings.Contains(err.Error(), says) || len(err.Error()) > 300 {
			t.Errorf("%.60q: error %v does not say %q", s, err, says)
		}
	}
}
