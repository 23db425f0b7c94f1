package statetree

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Chunks in which work is handed out. A hash takes some 12 to 19 µs, so that a
// chunk is long against the handing out, and short against a level of a batch and
// against what somebody waits who wants the processor for a moment.
const (
	hashGrain = 8
	readGrain = 16
	copyGrain = 256
)

// parallel calls f on consecutive chunks of 0..n-1, each at most grain long, on
// at most workers goroutines. It stops between chunks when the context ends or a
// call fails, and returns the first error.
//
// Between chunks other goroutines have their turn: else one that has an answer to
// give, and needs the processor a few times for that, waits up to 10 ms for each.
func parallel(ctx context.Context, workers, n, grain int, f func(lo, hi int) error) error {
	workers = min(workers, (n+grain-1)/grain)
	if workers <= 1 {
		for lo := 0; lo < n; lo += grain {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := f(lo, min(lo+grain, n)); err != nil {
				return err
			}
			runtime.Gosched()
		}
		return nil
	}
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error {
			for {
				lo := int(next.Add(int64(grain))) - grain
				if lo >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := f(lo, min(lo+grain, n)); err != nil {
					return err
				}
				runtime.Gosched()
			}
		})
	}
	return g.Wait()
}
