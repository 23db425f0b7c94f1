package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

func signed(t testing.TB) protocol.SignedTransfer {
	t.Helper()
	key := protocol.NewPrivateKey([protocol.SeedSize]byte{1})
	transfer := protocol.Transfer{From: 7, To: 9, Nonce: 3, ValidUntil: 100}
	transfer.Amount.SetUint64(1500)
	transfer.Fee.SetUint64(2)
	s, err := key.SignTransfer(fr.NewElement(5), transfer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestScalars: what is written is read again, and each form has neighbours that
// are refused.
func TestScalars(t *testing.T) {
	signature := strings.Repeat("ab", 64)
	for _, c := range []struct {
		into    scalar
		written string
		also    []string // read as the same
		refused []string
	}{
		{new(Amount), "340282366920938463463374607431768211455", nil,
			[]string{"", "340282366920938463463374607431768211456", "01", "-1", "+1", "0x1", "1.0", "1e3", " 1", strings.Repeat("9", 60)}},
		{new(Amount), "0", nil, []string{"00", "٣"}},
		{new(Address), "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", []string{"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED"},
			[]string{"", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg"}},
		{new(Hash), "0x" + strings.Repeat("0f", 32), []string{"0x" + strings.Repeat("0F", 32)}, []string{"0x" + strings.Repeat("0f", 31), "0x" + strings.Repeat("0f", 33)}},
		{new(Element), "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000", []string{"0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000000"},
			[]string{"0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001", "0x" + strings.Repeat("f", 64), "0x1"}},
		{new(Signature), "0x" + signature, []string{"0x" + strings.ToUpper(signature)}, []string{"0x" + signature[2:], signature}},
		{new(RecoverableSignature), "0x" + signature + "1b", nil, []string{"0x" + signature}},
		{new(State), "finalized", nil, []string{"", "Finalized", "latest"}},
	} {
		for _, text := range append([]string{c.written}, c.also...) {
			if err := c.into.UnmarshalText([]byte(text)); err != nil {
				t.Errorf("%T %q: %v", c.into, text, err)
				continue
			}
			again, err := json.Marshal(c.into)
			if want := fmt.Sprintf("%q", c.written); err != nil || string(again) != want {
				t.Errorf("%T %q: written as %s (%v), want %s", c.into, text, again, err, want)
			}
		}
		for _, text := range c.refused {
			before := reflect.ValueOf(c.into).Elem().Interface()
			if err := c.into.UnmarshalText([]byte(text)); !errors.Is(err, errForm) {
				t.Errorf("%T %q: error %v, want errForm", c.into, text, err)
			}
			if after := reflect.ValueOf(c.into).Elem().Interface(); after != before {
				t.Errorf("%T %q: was refused and read", c.into, text)
			}
		}
	}
}

// TestTransferRoundTrip: any transfer that is signed comes back as it was.
func TestTransferRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := protocol.NewPrivateKey([protocol.SeedSize]byte{byte(rapid.IntRange(0, 255).Draw(t, "key"))})
		var transfer protocol.Transfer
		transfer.From = protocol.Index(rapid.Uint32().Draw(t, "from"))
		transfer.To = protocol.Index(rapid.Uint32().Draw(t, "to"))
		transfer.Nonce = rapid.Uint64Max(protocol.MaxNonce).Draw(t, "nonce")
		transfer.ValidUntil = rapid.Uint32().Draw(t, "validUntil")
		transfer.Amount[0], transfer.Amount[1] = rapid.Uint64().Draw(t, "low"), rapid.Uint64().Draw(t, "high")
		transfer.Fee[0] = rapid.Uint64().Draw(t, "fee")
		want, err := key.SignTransfer(fr.NewElement(5), transfer)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(NewSignedTransfer(&want))
		if err != nil {
			t.Fatal(err)
		}
		var read SignedTransfer
		if err := Decode(text, &read); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := read.Signed()
		if err != nil || got != want {
			t.Fatalf("%s: read as %v (%v), want %v", text, got, err, want)
		}
	})
}

// TestDecodeRefuses: every fault is found, and the error names the field and what
// was expected.
func TestDecodeRefuses(t *testing.T) {
	s := signed(t)
	text, err := json.Marshal(NewSignedTransfer(&s))
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s has no %s", good, old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"unknown":      {replace(`"from":7`, `"from":7,"gas":1`), `unknown field "gas", expected "from", "to"`},
		"case":         {replace(`"from"`, `"From"`), `unknown field "From"`},
		"missing":      {replace(`"from":7,`, ``), `field "from" is missing`},
		"twice":        {replace(`"from":7`, `"from":7,"from":7`), `field "from" is given twice`},
		"null":         {replace(`"from":7`, `"from":null`), `from: expected an integer from 0 to 2^32−1, found null`},
		"string":       {replace(`"from":7`, `"from":"7"`), `from: expected an integer from 0 to 2^32−1, found "7"`},
		"negative":     {replace(`"from":7`, `"from":-7`), `from: expected an integer`},
		"fraction":     {replace(`"from":7`, `"from":7.0`), `from: expected an integer`},
		"exponent":     {replace(`"from":7`, `"from":7e0`), `from: expected an integer`},
		"wide index":   {replace(`"from":7`, `"from":4294967296`), `from: expected an integer`},
		"wide nonce":   {replace(`"nonce":3`, `"nonce":1099511627776`), `nonce: expected an integer from 0 to 2^40−1, found 1099511627776`},
		"number":       {replace(`"amount":"1500"`, `"amount":1500`), `amount: expected a string of decimal digits`},
		"wide amount":  {replace(`"amount":"1500"`, `"amount":"340282366920938463463374607431768211456"`), `amount: expected a string`},
		"object":       {replace(`"amount":"1500"`, `"amount":{"a":1}`), `amount: expected a string of decimal digits, without leading zeros, below 2^128, found {`},
		"list":         {`[]`, `expected an object, found [`},
		"text":         {`"` + strings.Repeat("x", 1000) + `"`, `expected an object, found "xxx`},
		"nothing":      {``, `the value ends too early`},
		"cut":          {good[:len(good)-1], `the value ends too early`},
		"more":         {good + `{}`, `expected the end, found more data`},
		"more garbage": {good + `]`, `expected the end, found more data`},
		"not JSON":     {`{"from":7,}`, `not JSON`},
	} {
		var into SignedTransfer
		err := Decode([]byte(c.text), &into)
		var field *FieldError
		if !errors.As(err, &field) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %q, want one with %q", name, err, c.want)
		} else if len(err.Error()) > 600 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
	var into SignedTransfer
	if err := Decode([]byte(" "+good+"\n"), &into); err != nil {
		t.Errorf("%s: %v", good, err)
	}
}

// TestDecodeNested: paths lead through lists and optional fields.
func TestDecodeNested(t *testing.T) {
	type inner struct {
		X uint64 `json:"x"`
	}
	type outer struct {
		List []inner         `json:"list"`
		At   *protocol.Index `json:"at,omitempty"`
		N    int             `json:"n,omitempty"`
	}
	var got outer
	if err := Decode([]byte(`{"list":[{"x":18446744073709551615},{"x":0}],"at":4}`), &got); err != nil {
		t.Fatal(err)
	}
	four := protocol.Index(4)
	if diff := cmp.Diff(outer{List: []inner{{1<<64 - 1}, {0}}, At: &four}, got); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		`{"list":[{"x":1},{"x":"1"}]}`:          `list[1].x: expected an integer`,
		`{"list":[{"x":1},{}]}`:                 `list[1]: field "x" is missing`,
		`{"list":{}}`:                           `list: expected a list, found {`,
		`{"list":[],"at":null}`:                 `at: expected an integer`,
		`{"list":[],"n":-1}`:                    `n: expected an integer from 0 to 2^31−1`,
		`{"list":[],"n":2147483648}`:            `n: expected an integer`,
		`{}`:                                    `field "list" is missing`,
		`{"list":[{"x":18446744073709551616}]}`: `list[0].x: expected an integer`,
	} {
		if err := Decode([]byte(text), new(outer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}

// TestSignedRefuses: a signature that no signer writes is said to be one.
func TestSignedRefuses(t *testing.T) {
	s := signed(t)
	for name, spoil := range map[string]func(*Signature){
		"R off the curve": func(sig *Signature) { copy(sig[:32], make([]byte, 32)); sig[0] = 2 },
		"S above the order": func(sig *Signature) {
			for i := 32; i < 64; i++ {
				sig[i] = 0xff
			}
		},
	} {
		w := NewSignedTransfer(&s)
		spoil(&w.Signature)
		if _, err := w.Signed(); !errors.Is(err, ErrBadSignature) || !strings.HasPrefix(err.Error(), "signature: ") {
			t.Errorf("%s: error %v, want ErrBadSignature", name, err)
		}
	}
}

// TestKinds: codes, names and actions are there, and none is used twice; all of
// the protocol's rejections have a code.
func TestKinds(t *testing.T) {
	codes, names := make(map[Code]bool), make(map[string]bool)
	for _, k := range Kinds() {
		if codes[k.Err.Code] || names[k.Name] {
			t.Errorf("code %d or name %q is used twice", k.Err.Code, k.Name)
		}
		codes[k.Err.Code], names[k.Name] = true, true
		if k.Name == "" || k.Action == "" || !strings.HasSuffix(k.Err.Message, k.Action) || k.Err.Data.Name != k.Name {
			t.Errorf("code %d has no name, or does not say what to do", k.Err.Code)
		}
		if k.Err.Code > -32000 || k.Err.Code < -32768 {
			t.Errorf("code %d is not one that JSON-RPC leaves to servers", k.Err.Code)
		}
	}
	for r, want := range map[protocol.Rejection]*Error{
		protocol.ErrWidth:               ErrWidth,
		protocol.ErrReservedIndex:       ErrReservedIndex,
		protocol.ErrAccountAbsent:       ErrAccountAbsent,
		protocol.ErrAccountExists:       ErrRejected,
		protocol.ErrTokenMismatch:       ErrTokenMismatch,
		protocol.ErrOwnerOrKeyMismatch:  ErrRejected,
		protocol.ErrOpenedFlag:          ErrRejected,
		protocol.ErrInsufficientBalance: ErrBalanceTooLow,
		protocol.ErrBalanceOverflow:     ErrBalanceOverflow,
		protocol.ErrZeroWithdrawal:      ErrZeroWithdrawal,
		protocol.ErrNonceMismatch:       ErrNonceMismatch,
		protocol.ErrNonceExhausted:      ErrNonceExhausted,
		protocol.ErrExpired:             ErrExpired,
		protocol.ErrBadSignature:        ErrBadSignature,
		protocol.ErrAmountFormat:        ErrAmountFormat,
		protocol.ErrFeeFormat:           ErrFeeFormat,
		protocol.ErrNoFeeAccount:        ErrNoFeeAccount,
		protocol.ErrFeeTable:            ErrRejected,
		protocol.ErrBatchNumber:         ErrRejected,
		protocol.ErrExitMismatch:        ErrRejected,
	} {
		got := OfRejection(r)
		if got != want {
			t.Errorf("%q has code %d, want %d", r, got.Code, want.Code)
		}
		if want != ErrRejected && !errors.Is(want, r) {
			t.Errorf("code %d is not found to be %q", want.Code, r)
		}
	}
	if errors.Is(ErrRejected, protocol.ErrFeeTable) {
		t.Error("ErrRejected is found to be one of the several rejections that it stands for")
	}
}

// TestErrorTravels: an error that came as JSON is the sentinel that it was, and no
// other.
func TestErrorTravels(t *testing.T) {
	text, err := json.Marshal(ErrBusy.With("%d batches wait", 64).After(1500 * time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"code":-32020,"message":"64 batches wait: wait retryAfterMs, then send the same again","data":{"name":"busy","action":"wait retryAfterMs, then send the same again","retryAfterMs":1500}}`
	if string(text) != want {
		t.Errorf("written as %s, want %s", text, want)
	}
	var got *Error
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	wrapped := fmt.Errorf("send: %w", got)
	if !errors.Is(wrapped, ErrBusy) || errors.Is(wrapped, ErrPoolFull) || got.RetryAfter() != 1500*time.Millisecond {
		t.Errorf("%v is not the busy error that was sent", wrapped)
	}
	if ErrBusy.RetryAfter() != 0 || strings.Contains(ErrBusy.Message, "64") {
		t.Error("the sentinel was changed")
	}
}

// TestProofVerify: a proof of the state tree holds after its way through JSON, and
// nothing in it can be changed.
func TestProofVerify(t *testing.T) {
	rollupID, batch := fr.NewElement(77), uint32(1)
	tree := statetree.OpenMemory()
	account := protocol.Account{Key: protocol.NewPrivateKey([protocol.SeedSize]byte{2}).Public(), Owner: protocol.Owner{3}, Token: 1, Nonce: 4}
	account.Balance.SetUint64(1000)
	other := account
	other.Nonce++
	updates := []statetree.Update{{Index: 6, Account: other}, {Index: 7, Account: account}, {Index: 1 << 20, Account: account}}
	if _, err := tree.Apply(t.Context(), batch, updates, nil); err != nil {
		t.Fatal(err)
	}
	snapshot, err := tree.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	commitment := protocol.Commitment(snapshot.Root(), rollupID, batch)

	for _, index := range []protocol.Index{7, 5, 1 << 31} {
		proof, err := snapshot.Prove(index)
		if err != nil {
			t.Fatal(err)
		}
		made := AccountProof{State: Finalized, Batch: batch, Commitment: Element(commitment), Root: Element(snapshot.Root()), Index: index, Exists: proof.Included(), Leaf: Element(proof.Leaf)}
		if proof.Included() {
			made.Account = &OwnedAccount{Index: index, Key: NewKey(account.Key), Owner: Address(account.Owner), Token: 1, Nonce: 4, Balance: Amount(account.Balance)}
		}
		for level := range proof.Siblings {
			for i, s := range proof.Siblings[level] {
				made.Siblings[level][i] = Element(s)
			}
		}
		text, err := json.Marshal(&made)
		if err != nil {
			t.Fatal(err)
		}
		read := func() *AccountProof {
			p := new(AccountProof)
			if err := json.Unmarshal(text, p); err != nil {
				t.Fatal(err)
			}
			return p
		}
		if err := read().Verify(rollupID, commitment); err != nil {
			t.Errorf("account %d: %v", index, err)
		}
		one := fr.One()
		for name, spoil := range map[string]func(*AccountProof){
			"index": func(p *AccountProof) { // 6 is there, and another
				p.Index = 6
				if p.Account != nil {
					p.Account.Index = 6
				}
			},
			"batch":   func(p *AccountProof) { p.Batch++ },
			"root":    func(p *AccountProof) { p.Root = Element(one) },
			"leaf":    func(p *AccountProof) { p.Leaf = Element(one) },
			"sibling": func(p *AccountProof) { p.Siblings[15][1] = Element(one) },
			"high":    func(p *AccountProof) { p.Siblings[0][2] = Element(one) },
			"exists":  func(p *AccountProof) { p.Exists = !p.Exists },
			"account": func(p *AccountProof) {
				if p.Account == nil {
					p.Exists, p.Account = true, &OwnedAccount{Index: p.Index}
				} else {
					p.Account.Nonce++
				}
			},
			"other account": func(p *AccountProof) {
				if p.Account == nil {
					p.Exists, p.Account = true, &OwnedAccount{Index: p.Index}
				} else {
					p.Account.Index++
				}
			},
			"wide": func(p *AccountProof) {
				if p.Account == nil {
					p.Exists, p.Account = true, &OwnedAccount{Index: p.Index}
				}
				p.Account.Nonce = protocol.MaxNonce + 1
			},
		} {
			p := read()
			spoil(p)
			if err := p.Verify(rollupID, commitment); !errors.Is(err, ErrProof) {
				t.Errorf("account %d, other %s: error %v, want ErrProof", index, name, err)
			}
		}
		if err := read().Verify(fr.NewElement(78), commitment); !errors.Is(err, ErrProof) {
			t.Errorf("account %d, other rollup: error %v, want ErrProof", index, err)
		}
		if err := read().Verify(rollupID, one); !errors.Is(err, ErrProof) {
			t.Errorf("account %d, other commitment: error %v, want ErrProof", index, err)
		}
	}
}
