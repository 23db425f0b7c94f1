package interrupt_test

import (
	"context"
	"errors"
	"testing"

	"github.com/quirezk/quire/internal/interrupt"
)

func TestDo(t *testing.T) {
	if v, err := interrupt.Do(t.Context(), func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	failure := errors.New("failure")
	if _, err := interrupt.Do(t.Context(), func() (int, error) { return 0, failure }); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

// TestDoLeavesWork: work that does not end by itself must not hold the program.
func TestDoLeavesWork(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	forever := make(chan struct{})
	defer close(forever)
	v, err := interrupt.Do(ctx, func() (int, error) {
		cancel()
		<-forever
		return 7, nil
	})
	if v != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d, %v", v, err)
	}
	if _, err := interrupt.Do(ctx, func() (int, error) { panic("begun") }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
