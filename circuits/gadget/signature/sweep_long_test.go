//go:build long

package signature

import "testing"

// TestEveryHintOutputIsPinnedInALargerBatch: nine rows, one more than the
// coefficients of one permutation and two more than the hashes of one step of
// the transcript.
func TestEveryHintOutputIsPinnedInALargerBatch(t *testing.T) { sweepRows(t, 9) }
