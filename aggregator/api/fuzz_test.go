package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
)

// FuzzHandler sends arbitrary bytes to the server: it does not panic, and answers
// with JSON-RPC or with an error of HTTP; nothing stays counted.
func FuzzHandler(f *testing.F) {
	for _, seed := range []string{
		aCall, `[` + aCall + `,` + aCall + `]`, ``, `[]`, `{}`, `null`, `[[]]`, `{"jsonrpc":"2.0","id":[],"method":7}`,
		`{"jsonrpc":"2.0","id":1,"method":"quire_sendTransfer","params":[` + signedJSON(5) + `]}`,
		`{"jsonrpc":"2.0","id":1,"method":"quire_sendTransfers","params":[[` + signedJSON(5) + `,` + signedJSON(4) + `,7]]}`,
		`{"jsonrpc":"2.0","id":"x","method":"quire_getAccount","params":[7,"pending"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"quire_getAccountProof","params":[7]}`,
		`{"jsonrpc":"2.0","id":1,"method":"quire_getTransfers","params":[{"account":7,"limit":2}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"quire_getBatches","params":[{"before":2}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"quire_subscribe","params":["transfers",7]}`,
		`{"jsonrpc":"2.0","id":1,"method":"quire_unsubscribe","params":["0x1"]}`,
		`{"jsonrpc":"2.0","id":1,"result":7}`, `{"jsonrpc":"2.0","method":"quire_subscription","params":{"subscription":"0x1","result":1}}`,
		`{"jsonrpc":"2.0","id":1,"method":"rpc_modules"}`, `{"jsonrpc":"2.0","id":1,"method":"quire_getFee","params":[{"a":{"b":[[[1]]]}}]}`,
	} {
		f.Add([]byte(seed))
	}
	s := newTestServer(f, new(fake), Options{Rate: -1, BodyBytes: 4000, MemoryBytes: 1 << 20, Transfers: 3, BatchRequests: 4})
	f.Fuzz(func(t *testing.T, body []byte) {
		w := post(s.Handler(), someone, string(body))
		switch w.Code {
		case http.StatusOK:
		case http.StatusRequestEntityTooLarge:
			if len(body) <= 4000 {
				t.Fatalf("%d bytes are too large", len(body))
			}
		default:
			t.Fatalf("status %d, %s", w.Code, w.Body)
		}
		if s.requests.total != 0 || !s.memory.TryAcquire(1<<20) || !s.working.TryAcquire(DefaultRequests) {
			t.Fatal("something is still counted")
		}
		s.memory.Release(1 << 20)
		s.working.Release(DefaultRequests)
		answer := bytes.TrimSpace(w.Body.Bytes())
		if w.Code != http.StatusOK || len(answer) == 0 { // notifications, answers to nothing
			return
		}
		answers := []json.RawMessage{answer}
		if answer[0] == '[' {
			if err := json.Unmarshal(answer, &answers); err != nil {
				t.Fatalf("%q: %v", answer, err)
			}
		}
		for _, a := range answers {
			var one struct {
				Version string          `json:"jsonrpc"`
				ID      json.RawMessage `json:"id"`
				Result  json.RawMessage `json:"result"`
				Error   *struct {
					Code    int    `json:"code"`
					Message string `json:"message"`
				} `json:"error"`
			}
			if err := json.Unmarshal(a, &one); err != nil {
				t.Fatalf("%q: %v", a, err)
			}
			if one.Version != "2.0" || one.ID == nil || (one.Result == nil) == (one.Error == nil) {
				t.Fatalf("%q to %q is no answer of JSON-RPC", a, body)
			}
			if one.Error != nil && (one.Error.Code > -32000 || one.Error.Message == "" || len(one.Error.Message) > 6000) {
				t.Fatalf("%q to %q is no error of ours", a, body)
			}
		}
	})
}

// FuzzCountElements: valid JSON is counted as it is.
func FuzzCountElements(f *testing.F) {
	for _, seed := range []string{`[]`, `[ ]`, `[1]`, `[[1,2],3]`, `["\",",{"a":[1,2,3]}]`, `{"a":[1]}`, ` [1 , 2 ]`, "[\n]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := countElements(data, len(data))
		var list []json.RawMessage
		if json.Unmarshal(data, &list) != nil || list == nil {
			return // whatever it is, the rpc package will not take it apart
		}
		if want := max(1, len(list)); got != want { // an empty list counts as one
			t.Fatalf("%q has %d elements, want %d", data, got, want)
		}
	})
}
