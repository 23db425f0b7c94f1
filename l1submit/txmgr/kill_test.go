package txmgr

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"pgregory.net/rapid"
)

// killer ends a process: it counts the places around writes and broadcasts, and
// panics at one of them. Every later place panics too: a dead process does
// nothing.
type killer struct {
	after int // places to pass; negative: it never strikes
	dead  bool
	log   []string
}

type killed struct{ at string }

func (k *killer) pass(place string) {
	if !k.dead && k.after != 0 {
		k.after--
		k.log = append(k.log, place)
		return
	}
	k.dead = true
	panic(killed{place})
}

// killJournal has the places before and after each write.
type killJournal struct {
	journal
	k *killer
}

func (j killJournal) around(what string, write func() error) error {
	j.k.pass("before " + what)
	err := write()
	j.k.pass("after " + what)
	return err
}

func (j killJournal) begin(rec *record) error {
	return j.around("begin", func() error { return j.journal.begin(rec) })
}

func (j killJournal) retry(rec *record) error {
	return j.around("retry", func() error { return j.journal.retry(rec) })
}

func (j killJournal) settle(key string, o *outcome) error {
	return j.around("settle", func() error { return j.journal.settle(key, o) })
}

// killChain has the places before a transaction reaches the node, and after that,
// before anybody hears.
type killChain struct {
	*fakeChain
	k *killer
}

func (c killChain) SendTransaction(ctx context.Context, tx *types.Transaction) error {
	c.k.pass("before send")
	err := c.fakeChain.SendTransaction(ctx, tx)
	c.k.pass("after send")
	return err
}

// history is a process that is killed and started again, the disk that it leaves,
// and the chain, which outlives it.
type history struct {
	t     rapid.TB
	chain *fakeChain
	disk  *vfs.MemFS
	rng   *rand.Rand

	m     *Manager
	store *store
	k     *killer
	kills []int // places to be killed at, one for each process
	keys  []Intent
	log   []string
}

func newHistory(t rapid.TB, kills ...int) *history {
	h := &history{
		t: t, chain: newFakeChain(ordinary, blobAccount), disk: vfs.NewCrashableMem(),
		rng: rand.New(rand.NewPCG(1, 2)), kills: kills,
	}
	h.start()
	return h
}

// start opens the disk, as a new process does.
func (h *history) start() {
	h.k = &killer{after: -1}
	if len(h.kills) > 0 {
		h.k.after, h.kills = h.kills[0], h.kills[1:]
	}
	cfg := testConfig(killChain{h.chain, h.k}, h.disk)
	cfg, err := cfg.withDefaults()
	if err != nil {
		h.t.Fatal(err)
	}
	if h.store, err = openStore(h.disk, cfg.Dir, fakeChainID, quiet); err != nil {
		h.t.Fatal(err)
	}
	if h.m, err = newManager(cfg, fakeChainID, killJournal{h.store, h.k}); err != nil {
		h.t.Fatal(err)
	}
}

// act has the process do something. If that kills it, what was synced is left on
// disk, with some of the rest; the next process's caller submits again all that
// it wanted.
func (h *history) act(what func()) {
	for h.dies(what) {
		crashed := h.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 50, 100}[h.rng.IntN(3)], RNG: h.rng})
		if err := h.store.Close(); err != nil {
			h.t.Fatal(err)
		}
		h.disk = crashed
		h.start()
		what = func() {
			for _, in := range h.keys {
				h.trySubmit(in)
			}
		}
	}
}

func (h *history) dies(what func()) (died bool) {
	defer func() {
		if r := recover(); r != nil {
			k, ok := r.(killed)
			if !ok {
				panic(r)
			}
			h.log = append(h.log, "killed "+k.at)
			died = true
		}
	}()
	what()
	return false
}

func (h *history) trySubmit(in Intent) {
	if err := h.m.Submit(context.Background(), in); err != nil {
		h.t.Fatalf("%v: submit: %v", h.log, err)
	}
}

func (h *history) submit(in Intent) {
	h.log = append(h.log, "submit "+in.Key)
	h.keys = append(h.keys, in)
	h.act(func() { h.trySubmit(in) })
}

func (h *history) poll() {
	h.act(func() {
		if err := h.m.Poll(context.Background()); err != nil {
			h.t.Fatalf("%v: poll: %v", h.log, err)
		}
	})
	h.check()
}

func (h *history) mine() {
	h.log = append(h.log, "mine")
	h.chain.mine(1)
	h.poll()
}

func (h *history) reorg(depth int, reinject bool) {
	h.log = append(h.log, fmt.Sprint("reorg ", depth, reinject))
	h.chain.reorg(depth, reinject)
	h.poll()
}

func (h *history) forget() {
	h.log = append(h.log, "forget")
	h.chain.forget()
	h.poll()
}

// tip sets what miners want.
func (h *history) tip(gwei int64) {
	h.log = append(h.log, fmt.Sprint("tip ", gwei))
	h.chain.set(func() { h.chain.minTip = big.NewInt(1 + gwei*params.GWei) })
}

// check wants one nonce for each intent, whatever was sent when, and never two
// landed.
func (h *history) check() {
	h.t.Helper()
	type slot struct {
		from  common.Address
		nonce uint64
	}
	byData, bySlot := make(map[string]slot), make(map[slot]string)
	for _, tx := range h.chain.sent {
		s, data := slot{sender(tx), tx.Nonce()}, string(tx.Data())
		if old, ok := byData[data]; ok && old != s {
			h.t.Fatalf("%v: %q was sent with nonces %d and %d", h.log, data, old.nonce, s.nonce)
		}
		if old, ok := bySlot[s]; ok && old != data {
			h.t.Fatalf("%v: nonce %d was used for %q and %q", h.log, s.nonce, old, data)
		}
		byData[data], bySlot[s] = s, data
	}
	for _, in := range h.keys {
		if n := h.chain.times(in.Data); n > 1 {
			h.t.Fatalf("%v: %q landed %d times", h.log, in.Key, n)
		}
	}
}

// finish lets everything land, and wants each intent once.
func (h *history) finish() {
	h.t.Helper()
	h.tip(0)
	for range 40 {
		h.mine()
	}
	defer func() {
		if err := h.m.Close(); err != nil {
			h.t.Fatal(err)
		}
	}()
	if open := h.m.Status(); len(open) > 0 {
		h.t.Fatalf("%v: not settled: %+v", h.log, open)
	}
	for _, in := range h.keys {
		r, err := h.m.Wait(context.Background(), in.Key)
		if err != nil {
			h.t.Fatalf("%v: %v", h.log, err)
		}
		if n := h.chain.times(in.Data); n != 1 || r.Receipt == nil || !slices.Contains(r.Hashes, r.Receipt.TxHash) {
			h.t.Fatalf("%v: %q landed %d times: %+v", h.log, in.Key, n, r)
		}
	}
}

// play is a life with everything in it: waiting, fees that are raised, a reorg
// that drops, one that gives back, a node that forgets.
func (h *history) play() {
	h.submit(ordinaryIntent(0))
	h.submit(blobIntent(1))
	h.mine()
	h.submit(ordinaryIntent(2))
	h.tip(10)
	for range 9 {
		h.mine()
	}
	h.submit(ordinaryIntent(3))
	h.forget()
	h.tip(0)
	h.mine()
	h.reorg(1, false)
	h.mine()
	h.reorg(1, true)
	h.mine()
	h.mine()
	h.submit(ordinaryIntent(4))
	h.finish()
}

// TestKilled kills the process once at every place of a life, and again at each
// of the first places of the life after.
func TestKilled(t *testing.T) {
	whole := newHistory(t)
	whole.play()
	places := whole.k.log
	for _, place := range []string{"begin", "retry", "settle", "send"} {
		for _, side := range []string{"before ", "after "} {
			if !slices.Contains(places, side+place) {
				t.Fatalf("the life has no place %s%s", side, place)
			}
		}
	}
	t.Logf("%d places", len(places))
	for first := range places {
		h := newHistory(t, first)
		h.play()
		if h.k.after >= 0 || len(h.log) == 0 {
			t.Fatalf("not killed at place %d", first)
		}
		for second := range secondKills {
			newHistory(t, first, second).play()
		}
	}
}

// TestRandomHistories kills, reorgs, forgets and raises fees in any order.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, rapid.SliceOfN(rapid.IntRange(0, 12), 0, 6).Draw(t, "kills")...)
		since := 0 // blocks since genesis that a reorg may take
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0:
				h.submit(ordinaryIntent(len(h.keys)))
			case 1:
				h.submit(blobIntent(len(h.keys)))
			case 2, 3, 4:
				h.mine()
				since++
			case 5:
				// Below the three confirmations that make a transaction final.
				if depth := rapid.IntRange(0, 2).Draw(t, "depth"); depth > 0 && depth <= since {
					h.reorg(depth, rapid.Bool().Draw(t, "reinject"))
					since++
				}
			case 6:
				h.forget()
			case 7:
				h.tip(rapid.Int64Range(0, 3).Draw(t, "tip"))
			}
		}
		h.finish()
	})
}
