package wallet

import (
	"fmt"
	"strings"

	"github.com/quirezk/quire/protocol"
)

// ParseAmount reads an amount as people write them, in the token's smallest unit:
// decimal digits, without leading zeros, for a number below 2^128. Whether a
// transfer can carry it is another question: [protocol.EncodeAmount] answers it.
func ParseAmount(s string) (x protocol.Amount, err error) {
	const longest = 39 // digits of 2^128
	switch {
	case s == "" || strings.Trim(s, "0123456789") != "":
		return x, fmt.Errorf("%.50q is not an amount: want decimal digits, in the token's smallest unit", s)
	case s[0] == '0' && s != "0":
		return x, fmt.Errorf("%.50q is not an amount: it begins with 0", s)
	case len(s) > longest || x.SetFromDecimal(s) != nil || x.BitLen() > protocol.BalanceBits:
		return protocol.Amount{}, fmt.Errorf("%.50s is not an amount: no account can hold 2^128 or more", s)
	}
	return x, nil
}
