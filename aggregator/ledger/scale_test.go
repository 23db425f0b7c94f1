//go:build !long

package ledger

// How much of what is random the tests try: enough to notice, in seconds. The long
// tests try more (scale_long_test.go, docs/testing.md).
const (
	// historyChecks is how many random histories are tried.
	historyChecks = "12"
	// crashCommits is how many commits are made while the machine stops now and
	// then.
	crashCommits = 60
	// diskFlips is how many bits are flipped on each disk, one at a time.
	diskFlips = 24
	// victims is how many of ten records are changed in every way, one at a time.
	victims = 1
)
