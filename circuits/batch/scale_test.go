//go:build !long

package batch_test

// How much of what is random the tests try: enough to notice, in a minute. The
// long tests try more (scale_long_test.go, docs/testing.md).
const (
	// defaultHistories of six batches each.
	defaultHistories = 80
	// hintOutputs is how many hint outputs of a batch are mutated.
	hintOutputs = 800
	// sweptBatches is of how many random batches besides the example.
	sweptBatches = 0
)
