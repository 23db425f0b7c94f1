// Package interrupt lets a program stop at once although something in it cannot
// be stopped: gnark's compilations know no context.
package interrupt

import "context"

// Do runs work that knows no context, and stops waiting for it when the context
// is done: it then returns the context's error. The work itself is left running
// and ends with the process, so it must have no effect but its result. With a
// context that is done already it is not begun.
func Do[T any](ctx context.Context, work func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1) // nobody may be there to receive
	go func() {
		value, err := work()
		done <- result{value, err}
	}()
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case r := <-done:
		return r.value, r.err
	}
}
