package l1submit

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
	"github.com/quirezk/quire/protocol"
	"pgregory.net/rapid"
)

// drawElement draws a field element, its ends included.
func drawElement(t *rapid.T, label string) (e fr.Element) {
	switch rapid.IntRange(0, 4).Draw(t, label+" kind") {
	case 0:
	case 1:
		e.SetOne()
		e.Neg(&e)
	default:
		e.SetBytes(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
	}
	return e
}

func drawKey(t *rapid.T, label string) protocol.PublicKey {
	return protocol.PublicKey{X: drawElement(t, label+" x"), Y: drawElement(t, label+" y")}
}

func drawOwner(t *rapid.T, label string) protocol.Owner {
	return protocol.Owner(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, label))
}

func drawAmount(t *rapid.T, label string) (a protocol.Amount) {
	a.SetBytes(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label))
	return a
}

// drawList draws up to limit entries.
func drawList[T any](t *rapid.T, label string, limit int, draw func(label string) T) []T {
	out := make([]T, rapid.IntRange(0, limit).Draw(t, label+"s"))
	for i := range out {
		out[i] = draw(label)
	}
	return out
}

// drawPublished draws published data that fits a shape. No operation has to be
// possible: contract and codec agree on all of it.
func drawPublished(t *rapid.T, s protocol.Shape) *protocol.Published {
	index := func(label string) protocol.Index { return protocol.Index(rapid.Uint32().Draw(t, label+" index")) }
	token := func(label string) protocol.Token { return protocol.Token(rapid.Uint32().Draw(t, label+" token")) }
	p := &protocol.Published{Old: drawElement(t, "old"), New: drawElement(t, "new")}
	p.Openings = drawList(t, "opening", s.Openings, func(l string) protocol.Opening {
		return protocol.Opening{Index: index(l), Key: drawKey(t, l), Owner: drawOwner(t, l), Token: token(l)}
	})
	p.Deposits = drawList(t, "deposit", s.LayerOne, func(l string) protocol.CreditedDeposit {
		return protocol.CreditedDeposit{
			Deposit: protocol.Deposit{Key: drawKey(t, l), Owner: drawOwner(t, l), Token: token(l), Amount: drawAmount(t, l)},
			Index:   index(l), Opened: rapid.Bool().Draw(t, l+" opened"),
		}
	})
	p.ForcedExits = drawList(t, "forced exit", s.LayerOne-len(p.Deposits), func(l string) protocol.ForcedExit {
		return protocol.ForcedExit{Index: index(l), Sender: drawOwner(t, l)}
	})
	p.FeeAccounts = drawList(t, "fee account", s.FeeAccounts, func(l string) protocol.FeeAccount {
		return protocol.FeeAccount{Token: token(l), Index: index(l)}
	})
	p.Exits = drawList(t, "exit", s.Exits, func(l string) protocol.Exit {
		return protocol.Exit{Owner: drawOwner(t, l), Token: token(l), Amount: drawAmount(t, l)}
	})
	p.Transfers = drawList(t, "transfer", s.Transfers, func(l string) protocol.PublishedTransfer {
		return protocol.PublishedTransfer{
			From: index(l), To: index(l), Amount: protocol.AmountCode(rapid.Uint32().Draw(t, l+" amount")),
			Fee: protocol.FeeCode(rapid.Byte().Draw(t, l+" fee")),
		}
	})
	return p
}

// Contract and package protocol agree on the bytes, on z and on y.
func TestBindingAgreesWithProtocol(t *testing.T) {
	r := newRollupTest(t)
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		// The largest shape has its turn below: drawing for it is slow.
		circuit := rapid.IntRange(0, 1).Draw(t, "circuit")
		checkBinding(t, r, circuit, drawPublished(t, testShapes[circuit]), func(d fr.Element, data []byte) (fr.Element, fr.Element, error) {
			return r.Binding(ctx, circuit, data, d)
		})
	})
}

// A batch that is committed for real has the statement and the exits that
// package protocol says, and its data can be read back.
func TestCommitAgreesWithProtocol(t *testing.T) {
	r := newRollupTest(t)
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPublished(t, testShapes[0])
		p.Old, p.Deposits, p.ForcedExits = r.tip.Commitment, nil, nil
		st, err := p.Statement(testShapes[0], r.verifier)
		if err != nil {
			t.Fatal(err)
		}
		event, _, err := r.CommitBatch(ctx, r.operator, &Commit{Digest: st.D, Data: p.Bytes()}, r.record)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := event.Statement(); err != nil || got != st {
			t.Fatalf("statement %+v, want %+v (%v)", got, st, err)
		}
		if event.Record.Inputs != InputsHash(st) || event.Record.Exits != ExitsHash(p.Exits) || event.Record.Commitment != p.New {
			t.Fatalf("record %+v", event.Record)
		}
		data, err := r.PublishedData(ctx, event)
		if err != nil {
			t.Fatal(err)
		}
		if string(data) != string(p.Bytes()) {
			t.Fatalf("published %x, read %x", p.Bytes(), data)
		}
		r.advance(&event.Record)
	})
}

// The contract asks of an escape's proof exactly the statement that package
// protocol says.
func TestEscapeAgreesWithProtocol(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	r.deposit(t, testDeposit(1, 1))
	r.waitOut(t, DefaultRollupConfig().Deadline)
	final := must(r.Finalized(ctx))(t)
	oldest, _, _, err := must(r.ReadLanes(ctx, nil))(t).Oldest(protocol.LaneDeposits, final)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Freeze(ctx, r.somebody, protocol.LaneDeposits, oldest); err != nil {
		t.Fatal(err)
	}
	gone := make(map[protocol.Index]bool)
	rapid.Check(t, func(t *rapid.T) {
		e := protocol.Escape{
			Commitment: final.Commitment, Owner: drawOwner(t, "owner"), Token: protocol.Token(rapid.Uint32().Draw(t, "token")),
			Index: protocol.Index(rapid.Uint32Min(1).Draw(t, "index")), Balance: drawAmount(t, "balance"),
		}
		if gone[e.Index] || e.Balance.IsZero() {
			t.Skip("account has escaped, or has nothing")
		}
		st, err := e.Statement(r.verifier)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := r.prover.Prove(st.D, st.Z, st.Y)
		if err != nil {
			t.Fatal(err)
		}
		event, _, err := r.Escape(ctx, r.somebody, &e, st.D, proof)
		if err != nil {
			t.Fatal(err)
		}
		want := protocol.Exit{Owner: e.Owner, Token: e.Token, Amount: e.Balance}
		if event.Index != e.Index || event.Exit != want {
			t.Fatalf("event %+v", event)
		}
		gone[e.Index] = true
	})
}

// Everything full, and everything empty, in every shape.
func TestBindingAtTheEnds(t *testing.T) {
	r := newRollupTest(t)
	var top fr.Element
	top.SetOne()
	top.Neg(&top)
	key := protocol.PublicKey{X: top, Y: top}
	var owner protocol.Owner
	for i := range owner {
		owner[i] = 0xff
	}
	var amount protocol.Amount
	amount.SetAllOne()
	amount.Rsh(&amount, 128)
	for circuit, s := range testShapes {
		full := &protocol.Published{
			Old: top, New: top,
			Openings:    make([]protocol.Opening, s.Openings),
			Deposits:    make([]protocol.CreditedDeposit, s.LayerOne/2),
			ForcedExits: make([]protocol.ForcedExit, s.LayerOne-s.LayerOne/2),
			FeeAccounts: make([]protocol.FeeAccount, s.FeeAccounts),
			Exits:       make([]protocol.Exit, s.Exits),
			Transfers:   make([]protocol.PublishedTransfer, s.Transfers),
		}
		const most = 1<<32 - 1
		for i := range full.Openings {
			full.Openings[i] = protocol.Opening{Index: most, Key: key, Owner: owner, Token: most}
		}
		for i := range full.Deposits {
			d := protocol.Deposit{Key: key, Owner: owner, Token: most, Amount: amount}
			full.Deposits[i] = protocol.CreditedDeposit{Deposit: d, Index: most, Opened: true}
		}
		for i := range full.ForcedExits {
			full.ForcedExits[i] = protocol.ForcedExit{Index: most, Sender: owner}
		}
		for i := range full.FeeAccounts {
			full.FeeAccounts[i] = protocol.FeeAccount{Token: most, Index: most}
		}
		for i := range full.Exits {
			full.Exits[i] = protocol.Exit{Owner: owner, Token: most, Amount: amount}
		}
		for i := range full.Transfers {
			full.Transfers[i] = protocol.PublishedTransfer{From: most, To: most, Amount: most, Fee: 255}
		}
		odd := *full
		odd.Transfers = odd.Transfers[:len(odd.Transfers)-1]
		for _, p := range []*protocol.Published{{}, full, &odd} {
			checkBinding(t, r, circuit, p, func(d fr.Element, data []byte) (fr.Element, fr.Element, error) {
				return r.Binding(t.Context(), circuit, data, d)
			})
		}
	}
}

// failer is what *testing.T and *rapid.T have in common here.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// checkBinding compares protocol's statement with the contract's.
func checkBinding(t failer, r *rollupTest, circuit int, p *protocol.Published,
	binding func(d fr.Element, data []byte) (z, y fr.Element, err error)) {
	t.Helper()
	st, err := p.Statement(testShapes[circuit], r.verifier)
	if err != nil {
		t.Fatal(err)
	}
	z, y, err := binding(st.D, p.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if z != st.Z {
		t.Fatalf("z is %s, want %s", &z, &st.Z)
	}
	if y != st.Y {
		t.Fatalf("y is %s, want %s", &y, &st.Y)
	}
}
