package watch

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/quirezk/quire/internal/rapidtest"
	"github.com/quirezk/quire/l1submit/internal/fakel1"
)

func TestMain(m *testing.M) {
	rapidtest.Checks("60") // a history takes some milliseconds
	os.Exit(m.Run())
}

// history drives a watcher over a chain that is reorganized at will, at any
// request too.
type history struct {
	t       *rapid.T
	chain   *fakel1.Chain
	config  Config
	owner   *owner
	watcher *Watcher
	events  uint64
	reorgs  int  // that the owner had to roll back
	faults  bool // whether requests fail and the chain changes under them
}

func (h *history) restart() {
	h.owner.seen = nil
	h.watcher = New(h.chain, h.config, h.owner)
}

// seal puts blocks with random events on the chain.
func (h *history) seal(n int) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(h.t, "events"), 1))
	kinds := []string{"deposit", "commit", "proof"}
	for range n {
		txs := make([]fakel1.Tx, max(0, r.IntN(8)-4))
		for i := range txs {
			contract := rollup
			if r.IntN(3) == 0 {
				contract = other
			}
			h.events++
			txs[i] = event(contract, kinds[r.IntN(3)], h.events)
		}
		h.chain.Seal(txs...)
	}
}

// reorganize takes up to 64 blocks back, and with them deposits, commits and
// proofs, and puts some others in their place.
func (h *history) reorganize() {
	depth := rapid.IntRange(1, 64).Draw(h.t, "depth")
	h.chain.Rewind(depth)
	h.seal(rapid.IntRange(0, depth+3).Draw(h.t, "instead"))
}

// switchHead makes any block that ever was the newest one, as nodes that disagree
// behind one address do.
func (h *history) switchHead() {
	all := h.chain.All()
	b := all[max(0, len(all)-1-rapid.IntRange(0, 100).Draw(h.t, "head"))]
	h.chain.SetHead(b.Hash())
}

var errFault = errors.New("connection reset")

// before is called in front of each request.
func (h *history) before(string) error {
	if !h.faults {
		return nil
	}
	switch rapid.IntRange(0, 30).Draw(h.t, "fault") {
	case 0, 1:
		return errFault
	case 2:
		h.seal(1)
	case 3:
		h.reorganize()
	case 4:
		h.switchHead()
	}
	return nil
}

var errStop = errors.New("the owner stops")

// sync calls Sync until it is done, rolling back as it is told to.
func (h *history) sync() {
	for range 1000 {
		err := h.watcher.Sync(context.Background())
		var reorg *ReorgError
		switch {
		case err == nil:
			return
		case errors.As(err, &reorg):
			if len(h.owner.seen) > 0 {
				h.t.Fatal("blocks are still seen after a deep reorganization")
			}
			h.reorgs++
			h.owner.rollBack(reorg)
		case errors.Is(err, errStop):
			if rapid.Bool().Draw(h.t, "restart") {
				h.restart()
			}
		default:
			h.t.Fatal(err)
		}
	}
	h.t.Fatal("Sync does not end")
}

// TestHistories compares, after random histories, what was delivered with the
// chain that remained.
func TestHistories(t *testing.T) {
	reorgs := 0
	rapid.Check(t, func(t *rapid.T) {
		h := &history{t: t, chain: fakel1.New(1)}
		h.chain.Before = h.before
		h.chain.MaxLogs = rapid.SampledFrom([]int{0, 7, 40}).Draw(t, "max logs")
		h.config = Config{
			Contract: rollup, Start: rapid.Uint64Range(0, 3).Draw(t, "start"),
			Confirmations: rapid.SampledFrom([]uint64{0, 1, 6, 64, 70}).Draw(t, "confirmations"),
			MaxRange:      rapid.SampledFrom([]uint64{0, 1, 10}).Draw(t, "max range"),
			Retry:         patient, Logger: quiet,
		}
		h.chain.Seal() // what comes before Start is of no interest
		h.chain.Seal()
		h.owner = &owner{t: t, chain: h.chain, confirmations: h.config.Confirmations, start: h.config.Start}
		if rapid.Bool().Draw(t, "preview") {
			h.config.Preview = h.owner
		}
		h.restart()
		h.owner.onDeliver = func(bool) error {
			if h.faults && rapid.IntRange(0, 5).Draw(t, "stop") == 0 {
				return errStop
			}
			return nil
		}
		for range rapid.IntRange(1, 12).Draw(t, "length") {
			switch rapid.SampledFrom([]string{"grow", "grow far", "reorganize", "sync", "sync", "faulty sync", "restart"}).Draw(t, "action") {
			case "grow":
				h.seal(rapid.IntRange(1, 20).Draw(t, "blocks"))
			case "grow far":
				h.seal(rapid.IntRange(100, 300).Draw(t, "blocks"))
			case "reorganize":
				h.reorganize()
			case "sync":
				h.sync()
			case "faulty sync":
				h.faults = true
				h.sync()
				h.faults = false
			case "restart":
				h.restart()
			}
		}
		// The chain calms down and becomes longer than it ever was, so that no node
		// is taken for one that lags behind. Then all that is final has arrived.
		h.seal(70 + int(sub(h.owner.cursor.Block.Number, h.chain.Head().Number())))
		h.sync()
		h.owner.check()
		final := h.chain.Head().Number() - h.config.Confirmations
		if h.owner.cursor.Block.Number != final && final > h.config.Start {
			t.Fatalf("delivered up to block %v, final is %d", h.owner.cursor.Block, final)
		}
		if h.config.Preview != nil {
			h.owner.checkSeen(h.watcher.Cursor().Block.Number)
		}
		reorgs += h.reorgs
	})
	if reorgs == 0 {
		t.Error("no history had a reorganization below its confirmations")
	}
	t.Logf("%d deep reorganizations rolled back", reorgs)
}
