package l1submit

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/quirezk/quire/internal/testtoken"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// newToken creates a token, all of which an account has, and registers it with
// twice its supply as the cap.
func (r *rollupTest) newToken(tb testing.TB, holder common.Address, supply *big.Int) (*ERC20, protocol.Token) {
	tb.Helper()
	wide := new(big.Int).Mul(supply, big.NewInt(1000))
	receipt := must(r.somebody.Send(tb.Context(), creation(must(testtoken.Code(holder, wide))(tb), nil)))(tb)
	number, _, err := r.RegisterToken(tb.Context(), r.governor, receipt.ContractAddress, supply)
	if err != nil {
		tb.Fatal(err)
	}
	return OpenERC20(r.dev.Chain, receipt.ContractAddress), number
}

// A token's way in and out.
func TestERC20FromDepositToClaim(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	holder := r.somebody.Address()
	token, number := r.newToken(t, holder, big.NewInt(1000))
	d := testDeposit(1, 700)
	d.Token = number

	_, _, err := r.Deposit(ctx, r.somebody, &d)
	reason := wantReason[TokenError](t, err)
	if reason.Name != "ERC20InsufficientAllowance" || !strings.Contains(err.Error(), "approve") {
		t.Errorf("not approved: %v", err)
	}
	if _, err := token.Approve(ctx, r.somebody, r.Address(), big.NewInt(1_000_000)); err != nil {
		t.Fatal(err)
	}
	if a := must(token.Allowance(ctx, holder, r.Address()))(t); a.Int64() != 1_000_000 {
		t.Errorf("allowance %v", a)
	}
	before := must(token.Balance(ctx, holder))(t)
	event, _, err := r.Deposit(ctx, r.somebody, &d)
	if err != nil {
		t.Fatal(err)
	}
	if event.Deposit != d {
		t.Errorf("event %+v", event)
	}
	after := must(token.Balance(ctx, holder))(t)
	if new(big.Int).Sub(before, after).Int64() != 700 {
		t.Errorf("the holder had %v, has %v", before, after)
	}
	if n, ok, err := r.TokenNumber(ctx, contractOf(t, r, number)); err != nil || !ok || n != number {
		t.Errorf("number %d, %v, %v", n, ok, err)
	}
	if _, ok, err := r.TokenNumber(ctx, common.Address{9}); err != nil || ok {
		t.Errorf("a stranger is token %v, %v", ok, err)
	}
	info := must(r.Token(ctx, number))(t)
	if info.Cap.Int64() != 1000 || info.Locked.Int64() != 700 || info.Number != number {
		t.Errorf("token %+v", info)
	}
	_, _, err = r.Deposit(ctx, r.somebody, &d)
	if e := wantReason[bindings.RollupTokenCapExceeded](t, err); e.Token != uint32(number) {
		t.Errorf("error names token %d", e.Token)
	}

	p := r.next()
	p.Deposits = credited(d)
	p.Exits = []protocol.Exit{{Owner: protocol.Owner{7}, Token: number, Amount: *uint256.NewInt(300)}}
	r.settle(t, 0, p)
	if _, err := r.Claim(ctx, r.somebody, number, common.Address{7}); err != nil {
		t.Fatal(err)
	}
	if b := must(token.Balance(ctx, common.Address{7}))(t); b.Int64() != 300 {
		t.Errorf("the owner was paid %v", b)
	}
	if info := must(r.Token(ctx, number))(t); info.Locked.Int64() != 400 {
		t.Errorf("token %+v", info)
	}
}

// contractOf returns a token's contract.
func contractOf(t *testing.T, r *rollupTest, number protocol.Token) common.Address {
	t.Helper()
	return must(r.Token(t.Context(), number))(t).Contract
}

func TestERC20OfNoToken(t *testing.T) {
	chain := newDevChain(t, 1)
	token := OpenERC20(chain.Chain, common.Address{1})
	if _, err := token.Balance(t.Context(), common.Address{}); err == nil {
		t.Error("an address without code has balances")
	}
	if _, err := token.Approve(t.Context(), sender(chain, 0), common.Address{}, big.NewInt(1)); err == nil {
		t.Error("an address without code took an approval")
	}
}
