package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/protocol"
)

// Bounds of a run.
const (
	MaxWallets = 100_000
	MaxSteps   = 500_000 // some 300 bytes of memory for each transfer
	MaxCalls   = 1_000
	maxPerCall = 1_000

	// DefaultPatience is long enough for a few proofs.
	DefaultPatience = 5 * time.Minute
)

// ErrOptions: a run cannot be as it is asked for.
var ErrOptions = errors.New("no such run")

// Options say what a run does.
type Options struct {
	Seed    uint64
	Wallets int // at least 2
	// Steps is how many steps there are, at most; fewer if Duration ends first.
	Steps int
	// Rate is how many steps are sent in a second, on average, whether the node
	// keeps up or not; 0 means as fast as it answers.
	Rate float64
	// Duration is how long steps are sent, at most; 0 means until there are no more.
	Duration time.Duration
	// Calls is how many calls are under way at once, and PerCall how many steps one
	// carries at most.
	Calls, PerCall int
	// Zipf is the exponent by which some wallets pay and are paid more than others,
	// above 1; 0 means all alike.
	Zipf float64
	// Of all steps, these shares are: transfers that are not to be executed;
	// transfers that come before the one that has to come first; transfers that are
	// sent twice; withdrawals to layer 1.
	Invalid, Gaps, Resends, Withdrawals float64
	// Patience is how long the node may put off what it is to execute; 0 means
	// DefaultPatience.
	Patience time.Duration
	// Settle is how long batches are followed afterwards, at most, until they are
	// final.
	Settle time.Duration

	Client *client.Client
	Token  protocol.Token
	// Owner owns the wallets' accounts.
	Owner protocol.Owner
	// Fund pays an amount, which can be published, to an account, and returns once
	// that is executed. It is called at most once.
	Fund func(ctx context.Context, to protocol.Index, amount protocol.Amount) error
	// Progress is told what happens next. May be nil.
	Progress func(what string)
}

// Validate returns ErrOptions with all that is wrong with the numbers.
func (o *Options) Validate() error {
	var faults []error
	within := func(what string, n, least, most int) {
		if n < least || n > most {
			faults = append(faults, fmt.Errorf("%w: %s: %d, want %d to %d", ErrOptions, what, n, least, most))
		}
	}
	within("wallets", o.Wallets, 2, MaxWallets)
	within("steps", o.Steps, 1, MaxSteps)
	within("calls at once", o.Calls, 1, MaxCalls)
	within("steps per call", o.PerCall, 1, maxPerCall)
	if !(o.Rate >= 0 && o.Rate <= 1e6) {
		faults = append(faults, fmt.Errorf("%w: rate: %v per second, want 0 to 1000000", ErrOptions, o.Rate))
	}
	if o.Zipf != 0 && !(o.Zipf > 1 && o.Zipf <= 10) {
		faults = append(faults, fmt.Errorf("%w: Zipf's exponent: %v, want more than 1 and at most 10, or 0 for none", ErrOptions, o.Zipf))
	}
	for _, share := range []float64{o.Invalid, o.Gaps, o.Resends, o.Withdrawals} {
		if !(share >= 0) {
			faults = append(faults, fmt.Errorf("%w: a share of %v, want 0 to 1", ErrOptions, share))
		}
	}
	if sum := o.Invalid + o.Gaps + o.Resends + o.Withdrawals; !(sum <= 1) {
		faults = append(faults, fmt.Errorf("%w: the shares make %v together, want at most 1", ErrOptions, sum))
	}
	if o.Duration < 0 || o.Settle < 0 || o.Patience < 0 {
		faults = append(faults, fmt.Errorf("%w: times must not be negative", ErrOptions))
	}
	return errors.Join(faults...)
}

func (o *Options) say(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}
