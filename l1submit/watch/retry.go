package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// What a zero [Retry] does.
const (
	DefaultAttempts   = 8
	DefaultFirstPause = 500 * time.Millisecond
	DefaultMaxPause   = 30 * time.Second
)

// Retry says how often a request that failed is tried again. The zero value
// gives up after 8 attempts, about a minute.
type Retry struct {
	// Attempts is the number of tries in all, each time anew once one succeeds. 0
	// means DefaultAttempts, a negative number that there is no end.
	Attempts int
	// First is the pause after the first failure; each further one is twice as
	// long, up to Max. 0 means DefaultFirstPause and DefaultMaxPause.
	First, Max time.Duration
	// Logger is told of each failure that is tried again. nil means
	// [slog.Default].
	Logger *slog.Logger
}

// permanent marks an error that trying again does not help against.
type permanent struct{ err error }

func (p permanent) Error() string { return p.err.Error() }
func (p permanent) Unwrap() error { return p.err }

// Permanent makes [Retry.Do] return an error, as it is, instead of trying again.
func Permanent(err error) error { return permanent{err} }

// Do calls try until it succeeds, the context ends, try returns a [Permanent]
// error, or the attempts are used up. what says in the errors what is tried.
func (r Retry) Do(ctx context.Context, what string, try func(context.Context) error) error {
	attempts, pause, longest, logger := r.Attempts, r.First, r.Max, r.Logger
	if attempts == 0 {
		attempts = DefaultAttempts
	}
	if pause <= 0 {
		pause = DefaultFirstPause
	}
	if longest <= 0 {
		longest = DefaultMaxPause
	}
	if logger == nil {
		logger = slog.Default()
	}
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		err := try(ctx)
		if err == nil {
			return nil
		}
		var p permanent
		if errors.As(err, &p) {
			return p.err
		}
		if ctx.Err() != nil { // then the error is only its consequence
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
		if n == attempts {
			return fmt.Errorf("%s: gave up after %d attempts: %w", what, n, err)
		}
		logger.Warn(what+": trying again", "attempt", n, "pause", pause, "error", err)
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		pause = min(2*pause, longest)
	}
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
