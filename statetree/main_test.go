package statetree

import (
	"flag"
	"fmt"
	"os"
	"testing"
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
	// A history hashes a lot. More can be asked for on the command line, which is
	// parsed after this.
	if err := flag.Set("rapid.checks", historyChecks); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
