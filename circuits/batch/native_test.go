package batch_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// histories is how many random histories TestNativeIsCircuit tries, each of
// batchesPerHistory batches.
var histories = flag.Int("histories", defaultHistories, "random histories to compare protocol and circuit on, of 6 batches each")

const batchesPerHistory = 6

// universe is the accounts that random batches name: few enough that every
// batch over them fits shape "tiny", near and far, the first and the last.
var universe = []protocol.Index{1, 2, 3, 6, 17, 64, 1_000_000, 1<<32 - 1}

// TestNativeIsCircuit: protocol.AuthorizeAndApply accepts a batch exactly when
// the circuit does. Batches follow one another on one state. Package witness
// and this package's prover make one and the same statement of an accepted
// batch.
func TestNativeIsCircuit(t *testing.T) {
	t.Parallel()
	const shards = 2
	for shard := range shards {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			var accepted, rejected int
			reasons := make(map[string]int)
			for history := shard; history < *histories; history += shards {
				g := newGenerator(uint64(history))
				for range batchesPerHistory {
					b := g.batch()
					if ok, why := agree(t, g.world, b); ok {
						accepted++
					} else {
						rejected++
						reasons[why]++
					}
					if t.Failed() {
						t.Fatalf("history %d, batch %+v", history, b)
					}
				}
			}
			t.Logf("%d accepted, %d rejected: %v", accepted, rejected, reasons)
			if accepted < *histories || rejected < *histories/3 || len(reasons) < 8 {
				t.Error("the generator has become one-sided")
			}
		})
	}
}

// agree compares what protocol and circuit say of a batch, and applies it if it
// is accepted.
func agree(t *testing.T, w *world, b *protocol.Batch) (accepted bool, why string) {
	t.Helper()
	p := newProver(t, w)
	c := p.prove(b)
	report := solve(t, c)
	var built *witness.Built
	sealed, err := witness.Seal(p.tree, p.shape, b)
	if err == nil {
		built, err = witness.Build(sealed, [20]byte{})
	}
	if _, applied := protocol.AuthorizeAndApply(w.state, b); applied != nil {
		var rejection protocol.Rejection
		switch {
		case !errors.As(applied, &rejection):
			t.Errorf("protocol: %v", applied)
		case report.Satisfied():
			t.Errorf("the circuit accepts what protocol rejects: %v", applied)
		case !errors.Is(err, rejection):
			t.Errorf("witness says %v, protocol %v", err, applied)
		}
		return false, string(rejection)
	}
	switch {
	case !report.Satisfied():
		t.Errorf("the circuit rejects what protocol accepts: %v", report)
	case err != nil:
		t.Errorf("witness: %v", err)
	case built.NewRoot != newTree(w.state).Root():
		t.Error("the new root is not the new state's")
	case built.Statement.D != el(c.D) || built.NewRoot != el(c.NewRoot) || el(built.Assignment.S) != el(c.S):
		t.Error("witness and this package's prover disagree")
	case !solve(t, built.Assignment).Satisfied():
		t.Error("the circuit rejects witness's assignment")
	}
	return true, ""
}

// generator makes random worlds and batches: mostly valid, with a fault now and
// then, and corner values everywhere. Nothing caps the supply of a token, so
// that balances reach 2^128 now and then.
type generator struct {
	*world
	rng    *rand.Rand
	number uint32
}

var tokens = []protocol.Token{0, 3, 1<<32 - 1}

func newGenerator(seed uint64) *generator {
	g := &generator{world: newWorld(), rng: rand.New(rand.NewPCG(seed, 0)), number: 1}
	if g.one(4) {
		g.number = 1<<32 - 1 - uint32(g.rng.IntN(8)) // runs into the end of batch numbers
	}
	for _, i := range universe {
		if g.one(4) {
			continue // absent
		}
		a := protocol.Account{Key: g.keyOf(i), Owner: g.ownerOf(i), Token: tokens[g.rng.IntN(2)], Nonce: g.nonce(), Balance: g.amount()}
		if g.one(20) {
			a.Key = protocol.PublicKey{X: fr.NewElement(1), Y: fr.NewElement(1)}
		}
		if err := g.state.SetAccount(i, a); err != nil {
			panic(err)
		}
	}
	return g
}

// one is true with probability 1/n.
func (g *generator) one(n int) bool { return g.rng.IntN(n) == 0 }

func (g *generator) index() protocol.Index {
	if g.one(60) {
		return 0
	}
	return universe[g.rng.IntN(len(universe))]
}

func (g *generator) keyOf(i protocol.Index) protocol.PublicKey { return g.key(2 + int64(i)%5) }

func (g *generator) ownerOf(i protocol.Index) protocol.Owner {
	if i == 6 {
		return protocol.Owner{0: 0xff, 19: 0xff}
	}
	return owner(i % 4)
}

func (g *generator) nonce() uint64 {
	return []uint64{0, 1, 77, protocol.MaxNonce - 1, protocol.MaxNonce}[g.rng.IntN(5)]
}

// amount is small, 0, anything, half of what an account can hold, or so much
// that there is hardly room for more.
func (g *generator) amount() protocol.Amount {
	x := uint256.NewInt(g.rng.Uint64N(2000))
	switch g.rng.IntN(8) {
	case 0:
		x.Clear()
	case 1:
		x.Lsh(x, uint(g.rng.IntN(protocol.BalanceBits-10)))
	case 2:
		x.SetOne().Lsh(x, protocol.BalanceBits-1)
	case 3:
		full := maxAmount()
		x.Sub(&full, x)
	}
	return *x
}

// batch makes the next batch.
func (g *generator) batch() *protocol.Batch {
	b := &protocol.Batch{RollupID: g.rollupID, Number: g.number}
	g.number++
	for _, token := range tokens {
		if g.one(3) && len(b.FeeAccounts) < 2 {
			b.FeeAccounts = append(b.FeeAccounts, protocol.FeeAccount{Token: token, Index: g.index()})
		}
	}
	if g.one(50) && len(b.FeeAccounts) == 2 {
		b.FeeAccounts[1].Token = b.FeeAccounts[0].Token
	}
	// What the batch does so far, so that what follows is mostly valid.
	st := protocol.NewOverlay(g.state)
	overflowed := false // a balance reached 2^128, which st does not show
	for range g.rng.IntN(3) {
		o := g.opening()
		if protocol.ApplyOpening(st, &o) == nil || g.one(12) {
			b.Openings = append(b.Openings, o)
		}
	}
	for range g.rng.IntN(3) {
		if g.one(2) {
			f := protocol.ForcedExit{Index: g.index(), Sender: g.ownerOf(g.index())}
			b.ForcedExits = append(b.ForcedExits, f)
			continue
		}
		d := g.deposit(st)
		err := protocol.ApplyDeposit(st, &d)
		overflow := errors.Is(err, protocol.ErrBalanceOverflow)
		if err == nil || g.one(12) || overflow && g.one(4) {
			b.Deposits = append(b.Deposits, d)
			overflowed = overflowed || overflow
		}
	}
	for i := range b.ForcedExits {
		_, _ = protocol.ApplyForcedExit(st, &b.ForcedExits[i]) // a fault is part of the batch
	}
	for range 12 {
		if len(b.Transfers) == 4 || g.one(8) {
			break
		}
		t := g.transfer(st, b)
		if overflowed && g.one(2) {
			t, overflowed = g.drain(st, b), false
		}
		err := protocol.Authorize(st, b.RollupID, b.Number, &t)
		if err == nil {
			_, err = protocol.ApplyTransfer(st, b.FeeAccounts, &t.Transfer)
		}
		overflow := errors.Is(err, protocol.ErrBalanceOverflow)
		if err == nil || g.one(15) || overflow && g.one(4) {
			b.Transfers = append(b.Transfers, t)
			overflowed = overflowed || overflow
		}
	}
	return b
}

// drain withdraws all that the fullest account has. If that account overflowed
// earlier in the batch, it ends below 2^128.
func (g *generator) drain(st protocol.State, b *protocol.Batch) protocol.SignedTransfer {
	tr := protocol.Transfer{ValidUntil: b.Number}
	var fullest protocol.Account
	for _, i := range universe {
		if a, exists, _ := st.Account(i); exists && !a.Balance.Lt(&fullest.Balance) {
			tr.From, fullest = i, a
		}
	}
	tr.Amount, tr.Nonce = fullest.Balance, fullest.Nonce
	key := fullest.Key
	if g.secrets[key] == nil {
		key = g.key(51)
	}
	return g.sign(key, tr)
}

func (g *generator) opening() protocol.Opening {
	i := g.index()
	return protocol.Opening{Index: i, Key: g.keyOf(i), Owner: g.ownerOf(i), Token: tokens[g.rng.IntN(3)]}
}

func (g *generator) deposit(st protocol.State) protocol.CreditedDeposit {
	i := g.index()
	a, exists, _ := st.Account(i)
	if !exists {
		a = protocol.Account{Key: g.keyOf(i), Owner: g.ownerOf(i), Token: tokens[g.rng.IntN(3)]}
	}
	d := protocol.CreditedDeposit{
		Deposit: protocol.Deposit{Key: a.Key, Owner: a.Owner, Token: a.Token, Amount: g.amount()},
		Index:   i, Opened: !exists,
	}
	switch g.rng.IntN(40) {
	case 0:
		d.Opened = !d.Opened
	case 1:
		d.Owner[3]++
	case 2:
		d.Key = g.key(50)
	case 3:
		d.Token++
	}
	return d
}

func (g *generator) transfer(st protocol.State, b *protocol.Batch) protocol.SignedTransfer {
	tr := protocol.Transfer{From: g.index(), To: g.index(), ValidUntil: b.Number}
	if g.one(4) {
		tr.To = 0
	}
	from, _, _ := st.Account(tr.From)
	tr.Nonce = from.Nonce
	switch g.rng.IntN(5) {
	case 0: // everything
		tr.Amount = from.Balance
	case 1:
		tr.Amount.AddUint64(&from.Balance, 1)
	default:
		tr.Amount.SetUint64(g.rng.Uint64N(600))
	}
	if tr.To != 0 && !g.one(10) {
		below, _ := protocol.NearestAmounts(&tr.Amount)
		tr.Amount = below
	}
	if tr.Amount.BitLen() > protocol.BalanceBits {
		tr.Amount.Clear()
	}
	if g.one(2) {
		tr.Fee.SetUint64(uint64(g.rng.IntN(8)))
		if g.one(3) {
			tr.Fee.Mul(&tr.Fee, uint256.NewInt(100))
		}
	}
	switch g.rng.IntN(30) {
	case 0:
		tr.Nonce ^= 1
	case 1:
		tr.ValidUntil--
	case 2, 3, 4:
		tr.ValidUntil = 1<<32 - 1
	}
	key := from.Key
	if g.secrets[key] == nil || g.one(30) {
		key = g.key(51)
	}
	s := g.sign(key, tr)
	switch g.rng.IntN(60) {
	case 0:
		s.Signature.R = times(uint256.NewInt(5).ToBig())
	case 1:
		s.Amount.Clear()
	}
	return s
}

// TestBalanceLimit: protocol and circuit agree on the very number. A credit may
// fill an account to 2^128 − 1; one more is refused, wherever it comes from and
// though the account is below 2^128 again at the end of the batch.
func TestBalanceLimit(t *testing.T) {
	for name, credit := range map[string]func(*world, *protocol.Batch){
		"transfer": func(w *world, b *protocol.Batch) {
			b.Transfers = append(b.Transfers, w.transfer(alice, rich, 7, 0, 5))
		},
		"fee": func(w *world, b *protocol.Batch) {
			b.FeeAccounts[0].Index = rich
			b.Transfers = append(b.Transfers, w.transfer(alice, bob, 1, 7, 5))
		},
		"deposit": func(w *world, b *protocol.Batch) { b.Deposits[0] = w.deposit(rich, 3, 7, false) },
	} {
		t.Run(name, func(t *testing.T) {
			for room, fits := range map[uint64]bool{8: true, 7: true, 6: false} {
				w, b := example()
				a, _, _ := w.state.Account(rich)
				a.Balance.SubUint64(&a.Balance, room)
				if err := w.state.SetAccount(rich, a); err != nil {
					t.Fatal(err)
				}
				b.Transfers = nil
				credit(w, b)
				b.Transfers = append(b.Transfers, w.transfer(rich, alice, 9, 0, 0))
				if accepted, why := agree(t, w, b); accepted != fits {
					t.Errorf("7 more for an account with room for %d: accepted = %t (%s)", room, accepted, why)
				}
			}
		})
	}
}
