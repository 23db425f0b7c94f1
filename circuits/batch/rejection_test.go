package batch_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/protocol"
)

// few is how many constraints a forgery that breaks one rule may violate: a sum
// or a range check is one, the signatures' sum has two coordinates. More would
// mean that the forgery is clumsy and may fail for another reason than its own.
const few = 2

// TestRejections: batches that protocol rejects, proven past it. All are edits of
// the example batch, which is satisfiable: solve starts from it.
func TestRejections(t *testing.T) {
	half128 := *new(protocol.Amount).Lsh(new(protocol.Amount).SetOne(), 127)
	untried := reasons(t)
	for _, tc := range []struct {
		name   string
		edit   func(*world, *protocol.Batch)
		reason protocol.Rejection
		// signed says that the forger signs the slots as they are; else the
		// batch's own signatures are what it has.
		signed bool
		// hooks sets what the forger does beyond following the batch.
		hooks func(*prover)
		most  int // violations allowed; few if 0
	}{
		{name: "bad signature", reason: protocol.ErrBadSignature, edit: func(_ *world, b *protocol.Batch) { b.Transfers[0].Signature.S[31] ^= 1 }},
		{name: "signed by another", reason: protocol.ErrBadSignature, edit: func(w *world, b *protocol.Batch) {
			b.Transfers[0] = w.sign(w.key(int64(bob)), b.Transfers[0].Transfer)
		}},
		{name: "signed for another amount", reason: protocol.ErrBadSignature, edit: func(_ *world, b *protocol.Batch) { b.Transfers[0].Amount = amount(101) }},
		{name: "signed for another fee", reason: protocol.ErrBadSignature, edit: func(_ *world, b *protocol.Batch) { b.Transfers[0].Fee = amount(3) }},
		{name: "signed for another receiver", reason: protocol.ErrBadSignature, edit: func(_ *world, b *protocol.Batch) { b.Transfers[0].To = credited }},
		{name: "signed for another expiry", reason: protocol.ErrBadSignature, edit: func(_ *world, b *protocol.Batch) { b.Transfers[0].ValidUntil++ }},
		{name: "replay on another rollup", reason: protocol.ErrBadSignature, edit: func(_ *world, b *protocol.Batch) { b.RollupID.SetUint64(78) }},
		{name: "wrong nonce, too high", reason: protocol.ErrNonceMismatch, edit: func(w *world, b *protocol.Batch) { b.Transfers[2] = w.transfer(alice, alice, 7, 0, 7) }},
		{name: "wrong nonce, replayed", reason: protocol.ErrNonceMismatch, edit: func(_ *world, b *protocol.Batch) { b.Transfers[2] = b.Transfers[0] }},
		{
			name: "wrong nonce, read as signed", reason: protocol.ErrNonceMismatch,
			edit:  func(w *world, b *protocol.Batch) { b.Transfers[2] = w.transfer(alice, alice, 7, 0, 7) },
			hooks: func(p *prover) { p.memory = func(c *batch.Circuit) { c.Transfers[2].Debit.Nonce = 7 } },
		},
		{name: "nonce exhausted", reason: protocol.ErrNonceExhausted, edit: func(w *world, b *protocol.Batch) {
			b.Transfers[2] = w.transfer(spent, alice, 1, 0, protocol.MaxNonce)
		}},
		{name: "expired", reason: protocol.ErrExpired, edit: func(w *world, b *protocol.Batch) {
			tr := b.Transfers[0].Transfer
			tr.ValidUntil = b.Number - 1
			b.Transfers[0] = w.sign(w.key(int64(alice)), tr)
		}},
		{name: "overspend", reason: protocol.ErrInsufficientBalance, edit: func(w *world, b *protocol.Batch) { b.Transfers[0] = w.transfer(alice, opened, 1001, 0, 5) }, most: 4},
		{name: "overspend by the fee", reason: protocol.ErrInsufficientBalance, edit: func(w *world, b *protocol.Batch) { b.Transfers[0] = w.transfer(alice, opened, 999, 2, 5) }, most: 4},
		{name: "overspend by withdrawal", reason: protocol.ErrInsufficientBalance, edit: func(w *world, b *protocol.Batch) { b.Transfers[1] = w.transfer(credited, 0, 300, 1, 0) }, most: 4},
		{name: "self-transfer gains", reason: protocol.ErrInsufficientBalance, edit: func(w *world, b *protocol.Batch) {
			b.Transfers[2] = w.transfer(alice, alice, 5000, 0, 6)
		}},
		{
			// The balance wraps modulo r, not modulo 2^128: the amount is above
			// every balance.
			name: "amount above 2^128", reason: protocol.ErrWidth, signed: true,
			edit: func(_ *world, b *protocol.Batch) {
				b.Transfers = b.Transfers[:1]
				b.Transfers[0].Amount = protocol.DecodeAmount(1<<32 - 1)
			}, most: 4, // what is left and what is credited, there and in the rows
		},
		{name: "balance overflow", reason: protocol.ErrBalanceOverflow, edit: func(w *world, b *protocol.Batch) { b.Transfers[0] = w.transfer(alice, rich, 1, 0, 5) }},
		{name: "deposit overflows", reason: protocol.ErrBalanceOverflow, edit: func(w *world, b *protocol.Batch) {
			b.Deposits[0] = w.deposit(rich, 3, 1, false)
			b.Transfers = b.Transfers[:1]
		}},
		// A balance that passes 2^128 in mid-batch and ends below it.
		{name: "balance overflow, gone by the end", reason: protocol.ErrBalanceOverflow, edit: func(w *world, b *protocol.Batch) {
			b.Transfers = append(b.Transfers[:0], w.transfer(alice, rich, 1, 0, 5), w.transfer(rich, alice, 1, 0, 0))
		}},
		{name: "fee overflow, gone by the end", reason: protocol.ErrBalanceOverflow, edit: func(w *world, b *protocol.Batch) {
			b.FeeAccounts[0].Index = rich
			b.Transfers = append(b.Transfers[:0], w.transfer(alice, bob, 1, 2, 5), w.transfer(rich, alice, 2, 0, 0))
		}},
		{name: "deposit overflows, gone by the end", reason: protocol.ErrBalanceOverflow, edit: func(w *world, b *protocol.Batch) {
			b.Deposits[0] = w.deposit(rich, 3, 1, false)
			b.Transfers = append(b.Transfers[:0], w.transfer(rich, alice, 1, 0, 0))
		}},
		{name: "token mismatch", reason: protocol.ErrTokenMismatch, edit: func(w *world, b *protocol.Batch) { b.Transfers[0] = w.transfer(alice, carol, 10, 0, 5) }},
		{name: "no fee entry", reason: protocol.ErrNoFeeAccount, edit: func(w *world, b *protocol.Batch) { b.Transfers[2] = w.transfer(carol, dave, 10, 1, 2) },
			hooks: func(p *prover) { p.slots = func(c *batch.Circuit) { c.Transfers[2].FeeIndex = uint32(dave) } }},
		{name: "wrong fee account, another token", reason: protocol.ErrNoFeeAccount, edit: func(_ *world, b *protocol.Batch) { b.FeeAccounts[0].Index = carol }},
		{name: "wrong fee account, absent", reason: protocol.ErrNoFeeAccount, edit: func(_ *world, b *protocol.Batch) { b.FeeAccounts[0].Index = nobody }},
		{
			name: "fee paid to an account off the table", reason: protocol.ErrNoFeeAccount,
			edit: func(_ *world, b *protocol.Batch) { b.FeeAccounts = nil },
			hooks: func(p *prover) {
				p.slots = func(c *batch.Circuit) {
					c.Transfers[0].FeeIndex, c.Transfers[1].FeeIndex = uint32(collector), uint32(collector)
				}
			},
		},
		{name: "fee table, index 0", reason: protocol.ErrFeeTable, edit: func(_ *world, b *protocol.Batch) {
			b.FeeAccounts = append([]protocol.FeeAccount{{Token: 1, Index: 0}}, b.FeeAccounts...)
		}},
		{name: "fee table, two entries of one token", reason: protocol.ErrFeeTable, edit: func(_ *world, b *protocol.Batch) {
			b.FeeAccounts = append(b.FeeAccounts, protocol.FeeAccount{Token: 3, Index: alice})
		}},
		{name: "fee table, decreasing", reason: protocol.ErrFeeTable, edit: func(_ *world, b *protocol.Batch) {
			b.FeeAccounts = append(b.FeeAccounts, protocol.FeeAccount{Token: 2, Index: alice})
		}},
		{name: "absent sender", reason: protocol.ErrAccountAbsent, signed: true, edit: func(w *world, b *protocol.Batch) { b.Transfers[2] = w.transfer(nobody, nobody, 0, 0, 0) }},
		{name: "absent receiver", reason: protocol.ErrAccountAbsent, edit: func(w *world, b *protocol.Batch) { b.Transfers[2] = w.transfer(alice, nobody, 7, 0, 6) }},
		{name: "withdrawal of nothing", reason: protocol.ErrZeroWithdrawal, edit: func(w *world, b *protocol.Batch) { b.Transfers[1] = w.transfer(credited, 0, 0, 1, 0) }},
		{name: "transfer from index 0", reason: protocol.ErrReservedIndex, signed: true, edit: func(_ *world, b *protocol.Batch) { b.Transfers[2].From, b.Transfers[2].Amount = 0, amount(0) }},
		{name: "opening of index 0", reason: protocol.ErrReservedIndex, edit: func(_ *world, b *protocol.Batch) {
			b.Openings = append(b.Openings, protocol.Opening{Index: 0, Key: b.Openings[0].Key, Token: 3})
		}},
		{name: "deposit to index 0", reason: protocol.ErrReservedIndex, edit: func(w *world, b *protocol.Batch) {
			b.Deposits[0].Index = 0
			b.Transfers = b.Transfers[:1]
		}},
		{name: "forced exit of index 0", reason: protocol.ErrReservedIndex, edit: func(_ *world, b *protocol.Batch) { b.ForcedExits[0].Index = 0 }},
		{name: "opening of an account that exists", reason: protocol.ErrAccountExists, edit: func(w *world, b *protocol.Batch) {
			b.Openings = append(b.Openings, protocol.Opening{Index: carol, Key: w.key(int64(carol)), Owner: owner(carol), Token: 4})
		}},
		{name: "opening twice", reason: protocol.ErrAccountExists, edit: func(_ *world, b *protocol.Batch) { b.Openings = append(b.Openings, b.Openings[0]) }},
		{name: "deposit opens an account that exists", reason: protocol.ErrOpenedFlag, edit: func(w *world, b *protocol.Batch) {
			b.Deposits[0] = w.deposit(dave, 4, 300, true)
			b.Transfers = b.Transfers[:1]
		},
		},
		{name: "deposit credits an absent account", reason: protocol.ErrOpenedFlag, edit: func(_ *world, b *protocol.Batch) { b.Deposits[0].Opened = false }},
		{name: "deposit of another token", reason: protocol.ErrTokenMismatch, edit: func(w *world, b *protocol.Batch) {
			b.Deposits[0] = w.deposit(dave, 3, 300, false)
			b.Transfers = b.Transfers[:1]
		}},
		{name: "deposit for another key", reason: protocol.ErrOwnerOrKeyMismatch, edit: func(w *world, b *protocol.Batch) {
			b.Deposits[0] = w.deposit(dave, 4, 300, false)
			b.Deposits[0].Key = w.key(99)
			b.Transfers = b.Transfers[:1]
		}},
		{name: "deposit for another owner", reason: protocol.ErrOwnerOrKeyMismatch, edit: func(w *world, b *protocol.Batch) {
			b.Deposits[0] = w.deposit(dave, 4, 300, false)
			b.Deposits[0].Owner = owner(carol)
			b.Transfers = b.Transfers[:1]
		}},
		{name: "deposit above 2^128", reason: protocol.ErrWidth, edit: func(_ *world, b *protocol.Batch) {
			b.Deposits[0].Amount = *new(protocol.Amount).Lsh(&half128, 1)
			b.Transfers = b.Transfers[:1]
		}, most: 3},
		{name: "deposit above 2^128, gone by the end", reason: protocol.ErrWidth, edit: func(w *world, b *protocol.Batch) {
			b.Deposits[0].Amount = *new(protocol.Amount).Lsh(&half128, 1)
			b.Transfers = b.Transfers[:0]
			for nonce := range uint64(2) {
				tr := protocol.Transfer{From: credited, Amount: half128, Nonce: nonce, ValidUntil: b.Number}
				b.Transfers = append(b.Transfers, w.sign(w.key(int64(credited)), tr))
			}
		}},
		{name: "amount without a code", reason: protocol.ErrAmountFormat, edit: func(w *world, b *protocol.Batch) {
			_ = w.state.SetAccount(alice, func() protocol.Account { a, _, _ := w.state.Account(alice); a.Balance = amount(1 << 40); return a }())
			b.Transfers[0] = w.transfer(alice, opened, 1<<27+1, 2, 5)
		}},
		{name: "fee without a code", reason: protocol.ErrFeeFormat, edit: func(w *world, b *protocol.Batch) { b.Transfers[0] = w.transfer(alice, opened, 10, 11, 5) }},
		{name: "batch number 0", reason: protocol.ErrBatchNumber, edit: func(_ *world, b *protocol.Batch) { b.Number = 0 }, signed: true},
	} {
		delete(untried, string(tc.reason))
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w, b := example()
			tc.edit(w, b)
			if _, err := protocol.AuthorizeAndApply(w.state.Clone(), b); !errors.Is(err, tc.reason) {
				t.Fatalf("protocol says %v, want %v", err, tc.reason)
			}
			p := newProver(t, w)
			p.resign = tc.signed
			if tc.hooks != nil {
				tc.hooks(p)
			}
			refuse(t, p.prove(b), tc.most)
		})
	}
	for reason, name := range untried {
		t.Errorf("no batch is tried that protocol rejects with %s (%q)", name, reason)
	}
}

// reasons reads from package protocol's source every reason to reject a batch, by
// its text, with the name of its constant.
func reasons(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "protocol", "errors.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Rejection" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found[text] = spec.Names[0].Name
		}
		return true
	})
	if len(found) < 19 {
		t.Fatalf("%d reasons: the test does not find them", len(found))
	}
	return found
}

// refuse fails the test unless the circuit refuses the assignment, for few
// constraints.
func refuse(t *testing.T, c *batch.Circuit, most int) {
	t.Helper()
	report := solve(t, c)
	if most == 0 {
		most = few
	}
	switch n := len(report.Violations); {
	case n == 0:
		t.Error("the circuit accepts it")
	case n > most:
		t.Errorf("more than %d constraints fail, and perhaps for another reason: %v %v", most, report, report.HintErrors)
	}
}

func (w *world) deposit(i protocol.Index, token protocol.Token, x uint64, opened bool) protocol.CreditedDeposit {
	return protocol.CreditedDeposit{
		Deposit: protocol.Deposit{Key: w.key(int64(i)), Owner: owner(i), Token: token, Amount: amount(x)},
		Index:   i, Opened: opened,
	}
}

// torsion returns the eight points of low order: the identity, and the multiples
// of a point of order 8, which is what the subgroup's order makes of most points.
func torsion(t *testing.T) (points []protocol.Point) {
	t.Helper()
	curve := edwards()
	var identity, generator twistededwards.PointAffine
	identity.Y.SetOne()
	for y := byte(2); ; y++ {
		p, err := protocol.DecompressPoint([protocol.PointSize]byte{y})
		if err != nil {
			continue // no point has this y
		}
		at := twistededwards.PointAffine{X: p.X, Y: p.Y}
		// By doubling and adding: the library's multiplication is for the subgroup.
		generator = identity
		for i := curve.Order.BitLen() - 1; i >= 0; i-- {
			generator.Double(&generator)
			if curve.Order.Bit(i) == 1 {
				generator.Add(&generator, &at)
			}
		}
		four := generator
		four.Double(four.Double(&four))
		if !four.Equal(&identity) {
			break
		}
	}
	for p := identity; len(points) < 8; p.Add(&p, &generator) {
		points = append(points, protocol.Point{X: p.X, Y: p.Y})
	}
	return points
}

// TestHostileSigners: keys and nonce points off the curve or of low order, with
// the S that suits them best.
func TestHostileSigners(t *testing.T) {
	points := map[string]protocol.Point{"(0,0)": {}, "off curve": {X: fr.NewElement(2), Y: fr.NewElement(3)}}
	for i, q := range torsion(t) {
		points[fmt.Sprintf("of low order, %d", i)] = q
	}
	for name, q := range points {
		t.Run("R "+name, func(t *testing.T) {
			t.Parallel()
			w, b := example()
			p := newProver(t, w)
			tr := &b.Transfers[0]
			tr.Signature.R = q
			// R counts for nothing with this S.
			h := protocol.MessageHash(q, w.key(int64(alice)), w.rollupID, &tr.Transfer)
			tr.Signature.S = complete(new(big.Int), w.secrets[w.key(int64(alice))], h)
			if _, err := protocol.AuthorizeAndApply(w.state.Clone(), b); !errors.Is(err, protocol.ErrBadSignature) {
				t.Errorf("protocol says %v", err)
			}
			if report := solve(t, p.prove(b)); report.Satisfied() {
				t.Error("the circuit accepts it")
			}
		})
		t.Run("key "+name, func(t *testing.T) {
			t.Parallel()
			w, b := example()
			a, _, _ := w.state.Account(alice)
			a.Key = q
			if err := w.state.SetAccount(alice, a); err != nil {
				t.Fatal(err)
			}
			p := newProver(t, w)
			tr := &b.Transfers[0]
			nonce := big.NewInt(17)
			tr.Signature.R = times(nonce)
			tr.Signature.S = complete(nonce, new(big.Int), fr.Element{})
			b.Transfers = b.Transfers[:1]
			if _, err := protocol.AuthorizeAndApply(w.state.Clone(), b); !errors.Is(err, protocol.ErrBadSignature) {
				t.Errorf("protocol says %v", err)
			}
			if report := solve(t, p.prove(b)); report.Satisfied() {
				t.Error("the circuit accepts it")
			}
			// Nobody can sign with it, but nothing else is in its way.
			b.Transfers = nil
			b.ForcedExits = append(b.ForcedExits[:0], protocol.ForcedExit{Index: alice, Sender: owner(alice)})
			if report := solve(t, newProver(t, w).prove(b)); !report.Satisfied() {
				t.Errorf("an exit of an account with this key: %v", report)
			}
		})
	}
}
