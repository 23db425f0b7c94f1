package api

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/internal/golden"
)

// limitRows says what the options mean to clients: name, and what comes beyond.
var limitRows = []struct{ field, what, beyond string }{
	{"Rate", "units of a client per second", "429, or -32026"},
	{"Burst", "units of a client at once", "the same"},
	{"BodyBytes", "bytes of an HTTP request", "413"},
	{"MessageBytes", "bytes of a message on a WebSocket", "it is closed"},
	{"ResponseBytes", "bytes of the answers to one JSON-RPC batch", "-32003 for the rest"},
	{"BatchRequests", "requests of one JSON-RPC batch", "-32600"},
	{"Transfers", "transfers of one `quire_sendTransfers`", "-32602"},
	{"Page", "entries of one answer", "-32602"},
	{"RequestsEach", "HTTP requests of a client at once", "429"},
	{"Requests", "HTTP requests that are worked on at once", "503, after a second"},
	{"ConnectionsEach", "connections of a client", "closed at once"},
	{"Connections", "connections", "closed at once"},
	{"SocketsEach", "WebSockets of a client", "503"},
	{"Sockets", "WebSockets", "503"},
	{"SocketCalls", "calls of a WebSocket at once", "more are not read"},
	{"Subscriptions", "subscriptions of a WebSocket", "-32027"},
	{"Subscribers", "subscriptions in all", "-32027"},
	{"Backlog", "notifications that one may be behind", "-32028"},
	{"MemoryBytes", "bytes of requests and large answers together", "503"},
	{"RequestTime", "time of a call", "-32002"},
	{"HeaderTime", "time to send an HTTP request's header", "it is closed"},
	{"BodyTime", "time to send its body", "408, or it is closed"},
	{"WriteTime", "time to read the answer", "it is closed"},
	{"IdleTime", "silence of a connection", "it is closed"},
}

// TestDocs: docs/rpc.md has the tables of errors and of limits as they are in the
// code (-update writes them), and names every method.
func TestDocs(t *testing.T) {
	const path = "../../docs/rpc.md"
	read, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(read)

	var rows strings.Builder
	for _, k := range wire.Kinds() {
		fmt.Fprintf(&rows, "| %d | `%s` | %s | %s |\n", k.Err.Code, k.Name, strings.TrimSuffix(k.Err.Message, ": "+k.Action), k.Action)
	}
	text = replaceTable(t, text, "| code | name | what | what to do |\n|---|---|---|---|\n", "| -32700 |", rows.String())

	o, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	rows.Reset()
	for _, r := range limitRows {
		v := reflect.ValueOf(o).FieldByName(r.field).Interface()
		if d, ok := v.(time.Duration); ok {
			v = fmt.Sprintf("%g s", d.Seconds())
		}
		fmt.Fprintf(&rows, "| %s | %v | %s |\n", r.what, v, r.beyond)
	}
	text = replaceTable(t, text, "| limit | default | beyond it |\n|---|---|---|\n", "\nConnections beyond", rows.String())
	golden.Bytes(t, path, []byte(text), "if that is meant, run with -update and read the difference")

	for namespace, docs := range map[string]map[string]methodDoc{Namespace: documentation, AdminNamespace: adminDocumentation} {
		for name := range docs {
			want := namespace + "_" + name
			if s, ok := strings.CutSuffix(name, "*"); ok {
				want = `"method":"quire_subscribe","params":["` + s + `"`
			}
			if !strings.Contains(text, want) {
				t.Errorf("%s does not name %s", path, want)
			}
		}
	}
}

// example is a line of docs/rpc.md that calls a method: its parameters are in
// quotes, one word, or missing.
var example = regexp.MustCompile(`(?m)^    ask (\w+)(?: +'([^'\n]*)'| +([^'\s#|]\S*))?(?: .*)?$`)

// TestDocsExamples: what docs/rpc.md asks is understood. Examples with a … in them
// are of the form that it stands for.
func TestDocsExamples(t *testing.T) {
	read, err := os.ReadFile("../../docs/rpc.md")
	if err != nil {
		t.Fatal(err)
	}
	key, err := json.Marshal(wire.NewKey(fakeKey().Public()))
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer(
		`{"x":"0x…","y":"0x…"}`, string(key),
		`"signature":"0x…"`, `"signature":"0x`+strings.Repeat("0", 128)+`"`,
		`{"from":7,…}`, signedJSON(5),
		`"0x3f…"`, `"0x`+strings.Repeat("3f", 32)+`"`,
	)
	h := newTestServer(t, new(fake), Options{Rate: -1}).Handler()
	count := 0
	for _, m := range example.FindAllStringSubmatch(string(read), -1) {
		params := fill.Replace(m[2] + m[3])
		if strings.Contains(params, "…") {
			t.Errorf("%s: nothing to put for …", m[0])
		}
		count++
		// The fake backend need not have what is asked for.
		if r := ask(t, h, someone, m[1], params); r.Error != nil && (r.Error.Code <= -32600 || r.Error.Code == wire.ErrInvalidParams.Code) {
			t.Errorf("%s: %v", m[0], r.Error)
		}
	}
	if all := strings.Count(string(read), "\n    ask quire_"); count < all || all < 15 {
		t.Errorf("%d examples of %d are understood", count, all)
	}
}

// replaceTable returns the text with other rows between a table's head and what
// follows it.
func replaceTable(t *testing.T, text, head, end, rows string) string {
	t.Helper()
	before, rest, found := strings.Cut(text, head)
	at := strings.Index(rest, end)
	if !found || at < 0 {
		t.Fatalf("no table %q", head)
	}
	return before + head + rows + rest[at:]
}
