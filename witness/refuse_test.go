package witness_test

import (
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// sealed is a batch over two accounts, sealed: 5 pays 12, which the batch opens.
func sealed(t *testing.T) *witness.Sealed {
	t.Helper()
	shape, err := circuits.ShapeByName("tiny")
	if err != nil {
		t.Fatal(err)
	}
	st := protocol.NewMemoryState()
	for i, b := range map[protocol.Index]byte{5: 1, 900000: 2, 7: 3} {
		a := protocol.Account{Key: key(b).Public(), Owner: protocol.Owner{b}, Token: 3, Balance: *uint256.NewInt(1000)}
		if err := st.SetAccount(i, a); err != nil {
			t.Fatal(err)
		}
	}
	var rollupID fr.Element
	rollupID.SetUint64(77)
	signed, err := key(1).SignTransfer(rollupID, protocol.Transfer{
		From: 5, To: 12, Amount: *uint256.NewInt(100), Fee: *uint256.NewInt(2), ValidUntil: 9,
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := witness.Seal(view{st}, shape, &protocol.Batch{
		RollupID: rollupID, Number: 9,
		Openings:    []protocol.Opening{{Index: 12, Key: key(4).Public(), Owner: protocol.Owner{4}, Token: 3}},
		FeeAccounts: []protocol.FeeAccount{{Token: 3, Index: 7}, {Token: 4, Index: 900000}},
		Transfers:   []protocol.SignedTransfer{signed},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSealTakesWhatIsTouched: the payer, the opened account, the collector that
// gets a fee, and not the one that gets none.
func TestSealTakesWhatIsTouched(t *testing.T) {
	s := sealed(t)
	var got []protocol.Index
	for _, e := range s.Entries {
		got = append(got, e.Index)
		if e.Exists == (e.Index == 12) {
			t.Errorf("account %d: exists = %t", e.Index, e.Exists)
		}
	}
	if diff := cmp.Diff([]protocol.Index{5, 7, 12}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]protocol.Index{5, 12}, witness.Touched(&s.Batch)); diff != "" {
		t.Errorf("Touched: %s", diff)
	}
}

// TestBuildNeedsNoView: the result is a function of the sealed batch, and says
// what the batch does.
func TestBuildNeedsNoView(t *testing.T) {
	built, err := witness.Build(sealed(t), [20]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	again, err := witness.Build(sealed(t), [20]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(built.Published, again.Published); diff != "" || built.Statement != again.Statement || built.NewRoot != again.NewRoot {
		t.Error("two builds of one sealed batch differ")
	}
	other, err := witness.Build(sealed(t), [20]byte{2})
	if err != nil {
		t.Fatal(err)
	}
	if other.Statement.Z == built.Statement.Z || other.Statement.D != built.Statement.D {
		t.Error("the verifier's address is not in the challenge, or is in the digest")
	}
	balances := make(map[protocol.Index]uint64)
	for _, l := range built.Leaves {
		balances[l.Index] = l.Account.Balance.Uint64()
	}
	if diff := cmp.Diff(map[protocol.Index]uint64{5: 898, 7: 1002, 12: 100}, balances); diff != "" {
		t.Error(diff)
	}
	first, err := built.Witness()
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.Witness()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Vector().(fr.Vector), second.Vector().(fr.Vector)); diff != "" {
		t.Error("two witnesses of one sealed batch differ")
	}
}

// TestBuildRefuses what was altered since it was sealed, what is not valid, and
// what does not fit.
func TestBuildRefuses(t *testing.T) {
	one := fr.One()
	for _, tc := range []struct {
		name string
		edit func(*witness.Sealed)
		want error
	}{
		{"old root", func(s *witness.Sealed) { s.OldRoot = one }, witness.ErrNotSealed},
		{"entry missing", func(s *witness.Sealed) { s.Entries = s.Entries[:2] }, witness.ErrNotSealed},
		{"entry twice", func(s *witness.Sealed) { s.Entries = append(s.Entries, s.Entries[2]) }, witness.ErrNotSealed},
		{"entries out of order", func(s *witness.Sealed) { s.Entries[0], s.Entries[1] = s.Entries[1], s.Entries[0] }, witness.ErrNotSealed},
		{"entry with another balance", func(s *witness.Sealed) { s.Entries[0].Account.Balance.SetUint64(2000) }, witness.ErrNotSealed},
		{"entry with another token", func(s *witness.Sealed) { s.Entries[1].Account.Token = 4 }, protocol.ErrNoFeeAccount},
		{"entry that does not exist", func(s *witness.Sealed) { s.Entries[0] = witness.Entry{Index: 5} }, protocol.ErrAccountAbsent},
		{"entry out of its widths", func(s *witness.Sealed) { s.Entries[0].Account.Nonce = protocol.MaxNonce + 1 }, protocol.ErrWidth},
		{"untouched entry", func(s *witness.Sealed) {
			s.Entries = append(s.Entries, witness.Entry{Index: 900000})
		}, witness.ErrNotSealed},
		{"no nodes", func(s *witness.Sealed) { s.Nodes = nil }, witness.ErrNotSealed},
		{"root missing", func(s *witness.Sealed) { s.Nodes = s.Nodes[1:] }, witness.ErrNotSealed},
		{"lowest node missing", func(s *witness.Sealed) { s.Nodes = s.Nodes[:len(s.Nodes)-1] }, witness.ErrNotSealed},
		{"node in the middle missing", func(s *witness.Sealed) { s.Nodes = append(s.Nodes[:5:5], s.Nodes[6:]...) }, witness.ErrNotSealed},
		{"node twice", func(s *witness.Sealed) { s.Nodes = append(s.Nodes, s.Nodes[len(s.Nodes)-1]) }, witness.ErrNotSealed},
		{"nodes out of order", func(s *witness.Sealed) { s.Nodes[3], s.Nodes[4] = s.Nodes[4], s.Nodes[3] }, witness.ErrNotSealed},
		{"sibling of a leaf altered", func(s *witness.Sealed) { s.Nodes[len(s.Nodes)-1].Children[3] = one }, witness.ErrNotSealed},
		{"sibling of the root's child altered", func(s *witness.Sealed) { s.Nodes[0].Children[3] = one }, witness.ErrNotSealed},
		{"batch number 0", func(s *witness.Sealed) { s.Batch.Number = 0 }, protocol.ErrBatchNumber},
		{"expired", func(s *witness.Sealed) { s.Batch.Number = 10 }, protocol.ErrExpired},
		{"another rollup", func(s *witness.Sealed) { s.Batch.RollupID = one }, protocol.ErrBadSignature},
		{"signature altered", func(s *witness.Sealed) { s.Batch.Transfers[0].Signature.S[31] ^= 1 }, protocol.ErrBadSignature},
		{"amount altered", func(s *witness.Sealed) { s.Batch.Transfers[0].Amount.SetUint64(99) }, protocol.ErrBadSignature},
		{"shape without room for transfers", func(s *witness.Sealed) {
			s.Shape.Transfers = 2
			s.Batch.Transfers = append(s.Batch.Transfers, s.Batch.Transfers[0], s.Batch.Transfers[0])
		}, protocol.ErrCapacity},
		{"shape without room for nodes", func(s *witness.Sealed) { s.Shape.LayerOne, s.Shape.Nodes = 0, 16 }, protocol.ErrCapacity},
		{"shape without room for accounts", func(s *witness.Sealed) { s.Shape.Accounts = 2 }, protocol.ErrCapacity},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := sealed(t)
			tc.edit(s)
			built, err := witness.Build(s, [20]byte{})
			if !errors.Is(err, tc.want) || built != nil {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// failing is a view that cannot be read.
type failing struct{ view }

var errDisk = errors.New("disk on fire")

func (failing) Account(protocol.Index) (protocol.Account, bool, error) {
	return protocol.Account{}, false, errDisk
}

type failingNodes struct{ view }

func (failingNodes) Nodes([]protocol.Index) ([]witness.Node, error) { return nil, errDisk }

// TestSealRefuses batches that do not fit, and passes on what the view says.
func TestSealRefuses(t *testing.T) {
	s := sealed(t)
	v := view{protocol.NewMemoryState()}
	for name, unreadable := range map[string]witness.View{"accounts": failing{v}, "nodes": failingNodes{v}} {
		if _, err := witness.Seal(unreadable, s.Shape, &s.Batch); !errors.Is(err, errDisk) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := s.Batch
	b.Openings = make([]protocol.Opening, s.Shape.Openings+1)
	for i := range b.Openings {
		b.Openings[i].Index = protocol.Index(20 + i)
	}
	var full *protocol.CapacityError
	if _, err := witness.Seal(v, s.Shape, &b); !errors.As(err, &full) || full.Resource != protocol.ResourceOpenings {
		t.Errorf("too many openings: %v", err)
	}
	// Exits are counted when the batch is applied.
	small := *s
	small.Shape.LayerOne, small.Shape.Exits = 0, 0
	withdrawal, err := key(1).SignTransfer(s.Batch.RollupID, protocol.Transfer{From: 5, Amount: *uint256.NewInt(1), ValidUntil: 9})
	if err != nil {
		t.Fatal(err)
	}
	small.Batch.Transfers = []protocol.SignedTransfer{withdrawal}
	small.Batch.Openings = nil
	if _, err := witness.Build(&small, [20]byte{}); !errors.As(err, &full) || full.Resource != protocol.ResourceExits {
		t.Errorf("too many exits: %v", err)
	}
}
