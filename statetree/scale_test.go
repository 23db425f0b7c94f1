//go:build !long

package statetree

// How much of what is random the tests try: enough to notice, in half a minute.
// The long tests try more (scale_long_test.go, docs/testing.md).
const (
	// historyChecks is how many random histories are tried on each store.
	historyChecks = "30"
	// killRounds is how often a process is started over one store and killed.
	killRounds = 24
	// crashBatches is how many batches are applied while the machine stops now
	// and then.
	crashBatches = 60
	// diskFlips is how many bits are flipped on each disk, one at a time.
	diskFlips = 40
)
