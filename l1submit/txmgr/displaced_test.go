package txmgr

import (
	"errors"
	"strings"
	"testing"
)

func TestDisplaced(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(0), ordinaryIntent(1))
	by := w.foreign(ordinarySigner, 0, "cancel") // a miner prefers it
	w.mine(2)
	w.unsettled("key/0") // not final
	w.mine(1)
	r, err := w.result("key/0")
	var displaced *DisplacedError
	if !errors.As(err, &displaced) || *displaced != (DisplacedError{ordinary, 0, 1, by}) || r.Receipt != nil || len(r.Hashes) != 1 {
		t.Errorf("%+v, error %v", r, err)
	}
	w.success("key/1")

	// The key stays taken; the same thing under another key goes out.
	w.submit(ordinaryIntent(0))
	again := ordinaryIntent(0)
	again.Key = "again"
	w.submit(again)
	w.mine(3)
	if r := w.success("again"); r.Nonce != 2 {
		t.Errorf("%+v", r)
	}
	w.restart()
	if _, err := w.result("key/0"); !errors.As(err, &displaced) || displaced.By != by {
		t.Errorf("from disk: error %v", err)
	}
}

// The one that took the nonce vanishes before it is final: the intent lands.
func TestDisplacedByReorgedTransaction(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(0))
	w.foreign(ordinarySigner, 0, "cancel")
	w.mine(2)
	w.chain.reorg(2, false)
	w.mine(4)
	w.success("key/0")
}

func TestDisplacedLongAgo(t *testing.T) {
	for _, blocks := range []int{3, 4, 5, 9, 100} {
		for _, before := range []int{0, 1, 7} {
			w := newWorld(t)
			w.chain.mine(before)
			w.submit(ordinaryIntent(0))
			by := w.foreign(ordinarySigner, 0, "cancel")
			w.chain.mine(blocks) // nobody looked
			w.poll()
			_, err := w.result("key/0")
			var displaced *DisplacedError
			if !errors.As(err, &displaced) || displaced.By != by || displaced.Block != uint64(before)+1 {
				t.Errorf("%d blocks before, %d after: error %v", before, blocks, err)
			}
		}
	}
}

// A reorg moves the foreign transaction below the block at which the intent was
// recorded.
func TestDisplacedBelowItsBlock(t *testing.T) {
	w := newWorld(t)
	w.chain.mine(6)
	w.submit(ordinaryIntent(0))
	w.chain.reorg(5, false)
	w.chain.set(func() { w.chain.blocks = w.chain.blocks[:2] })
	by := w.foreign(ordinarySigner, 0, "cancel")
	w.chain.mine(10)
	w.poll()
	_, err := w.result("key/0")
	var displaced *DisplacedError
	if !errors.As(err, &displaced) || displaced.By != by || displaced.Block != 2 {
		t.Errorf("error %v", err)
	}
}

func TestDisplacedByDelegation(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(0))
	w.chain.delegate(ordinary)
	w.mine(3)
	_, err := w.result("key/0")
	var displaced *DisplacedError
	if !errors.As(err, &displaced) || *displaced != (DisplacedError{Account: ordinary, Nonce: 0, Block: 1}) {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(err.Error(), "something else than a transaction") {
		t.Errorf("error %v", err)
	}
}

// A node that does not find a receipt has not shown that there is none.
func TestNotGivenUpWithoutEvidence(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(0))
	w.chain.hideReceipts = true
	w.mine(10)
	w.unsettled("key/0")
	w.chain.hideReceipts = false
	w.poll()
	w.success("key/0")

	w.submit(ordinaryIntent(1))
	w.foreign(ordinarySigner, 1, "cancel")
	w.chain.hideHistory = true
	w.chain.mine(5)
	err := w.Poll(t.Context())
	if err == nil || !strings.Contains(err.Error(), "archive node") {
		t.Errorf("error %v", err)
	}
	w.unsettled("key/1")
	w.chain.hideHistory = false
	w.poll()
	var displaced *DisplacedError
	if _, err := w.result("key/1"); !errors.As(err, &displaced) {
		t.Errorf("error %v", err)
	}
}
