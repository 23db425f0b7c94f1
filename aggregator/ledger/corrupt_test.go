package ledger

import (
	"bytes"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestTamperedRecords changes single records, which no database below would
// notice: what is read then is ErrCorrupt, or is not of that record.
func TestTamperedRecords(t *testing.T) {
	disk := vfs.NewMem()
	ru := newRollup(t, disk, 14)
	all := rawRecords(t, ru.l)
	seen := make(map[byte]int)
	for i, victim := range all {
		kind := victim.key[0]
		if seen[kind]++; seen[kind] > 2 && ru.r.IntN(10) >= victims {
			continue
		}
		// What is read from one record alone, that of its neighbours and the head aside.
		try := func(what string, wants bool, replacement []byte) {
			t.Helper()
			setRaw(t, ru.l, raw{victim.key, replacement})
			errs := 0
			if kind == kindFormat || kind == kindIdentity || kind == kindHead {
				mustClose(t, ru.l)
				l, err := Open(dir, testOptions(disk))
				if (&inquiry{t: t}).bad(err) {
					errs++
				} else {
					errs = interrogate(t, l, ru.m)
					mustClose(t, l)
				}
				ru.l = openAnyway(t, disk, victim)
			} else {
				errs = interrogate(t, ru.l, ru.m)
			}
			if (errs > 0) != wants {
				t.Errorf("%s %s: %d errors", recordName(victim.key), what, errs)
			}
			setRaw(t, ru.l, victim)
		}
		flipped := bytes.Clone(victim.value)
		flipped[ru.r.IntN(len(flipped))] ^= 1 << ru.r.IntN(8)
		try("flipped", true, flipped)
		try("cut", true, victim.value[:len(victim.value)-1])
		try("emptied", true, []byte{})
		try("extended", true, append(bytes.Clone(victim.value), 0))
		if other := all[(i+1)%len(all)]; other.key[0] == kind {
			try("replaced", true, other.value)
		}
		switch kind {
		case kindFormat, kindIdentity, kindHead, kindTransfer, kindDeposit, kindForcedExit:
			try("removed", true, nil)
		case kindBatch:
			if key4(victim.key) != ru.m.head.Batch {
				try("removed", true, nil)
			}
		}
	}
	if errs := interrogate(t, ru.l, ru.m); errs > 0 {
		t.Error("the intact ledger is not")
	}
	mustClose(t, ru.l)
}

// TestGaps takes records out of the middle and off the end of what is numbered:
// who asks for one, or for all, is told.
func TestGaps(t *testing.T) {
	ru := newRollup(t, vfs.NewMem(), 15)
	l, h := ru.l, ru.m.head
	one := func(_ any, found bool, err error) error {
		if err == nil && !found {
			return errors.New("not found, and no error")
		}
		return err
	}
	batches := func(before uint32, limit int) func() error {
		return func() error { _, err := l.Batches(before, limit); return err }
	}
	last := func(all iter.Seq[error]) func() error {
		return func() (err error) {
			for err = range all {
			}
			return err
		}
	}
	for _, c := range []struct {
		key  []byte
		read []func() error
	}{
		{appendKey8(nil, kindTransfer, 5), []func() error{
			func() error { v, found, err := l.Transfer(5); return one(v, found, err) },
			last(errs(l.Transfers(1, 9))), last(errs(l.Transfers(5, 9))), last(errs(l.Transfers(1, 6))), last(errs(l.Transfers(5, 6))),
		}},
		{appendKey8(nil, kindTransfer, h.NextSeq-1), []func() error{last(errs(l.Transfers(1, 1<<64-1))), last(errs(l.Transfers(1, h.NextSeq)))}},
		{appendKey8(nil, kindDeposit, 12), []func() error{last(errs(l.Deposits(10))), last(errs(l.Deposits(12)))}},
		{appendKey8(nil, kindDeposit, h.Deposits-1), []func() error{last(errs(l.Deposits(10))), last(errs(l.Deposits(h.Deposits - 1)))}},
		{appendKey8(nil, kindForcedExit, 22), []func() error{last(errs(l.ForcedExits(20)))}},
		{appendKey8(nil, kindForcedExit, h.Exits-1), []func() error{last(errs(l.ForcedExits(20)))}},
		{appendKey4(nil, kindBatch, 45), []func() error{
			func() error { v, found, err := l.Batch(45); return one(v, found, err) },
			batches(1<<32-1, 100), batches(46, 1), batches(46, 100), batches(47, 2), batches(h.Batch, 20),
		}},
		{appendKey4(nil, kindBatch, rollupBase+1), []func() error{batches(1<<32-1, 100), batches(rollupBase+2, 1)}},
		{appendKey4(nil, kindBatch, h.Batch-1), []func() error{batches(1<<32-1, 100), batches(h.Batch, 2)}},
	} {
		for i, read := range c.read {
			if err := read(); err != nil {
				t.Errorf("%s, read %d: error %v", recordName(c.key), i, err)
			}
		}
		value, _, err := l.db.Get(nil, c.key)
		if err != nil {
			t.Fatal(err)
		}
		setRaw(t, l, raw{c.key, nil})
		for i, read := range c.read {
			if err := read(); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), strings.Fields(recordName(c.key))[0]) {
				t.Errorf("%s is missing, read %d: error %v", recordName(c.key), i, err)
			}
		}
		setRaw(t, l, raw{c.key, value})
	}
	mustClose(t, l)
}

// errs are the errors of an iteration.
func errs[T any](all iter.Seq2[T, error]) iter.Seq[error] {
	return func(yield func(error) bool) {
		for _, err := range all {
			if !yield(err) {
				return
			}
		}
	}
}

// openAnyway puts a record back that a ledger does not open without, and opens it.
func openAnyway(t testing.TB, disk vfs.FS, r raw) *Ledger {
	t.Helper()
	db, err := openDatabase(dir, testOptions(disk))
	if err != nil {
		t.Fatal(err)
	}
	setRaw(t, &Ledger{db: db}, r)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return mustOpen(t, disk)
}

func TestFormatVersion(t *testing.T) {
	disk := vfs.NewMem()
	l := mustOpen(t, disk)
	e := encoder{}
	e.format(formatVersion + 1)
	setRaw(t, l, sealedRaw([]byte{kindFormat}, e.b))
	mustClose(t, l)
	_, err := Open(dir, testOptions(disk))
	if !errors.Is(err, ErrFormatVersion) || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "format 2") || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
}
