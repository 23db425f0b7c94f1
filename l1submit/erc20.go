package l1submit

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// erc20ABI is what of ERC-20 a depositor needs, with the errors that ERC-6093
// gives names.
var erc20ABI = sync.OnceValue(func() abi.ABI {
	parsed, err := abi.JSON(strings.NewReader(`[
		{"type":"function","name":"approve","inputs":[{"name":"spender","type":"address"},{"name":"value","type":"uint256"}],"outputs":[]},
		{"type":"function","name":"allowance","inputs":[{"name":"owner","type":"address"},{"name":"spender","type":"address"}],"outputs":[{"type":"uint256"}]},
		{"type":"function","name":"balanceOf","inputs":[{"name":"account","type":"address"}],"outputs":[{"type":"uint256"}]},
		{"type":"error","name":"ERC20InsufficientBalance","inputs":[{"name":"sender","type":"address"},{"name":"balance","type":"uint256"},{"name":"needed","type":"uint256"}]},
		{"type":"error","name":"ERC20InsufficientAllowance","inputs":[{"name":"spender","type":"address"},{"name":"allowance","type":"uint256"},{"name":"needed","type":"uint256"}]}
	]`))
	if err != nil {
		panic(fmt.Sprintf("l1submit: ERC-20's ABI: %v", err)) // it is a constant
	}
	return parsed
})

// ERC20 is a token's contract on layer 1. It is safe for concurrent use.
type ERC20 struct {
	address common.Address
	bound   *bind.BoundContract
}

// OpenERC20 returns the token at an address. Nothing is asked of the chain.
func OpenERC20(chain *Chain, address common.Address) *ERC20 {
	return &ERC20{address: address, bound: bind.NewBoundContract(address, erc20ABI(), chain.client, chain.client, chain.client)}
}

// ApproveCall packs [ERC20.Approve].
func (t *ERC20) ApproveCall(spender common.Address, amount *big.Int) (Call, error) {
	data, err := erc20ABI().Pack("approve", spender, amount)
	if err != nil {
		return Call{}, fmt.Errorf("pack call: %w", err)
	}
	return Call{To: &t.address, Data: data}, nil
}

// Approve lets a spender, such as [Rollup.Address], take up to an amount from
// the sender. What the token answers is not looked at: some answer nothing, and
// a deposit shows whether it worked.
func (t *ERC20) Approve(ctx context.Context, tx Transactor, spender common.Address, amount *big.Int) (*types.Receipt, error) {
	return send(ctx, tx, "approve")(t.ApproveCall(spender, amount))
}

// Allowance returns what a spender may still take from an owner.
func (t *ERC20) Allowance(ctx context.Context, owner, spender common.Address) (*big.Int, error) {
	return t.read(ctx, "allowance", owner, spender)
}

// Balance returns what an account has.
func (t *ERC20) Balance(ctx context.Context, account common.Address) (*big.Int, error) {
	return t.read(ctx, "balanceOf", account)
}

func (t *ERC20) read(ctx context.Context, method string, arguments ...any) (*big.Int, error) {
	out := new(big.Int)
	results := []any{&out}
	if err := t.bound.Call(&bind.CallOpts{Context: ctx}, &results, method, arguments...); err != nil {
		return nil, fmt.Errorf("read %s of token %s: %w", method, t.address, RevertOf(err))
	}
	return out, nil
}
