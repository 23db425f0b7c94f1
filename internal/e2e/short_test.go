//go:build !long

package e2e

// How much the tests of a hostile queue queue.
const (
	hostileOperations = 24
	floodEntries      = 66
)
