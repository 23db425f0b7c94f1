package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

func TestCreate(t *testing.T) {
	disk := vfs.NewMem()
	l := mustOpen(t, disk)
	if _, found, err := l.Identity(); found || err != nil {
		t.Errorf("identity of an empty ledger: %v, %v", found, err)
	}
	if _, err := l.Head(); !errors.Is(err, ErrNotCreated) {
		t.Errorf("head of an empty ledger: error %v", err)
	}
	if _, found, err := l.Transfer(1); found || err != nil {
		t.Errorf("transfer of an empty ledger: %v, %v", found, err)
	}
	for range l.Transfers(0, 10) {
		t.Error("an empty ledger has transfers")
	}
	mustClose(t, l)
	l = mustOpen(t, disk) // format, and nothing else
	id := maker{newRand(1)}.identity()
	if err := l.Create(id, Head{NextSeq: 1}); err != nil {
		t.Fatal(err)
	}
	if err := l.Create(id, Head{NextSeq: 2}); !errors.Is(err, ErrExists) {
		t.Errorf("created twice: error %v", err)
	}
	mustClose(t, l)
	l = mustOpen(t, disk)
	if err := l.Create(id, Head{NextSeq: 2}); !errors.Is(err, ErrExists) {
		t.Errorf("created twice: error %v", err)
	}
	if got, found, err := l.Identity(); got != id || !found || err != nil {
		t.Errorf("identity %v, %v, %v", got, found, err)
	}
	if h, err := l.Head(); h.NextSeq != 1 || err != nil {
		t.Errorf("head %v, %v", h, err)
	}
	mustClose(t, l)
}

// TestMistakes: changes that make no sense are refused, and end the ledger's use,
// since whoever made them is ahead of it.
func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *Changes)
		want   error
		says   string
	}{
		"amount too wide": {func(c *Changes) {
			c.Execute(TransferID{}, &Transfer{Seq: 7, Signed: protocol.SignedTransfer{Transfer: protocol.Transfer{Amount: protocol.Amount{0, 0, 1}}}})
		}, ErrRecord, "transfer 7: "},
		"nonce too wide": {func(c *Changes) {
			c.Queue(TransferID{}, &Queued{Signed: protocol.SignedTransfer{Transfer: protocol.Transfer{Nonce: 1 << 40}}})
		}, ErrRecord, "queued transfer of account 0"},
		"the first mistake": {func(c *Changes) {
			c.PutBatch(&Batch{Number: 3, Stage: 99})
			c.PutBatch(&Batch{Number: 4, Circuit: -1})
		}, ErrRecord, "batch 3: "},
		"executed, then deleted": {func(c *Changes) {
			c.Execute(TransferID{}, &Transfer{Seq: 1})
			c.DeleteTransfers(1)
		}, ErrRecord, "others were added before"},
	} {
		disk := vfs.NewMem()
		l := mustOpen(t, disk)
		if err := l.Create(Identity{}, Head{NextSeq: 1}); err != nil {
			t.Fatal(err)
		}
		changes := l.NewChanges()
		c.change(changes)
		changes.PutHead(Head{NextSeq: 2})
		err := l.Commit(changes)
		if !errors.Is(err, ErrFailed) || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v", name, err)
		}
		wantFailed(t, l)
		mustClose(t, l)
		l = mustOpen(t, disk)
		if h, err := l.Head(); err != nil || h.NextSeq != 1 {
			t.Errorf("%s: head %v, %v", name, h, err)
		}
		mustClose(t, l)
	}
	l := mustOpen(t, vfs.NewMem())
	if err := l.Commit(l.NewChanges()); !errors.Is(err, ErrNotCreated) {
		t.Errorf("committed before it was created: error %v", err)
	}
	mustClose(t, l)
	l = mustOpen(t, vfs.NewMem())
	if err := l.Create(Identity{}, Head{NextSeq: 2}); err != nil { // transfer 1 is not there
		t.Fatal(err)
	}
	c := l.NewChanges()
	c.DeleteTransfers(1)
	if err := l.Commit(c); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "transfer 1") {
		t.Errorf("deleted what is damaged: error %v", err)
	}
	mustClose(t, l)
}

func TestClosed(t *testing.T) {
	l := mustOpen(t, vfs.NewMem())
	if err := l.Create(Identity{}, Head{NextSeq: 1}); err != nil {
		t.Fatal(err)
	}
	s, err := l.Tree().Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); !errors.Is(err, ErrInUse) {
		t.Errorf("closed under a snapshot: error %v", err)
	}
	if _, err := l.Head(); err != nil {
		t.Errorf("after a Close that failed: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, l, func(c *Changes) {
		c.Queue(TransferID{1}, &Queued{})
		c.PutHead(Head{NextSeq: 1})
	})
	for _, err := range l.AllQueued() {
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); !errors.Is(err, ErrInUse) {
			t.Errorf("closed under an iteration: error %v", err)
		}
	}
	c := l.NewChanges()
	mustClose(t, l)
	mustClose(t, l)
	_, head := l.Head()
	_, check := l.Check(context.Background(), nil)
	for what, err := range map[string]error{"head": head, "commit": l.Commit(c), "check": check} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s of a closed ledger: error %v", what, err)
		}
	}
	for _, err := range l.AllQueued() {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("queue of a closed ledger: error %v", err)
		}
	}
}

// TestBounds asks at the ends of ranges.
func TestBounds(t *testing.T) {
	ru := newRollup(t, vfs.NewMem(), 31)
	l := ru.l
	for range l.Transfers(5, 5) {
		t.Error("transfers from 5 to 5")
	}
	for range l.Transfers(6, 5) {
		t.Error("transfers from 6 to 5")
	}
	for what, got := range map[string]func() (int, error){
		"no history":      func() (int, error) { h, err := l.History(1, 1<<64-1, 0); return len(h), err },
		"before all":      func() (int, error) { h, err := l.History(1, 0, 10); return len(h), err },
		"no batches":      func() (int, error) { b, err := l.Batches(1<<32-1, 0); return len(b), err },
		"batches from 0":  func() (int, error) { b, err := l.Batches(0, 10); return len(b), err },
		"batches of base": func() (int, error) { b, err := l.Batches(rollupBase+1, 10); return len(b), err },
		"no accounts":     func() (int, error) { a, err := l.AccountsOf(protocol.Owner{}, 0, 0); return len(a), err },
		"last account":    func() (int, error) { a, err := l.AccountsOf(protocol.Owner{}, 1<<32-1, 10); return len(a), err },
	} {
		if n, err := got(); n != 0 || err != nil {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	owner := protocol.Owner{0xff}
	mustCommit(t, l, func(c *Changes) {
		for _, i := range []protocol.Index{1, 1<<32 - 1} {
			c.PutAccount(i, protocol.PublicKey{}, owner, 1<<32-1)
		}
		c.PutAccount(2, protocol.PublicKey{}, protocol.Owner{0xfe}, 0)
		c.PutHead(ru.m.head)
	})
	if all, err := l.AccountsOf(owner, 0, 10); err != nil || fmt.Sprint(all) != "[1 4294967295]" {
		t.Errorf("accounts %v, %v", all, err)
	}
	if i, found, err := l.FindAccount(protocol.PublicKey{}, owner, 1<<32-1); i != 1<<32-1 || !found || err != nil {
		t.Errorf("account %d, %v, %v", i, found, err)
	}
	mustClose(t, l)
}

// TestTogether has several write and read at once, beside the tree: what is read
// is always whole. It means most with the race detector.
func TestTogether(t *testing.T) {
	l := mustOpen(t, vfs.NewMem())
	id := Identity{RollupID: maker{newRand(1)}.element()}
	m := newModel(id)
	if err := l.Create(id, m.head); err != nil {
		t.Fatal(err)
	}
	const rounds = 60
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Add(3)
	go func() { // the engine
		defer wg.Done()
		r := maker{newRand(2)}
		for range rounds {
			c := l.NewChanges()
			if m.head.NextSeq > 20 {
				m.undo(c, m.head.NextSeq-3)
			}
			for range 5 {
				m.execute(c, r.transfer(0))
			}
			c.PutHead(m.head)
			if err := l.Commit(c); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	go func() { // a job
		defer wg.Done()
		for n := range uint32(rounds) {
			c := l.NewChanges()
			c.PutSealed(n, make([]byte, 1000))
			if err := l.Commit(c); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	go func() { // the tree
		defer wg.Done()
		for n := range uint32(rounds) {
			if _, err := l.Tree().Apply(context.Background(), n+1, []statetree.Update{{Index: 1}}, nil); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	var readers sync.WaitGroup
	for range 2 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for {
				h, err := l.Head()
				if err != nil {
					t.Error(err)
					return
				}
				n := uint64(0)
				for _, err := range l.Transfers(1, 1<<63) {
					if err != nil {
						t.Error(err)
						return
					}
					n++
				}
				if n+1 < h.NextSeq {
					t.Errorf("%d transfers, the next is %d", n, h.NextSeq)
				}
				if _, _, err := l.Transfer(h.NextSeq - 1); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		}()
	}
	wg.Wait()
	close(done)
	readers.Wait()
	for n := range uint32(rounds) {
		if b, found, err := l.Sealed(n); len(b) != 1000 || !found || err != nil {
			t.Errorf("sealed batch %d: %v, %v", n, found, err)
		}
		m.sealed[n] = make([]byte, 1000)
	}
	if errs := interrogate(t, l, m); errs > 0 {
		t.Errorf("%d errors", errs)
	}
	mustClose(t, l)
}

// TestDeleteBatch: nothing of a batch stays, and everything of its neighbours.
func TestDeleteBatch(t *testing.T) {
	l := mustOpen(t, vfs.NewMem())
	m := newModel(Identity{})
	if err := l.Create(m.id, m.head); err != nil {
		t.Fatal(err)
	}
	r := maker{newRand(1)}
	m.head.Batch = 4
	mustCommit(t, l, func(c *Changes) {
		for n := uint32(1); n <= 3; n++ {
			m.batches[n], m.sealed[n], m.published[n], m.proofs[n] = r.batch(n), []byte{1}, []byte{2}, Proof{Calldata: []byte{3}}
			b, p := m.batches[n], m.proofs[n]
			c.PutBatch(&b)
			c.PutSealed(n, m.sealed[n])
			c.PutPublished(n, m.published[n])
			c.PutProof(n, &p)
		}
		c.PutHead(m.head)
	})
	m.head.Batch = 3
	mustCommit(t, l, func(c *Changes) {
		c.DeleteBatch(3)
		c.PutHead(m.head)
	})
	delete(m.batches, 3)
	delete(m.sealed, 3)
	delete(m.published, 3)
	delete(m.proofs, 3)
	if errs := interrogate(t, l, m); errs > 0 {
		t.Errorf("%d errors", errs)
	}
	mustClose(t, l)
}
