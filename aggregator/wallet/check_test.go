package wallet

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// layerTwoKey is somebody's public key.
func layerTwoKey(name string) protocol.PublicKey {
	return protocol.NewPrivateKey([32]byte([]byte(name + strings.Repeat("·", 16))[:32])).Public()
}

func TestRollupID(t *testing.T) {
	id := testRollup.ID()
	if err := testRollup.CheckID(id); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(*Rollup){
		"chain":    func(r *Rollup) { r.ChainID++ },
		"contract": func(r *Rollup) { r.Contract[0]++ },
		"block":    func(r *Rollup) { r.BlockHash[0]++ },
	} {
		r := testRollup
		change(&r)
		wants(t, what, r.CheckID(id), ErrRollup, r.Contract.Hex(), "what is signed for the one is not for the other")
	}
}

// TestCheckProof: an account is believed with a proof up to the commitment, and
// nothing else.
func TestCheckProof(t *testing.T) {
	tree := statetree.OpenMemory()
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	})
	id := testRollup.ID()
	account := protocol.Account{Key: layerTwoKey("bob"), Owner: protocol.Owner{1}, Token: 3, Nonce: 5, Balance: units(77)}
	other := protocol.Account{Key: layerTwoKey("eve"), Owner: protocol.Owner{2}, Token: 3}
	_, err := tree.Apply(t.Context(), 1, []statetree.Update{{Index: 7, Account: account}, {Index: 8, Account: other}, {Index: 4096, Account: other}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := tree.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	proof, err := snapshot.Prove(7)
	if err != nil {
		t.Fatal(err)
	}
	if err := snapshot.Close(); err != nil {
		t.Fatal(err)
	}
	final := Final{Number: 1, Commitment: protocol.Commitment(tree.Root(), id, 1)}
	if err := final.CheckProof(id, proof, &account); err != nil {
		t.Fatal(err)
	}

	for name, change := range map[string]func(a *protocol.Account, p *statetree.Proof, f *Final, id *fr.Element){
		"a larger balance":    func(a *protocol.Account, _ *statetree.Proof, _ *Final, _ *fr.Element) { a.Balance = units(78) },
		"another owner":       func(a *protocol.Account, _ *statetree.Proof, _ *Final, _ *fr.Element) { a.Owner[0]++ },
		"another key":         func(a *protocol.Account, _ *statetree.Proof, _ *Final, _ *fr.Element) { a.Key = other.Key },
		"another token":       func(a *protocol.Account, _ *statetree.Proof, _ *Final, _ *fr.Element) { a.Token++ },
		"another nonce":       func(a *protocol.Account, _ *statetree.Proof, _ *Final, _ *fr.Element) { a.Nonce++ },
		"another's account":   func(a *protocol.Account, _ *statetree.Proof, _ *Final, _ *fr.Element) { *a = other },
		"an absent account":   func(_ *protocol.Account, p *statetree.Proof, _ *Final, _ *fr.Element) { p.Leaf = fr.Element{} },
		"another index":       func(_ *protocol.Account, p *statetree.Proof, _ *Final, _ *fr.Element) { p.Index++ },
		"another path":        func(_ *protocol.Account, p *statetree.Proof, _ *Final, _ *fr.Element) { p.Siblings[3][1].SetOne() },
		"another batch":       func(_ *protocol.Account, _ *statetree.Proof, f *Final, _ *fr.Element) { f.Number++ },
		"another commitment":  func(_ *protocol.Account, _ *statetree.Proof, f *Final, _ *fr.Element) { f.Commitment.SetOne() },
		"another rollup":      func(_ *protocol.Account, _ *statetree.Proof, _ *Final, id *fr.Element) { id.SetOne() },
		"no state of layer 1": func(_ *protocol.Account, _ *statetree.Proof, f *Final, _ *fr.Element) { *f = Final{} },
	} {
		a, p, f, i := account, *proof, final, id
		change(&a, &p, &f, &i)
		wants(t, name, f.CheckProof(i, &p, &a), ErrProof)
	}
	wide := account
	wide.Nonce = protocol.MaxNonce + 1
	wants(t, "a nonce too wide", final.CheckProof(id, proof, &wide), protocol.ErrWidth)
}

// TestCheckPayee tries the traps of docs/protocol.md, "What wallets must check".
func TestCheckPayee(t *testing.T) {
	bob := Address{Owner: protocol.Owner{1}, Key: layerTwoKey("bob")}
	account := protocol.Account{Key: bob.Key, Owner: bob.Owner, Token: 3}
	if err := CheckPayee(7, &account, bob, 3); err != nil {
		t.Fatal(err)
	}
	zero, low := protocol.PublicKey{}, protocol.PublicKey{}
	low.Y.SetOne() // the neutral element
	for name, test := range map[string]struct {
		index  protocol.Index
		change func(*protocol.Account, *Address)
		says   string
	}{
		"index 0":                           {0, func(*protocol.Account, *Address) {}, "index 0 is reserved"},
		"his key, the operator's owner":     {7, func(a *protocol.Account, _ *Address) { a.Owner[0]++ }, "could never take out"},
		"his owner, the operator's key":     {7, func(a *protocol.Account, _ *Address) { a.Key = layerTwoKey("eve") }, "somebody else could spend"},
		"another token":                     {7, func(a *protocol.Account, _ *Address) { a.Token = 0 }, "holds token 0, not token 3"},
		"absent":                            {7, func(a *protocol.Account, _ *Address) { *a = protocol.Account{} }, "belongs to"},
		"a key off the curve, as asked for": {7, func(a *protocol.Account, p *Address) { a.Key, p.Key = zero, zero }, "nobody can sign"},
		"a key of low order, as asked for":  {7, func(a *protocol.Account, p *Address) { a.Key, p.Key = low, low }, "nobody can sign"},
	} {
		a, p := account, bob
		test.change(&a, &p)
		wants(t, name, CheckPayee(test.index, &a, p, 3), ErrPayee, test.says)
	}
}

func TestAddress(t *testing.T) {
	id := testRollup.ID()
	rapid.Check(t, func(t *rapid.T) {
		seed := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		a := Address{protocol.Owner(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "owner")), protocol.NewPrivateKey(seed).Public()}
		text := a.Format(id)
		got, err := ParseAddress(id, text)
		if err != nil || got != a {
			t.Fatalf("%s: %v, error %v", text, got, err)
		}
		// Any one character mistyped is noticed.
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		wrong := []byte(text)
		wrong[at] = rapid.SampledFrom([]byte("0123456789abcdefABCDEFx: ")).Filter(func(b byte) bool { return b != text[at] }).Draw(t, "character")
		if _, err := ParseAddress(id, string(wrong)); err == nil {
			t.Fatalf("%s was taken for %s", wrong, text)
		}
	})

	good := Address{protocol.Owner{9}, layerTwoKey("bob")}
	text := good.Format(id)
	var other fr.Element
	other.SetOne()
	low := protocol.PublicKey{}
	low.Y.SetOne()
	sealed := func(body []byte) string {
		return addressPrefix + hex.EncodeToString(append(body, checksum(id, body)...))
	}
	noPoint := append(make([]byte, 20), bytesOf(0xff, 32)...)
	for name, test := range map[string]struct{ text, says string }{
		"empty":            {"", "want quire:"},
		"a layer-1 one":    {common.Address{9}.Hex(), "want quire:"},
		"no prefix":        {strings.TrimPrefix(text, addressPrefix), "want quire:"},
		"capitals":         {addressPrefix + strings.ToUpper(text[len(addressPrefix):]), "lower-case"},
		"short":            {text[:len(text)-2], "112"},
		"long":             {text + "00", "112"},
		"a space":          {text + " ", "112"},
		"another rollup's": {good.Format(other), "one of another rollup"},
		"no point":         {sealed(noPoint), "not the canonical encoding"},
		"a low-order key":  {sealed(Address{Key: low}.bytes()), "low order"},
	} {
		_, err := ParseAddress(id, test.text)
		wants(t, name, err, ErrAddress, test.says)
	}
}

func bytesOf(b byte, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = b
	}
	return out
}

func FuzzParseAddress(f *testing.F) {
	id := testRollup.ID()
	f.Add(Address{protocol.Owner{9}, layerTwoKey("bob")}.Format(id))
	f.Add("quire:00")
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := ParseAddress(id, text); err == nil && a.Format(id) != text {
			t.Errorf("%q is read as %q", text, a.Format(id))
		}
	})
}
