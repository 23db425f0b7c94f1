package workload_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/workload"
)

var configs = map[string]workload.Config{
	"uniform":     {Seed: 1, Transfers: 40, Distribution: workload.Uniform, Accounts: 80, IndexBits: 20},
	"few":         {Seed: 2, Transfers: 50, Distribution: workload.Uniform, Accounts: 3, IndexBits: 4, Withdrawals: 7},
	"zipf":        {Seed: 3, Transfers: 60, Distribution: workload.Zipf, Exponent: 1.1, IndexBits: 20, Withdrawals: 1},
	"small space": {Seed: 4, Transfers: 10, Distribution: workload.Zipf, Exponent: 2, IndexBits: 2},
}

func TestWorkloadsAreValidAndReproducible(t *testing.T) {
	for name, c := range configs {
		t.Run(name, func(t *testing.T) {
			w, err := workload.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			again, err := workload.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(w.Transfers, again.Transfers); d != "" {
				t.Errorf("the same configuration gives other transfers:\n%s", d)
			}
			exits, err := protocol.AuthorizeAndApply(w.State.Clone(), &protocol.Batch{
				RollupID: w.RollupID, Number: w.BatchNumber + 1, FeeAccounts: w.FeeAccounts, Transfers: w.Transfers,
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(w.Transfers) != c.Transfers || len(exits) != c.Withdrawals {
				t.Errorf("%d transfers and %d withdrawals, want %d and %d", len(w.Transfers), len(exits), c.Transfers, c.Withdrawals)
			}
		})
	}
}

// TestFillsShapes: the traffic that the large shapes are tuned to fits them.
func TestFillsShapes(t *testing.T) {
	for name, c := range map[string]workload.Config{
		"t512":     {Seed: 1, Transfers: 512, Distribution: workload.Uniform, Accounts: 1024, IndexBits: 20},
		"t512-hot": {Seed: 1, Transfers: 512, Distribution: workload.Zipf, Exponent: 1.1, IndexBits: 20},
	} {
		shape, err := circuits.ShapeByName(name)
		if err != nil {
			t.Fatal(err)
		}
		w, err := workload.Generate(c)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(w.Fill(shape).Transfers); n != shape.Transfers {
			t.Errorf("%s holds %d of the transfers that it is tuned to, want %d", name, n, shape.Transfers)
		}
	}
}

func TestBadConfigs(t *testing.T) {
	for name, edit := range map[string]func(*workload.Config){
		"one account":      func(c *workload.Config) { c.Accounts = 1 },
		"crowded":          func(c *workload.Config) { c.Accounts = 1 << 19 },
		"negative":         func(c *workload.Config) { c.Transfers = -1 },
		"index bits":       func(c *workload.Config) { c.IndexBits = 33 },
		"distribution":     func(c *workload.Config) { c.Distribution = "normal" },
		"flat zipf":        func(c *workload.Config) { c.Distribution, c.Exponent = workload.Zipf, 1 },
		"many withdrawals": func(c *workload.Config) { c.Withdrawals = c.Transfers + 1 },
	} {
		c := configs["uniform"]
		edit(&c)
		if _, err := workload.Generate(c); !errors.Is(err, workload.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
