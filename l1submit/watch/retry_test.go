package watch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/quirezk/quire/l1submit/internal/fakel1"
)

// TestRetry looks at the times of attempts, on a clock of its own.
func TestRetry(t *testing.T) {
	failure := errors.New("connection reset")
	second := func(n ...int) (d []time.Duration) {
		for _, n := range n {
			d = append(d, time.Duration(n)*time.Second)
		}
		return d
	}
	for _, c := range []struct {
		name     string
		attempts int
		succeed  int // the attempt that does, if any
		want     []time.Duration
		err      string
	}{
		{"at once", 3, 1, second(0), ""},
		{"in the end", 5, 4, second(0, 1, 3, 7), ""},
		{"never", 3, 0, second(0, 1, 3), "do it: gave up after 3 attempts: connection reset"},
		{"the pause is bounded", 6, 0, second(0, 1, 3, 7, 12, 17), "gave up after 6 attempts"},
		{"endless", -1, 9, second(0, 1, 3, 7, 12, 17, 22, 27, 32), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				var at []time.Duration
				r := Retry{Attempts: c.attempts, First: time.Second, Max: 5 * time.Second, Logger: quiet}
				err := r.Do(t.Context(), "do it", func(context.Context) error {
					at = append(at, time.Since(begun))
					if len(at) == c.succeed {
						return nil
					}
					return failure
				})
				if !slices.Equal(at, c.want) {
					t.Errorf("attempts at %v, want %v", at, c.want)
				}
				if (err != nil) != (c.err != "") || err != nil && (!strings.Contains(err.Error(), c.err) || !errors.Is(err, failure)) {
					t.Errorf("error %v, want %q", err, c.err)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		err := Retry{Logger: quiet}.Do(t.Context(), "do it", func(context.Context) error { attempts++; return Permanent(failure) })
		if err != failure || attempts != 1 {
			t.Errorf("permanent: %d attempts, error %v", attempts, err)
		}
		err = Retry{Logger: quiet}.Do(t.Context(), "do it", func(context.Context) error { attempts++; return failure })
		if !errors.Is(err, failure) || attempts != 1+DefaultAttempts {
			t.Errorf("by default: %d attempts, error %v", attempts-1, err)
		}
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		err = Retry{First: time.Second, Attempts: -1, Logger: quiet}.Do(ctx, "do it", func(context.Context) error { return failure })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 1500*time.Millisecond {
			t.Errorf("after %v: error %v", time.Since(begun), err)
		}
		if err := (Retry{}).Do(ctx, "do it", func(context.Context) error { t.Error("called"); return nil }); err == nil {
			t.Error("no error though the context has ended")
		}
	})
}

// TestRun looks at the chain once in each interval, until the context ends.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakel1.New(1)
		heads := 0
		chain.Before = func(method string) error {
			if method == "HeaderByNumber" {
				heads++
				branch(chain, 1, 0)
			}
			return nil
		}
		o := &owner{t: t, chain: chain, confirmations: 3}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		w := New(chain, Config{Contract: rollup, Confirmations: 3, Interval: 5 * time.Second, Logger: quiet}, o)
		if err := w.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if heads < 12 || heads > 14 || o.cursor.Block.Number < 8 {
			t.Errorf("%d looks at the chain, delivered up to %v", heads, o.cursor.Block)
		}
		o.check()
	})
}

// hanging answers no request for logs until the request is given up.
type hanging struct{ *fakel1.Chain }

func (hanging) FilterLogs(ctx context.Context, _ ethereum.FilterQuery) ([]types.Log, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestHangingNode gives requests a time limit, and tries again after it.
func TestHangingNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakel1.New(1)
		branch(chain, 3, 0)
		begun := time.Now()
		w := New(hanging{chain}, Config{
			Contract: rollup, RequestTimeout: 10 * time.Second, Logger: quiet,
			Retry: Retry{Attempts: 3, First: time.Second},
		}, &owner{t: t, chain: chain})
		if err := w.Sync(t.Context()); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "3 attempts") {
			t.Errorf("error %v", err)
		}
		if took := time.Since(begun); took != 33*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
