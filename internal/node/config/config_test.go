package config

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/quirezk/quire/internal/golden"
)

// load reads a configuration from the content of a file, variables and flags.
func load(t *testing.T, file string, environ []string, args ...string) (*Loaded, error) {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(flags)
	if file != "" {
		path := filepath.Join(t.TempDir(), "quire.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(Sources{Flags: flags, Environ: environ})
}

const least = `
[data]
dir = "/d"
[layer1]
url = "http://node.example"
contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
chain-id = 5
[operator]
keystore = "/k"
[prover]
shapes = ["small"]
`

func TestLeast(t *testing.T) {
	l, err := load(t, least, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &l.Config
	if c.Data != "/d" || c.Layer1.ChainID != 5 || c.Layer1.Confirmations != 64 || c.Layer1.Interval != 4*time.Second || c.Layer1.FromBlock != nil {
		t.Errorf("%+v", c)
	}
	if c.Layer1.MaxFee.Cmp(big.NewInt(200e9)) != 0 || c.Layer1.MinTip.Cmp(big.NewInt(1e7)) != 0 {
		t.Errorf("fees %v, %v", c.Layer1.MaxFee, c.Layer1.MinTip)
	}
	if len(c.Prover.Shapes) != 1 || c.Prover.Shapes[0].Name != "small" || c.Prover.Proofs != 1 || c.Batches.MaxAge != 10*time.Minute || c.Pool.MaxTotal != 100_000 {
		t.Errorf("%+v", c)
	}
	if c.RPC.Address != "127.0.0.1:8645" || c.Ops.Address != "127.0.0.1:8646" || c.Debug.Address != "" || c.Admin.Address != "unix:/d/admin.sock" || !c.RPC.Explorer {
		t.Errorf("%+v", c)
	}
}

func TestPrecedence(t *testing.T) {
	file := least + "[log]\nlevel = \"debug\"\n[rpc]\nburst = 700\norigins = [\"https://a.example\"]\n[batches]\nretain = 9\n"
	environ := []string{"QUIRE_NODE_RPC_BURST=800", "QUIRE_NODE_LOG_LEVEL=warn", "QUIRE_NODE_RPC_ORIGINS=https://b.example, https://c.example", "QUIRE_KEYS=/elsewhere", "HOME=/h"}
	l, err := load(t, file, environ, "--log-level", "error", "--rpc-trust-proxy", "--prover-shapes", "t512,tiny", "--admin-listen", "off")
	if err != nil {
		t.Fatal(err)
	}
	c := &l.Config
	if c.Log.Level != "error" || c.RPC.Burst != 800 || c.Batches.Retain != 9 || !c.RPC.TrustProxy || c.Admin.Address != "" {
		t.Errorf("%+v", c)
	}
	if !cmp.Equal(c.RPC.Origins, []string{"https://b.example", "https://c.example"}) || c.Prover.Shapes[0].Name != "tiny" || c.Prover.Shapes[1].Name != "t512" {
		t.Errorf("%+v", c)
	}
	from := l.Sources()
	if from["log.level"] != "--log-level" || from["rpc.burst"] != "environment variable QUIRE_NODE_RPC_BURST" || !strings.HasSuffix(from["batches.retain"], "quire.toml:18: batches.retain") {
		t.Errorf("%v", from)
	}
	l, err = load(t, "", append(environ, "QUIRE_NODE_CONFIG=/nowhere/quire.toml"))
	if l != nil || !errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrConfig) {
		t.Errorf("file that does not exist: error %v", err)
	}
}

// TestEveryKey: each key can be given in each of the three ways, with the same
// effect.
func TestEveryKey(t *testing.T) {
	other := map[string]string{ // values that differ from the defaults and the examples' effect
		"layer1.finalized": "true", "rpc.trust-proxy": "true", "rpc.explorer": "false",
	}
	for i := range fields {
		f := &fields[i]
		written := examples[f.key]
		if v := other[f.key]; v != "" {
			written = v
		} else if written == "" {
			written = f.written([]string{f.def})
		}
		plain := strings.Trim(strings.NewReplacer(`"`, "", "[", "", "]", "").Replace(written), " ")
		section, name, _ := strings.Cut(f.key, ".")
		for way, parse := range map[string]func() (*Loaded, error){
			"file": func() (*Loaded, error) { return load(t, fmt.Sprintf("[%s]\n%s = %s\n", section, name, written), nil) },
			"env":  func() (*Loaded, error) { return load(t, "", []string{f.Env() + "=" + plain}) },
			"flag": func() (*Loaded, error) { return load(t, "", nil, "--"+f.Flag()+"="+plain) },
		} {
			// What else is missing is said; of this key nothing is.
			_, err := parse()
			if err == nil || !errors.Is(err, ErrConfig) {
				t.Fatalf("%s by %s: error %v", f.key, way, err)
			}
			for line := range strings.Lines(err.Error()) {
				own := strings.Contains(line, f.key) || strings.Contains(line, f.Env()+":") || strings.Contains(line, "--"+f.Flag()+":")
				if own && !strings.Contains(line, "missing") && !strings.Contains(line, "give") {
					t.Errorf("%s by %s: %s", f.key, way, line)
				}
			}
		}
	}
}

func TestFaults(t *testing.T) {
	full := func(extra string) string { return least + extra }
	for _, c := range []struct {
		name, file string
		environ    []string
		args       []string
		says       []string
	}{
		{name: "nothing", says: []string{
			"missing: data.dir (--data-dir, QUIRE_NODE_DATA_DIR)", "missing: layer1.url (--layer1-url, QUIRE_NODE_LAYER1_URL)", "or layer1.url-file",
			"missing: layer1.contract", "missing: layer1.chain-id", "missing: prover.shapes", "missing: operator.keystore", "or operator.signer"}},
		{name: "all at once", file: "[layer1]\nurl = \"node:8545\"\ncontract = \"0x12\"\nchain-id = \"one\"\nconfirmatons = 3\n[log]\nlevel = \"loud\"\n",
			environ: []string{"QUIRE_NODE_POOL_TTL=1ns", "QUIRE_NODE_LAYER2_URL=x"}, args: []string{"--rpc-burst", "0", "--prover-shapes", "huge,small,small", "--layer1-confirmations", "18446744073709551615"},
			says: []string{"quire.toml:2: layer1.url: want http://", "quire.toml:3: layer1.contract: \"0x12\"", "quire.toml:4: layer1.chain-id: \"one\"",
				"quire.toml:5: there is no key layer1.confirmatons", "quire.toml:7: log.level: \"loud\": want one of debug",
				"environment variable QUIRE_NODE_POOL_TTL: \"1ns\"", "environment variable QUIRE_NODE_LAYER2_URL: there is no such key",
				"--rpc-burst: \"0\": want a whole number, at least 1", "--layer1-confirmations: \"18446744073709551615\": want a whole number, at least 0 and at most", "--prover-shapes: unknown shape \"huge\"", "--prover-shapes: shape \"small\" is named twice", "missing: data.dir"}},
		{name: "syntax", file: "[layer1]\nurl = \n", says: []string{"quire.toml:2:"}},
		{name: "twice", file: "[log]\nlevel = \"info\"\nlevel = \"warn\"\n", says: []string{"quire.toml:"}},
		{name: "types", file: full("[rpc]\nburst = [1]\norigins = \"x\"\ntrust-proxy = 2\n[pool]\nttl = 5\n[log.level]\n"), says: []string{
			"rpc.burst: a list: want a number", "rpc.origins: x: want a list", "rpc.trust-proxy: \"2\": want true or false", "pool.ttl: \"5\"", "log.level"}},
		{name: "underscore", file: full("[pool]\nmax_total = 5\n"), says: []string{"there is no key pool.max_total: is it pool.max-total?"}},
		{name: "elsewhere", file: full("[rpc]\nttl = \"5s\"\n"), says: []string{"there is no key rpc.ttl: is it pool.ttl?"}},
		{name: "sections", file: full("[pols]\n"), says: []string{"there is no key pols"}},
		{name: "top", file: "dir = \"x\"\n", says: []string{"quire.toml:1: there is no key dir"}},
		{name: "two urls", file: full(""), args: []string{"--layer1-url-file", "f"}, says: []string{"--layer1-url-file: the URL is given twice"}},
		{name: "two signers", file: full(""), args: []string{"--operator-signer", "/s.ipc"}, says: []string{"leave out operator.keystore"}},
		{name: "signer alone", file: strings.Replace(least, "keystore = \"/k\"", "signer = \"http://s.example\"", 1), says: []string{"give operator.address", "give receipts.key-file"}},
		{name: "two passwords", file: full(""), args: []string{"--operator-password-file", "f", "--operator-password-fd", "3"}, says: []string{"the password is given twice"}},
		{name: "receipts", file: full(""), args: []string{"--receipts-key-file", "f"}, says: []string{"missing: receipts.password-file"}},
		{name: "fees of nobody", file: full("[fees]\nminimums = [\"0=1\"]\n"), says: []string{"give fees.account"}},
		{name: "fees of nothing", file: full("[fees]\naccount = \"" + someAddress + "\"\n"), says: []string{"give fees.minimums"}},
		{name: "bad fees", file: full("[fees]\naccount = \"quire:00\"\nminimums = [\"0=1\", \"0=2\", \"x\", \"1=-\", \"2=12345678901\"]\n"), says: []string{
			"want a layer-2 address", "token 0 is named twice", "\"x\": want TOKEN=AMOUNT", "\"1=-\": the amount", "\"2=12345678901\""}},
		{name: "pprof outside", file: full("[debug]\nlisten = \"0.0.0.0:6060\"\n"), says: []string{"debug.listen: \"0.0.0.0:6060\": it may be reached from this machine only"}},
		{name: "pprof by name", file: full("[debug]\nlisten = \"localhost:6060\"\n"), says: []string{"want a loopback address"}},
		{name: "admin outside", file: full("[admin]\nlisten = \":6060\"\n"), says: []string{"admin.listen: \":6060\": it may be reached from this machine only"}},
		{name: "port", file: full("[ops]\nlisten = \"127.0.0.1:http\"\n"), says: []string{"port \"http\""}},
		{name: "no port", file: full("[ops]\nlisten = \"127.0.0.1\"\n"), says: []string{"want HOST:PORT"}},
		{name: "same port", file: full("[ops]\nlisten = \"127.0.0.1:8645\"\n"), says: []string{"ops.listen: 127.0.0.1:8645 is rpc.listen as well"}},
		{name: "no rpc", file: full("[rpc]\nlisten = \"off\"\n"), says: []string{"rpc.listen: it cannot be off"}},
		{name: "tip above cap", file: full(""), args: []string{"--layer1-max-fee", "1gwei", "--layer1-min-tip", "2gwei"}, says: []string{"--layer1-min-tip: it is above layer1.max-fee"}},
		{name: "units", file: full(""), args: []string{"--prover-memory", "8GB", "--layer1-max-fee", "1e3gwei", "--layer1-min-tip", "0.5wei", "--rpc-rate", "-2"}, says: []string{
			"--prover-memory: \"8GB\"", "--layer1-max-fee: \"1e3gwei\"", "--layer1-min-tip: \"0.5wei\"", "--rpc-rate: \"-2\""}},
		{name: "limits", file: full("[rpc]\norigins = [\"wallet.example\"]\n"), args: []string{"--rpc-burst", "10", "--pool-nonce-window", "1125899906842624"}, says: []string{
			"--pool-nonce-window: a window of 1125899906842624 nonces", "--rpc-burst: a Burst of 10 is below the 257",
			"quire.toml:13: rpc.origins: origin \"wallet.example\": expected a scheme and a host"}},
		{name: "checksum", file: strings.Replace(least, "0x5FbDB", "0x5fbDB", 1), says: []string{"quire.toml:6: layer1.contract", "checksum"}},
		{name: "empty", file: full(""), environ: []string{"QUIRE_NODE_LOG_LEVEL="}, says: []string{"QUIRE_NODE_LOG_LEVEL: it is empty"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := load(t, c.file, c.environ, c.args...)
			if l != nil || !errors.Is(err, ErrConfig) {
				t.Fatalf("%+v, error %v", l, err)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q:\n%v", text, err)
				}
			}
		})
	}
}

const someAddress = "quire:f39fd6e51aad88f6f4ce6ab8827279cfffb9226606fc54cea1b8a65210a6b7b05524bda4b59741fa29babf222ab12c5fc9694b1600000000"

func TestFees(t *testing.T) {
	l, err := load(t, least+"[fees]\naccount = \""+someAddress+"\"\nminimums = [\"3=20\", \"0=1000000000\"]\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	f := l.Fees
	if f.Account != someAddress || len(f.Minimums) != 2 || f.Minimums[0].Token != 0 || f.Minimums[1].Token != 3 ||
		f.Minimums[0].Amount.Uint64() != 1e9 || f.Minimums[1].Amount.Uint64() != 20 {
		t.Errorf("%+v", f)
	}
}

// TestSecretsStayOut: no error and no output has a URL's secret.
func TestSecretsStayOut(t *testing.T) {
	for _, url := range []string{"https://user:hunter2@node.example", "https://node.example/v3/hunter2", "https://node.example?key=hunter2"} {
		l, err := load(t, strings.Replace(least, "http://node.example", url, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := l.Print(&out); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "hunter2") || !strings.Contains(out.String(), "https://node.example/…") {
			t.Errorf("printed:\n%s", out.String())
		}
		if _, err := load(t, "", []string{"QUIRE_NODE_LAYER1_URL=" + strings.Replace(url, "https", "gopher", 1)}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error %v", err)
		}
	}
}

// TestPrint: what is printed is a configuration file with the same effect.
func TestPrint(t *testing.T) {
	l, err := load(t, least+"[rpc]\nhosts = [\"a.example\", \"b.example\"]\nrate = 0.5\n", nil, "--prover-memory", "2GiB")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := l.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"memory = \"2GiB\" # --prover-memory", "confirmations = 64 # default", "quire.toml:14"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("it does not say %q:\n%s", line, out.String())
		}
	}
	again, err := load(t, out.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.Config, again.Config, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
		t.Error(diff)
	}
}

// TestExample holds docs/node.example.toml to the keys, and sees that it loads.
func TestExample(t *testing.T) {
	var b bytes.Buffer
	if err := Example(&b); err != nil {
		t.Fatal(err)
	}
	path := "../../../docs/node.example.toml"
	golden.Bytes(t, path, b.Bytes(), "run go test ./internal/node/config -update")
	l, err := load(t, b.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	// With everything in it but what excludes something else.
	var all strings.Builder
	for line := range strings.Lines(b.String()) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "#"), " =")
		switch name {
		case "url-file", "signer", "password-fd":
		default:
			if !strings.HasPrefix(line, "# ") {
				line = strings.TrimPrefix(line, "#")
			}
		}
		all.WriteString(line)
	}
	full, err := load(t, all.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if full.Layer1.ChainID != l.Layer1.ChainID || full.Fees.Account == "" || len(full.RPC.Origins) != 1 {
		t.Errorf("%+v", full.Config)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(least, "QUIRE_NODE_RPC_RATE=1", "--log-level=warn")
	f.Add("[[layer1]]\n[log]\nlevel = {a = 1}\n", "", "")
	f.Add("log.level = \"x\"\n'a.b' = 1", "QUIRE_NODE_", "--rpc-hosts=,")
	f.Fuzz(func(t *testing.T, file, variable, arg string) {
		flags := pflag.NewFlagSet("fuzz", pflag.ContinueOnError)
		flags.SetOutput(new(bytes.Buffer))
		AddFlags(flags)
		path := filepath.Join(t.TempDir(), "quire.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if flags.Parse([]string{arg}) != nil {
			return
		}
		if flags.Set("config", path) != nil {
			t.Fatal("no flag for the file")
		}
		l, err := Load(Sources{Flags: flags, Environ: []string{variable}})
		if (l == nil) != (err != nil) {
			t.Fatalf("%+v, error %v", l, err)
		}
	})
}
