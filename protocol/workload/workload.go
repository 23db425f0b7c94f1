// Package workload makes reproducible traffic: a state with funded accounts and
// valid signed transfers over it. The same configuration gives the same bytes on
// every machine. It is for tests, benchmarks and demonstrations: the keys follow
// from the seed, so nothing in such a state is safe.
package workload

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/protocol"
)

// Distribution says which accounts take part in a transfer.
type Distribution string

// The distributions.
const (
	// Uniform draws the accounts from the index space without repetition and
	// lets them take turns in random order: 2n accounts take part once each in n
	// transfers.
	Uniform Distribution = "uniform"
	// Zipf draws both accounts of every transfer by rank, with probability
	// proportional to rank^−Exponent, over the whole index space; ranks are
	// scattered over the indices.
	Zipf Distribution = "zipf"
)

// Config describes a workload.
type Config struct {
	Seed         uint64
	Transfers    int
	Distribution Distribution
	Accounts     int     // Uniform: how many, at least 2; Zipf has those that are drawn
	Exponent     float64 // Zipf: above 1
	IndexBits    int     // the index space is 0 … 2^IndexBits − 1; 2 to 32
	Withdrawals  int     // how many of the transfers are withdrawals, spread evenly
}

// Workload is a state and what happens to it next.
type Workload struct {
	RollupID    fr.Element
	BatchNumber uint32 // of the state
	State       *protocol.MemoryState
	FeeAccounts []protocol.FeeAccount
	Transfers   []protocol.SignedTransfer
}

// ErrConfig: a configuration that no workload can have.
var ErrConfig = errors.New("workload cannot be made")

func (c *Config) validate() error {
	switch {
	case c.IndexBits < 2 || c.IndexBits > protocol.IndexBits:
		return fmt.Errorf("%w: index bits must be 2 to %d, not %d", ErrConfig, protocol.IndexBits, c.IndexBits)
	case c.Transfers < 0:
		return fmt.Errorf("%w: the number of transfers must not be negative, got %d", ErrConfig, c.Transfers)
	case c.Withdrawals < 0 || c.Withdrawals > c.Transfers:
		return fmt.Errorf("%w: withdrawals must be 0 to %d, the number of transfers, not %d", ErrConfig, c.Transfers, c.Withdrawals)
	}
	switch c.Distribution {
	case Uniform:
		// A quarter of the space, so that drawing distinct indices ends soon.
		if most := uint64(1) << (c.IndexBits - 2); c.Accounts < 2 || uint64(c.Accounts) > max(2, most) {
			return fmt.Errorf("%w: accounts must be 2 to %d in 2^%d indices, not %d", ErrConfig, max(2, most), c.IndexBits, c.Accounts)
		}
	case Zipf:
		if !(c.Exponent > 1) || c.Exponent > 100 {
			return fmt.Errorf("%w: a Zipf exponent must be above 1 and at most 100, not %v", ErrConfig, c.Exponent)
		}
	default:
		return fmt.Errorf("%w: distribution must be %q or %q, not %q", ErrConfig, Uniform, Zipf, c.Distribution)
	}
	return nil
}

// What an account starts with and how transfers vary, in the token's unit.
var (
	startBalance = new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(27))
	amountUnit   = uint256.NewInt(1e12)
	feeUnit      = uint256.NewInt(1e11)
)

const maxAmountMantissa = 1_000_000

// generator makes one workload.
type generator struct {
	config   Config
	random   *rand.Rand
	workload *Workload
	keys     map[protocol.Index]*protocol.PrivateKey
	nonces   map[protocol.Index]uint64
}

// Generate makes a workload.
func Generate(c Config) (*Workload, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	g := &generator{
		config: c,
		random: rand.New(rand.NewChaCha8(digest(c.Seed, "random", 0))),
		workload: &Workload{
			BatchNumber: 1,
			State:       protocol.NewMemoryState(),
			Transfers:   make([]protocol.SignedTransfer, 0, c.Transfers),
		},
		keys:   make(map[protocol.Index]*protocol.PrivateKey),
		nonces: make(map[protocol.Index]uint64),
	}
	id := digest(c.Seed, "rollup", 0)
	g.workload.RollupID.SetBytes(id[:])
	next := g.zipfPairs()
	if c.Distribution == Uniform {
		next = g.uniformPairs()
	}
	for i := range c.Transfers {
		from, to := next()
		if i == 0 {
			g.workload.FeeAccounts = []protocol.FeeAccount{{Index: from}}
		}
		// Withdrawal k is the last of the transfers' k-th equal part.
		if (i+1)*c.Withdrawals/c.Transfers > i*c.Withdrawals/c.Transfers {
			to = 0
		}
		if err := g.transfer(from, to); err != nil {
			return nil, err
		}
	}
	return g.workload, nil
}

// digest derives 32 bytes from the seed for a use and a number.
func digest(seed uint64, use string, n uint64) [32]byte {
	b := append([]byte("quire/workload/"), use...)
	b = binary.BigEndian.AppendUint64(b, seed)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, n))
}

func (g *generator) uniformPairs() func() (from, to protocol.Index) {
	drawn := make(map[protocol.Index]bool)
	indices := make([]protocol.Index, 0, g.config.Accounts)
	for len(indices) < g.config.Accounts {
		i := protocol.Index(1 + g.random.Uint64N(1<<g.config.IndexBits-1))
		if !drawn[i] {
			drawn[i] = true
			indices = append(indices, i)
		}
	}
	// All exist, whether their turn comes or not, in the order of their indices.
	sorted := slices.Sorted(slices.Values(indices))
	for _, i := range sorted {
		g.open(i)
	}
	at := 0
	return func() (from, to protocol.Index) {
		if at+2 > len(indices) {
			at = 0
			g.random.Shuffle(len(indices), func(i, j int) { indices[i], indices[j] = indices[j], indices[i] })
		}
		at += 2
		return indices[at-2], indices[at-1]
	}
}

func (g *generator) zipfPairs() func() (from, to protocol.Index) {
	space := uint64(1) << g.config.IndexBits
	if g.config.Distribution != Zipf {
		return nil
	}
	ranks := rand.NewZipf(g.random, g.config.Exponent, 1, space-1)
	// An odd multiplier permutes the indices of a space that is a power of two.
	multiplier, offset := g.random.Uint64()|1, g.random.Uint64()
	draw := func() protocol.Index {
		for {
			if i := (ranks.Uint64()*multiplier + offset) % space; i != 0 {
				return protocol.Index(i)
			}
		}
	}
	return func() (from, to protocol.Index) {
		from = draw()
		for to = draw(); to == from; {
			to = draw()
		}
		g.open(from)
		g.open(to)
		return from, to
	}
}

// open makes sure that an account exists.
func (g *generator) open(i protocol.Index) {
	if _, ok := g.keys[i]; ok {
		return
	}
	key := protocol.NewPrivateKey(digest(g.config.Seed, "key", uint64(i)))
	owner := digest(g.config.Seed, "owner", uint64(i))
	g.keys[i] = key
	account := protocol.Account{Key: key.Public(), Owner: protocol.Owner(owner[:20]), Balance: *startBalance}
	if err := g.workload.State.SetAccount(i, account); err != nil {
		panic(fmt.Sprintf("workload: %v", err)) // a map in memory refuses only invalid accounts
	}
}

func (g *generator) transfer(from, to protocol.Index) error {
	t := protocol.Transfer{
		From: from, To: to, Nonce: g.nonces[from], ValidUntil: g.workload.BatchNumber + 1000,
	}
	t.Amount.Mul(uint256.NewInt(1+g.random.Uint64N(maxAmountMantissa)), amountUnit)
	if to == 0 {
		t.Amount.AddUint64(&t.Amount, g.random.Uint64N(1e12)) // withdrawals are exact
	}
	t.Fee.Mul(uint256.NewInt(1+g.random.Uint64N(7)), feeUnit)
	signed, err := g.keys[from].SignTransfer(g.workload.RollupID, t)
	if err != nil {
		return fmt.Errorf("workload: sign transfer %d: %w", len(g.workload.Transfers), err)
	}
	g.nonces[from]++
	g.workload.Transfers = append(g.workload.Transfers, signed)
	return nil
}

// Fill returns a batch of the workload's first transfers: as many as the shape
// holds.
func (w *Workload) Fill(shape protocol.Shape) *protocol.Batch {
	b := &protocol.Batch{RollupID: w.RollupID, Number: w.BatchNumber + 1, FeeAccounts: w.FeeAccounts}
	budget := protocol.NewBudget(shape)
	for _, f := range w.FeeAccounts {
		if budget.AddFeeAccount(f) != nil {
			return b // not even the fee table fits
		}
	}
	for i := range w.Transfers {
		if budget.AddTransfer(&w.Transfers[i].Transfer, w.FeeAccounts[0].Index) != nil {
			break
		}
		b.Transfers = w.Transfers[:i+1]
	}
	return b
}
