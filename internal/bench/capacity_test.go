package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/protocol"
)

// indexSpace is how many indices the traffic of the large shapes is spread over.
const indexSpace = 1 << 20

// drawUniform draws as many distinct accounts as 512 transfers can have.
func drawUniform(rng *rand.Rand, accounts map[protocol.Index]bool) {
	for len(accounts) < 1024 {
		accounts[protocol.Index(1+rng.IntN(indexSpace-1))] = true
	}
}

// drawZipf draws both sides of 512 transfers by rank, with exponent 1.1; the
// ranks are scattered over the indices.
func drawZipf(rng *rand.Rand, accounts map[protocol.Index]bool) {
	ranks := rand.NewZipf(rng, 1.1, 1, indexSpace-2)
	places := make(map[uint64]protocol.Index)
	draw := func(not uint64) uint64 {
		for {
			if rank := ranks.Uint64(); rank != not {
				return rank
			}
		}
	}
	for range 512 {
		sender := draw(math.MaxUint64)
		for _, rank := range []uint64{sender, draw(sender)} {
			if _, known := places[rank]; !known {
				i := protocol.Index(1 + rng.IntN(indexSpace-1))
				for accounts[i] {
					i = protocol.Index(1 + rng.IntN(indexSpace-1))
				}
				places[rank], accounts[i] = i, true
			}
		}
	}
}

// innerNodes is how many inner nodes the paths of the accounts have.
func innerNodes(accounts map[protocol.Index]bool) int {
	total := 0
	positions := make([]protocol.Index, 0, len(accounts))
	for i := range accounts {
		positions = append(positions, i)
	}
	slices.Sort(positions)
	for range protocol.TreeDepth {
		for j := range positions {
			positions[j] /= protocol.TreeArity
		}
		positions = slices.Compact(positions)
		total += len(positions)
	}
	return total
}

// TestCapacities: the large shapes hold nearly every draw of 512 transfers of
// the traffic that they are tuned to. Beside the accounts that trade, a batch has
// those of all layer-1 operations and a collector of each fee entry.
func TestCapacities(t *testing.T) {
	const draws, held = 1000, 0.995
	for name, draw := range map[string]func(*rand.Rand, map[protocol.Index]bool){"t512": drawUniform, "t512-hot": drawZipf} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shape, err := circuits.ShapeByName(name)
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			var accounts, nodes, accounts2, nodes2 float64
			fits := 0
			for range draws {
				set := make(map[protocol.Index]bool)
				draw(rng, set)
				for traders := len(set); len(set) < traders+shape.FeeAccounts+shape.LayerOne; {
					set[protocol.Index(1+rng.IntN(indexSpace-1))] = true
				}
				a, n := float64(len(set)), float64(innerNodes(set))
				accounts, nodes, accounts2, nodes2 = accounts+a, nodes+n, accounts2+a*a, nodes2+n*n
				if len(set) <= shape.Accounts && int(n) <= shape.Nodes {
					fits++
				}
			}
			deviation := func(sum, squares float64) float64 { return math.Sqrt(squares/draws - sum/draws*sum/draws) }
			t.Logf("%.1f accounts (σ %.1f), %.1f inner nodes (σ %.1f); %d of %d draws fit",
				accounts/draws, deviation(accounts, accounts2), nodes/draws, deviation(nodes, nodes2), fits, draws)
			if float64(fits) < held*draws {
				t.Errorf("%d of %d draws fit %d accounts and %d nodes", fits, draws, shape.Accounts, shape.Nodes)
			}
		})
	}
}
