package files

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/protocol"
)

func element(name string) (e fr.Element) {
	h := sha256.Sum256([]byte(name))
	e.SetBytes(h[:])
	return e
}

func amount(s string) protocol.Amount { return *uint256.MustFromDecimal(s) }

var (
	alice   = protocol.NewPrivateKey(sha256.Sum256([]byte("alice")))
	offLine = protocol.PublicKey{X: element("x"), Y: element("y")} // not on the curve, which states may hold
)

func sampleState(t testing.TB) *State {
	s := &State{RollupID: element("rollup"), BatchNumber: 12, Accounts: protocol.NewMemoryState()}
	for i, a := range map[protocol.Index]protocol.Account{
		1: {Key: alice.Public(), Owner: protocol.Owner{1, 2, 3}, Nonce: protocol.MaxNonce, Balance: amount("340282366920938463463374607431768211455")},
		9: {Key: offLine, Owner: protocol.Owner{19: 0xff}, Token: 1<<32 - 1},
	} {
		if err := s.Accounts.SetAccount(i, a); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func sampleTransfers(t testing.TB) *Transfers {
	out := &Transfers{RollupID: element("rollup"), FeeAccounts: []protocol.FeeAccount{{Token: 0, Index: 3}, {Token: 7, Index: 1 << 31}}}
	for i, tr := range []protocol.Transfer{
		{From: 1, To: 9, Amount: amount("1000000000000"), Fee: amount("50"), Nonce: 3, ValidUntil: 100},
		{From: 1, Amount: amount("12345678901234567890"), Nonce: 4, ValidUntil: 1<<32 - 1},
	} {
		signed, err := alice.SignTransfer(out.RollupID, tr)
		if err != nil {
			t.Fatal(i, err)
		}
		out.Transfers = append(out.Transfers, signed)
	}
	return out
}

func sampleBatch(t testing.TB) *protocol.Batch {
	transfers := sampleTransfers(t)
	deposit := protocol.Deposit{Key: alice.Public(), Owner: protocol.Owner{5}, Token: 7, Amount: amount("99")}
	return &protocol.Batch{
		RollupID: transfers.RollupID, Number: 4,
		Openings:    []protocol.Opening{{Index: 70, Key: offLine, Owner: protocol.Owner{4}, Token: 1}},
		Deposits:    []protocol.CreditedDeposit{{Deposit: deposit, Index: 71, Opened: true}, {Deposit: deposit, Index: 71}},
		ForcedExits: []protocol.ForcedExit{{Index: 5, Sender: protocol.Owner{8}}},
		FeeAccounts: transfers.FeeAccounts, Transfers: transfers.Transfers,
	}
}

func written[T any](t testing.TB, write func(io.Writer, T) error, v T) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func roundTrip[T any](t *testing.T, write func(io.Writer, T) error, read func(io.Reader) (T, error), v T) {
	t.Helper()
	text := written(t, write, v)
	back, err := read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff(v, back, cmp.AllowUnexported(protocol.MemoryState{})); diff != "" {
		t.Errorf("read back (-written +read):\n%s", diff)
	}
	if again := written(t, write, back); again != text {
		t.Error("written again, the file differs")
	}
}

func TestRoundTrip(t *testing.T) {
	t.Run("state", func(t *testing.T) { roundTrip(t, WriteState, ReadState, sampleState(t)) })
	t.Run("empty state", func(t *testing.T) {
		roundTrip(t, WriteState, ReadState, &State{Accounts: protocol.NewMemoryState()})
	})
	t.Run("transfers", func(t *testing.T) { roundTrip(t, WriteTransfers, ReadTransfers, sampleTransfers(t)) })
	t.Run("no transfers", func(t *testing.T) { roundTrip(t, WriteTransfers, ReadTransfers, &Transfers{}) })
	t.Run("batch", func(t *testing.T) { roundTrip(t, WriteBatch, ReadBatch, sampleBatch(t)) })
	t.Run("empty batch", func(t *testing.T) { roundTrip(t, WriteBatch, ReadBatch, &protocol.Batch{}) })
}

func TestStateErrors(t *testing.T) {
	good := written(t, WriteState, sampleState(t))
	if _, err := ReadState(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	modulus := "0x" + fr.Modulus().Text(16)
	key := FormatElement(alice.Public().X)
	secondAccount := good[strings.LastIndex(good, "    {\"index\":9"):strings.LastIndex(good, "\n  ]")]
	for _, c := range []struct {
		name, old, new string
		want           string // in the error
	}{
		{"empty file", good, "", "line 1, column 1: the file ends too early"},
		{"cut off", good[strings.Index(good, `"token"`):], "", "line 6, column 223: accounts[0]: the file ends too early"},
		{"cut off at the end", "\n}\n", "", "the file ends too early"},
		{"not JSON", `"rollupID":`, `rollupID:`, "line 3, column 3: not JSON"},
		{"a list", good, "[]", "expected an object, found ["},
		{"trailing data", "\n}\n", "\n}\n{}", "line 10, column 1: expected the end of the file"},
		{"trailing comma", "\n  ]", ",\n  ]", "line 8, column 3: accounts[2]: "},
		{"unknown field", `"batchNumber"`, `"batchnumber"`, `line 4, column 3: unknown field "batchnumber", expected "format", "rollupID"`},
		{"unknown field within", `"owner"`, `"Owner"`, `accounts[0]: unknown field "Owner"`},
		{"field twice", `"nonce":0`, `"nonce":0,"nonce":0`, `line 7, column`},
		{"field missing", `,"nonce":0`, ``, `line 7, column 5: accounts[1]: field "nonce" is missing`},
		{"another format", StateFormat, "quire/state/2", `line 2, column 13: format: expected "quire/state/1", found "quire/state/2"`},
		{"format is a number", `"` + StateFormat + `"`, "1", `format: expected "quire/state/1", found 1`},
		{"batch number too large", `: 12,`, `: 4294967296,`, "batchNumber: expected an integer from 0 to 2^32−1, found 4294967296"},
		{"batch number negative", `: 12,`, `: -1,`, "batchNumber: expected an integer"},
		{"batch number fractional", `: 12,`, `: 12.0,`, "batchNumber: expected an integer"},
		{"batch number with exponent", `: 12,`, `: 12e0,`, "batchNumber: expected an integer"},
		{"batch number null", `: 12,`, `: null,`, "found null"},
		{"batch number true", `: 12,`, `: true,`, "found true"},
		{"index 0", `"index":9`, `"index":0`, "line 7, column 5: accounts[1]: account index 0 is reserved"},
		{"index twice", `"index":9`, `"index":1`, "line 7, column 5: accounts[1]: account 1 is given twice"},
		{"index too large", `"index":9`, `"index":4294967296`, "accounts[1].index: expected an integer from 0 to 2^32−1"},
		{"token too large", `"token":4294967295`, `"token":4294967296`, "accounts[1].token"},
		{"nonce too large", `"nonce":1099511627775`, `"nonce":1099511627776`, "accounts[0].nonce: expected an integer from 0 to 2^40−1"},
		{"balance too large", "340282366920938463463374607431768211455", "340282366920938463463374607431768211456", "accounts[0].balance: expected a string of decimal digits"},
		{"balance a number", `"balance":"0"`, `"balance":0`, "accounts[1].balance: expected a string"},
		{"balance with leading zero", `"balance":"0"`, `"balance":"00"`, "accounts[1].balance"},
		{"balance empty", `"balance":"0"`, `"balance":""`, "accounts[1].balance"},
		{"balance signed", `"balance":"0"`, `"balance":"+1"`, "accounts[1].balance"},
		{"balance hexadecimal", `"balance":"0"`, `"balance":"0x1"`, "accounts[1].balance"},
		{"element not reduced", key, modulus, "accounts[0].key.x: expected a field element"},
		{"element in upper case", key, "0x" + strings.ToUpper(key[2:]), "accounts[0].key.x"},
		{"element short", key, key[:65], "accounts[0].key.x"},
		{"element without 0x", key, "00" + key[2:], "accounts[0].key.x"},
		{"owner long", `"owner":"0x`, `"owner":"0x00`, "accounts[0].owner: expected a layer-1 address"},
		{"key a string", `"key":{`, `"key":"","z":{`, `accounts[0].key: expected an object, found ""`},
		{"accounts an object", "\"accounts\": [\n", "\"accounts\": {}, \"x\": [\n", "line 5, column 15: accounts: expected a list, found {"},
		{"an account a number", secondAccount, "5", "accounts[1]: expected an object, found 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("%q is not in the file", c.old)
			}
			s, err := ReadState(strings.NewReader(strings.Replace(good, c.old, c.new, 1)))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error %v, state %v", err, s)
			}
			if s != nil {
				t.Error("a state beside the error")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
}

func TestBatchErrors(t *testing.T) {
	good := written(t, WriteBatch, sampleBatch(t))
	signature := formatHex(bytesOf(sampleTransfers(t).Transfers[0].Signature))
	for _, c := range []struct{ name, old, new, want string }{
		{"opened a number", `"opened":true`, `"opened":1`, "deposits[0].opened: expected true or false, found 1"},
		{"fee tokens not increasing", `"token":0,"index":3`, `"token":7,"index":3`, "feeAccounts: fee account 1: fee table is not well-formed"},
		{"fee index 0", `"token":0,"index":3`, `"token":0,"index":0`, "feeAccounts: fee account 0: fee table"},
		{"signature short", signature, signature[:128], "transfers[0].signature: expected a signature"},
		{"R not a point", signature, "0x" + strings.Repeat("f", 64) + signature[66:], "transfers[0].signature: signature: R is not the canonical encoding"},
		{"S too large", signature, signature[:66] + strings.Repeat("f", 64), "transfers[0].signature: signature: S is not below"},
		{"valid until too large", `"validUntil":100`, `"validUntil":4294967296`, "transfers[0].validUntil"},
		{"transfers missing", `"transfers"`, `"transfer"`, `unknown field "transfer"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("%q is not in the file", c.old)
			}
			_, err := ReadBatch(strings.NewReader(strings.Replace(good, c.old, c.new, 1)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not say %q", err, c.want)
			}
		})
	}
}

func bytesOf(s protocol.Signature) []byte {
	b := s.Bytes()
	return b[:]
}

func TestLoadAndSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.json")
	want := sampleState(t)
	for range 2 { // the second time over the first
		if err := Save(path, WriteState, want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(path, ReadState)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(protocol.MemoryState{})); diff != "" {
		t.Error(diff)
	}

	// A writer that fails leaves the old file and nothing else.
	failure := errors.New("disk on fire")
	failing := func(w io.Writer, _ *State) error {
		_, _ = w.Write([]byte("half"))
		return failure
	}
	if err := Save(path, failing, want); !errors.Is(err, failure) {
		t.Errorf("failing writer: %v", err)
	}
	if _, err := Load(path, ReadState); err != nil {
		t.Errorf("the old file is gone: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}

	// So does one that is prepared and thought better of.
	other := &State{RollupID: element("other"), Accounts: protocol.NewMemoryState()}
	p, err := Prepare(path, WriteState, other)
	if err != nil {
		t.Fatal(err)
	}
	p.Discard()
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if s, err := Load(path, ReadState); err != nil || s.RollupID != want.RollupID {
		t.Errorf("discarding changed the file: %v, %v", s, err)
	}
	if p, err = Prepare(path, WriteState, other); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(); err != nil {
		t.Fatal(err)
	}
	p.Discard()
	if s, err := Load(path, ReadState); err != nil || s.RollupID != other.RollupID {
		t.Errorf("committing: %v, %v", s, err)
	}

	// A place that is taken by the time of the commit stays as it is.
	if p, err = Prepare(filepath.Join(dir, "taken"), WriteState, other); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "taken", "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(); err == nil {
		t.Error("committed over a directory")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}

	if _, err := Load(filepath.Join(dir, "none.json"), ReadState); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Load(path, ReadBatch); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error %v does not name the file", err)
	}
	if err := Save(filepath.Join(dir, "none", "state.json"), WriteState, want); err == nil {
		t.Error("saved into a directory that is not there")
	}
}

// TestWriteAccounts compares a state that is streamed with one that is in memory.
func TestWriteAccounts(t *testing.T) {
	s := sampleState(t)
	var b bytes.Buffer
	if err := WriteAccounts(&b, s.RollupID, s.BatchNumber, s.Accounts.All()); err != nil {
		t.Fatal(err)
	}
	if want := written(t, WriteState, s); b.String() != want {
		t.Errorf("streamed\n%s\nwritten\n%s", b.String(), want)
	}
}

func fuzz[T any](f *testing.F, write func(io.Writer, T) error, read func(io.Reader) (T, error), seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := read(bytes.NewReader(data))
		if err != nil {
			return
		}
		text := written(t, write, v)
		again, err := read(strings.NewReader(text))
		if err != nil {
			t.Fatalf("cannot read back what was written: %v\n%s", err, text)
		}
		if written(t, write, again) != text {
			t.Error("reading and writing is not stable")
		}
	})
}

func FuzzReadState(f *testing.F) {
	fuzz(f, WriteState, ReadState, written(f, WriteState, sampleState(f)), `{"format":"quire/state/1"}`)
}

func FuzzReadTransfers(f *testing.F) {
	fuzz(f, WriteTransfers, ReadTransfers, written(f, WriteTransfers, sampleTransfers(f)), `{"format":"quire/transfers/1"}`)
}

func FuzzReadBatch(f *testing.F) {
	fuzz(f, WriteBatch, ReadBatch, written(f, WriteBatch, sampleBatch(f)), `{"format":"quire/batch/1"}`)
}
