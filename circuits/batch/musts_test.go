package batch_test

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/protocol"
)

// TestForgeries: witnesses that no batch has, one for each thing that the
// constraints must rule out. Each starts from the example batch, or from what
// batch makes of it, which is satisfiable without the forgery.
func TestForgeries(t *testing.T) {
	openingAlone := func(_ *world, b *protocol.Batch) { b.Transfers = nil }
	for _, tc := range []struct {
		name  string
		batch func(*world, *protocol.Batch) // the honest batch; the example if nil
		forge func(*prover)
		most  int
	}{
		// Memory.
		{name: "stale read: a write is consumed twice", forge: func(p *prover) {
			// Alice spends her first balance again: her second transfer reads
			// what her first one read.
			p.memory = func(c *batch.Circuit) {
				first, again := &c.Transfers[0].Debit, &c.Transfers[2].Debit
				back := batch.TimeOfTransfer(p.shape, 2) - batch.TimeOfTransfer(p.shape, 0)
				again.Age, again.Nonce, again.Balance = add(first.Age, back), first.Nonce, first.Balance
				row := rowOf(c, alice)
				row.NewNonce = add(first.Nonce, 1)
			}
			p.resign = true
		}},
		{name: "unconsumed write: the final value is an earlier one", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) {
				row := rowOf(c, alice)
				row.NewNonce, row.NewBalance, row.Last = row.OldNonce, row.OldBalance, 0
			}
		}},
		{name: "final balance is another", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { row := rowOf(c, alice); row.NewBalance = add(row.NewBalance, 1) }
		}},
		{name: "read of a future write", forge: func(p *prover) {
			// The deposit's account reads what its withdrawal writes.
			p.memory = func(c *batch.Circuit) {
				d := &c.LayerOne[0]
				d.Age = sub(batch.TimeOfLayerOne(p.shape, 0)-1, batch.TimeOfTransfer(p.shape, 1))
			}
		}},
		{name: "circular reads: money from nothing", forge: func(p *prover) {
			// Alice's two debits read each other, and the row its own first value:
			// the multiset balances, only time runs backwards.
			p.memory = func(c *batch.Circuit) {
				row, t0, t2 := rowOf(c, alice), &c.Transfers[0], &c.Transfers[2]
				row.NewNonce, row.NewBalance, row.Last = row.OldNonce, row.OldBalance, 0
				// t2's credit, the last write, is what t0 reads.
				last := batch.TimeOfTransfer(p.shape, 2) + 1
				t0.Debit.Age = sub(batch.TimeOfTransfer(p.shape, 0)-1, last)
				t0.Debit.Nonce, t0.Debit.Balance = 7, add(row.OldBalance, 0)
				t2.Debit.Nonce = 8
			}
			p.resign = true
		}},
		{name: "two accounts swap final balances by times that are no integers", batch: func(w *world, b *protocol.Batch) {
			b.Transfers[2] = w.transfer(carol, dave, 7, 0, 2)
		}, forge: func(p *prover) {
			// Were (index + 2^32·time) one column, these times would do.
			p.memory = func(c *batch.Circuit) {
				a, b := rowOf(c, alice), rowOf(c, carol)
				var inverse, shift fr.Element
				inverse.SetBigInt(pow2(32))
				inverse.Inverse(&inverse)
				shift = sub(a.Index, b.Index)
				shift.Mul(&shift, &inverse)
				a.NewBalance, b.NewBalance = b.NewBalance, a.NewBalance
				a.NewNonce, b.NewNonce = b.NewNonce, a.NewNonce
				a.Last, b.Last = sub(b.Last, shift), add(a.Last, shift)
			}
		}},
		{name: "two accounts swap final balances", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) {
				a, b := rowOf(c, alice), rowOf(c, opened)
				a.NewBalance, b.NewBalance = b.NewBalance, a.NewBalance
				a.NewNonce, b.NewNonce, a.Last, b.Last = b.NewNonce, a.NewNonce, b.Last, a.Last
			}
		}},
		// Accounts.
		{name: "duplicated account row", forge: func(p *prover) {
			// The second row gives Alice her first balance once more.
			p.rows = func(c *batch.Circuit) { *freeRow(c) = *rowOf(c, alice) }
			p.memory = func(c *batch.Circuit) {
				for j := range c.Accounts {
					if row := &c.Accounts[j]; active(row) && same(row.Index, uint32(alice)) && isZero(row.Lookups) {
						row.NewNonce, row.NewBalance, row.Last = row.OldNonce, row.OldBalance, 0
					}
				}
			}
		}},
		{name: "a new row has a first balance", forge: func(p *prover) {
			p.rows = func(c *batch.Circuit) { rowOf(c, credited).OldBalance = 100 }
		}},
		{name: "a new row has a first nonce", forge: func(p *prover) {
			p.rows = func(c *batch.Circuit) { rowOf(c, credited).OldNonce = 1 }
			p.resign = true
		}},
		{name: "nonce and balance of a new row cancel", forge: func(p *prover) {
			p.rows = func(c *batch.Circuit) {
				row := rowOf(c, credited)
				row.OldBalance = 100
				row.OldNonce = sub(0, shl(100, 40))
			}
			p.resign = true
		}, most: 4},
		{name: "an absent row ends with a balance", batch: forcedExitOf(nobody), forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { rowOf(c, nobody).NewBalance = 100 }
		}},
		{name: "an absent row begins with a balance", batch: forcedExitOf(nobody), forge: func(p *prover) {
			p.rows = func(c *batch.Circuit) {
				row := rowOf(c, nobody)
				row.Owner, row.OldBalance = ownerNumber(owner(nobody)), 100
				c.LayerOne[1].Owner = row.Owner
			}
		}},
		{name: "an existing account passes for new", batch: func(w *world, b *protocol.Batch) {
			b.Openings[0] = protocol.Opening{Index: opened, Key: w.key(99), Owner: owner(bob), Token: 3}
			b.Transfers = nil
		}, forge: func(p *prover) {
			// The operator opens Carol's account over with a key of its own.
			p.slots = func(c *batch.Circuit) { c.Openings[0].Index = uint32(carol) }
			p.rows = func(c *batch.Circuit) {
				row := rowOf(c, carol)
				row.Existing, row.New, row.OldNonce, row.OldBalance = 0, 1, 0, 0
				row.Fixed, row.Token = c.Openings[0].Fixed, c.Openings[0].Token
			}
		}},
		{name: "a row of two kinds", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { rowOf(c, alice).Absent = 1 }
		}, most: 8},
		{name: "kinds that are no bits", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { row := rowOf(c, alice); row.Existing, row.New = 2, sub(0, 1) }
		}, most: 8},
		{name: "an inactive row lends a key", forge: func(p *prover) {
			// Transfer 0 looks Alice's key up in a padding row with another.
			p.memory = func(c *batch.Circuit) {
				row, forged := rowOf(c, alice), freeRow(c)
				row.Lookups = sub(row.Lookups, 1)
				forged.Index, forged.Owner, forged.Token, forged.Lookups = row.Index, row.Owner, row.Token, 1
				forged.Key = gpoint(p.key(99))
				c.Transfers[0].Key = forged.Key
			}
			p.resign = true
		}},
		{name: "look-ups that no row counts", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { row := rowOf(c, alice); row.Lookups = sub(row.Lookups, 1) }
		}},
		{name: "another's key signs", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.Transfers[0].Key = gpoint(p.key(99)) }
			p.resign = true
		}},
		{name: "another account's key signs", forge: func(p *prover) {
			// Bob signs for Alice; his row is the one that counts the look-up.
			p.memory = func(c *batch.Circuit) {
				from, bobs := rowOf(c, alice), rowOf(c, bob)
				c.Transfers[0].Fixed = bobs.Fixed
				from.Lookups, bobs.Lookups = sub(from.Lookups, 1), add(bobs.Lookups, 1)
			}
			p.resign = true
		}},
		{name: "token and nonce share a leaf", batch: forcedExitOf(carol), forge: func(p *prover) {
			// (token + 1, nonce − 2^40) packs to the same leaf: 500 of another token leave.
			p.rows = func(c *batch.Circuit) {
				row := rowOf(c, carol)
				row.Token, row.OldNonce = add(row.Token, 1), sub(row.OldNonce, pow2(40))
				c.LayerOne[1].Token = row.Token
			}
		}, most: 4},
		{name: "an exhausted nonce turns into a token", batch: openingAlone, forge: func(p *prover) {
			// (token, 2^40 − 1) packs as (token + 1, −1) does: after one transfer the
			// balance is in another token, with nonce 0.
			p.slots = func(c *batch.Circuit) {
				t := &c.Transfers[0]
				t.Active, t.From, t.To = 1, uint32(spent), uint32(spent)
			}
			p.rows = func(c *batch.Circuit) {
				row := rowOf(c, spent)
				row.Token, row.OldNonce = add(row.Token, 1), sub(row.OldNonce, pow2(protocol.NonceBits))
				c.Transfers[0].Token = row.Token
			}
			p.resign = true
		}},
		{name: "owner and token share a leaf", batch: forcedExitOf(carol), forge: func(p *prover) {
			// Whoever has the next address takes Carol's balance.
			p.slots = func(c *batch.Circuit) { c.LayerOne[1].Sender = add(c.LayerOne[1].Sender, 1) }
			p.rows = func(c *batch.Circuit) {
				row := rowOf(c, carol)
				row.Owner, row.Token = add(row.Owner, 1), sub(row.Token, pow2(32))
				c.LayerOne[1].Owner, c.LayerOne[1].Token = row.Owner, row.Token
			}
		}, most: 6},
		// Nodes.
		{name: "stale root", forge: func(p *prover) {
			p.nodes = func(c *batch.Circuit) { c.OldRoot = protocol.EmptyHashes()[0] }
		}},
		{name: "another new root", forge: func(p *prover) {
			p.nodes = func(c *batch.Circuit) { c.NewRoot = add(c.NewRoot, 1) }
		}},
		{name: "old leaf is another", forge: func(p *prover) {
			p.rows = func(c *batch.Circuit) { rowOf(c, alice).OldBalance = 1_000_000 }
			p.nodes = func(c *batch.Circuit) { c.OldRoot = p.tree.Root() }
		}},
		{name: "duplicated node row", forge: func(p *prover) {
			p.nodes = func(c *batch.Circuit) { c.Nodes[freeNode(c)] = c.Nodes[nodeOf(c, 15, uint64(alice)/4)] }
		}},
		{name: "duplicated root row", forge: func(p *prover) {
			p.nodes = func(c *batch.Circuit) { c.Nodes[freeNode(c)] = c.Nodes[nodeOf(c, 0, 0)] }
		}},
		{name: "detached node row", forge: func(p *prover) {
			// A row that consumes nothing and hangs from nothing.
			p.nodes = func(c *batch.Circuit) { row := &c.Nodes[freeNode(c)]; row.Active, row.Level, row.Position = 1, 15, 77 }
		}},
		{name: "missing node row", forge: func(p *prover) {
			p.nodes = func(c *batch.Circuit) {
				row := &c.Nodes[nodeOf(c, 15, uint64(alice)/4)]
				row.Active = 0
				for j := range row.Flags {
					row.Flags[j] = 0
				}
			}
		}},
		{name: "inactive node row with a flag", forge: func(p *prover) {
			// It eats the leaf's record, and the tree above keeps the old one.
			p.nodes = func(c *batch.Circuit) { c.Nodes[nodeOf(c, 15, uint64(alice)/4)].Active = 0 }
		}, most: 3},
		{name: "a flag that is no bit", forge: func(p *prover) {
			p.nodes = func(c *batch.Circuit) { c.Nodes[nodeOf(c, 0, 0)].Flags[0] = 2 }
		}, most: 4},
		{name: "a node row that counts twice", forge: func(p *prover) {
			p.nodes = func(c *batch.Circuit) { c.Nodes[nodeOf(c, 1, 0)].Active = 2 }
		}, most: 3},
		{name: "unflagged child changes", forge: func(p *prover) {
			// The bit that says that Alice's leaf changes is taken away; the new hash stays.
			p.nodes = func(c *batch.Circuit) { c.Nodes[nodeOf(c, 15, uint64(alice)/4)].Flags[alice%4] = 0 }
		}},
		// Slots: what is published and what is not.
		{name: "unpublished opening", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { p.publish(func(v []fr.Element) { clear(v[3:6]) }) }
		}},
		{name: "unpublished opening, not counted either", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) {
				p.publish(func(v []fr.Element) { clear(v[3:6]); v[2] = sub(v[2], pow2(160)) })
			}
		}},
		{name: "opening by no slot", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) {
				o := &c.Openings[0]
				o.Active, o.Index, o.Token, o.Owner, o.Age = 0, 0, 0, 0, 0
				row := rowOf(c, opened)
				row.Lookups = sub(row.Lookups, 1)
			}
		}},
		{name: "unpublished transfer", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) {
				p.publish(func(v []fr.Element) { v[p.shape.Layout().Transfers+1] = fr.Element{} })
			}
		}},
		{name: "unpublished exit", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { p.publish(func(v []fr.Element) { clear(v[p.shape.Layout().Exits:][:2]) }) }
		}},
		{name: "another challenge", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { c.Z = add(c.Z, 1) }
		}},
		{name: "another value at the challenge", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { c.Y = add(c.Y, 1) }
		}},
		{name: "another digest", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { c.D = add(c.D, 1) }
		}},
		{name: "active slots with a gap", batch: openingAlone, forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.Openings[0], c.Openings[1] = c.Openings[1], c.Openings[0] }
		}},
		{name: "active is no bit", batch: openingAlone, forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { c.Openings[1].Active = 2; p.rebind() }
		}, most: 6},
		{name: "padding slot pays a fee", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { p.mintFee(&c.Transfers[3]) }
		}},
		// A padding slot publishes 0; were one of its parts not within its width,
		// that part could cancel the others.
		{name: "padding slot pays a fee, hidden by its sender", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { t := &c.Transfers[3]; t.From = hides(1<<5, 72); p.mintFee(t) }
		}},
		{name: "padding slot pays a fee, hidden by its receiver", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { t := &c.Transfers[3]; t.To = hides(1<<5, 40); p.mintFee(t) }
		}},
		{name: "padding slot pays a fee, hidden by its amount", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) {
				t := &c.Transfers[3]
				t.Mantissa = hides(1<<5, 13)
				t.Credit.Balance = sub(0, decode(t.Mantissa, t.Exponent)) // nobody is credited, so nothing ties it
				p.mintFee(t)
			}
		}},
		{name: "mantissa spills over into the receiver", batch: func(w *world, b *protocol.Batch) {
			b.Transfers[2] = w.transfer(rich, alice, 7, 0, 0)
		}, forge: func(p *prover) {
			// Alice receives 2^27 + 7, and the index after hers is published.
			p.slots = func(c *batch.Circuit) { c.Transfers[2].Mantissa = above(7, protocol.AmountMantissaBits) }
			p.resign = true
		}},
		{name: "padding slot withdraws", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) {
				t := &c.Transfers[3]
				t.Withdrawn, t.Debit.Balance = 5, 5
				c.Exits[2] = batch.ExitRow{Active: 1, Owner: 0, Token: 0, Amount: 5}
			}
		}, most: 3},
		{name: "padding slot debits", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.Transfers[3].From = uint32(carol) }
		}},
		{name: "padding slot credits", forge: func(p *prover) {
			// Its record has multiplicity 0, whatever it says.
			p.memory = func(c *batch.Circuit) {
				row := rowOf(c, opened)
				c.Transfers[3].Mantissa, c.Transfers[3].To = 1, uint32(opened)
				c.Transfers[3].Debit.Balance = 1
				row.NewBalance = add(row.NewBalance, 1)
			}
		}},
		{name: "padding layer-1 slot deposits", batch: func(_ *world, b *protocol.Batch) { b.ForcedExits = nil }, forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.LayerOne[1].Amount = 5 }
		}},
		{name: "forced exit with an amount", forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.LayerOne[1].Amount = 5 }
			p.memory = func(c *batch.Circuit) { row := rowOf(c, bob); row.NewBalance = 5 }
		}},
		// Layer-1 operations.
		{name: "forced exit before a deposit", forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.LayerOne[0], c.LayerOne[1] = c.LayerOne[1], c.LayerOne[0] }
		}},
		{name: "forced exit of an account opened later in the batch", batch: forcedExitOf(credited), forge: func(p *prover) {
			// The account is open by then and pays; the prover has the exit come
			// before the deposit, where it pays nothing.
			p.memory = func(c *batch.Circuit) {
				d, f := &c.LayerOne[0], &c.LayerOne[1]
				f.Exists, f.Balance, f.Age = 0, 0, batch.TimeOfLayerOne(p.shape, 1)-1
				d.Age = sub(batch.TimeOfLayerOne(p.shape, 0)-1, batch.TimeOfLayerOne(p.shape, 1))
				row := rowOf(c, credited)
				row.NewBalance, row.Last = 300, batch.TimeOfLayerOne(p.shape, 0)
				c.Exits[0] = batch.ExitRow{Active: 0, Owner: 0, Token: 0, Amount: 0}
			}
		}},
		{name: "forced exit does nothing to an account that owes it", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) {
				row := rowOf(c, bob)
				row.NewBalance = row.OldBalance
				c.Exits[0] = c.Exits[1]
				c.Exits[1] = batch.ExitRow{Active: 0, Owner: 0, Token: 0, Amount: 0}
			}
		}, most: 3},
		{name: "forced exit by another", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { c.LayerOne[1].Sender = ownerNumber(owner(alice)); p.rebind() }
		}, most: 3},
		{name: "forced exit names another owner", batch: forcedExitOf(carol), forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.LayerOne[1].Sender = ownerNumber(owner(alice)) }
			p.rows = func(c *batch.Circuit) { c.LayerOne[1].Owner = ownerNumber(owner(alice)) }
		}},
		{name: "deposit publishes another owner", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { c.LayerOne[0].Sender = ownerNumber(owner(alice)); p.rebind() }
		}},
		// Exits.
		{name: "exit without an operation", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) {
				c.Exits[2] = batch.ExitRow{Active: 1, Owner: ownerNumber(owner(alice)), Token: 3, Amount: 9}
			}
		}},
		{name: "operation without an exit", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.Exits[1] = batch.ExitRow{Active: 0, Owner: 0, Token: 0, Amount: 0} }
		}},
		{name: "exits in the wrong order", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.Exits[0], c.Exits[1] = c.Exits[1], c.Exits[0] }
		}},
		{name: "exit of another amount", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.Exits[1].Amount = 300 }
		}},
		{name: "exit to another owner", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.Exits[1].Owner = ownerNumber(owner(alice)) }
		}},
		{name: "exit of another token", forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.Exits[1].Token = 4 }
		}},
		{name: "exit of nothing", batch: forcedExitOf(nobody), forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) {
				c.Exits[0] = batch.ExitRow{Active: 1, Owner: 0, Token: 0, Amount: 0}
			}
		}},
		// Transfers.
		{name: "withdrawal with a published amount", forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.Transfers[1].Mantissa = 0; c.Transfers[1].Exponent = 1 }
			p.resign = true
		}},
		{name: "transfer that also withdraws", forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.Transfers[0].Withdrawn = 5 }
			p.resign = true
		}},
		{name: "fee without a payment", forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.Transfers[0].FeeMantissa[0] = 2 }
			p.resign = true
		}, most: 4},
		{name: "fee counted by another row", batch: func(w *world, b *protocol.Batch) {
			b.FeeAccounts = append(b.FeeAccounts, protocol.FeeAccount{Token: 4, Index: carol})
		}, forge: func(p *prover) {
			p.memory = func(c *batch.Circuit) { c.Fees[0].Uses, c.Fees[1].Uses = sub(c.Fees[0].Uses, 1), 1 }
		}},
		{name: "fee goes to another account of the token", forge: func(p *prover) {
			p.rows = func(c *batch.Circuit) { c.Transfers[0].FeeIndex = uint32(bob) }
			p.memory = func(c *batch.Circuit) { c.Fees[0].Uses = add(c.Fees[0].Uses, 1) }
		}},
		{name: "fee goes to the account of another token's entry", batch: func(w *world, b *protocol.Batch) {
			// The entry is for token 5, its account holds token 4, as the transfer's
			// sender does. Without a fee nobody looks at the entry.
			b.FeeAccounts = append(b.FeeAccounts, protocol.FeeAccount{Token: 5, Index: carol})
			b.Transfers[2] = w.transfer(dave, carol, 7, 0, 0)
		}, forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { setFee(&c.Transfers[2], 1, 0); c.Transfers[2].FeeIndex = uint32(carol) }
			p.memory = func(c *batch.Circuit) { c.Fees[1].Uses = 1 }
			p.resign = true
		}},
		{name: "inactive fee row collects", forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) {
				c.Transfers[0].FeeIndex = uint32(bob)
			}
			p.rows = func(c *batch.Circuit) {
				c.Transfers[0].FeeIndex = uint32(bob)
				c.Fees[1].Token, c.Fees[1].Index, c.Fees[1].Uses = 3, uint32(bob), 1
			}
		}},
		{name: "exponent beyond the table", forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.Transfers[2].Exponent = 32 }
			p.resign = true
		}},
		// The aggregate.
		{name: "another aggregate", forge: func(p *prover) {
			p.bound = func(c *batch.Circuit) { c.S = add(c.S, 1) }
		}},
		{name: "number out of width", forge: func(p *prover) {
			p.slots = func(c *batch.Circuit) { c.Number = pow2(protocol.BatchBits) }
			p.resign = true
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w, b := example()
			if tc.batch != nil {
				tc.batch(w, b)
			}
			if _, err := protocol.AuthorizeAndApply(w.state.Clone(), b); err != nil {
				t.Fatalf("the honest batch: %v", err)
			}
			p := newProver(t, w)
			if honest := solve(t, p.prove(b)); !honest.Satisfied() {
				t.Fatalf("the honest batch: %v", honest)
			}
			tc.forge(p)
			refuse(t, p.prove(b), tc.most)
		})
	}
}

// forcedExitOf makes the example's forced exit one of another account, by its
// owner, and drops the transfers.
func forcedExitOf(i protocol.Index) func(*world, *protocol.Batch) {
	return func(_ *world, b *protocol.Batch) {
		b.ForcedExits[0] = protocol.ForcedExit{Index: i, Sender: owner(i)}
		b.Transfers = nil
	}
}

// publish binds to another vector than that of the slots.
func (p *prover) publish(edit func(v []fr.Element)) {
	v := p.vector()
	edit(v)
	p.bindTo(v)
}

func (p *prover) rebind() { p.bindTo(p.vector()) }
