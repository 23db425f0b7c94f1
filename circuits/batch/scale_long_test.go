//go:build long

package batch_test

const (
	defaultHistories = 1000
	hintOutputs      = 0 // all
	sweptBatches     = 10
)
