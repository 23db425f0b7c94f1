//go:build long

package batch_test

const (
	defaultHistories = 3000
	hintOutputs      = 0 // all
)
