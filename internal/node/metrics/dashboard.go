package metrics

// Dashboard returns the Grafana dashboard of a node, which docs/grafana/quire.json
// is made from: a test holds it to the metrics that there are.
func Dashboard() map[string]any {
	d := &dashboard{}
	d.row("Is it well?")
	d.stat("Ready", "", "quire_ready", 3)
	d.stat("Halted", "", "quire_halted", 3)
	d.stat("Frozen", "", "quire_frozen", 3)
	d.stat("Paused", "", "quire_paused", 3)
	d.stat("Operator's balance", "ETH", "quire_operator_balance_ether", 3)
	d.stat("Free space", "bytes", "quire_data_free_bytes", 3)
	d.stat("Other operator, circuits changed", "", "max(quire_operator_changed) + max(quire_circuits_changed)", 3)
	d.stat("Version", "", "quire_build_info", 3)

	d.row("Transfers")
	d.graph("Transfers per second", "ops", line{"rate(quire_transfers_executed_total[1m])", "executed"}, line{"sum by (outcome) (rate(quire_transfers_total[1m]))", "sent: {{outcome}}"})
	d.graph("Receipts: time", "s", quantiles("quire_receipt_seconds")...)
	d.graph("Receipts and signatures per second", "ops", line{"rate(quire_receipts_total[1m])", "receipts"}, line{"rate(quire_signatures_verified_total[1m])", "signatures checked"})
	d.graph("Commits: transfers in each", "short", quantiles("quire_commit_transfers")...)
	d.graph("Commits: time", "s", quantiles("quire_commit_seconds")...)
	d.graph("Signature checks: time of a group", "s", quantiles("quire_verify_seconds")...)
	d.graph("Waiting", "short", line{"quire_mempool_transfers", "transfers"}, line{"quire_openings_waiting", "accounts to be opened"})

	d.row("Batches")
	d.graph("Newest batch by stage", "short", line{"quire_batch_number", "{{stage}}"})
	d.graph("Waiting for proof", "short", line{"quire_batches_waiting_for_proof", "batches"})
	d.graph("Open batch", "short", line{"quire_open_batch_transfers", "transfers"}, line{"quire_open_batch_age_seconds", "age (s)"})
	d.graph("Time to each stage (p95)", "s", line{"histogram_quantile(0.95, sum by (le, stage) (rate(quire_batch_stage_seconds_bucket[30m])))", "{{stage}}"})
	d.graph("Jobs (p95)", "s", line{"histogram_quantile(0.95, sum by (le, job) (rate(quire_job_seconds_bucket[30m])))", "{{job}}"})
	d.graph("Jobs that failed, per minute", "short", line{"60 * rate(quire_job_failures_total[5m])", "{{job}}"}, line{"60 * rate(quire_batches_refused_total[5m])", "batches that layer 1 refused"})
	d.graph("Prover (p95)", "s", line{"histogram_quantile(0.95, sum by (le, shape, stage) (rate(quire_prover_seconds_bucket[30m])))", "{{shape}} {{stage}}"})

	d.row("Layer 1")
	d.graph("Blocks", "short", line{"quire_layer1_head_block", "head"}, line{"quire_layer1_delivered_block", "taken in"})
	d.graph("Last caught up", "s", line{"quire_layer1_synced_age_seconds", "ago"})
	d.graph("Queue", "short", line{"quire_queue_waiting", "{{lane}}"})
	d.graph("Oldest entry of the queue, as a share of the deadline", "percentunit", line{"quire_queue_oldest_age_seconds / quire_queue_deadline_seconds", "age"})
	d.graph("Transactions on their way", "short", line{"quire_layer1_transactions", "{{state}}"})
	d.graph("Gas of batches per hour", "short", line{"3600 * rate(quire_batch_gas_total[1h])", "gas"}, line{"3600 * rate(quire_batch_bytes_total[1h])", "bytes published"})
	d.graph("Trouble since the start", "short", line{"quire_layer1_deep_reorgs_total", "deep reorganizations"}, line{"quire_layer1_lane_reads_total", "queue read from events"})

	d.row("JSON-RPC and process")
	d.graph("Calls per second", "ops", line{"sum by (method) (rate(quire_rpc_requests_total[1m]))", "{{method}}"})
	d.graph("Errors per second", "ops", line{`sum by (error) (rate(quire_rpc_requests_total{error!="ok"}[1m]))`, "{{error}}"},
		line{"rate(quire_rpc_refused_total[1m])", "refused: {{reason}}"})
	d.graph("Time of calls (p99)", "s", line{"histogram_quantile(0.99, sum by (le, method) (rate(quire_rpc_request_seconds_bucket[5m])))", "{{method}}"})
	d.graph("Memory", "bytes", line{"process_resident_memory_bytes", "resident"}, line{"go_memstats_heap_inuse_bytes", "heap"})
	d.graph("Processor and goroutines", "short", line{"rate(process_cpu_seconds_total[1m])", "processors"}, line{"go_goroutines", "goroutines"})

	return map[string]any{
		"title": "Quire node", "uid": "quire-node", "schemaVersion": 39, "editable": true,
		"time": map[string]any{"from": "now-6h", "to": "now"}, "refresh": "30s", "tags": []string{"quire"},
		"templating": map[string]any{"list": []any{map[string]any{"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus"}}},
		"panels":     d.panels,
	}
}

// dashboard lays panels out, row by row on a grid of 24 columns.
type dashboard struct {
	panels []any
	x, y   int
	height int // of the line that is being filled
}

type line struct{ expr, legend string }

func quantiles(histogram string) []line {
	return []line{
		{"histogram_quantile(0.5, sum by (le) (rate(" + histogram + "_bucket[5m])))", "p50"},
		{"histogram_quantile(0.99, sum by (le) (rate(" + histogram + "_bucket[5m])))", "p99"},
	}
}

func (d *dashboard) place(width, height int) map[string]any {
	if d.x+width > 24 {
		d.x, d.y, d.height = 0, d.y+d.height, 0
	}
	at := map[string]any{"x": d.x, "y": d.y, "w": width, "h": height}
	d.x, d.height = d.x+width, max(d.height, height)
	return at
}

func (d *dashboard) add(kind, title string, at map[string]any, more map[string]any) {
	panel := map[string]any{"id": len(d.panels) + 1, "type": kind, "title": title, "gridPos": at}
	for key, v := range more {
		panel[key] = v
	}
	d.panels = append(d.panels, panel)
}

func (d *dashboard) row(title string) {
	d.x, d.y, d.height = 0, d.y+d.height, 0
	d.add("row", title, d.place(24, 1), nil)
}

// source is the dashboard's data source.
var source = map[string]any{"type": "prometheus", "uid": "${source}"}

func targets(lines []line) []any {
	var list []any
	for i, l := range lines {
		list = append(list, map[string]any{"refId": string(rune('A' + i)), "datasource": source, "expr": l.expr, "legendFormat": l.legend})
	}
	return list
}

func (d *dashboard) stat(title, unit, expr string, width int) {
	legend := ""
	if expr == "quire_build_info" {
		legend = "{{version}}"
	}
	d.add("stat", title, d.place(width, 3), map[string]any{
		"datasource": source, "targets": targets([]line{{expr, legend}}),
		"fieldConfig": map[string]any{"defaults": map[string]any{"unit": unit}, "overrides": []any{}},
	})
}

func (d *dashboard) graph(title, unit string, lines ...line) {
	d.add("timeseries", title, d.place(8, 7), map[string]any{
		"datasource": source, "targets": targets(lines),
		"fieldConfig": map[string]any{"defaults": map[string]any{"unit": unit, "min": 0}, "overrides": []any{}},
	})
}
