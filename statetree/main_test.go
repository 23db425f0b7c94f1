package statetree

import (
	"fmt"
	"os"
	"testing"

	"github.com/quirezk/quire/internal/rapidtest"
)

// TestMain is also the main function of the child that TestKilled starts.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDirEnv); dir != "" {
		if err := runChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	rapidtest.Checks(historyChecks) // a history hashes a lot
	os.Exit(m.Run())
}
