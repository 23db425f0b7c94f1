package aggregator

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/protocol"
)

// Defaults of a [Config].
const (
	DefaultMaxAge     = 10 * time.Minute
	DefaultQueueDelay = time.Minute
	DefaultMaxBacklog = 64
	// DefaultMaxUnsettled is what a prover of two processors makes of t512 in 17
	// hours; with 64 blocks to finality it is 680 transfers a second for ever.
	DefaultMaxUnsettled = 1024
	DefaultMaxOpenings  = 10_000
	// DefaultRetain is some seven hours of layer 1.
	DefaultRetain   = 2048
	DefaultPatience = 256
)

// Collector is an account that earns the fees of its token.
type Collector struct {
	Token protocol.Token
	Key   protocol.PublicKey
	Owner protocol.Owner
	// MinFee is the least fee of a transfer in the token. It has to be one that
	// can be published.
	MinFee protocol.Amount
}

// Config says how an [Engine] works. Circuits, Prover and Settler have to be
// given; of the rest, zero means the default.
type Config struct {
	// Circuits are those that batches may be proven with, the cheapest first. A
	// batch takes what fits the last of them, and is proven with the first that it
	// fits.
	Circuits []Circuit
	// Collectors earn fees, one for a token, by increasing token. The node opens
	// their accounts. Transfers of other tokens can pay no fee.
	Collectors []Collector
	// Pool bounds the transfers that wait.
	Pool mempool.Limits

	// MaxAge is how long a batch stays open that has something in it.
	MaxAge time.Duration
	// QueueDelay is how long operations of layer 1 wait for the batch that is open
	// when they come. It has to be far below the contract's deadline. Accounts to be
	// opened wait for MaxAge at most.
	QueueDelay time.Duration
	// MaxBacklog is how many batches may wait for their proof. Beyond it the node
	// refuses transfers instead of growing.
	MaxBacklog int
	// MaxUnsettled is how many batches may be closed and not final: layer 1 may be
	// away, or too dear. Beyond it the node refuses transfers; batches with operations
	// of layer 1 are made all the same. It has to be more than are closed in the time
	// that finality takes.
	MaxUnsettled int
	// MaxOpenings is how many accounts may wait to be opened; below 0, none is opened
	// on request but those of the collectors.
	MaxOpenings int
	// Retain is for how many blocks of layer 1 a batch that is final can still be
	// undone.
	Retain uint64
	// Patience is for how many blocks of layer 1 a batch may be in doubt: see
	// [Engine.Rollback].
	Patience uint64

	Prover  Prover
	Settler Settler

	// Notify is told what happened, in order, once it is durable, while nothing
	// else can happen: it must not block, nor call the engine. May be nil.
	Notify func(Event)
	// Logger is told what whoever runs the node should know. nil means
	// [slog.Default].
	Logger *slog.Logger
}

// withDefaults fills in what is zero, and says all that is wrong.
func (c Config) withDefaults() (Config, error) {
	c.MaxAge = defaulted(c.MaxAge, DefaultMaxAge)
	c.QueueDelay = defaulted(c.QueueDelay, DefaultQueueDelay)
	c.MaxBacklog = defaulted(c.MaxBacklog, DefaultMaxBacklog)
	c.MaxUnsettled = defaulted(c.MaxUnsettled, DefaultMaxUnsettled)
	c.MaxOpenings = defaulted(c.MaxOpenings, DefaultMaxOpenings)
	c.Retain = defaulted(c.Retain, DefaultRetain)
	c.Patience = defaulted(c.Patience, DefaultPatience)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if err := c.Pool.Validate(); err != nil {
		faults = append(faults, err)
	}
	if len(c.Circuits) == 0 {
		fault("no circuit: nothing could be proven")
	}
	for i, circuit := range c.Circuits {
		if err := circuit.Shape.Validate(); err != nil {
			faults = append(faults, err)
		}
		if circuit.Shape.LayerOne < 1 {
			fault("shape %q takes no layer-1 operations", circuit.Shape.Name)
		}
		if n := len(c.Circuits); i < n-1 && !smaller(circuit.Shape, c.Circuits[n-1].Shape) {
			fault("shape %q holds more than the last, %q, by which batches are filled", circuit.Shape.Name, c.Circuits[n-1].Shape.Name)
		}
	}
	for i, collector := range c.Collectors {
		if i > 0 && collector.Token <= c.Collectors[i-1].Token {
			fault("fee collectors: token %d follows token %d; tokens have to increase", collector.Token, c.Collectors[i-1].Token)
		}
		if _, err := protocol.EncodeFee(&collector.MinFee); err != nil {
			fault("minimum fee of token %d: %w", collector.Token, err)
		}
	}
	if c.MaxAge < 0 || c.QueueDelay < 0 || c.MaxBacklog < 0 || c.MaxUnsettled < 0 {
		fault("times and limits must not be negative")
	}
	if c.Prover == nil || c.Settler == nil {
		fault("prover and settler have to be given")
	}
	return c, errors.Join(faults...)
}

// smaller says whether whatever fits a also fits b.
func smaller(a, b protocol.Shape) bool {
	return a.Openings <= b.Openings && a.LayerOne <= b.LayerOne && a.FeeAccounts <= b.FeeAccounts && a.Exits <= b.Exits &&
		a.Transfers <= b.Transfers && a.Accounts <= b.Accounts && a.Nodes <= b.Nodes
}

func defaulted[T comparable](value, def T) T {
	var zero T
	if value == zero {
		return def
	}
	return value
}
