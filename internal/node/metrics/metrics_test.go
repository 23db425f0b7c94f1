package metrics

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/internal/golden"
	"github.com/quirezk/quire/internal/node/layerone"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/prover"
)

// full returns metrics in which everything has happened.
func full() *Metrics {
	m := New("v1")
	m.Verified(3, time.Millisecond)
	m.Group(2, time.Millisecond)
	m.JobDone(aggregator.JobProve, time.Second, nil)
	m.JobDone(aggregator.JobSubmit, time.Second, errors.New("layer 1 is away"))
	m.Prover("small", prover.StageProve, time.Second)
	m.Transfer(aggregator.StatusExecuted, nil)
	m.Transfer(aggregator.StatusUnknown, wire.ErrBusy)
	m.Receipts(2, time.Millisecond)
	m.Call("getBatch", time.Millisecond, nil)
	m.Call("getBatch", time.Millisecond, errors.New("text of an error must not become a label"))
	m.Refused(api.RefusedRate)
	times := ledger.Times{Opened: 1000, Closed: 2000, Sealed: 3000, Witnessed: 4000, Proven: 6000, Submitted: 7000, Finalized: 9000}
	for stage := ledger.StageOpen; stage <= ledger.StageFinalized; stage++ {
		m.Batch(&ledger.Batch{Stage: stage, Times: times, GasUsed: 400_000, Published: 100})
	}
	m.Batch(&ledger.Batch{Stage: ledger.StageProven, Times: times, Problem: "LaneMismatch"})
	m.Batch(&ledger.Batch{Stage: ledger.StageSealed}) // without times: undone and made again
	m.Watch(func() State {
		return State{
			Summary: aggregator.Summary{
				Head: ledger.Head{NextSeq: 8, Batch: 5, Finalized: 1}, Sealed: 4, Proven: 3, Submitted: 2, Committed: 2,
				Open: ledger.Batch{Transfers: 1, Times: ledger.Times{Opened: 1}}, Backlog: 2, Waiting: 9, WaitingOpenings: 1, WaitingDeposits: 3, WaitingExits: 4,
			},
			Layer1:       layerone.FeedStatus{Head: 100, Delivered: 36, Synced: time.Now(), Reorgs: 1},
			LaneReads:    1,
			Transactions: []txmgr.Status{{}, {Mined: [32]byte{1}}, {Problem: errors.New("dear")}},
			OldestQueued: time.Now().Add(-time.Hour), Deadline: 7 * 24 * time.Hour, Balance: 1.5, FreeBytes: 1 << 30, Ready: true,
		}
	})
	return m
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	text := scrape(t, full())
	for _, line := range []string{
		"quire_signatures_verified_total 3", "quire_commit_transfers_sum 2", `quire_job_seconds_count{job="prove"} 1`, `quire_job_failures_total{job="submit"} 1`,
		`quire_prover_seconds_sum{shape="small",stage="prove"} 1`, `quire_transfers_total{outcome="busy"} 1`, `quire_transfers_total{outcome="executed"} 1`,
		"quire_receipts_total 2", `quire_rpc_requests_total{error="ok",method="getBatch"} 1`, `quire_rpc_requests_total{error="internal",method="getBatch"} 1`,
		`quire_rpc_refused_total{reason="rate"} 1`, `quire_rpc_refused_total{reason="slow"} 0`,
		`quire_batch_stage_seconds_sum{stage="proven"} 2`, `quire_batch_stage_seconds_sum{stage="finalized"} 2`, `quire_batch_stage_seconds_count{stage="sealed"} 1`,
		"quire_batch_gas_total 400000", "quire_batch_bytes_total 100", "quire_batches_refused_total 1",
		`quire_batch_number{stage="open"} 5`, `quire_batch_number{stage="finalized"} 1`, "quire_batches_waiting_for_proof 2", "quire_transfers_executed_total 7",
		"quire_mempool_transfers 9", `quire_queue_waiting{lane="exits"} 4`, "quire_queue_deadline_seconds 604800", "quire_layer1_head_block 100", "quire_layer1_delivered_block 36",
		`quire_layer1_transactions{state="pending"} 1`, `quire_layer1_transactions{state="mined"} 1`, `quire_layer1_transactions{state="held"} 1`,
		"quire_operator_balance_ether 1.5", "quire_ready 1", "quire_halted 0", `quire_build_info{go="go`, "go_goroutines", "process_",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q", line)
		}
	}
	if strings.Contains(text, "must not become") {
		t.Error("an error's text is a label")
	}
	empty := New("v1")
	empty.Watch(func() State { return State{Balance: -1} })
	if text := scrape(t, empty); strings.Contains(text, "quire_operator_balance_ether ") || !strings.Contains(text, "quire_transfers_executed_total 0") {
		t.Errorf("an empty node:\n%s", text)
	}
}

// names are the metrics' own, by what Prometheus calls their families.
func names(t *testing.T, text string) map[string]string {
	found := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (quire_\w+) (\w+)$`).FindAllStringSubmatch(text, -1) {
		found[m[1]] = m[2]
	}
	if len(found) < 30 {
		t.Fatalf("only %d metrics", len(found))
	}
	return found
}

// TestNames holds the names to Prometheus' conventions.
func TestNames(t *testing.T) {
	text := scrape(t, full())
	for name, kind := range names(t, text) {
		if total := strings.HasSuffix(name, "_total"); total != (kind == "counter") {
			t.Errorf("%s is a %s", name, kind)
		}
		if !strings.Contains(text, "# HELP "+name+" ") {
			t.Errorf("%s has no help", name)
		}
		for _, unit := range []string{"_ms", "_millis", "_minutes", "_kb", "_mb", "_gwei"} {
			if strings.HasSuffix(name, unit) {
				t.Errorf("%s: use seconds, bytes and ether", name)
			}
		}
	}
}

// queries returns the names of metrics in the expressions of a dashboard.
func queries(t *testing.T, content []byte) []string {
	t.Helper()
	var dashboard any
	if err := json.Unmarshal(content, &dashboard); err != nil {
		t.Fatal(err)
	}
	var found []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for key, one := range v {
				if expr, ok := one.(string); ok && key == "expr" {
					found = append(found, regexp.MustCompile(`\b(?:quire|go|process)_\w+`).FindAllString(expr, -1)...)
				}
				walk(one)
			}
		}
	}
	walk(dashboard)
	return found
}

// TestDashboard: every metric that the dashboard asks for exists, and every one of
// the node's own is on it.
func TestDashboard(t *testing.T) {
	path := "../../../docs/grafana/quire.json"
	golden.JSON(t, path, Dashboard(), "run go test ./internal/node/metrics -update")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := scrape(t, full())
	own := names(t, text)
	shown := make(map[string]bool)
	for _, name := range queries(t, content) {
		family := name
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, ok := strings.CutSuffix(name, suffix); ok && own[base] == "histogram" {
				family = base
			}
		}
		if !strings.Contains(text, "# TYPE "+family+" ") {
			t.Errorf("the dashboard asks for %s, which there is not", name)
		}
		shown[family] = true
	}
	for name := range own {
		if !shown[name] {
			t.Errorf("%s is not on the dashboard", name)
		}
	}
}

// TestAlerts: the alarms in docs/node.md name metrics that exist.
func TestAlerts(t *testing.T) {
	content, err := os.ReadFile("../../../docs/node.md")
	if err != nil {
		t.Fatal(err)
	}
	own := names(t, scrape(t, full()))
	found := regexp.MustCompile(`\bquire_[a-z0-9_]+\b`).FindAllString(strings.ReplaceAll(string(content), "quire_syncStatus", ""), -1)
	slices.Sort(found)
	found = slices.Compact(found)
	if len(found) < 10 {
		t.Errorf("docs/node.md names %d metrics", len(found))
	}
	for _, name := range found {
		base := name
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if b, ok := strings.CutSuffix(name, suffix); ok && own[b] == "histogram" {
				base = b
			}
		}
		if own[base] == "" {
			t.Errorf("docs/node.md names %s, which there is not", name)
		}
	}
}
