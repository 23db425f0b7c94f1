package ledger

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// Others can be asked for on the command line, which is parsed after this.
	for name, value := range map[string]string{"rapid.checks": historyChecks, "rapid.seed": "1"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
