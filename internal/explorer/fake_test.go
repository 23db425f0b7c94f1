package explorer

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// Where the fake rollup stands when a test begins.
const (
	fakeAccounts  = 40
	fakeFinalized = 10
	fakeCommitted = 12
	fakeProven    = 13
	fakeSealed    = 14
	fakeOpen      = 15
)

// Hostile strings, in every place that takes text from elsewhere.
const (
	hostileSymbol  = `<img src=x onerror="window.hacked=1">`
	hostileProblem = `"><script>window.hacked=1</script>&lt;b&gt; reverted: ` + "\u202e" + `dlrow`
	hostileReason  = `<svg/onload=window.hacked=1> expired`
	hostileVersion = `v0.4.0'"><iframe srcdoc="<script>parent.hacked=1</script>">`
)

// fake is a node with a history that is always the same, but for its times, which
// are counted back from when it was made.
type fake struct {
	mu       sync.Mutex
	rng      *rand.Rand
	now      uint64 // Unix milliseconds
	rollupID fr.Element
	keys     map[protocol.Index]*protocol.PrivateKey
	accounts map[protocol.Index]protocol.Account   // pending
	before   []map[protocol.Index]protocol.Account // after each batch
	opened   map[protocol.Index]uint32             // batch that each was opened in
	done     []api.Transfer                        // executed, by sequence number
	waiting  []api.Transfer                        // queued or dropped
	batches  []api.Batch                           // from 1
	queue    api.Queue
	tokens   []api.Token
	sync     api.Sync
	tree     *statetree.Tree // as of fakeFinalized
	still    *api.Sync       // what Sync says instead, unless nil
}

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{
		rng: rand.New(rand.NewPCG(4, 2026)), now: uint64(time.Now().UnixMilli()),
		keys: make(map[protocol.Index]*protocol.PrivateKey), accounts: make(map[protocol.Index]protocol.Account),
		opened: make(map[protocol.Index]uint32), tree: statetree.OpenMemory(),
	}
	f.rollupID.SetBytes(f.bytes(31))
	f.tokens = []api.Token{
		{Token: 0, Symbol: "ETH", Decimals: 18},
		{Token: 1, Address: [20]byte(f.bytes(20)), Symbol: "USDC", Decimals: 6},
		{Token: 2, Address: [20]byte(f.bytes(20)), Symbol: hostileSymbol, Decimals: 8},
	}
	f.before = append(f.before, map[protocol.Index]protocol.Account{})
	for n := uint32(1); n <= fakeOpen; n++ {
		f.batch(t, n)
	}
	f.setSync()
	f.fillQueue(t)
	return f
}

func (f *fake) bytes(n int) []byte {
	b := make([]byte, (n+7)/8*8)
	for i := 0; i < len(b); i += 8 {
		binary.BigEndian.PutUint64(b[i:], f.rng.Uint64())
	}
	return b[:n]
}

func (f *fake) element() (e fr.Element) {
	e.SetBytes(f.bytes(32))
	return e
}

// owner is one of ten people, who have four accounts each.
func owner(i protocol.Index) (o protocol.Owner) {
	for j := range o {
		o[j] = byte(0x11*(int(i)%10) + j)
	}
	return o
}

// unit is a tenth of a token, about.
func (f *fake) unit(token protocol.Token) protocol.Amount {
	decimals := 6
	if int(token) < len(f.tokens) {
		decimals = int(f.tokens[token].Decimals)
	}
	v := *new(protocol.Amount).SetUint64(10)
	v.Exp(&v, new(protocol.Amount).SetUint64(uint64(decimals-1)))
	return v
}

func times(a protocol.Amount, n uint64) protocol.Amount {
	return *new(protocol.Amount).Mul(&a, new(protocol.Amount).SetUint64(n))
}

// batch makes the batch of a number, as far as it has come.
func (f *fake) batch(t testing.TB, n uint32) {
	t.Helper()
	shape, err := circuits.ShapeByName("t512-hot")
	if err != nil {
		t.Fatal(err)
	}
	opened := f.now - uint64(fakeOpen-n)*610_000 - 42_000
	b := ledger.Batch{
		Number: n, FirstSeq: uint64(len(f.done)) + 1, Times: ledger.Times{Opened: opened},
		FeeAccounts: []protocol.FeeAccount{{Token: 0, Index: 1}, {Token: 1, Index: 2}},
	}
	f.arrivals(&b)
	for range 20 + f.rng.IntN(40) {
		f.transfer(t, &b, opened+uint64(len(f.done)+1-int(b.FirstSeq))*900)
	}
	stage := ledger.StageOpen
	switch {
	case n <= fakeFinalized:
		stage = ledger.StageFinalized
	case n <= fakeCommitted:
		stage = ledger.StageSubmitted
	case n <= fakeProven:
		stage = ledger.StageProven
	case n <= fakeSealed:
		stage = ledger.StageSealed
	}
	f.advance(t, &b, shape, stage)
	full := api.Batch{Batch: b}
	if n > fakeFinalized && n <= fakeCommitted {
		full.Committed = &api.Layer1Place{Block: 21_000_000 + uint64(n)*50, Tx: [32]byte(f.bytes(32))}
	}
	if n == fakeProven {
		full.Attempt, full.Problem = 1, hostileProblem
	}
	f.batches = append(f.batches, full)
	after := make(map[protocol.Index]protocol.Account, len(f.accounts))
	for i, a := range f.accounts {
		after[i] = a
	}
	f.before = append(f.before, after)
	if n <= fakeFinalized {
		updates := make([]statetree.Update, 0, len(after))
		for i, a := range after {
			updates = append(updates, statetree.Update{Index: i, Account: a})
		}
		if _, err := f.tree.Apply(t.Context(), n, updates, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// arrivals opens and credits accounts.
func (f *fake) arrivals(b *ledger.Batch) {
	const each = 8
	first := protocol.Index((b.Number-1)*each + 1)
	for i := first; i < first+each && i <= fakeAccounts; i++ {
		key := protocol.NewPrivateKey([32]byte{byte(i), 7})
		token := protocol.Token(i % 4) // the last is not in the list
		f.keys[i], f.opened[i] = key, b.Number
		a := protocol.Account{Key: key.Public(), Owner: owner(i), Token: token}
		if i%8 == 0 {
			b.Openings = append(b.Openings, protocol.Opening{Index: i, Key: a.Key, Owner: a.Owner, Token: token})
		} else {
			a.Balance = times(f.unit(token), 1000+uint64(i)*37)
			b.Deposits = append(b.Deposits, protocol.CreditedDeposit{
				Deposit: protocol.Deposit{Key: a.Key, Owner: a.Owner, Token: token, Amount: a.Balance}, Index: i, Opened: true,
			})
		}
		f.accounts[i] = a
	}
	if b.Number == 6 {
		b.ForcedExits = []protocol.ForcedExit{{Index: 9, Sender: owner(9)}, {Index: 10, Sender: owner(3)}}
	}
}

// transfer executes a transfer of some account to another of its token, or to
// layer 1.
func (f *fake) transfer(t testing.TB, b *ledger.Batch, at uint64) {
	t.Helper()
	n := len(f.accounts)
	from := protocol.Index(f.rng.IntN(n) + 1)
	for f.accounts[from].Balance == (protocol.Amount{}) {
		from = from%protocol.Index(n) + 1
	}
	to := protocol.Index(f.rng.IntN(n) + 1)
	for f.accounts[to].Token != f.accounts[from].Token {
		to = to%protocol.Index(n) + 1
	}
	if f.rng.IntN(20) == 0 {
		to = 0
		b.Exits++
	}
	f.execute(t, b, from, to, uint64(f.rng.IntN(90)+1), at)
}

func (f *fake) execute(t testing.TB, b *ledger.Batch, from, to protocol.Index, tenths, at uint64) api.Transfer {
	t.Helper()
	sender := f.accounts[from]
	amount, fee := times(f.unit(sender.Token), tenths), protocol.Amount{}
	cent := f.unit(sender.Token)
	cent.Div(&cent, new(protocol.Amount).SetUint64(100))
	if sender.Token < 2 {
		fee = times(cent, 5)
	}
	if amount.Gt(&sender.Balance) {
		amount, fee = protocol.Amount{}, protocol.Amount{}
		if to == 0 {
			to = from
		}
	}
	signed, err := f.keys[from].SignTransfer(f.rollupID, protocol.Transfer{
		From: from, To: to, Amount: amount, Fee: fee, Nonce: sender.Nonce, ValidUntil: b.Number + 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	sender.Balance.Sub(&sender.Balance, &amount)
	sender.Nonce++
	f.accounts[from] = sender
	if to != 0 {
		payee := f.accounts[to]
		payee.Balance.Add(&payee.Balance, &amount)
		f.accounts[to] = payee
	}
	b.Transfers++
	tr := api.Transfer{
		ID: ledger.IDOf(f.rollupID, &signed.Transfer), Status: wire.StatusExecuted, Signed: &signed,
		Time: at, Seq: uint64(len(f.done)) + 1, Batch: b.Number,
	}
	tr.Receipt = &api.Receipt{ID: tr.ID, Seq: tr.Seq, Batch: tr.Batch, Time: at, Signature: [65]byte(f.bytes(65))}
	f.done = append(f.done, tr)
	return tr
}

// advance brings a batch to a stage, at a pace.
func (f *fake) advance(t testing.TB, b *ledger.Batch, shape protocol.Shape, stage ledger.Stage) {
	t.Helper()
	at := b.Times.Opened + 600_000
	steps := []struct {
		of    ledger.Stage
		time  *uint64
		takes uint64
	}{
		{ledger.StageClosed, &b.Times.Closed, 0}, {ledger.StageSealed, &b.Times.Sealed, 180}, {ledger.StageWitnessed, &b.Times.Witnessed, 410},
		{ledger.StageProven, &b.Times.Proven, 36_500}, {ledger.StageSubmitted, &b.Times.Submitted, 220}, {ledger.StageFinalized, &b.Times.Finalized, 780_000},
	}
	for _, s := range steps {
		if s.of > stage {
			break
		}
		at += s.takes
		if *s.time == 0 {
			*s.time = at
		}
	}
	if b.Stage = stage; stage == ledger.StageOpen {
		return
	}
	b.Circuit, b.Shape = 1, shape.Name
	if stage >= ledger.StageSealed && b.Root.IsZero() {
		b.Root = f.element()
	}
	if stage >= ledger.StageWitnessed && b.New.IsZero() {
		b.Old, b.New = f.element(), f.element()
		b.Statement = protocol.Statement{D: f.element(), Z: f.element(), Y: f.element()}
		b.Published = 88 + 13*b.Transfers + 128*uint32(len(b.Deposits)) + 24*b.Exits
	}
	if stage >= ledger.StageSubmitted {
		b.Attempt = max(1, b.Attempt)
	}
	if stage == ledger.StageFinalized {
		b.Block, b.Tx, b.GasUsed = 21_000_000+uint64(b.Number)*50, [32]byte(f.bytes(32)), 363_301+243*uint64(b.Transfers)+1759*uint64(len(b.Deposits))
	}
}

func (f *fake) setSync() {
	f.sync = api.Sync{
		Head: ledger.Head{
			NextSeq: uint64(len(f.done)) + 1, Batch: fakeOpen, Finalized: fakeFinalized,
			Block: 21_000_690, BlockTime: f.now/1000 - 780,
		},
		Sealed: fakeSealed, Proven: fakeProven, Committed: fakeCommitted, Waiting: 2, Layer1Head: 21_000_754,
	}
}

func (f *fake) fillQueue(t testing.TB) {
	t.Helper()
	const hour = 3_600_000
	f.queue = api.Queue{Deadline: 7 * 24 * time.Hour, DepositCount: 3, ExitCount: 2, OpenCount: 1}
	for i, age := range []uint64{6*24*hour + 20*hour, 3 * hour, 12 * 60_000} {
		batch := []uint32{11, 0, 0}[i]
		f.queue.Deposits = append(f.queue.Deposits, ledger.UnsettledDeposit{Batch: batch, Deposit: ledger.Deposit{
			Position: uint64(36 + i), Payer: owner(5), Time: (f.now - age) / 1000, Block: 21_000_700, Tx: [32]byte(f.bytes(32)),
			Deposit: protocol.Deposit{Key: f.accounts[5].Key, Owner: owner(5), Token: protocol.Token(i), Amount: times(f.unit(protocol.Token(i)), 25)},
		}})
	}
	for i, sender := range []protocol.Owner{owner(12), owner(5)} {
		f.queue.ForcedExits = append(f.queue.ForcedExits, ledger.UnsettledExit{ForcedExit: ledger.ForcedExit{
			Position: uint64(2 + i), Time: (f.now - uint64(i+1)*hour) / 1000, Block: 21_000_710, Tx: [32]byte(f.bytes(32)),
			Request: protocol.ForcedExit{Index: 12, Sender: sender},
		}})
	}
	f.queue.Openings = []ledger.Opening{{Number: 6, Key: f.accounts[7].Key, Owner: owner(7), Token: 1}}
	for i, status := range []wire.Status{wire.StatusQueued, wire.StatusQueued, wire.StatusDropped} {
		signed, err := f.keys[4].SignTransfer(f.rollupID, protocol.Transfer{From: 4, To: 8, Amount: f.unit(0), Nonce: f.accounts[4].Nonce + 1 + uint64(i), ValidUntil: 200})
		if err != nil {
			t.Fatal(err)
		}
		w := api.Transfer{ID: ledger.IDOf(f.rollupID, &signed.Transfer), Status: status, Signed: &signed, Time: f.now - 30_000}
		if status == wire.StatusDropped {
			w.Reason = hostileReason
		}
		f.waiting = append(f.waiting, w)
	}
}

// What a test makes happen.

// send executes a transfer in the open batch.
func (f *fake) send(t testing.TB, from, to protocol.Index, tenths uint64) api.Transfer {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &f.batches[fakeOpen-1]
	tr := f.execute(t, &b.Batch, from, to, tenths, uint64(time.Now().UnixMilli()))
	f.sync.Head.NextSeq++
	return f.shown(tr)
}

// finalize makes the oldest batch that is not final final.
func (f *fake) finalize(t testing.TB) api.Batch {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	shape, err := circuits.ShapeByName("t512-hot")
	if err != nil {
		t.Fatal(err)
	}
	b := &f.batches[f.sync.Head.Finalized]
	f.advance(t, &b.Batch, shape, ledger.StageFinalized)
	b.Committed = nil
	f.sync.Head.Finalized++
	return *b
}

func (f *fake) set(change func(*api.Sync)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.sync)
}

// shown is a transfer with what has become of its batch.
func (f *fake) shown(tr api.Transfer) api.Transfer {
	if tr.Batch == 0 {
		return tr
	}
	b := f.batches[tr.Batch-1]
	switch {
	case b.Stage == ledger.StageFinalized:
		tr.Status, tr.Layer1 = wire.StatusFinalized, &api.Layer1Place{Block: b.Block, Tx: b.Tx, GasUsed: b.GasUsed}
	case b.Committed != nil:
		tr.Status, tr.Layer1 = wire.StatusCommitted, b.Committed
	case b.Stage >= ledger.StageProven:
		tr.Status = wire.StatusProven
	case b.Stage >= ledger.StageClosed:
		tr.Status = wire.StatusSealed
	}
	return tr
}
