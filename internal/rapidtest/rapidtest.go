// Package rapidtest is for tests that use pgregory.net/rapid. Importing it fixes
// rapid's seed, so that a test tries the same cases in every run and a failure comes
// again:
//
//	import _ "github.com/quirezk/quire/internal/rapidtest"
//
// Other cases are tried with -rapid.seed=N on the command line or RAPID_SEED=N in the
// environment, random ones with -rapid.seed=0.
package rapidtest

import (
	"flag"

	_ "pgregory.net/rapid" // has the flags
)

// seed is any but 0, which rapid takes for a random one.
const seed = "1"

func init() {
	// A seed that is there already comes from the environment.
	if flag.Lookup("rapid.seed").Value.String() == "0" {
		set("rapid.seed", seed)
	}
}

// Checks is for TestMain: rapid tries n cases in each test instead of 100, unless
// the command line says -rapid.checks, which is parsed after this.
func Checks(n string) { set("rapid.checks", n) }

func set(name, value string) {
	if err := flag.Set(name, value); err != nil {
		panic(err) // the flag or its form is another: rapid has changed
	}
}
