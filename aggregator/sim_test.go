package aggregator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// sim is one history of a node, drawn from a seed: users who send, repeat and
// botch transfers, a layer 1 with reorganizations, jobs that end late, fail or are
// never finished, a disk that fails, and crashes. Time is the simulation's own, and
// nothing runs beside it: a seed gives the same history each time.
type sim struct {
	testing.TB
	rng    *rand.Rand
	now    time.Time
	disk   *vfs.MemFS
	broken atomic.Int32 // the disk refuses this many syncs from now; below 0 it is whole
	cfg    Config
	id     ledger.Identity
	quiet  bool // nothing goes wrong any more
	stormy bool // layer 1 takes back a lot, and what was executed is undone often

	led     *ledger.Ledger
	engine  *Engine
	chain   *simChain
	settler *simSettler
	// delivered are the blocks that steps were of, by number from 1.
	delivered []*simBlock
	keys      []*protocol.PrivateKey
	pending   []Result // of jobs that were done and not finished

	promises map[ledger.TransferID]promise
	order    []ledger.TransferID // of promises
	deep     int                 // how often batches were undone: promises may change
	// Which account an index was ever seen to be, and the other way round.
	nameOf  map[protocol.Index]accountName
	indexOf map[accountName]protocol.Index
	trace   hash.Hash
	stats   map[string]int
}

// promise is an outcome that somebody was told.
type promise struct {
	Outcome
	deep int
}

const simUsers = 6

func newSim(t testing.TB, seed uint64) *sim {
	s := &sim{
		TB: t, rng: rand.New(rand.NewPCG(seed, 0x51)), now: start, disk: vfs.NewCrashableMem(),
		nameOf: make(map[protocol.Index]accountName), indexOf: make(map[accountName]protocol.Index),
		promises: make(map[ledger.TransferID]promise), trace: sha256.New(), stats: make(map[string]int),
	}
	s.broken.Store(-1)
	s.id = ledger.Identity{ChainID: 1, Contract: [20]byte{9}, RollupID: fr.NewElement(seed + 1), BaseRoot: protocol.EmptyHashes()[0]}
	s.stormy = s.rng.IntN(3) == 0
	s.chain = newSimChain(s.rng, protocol.GenesisCommitment(s.id.RollupID))
	s.settler = &simSettler{chain: s.chain, known: make(map[settleKey]bool), fail: func() bool { return s.chance(20) }}
	for i := range simUsers {
		s.keys = append(s.keys, protocol.NewPrivateKey([32]byte{byte(i + 1), 3}))
	}
	var shapes []Circuit
	for i, name := range []string{"tiny", "small"} {
		shape, err := circuits.ShapeByName(name)
		s.ok(err)
		shapes = append(shapes, Circuit{Index: i, Shape: shape, Verifier: [20]byte{byte(i + 1)}})
	}
	if s.stormy {
		shapes = shapes[:1] // many small batches
	}
	s.cfg = Config{
		Circuits: shapes,
		Collectors: []Collector{
			{Token: 0, Key: s.keys[0].Public(), Owner: owner(0), MinFee: *uint256.NewInt(1)},
			{Token: 7, Key: s.keys[0].Public(), Owner: owner(0)},
		},
		Pool:   mempool.Limits{MaxTotal: 40, MaxPerAccount: 1 + s.rng.IntN(6), NonceWindow: 8, TTL: 20 * time.Minute},
		MaxAge: 5 * time.Minute, QueueDelay: time.Minute, MaxBacklog: 1 + s.rng.IntN(4), MaxUnsettled: 4 + s.rng.IntN(8), MaxOpenings: 8, Retain: 40, Patience: 10 + s.rng.Uint64N(20),
		Prover: simProver{s}, Settler: simPort{s.settler},
		Logger: slog.New(slog.DiscardHandler),
	}
	s.open()
	return s
}

func (s *sim) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// chance is true once in n times, and never when nothing is to go wrong.
func (s *sim) chance(n int) bool { return !s.quiet && s.rng.IntN(n) == 0 }

// note makes something part of the history.
func (s *sim) note(what string, args ...any) {
	fmt.Fprintf(s.trace, what+"\n", args...)
	if *simSeed != 0 {
		s.Logf(what, args...)
	}
	s.stats[strings.Fields(what)[0]]++
}

// open opens ledger and engine. The disk may break while it does.
func (s *sim) open() {
	s.Helper()
	for {
		disk := errorfs.Wrap(s.disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
			// The log alone: pebble writes other files when it sees fit.
			if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo {
				if strings.HasSuffix(op.Path, ".log") && s.broken.Load() >= 0 && s.broken.Add(-1) < 0 {
					s.broken.Store(0) // and from then on every one
					return errSim
				}
			}
			return nil
		}))
		led, err := ledger.Open("ledger", ledger.Options{
			FS: disk, BlockCacheBytes: 1 << 20, Logger: s.cfg.Logger, Tree: statetree.Options{Workers: 1, CacheBytes: 1 << 20},
		})
		if err == nil {
			s.led = led
			if _, found, idErr := led.Identity(); idErr != nil {
				err = idErr
			} else if !found {
				err = Begin(led, s.id)
			}
			if err == nil {
				s.engine, err = Open(s.cfg, led, s.now)
			}
		}
		if err == nil {
			return
		}
		if s.broken.Load() < 0 {
			s.Fatalf("reopen: %v", err)
		}
		s.note("open fails")
		s.lose()
	}
}

// lose ends the process, and the machine, as they are.
func (s *sim) lose() {
	// All or nothing of what was not synced: a part of it would be another one each
	// time, for what pebble writes in the background. Package ledger tries parts.
	s.disk = s.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100 * s.rng.IntN(2), RNG: rand.New(rand.NewPCG(0, 0))})
	s.broken.Store(-1)
	s.pending = nil
	if s.engine != nil {
		_ = s.engine.Close() // of the disk as it was, which nobody sees any more
		s.engine = nil
	}
	if s.led != nil {
		_ = s.led.Close()
		s.led = nil
	}
}

func (s *sim) crash() {
	s.note("crash")
	s.lose()
	s.open()
	s.keepsPromises()
}

// failed ends the process after an error that only a failing disk explains.
func (s *sim) failed(err error) bool {
	s.Helper()
	if err == nil {
		return false
	}
	if s.broken.Load() < 0 {
		s.Fatalf("step fails on a disk that is whole: %v", err)
	}
	s.note("disk fails")
	s.lose()
	s.open()
	s.keepsPromises()
	return true
}

// step does one thing.
func (s *sim) step() {
	s.now = s.now.Add(time.Duration(s.rng.IntN(40)) * time.Second)
	if s.stormy && s.chance(2) {
		s.storm()
		return
	}
	switch n := s.rng.IntN(100); {
	case n < 36:
		s.send()
	case n < 42:
		s.user()
	case n < 56:
		s.chain.mine()
	case n < 66:
		s.follow()
	case n < 90:
		s.job()
	case n < 94:
		s.failed(s.engine.Tick(s.now))
	case n < 95:
		s.seal()
	case n < 97:
		depth := 1 + s.rng.IntN(simConfirmations)
		if s.chance(2) {
			depth += 1 + s.rng.IntN(8)
		}
		s.reorg(depth)
	case n < 98:
		s.crash()
	default:
		if s.broken.Load() < 0 {
			s.broken.Store(int32(s.rng.IntN(6)))
		}
	}
}

func (s *sim) reorg(depth int) {
	s.note("reorg %d", depth)
	s.chain.reorg(depth)
}

// user does something on layer 1, or asks for an account.
func (s *sim) user() {
	i := s.rng.IntN(simUsers)
	token := protocol.Token(s.rng.IntN(2) * 7)
	switch s.rng.IntN(3) {
	case 0:
		s.deposit(i, token)
	case 1:
		x := protocol.ForcedExit{Index: protocol.Index(1 + s.rng.IntN(12)), Sender: owner(i)}
		s.chain.pool = append(s.chain.pool, simTx{exit: &x})
	case 2:
		_, err := s.engine.RequestOpening(s.now, s.keys[i].Public(), owner(i), token)
		if !errors.Is(err, ErrOpeningsFull) {
			s.failed(err)
		}
	}
}

func (s *sim) deposit(user int, token protocol.Token) {
	d := protocol.Deposit{Key: s.keys[user].Public(), Owner: owner(user), Token: token, Amount: *uint256.NewInt(1 + s.rng.Uint64N(1e6))}
	s.chain.pool = append(s.chain.pool, simTx{deposit: &d})
}

// send submits a few transfers, most of them valid.
func (s *sim) send() {
	var group []Verified
	nonces := make(map[protocol.Index]uint64)
	for range 1 + s.rng.IntN(4) {
		if len(s.order) > 0 && s.rng.IntN(12) == 0 {
			// One that was sent before.
			known, err := s.engine.Transfer(s.order[s.rng.IntN(len(s.order))])
			s.ok(err)
			if known.Signed != nil {
				key, _, err := s.engine.Key(known.Signed.From)
				s.ok(err)
				group = append(group, Verified{ID: known.ID, Key: key, Signed: *known.Signed})
			}
			continue
		}
		if v, ok := s.transfer(nonces); ok {
			group = append(group, v)
		}
	}
	s.submit(group)
}

func (s *sim) submit(group []Verified) {
	outcomes, err := s.engine.Submit(s.now, group)
	if s.failed(err) {
		return // nobody was told anything
	}
	for i := range outcomes {
		s.told(&group[i], outcomes[i])
	}
}

// transfer draws a transfer of one of the accounts there are.
func (s *sim) transfer(nonces map[protocol.Index]uint64) (Verified, bool) {
	from := protocol.Index(1 + s.rng.IntN(14))
	at, err := s.engine.Accounts(from, StatePending)
	s.ok(err)
	if !at[0].Exists {
		return Verified{}, false
	}
	a := at[0].Account
	nonce, ok := nonces[from]
	if !ok {
		nonce = a.Nonce
	}
	t := protocol.Transfer{
		From: from, To: protocol.Index(s.rng.IntN(14)), Amount: *uint256.NewInt(1 + s.rng.Uint64N(1000)),
		Fee: *uint256.NewInt(s.rng.Uint64N(4)), Nonce: nonce, ValidUntil: s.engine.Summary().Head.Batch + uint32(s.rng.IntN(6)),
	}
	switch s.rng.IntN(10) {
	case 0:
		t.Nonce += s.rng.Uint64N(10)
	case 1:
		t.Nonce -= min(t.Nonce, 1)
	case 2:
		t.Amount = a.Balance // more than there is, with the fee
	case 3:
		t.To = 0
	default:
		nonces[from] = nonce + 1
	}
	return s.sign(a.Key, t), true
}

// sign has whoever owns an account's key sign for it.
func (s *sim) sign(owned protocol.PublicKey, t protocol.Transfer) Verified {
	s.Helper()
	for _, key := range s.keys {
		if key.Public() == owned {
			signed, err := key.SignTransfer(s.id.RollupID, t)
			s.ok(err)
			return Verified{ID: ledger.IDOf(s.id.RollupID, &t), Key: owned, Signed: signed}
		}
	}
	s.Fatalf("account %d has nobody's key", t.From)
	return Verified{}
}

func (s *sim) seal() {
	if err := s.engine.Seal(s.now); !errors.Is(err, ErrBusy) || errors.Is(err, ErrHalted) {
		s.failed(err)
	}
}

// told checks an outcome against what was said before, and remembers it.
func (s *sim) told(v *Verified, o Outcome) {
	s.Helper()
	s.note("outcome %x %d %d %d %v", v.ID[:4], o.Status, o.Seq, o.Batch, o.Err)
	if o.Status == StatusUnknown {
		if o.Err == nil {
			s.Fatalf("transfer %x: no outcome, and no reason", v.ID)
		}
		return
	}
	if _, ok := s.promises[v.ID]; !ok {
		s.order = append(s.order, v.ID)
	}
	s.promises[v.ID] = promise{o, s.deep}
}

// namesStay checks that an index is one account's for ever, whatever layer 1 takes
// back, and that an account has one index, also if it is opened again.
func (s *sim) namesStay() {
	s.Helper()
	next := s.engine.Summary().Open.NextIndex
	for i := protocol.Index(1); i < next; i++ {
		at, err := s.engine.Accounts(i, StatePending)
		s.ok(err)
		if !at[0].Exists {
			continue
		}
		a := &at[0].Account
		name := accountName{a.Key, a.Owner, a.Token}
		if was, seen := s.nameOf[i]; seen && was != name {
			s.Fatalf("index %d is another account's: %+v, it was %+v", i, name, was)
		}
		if was, seen := s.indexOf[name]; seen && was != i {
			s.Fatalf("the account at index %d has another: %d", was, i)
		}
		s.nameOf[i], s.indexOf[name] = name, i
	}
}

// keepsPromises checks that everything that was said is still so.
func (s *sim) keepsPromises() {
	s.Helper()
	for _, id := range s.order {
		p := s.promises[id]
		known, err := s.engine.Transfer(id)
		if err != nil {
			s.Fatalf("transfer %x: %v; it was %v", id, err, p.Status)
		}
		kept := known.Status == p.Status && known.Seq == p.Seq && known.Batch == p.Batch
		if p.Status != StatusExecuted { // its turn may have come, or it was dropped
			kept = known.Status != StatusUnknown
		}
		if !kept && p.deep == s.deep {
			s.Fatalf("transfer %x: %+v, promised %+v", id, known.Outcome, p.Outcome)
		}
	}
}

// follow has the engine follow layer 1.
func (s *sim) follow() {
	at := s.chain.block(0)
	if cursor := s.engine.Cursor(); cursor != nil {
		at = s.find(cursor)
		if at == nil {
			fork := s.fork(cursor)
			s.note("rollback to %d", fork.number)
			s.failed(s.engine.Rollback(s.now, fork.number, fork.cursor()))
			return
		}
	}
	final := int64(s.chain.head().number) - simConfirmations
	last := min(final, int64(at.number)+1+int64(s.rng.IntN(3)))
	if last <= int64(at.number) {
		return
	}
	step := &Step{}
	for n := at.number + 1; n <= uint64(last); n++ {
		b := s.chain.block(n)
		step.Cursor, step.Block = b.cursor(), n
		step.Deposits = append(step.Deposits, b.deposits...)
		step.Exits = append(step.Exits, b.exits...)
		step.Final = append(step.Final, b.final...)
		s.delivered = append(s.delivered[:n-1], b)
	}
	s.note("step to %d: %d deposits, %d exits, %d final", last, len(step.Deposits), len(step.Exits), len(step.Final))
	before, epoch := s.executed(), s.engine.epoch
	err := s.engine.Deliver(s.now, step)
	undone := s.engine.epoch != epoch
	if undone {
		s.note("undo")
		s.deep++
	}
	s.failed(err)
	if undone {
		s.undone(before)
	}
}

// job does one of the jobs that there are, or finishes one that was done.
func (s *sim) job() {
	if len(s.pending) > 0 && s.rng.IntN(3) > 0 {
		i := s.rng.IntN(len(s.pending))
		result := s.pending[i]
		s.pending = append(s.pending[:i], s.pending[i+1:]...)
		s.note("finish %v %d", result.job.Kind, result.job.Batch)
		s.failed(s.engine.Finish(s.now, result))
		return
	}
	jobs := s.engine.Jobs()
	if len(jobs) == 0 {
		return
	}
	job := jobs[s.rng.IntN(len(jobs))]
	for _, done := range s.pending {
		if done.job.Kind == job.Kind && done.job.Batch == job.Batch {
			return // one at a time
		}
	}
	result, err := s.engine.Run(context.Background(), job)
	if errors.Is(err, errSim) && !errors.Is(err, ErrHalted) || errors.Is(err, errNotYet) {
		if s.broken.Load() < 0 {
			return
		}
	}
	if s.failed(err) {
		return
	}
	s.note("run %v %d", job.Kind, job.Batch)
	s.pending = append(s.pending, result)
}

// simProver is prover, with trouble.
type simProver struct{ s *sim }

// Witness implements [Prover].
func (p simProver) Witness(ctx context.Context, c Circuit, sealed *witness.Sealed) (*Witnessed, error) {
	if p.s.chance(10) {
		return nil, errSim
	}
	return prover{}.Witness(ctx, c, sealed)
}

// Prove implements [Prover].
func (p simProver) Prove(ctx context.Context, c Circuit, sealed *witness.Sealed) (*Proof, error) {
	if p.s.chance(5) {
		return nil, errSim
	}
	w, err := prover{}.Witness(ctx, c, sealed)
	if err != nil {
		return nil, err
	}
	return &Proof{Calldata: []byte(proofOf(w.New)), File: []byte("{}")}, nil
}

// simPort is simSettler as the engine knows it.
type simPort struct{ s *simSettler }

// Submit implements [Settler].
func (p simPort) Submit(_ context.Context, s *Settlement) error { return p.s.submit(s) }

// Await implements [Settler].
func (p simPort) Await(_ context.Context, number, attempt uint32) (*Settled, error) {
	return p.s.await(number, attempt)
}
