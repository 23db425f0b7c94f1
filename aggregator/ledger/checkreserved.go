package ledger

import (
	"fmt"
	"slices"

	"github.com/quirezk/quire/protocol"
)

// vacant are the indices below the next new one that no account has: of accounts
// whose opening layer 1 took back. There are few, if any.
type vacant struct {
	ranges  [][2]protocol.Index // from the first to below the second
	unknown bool                // a batch could not be read: they may be fewer
}

// open takes the indices of the accounts that a batch opens, and says what is wrong
// with them: an index is opened once. before is the batch before it, or an older one
// if that could not be read.
func (v *vacant) open(before, b *Batch) (problem string) {
	if b.NextIndex < before.NextIndex {
		return fmt.Sprintf("the next index is %d after it, after batch %d it was %d", b.NextIndex, before.Number, before.NextIndex)
	}
	v.ranges = append(v.ranges, [2]protocol.Index{before.NextIndex, b.NextIndex})
	for i := range opensOf(b) {
		if !v.take(i) && problem == "" {
			problem = fmt.Sprintf("it opens account %d, which was opened before, or is not below the next index, %d", i, b.NextIndex)
		}
	}
	v.ranges = slices.DeleteFunc(v.ranges, func(r [2]protocol.Index) bool { return r[0] == r[1] })
	return problem
}

// take takes one, and says whether it was vacant.
func (v *vacant) take(i protocol.Index) bool {
	for at := range v.ranges {
		r := &v.ranges[at]
		if i < r[0] || i >= r[1] {
			continue
		}
		rest := [2]protocol.Index{i + 1, r[1]}
		r[1] = i
		v.ranges = append(v.ranges, rest)
		return true
	}
	return false
}

// checkReserved compares the indices that are kept for accounts which were opened
// once with those that no account has.
func (c *checker) checkReserved() error {
	whole, err := c.each(kindReserved, func(r *scanned) error {
		i := protocol.Index(key4(r.key()))
		below := c.vacant.take(i)
		if _, _, err := read(c, r, func(payload []byte) (Reserved, error) { return parseReserved(i, payload) }); err != nil {
			return err
		}
		if i == 0 || !below && i < c.last.NextIndex && !c.vacant.unknown {
			return c.fault(r.key(), "an account has this index")
		}
		return nil
	})
	if err != nil || !whole || c.vacant.unknown {
		return err
	}
	for _, r := range c.vacant.ranges {
		if r[0] == r[1] {
			continue
		}
		if err := c.fault(appendKey4(nil, kindReserved, uint32(r[0])), "it is missing, and all up to %d: no account has them, and the next new one gets %d", r[1]-1, c.last.NextIndex); err != nil {
			return err
		}
	}
	return nil
}
