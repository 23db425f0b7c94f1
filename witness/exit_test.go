package witness_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

var exitCircuit = sync.OnceValues(exit.Compile)

func exitSystem(t *testing.T) constraint.ConstraintSystem {
	t.Helper()
	ccs, err := exitCircuit()
	if err != nil {
		t.Fatal(err)
	}
	return ccs
}

// frozen is a state in which a rollup stopped, in a database.
type frozen struct {
	*statetree.Snapshot
	rollupID fr.Element
	close    func() // the database and all
}

func (f *frozen) commitment() fr.Element {
	return protocol.Commitment(f.Root(), f.rollupID, f.Version())
}

func freeze(t *testing.T, accounts []statetree.Update) *frozen {
	t.Helper()
	tree := statetree.OpenMemory()
	for version, updates := range [][]statetree.Update{accounts[:len(accounts)/2], accounts[len(accounts)/2:]} {
		if _, err := tree.Apply(t.Context(), uint32(version+1), updates, nil); err != nil {
			t.Fatal(err)
		}
	}
	s, err := tree.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	f := &frozen{Snapshot: s, close: sync.OnceFunc(func() {
		if err := errors.Join(s.Close(), tree.Close()); err != nil {
			t.Error(err)
		}
	})}
	f.rollupID.SetUint64(77)
	t.Cleanup(f.close)
	return f
}

// leaving is the accounts of a state to leave, the ends of all widths among them.
func leaving() []statetree.Update {
	most := protocol.Account{
		Key: key(3).Public(), Owner: protocol.Owner{}, Token: 1<<32 - 1, Nonce: protocol.MaxNonce,
		Balance: *new(uint256.Int).SubUint64(new(uint256.Int).Lsh(uint256.NewInt(1), protocol.BalanceBits), 1),
	}
	for i := range most.Owner {
		most.Owner[i] = 0xff
	}
	accounts := []statetree.Update{
		{Index: 1, Account: most},
		{Index: 1<<32 - 1, Account: most},
		{Index: 2, Account: protocol.Account{Balance: *uint256.NewInt(1)}}, // a key off the curve, and owner 0
		{Index: 5, Account: protocol.Account{Key: key(1).Public(), Owner: protocol.Owner{1}, Token: 3, Nonce: 4, Balance: *uint256.NewInt(1000)}},
		{Index: 6, Account: protocol.Account{Key: key(2).Public(), Owner: protocol.Owner{2}, Token: 3}}, // holds nothing
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		accounts = append(accounts, statetree.Update{Index: protocol.Index(7 + i + 1<<rng.IntN(31)), Account: protocol.Account{
			Key: key(byte(i)).Public(), Owner: protocol.Owner{19: byte(i)}, Nonce: rng.Uint64() & protocol.MaxNonce, Balance: *uint256.NewInt(1 + rng.Uint64N(1<<60)),
		}})
	}
	seen := make(map[protocol.Index]bool)
	distinct := accounts[:0]
	for _, a := range accounts {
		if !seen[a.Index] {
			distinct = append(distinct, a)
		}
		seen[a.Index] = true
	}
	return distinct
}

// TestExitsSolve: every account that holds something has an exit that the
// circuit accepts, built when the database is gone.
func TestExitsSolve(t *testing.T) {
	accounts := leaving()
	f := freeze(t, accounts)
	commitment := f.commitment()
	sealed := make(map[protocol.Index]*witness.SealedExit)
	for _, u := range accounts {
		if u.Account.Balance.IsZero() {
			continue
		}
		var err error
		if sealed[u.Index], err = witness.SealExit(f.Snapshot, f.rollupID, commitment, u.Index); err != nil {
			t.Fatal(err)
		}
	}
	f.close()
	for _, u := range accounts {
		e := sealed[u.Index]
		if e == nil {
			continue
		}
		built, err := witness.BuildExit(e, [20]byte{9})
		if err != nil {
			t.Fatal(err)
		}
		want := protocol.Escape{Commitment: commitment, Owner: u.Account.Owner, Token: u.Account.Token, Index: u.Index, Balance: u.Account.Balance}
		if built.Escape != want {
			t.Errorf("account %d: the exit says %+v, want %+v", u.Index, built.Escape, want)
		}
		statement, err := want.Statement([20]byte{9})
		if err != nil {
			t.Fatal(err)
		}
		if built.Statement != statement {
			t.Errorf("account %d: statement %v, want %v", u.Index, built.Statement, statement)
		}
		w, err := frontend.NewWitness(built.Assignment, ecc.BN254.ScalarField())
		if err != nil {
			t.Fatal(err)
		}
		if err := exitSystem(t).IsSolved(w); err != nil {
			t.Errorf("account %d: %v", u.Index, err)
		}
	}
}

// TestExitBindsVerifier: a statement is for one verifier, about the same vector.
func TestExitBindsVerifier(t *testing.T) {
	f := freeze(t, leaving())
	e, err := witness.SealExit(f.Snapshot, f.rollupID, f.commitment(), 5)
	if err != nil {
		t.Fatal(err)
	}
	one, err := witness.BuildExit(e, [20]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	two, err := witness.BuildExit(e, [20]byte{2})
	if err != nil {
		t.Fatal(err)
	}
	if one.Statement.D != two.Statement.D || one.Statement.Z == two.Statement.Z {
		t.Error("the verifier's address is not in the challenge, or is in the digest")
	}
}

// TestSealExitRefuses what layer 1 would.
func TestSealExitRefuses(t *testing.T) {
	f := freeze(t, leaving())
	right := f.commitment()
	var other fr.Element
	other.SetUint64(78)
	for _, tc := range []struct {
		name                 string
		rollupID, commitment fr.Element
		index                protocol.Index
		want                 error
	}{
		{"absent account", f.rollupID, right, 4, protocol.ErrAccountAbsent},
		{"account 0", f.rollupID, right, 0, protocol.ErrAccountAbsent},
		{"account that holds nothing", f.rollupID, right, 6, witness.ErrZeroBalance},
		{"another rollup", other, right, 5, witness.ErrOtherState},
		{"state before", f.rollupID, protocol.Commitment(f.Root(), f.rollupID, f.Version()-1), 5, witness.ErrOtherState},
		{"another root", f.rollupID, protocol.GenesisCommitment(f.rollupID), 5, witness.ErrOtherState},
		{"absent account in another state", f.rollupID, fr.Element{}, 4, witness.ErrOtherState},
	} {
		if _, err := witness.SealExit(f.Snapshot, tc.rollupID, tc.commitment, tc.index); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	f.close()
	if _, err := witness.SealExit(f.Snapshot, f.rollupID, right, 5); !errors.Is(err, statetree.ErrClosed) {
		t.Errorf("closed snapshot: %v", err)
	}
}

// TestBuildExitRefuses what was altered since it was sealed.
func TestBuildExitRefuses(t *testing.T) {
	f := freeze(t, leaving())
	for _, tc := range []struct {
		name string
		edit func(*witness.SealedExit)
		want error
	}{
		{"owner", func(e *witness.SealedExit) { e.Account.Owner[0]++ }, witness.ErrNotSealed},
		{"token", func(e *witness.SealedExit) { e.Account.Token++ }, witness.ErrNotSealed},
		{"balance", func(e *witness.SealedExit) { e.Account.Balance.SetUint64(1 << 60) }, witness.ErrNotSealed},
		{"balance beyond its width", func(e *witness.SealedExit) { e.Account.Balance[2] = 1 }, protocol.ErrWidth},
		{"nonce beyond its width", func(e *witness.SealedExit) { e.Account.Nonce += 1 << 40; e.Account.Token-- }, protocol.ErrWidth},
		{"key", func(e *witness.SealedExit) { e.Account.Key = key(9).Public() }, witness.ErrNotSealed},
		{"index", func(e *witness.SealedExit) { e.Proof.Index++ }, witness.ErrOtherState},
		{"leaf", func(e *witness.SealedExit) { e.Proof.Leaf.SetOne() }, witness.ErrOtherState},
		{"no leaf", func(e *witness.SealedExit) { e.Proof.Leaf.SetZero() }, witness.ErrOtherState},
		{"number", func(e *witness.SealedExit) { e.Number++ }, witness.ErrOtherState},
		{"commitment", func(e *witness.SealedExit) { e.Commitment.SetOne() }, witness.ErrOtherState},
		{"nothing in it", func(e *witness.SealedExit) { *e = witness.SealedExit{} }, witness.ErrOtherState},
	} {
		e, err := witness.SealExit(f.Snapshot, f.rollupID, f.commitment(), 5)
		if err != nil {
			t.Fatal(err)
		}
		tc.edit(e)
		if _, err := witness.BuildExit(e, [20]byte{}); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	for level := range protocol.TreeDepth {
		for j := range protocol.TreeArity - 1 {
			e, err := witness.SealExit(f.Snapshot, f.rollupID, f.commitment(), 5)
			if err != nil {
				t.Fatal(err)
			}
			e.Proof.Siblings[level][j].SetUint64(7)
			if _, err := witness.BuildExit(e, [20]byte{}); !errors.Is(err, witness.ErrOtherState) {
				t.Errorf("sibling %d at level %d: %v", j, level, err)
			}
		}
	}
}

// An owner proves an exit from a state of their own.
func ExampleBuildExit() {
	tree := statetree.OpenMemory()
	account := protocol.Account{Owner: protocol.Owner{19: 1}, Balance: *uint256.NewInt(1000)}
	ctx := context.Background()
	if _, err := tree.Apply(ctx, 1, []statetree.Update{{Index: 5, Account: account}}, nil); err != nil {
		panic(err)
	}
	snapshot, err := tree.Snapshot()
	if err != nil {
		panic(err)
	}
	var rollupID fr.Element // layer 1 has it, as well as the commitment
	commitment := protocol.Commitment(snapshot.Root(), rollupID, 1)
	sealed, err := witness.SealExit(snapshot, rollupID, commitment, 5)
	if err != nil {
		panic(err)
	}
	built, err := witness.BuildExit(sealed, [20]byte{19: 2})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s of token %d to %x\n", built.Escape.Balance.Dec(), built.Escape.Token, built.Escape.Owner)
	// Output: 1000 of token 0 to 0000000000000000000000000000000000000001
}
