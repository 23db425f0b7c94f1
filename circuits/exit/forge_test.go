package exit_test

import (
	"testing"

	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/protocol"
)

// TestForgeries: assignments for claims that are not true of the state, or not
// of any state, one for each thing that the constraints must rule out. Each
// starts from alice's honest exit and follows the constraints, so that few of
// them are violated: those that rule it out.
func TestForgeries(t *testing.T) {
	// binding is the two constraints, for D and y, of a statement about another
	// vector than the assignment's.
	const one, binding = 1, 2
	claim := func(edit func(*protocol.Escape)) func(*prover) {
		return func(p *prover) {
			p.claim = p.escape(alice)
			edit(p.claim)
		}
	}
	// An account that is out of its widths, in a tree that has it so.
	account := func(edit func(*exit.Circuit)) func(*prover) {
		return func(p *prover) { p.account, p.climb = edit, true }
	}
	// Another reading of alice's leaf.
	reading := func(edit func(*exit.Circuit)) func(*prover) {
		return func(p *prover) { p.account = edit }
	}
	for _, tc := range []struct {
		name  string
		world func(*world)
		forge func(*prover)
		want  int // constraints violated
	}{
		// Widths. One recomposition from limbs fails for each part.
		{name: "owner + 2^160", forge: account(func(c *exit.Circuit) { c.Owner = add(c.Owner, pow2(160)) }), want: one},
		{name: "token + 2^32", forge: account(func(c *exit.Circuit) { c.Token = add(c.Token, pow2(32)) }), want: one},
		{name: "nonce + 2^40", forge: account(func(c *exit.Circuit) { c.Nonce = add(c.Nonce, pow2(40)) }), want: one},
		{name: "balance + 2^128", forge: account(func(c *exit.Circuit) { c.Balance = add(c.Balance, pow2(128)) }), want: one},
		{name: "balance -1", forge: account(func(c *exit.Circuit) { c.Balance = -1 }), want: one},
		// Other readings of alice's leaf, with the claim that each amounts to.
		{name: "another token: token + 1, nonce − 2^40", forge: both(reading(func(c *exit.Circuit) {
			c.Token, c.Nonce = add(c.Token, 1), sub(c.Nonce, pow2(40))
		}), claim(func(e *protocol.Escape) { e.Token++ })), want: one},
		{name: "another token: token − 1, nonce + 2^40", forge: both(reading(func(c *exit.Circuit) {
			c.Token, c.Nonce = sub(c.Token, 1), add(c.Nonce, pow2(40))
		}), claim(func(e *protocol.Escape) { e.Token-- })), want: one},
		{name: "another owner: owner + 1, nonce − 2^72", forge: both(reading(func(c *exit.Circuit) {
			c.Owner, c.Nonce = add(c.Owner, 1), sub(c.Nonce, pow2(72))
		}), claim(func(e *protocol.Escape) { e.Owner[19]++ })), want: one},
		{name: "another index: owner − 2^−64, nonce + 2^8", forge: both(reading(func(c *exit.Circuit) {
			c.Owner, c.Nonce = sub(c.Owner, part(1, 64)), add(c.Nonce, pow2(8))
		}), claim(func(e *protocol.Escape) { e.Index-- })), want: one},
		{name: "another index: token − 2^−32, nonce + 2^8", forge: both(reading(func(c *exit.Circuit) {
			c.Token, c.Nonce = sub(c.Token, part(1, 32)), add(c.Nonce, pow2(8))
		}), claim(func(e *protocol.Escape) { e.Index-- })), want: one},
		{name: "the same claim: owner + 1, token − 2^32", forge: both(reading(func(c *exit.Circuit) {
			c.Owner, c.Token = add(c.Owner, 1), sub(c.Token, pow2(32))
		}), claim(func(*protocol.Escape) {})), want: one},
		{name: "the same claim: owner − 2^−32, token + 1", forge: both(reading(func(c *exit.Circuit) {
			c.Owner, c.Token = sub(c.Owner, part(1, 32)), add(c.Token, 1)
		}), claim(func(*protocol.Escape) {})), want: one},
		{name: "the same leaf: owner − 1, token + 2^32 − 2^−40, nonce + 1", forge: reading(func(c *exit.Circuit) {
			c.Owner, c.Nonce = sub(c.Owner, 1), add(c.Nonce, 1)
			c.Token = sub(add(c.Token, pow2(32)), part(1, 40))
		}), want: one},

		// The index. Accounts that are alike in all four places make a digit's
		// choice a choice among equals: nothing but its own check holds it.
		{name: "index + 2^32: token + 1", world: alike(0), forge: both(digits(func(c *exit.Circuit) {
			c.Index[31] = add(c.Index[31], 2)
		}), claim(func(e *protocol.Escape) { e.Token++ })), want: one},
		{name: "index − 2^32: token − 1", world: alike(0), forge: both(digits(func(c *exit.Circuit) {
			c.Index[31] = sub(c.Index[31], 2)
		}), claim(func(e *protocol.Escape) { e.Token-- })), want: one},
		{name: "index + 2^64: owner + 1", world: alike(0), forge: both(digits(func(c *exit.Circuit) {
			c.Index[30] = add(c.Index[30], pow2(34))
		}), claim(func(e *protocol.Escape) { e.Owner[19]++ })), want: one},
		{name: "digit 4 at the leaf: another parent's child", world: alike(15), forge: both(digits(func(c *exit.Circuit) {
			c.Index[0], c.Index[1] = 0, 2
		}), claim(func(e *protocol.Escape) { e.Index += 3 })), want: one},
		{name: "digit 2 from the low bit", world: alike(15), forge: both(digits(func(c *exit.Circuit) {
			c.Index[0], c.Index[1] = 2, 0
		}), claim(func(e *protocol.Escape) { e.Index++ })), want: one},
		{name: "a digit that is any number", world: alike(7), forge: digits(func(c *exit.Circuit) {
			c.Index[16] = add(c.Owner, c.Balance)
		}), want: one},
		{name: "half a bit between two equal children", world: alike(15), forge: digits(func(c *exit.Circuit) {
			c.Index[0] = part(1, 1)
		}), want: one},
		{name: "a bit flipped at the leaf", forge: digits(func(c *exit.Circuit) { c.Index[0] = sub(1, c.Index[0]) }), want: one},
		{name: "a bit flipped at the root", forge: digits(func(c *exit.Circuit) { c.Index[31] = sub(1, c.Index[31]) }), want: one},

		// The path.
		{name: "another account's path", forge: func(p *prover) {
			other := newProver(p.world, carol).prove()
			p.path = func(c *exit.Circuit) { c.Index, c.Children = other.Index, other.Children }
		}, want: one},
		{name: "a sibling's place", forge: func(p *prover) {
			other := newProver(p.world, bob).prove()
			p.path = func(c *exit.Circuit) { c.Index = other.Index }
		}, want: one},
		{name: "another account's key", forge: reading(func(c *exit.Circuit) { c.KeyX, c.KeyY = 11, 21 }), want: one},
		{name: "key's coordinates swapped", forge: reading(func(c *exit.Circuit) { c.KeyX, c.KeyY = c.KeyY, c.KeyX }), want: one},
		{name: "owner changed", forge: reading(func(c *exit.Circuit) { c.Owner = add(c.Owner, 1) }), want: one},
		{name: "token changed", forge: reading(func(c *exit.Circuit) { c.Token = add(c.Token, 1) }), want: one},
		{name: "balance changed", forge: reading(func(c *exit.Circuit) { c.Balance = add(c.Balance, 1) }), want: one},
		{name: "balance changed, and the path to match, under the old commitment", forge: func(p *prover) {
			p.claim = p.escape(alice)
			p.claim.Balance.SetUint64(1001)
			account(func(c *exit.Circuit) { c.Balance = add(c.Balance, 1) })(p)
		}, want: binding},
		{name: "the path leads elsewhere half way up", forge: func(p *prover) {
			p.climb = true
			p.account = func(c *exit.Circuit) { c.Balance = add(c.Balance, 1) }
			p.climbed = func(c *exit.Circuit) {
				for level := range 8 {
					for j, h := range p.children(level, uint64(alice)>>(2*(protocol.TreeDepth-level))) {
						c.Children[level][j] = h
					}
				}
			}
		}, want: one},
		{name: "siblings swapped", forge: func(p *prover) {
			p.path = func(c *exit.Circuit) { swap(&c.Children[15][3], &c.Children[15][2]) }
		}, want: one},
		{name: "siblings swapped at the root, under the old commitment", forge: func(p *prover) {
			p.claim = p.escape(alice)
			p.path = func(c *exit.Circuit) { swap(&c.Children[0][0], &c.Children[0][3]) }
		}, want: binding},
		{name: "the account beside the path", forge: func(p *prover) {
			// A tree in which alice's leaf stands where her index does not lead.
			p.path = func(c *exit.Circuit) { swap(&c.Children[15][1], &c.Children[15][0]) }
			p.climbed = func(c *exit.Circuit) {
				for level := 14; level >= 0; level-- {
					c.Children[level][digit(alice, level)] = above(c, level+1)
				}
			}
		}, want: one},

		// Levels. The tree is read one level off, from an account that is a node,
		// and to a root that is not one.
		{name: "leaf of the level above", world: func(w *world) { w.accounts[alice|3] = w.accounts[carol] }, forge: func(p *prover) {
			parent := p.children(15, uint64(alice>>2))
			p.path = func(c *exit.Circuit) {
				for level := 15; level > 0; level-- {
					c.Children[level] = c.Children[level-1]
				}
				for i := range c.Index[2:] {
					c.Index[i] = c.Index[i+2]
				}
				c.Index[30], c.Index[31] = 0, 0
				c.Children[0] = [protocol.TreeArity]frontend.Variable{above(c, 1), 0, 0, 0}
				c.KeyX, c.KeyY, c.Balance = parent[0], parent[1], parent[3]
				c.Owner, c.Token, c.Nonce = part(parent[2], 72), 0, 0
			}
			p.claim = p.escape(alice)
			p.claim.Index >>= 2
		}, want: binding + 2}, // and the widths of owner and balance
		{name: "leaf of the level below", forge: func(p *prover) {
			// The leaf's words are its children: the first is the "leaf".
			p.account = func(c *exit.Circuit) { c.Owner = 99 }
			p.path = func(c *exit.Circuit) {
				words := [protocol.TreeArity]frontend.Variable{leaf(c), c.KeyY, c.Nonce, c.Balance}
				for level := range 15 {
					c.Children[level] = c.Children[level+1]
				}
				c.Children[15] = words
				for i := 31; i >= 2; i-- {
					c.Index[i] = c.Index[i-2]
				}
				c.Index[0], c.Index[1] = 0, 0
				for level := 14; level >= 0; level-- {
					d := 2*bit(c.Index[31-2*level]) + bit(c.Index[30-2*level])
					c.Children[level][d] = above(c, level+1)
				}
			}
			p.claim = p.escape(alice)
			p.claim.Owner = protocol.Owner{19: 99}
			p.claim.Index <<= 2
		}, want: binding},

		// The commitment.
		{name: "commitment of the state after", forge: claim(func(e *protocol.Escape) {
			w := example()
			w.number++
			e.Commitment = w.commitment()
		}), want: binding},
		{name: "commitment of another rollup", forge: claim(func(e *protocol.Escape) {
			w := example()
			w.rollupID.SetUint64(78)
			e.Commitment = w.commitment()
		}), want: binding},
		{name: "commitment of another state", forge: claim(func(e *protocol.Escape) {
			w := example()
			delete(w.accounts, carol)
			e.Commitment = w.commitment()
		}), want: binding},
		{name: "root for a commitment", forge: claim(func(e *protocol.Escape) { e.Commitment = example().hash(0, 0) }), want: binding},

		// The statement.
		{name: "claim of another owner", forge: claim(func(e *protocol.Escape) { e.Owner[19]++ }), want: binding},
		{name: "claim of another token", forge: claim(func(e *protocol.Escape) { e.Token++ }), want: binding},
		{name: "claim of another index", forge: claim(func(e *protocol.Escape) { e.Index++ }), want: binding},
		{name: "claim of a larger balance", forge: claim(func(e *protocol.Escape) { e.Balance.AddUint64(&e.Balance, 1) }), want: binding},
		{name: "larger balance under the honest digest", forge: func(p *prover) {
			p.bound = func(c *exit.Circuit) {
				v := vector(c)
				v[2] = add(v[2], 1)
				c.Y = protocol.Evaluate(v, el(c.Z))
			}
		}, want: one},
		{name: "digest of a larger balance, evaluation of the honest one", forge: func(p *prover) {
			p.bound = func(c *exit.Circuit) {
				v := vector(c)
				v[2] = add(v[2], 1)
				c.D = protocol.Chain(protocol.ExitID(), v)
			}
		}, want: one},
		{name: "digest under a batch shape's ID", forge: func(p *prover) {
			p.bound = func(c *exit.Circuit) { c.D = protocol.Chain(protocol.Shape{}.ID(), vector(c)) }
		}, want: one},
		{name: "digest of a longer vector", forge: func(p *prover) {
			p.bound = func(c *exit.Circuit) { c.D = protocol.Chain(protocol.ExitID(), append(vector(c), add(1))) }
		}, want: one},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := example()
			if tc.world != nil {
				tc.world(w)
			}
			if report := solve(t, newProver(w, alice).prove()); !report.Satisfied() {
				t.Fatalf("without the forgery: %v", report)
			}
			p := newProver(w, alice)
			tc.forge(p)
			report := solve(t, p.prove())
			switch n := len(report.Violations); {
			case n == 0:
				t.Error("the circuit accepts it")
			case n != tc.want:
				t.Errorf("want %d constraints violated: %v", tc.want, report)
			}
		})
	}
}

// both is two parts of one forgery.
func both(parts ...func(*prover)) func(*prover) {
	return func(p *prover) {
		for _, part := range parts {
			part(p)
		}
	}
}

// digits forges bits of the index that the path does not follow.
func digits(edit func(*exit.Circuit)) func(*prover) {
	return func(p *prover) { p.climbed = edit }
}

// alike has alice's account in all four places that her index can have by its
// digit at a level, with nothing else in the tree: there the four children are
// equal.
func alike(level int) func(*world) {
	return func(w *world) {
		a := w.accounts[alice]
		clear(w.accounts)
		shift := 2 * (protocol.TreeDepth - 1 - level)
		for d := range protocol.Index(protocol.TreeArity) {
			w.accounts[alice&^(3<<shift)|d<<shift] = a
		}
	}
}

func swap(a, b *frontend.Variable) { *a, *b = *b, *a }

func bit(v frontend.Variable) int { e := el(v); return int(e.Uint64()) }
