//go:build !long

package e2e

import (
	"testing"

	"github.com/quirezk/quire/l1submit/devnet"
)

// How much the tests of a hostile queue queue.
const (
	hostileOperations = 24
	floodEntries      = 66
)

// reorgDepths are those of the reorganizations that are tried.
func reorgDepths() []int { return []int{1, 2, 33, finality} }

// onSome runs a test on the chain that every machine has; the long tests run it on
// each.
func onSome(t *testing.T, test func(t *testing.T, chain devnet.Backend)) {
	t.Helper()
	test(t, embedded(t))
}
