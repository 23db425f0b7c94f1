package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/internal/node/layerone"
	"github.com/quirezk/quire/l1submit/txmgr"
)

// State is how a node stands.
type State struct {
	Summary aggregator.Summary
	Layer1  layerone.FeedStatus
	// LaneReads is [layerone.Lanes.Reads].
	LaneReads    uint64
	Transactions []txmgr.Status
	// OldestQueued is when the oldest entry of layer 1's queue that is in no final
	// batch was queued; zero if there is none. Deadline is the contract's.
	OldestQueued time.Time
	Deadline     time.Duration
	// Balance is the operator's in ether; negative if it is not known.
	Balance   float64
	FreeBytes uint64 // on the disk of the data
	Ready     bool
}

// Source tells how a node stands. It is asked at every scrape, and must be quick.
type Source func() State

// Watch adds gauges of how a node stands.
func (m *Metrics) Watch(source Source) { m.registry.MustRegister(&gauges{source: source}) }

// gauges collects a [State].
type gauges struct{ source Source }

var (
	desc = func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	batchNumber     = desc("quire_batch_number", "Number of the newest batch that has come so far, with all before it.", "stage")
	batchBacklog    = desc("quire_batches_waiting_for_proof", "Batches that are closed and have no proof.")
	openTransfers   = desc("quire_open_batch_transfers", "Transfers in the open batch.")
	openAge         = desc("quire_open_batch_age_seconds", "How long the open batch has been open; 0 if there is nothing in it.")
	executed        = desc("quire_transfers_executed_total", "Transfers that were ever executed.")
	waiting         = desc("quire_mempool_transfers", "Transfers that wait for their turn.")
	openings        = desc("quire_openings_waiting", "Requests for accounts that wait for a batch.")
	queueWaiting    = desc("quire_queue_waiting", "Entries of layer 1's queue that are final there and in no closed batch.", "lane")
	queueAge        = desc("quire_queue_oldest_age_seconds", "How long ago the oldest entry of layer 1's queue was queued that is in no final batch; 0 if there is none.")
	queueDeadline   = desc("quire_queue_deadline_seconds", "The age at which anybody can freeze the rollup, unless layer 1 has accepted a batch with the entry.")
	layer1Head      = desc("quire_layer1_head_block", "Newest block of layer 1 that was seen.")
	layer1Delivered = desc("quire_layer1_delivered_block", "Last block of layer 1 that is final by the node's rule and taken in.")
	layer1Age       = desc("quire_layer1_synced_age_seconds", "How long ago the node had last taken in everything that was final.")
	layer1Reorgs    = desc("quire_layer1_deep_reorgs_total", "Reorganizations of layer 1 that were deeper than the confirmations.")
	laneReads       = desc("quire_layer1_lane_reads_total", "Times that all events of the queue had to be read to settle a batch.")
	transactions    = desc("quire_layer1_transactions", "Transactions on their way, by how they are doing: pending, mined, or held up.", "state")
	operatorBalance = desc("quire_operator_balance_ether", "What the operator has to pay for gas.")
	operatorChanged = desc("quire_operator_changed", "1 if another account has become the rollup's operator.")
	circuitsChanged = desc("quire_circuits_changed", "1 if the rollup's circuits changed since the node was started.")
	freeBytes       = desc("quire_data_free_bytes", "Free space on the disk of the data directory.")
	ready           = desc("quire_ready", "1 if the node is ready: see /readyz.")
	paused          = desc("quire_paused", "1 if the node takes nothing on because its operator said so.")
	halted          = desc("quire_halted", "1 if the node has halted: its log says why.")
	frozen          = desc("quire_frozen", "1 if layer 1 has frozen the rollup.")
	all             = []*prometheus.Desc{
		batchNumber, batchBacklog, openTransfers, openAge, executed, waiting, openings, queueWaiting, queueAge, queueDeadline,
		layer1Head, layer1Delivered, layer1Age, layer1Reorgs, laneReads, transactions, operatorBalance, operatorChanged,
		circuitsChanged, freeBytes, ready, paused, halted, frozen,
	}
)

// Describe implements [prometheus.Collector].
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range all {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	s := g.source()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	flag := func(d *prometheus.Desc, v bool) {
		if v {
			gauge(d, 1)
		} else {
			gauge(d, 0)
		}
	}
	sum, head := &s.Summary, &s.Summary.Head
	for _, stage := range []struct {
		name   string
		number uint32
	}{{"open", head.Batch}, {"sealed", sum.Sealed}, {"proven", sum.Proven}, {"submitted", sum.Submitted}, {"committed", sum.Committed}, {"finalized", head.Finalized}} {
		gauge(batchNumber, float64(stage.number), stage.name)
	}
	gauge(batchBacklog, float64(sum.Backlog))
	gauge(openTransfers, float64(sum.Open.Transfers))
	gauge(openAge, ageOf(sum))
	counter(executed, float64(max(head.NextSeq, 1)-1))
	gauge(waiting, float64(sum.Waiting))
	gauge(openings, float64(sum.WaitingOpenings))
	gauge(queueWaiting, float64(sum.WaitingDeposits), "deposits")
	gauge(queueWaiting, float64(sum.WaitingExits), "exits")
	gauge(queueAge, since(s.OldestQueued))
	gauge(queueDeadline, s.Deadline.Seconds())
	gauge(layer1Head, float64(s.Layer1.Head))
	gauge(layer1Delivered, float64(s.Layer1.Delivered))
	gauge(layer1Age, since(s.Layer1.Synced))
	counter(layer1Reorgs, float64(s.Layer1.Reorgs))
	counter(laneReads, float64(s.LaneReads))
	states := map[string]int{"pending": 0, "mined": 0, "held": 0}
	for _, t := range s.Transactions {
		switch {
		case t.Problem != nil:
			states["held"]++
		case t.Mined != [32]byte{}:
			states["mined"]++
		default:
			states["pending"]++
		}
	}
	for state, n := range states {
		gauge(transactions, float64(n), state)
	}
	if s.Balance >= 0 {
		gauge(operatorBalance, s.Balance)
	}
	flag(operatorChanged, s.Layer1.OperatorChanged)
	flag(circuitsChanged, s.Layer1.CircuitsChanged)
	gauge(freeBytes, float64(s.FreeBytes))
	flag(ready, s.Ready)
	flag(paused, sum.Paused)
	flag(halted, sum.Halted != nil)
	flag(frozen, head.Frozen)
}

// ageOf is how long the open batch has had something in it.
func ageOf(sum *aggregator.Summary) float64 {
	b := &sum.Open
	if b.Transfers == 0 && len(b.Openings) == 0 && len(b.Deposits) == 0 && len(b.ForcedExits) == 0 || b.Times.Opened == 0 {
		return 0
	}
	return since(time.UnixMilli(int64(b.Times.Opened)))
}

func since(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(0, time.Since(t).Seconds())
}
