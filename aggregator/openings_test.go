package aggregator

import (
	"errors"
	"testing"
	"time"

	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
)

// flood asks for accounts that nobody else wants.
func (b *bench) flood(from, to int) {
	b.Helper()
	for i := from; i < to; i++ {
		_, err := b.engine.RequestOpening(b.now, b.people[1].Public(), protocol.Owner{byte(i >> 8), byte(i), 1}, 0)
		b.ok(err)
	}
}

// TestOpeningsMakeNoHaste: whoever asks for accounts for nothing does not make the
// operator pay for more than a batch each MaxAge. Layer 1's operations have their
// batch after QueueDelay as ever.
func TestOpeningsMakeNoHaste(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBacklog = 1 << 10 })
	b.deposit(1, 2)
	from, _ := b.account(1)
	to, _ := b.account(2)
	batch := func() uint32 { return b.engine.Summary().Head.Batch }
	tick := func(of time.Duration) {
		for end := b.now.Add(of); b.now.Before(end); {
			b.now = b.now.Add(time.Second)
			b.ok(b.engine.Tick(b.now))
		}
	}
	first := batch()
	b.flood(0, 400)
	tick(3*DefaultMaxAge - time.Second)
	if n := batch() - first; n != 2 {
		t.Errorf("%d batches in not quite three times MaxAge", n)
	}
	if sum := b.engine.Summary(); sum.WaitingOpenings < 300 || len(sum.Open.Openings) != 4 {
		t.Errorf("%+v", sum)
	}
	// The batches take transfers meanwhile.
	if o := b.submit(b.sign(1, protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(1), Fee: *uint256.NewInt(1)})); o[0].Status != StatusExecuted {
		t.Errorf("%+v", o[0])
	}
	tick(time.Second)
	first = batch()
	b.submit(b.sign(1, protocol.Transfer{From: from, To: to, Amount: *uint256.NewInt(1), Fee: *uint256.NewInt(1), Nonce: 1}))
	b.flood(400, 410)
	tick(DefaultQueueDelay / 2)
	b.deposit(3) // it waits: the batch has a transfer
	tick(DefaultQueueDelay - 2*time.Second)
	if n := batch() - first; n != 0 {
		t.Errorf("%d batches before QueueDelay", n)
	}
	tick(3 * time.Second)
	if n := batch() - first; n != 1 {
		t.Errorf("%d batches after QueueDelay", n)
	}
	b.account(3)
	tick(DefaultMaxAge / 2)
	if n := batch() - first; n != 1 {
		t.Errorf("%d batches, and nothing of layer 1 waits", n)
	}
}

// TestOpeningsOff: no account is opened for the asking but those for the fees.
func TestOpeningsOff(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxOpenings = -1 })
	if _, err := b.engine.RequestOpening(b.now, b.people[1].Public(), owner(1), 0); !errors.Is(err, ErrOpeningsOff) {
		t.Error(err)
	}
	there, err := b.engine.RequestOpening(b.now, b.people[0].Public(), owner(0), 0)
	if err != nil || !there.Exists {
		t.Errorf("%+v, %v", there, err)
	}
	b.deposit(1)
	b.account(1)
}
