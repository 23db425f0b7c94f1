//go:build long

package e2e

// How much the tests of a hostile queue queue.
const (
	hostileOperations = 600
	floodEntries      = 330
)
