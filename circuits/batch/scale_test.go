//go:build !long

package batch_test

// How much of what is random the tests try: enough to notice, in a minute. The
// long tests try more (scale_long_test.go).
const (
	// defaultHistories of six batches each.
	defaultHistories = 60
	// hintOutputs is how many of the example batch's hint outputs are mutated.
	hintOutputs = 800
)
