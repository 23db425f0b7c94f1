package aggregator

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// settleDown lets everything come to its end, with nothing going wrong any more.
func (s *sim) settleDown() {
	s.Helper()
	s.quiet = true
	s.broken.Store(-1)
	for range 400 {
		s.now = s.now.Add(time.Minute)
		s.chain.mine()
		s.follow()
		s.failed(s.engine.Tick(s.now))
		for range 8 {
			s.job()
		}
		sum := s.engine.Summary()
		if sum.Head.Finalized+1 == sum.Head.Batch && sum.Open.Transfers == 0 && s.idle() {
			return
		}
	}
	sum := s.engine.Summary()
	s.Fatalf("not settled: %+v", sum)
}

// idle says whether nothing is left to happen.
func (s *sim) idle() bool {
	sum := s.engine.Summary()
	r := &sum.Open
	k := &s.chain.head().contract
	return len(s.chain.pool) == 0 && sum.Head.Deposits == uint64(len(k.deposits)) && sum.Head.Exits == uint64(len(k.exits)) && len(s.pending) == 0 && sum.Head.Block+simConfirmations == s.chain.head().number &&
		len(r.Openings)+len(r.Deposits)+len(r.ForcedExits) == 0 && sum.WaitingOpenings+sum.WaitingDeposits+sum.WaitingExits == 0
}

// check compares engine, layer 1, and a state that is rebuilt from what layer 1
// has, when everything has come to its end.
func (s *sim) check() {
	s.Helper()
	s.keepsPromises()
	k := &s.chain.head().contract
	sum := s.engine.Summary()
	if k.number != sum.Head.Finalized || k.depositsEnd != uint64(len(k.deposits)) || k.exitsEnd != uint64(len(k.exits)) {
		s.Fatalf("layer 1 has %d batches, deposits %d of %d, exits %d of %d; the node is at %+v",
			k.number, k.depositsEnd, len(k.deposits), k.exitsEnd, len(k.exits), sum.Head)
	}

	// The same state, from published data alone. After every batch, what accounts
	// have and what was paid is what the processed deposits brought.
	state := protocol.NewMemoryState()
	paid := make(map[protocol.Token]uint64)
	var transfers uint32
	taken := 0
	for i, data := range k.published {
		p, err := protocol.ParsePublished(data)
		s.ok(err)
		if err := p.Replay(state, s.id.RollupID, uint32(i+1)); err != nil {
			s.Fatalf("batch %d: %v", i+1, err)
		}
		for _, x := range p.Exits {
			paid[x.Token] += x.Amount.Uint64()
		}
		transfers += uint32(len(p.Transfers))
		taken += len(p.Deposits)
		held := make(map[protocol.Token]uint64)
		for _, a := range state.All() {
			held[a.Token] += a.Balance.Uint64()
		}
		for token, total := range totals(k.deposits[:taken]) {
			if held[token]+paid[token] != total {
				s.Fatalf("after batch %d, of token %d: %d deposited, %d held and %d paid", i+1, token, total, held[token], paid[token])
			}
		}
	}
	tree := statetree.OpenMemory()
	var updates []statetree.Update
	for i, a := range state.All() {
		updates = append(updates, statetree.Update{Index: i, Account: a})
		at, err := s.engine.Accounts(i, StatePending, StateSealed, StateFinalized)
		s.ok(err)
		for _, at := range at {
			if at.Account != a {
				s.Fatalf("account %d is %+v in the state of batch %d, layer 1's data make %+v", i, at.Account, at.Batch, a)
			}
		}
	}
	root, err := tree.Load(context.Background(), max(k.number, 1), updates, nil)
	s.ok(err)
	if got := protocol.Commitment(root, s.id.RollupID, k.number); got != k.commitment {
		s.Fatalf("the rebuilt state does not have layer 1's commitment")
	}

	// Every executed transfer once.
	if uint64(transfers)+1 != sum.Head.NextSeq {
		s.Errorf("layer 1 has %d transfers, the next is %d", transfers, sum.Head.NextSeq)
	}
	faults, err := s.led.Check(context.Background(), nil)
	s.ok(err)
	if len(faults) > 0 {
		s.Errorf("faults: %v", faults)
	}
	opts := AuditOptions{}
	for _, c := range s.cfg.Circuits {
		opts.Shapes = append(opts.Shapes, c.Shape)
	}
	faults, err = Audit(context.Background(), s.led, opts)
	s.ok(err)
	if len(faults) > 0 {
		s.Errorf("audit: %v", faults)
	}
}

func totals(deposits []protocol.Deposit) map[protocol.Token]uint64 {
	sum := make(map[protocol.Token]uint64)
	for i := range deposits {
		sum[deposits[i].Token] += deposits[i].Amount.Uint64()
	}
	return sum
}

// simulate plays a seed, and returns what its history hashes to and how often what
// happened.
func simulate(t testing.TB, seed uint64) (string, map[string]int) {
	t.Helper()
	s := newSim(t, seed)
	defer s.lose()
	defer func() {
		if t.Failed() {
			t.Logf("seed %d: go test ./aggregator -run Simulation -seed %d", seed, seed)
		}
	}()
	for range simSteps {
		s.step()
		s.namesStay()
	}
	s.settleDown()
	s.check()
	s.namesStay()
	return fmt.Sprintf("%x", s.trace.Sum(nil)), s.stats
}

const simSteps = 250

var (
	simSeed  = flag.Uint64("seed", 0, "the one seed that TestSimulation plays")
	simFirst = flag.Uint64("first-seed", 1, "the first of the seeds that TestSimulation plays")
	simLast  = flag.Uint64("last-seed", simSeeds, "the last of them; a process keeps some 2 MB of each, for disks that failed")
)

// TestSimulation plays many histories of a node: see sim. Whatever happens, what
// was promised is kept, layer 1 and the node agree in the end, and a state that is
// rebuilt from layer 1's data is the node's.
func TestSimulation(t *testing.T) {
	if *simSeed != 0 {
		_, stats := simulate(t, *simSeed)
		t.Log(stats)
		return
	}
	total := make(map[string]int)
	for seed := *simFirst; seed <= *simLast && !t.Failed(); seed++ {
		_, stats := simulate(t, seed)
		for what, n := range stats {
			total[what] += n
		}
	}
	t.Logf("%d histories: %v", *simLast-*simFirst+1, total)
	for _, what := range []string{"crash", "disk", "reorg", "rollback", "undo", "step", "run", "finish", "outcome"} {
		if total[what] == 0 {
			t.Errorf("in no history: %s", what)
		}
	}
}

// TestSimulationRepeats: a seed gives the same history each time.
func TestSimulationRepeats(t *testing.T) {
	for seed := uint64(1); seed <= 4; seed++ {
		first, _ := simulate(t, seed)
		if second, _ := simulate(t, seed); first != second {
			t.Errorf("seed %d gives different histories", seed)
		}
	}
}
