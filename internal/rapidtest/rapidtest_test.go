package rapidtest

import (
	"flag"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// cases are those that rapid tries in one test.
func cases(t *testing.T) (drawn []uint64) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) { drawn = append(drawn, rapid.Uint64().Draw(t, "n")) })
	return drawn
}

func TestSameCases(t *testing.T) {
	if flag.Lookup("rapid.seed").Value.String() == "0" {
		t.Skip("random cases were asked for")
	}
	if first, second := cases(t), cases(t); !slices.Equal(first, second) {
		t.Errorf("%d, then %d", first, second)
	}
}

func TestChecks(t *testing.T) {
	before := flag.Lookup("rapid.checks").Value.String()
	defer Checks(before)
	Checks("7")
	if n, want := len(cases(t)), 7; n != want && !testing.Short() {
		t.Errorf("%d cases, want %d", n, want)
	}
}
