package ledger

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// number is that of one of c.batches.
func (c *checker) number(at int) uint32 { return c.id.Base + 1 + uint32(at) }

// batch returns one of c.batches, nil if it is not among them or could not be read.
func (c *checker) batch(number uint32) *span {
	if number <= c.id.Base || uint64(number-c.id.Base) > uint64(len(c.batches)) || !c.batches[number-c.id.Base-1].known {
		return nil
	}
	return &c.batches[number-c.id.Base-1]
}

// checkBatches follows the batches, each from where the one before ends.
func (c *checker) checkBatches() error {
	before := Batch{
		Number: c.id.Base, Stage: StageFinalized, DepositsEnd: c.id.BaseDeposits, ExitsEnd: c.id.BaseExits, OpeningsEnd: 1,
		NextIndex: max(c.id.BaseNextIndex, 1), FirstSeq: 1, Root: c.id.BaseRoot,
	}
	known := true // the one before is known
	next := c.id.Base + 1
	whole, err := c.each(kindBatch, func(r *scanned) error {
		number := key4(r.key())
		if number < next || number > c.head.Batch {
			return c.fault(r.key(), "there should be none: the ledger begins after batch %d, and batch %d is the open one", c.id.Base, c.head.Batch)
		}
		if err := c.missingBatches(next, number); err != nil {
			return err
		}
		known = known && number == next
		next = number + 1
		b, ok, err := read(c, r, func(payload []byte) (Batch, error) { return parseBatch(number, payload) })
		if err != nil || !ok {
			known = false
			c.batches = append(c.batches, span{})
			c.vacant.unknown = true
			return err
		}
		c.batches = append(c.batches, span{
			known: true, stage: b.Stage, transfers: b.Transfers, published: b.Published, first: b.FirstSeq,
		})
		for _, problem := range c.alone(&b) {
			if err := c.fault(r.key(), "%s", problem); err != nil {
				return err
			}
		}
		if known {
			for _, problem := range follow(&before, &b, c.id.RollupID) {
				if err := c.fault(r.key(), "%s", problem); err != nil {
					return err
				}
			}
		}
		if problem := c.vacant.open(&before, &b); problem != "" {
			if err := c.fault(r.key(), "%s", problem); err != nil {
				return err
			}
		}
		if err := c.checkQueued(r.key(), &b); err != nil {
			return err
		}
		c.noteOpened(&b)
		before, c.last, known = b, b, true
		return nil
	})
	if err != nil || !whole {
		return err
	}
	if next == c.head.Batch { // nothing is in the open batch yet
		next++
	}
	if err := c.missingBatches(next, c.head.Batch+1); err != nil {
		return err
	}
	if end := before.FirstSeq + uint64(before.Transfers); known && end != c.head.NextSeq {
		return c.fault([]byte{kindHead}, "the next transfer is %d; batch %d, the last, ends before transfer %d", c.head.NextSeq, before.Number, end)
	}
	return nil
}

// missingBatches makes a fault of the batches from next to below number.
func (c *checker) missingBatches(next, number uint32) error {
	for ; next < number; next++ {
		c.batches = append(c.batches, span{})
		c.vacant.unknown = true
		if err := c.fault(appendKey4(nil, kindBatch, next), "it is missing"); err != nil {
			return err
		}
	}
	return nil
}

// alone says what is wrong with a batch beside the head.
func (c *checker) alone(b *Batch) (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	h := &c.head
	if open := b.Number == h.Batch; open != (b.Stage == StageOpen) {
		problem("it is at stage %d; batch %d is the open one", b.Stage, h.Batch)
	}
	if final := b.Number <= h.Finalized; final != (b.Stage == StageFinalized) {
		problem("it is at stage %d; batch %d is the last final one", b.Stage, h.Finalized)
	}
	// One that is not final may rest on entries that layer 1 has taken back.
	if b.Stage == StageFinalized && (b.DepositsEnd > h.Deposits || b.ExitsEnd > h.Exits) {
		problem("it ends at deposit %d and forced exit %d; the lanes have %d and %d", b.DepositsEnd, b.ExitsEnd, h.Deposits, h.Exits)
	}
	if b.OpeningsEnd > h.NextOpening {
		problem("it ends at opening %d, the next one is %d", b.OpeningsEnd, h.NextOpening)
	}
	if b.Stage >= StageWitnessed {
		if want := protocol.Commitment(b.Root, c.id.RollupID, b.Number); b.New != want {
			problem("its new commitment is %s; its root's is %s", b.New.String(), want.String())
		}
	}
	return problems
}

// follow says what is wrong between a batch and the one before.
func follow(before, b *Batch, rollupID fr.Element) (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if want := before.FirstSeq + uint64(before.Transfers); b.FirstSeq != want {
		problem("it begins with transfer %d, expected %d", b.FirstSeq, want)
	}
	if want := before.DepositsEnd + uint64(len(b.Deposits)); b.DepositsEnd != want {
		problem("it ends at deposit %d; it has %d and batch %d ends at %d", b.DepositsEnd, len(b.Deposits), before.Number, before.DepositsEnd)
	}
	if want := before.ExitsEnd + uint64(len(b.ForcedExits)); b.ExitsEnd != want {
		problem("it ends at forced exit %d; it has %d and batch %d ends at %d", b.ExitsEnd, len(b.ForcedExits), before.Number, before.ExitsEnd)
	}
	if b.OpeningsEnd < before.OpeningsEnd {
		problem("it ends at opening %d, batch %d at %d", b.OpeningsEnd, before.Number, before.OpeningsEnd)
	}
	// Proofs are made side by side, and layer 1 may refuse any of what it was sent.
	if b.Stage >= StageSealed && before.Stage < StageSealed {
		problem("it is in the state tree, and batch %d, at stage %d, is not", before.Number, before.Stage)
	}
	if b.Stage >= StageWitnessed && before.Stage >= StageSealed {
		if want := protocol.Commitment(before.Root, rollupID, before.Number); b.Old != want {
			problem("its old commitment is %s; that of the root before is %s", b.Old.String(), want.String())
		}
	}
	return problems
}

// opensOf yields the accounts that a batch opens.
func opensOf(b *Batch) func(yield func(protocol.Index, named) bool) {
	return func(yield func(protocol.Index, named) bool) {
		for i := range b.Openings {
			if o := &b.Openings[i]; !yield(o.Index, named{o.Key, o.Owner, o.Token}) {
				return
			}
		}
		for i := range b.Deposits {
			if d := &b.Deposits[i]; d.Opened && !yield(d.Index, named{d.Key, d.Owner, d.Token}) {
				return
			}
		}
	}
}

// noteOpened remembers the accounts of a batch that the tree does not have yet.
func (c *checker) noteOpened(b *Batch) {
	if b.Number <= c.tree.Version() {
		return
	}
	for i, n := range opensOf(b) {
		c.opened[i] = n
	}
}

// checkQueued compares what a batch took from layer 1's queue with what is there.
func (c *checker) checkQueued(key []byte, b *Batch) error {
	for i := range b.Deposits {
		position := b.DepositsEnd - uint64(len(b.Deposits)) + uint64(i)
		d, found, err := peek(c, appendKey8(nil, kindDeposit, position), func(payload []byte) (Deposit, error) { return parseDeposit(position, payload) })
		if found && d.Deposit != b.Deposits[i].Deposit {
			err = c.fault(key, "its deposit %d is not the one at position %d", i, position)
		}
		if skipDamage(err) != nil {
			return err
		}
	}
	for i := range b.ForcedExits {
		position := b.ExitsEnd - uint64(len(b.ForcedExits)) + uint64(i)
		x, found, err := peek(c, appendKey8(nil, kindForcedExit, position), func(payload []byte) (ForcedExit, error) { return parseForcedExit(position, payload) })
		if found && x.Request != b.ForcedExits[i] {
			err = c.fault(key, "its forced exit %d is not the one at position %d", i, position)
		}
		if skipDamage(err) != nil {
			return err
		}
	}
	return nil
}

// checkBeside reads what is stored of batches beside their records.
func (c *checker) checkBeside() error {
	for _, beside := range []struct {
		kind byte
		// may and must say of a batch whether it can have such a record, and has to.
		may, must func(Stage) bool
		check     func(b *span, r *scanned) error
		has       func(*span) *bool
	}{
		{
			// It is there before the tree has the batch, and until undoing the batch is
			// out of the question.
			kind: kindSealed,
			may:  func(s Stage) bool { return s >= StageClosed },
			must: func(s Stage) bool { return s >= StageSealed && s < StageFinalized },
			has:  func(b *span) *bool { return &b.hasSealed },
		},
		{
			kind: kindPublished,
			may:  func(s Stage) bool { return s >= StageWitnessed },
			must: func(s Stage) bool { return s >= StageWitnessed },
			check: func(b *span, r *scanned) error {
				if r.damaged {
					return nil
				}
				if n := len(r.payload()); n != int(b.published) {
					return c.fault(r.key(), "it is %d bytes long; the batch says %d", n, b.published)
				}
				return nil
			},
			has: func(b *span) *bool { return &b.hasPublished },
		},
		{
			kind: kindProof,
			may:  func(s Stage) bool { return s >= StageProven },
			must: func(s Stage) bool { return s >= StageProven && s < StageFinalized },
			check: func(_ *span, r *scanned) error {
				_, _, err := read(c, r, parseProof)
				return err
			},
			has: func(b *span) *bool { return &b.hasProof },
		},
	} {
		whole, err := c.each(beside.kind, func(r *scanned) error {
			number := key4(r.key())
			if number <= c.id.Base || number > c.head.Batch {
				return c.fault(r.key(), "there is no such batch")
			}
			b := c.batch(number)
			if b == nil {
				return nil // which is a fault already, or it is the open one
			}
			if !beside.may(b.stage) {
				return c.fault(r.key(), "there should be none: the batch is at stage %d", b.stage)
			}
			*beside.has(b) = true
			if beside.check != nil {
				return beside.check(b, r)
			}
			return nil
		})
		if err != nil || !whole {
			if err != nil {
				return err
			}
			continue
		}
		for at := range c.batches {
			if b := &c.batches[at]; b.known && beside.must(b.stage) && !*beside.has(b) {
				if err := c.fault(appendKey4(nil, beside.kind, c.number(at)), "it is missing; the batch is at stage %d", b.stage); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkTree compares the tree with the newest sealed batch. It may be that the
// process ended between two commits that belong together, which the node sets
// right when it starts: a batch is in the tree and not recorded as sealed, or it
// was taken out of it and is.
func (c *checker) checkTree() error {
	version := c.tree.Version()
	fault := func(format string, args ...any) error {
		return c.add(Fault{"state tree", fmt.Sprintf(format, args...)})
	}
	sealed := c.id.Base
	for at := range c.batches {
		if b := &c.batches[at]; b.known && b.stage >= StageSealed {
			sealed = c.number(at)
		}
	}
	switch b := c.batch(version); {
	case version < c.id.Base:
		return fault("it is that of batch %d; the ledger begins after batch %d", version, c.id.Base)
	case version == c.id.Base:
		if root := c.tree.Root(); root != c.id.BaseRoot {
			return fault("its root is %s; the ledger begins with %s", root.String(), c.id.BaseRoot.String())
		}
	case b == nil:
		return fault("it is that of batch %d, which is not there; batch %d is the last one that was sealed", version, sealed)
	case b.stage >= StageSealed:
		record, found, err := peek(c, appendKey4(nil, kindBatch, version), func(payload []byte) (Batch, error) { return parseBatch(version, payload) })
		if err != nil || !found {
			return skipDamage(err)
		}
		if root := c.tree.Root(); root != record.Root {
			return fault("its root is %s; that of batch %d is %s", root.String(), version, record.Root.String())
		}
	case b.stage == StageClosed && version == sealed+1 && b.hasSealed:
	default:
		return fault("it is that of batch %d, at stage %d; batch %d is the last one that was sealed", version, b.stage, sealed)
	}
	for number := version + 1; number <= sealed; number++ {
		if b := c.batch(number); b == nil || !b.hasSealed {
			return fault("it is that of batch %d; it cannot be brought to batch %d without the sealed form of batch %d", version, sealed, number)
		}
	}
	return nil
}
