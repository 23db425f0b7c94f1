package signature

import (
	"testing"

	"github.com/quirezk/quire/circuits/internal/malice"
)

// TestEveryHintOutputIsPinned changes each hint output of a batch of two rows,
// one at a time, and expects a constraint to notice.
func TestEveryHintOutputIsPinned(t *testing.T) { sweepRows(t, 2) }

func sweepRows(t *testing.T, n int) {
	t.Helper()
	batch := slots(21, n)
	honest := run(t, system(t, n, omissions{}), assignment(batch, n, aggregate(t, batch, n)))
	result, err := honest.MutateEach(malice.Sweep{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mutations of %d hint outputs", result.Mutations, result.Outputs)
	if result.Outputs == 0 {
		t.Error("nothing to mutate")
	}
	for _, u := range result.Unnoticed {
		t.Error(u)
	}
}
