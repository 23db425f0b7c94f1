package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/internal/golden"
)

// TestOpenRPC: the documents are those of the code, and the server serves them.
func TestOpenRPC(t *testing.T) {
	public, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	golden.Bytes(t, "../../docs/openrpc.json", public, "if that is meant, run with -update and read the difference")
	admin, err := AdminDocument()
	if err != nil {
		t.Fatal(err)
	}
	golden.Bytes(t, "../../docs/openrpc-admin.json", admin, "if that is meant, run with -update and read the difference")

	s := newTestServer(t, new(fake), Options{})
	for _, method := range []string{"quire_openrpc", "rpc_discover"} {
		if r := ask(t, s.Handler(), someone, method); r.Error != nil || !sameJSON(t, r.Result, public) {
			t.Errorf("%s: %v, or another document", method, r.Error)
		}
	}
	if w := request(s.Handler(), http.MethodGet, "/openrpc.json", nil); !sameJSON(t, w.Body.Bytes(), public) {
		t.Errorf("GET /openrpc.json: status %d, or another document", w.Code)
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}

// TestDocumentationComplete: a method without a description, a description without
// a method, and a field that says nothing are found.
func TestDocumentationComplete(t *testing.T) {
	try := func(change func(map[string]methodDoc)) error {
		docs := maps.Clone(documentation)
		change(docs)
		_, err := document("", "", Namespace, &methods{}, docs)
		return err
	}
	for name, c := range map[string]struct {
		change func(map[string]methodDoc)
		want   string
	}{
		"missing":      {func(d map[string]methodDoc) { delete(d, "getFee") }, "method quire_getFee is not described"},
		"subscription": {func(d map[string]methodDoc) { delete(d, "batches*") }, "method quire_batches is not described"},
		"gone":         {func(d map[string]methodDoc) { d["getGas"] = methodDoc{} }, "method quire_getGas is described, but there is none"},
		"parameter":    {func(d map[string]methodDoc) { m := d["getFee"]; m.params = nil; d["getFee"] = m }, "1 parameters, 0 are described"},
		"summary":      {func(d map[string]methodDoc) { m := d["getFee"]; m.summary = ""; d["getFee"] = m }, "not described"},
		"result":       {func(d map[string]methodDoc) { m := d["getFee"]; m.result = ""; d["getFee"] = m }, "not described"},
	} {
		if err := try(c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	type silent struct {
		X int `json:"x"`
	}
	type nested struct {
		Y []silent `json:"y" doc:"something"`
	}
	g := generator{schemas: make(map[string]*schema)}
	if _, err := g.schema(reflect.TypeFor[nested]()); err == nil || !strings.Contains(err.Error(), "silent.X") {
		t.Errorf("a field that says nothing: error %v", err)
	}
	if _, err := g.schema(reflect.TypeFor[map[string]int]()); err == nil {
		t.Error("a map has a schema")
	}
}

// TestDocumentRegistered: the document names exactly the methods that the server
// answers.
func TestDocumentRegistered(t *testing.T) {
	s := newTestServer(t, new(fake), Options{Rate: -1})
	text, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	var d openRPC
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	for _, m := range d.Methods {
		r := ask(t, s.Handler(), someone, m.Name)
		if r.Error != nil && r.Error.Code == wire.CodeMethodNotFound && m.Name != "quire_subscribe" {
			t.Errorf("%s is in the document, and the server does not know it", m.Name)
		}
	}
	typ := reflect.TypeFor[*methods]()
	if got, want := len(d.Methods), typ.NumMethod(); got != want { // two subscriptions, two methods for them
		t.Errorf("%d methods in the document, %d in the code", got, want)
	}
}
