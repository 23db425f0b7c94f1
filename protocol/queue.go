package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Lane names one of the two lanes in which layer-1 operations wait. The numbers
// are the contract's.
type Lane uint8

// The lanes. A batch takes deposits first.
const (
	LaneDeposits Lane = 0
	LaneExits    Lane = 1
)

// Lanes returns both lanes, in the order in which batches take from them.
func Lanes() [2]Lane { return [2]Lane{LaneDeposits, LaneExits} }

// String returns the lane's name as messages print it.
func (l Lane) String() string {
	switch l {
	case LaneDeposits:
		return "deposits"
	case LaneExits:
		return "forced exits"
	default:
		return fmt.Sprintf("lane %d", uint8(l))
	}
}

const (
	// LaneStride is the distance of a lane's checkpoints: the contract keeps the
	// rolling hash after each entry whose number is a multiple of it.
	LaneStride = 16
	// LaneRing is the number of checkpoints that the contract keeps.
	LaneRing = 256
	// LaneCapacity is the number of entries that can wait in a lane. With it the
	// checkpoint at or below the first waiting entry is still in the ring.
	LaneCapacity = (LaneRing - 2) * LaneStride
)

// LaneEntry is one entry of a lane by its parts.
type LaneEntry struct {
	Body [32]byte // hash of the content: [Deposit.LaneBody], [ForcedExit.LaneBody]
	Meta [32]byte // who queued it and when: [LaneMeta]
}

// NewDepositEntry returns the entry of a deposit that payer paid in a block of
// this time, in seconds.
func NewDepositEntry(d *Deposit, payer Owner, time uint64) LaneEntry {
	return LaneEntry{Body: d.LaneBody(), Meta: LaneMeta(payer, time)}
}

// NewForcedExitEntry returns the entry of a forced exit that was requested in a
// block of this time, in seconds.
func NewForcedExitEntry(f *ForcedExit, time uint64) LaneEntry {
	return LaneEntry{Body: f.LaneBody(), Meta: LaneMeta(f.Sender, time)}
}

// Hash returns the entry's hash: what a lane's rolling hash takes in.
func (e LaneEntry) Hash() [32]byte { return keccak256(e.Body[:], e.Meta[:]) }

// Queued returns who queued the entry, and the time of its block in seconds.
func (e LaneEntry) Queued() (by Owner, time uint64) {
	return Owner(e.Meta[4:24]), binary.BigEndian.Uint64(e.Meta[24:])
}

// LaneMeta returns address·2^64 + time.
func LaneMeta(address Owner, time uint64) (meta [32]byte) {
	copy(meta[4:24], address[:])
	binary.BigEndian.PutUint64(meta[24:], time)
	return meta
}

// LaneBody returns keccak256(Ax ‖ Ay ‖ owner ‖ token ‖ amount). The amount must
// be below 2^128.
func (d *Deposit) LaneBody() [32]byte {
	body := make([]byte, 0, 2*fr.Bytes+len(d.Owner)+4+BalanceBits/8)
	body = appendElement(body, d.Key.X)
	body = appendElement(body, d.Key.Y)
	body = append(body, d.Owner[:]...)
	body = binary.BigEndian.AppendUint32(body, uint32(d.Token))
	body = appendAmount(body, d.Amount)
	return keccak256(body)
}

// LaneBody returns keccak256(sender ‖ index).
func (f *ForcedExit) LaneBody() [32]byte {
	return keccak256(binary.BigEndian.AppendUint32(f.Sender[:], uint32(f.Index)))
}

// NextLaneHash returns a lane's rolling hash after an entry of this hash;
// before the first entry it is 0.
func NextLaneHash(previous, entry [32]byte) [32]byte { return keccak256(previous[:], entry[:]) }

// LaneProof shows the contract that entries stand in a lane: it folds from the
// checkpoint at or below the first of them to one above, or to the lane's end.
type LaneProof struct {
	Before [][32]byte // hashes of the entries from the checkpoint up to the first that is shown
	Metas  [][32]byte // of the entries that are shown
	Rest   [][32]byte // hashes of the entries behind, up to the next checkpoint or the end
}

// ProvenEntry is one entry with the proof that it stands in its lane.
type ProvenEntry struct {
	Body  [32]byte
	Proof LaneProof // with one element in Metas
}

// ErrLaneRange says that a [Queue] was asked for entries that it does not have:
// they are not queued yet, or were forgotten.
var ErrLaneRange = errors.New("entries are not in the queue")

// Queue is one lane, entry by entry, as the contract takes it in: it has the
// rolling hashes and makes the proofs. The zero value is a lane without
// entries. It is not safe for concurrent use.
type Queue struct {
	first   uint64      // place of entries[0]: a multiple of LaneStride
	base    [32]byte    // rolling hash after first entries
	entries []LaneEntry // from first on
	// checkpoints are the rolling hashes after first + LaneStride, first +
	// 2·LaneStride and so on.
	checkpoints [][32]byte
	head        [32]byte
}

// NewQueue returns a lane whose first count entries are not known but by their
// rolling hash: to carry on from a checkpoint. It fails with [ErrLaneRange]
// unless count is a multiple of [LaneStride], and the hash is 0 for 0 entries.
func NewQueue(count uint64, hash [32]byte) (*Queue, error) {
	if count%LaneStride != 0 {
		return nil, fmt.Errorf("%w: %d is not a multiple of %d", ErrLaneRange, count, LaneStride)
	}
	if count == 0 && hash != ([32]byte{}) {
		return nil, fmt.Errorf("%w: a lane without entries has hash 0, not %x", ErrLaneRange, hash)
	}
	return &Queue{first: count, base: hash, head: hash}, nil
}

// Count returns how many entries were ever queued.
func (q *Queue) Count() uint64 { return q.first + uint64(len(q.entries)) }

// First returns the place of the oldest entry that is not forgotten.
func (q *Queue) First() uint64 { return q.first }

// Head returns the rolling hash after all entries.
func (q *Queue) Head() [32]byte { return q.head }

// Settled returns how many entries stand before the last checkpoint. A proof of
// entries below it stays valid whatever is queued afterwards; one that goes
// above is void as soon as something is, and has to be made again, unless
// [Queue.Count] is at a checkpoint.
func (q *Queue) Settled() uint64 { return q.Count() - q.Count()%LaneStride }

// Append queues an entry.
func (q *Queue) Append(e LaneEntry) {
	q.entries = append(q.entries, e)
	q.head = NextLaneHash(q.head, e.Hash())
	if len(q.entries)%LaneStride == 0 {
		q.checkpoints = append(q.checkpoints, q.head)
	}
}

// Entry returns the entry at a place, or [ErrLaneRange].
func (q *Queue) Entry(n uint64) (LaneEntry, error) {
	if n < q.first || n >= q.Count() {
		return LaneEntry{}, q.rangeError(n, n+1)
	}
	return q.entries[n-q.first], nil
}

// Hash returns the rolling hash after the first count entries, or
// [ErrLaneRange].
func (q *Queue) Hash(count uint64) ([32]byte, error) {
	if count < q.first || count > q.Count() {
		return [32]byte{}, q.rangeError(count, count)
	}
	n := int(count - q.first)
	hash := q.base
	if n >= LaneStride {
		hash = q.checkpoints[n/LaneStride-1]
	}
	for _, e := range q.entries[n-n%LaneStride : n] {
		hash = NextLaneHash(hash, e.Hash())
	}
	return hash, nil
}

// Truncate drops all entries but the first count: layer 1 took the rest back in
// a reorganization. It fails with [ErrLaneRange], with nothing changed, where
// that many are not there or were forgotten.
func (q *Queue) Truncate(count uint64) error {
	head, err := q.Hash(count)
	if err != nil {
		return err
	}
	n := int(count - q.first)
	q.entries, q.checkpoints, q.head = q.entries[:n], q.checkpoints[:n/LaneStride], head
	return nil
}

// Forget frees entries that nobody has to show any more: those below the last
// checkpoint that is not above a place. Entries below that place which are
// needed to show those above stay. A place above the end counts as the end.
func (q *Queue) Forget(before uint64) {
	before = min(before, q.Count())
	if before < q.first+LaneStride {
		return
	}
	groups := int((before - q.first) / LaneStride)
	q.first += uint64(groups) * LaneStride
	q.base = q.checkpoints[groups-1]
	// Cloned, so that what is forgotten is freed.
	q.entries = slices.Clone(q.entries[groups*LaneStride:])
	q.checkpoints = slices.Clone(q.checkpoints[groups:])
}

// Prove returns the proof that the entries from one place up to another, that
// one not included, stand in the lane. It fails with [ErrLaneRange] where they
// do not, or were forgotten. The contract ignores the proof of no entries.
//
// The contract accepts the proof as long as the first entry is among the last
// [LaneCapacity]; above [Queue.Settled] only until something else is queued.
func (q *Queue) Prove(from, to uint64) (LaneProof, error) {
	if from > to || from < q.first || to > q.Count() {
		return LaneProof{}, q.rangeError(from, to)
	}
	if from == to {
		return LaneProof{}, nil
	}
	rest := (LaneStride - to%LaneStride) % LaneStride // up to a checkpoint, if there is one above
	p := LaneProof{
		Before: q.hashes(from-from%LaneStride, from),
		Metas:  make([][32]byte, 0, to-from),
		Rest:   q.hashes(to, to+min(rest, q.Count()-to)),
	}
	for _, e := range q.entries[from-q.first : to-q.first] {
		p.Metas = append(p.Metas, e.Meta)
	}
	return p, nil
}

// ProveEntry returns the entry at a place with its proof. It fails as
// [Queue.Prove] does, and so does what is said of it there hold.
func (q *Queue) ProveEntry(n uint64) (ProvenEntry, error) {
	e, err := q.Entry(n)
	if err != nil {
		return ProvenEntry{}, err
	}
	proof, err := q.Prove(n, n+1)
	if err != nil {
		return ProvenEntry{}, err
	}
	return ProvenEntry{Body: e.Body, Proof: proof}, nil
}

// hashes returns the hashes of the entries from one place up to another.
func (q *Queue) hashes(from, to uint64) [][32]byte {
	out := make([][32]byte, 0, to-from)
	for _, e := range q.entries[from-q.first : to-q.first] {
		out = append(out, e.Hash())
	}
	return out
}

func (q *Queue) rangeError(from, to uint64) error {
	return fmt.Errorf("%w: asked for %d to %d, it has %d to %d", ErrLaneRange, from, to, q.first, q.Count())
}
