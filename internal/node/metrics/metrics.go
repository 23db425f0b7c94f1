// Package metrics is what a node tells Prometheus. Every metric begins with quire_,
// times are in seconds and sizes in bytes; docs/grafana/quire.json is a dashboard of
// them, and docs/node.md says which to be alarmed by.
//
// What happens is counted when it happens ([Metrics]); how things stand is asked for
// when somebody scrapes ([Source]).
package metrics

import (
	"errors"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/prover"
)

// Buckets of times, in seconds.
var (
	fast = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	slow = []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200}
)

// Metrics counts what happens in a node. Its methods are safe for concurrent use,
// and do not block.
type Metrics struct {
	registry *prometheus.Registry

	verified       prometheus.Counter
	verifySeconds  prometheus.Histogram
	groupTransfers prometheus.Histogram
	groupSeconds   prometheus.Histogram
	transfers      *prometheus.CounterVec
	receipts       prometheus.Counter
	receiptSeconds prometheus.Histogram
	jobSeconds     *prometheus.HistogramVec
	jobFailures    *prometheus.CounterVec
	stageSeconds   *prometheus.HistogramVec
	proverSeconds  *prometheus.HistogramVec
	batchGas       prometheus.Counter
	batchBytes     prometheus.Counter
	refused        prometheus.Counter
	calls          *prometheus.CounterVec
	callSeconds    *prometheus.HistogramVec
	turnedAway     *prometheus.CounterVec
}

var _ aggregator.Observer = (*Metrics)(nil)

// New returns metrics in a registry of their own, with those of the Go runtime and
// of the process.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		r.MustRegister(c)
		return c
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		r.MustRegister(c)
		return c
	}
	histograms := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
		r.MustRegister(h)
		return h
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
		r.MustRegister(h)
		return h
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "quire_build_info", Help: "Always 1; what the node was built from is in the labels.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	info.Set(1)
	r.MustRegister(info)
	turnedAway := counters("quire_rpc_refused_total", "Connections, requests and calls that were refused before a method was called, by reason.", "reason")
	for _, why := range api.Refusals {
		turnedAway.WithLabelValues(string(why)) // 0 until it happens
	}
	return &Metrics{
		registry:       r,
		turnedAway:     turnedAway,
		verified:       counter("quire_signatures_verified_total", "Signatures of transfers that were checked."),
		verifySeconds:  histogram("quire_verify_seconds", "Time to check the signatures of one group together.", fast),
		groupTransfers: histogram("quire_commit_transfers", "Transfers that became durable with one commit.", prometheus.ExponentialBuckets(1, 2, 12)),
		groupSeconds:   histogram("quire_commit_seconds", "Time to execute transfers and make them durable, in one commit.", fast),
		transfers:      counters("quire_transfers_total", "Transfers that were sent, by what became of them: executed, queued, or the name of the error.", "outcome"),
		receipts:       counter("quire_receipts_total", "Receipts that were signed."),
		receiptSeconds: histogram("quire_receipt_seconds", "Time from the arrival of transfers to their receipts, for each request.", fast),
		jobSeconds:     histograms("quire_job_seconds", "Time that a job of a batch took.", slow, "job"),
		jobFailures:    counters("quire_job_failures_total", "Jobs that failed and are tried again.", "job"),
		stageSeconds:   histograms("quire_batch_stage_seconds", "Time that batches took to come to a stage from the one before.", slow, "stage"),
		proverSeconds:  histograms("quire_prover_seconds", "Time of the stages of proofs.", slow, "shape", "stage"),
		batchGas:       counter("quire_batch_gas_total", "Gas that layer 1 took for batches that are final."),
		batchBytes:     counter("quire_batch_bytes_total", "Bytes that batches published that are final."),
		refused:        counter("quire_batches_refused_total", "Times that layer 1 refused a batch that was sent."),
		calls:          counters("quire_rpc_requests_total", "Calls of the node's methods, by method and error: ok, or the name of the error.", "method", "error"),
		callSeconds:    histograms("quire_rpc_request_seconds", "Time that calls of the node's methods took.", fast, "method"),
	}
}

// Refused is told of what the JSON-RPC server refuses by itself: see
// [api.Options].
func (m *Metrics) Refused(why api.Refusal) { m.turnedAway.WithLabelValues(string(why)).Inc() }

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Verified implements [aggregator.Observer].
func (m *Metrics) Verified(count int, took time.Duration) {
	m.verified.Add(float64(count))
	m.verifySeconds.Observe(took.Seconds())
}

// Group implements [aggregator.Observer].
func (m *Metrics) Group(count int, took time.Duration) {
	m.groupTransfers.Observe(float64(count))
	m.groupSeconds.Observe(took.Seconds())
}

// JobDone implements [aggregator.Observer].
func (m *Metrics) JobDone(kind aggregator.JobKind, took time.Duration, err error) {
	if err != nil {
		m.jobFailures.WithLabelValues(kind.String()).Inc()
		return
	}
	m.jobSeconds.WithLabelValues(kind.String()).Observe(took.Seconds())
}

// Prover is told of the stages of proofs: see package proving.
func (m *Metrics) Prover(shape string, stage prover.Stage, took time.Duration) {
	m.proverSeconds.WithLabelValues(shape, string(stage)).Observe(took.Seconds())
}

// Transfer counts a transfer that was sent; err is why it was not taken on.
func (m *Metrics) Transfer(status aggregator.Status, err error) {
	outcome := status.String()
	if err != nil {
		outcome = nameOf(err)
	}
	m.transfers.WithLabelValues(outcome).Inc()
}

// Receipts counts receipts that one request got, and how long they took.
func (m *Metrics) Receipts(count int, took time.Duration) {
	m.receipts.Add(float64(count))
	m.receiptSeconds.Observe(took.Seconds())
}

// Call counts a call of one of the node's methods.
func (m *Metrics) Call(method string, took time.Duration, err error) {
	m.calls.WithLabelValues(method, nameOf(err)).Inc()
	m.callSeconds.WithLabelValues(method).Observe(took.Seconds())
}

// nameOf returns the name that clients know an error by. There are few of them.
func nameOf(err error) string {
	if err == nil {
		return "ok"
	}
	var known *wire.Error
	if errors.As(err, &known) && known.Data != nil {
		return known.Data.Name
	}
	return "internal"
}

// Batch is told of a batch that came to a stage.
func (m *Metrics) Batch(b *ledger.Batch) {
	t := &b.Times
	var from, to uint64
	var stage string
	switch b.Stage {
	case ledger.StageClosed:
		stage, from, to = "closed", t.Opened, t.Closed
	case ledger.StageSealed:
		stage, from, to = "sealed", t.Closed, t.Sealed
	case ledger.StageWitnessed:
		stage, from, to = "witnessed", t.Sealed, t.Witnessed
	case ledger.StageProven:
		if b.Problem != "" { // it was submitted, and came back
			m.refused.Inc()
			return
		}
		stage, from, to = "proven", t.Witnessed, t.Proven
	case ledger.StageSubmitted:
		stage, from, to = "submitted", t.Proven, t.Submitted
	case ledger.StageFinalized:
		stage, from, to = "finalized", t.Submitted, t.Finalized
		m.batchGas.Add(float64(b.GasUsed))
		m.batchBytes.Add(float64(b.Published))
	default:
		return
	}
	if from == 0 || to < from {
		return
	}
	m.stageSeconds.WithLabelValues(stage).Observe(float64(to-from) / 1000)
}
