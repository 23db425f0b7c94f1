package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// rollup is a ledger as a node could have it, beside its model: batches 41 and 42
// final, then one at each stage down to the open one.
type rollup struct {
	t testing.TB
	r maker
	l *Ledger
	m *model
}

const rollupBase = 40

// newRollup makes one in an empty directory.
func newRollup(t testing.TB, disk vfs.FS, seed uint64) *rollup {
	t.Helper()
	ru := &rollup{t: t, r: maker{newRand(seed)}, l: mustOpen(t, disk)}
	r := ru.r
	// What the ledger begins with: a state that was rebuilt.
	base := []statetree.Update{ru.account(1), ru.account(2), ru.account(3)}
	root, err := ru.l.Tree().Load(context.Background(), rollupBase, base, nil)
	if err != nil {
		t.Fatal(err)
	}
	ru.m = newModel(Identity{
		ChainID: 7, Contract: r.address(), RollupID: r.element(), Base: rollupBase, BaseRoot: root,
		BaseDeposits: 10, BaseExits: 20, BaseNextIndex: 4,
	})
	if err := ru.l.Create(ru.m.id, ru.m.head); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, ru.l, func(c *Changes) {
		for _, u := range base {
			ru.m.putAccount(c, holding{u.Index, u.Account.Key, u.Account.Owner, u.Account.Token})
		}
		c.PutHead(ru.m.head)
	})
	before := Batch{Number: rollupBase, DepositsEnd: 10, ExitsEnd: 20, OpeningsEnd: 1, NextIndex: 4, FirstSeq: 1, Root: root}
	for _, stage := range []Stage{
		StageFinalized, StageFinalized, StageSubmitted, StageProven, StageSubmitted, StageWitnessed, StageSealed, StageClosed, StageOpen,
	} {
		before = ru.batch(before, stage)
	}
	ru.commit(func(c *Changes) { // what waits
		for range 3 {
			o := r.opening(ru.m.head.NextOpening)
			ru.m.head.NextOpening++
			ru.m.openings[o.Number] = o
			c.PutOpening(&o)
		}
		ru.layerOne(c, 2, 2)
		for range 4 {
			ru.m.enqueue(c, Queued{Received: r.Uint64(), Signed: ru.some()})
		}
		dropped := ru.some()
		ru.m.drop(c, &dropped.Transfer, "expired")
	})
	return ru
}

func (ru *rollup) commit(change func(c *Changes)) {
	ru.t.Helper()
	mustCommit(ru.t, ru.l, func(c *Changes) {
		change(c)
		c.PutHead(ru.m.head)
	})
}

func (ru *rollup) account(i protocol.Index) statetree.Update {
	return statetree.Update{Index: i, Account: protocol.Account{Key: ru.r.point(), Owner: ru.r.address(), Token: 5, Nonce: ru.r.nonce()}}
}

func (ru *rollup) some() protocol.SignedTransfer {
	s := ru.r.signed()
	s.From, s.To = protocol.Index(1+ru.r.IntN(3)), protocol.Index(ru.r.IntN(4))
	return s
}

// layerOne queues deposits and forced exits.
func (ru *rollup) layerOne(c *Changes, deposits, exits int) {
	m := ru.m
	for range deposits {
		d := ru.r.queuedDeposit(m.head.Deposits)
		m.head.Deposits++
		m.deposits[d.Position] = d
		c.PutDeposit(&d)
	}
	for range exits {
		x := ru.r.queuedExit(m.head.Exits)
		m.head.Exits++
		m.exits[x.Position] = x
		c.PutForcedExit(&x)
	}
}

// batch takes a batch, the one after before, to a stage.
func (ru *rollup) batch(before Batch, stage Stage) Batch {
	ru.t.Helper()
	m, r := ru.m, ru.r
	b := r.batch(before.Number + 1)
	b.Stage, b.Openings, b.Deposits, b.ForcedExits = stage, nil, nil, nil
	b.DepositsEnd, b.ExitsEnd, b.OpeningsEnd, b.NextIndex = before.DepositsEnd, before.ExitsEnd, before.OpeningsEnd, before.NextIndex
	b.FirstSeq, b.Transfers = m.head.NextSeq, 0
	m.head.Batch = b.Number
	var updates []statetree.Update
	ru.commit(func(c *Changes) {
		ru.layerOne(c, 2, 2)
		switch b.Number {
		case 43: // indices of accounts that layer 1 took back
			for range 2 {
				m.reserve(c, r.reserved(b.NextIndex))
				b.NextIndex++
			}
		case 49: // and after all that was opened
			m.reserve(c, r.reserved(b.NextIndex+3))
		}
		open := func(key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (i protocol.Index) {
			if b.Number == 46 && len(updates) == 0 {
				i = ordered(m.reserved)[0]
				m.unreserve(c, i)
			} else {
				i = b.NextIndex
				b.NextIndex++
			}
			updates = append(updates, statetree.Update{Index: i, Account: protocol.Account{Key: key, Owner: owner, Token: token}})
			m.putAccount(c, holding{i, key, owner, token})
			return i
		}
		for range 2 { // a deposit that opens an account, and one to an account that is there
			d := m.deposits[b.DepositsEnd]
			credited := protocol.CreditedDeposit{Deposit: d.Deposit, Index: 1}
			if len(b.Deposits) == 0 {
				credited.Index, credited.Opened = open(d.Deposit.Key, d.Deposit.Owner, d.Deposit.Token), true
			}
			b.Deposits = append(b.Deposits, credited)
			b.DepositsEnd++
			b.ForcedExits = append(b.ForcedExits, m.exits[b.ExitsEnd].Request)
			b.ExitsEnd++
			o := r.opening(m.head.NextOpening)
			m.head.NextOpening++
			m.openings[o.Number] = o
			c.PutOpening(&o)
			b.Openings = append(b.Openings, protocol.Opening{Index: open(o.Key, o.Owner, o.Token), Key: o.Key, Owner: o.Owner, Token: o.Token})
			b.OpeningsEnd = o.Number + 1
		}
		for range 3 + r.IntN(4) {
			m.execute(c, Transfer{Batch: b.Number, Received: r.Uint64(), Signed: ru.some()})
			b.Transfers++
		}
		m.batches[b.Number] = b
		c.PutBatch(&b)
	})
	if stage >= StageSealed {
		root, err := ru.l.Tree().Apply(context.Background(), b.Number, updates, nil)
		if err != nil {
			ru.t.Fatal(err)
		}
		b.Root = root
	}
	ru.commit(func(c *Changes) {
		if stage >= StageSealed && stage < StageFinalized {
			m.sealed[b.Number] = r.bytes(2000)
			c.PutSealed(b.Number, m.sealed[b.Number])
		}
		if stage >= StageWitnessed {
			b.Old = protocol.Commitment(before.Root, m.id.RollupID, before.Number)
			b.New = protocol.Commitment(b.Root, m.id.RollupID, b.Number)
			m.published[b.Number] = r.bytes(2000)
			b.Published = uint32(len(m.published[b.Number]))
			c.PutPublished(b.Number, m.published[b.Number])
		}
		if stage >= StageProven {
			p := r.proof()
			m.proofs[b.Number] = p
			c.PutProof(b.Number, &p)
		}
		if stage == StageFinalized {
			m.head.Finalized = b.Number
		}
		m.batches[b.Number] = b
		c.PutBatch(&b)
	})
	return b
}

func mustCheck(t testing.TB, l *Ledger) []Fault {
	t.Helper()
	faults, err := l.Check(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

func wantNoFaults(t testing.TB, l *Ledger, when string) {
	t.Helper()
	if faults := mustCheck(t, l); len(faults) > 0 {
		t.Fatalf("%s: %v", when, faults)
	}
}

// raw is a record as the database has it.
type raw struct{ key, value []byte }

// rawRecords are all records of the ledger's own.
func rawRecords(t testing.TB, l *Ledger) (all []raw) {
	t.Helper()
	s := l.db.Snapshot()
	defer s.Close()
	for r, err := range s.Ascend([]byte{firstKind}, []byte{lastKind + 1}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw{bytes.Clone(r.Key), bytes.Clone(r.Value)})
	}
	return all
}

// setRaw puts records as they are given, nil for none.
func setRaw(t testing.TB, l *Ledger, records ...raw) {
	t.Helper()
	b := l.db.NewBatch()
	for _, r := range records {
		if r.value == nil {
			b.Delete(r.key)
		} else {
			b.Set(r.key, r.value)
		}
	}
	if err := l.db.Commit(b); err != nil {
		t.Fatal(err)
	}
}

// sealed is a record with a checksum that fits.
func sealedRaw(key, payload []byte) raw {
	whole := seal(append(bytes.Clone(key), payload...))
	return raw{key, whole[len(key):]}
}

func TestCheckIntact(t *testing.T) {
	disk := vfs.NewMem()
	ru := newRollup(t, disk, 1)
	var told []uint64
	faults, err := ru.l.Check(context.Background(), func(n uint64) { told = append(told, n) })
	if err != nil || len(faults) > 0 {
		t.Fatalf("%v, %v", faults, err)
	}
	// Each of its records once, and each account of the tree.
	records := uint64(len(rawRecords(t, ru.l))) - 3 // format, identity, head
	if want := records + 3 + 7*3; len(told) != 1 || told[0] != want {
		t.Errorf("told of %v records, there are %d", told, want)
	}
	if errs := interrogate(t, ru.l, ru.m); errs > 0 {
		t.Errorf("%d errors", errs)
	}
	mustClose(t, ru.l)
	l := mustOpen(t, disk)
	wantNoFaults(t, l, "reopened")
	mustClose(t, l)
}

func TestCheckEmpty(t *testing.T) {
	l := mustOpen(t, vfs.NewMem())
	wantNoFaults(t, l, "not created")
	setRaw(t, l, sealedRaw(appendKey8(nil, kindTransfer, 1), nil))
	if faults := mustCheck(t, l); len(faults) != 1 || !strings.Contains(faults[0].String(), "transfer 1: the ledger has not been created") {
		t.Errorf("faults %v", faults)
	}
	mustClose(t, l)
}

// TestCheckAfterCrash: what a node sets right when it starts is no fault.
func TestCheckAfterCrash(t *testing.T) {
	ru := newRollup(t, vfs.NewMem(), 2)
	number := ru.l.Tree().Version() + 1
	b := ru.m.batches[number]
	mustCommit(t, ru.l, func(c *Changes) { c.PutSealed(number, []byte("its sealed form")) })
	wantNoFaults(t, ru.l, "sealed form stored, not in the tree")
	var updates []statetree.Update
	for i, n := range opensOf(&b) {
		updates = append(updates, statetree.Update{Index: i, Account: protocol.Account{Key: n.key, Owner: n.owner, Token: n.token}})
	}
	// Recorded as sealed, and taken out of the tree since.
	sealed := b
	sealed.Stage, sealed.Root = StageSealed, ru.r.element()
	mustCommit(t, ru.l, func(c *Changes) { c.PutBatch(&sealed) })
	wantNoFaults(t, ru.l, "undone in the tree alone")
	mustCommit(t, ru.l, func(c *Changes) { c.DeleteSealed(number) })
	if faults := mustCheck(t, ru.l); len(faults) != 2 || !strings.Contains(fmt.Sprint(faults), "cannot be brought to batch 48") {
		t.Errorf("undone without a way forward: %v", faults)
	}
	mustCommit(t, ru.l, func(c *Changes) {
		c.PutBatch(&b)
		c.PutSealed(number, []byte("its sealed form"))
	})
	if _, err := ru.l.Tree().Apply(context.Background(), number, updates, nil); err != nil {
		t.Fatal(err)
	}
	wantNoFaults(t, ru.l, "in the tree, not recorded as sealed")
	mustCommit(t, ru.l, func(c *Changes) { c.DeleteSealed(number) })
	if faults := mustCheck(t, ru.l); len(faults) != 1 || !strings.Contains(faults[0].String(), "state tree: it is that of batch 48, at stage 1") {
		t.Errorf("in the tree without a way back: %v", faults)
	}
	mustClose(t, ru.l)
}

// optional says whether a record of the rollup can be missing without anything
// being wrong: what it says is nowhere else, and need not be there.
func (ru *rollup) optional(key []byte) bool {
	switch key[0] {
	case kindID: // of what was dropped
		return ru.m.entries[TransferID(key[1:])].Status == Discarded
	case kindOpening: // done
		return key8(key) < ru.m.batches[ru.m.head.Batch].OpeningsEnd
	case kindReserved: // above all that were opened
		return protocol.Index(key4(key)) >= ru.m.batches[ru.m.head.Batch].NextIndex
	case kindProof: // of a final batch
		return ru.m.batches[key4(key)].Stage == StageFinalized
	}
	return false
}

// names says whether a fault is about a record, or mentions it.
func names(faults []Fault, key []byte) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool {
		return f.Record == recordName(key) || strings.Contains(f.Problem, recordName(key))
	})
}

// TestCheckRecords changes every record there is, in every way, and each time
// wants to be told of it.
func TestCheckRecords(t *testing.T) {
	ru := newRollup(t, vfs.NewMem(), 3)
	all := rawRecords(t, ru.l)
	kinds := make(map[byte]int)
	for i, victim := range all {
		if kinds[victim.key[0]]++; victim.key[0] == kindFormat {
			continue // Open's matter
		}
		if ru.r.IntN(10) >= victims && kinds[victim.key[0]] > 2 {
			continue
		}
		try := func(what string, want bool, changed ...raw) {
			t.Helper()
			setRaw(t, ru.l, changed...)
			faults := mustCheck(t, ru.l)
			if got := names(faults, victim.key); got != want {
				t.Errorf("%s %s: faults %v", recordName(victim.key), what, faults)
			}
			if len(faults) > 40 {
				t.Errorf("%s %s: %d faults", recordName(victim.key), what, len(faults))
			}
			setRaw(t, ru.l, victim)
		}
		flipped := bytes.Clone(victim.value)
		flipped[ru.r.IntN(len(flipped))] ^= 1 << ru.r.IntN(8)
		try("flipped", true, raw{victim.key, flipped})
		try("cut", true, raw{victim.key, victim.value[:len(victim.value)-1]})
		try("emptied", true, raw{victim.key, []byte{}})
		try("extended", true, raw{victim.key, append(bytes.Clone(victim.value), 0)})
		try("removed", !ru.optional(victim.key), raw{victim.key, nil})
		other := all[(i+1+ru.r.IntN(len(all)-2))%len(all)]
		if other.key[0] >= kindAccount && victim.key[0] >= kindAccount && !bytes.Equal(other.key, victim.key) {
			setRaw(t, ru.l, raw{other.key, victim.value})
			try("swapped", true, raw{victim.key, other.value})
			setRaw(t, ru.l, other)
		}
		// Bytes of the same kind that nothing is written as, with a checksum that fits.
		switch victim.key[0] {
		case kindSealed: // not this package's to read
		case kindHead, kindPublished, kindProof, kindID: // end in bytes of any number, or are made shorter
			try("made longer, with its checksum", victim.key[0] == kindPublished || victim.key[0] == kindID && !ru.optional(victim.key),
				sealedRaw(victim.key, append(bytes.Clone(victim.value[:len(victim.value)-checksumBytes]), 1)))
		default:
			try("made longer, with its checksum", true, sealedRaw(victim.key, append(bytes.Clone(victim.value[:len(victim.value)-checksumBytes]), 1)))
		}
	}
	if len(kinds) != len(keyBytes) {
		t.Errorf("only %d kinds of records were tried", len(kinds))
	}
	wantNoFaults(t, ru.l, "at the end")
	mustClose(t, ru.l)
}

// TestCheckBatches changes what a batch or the head says.
func TestCheckBatches(t *testing.T) {
	ru := newRollup(t, vfs.NewMem(), 4)
	for name, c := range map[string]struct {
		number uint32
		change func(b *Batch)
		says   string
	}{
		"first transfer":          {43, func(b *Batch) { b.FirstSeq++ }, "begins with transfer"},
		"fewer transfers":         {43, func(b *Batch) { b.Transfers-- }, "says that it is of batch 43"},
		"more transfers":          {49, func(b *Batch) { b.Transfers++ }, "head: the next transfer is"},
		"end of deposits":         {45, func(b *Batch) { b.DepositsEnd++ }, "ends at deposit"},
		"deposits beyond":         {49, func(b *Batch) { b.DepositsEnd += 100 }, "it ends at deposit"},
		"end of forced exits":     {45, func(b *Batch) { b.ExitsEnd-- }, "ends at forced exit"},
		"end of openings":         {45, func(b *Batch) { b.OpeningsEnd = 1 }, "ends at opening 1"},
		"openings beyond":         {49, func(b *Batch) { b.OpeningsEnd += 100 }, "the next one is"},
		"place beyond the next":   {49, func(b *Batch) { b.NextIndex-- }, "is not below the next index"},
		"one place for two":       {49, func(b *Batch) { b.Openings[0].Index = b.Openings[1].Index }, "which was opened before"},
		"lower next place":        {45, func(b *Batch) { b.NextIndex = 1 }, "the next index is 1 after it"},
		"place left free":         {45, func(b *Batch) { b.NextIndex += 100 }, "the next index is"},
		"place for nobody":        {49, func(b *Batch) { b.NextIndex += 5 }, "it is missing, and all up to"},
		"place of an opening":     {45, func(b *Batch) { b.Openings[0].Index = 1 }, "it opens account 1, which was opened before"},
		"place of a new account":  {49, func(b *Batch) { b.Openings[0].Index, b.Openings[1].Index = b.Openings[1].Index, b.Openings[0].Index }, "directory"},
		"account not opened":      {48, func(b *Batch) { b.Deposits[0].Opened = false }, "there is no such account"},
		"another deposit":         {42, func(b *Batch) { b.Deposits[0].Amount[0]++ }, "its deposit 0 is not"},
		"another forced exit":     {42, func(b *Batch) { b.ForcedExits[1].Index++ }, "its forced exit 1 is not"},
		"open too early":          {46, func(b *Batch) { b.Stage = StageOpen }, "batch 49 is the open one"},
		"closed under sealed":     {46, func(b *Batch) { b.Stage = StageClosed }, "and batch 46, at stage 1, is not"},
		"final too early":         {43, func(b *Batch) { b.Stage = StageFinalized }, "batch 42 is the last final one"},
		"not final any more":      {42, func(b *Batch) { b.Stage = StageProven }, "batch 42 is the last final one"},
		"sealed before the tree":  {48, func(b *Batch) { b.Stage = StageSealed }, "sealed batch 48: it is missing"},
		"witnessed without data":  {47, func(b *Batch) { b.Stage = StageWitnessed }, "published data of batch 47: it is missing"},
		"proven without a proof":  {46, func(b *Batch) { b.Stage = StageProven }, "proof of batch 46: it is missing"},
		"sealed with a proof":     {45, func(b *Batch) { b.Stage = StageWitnessed }, "proof of batch 45: there should be none"},
		"root":                    {47, func(b *Batch) { b.Root.SetOne() }, "state tree: its root is"},
		"root of a final one":     {42, func(b *Batch) { b.Root.SetOne() }, "its new commitment"},
		"old commitment":          {44, func(b *Batch) { b.Old.SetOne() }, "its old commitment"},
		"new commitment":          {44, func(b *Batch) { b.New.SetOne() }, "its new commitment"},
		"length of what it shows": {44, func(b *Batch) { b.Published++ }, "bytes long"},
	} {
		b := ru.m.batches[c.number]
		b.Openings, b.Deposits, b.ForcedExits = slices.Clone(b.Openings), slices.Clone(b.Deposits), slices.Clone(b.ForcedExits)
		c.change(&b)
		mustCommit(t, ru.l, func(ch *Changes) { ch.PutBatch(&b) })
		if faults := mustCheck(t, ru.l); !strings.Contains(fmt.Sprint(faults), c.says) {
			t.Errorf("%s: faults %v", name, faults)
		}
		b = ru.m.batches[c.number]
		mustCommit(t, ru.l, func(ch *Changes) { ch.PutBatch(&b) })
	}
	for name, c := range map[string]struct {
		change func(h *Head)
		says   string
	}{
		"next transfer":        {func(h *Head) { h.NextSeq++ }, "it is missing"},
		"earlier transfer":     {func(h *Head) { h.NextSeq-- }, "there should be none of this number"},
		"no transfer":          {func(h *Head) { h.NextSeq = 0 }, "both begin at 1"},
		"next opening":         {func(h *Head) { h.NextOpening++ }, "it is missing"},
		"earlier opening":      {func(h *Head) { h.NextOpening-- }, "there should be none of this number"},
		"one batch more":       {func(h *Head) { h.Batch++ }, "batch 50 is the open one"},
		"two batches more":     {func(h *Head) { h.Batch += 2 }, "batch 50: it is missing"},
		"one batch less":       {func(h *Head) { h.Batch-- }, "batch 49: there should be none"},
		"no batch":             {func(h *Head) { h.Batch = rollupBase }, "begins after batch 40"},
		"final beyond":         {func(h *Head) { h.Finalized = 49 }, "expected from 40 to 48"},
		"one final batch more": {func(h *Head) { h.Finalized++ }, "batch 43: it is at stage 5"},
		"one deposit more":     {func(h *Head) { h.Deposits++ }, "deposit 30: it is missing"},
		"one deposit less":     {func(h *Head) { h.Deposits-- }, "deposit 29: there should be none"},
		"two exits more":       {func(h *Head) { h.Exits += 2 }, "forced exit 40: it is missing, and all up to 41"},
	} {
		h := ru.m.head
		c.change(&h)
		mustCommit(t, ru.l, func(ch *Changes) { ch.PutHead(h) })
		if faults := mustCheck(t, ru.l); !strings.Contains(fmt.Sprint(faults), c.says) {
			t.Errorf("%s: faults %v", name, faults)
		}
	}
	mustCommit(t, ru.l, func(ch *Changes) { ch.PutHead(ru.m.head) })
	wantNoFaults(t, ru.l, "at the end")
	mustClose(t, ru.l)
}

// TestCheckSurplus adds records that are whole and should not be there.
func TestCheckSurplus(t *testing.T) {
	ru := newRollup(t, vfs.NewMem(), 5)
	seq := ru.m.head.NextSeq
	first := ru.m.transfers[1]
	owner, key := protocol.Owner{9}, ru.r.point()
	var reserved encoder
	reserved.reserved(&Reserved{Key: key, Owner: owner})
	var moved holding
	for _, h := range holdings(ru.m.accounts) {
		moved = h
	}
	for name, c := range map[string]struct {
		records []raw
		says    string
	}{
		"an ID of no transfer": {[]raw{sealedRaw(appendIDKey(nil, &TransferID{1}), []byte{byte(Executed), 0, 0, 0, 0, 0, 1, 0, 0})}, "which is not there"},
		"an ID of another": {[]raw{sealedRaw(appendIDKey(nil, &TransferID{1}), []byte{byte(Executed), 0, 0, 0, 0, 0, 0, 0, 1})},
			"stands for transfer 1, which has another ID"},
		"an ID of nobody waiting": {[]raw{sealedRaw(appendIDKey(nil, &TransferID{1}), []byte{byte(Waiting), 0, 0, 0, 9, 0, 0, 0, 0, 1})}, "which is not there"},
		"a history of no transfer": {[]raw{sealedRaw(appendHistoryKey(nil, 1, seq), nil)},
			"that transfer is not of this account"},
		"a history of a stranger": {[]raw{sealedRaw(appendHistoryKey(nil, 99, 1), nil)}, "that transfer is not of this account"},
		"a lost history for another": {[]raw{{appendHistoryKey(nil, first.Signed.From, 1), nil}, sealedRaw(appendHistoryKey(nil, 99, 1), nil)},
			"it is missing; it belongs to transfer 1"},
		"an account of nobody":  {[]raw{sealedRaw(appendAccountKey(nil, 99, &key, owner, 1), nil)}, "there is no such account"},
		"an account of another": {[]raw{sealedRaw(appendOwnedKey(nil, owner, moved.index), nil)}, "there is no such account"},
		"an account moved": {[]raw{{appendOwnedKey(nil, moved.owner, moved.index), nil}, sealedRaw(appendOwnedKey(nil, owner, moved.index), nil)},
			"it belongs to account"},
		"a transfer beyond the last":           {[]raw{sealedRaw(appendKey8(nil, kindTransfer, seq), nil)}, "there should be none of this number"},
		"transfer 0":                           {[]raw{sealedRaw(appendKey8(nil, kindTransfer, 0), nil)}, "there should be none of this number"},
		"opening 0":                            {[]raw{sealedRaw(appendKey8(nil, kindOpening, 0), nil)}, "there should be none of this number"},
		"a deposit before the first":           {[]raw{sealedRaw(appendKey8(nil, kindDeposit, 9), nil)}, "there should be none of this number"},
		"a batch before the first":             {[]raw{sealedRaw(appendKey4(nil, kindBatch, rollupBase), nil)}, "there should be none"},
		"a proof of no batch":                  {[]raw{sealedRaw(appendKey4(nil, kindProof, 1), nil)}, "there is no such batch"},
		"a sealed open batch":                  {[]raw{sealedRaw(appendKey4(nil, kindSealed, ru.m.head.Batch), nil)}, "there should be none: the batch is at stage 0"},
		"a reserved index that an account has": {[]raw{sealedRaw(appendKey4(nil, kindReserved, 5), reserved.b)}, "an account has this index"},
		"a reserved index 0":                   {[]raw{sealedRaw(appendKey4(nil, kindReserved, 0), reserved.b)}, "an account has this index"},
		"another kind":                         {[]raw{sealedRaw([]byte("zebra"), nil)}, "record with the key 7a65627261: there is no such record"},
		"a key that is too long":               {[]raw{sealedRaw([]byte("t23456789+"), nil)}, "there is no such record"},
	} {
		var restore []raw
		for _, r := range c.records {
			value, found, err := ru.l.db.Get(nil, r.key)
			if err != nil {
				t.Fatal(err)
			}
			if !found {
				value = nil
			}
			restore = append(restore, raw{r.key, value})
		}
		setRaw(t, ru.l, c.records...)
		if faults := mustCheck(t, ru.l); !strings.Contains(fmt.Sprint(faults), c.says) {
			t.Errorf("%s: faults %v", name, faults)
		}
		setRaw(t, ru.l, restore...)
	}
	wantNoFaults(t, ru.l, "at the end")
	mustClose(t, ru.l)
}

// TestCheckEnds: a check ends with its context, and when there is too much to say.
func TestCheckEnds(t *testing.T) {
	ru := newRollup(t, vfs.NewMem(), 6)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ru.l.Check(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	b := ru.l.db.NewBatch()
	for n := range uint64(2 * maxFaults) {
		b.Set(appendKey8(nil, kindQueued+1, n), nil)
	}
	if err := ru.l.db.Commit(b); err != nil {
		t.Fatal(err)
	}
	if faults := mustCheck(t, ru.l); len(faults) != maxFaults+1 || !strings.Contains(faults[maxFaults].Problem, "too many") {
		t.Errorf("%d faults", len(faults))
	}
	mustClose(t, ru.l)
}
