package protocol

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
)

// The random histories below run over few indices, owners, tokens and keys, so
// that operations meet: collectors that send, deposits to what was just opened,
// forced exits by the wrong owner.
func drawIndex(t *rapid.T, name string) Index { return Index(rapid.Uint32Range(0, 8).Draw(t, name)) }
func drawToken(t *rapid.T) Token              { return Token(rapid.Uint32Range(0, 1).Draw(t, "token")) }
func drawOwner(t *rapid.T) Owner              { return Owner{byte(rapid.IntRange(1, 2).Draw(t, "owner"))} }
func drawKey(t *rapid.T) PublicKey            { return propKeys[rapid.IntRange(0, 1).Draw(t, "key")] }

var propKeys = [2]PublicKey{testKey("0").Public(), testKey("1").Public()}

// drawAmount draws amounts that can be published, small ones mostly.
func drawAmount(t *rapid.T, name string) Amount {
	code := AmountCode(rapid.Uint32Range(0, 6).Draw(t, name) << ExponentBits)
	if rapid.IntRange(0, 9).Draw(t, name+" is large") == 0 {
		code = AmountCode(rapid.Uint32().Draw(t, name+" code"))
	}
	return DecodeAmount(code)
}

func drawState(t *rapid.T) *MemoryState {
	m := NewMemoryState()
	for range rapid.IntRange(0, 8).Draw(t, "accounts") {
		a := Account{Key: drawKey(t), Owner: drawOwner(t), Token: drawToken(t), Balance: drawAmount(t, "balance")}
		a.Nonce = rapid.SampledFrom([]uint64{0, 1, MaxNonce - 1, MaxNonce}).Draw(t, "nonce")
		if a.Balance.BitLen() > BalanceBits {
			a.Balance = underLimit(1)
		}
		_ = m.SetAccount(drawIndex(t, "index"), a) // index 0 is refused
	}
	return m
}

// drawOperations draws a batch of operations of which many are not valid.
func drawOperations(t *rapid.T) *Batch {
	b := &Batch{RollupID: testRollup, Number: testBatch}
	for token := range Token(2) {
		if rapid.IntRange(0, 4).Draw(t, "collects") > 0 {
			b.FeeAccounts = append(b.FeeAccounts, FeeAccount{token, Index(rapid.Uint32Range(1, 8).Draw(t, "collector"))})
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "openings") {
		b.Openings = append(b.Openings, Opening{drawIndex(t, "opening"), drawKey(t), drawOwner(t), drawToken(t)})
	}
	for range rapid.IntRange(0, 3).Draw(t, "deposits") {
		b.Deposits = append(b.Deposits, CreditedDeposit{
			Deposit{drawKey(t), drawOwner(t), drawToken(t), drawAmount(t, "deposit")},
			drawIndex(t, "credited"), rapid.Bool().Draw(t, "opened"),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "forced exits") {
		b.ForcedExits = append(b.ForcedExits, ForcedExit{drawIndex(t, "exiting"), drawOwner(t)})
	}
	for range rapid.IntRange(0, 12).Draw(t, "transfers") {
		tr := Transfer{From: drawIndex(t, "from"), To: drawIndex(t, "to"), Amount: drawAmount(t, "amount")}
		tr.Fee = DecodeFee(FeeCode(rapid.Uint8Range(0, 3).Draw(t, "fee") << ExponentBits))
		b.Transfers = append(b.Transfers, SignedTransfer{Transfer: tr})
	}
	return b
}

// withoutInvalid leaves out what Apply rejects, one operation after another,
// checking each time that a rejected batch changes nothing.
func withoutInvalid(t *rapid.T, st *MemoryState, b *Batch) {
	for {
		tried := st.Clone()
		_, err := Apply(tried, b)
		if err == nil {
			return
		}
		var op *OpError
		var why Rejection
		if !errors.As(err, &op) || !errors.As(err, &why) {
			t.Fatalf("not the rejection of an operation: %v", err)
		}
		if diff := diffStates(st, tried); diff != "" {
			t.Fatalf("written although %v:\n%s", err, diff)
		}
		switch i := op.Index; op.Section {
		case SectionOpening:
			b.Openings = append(b.Openings[:i:i], b.Openings[i+1:]...)
		case SectionDeposit:
			b.Deposits = append(b.Deposits[:i:i], b.Deposits[i+1:]...)
		case SectionForcedExit:
			b.ForcedExits = append(b.ForcedExits[:i:i], b.ForcedExits[i+1:]...)
		case SectionTransfer:
			b.Transfers = append(b.Transfers[:i:i], b.Transfers[i+1:]...)
		default:
			t.Fatal(err)
		}
	}
}

// totals sums what is held and what left, by token.
func totals(m *MemoryState, exits []Exit) map[Token]string {
	sums := map[Token]*big.Int{0: new(big.Int), 1: new(big.Int)}
	for _, a := range m.All() {
		sums[a.Token].Add(sums[a.Token], a.Balance.ToBig())
	}
	for _, e := range exits {
		sums[e.Token].Add(sums[e.Token], e.Amount.ToBig())
	}
	return map[Token]string{0: sums[0].String(), 1: sums[1].String()}
}

func TestBatchProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st, b := drawState(t), drawOperations(t)
		withoutInvalid(t, st, b)
		after := st.Clone()
		exits, err := Apply(after, b)
		if err != nil {
			t.Fatal(err)
		}

		// Of every token, what was there and what was deposited is there still or left.
		var deposited []Exit // an exit backwards
		for _, d := range b.Deposits {
			deposited = append(deposited, Exit{Token: d.Token, Amount: d.Amount})
		}
		if diff := cmp.Diff(totals(st, deposited), totals(after, exits)); diff != "" {
			t.Errorf("tokens are not conserved:\n%s", diff)
		}

		// Nothing in an account changes but balance and nonce, and the nonce by
		// the transfers it sends; nobody but a sender or an exiting owner loses.
		sent, leaves := make(map[Index]uint64), make(map[Index]bool)
		for _, tr := range b.Transfers {
			sent[tr.From]++
		}
		for _, f := range b.ForcedExits {
			leaves[f.Index] = true
		}
		for i, old := range st.All() {
			now, ok, _ := after.Account(i)
			if !ok || now.Key != old.Key || now.Owner != old.Owner || now.Token != old.Token {
				t.Errorf("account %d became another: %+v, %+v", i, old, now)
			}
			if now.Nonce != old.Nonce+sent[i] {
				t.Errorf("account %d: nonce %d after %d transfers, was %d", i, now.Nonce, sent[i], old.Nonce)
			}
			if now.Balance.Lt(&old.Balance) && sent[i] == 0 && !leaves[i] {
				t.Errorf("account %d lost without its doing", i)
			}
		}
		for i, a := range after.All() {
			if err := a.Validate(); err != nil {
				t.Errorf("account %d: %v", i, err)
			}
		}

		// Operation by operation gives the same.
		stepwise := st.Clone()
		if diff := cmp.Diff(exits, applyStepwise(t, stepwise, b)); diff != "" {
			t.Errorf("exits one by one: %s", diff)
		}
		if diff := diffStates(after, stepwise); diff != "" {
			t.Errorf("one by one: %s", diff)
		}

		// Published, encoded, decoded and replayed, it gives the same.
		p, err := NewPublished(b, testElement("old"), testElement("new"), exits)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParsePublished(p.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		replayed := st.Clone()
		if err := back.Replay(replayed, b.RollupID, b.Number); err != nil {
			t.Fatal(err)
		}
		if diff := diffStates(after, replayed); diff != "" {
			t.Errorf("replayed: %s", diff)
		}
	})
}

func applyStepwise(t *rapid.T, st State, b *Batch) (exits []Exit) {
	check := func(e *Exit, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if e != nil {
			exits = append(exits, *e)
		}
	}
	for i := range b.Openings {
		check(nil, ApplyOpening(st, &b.Openings[i]))
	}
	for i := range b.Deposits {
		check(nil, ApplyDeposit(st, &b.Deposits[i]))
	}
	for i := range b.ForcedExits {
		check(ApplyForcedExit(st, &b.ForcedExits[i]))
	}
	for i := range b.Transfers {
		check(ApplyTransfer(st, b.FeeAccounts, &b.Transfers[i].Transfer))
	}
	return exits
}

// A layer-1 forced exit is never a reason to reject a batch.
func TestForcedExitsAlwaysApply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := drawState(t)
		f := ForcedExit{Index: Index(rapid.Uint32Range(1, 8).Draw(t, "index")), Sender: drawOwner(t)}
		before, exists, _ := st.Account(f.Index)
		exit, err := ApplyForcedExit(st, &f)
		if err != nil {
			t.Fatal(err)
		}
		if pays := exists && before.Owner == f.Sender && !before.Balance.IsZero(); (exit != nil) != pays {
			t.Errorf("%s: exit %v", fmt.Sprintf("%+v", before), exit)
		}
	})
}
