package config

import "testing"

// TestNoOpenings: 0 is none, and not what is not given.
func TestNoOpenings(t *testing.T) {
	for given, want := range map[string]int{"": 10_000, "7": 7, "0": -1} {
		var environ []string
		if given != "" {
			environ = []string{"QUIRE_NODE_BATCHES_MAX_OPENINGS=" + given}
		}
		l, err := load(t, least, environ)
		if err != nil {
			t.Fatal(err)
		}
		if l.Batches.MaxOpenings != want {
			t.Errorf("%q: %d, want %d", given, l.Batches.MaxOpenings, want)
		}
	}
	if _, err := load(t, least, []string{"QUIRE_NODE_BATCHES_MAX_OPENINGS=-1"}); err == nil {
		t.Error("a number below 0 is taken")
	}
}
