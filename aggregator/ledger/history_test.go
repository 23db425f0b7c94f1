package ledger

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/quirezk/quire/protocol"
)

// world is a random history of one ledger beside its model. What it commits makes
// no sense as a rollup, only as records.
type world struct {
	t     fatal
	disk  vfs.FS
	l     *Ledger
	r     maker
	model *model
}

func newWorld(t fatal, disk vfs.FS, seed uint64) *world {
	t.Helper()
	w := &world{t: t, disk: disk, r: maker{newRand(seed)}}
	id := Identity{ChainID: 5, RollupID: w.r.element()}
	if w.r.IntN(2) == 0 {
		id = w.r.identity()
		id.Base, id.BaseDeposits, id.BaseExits = 40, 50, 60
	}
	w.model = newModel(id)
	w.open()
	if err := w.l.Create(id, w.model.head); err != nil {
		t.Fatalf("%v", err)
	}
	return w
}

func (w *world) open() {
	l, err := Open(dir, testOptions(w.disk))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	w.l = l
}

// commit makes one commit of up to a few steps.
func (w *world) commit() {
	if err := w.l.Commit(w.changes()); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// changes changes the model, and returns what does the same to the ledger.
func (w *world) changes() *Changes {
	c := w.l.NewChanges()
	if w.r.IntN(5) == 0 {
		w.undo(c)
	}
	for range 1 + w.r.IntN(6) {
		step := []func(*Changes){w.execute, w.queue, w.leaveQueue, w.batch, w.batches, w.openings, w.layerOne, w.accounts}
		step[w.r.IntN(len(step))](c)
	}
	w.model.head.Block++ // counts the commits
	c.PutHead(w.model.head)
	return c
}

// some is a transfer among few accounts, some of them nobody's, all its own.
func (w *world) some() protocol.SignedTransfer {
	s := w.r.signed()
	s.From, s.To, s.Nonce = protocol.Index(1+w.r.IntN(4)), protocol.Index(w.r.IntN(5)), w.r.Uint64N(4)
	return s
}

func (w *world) execute(c *Changes) {
	for range w.r.IntN(10) {
		w.model.execute(c, Transfer{Batch: w.model.head.Batch, Received: w.r.Uint64(), Signed: w.some()})
	}
}

func (w *world) queue(c *Changes) {
	for range w.r.IntN(5) {
		w.model.enqueue(c, Queued{Received: w.r.Uint64(), Signed: w.some()})
	}
}

func (w *world) leaveQueue(c *Changes) {
	for _, p := range places(w.model.queue) {
		switch w.r.IntN(4) {
		case 0:
			q := w.model.unqueue(c, p)
			w.model.execute(c, Transfer{Received: q.Received, Signed: q.Signed})
		case 1:
			q := w.model.unqueue(c, p)
			w.model.drop(c, &q.Signed.Transfer, "expired")
		}
	}
}

// undo rolls transfers back and executes most of them again.
func (w *world) undo(c *Changes) {
	for _, t := range w.model.undo(c, w.model.head.NextSeq-w.r.Uint64N(min(w.model.head.NextSeq, 12))) {
		switch w.r.IntN(5) {
		case 0: // forgotten
		case 1:
			w.model.drop(c, &t.Signed.Transfer, "layer 1 took back what it rested on")
		default:
			w.model.execute(c, t)
		}
	}
}

// batch writes the open batch, and perhaps begins the next.
func (w *world) batch(c *Changes) {
	b := w.r.batch(w.model.head.Batch)
	w.model.batches[b.Number] = b
	c.PutBatch(&b)
	if w.r.IntN(2) == 0 {
		w.model.head.Batch++
	}
}

// batches changes what is stored of batches, or takes the last back.
func (w *world) batches(c *Changes) {
	m := w.model
	for _, n := range ordered(m.batches) {
		switch w.r.IntN(8) {
		case 0:
			m.sealed[n], m.published[n], m.proofs[n] = w.r.bytes(3000), w.r.bytes(3000), w.r.proof()
			c.PutSealed(n, m.sealed[n])
			c.PutPublished(n, m.published[n])
			p := m.proofs[n]
			c.PutProof(n, &p)
		case 1:
			delete(m.sealed, n)
			c.DeleteSealed(n)
		case 2:
			delete(m.proofs, n)
			c.DeleteProof(n)
		}
	}
	if w.r.IntN(4) == 0 && m.head.Batch > m.id.Base+1 {
		delete(m.batches, m.head.Batch)
		delete(m.sealed, m.head.Batch)
		delete(m.published, m.head.Batch)
		delete(m.proofs, m.head.Batch)
		c.DeleteBatch(m.head.Batch)
		m.head.Batch--
	}
}

func (w *world) openings(c *Changes) {
	m := w.model
	for range w.r.IntN(4) {
		o := w.r.opening(m.head.NextOpening)
		m.head.NextOpening++
		m.openings[o.Number] = o
		c.PutOpening(&o)
	}
	for n := range m.openings {
		if n%3 == 0 {
			delete(m.openings, n)
			c.DeleteOpening(n)
		}
	}
}

func (w *world) layerOne(c *Changes) {
	m := w.model
	if w.r.IntN(4) == 0 {
		m.head.Deposits -= w.r.Uint64N(m.head.Deposits - m.id.BaseDeposits + 1)
		m.head.Exits -= w.r.Uint64N(m.head.Exits - m.id.BaseExits + 1)
		for n := range m.deposits {
			if n >= m.head.Deposits {
				delete(m.deposits, n)
			}
		}
		for n := range m.exits {
			if n >= m.head.Exits {
				delete(m.exits, n)
			}
		}
		c.TruncateDeposits(m.head.Deposits)
		c.TruncateForcedExits(m.head.Exits)
	}
	for range w.r.IntN(4) {
		d, x := w.r.queuedDeposit(m.head.Deposits), w.r.queuedExit(m.head.Exits)
		m.head.Deposits, m.head.Exits = m.head.Deposits+1, m.head.Exits+1
		m.deposits[d.Position], m.exits[x.Position] = d, x
		c.PutDeposit(&d)
		c.PutForcedExit(&x)
	}
}

// accounts changes the directory, in which some names have several accounts.
func (w *world) accounts(c *Changes) {
	m := w.model
	for range w.r.IntN(4) {
		h := holding{index: w.r.index() >> w.r.IntN(32), key: w.r.point(), owner: w.r.address(), token: protocol.Token(w.r.Uint32())}
		if h.index == 0 {
			h.index = 1<<32 - 1
		}
		for other := range m.accounts {
			if other.index == h.index {
				return // an index is one account's
			}
		}
		if all := holdings(m.accounts); len(all) > 0 && w.r.IntN(2) == 0 {
			like := all[w.r.IntN(len(all))]
			h.owner = like.owner
			if w.r.IntN(2) == 0 {
				h.key, h.token = like.key, like.token
			}
		}
		m.putAccount(c, h)
	}
	for _, i := range ordered(m.reserved) {
		if w.r.IntN(4) == 0 {
			m.unreserve(c, i)
		}
	}
	for _, h := range holdings(m.accounts) {
		if w.r.IntN(10) == 0 {
			m.deleteAccount(c, h)
			m.reserve(c, Reserved{h.index, h.key, h.owner, h.token})
		}
	}
}

func (w *world) reopen() {
	if err := w.l.Close(); err != nil {
		w.t.Fatalf("%v", err)
	}
	w.open()
}

// TestHistory compares random histories with their models.
func TestHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, vfs.NewMem(), rapid.Uint64().Draw(rt, "seed"))
		rt.Repeat(map[string]func(*rapid.T){
			"commit":      func(*rapid.T) { w.commit() },
			"commit more": func(*rapid.T) { w.commit() },
			"reopen":      func(*rapid.T) { w.reopen() },
			"": func(*rapid.T) {
				if errs := interrogate(rt, w.l, w.model); errs > 0 {
					rt.Fatalf("%d errors", errs)
				}
			},
		})
		if err := w.l.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}
