package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// position is where a key stands in a file.
type position struct {
	key  string
	line int
}

// positions returns the keys of a TOML document with their lines, and of sections
// those that are none. The error begins with the line.
func positions(content []byte) ([]position, error) {
	// The parser of positions accepts more than TOML.
	var any map[string]any
	var syntax *toml.DecodeError
	if err := toml.Unmarshal(content, &any); errors.As(err, &syntax) {
		line, column := syntax.Position()
		return nil, fmt.Errorf("%d:%d: %w", line, column, err)
	} else if err != nil {
		return nil, fmt.Errorf("1: %w", err)
	}
	var found []position
	var section []string
	parser := new(unstable.Parser)
	parser.Reset(content)
	for parser.NextExpression() {
		expression := parser.Expression()
		var names []string
		line := 0
		for keys := expression.Key(); keys.Next(); {
			names = append(names, string(keys.Node().Data))
			line = parser.Shape(keys.Node().Raw).Start.Line
		}
		switch expression.Kind {
		case unstable.Table, unstable.ArrayTable:
			section = names
			if name := strings.Join(names, "."); expression.Kind == unstable.ArrayTable || !isSection(name) {
				found = append(found, position{name, line})
			}
		case unstable.KeyValue:
			found = append(found, position{strings.Join(append(slices.Clone(section), names...), "."), line})
		}
	}
	return found, parser.Error()
}

func isSection(name string) bool {
	for _, s := range sections {
		if s.name == name {
			return true
		}
	}
	return false
}

// width is where comments are broken.
const width = 96

// comment writes a text as comment lines.
func comment(w *bytes.Buffer, text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width && line != "#" {
			fmt.Fprintln(w, line)
			line = "#"
		}
		line += " " + word
	}
	fmt.Fprintln(w, line)
}

// Example writes a configuration file with every key in it: needed ones to be
// filled in, all others as comments with their defaults.
func Example(w io.Writer) error {
	b := new(bytes.Buffer)
	comment(b, "Configuration of quire node. Every key is also a flag and an environment variable: "+
		"layer1.chain-id is --layer1-chain-id and "+find("layer1.chain-id").Env()+". Keys that are commented out show their defaults, or an example.")
	for _, s := range sections {
		fmt.Fprintln(b)
		comment(b, s.usage)
		fmt.Fprintf(b, "[%s]\n", s.name)
		for i := range fields {
			f := &fields[i]
			section, name, _ := strings.Cut(f.key, ".")
			if section != s.name {
				continue
			}
			comment(b, strings.ToUpper(f.usage[:1])+f.usage[1:]+".")
			value, shown := examples[f.key], f.needed
			if f.key == "layer1.url" || f.key == "operator.keystore" {
				shown = true
			}
			if value == "" {
				value = f.written([]string{f.def})
			}
			if !shown {
				name = "#" + name
			}
			fmt.Fprintf(b, "%s = %s\n", name, value)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// examples are values of keys that have no default, as the file has them.
var examples = map[string]string{
	"data.dir":                  `"/var/lib/quire"`,
	"layer1.url":                `"http://127.0.0.1:8545"`,
	"layer1.url-file":           `"/etc/quire/layer1.url"`,
	"layer1.contract":           `"0x5FbDB2315678afecb367f032d93F642f64180aa3"`,
	"layer1.chain-id":           "1",
	"layer1.from-block":         "20000000",
	"layer1.development-chains": `["31337"]`,
	"operator.keystore":         `"/etc/quire/operator.json"`,
	"operator.address":          `"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"`,
	"operator.password-file":    `"/etc/quire/operator.password"`,
	"operator.password-fd":      "3",
	"operator.signer":           `"/run/clef/clef.ipc"`,
	"receipts.key-file":         `"/etc/quire/receipts.json"`,
	"receipts.password-file":    `"/etc/quire/receipts.password"`,
	"prover.shapes":             `["small", "t512-hot", "t512"]`,
	"prover.keys":               `"/var/lib/quire-keys"`,
	"fees.account":              `"quire:f39fd6e51aad88f6f4ce6ab8827279cfffb9226606fc54cea1b8a65210a6b7b05524bda4b59741fa29babf222ab12c5fc9694b1600000000"`,
	"fees.minimums":             `["0=1000000000", "1=20"]`,
	"rpc.origins":               `["https://wallet.example"]`,
	"rpc.hosts":                 `["rollup.example"]`,
	"admin.listen":              `"unix:/var/lib/quire/admin.sock"`,
}

// Print writes the configuration as a file, with where each value comes from. Of
// URLs it leaves out what may be a secret.
func (l *Loaded) Print(w io.Writer) error {
	b := new(bytes.Buffer)
	for _, s := range sections {
		var lines []string
		for i := range fields {
			f := &fields[i]
			section, name, _ := strings.Cut(f.key, ".")
			values, ok := l.values[f.key]
			if section != s.name || !ok || len(values) == 0 || len(values) == 1 && values[0] == "" {
				continue
			}
			if f.key == "layer1.url" || f.key == "operator.signer" {
				values = []string{redacted(values[0])}
			}
			from := l.from[f.key]
			if from == "" {
				from = "default"
			}
			from, _, _ = strings.Cut(from, ": ")
			lines = append(lines, fmt.Sprintf("%s = %s # %s", name, f.written(values), from))
		}
		if len(lines) > 0 {
			fmt.Fprintf(b, "[%s]\n%s\n\n", s.name, strings.Join(lines, "\n"))
		}
	}
	_, err := w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return err
}

// redacted returns a URL without what may be a secret in it.
func redacted(endpoint string) string {
	if !strings.Contains(endpoint, "://") {
		return endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "…"
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return shown.String() + "/…"
	}
	return shown.String()
}
