package protocol

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// laneContract is a lane as the contract keeps it: written from docs/protocol.md
// and the contract's interface, not from Queue.
type laneContract struct {
	count uint64
	head  [32]byte
	ring  [256][32]byte
}

func (c *laneContract) enqueue(e LaneEntry) {
	entry := keccak256(e.Body[:], e.Meta[:])
	c.head = keccak256(c.head[:], entry[:])
	c.count++
	if c.count%16 == 0 {
		c.ring[c.count/16%256] = c.head
	}
}

// accepts says whether the contract takes entries with these bodies for those
// from a place on.
func (c *laneContract) accepts(from uint64, bodies [][32]byte, p LaneProof) bool {
	checkpoint := from - from%16
	if uint64(len(p.Before)) != from-checkpoint || len(p.Metas) != len(bodies) {
		return false
	}
	var hash [32]byte
	if checkpoint > 0 {
		hash = c.ring[checkpoint/16%256]
	}
	for _, e := range p.Before {
		hash = keccak256(hash[:], e[:])
	}
	for i, body := range bodies {
		entry := keccak256(body[:], p.Metas[i][:])
		hash = keccak256(hash[:], entry[:])
	}
	for _, e := range p.Rest {
		hash = keccak256(hash[:], e[:])
	}
	total := from + uint64(len(bodies)) + uint64(len(p.Rest))
	switch {
	case total > c.count:
		return false
	case total == c.count:
		return hash == c.head
	default:
		return total%16 == 0 && hash == c.ring[total/16%256]
	}
}

// laneTest is a lane on both sides.
type laneTest struct {
	contract laneContract
	queue    Queue
	entries  []LaneEntry
}

func (l *laneTest) grow(n int) {
	for range n {
		i := uint64(len(l.entries))
		seed := keccak256(binary.BigEndian.AppendUint64(nil, i))
		e := NewForcedExitEntry(&ForcedExit{Index: Index(i + 1), Sender: Owner(seed[:20])}, 1_700_000_000+12*i)
		l.entries = append(l.entries, e)
		l.contract.enqueue(e)
		l.queue.Append(e)
	}
}

func (l *laneTest) bodies(from, to uint64) [][32]byte {
	out := make([][32]byte, 0, to-from)
	for _, e := range l.entries[from:to] {
		out = append(out, e.Body)
	}
	return out
}

// check wants a proof of these entries that the contract accepts.
func (l *laneTest) check(t testing.TB, from, to uint64) LaneProof {
	t.Helper()
	p, err := l.queue.Prove(from, to)
	if err != nil {
		t.Fatal(err)
	}
	if !l.contract.accepts(from, l.bodies(from, to), p) {
		t.Fatalf("the contract refuses the proof of %d to %d, of %d", from, to, l.contract.count)
	}
	if len(p.Before) >= LaneStride || len(p.Rest) >= LaneStride {
		t.Fatalf("the proof of %d to %d has %d hashes before and %d behind", from, to, len(p.Before), len(p.Rest))
	}
	return p
}

// Every range of every short lane: all there is around the first checkpoints.
func TestQueueProvesEveryShortRange(t *testing.T) {
	var l laneTest
	for l.contract.count < 3*LaneStride+1 {
		l.grow(1)
		if l.queue.Head() != l.contract.head || l.queue.Count() != l.contract.count {
			t.Fatalf("head or count differ after %d", l.contract.count)
		}
		for to := uint64(1); to <= l.contract.count; to++ {
			for from := range to {
				l.check(t, from, to)
			}
		}
	}
}

// The oldest entry that can wait, and one that is too old, when the ring has
// gone round.
func TestQueueAtTheEndOfTheRing(t *testing.T) {
	for _, first := range []uint64{0, 1, 15, 16, 17, 31, 4095, 4096, 4100} {
		var l laneTest
		l.grow(int(first + LaneCapacity))
		l.check(t, first, first+1)
		l.check(t, first, l.contract.count)
		l.check(t, l.contract.count-1, l.contract.count)
	}
	var l laneTest
	l.grow(LaneStride + LaneRing*LaneStride) // the checkpoint at 16 has been written over
	p, err := l.queue.Prove(17, 18)
	if err != nil {
		t.Fatal(err)
	}
	if l.contract.accepts(17, l.bodies(17, 18), p) {
		t.Error("the contract accepted a proof from a checkpoint that it no longer has")
	}
}

// Whatever is appended, truncated and forgotten, what can be proven is accepted,
// and a proof of settled entries stays so.
func TestQueueProofsFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l laneTest
		l.grow(rapid.IntRange(1, 5*LaneStride).Draw(t, "entries"))
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			place := rapid.Uint64Range(l.queue.First(), l.queue.Count()).Draw(t, "place")
			if rapid.Bool().Draw(t, "forget") {
				l.queue.Forget(place)
				if l.queue.First()%LaneStride != 0 || l.queue.First() > place || l.queue.Count() != l.contract.count {
					t.Fatalf("forgetting up to %d left %d to %d", place, l.queue.First(), l.queue.Count())
				}
				continue
			}
			// A reorganization: the contract's lane is another's continuation.
			if err := l.queue.Truncate(place); err != nil {
				t.Fatal(err)
			}
			l.entries = l.entries[:place]
			l.contract = laneContract{}
			for _, e := range l.entries {
				l.contract.enqueue(e)
			}
			if l.queue.Head() != l.contract.head {
				t.Fatalf("head after truncating to %d", place)
			}
		}
		l.grow(rapid.IntRange(1, 2*LaneStride).Draw(t, "more"))
		from := rapid.Uint64Range(l.queue.First(), l.queue.Count()-1).Draw(t, "from")
		to := rapid.Uint64Range(from+1, l.queue.Count()).Draw(t, "to")
		p, err := l.queue.Prove(from, to)
		if err != nil {
			t.Fatal(err)
		}
		bodies := l.bodies(from, to)
		if !l.contract.accepts(from, bodies, p) {
			t.Fatalf("the contract refuses the proof of %d to %d, of %d", from, to, l.contract.count)
		}
		settled, atCheckpoint := l.queue.Settled(), l.queue.Count() == l.queue.Settled()
		l.grow(rapid.IntRange(1, 2*LaneStride).Draw(t, "afterwards"))
		if got, want := l.contract.accepts(from, bodies, p), to <= settled || atCheckpoint; got != want {
			t.Fatalf("the proof of %d to %d, with %d settled, is valid later: %v, want %v", from, to, settled, got, want)
		}
	})
}

// One changed, missing or added word, and the contract refuses.
func TestQueueProofIsBoundToEverything(t *testing.T) {
	var l laneTest
	l.grow(40)
	for _, bounds := range [][2]uint64{{0, 1}, {0, 16}, {5, 9}, {15, 17}, {20, 37}, {33, 40}} {
		from, to := bounds[0], bounds[1]
		bodies := l.bodies(from, to)
		p := l.check(t, from, to)
		for name, words := range map[string]*[][32]byte{"before": &p.Before, "metas": &p.Metas, "rest": &p.Rest, "bodies": &bodies} {
			whole := *words
			for i := range whole {
				*words = slices.Clone(whole)
				(*words)[i][31-i%32] ^= 1
				if l.contract.accepts(from, bodies, p) {
					t.Errorf("%d to %d: %s %d changed", from, to, name, i)
				}
			}
			if len(whole) > 0 {
				*words = whole[:len(whole)-1]
				if l.contract.accepts(from, bodies, p) {
					t.Errorf("%d to %d: the last of %s left out", from, to, name)
				}
			}
			*words = append(slices.Clone(whole), [32]byte{1})
			if l.contract.accepts(from, bodies, p) {
				t.Errorf("%d to %d: %s has one more", from, to, name)
			}
			*words = whole
		}
		if from > 0 && l.contract.accepts(from-1, bodies, p) || l.contract.accepts(from+1, bodies, p) {
			t.Errorf("%d to %d: accepted at another place", from, to)
		}
	}
}

func TestQueueRanges(t *testing.T) {
	var l laneTest
	l.grow(50)
	l.queue.Forget(35)
	if first := l.queue.First(); first != 32 {
		t.Fatalf("first is %d", first)
	}
	for _, bounds := range [][2]uint64{{31, 33}, {40, 39}, {49, 51}, {51, 51}, {0, 0}} {
		if _, err := l.queue.Prove(bounds[0], bounds[1]); !errors.Is(err, ErrLaneRange) {
			t.Errorf("%v: got %v, want %v", bounds, err, ErrLaneRange)
		}
	}
	if p, err := l.queue.Prove(40, 40); err != nil || len(p.Before)+len(p.Metas)+len(p.Rest) != 0 {
		t.Errorf("no entries: %v, %v", p, err)
	}
	for _, n := range []uint64{31, 50} {
		if _, err := l.queue.Entry(n); !errors.Is(err, ErrLaneRange) {
			t.Errorf("entry %d: got %v, want %v", n, err, ErrLaneRange)
		}
		if _, err := l.queue.ProveEntry(n); !errors.Is(err, ErrLaneRange) {
			t.Errorf("proof of entry %d: got %v, want %v", n, err, ErrLaneRange)
		}
	}
	for _, n := range []uint64{31, 51} {
		if _, err := l.queue.Hash(n); !errors.Is(err, ErrLaneRange) {
			t.Errorf("hash after %d: got %v, want %v", n, err, ErrLaneRange)
		}
		if err := l.queue.Truncate(n); !errors.Is(err, ErrLaneRange) {
			t.Errorf("truncate to %d: got %v, want %v", n, err, ErrLaneRange)
		}
	}
	e, err := l.queue.ProveEntry(49)
	if err != nil {
		t.Fatal(err)
	}
	if e.Body != l.entries[49].Body || !l.contract.accepts(49, [][32]byte{e.Body}, e.Proof) {
		t.Errorf("entry 49: %+v", e)
	}
	l.queue.Forget(1000)
	if l.queue.First() != 48 || l.queue.Count() != 50 {
		t.Errorf("forgetting more than there is left %d to %d", l.queue.First(), l.queue.Count())
	}
}

// A lane that carries on from a checkpoint is the same as one from the start.
func TestNewQueue(t *testing.T) {
	var l laneTest
	l.grow(70)
	hash, err := l.queue.Hash(32)
	if err != nil {
		t.Fatal(err)
	}
	q, err := NewQueue(32, hash)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range l.entries[32:] {
		q.Append(e)
	}
	l.queue.Forget(32)
	if diff := cmp.Diff(&l.queue, q, cmp.AllowUnexported(Queue{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if _, err := NewQueue(33, hash); !errors.Is(err, ErrLaneRange) {
		t.Errorf("off a checkpoint: got %v, want %v", err, ErrLaneRange)
	}
	if _, err := NewQueue(0, hash); !errors.Is(err, ErrLaneRange) {
		t.Errorf("an empty lane with a hash: got %v, want %v", err, ErrLaneRange)
	}
}

func TestLaneMeta(t *testing.T) {
	owner := Owner{0: 0xff, 19: 0x01}
	e := NewDepositEntry(&Deposit{Owner: Owner{7}}, owner, 1<<64-1)
	if by, at := e.Queued(); by != owner || at != 1<<64-1 {
		t.Errorf("queued by %x at %d", by, at)
	}
	if e.Meta != LaneMeta(owner, 1<<64-1) || e.Meta[0]|e.Meta[1]|e.Meta[2]|e.Meta[3] != 0 {
		t.Errorf("meta %x", e.Meta)
	}
	f := ForcedExit{Index: 1, Sender: owner}
	if by, at := NewForcedExitEntry(&f, 5).Queued(); by != owner || at != 5 {
		t.Errorf("queued by %x at %d", by, at)
	}
	if body := f.LaneBody(); f != (ForcedExit{Index: 1, Sender: owner}) || body == ([32]byte{}) {
		t.Errorf("hashing changed the forced exit to %+v", f)
	}
}

func TestLaneString(t *testing.T) {
	for lane, want := range map[Lane]string{LaneDeposits: "deposits", LaneExits: "forced exits", 7: "lane 7"} {
		if got := lane.String(); got != want {
			t.Errorf("%d is %q, want %q", lane, got, want)
		}
	}
	if Lanes() != [2]Lane{LaneDeposits, LaneExits} {
		t.Error("the lanes are not in the order in which batches take from them")
	}
}

func hexHashes(hashes [][32]byte) []string {
	out := make([]string, len(hashes))
	for i, h := range hashes {
		out[i] = hexOf(h[:])
	}
	return out
}

func TestVectorsQueue(t *testing.T) {
	entryObject := func(e LaneEntry, q *Queue) object {
		q.Append(e)
		by, at := e.Queued()
		hash, head := e.Hash(), q.Head()
		return object{
			"by": hexOf(by[:]), "time": at, "body": hexOf(e.Body[:]), "meta": hexOf(e.Meta[:]),
			"entry": hexOf(hash[:]), "lane": hexOf(head[:]),
		}
	}
	var deposits, exits []object
	var lane Queue
	for i, d := range []Deposit{
		{Key: testKey("alice").Public(), Owner: Owner{1, 19: 2}, Amount: amountOf(1)},
		{Key: testKey("bob").Public(), Owner: Owner{3, 19: 4}, Token: 0x05060708, Amount: underLimit(1)},
		{Key: testKey("alice").Public(), Owner: Owner{1, 19: 2}, Amount: amountOf(1)},
	} {
		o := entryObject(NewDepositEntry(&d, Owner{0xaa, 19: byte(i)}, 1_700_000_000+uint64(i)), &lane)
		o["key"], o["owner"], o["token"], o["amount"] = pointObject(d.Key), hexOf(d.Owner[:]), d.Token, d.Amount.Dec()
		deposits = append(deposits, o)
	}
	lane = Queue{}
	for i, f := range []ForcedExit{{Index: 1, Sender: Owner{1, 19: 2}}, {Index: 1<<32 - 1, Sender: Owner{0xff, 19: 0xfe}}} {
		o := entryObject(NewForcedExitEntry(&f, 1_700_000_000+uint64(i)), &lane)
		o["index"] = f.Index
		exits = append(exits, o)
	}

	var l laneTest
	l.grow(37)
	var entries, proofs []object
	var long Queue
	for _, e := range l.entries {
		entries = append(entries, entryObject(e, &long))
	}
	for _, bounds := range [][2]uint64{{0, 1}, {0, 37}, {5, 16}, {15, 17}, {16, 32}, {20, 30}, {33, 36}, {36, 37}} {
		p := l.check(t, bounds[0], bounds[1])
		proofs = append(proofs, object{
			"from": bounds[0], "to": bounds[1],
			"before": hexHashes(p.Before), "metas": hexHashes(p.Metas), "rest": hexHashes(p.Rest),
		})
	}
	vectorFile(t, "queue.json", object{
		"deposits": deposits, "forcedExits": exits, "lane": object{"entries": entries, "proofs": proofs},
	})
}
