package layerone

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// tokensAge is how old the list of tokens may be. Tokens are registered rarely.
const tokensAge = time.Minute

// Token is a token that the rollup takes.
type Token struct {
	Number   protocol.Token
	Contract common.Address // zero for ether
	// Symbol is what the contract calls itself, cut to what is harmless to print;
	// anybody can take any symbol. Decimals is how many digits of an amount stand
	// behind the point; 0 where the contract does not say.
	Symbol   string
	Decimals uint8
}

// Tokens knows the tokens of a rollup. It is safe for concurrent use.
type Tokens struct {
	rollup *l1submit.Rollup

	mu   sync.Mutex // guards all below; held while layer 1 is asked
	list []Token
	read time.Time
}

// NewTokens returns the tokens of a rollup. Nothing is asked of layer 1 yet.
func NewTokens(rollup *l1submit.Rollup) *Tokens { return &Tokens{rollup: rollup} }

// All returns the tokens by number, as they were a minute ago or later. Where layer
// 1 does not answer, it is those that were known.
func (t *Tokens) All(ctx context.Context) ([]Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.read.IsZero() && time.Since(t.read) < tokensAge {
		return t.list, nil
	}
	infos, err := t.rollup.Tokens(ctx)
	if err != nil {
		if t.list != nil {
			return t.list, nil
		}
		return nil, err
	}
	list := make([]Token, 0, len(infos))
	for i, info := range infos {
		number := protocol.Token(i)
		switch {
		case i < len(t.list) && t.list[i].Contract == info.Contract && t.list[i].Symbol != "":
			list = append(list, t.list[i]) // what a contract says of itself is asked for once
		case number == 0:
			list = append(list, Token{Number: 0, Symbol: "ETH", Decimals: 18})
		default:
			list = append(list, t.describe(ctx, number, info.Contract))
		}
	}
	t.list, t.read = list, time.Now()
	return list, nil
}

// Find returns a token, and whether there is one with this number.
func (t *Tokens) Find(ctx context.Context, number protocol.Token) (Token, bool, error) {
	list, err := t.All(ctx)
	if err != nil || uint64(number) >= uint64(len(list)) {
		return Token{}, false, err
	}
	return list[number], true, nil
}

// describe asks a contract what it says of itself. One that says nothing has its
// number for a symbol.
func (t *Tokens) describe(ctx context.Context, number protocol.Token, contract common.Address) Token {
	token := Token{Number: number, Contract: contract, Symbol: fmt.Sprintf("token %d", number)}
	if out, err := t.call(ctx, contract, "0x95d89b41"); err == nil { // symbol()
		if symbol := symbolOf(out); symbol != "" {
			token.Symbol = symbol
		}
	}
	if out, err := t.call(ctx, contract, "0x313ce567"); err == nil && len(out) >= 32 && bytes.Equal(out[:31], make([]byte, 31)) { // decimals()
		token.Decimals = out[31]
	}
	return token
}

func (t *Tokens) call(ctx context.Context, contract common.Address, selector string) ([]byte, error) {
	return t.rollup.Chain().Client().CallContract(ctx, ethereum.CallMsg{To: &contract, Data: hexutil.MustDecode(selector)}, nil)
}

// text is the type of what symbol() returns.
var text = func() abi.Arguments {
	t, err := abi.NewType("string", "", nil)
	if err != nil {
		panic(err) // there is this type
	}
	return abi.Arguments{{Type: t}}
}()

// maxSymbol bounds a symbol, in characters.
const maxSymbol = 16

// symbolOf reads a symbol: a string, or, of old tokens, 32 bytes. It comes from
// whoever wrote the contract.
func symbolOf(out []byte) string {
	var symbol string
	if values, err := text.Unpack(out); err == nil && len(values) == 1 {
		symbol, _ = values[0].(string)
	} else if len(out) == 32 {
		symbol = string(bytes.TrimRight(out, "\x00"))
	}
	symbol = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, symbol)
	if runes := []rune(symbol); len(runes) > maxSymbol {
		symbol = string(runes[:maxSymbol])
	}
	return symbol
}
