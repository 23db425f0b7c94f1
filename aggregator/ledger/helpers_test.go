package ledger

import (
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// quiet is for ledgers that are meant to be in trouble.
var quiet = slog.New(slog.DiscardHandler)

// newRand returns a generator that is the same on every run.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 3)) }

// maker makes random records, with every field in use. Nobody has their keys.
type maker struct{ *rand.Rand }

func (r maker) fill(b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

func (r maker) bytes(atMost int) []byte {
	b := make([]byte, r.IntN(atMost+1))
	r.fill(b)
	if len(b) == 0 {
		return nil
	}
	return b
}

func (r maker) word() (w [32]byte) { r.fill(w[:]); return w }

func (r maker) address() (a [20]byte) { r.fill(a[:]); return a }

// element is uniform enough: below 2^253.
func (r maker) element() (e fr.Element) {
	b := r.word()
	b[0] &= 0x1f
	e.SetBytes(b[:])
	return e
}

func (r maker) point() protocol.Point { return protocol.Point{X: r.element(), Y: r.element()} }

// amount is now and then at an end of its range.
func (r maker) amount() (x protocol.Amount) {
	switch r.IntN(8) {
	case 0:
	case 1:
		x = protocol.Amount{1<<64 - 1, 1<<64 - 1}
	default:
		x = protocol.Amount{r.Uint64(), r.Uint64()}
	}
	return x
}

func (r maker) nonce() uint64 {
	if r.IntN(8) == 0 {
		return protocol.MaxNonce
	}
	return r.Uint64N(protocol.MaxNonce + 1)
}

func (r maker) index() protocol.Index { return protocol.Index(r.Uint32()) }

func (r maker) signed() protocol.SignedTransfer {
	return protocol.SignedTransfer{
		Transfer: protocol.Transfer{
			From: r.index(), To: r.index(), Amount: r.amount(), Fee: r.amount(), Nonce: r.nonce(), ValidUntil: r.Uint32(),
		},
		Signature: protocol.Signature{R: r.point(), S: r.word()},
	}
}

func (r maker) transfer(seq uint64) Transfer {
	return Transfer{Seq: seq, Batch: r.Uint32(), Received: r.Uint64(), Signed: r.signed()}
}

func (r maker) queued() Queued { return Queued{Received: r.Uint64(), Signed: r.signed()} }

func (r maker) entry() Entry {
	switch r.IntN(3) {
	case 0:
		return Entry{Status: Executed, Seq: r.Uint64()}
	case 1:
		return Entry{Status: Waiting, From: r.index(), Nonce: r.nonce()}
	default:
		return Entry{Status: Discarded, Time: r.Uint64(), Reason: string(r.bytes(40))}
	}
}

func (r maker) deposit() protocol.Deposit {
	return protocol.Deposit{Key: r.point(), Owner: r.address(), Token: protocol.Token(r.Uint32()), Amount: r.amount()}
}

func (r maker) forcedExit() protocol.ForcedExit {
	return protocol.ForcedExit{Index: r.index(), Sender: r.address()}
}

func (r maker) queuedDeposit(position uint64) Deposit {
	return Deposit{Position: position, Payer: r.address(), Time: r.Uint64(), Block: r.Uint64(), Tx: r.word(), Deposit: r.deposit()}
}

func (r maker) queuedExit(position uint64) ForcedExit {
	return ForcedExit{Position: position, Time: r.Uint64(), Block: r.Uint64(), Tx: r.word(), Request: r.forcedExit()}
}

func (r maker) opening(number uint64) Opening {
	return Opening{Number: number, Key: r.point(), Owner: r.address(), Token: protocol.Token(r.Uint32())}
}

func (r maker) reserved(i protocol.Index) Reserved {
	return Reserved{Index: i, Key: r.point(), Owner: r.address(), Token: protocol.Token(r.Uint32())}
}

func (r maker) batch(number uint32) Batch {
	b := Batch{
		Number: number, Stage: Stage(r.IntN(int(StageFinalized) + 1)), Circuit: int(r.Uint32()), Shape: string(r.bytes(12)),
		DepositsEnd: r.Uint64(), ExitsEnd: r.Uint64(), OpeningsEnd: r.Uint64(), NextIndex: r.index(),
		FirstSeq: r.Uint64(), Transfers: r.Uint32(), Exits: r.Uint32(), Published: r.Uint32(),
		Attempt: r.Uint32(), Problem: string(r.bytes(30)), Block: r.Uint64(), Tx: r.word(), GasUsed: r.Uint64(),
	}
	for _, t := range b.Times.all() {
		*t = r.Uint64()
	}
	for _, x := range b.elements() {
		*x = r.element()
	}
	for range r.IntN(4) {
		b.Openings = append(b.Openings, protocol.Opening{
			Index: r.index(), Key: r.point(), Owner: r.address(), Token: protocol.Token(r.Uint32()),
		})
	}
	for range r.IntN(4) {
		b.Deposits = append(b.Deposits, protocol.CreditedDeposit{Deposit: r.deposit(), Index: r.index(), Opened: r.IntN(2) == 0})
	}
	for range r.IntN(4) {
		b.ForcedExits = append(b.ForcedExits, r.forcedExit())
	}
	for range r.IntN(4) {
		b.FeeAccounts = append(b.FeeAccounts, protocol.FeeAccount{Token: protocol.Token(r.Uint32()), Index: r.index()})
	}
	return b
}

func (r maker) proof() Proof { return Proof{Calldata: r.bytes(300), File: r.bytes(300)} }

func (r maker) head() Head {
	return Head{
		NextSeq: r.Uint64(), NextOpening: r.Uint64(), Batch: r.Uint32(), Finalized: r.Uint32(), Deposits: r.Uint64(), Exits: r.Uint64(),
		Attempts: r.Uint32(), Frozen: r.IntN(2) == 0, Cursor: r.bytes(50), Block: r.Uint64(), BlockTime: r.Uint64(),
	}
}

func (r maker) identity() Identity {
	return Identity{
		ChainID: r.Uint64(), Contract: r.address(), RollupID: r.element(), Base: r.Uint32(), BaseRoot: r.element(),
		BaseDeposits: r.Uint64(), BaseExits: r.Uint64(), BaseNextIndex: r.index(),
	}
}

// dir is where the tests' ledgers are, on disks in memory.
const dir = "node"

// testOptions have small caches, and tables made after a few commits.
func testOptions(disk vfs.FS) Options {
	return Options{
		FS: disk, Logger: quiet, memTableBytes: 64 << 10, BlockCacheBytes: 1 << 20,
		Tree: statetree.Options{Workers: 2, CacheBytes: 64 << 10},
	}
}

func mustOpen(t testing.TB, disk vfs.FS) *Ledger {
	t.Helper()
	l, err := Open(dir, testOptions(disk))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustCommit(t testing.TB, l *Ledger, change func(c *Changes)) {
	t.Helper()
	c := l.NewChanges()
	change(c)
	if err := l.Commit(c); err != nil {
		t.Fatal(err)
	}
}

func mustClose(t testing.TB, l *Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
