// Package workload makes reproducible traffic: a state with funded accounts and
// valid signed transfers over it. The same configuration gives the same bytes on
// every machine. It is for tests, benchmarks and demonstrations: the keys follow
// from the seed, so nothing in such a state is safe.
package workload

import (
	"cmp"
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
	Tokens       int     // how many tokens the accounts hold, 0 for one; each collects its fees
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
	if c.Tokens < 0 || c.Tokens > maxTokens {
		return fmt.Errorf("%w: tokens must be 0 to %d, not %d", ErrConfig, maxTokens, c.Tokens)
	}
	switch c.Distribution {
	case Uniform:
		// A quarter of the space, so that drawing distinct indices ends soon.
		least, most := 2*c.tokens(), max(2, 1<<(c.IndexBits-2))
		if c.Accounts < least || c.Accounts > most {
			return fmt.Errorf("%w: accounts must be %d, two per token, to %d in 2^%d indices, not %d", ErrConfig, least, most, c.IndexBits, c.Accounts)
		}
	case Zipf:
		if !(c.Exponent > 1) || c.Exponent > 100 {
			return fmt.Errorf("%w: a Zipf exponent must be above 1 and at most 100, not %v", ErrConfig, c.Exponent)
		}
		// Every token's first ranks must be likely enough to meet.
		if c.tokens() > 1<<(c.IndexBits-2) {
			return fmt.Errorf("%w: %d tokens need more than 2^%d indices", ErrConfig, c.Tokens, c.IndexBits)
		}
	default:
		return fmt.Errorf("%w: distribution must be %q or %q, not %q", ErrConfig, Uniform, Zipf, c.Distribution)
	}
	return nil
}

// maxTokens keeps a receiver of the sender's token likely enough to be drawn.
const maxTokens = 16

// tokens is how many there are.
func (c *Config) tokens() int { return max(1, c.Tokens) }

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
	next := g.uniformPairs
	if c.Distribution == Zipf {
		next = g.zipfPairs
	}
	pair := next()
	for i := range c.Transfers {
		from, to := pair()
		g.collect(from)
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

// collect makes the first sender of each token the collector of its fees.
func (g *generator) collect(from protocol.Index) {
	a, _, _ := g.workload.State.Account(from)
	byToken := func(f protocol.FeeAccount, token protocol.Token) int { return cmp.Compare(f.Token, token) }
	at, found := slices.BinarySearchFunc(g.workload.FeeAccounts, a.Token, byToken)
	if !found {
		entry := protocol.FeeAccount{Token: a.Token, Index: from}
		g.workload.FeeAccounts = slices.Insert(g.workload.FeeAccounts, at, entry)
	}
}

// digest derives 32 bytes from the seed for a use and a number.
func digest(seed uint64, use string, n uint64) [32]byte {
	b := append([]byte("quire/workload/"), use...)
	b = binary.BigEndian.AppendUint64(b, seed)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, n))
}

// uniformPairs lets the accounts of each token take turns, and the tokens, too.
func (g *generator) uniformPairs() func() (from, to protocol.Index) {
	drawn := make(map[protocol.Index]bool)
	byToken := make([][]protocol.Index, g.config.tokens())
	for n := 0; n < g.config.Accounts; {
		i := protocol.Index(1 + g.random.Uint64N(1<<g.config.IndexBits-1))
		if !drawn[i] {
			drawn[i] = true
			token := n % len(byToken)
			byToken[token] = append(byToken[token], i)
			g.open(i, protocol.Token(token)) // all exist, whether their turn comes or not
			n++
		}
	}
	at := make([]int, len(byToken))
	turn := 0
	return func() (from, to protocol.Index) {
		token := turn % len(byToken)
		turn++
		indices := byToken[token]
		if at[token]+2 > len(indices) {
			at[token] = 0
			g.random.Shuffle(len(indices), func(i, j int) { indices[i], indices[j] = indices[j], indices[i] })
		}
		at[token] += 2
		return indices[at[token]-2], indices[at[token]-1]
	}
}

// zipfPairs draws both accounts by rank; a rank's token is its remainder.
func (g *generator) zipfPairs() func() (from, to protocol.Index) {
	ranks := newZipf(g.random, g.config.Exponent, g.config.IndexBits)
	indices := newScatter(g.random, g.config.IndexBits)
	tokens := uint64(g.config.tokens())
	return func() (from, to protocol.Index) {
		sender := ranks.draw()
		receiver := ranks.draw()
		for receiver == sender || receiver%tokens != sender%tokens {
			receiver = ranks.draw()
		}
		from, to = indices.index(sender), indices.index(receiver)
		g.open(from, protocol.Token(sender%tokens))
		g.open(to, protocol.Token(sender%tokens))
		return from, to
	}
}

// open makes sure that an account exists.
func (g *generator) open(i protocol.Index, token protocol.Token) {
	if _, ok := g.keys[i]; ok {
		return
	}
	key := protocol.NewPrivateKey(digest(g.config.Seed, "key", uint64(i)))
	owner := digest(g.config.Seed, "owner", uint64(i))
	g.keys[i] = key
	account := protocol.Account{Key: key.Public(), Owner: protocol.Owner(owner[:20]), Token: token, Balance: *startBalance}
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
		t := &w.Transfers[i].Transfer
		if budget.AddTransfer(t, w.collector(t.From)) != nil {
			break
		}
		b.Transfers = w.Transfers[:i+1]
	}
	return b
}

// collector is the fee account of the token that an account holds.
func (w *Workload) collector(from protocol.Index) protocol.Index {
	a, _, _ := w.State.Account(from)
	for _, f := range w.FeeAccounts {
		if f.Token == a.Token {
			return f.Index
		}
	}
	return 0
}
