package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// TestErrorCodes: every error of the table reaches the client with its code, its
// name and what to do, however it is wrapped.
func TestErrorCodes(t *testing.T) {
	backend := new(fake)
	s := newTestServer(t, backend, Options{Rate: -1})
	for _, k := range wire.Kinds() {
		backend.err = fmt.Errorf("batch 4: %w", k.Err)
		r := ask(t, s.Handler(), someone, "quire_syncStatus")
		if !errors.Is(r.Error, k.Err) || r.Error.Data == nil || r.Error.Data.Name != k.Name || !strings.HasSuffix(r.Error.Message, k.Action) || !strings.HasPrefix(r.Error.Message, "batch 4: ") {
			t.Errorf("%s: %s", k.Name, asJSON(r.Error))
		}
	}
}

// waiting is an error that tells how long to wait.
type waiting time.Duration

func (w waiting) Error() string             { return "the pool is full" }
func (w waiting) RetryAfter() time.Duration { return time.Duration(w) }

// TestErrorTranslation: the backend's own errors have the codes that the table of
// the options gives them; rejections have theirs; nothing else gets out.
func TestErrorTranslation(t *testing.T) {
	var own, ownToo = errors.New("too busy"), errors.New("gone for ever")
	backend, log := new(fake), new(logs)
	s := newTestServer(t, backend, Options{
		Rate: -1, RetryAfter: 1700 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Errors: []ErrorCode{{own, wire.ErrBusy}, {ownToo, wire.ErrNotKept}, {waiting(250 * time.Millisecond), wire.ErrPoolFull}},
	})
	for name, c := range map[string]struct {
		err     error
		want    wire.Code
		message string
		after   int64
	}{
		"own":             {fmt.Errorf("64 batches: %w", own), wire.CodeBusy, "64 batches: too busy: " + wire.ErrBusy.Data.Action, 1700},
		"own, other":      {ownToo, wire.CodeNotKept, "gone for ever: " + wire.ErrNotKept.Data.Action, 0},
		"own, waits":      {waiting(250 * time.Millisecond), wire.CodePoolFull, "the pool is full: " + wire.ErrPoolFull.Data.Action, 250},
		"sentinel":        {wire.ErrFrozen, wire.CodeFrozen, wire.ErrFrozen.Message, 0},
		"waits":           {wire.ErrPoolFull.After(time.Second), wire.CodePoolFull, wire.ErrPoolFull.Message, 1000},
		"rejection":       {&protocol.OpError{Section: protocol.SectionTransfer, Index: 3, Err: fmt.Errorf("batch 9 after 8: %w", protocol.ErrExpired)}, wire.CodeExpired, "transfer 3: batch 9 after 8: transfer has expired: " + wire.ErrExpired.Data.Action, 0},
		"rejection, rare": {protocol.ErrFeeTable, wire.CodeRejected, "fee table is not well-formed: " + wire.ErrRejected.Data.Action, 0},
		"unknown":         {errFake, wire.CodeInternal, wire.ErrInternal.Message, 0},
		"foreign end":     {context.Canceled, wire.CodeInternal, wire.ErrInternal.Message, 0}, // the request's own context has not ended
	} {
		backend.err = c.err
		single := ask(t, s.Handler(), someone, "quire_sendTransfer", signedJSON(5)).Error
		if single == nil || single.Code != c.want || single.Message != c.message || single.Data.RetryAfterMs != c.after {
			t.Errorf("%s: %s, want code %d and %q", name, asJSON(single), c.want, c.message)
		}
		several := ask(t, s.Handler(), someone, "quire_sendTransfers", "["+signedJSON(5)+"]")
		if want := `[{"error":` + asJSON(single) + `}]`; string(several.Result) != want {
			t.Errorf("%s, one of several: %s, want %s", name, several.Result, want)
		}
	}
	if !strings.Contains(log.String(), errFake.Error()) {
		t.Errorf("the log does not tell of %q: %s", errFake, log)
	}
	if strings.Contains(log.String(), "too busy") {
		t.Errorf("the log tells of what is the client's to know: %s", log)
	}
}

// TestPanic: a method that panics answers, and the server goes on.
func TestPanic(t *testing.T) {
	backend := &fake{hook: func(context.Context) error { panic("broken") }}
	s := newTestServer(t, backend, Options{})
	if r := ask(t, s.Handler(), someone, "quire_syncStatus"); r.Error == nil || r.Error.Code != wire.CodeInternal || strings.Contains(r.Error.Message, "broken") {
		t.Errorf("%+v, want an internal error", r)
	}
	backend.hook = nil
	if r := ask(t, s.Handler(), someone, "quire_syncStatus"); r.Error != nil {
		t.Error(r.Error)
	}
}

// TestOptions: all faults are named at once, and the defaults have none.
func TestOptions(t *testing.T) {
	o, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := o.withDefaults(); err != nil || again.Burst != DefaultBurst {
		t.Errorf("the defaults are not options: %v", err)
	}
	_, err = New(new(fake), Options{
		Page: -1, BodyTime: -1, BodyBytes: 10, MemoryBytes: 9, Burst: 1, Transfers: 100,
		Origins: []string{"https://ok.example", "*", "wallet.example", "https://x.example/path"},
		Errors:  []ErrorCode{{Err: errFake}},
	})
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{"Page is -1", "BodyTime is -1ns", "MemoryBytes of 9", "Burst of 1 is below the 101", `origin "wallet.example"`, `origin "https://x.example/path"`, "entry 0 of Errors"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	for _, not := range []string{"ok.example", `"*"`} {
		if strings.Contains(err.Error(), not) {
			t.Errorf("%v says %q", err, not)
		}
	}
}
