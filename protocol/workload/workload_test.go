package workload_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
	"github.com/quirezk/quire/protocol/workload"
)

var configs = map[string]workload.Config{
	"uniform":     {Seed: 1, Transfers: 40, Distribution: workload.Uniform, Accounts: 80, IndexBits: 20},
	"few":         {Seed: 2, Transfers: 50, Distribution: workload.Uniform, Accounts: 3, IndexBits: 4, Withdrawals: 7},
	"zipf":        {Seed: 3, Transfers: 60, Distribution: workload.Zipf, Exponent: 1.1, IndexBits: 20, Withdrawals: 1},
	"tokens":      {Seed: 5, Transfers: 30, Distribution: workload.Uniform, Accounts: 20, IndexBits: 20, Tokens: 3, Withdrawals: 4},
	"zipf tokens": {Seed: 6, Transfers: 60, Distribution: workload.Zipf, Exponent: 1.5, IndexBits: 32, Tokens: 4, Withdrawals: 9},
	"none":        {Seed: 7, Distribution: workload.Uniform, Accounts: 2, IndexBits: 2},
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

// TestWorkloadBytes pins the files that the configurations above give, which
// measurements on different machines rest on.
func TestWorkloadBytes(t *testing.T) {
	want := map[string]string{
		"uniform":     "781e822df57c7132",
		"few":         "b0784b59e2162272",
		"zipf":        "25455348de09ee94",
		"tokens":      "e1b3adae100043ae",
		"zipf tokens": "cec8c7496697a1fa",
		"none":        "e24819de95b5f21c",
		"small space": "4744a11569b3a676",
	}
	for name, c := range configs {
		w, err := workload.Generate(c)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		state := &files.State{RollupID: w.RollupID, BatchNumber: w.BatchNumber, Accounts: w.State}
		if err := files.WriteState(h, state); err != nil {
			t.Fatal(err)
		}
		transfers := &files.Transfers{RollupID: w.RollupID, FeeAccounts: w.FeeAccounts, Transfers: w.Transfers}
		if err := files.WriteTransfers(h, transfers); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(h.Sum(nil)[:8]); got != want[name] {
			t.Errorf("%s: the files' digest begins with %s, want %s", name, got, want[name])
		}
	}
}

// TestEveryTokenTakesPart: with several tokens, each has senders and a fee account.
func TestEveryTokenTakesPart(t *testing.T) {
	for _, name := range []string{"tokens", "zipf tokens"} {
		w, err := workload.Generate(configs[name])
		if err != nil {
			t.Fatal(err)
		}
		if len(w.FeeAccounts) != configs[name].Tokens {
			t.Errorf("%s: %d fee accounts for %d tokens", name, len(w.FeeAccounts), configs[name].Tokens)
		}
	}
}

// TestFillStopsInTime: whatever is full first, what was taken fits, and one
// more would not.
func TestFillStopsInTime(t *testing.T) {
	w, err := workload.Generate(configs["tokens"])
	if err != nil {
		t.Fatal(err)
	}
	roomy := protocol.Shape{FeeAccounts: 3, Exits: 32, Transfers: 64, Accounts: 64, Nodes: 1024}
	if n := len(w.Fill(roomy).Transfers); n != len(w.Transfers) {
		t.Errorf("a roomy shape takes %d of %d transfers", n, len(w.Transfers))
	}
	for name, c := range map[string]struct {
		edit func(*protocol.Shape)
		want int
	}{
		"transfers":    {func(s *protocol.Shape) { s.Transfers = 8 }, 8},
		"fee accounts": {func(s *protocol.Shape) { s.FeeAccounts = 2 }, 0},
		"exits":        {func(s *protocol.Shape) { s.Exits = 1 }, 14}, // the second withdrawal is transfer 14
		"accounts":     {func(s *protocol.Shape) { s.Accounts = 6 }, 3},
		"nodes":        {func(s *protocol.Shape) { s.Nodes = 1 }, 0},
	} {
		s := roomy
		c.edit(&s)
		if n := len(w.Fill(s).Transfers); n != c.want {
			t.Errorf("%s: %d transfers taken, want %d", name, n, c.want)
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
		"tokens negative":  func(c *workload.Config) { c.Tokens = -1 },
		"many tokens":      func(c *workload.Config) { c.Tokens = 17 },
		"lonely tokens":    func(c *workload.Config) { c.Tokens, c.Accounts = 4, 7 },
		"cramped tokens":   func(c *workload.Config) { c.Distribution, c.Exponent, c.Tokens, c.IndexBits = workload.Zipf, 2, 5, 4 },
		"many withdrawals": func(c *workload.Config) { c.Withdrawals = c.Transfers + 1 },
	} {
		c := configs["uniform"]
		edit(&c)
		if _, err := workload.Generate(c); !errors.Is(err, workload.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
