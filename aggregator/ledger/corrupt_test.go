package ledger

import (
	"bytes"
	"errors"
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
