package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/quirezk/quire/internal/guarded"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// Fault is something that is wrong with a ledger.
type Fault struct {
	Record  string // "transfer 17"
	Problem string // what was found, and what was expected
}

// String is record and problem.
func (f Fault) String() string { return f.Record + ": " + f.Problem }

// maxFaults is how many faults are listed.
const maxFaults = 1000

// errEnough ends a check that has found that many.
var errEnough = errors.New("enough faults")

// progressEvery is after how many records progress is told, and the context is
// looked at.
const progressEvery = 1 << 12

// Check reads every record and says all that is wrong: records that are damaged,
// missing or of no kind; indices that do not agree with what they index, either
// way; batches that do not follow one another; stages that a pipeline cannot come
// to; a state tree of another batch or root, and accounts that the directory does
// not have. What the node sets right by itself when it is started is no fault. It
// does not check signatures, recompute states or parse what batches publish.
//
// Nobody may commit to the ledger or its tree meanwhile. progress, unless it is
// nil, is told now and then how many records have been read. At most 1,000 faults
// are listed. An error is the context's or the operating system's, or ErrFailed or
// ErrClosed: the check has not come to its end.
func (l *Ledger) Check(ctx context.Context, progress func(records uint64)) ([]Fault, error) {
	s, err := l.snapshot()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	tree, err := l.tree.Snapshot()
	if errors.Is(err, statetree.ErrClosed) {
		err = ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("check ledger: %w", err)
	}
	defer tree.Close()
	c := &checker{ctx: ctx, s: s, tree: tree, progress: progress}
	if err := c.run(); err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("check ledger: %w", err)
	}
	return c.faults, nil
}

// checker is one check.
type checker struct {
	ctx      context.Context
	s        *guarded.Snapshot
	tree     *statetree.Snapshot
	progress func(uint64)

	faults []Fault
	read   uint64 // records
	buf    []byte

	id      Identity
	head    Head
	batches []span // from the batch after id.Base on
	last    Batch  // the newest of them that could be read
	vacant  vacant // after it
	// opened are the accounts that batches opened which the tree does not have yet.
	opened map[protocol.Index]named
	// Of each index, the entries that there should be and those that there are.
	ids, histories, byKey, byOwner agreement
}

// span is what the checks of other records need of a batch.
type span struct {
	known     bool // it could be read
	stage     Stage
	transfers uint32
	published uint32
	first     uint64
	// Which of the records beside it are there.
	hasSealed, hasPublished, hasProof bool
}

// named is what tells an account from others.
type named struct {
	key   protocol.PublicKey
	owner protocol.Owner
	token protocol.Token
}

func (c *checker) fault(key []byte, format string, args ...any) error {
	return c.add(Fault{recordName(key), fmt.Sprintf(format, args...)})
}

func (c *checker) add(f Fault) error {
	if len(c.faults) == maxFaults {
		c.faults = append(c.faults, Fault{"further records", "not checked: there are too many faults"})
		return errEnough
	}
	c.faults = append(c.faults, f)
	return nil
}

// damaged makes a fault of an error that says that a record is not what it should
// be, and returns any other.
func (c *checker) damaged(key []byte, err error) error {
	if !errors.Is(err, ErrCorrupt) {
		return err
	}
	return c.fault(key, "%v", err)
}

// unreadable is damaged for a failure of the database, which does not know the
// record.
func (c *checker) unreadable(kind byte, err error) error {
	if !errors.Is(err, ErrCorrupt) {
		return err
	}
	return c.add(Fault{fmt.Sprintf("records that begin with %#x", kind), err.Error()})
}

func (c *checker) run() error {
	created, err := c.begin()
	if err != nil || !created {
		return err
	}
	for _, step := range []func() error{
		c.checkUnknown, c.checkBatches, c.checkBeside, c.checkTree, c.checkLanes, c.checkOpenings, c.checkReserved,
		c.checkTransfers, c.checkQueue, c.checkEntries, c.checkHistories, c.checkAccounts, c.agreeOnTransfers, c.agreeOnAccounts,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	c.tell()
	return nil
}

// begin reads identity and head, without which nothing can be judged.
func (c *checker) begin() (created bool, err error) {
	if c.id, created, err = readIdentity(c.s); err != nil {
		return false, c.damaged([]byte{kindIdentity}, err)
	}
	if !created {
		// Only the format is there.
		if err := c.empty(firstKind+1, lastKind+1, "the ledger has not been created"); err != nil {
			return false, err
		}
		return false, c.checkUnknown()
	}
	if c.head, err = readHead(c.s); err != nil {
		return false, c.damaged([]byte{kindHead}, err)
	}
	c.opened = make(map[protocol.Index]named)
	key := []byte{kindHead}
	switch {
	case c.head.Batch <= c.id.Base:
		return false, c.fault(key, "the open batch is %d, the ledger begins after batch %d", c.head.Batch, c.id.Base)
	case c.head.Finalized < c.id.Base || c.head.Finalized >= c.head.Batch:
		return true, c.fault(key, "batch %d is the last final one; expected from %d to %d", c.head.Finalized, c.id.Base, c.head.Batch-1)
	case c.head.NextSeq == 0 || c.head.NextOpening == 0:
		return true, c.fault(key, "the next transfer is %d and the next opening %d; both begin at 1", c.head.NextSeq, c.head.NextOpening)
	}
	return true, nil
}

// checkUnknown looks between the kinds of records for keys that are none, and
// counts on the others to be looked at by kind.
func (c *checker) checkUnknown() error {
	lower := byte(protocol.TreeDepth + 1)
	kinds := make([]byte, 0, len(keyBytes)+1)
	for kind := range keyBytes {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range append(kinds, 0xfd) {
		if err := c.empty(lower, kind, "there is no such record"); err != nil {
			return err
		}
		lower = kind + 1
	}
	return nil
}

// empty makes a fault of each record whose kind is from lower to below upper.
func (c *checker) empty(lower, upper byte, problem string) error {
	for r, err := range c.s.Ascend([]byte{lower}, []byte{upper}) {
		if err != nil {
			return c.unreadable(lower, err)
		}
		if err := c.fault(r.Key, "%s", problem); err != nil {
			return err
		}
	}
	return nil
}

// tell tells how many records were read.
func (c *checker) tell() {
	if c.progress != nil {
		c.progress(c.read)
	}
}

// step counts a record that was read.
func (c *checker) step() error {
	if c.read++; c.read%progressEvery == 0 {
		c.tell()
		return c.ctx.Err()
	}
	return nil
}

// checkLanes reads the entries of layer 1's queue.
func (c *checker) checkLanes() error {
	deposits := numbered{c, kindDeposit, c.id.BaseDeposits, c.head.Deposits}
	err := deposits.finish(c.each(kindDeposit, func(r *scanned) error {
		if within, err := deposits.at(r.key()); err != nil || !within {
			return err
		}
		_, _, err := read(c, r, func(payload []byte) (Deposit, error) { return parseDeposit(key8(r.key()), payload) })
		return err
	}))
	if err != nil {
		return err
	}
	exits := numbered{c, kindForcedExit, c.id.BaseExits, c.head.Exits}
	return exits.finish(c.each(kindForcedExit, func(r *scanned) error {
		if within, err := exits.at(r.key()); err != nil || !within {
			return err
		}
		_, _, err := read(c, r, func(payload []byte) (ForcedExit, error) { return parseForcedExit(key8(r.key()), payload) })
		return err
	}))
}

// checkOpenings reads the requests for accounts. Those that no batch has done yet
// have to be there.
func (c *checker) checkOpenings() error {
	waiting := numbered{c, kindOpening, max(c.last.OpeningsEnd, 1), c.head.NextOpening}
	return waiting.finish(c.each(kindOpening, func(r *scanned) error {
		number := key8(r.key())
		if _, _, err := read(c, r, func(payload []byte) (Opening, error) { return parseOpening(number, payload) }); err != nil {
			return err
		}
		if number > 0 && number < max(c.last.OpeningsEnd, 1) {
			return nil // done
		}
		_, err := waiting.at(r.key())
		return err
	}))
}

// scanned is a record of a kind: key, payload and checksum, which is the right one
// unless it is damaged.
type scanned struct {
	record  []byte
	keyLen  int
	damaged bool
}

func (r *scanned) key() []byte { return r.record[:r.keyLen] }

func (r *scanned) payload() []byte { return r.record[r.keyLen : len(r.record)-checksumBytes] }

// each calls f with every record of a kind; of damaged ones a fault was made. What
// f returns other than nil ends the check. Not whole means that there may be more
// records, which the database cannot read.
func (c *checker) each(kind byte, f func(r *scanned) error) (whole bool, err error) {
	if err := c.ctx.Err(); err != nil {
		return false, err
	}
	for r, err := range c.s.Ascend([]byte{kind}, []byte{kind + 1}) {
		if err != nil {
			return false, c.unreadable(kind, err)
		}
		if err := c.step(); err != nil {
			return false, err
		}
		if len(r.Key) != keyBytes[kind] {
			if err := c.fault(r.Key, "there is no such record"); err != nil {
				return false, err
			}
			continue
		}
		c.buf = append(append(c.buf[:0], r.Key...), r.Value...)
		found := scanned{record: c.buf, keyLen: len(r.Key)}
		if _, err := unseal(c.buf, len(r.Key)); err != nil {
			found.damaged = true
			if err := c.damaged(found.key(), err); err != nil {
				return false, err
			}
		}
		if err := f(&found); err != nil {
			return false, err
		}
	}
	return true, nil
}

// read parses the payload of a record, unless it is damaged, and makes a fault of
// one that cannot be.
func read[T any](c *checker, r *scanned, parse func(payload []byte) (T, error)) (value T, ok bool, err error) {
	if r.damaged {
		return value, false, nil
	}
	value, err = parse(r.payload())
	if err != nil {
		return value, false, c.fault(r.key(), "%v", err)
	}
	return value, true, nil
}

// numbered checks that the numbers of a kind go without a gap from next to below
// end.
type numbered struct {
	c         *checker
	kind      byte
	next, end uint64
}

// at takes the next number that is there. It makes a fault of those that are
// missing before it, and of one that should not be, for which it returns false.
func (s *numbered) at(key []byte) (within bool, err error) {
	n := key8(key)
	if n < s.next || n >= s.end {
		return false, s.c.fault(key, "there should be none of this number: the next is %d", s.end)
	}
	if err := s.missing(n); err != nil {
		return false, err
	}
	s.next = n + 1
	return true, nil
}

// missing makes a fault of the numbers from the next to below n.
func (s *numbered) missing(n uint64) error {
	key := appendKey8(nil, s.kind, s.next)
	switch {
	case s.next >= n:
		return nil
	case s.next == n-1:
		return s.c.fault(key, "it is missing")
	default:
		return s.c.fault(key, "it is missing, and all up to %d", n-1)
	}
}

// finish is for the end.
func (s *numbered) finish(whole bool, err error) error {
	if err != nil || !whole {
		return err
	}
	return s.missing(s.end)
}
