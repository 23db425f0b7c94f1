package protocol

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"
)

var testShape = Shape{
	Name: "test", Openings: 2, LayerOne: 3, FeeAccounts: 2, Exits: 4, Transfers: 6, Accounts: 16, Nodes: 128,
}

var testVerifier = [20]byte{0: 0x11, 19: 0xee}

// samplePublished uses every section, and leaves room in every section of testShape.
func samplePublished() *Published {
	key := func(name string) PublicKey { return testKey(name).Public() }
	return &Published{
		Old: testElement("old"), New: testElement("new"),
		Openings: []Opening{{Index: 0x01020304, Key: key("opening"), Owner: Owner{0xaa, 19: 0xbb}, Token: 0x05060708}},
		Deposits: []CreditedDeposit{
			{Deposit{Key: key("deposit"), Owner: Owner{0xcc, 19: 0xdd}, Token: 0x090a0b0c, Amount: underLimit(1)}, 0x0d0e0f10, true},
		},
		ForcedExits: []ForcedExit{{Index: 0x11121314, Sender: Owner{0xee, 19: 0xff}}},
		FeeAccounts: []FeeAccount{{Token: 0x15161718, Index: 0x191a1b1c}},
		Exits:       []Exit{{Owner{1, 19: 2}, 0x1d1e1f20, amountOf(77)}, {Owner{3, 19: 4}, 0x21222324, underLimit(5)}},
		Transfers: []PublishedTransfer{
			{From: 0x25262728, To: 0x292a2b2c, Amount: 0x2d2e2f30, Fee: 0x31},
			{From: 0x32333435, Fee: 0x36},
			{From: 0xffffffff, To: 0xffffffff, Amount: 0xffffffff, Fee: 0xff},
		},
	}
}

// pack sums parts, each shifted left, as the written form has it: an
// arithmetic of its own to compare the byte packing with.
type part struct {
	value any
	shift uint
}

func pack(t *testing.T, parts ...part) (e fr.Element) {
	t.Helper()
	sum := new(big.Int)
	for _, p := range parts {
		v := new(big.Int)
		switch x := p.value.(type) {
		case Owner:
			v.SetBytes(x[:])
		case Amount:
			v = x.ToBig()
		case int:
			v.SetInt64(int64(x))
		case Token:
			v.SetUint64(uint64(x))
		case Index:
			v.SetUint64(uint64(x))
		default:
			t.Fatalf("pack %T", x)
		}
		sum.Add(sum, v.Lsh(v, p.shift))
	}
	if sum.Cmp(fr.Modulus()) >= 0 {
		t.Fatal("a packed word is not below the modulus")
	}
	e.SetBigInt(sum)
	return e
}

func TestVectorIsTheWrittenForm(t *testing.T) {
	p := samplePublished()
	v, err := p.Vector(testShape)
	if err != nil {
		t.Fatal(err)
	}
	o, d, f, x := p.Openings[0], p.Deposits[0], p.ForcedExits[0], p.Exits
	bytesOf := func(transfers ...PublishedTransfer) fr.Element {
		var all [26]byte
		for i, tr := range transfers {
			b := tr.Bytes()
			copy(all[13*i:], b[:])
		}
		var e fr.Element
		e.SetBigInt(new(big.Int).SetBytes(all[:]))
		return e
	}
	var zero fr.Element
	want := []fr.Element{
		p.Old, p.New, pack(t, part{1, 160}, part{1, 128}, part{1, 96}, part{1, 64}, part{2, 32}, part{3, 0}),
		// openings
		o.Key.X, o.Key.Y, pack(t, part{o.Owner, 64}, part{o.Token, 32}, part{o.Index, 0}),
		zero, zero, zero,
		// layer-1 operations
		d.Key.X, d.Key.Y, pack(t, part{d.Owner, 72}, part{d.Token, 40}, part{d.Index, 8}, part{1, 0}), pack(t, part{d.Amount, 0}),
		zero, zero, pack(t, part{f.Sender, 72}, part{f.Index, 8}), zero,
		zero, zero, zero, zero,
		// fee accounts
		pack(t, part{p.FeeAccounts[0].Token, 32}, part{p.FeeAccounts[0].Index, 0}), zero,
		// exits
		pack(t, part{x[0].Owner, 32}, part{x[0].Token, 0}), pack(t, part{x[0].Amount, 0}),
		pack(t, part{x[1].Owner, 32}, part{x[1].Token, 0}), pack(t, part{x[1].Amount, 0}),
		zero, zero, zero, zero,
		// transfers
		bytesOf(p.Transfers[0], p.Transfers[1]), bytesOf(p.Transfers[2]), zero,
	}
	if len(v) != testShape.Layout().Length || len(want) != len(v) {
		t.Fatalf("%d elements, the layout has %d, the test %d", len(v), testShape.Layout().Length, len(want))
	}
	for i := range v {
		if v[i] != want[i] {
			t.Errorf("element %d: %s, want %s", i, v[i].Text(16), want[i].Text(16))
		}
	}
	// An even number of transfers fills its last element.
	p.Transfers = p.Transfers[:2]
	if v, err = p.Vector(testShape); err != nil {
		t.Fatal(err)
	}
	if v[len(v)-2] != zero || v[len(v)-3] != want[len(want)-3] {
		t.Error("two transfers do not make one element")
	}
}

func TestStatement(t *testing.T) {
	p := samplePublished()
	s, err := p.Statement(testShape, testVerifier)
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Vector(testShape)
	if err != nil {
		t.Fatal(err)
	}
	// By the definitions: a sum of powers, and one buffer.
	d, err := p.Digest(testShape)
	if err != nil || d != Chain(testShape.ID(), v) || s.D != d {
		t.Errorf("digest %v", err)
	}
	id := testShape.ID()
	idBytes, dBytes := id.Bytes(), d.Bytes()
	preimage := bytes.Join([][]byte{[]byte("quire/bind"), testVerifier[:], idBytes[:], dBytes[:], p.Bytes()}, nil)
	hash := keccak256(preimage)
	z := new(big.Int).SetBytes(hash[:])
	z.Mod(z, fr.Modulus())
	if s.Z.BigInt(new(big.Int)).Cmp(z) != 0 {
		t.Error("z")
	}
	y, power := new(big.Int), big.NewInt(1)
	for _, e := range v {
		term := e.BigInt(new(big.Int))
		y.Add(y, term.Mul(term, power))
		power.Mul(power, z).Mod(power, fr.Modulus())
	}
	if s.Y.BigInt(new(big.Int)).Cmp(y.Mod(y, fr.Modulus())) != 0 {
		t.Error("y")
	}
	// Each part of the statement depends on what it should.
	other, err := p.Statement(testShape, [20]byte{})
	if err != nil || other.D != s.D || other.Z == s.Z {
		t.Error("z does not depend on the verifier")
	}
	larger := testShape
	larger.Nodes++
	if other, err = p.Statement(larger, testVerifier); err != nil || other.D == s.D {
		t.Error("D does not depend on a capacity that leaves the layout as it is")
	}
}

func TestKeccakIsEthereums(t *testing.T) {
	const empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
	if h := keccak256(); hex.EncodeToString(h[:]) != empty {
		t.Errorf("keccak256 of nothing is %x", h)
	}
}

func TestPublishedRoundTrip(t *testing.T) {
	for name, p := range map[string]*Published{"full": samplePublished(), "empty": {}} {
		data := p.Bytes()
		if len(data) != p.Size() {
			t.Errorf("%s: %d bytes, Size says %d", name, len(data), p.Size())
		}
		back, err := ParsePublished(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestParsePublishedRejects(t *testing.T) {
	good := samplePublished().Bytes()
	modulus := fr.Modulus().Bytes()
	const (
		opening  = HeaderBytes
		deposit  = opening + OpeningBytes
		transfer = deposit + DepositBytes + ForcedExitBytes + FeeAccountBytes + 2*ExitBytes
	)
	at := func(offset int, b ...byte) func([]byte) []byte {
		return func(data []byte) []byte { copy(data[offset:], b); return data }
	}
	for _, c := range []struct {
		name string
		edit func([]byte) []byte
		want string
	}{
		{"empty", func([]byte) []byte { return nil }, "0 bytes, the header alone has 88"},
		{"half a header", func(b []byte) []byte { return b[:87] }, "87 bytes"},
		{"cut off", func(b []byte) []byte { return b[:len(b)-1] }, "the lengths in the header make"},
		{"one byte more", func(b []byte) []byte { return append(b, 0) }, "the lengths in the header make"},
		{"huge lengths", at(64, bytes.Repeat([]byte{0xff}, 24)...), "the lengths in the header make"},
		{"one more of each", at(64, 0, 0, 0, 2), "the lengths in the header make"},
		{"old commitment", at(0, modulus...), "header: old commitment"},
		{"new commitment", at(32, modulus...), "header: new commitment"},
		{"both, and the first is named", at(0, append(modulus[:32:32], modulus...)...), "header: old commitment"},
		{"opening Ax", at(opening, modulus...), "opening 0: Ax"},
		{"opening Ay", at(opening+32, modulus...), "opening 0: Ay"},
		{"deposit Ax", at(deposit, modulus...), "deposit 0: Ax"},
		{"opened 2", at(deposit+92, 2), "deposit 0: opened must be 0 or 1, not 2"},
		{"withdrawal with an amount", at(transfer+TransferBytes+11, 1), "transfer 1: a withdrawal's amount field"},
	} {
		p, err := ParsePublished(c.edit(bytes.Clone(good)))
		if err == nil || !strings.Contains(err.Error(), c.want) || p != nil {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestNewPublishedRejects(t *testing.T) {
	withAmount := withTransfers(transfer(1, 2, 1, 0), transfer(1, 2, 1<<27+1, 0))
	withFee := withTransfers(transfer(1, 2, 1, 8))
	withdrawal := withTransfers(transfer(1, 0, 1<<27+1, 0)) // exact, so it can be published
	wideDeposit := Batch{Deposits: []CreditedDeposit{{Deposit: Deposit{Amount: underLimit(0)}}}}
	for _, c := range []struct {
		name  string
		batch *Batch
		exits []Exit
		want  error
	}{
		{"amount", &withAmount, nil, ErrAmountFormat},
		{"fee", &withFee, nil, ErrFeeFormat},
		{"withdrawal", &withdrawal, []Exit{{Amount: amountOf(1<<27 + 1)}}, nil},
		{"wide deposit", &wideDeposit, nil, ErrWidth},
		{"wide exit", &Batch{}, []Exit{{Amount: underLimit(0)}}, ErrWidth},
	} {
		_, err := NewPublished(c.batch, fr.Element{}, fr.Element{}, c.exits)
		var op *OpError
		if !errors.Is(err, c.want) || (err != nil) != errors.As(err, &op) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	wide := samplePublished()
	wide.Exits[0].Amount = underLimit(0)
	if _, err := wide.Statement(testShape, testVerifier); !errors.Is(err, ErrWidth) {
		t.Errorf("vector of a wide exit: %v", err)
	}
}

func TestReplayRejects(t *testing.T) {
	st := memoryState(t, sampleAccounts())
	b := withTransfers(transfer(1, 0, 30, 0), transfer(1, 2, 5, 0), transfer(3, 0, 7, 0))
	b.ForcedExits = []ForcedExit{{Index: 9, Sender: ownerA}, {Index: 6, Sender: ownerB}}
	exits, err := Apply(st.Clone(), &b)
	if err != nil {
		t.Fatal(err)
	}
	good, err := NewPublished(&b, fr.Element{}, fr.Element{}, exits)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		edit func(*Published)
		want error
	}{
		{"as published", func(*Published) {}, nil},
		{"fewer exits than withdrawals", func(p *Published) { p.Exits = p.Exits[:1] }, ErrExitMismatch},
		{"the forced exit's missing", func(p *Published) { p.Exits = p.Exits[1:] }, ErrExitMismatch},
		{"one too many", func(p *Published) { p.Exits = append([]Exit{p.Exits[0]}, p.Exits...) }, ErrExitMismatch},
		{"another owner", func(p *Published) { p.Exits[1].Owner = ownerB }, ErrExitMismatch},
		{"another token", func(p *Published) { p.Exits[2].Token = 0 }, ErrExitMismatch},
		{"forced exit's amount", func(p *Published) { p.Exits[0].Amount = amountOf(1) }, ErrExitMismatch},
		{"withdrawal of more than there is", func(p *Published) { p.Exits[2].Amount = amountOf(rich + 1) }, ErrInsufficientBalance},
		{"withdrawal of nothing", func(p *Published) { p.Exits[2].Amount.Clear() }, ErrZeroWithdrawal},
		{"invalid operation", func(p *Published) { p.Transfers[1].To = 9 }, ErrAccountAbsent},
	} {
		p, err := ParsePublished(good.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		c.edit(p)
		replayed := st.Clone()
		if err := p.Replay(replayed, testRollup, testBatch); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if unchanged := diffStates(st, replayed) == ""; unchanged != (c.want != nil) {
			t.Errorf("%s: state unchanged is %v", c.name, unchanged)
		}
	}
}

// Without withdrawals, exits that no operation makes can stand at the end.
func TestReplayRejectsExitsWithoutOperations(t *testing.T) {
	st := memoryState(t, sampleAccounts())
	p := &Published{Exits: []Exit{{Owner: ownerA, Amount: amountOf(1)}}}
	if err := p.Replay(st, testRollup, testBatch); !errors.Is(err, ErrExitMismatch) {
		t.Error(err)
	}
}

func FuzzParsePublished(f *testing.F) {
	f.Add(samplePublished().Bytes())
	f.Add(new(Published).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePublished(data)
		if err == nil && !bytes.Equal(p.Bytes(), data) {
			t.Errorf("%x is not what it encodes to", data)
		}
	})
}

func FuzzParsePublishedTransfer(f *testing.F) {
	f.Add(make([]byte, TransferBytes))
	f.Add(bytes.Repeat([]byte{0xff}, TransferBytes))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) != TransferBytes {
			return
		}
		p, err := ParsePublishedTransfer([TransferBytes]byte(data))
		if err == nil && p.Bytes() != [TransferBytes]byte(data) {
			t.Errorf("%x is not what it encodes to", data)
		}
	})
}
