// Package devnettest runs a test on every development chain there is.
package devnettest

import (
	"errors"
	"testing"

	"github.com/quirezk/quire/l1submit/devnet"
)

// Each runs a test once on each kind of chain, started anew and closed
// afterwards. A chain whose program is not installed is skipped, which the
// subtest's output says, with the reason; the embedded go-ethereum always runs.
func Each(t *testing.T, opts devnet.Options, test func(t *testing.T, chain devnet.Backend)) {
	t.Helper()
	for _, starter := range devnet.Starters() {
		t.Run(starter.Name, func(t *testing.T) {
			chain, err := starter.Start(t.Context(), opts)
			if errors.Is(err, devnet.ErrNotInstalled) {
				t.Skipf("not run on %s: %v", starter.Name, err)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := chain.Close(); err != nil {
					t.Error(err)
				}
			})
			t.Logf("on %s", chain.Name())
			test(t, chain)
		})
	}
}
