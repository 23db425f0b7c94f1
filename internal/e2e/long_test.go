//go:build long

package e2e

import (
	"testing"

	"github.com/quirezk/quire/l1submit/devnet"
)

// How much the tests of a hostile queue queue.
const (
	hostileOperations = 600
	floodEntries      = 330
)

// reorgDepths are those of the reorganizations that are tried: all.
func reorgDepths() (depths []int) {
	for depth := range finality {
		depths = append(depths, depth+1)
	}
	return depths
}

// onSome runs a test on each chain; the short tests run it on one.
func onSome(t *testing.T, test func(t *testing.T, chain devnet.Backend)) {
	t.Helper()
	onEach(t, test)
}
