package exit_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/protocol"
)

// TestNativeIsCircuit: the circuit accepts a claim exactly when it is true of
// the state, over random states and corner values.
func TestNativeIsCircuit(t *testing.T) {
	const states, claims = 24, 8
	var accepted, refused int
	for seed := range uint64(states) {
		g := generator{rand.New(rand.NewPCG(seed, 0))}
		w := g.world()
		for range claims {
			claim, climb := g.claim(w), g.one(4)
			holds := isTrue(w, claim)
			p := newProver(w, claim.Index)
			p.claim, p.climb = claim, climb
			p.account = func(c *exit.Circuit) {
				c.Owner, c.Token = new(big.Int).SetBytes(claim.Owner[:]), uint32(claim.Token)
				c.Balance = claim.Balance.ToBig()
			}
			report := solve(t, p.prove())
			if report.Satisfied() != holds {
				t.Fatalf("seed %d, claim %+v of %+v: true is %t; %v", seed, claim, w.accounts[claim.Index], holds, report)
			}
			if holds {
				accepted++
			} else {
				refused++
			}
		}
	}
	t.Logf("%d accepted, %d refused", accepted, refused)
	if accepted < states*claims/4 || refused < states*claims/4 {
		t.Error("the generator has become one-sided")
	}
}

// isTrue says whether a claim is true of a state: an account exists at the index,
// as claimed, and the commitment is the state's.
func isTrue(w *world, e *protocol.Escape) bool {
	a, exists := w.accounts[e.Index]
	return exists && a.Owner == e.Owner && a.Token == e.Token && a.Balance == e.Balance && e.Commitment == w.commitment()
}

// generator makes random states and claims.
type generator struct{ *rand.Rand }

func (g generator) one(in int) bool { return g.IntN(in) == 0 }

// universe is the places of accounts: near and far, the first and the last.
var universe = []protocol.Index{1, 2, 3, 4, 17, 1 << 16, 1_000_000, 1<<31 - 1, 1 << 31, 1<<32 - 2, 1<<32 - 1}

func (g generator) world() *world {
	w := &world{accounts: make(map[protocol.Index]protocol.Account), rollupID: g.element(), number: g.Uint32()}
	if g.one(4) {
		w.number = []uint32{0, 1, 1<<32 - 1}[g.IntN(3)]
	}
	for _, i := range universe {
		if g.one(3) {
			continue // absent
		}
		// Nothing is asked of a key: it may be off the curve.
		a := protocol.Account{Key: protocol.PublicKey{X: g.element(), Y: g.element()}, Owner: g.owner(), Token: g.token(), Nonce: g.Uint64() & protocol.MaxNonce, Balance: g.balance()}
		if g.one(4) {
			a.Nonce = []uint64{0, protocol.MaxNonce}[g.IntN(2)]
		}
		w.accounts[i] = a
	}
	return w
}

// claim is about some account of the universe, there or not: true, or wrong in
// one thing.
func (g generator) claim(w *world) *protocol.Escape {
	i := universe[g.IntN(len(universe))]
	e := w.escape(i)
	switch g.IntN(14) {
	case 0:
		e.Owner[g.IntN(20)] ^= 1 << g.IntN(8)
	case 1:
		e.Owner = g.owner()
	case 2:
		e.Token ^= 1 << g.IntN(32)
	case 3:
		e.Balance.Xor(&e.Balance, new(uint256.Int).Lsh(uint256.NewInt(1), uint(g.IntN(128))))
	case 4:
		e.Balance = g.balance()
	case 5:
		e.Index = universe[g.IntN(len(universe))]
	case 6:
		e.Index = 0
	case 7:
		e.Commitment = g.element()
	}
	return e
}

// element is any field element, or one at the ends.
func (g generator) element() fr.Element {
	switch g.IntN(6) {
	case 0:
		return fr.Element{}
	case 1:
		return sub(0, 1)
	}
	var b [fr.Bytes + 16]byte
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	var e fr.Element
	e.SetBytes(b[:])
	return e
}

func (g generator) owner() (o protocol.Owner) {
	fill := func(int) byte { return byte(g.Uint32()) }
	switch g.IntN(4) {
	case 0:
		fill = func(int) byte { return 0 }
	case 1:
		fill = func(int) byte { return 0xff }
	}
	for i := range o {
		o[i] = fill(i)
	}
	return o
}

func (g generator) token() protocol.Token {
	return []protocol.Token{0, 3, 1<<32 - 1, protocol.Token(g.Uint32())}[g.IntN(4)]
}

func (g generator) balance() protocol.Amount {
	most := new(uint256.Int).Sub(new(uint256.Int).Lsh(uint256.NewInt(1), protocol.BalanceBits), uint256.NewInt(1))
	switch g.IntN(4) {
	case 0:
		return protocol.Amount{}
	case 1:
		return *most
	}
	return protocol.Amount{g.Uint64(), g.Uint64()}
}
