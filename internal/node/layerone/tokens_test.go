package layerone

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/internal/testtoken"
	"github.com/quirezk/quire/l1submit"
)

func TestTokens(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	tokens := NewTokens(w.rollup)
	ether := Token{Symbol: "ETH", Decimals: 18}
	if list := must(tokens.All(ctx))(t); len(list) != 1 || list[0] != ether {
		t.Fatalf("%+v", list)
	}
	code := must(testtoken.Code(w.address(somebody), big.NewInt(1000)))(t)
	receipt := must((&hand{w, theOperator}).Send(ctx, l1submit.Call{Data: code}))(t)
	for _, contract := range []common.Address{receipt.ContractAddress, w.verifier} {
		if _, _, err := w.rollup.RegisterToken(ctx, &hand{w, theOperator}, contract, big.NewInt(1000)); err != nil {
			t.Fatal(err)
		}
	}
	if list := must(tokens.All(ctx))(t); len(list) != 1 {
		t.Errorf("asked again at once: %+v", list)
	}
	tokens.read = tokens.read.Add(-2 * tokensAge)
	list := must(tokens.All(ctx))(t)
	if len(list) != 3 || list[0] != ether || list[1].Contract != receipt.ContractAddress || list[1].Symbol == "" || strings.HasPrefix(list[1].Symbol, "token") || list[1].Decimals != 18 {
		t.Errorf("%+v", list)
	}
	if list[2] != (Token{Number: 2, Contract: w.verifier, Symbol: "token 2"}) {
		t.Errorf("a token that says nothing: %+v", list[2])
	}
	if _, ok, err := tokens.Find(ctx, 3); ok || err != nil {
		t.Errorf("token 3: %v, error %v", ok, err)
	}
	// A node that is away does not take away what is known.
	tokens.read = time.Now().Add(-2 * tokensAge)
	if list := must(tokens.All(canceled(t)))(t); len(list) != 3 {
		t.Errorf("%+v", list)
	}
	if _, err := NewTokens(w.rollup).All(canceled(t)); err == nil {
		t.Error("nothing is known, and there is no error")
	}
}

func TestSymbol(t *testing.T) {
	pack := func(s string) []byte { return must(text.Pack(s))(t) }
	word := func(s string) []byte { return append([]byte(s), make([]byte, 32-len(s))...) }
	for _, c := range []struct {
		out  []byte
		want string
	}{
		{pack("USDC"), "USDC"},
		{pack(""), ""},
		{word("MKR"), "MKR"},
		{pack("a b\n\x1b[31mc\x00"), "ab[31mc"},
		{pack(strings.Repeat("x", 1000)), strings.Repeat("x", maxSymbol)},
		{pack("\xff\xfe€"), "€"},
		{nil, ""},
		{[]byte{1, 2, 3}, ""},
		{append(make([]byte, 31), 0xff), ""},
	} {
		if got := symbolOf(c.out); got != c.want {
			t.Errorf("%x: %q, want %q", c.out, got, c.want)
		}
	}
}
