// Package testtoken is an ordinary ERC-20 token, OpenZeppelin's, for tests of
// layer 1: contracts/test/utils/TestToken.sol, compiled by contracts/build.sh.
package testtoken

import (
	_ "embed"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

//go:embed testdata/test_token.hex
var code string

const constructor = `[{"type":"constructor","inputs":[{"name":"holder","type":"address"},{"name":"supply","type":"uint256"}]}]`

// Code returns the code that creates the token, with all of its supply in one
// account.
func Code(holder common.Address, supply *big.Int) ([]byte, error) {
	creation, err := hex.DecodeString(strings.TrimSpace(code))
	if err != nil {
		return nil, fmt.Errorf("test token: committed code: %w", err)
	}
	parsed, err := abi.JSON(strings.NewReader(constructor))
	if err != nil {
		return nil, fmt.Errorf("test token: constructor: %w", err)
	}
	arguments, err := parsed.Pack("", holder, supply)
	if err != nil {
		return nil, fmt.Errorf("test token: arguments: %w", err)
	}
	return append(creation, arguments...), nil
}
