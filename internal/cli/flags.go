package cli

import (
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError says what was expected of a flag whose value is no number, or is out
// of range. What comes without it is package strconv's message.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var number *strconv.NumError
	if !errors.As(err, &invalid) || !errors.As(err, &number) {
		return err
	}
	flag := invalid.GetFlag()
	want, ok := map[string]string{
		"bool":      "true or false",
		"float64":   "a number",
		"int":       "an integer",
		"uint32":    "an integer from 0 to 2^32−1",
		"uint64":    "an integer from 0 to 2^64−1",
		"uintSlice": "integers from 0 on, with commas between them",
	}[flag.Value.Type()]
	if !ok {
		return err
	}
	return fmt.Errorf("invalid argument %q for %q flag: want %s", invalid.GetValue(), "--"+flag.Name, want)
}

// addressFlag is a layer-1 address as the value of a flag.
type addressFlag struct {
	address common.Address
	set     bool
}

// Set implements pflag.Value. Digits in mixed case carry a checksum, which is
// checked: that is what finds a mistyped address.
func (f *addressFlag) Set(s string) error {
	address, err := parseAddress(s)
	if err != nil {
		return err
	}
	f.address, f.set = address, true
	return nil
}

// parseAddress reads a layer-1 address.
func parseAddress(s string) (common.Address, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || !common.IsHexAddress(s) {
		return common.Address{}, fmt.Errorf("%q is not an address: want 0x and 40 hexadecimal digits", s)
	}
	address := common.HexToAddress(s)
	mixed := digits != strings.ToLower(digits) && digits != strings.ToUpper(digits)
	if mixed && address.Hex() != s {
		return common.Address{}, fmt.Errorf("%q has a wrong checksum: a digit or the case of one is mistyped", s)
	}
	return address, nil
}

// String implements pflag.Value.
func (f *addressFlag) String() string {
	if !f.set {
		return ""
	}
	return f.address.Hex()
}

// Type implements pflag.Value.
func (f *addressFlag) Type() string { return "address" }

// endpointFlag is where a JSON-RPC server answers: a URL, or the path of an IPC
// socket.
type endpointFlag struct{ endpoint string }

// Set implements pflag.Value.
func (f *endpointFlag) Set(s string) error {
	if !strings.Contains(s, "://") {
		if _, port, err := net.SplitHostPort(s); err == nil && strings.Trim(port, "0123456789") == "" {
			return errors.New("want http://, https://, ws:// or wss:// before the host")
		}
		if s == "" {
			return errors.New("it is empty")
		}
		f.endpoint = s
		return nil
	}
	u, err := url.Parse(s)
	var fault *url.Error
	switch {
	case errors.As(err, &fault):
		return fault.Err // without the URL, which can have a secret in it
	case err != nil:
		return err
	case !slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme):
		return fmt.Errorf("unknown scheme %q: want http, https, ws or wss, or the path of an IPC socket", u.Scheme)
	case u.Host == "":
		return errors.New("it has no host")
	}
	f.endpoint = s
	return nil
}

// String implements pflag.Value.
func (f *endpointFlag) String() string { return f.endpoint }

// Type implements pflag.Value.
func (f *endpointFlag) Type() string { return "URL" }

// weiPerEther is 10^18.
var weiPerEther = big.NewInt(1e18)

// etherFlag is an amount of ether, given in ether and held in wei.
type etherFlag struct{ wei *big.Int }

// Set implements pflag.Value.
func (f *etherFlag) Set(s string) error {
	// A fraction or an exponent would be taken by SetString too.
	if strings.Trim(s, "0123456789.") != "" {
		return fmt.Errorf("%q is not an amount of ether: want a decimal number, such as 0.01", s)
	}
	amount, ok := new(big.Rat).SetString(s)
	if !ok {
		return fmt.Errorf("%q is not an amount of ether: want a decimal number, such as 0.01", s)
	}
	amount.Mul(amount, new(big.Rat).SetInt(weiPerEther))
	if !amount.IsInt() {
		return fmt.Errorf("%q has more than 18 decimals", s)
	}
	f.wei = new(big.Int).Set(amount.Num())
	return nil
}

// String implements pflag.Value.
func (f *etherFlag) String() string {
	if f.wei == nil {
		return ""
	}
	return exactEther(f.wei.String())
}

// Type implements pflag.Value.
func (f *etherFlag) Type() string { return "ether" }

// exactEther writes wei, given in decimal, as ether, to the last wei.
func exactEther(wei string) string {
	n, ok := new(big.Rat).SetString(wei)
	if !ok {
		return wei
	}
	text := n.Quo(n, new(big.Rat).SetInt(weiPerEther)).FloatString(18)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
