package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/internal/golden"
	"github.com/quirezk/quire/protocol"
)

// asJSON returns v in JSON, in which it can be.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func signedJSON(nonce uint64) string {
	s := fakeSigned(nonce)
	return asJSON(wire.NewSignedTransfer(&s))
}

// TestAnswers: every method answers exactly what testdata/answers.txt says, valid
// requests and invalid ones.
func TestAnswers(t *testing.T) {
	s := newTestServer(t, new(fake), Options{Page: 2, Transfers: 3, Rate: -1})
	a := fakeAccount()
	id := func(first string) string { return `"0x` + first + strings.Repeat("01", 31) + `"` }
	opening := asJSON(wire.OpenRequest{Key: wire.NewKey(a.Key), Owner: wire.Address(a.Owner), Token: 1})
	lowKey := asJSON(wire.OpenRequest{Owner: wire.Address(a.Owner)})
	spoilt := signedJSON(5)
	spoilt = strings.Replace(spoilt, `"signature":"0x`, `"signature":"0xffff`, 1)
	spoilt = spoilt[:len(spoilt)-6] + `"}`
	owner := asJSON(wire.Address(a.Owner))

	var calls [][]string
	add := func(method string, params ...string) { calls = append(calls, append([]string{method}, params...)) }
	add("quire_sendTransfer", signedJSON(5))
	add("quire_sendTransfer", signedJSON(6))
	add("quire_sendTransfer", signedJSON(4))
	add("quire_sendTransfer", spoilt)
	add("quire_sendTransfer", strings.Replace(signedJSON(5), `"amount":"1500"`, `"amount":1500`, 1))
	add("quire_sendTransfer", `null`)
	add("quire_sendTransfer")
	add("quire_sendTransfer", signedJSON(5), signedJSON(5))
	add("quire_sendTransfers", `[`+signedJSON(5)+`,{"from":7},`+signedJSON(4)+`]`)
	add("quire_sendTransfers", `[`+spoilt+`,7]`)
	add("quire_sendTransfers", `[]`)
	add("quire_sendTransfers", `[1,2,3,4]`)
	add("quire_sendTransfers", `{"0":1}`)
	add("quire_openAccount", opening)
	add("quire_openAccount", lowKey)
	add("quire_openAccount", `{"key":{"x":"0x1","y":"0x2"},"owner":"0x1","token":0}`)
	add("quire_getAccount", `7`)
	add("quire_getAccount", `7`, `"pending"`)
	add("quire_getAccount", `7`, `null`)
	add("quire_getAccount", `7`, `"latest"`)
	add("quire_getAccount", `7`, `"finalized"`)
	add("quire_getAccount", `8`)
	add("quire_getAccount", `"7"`)
	add("quire_getAccount", `-1`)
	add("quire_getAccounts", `{"owner":`+strings.ToLower(owner)+`}`)
	add("quire_getAccounts", `{"owner":`+owner+`,"after":8,"limit":2}`)
	add("quire_getAccounts", `{"owner":"0x0000000000000000000000000000000000000000"}`)
	add("quire_getAccounts", `{"owner":`+owner+`,"limit":3}`)
	add("quire_getAccounts", `{}`)
	add("quire_getAccountProof", `7`)
	add("quire_getAccountProof", `8`, `"sealed"`)
	add("quire_getAccountProof", `7`, `"committed"`)
	add("quire_getAccountProof", `7`, `"pending"`)
	add("quire_getTransfer", id("01"))
	add("quire_getTransfer", id("d0"))
	add("quire_getTransfer", id("02"))
	add("quire_getTransfer", `"0x01"`)
	add("quire_getTransfers")
	add("quire_getTransfers", `{"account":7,"before":2}`)
	add("quire_getTransfers", `{"batch":1,"before":3,"limit":2}`)
	add("quire_getTransfers", `{"batch":2}`)
	add("quire_getTransfers", `{"account":7,"batch":1}`)
	add("quire_getTransfers", `{"limit":-1}`)
	add("quire_getTransfers", `{"acount":7}`)
	add("quire_getBatch", `1`)
	add("quire_getBatch", `2`)
	add("quire_getBatch", `3`)
	add("quire_getBatch", `4`)
	add("quire_getBatches")
	add("quire_getBatches", `{"before":2}`)
	add("quire_getBatches", `{"limit":99}`)
	add("quire_getBatchProof", `1`)
	add("quire_getBatchProof", `2`)
	add("quire_getBatchProof", `3`)
	add("quire_queue")
	add("quire_getFee", `0`)
	add("quire_getFee", `1`)
	add("quire_getFee", `2`)
	add("quire_tokens")
	add("quire_rollupConfig")
	add("quire_syncStatus")
	add("quire_syncStatus", `1`)
	add("quire_subscribe", `"transfers"`)
	add("quire_nothing")
	add("quireadmin_seal")

	var out bytes.Buffer
	for _, c := range calls {
		r := ask(t, s.Handler(), someone, c[0], c[1:]...)
		fmt.Fprintf(&out, "%s(%s)\n", c[0], strings.Join(c[1:], ", "))
		if r.Error != nil {
			fmt.Fprintf(&out, "  error %s\n\n", asJSON(r.Error))
		} else {
			fmt.Fprintf(&out, "  %s\n\n", r.Result)
		}
	}
	golden.Bytes(t, "testdata/answers.txt", out.Bytes(), "if that is meant, run with -update and read the difference")
}

// TestAdmin: the operator's methods do what they say, and the public ones are not
// there.
func TestAdmin(t *testing.T) {
	backend, level := new(fake), new(slog.LevelVar)
	s, err := NewAdmin(backend, level, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h := s.Handler()
	result := func(method string, params ...string) string {
		t.Helper()
		r := ask(t, h, someone, method, params...)
		if r.Error != nil {
			t.Fatalf("%s: %v", method, r.Error)
		}
		return string(r.Result)
	}
	if got := result("quireadmin_seal"); got != "3" {
		t.Errorf("sealed %s, want 3", got)
	}
	result("quireadmin_pause")
	if !backend.paused {
		t.Error("is not paused")
	}
	var p wire.Pipeline
	if err := json.Unmarshal([]byte(result("quireadmin_status")), &p); err != nil {
		t.Fatal(err)
	}
	if !p.Sync.Paused || len(p.Batches) != 2 || p.Openings != 1 || p.LogLevel != "INFO" {
		t.Errorf("status %+v", p)
	}
	result("quireadmin_resume")
	if backend.paused {
		t.Error("is still paused")
	}
	if got := result("quireadmin_logLevel", `"debug"`); got != `"INFO"` || level.Level() != slog.LevelDebug {
		t.Errorf("level before %s, now %v", got, level.Level())
	}
	if r := ask(t, h, someone, "quireadmin_logLevel", `"loud"`); r.Error == nil || r.Error.Code != wire.CodeInvalidParams || level.Level() != slog.LevelDebug {
		t.Errorf("level loud: %v, now %v", r.Error, level.Level())
	}
	if r := ask(t, h, someone, "quire_syncStatus"); r.Error == nil || r.Error.Code != wire.CodeMethodNotFound {
		t.Errorf("quire_syncStatus: %v, want no such method", r.Error)
	}
	if w := request(h, http.MethodGet, "/openrpc.json", nil); w.Body.Len() != 0 {
		t.Errorf("the operator's listener serves %q", w.Body)
	}
	backend.err = errFake
	if r := ask(t, h, someone, "quireadmin_seal"); r.Error == nil || r.Error.Code != wire.CodeInternal {
		t.Errorf("a failing backend: %v", r.Error)
	}
}

// TestMiscount: a backend that answers for another number of transfers, or of
// states, than it was asked about is not believed.
func TestMiscount(t *testing.T) {
	s := newTestServer(t, miscounting{new(fake)}, Options{})
	for method, param := range map[string]string{
		"quire_sendTransfer":  signedJSON(5),
		"quire_sendTransfers": `[` + signedJSON(5) + `]`,
		"quire_getAccount":    `7`,
	} {
		if r := ask(t, s.Handler(), someone, method, param); r.Error == nil || r.Error.Code != wire.CodeInternal {
			t.Errorf("%s: %+v, want an internal error", method, r)
		}
	}
}

type miscounting struct{ Backend }

func (m miscounting) SendTransfers(ctx context.Context, transfers []protocol.SignedTransfer) []SendResult {
	return append(m.Backend.SendTransfers(ctx, transfers), SendResult{})
}

func (m miscounting) Account(ctx context.Context, i protocol.Index, states []wire.State) (*Account, error) {
	return m.Backend.Account(ctx, i, states[1:])
}
