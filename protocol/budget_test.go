package protocol

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFits(t *testing.T) {
	s := Shape{Name: "s", Openings: 1, LayerOne: 2, FeeAccounts: 3, Exits: 4, Transfers: 6, Accounts: 7, Nodes: 8}
	full := Counts{Openings: 1, LayerOne: 2, FeeAccounts: 3, Exits: 4, Transfers: 6, Accounts: 7, Nodes: 8}
	if err := s.Fits(full); err != nil {
		t.Error(err)
	}
	for resource, field := range map[Resource]*int{
		ResourceOpenings: &full.Openings, ResourceLayerOne: &full.LayerOne, ResourceFeeAccounts: &full.FeeAccounts,
		ResourceExits: &full.Exits, ResourceTransfers: &full.Transfers, ResourceAccounts: &full.Accounts, ResourceNodes: &full.Nodes,
	} {
		*field++
		err := s.Fits(full)
		var exceeded *CapacityError
		if !errors.Is(err, ErrCapacity) || !errors.As(err, &exceeded) {
			t.Fatalf("%s: %v", resource, err)
		}
		want := CapacityError{Shape: "s", Resource: resource, Need: *field, Capacity: *field - 1}
		if *exceeded != want {
			t.Errorf("%+v, want %+v", *exceeded, want)
		}
		*field--
	}
}

// naiveNodes counts the inner nodes above a set of leaves, level by level.
func naiveNodes(accounts map[Index]bool) int {
	total := 1
	for level := 1; level < TreeDepth; level++ {
		positions := make(map[uint64]bool)
		for i := range accounts {
			positions[uint64(i)>>(2*(TreeDepth-level))] = true
		}
		total += len(positions)
	}
	return total
}

func anyIndex(t *rapid.T, name string) Index {
	if rapid.Bool().Draw(t, name+" is near") {
		return Index(rapid.Uint32Range(1, 12).Draw(t, name))
	}
	return Index(rapid.Uint32Min(1).Draw(t, name))
}

func TestBudgetCountsWhatBatchesTouch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Shape{
			Openings: rapid.IntRange(0, 3).Draw(t, "O"), LayerOne: rapid.IntRange(0, 3).Draw(t, "L"),
			FeeAccounts: rapid.IntRange(0, 2).Draw(t, "F"), Exits: rapid.IntRange(0, 4).Draw(t, "E"),
			Transfers: rapid.IntRange(0, 8).Draw(t, "T"), Accounts: rapid.IntRange(0, 12).Draw(t, "A"),
			Nodes: rapid.IntRange(1, 120).Draw(t, "N"),
		}
		b := NewBudget(s)
		touched := make(map[Index]bool)
		want := Counts{Nodes: 1}
		for range rapid.IntRange(0, 30).Draw(t, "operations") {
			next := want
			var indices []Index
			var err error
			switch i := anyIndex(t, "index"); rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				next.Openings++
				indices = []Index{i}
				err = b.AddOpening(&Opening{Index: i})
			case 1:
				next.LayerOne++
				indices = []Index{i}
				err = b.AddDeposit(&CreditedDeposit{Index: i})
			case 2:
				next.LayerOne++
				indices = []Index{i}
				pays := rapid.Bool().Draw(t, "pays")
				if pays {
					next.Exits++
				}
				err = b.AddForcedExit(&ForcedExit{Index: i}, pays)
			case 3:
				next.FeeAccounts++
				err = b.AddFeeAccount(FeeAccount{Index: i})
			case 4:
				next.Transfers++
				tr, collector := transfer(i, anyIndex(t, "to"), 1, 0), anyIndex(t, "collector")
				indices = []Index{i, tr.To}
				if rapid.Bool().Draw(t, "fee") {
					tr.Fee = amountOf(1)
					indices = append(indices, collector)
				}
				err = b.AddTransfer(&tr, collector)
			case 5:
				next.Transfers++
				next.Exits++
				tr := transfer(i, 0, 1, 0)
				indices = []Index{i}
				err = b.AddTransfer(&tr, anyIndex(t, "collector"))
			}
			union := make(map[Index]bool)
			for i := range touched {
				union[i] = true
			}
			for _, i := range indices {
				union[i] = true
			}
			next.Accounts, next.Nodes = len(union), naiveNodes(union)
			if fits := s.Fits(next); (fits == nil) != (err == nil) || err != nil && fits.Error() != err.Error() {
				t.Fatalf("budget says %v, the counts %v", err, fits)
			}
			if err == nil {
				want, touched = next, union
			}
			if diff := cmp.Diff(want, b.Counts()); diff != "" {
				t.Fatalf("counts (-want +got):\n%s", diff)
			}
		}
	})
}

func TestWorstCaseNodesIsReached(t *testing.T) {
	for _, n := range []int{0, 1, 4, 5, 64, 100} {
		accounts := make(map[Index]bool)
		for i := range n {
			// Reversed base-4 digits spread leaves as far apart as they can be.
			var spread Index
			for d := range TreeDepth {
				spread |= Index(i>>(2*d)&3) << (30 - 2*d)
			}
			accounts[spread] = true
		}
		if got, want := naiveNodes(accounts), WorstCaseNodes(n); got != want {
			t.Errorf("%d leaves touch %d nodes, the bound is %d", n, got, want)
		}
	}
}

func BenchmarkBudgetAddTransfer(b *testing.B) {
	s := Shape{Transfers: 1 << 30, Accounts: 1 << 30, Nodes: 1 << 30}
	budget := NewBudget(s)
	var i Index
	for b.Loop() {
		i += 0x9e3779b1
		tr := Transfer{From: i | 1, To: i<<7 | 1}
		if budget.Counts().Transfers == 512 {
			budget = NewBudget(s)
		}
		if err := budget.AddTransfer(&tr, 0); err != nil {
			b.Fatal(err)
		}
	}
}
