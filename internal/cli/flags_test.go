package cli

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestFlagValues: what each kind of value accepts, how it is printed again, and
// what is said of the rest.
func TestFlagValues(t *testing.T) {
	address := func() pflag.Value { return new(addressFlag) }
	endpoint := func() pflag.Value { return new(endpointFlag) }
	ether := func() pflag.Value { return new(etherFlag) }
	for _, test := range []struct {
		flag  func() pflag.Value
		text  string
		want  string // printed again
		fault string // "" if it is accepted
	}{
		{address, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", ""},
		{address, "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", ""},
		{address, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", ""},
		{address, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "", "wrong checksum"},
		{address, "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "", "want 0x and 40"},
		{address, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", "", "want 0x and 40"},
		{address, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd", "", "want 0x and 40"},
		{address, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg", "", "want 0x and 40"},
		{address, "vitalik.eth", "", "want 0x and 40"},
		{address, "", "", "want 0x and 40"},

		{endpoint, "http://127.0.0.1:8545", "http://127.0.0.1:8545", ""},
		{endpoint, "https://node.example/v1/key", "https://node.example/v1/key", ""},
		{endpoint, "ws://[::1]:8546", "ws://[::1]:8546", ""},
		{endpoint, "/run/geth.ipc", "/run/geth.ipc", ""},
		{endpoint, "geth.ipc", "geth.ipc", ""},
		{endpoint, "127.0.0.1:8545", "", "before the host"},
		{endpoint, "localhost:8545", "", "before the host"},
		{endpoint, "ftp://node.example", "", `unknown scheme "ftp"`},
		{endpoint, "http:///path", "", "no host"},
		{endpoint, "http://[::1", "", "missing ']'"},
		{endpoint, "http://node.example:port/secret", "", "invalid port"},
		{endpoint, "", "", "empty"},

		{ether, "0", "0", ""},
		{ether, "1", "1", ""},
		{ether, "0.010", "0.01", ""},
		{ether, "12345678901234567890.000000000000000001", "12345678901234567890.000000000000000001", ""},
		{ether, "0.0000000000000000001", "", "more than 18 decimals"},
		{ether, "-1", "", "not an amount"},
		{ether, "1e18", "", "not an amount"},
		{ether, "1/2", "", "not an amount"},
		{ether, "0x10", "", "not an amount"},
		{ether, "1.2.3", "", "not an amount"},
		{ether, ".", "", "not an amount"},
		{ether, "", "", "not an amount"},
	} {
		flag := test.flag()
		if flag.String() != "" || flag.Type() == "" {
			t.Errorf("a %s that was not set prints %q", flag.Type(), flag.String())
		}
		err := flag.Set(test.text)
		switch {
		case test.fault == "" && (err != nil || flag.String() != test.want):
			t.Errorf("%s %q: %v, prints %q, want %q", flag.Type(), test.text, err, flag.String(), test.want)
		case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
			t.Errorf("%s %q: error %v, want %q", flag.Type(), test.text, err, test.fault)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("%s %q: the error tells the whole URL: %v", flag.Type(), test.text, err)
		case err != nil && flag.String() != "":
			t.Errorf("%s %q was refused and kept", flag.Type(), test.text)
		}
	}
}
