package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
)

// Short names, for the list of keys.
type (
	durationT = time.Duration
	bigInt    = big.Int
	addressT  = common.Address
)

// setter parses the values of a key.
type setter = func(c *Config, values []string) error

// one is a key of a single value.
func one(set func(c *Config, s string) error) setter {
	return func(c *Config, values []string) error { return set(c, values[0]) }
}

// into is a text as it stands.
func into(to func(*Config) *string) setter {
	return one(func(c *Config, s string) error { *to(c) = s; return nil })
}

func texts(to func(*Config) *[]string) setter {
	return func(c *Config, values []string) error { *to(c) = values; return nil }
}

func toggle(to func(*Config) *bool) setter {
	return one(func(c *Config, s string) error {
		switch s {
		case "true":
			*to(c) = true
		case "false":
			*to(c) = false
		default:
			return fmt.Errorf("%q: want true or false", s)
		}
		return nil
	})
}

// most is the highest whole number that is taken: sums of a few do not wrap.
const most = 1 << 60

func unsigned(to func(*Config) *uint64, least uint64) setter {
	return one(func(c *Config, s string) error {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil || n < least || n > most {
			return fmt.Errorf("%q: want a whole number, at least %d and at most %d", s, least, uint64(most))
		}
		*to(c) = n
		return nil
	})
}

func optional(to func(*Config) **uint64) setter {
	return func(c *Config, values []string) error {
		n := new(uint64)
		*to(c) = n
		return unsigned(func(*Config) *uint64 { return n }, 0)(c, values)
	}
}

func count(to func(*Config) *int, least int) setter {
	return one(func(c *Config, s string) error {
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil || n < int64(least) {
			return fmt.Errorf("%q: want a whole number, at least %d and below 2^31", s, least)
		}
		*to(c) = int(n)
		return nil
	})
}

// countOrNone takes 0 for none: the value then is -1, since 0 stands for the default.
func countOrNone(to func(*Config) *int) setter {
	return func(c *Config, values []string) error {
		err := count(to, 0)(c, values)
		if err == nil && *to(c) == 0 {
			*to(c) = -1
		}
		return err
	}
}

func period(to func(*Config) *durationT) setter {
	return one(func(c *Config, s string) error {
		d, err := time.ParseDuration(s)
		if err != nil || d < time.Millisecond {
			return fmt.Errorf("%q: want a time of at least 1ms, such as 500ms, 90s or 10m", s)
		}
		*to(c) = d
		return nil
	})
}

// units are those of sizes in memory.
var units = []struct {
	name  string
	bytes uint64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"", 1}}

func size(to func(*Config) *uint64) setter {
	return one(func(c *Config, s string) error {
		for _, unit := range units {
			digits, ok := strings.CutSuffix(s, unit.name)
			if !ok {
				continue
			}
			n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 64)
			if err != nil || n > (1<<62)/unit.bytes {
				break
			}
			*to(c) = n * unit.bytes
			return nil
		}
		return fmt.Errorf("%q: want bytes, such as 1073741824, 512MiB or 8GiB", s)
	})
}

func wei(to func(*Config) **bigInt) setter {
	return one(func(c *Config, s string) error {
		digits, isGwei := strings.CutSuffix(s, "gwei")
		if !isGwei {
			digits = strings.TrimSuffix(s, "wei")
		}
		fault := fmt.Errorf("%q: want an amount such as 200gwei, 0.01gwei or 1000wei", s)
		digits = strings.TrimSpace(digits)
		if digits == "" || digits == "." || strings.Trim(digits, "0123456789.") != "" {
			return fault
		}
		amount, ok := new(big.Rat).SetString(digits)
		if !ok {
			return fault
		}
		if isGwei {
			amount.Mul(amount, new(big.Rat).SetInt64(params.GWei))
		}
		if !amount.IsInt() || amount.Sign() <= 0 || amount.Num().BitLen() > 128 {
			return fmt.Errorf("%w: above 0, in whole wei", fault)
		}
		*to(c) = new(big.Int).Set(amount.Num())
		return nil
	})
}

// address reads a layer-1 address. Digits in mixed case carry a checksum.
func address(s string) (common.Address, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || !common.IsHexAddress(s) {
		return common.Address{}, fmt.Errorf("%q: want an address, 0x and 40 hexadecimal digits", s)
	}
	a := common.HexToAddress(s)
	if mixed := digits != strings.ToLower(digits) && digits != strings.ToUpper(digits); mixed && a.Hex() != s {
		return common.Address{}, fmt.Errorf("%q: its checksum is wrong: a digit or the case of one is mistyped", s)
	}
	return a, nil
}

func maybeAddress(to func(*Config) **addressT) setter {
	return one(func(c *Config, s string) error {
		a, err := address(s)
		*to(c) = &a
		return err
	})
}

func endpoint(to func(*Config) *string) setter {
	return one(func(c *Config, s string) error {
		if err := CheckEndpoint(s); err != nil {
			return err
		}
		*to(c) = s
		return nil
	})
}

// CheckEndpoint says what is wrong with the URL of a JSON-RPC server, or the path of
// its IPC socket. It does not repeat the URL, in which there can be a secret.
func CheckEndpoint(s string) error {
	if !strings.Contains(s, "://") {
		if _, port, err := net.SplitHostPort(s); err == nil && strings.Trim(port, "0123456789") == "" {
			return errors.New("want http://, https://, ws:// or wss:// before the host")
		}
		return nil
	}
	u, err := url.Parse(s)
	var fault *url.Error
	switch {
	case errors.As(err, &fault):
		return fault.Err
	case err != nil:
		return err
	case !slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme):
		return fmt.Errorf("unknown scheme %q: want http, https, ws or wss, or the path of an IPC socket", u.Scheme)
	case u.Host == "":
		return errors.New("the URL has no host")
	}
	return nil
}

func choice(to func(*Config) *string, choices ...string) setter {
	return one(func(c *Config, s string) error {
		if !slices.Contains(choices, s) {
			return fmt.Errorf("%q: want one of %s", s, strings.Join(choices, ", "))
		}
		*to(c) = s
		return nil
	})
}

// reach is from where a server can be reached.
type reach uint8

const (
	anywhere reach = iota
	loopback       // from this machine alone
)

func listen(to func(*Config) *Listen, from reach) setter {
	return one(func(c *Config, s string) error {
		if s == "off" {
			*to(c) = Listen{}
			return nil
		}
		if path, ok := strings.CutPrefix(s, "unix:"); ok {
			if path == "" {
				return fmt.Errorf("%q: unix: wants the path of a socket", s)
			}
			*to(c) = Listen{s}
			return nil
		}
		host, port, err := net.SplitHostPort(s)
		if err != nil {
			return fmt.Errorf("%q: want HOST:PORT, such as 127.0.0.1:8645", s)
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil {
			return fmt.Errorf("%q: port %q is not a number from 0 to 65535", s, port)
		} else if from == loopback && !isLoopback(host) {
			return fmt.Errorf("%q: it may be reached from this machine only: want a loopback address, such as 127.0.0.1:%d", s, n)
		}
		*to(c) = Listen{s}
		return nil
	})
}

// isLoopback says whether a host is this machine whatever a resolver says.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func chains(c *Config, values []string) error {
	for _, v := range values {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil || n == 0 {
			return fmt.Errorf("%q: want the ID of a chain", v)
		}
		c.Layer1.DevelopmentChains = append(c.Layer1.DevelopmentChains, n)
	}
	return nil
}

func shapes(c *Config, values []string) error {
	var faults []error
	for _, name := range values {
		shape, err := circuits.ShapeByName(name)
		switch {
		case err != nil:
			faults = append(faults, err)
		case slices.Contains(c.Prover.Shapes, shape):
			faults = append(faults, fmt.Errorf("shape %q is named twice", name))
		default:
			c.Prover.Shapes = append(c.Prover.Shapes, shape)
		}
	}
	// Batches are proven with the first that they fit.
	all := circuits.Shapes()
	slices.SortFunc(c.Prover.Shapes, func(a, b protocol.Shape) int { return slices.Index(all, a) - slices.Index(all, b) })
	return errors.Join(faults...)
}

// feeAccount looks at the form of an address. Its checksum is one for a rollup, and
// is checked once that is known.
func feeAccount(c *Config, values []string) error {
	digits, ok := strings.CutPrefix(values[0], "quire:")
	if b, err := hex.DecodeString(digits); !ok || err != nil || len(b) != common.AddressLength+protocol.PointSize+4 {
		return fmt.Errorf("%q: want a layer-2 address, quire: and 112 hexadecimal digits", values[0])
	}
	c.Fees.Account = values[0]
	return nil
}

func minimums(c *Config, values []string) error {
	var faults []error
	for _, v := range values {
		left, right, ok := strings.Cut(v, "=")
		token, err := strconv.ParseUint(strings.TrimSpace(left), 10, protocol.TokenBits)
		if !ok || err != nil {
			faults = append(faults, fmt.Errorf("%q: want TOKEN=AMOUNT, such as 0=1000000000", v))
			continue
		}
		amount, err := uint256.FromDecimal(strings.TrimSpace(right))
		if err != nil {
			faults = append(faults, fmt.Errorf("%q: the amount is not a whole number", v))
			continue
		}
		if _, err := protocol.EncodeFee(amount); err != nil {
			faults = append(faults, fmt.Errorf("%q: %w", v, err))
			continue
		}
		c.Fees.Minimums = append(c.Fees.Minimums, Minimum{protocol.Token(token), *amount})
	}
	slices.SortFunc(c.Fees.Minimums, func(a, b Minimum) int { return int(int64(a.Token) - int64(b.Token)) })
	for i, m := range c.Fees.Minimums {
		if i > 0 && m.Token == c.Fees.Minimums[i-1].Token {
			faults = append(faults, fmt.Errorf("token %d is named twice", m.Token))
		}
	}
	return errors.Join(faults...)
}

func rate(c *Config, values []string) error {
	r, err := strconv.ParseFloat(values[0], 64)
	if err != nil || r == 0 || r != r || r < -1 || r > 1e9 || r < 0 && r != -1 {
		return fmt.Errorf("%q: want a number above 0, or -1", values[0])
	}
	c.RPC.Rate = r
	return nil
}

// Split returns the network and the address of where a server listens.
func (l Listen) Split() (network, address string) {
	if path, ok := strings.CutPrefix(l.Address, "unix:"); ok {
		return "unix", path
	}
	return "tcp", l.Address
}

// check looks at what single keys do not show.
func (c *Config) check(r *report) {
	switch l := &c.Layer1; {
	case l.URL == "" && l.URLFile == "" && !r.faulty("layer1.url"):
		r.missing("layer1.url", "layer1.url-file")
	case l.URL != "" && l.URLFile != "":
		r.fault("layer1.url-file", errors.New("the URL is given twice: leave out layer1.url"))
	}
	if c.Layer1.MaxFee != nil && c.Layer1.MinTip != nil && c.Layer1.MinTip.Cmp(c.Layer1.MaxFee) > 0 {
		r.fault("layer1.min-tip", errors.New("it is above layer1.max-fee: nothing could ever be sent"))
	}
	c.checkOperator(r)
	c.checkLimits(r)
	if c.Receipts.PasswordFile != "" && c.Receipts.KeyFile == "" {
		r.fault("receipts.password-file", errors.New("it is the password of receipts.key-file, which is not given"))
	}
	if c.Receipts.KeyFile != "" && c.Receipts.PasswordFile == "" {
		r.missing("receipts.password-file")
	}
	if c.Receipts.KeyFile == "" && c.Operator.PasswordFD != nil {
		r.fault("operator.password-fd", errors.New("it can be read once, for the operator's key: give receipts.key-file"))
	}
	if c.Receipts.KeyFile == "" && c.Operator.Signer != "" {
		r.fault("operator.signer", errors.New("it cannot sign receipts, many in a second: give receipts.key-file"))
	}
	switch {
	case c.Fees.Account == "" && len(c.Fees.Minimums) > 0 && !r.faulty("fees.account"):
		r.fault("fees.minimums", errors.New("nobody would earn the fees: give fees.account"))
	case c.Fees.Account != "" && len(c.Fees.Minimums) == 0 && !r.faulty("fees.minimums"):
		r.fault("fees.account", errors.New("it says who earns fees, but not which: give fees.minimums"))
	}
	if c.Admin.Address == "" && !r.given("admin.listen") && c.Data != "" {
		c.Admin.Address = "unix:" + filepath.Join(c.Data, "admin.sock")
	}
	used := make(map[string]string)
	for _, l := range []struct {
		key string
		at  Listen
	}{{"rpc.listen", c.RPC.Listen}, {"ops.listen", c.Ops}, {"debug.listen", c.Debug}, {"admin.listen", c.Admin}} {
		if l.at.Address == "" || strings.HasSuffix(l.at.Address, ":0") {
			continue
		}
		if other, ok := used[l.at.Address]; ok {
			r.fault(l.key, fmt.Errorf("%s is %s as well: each server needs an address of its own", l.at.Address, other))
		}
		used[l.at.Address] = l.key
	}
	if c.RPC.Address == "" && !r.faulty("rpc.listen") {
		r.fault("rpc.listen", errors.New("it cannot be off: nobody would reach the node"))
	}
}

// checkLimits has those who take the limits look at them, before anything is opened:
// one after the other, so that it is known which key is wrong. A key that is faulty
// already has no value.
func (c *Config) checkLimits(r *report) {
	for _, limit := range []struct {
		key string
		err error
	}{
		{"pool.max-total", mempool.Limits{MaxTotal: c.Pool.MaxTotal}.Validate()},
		{"pool.max-per-account", mempool.Limits{MaxPerAccount: c.Pool.MaxPerAccount}.Validate()},
		{"pool.nonce-window", mempool.Limits{NonceWindow: c.Pool.NonceWindow}.Validate()},
		{"pool.ttl", mempool.Limits{TTL: c.Pool.TTL}.Validate()},
		{"rpc.burst", api.Options{Rate: c.RPC.Rate, Burst: c.RPC.Burst}.Validate()},
		{"rpc.connections", api.Options{Connections: c.RPC.Connections}.Validate()},
		{"rpc.origins", api.Options{Origins: c.RPC.Origins}.Validate()},
	} {
		if limit.err != nil && !r.faulty(limit.key) {
			r.fault(limit.key, limit.err)
		}
	}
}

func (c *Config) checkOperator(r *report) {
	o := &c.Operator
	switch {
	case o.Keystore == "" && o.Signer == "" && !r.faulty("operator.signer"):
		r.missing("operator.keystore", "operator.signer")
	case o.Keystore != "" && o.Signer != "":
		r.fault("operator.signer", errors.New("who signs is given twice: leave out operator.keystore"))
	case o.Signer != "" && o.Address == nil && !r.faulty("operator.address"):
		r.fault("operator.signer", errors.New("it can have several accounts: give operator.address"))
	}
	if o.PasswordFile != "" && o.PasswordFD != nil {
		r.fault("operator.password-fd", errors.New("the password is given twice: leave out operator.password-file"))
	}
	if o.Signer != "" && (o.PasswordFile != "" || o.PasswordFD != nil) {
		r.fault("operator.signer", errors.New("an external signer takes no password from here"))
	}
}
